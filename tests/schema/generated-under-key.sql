-- A key over a column that becomes a generated one.
-- hazards: generated

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, KEY k (a, b));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT GENERATED ALWAYS AS (id * 2) STORED, b INT, KEY k (a, b));
