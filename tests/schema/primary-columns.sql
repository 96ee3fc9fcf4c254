-- Another primary key.
-- hazards: unique-on-duplicates

-- target
CREATE TABLE t (id INT NOT NULL, a INT NOT NULL, PRIMARY KEY (id));

-- source
CREATE TABLE t (id INT NOT NULL, a INT NOT NULL, PRIMARY KEY (id, a));
