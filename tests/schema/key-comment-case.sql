-- What stands in quotes is compared letter by letter.
-- on: mariadb mysql-9

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) COMMENT 'hello');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY k (a) COMMENT 'Hello');
