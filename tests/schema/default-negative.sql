-- A negative default.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL DEFAULT 0);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL DEFAULT -3);
