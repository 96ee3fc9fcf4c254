-- HC-104: quotes, commas and parentheses in members.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','it''s'));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','it''s','x,y','(z)','"'));
