-- No partitions any more, nor the column that they were by.
-- hazards: drop-column unique-on-duplicates
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL, a INT NOT NULL, PRIMARY KEY (id, a)) PARTITION BY HASH (a) PARTITIONS 2;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
