-- Another engine.
-- hazards: engine

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=MyISAM;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ENGINE=InnoDB;
