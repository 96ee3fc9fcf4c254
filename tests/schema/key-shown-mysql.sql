-- HC-092: visible again.
-- on: mysql
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) INVISIBLE);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));
