-- HC-086: tinyint(1) is a boolean to programs, tinyint is not.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TINYINT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TINYINT(1));
