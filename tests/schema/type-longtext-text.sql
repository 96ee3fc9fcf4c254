-- LONGTEXT becomes TEXT.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a LONGTEXT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT);
