-- HC-100: a shorter VARCHAR.
-- hazards: narrow

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(200));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(20));
