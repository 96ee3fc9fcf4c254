-- A more special geometry.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a GEOMETRY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT);
