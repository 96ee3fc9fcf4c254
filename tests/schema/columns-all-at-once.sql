-- Some come, some go, some change, some move.
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b VARCHAR(10), c INT, d INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, d BIGINT, x INT, b VARCHAR(20), a INT, y INT);
