-- A column goes.
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b INT);
