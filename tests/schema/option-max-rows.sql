-- How many rows are expected.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) MAX_ROWS=1000 AVG_ROW_LENGTH=100;
