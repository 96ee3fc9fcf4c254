-- MySQL makes no JSON of bytes: the columns go and come.
-- on: mysql
-- hazards: drop-column

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIT(8), b VARBINARY(9) NOT NULL, c BLOB, d POINT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a JSON, b JSON NOT NULL, c JSON, d JSON);
