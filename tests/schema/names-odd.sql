-- HC-101: odd names.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, `a``b` INT, `order` INT, `x  y` INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, `a``b` BIGINT, `order` BIGINT, `x  y` BIGINT, `1st` INT, `p.q%` INT, `äöü` INT);
