-- A generated column becomes a plain one.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) STORED, b INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT);
