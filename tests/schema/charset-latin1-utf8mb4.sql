-- All characters have a place.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET utf8mb4);
