-- HC-104: the comment goes.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) COMMENT='old';

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
