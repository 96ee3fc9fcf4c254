-- FLOAT becomes DOUBLE.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a FLOAT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DOUBLE);
