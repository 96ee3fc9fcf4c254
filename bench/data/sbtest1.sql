-- A table as sysbench makes them: 225 bytes a row, one byte a character.
-- The number of every GAP-th row is left out of id, so that rows can be
-- inserted all over the table.
CREATE TABLE sbtest1 (
  id INT NOT NULL,
  k INT NOT NULL DEFAULT 0,
  c CHAR(120) NOT NULL DEFAULT '',
  pad CHAR(60) NOT NULL DEFAULT '',
  PRIMARY KEY (id),
  KEY k_1 (k)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

INSERT INTO sbtest1
SELECT seq + (seq - 1) DIV GAP,
       1 + CRC32(CONCAT('k', seq)) % ROWS,
       CONCAT_WS('-',
                 LPAD(CRC32(CONCAT('a', seq)), 11, '1'),
                 LPAD(CRC32(CONCAT('b', seq)), 11, '2'),
                 LPAD(CRC32(CONCAT('c', seq)), 11, '3'),
                 LPAD(CRC32(CONCAT('d', seq)), 11, '4'),
                 LPAD(CRC32(CONCAT('e', seq)), 11, '5'),
                 LPAD(CRC32(CONCAT('f', seq)), 11, '6'),
                 LPAD(CRC32(CONCAT('g', seq)), 11, '7'),
                 LPAD(CRC32(CONCAT('h', seq)), 11, '8'),
                 LPAD(CRC32(CONCAT('i', seq)), 11, '9'),
                 LPAD(CRC32(CONCAT('j', seq)), 11, '0')),
       CONCAT_WS('-',
                 LPAD(CRC32(CONCAT('p', seq)), 11, '1'),
                 LPAD(CRC32(CONCAT('q', seq)), 11, '2'),
                 LPAD(CRC32(CONCAT('r', seq)), 11, '3'),
                 LPAD(CRC32(CONCAT('s', seq)), 11, '4'),
                 LPAD(CRC32(CONCAT('t', seq)), 11, '5'))
FROM seq_1_to_ROWS;
