-- HC-100: NULLs are in the way.
-- hazards: not-null

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT NOT NULL DEFAULT 0);
