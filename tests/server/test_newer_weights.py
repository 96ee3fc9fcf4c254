"""MariaDB 11.8 knows MySQL's collations of Unicode 9 by their names, and gives letters other weights."""
from test_writing import WritingTest

ROWS = [(text, number) for number, text in enumerate(('a', 'B', 'c', 'é', 'ß', 'z', '', ' ', 'ab', 'Ⅷ', '字', '😀', '0', 'A b'))]


class NewerWeights(WritingTest):
    once = True

    def two_servers(self, source, target):
        return self.server('mysql-9', 'source'), self.server('mariadb-11.8', 'target')

    def test_rows_are_known_by_the_letters_of_their_keys(self):
        self.on_both('CREATE TABLE k (k VARCHAR(20) COLLATE utf8mb4_0900_ai_ci PRIMARY KEY, v INT) DEFAULT CHARSET utf8mb4',
                     'CREATE TABLE u (id INT PRIMARY KEY, k VARCHAR(20) COLLATE utf8mb4_0900_as_cs NOT NULL, UNIQUE KEY (k)) DEFAULT CHARSET utf8mb4')
        for text, number in ROWS:
            self.on_source(f"INSERT INTO k VALUES ('{text}', {number})", f"INSERT INTO u VALUES ({number}, '{text}')")
        for statements in ((), ("UPDATE k SET k = 'A' WHERE k = 'a'", "UPDATE u SET k = 'B b' WHERE id = 1"), ("DELETE FROM k WHERE k = 'ß'",)):
            with self.subTest(statements=statements):
                for statement in statements:
                    self.on_source(statement)
                self.expect_exit(self.incremental('--data-only'), 0)
                for table in ('k', 'u'):
                    self.assertEqual(sorted(self.rows(self.target, table)), sorted(self.rows(self.source, table)))
                self.check_equal('--data-only')


del WritingTest     # whose tests are its own
