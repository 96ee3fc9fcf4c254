-- The row format is left to the server again.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ROW_FORMAT=COMPACT;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
