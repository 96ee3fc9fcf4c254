-- ENUM becomes text.
-- hazards: type

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a ENUM('a','b'));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(10));
