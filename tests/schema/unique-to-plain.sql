-- HC-091: unique becomes plain under the same name.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, UNIQUE KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));
