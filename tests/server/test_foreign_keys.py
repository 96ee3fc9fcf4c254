"""Foreign keys: the indexes that servers make for them, parents that are not there.

An index that nobody asked for is the server's own: it is renamed, and goes, with
what else comes to the table.  No definition says which index that is.
"""
import json

from test_reshaping_undo import ALL, Undo

ROWS = ('INSERT INTO p VALUES (1), (2)', 'INSERT INTO c (id, p) VALUES (1, 1), (2, 2)')


class Implicit(Undo):
    """C3: what a run does to a table whose index was made by the server."""

    def definition(self, place, table):
        """In which order indexes stand is nothing to a server that has no other use for it."""
        return '\n'.join(sorted(line.rstrip(',') for line in super().definition(place, table).split('\n')))

    def check(self, source, target, also=()):
        """Converges, is undone, and converges again: `source` and `target` are the tables."""
        self.make([*source, *ROWS, *also], [*target, *ROWS])
        answer = self.expect_exit(self.incremental(*ALL), 0)
        self.expect_as_source('c', str(answer))
        self.expect_as_source('p', str(answer))
        self.expect_exit(self.verify(), 0)
        undone = self.undo(answer)
        self.assertEqual(self.state(self.target), self.before, str(undone))
        again = self.expect_exit(self.incremental(*ALL), 0)
        self.expect_as_source('c', str(again))

    def child(self, key, kind='INT', more=''):
        return f'CREATE TABLE c (id INT PRIMARY KEY, p {kind}{more}, {key})'

    def both(self, source_key, target_key, **how):
        self.check(['CREATE TABLE p (id INT PRIMARY KEY)', self.child(source_key, **how)],
                   ['CREATE TABLE p (id INT PRIMARY KEY)', self.child(target_key, **how)])

    def widened(self, key):
        self.check(['CREATE TABLE p (id BIGINT PRIMARY KEY)', self.child(key, 'BIGINT')],
                   ['CREATE TABLE p (id INT PRIMARY KEY)', self.child(key)])

    def test_c3_column_that_is_widened(self):
        self.widened('FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_column_that_is_widened_under_a_name(self):
        self.widened('CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_column_that_is_widened_under_an_index(self):
        self.widened('KEY p (p), CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_another_rule(self):
        self.both('FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE', 'FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_another_rule_under_an_index(self):
        self.both('KEY p (p), CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL',
                  'KEY p (p), CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_another_name(self):
        self.both('KEY p (p), CONSTRAINT new FOREIGN KEY (p) REFERENCES p (id)', 'FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_two_keys_over_one_column(self):
        rule = ' ON DELETE CASCADE'
        keys = 'CONSTRAINT a FOREIGN KEY (p) REFERENCES p (id){0}, CONSTRAINT b FOREIGN KEY (p) REFERENCES q (id){0}'
        other = 'CREATE TABLE q (id INT PRIMARY KEY)'
        self.check(['CREATE TABLE p (id INT PRIMARY KEY)', other, self.child('KEY p (p), ' + keys.format(rule))],
                   ['CREATE TABLE p (id INT PRIMARY KEY)', other, self.child('KEY p (p), ' + keys.format(''))],
                   ['INSERT INTO q VALUES (1), (2)'])

    def test_c3_index_that_begins_with_the_same_column(self):
        """The server drops its own index when one comes that would do as well."""
        self.both('KEY p (p), KEY wide (p, id), FOREIGN KEY (p) REFERENCES p (id)', 'FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_unique_index_over_the_same_column(self):
        self.both('KEY p (p), UNIQUE KEY one (p), FOREIGN KEY (p) REFERENCES p (id)', 'FOREIGN KEY (p) REFERENCES p (id)')

    def test_c3_key_over_more_columns(self):
        parent = 'CREATE TABLE q (a INT, b INT, PRIMARY KEY (a, b))'
        self.check(['CREATE TABLE p (id INT PRIMARY KEY)', parent,
                    self.child('KEY p (p), KEY two (p, id), FOREIGN KEY (p) REFERENCES p (id), '
                               'CONSTRAINT two FOREIGN KEY (p, id) REFERENCES q (a, b)')],
                   ['CREATE TABLE p (id INT PRIMARY KEY)', parent, self.child('FOREIGN KEY (p) REFERENCES p (id)')],
                   ['INSERT INTO q VALUES (1, 1), (2, 2)'])

    def test_c3_table_that_stays_and_whose_parent_is_widened(self):
        """`d` is the same on both sides, but refers to a column that is to be made anew."""
        child = 'CREATE TABLE c (id INT PRIMARY KEY, p VARCHAR(9), FOREIGN KEY (p) REFERENCES p (id))'
        self.check(['CREATE TABLE p (id VARCHAR(20) PRIMARY KEY)', child], ['CREATE TABLE p (id VARCHAR(9) PRIMARY KEY)', child])

    def test_c3_copy_takes_the_place_of_the_parent(self):
        """Only the target has `c`, which stays and refers to the copy from then on."""
        self.make(['CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (2), (3)'],
                  ['CREATE TABLE p (id INT PRIMARY KEY)', self.child('FOREIGN KEY (p) REFERENCES p (id)'), *ROWS])
        answer = self.expect_exit(self.dbsync('full-sync', *self.urls(), '--json', '--yes', limit=90), 6)
        self.expect_as_source('p', str(answer))
        self.assertEqual(self.state(self.target)['c'], self.before['c'], str(answer))
        self.expect_exit(self.dbsync('rollback', json.loads(answer.out)['backup'], self.target.url(), '--yes', limit=90), 0)
        self.assertEqual(self.state(self.target), self.before)

    def test_c3_run_that_dies_between_going_and_coming(self):
        """The key is gone, its index is still the server's own."""
        self.make(['CREATE TABLE p (id INT PRIMARY KEY)', self.child('FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE'), *ROWS],
                  ['CREATE TABLE p (id INT PRIMARY KEY)', self.child('FOREIGN KEY (p) REFERENCES p (id)'), *ROWS])
        self.stumble(*ALL, fault='reform.done:1:kill')
        self.assertNotIn('FOREIGN', self.state(self.target)['c'][0])
        answer = self.expect_exit(self.incremental(*ALL), 0)
        self.expect_as_source('c', str(answer))


class Nowhere(Undo):
    """A key whose parent table is not there: with checks off a server takes it, and no row after it."""
    PARENT = ('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (2), (3)')
    CHILD = 'CREATE TABLE c (id INT PRIMARY KEY, p INT, v INT, CONSTRAINT fk FOREIGN KEY (p) REFERENCES p (id))'

    def command(self, name, *options, exit_code):
        answer = self.expect_exit(self.dbsync(name, *self.urls(), '--json', '--yes', *options, limit=90), exit_code)
        return answer, json.loads(answer.out)

    def sides(self, value, source=(), target=()):
        rows = 'INSERT INTO c VALUES (1, 1, {0}), (2, NULL, {0}), (3, 3, {0})'
        self.make([*source, self.CHILD, rows.format(1)], [*target, self.CHILD, rows.format(value)])

    def expect_named(self, found, rows=2):
        self.assertEqual([(key['foreign_key'], key['table'], key['parent_table'], key['rows'], key['parent_missing'])
                          for key in found['without_parent']], [('fk', 'c', 'p', rows, True)], str(found))
        self.assertEqual([(gap['table'], gap['reason']) for gap in found['plan']['left_out']],
                         [('c', 'foreign key `fk`: the target has no table `p` for it')], str(found))
        self.assertEqual(found['verdict'], 'incomplete')

    def test_item_3_rows_are_written_and_counted(self):
        self.sides(7, source=self.PARENT)
        answer, found = self.command('incremental', '--tables', 'c', exit_code=6)
        self.expect_as_source('c', str(answer))
        self.expect_named(found)

    def test_item_3_nothing_to_write(self):
        self.sides(1, source=self.PARENT)
        self.expect_named(self.command('incremental', '--tables', 'c', exit_code=6)[1])
        text = self.expect_exit(self.dbsync('incremental', *self.urls(), '--tables', 'c', '--yes'), 6).out
        self.assertIn(f'WITHOUT PARENT: 2 rows of {self.db}.c have none, for the target has no table {self.db}.p (foreign key fk)', text)

    def test_item_3_rows_alone(self):
        self.sides(7, source=self.PARENT)
        self.expect_named(self.command('incremental', '--tables', 'c', '--data-only', exit_code=6)[1])
        self.same_rows('c', count=3)

    def test_item_3_no_row_refers_to_anything(self):
        """The next one would be refused all the same."""
        self.make([*self.PARENT, self.CHILD, 'INSERT INTO c VALUES (1, NULL, 1)'], [self.CHILD])
        self.expect_named(self.command('incremental', '--tables', 'c', exit_code=6)[1], rows=0)
        self.same_rows('c', count=1)

    def test_item_3_key_that_would_come(self):
        self.make([*self.PARENT, self.CHILD, 'INSERT INTO c VALUES (1, 1, 1), (2, 2, 1), (3, NULL, 1)'],
                  ['CREATE TABLE c (id INT PRIMARY KEY, p INT, v INT)'])
        self.expect_named(self.command('incremental', '--tables', 'c', exit_code=6)[1])
        self.same_rows('c', count=3)

    def test_item_3_key_that_would_come_with_a_column_that_did_not(self):
        """Was 1054 and the end of a run that had written all else."""
        self.make([*self.PARENT, self.CHILD, 'INSERT INTO c VALUES (1, 1, 1)', 'CREATE TABLE d (id INT PRIMARY KEY)',
                   'INSERT INTO d VALUES (1)'], ['CREATE TABLE c (id INT PRIMARY KEY, v INT)', 'CREATE TABLE d (id INT PRIMARY KEY)'])
        with self.target.session(self.db) as other:
            other.run('START TRANSACTION')
            other.run('SELECT * FROM c')
            answer, found = self.command('incremental', '--tables', 'c,d', '--lock-wait', 1, exit_code=6)
        self.same_rows('d', count=1)
        self.assertEqual([(key['foreign_key'], key['rows']) for key in found['without_parent']], [('fk', None)], str(answer))
        self.assertIn('--lock-wait', str(found['plan']['structures']), str(answer))

    def test_item_3_full_sync(self):
        self.sides(7, source=self.PARENT)
        _, found = self.command('full-sync', '--tables', 'c', exit_code=6)
        self.same_rows('c', count=3)
        self.expect_named(found)

    def test_item_3_parent_in_another_database(self):
        """full-sync knows nothing of that one, and made a key to nowhere."""
        other = self.new_database()
        child = self.CHILD.replace('REFERENCES p', f'REFERENCES `{other}`.p')
        for command in ('full-sync', 'incremental'):
            for place, rows in ((self.source, '(1, 1, 1), (2, NULL, 1), (3, 3, 1)'), (self.target, '(1, 1, 7)')):
                self.session(place).run('DROP TABLE IF EXISTS c')
                self.session(place).run(child)
                self.session(place).run(f'INSERT INTO c VALUES {rows}')
            if command == 'full-sync':
                for statement in self.PARENT:
                    self.session(self.source, other).run(statement)
            answer, found = self.command(command, exit_code=6)
            self.same_rows('c', count=3)
            self.assertEqual([(key['parent_database'], key['rows'], key['parent_missing']) for key in found['without_parent']],
                             [(other, 2, True)], str(answer))

    def test_item_3_dry_run_names_it(self):
        self.sides(1, source=self.PARENT)
        found = json.loads(self.expect_exit(self.dbsync('dry-run', *self.urls(), '--json', '--tables', 'c'), 6).out)
        self.assertEqual([gap['table'] for gap in found['plan']['left_out']], ['c'], str(found))

    def test_item_3_parent_that_comes_is_none_that_lacks(self):
        self.sides(7, source=self.PARENT)
        _, found = self.command('incremental', exit_code=0)
        self.assertEqual((found['without_parent'], found['plan']['left_out']), ([], []), str(found))
        self.expect_exit(self.verify(), 0)

    def test_item_3_key_that_goes_is_none_that_lacks(self):
        self.make(['CREATE TABLE c (id INT PRIMARY KEY, p INT, v INT, KEY fk (p))', 'INSERT INTO c VALUES (1, 1, 1)'],
                  [self.CHILD, 'INSERT INTO c VALUES (1, 1, 7)'])
        _, found = self.command('incremental', exit_code=0)
        self.assertEqual((found['without_parent'], found['plan']['left_out']), ([], []), str(found))
        self.expect_exit(self.verify(), 0)

    def test_c6_no_side_has_the_parent(self):
        """The target is as the source is, before something was written as after it."""
        self.sides(7)
        answer, found = self.command('incremental', exit_code=0)
        self.expect_as_source('c', str(answer))
        self.assertEqual((found['without_parent'], found['plan']['left_out']), ([], []), str(found))
        self.command('incremental', exit_code=0)

    def test_c6_rollback_that_leaves_a_key_out_has_not_restored(self):
        self.make(['CREATE TABLE c (id INT PRIMARY KEY, p INT, v INT, KEY fk (p))', 'INSERT INTO c VALUES (1, 1, 1)'],
                  [self.CHILD, 'INSERT INTO c VALUES (1, 1, 7)'])
        answer = self.expect_exit(self.incremental(*ALL), 0)
        for _ in range(2):      # the second has nothing to do, and still lacks the key
            undone = self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 6)
            self.assertIn('foreign key `fk`: the target has no table `p` for it', undone.out)
            self.assertIn('verdict: incomplete', undone.out)
            self.assertNotIn('restored', undone.out)
        self.assertEqual(self.rows(self.target, 'c'), [('1', '1', '7')])
