-- Members of a SET behind the last.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a SET('a','b'));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a SET('a','b','c'));
