-- TEXT becomes LONGTEXT.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a LONGTEXT);
