"""Keys and checks that come while the target has rows against them, which are to go or to become others.

The rows of the source fit; so what they would be refused by comes behind them.
"""
from harness import only_with
from test_reshaping import ReshapingTest


class LateTest(ReshapingTest):
    def converge(self, *options):
        """Nothing has to be allowed; a rollback brings back what there was."""
        before = self.dump()
        answer = self.expect_exit(self.incremental('--max-delete-percent', 100, *options), 0)
        self.expect_equal_structures()
        self.assertEqual(self.expect_exit(self.incremental(*options), 0).json['written'], None, 'the second run has nothing to do')
        return before, answer

    def late(self, answer, table):
        return [step['sql'] for step in self.structures(answer)[table]['statements'] if step['after_rows']]

    def parent(self):
        self.on_source('CREATE TABLE p (id INT PRIMARY KEY, v INT NOT NULL)', 'INSERT INTO p VALUES (1, 1), (2, 2)',
                       'CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO c VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE p (id INT NOT NULL, v INT NOT NULL, PRIMARY KEY (id, v))', 'INSERT INTO p VALUES (1, 1), (1, 2), (9, 9), (9, 8)')
        if self.target.family == 'mysql':
            self.on_target('SET SESSION restrict_fk_on_non_standard_key = OFF')
        self.on_target('CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO c VALUES (1, 1), (3, 9)')


