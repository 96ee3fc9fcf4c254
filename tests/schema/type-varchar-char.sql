-- CHAR forgets spaces at the end.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a CHAR(20));
