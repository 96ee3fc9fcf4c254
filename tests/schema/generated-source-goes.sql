-- HC-094: a column goes together with what is computed from it.
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT GENERATED ALWAYS AS (a + 1) VIRTUAL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
