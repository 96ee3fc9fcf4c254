-- Digits of a second for TIME.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TIME);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TIME(3));
