-- A foreign key goes.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a));
