"""Guards of rows that are compared only when structures have changed.

They stop the run before anything is written, as all others do, and dry-run
says the same with the same exit status.
"""
import os

import test_reshaping

ALTERED = ('--allow-unsafe', 'engine')


class Foreseen(test_reshaping.ReshapingTest):
    def expect_guard(self, kind, table, words, *options, allowed_by):
        before = self.dump()
        for command in (self.dry_run, self.incremental):
            answer = self.expect_exit(command(*options), 3)
            self.assertEqual(self.dump(), before, str(answer))
            self.assertEqual(self.backups(), [], str(answer))
            if command == self.dry_run:
                found, = [guard for guard in answer.plan['guards'] if not guard['allowed']]
                self.assertEqual((found['kind'], found['table'], found['allowed_by']), (kind, table, allowed_by), str(answer))
                self.assertIn(words, found['text'], str(answer))
            else:
                self.assertIn(words, answer.err, str(answer))

    def expect_passed(self, *options):
        self.expect_exit(self.dry_run(*options), 1)
        self.expect_exit(self.incremental(*options), 0)
        self.expect_equal_structures()

    def test_rows_of_a_new_table_are_changes(self):
        """As many as the source has, of those that the user wants."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_source('CREATE TABLE n (id INT PRIMARY KEY)', 'INSERT INTO n VALUES (1), (2), (3), (4)', 'INSERT INTO t VALUES (1)')
        self.expect_guard('max-changes', None, '5 rows would be changed; at most 4 may be', '--max-changes', 4, allowed_by='--max-changes 5')
        self.expect_guard('max-changes', None, '4 rows would be changed; at most 3 may be', '--max-changes', 3, '--where', 'n:id > 1',
                          allowed_by='--max-changes 4')
        self.expect_passed('--max-changes', 5)

    def test_rows_of_new_tables_and_of_copies_are_one_sum(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source('CREATE TABLE n (id INT PRIMARY KEY)', 'INSERT INTO n VALUES (1), (2)', 'CREATE TABLE m (id INT PRIMARY KEY)',
                       'INSERT INTO m VALUES (1), (2), (3)', 'INSERT INTO t VALUES (1, 1)')
        answer = self.incremental('--force-full-sync', 'm', '--max-changes', 5)
        self.expect_error(answer, 3, '6 rows would be changed; at most 5 may be', '--max-changes 6')
        self.assertEqual((self.tables(self.target), self.backups()), (['t'], []))
        self.expect_exit(self.incremental('--force-full-sync', 'm', '--max-changes', 6), 0)

    def test_rows_of_a_table_that_gets_a_column_may_all_differ(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT)', 'INSERT INTO t VALUES (1, 1, 5), (2, 2, 5), (3, 3, NULL)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 9), (2, 2), (3, 3)')
        self.expect_guard('max-changes', None, '1 rows would be changed, and up to 2 more, which are compared when their tables '
                          'have been altered; at most 2 may be', '--max-changes', 2, allowed_by='--max-changes 3')
        self.expect_passed('--max-changes', 3)

    def test_column_that_only_becomes_wider_changes_no_row(self):
        """The row that differs already is all there is; one that becomes narrower may be cut."""
        wide, narrow = ('(id BIGINT PRIMARY KEY, v VARCHAR(100), d DECIMAL(12,4))', '(id INT PRIMARY KEY, v VARCHAR(50) NOT NULL, d DECIMAL(10,2))')
        rows = "INSERT INTO t VALUES (1, '{}', 1.5), (2, 'b', 2.5), (3, 'c ', 3.5)"
        self.on_source(f'CREATE TABLE t {narrow}', rows.format('a'))
        self.on_target(f'CREATE TABLE t {wide}', rows.format('z'))
        self.expect_guard('max-changes', None, '1 rows would be changed, and up to 2 more, which are compared when their tables '
                          'have been altered; at most 1 may be', '--max-changes', 1, '--allow-unsafe=narrow,not-null', allowed_by='--max-changes 3')
        self.on_both('DROP TABLE t')
        self.on_source(f'CREATE TABLE t {wide}', rows.format('a'))
        self.on_target(f'CREATE TABLE t {narrow}', rows.format('z'))
        self.expect_passed('--max-changes', 1)

    def test_column_that_only_goes_changes_no_row(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT)', 'INSERT INTO t VALUES (1, 9, 1), (2, 2, 1)')
        self.expect_passed('--max-changes', 1, '--allow-unsafe', 'drop-column')

    def test_engine_that_the_table_will_have(self):
        """New, altered, or altered with rows that differ already; and one that is to have none no more."""
        rows = 'INSERT INTO t VALUES (1, 1), (2, 2)'
        option = ('non-transactional', 't', 'its engine MyISAM has no transactions')
        for engines, target in ((('MyISAM', None), ()), (('MyISAM', 'InnoDB'), (rows, 'UPDATE t SET v = 7')), (('InnoDB', 'MyISAM'), (rows, 'UPDATE t SET v = 7'))):
            with self.subTest(engines=engines):
                for place, engine, more in zip((self.source, self.target), engines, ((rows,), target)):
                    self.session(place).run('DROP TABLE IF EXISTS t')
                    if engine:
                        for statement in (f'CREATE TABLE t (id INT PRIMARY KEY, v INT) ENGINE={engine}', *more):
                            self.session(place).run(statement)
                if engines[0] == 'MyISAM':
                    self.expect_guard(*option, *ALTERED, allowed_by='--allow non-transactional')
                    self.expect_passed(*ALTERED, '--allow', 'non-transactional')
                else:
                    self.expect_passed(*ALTERED)
                for name in self.backups():
                    os.unlink(os.path.join(self.program.folder, name))

    def test_new_table_without_rows_needs_no_leave(self):
        self.on_source('CREATE TABLE n (id INT PRIMARY KEY) ENGINE=MyISAM')
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.expect_passed('--max-changes', 1)

    def test_triggers_and_rules_of_a_table_whose_rows_may_differ_then(self):
        self.on_source('CREATE TABLE p (id INT PRIMARY KEY, v INT)', 'INSERT INTO p VALUES (1, 5)')
        self.on_target('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1)')
        self.on_both('CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON UPDATE CASCADE)')
        self.expect_guard('cascade', 'p', 'ON UPDATE CASCADE', '--exclude-tables', 'c', allowed_by='--allow cascade')
        self.on_target('CREATE TRIGGER w BEFORE UPDATE ON p FOR EACH ROW SET @w = 1')
        self.expect_guard('triggers', 'p', '`w` (BEFORE UPDATE)', allowed_by='--allow triggers')
        self.expect_exit(self.incremental('--allow', 'triggers'), 0)
        self.assertEqual(self.rows(self.target, 'p'), [('1', '5')])
