-- HC-100: rows with the same key are in the way.
-- hazards: unique-on-duplicates

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, UNIQUE KEY u (a));
