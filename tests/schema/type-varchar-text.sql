-- VARCHAR becomes TEXT.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(200));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT);
