-- A spatial index.
-- on: mariadb
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT NOT NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT NOT NULL, SPATIAL KEY s (a));
