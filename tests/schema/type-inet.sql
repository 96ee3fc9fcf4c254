-- VARCHAR becomes INET6.
-- on: mariadb
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(45));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INET6);
