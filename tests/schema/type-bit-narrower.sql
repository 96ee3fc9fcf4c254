-- Fewer bits.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(16));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(4));
