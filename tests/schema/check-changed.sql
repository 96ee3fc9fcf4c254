-- Another expression under the same name.
-- hazards: check

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 0));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, CONSTRAINT c CHECK (a > 1));
