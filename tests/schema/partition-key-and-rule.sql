-- The primary key and what the table is cut by change in one statement.
-- hazards: unique-on-duplicates
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL, a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (id, a)) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN MAXVALUE);

-- source
CREATE TABLE t (id INT NOT NULL, a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (id, b)) PARTITION BY HASH (b) PARTITIONS 3;
