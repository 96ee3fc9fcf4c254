-- A full text index.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, FULLTEXT KEY f (a));
