-- A prefix.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(100), KEY k (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(100), KEY k (a(10)));
