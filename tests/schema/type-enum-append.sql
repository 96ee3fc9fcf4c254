-- Members behind the last.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','b'));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','b','c'));
