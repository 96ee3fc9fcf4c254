-- HC-092: a comment.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) COMMENT 'why');
