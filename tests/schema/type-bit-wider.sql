-- More bits.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(4));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(16));
