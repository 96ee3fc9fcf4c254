-- Another range and another zone.
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TIMESTAMP NULL);
