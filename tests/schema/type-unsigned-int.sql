-- Unsigned becomes signed.
-- hazards: sign

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT UNSIGNED);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
