-- HC-104: what looks like SQL.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT);

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a INT COMMENT 'it''s "a" GENERATED */ /* -- # `x` \\ DEFAULT');
