-- Several columns at several places.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, c INT, f INT);

-- source
CREATE TABLE t (a INT, id INT NOT NULL PRIMARY KEY, b INT, c INT, d INT, e INT, f INT, g INT);
