-- HC-087: quotes in a default.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) DEFAULT 'x');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) DEFAULT 'it''s \\ "q"');
