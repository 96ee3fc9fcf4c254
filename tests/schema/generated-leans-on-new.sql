-- What a column that goes and comes is used in goes and comes, too.
-- hazards: check

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT AS (a + 1), c INT AS (a * 2), KEY k (b, id), CONSTRAINT c1 CHECK (b > 0), CONSTRAINT c2 CHECK (b > id));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, c INT AS (a * 2), KEY k (b, id), CONSTRAINT c1 CHECK (b > 0), CONSTRAINT c2 CHECK (b > id));
