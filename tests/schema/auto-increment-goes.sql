-- A counter goes.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
