-- VARBINARY becomes BLOB.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARBINARY(20));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BLOB);
