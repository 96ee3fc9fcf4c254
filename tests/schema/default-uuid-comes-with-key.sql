-- The same as a part of the primary key.
-- hazards: unique-on-duplicates

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL, a VARCHAR(36) NOT NULL DEFAULT (uuid()), PRIMARY KEY (id, a(3)));
