"""full-sync, as somebody meets it: what is copied, how it comes into force, what is refused.

Runs that die are in test_full_crashes.py, random databases in
tests/property/full_seeds.py.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import harness
import pymysql
from harness import Background, like_pairs
from test_crashes import until
from test_writing import WritingTest, Written


class Full(Written):
    """What one run of full-sync gave."""
    commands = ('full-sync',)

    @property
    def copies(self):
        return {entry['table']: entry for entry in self.json['copies']['tables']}


class InPlace(Full):
    commands = ('full-sync --no-swap',)


class FullTest(WritingTest):
    scope = ()

    def ways(self):
        """How rows may arrive at this target; for MySQL, LOAD DATA is allowed first."""
        if self.target.family == 'mysql':
            self.target.sql('SET GLOBAL local_infile = 1')
            return ('infile', 'insert')
        return ('bulk', 'infile', 'insert')

    def full(self, *options, limit=60, **how):
        return Full.of(self.start_write(*options, command='full-sync', **how).wait(limit))

    def expect_swapped(self, answer, **rows):
        self.expect_exit(answer, 0)
        self.assertEqual({name: entry['rows'] for name, entry in answer.copies.items()}, rows, str(answer))
        self.assertTrue(answer.json['copies']['swapped'], str(answer))
        for name in rows:
            self.same_rows(name)
        self.expect_nothing_left(answer)
        return answer

    def expect_nothing_left(self, answer):
        """Of the databases that this run made for itself; other tests have theirs."""
        words = [word for word in answer.text.replace('`', ' ').split() if word.startswith('dbsync_')]
        run = answer.json['run'].replace('-', '_') if answer.out.startswith('{"command":"full-sync","dbsync') else ''.join(words[:1])[-22:]
        if run:
            self.assertEqual(self.databases(run), [], str(answer))

    def databases(self, run):
        return [name for name, in self.target.sql(f"SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA "
                                                  f"WHERE SCHEMA_NAME REGEXP '^dbsync_(stage|old)_.*{run}'")]

    def backups(self):
        return [path for path in self.program.backups() if path.endswith('.zst')]

    def two_tables(self, rows=300):
        self.on_both('CREATE TABLE parents (id INT AUTO_INCREMENT PRIMARY KEY, v INT)',
                     'CREATE TABLE children (id INT PRIMARY KEY, p INT, v INT, KEY p (p), '
                     'CONSTRAINT of_parent FOREIGN KEY (p) REFERENCES parents (id))')
        self.insert('parents', ('id', 'v'), [(n, 1) for n in range(1, rows + 1)], target=False)
        self.insert('children', ('id', 'p', 'v'), [(n, n, 1) for n in range(1, rows + 1)], target=False)
        self.insert('parents', ('id', 'v'), [(n, 0) for n in range(1, rows + 11)], source=False)
        self.insert('children', ('id', 'p', 'v'), [(n, n, 0) for n in range(1, rows + 11)], source=False)


class Copies(FullTest):
    def test_tables_are_replaced_and_the_way_back_is_there(self):
        self.two_tables()
        before = [self.rows(self.target, name) for name in ('parents', 'children')]
        answer = self.expect_swapped(self.full(), parents=300, children=300)
        self.assertEqual(answer.verdict, 'equal')
        self.assertEqual(answer.json['copies']['consistency'], 'snapshot')
        self.assertTrue(all(entry['checked'] and entry['replaces'] and entry['rows_before'] == 310
                            for entry in answer.copies.values()), str(answer))
        self.assertIn('REFERENCES `parents`', self.session(self.target).run('SHOW CREATE TABLE children')[0][1])
        self.expect_exit(self.dbsync('verify', *self.urls(), '--quiet'), 0)
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)
        self.assertEqual([self.rows(self.target, name) for name in ('parents', 'children')], before)

    def test_in_place_no_database_of_copies_is_needed(self):
        self.two_tables()
        self.on_target('ALTER TABLE parents ADD COLUMN old INT DEFAULT 3')
        before = [self.rows(self.target, name) for name in ('parents', 'children')]
        name = f'u{self.db[9:]}'
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        url = self.target.url(self.db, name, 'pw')
        self.expect_error(self.full('--allow', 'replica', target=url), 3, '--no-swap')
        answer = InPlace.of(self.start_write('--no-swap', '--allow', 'replica', command='full-sync', target=url).wait(60))
        self.expect_exit(answer, 0)
        self.assertIsNone(answer.json['copies'])
        for table in ('parents', 'children'):
            self.same_rows(table, count=300)
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)
        self.assertEqual([self.rows(self.target, name) for name in ('parents', 'children')], before)

    def test_tables_that_the_target_lacks_come_with_their_views(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))', "INSERT INTO t VALUES (1,'a'), (2,NULL)",
                       'CREATE VIEW w AS SELECT id FROM t')
        answer = self.expect_swapped(self.full(), t=2)
        self.assertEqual(self.on_target('SELECT id FROM w ORDER BY id'), self.on_source('SELECT id FROM w ORDER BY id'))
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)
        self.assertEqual(self.on_target('SHOW TABLES'), [])

    def test_each_way_brings_every_byte(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB, c LONGTEXT CHARACTER SET utf8mb4, d TEXT CHARACTER SET utf16, '
                     'y YEAR, bits BIT(64), f FLOAT, r DOUBLE, e ENUM(\'\', \'a\'), n VARCHAR(9) CHARACTER SET latin1)')
        every = ''.join(f'{byte:02x}' for byte in range(256))
        self.on_source(f"INSERT INTO t VALUES (1, x'{every}', CONCAT('\\\\N\\t\\n\\r\\0\\Z', CHAR(7), _utf8mb4 x'F09F9880'), _utf16 x'00090A5C5C0A', "
                       f"0, b'{'1' * 64}', 3.4e38, 5e-324, '', 'ÿ'), (2, '', '', '', 2155, 0, -0.1, -1.7976931348623157e308, 'a', ''), "
                       "(3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL), (4, REPEAT('\\\\', 300000), REPEAT('\\n', 300000), '\\\\', 1901, 1, 0, 0, NULL, '\\t')")
        for way in self.ways():
            with self.subTest(way=way):
                answer = self.expect_swapped(self.full('--load', way), t=4)
                self.assertEqual(answer.copies['t']['way'], way, str(answer))

    def test_empty_value_of_an_enum_and_dates_of_nothing_arrive(self):
        self.on_both("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b') NOT NULL, d DATE NOT NULL, m DATETIME(6) NOT NULL, s SET('x') NOT NULL)")
        self.on_source("SET SESSION sql_mode = ''", "INSERT IGNORE INTO t VALUES (1, 'wrong', '0000-00-00', '2020-00-31 00:00:00', 'x'), (2, 'b', '2020-02-31', '0000-00-00', '')")
        for way in self.ways():
            with self.subTest(way=way):
                self.expect_swapped(self.full('--load', way), t=2)
                self.assertEqual(self.on_target('SELECT e + 0 FROM t ORDER BY id'), [('0',), ('2',)])

    def small_disk(self):
        """A server on a disk of its own that has 40 MiB left, when it has what it needs for itself."""
        folder = tempfile.mkdtemp(prefix='dbsync-disk-')
        self.addCleanup(os.rmdir, folder)
        done = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=1g', 'tmpfs', folder], capture_output=True, check=False)
        if done.returncode:
            self.skipTest('mounting a disk of its own is not allowed here')
        self.addCleanup(subprocess.run, ['umount', '-l', folder], check=True)
        place = self.start_on(folder)
        self.addCleanup(harness.ask_script, 'down', place.name, '--port', str(place.port), '--kill')
        place.sql('CREATE DATABASE warm', 'CREATE TABLE warm.t (v LONGBLOB)', *["INSERT INTO warm.t VALUES (REPEAT('x', 6000000))"] * 12, 'DROP DATABASE warm')
        self.resize(folder, (shutil.disk_usage(folder).used >> 20) + 40)
        return place, folder

    @staticmethod
    def resize(folder, megabytes):
        subprocess.run(['mount', '-o', f'remount,size={megabytes}m', folder], check=True)

    def start_on(self, folder, port='auto'):
        """Its logs do not grow: what is in use is the table's."""
        options = ('--skip-log-bin', '--innodb-buffer-pool-size=64M',
                   '--innodb-redo-log-capacity=33554432' if self.target.family == 'mysql' else '--innodb-log-file-size=32M')
        url = harness.ask_script('up', self.target.name, '--port', str(port), '--datadir', os.path.join(folder, 'server'), '--', *options)
        port = url.rsplit(':', 1)[1].strip('/')
        pid, directory = (harness.ask_script('dsn', self.target.name, '--port', port, '--format', what) for what in ('pid', 'dir'))
        return harness.Server(self.target.name, int(port), int(pid), directory)

    @like_pairs     # 40 s
    def test_disk_of_the_target_is_full(self):
        """The server says so, or waits for room (MySQL), or ends.  Nothing is lost; when there is room, all comes, and nothing is left."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB)')
        self.on_source(*[f"INSERT INTO t VALUES ({n}, REPEAT('x', 1000000))" for n in range(1, 101)])
        for way in self.ways():
            with self.subTest(way=way):
                place, folder = self.small_disk()
                place.sql(f'CREATE DATABASE {self.db}', f'CREATE TABLE {self.db}.t (id INT PRIMARY KEY, v LONGBLOB)',
                          f"INSERT INTO {self.db}.t VALUES (1, 'before')", 'SET GLOBAL local_infile = 1')
                self.target, kept = place, self.backups()
                running = self.start_write('--load', way, command='full-sync')
                try:
                    has_waited = running.process.wait(10) is None
                except subprocess.TimeoutExpired:
                    has_waited = True
                self.resize(folder, 1000)
                answer = Full.of(running.wait(60))
                if not harness.alive(place.pid):
                    self.target = place = self.start_on(folder, place.port)
                    place.sql('SET GLOBAL local_infile = 1')
                if not has_waited:
                    self.assertEqual((answer.exit, self.backups()), (4, kept), str(answer))
                if answer.exit:
                    self.assertEqual(place.sql(f'SELECT * FROM {self.db}.t'), [('1', 'before')], str(answer))
                    answer = self.expect_exit(self.full('--load', way), 0)
                self.assertEqual(place.sql(f'SELECT COUNT(*), SUM(LENGTH(v)) FROM {self.db}.t'), [('100', '100000000')], str(answer))
                self.assertEqual(self.databases(''), [], str(answer))
                if self.target.family == 'mariadb':
                    self.assertFalse(has_waited, 'MariaDB says it')

    def test_target_without_local_infile_gets_statements(self):
        self.target = self.server(self.target.name, 'no-infile', options=('--local-infile=0',))
        self.new_database(self.target, name=self.db)
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)')
        self.expect_error(self.full('--load', 'infile'), 3, 'local_infile')
        self.assertEqual(self.on_target('SHOW TABLES'), [])
        answer = self.expect_swapped(self.full(), t=2)
        self.assertEqual(answer.copies['t']['way'], self.ways()[0] if self.target.family == 'mariadb' else 'insert')

    def test_arrays_are_what_mariadb_takes_and_nobody_else(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_source('INSERT INTO t VALUES (1), (2)')
        if self.target.family == 'mysql':
            self.expect_error(self.full('--load', 'bulk'), 3, 'the target does not take arrays of rows (MariaDB does); --load auto does without')
            return
        answer = self.expect_swapped(self.full(), t=2)
        self.assertEqual(answer.copies['t']['way'], 'bulk')

    def test_binary_log_of_statements_takes_no_arrays_and_gets_the_next_best(self):
        """A replica would get the statement, and one of its rows: MariaDB refuses it (4033)."""
        if self.target.family != 'mariadb':
            self.skipTest('MySQL takes no arrays')
        self.target = self.server(self.target.name, f'statement-{os.getpid()}', options=('--binlog-format=STATEMENT',))
        self.new_database(self.target, name=self.db)
        self.target.sql('SET GLOBAL local_infile = 1')
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9))', "INSERT INTO t VALUES (1, 'a'), (2, NULL)")
        answer = self.expect_swapped(self.full(), t=2)
        self.assertEqual(answer.copies['t']['way'], 'infile')
        self.target.sql('SET GLOBAL local_infile = 0')
        answer = self.expect_swapped(self.full(), t=2)
        self.assertEqual(answer.copies['t']['way'], 'insert')

    def test_row_that_does_not_fit_is_named_by_the_server_that_refuses_it(self):
        """Behind rows that were taken; it is not tried laxly when nobody would see what that did."""
        self.on_both("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','b') NOT NULL)")
        self.insert('t', ('id', 'e'), [(n, "'a'") for n in range(1, 500)], target=False)
        self.on_source("SET SESSION sql_mode = ''", "INSERT IGNORE INTO t SELECT id + 500, 'wrong' FROM t", 'ANALYZE TABLE t')
        for way in self.ways():
            with self.subTest(way=way):
                self.expect_swapped(self.full('--load', way), t=998)
                self.expect_error(self.full('--load', way, '--verify', 'none'), 4, "Data truncated for column 'e'", '`t`')

    def test_row_that_no_statement_takes_is_said(self):
        self.target = self.server(self.target.name, f'packet-no-infile-{os.getpid()}', options=('--max-allowed-packet=1M', '--local-infile=0'))
        self.new_database(self.target, name=self.db)
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)', "INSERT INTO t VALUES (1, REPEAT('x', 2000000))")
        answer = self.expect_error(self.full(), 6, 'max_allowed_packet', 'local_infile', '`t`')
        self.assertEqual(self.on_target('SHOW TABLES'), [], str(answer))
        self.target.sql('SET GLOBAL local_infile = 1')
        self.addCleanup(self.target.sql, 'SET GLOBAL local_infile = 0')
        self.expect_error(self.full('--load', 'insert'), 6, 'max_allowed_packet', '--load infile has no such limit', '`t`')
        answer = self.expect_swapped(self.full(), t=1)
        self.assertEqual(answer.copies['t']['way'], 'infile')

    def test_table_that_fails_for_good_ends_the_others(self):
        """They hear that another table failed, and do not go on to their ends: at this rate that would be half a minute."""
        self.target = self.server(self.target.name, f'packet-no-infile-{os.getpid()}', options=('--max-allowed-packet=1M', '--local-infile=0'))
        self.new_database(self.target, name=self.db)
        self.on_source('CREATE TABLE large (id INT PRIMARY KEY, pad VARCHAR(4000))', 'CREATE TABLE bad (id INT PRIMARY KEY, b LONGBLOB)',
                       "INSERT INTO large VALUES (1, REPEAT('x', 4000))", "INSERT INTO bad VALUES (1, ''), (2, REPEAT('\\\\', 2000000))")
        for power in range(13):
            self.on_source(f'INSERT INTO large SELECT id + {1 << power}, pad FROM large')
        for way in self.ways():
            self.target.sql('SET GLOBAL local_infile = 0')
            if way == 'infile':
                continue        # knows no such limit
            with self.subTest(way=way):
                began = time.monotonic()
                answer = self.full('--load', way, '--parallel', 2, '--rate', 1)
                self.expect_error(answer, 6, 'copying `', '`.`bad`', 'max_allowed_packet')
                self.assertLess(time.monotonic() - began, 15, str(answer))
                self.assertEqual(self.on_target('SHOW TABLES'), [])

    def test_large_table_is_copied_in_ranges(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, pad VARCHAR(4000))')
        session = self.session(self.source)
        session.run("INSERT INTO t VALUES (1, REPEAT('x', 4000))")
        for power in range(15):
            session.run(f'INSERT INTO t SELECT id + {1 << power}, pad FROM t')
        session.run('ANALYZE TABLE t')
        answer = self.expect_exit(self.full('--parallel', 2), 0)
        self.assertGreater(answer.copies['t']['ranges'], 1, str(answer))
        self.assertEqual(self.on_target('SELECT COUNT(*), MIN(id), MAX(id), SUM(id) FROM t'),
                         self.on_source('SELECT COUNT(*), MIN(id), MAX(id), SUM(id) FROM t'))

    def test_copies_that_are_not_read_back_are_called_unverified(self):
        self.two_tables()
        answer = self.expect_swapped(self.full('--verify', 'none'), parents=300, children=300)
        self.assertEqual(answer.verdict, 'unverified')
        self.assertFalse(any(entry['checked'] for entry in answer.copies.values()))

    def test_copy_that_is_not_what_was_read_does_not_come_into_force(self):
        """A server that changes what is written to the copies: somebody else does."""
        self.two_tables()

        def change(ending):
            while not ending.is_set():
                for name, in self.target.sql("SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM INFORMATION_SCHEMA.TABLES WHERE "
                                             f"TABLE_SCHEMA LIKE 'dbsync\\_stage\\_%' AND TABLE_NAME = 'children{self.db[-3:]}'"):
                    try:
                        self.target.sql(f'INSERT IGNORE INTO {name} (id) VALUES (-5)')
                    except AssertionError:
                        pass
        self.on_source(f'RENAME TABLE children TO children{self.db[-3:]}')
        self.on_target(f'RENAME TABLE children TO children{self.db[-3:]}')
        writer = Background(change)
        try:
            for _ in range(10):
                before = self.rows(self.target, f'children{self.db[-3:]}')
                answer = self.full()
                if answer.exit:
                    break
        finally:
            writer.stop()
        if answer.exit:
            self.expect_error(answer, 4, 'read back', 'nothing was swapped in')
            self.assertEqual(self.rows(self.target, f'children{self.db[-3:]}')[0][2], before[0][2], str(answer))

    def test_several_databases_with_keys_between_them(self):
        other = self.new_database()
        for place in (self.source, self.target):
            place.sql('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (2)', database=other)
            place.sql(f'CREATE TABLE p (id INT PRIMARY KEY, o INT, CONSTRAINT k FOREIGN KEY (o) REFERENCES `{other}`.p (id))', database=self.db)
        self.source.sql('INSERT INTO p VALUES (7, 1), (8, 2)', database=self.db)
        answer = self.expect_exit(Full.of(self.program.run('full-sync', self.source.url(), self.target.url(), '--json', '--yes',
                                                           '--databases', f'{self.db},{other}')), 0)
        self.same_rows('p', count=2)
        self.assertIn(f'REFERENCES `{other}`.`p`', self.on_target('SHOW CREATE TABLE p')[0][1], str(answer))
        self.assertEqual(self.databases(answer.json['run'].replace('-', '_')), [])


    def test_counter_that_stands_at_nothing_arrives_as_it_is(self):
        """Behind a SET, MariaDB would give a new number instead of 0."""
        if self.target.family == 'mysql':
            self.target.sql('SET GLOBAL local_infile = 1')
        self.on_source('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, b BIT(1), v INT NOT NULL)', 'INSERT INTO t VALUES (0, 1, 0), (1, 0, 0)')
        answer = self.expect_swapped(self.full('--load', 'infile'), t=2)
        self.assertEqual(answer.copies['t']['way'], 'infile')

    def test_tables_without_transactions_are_begun_anew(self):
        if self.target.family == 'mysql':
            self.target.sql('SET GLOBAL local_infile = 1')
        self.on_source("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a')) ENGINE=MyISAM", "SET SESSION sql_mode = ''",
                       "INSERT INTO t VALUES (1, 'a'), (2, 'wrong')")
        answer = self.expect_swapped(self.full('--load', 'infile'), t=2)
        self.assertEqual(answer.copies['t']['way'], 'insert')

    def test_text_that_looks_like_a_mark_of_ours_is_a_text(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v TEXT CHARACTER SET utf8mb4)', "INSERT INTO t VALUES (1, 'dbsync: source bytes x')")
        self.expect_swapped(self.full(), t=1)


class LargeTables(FullTest):
    """What several connections read at once: a large table that goes into the backup point."""
    like_pairs = True
    ROWS = 1 << 13          # 33 MB

    def large_target(self, column='pad VARCHAR(4000)'):
        self.on_both(f'CREATE TABLE t (id INT PRIMARY KEY, v INT, {column})')
        self.on_source('INSERT INTO t VALUES (1, 1, NULL), (2, 2, \'b\')')
        session = self.session(self.target)
        session.run("INSERT INTO t VALUES (1, 0, REPEAT('x', 4000))")
        for power in range(self.ROWS.bit_length() - 1):
            session.run(f'INSERT INTO t SELECT id + {1 << power}, id, pad FROM t')
        session.run('ANALYZE TABLE t')

    def replace(self, *options, **how):
        return self.full('-v', '--max-delete-percent', 100, *options, **how)

    def digest(self):
        return self.on_target('SELECT COUNT(*), SUM(id), SUM(v), SUM(CRC32(CONCAT(id, pad))) FROM t')

    def test_all_connections_read_it_and_all_of_it_comes_back(self):
        self.large_target()
        before = self.digest()
        for workers, count in ((1, 1), (3, 3)):
            with self.subTest(workers=workers):
                self.on_target('ANALYZE TABLE t')
                answer = self.expect_swapped(self.replace('--parallel', workers), t=2)
                self.assertIn(f'rows of whole tables go into the backup point over {count} connections', answer.err)
                backup = answer.json['backup']
                self.expect_exit(self.dbsync('backups', 'verify', backup), 0)
                self.expect_exit(self.dbsync('rollback', backup, self.target.url(), '--yes', limit=60), 0)
                self.assertEqual(self.digest(), before)

    def test_plain_client_restores_it(self):
        self.large_target()
        before = self.digest()
        answer = self.expect_swapped(self.replace('--parallel', 2), t=2)
        text = subprocess.run(['zstdcat', os.path.join(self.program.folder, answer.json['backup'])], capture_output=True, check=True).stdout
        self.assertGreater(text.count(b'\nINSERT INTO'), self.ROWS // 500)
        self.restore_plainly(answer.json['backup'])
        self.assertEqual(self.digest(), before)

    def test_one_that_meets_an_error_stops_the_others(self):
        """A row that no statement could bring back lies in one of the ranges."""
        packet = int(self.session(self.target).run('SELECT @@max_allowed_packet')[0][0])
        self.large_target('pad LONGTEXT')
        self.on_target(f"UPDATE t SET pad = REPEAT('\\\\', {packet // 2}) WHERE id = {self.ROWS // 3}")
        before = self.digest()
        answer = self.expect_error(self.replace('--parallel', 4), 3, 'max_allowed_packet', 'raise that first', '`t`')
        self.assertEqual(self.digest(), before, str(answer))
        self.assertEqual(self.backups(), [])

    def test_where_they_cannot_see_one_moment_one_reads(self):
        """No lock, in the words of a hosted MySQL; a refusal of something else; a table that has no views; a wish."""
        told, one = 'rows of whole tables go into the backup point over', 'rows of whole tables go into the backup point over 1 connections'
        self.large_target()
        before = self.digest()
        faults = ['1:1205:SAVEPOINT dbsync'] + ([f"{2 if self.source.family == 'mysql' else 1}:1045:FLUSH TABLES WITH READ LOCK"]
                                                    if self.target.family == 'mysql' else [])
        for fault in faults:
            with self.subTest(fault=fault):
                self.on_target('ANALYZE TABLE t')
                answer = self.expect_swapped(self.replace('--parallel', 2, env={'DBSYNC_FAULT_SQL': fault}, faults=True), t=2)
                self.assertIn(one, answer.err)
                self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes', limit=60), 0)
                self.assertEqual(self.digest(), before)
        self.on_target('ANALYZE TABLE t')
        answer = self.expect_swapped(self.replace('--parallel', 2, '--no-snapshot'), t=2)
        self.assertNotIn(told, answer.err)
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes', limit=60), 0)
        self.on_target('ALTER TABLE t ENGINE = MyISAM', 'ANALYZE TABLE t')
        answer = self.expect_swapped(self.replace('--parallel', 2, '--allow', 'non-transactional'), t=2)
        self.assertNotIn(told, answer.err)

    def test_connection_that_is_lost_leaves_everything_as_it_was(self):
        self.large_target()
        before = self.digest()
        for number in (2, 3, 5):     # the first is the source
            with self.subTest(number=number):
                answer = self.replace('--parallel', 2, env={'DBSYNC_FAULT_SQL': f'{number}:2013:SELECT `id`, `v`, `pad` FROM `{self.db}`.`t`'}, faults=True)
                if answer.exit == 0:
                    self.fail(f'nothing was lost: {answer}')
                self.assertEqual(self.digest(), before, str(answer))
                self.assertEqual(self.backups(), [])


class Relatives(FullTest):
    def test_foreign_key_of_a_table_that_only_the_target_has_refers_to_the_new_one(self):
        self.two_tables()
        self.on_target('CREATE TABLE mine (id INT PRIMARY KEY, p INT, CONSTRAINT of_mine FOREIGN KEY (p) REFERENCES parents (id))',
                       'INSERT INTO mine VALUES (1, 5)')
        answer = self.expect_exit(self.full(), 6)
        self.same_rows('parents')
        self.same_rows('children')
        self.assertEqual(self.on_target('SELECT * FROM mine'), [('1', '5')])
        self.assertIn('REFERENCES `parents`', self.on_target('SHOW CREATE TABLE mine')[0][1], str(answer))
        self.on_target('SET SESSION foreign_key_checks = 1')
        with self.assertRaisesRegex(AssertionError, 'foreign key'):
            self.on_target('DELETE FROM parents WHERE id = 5')
        self.on_target('SET SESSION foreign_key_checks = 0')
        self.expect_nothing_left(answer)

    def test_parent_of_a_table_that_is_not_chosen_is_left_alone_and_named(self):
        self.two_tables()
        answer = self.expect_exit(self.full('--tables', 'parents'), 6)
        self.assertEqual([gap['table'] for gap in answer.json['plan']['left_out']], ['parents'], str(answer))
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM parents'), [('310',)])

    def test_table_that_only_the_target_has_is_dropped_on_request(self):
        self.two_tables()
        self.on_target('CREATE TABLE mine (id INT PRIMARY KEY)', 'INSERT INTO mine VALUES (5)')
        answer = self.expect_swapped(self.full('--drop-extra-tables'), parents=300, children=300)
        self.assertNotIn(('mine',), self.on_target('SHOW TABLES'))
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)
        self.assertEqual(self.on_target('SELECT id FROM mine'), [('5',)])

    def test_child_that_the_user_may_not_see_keeps_its_parent(self):
        self.two_tables()
        other, name = self.new_database(self.target), f'u{self.db[9:]}'
        self.target.sql(f'CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT k FOREIGN KEY (p) REFERENCES `{self.db}`.parents (id))', database=other)
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'",
                        f"GRANT ALL ON `dbsync\\_stage%`.* TO '{name}'@'%'", f"GRANT ALL ON `dbsync\\_old%`.* TO '{name}'@'%'",
                        f"GRANT PROCESS ON *.* TO '{name}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        answer = self.expect_exit(self.full('--allow', 'replica', target=self.target.url(self.db, name, 'pw')), 6)
        self.assertIn('parents', [gap['table'] for gap in answer.json['plan']['left_out']], str(answer))
        self.assertIn(f'REFERENCES `{self.db}`.`parents`', self.target.sql('SHOW CREATE TABLE c', database=other)[0][1])
        self.target.sql('DROP TABLE c', database=other)

    def test_rows_without_a_parent_are_counted(self):
        self.two_tables()
        self.on_target('DELETE FROM parents WHERE id = 7')
        answer = self.expect_exit(self.full('--tables', 'children'), 6)
        self.assertEqual([(key['table'], key['rows']) for key in answer.json['without_parent']], [('children', 1)], str(answer))
        self.same_rows('children')

    def test_constraint_whose_name_is_taken_is_said_before(self):
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY)')
        self.on_source('CREATE TABLE c (id INT PRIMARY KEY, CONSTRAINT taken FOREIGN KEY (id) REFERENCES p (id))')
        self.on_target('CREATE TABLE mine (id INT PRIMARY KEY, CONSTRAINT taken FOREIGN KEY (id) REFERENCES p (id))')
        answer = self.expect_exit(self.full(), 6)
        self.assertIn(('c', True), [(gap['table'], 'taken' in gap['reason']) for gap in answer.json['plan']['left_out']], str(answer))
        self.assertIn('CONSTRAINT `taken`', self.on_target('SHOW CREATE TABLE mine')[0][1])

    def test_trigger_of_somebody_else_is_not_dropped_by_who_may_not_make_it(self):
        self.two_tables()
        name = f'u{self.db[9:]}'
        self.target.sql("CREATE OR REPLACE USER nobody@localhost" if self.target.family == 'mariadb' else 'CREATE USER IF NOT EXISTS nobody@localhost')
        self.on_target('CREATE DEFINER=nobody@localhost TRIGGER watched BEFORE INSERT ON children FOR EACH ROW SET NEW.v = 5')
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'", f"GRANT ALL ON `dbsync\\_%`.* TO '{name}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        answer = self.full('--allow', 'replica,triggers', target=self.target.url(self.db, name, 'pw'))
        self.expect_error(answer, 4, 'watched')
        self.assertEqual(len(self.on_target('SHOW TRIGGERS')), 1, str(answer))
        self.assertEqual(self.on_target('SELECT COUNT(*), SUM(v) FROM children'), [('310', '0')])

    def test_triggers_of_the_target_are_there_afterwards(self):
        self.two_tables()
        self.on_target('CREATE TRIGGER watched BEFORE INSERT ON children FOR EACH ROW SET NEW.v = NEW.v + 1')
        self.expect_error(self.full(), 3, 'trigger', '--allow triggers')
        self.expect_exit(self.full('--allow', 'triggers'), 0)
        self.same_rows('children')
        self.on_target('INSERT INTO children VALUES (1000, 1, 5)')
        self.assertEqual(self.on_target('SELECT v FROM children WHERE id = 1000'), [('6',)])

    def test_triggers_of_the_source_come_when_they_are_asked_for(self):
        self.two_tables()
        self.on_target('CREATE TRIGGER watched BEFORE INSERT ON children FOR EACH ROW SET NEW.v = 77')
        self.on_source('CREATE TRIGGER watched BEFORE INSERT ON children FOR EACH ROW SET NEW.v = 88')
        self.expect_exit(self.full('--allow', 'triggers', '--objects', 'all'), 0)
        self.on_target('INSERT INTO children VALUES (1000, 1, 5)')
        self.assertEqual(self.on_target('SELECT v FROM children WHERE id = 1000'), [('88',)])


class Guards(FullTest):
    def expect_untouched(self, answer, *words):
        self.expect_error(answer, 3, *words)
        self.assertEqual(self.on_target('SELECT COUNT(*), SUM(v) FROM parents'), [('310', '0')])
        self.assertEqual(self.backups(), [], str(answer))

    def test_empty_source_is_refused(self):
        self.two_tables()
        self.on_source('DELETE FROM children', 'DELETE FROM parents')
        self.expect_untouched(self.full(), '--allow-empty', 'empty on the source')
        self.expect_swapped(self.full('--allow-empty', '*'), parents=0, children=0)

    def test_source_with_far_fewer_rows_is_refused(self):
        self.two_tables(1200)
        self.on_source('DELETE FROM children WHERE id > 600', 'DELETE FROM parents WHERE id > 600')
        answer = self.expect_error(self.full(), 3, '--max-delete-percent 51')
        self.assertEqual(self.backups(), [], str(answer))
        self.expect_swapped(self.full('--max-delete-percent', 51), parents=600, children=600)

    def test_guards_can_be_passed_by_their_words(self):
        self.two_tables(1200)
        self.on_source('DELETE FROM children', 'DELETE FROM parents WHERE id > 100')
        self.expect_error(self.full('--allow', 'empty-source'), 3, '--max-delete-percent')
        self.expect_swapped(self.full('--allow', 'empty-source,delete-percent'), parents=100, children=0)

    def test_target_that_is_read_only_is_not_written_to_at_all(self):
        self.target = self.server(self.target.name, f'read-only-{os.getpid()}')
        self.new_database(self.target, name=self.db)
        self.two_tables()

        def made():
            return self.target.sql("SHOW GLOBAL STATUS LIKE 'Com_create_db'")
        before = made()
        self.target.sql('SET GLOBAL read_only = 1')
        self.addCleanup(self.target.sql, 'SET GLOBAL read_only = 0')
        answer = self.full()
        self.assertEqual(made(), before, str(answer))
        self.expect_untouched(answer, '--allow read-only')

    def test_without_yes_and_without_a_terminal_nothing_is_done(self):
        self.two_tables()
        self.expect_untouched(self.full(yes=False), '--yes')

    def test_user_who_may_not_make_databases_is_told_what_to_grant(self):
        self.two_tables()
        name = f'u{self.db[9:]}'
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        answer = self.full('--allow', 'replica', target=self.target.url(self.db, name, 'pw'))
        self.expect_exit(answer, 3)
        grant = re.search('GRANT [^;]*', json.loads(answer.out)['error']['text'])[0]
        self.assertEqual(self.on_target('SELECT COUNT(*), SUM(v) FROM parents'), [('310', '0')])
        doctor = self.dbsync('doctor', self.urls()[0], self.target.url(self.db, name, 'pw'))
        self.assertEqual(re.search(r'full-sync.s copies.*\n +(GRANT .*);', doctor.out).group(1), grant)
        self.target.sql(grant)
        self.expect_exit(self.full('--allow', 'replica', target=self.target.url(self.db, name, 'pw')), 0)
        self.same_rows('parents')

    def test_database_without_tables_is_equal(self):
        answer = self.expect_exit(self.full(), 0)
        self.assertEqual((answer.verdict, answer.copies), ('equal', {}))


class Company(FullTest):
    """Others use the target meanwhile."""

    def waits(self, words):
        """Some statement of a run waits for a table of this database."""
        return self.target.sql("SELECT 1 FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock%' "
                               f"AND info LIKE '{words}%' AND INSTR(info, '{self.db}')")

    def changed_meanwhile(self, *statements, holds, by_holder=False):
        """What becomes of a run, between whose copies and backup point somebody runs statements."""
        with self.target.session(self.db) as holder:
            holder.run(f'LOCK TABLES {holds} WRITE')
            running = self.start_write(command='full-sync')
            until(30, lambda: self.waits('SELECT COUNT(*)'), 'the run waits')
            for statement in statements:
                (holder if by_holder else self.session(self.target)).run(statement)
            holder.run('UNLOCK TABLES')
            return Full.of(running.wait(60))

    def test_table_that_was_altered_meanwhile_is_not_replaced(self):
        self.two_tables()
        answer = self.changed_meanwhile("ALTER TABLE children ADD COLUMN mine VARCHAR(20) DEFAULT 'precious'", holds='children', by_holder=True)
        self.expect_error(answer, answer.exit or 4, 'altered', 'children')
        self.assertEqual(self.on_target('SELECT COUNT(*), MIN(mine) FROM children'), [('310', 'precious')], str(answer))
        self.assertEqual(self.backups(), [], str(answer))

    def test_child_that_came_meanwhile_keeps_its_parent(self):
        self.two_tables()
        self.on_both('CREATE TABLE other (id INT PRIMARY KEY)')
        answer = self.changed_meanwhile('CREATE TABLE late (id INT PRIMARY KEY, CONSTRAINT of_late FOREIGN KEY (id) REFERENCES parents (id))',
                                        holds='other')
        self.expect_error(answer, answer.exit or 4, 'late', 'run again')
        self.assertIn('REFERENCES `parents`', self.on_target('SHOW CREATE TABLE late')[0][1])
        self.assertEqual(self.on_target('SELECT COUNT(*), SUM(v) FROM parents'), [('310', '0')], str(answer))

    def test_rows_of_two_databases_written_behind_the_backup_point_are_all_kept(self):
        other = self.new_database()
        for place in (self.source, self.target):
            for name in (self.db, other):
                place.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)', database=name)
        with self.target.session(self.db) as writer:
            writer.run('START TRANSACTION')
            writer.run('INSERT INTO t VALUES (77)')
            writer.run(f'INSERT INTO `{other}`.t VALUES (88)')
            running = self.program.start('full-sync', self.source.url(), self.target.url(), '--json', '--yes', '--databases', f'{self.db},{other}')
            until(30, self.backups, 'there is a backup point')
            writer.run('COMMIT')
            answer = Full.of(running.wait(60))
        self.expect_exit(answer, 6)
        places = answer.json['copies']['old_tables_kept_in']
        for place in places:
            self.addCleanup(self.target.sql, f'DROP DATABASE IF EXISTS `{place}`')
        kept = sorted(number for place in places for number, in self.target.sql(f'SELECT id FROM `{place}`.t WHERE id > 1'))
        self.assertEqual(kept, ['77', '88'], str(answer))
        again = self.expect_exit(Full.of(self.program.run('full-sync', self.source.url(), self.target.url(), '--json', '--yes',
                                                          '--databases', f'{self.db},{other}')), 0)
        self.assertNotIn('they are in its backup point', again.err)
        self.assertEqual(len(self.databases(answer.json['run'].replace('-', '_'))), 2, str(again))

    def test_stopped_while_it_waits_for_a_table_everything_is_as_it_was(self):
        self.two_tables()
        self.on_target('CREATE TABLE mine (id INT PRIMARY KEY, CONSTRAINT of_mine FOREIGN KEY (id) REFERENCES parents (id))',
                       'CREATE TRIGGER watched BEFORE INSERT ON children FOR EACH ROW SET NEW.v = 5')
        with self.target.session(self.db) as holder:
            holder.run('START TRANSACTION')
            holder.run('SELECT COUNT(*) FROM parents')
            running = self.start_write('--allow', 'triggers', command='full-sync')
            # MySQL takes the lock on a parent when a key of its child goes
            until(30, lambda: self.waits('RENAME') or self.waits('ALTER'), 'the run waits for the table')
            running.signal(signal.SIGINT)
            answer = running.wait(30)
        self.expect_exit(answer, 7)
        self.assertRegex(answer.err, 'dbsync: the copies could not be swapped in: .*cancelled\n')
        self.assertNotIn('cannot be kept', answer.err)
        self.assertEqual(len(self.on_target('SHOW TRIGGERS')), 1, str(answer))
        self.assertIn('CONSTRAINT `of_mine`', self.on_target('SHOW CREATE TABLE mine')[0][1], str(answer))
        self.assertEqual(self.on_target('SELECT COUNT(*), SUM(v) FROM parents'), [('310', '0')])
        self.expect_exit(self.full('--allow', 'triggers', '--extra-tables', 'keep'), 0)

    def test_run_that_was_killed_between_triggers_and_tables_is_to_be_undone_first(self):
        self.target = self.server(self.target.name, f'triggers-{os.getpid()}')
        self.new_database(self.target, name=self.db)
        self.two_tables()
        self.on_target('CREATE TRIGGER watched BEFORE INSERT ON children FOR EACH ROW SET NEW.v = 5')
        for fault in ('swap.triggers:1:kill', 'swap.done:1:kill'):
            with self.subTest(fault=fault):
                answer = self.full('--allow', 'triggers', env={'DBSYNC_FAULT': fault}, faults=True)
                self.expect_exit(answer, -signal.SIGKILL)
                self.assertEqual(self.on_target('SHOW TRIGGERS'), [])
                answer = self.expect_error(self.full('--allow', 'triggers'), 3, 'undo it first, with', 'dbsync rollback', 'triggers')
                self.expect_exit(self.dbsync('rollback', self.backups()[-1], self.target.url(), '--yes', '--allow', 'triggers'), 0)
                self.assertEqual(len(self.on_target('SHOW TRIGGERS')), 1)
                self.assertEqual(self.on_target('SELECT COUNT(*), SUM(v) FROM children'), [('310', '0')])
        self.expect_exit(self.full('--allow', 'triggers'), 0)
        self.same_rows('children')

    def test_reader_sees_the_old_tables_or_the_new_ones(self):
        self.two_tables(2000)
        seen, waits = set(), []

        def read(ending):
            link = pymysql.connect(host='127.0.0.1', port=self.target.port, user='dbsync', password='dbsync', database=self.db, autocommit=True)
            with link.cursor() as cursor:
                while not ending.is_set():
                    began = time.monotonic()
                    cursor.execute('SELECT (SELECT COUNT(*) FROM parents), (SELECT COUNT(*) FROM children), '
                                   '(SELECT COUNT(*) FROM parents JOIN children ON p = parents.id WHERE parents.v = children.v)')
                    waits.append(time.monotonic() - began)
                    seen.update(cursor.fetchall())
            link.close()
        reader = Background(read)
        answer = self.full()
        time.sleep(0.2)
        reader.stop()
        self.expect_exit(answer, 0)
        self.assertEqual(seen, {(2010, 2010, 2010), (2000, 2000, 2000)}, str(answer))
        print(f"{len(waits)} reads, the longest took {max(waits) * 1000:.0f} ms; dbsync says {answer.json['copies']['swap_seconds'] * 1000:.0f} ms")

    def test_rows_written_behind_the_backup_point_are_kept_and_named(self):
        self.two_tables()
        with self.target.session(self.db) as writer:
            writer.run('START TRANSACTION')
            writer.run('INSERT INTO parents VALUES (5000, 5)')
            running = self.start_write(command='full-sync')
            until(30, self.backups, 'there is a backup point')
            writer.run('COMMIT')
            answer = Full.of(running.wait(60))
        self.expect_exit(answer, 6)
        self.same_rows('parents', count=300)
        place, = answer.json['copies']['old_tables_kept_in']
        self.addCleanup(self.target.sql, 'SET SESSION foreign_key_checks = 0', f'DROP DATABASE IF EXISTS `{place}`')
        self.assertEqual(self.on_target(f'SELECT id, v FROM `{place}`.parents WHERE id = 5000'), [('5000', '5')], str(answer))
        self.assertIn('after the backup point', answer.err)
        self.assertEqual(len(self.databases(answer.json['run'].replace('-', '_'))), 1)

    def test_stopped_by_a_signal_it_leaves_nothing(self):
        self.two_tables(20000)
        self.on_source(f'CREATE TABLE {self.db} (id INT PRIMARY KEY)')
        old, new = [('20010', '0')], [('20000', '20000')]
        for pause in (0, 0.1, 0.25, 0.5):
            running = self.start_write('--verbose', command='full-sync')
            running.hear('dbsync: ')        # it minds signals from here on
            time.sleep(pause)
            running.signal(signal.SIGINT)
            answer = running.wait(30)
            found = self.on_target('SELECT COUNT(*), SUM(v) FROM parents')
            # 7 as long as nothing was swapped in, and afterwards when it says that it did not do the rest
            self.expect_exit(answer, 7 if found == old or 'cancelled' in answer.err else 0)
            self.assertIn(found, (old, new), str(answer))
            # of this run: others may share the server, and die there
            self.assertEqual(self.staged(), [], str(answer))

    def test_stopped_by_a_signal_it_takes_its_copies_away_when_that_takes_long(self):
        self.two_tables(20000)
        self.on_source(f'CREATE TABLE {self.db} (id INT PRIMARY KEY)')
        running = self.start_write(command='full-sync')
        until(30, self.staged, 'its copies are there')
        places = self.staged()
        with self.target.session() as reader:
            reader.run('START TRANSACTION')
            reader.run(f'SELECT COUNT(*) FROM `{places[0]}`.parents')
            running.signal(signal.SIGINT)
            time.sleep(2.5)
            self.assertEqual(self.staged(), places)
            reader.run('ROLLBACK')
        answer = running.wait(30)
        self.assertEqual((answer.exit, self.staged()), (7, []), str(answer))

    def staged(self):
        """Databases where a copy of the table is that only this test has."""
        return [name for name, in self.target.sql("SELECT TABLE_SCHEMA FROM INFORMATION_SCHEMA.TABLES WHERE "
                                                  f"TABLE_NAME = '{self.db}' AND TABLE_SCHEMA REGEXP '^dbsync_stage_'")]