class Constraints(LateTest):
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
        """The old one stays until the new one comes."""
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

    def test_foreign_key_to_a_key_that_comes_late(self):
        self.parent()
        before, answer = self.converge()
        self.same_rows('c', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_foreign_key_is_back_where_that_key_does_not_come(self):
        """Rows outside of a filter are in its way: the old key is still there to be leant on."""
        self.parent()
        before = self.dump()
        answer = self.expect_exit(self.incremental('--where', 'p:id < 5', '--where', 'c:id < 3', '--allow', 'where,cascade', '--max-delete-percent', 100), 6)
        self.assertIn('rows that this run has not written are in its way (SELECT `id`, COUNT(*) FROM ', self.structures(answer)['p']['error'], str(answer))
        self.assertIn('PRIMARY KEY (`id`,`v`)', self.defined(self.target, 'p'), str(answer))
        self.assertIn('CONSTRAINT `of_p` FOREIGN KEY', self.defined(self.target, 'c'), str(answer))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_run_that_dies_anywhere_is_repeated_or_undone(self):
        self.parent()
        before = self.dump()
        for fault in 'reform.late:1', *(f'{point}:{number}' for point in ('reform.step', 'reform.done') for number in range(1, 4)):
            with self.subTest(fault=fault):
                died = self.stumble('--max-delete-percent', 100, fault=f'{fault}:kill')
                self.assertEqual(died.exit, -9, str(died))
                file = self.backups()[-1]
                self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes'), 0)
                self.assertEqual(self.dump(), before, str(died))
        for fault in 'reform.step:2', 'reform.late:1':
            with self.subTest(repeated=fault):
                self.stumble('--max-delete-percent', 100, fault=f'{fault}:kill')
                self.expect_exit(self.incremental('--max-delete-percent', 100), 0)
                self.expect_equal_structures()
                self.same_rows('c', count=2)
                for file in reversed(self.backups()):
                    self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes'), 0)
                    if self.dump() == before:
                        break
                self.assertEqual(self.dump(), before)

    def test_run_that_was_not_tried_and_dies_before_they_come(self):
        """What its table is then is known without a scratch database."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, w INT)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT NOT NULL)', 'INSERT INTO t VALUES (1), (1)')
        before = self.dump()
        died = self.stumble('--max-delete-percent', 100, '--allow-unproven', fault='reform.late:1:kill', sql='1+:1044:CREATE DATABASE')
        self.assertEqual(died.exit, -9, str(died))
        self.expect_exit(self.dbsync('rollback', self.backups()[-1], self.target.url(), '--yes'), 0)
        self.assertEqual(self.dump(), before, str(died))


class InTheWay(LateTest):
    """What becomes of rows that the run does not write, and of what comes behind a constraint that did not."""

    def test_rows_are_named_by_a_query(self):
        self.on_source('CREATE TABLE k (id INT PRIMARY KEY, v INT)', 'INSERT INTO k VALUES (1, 1)',
                       'CREATE TABLE n (id INT PRIMARY KEY, v INT, CONSTRAINT c CHECK (v > 0))', 'INSERT INTO n VALUES (1, 1)')
        self.on_target('CREATE TABLE k (id INT NOT NULL, v INT)', 'INSERT INTO k VALUES (1, 2), (7, 7), (7, 8)',
                       'CREATE TABLE n (id INT PRIMARY KEY, v INT)', 'INSERT INTO n VALUES (1, -1), (7, -7)')
        before = self.dump()
        answer = self.incremental('--where', 'k:id < 5', '--where', 'n:id < 5', '--allow', 'where', '--max-delete-percent', 100)
        self.expect_exit(answer, 6)
        for table, rows in (('k', [('7', '2')]), ('n', [('7', '-7')])):
            error = self.structures(answer)[table]['error']
            self.assertTrue(error.startswith('rows that this run has not written are in its way (SELECT '), error)
            query = error[error.index('(SELECT ') + 1:-1]
            self.assertEqual(list(self.session(self.target).run(query)), rows, query)
        self.assertEqual(list(self.rows(self.target, 'n')), [('1', '1'), ('7', '-7')])
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def expect_in_the_way(self, source, target, rows, *options, code=6):
        """Of one table t: what is in the way is found by the query that is told, and stays as it is."""
        self.on_source(*source)
        self.on_target(*target)
        before = self.dump()
        answer = self.expect_exit(self.incremental(*options, '--max-delete-percent', 100), code)
        error = self.structures(answer)['t']['error']
        self.assertTrue(error.startswith('rows that this run has not written are in its way (SELECT '), str(answer))
        self.assertEqual(list(self.session(self.target).run(error[error.index('(SELECT ') + 1:-1])), rows, error)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_null_that_a_counter_would_make_a_number_of(self):
        self.expect_in_the_way(['CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (5, 1)'],
                               ['CREATE TABLE t (id INT, v INT)', 'INSERT INTO t VALUES (NULL, 9), (5, 2)'],
                               [(None, '1')], '--where', 't:v<5', '--allow', 'where')

    def test_null_that_a_timestamp_would_make_a_moment_of(self):
        self.expect_in_the_way(["CREATE TABLE t (id TIMESTAMP NOT NULL DEFAULT '2020-01-01 00:00:00' PRIMARY KEY, v INT)", "INSERT INTO t VALUES ('2001-01-01 10:00:00', 1)"],
                               ['CREATE TABLE t (id TIMESTAMP NULL, v INT)', "INSERT INTO t VALUES ('2001-01-01 10:00:00', 2), (NULL, 9)"],
                               [(None, '1')], '--where', 't:v<5', '--allow', 'where')

    def test_null_in_the_way_of_a_key_over_a_prefix(self):
        self.expect_in_the_way(['CREATE TABLE t (id INT NOT NULL, a VARCHAR(20) NOT NULL, PRIMARY KEY (id, a(3)))', "INSERT INTO t VALUES (1, 'abc')"],
                               ['CREATE TABLE t (id INT NOT NULL, a VARCHAR(20))', "INSERT INTO t VALUES (1, 'x'), (7, NULL), (8, 'abcd'), (8, 'abce')"],
                               [('7', None, '1'), ('8', 'abc', '2')], '--where', 't:id<5', '--allow', 'where')

    def test_null_in_the_way_of_a_primary_key_and_not_of_another(self):
        self.expect_in_the_way(['CREATE TABLE t (id INT PRIMARY KEY, u INT, UNIQUE KEY u (u))', 'INSERT INTO t VALUES (1, 1)'],
                               ['CREATE TABLE t (id INT PRIMARY KEY, u INT)', 'INSERT INTO t VALUES (1, 2), (7, 7), (8, 7), (9, NULL), (10, NULL)'],
                               [('7', '2')], '--where', 't:id<5', '--allow', 'where')

    @only_with('mariadb', 'MySQL makes it a check of the table')
    def test_check_of_a_column_which_the_server_does_not_look_at(self):
        self.expect_in_the_way(['CREATE TABLE t (id INT PRIMARY KEY, v INT CHECK (v>0))', 'INSERT INTO t VALUES (1, 1)'],
                               ['CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, -1), (7, -7)'],
                               [('7', '-7')], '--where', 't:id<5', '--allow', 'where')

    def test_nothing_comes_behind_one_that_failed(self):
        """Else nobody knew that table: a rollback took it for one that somebody had altered."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT, CONSTRAINT c CHECK (v > 0))', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT NOT NULL, v INT)', 'INSERT INTO t VALUES (1, -1), (7, 7), (7, 8)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--where', 't:id < 5', '--allow', 'where', '--max-delete-percent', 100), 6)
        self.assertNotIn('CHECK', self.defined(self.target, 't'), str(answer))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_foreign_key_that_is_back_on_the_table_itself(self):
        """A rollback knows a table whose foreign keys are as they were and whose other key is not there."""
        self.on_source('CREATE TABLE p (id BIGINT PRIMARY KEY)', 'INSERT INTO p VALUES (1)',
                       'CREATE TABLE c (id INT PRIMARY KEY, p BIGINT, KEY p (p), CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))', 'INSERT INTO c VALUES (1, 1)')
        self.on_target('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (7)',
                       'CREATE TABLE c (id INT NOT NULL, p INT, KEY p (p), CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))', 'INSERT INTO c VALUES (1, 1), (7, 7), (7, 7)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--where', 'c:id < 5', '--where', 'p:id < 5', '--allow', 'where,cascade', '--max-delete-percent', 100), 6)
        self.assertIn('CONSTRAINT `of_p` FOREIGN KEY', self.defined(self.target, 'c'), str(answer))
        self.assertNotIn('PRIMARY KEY', self.defined(self.target, 'c'), str(answer))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_index_that_the_server_made_instead_of_the_key(self):
        """A new foreign key leans on a key that did not come: the server makes an index, which nobody else did."""
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (7)')
        self.on_source('CREATE TABLE c (id INT NOT NULL, p INT NOT NULL, PRIMARY KEY (p, id), CONSTRAINT of_p FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO c VALUES (1, 1)')
        self.on_target('CREATE TABLE c (id INT NOT NULL, p INT NOT NULL)', 'INSERT INTO c VALUES (1, 1), (7, 7), (7, 7)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--where', 'c:id < 5', '--allow', 'where,cascade', '--max-delete-percent', 100), 6)
        self.assertNotIn('PRIMARY KEY', self.defined(self.target, 'c'), str(answer))
        self.assertIn('KEY `of_p` (`p`)', self.defined(self.target, 'c'), str(answer))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_table_whose_alter_failed_gets_nothing_behind_the_rows(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, k BIGINT, UNIQUE KEY u (k))', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, k INT)', 'INSERT INTO t VALUES (1, 1), (2, 3)')
        before = self.dump()
        answer = self.expect_exit(self.stumble('--max-delete-percent', 100, sql=f'1:1114:ALTER TABLE `{self.db}`.`t`'), 6)
        self.assertIn('1114', self.structures(answer)['t']['error'])
        self.assertEqual(self.dump(), before, str(answer))


