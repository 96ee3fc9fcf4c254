"""Keys and checks that come while the target has rows against them, which are to go or to become others.

The rows of the source fit; so what they would be refused by comes behind them.
"""
from test_reshaping import ReshapingTest


class Constraints(ReshapingTest):
    def converge(self, *options):
        """Nothing has to be allowed; a rollback brings back what there was."""
        before = self.dump()
        answer = self.expect_exit(self.incremental('--max-delete-percent', 100, *options), 0)
        self.expect_equal_structures()
        self.assertEqual(self.expect_exit(self.incremental(*options), 0).json['written'], None, 'the second run has nothing to do')
        return before, answer

    def late(self, answer, table):
        return [step['sql'] for step in self.structures(answer)[table]['statements'] if step['after_rows']]

    def test_primary_key_that_counts_over_rows_with_one_number(self):
        self.on_source('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)',
                       'ALTER TABLE t AUTO_INCREMENT = 50')
        self.on_target('CREATE TABLE t (id INT, v INT)', 'INSERT INTO t VALUES (1, 1), (1, 9), (7, 7)')
        before, answer = self.converge('--allow-unsafe', 'not-null')
        self.same_rows('t', count=2)
        self.assertEqual(self.counter(self.target, 't'), 50)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_primary_key_of_fewer_columns(self):
        """The old one stays until the new one comes: no row is without identity."""
        self.on_source('CREATE TABLE t (a INT, b INT NOT NULL, v INT, PRIMARY KEY (a))', 'INSERT INTO t VALUES (1, 1, 1), (2, 2, 2)')
        self.on_target('CREATE TABLE t (a INT, b INT, v INT, PRIMARY KEY (a, b))', 'INSERT INTO t VALUES (1, 1, 1), (1, 2, 3), (2, 5, 5)')
        before, answer = self.converge()
        self.assertIn('DROP PRIMARY KEY, ', self.late(answer, 't')[0])
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_primary_key_of_fewer_columns_of_which_another_may_be_null(self):
        self.on_source('CREATE TABLE t (a INT, b INT, v INT, PRIMARY KEY (a))', 'INSERT INTO t VALUES (1, NULL, 1), (2, 2, 2)')
        self.on_target('CREATE TABLE t (a INT, b INT, v INT, PRIMARY KEY (a, b))', 'INSERT INTO t VALUES (1, 1, 1), (1, 2, 3), (2, 5, 5)')
        before, answer = self.converge()
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_primary_key_of_other_columns(self):
        self.on_source('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b))', 'INSERT INTO t VALUES (1, 1), (1, 2)')
        self.on_target('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a))', 'INSERT INTO t VALUES (1, 4), (2, 4)')
        before, answer = self.converge()
        self.same_rows('t', count=2, order='2')
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_checks(self):
        """Of the table, of a column (which MariaDB keeps apart), and one that becomes stricter."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT CHECK (v > 0), w INT NOT NULL DEFAULT 1, '
                       'x INT NOT NULL DEFAULT -1 CHECK (x < 9), CONSTRAINT c CHECK (v < w), CONSTRAINT d CHECK (w > 0))',
                       'INSERT INTO t VALUES (1, 1, 2, 3), (2, 2, 3, 4)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT NOT NULL, CONSTRAINT d CHECK (w > -9))',
                       'INSERT INTO t VALUES (1, -1, 2), (2, 2, -3), (3, 4, 4)')
        before, answer = self.converge()
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_they_are_refused_where_no_rows_are_written(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT CHECK (v > 0))', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT NOT NULL, v INT)', 'INSERT INTO t VALUES (1, 1), (1, -1)')
        answer = self.incremental('--schema-only')
        self.expect_refused(answer, '--allow-unsafe=unique-on-duplicates', '--allow-unsafe=check')

    def parent(self):
        self.on_source('CREATE TABLE p (id INT PRIMARY KEY, v INT NOT NULL)', 'INSERT INTO p VALUES (1, 1), (2, 2)',
                       'CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO c VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE p (id INT NOT NULL, v INT NOT NULL, PRIMARY KEY (id, v))', 'INSERT INTO p VALUES (1, 1), (1, 2), (9, 9), (9, 8)')
        if self.target.family == 'mysql' and self.target.version >= (8, 4):
            self.on_target('SET SESSION restrict_fk_on_non_standard_key = OFF')
        self.on_target('CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO c VALUES (1, 1), (3, 9)')

    def test_foreign_key_to_a_key_that_comes_late(self):
        self.parent()
        before, answer = self.converge()
        self.same_rows('c', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_foreign_key_is_back_where_that_key_does_not_come(self):
        """Rows outside of a filter are in its way: the old key is still there to be leant on."""
        self.parent()
        answer = self.expect_exit(self.incremental('--where', 'p:id < 5', '--where', 'c:id < 3', '--allow', 'where,cascade', '--max-delete-percent', 100), 6)
        self.assertIn('1062', self.structures(answer)['p']['error'], str(answer))
        self.assertIn('PRIMARY KEY (`id`,`v`)', self.defined(self.target, 'p'), str(answer))
        self.assertIn('CONSTRAINT `of_p` FOREIGN KEY', self.defined(self.target, 'c'), str(answer))
        self.undo(answer)

    def test_run_that_dies_anywhere_is_repeated_or_undone(self):
        self.parent()
        before = self.dump()
        for number in range(1, 4):
            for point in 'reform.step', 'reform.done':
                with self.subTest(point=point, number=number):
                    died = self.stumble('--max-delete-percent', 100, fault=f'{point}:{number}:kill')
                    self.assertEqual(died.exit, -9, str(died))
                    file = max(self.backups())
                    self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes'), 0)
                    self.assertEqual(self.dump(), before, str(died))
        self.stumble('--max-delete-percent', 100, fault='reform.step:2:kill')
        self.expect_exit(self.incremental('--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.same_rows('c', count=2)
