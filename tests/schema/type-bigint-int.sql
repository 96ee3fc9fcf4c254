-- A narrower integer.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a BIGINT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
