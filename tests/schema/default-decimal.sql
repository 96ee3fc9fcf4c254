-- The digits of a default count.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(10,2) NOT NULL DEFAULT 0);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(10,2) NOT NULL DEFAULT 1.50);
