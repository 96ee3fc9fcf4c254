-- Partitions of a hash do not go by name: what they hold is spread anew.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p0, PARTITION p1, PARTITION p2);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p0, PARTITION p1);
