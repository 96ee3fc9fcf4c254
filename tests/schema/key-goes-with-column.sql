-- HC-094: a key and its only column go.
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
