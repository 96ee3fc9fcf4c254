-- HC-093: InnoDB builds one in a statement.
-- statements: 3

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, b TEXT, c TEXT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, b TEXT, c TEXT, FULLTEXT KEY f (a), FULLTEXT KEY g (b), FULLTEXT KEY h (a, c));
