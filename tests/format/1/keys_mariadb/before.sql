SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES', time_zone = '+00:00', foreign_key_checks = 0;
CREATE TABLE k_uuid (k UUID NOT NULL PRIMARY KEY, v INT);
INSERT INTO k_uuid VALUES ('00000000-0000-0000-0000-000000000001', 1), ('f81d4fae-7dec-11d0-a765-00a0c91e6bf6', 2), ('ffffffff-ffff-ffff-ffff-ffffffffffff', 3);
CREATE TABLE k_inet6 (k INET6 NOT NULL PRIMARY KEY, v INT);
INSERT INTO k_inet6 VALUES ('::', 1), ('2001:db8::ff00:42:8329', 2), ('ffff:ffff::', 3);
CREATE TABLE k_inet4 (k INET4 NOT NULL PRIMARY KEY, v INT);
INSERT INTO k_inet4 VALUES ('0.0.0.0', 1), ('10.0.0.1', 2), ('255.255.255.255', 3);
