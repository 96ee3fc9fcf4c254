-- Members of a SET change places.
-- hazards: enum-reorder

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a SET('a','b'));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a SET('b','a'));
