-- HC-092: another expression.
-- on: mysql
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20), KEY k ((LOWER(a))));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20), KEY k ((UPPER(a))));
