-- CHAR becomes VARCHAR of the same length.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a CHAR(20));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20));
