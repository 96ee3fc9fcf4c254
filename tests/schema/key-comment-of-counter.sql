-- A counter has to be in a key at all times.
-- on: mariadb mysql-9
-- hazards: unique-on-duplicates
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) COMMENT 'a');

-- source
CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id) COMMENT 'b');
