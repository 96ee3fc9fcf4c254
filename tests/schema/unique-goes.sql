-- Any rows are allowed.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, UNIQUE KEY u (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
