-- HC-092: an expression.
-- on: mysql
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20), KEY k ((LOWER(a))));
