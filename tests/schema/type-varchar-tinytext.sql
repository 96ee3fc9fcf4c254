-- TINYTEXT holds 255 bytes.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(200));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TINYTEXT);
