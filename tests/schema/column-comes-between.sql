-- A column in between.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT);
