-- A column at the end.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
