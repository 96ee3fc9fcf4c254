-- HC-098: the last becomes the first; nothing else moves.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, b INT, c INT);

-- source
CREATE TABLE t (c INT, id INT NOT NULL PRIMARY KEY, a INT, b INT);
