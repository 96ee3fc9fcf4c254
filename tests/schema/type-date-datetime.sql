-- DATE becomes DATETIME.
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATE);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME);
