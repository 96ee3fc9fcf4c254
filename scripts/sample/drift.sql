-- drift.sql - what goes wrong with a copy of shop.sql: 40 rows changed, 15
-- deleted, 12 added, one table lost, one too many, a column too many, an index
-- gone and a view changed.  Meant for the target.

SET NAMES utf8mb4;
SET time_zone = '+00:00';

-- 24 orders were shipped.  An even number of equal changes cancels out in a
-- BIT_XOR of CRC32 sums, so that checksum tools of that kind call this equal.

UPDATE orders SET status = 'shipped', changed_at = changed_at
WHERE status = 'pending' AND id BETWEEN 8000 AND 8191;

-- 16 rows that differ in one place each, some in nothing that = would notice.

UPDATE customers SET name = UPPER(name) WHERE id IN (1010, 1016);
UPDATE customers SET name = 'Chloe Åkesson' WHERE id = 12;
UPDATE customers SET note = '' WHERE id IN (16, 4000);
UPDATE customers SET credit_limit = credit_limit + 0.0001 WHERE id = 7777;
UPDATE products SET price = price + 1 WHERE id IN (100, 200, 300, 400);
UPDATE products SET weight_kg = weight_kg + 0.0009765625 WHERE id = 1001;
UPDATE payments SET received_at = received_at + INTERVAL 1 MICROSECOND WHERE id = UNHEX(LEFT(SHA2('payment4711', 256), 32));
UPDATE payments SET details = '{"bank": "0badcafe", "tries": 1}' WHERE id = UNHEX(LEFT(SHA2('payment1234', 256), 32));
UPDATE attachments SET content = INSERT(content, 500, 1, UNHEX('00')) WHERE id = 17;
UPDATE order_items SET quantity = -quantity WHERE order_id = 31415 AND line = 2;
UPDATE addresses SET city = CONCAT(city, ' ') WHERE customer_id = 25 AND kind = 'shipping';

-- 15 rows lost: 7 lines of orders, 8 payments.

DELETE FROM order_items WHERE order_id BETWEEN 20001 AND 20007 AND line = 2;
DELETE FROM payments WHERE order_id BETWEEN 29001 AND 29008;

-- 12 rows that the source does not have; the last is there once more already.

INSERT INTO customers (id, email, name, country, note, created_at) VALUES
  (20001, 'nobody.1@example.com', 'Kim Ångström', 'SE', 'only in the copy', '2024-05-05 05:05:05'),
  (20002, 'nobody.2@example.com', 'Kim Ångström', 'SE', NULL, '2024-05-05 05:05:06');
INSERT INTO orders VALUES
  (40001, 20001, 12.00, NULL, 'paid', '2024-06-01 10:00:00.125', '2024-06-01 10:00:00'),
  (40002, 20002, 24.50, NULL, 'paid', '2024-06-01 10:00:01.250', '2024-06-01 10:00:01'),
  (40003, 20002, 36.75, '🎈', 'paid', '2024-06-01 10:00:02.375', '2024-06-01 10:00:02');
INSERT INTO order_items VALUES
  (40001, 1, 1, 1, 12.00), (40002, 1, 2, 1, 12.00), (40002, 2, 3, 1, 12.50),
  (40003, 1, 4, 1, 12.00), (40003, 2, 5, 1, 12.00), (40003, 3, 6, 1, 12.75);
INSERT INTO visits VALUES ('/', '2024-01-01', NULL);

DROP TABLE coupons;

CREATE TABLE import_leftover (
  id INT NOT NULL PRIMARY KEY,
  line TEXT
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;
INSERT INTO import_leftover VALUES (1, 'somebody forgot this');

ALTER TABLE categories ADD COLUMN icon VARCHAR(40) NULL;
ALTER TABLE customers DROP INDEX country;

CREATE OR REPLACE VIEW open_orders AS
SELECT o.id, c.name, o.total, o.ordered_at
FROM orders o JOIN customers c ON c.id = o.customer_id
WHERE o.status = 'pending';
