-- A name in another case is another name of the same key.
-- on: mysql-9
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY K (a));
