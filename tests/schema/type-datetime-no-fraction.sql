-- Fewer digits of a second.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME(6));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME);
