-- HC-088: another expression.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(40) DEFAULT (CONCAT('a','B')));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(40) DEFAULT (CONCAT('a','b')));
