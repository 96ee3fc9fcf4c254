-- HC-095: a name alone.
-- statements: 2

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a), CONSTRAINT g FOREIGN KEY (a) REFERENCES t (id));
