-- TEXT becomes VARCHAR.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(100));
