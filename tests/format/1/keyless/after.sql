SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0;
CREATE TABLE bag (a INT, b VARCHAR(20), c DOUBLE, d BLOB);
INSERT INTO bag VALUES (1, 'x', 0.1, x'00'), (NULL, NULL, NULL, NULL), (3, 'stays', 3, 'c'), (3, 'stays', 3, 'c'), (4, 'new', 4, '');
