-- A check of a column is one of the table.
-- on: mysql
-- hazards: check

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT CHECK (a > 0));
