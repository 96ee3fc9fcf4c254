-- Texts in an expression.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b VARCHAR(10));

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, b VARCHAR(10), a VARCHAR(30) GENERATED ALWAYS AS (CONCAT(b, '-', 'it''s')) VIRTUAL);
