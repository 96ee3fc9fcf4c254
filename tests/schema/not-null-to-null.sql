-- NULLs are allowed.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NULL);
