-- HC-090: utf8 is utf8mb3.
-- statements: 0

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET utf8 COLLATE utf8_general_ci);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci);
