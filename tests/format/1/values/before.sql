SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0;
CREATE TABLE many (id INT PRIMARY KEY, i BIGINT, d DECIMAL(65,30), f FLOAT, g DOUBLE, b BIT(9), y YEAR, t TIME(6), at DATETIME(6),
  ts TIMESTAMP NULL, c CHAR(20) CHARACTER SET utf8mb4, l TEXT CHARACTER SET latin1, bl BLOB, vb VARBINARY(20),
  e ENUM('x', 'y', ''), s SET('p', 'q'), p POINT, made INT AS (id + 1) STORED);
CREATE TABLE documents (id INT PRIMARY KEY, j JSON);
INSERT INTO many (id, i, d, f, g, b, y, t, at, ts, c, l, bl, vb, e, s, p) VALUES (1, -9223372036854775808, -12345678901234567890123456789012345.123456789012345678901234567890, 1.5e-10, 1.7976931348623157e308, b'111111111', 0, '-838:59:58.999999', '2024-02-31 23:59:59.999999', '2038-01-19 03:14:07', 'ä😀\\ ''"\n\t', 'ÄÖÜ', x'00ff275c0a', x'', 0, '', ST_GeomFromText('POINT(1 -2)')),
  (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (3, 0, 0, 0, -0.0, 0, 2155, 0, '0000-00-00 00:00:00', '1970-01-01 00:00:01', '', '', '', x'00', '', 'p,q', ST_GeomFromText('POINT(0 0)'));
INSERT INTO documents VALUES (1, '{"a": [1, null, "x\\"y"]}'), (2, NULL), (3, '[]');
