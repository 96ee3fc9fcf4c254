-- HC-104: a comment goes.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT COMMENT 'what it is');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
