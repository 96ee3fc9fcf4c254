-- MariaDB makes no place of a date: the column goes and comes.
-- on: mariadb
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATE);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a POINT);
