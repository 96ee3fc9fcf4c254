-- Computed on reading, computed on writing.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) VIRTUAL, b INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) STORED, b INT);