class Corners(LateTest):
    def test_primary_key_over_a_column_with_nulls(self):
        """Such rows are to go: the column gets its NOT NULL with its key, and nothing has to be allowed."""
        self.on_source('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE t (id INT, v INT)', 'INSERT INTO t VALUES (1, 1), (NULL, 9), (NULL, 7)')
        before, answer = self.converge()
        self.assertIn('NOT NULL', self.late(answer, 't')[0])
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_null_in_a_column_of_no_key_is_refused_as_before(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, NULL)')
        self.expect_refused(self.incremental(), '--allow-unsafe=not-null')

    def test_old_key_over_a_column_that_goes(self):
        """It cannot stay until the new one comes."""
        self.on_source('CREATE TABLE t (a INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE t (a INT, b INT, v INT, PRIMARY KEY (a, b))', 'INSERT INTO t VALUES (1, 1, 1), (1, 2, 3), (9, 1, 1)')
        before, answer = self.converge('--allow-unsafe', 'drop-column')
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_old_key_whose_values_clash_when_they_change(self):
        """Nor can one over values that the ALTER makes the same."""
        self.on_source('CREATE TABLE t (a INT PRIMARY KEY, b VARCHAR(9) COLLATE utf8mb4_unicode_ci NOT NULL)', "INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        self.on_target('CREATE TABLE t (a INT, b VARCHAR(9) COLLATE utf8mb4_bin, PRIMARY KEY (a, b))', "INSERT INTO t VALUES (1, 'a'), (1, 'A'), (2, 'b')")
        before, answer = self.converge('--allow-unsafe', 'collation')
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_old_key_that_a_wider_column_would_make_too_long(self):
        for number, (source, target, rows) in enumerate((
                ('a TEXT, UNIQUE KEY u (a(10))', 'a VARCHAR(20), KEY k (a)', "(1, 'a')"),
                ('a VARCHAR(1000), b INT, UNIQUE KEY u2 (b)', 'a VARCHAR(100), b INT, UNIQUE KEY u (b, a)', "(1, 'a', 1), (2, 'b', 1)"),
                ('a VARCHAR(1000), UNIQUE KEY u (a(50))', 'a VARCHAR(100), KEY k (a)', "(1, 'a'), (2, 'a')"))):
            with self.subTest(target=target):
                right = "(1, 'a', 1), (2, 'b', 2)" if 'b INT' in source else "(1, 'a'), (2, 'b')"
                self.on_source(f'CREATE TABLE t{number} (id INT PRIMARY KEY, {source})', f'INSERT INTO t{number} VALUES {right}')
                self.on_target(f'CREATE TABLE t{number} (id INT PRIMARY KEY, {target})', f'INSERT INTO t{number} VALUES {rows}')
                before, answer = self.converge()
                self.undo(answer)
                self.assertEqual(self.dump(), before)
                self.converge()

    def test_check_over_a_renamed_column_is_refused_as_before(self):
        """The way back renames before it drops a check, which no server takes."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, n INT, CONSTRAINT cc2 CHECK (n > 0))', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, o INT)', 'INSERT INTO t VALUES (1, -3), (2, 9)')
        self.expect_refused(self.incremental('--renames', 't.o:n'), '--allow-unsafe=check')

    @only_with('mariadb', 'MySQL makes it a check of the table')
    def test_column_that_comes_with_a_default_which_its_check_takes(self):
        self.on_source("CREATE TABLE t (id INT PRIMARY KEY, x INT NOT NULL DEFAULT 1 CHECK (x>0), j JSON NOT NULL DEFAULT '{}')", 'INSERT INTO t (id) VALUES (1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        self.expect_exit(self.incremental('--schema-only'), 0)
        self.expect_equal_structures()

    def test_partitions_by_another_column(self):
        """Every unique key has to have the column that the table is cut by; the old one has it not."""
        self.on_source('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b)) PARTITION BY HASH (b) PARTITIONS 3', 'INSERT INTO t VALUES (1, 1), (1, 2)')
        self.on_target('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a)) PARTITION BY HASH (a) PARTITIONS 2', 'INSERT INTO t VALUES (1, 4), (2, 4)')
        before, answer = self.converge()
        self.same_rows('t', count=2, order='2')
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_partitions_of_a_table_that_had_none(self):
        self.on_source('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b)) PARTITION BY HASH (b) PARTITIONS 3', 'INSERT INTO t VALUES (1, 1), (1, 2)')
        self.on_target('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a))', 'INSERT INTO t VALUES (1, 4), (2, 4)')
        before, answer = self.converge()
        self.same_rows('t', count=2, order='2')
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_key_that_the_server_had_made(self):
        """MySQL: an invisible primary key, which goes for one over rows with one number."""
        if self.target.family != 'mysql':
            self.skipTest('MariaDB makes none')
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('SET SESSION sql_generate_invisible_primary_key = ON', 'CREATE TABLE t (id INT NOT NULL, v INT)',
                       'INSERT INTO t (id, v) VALUES (1, 1), (1, 9), (7, 7)')
        self.assertIn('my_row_id', self.defined(self.target, 't'))
        before, answer = self.converge('--allow-unsafe', 'drop-column')
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_counter_that_is_no_first_column(self):
        """Of MyISAM: a key that has it is there, and a check that waits takes the counter from nobody."""
        both = 'CREATE TABLE t (a INT NOT NULL, id INT NOT NULL AUTO_INCREMENT, v INT, PRIMARY KEY (a, id){check}) ENGINE=MyISAM'
        self.on_source(both.format(check=', CONSTRAINT ct CHECK (v > 0)'), 'INSERT INTO t VALUES (1, 1, 1), (1, 2, 2)')
        self.on_target(both.format(check=''), 'INSERT INTO t VALUES (1, 1, -1), (2, 2, -2)')
        before, answer = self.converge('--allow', 'non-transactional')
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_unique_key_that_becomes_the_primary_one(self):
        self.on_source('CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL, UNIQUE KEY b (b))', 'INSERT INTO t VALUES (1, 2), (2, 1)')
        self.on_target('CREATE TABLE t (a INT NOT NULL, b INT NOT NULL, UNIQUE KEY b (a, b), KEY c (b))', 'INSERT INTO t VALUES (1, 1), (1, 2), (2, 1)')
        before, answer = self.converge()
        self.same_rows('t', count=2)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_file_of_statements_is_in_the_same_order(self):
        self.parent()
        self.on_source('CREATE TABLE n (id INT PRIMARY KEY, v INT, CONSTRAINT cn CHECK (v > 0))', 'INSERT INTO n VALUES (1, 1)')
        self.on_target('CREATE TABLE n (id INT PRIMARY KEY, v INT)', 'INSERT INTO n VALUES (1, -1), (2, -2)')
        answer = self.expect_exit(self.dbsync('dry-run', *self.urls(), '--max-delete-percent', 100, '--sql', 'changes.sql'), 1)
        early, _, late = answer.out.partition('\nstructures:\n')[2].partition('  after the rows:\n')
        self.assertIn('DROP FOREIGN KEY', early, str(answer))
        self.assertNotIn('PRIMARY KEY', early, str(answer))
        for words in 'ADD PRIMARY KEY (`id`)', 'ADD CONSTRAINT `cn`', 'ADD CONSTRAINT `of_p`':
            self.assertIn(words, late, str(answer))
        self.assertLess(late.index('ADD PRIMARY KEY'), late.index('ADD CONSTRAINT `of_p`'))
        self.run_changes()
        self.expect_exit(self.verify(), 0)
        self.expect_equal_structures()


class Places(LateTest):
    """Columns of places, which have no value that stands in for another."""

    def place(self, x, srid=0):
        return f'ST_SRID(POINT({x}, {x}), {srid})' if srid else f'POINT({x}, {x})'

    def back(self, answer, before):
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_l3_geometry_that_comes_not_null(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL, v INT, SPATIAL KEY k (g))',
                       f'INSERT INTO t VALUES (1, {self.place(1)}, 1), (2, {self.place(2)}, 2)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 9), (3, 3)')
        before, answer = self.converge()
        self.same_rows('t', count=2)
        self.assertEqual([step.count('SPATIAL') for step in self.late(answer, 't')], [0, 1], str(answer))
        self.back(answer, before)

    def test_l3_geometry_that_had_nulls(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL)', f'INSERT INTO t VALUES (1, {self.place(1)}), (2, {self.place(2)})')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, g POINT)', f'INSERT INTO t VALUES (1, NULL), (2, {self.place(2)}), (3, NULL)')
        before, answer = self.converge()
        self.same_rows('t', count=2)
        self.back(answer, before)

    def test_l3_rows_in_the_way_are_named(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL)', f'INSERT INTO t VALUES (1, {self.place(1)})')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (7)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--where', 't:id < 5', '--allow', 'where'), 6)
        self.assertIn(f'rows that this run has not written are in its way (SELECT * FROM `{self.db}`.`t` WHERE `g` IS NULL)',
                      self.structures(answer)['t']['error'], str(answer))
        self.back(answer, before)

    @only_with('mysql', 'SRID')
    def test_l3_srid_that_rows_do_not_have(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL SRID 4326, h POINT SRID 4326)',
                       f'INSERT INTO t VALUES (1, {self.place(1, 4326)}, NULL), (2, {self.place(2, 4326)}, {self.place(3, 4326)})')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, g POINT, h POINT NOT NULL)',
                       f'INSERT INTO t VALUES (1, {self.place(1)}, {self.place(1)}), (2, NULL, {self.place(1, 3857)}), (3, NULL, {self.place(1)})')
        before, answer = self.converge()
        self.same_rows('t', count=2)
        self.back(answer, before)

    @only_with('mysql', 'SRID')
    def test_l11_srid_under_a_key_of_places(self):
        for source, target in ((4326, 0), (0, 4326), (4326, 3857)):
            with self.subTest(source=source, target=target):
                self.on_both('DROP TABLE IF EXISTS t, e')
                for run, srid in ((self.on_source, source), (self.on_target, target)):
                    said = f'SRID {srid}' if srid else ''
                    run(f'CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL {said}, SPATIAL KEY k (g))',
                        f'CREATE TABLE e (id INT PRIMARY KEY, g POINT NOT NULL {said}, SPATIAL KEY k (g))',
                        f'INSERT INTO t VALUES (1, {self.place(1, srid)}), (2, {self.place(2, srid)})')
                before, answer = self.converge()
                self.same_rows('t', count=2)
                self.back(answer, before)

    @only_with('mysql', 'SRID')
    def test_l11_srid_under_a_key_of_places_that_rows_have_already(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL SRID 4326, SPATIAL KEY k (g))', f'INSERT INTO t VALUES (1, {self.place(1, 4326)})')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL, SPATIAL KEY k (g))', f'INSERT INTO t VALUES (1, {self.place(1, 4326)})')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--schema-only'), 0)
        self.expect_equal_structures()
        self.back(answer, before)

    @only_with('mysql', 'SRID')
    def test_l3_srid_is_refused_where_no_rows_are_written(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL SRID 4326)', f'INSERT INTO t VALUES (1, {self.place(1, 4326)})')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL)', f'INSERT INTO t VALUES (1, {self.place(1)})')
        self.expect_refused(self.incremental('--schema-only'), '--allow-unsafe=srid')

    def test_l3_run_that_dies_anywhere_is_repeated_or_undone(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, g POINT NOT NULL, SPATIAL KEY k (g))', f'INSERT INTO t VALUES (1, {self.place(1)})')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        before = self.dump()
        for fault in 'reform.late:1', *(f'{point}:{number}' for point in ('reform.step', 'reform.done') for number in range(1, 4)):
            with self.subTest(fault=fault):
                died = self.stumble('--max-delete-percent', 100, '--allow-unsafe', 'drop-column', fault=f'{fault}:kill')
                self.assertEqual(died.exit, -9, str(died))
                self.expect_exit(self.dbsync('rollback', self.backups()[-1], self.target.url(), '--yes'), 0)
                self.assertEqual(self.dump(), before, str(died))
        self.stumble('--max-delete-percent', 100, '--allow-unsafe', 'drop-column', fault='reform.late:1:kill')
        self.expect_exit(self.incremental('--max-delete-percent', 100), 0)
        self.expect_equal_structures()

