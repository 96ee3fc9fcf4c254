-- HC-090: the table and all of its columns.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20), b TEXT) DEFAULT CHARSET=latin1;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20), b TEXT) DEFAULT CHARSET=utf8mb4;
