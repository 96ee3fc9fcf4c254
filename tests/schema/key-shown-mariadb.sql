-- HC-092: not ignored any more.
-- on: mariadb-10.11 mariadb-11.8
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) IGNORED);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));
