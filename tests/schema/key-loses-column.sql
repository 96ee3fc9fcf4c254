-- HC-094: a column of a key goes.
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, KEY k (a, b));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));
