-- BINARY is padded: a longer one holds other values.
-- hazards: narrow
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BINARY(8));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BINARY(16));
