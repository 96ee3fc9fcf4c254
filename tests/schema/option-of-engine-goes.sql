-- To another engine, options of the former are unknown words.
-- on: mariadb
-- hazards: engine

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB `page_compressed`=1;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=Aria;
