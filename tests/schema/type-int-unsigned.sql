-- Signed becomes unsigned.
-- hazards: sign

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT UNSIGNED);
