-- LONGTEXT gets the check of JSON.
-- on: mariadb

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a LONGTEXT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a JSON);
