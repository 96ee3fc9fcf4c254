-- DYNAMIC is what InnoDB takes anyway.
-- statements: 0

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) ROW_FORMAT=DYNAMIC;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
