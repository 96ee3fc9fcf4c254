-- DOUBLE becomes FLOAT.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DOUBLE);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a FLOAT);
