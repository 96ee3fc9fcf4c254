-- MariaDB makes no number of an address: the column goes and comes.
-- on: mariadb
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INET6);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
