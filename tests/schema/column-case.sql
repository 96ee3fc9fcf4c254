-- HC-102: the case of a name.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, Name INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, name INT);
