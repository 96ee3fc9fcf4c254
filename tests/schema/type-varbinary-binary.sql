-- BINARY adds zeros at the end.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARBINARY(20));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BINARY(20));
