-- More digits of a second.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME(6));
