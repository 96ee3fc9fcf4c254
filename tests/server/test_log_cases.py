"""Hard cases of binary logs by their numbers, on each server: the stream of changes, and comparisons by the logs.

Both databases of a comparison are on one server here, in one log, but for cascades.  Cases of the stream alone: 201, 211
and 225 in test_changes, 209, 210 and 217 in test_changes_hostile, values of each type in test_changes_types.
"""
import json
import os
import random
import signal
import time

from harness import Background, ServerTest, restart_server
from test_by_log import ByLogTest
from test_changes import ChangesTest, parse
from test_changes_hostile import INCIDENT, LogWire, WRITE, event_type, remade
from test_crashes import until
from wire import Wire, stripped

IMAGES = ('FULL', 'NOBLOB', 'MINIMAL')


class LogCase(ByLogTest, ChangesTest):
    each_server = True

    two_servers = ChangesTest.two_servers

    def setUp(self):
        ServerTest.setUp(self)
        self.use(self.source)

    def use(self, place):
        """Two databases that are equal."""
        self.place = self.source = self.target = place
        self.family = place.family
        self.db, self.other = self.new_database(place), self.new_database(place)
        self.run_sql = self.session(place, self.db).run
        self.on_both('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'CREATE TABLE b (id INT PRIMARY KEY, v INT)',
                     'INSERT INTO a VALUES (1,1), (2,2)', 'INSERT INTO b VALUES (1,1), (2,2), (3,3)')

    def urls(self, **_):
        return self.place.url(self.db), self.place.url(self.other)

    def on_target(self, *statements):
        return [self.session(self.place, self.other).run(statement) for statement in statements][-1]

    def own(self, *options, role='own'):
        """A server that others are not disturbed by."""
        self.use(self.server(self.place.name, f'{role}-{os.getpid()}', options=options))

    def set_global(self, name, value):
        before = str(self.run_sql(f'SELECT @@GLOBAL.{name}')[0][0])
        quote = '' if before.isdigit() else "'"
        self.addCleanup(self.place.sql, f'SET GLOBAL {name}={quote}{before}{quote}')
        self.place.sql(f"SET GLOBAL {name}={value if str(value).isdigit() else repr(value)}")

    def named(self, counts, table='a', unread='b', code=1):
        """A comparison by the log finds so much in one table and does not read the other."""
        answer = self.compare(code=code)
        self.assertEqual(answer.json['changes_from'], 'binlog', str(answer))
        self.assertEqual((answer.counts(table), self.read(answer)[unread]), (counts, 'none'), str(answer))
        return answer

    def metadata(self):
        if self.family == 'mariadb':
            yield 'NO_LOG'
        yield from ('MINIMAL', 'FULL')

    def compressing(self, session):
        if self.family == 'mysql':
            session.run('SET SESSION binlog_transaction_compression=ON')
        else:
            self.set_global('log_bin_compress', 'ON')

    def events(self, place):
        """Kinds of events since a place."""
        name, rest = place.split(':', 1)
        return {row[2] for row in self.run_sql(f"SHOW BINLOG EVENTS IN '{name}' FROM {rest.split('@')[0]}")}

    def after(self, lines):
        return [line['after'] for line in self.rows(lines)]


