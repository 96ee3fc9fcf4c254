-- MySQL adds no column whose rows would get one value here and another on replicas.

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(36) NOT NULL DEFAULT (uuid()));
