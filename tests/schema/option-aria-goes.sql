-- Other engines keep what only Aria knows.
-- on: mariadb
-- hazards: engine

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=Aria;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