class Formats(LogCase):
    def test_hc_204_compressed_transactions(self):
        self.on_both('CREATE TABLE c (id INT PRIMARY KEY, t TEXT)')
        self.agree()
        place = self.now()
        with self.place.session(self.db) as session:
            self.compressing(session)
            session.run("INSERT INTO c VALUES (1, REPEAT('x', 5000))")
            session.run("UPDATE c SET t=REPEAT('y', 5000)")
        self.assertTrue(self.events(place) & {'Transaction_payload', 'Write_rows_compressed_v1'}, self.events(place))
        self.named((1, 0, 0), 'c', 'a')
        self.assertEqual(self.after(self.changes('--from', place)), [{'id': 1, 't': letter * 5000} for letter in 'xy'])

    def test_hc_205_parts_of_json(self):
        if self.family != 'mysql':
            self.skipTest('it logs no parts of JSON')
        self.on_both('CREATE TABLE j (id INT PRIMARY KEY, j JSON)', "INSERT INTO j VALUES (1, JSON_OBJECT('a', REPEAT('x', 500), 'b', 1))")
        self.agree()
        place = self.now()
        with self.place.session(self.db) as session:
            session.run('SET SESSION binlog_row_value_options=PARTIAL_JSON')
            session.run("UPDATE j SET j=JSON_SET(j, '$.b', 2)")
        self.assertIn('Update_rows_partial', self.events(place))
        self.named((0, 1, 0), 'j', 'a')
        self.assertEqual(self.after(self.changes('--from', place)), [{'id': 1}])

    def test_hc_206_an_incident(self):
        with LogWire(self.place, lambda events: events) as link:
            self.urls = lambda: (self.place.url(self.db, port=link.port, ssl_mode='disabled'), self.place.url(self.other))
            self.agree()
            self.run_sql('INSERT INTO b VALUES (4,4)')
            self.on_target('INSERT INTO b VALUES (4,4)')
            self.assertEqual(self.read(self.compare())['a'], 'none')
            self.run_sql('INSERT INTO b VALUES (5,5)')

            def lie(events):
                at = max(n for n, event in enumerate(events) if event_type(event) in WRITE)
                return [*events[:at], remade(events[at], b'\1\0\0', INCIDENT), *events[at + 1:]]
            link.lie = lie
            self.expect_scan('source: the server says that changes are missing (an incident)', code=1)

    def test_hc_214_images_of_parts(self):
        self.on_both('CREATE TABLE w (id INT PRIMARY KEY, n INT NOT NULL UNIQUE, v INT, t TEXT)',
                     'CREATE TABLE bare (v INT, t TEXT)', "INSERT INTO w VALUES (1,1,1,'a'), (2,2,2,NULL)", "INSERT INTO bare VALUES (1,'a')")
        nodup = ['FULL_NODUP'] if self.family == 'mariadb' and self.place.version >= (11, 8) else []
        statements = ('UPDATE w SET v=v+1 WHERE id=1', 'UPDATE w SET id=id+10 WHERE n=2', "UPDATE bare SET t='b'")
        for metadata in self.metadata():
            self.set_global('binlog_row_metadata', metadata)
            for image in (*IMAGES, *nodup):
                with self.subTest(metadata=metadata, image=image), self.place.session(self.db) as session:
                    self.agree()
                    session.run(f'SET SESSION binlog_row_image={image}')
                    for statement in statements:
                        session.run(statement)
                    answer = self.named((1, 1, 1), 'w', 'a')
                    self.assertEqual((answer.counts('bare'), self.read(answer)['b']), ((1, 0, 1), 'none'))
                    session.run("UPDATE bare SET t='a'")
                    self.on_target(*statements, "UPDATE bare SET t='a'")

    def test_hc_215_rows_of_partitions(self):
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id) (PARTITION x VALUES LESS THAN (10), PARTITION y VALUES LESS THAN MAXVALUE)',
                     'INSERT INTO p VALUES (1,1), (2,2), (11,11)')
        self.agree()
        place = self.now()
        self.run_sql('UPDATE p SET id=12 WHERE id=1')
        self.named((1, 0, 1), 'p', 'a')
        self.assertEqual([(line['key'], line['after']) for line in self.changes('--from', place)], [({'id': 1}, {'id': 12, 'v': 1})])

    def test_hc_216_zones(self):
        """A TIMESTAMP is in UTC, whatever the zones of the server, of who wrote it and of dbsync are."""
        self.set_global('time_zone', '+05:30')
        self.run_sql('CREATE TABLE s (id INT PRIMARY KEY, t TIMESTAMP(3) NULL, d DATETIME)')
        place = self.now()
        with self.place.session(self.db, time_zone='-03:00') as session:
            session.run("INSERT INTO s VALUES (1, '2024-03-31 01:30:00.5', '2024-03-31 01:30:00'), (2, NULL, NULL)")
        wanted = [{'id': 1, 't': '2024-03-31T04:30:00.500Z', 'd': '2024-03-31T01:30:00'}, {'id': 2, 't': None, 'd': None}]
        for zone in ('UTC', 'America/St_Johns', 'XYZ-11'):
            self.assertEqual(self.after(self.changes('--from', place, env={'TZ': zone})), wanted)
            self.assertEqual(self.after(self.changes('--from', 'snapshot', '--tables', 's', env={'TZ': zone})), wanted)

    def test_hc_213_changed_keys(self):
        self.agree()
        place = self.now()
        self.run_sql('UPDATE a SET id=9 WHERE id=1')
        self.named((1, 0, 1))
        self.assertEqual([(line['kind'], line['key'], line['after']) for line in self.changes('--from', place)], [('update', {'id': 1}, {'id': 9, 'v': 1})])
        self.compare('--yes', command='incremental')
        self.assertEqual([key for key, in self.on_target('SELECT id FROM a ORDER BY id')], ['2', '9'])

    def test_hc_211_rows_of_before_a_statement(self):
        self.agree()
        self.run_sql('INSERT INTO a VALUES (3,30)')
        self.on_both('ALTER TABLE a ADD u INT FIRST')
        self.run_sql('INSERT INTO a VALUES (40,4,4)')
        self.named((2, 0, 0))

    def test_hc_212_values_of_unique_keys_that_are_exchanged(self):
        self.on_both('CREATE TABLE u (id INT PRIMARY KEY, n INT UNIQUE)', 'INSERT INTO u VALUES (1,1), (2,2), (3,3)')
        self.agree()
        self.run_sql('UPDATE u SET n=CASE id WHEN 1 THEN NULL ELSE n END')
        self.run_sql('UPDATE u SET n=n-1 WHERE n=2')
        self.run_sql('UPDATE u SET n=2 WHERE n=3')
        self.run_sql('UPDATE u SET n=3 WHERE id=1')
        self.named((0, 3, 0), 'u', 'a')
        self.compare('--yes', command='incremental')
        self.assertEqual((self.found['verdict'], self.found['changes_from']), ('equal', 'binlog'))
        self.assertEqual(self.on_target('SELECT id, n FROM u ORDER BY id'), self.run_sql('SELECT id, n FROM u ORDER BY id'))


