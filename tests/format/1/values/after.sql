SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0;
CREATE TABLE many (id INT PRIMARY KEY, i BIGINT, d DECIMAL(65,30), f FLOAT, g DOUBLE, b BIT(9), y YEAR, t TIME(6), at DATETIME(6),
  ts TIMESTAMP NULL, c CHAR(20) CHARACTER SET utf8mb4, l TEXT CHARACTER SET latin1, bl BLOB, vb VARBINARY(20),
  e ENUM('x', 'y', ''), s SET('p', 'q'), p POINT, made INT AS (id + 1) STORED);
CREATE TABLE documents (id INT PRIMARY KEY, j JSON);
INSERT INTO many (id, i, d, f, g, b, y, t, at, ts, c, l, bl, vb, e, s, p) VALUES (1, 1, 1, 1, 1, 1, 2001, '01:00:00', '2001-01-01', '2001-01-01 00:00:00', 'a', 'a', 'a', 'a', 'x', 'p', ST_GeomFromText('POINT(1 1)')),
  (2, 2, 2, 2, 2, 2, 2002, '02:00:00', '2002-01-01', '2002-01-01 00:00:00', 'b', 'b', 'b', 'b', 'y', 'q', ST_GeomFromText('POINT(2 2)')),
  (4, 4, 4, 4, 4, 4, 2004, '04:00:00', '2004-01-01', '2004-01-01 00:00:00', 'd', 'd', 'd', 'd', 'y', 'q', NULL);
INSERT INTO documents VALUES (1, '1'), (2, '[2]'), (4, '"d"');
