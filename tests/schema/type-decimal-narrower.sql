-- Fewer digits.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(20,6));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(10,2));