class Statements(LogCase):
    def test_hc_207_compressed_statements(self):
        """MariaDB compresses their texts, MySQL the transactions that they are in."""
        long = '/* ' + 'long ' * 200 + '*/'
        self.agree()
        with self.place.session(self.db) as session:
            self.compressing(session)
            session.run(f'TRUNCATE {long} a')
            self.named((0, 0, 2))
            session.run("SET SESSION binlog_format='STATEMENT'")
            session.run(f'UPDATE b SET v=77 WHERE id=1 {long}')
        self.assertEqual(self.expect_scan('a session that does not log rows', code=1).counts('b'), (0, 1, 0))

    def test_hc_207_a_file_that_was_loaded(self):
        path = self.program.file('rows', '50\t1\n')
        os.chmod(path, 0o644)
        os.chmod(self.program.folder, 0o755)
        self.agree()
        with self.place.session(self.db) as session:
            session.run("SET SESSION binlog_format='STATEMENT'")
            session.run(f"LOAD DATA INFILE '{path}' INTO TABLE a")
        self.expect_scan('a session that does not log rows (binlog_format) has loaded a file', code=1)

    def test_hc_207_sessions_in_statement_format(self):
        for database, table in ((self.db, 'a'), ('mysql', f'{self.db}.a')):
            with self.subTest(database=database):
                self.agree()
                place = self.now()
                with self.place.session(database) as session:
                    session.run("SET SESSION binlog_format='STATEMENT'")
                    session.run(f'UPDATE {table} SET v=77 WHERE id=1')
                self.refused(4, 'a session that does not log rows', options=('--from', place))
                self.expect_scan('a session that does not log rows', code=1)
                self.run_sql('UPDATE a SET v=1 WHERE id=1')

    def test_sessions_that_log_nothing(self):
        """sql_log_bin=0: nobody sees it in a log, and what is not read is called so; the next comparison of all rows finds it."""
        self.agree()
        place = self.now()
        with self.place.session(self.db) as session:
            session.run('SET SESSION sql_log_bin=0')
            session.run('UPDATE a SET v=77 WHERE id=1')
        self.assertEqual(self.changes('--from', place), [])
        self.assertEqual(self.read(self.compare()), {'a': 'none', 'b': 'none'})
        text = self.expect_exit(self.dbsync('verify', *self.urls(), '--state-dir', 'state', '--changes-from', 'binlog'), 0)
        self.assertIn('not read: 5 rows of 2 tables, which neither binary log names since the comparison of', text.out)
        self.assertEqual(self.compare(code=1, how=None).counts('a'), (0, 1, 0))


