-- A default of bits.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(4) NOT NULL DEFAULT b'0');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(4) NOT NULL DEFAULT b'101');
