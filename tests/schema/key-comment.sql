-- HC-092: a comment.
-- on: mariadb mysql-9
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) COMMENT 'why');
