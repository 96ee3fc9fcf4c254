-- CHAR becomes UUID.
-- on: mariadb-10.11 mariadb-11.8
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a CHAR(36));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a UUID);
