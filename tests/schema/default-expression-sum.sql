-- HC-088: an expression with an operator.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT DEFAULT (1 + 2));
