-- Another collation under a unique key.
-- hazards: collation

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) COLLATE utf8mb4_bin, UNIQUE KEY u (a));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) COLLATE utf8mb4_general_ci, UNIQUE KEY u (a));
