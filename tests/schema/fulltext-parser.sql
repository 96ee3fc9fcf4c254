-- HC-092: a parser of its own.
-- on: mysql
-- statements: 2

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, FULLTEXT KEY f (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, FULLTEXT KEY f (a) WITH PARSER ngram);
