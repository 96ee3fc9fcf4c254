-- HC-095: another rule under the same name takes two statements.
-- statements: 2

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT, KEY a (a), CONSTRAINT f FOREIGN KEY (a) REFERENCES t (id) ON DELETE CASCADE);
