-- HC-094: a column goes, and the check over it.
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, CONSTRAINT c CHECK (a > b));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
