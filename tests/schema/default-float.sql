-- A default that is a real number.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DOUBLE NOT NULL DEFAULT 0);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DOUBLE NOT NULL DEFAULT 1.5e10);
