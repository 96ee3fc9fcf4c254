-- Text becomes a number.
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);