class Logs(LogCase):
    def test_hc_201_what_is_committed_while_sides_are_read(self):
        """If the views did not show it, the log behind the place that is kept names it."""
        rng, seen, most = random.Random('201'), [], 1.5 * self.agree().seconds
        for value in range(100, 112):
            def write(_, value=value, pause=rng.uniform(0, most)):
                time.sleep(pause)
                self.place.sql(f'UPDATE {self.db}.a SET v={value} WHERE id=1')
            writer = Background(write)
            answer = self.dbsync('verify', *self.urls(), '--state-dir', 'state')
            writer.stop()
            seen.append(answer.exit)
            self.assertEqual(self.compare(code=1).counts('a'), (0, 1, 0), str(answer))
            self.run_sql('UPDATE a SET v=1 WHERE id=1')
        self.assertIn(0, seen, 'no writer was later than the views')

    def test_hc_202_a_log_that_was_started_again(self):
        """A file of the same name that is longer than the place."""
        self.reset_log(self.place)
        self.on_both('UPDATE b SET v=v+1')
        place = self.now()
        self.agree()
        time.sleep(1.1)         # births are told by the second
        self.reset_log(self.place)
        for number in range(40):
            self.run_sql(f'UPDATE a SET v={number + 10} WHERE id=1')
        self.assertLess(int(place.split(':')[1].split('@')[0]), int(self.now().split(':')[1].split('@')[0]))
        self.refused(4, 'is not the binary log that the place is in', options=('--from', place))
        self.expect_scan('source:', code=1)

    def test_hc_218_files_that_follow_each_other(self):
        """Each line has the file that it is in, from wherever the log is read."""
        self.run_sql('FLUSH BINARY LOGS')
        self.on_both('UPDATE b SET v=v+1')
        self.agree()
        place, starts = self.now(), ()
        if self.family == 'mysql':
            starts = ('gtid:' + self.run_sql("SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')")[0][0],)
        names = []
        for number in range(3):
            self.run_sql(f'INSERT INTO a VALUES ({number + 10}, 0)')
            names.append(self.run_sql('SHOW BINARY LOGS')[-1][0])
            self.run_sql('FLUSH BINARY LOGS')
        lines = self.changes('--from', place)
        self.assertEqual([line['place'].split(':')[0] for line in lines], names)
        for start in starts:
            self.assertEqual(self.changes('--from', start), lines)
        for number, line in enumerate(lines):
            self.assertEqual(self.changes('--from', line['place']), lines[number + 1:])
            self.assertEqual(self.changes('--from', f'{names[number]}:4', '--tables', 'a'), lines[number:])
        self.named((3, 0, 0))

    def test_hc_218_a_transaction_in_a_file_of_its_own(self):
        """Newer ones of MariaDB make a large transaction a file of the log, instead of copying it into one."""
        if self.family != 'mariadb' or self.place.version < (11, 7):
            self.skipTest('it copies them')
        self.set_global('binlog_large_commit_threshold', 10 << 20)
        self.on_both('CREATE TABLE c (id INT PRIMARY KEY, t LONGTEXT)')
        self.agree()
        place = self.now()
        before = self.run_sql('SHOW BINARY LOGS')[-1][0]
        self.run_sql('INSERT INTO a VALUES (10,0)')
        self.run_sql(f"INSERT INTO c SELECT id, REPEAT('x', {4 << 20}) FROM b")
        self.run_sql('DELETE FROM a WHERE id=10')
        lines = self.changes('--from', place)
        self.assertEqual([(line['kind'], line['key']['id']) for line in lines], [('insert', 10), ('insert', 1), ('insert', 2), ('insert', 3), ('delete', 10)])
        files = [line['place'].split(':')[0] for line in lines]
        self.assertEqual((files[0], len(set(files))), (before, 2), files)
        for number, line in enumerate(lines):
            self.assertEqual(self.changes('--from', line['place']), lines[number + 1:])
        self.named((3, 0, 0), 'c')

    def test_hc_219_purged(self):
        place = self.now()
        self.agree()
        self.run_sql('UPDATE a SET v=77 WHERE id=1')
        self.run_sql('FLUSH BINARY LOGS')
        # a file that somebody reads is kept
        until(30, lambda: self.place.sql('PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY', 'SHOW BINARY LOGS')[1:] == [], 'the log is purged')
        self.refused(4, 'the binary log cannot be read from there', '--from snapshot', options=('--from', place))
        self.expect_scan('source:', code=1)

    def test_hc_220_another_server_behind_the_same_address(self):
        other = self.server(self.place.name, f'other-{os.getpid()}')
        self.new_database(other, name=self.db)
        other.sql('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'CREATE TABLE b (id INT PRIMARY KEY, v INT)',
                  'INSERT INTO a VALUES (1,1), (2,77)', 'INSERT INTO b VALUES (1,1), (2,2), (3,3)', database=self.db)
        with Wire(self.place, greeting=stripped) as link:
            url = self.place.url(self.db, port=link.port, ssl_mode='disabled')
            self.urls = lambda: (url, self.place.url(self.other))
            self.agree()
            place = self.now()
            link.place = other
            self.expect_error(self.dbsync('changes', '--from', place, url), 4, 'the place is of the binary log of server')
            self.expect_scan('source: it is server', code=1)
            if self.family == 'mariadb':
                # two servers with one number: their files are not the same
                self.addCleanup(other.sql, f'SET GLOBAL server_id={other.port}')
                other.sql(f'SET GLOBAL server_id={self.place.port}')
                self.expect_scan('source:', code=1)
                self.expect_error(self.dbsync('changes', '--from', place, url), 4)

    def test_hc_222_two_with_one_server_id(self):
        """MariaDB ends the older one, which says why; without a wish, each has another.  MySQL goes by their UUIDs."""
        wish = ('--server-id', '4711')
        first = self.program.start('changes', '--follow', *wish, self.place.url(self.db))
        until(20, lambda: self.place.sql("SELECT 1 FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'"), 'the first one reads')
        rest = [self.program.start('changes', '--follow', *more, self.place.url(self.db)) for more in (wish, ())]
        if self.family == 'mysql':
            rest.append(first)
        else:
            self.expect_error(first.wait(20), 4, 'another replica has the same server id; choose another one with --server-id')
        until(20, lambda: len(self.place.sql("SELECT 1 FROM information_schema.processlist WHERE command LIKE 'Binlog Dump%'")) == len(rest), 'all read')
        self.run_sql('INSERT INTO a VALUES (50,0)')
        for running in rest:
            self.assertEqual(json.loads(running.process.stdout.readline())['key'], {'id': 50})
            running.signal(signal.SIGTERM)
            self.expect_exit(running.wait(20), 7)


