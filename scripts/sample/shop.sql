-- shop.sql - a shop of exactly 200,000 rows in ten tables, for trying dbsync.
--
-- Fill an empty database with it: mariadb shop < shop.sql.  Everything is
-- computed from row numbers, so that every load gives the same rows, on MariaDB
-- as on MySQL.  What is in it, and why:
--
--   customers    text of many languages, case and accents, NULL beside ''
--   addresses    a composite primary key with an ENUM in it
--   categories   a table that refers to itself
--   products     DECIMAL, DOUBLE, JSON, SET; a unique key beside the primary
--   orders       most changes happen here; DATETIME(3), TIMESTAMP
--   order_items  the biggest table
--   payments     BINARY(16) keys in no order, JSON, DATETIME(6)
--   attachments  BLOBs
--   visits       no key at all, and rows that are there twice
--   coupons      a text key

SET NAMES utf8mb4;
SET time_zone = '+00:00';

CREATE TABLE categories (
  id SMALLINT UNSIGNED NOT NULL PRIMARY KEY,
  parent_id SMALLINT UNSIGNED NULL,
  name VARCHAR(60) NOT NULL,
  CONSTRAINT categories_parent FOREIGN KEY (parent_id) REFERENCES categories (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE products (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sku VARCHAR(20) CHARACTER SET ascii NOT NULL,
  category_id SMALLINT UNSIGNED NOT NULL,
  name VARCHAR(120) NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  weight_kg DOUBLE NULL,
  attributes JSON NOT NULL,
  labels SET('new','sale','fragile','organic') NOT NULL DEFAULT '',
  UNIQUE KEY sku (sku),
  KEY category_id (category_id),
  CONSTRAINT products_category FOREIGN KEY (category_id) REFERENCES categories (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE customers (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  email VARCHAR(120) NOT NULL,
  name VARCHAR(80) NOT NULL,
  country CHAR(2) NOT NULL,
  born DATE NULL,
  credit_limit DECIMAL(12,4) NOT NULL DEFAULT 0,
  newsletter TINYINT(1) NOT NULL DEFAULT 0,
  note TEXT NULL,
  created_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
  UNIQUE KEY email (email),
  KEY country (country)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE addresses (
  customer_id INT UNSIGNED NOT NULL,
  kind ENUM('billing','shipping') NOT NULL,
  street VARCHAR(120) NOT NULL,
  postcode VARCHAR(12) NOT NULL,
  city VARCHAR(60) NOT NULL,
  PRIMARY KEY (customer_id, kind),
  KEY city (city),
  CONSTRAINT addresses_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE orders (
  id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer_id INT UNSIGNED NOT NULL,
  total DECIMAL(12,2) NOT NULL,
  remark VARCHAR(200) NULL,
  status ENUM('pending','paid','shipped','returned','cancelled') NOT NULL,
  ordered_at DATETIME(3) NOT NULL,
  changed_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  KEY customer_id (customer_id),
  KEY status (status, ordered_at),
  CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customers (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE order_items (
  order_id BIGINT UNSIGNED NOT NULL,
  line SMALLINT UNSIGNED NOT NULL,
  product_id INT UNSIGNED NOT NULL,
  quantity INT NOT NULL,
  price DECIMAL(10,2) NOT NULL,
  PRIMARY KEY (order_id, line),
  KEY product_id (product_id),
  CONSTRAINT order_items_order FOREIGN KEY (order_id) REFERENCES orders (id) ON DELETE CASCADE,
  CONSTRAINT order_items_product FOREIGN KEY (product_id) REFERENCES products (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE payments (
  id BINARY(16) NOT NULL PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  method ENUM('card','transfer','cash') NOT NULL,
  amount DECIMAL(12,2) NOT NULL,
  details JSON NULL,
  received_at DATETIME(6) NOT NULL,
  KEY order_id (order_id),
  CONSTRAINT payments_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE attachments (
  id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  order_id BIGINT UNSIGNED NOT NULL,
  file_name VARCHAR(120) NOT NULL,
  content MEDIUMBLOB NOT NULL,
  KEY order_id (order_id),
  CONSTRAINT attachments_order FOREIGN KEY (order_id) REFERENCES orders (id)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE visits (
  page VARCHAR(80) NOT NULL,
  visited_on DATE NOT NULL,
  country CHAR(2) NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

CREATE TABLE coupons (
  code VARCHAR(16) NOT NULL PRIMARY KEY,
  percent TINYINT UNSIGNED NOT NULL,
  valid_until DATE NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;

-- 0 to 99,999, for the length of this script.

CREATE TABLE sample_digits (d INT UNSIGNED NOT NULL PRIMARY KEY);
INSERT INTO sample_digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9);
CREATE TABLE sample_numbers (n INT UNSIGNED NOT NULL PRIMARY KEY);
INSERT INTO sample_numbers
SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d
FROM sample_digits a, sample_digits b, sample_digits c, sample_digits e, sample_digits f
ORDER BY 1;

START TRANSACTION;

INSERT INTO categories VALUES
  (1, NULL, 'Garden'), (2, NULL, 'Kitchen'), (3, NULL, 'Books'), (4, NULL, 'Toys'),
  (5, 1, 'Seeds'), (6, 1, 'Tools'), (7, 2, 'Knives'), (8, 2, 'Cups'),
  (9, 3, 'Novels'), (10, 3, 'Maps'), (11, 4, 'Kites'), (12, 4, 'Puzzles');

INSERT INTO products
SELECT n, CONCAT('SKU-', LPAD(n, 5, '0'), '-', UPPER(LEFT(SHA2(n, 256), 4))),
  5 + n % 8,
  CONCAT(ELT(1 + n % 6, 'Große', 'Petite', 'Señorial', 'Żółta', 'Ελληνική', '小さな'), ' ',
    ELT(1 + n % 8, 'hoe', 'knife', 'cup', 'novel', 'map', 'kite', 'puzzle', 'seed mix'), ' No. ', n),
  (CRC32(n) % 49900 + 100) / 100,
  IF(n % 9 = 0, NULL, (CRC32(CONCAT('w', n)) % 20000) / 1024),
  CONCAT('{"color": "', ELT(1 + n % 5, 'red', 'blau', 'verde', 'noir', '白'), '", "size": [',
    n % 40, ', ', n % 25, ', ', n % 60, '], "stock": ', CRC32(n) % 500, '}'),
  n % 16
FROM sample_numbers WHERE n BETWEEN 1 AND 2000;

INSERT INTO customers
SELECT n,
  CONCAT(ELT(1 + n % 10, 'ana', 'bjorn', 'chloe', 'deniz', 'eleni', 'farid', 'grace', 'hana', 'ivan', 'jia'),
    '.', n, '@example.', ELT(1 + n % 4, 'com', 'org', 'net', 'test')),
  CONCAT(ELT(1 + n % 10, 'Ana', 'Björn', 'Chloé', 'Deniz', 'Ελένη', 'فريد', 'Grace', '花', 'Иван', '佳'), ' ',
    ELT(1 + (n DIV 10) % 8, 'García', 'Åkesson', 'O''Neill', 'Yılmaz', 'Παππάς', 'Okafor', '田中', 'Łęcki')),
  ELT(1 + n % 10, 'ES', 'SE', 'FR', 'TR', 'GR', 'MA', 'NG', 'JP', 'UA', 'CN'),
  IF(n % 7 = 0, NULL, DATE '1940-01-01' + INTERVAL (CRC32(CONCAT('b', n)) % 24000) DAY),
  (CRC32(CONCAT('c', n)) % 100000000) / 10000,
  n % 3 = 0,
  CASE n % 8
    WHEN 0 THEN NULL
    WHEN 1 THEN ''
    WHEN 2 THEN 'Bitte beim Nachbarn abgeben, die Klingel ist kaputt. Danke schön! 🌻'
    WHEN 3 THEN 'Le code de la porte est au dos du carnet ; sonnez deux fois.'
    WHEN 4 THEN 'Παρακαλώ τηλεφωνήστε πριν από την παράδοση.'
    WHEN 5 THEN 'يرجى الاتصال قبل التسليم'
    WHEN 6 THEN '配達の前にお電話ください。🙏'
    ELSE CONCAT('Line one\nline two\twith a tab, a \\ and a ''quote'' for ', n)
  END,
  TIMESTAMP '2019-01-01 00:00:00' + INTERVAL (CRC32(CONCAT('t', n)) % 150000000) SECOND
FROM sample_numbers WHERE n BETWEEN 1 AND 20000;

INSERT INTO addresses
SELECT n, 'billing', CONCAT(ELT(1 + n % 5, 'Rue de l''Église', 'Hauptstraße', 'Main Street', 'Calle Mayor', 'Storgatan'), ' ', n % 180 + 1),
  LPAD(CRC32(n) % 100000, 5, '0'),
  ELT(1 + n % 7, 'Málaga', 'Malmö', 'Nîmes', 'İzmir', 'Λάρισα', 'Kraków', '大阪')
FROM sample_numbers WHERE n BETWEEN 1 AND 20000;

INSERT INTO addresses
SELECT customer_id, 'shipping', CONCAT(street, ', 2nd floor'), postcode, city
FROM addresses WHERE customer_id % 5 = 0;

INSERT INTO orders
SELECT n, CRC32(CONCAT('o', n)) % 20000 + 1,
  (CRC32(CONCAT('s', n)) % 200000 + 500) / 100,
  CASE n % 11 WHEN 0 THEN 'gift wrap, please' WHEN 1 THEN 'cadeau 🎁' WHEN 2 THEN '' ELSE NULL END,
  ELT(1 + n % 8, 'shipped', 'paid', 'shipped', 'pending', 'shipped', 'cancelled', 'shipped', 'returned'),
  TIMESTAMP '2022-01-01 00:00:00' + INTERVAL (n * 2000 + CRC32(n) % 2000) SECOND + INTERVAL (CRC32(n) % 1000) * 1000 MICROSECOND,
  TIMESTAMP '2022-01-03 00:00:00' + INTERVAL (n * 2000) SECOND
FROM sample_numbers WHERE n BETWEEN 1 AND 40000;

INSERT INTO order_items
SELECT 1 + n % 40000, 1 + n DIV 40000, CRC32(CONCAT('i', n)) % 2000 + 1, n % 5 + 1,
  (CRC32(CONCAT('p', n)) % 49900 + 100) / 100
FROM sample_numbers WHERE n < 80000;

INSERT INTO payments
SELECT UNHEX(LEFT(SHA2(CONCAT('payment', n), 256), 32)), n, 1 + n % 3,
  (CRC32(CONCAT('s', n)) % 200000 + 500) / 100,
  IF(n % 4 = 0, NULL, CONCAT('{"bank": "', LEFT(SHA2(n, 256), 8), '", "tries": ', n % 3, ', "text": "Größe ', n, '"}')),
  TIMESTAMP '2022-01-02 00:00:00' + INTERVAL (n * 2000) SECOND + INTERVAL (CRC32(n) % 1000000) MICROSECOND
FROM sample_numbers WHERE n BETWEEN 1 AND 30000;

INSERT INTO attachments
SELECT n, n * 60, CONCAT('invoice-', n, '.pdf'),
  CONCAT(UNHEX('255044462D312E340A00FF'), REPEAT(UNHEX(SHA2(n, 512)), 8 + n % 100))
FROM sample_numbers WHERE n BETWEEN 1 AND 588;

INSERT INTO visits
SELECT CONCAT('/', ELT(1 + n % 5, '', 'garden', 'kitchen', 'books?page=2', 'cart')),
  DATE '2024-01-01' + INTERVAL (n % 300) DAY,
  IF(n % 13 = 0, NULL, ELT(1 + n % 4, 'ES', 'SE', 'FR', 'JP'))
FROM sample_numbers WHERE n < 3000;

INSERT INTO coupons
SELECT CONCAT('SAVE', LPAD(n, 4, '0')), 5 + n % 40, IF(n % 6 = 0, NULL, DATE '2025-01-01' + INTERVAL n DAY)
FROM sample_numbers WHERE n BETWEEN 1 AND 400;

COMMIT;

DROP TABLE sample_numbers, sample_digits;

CREATE VIEW open_orders AS
SELECT o.id, c.name, o.total, o.ordered_at
FROM orders o JOIN customers c ON c.id = o.customer_id
WHERE o.status IN ('pending', 'paid');

CREATE VIEW revenue_by_country AS
SELECT c.country, COUNT(*) AS orders, SUM(o.total) AS revenue
FROM orders o JOIN customers c ON c.id = o.customer_id
GROUP BY c.country;
