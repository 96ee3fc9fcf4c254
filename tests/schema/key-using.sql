-- USING says nothing on InnoDB.
-- statements: 0

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) USING BTREE);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));
