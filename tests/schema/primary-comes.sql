-- A primary key.
-- hazards: unique-on-duplicates

-- target
CREATE TABLE t (id INT NOT NULL, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
