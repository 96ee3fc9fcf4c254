-- A column of places under a key gets another reference system: the key goes first, and comes last.
-- on: mysql
-- hazards: srid
-- statements: 3

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT NOT NULL, SPATIAL KEY s (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT NOT NULL SRID 4326, SPATIAL KEY s (a));
