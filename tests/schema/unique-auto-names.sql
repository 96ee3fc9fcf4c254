-- HC-091: the servers name them a and a_2.
-- statements: 0

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT UNIQUE, b INT, UNIQUE (a, b));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT UNIQUE, b INT, UNIQUE KEY a_2 (a, b));
