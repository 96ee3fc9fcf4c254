-- Another collation, and no unique key.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) COLLATE utf8mb4_general_ci);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) COLLATE utf8mb4_bin);
