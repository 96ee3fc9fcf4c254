-- A longer prefix.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, KEY k (a(10)));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, KEY k (a(20)));
