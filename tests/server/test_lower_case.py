"""HC-103: a target that calls all tables in lower case (lower_case_table_names=1), and a source that does not."""
import json
import os

from test_writing import WritingTest


class LowerCase(WritingTest):
    scope = ()
    once = True

    def setUp(self):
        super().setUp()
        if self.target.family != 'mariadb':
            self.skipTest('MySQL fixes it when the data directory is made')
        self.target = self.server(self.target.name, f'lower-{os.getpid()}', options=('--lower-case-table-names=1',))
        self.new_database(self.target, name=self.db)
        self.on_source('CREATE TABLE Orders (id INT PRIMARY KEY, v INT)', 'INSERT INTO Orders VALUES (1, 1), (2, 2)',
                       'CREATE TABLE Items (id INT PRIMARY KEY, o INT, CONSTRAINT f FOREIGN KEY (o) REFERENCES Orders (id))',
                       'INSERT INTO Items VALUES (1, 1)')
        self.on_target('CREATE TABLE Orders (id INT PRIMARY KEY, v INT)', 'INSERT INTO Orders VALUES (1, 7)')

    def tables(self):
        return [name for name, in self.on_target('SHOW TABLES')]

    def check(self, command, *options):
        answer = self.expect_exit(self.dbsync(command, *self.urls(), '--yes', '--json', *options), 0)
        self.assertEqual(self.tables(), ['items', 'orders'], str(answer))
        self.assertIn('REFERENCES `orders` (`id`)', self.on_target('SHOW CREATE TABLE items')[0][1], str(answer))
        self.assertEqual((self.on_target('SELECT * FROM orders'), self.on_target('SELECT * FROM items')),
                         ([('1', '1'), ('2', '2')], [('1', '1')]), str(answer))
        self.expect_exit(self.dbsync('verify', *self.urls()), 0)
        undone = self.expect_exit(self.dbsync('rollback', json.loads(answer.out)['backup'], self.target.url(self.db), '--yes'), 0)
        self.assertEqual((self.tables(), self.on_target('SELECT * FROM orders')), (['orders'], [('1', '7')]), str(undone))

    def test_hc_103_incremental_makes_and_changes_tables(self):
        self.check('incremental')

    def test_hc_064_keys_are_seen_whatever_case_the_database_is_named_in(self):
        self.on_target('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (2)',
                       'CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT k FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE)',
                       'INSERT INTO c VALUES (1, 2)')
        self.on_source('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1)')
        for name in (self.db, self.db.upper()):
            answer = self.dbsync('incremental', self.source.url(self.db), self.target.url(name), '--tables', 'p', '--yes',
                                 '--max-delete-percent', 100)
            self.expect_error(answer, 3, '--allow cascade')

    def test_hc_103_full_sync_replaces_them(self):
        self.check('full-sync')

    def test_hc_103_copies_in_an_incremental_run(self):
        self.check('incremental', '--force-full-sync', 'Orders,Items', '--copy-min-rows', 1)
