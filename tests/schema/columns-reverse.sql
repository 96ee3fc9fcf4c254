-- HC-098: all columns in the other order.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, c INT, d INT);

-- source
CREATE TABLE t (d INT, c INT, b INT, a INT, id INT NOT NULL PRIMARY KEY);
