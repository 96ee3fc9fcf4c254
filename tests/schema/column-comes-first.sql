-- A column at the beginning.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (a INT, id INT NOT NULL PRIMARY KEY);
