-- None of these has DEFAULT for a value.
-- on: mysql

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) AUTOEXTEND_SIZE=4M COMPRESSION='zlib';

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
