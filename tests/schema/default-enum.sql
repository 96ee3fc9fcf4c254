-- A default that is a member.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','b') NOT NULL DEFAULT 'a');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','b') NOT NULL DEFAULT 'b');