class OwnServers(LogCase):
    """They are stopped, or stay as the test leaves them."""

    def test_hc_221_what_a_replica_has_applied_is_no_place(self):
        if self.family != 'mariadb':
            self.skipTest('it has no gtid_current_pos')
        self.own('--log-slave-updates=ON', role='relay')
        self.place.sql("SET GLOBAL gtid_slave_pos='7-4711-1,0-4712-999999'")
        self.addCleanup(self.place.sql, "SET GLOBAL gtid_slave_pos=''")
        self.agree()
        place = self.now()
        self.run_sql('UPDATE a SET v=77 WHERE id=1')
        self.named((0, 1, 0))
        self.assertEqual(self.after(self.changes('--from', place)), [{'id': 1, 'v': 77}])
        self.assertEqual(len(self.changes('--from', 'snapshot')), 5)

    def test_hc_223_prepared_across_runs(self):
        self.own(role='prepares')
        for end in ('ROLLBACK', 'COMMIT'):
            with self.subTest(end=end):
                self.on_both('UPDATE b SET v=v+1')
                self.agree()
                self.changes('--state', 'place')
                with self.place.session(self.db) as session:
                    for statement in ("XA START 'x'", 'INSERT INTO a VALUES (50,0)', "XA END 'x'", "XA PREPARE 'x'"):
                        session.run(statement)
                self.run_sql('FLUSH BINARY LOGS')
                for _ in range(2):
                    self.assertEqual(self.changes('--state', 'place'), [])
                    self.assertEqual(self.compare().json['changes_from'], 'binlog')
                self.run_sql(f"XA {end} 'x'")
                is_there = end == 'COMMIT'
                self.assertEqual(self.after(self.changes('--state', 'place')), [{'id': 50, 'v': 0}] * is_there)
                self.assertEqual(self.compare(code=int(is_there)).counts('a'), (int(is_there), 0, 0))

    def test_hc_224_a_server_that_died(self):
        self.own(role='dies')
        self.place.sql('SET GLOBAL sync_binlog=0')
        self.agree()
        self.run_sql('UPDATE a SET v=77 WHERE id=1')
        self._close_sessions()
        self._sessions.clear()
        self.place = self.source = self.target = restart_server(self.place, kill=True)
        self.expect_scan('source: a file of the log ends without its end: the server died', code=1)

    def test_hc_220_without_ids_of_transactions(self):
        if self.family != 'mysql':
            self.skipTest('its positions are exact')
        self.own('--gtid-mode=OFF', '--enforce-gtid-consistency=OFF', role='noids')
        self.compare(how=None)
        self.assertEqual(self.agreements(), {})
        self.run_sql('UPDATE a SET v=77 WHERE id=1')
        self.expect_scan('no earlier run of this scope', code=1)


