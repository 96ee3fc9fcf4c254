-- A shorter VARBINARY.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARBINARY(100));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARBINARY(10));
