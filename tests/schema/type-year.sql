-- A YEAR comes from a number.
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a SMALLINT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a YEAR);
