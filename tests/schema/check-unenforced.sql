-- A check that is not enforced.
-- on: mysql

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 0));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 0) NOT ENFORCED);
