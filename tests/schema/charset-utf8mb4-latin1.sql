-- Characters may have none.
-- hazards: charset

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET utf8mb4);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20) CHARACTER SET latin1);
