-- Statistics are left to the server again.
-- statements: 1

-- target
CREATE TABLE t (id INT NOT NULL PRIMARY KEY) STATS_PERSISTENT=1 STATS_AUTO_RECALC=0 STATS_SAMPLE_PAGES=40;

-- source
CREATE TABLE t (id INT NOT NULL PRIMARY KEY);
