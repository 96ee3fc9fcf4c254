-- A member in between.
-- hazards: enum-reorder

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','c'));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','b','c'));
