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
