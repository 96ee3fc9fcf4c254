"""Triggers and foreign keys that are away for the swap of full-sync, also when something fails meanwhile."""
import re
import select
import socket
import threading

from harness import free_port
from test_full import FullTest


class Between:
    """A proxy in front of a server that shows statements to `look` before they get there.

    look(statement) says 'pass', 'cut' (it never gets there) or 'lose' (it is done, and its
    answer is lost with the connection).
    """

    def __init__(self, place, look):
        self.place, self.look, self.port = place, look, free_port()
        self.listener = socket.create_server(('127.0.0.1', self.port))
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, socket.create_connection(('127.0.0.1', self.place.port)) as server:
            while True:
                for side in select.select([client, server], [], [])[0]:
                    try:
                        data = side.recv(1 << 16)
                    except ConnectionError:
                        return
                    if not data:
                        return
                    verdict = self.look(data[5:]) if side is client else 'pass'
                    if verdict == 'cut':
                        return
                    (server if side is client else client).sendall(data)
                    if verdict == 'lose':
                        server.recv(1 << 16)
                        return

    def close(self):
        self.listener.close()


class Swap(FullTest):
    once = True

    def begin(self):
        self.two_tables()
        self.user = f'u{self.db[9:]}'
        self.on_target('CREATE TRIGGER first BEFORE INSERT ON children FOR EACH ROW SET NEW.v = NEW.v + 1',
                       'CREATE TRIGGER second BEFORE UPDATE ON children FOR EACH ROW SET NEW.v = NEW.v + 2')
        self.target.sql(f"CREATE USER '{self.user}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON *.* TO '{self.user}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{self.user}'@'%'")
        self.before = self.state()

    def state(self):
        return (sorted(row[:5] for row in self.on_target('SHOW TRIGGERS')), self.on_target('SELECT * FROM children ORDER BY id'),
                self.on_target('SELECT @@collation_database'))

    def may_make_no_trigger(self):
        """On a connection to come."""
        self.target.sql(f"REVOKE TRIGGER ON *.* FROM '{self.user}'@'%'")

    def swap_between(self, look):
        between = Between(self.target, look)
        self.addCleanup(between.close)
        url = self.target.url(self.db, self.user, 'pw', port=between.port, ssl_mode='disabled')
        return self.expect_exit(self.full('--allow', 'triggers,replica', '--retries', 1, target=url), 4)

    def lose_first_drop(self, afterwards=lambda: None):
        seen = []

        def look(statement):
            if not statement.startswith(b'DROP TRIGGER IF EXISTS') or b'dbsync_probe' in statement or seen:
                return 'pass'
            seen.append(statement)
            afterwards()
            return 'lose'
        answer = self.swap_between(look)
        self.assertTrue(seen, str(answer))
        return answer

    def test_trigger_whose_drop_was_not_confirmed_is_brought_back(self):
        self.begin()
        answer = self.lose_first_drop()
        self.assertEqual(self.state(), self.before, str(answer))

    def test_trigger_whose_drop_was_not_confirmed_is_named_when_it_cannot_be(self):
        self.begin()
        answer = self.lose_first_drop(self.may_make_no_trigger_once_dropped)
        self.assertIn(f'the trigger `{self.db}`.`first` was dropped and could not be restored (the backup point has it)', answer.err)

    def may_make_no_trigger_once_dropped(self):
        """What is on its way finds it gone."""
        self.on_target('DROP TRIGGER first')
        self.may_make_no_trigger()

    def test_default_of_the_database_is_set_back_when_a_trigger_cannot_be_made(self):
        self.begin()
        self.on_both('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        self.on_target('DROP TRIGGER first', 'DROP TRIGGER second', 'ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin',
                       'CREATE TRIGGER first BEFORE INSERT ON children FOR EACH ROW SET NEW.v = NEW.v + 1',
                       'ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        renames = []

        def look(statement):
            if not statement.startswith(b'RENAME TABLE'):
                return 'pass'
            renames.append(statement)
            if len(renames) == 1:
                return 'pass'   # which the triggers forbid
            if len(renames) == 2:
                self.may_make_no_trigger()
            return 'cut'
        answer = self.swap_between(look)
        self.assertGreaterEqual(len(renames), 2, str(answer))
        self.assertIn('`first` was dropped and could not be restored', answer.err)
        self._close_sessions()
        self._sessions.clear()
        self.assertEqual(self.on_target('SELECT @@collation_database'), [('utf8mb4_bin',)], str(answer))


class MalformedKeys(FullTest):
    """L12: foreign keys of the target that no longer fit their parents, so that a server refuses to rename tables."""
    ROWS = {'p': [('1', 'a')], 't': [('1', '1')]}
    not_for_old = 'it takes copies of a run that died for children of the table, once'

    def begin(self):
        self.on_source('CREATE TABLE p (id INT PRIMARY KEY, x VARCHAR(10))', "INSERT INTO p VALUES (1, 'a')",
                       'CREATE TABLE t (id INT PRIMARY KEY, p INT, CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO t VALUES (1, 1)')
        self.make_target()

    def make_target(self):
        self.on_target('SET SESSION foreign_key_checks = 0')
        if self.target.family == 'mysql':   # a parent that will come without the column
            self.on_target('CREATE TABLE t (id INT PRIMARY KEY, p INT, CONSTRAINT f FOREIGN KEY (p) REFERENCES p (y))')
        else:                               # a parent that has lost its key
            self.on_target('CREATE TABLE p (id INT PRIMARY KEY, x VARCHAR(10))',
                           'CREATE TABLE t (id INT PRIMARY KEY, p INT, CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id))',
                           'ALTER TABLE p DROP PRIMARY KEY, ADD KEY (x)')
        self.on_target('INSERT INTO t VALUES (1, 7)')
        self.before = self.state()

    def state(self):
        return [(name, self.on_target(f'SHOW CREATE TABLE {name}'), self.on_target(f'SELECT * FROM {name}'))
                for name, in self.on_target('SHOW TABLES')]

    def expect_restored(self, point, *options):
        """All but the key, which no server adds to what it has in its way: it is named."""
        undone = self.dbsync('rollback', point, self.target.url(), '--yes', *options)
        self.expect_exit(undone, 6)
        self.assertRegex(undone.out, r'foreign key `f`|constraint .f.')

        def but_the_key(state):
            return [(name, re.sub(r',\n *CONSTRAINT `f`.*', '', shown[0][1]), rows) for name, shown, rows in state]
        self.assertEqual(but_the_key(self.state()), but_the_key(self.before), str(undone))

    def expect_equal(self, answer):
        self.expect_swapped(answer, **{name: len(rows) for name, rows in self.ROWS.items()})
        self.assertRegex(self.on_target('SHOW CREATE TABLE t')[0][1], r'CONSTRAINT `f` FOREIGN KEY \(`p`\) REFERENCES `p` \(`id`\)')
        self.expect_exit(self.verify(), 0)

    def test_l12_is_replaced_and_restored(self):
        self.begin()
        answer = self.full('-v')
        self.expect_equal(answer)
        self.assertIn('foreign keys of the tables that are replaced go first', answer.err)
        self.expect_restored(answer.json['backup'])

    def test_l12_killed_without_them(self):
        self.begin()
        for again in (True, False):
            killed = self.full(faults=True, env={'DBSYNC_FAULT': 'swap.keys:1:kill'})
            self.assertEqual(killed.exit, -9, str(killed))
            self.assertNotIn('FOREIGN KEY', self.on_target('SHOW CREATE TABLE t')[0][1])
            point = self.backups()[-1]
            if again:
                self.expect_equal(self.full())
            self.expect_restored(point, '--force')
            self.on_target('SET SESSION foreign_key_checks = 0', 'DROP TABLE t', 'DROP TABLE IF EXISTS p')
            self.make_target()

    def test_l12_refused_nonetheless_they_come_back(self):
        self.begin()
        renames = []

        def look(statement):
            if not statement.startswith(b'RENAME TABLE'):
                return 'pass'
            renames.append(statement)
            return 'pass' if len(renames) == 1 else 'cut'

        between = Between(self.target, look)
        self.addCleanup(between.close)
        answer = self.expect_exit(self.full('--retries', 1, target=self.target.url(self.db, port=between.port, ssl_mode='disabled')), 4)
        self.assertGreaterEqual(len(renames), 2, str(answer))
        if self.target.family == 'mysql':
            self.assertEqual(self.state(), self.before, str(answer))
        else:       # which takes it while its parent is not there, alone
            self.assertIn(f'the foreign key `f` of `{self.db}`.`t` was dropped and could not be added again: ', answer.err)
            self.expect_restored(self.backups()[-1])


del FullTest        # whose tests are its own
