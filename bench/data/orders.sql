-- Small rows (80 bytes) of many types, which cost more to look at than to read.
CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL,
  status ENUM('pending', 'paid', 'shipped', 'returned') NOT NULL,
  total DECIMAL(12,2) NOT NULL,
  remark VARCHAR(255) NULL,
  ordered_at DATETIME(3) NOT NULL,
  changed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  weight DOUBLE NULL,
  flags BIT(8) NOT NULL,
  note BLOB NULL,
  PRIMARY KEY (id),
  KEY ordered (ordered_at),
  KEY by_status (status, total)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

INSERT INTO orders
SELECT seq,
       1 + CRC32(CONCAT('s', seq)) % 4,
       CRC32(CONCAT('t', seq)) % 10000000 / 100,
       IF(seq % 3 = 0, NULL,
          CONCAT('Käufer ', CRC32(CONCAT('r', seq)) % 100000, ', bitte klingeln')),
       TIMESTAMPADD(MICROSECOND, CRC32(CONCAT('o', seq)) % 1000 * 1000,
                    TIMESTAMPADD(SECOND, seq * 31, '2020-01-01')),
       FROM_UNIXTIME(1600000000 + CRC32(CONCAT('c', seq)) % 100000000),
       IF(seq % 5 = 0, NULL, CRC32(CONCAT('w', seq)) / 70000e0),
       CRC32(CONCAT('f', seq)) % 256,
       IF(seq % 2 = 0, NULL, UNHEX(SUBSTRING(MD5(seq), 1, 2 + seq % 8 * 4)))
FROM seq_1_to_ROWS;
