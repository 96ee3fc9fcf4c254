-- Some versions write it as -(3).
-- hazards: check

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > -3));
