-- HC-088: an expression.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(40));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(40) DEFAULT (UUID()));
