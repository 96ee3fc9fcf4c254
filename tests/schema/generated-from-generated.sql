-- One generated column from another.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) VIRTUAL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) VIRTUAL, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL);
