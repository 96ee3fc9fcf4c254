-- An option of an engine is a number to one version, and a text to another.
-- on: mariadb
-- statements: 0

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB `page_compressed`=1;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB `page_compressed`='1';
