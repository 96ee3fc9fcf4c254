-- BLOB becomes LONGBLOB.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BLOB);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a LONGBLOB);
