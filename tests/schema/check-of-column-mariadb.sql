-- A check of a column.
-- on: mariadb
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT CHECK (a > 0));
