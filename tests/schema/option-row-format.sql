-- Another row format.
-- on: mariadb mysql-9
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ROW_FORMAT=COMPRESSED;
