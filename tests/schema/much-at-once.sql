-- One statement for all that goes into one.
-- hazards: not-null

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b VARCHAR(10), KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIGINT, b VARCHAR(20) NOT NULL DEFAULT '', c INT, KEY k (a, c)) COMMENT='x';
