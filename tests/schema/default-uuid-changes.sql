-- MySQL lets no statement that adds a column say such a default of another.

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(36) NULL DEFAULT (uuid()));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a VARCHAR(40) NULL DEFAULT (uuid()), b INT);
