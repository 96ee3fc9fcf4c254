-- Compressed pages of another size.
-- on: mariadb mysql-9
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;
