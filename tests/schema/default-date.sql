-- A default that is a date.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATE NOT NULL);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a DATE NOT NULL DEFAULT '2020-02-29');
