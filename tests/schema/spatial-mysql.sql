-- HC-092: a spatial index and its SRID.
-- on: mysql
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT NOT NULL SRID 4326);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT NOT NULL SRID 4326, SPATIAL KEY s (a));
