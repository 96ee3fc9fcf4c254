-- Plain becomes unique under the same name.
-- hazards: unique-on-duplicates

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, UNIQUE KEY k (a));
