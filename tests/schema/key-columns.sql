-- Another column.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, KEY k (a, b));
