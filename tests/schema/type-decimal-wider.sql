-- More digits.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(10,2));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DECIMAL(12,4));
