-- What stands in quotes is compared letter by letter.

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) COMMENT='hello';

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) COMMENT='Hello';
