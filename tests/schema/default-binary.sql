-- A default of bytes.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BINARY(3) NOT NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BINARY(3) NOT NULL DEFAULT 'a\0b');
