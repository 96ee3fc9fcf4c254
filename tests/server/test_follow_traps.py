"""dbsync follow: what a source does to its log while somebody reads it."""
import os
import time

from harness import ServerTest, each_pair

RESET = {'mariadb': 'RESET MASTER', 'mysql': 'RESET BINARY LOGS AND GTIDS'}


@each_pair
class FollowTrapsTest(ServerTest):
    """On a source of its own: its log is begun again."""
    not_for_old = 'its transactions have no ids'

    def two_servers(self, source, target):
        return self.server(source, f'follow-traps-{os.getpid()}'), self.server(target, 'target')

    def setUp(self):
        super().setUp()
        self.db = self.new_database()
        self.write = self.session(self.source, self.db).run
        self.read = self.session(self.target, self.db).run
        self.family = self.source.name.split('-')[0]
        self.write('CREATE TABLE t (id INT PRIMARY KEY, v INT)')

    def words(self, *options):
        return ('follow', *options, '--yes', '--no-backup', self.source.url(self.db), self.target.url(self.db))

    def follow(self, *options):
        return self.expect_exit(self.dbsync(*self.words(*options)), 0)

    def start(self):
        running = self.program.start(*self.words())
        self.addCleanup(running.kill)
        return running

    def rows(self, run):
        return [int(row[0]) for row in run('SELECT id FROM t ORDER BY id')]

    def wait_equal(self, limit=30):
        end = time.time() + limit
        while time.time() < end and self.rows(self.read) != self.rows(self.write):
            time.sleep(0.1)
        self.assertEqual(self.rows(self.read), self.rows(self.write))

    def stop(self, running):
        running.process.terminate()
        return self.expect_exit(running.wait(30), 7)

    def test_a_log_that_is_begun_again(self):
        self.follow('--initial-only')
        for i in range(5):
            self.write(f'INSERT INTO t VALUES ({i}, 0)')
        running = self.start()
        self.wait_equal()
        self.write(RESET[self.family])
        self.write('INSERT INTO t VALUES (10, 0)')
        self.wait_equal()
        answer = self.stop(running)
        if self.family == 'mariadb':
            self.assertIn('its log ends before what was read of it', answer.err)

    def test_a_log_that_is_begun_again_meanwhile(self):
        for i in range(5):
            self.write(f'INSERT INTO t VALUES ({i}, 0)')
        self.follow('--initial-only')
        self.write(RESET[self.family])
        self.write('INSERT INTO t VALUES (10, 0)')
        self.follow('--until', 'caught-up')
        self.assertEqual(self.rows(self.read), self.rows(self.write))

    def prepare(self, name, number):
        session = self.source.session(self.db)
        self.addCleanup(session.close)
        for statement in (f"XA START '{name}'", f'INSERT INTO t VALUES ({number}, 0)', f"XA END '{name}'",
                          f"XA PREPARE '{name}'"):
            session.run(statement)
        return session

    def test_prepared_transactions(self):
        self.follow('--initial-only')
        self.prepare('first', 1).run("XA COMMIT 'first'")
        running = self.start()
        self.wait_equal()
        second = self.prepare('second', 2)
        self.write('INSERT INTO t VALUES (3, 0)')
        self.wait_equal()
        self.write('FLUSH BINARY LOGS')
        self.write('INSERT INTO t VALUES (4, 0)')
        self.wait_equal()
        self.stop(running)
        # the place is before it, in the file before
        self.assertNotIn('comparing the databases', self.follow('--until', 'caught-up').err)
        running = self.start()
        second.run("XA COMMIT 'second'")
        self.wait_equal()
        self.assertNotIn('comparing the databases', self.stop(running).err)

    def test_structures_that_were_changed_meanwhile(self):
        self.follow('--initial-only')
        self.write('ALTER TABLE t ADD w INT')
        self.write('INSERT INTO t VALUES (1, 2, 3)')
        self.follow('--until', 'caught-up')
        self.assertEqual(self.read('SELECT * FROM t'), self.write('SELECT * FROM t'))