class Cascades(ByLogTest):
    """HC-208: three levels deep, in two databases."""
    each_server = True

    def create(self):
        self.far = self.new_database(*self.places)
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY)', 'CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE)',
                     f'CREATE TABLE {self.far}.g (id INT PRIMARY KEY, c INT, FOREIGN KEY (c) REFERENCES {self.db}.c (id) ON DELETE SET NULL)',
                     'INSERT INTO p VALUES (1),(2)', 'INSERT INTO c VALUES (1,1),(2,2)', f'INSERT INTO {self.far}.g VALUES (1,1),(2,2)')
        self.both = ('--databases', f'{self.db},{self.far}')
        self.compare(*self.both, how=None)
        self.assertEqual(set(self.read(self.compare(*self.both)).values()), {'none'})

    def delete(self):
        """The lines of the change that everything follows from."""
        answer = self.dbsync('changes', '--state', 'place', *self.both, self.source.url())
        self.expect_exit(answer, 0)
        with self.source.session(self.db) as session:
            session.run('SET SESSION foreign_key_checks=1')
            session.run('DELETE FROM p WHERE id=1')
        return parse(self.expect_exit(self.dbsync('changes', '--state', 'place', *self.both, self.source.url()), 0).out)

    def expect_found(self):
        answer = self.compare(*self.both, code=1)
        self.assertEqual([answer.counts(name) for name in 'pcg'], [(0, 0, 1), (0, 0, 1), (0, 1, 0)])
        self.assertEqual(self.read(answer)['a'], 'none')
        return answer

    def test_hc_208_of_the_server(self):
        self.create()
        lines = self.delete()
        # MariaDB logs no rows of children
        self.assertEqual({(line['table'], line['kind']) for line in lines},
                         {('p', 'delete')} | ({('c', 'delete'), ('g', 'update')} if self.source.family == 'mysql' else set()))
        self.expect_found()

    def test_hc_208_of_the_engine(self):
        if self.source.family != 'mysql':
            self.skipTest('a setting of MySQL')
        self.source = self.server(self.source.name, f'native-{os.getpid()}', options=('--innodb-native-foreign-keys=ON',))
        self.places = [self.source, self.target]
        self._close_sessions()
        self._sessions.clear()
        self.db = self.new_database(*self.places)
        self.on_both('CREATE TABLE a (id INT PRIMARY KEY)')
        self.create()
        self.assertEqual([(line['table'], line['kind']) for line in self.delete()], [('p', 'delete')])
        self.assertIn('a foreign key may have changed rows', self.expect_found().table('c')['why'])
