-- DATETIME becomes DATE.
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATETIME);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATE);
