-- What stands in quotes is compared letter by letter.

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p0 COMMENT 'a', PARTITION p1);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p0 COMMENT 'A', PARTITION p1);
