-- HC-090: the default of the table alone.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1) DEFAULT CHARSET=latin1;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1) DEFAULT CHARSET=utf8mb4;
