-- Characters beyond ASCII in a default.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) NOT NULL DEFAULT 'a');

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) NOT NULL DEFAULT 'grün €');
