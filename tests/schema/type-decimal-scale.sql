-- HC: fewer digits before the point, though as many in all.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(10,2));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(10,4));
