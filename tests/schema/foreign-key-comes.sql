-- A foreign key, to the table itself.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id));
