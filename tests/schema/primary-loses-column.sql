-- HC-094: a column of the primary key goes.
-- hazards: drop-column unique-on-duplicates

-- target
CREATE TABLE t (id INT NOT NULL, a INT NOT NULL, PRIMARY KEY (id, a));

-- source
CREATE TABLE t (id INT NOT NULL, PRIMARY KEY (id));
