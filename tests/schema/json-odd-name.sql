-- Between families its name is a part of an expression.

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, `a``b` JSON);
