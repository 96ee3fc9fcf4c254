-- Two tables of 10,000 rows of 60 bytes, in seven types, for changes to be logged
-- of: one that is compared, and one that is not.
CREATE TABLE logged (
  id INT NOT NULL,
  status ENUM('pending', 'paid', 'shipped') NOT NULL,
  total DECIMAL(12,2) NOT NULL,
  name VARCHAR(60) NOT NULL,
  ordered_at DATETIME NOT NULL,
  weight DOUBLE NULL,
  changed INT NOT NULL,
  PRIMARY KEY (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

INSERT INTO logged
SELECT seq,
       1 + seq % 3,
       CRC32(CONCAT('t', seq)) % 10000000 / 100,
       CONCAT('Käufer ', CRC32(CONCAT('r', seq)) % 100000, ', bitte klingeln'),
       TIMESTAMPADD(SECOND, seq * 31, '2020-01-01'),
       IF(seq % 5 = 0, NULL, CRC32(CONCAT('w', seq)) / 70000e0),
       0
FROM seq_1_to_10000;

CREATE TABLE other LIKE logged;
INSERT INTO other SELECT * FROM logged;
