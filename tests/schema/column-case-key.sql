-- HC-102: the case of a name in the primary key.

-- target
CREATE TABLE t (Id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
