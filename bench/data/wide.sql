-- 250 rows from 500 bytes to 32 MiB, large ones strewn among small ones: one of
-- 32 MiB, 3 of 2 MiB, 46 of 250 KB (just below the size from which dbsync asks
-- for hashes of values), 100 of 20 KiB and 100 of 500 bytes.
CREATE TABLE wide (
  id INT NOT NULL,
  body LONGBLOB NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB;

INSERT INTO wide
SELECT seq,
       LEFT(REPEAT(SHA2(seq, 256), 1 + size DIV 64), size)
FROM (SELECT seq,
             CASE WHEN seq = 125 THEN 33554432
                  WHEN seq % 100 = 50 THEN 2097152
                  WHEN seq % 5 = 0 THEN 250000
                  WHEN seq % 2 = 0 THEN 20480
                  ELSE 500 END AS size
      FROM seq_1_to_250) AS sizes;
