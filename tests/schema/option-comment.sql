-- A comment of the table.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) COMMENT='it''s new';
