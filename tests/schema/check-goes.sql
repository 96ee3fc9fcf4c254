-- A check goes.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 0));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
