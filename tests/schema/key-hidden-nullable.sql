-- MySQL takes a unique key without NULLs for the primary one, which is never hidden.
-- on: mysql
-- statements: 2

-- target
CREATE TABLE t (a INT NOT NULL, b INT, UNIQUE KEY k (a));

-- source
CREATE TABLE t (a INT NULL, b INT, UNIQUE KEY k (a) INVISIBLE);
