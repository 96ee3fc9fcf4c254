-- A column is shown.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT INVISIBLE);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
