-- A column that is computed of one that goes and comes.
-- hazards: 

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT AS (a + 1), c INT AS (b * 2));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, c INT AS (b * 2));
