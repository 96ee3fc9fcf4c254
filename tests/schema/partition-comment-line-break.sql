-- MySQL prints it as it is, MariaDB with a backslash.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) PARTITION BY HASH (id) (PARTITION p0 COMMENT 'a\nb', PARTITION p1);
