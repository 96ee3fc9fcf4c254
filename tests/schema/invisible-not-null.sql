-- MariaDB hides no column that has to be given a value.
-- on: mysql

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL INVISIBLE);
