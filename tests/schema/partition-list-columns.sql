-- HC-096: quotes in lists of columns.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL, a VARCHAR(10) NOT NULL, PRIMARY KEY (id, a)) PARTITION BY LIST COLUMNS(a) (PARTITION x VALUES IN ('a','it''s'), PARTITION y VALUES IN ('b'));

-- source
CREATE TABLE t (id INT NOT NULL, a VARCHAR(10) NOT NULL, PRIMARY KEY (id, a)) PARTITION BY LIST COLUMNS(a) (PARTITION x VALUES IN ('a','it''s'), PARTITION y VALUES IN ('b','c'));
