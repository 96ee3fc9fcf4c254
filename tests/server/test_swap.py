"""Triggers that are away for the swap of full-sync, when something fails meanwhile."""
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
        self.assertIn(f'the trigger `{self.db}`.`first` was dropped and could not be brought back (the backup point has it)', answer.err)

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
        self.assertIn('`first` was dropped and could not be brought back', answer.err)
        self._close_sessions()
        self._sessions.clear()
        self.assertEqual(self.on_target('SELECT @@collation_database'), [('utf8mb4_bin',)], str(answer))


del FullTest        # whose tests are its own
