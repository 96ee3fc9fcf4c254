-- TEXT becomes JSON.
-- on: mysql
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a JSON);
