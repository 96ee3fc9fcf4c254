-- HC-098: two columns change places.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b INT, a INT);
