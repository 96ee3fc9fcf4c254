-- A generated column goes: nothing is lost.

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) VIRTUAL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
