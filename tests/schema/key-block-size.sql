-- HC-092: an option alone is a key that goes and comes in one statement.
-- on: mariadb mysql-9
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) COMMENT 'a');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) COMMENT 'b');
