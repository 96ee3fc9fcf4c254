"""dbsync follow, and others: other files of the log, rights, who else writes to the target, links that are away."""
import time

from harness import each_pair, like_pairs
from test_crashes import until
from test_follow_rows import OneTest


class Logs(OneTest):
    @like_pairs
    def test_files_that_follow_each_other(self):
        self.simple()
        for number in range(3):
            self.on_source(f'UPDATE a SET v={number + 10} WHERE id=1')
            self.source.sql('FLUSH BINARY LOGS')
        self.expect_followed()
        self.source.sql('FLUSH BINARY LOGS', 'FLUSH BINARY LOGS')
        self.expect_followed()
        self.on_source('UPDATE a SET v=9 WHERE id=1')
        self.expect_followed()

    @like_pairs
    def test_a_source_without_a_log(self):
        self.source = self.server(self.source.name, 'no-log', options=('--skip-log-bin',))
        self.new_database(self.source, name=self.db)
        self.expect_error(self.dbsync(*self.words('--until', 'caught-up')), 4, 'it writes no binary log', 'set log_bin in its configuration and restart it')


class Rights(OneTest):
    def as_user(self, place, *grants):
        name, password = self.user(*grants, places=(place,))
        urls = [side.url(self.db, **({'user': name, 'password': password} if side is place else {})) for side in (self.source, self.target)]
        self.urls = lambda: urls
        return name

    @like_pairs
    def test_the_least_that_it_needs(self):
        is_new = self.source.family == 'mariadb'
        of_source = ['SELECT, SHOW VIEW ON `{db}`.*', 'REPLICATION SLAVE ON *.*', 'BINLOG MONITOR, SLAVE MONITOR ON *.*' if is_new else 'REPLICATION CLIENT ON *.*']
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1,1)')
        for missing, words in ((1, 'GRANT REPLICATION SLAVE ON *.*'), (2, 'GRANT BINLOG MONITOR ON *.*' if is_new else 'GRANT REPLICATION CLIENT ON *.*'), (None, '')):
            with self.subTest(missing=missing):
                self.as_user(self.source, *(grant for number, grant in enumerate(of_source) if number != missing))
                answer = self.dbsync(*self.words('--until', 'caught-up'))
                if missing is None:
                    self.expect_exit(answer, 0)
                    self.expect_equal(answer)
                else:
                    self.expect_error(answer, 4, words)
                    self.assertEqual(self.state(self.target), {})

    @like_pairs
    def test_where_the_place_is_kept(self):
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1,1)')
        monitor = ('SLAVE MONITOR, BINLOG MONITOR ON *.*',) if self.target.family == 'mariadb' else ('REPLICATION CLIENT ON *.*',)
        name = self.as_user(self.target, 'ALL ON `' + self.db.replace('_', '\\_') + '`.*', *monitor)
        self.target.sql("CREATE DATABASE IF NOT EXISTS dbsync_state", 'DROP TABLE IF EXISTS dbsync_state.follow')
        grant = 'GRANT ALL ON `dbsync\\_%`.*'
        answer = self.expect_error(self.dbsync(*self.words('--until', 'caught-up')), 4, 'the place of follow is kept on the target', grant)
        self.assertEqual(self.state(self.target), {}, str(answer))
        self.target.sql(f"{grant} TO '{name}'@'%'")
        answer = self.follow()
        self.expect_equal(answer)
        self.on_source('UPDATE a SET v=2')
        self.expect_followed()


class Others(OneTest):
    def prepare(self, xid, *statements):
        """Others do not know what was prepared before the session that did it has gone."""
        self.addCleanup(self.end, xid)
        with self.source.session(self.db) as session:
            own = session.value('SELECT CONNECTION_ID()')
            for statement in (f"XA START '{xid}'", *statements, f"XA END '{xid}'", f"XA PREPARE '{xid}'"):
                session.run(statement)
        until(20, lambda: not self.source.sql(f'SELECT 1 FROM information_schema.processlist WHERE id={own}'), 'the session has gone')

    def end(self, xid):
        if any(row[3] == xid for row in self.source.sql('XA RECOVER')):
            self.source.sql(f"XA ROLLBACK '{xid}'")

    @like_pairs
    def test_prepared_transactions_of_a_live_one(self):
        self.simple()
        self.begin()
        for number in range(4):
            self.prepare(f'y{self.db}', f'INSERT INTO a VALUES ({number + 50},50)', f'UPDATE b SET v={number + 100} WHERE id=1')
            self.on_source(f'INSERT INTO b VALUES ({number + 50},0)')
            self.expect_soon()
            self.source.sql(f"XA COMMIT 'y{self.db}'")
            self.expect_soon()
        self.stop()
        self.expect_followed()


class Live(OneTest):
    @each_pair
    def test_changes_are_there_soon(self):
        self.simple()
        self.begin()
        spent = []
        for number in range(5):
            began = time.monotonic()
            self.on_source(f'INSERT INTO a VALUES ({number + 10}, 0)', f'UPDATE b SET v={number + 10} WHERE id=1')
            until(10, self.is_equal, 'it is there')
            spent.append(time.monotonic() - began)
        self.assertLess(sorted(spent)[2], 2, spent)
        self.stop()

    @like_pairs
    def test_stopped(self):
        """Its place is kept, also what it only passed by; the next one goes on from there."""
        self.simple()
        self.begin()
        self.on_source('INSERT INTO a VALUES (10,0)')
        self.expect_soon()
        mark = self.mark()
        self.stop()
        self.assertGreaterEqual(int(self.mark()[1]), int(mark[1]))
        self.on_source('INSERT INTO a VALUES (11,0)')
        self.expect_followed()
        self.assertEqual(self.found['rows_written'], {'insert': 1, 'update': 0, 'delete': 0})

    @like_pairs
    def test_a_link_that_is_away(self):
        for side in (0, 1):
            with self.subTest(side=side):
                self.source.sql(f'DROP DATABASE {self.db}', f'CREATE DATABASE {self.db}')
                self.target.sql(f'DROP DATABASE {self.db}', f'CREATE DATABASE {self.db}')
                for place in (self.source, self.target):
                    self.session(place).run(f'USE {self.db}')
                link = self.link((self.source, self.target)[side])
                urls = [place.url(self.db) for place in (self.source, self.target)]
                urls[side] = link.url(self.db)
                self.urls = lambda urls=urls: urls
                self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)')
                self.begin()
                for number in range(2):
                    link.say('refuse')
                    self.on_source(f'INSERT INTO a VALUES ({number},0)')
                    time.sleep(1.5)
                    link.say('accept')
                    self.expect_soon(40)
                self.stop()
