"""dbsync changes: places that lie, statements and logs that are not what they seem."""
import json
import os
import signal
import subprocess
import time

from harness import Running, faults_path, like_pairs, program_path
from test_changes import ChangesTest


class Places(ChangesTest):
    def events(self, place):
        """(position, type) of what is in the log from a place on."""
        name, rest = place.split(':', 1)
        rows = self.run_sql(f"SHOW BINLOG EVENTS IN '{name}' FROM {rest.split('@')[0]}")
        return name, [(int(row[1]), row[2]) for row in rows]

    @like_pairs
    def test_the_middle_of_a_transaction_is_none(self):
        """What is before it there would be missing in silence."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        for statement in ('BEGIN', 'INSERT INTO t VALUES (1)', 'SAVEPOINT a', 'INSERT INTO t VALUES (2)', 'COMMIT', 'INSERT INTO t VALUES (3)'):
            self.run_sql(statement)
        name, events = self.events(place)
        begins = {at for at, kind in events if 'gtid' in kind.lower()}
        begins |= {events[n + 1][0] for n, (_, kind) in enumerate(events) if 'gtid' in kind.lower() and events[n + 1][1] == 'Query'}
        self.assertGreater(len(events), len(begins) + 4)
        for at, kind in events:
            with self.subTest(at=at, kind=kind):
                if at not in begins:
                    self.refused(4, 'in the middle of a transaction', options=('--from', f'{name}:{at}'))
                    continue
                keys = [line['key']['id'] for line in self.changes('--from', f'{name}:{at}')]
                self.assertEqual(keys, [1, 2, 3] if at <= events[1][0] else [3])

    @like_pairs
    def test_lines_that_are_not_there(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        self.run_sql('INSERT INTO t VALUES (1),(2)')
        self.assertEqual(len(self.changes('--from', place.replace('@', '+1@'))), 1)
        self.refused(2, 'the place is behind line 9 of the transaction', 'which has 2', 'with these options: go on with those that the place was printed with', options=('--from', place.replace('@', '+9@')))
        self.refused(2, 'the place is behind line 9', 'which has 0', options=('--from', place.replace('@', '+9@'), '--tables', 'other'))
        name = place.split(':')[0]
        self.refused(2, 'and none begins there', options=('--from', f'{name}:4+1'))

    @like_pairs
    def test_the_end_may_be_where_nothing_more_comes(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        start = self.now()
        self.run_sql('INSERT INTO t VALUES (1)')
        end = self.now()
        soon = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 1))
        for until in (end, soon, '2020-01-01', start):
            with self.subTest(until=until):
                lines = self.changes('--from', start, '--until', until)
                self.assertEqual(len(lines), 1 if until in (end, soon) else 0)

    @like_pairs
    def test_a_failure_at_once_does_not_forget_the_lines_before(self):
        """The place is in a transaction; whoever fails before it is read goes on there, not at its begin."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        self.run_sql('INSERT INTO t VALUES (1),(2),(3)')
        inside = self.changes('--from', place)[0]['place']
        self.program.file('state', json.dumps({'format': 1, 'command': 'changes', 'place': inside}))
        answer = Running([faults_path(), 'changes', '--state', 'state', self.place.url(self.db)],
                         self.program.environment({'DBSYNC_FAULT': 'db.connect:2:error+'}), self.program.folder).wait(60)
        self.expect_exit(answer, 4)
        self.assertEqual([line['key']['id'] for line in self.changes('--state', 'state')], [2, 3])

    @like_pairs
    def test_a_log_that_was_started_again_behind_a_prepared_one(self):
        """Reading begins at the XA PREPARE, and what is read up to the place is not printed: it has to get there."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.changes('--state', 'place')
        self.run_sql('FLUSH BINARY LOGS')
        with self.place.session(self.db) as session:
            for statement in ("XA START 'a'", 'INSERT INTO t VALUES (1)', "XA END 'a'", "XA PREPARE 'a'"):
                session.run(statement)
        for _ in range(3):
            self.run_sql('INSERT INTO t VALUES (2)')
            self.run_sql('DELETE FROM t WHERE id=2')
            self.run_sql('FLUSH BINARY LOGS')
        lines = self.changes('--state', 'place')
        self.assertEqual(len(lines), 6)
        place = lines[-1]['place']
        self.assertIn('~', place)
        self.run_sql("XA ROLLBACK 'a'")
        self.reset_log()
        first = self.now().split(':')[0]
        held = f'{first}:4'
        self.run_sql('INSERT INTO t VALUES (5)')
        self.refused(4, 'before the place', 'started again', options=('--from', f"{place.split('~')[0]}~{held}"))


class Logged(ChangesTest):
    @like_pairs
    def test_a_statement_in_the_name_of_another_database(self):
        """binlog_format=STATEMENT, USE mysql, and the rows are of shop."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        with self.place.session('mysql') as session:
            session.run("SET SESSION binlog_format='STATEMENT'")
            session.run(f'INSERT INTO {self.db}.t VALUES (1)')
        self.refused(4, 'a session that does not log rows', options=('--from', place))

    @like_pairs
    def test_statements_that_keep_tables_as_they_are(self):
        """TRUNCATE, CREATE IF NOT EXISTS: rows of before can be read without names."""
        if self.place.name != 'mariadb-10.4':
            before = self.run_sql('SELECT @@GLOBAL.binlog_row_metadata')[0][0]
            self.addCleanup(self.place.sql, f"SET GLOBAL binlog_row_metadata='{before}'")
            self.place.sql('SET GLOBAL binlog_row_metadata=MINIMAL')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        for statement in ('INSERT INTO t VALUES (1)', 'CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (2)', 'TRUNCATE t',
                          'INSERT INTO t VALUES (3)', 'CREATE TABLE u LIKE t', 'INSERT INTO u VALUES (4)'):
            self.run_sql(statement)
        lines = self.changes('--from', place)
        self.assertEqual([line['key']['id'] for line in self.rows(lines)], [1, 2, 3, 4])
        # MariaDB does not log the one that finds its table
        found = [line['sql'].split()[0] for line in lines if line['type'] == 'ddl']
        self.assertEqual(found, ['CREATE'] * (self.family == 'mysql') + ['TRUNCATE', 'CREATE'])

    @like_pairs
    def test_a_database_that_is_created_meanwhile(self):
        for value in ('FULL', 'MINIMAL') if self.place.name != 'mariadb-10.4' else ('MINIMAL',):
            with self.subTest(value=value):
                if self.place.name != 'mariadb-10.4':
                    before = self.run_sql('SELECT @@GLOBAL.binlog_row_metadata')[0][0]
                    self.addCleanup(self.place.sql, f"SET GLOBAL binlog_row_metadata='{before}'")
                    self.place.sql(f'SET GLOBAL binlog_row_metadata={value}')
                running = self.program.start('changes', '--follow', '-q', self.place.url())
                time.sleep(1)
                other = self.new_database(self.place)
                self.place.sql(f'CREATE TABLE {other}.t (a INT NOT NULL, UNIQUE (a))')
                self.place.sql(f'INSERT INTO {other}.t VALUES (7)')
                lines = [json.loads(running.process.stdout.readline()) for _ in range(3)]
                while lines[-1]['type'] == 'ddl':
                    lines.append(json.loads(running.process.stdout.readline()))
                self.assertEqual((lines[-1]['database'], lines[-1]['key']), (other, {'a': 7}))
                running.signal(signal.SIGINT)
                self.expect_exit(running.wait(20), 7)

    @like_pairs
    def test_set_statement(self):
        if self.family == 'mysql':
            self.skipTest('of MariaDB')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        self.run_sql('SET STATEMENT lock_wait_timeout=5 FOR ALTER TABLE t ADD v INT')
        self.run_sql('SET STATEMENT lock_wait_timeout=5 FOR INSERT INTO t VALUES (1, 2)')
        lines = self.changes('--from', place)
        self.assertEqual([line['type'] for line in lines], ['ddl', 'row'])
        self.assertEqual(lines[1]['after'], {'id': 1, 'v': 2})

    @like_pairs
    def test_savepoints_whose_names_begin_alike(self):
        if self.family == 'mysql':
            self.skipTest('a mixture of engines, which it refuses')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB')
        self.run_sql('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM')
        place = self.now()
        with self.place.session(self.db) as session:
            for statement in ('BEGIN', 'INSERT INTO t VALUES (1)', 'SAVEPOINT `a``b`', 'INSERT INTO t VALUES (2)', 'SAVEPOINT `a``c`',
                              'INSERT INTO t VALUES (3)', 'INSERT INTO m VALUES (4)', 'ROLLBACK WORK TO `a``b`', 'INSERT INTO t VALUES (5)',
                              'COMMIT'):
                session.run(statement)
        lines = self.changes('--from', place, '--tables', 't')
        self.assertEqual([line['key']['id'] for line in lines], [1, 5])

    @like_pairs
    def test_savepoints_whose_names_differ_in_case_or_by_dots(self):
        if self.family == 'mysql':
            self.skipTest('a mixture of engines, which it refuses')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB')
        self.run_sql('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM')
        for first, second, back, is_open in (('a', 'b', 'A', False), ('a', 'A', 'a', False), ('größe', 'kürze', 'GRößE', False), ('ä', 'b', 'Ä', True),
                                             ('b', 'ä', 'Ä', True), ('a', 'ä', 'A', True), ('a', 'ä', 'ä', False)):
            with self.subTest(first=first, second=second, back=back):
                self.run_sql('DELETE FROM t')
                place = self.now()
                with self.place.session(self.db) as session:
                    for statement in ('BEGIN', 'INSERT INTO t VALUES (1)', f'SAVEPOINT `{first}`', 'INSERT INTO t VALUES (2)', f'SAVEPOINT `{second}`',
                                      'INSERT INTO t VALUES (3)', 'INSERT INTO m SELECT COUNT(*) FROM m', f'ROLLBACK TO `{back}`', 'COMMIT'):
                        session.run(statement)
                if is_open:
                    self.refused(4, 'the same one depends on the server', options=('--from', place))
                    continue
                lines = self.changes('--from', place, '--tables', 't')
                self.assertEqual([(line['key']['id'],) for line in lines], [(int(row[0]),) for row in self.run_sql('SELECT id FROM t ORDER BY id')])

    @like_pairs
    def test_the_kinds_of_xa_and_of_create(self):
        place = self.now()
        with self.place.session(self.db) as session:
            for statement in ('CREATE TABLE t (id INT PRIMARY KEY)', "XA START 'x'", 'INSERT INTO t VALUES (1)', "XA END 'x'", "XA COMMIT 'x' ONE PHASE",
                              "XA START 'y'", 'INSERT INTO t VALUES (2)', "XA END 'y'", "XA PREPARE 'y'", "XA ROLLBACK 'y'",
                              "XA START 'y'", 'INSERT INTO t VALUES (3)', "XA END 'y'", "XA PREPARE 'y'", 'FLUSH BINARY LOGS', "XA COMMIT 'y'",
                              'CREATE TABLE u AS SELECT id FROM t', 'CREATE TABLE e AS SELECT id FROM t WHERE id<0',
                              *(('CREATE OR REPLACE TABLE u AS SELECT id FROM t',) if self.family == 'mariadb' else ())):
                (self.run_sql if statement.startswith('FLUSH') else session.run)(statement)
        lines = self.changes('--from', place)
        found = [(line['table'], (line['after'] or line['before'])['id']) for line in self.rows(lines)]
        self.assertEqual(found, [('t', 1), ('t', 3)] + [('u', 1), ('u', 3)] * (2 if self.family == 'mariadb' else 1))

    @like_pairs
    def test_checksums_that_change(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        before = self.run_sql('SELECT @@GLOBAL.binlog_checksum')[0][0]
        self.addCleanup(self.place.sql, f'SET GLOBAL binlog_checksum={before}')
        place = self.now()
        running = self.program.start('changes', '--follow', '--from', place, self.place.url(self.db))
        for number, value in enumerate(('NONE', 'CRC32', 'NONE', 'CRC32')):
            self.place.sql(f'SET GLOBAL binlog_checksum={value}')
            self.run_sql(f'INSERT INTO t VALUES ({number})')
            self.assertEqual(json.loads(running.process.stdout.readline())['key'], {'id': number})
        running.signal(signal.SIGINT)
        self.expect_exit(running.wait(20), 7)
        lines = self.changes('--from', place)
        self.assertEqual(len(lines), 4)
        for number, line in enumerate(lines):
            self.assertEqual(self.changes('--from', line['place']), lines[number + 1:])


class Output(ChangesTest):
    @like_pairs
    def test_tables_without_snapshots_are_named(self):
        self.run_sql('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB')
        self.run_sql('INSERT INTO m VALUES (1)')
        self.assertEqual(len(self.changes('--from', 'snapshot')), 1)
        self.assertIn(f'{self.db}.m has the engine MyISAM and no snapshots', self.said)
        self.assertNotIn(f'{self.db}.t', self.said)

    @like_pairs
    def test_a_full_disk(self):
        """Nothing that was not written counts as written."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.changes('--state', 'state')
        before = self.text('state')
        self.run_sql('INSERT INTO t VALUES (1),(2)')
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([program_path(), 'changes', '--state', 'state', self.place.url(self.db)], stdout=full, stderr=subprocess.PIPE,
                                  env=self.program.environment(), cwd=self.program.folder, timeout=60, check=False)
        self.assertEqual(done.returncode, 5, done.stderr)
        self.assertIn(b'standard output cannot be written', done.stderr)
        self.assertEqual(self.text('state'), before)
        self.assertEqual(len(self.changes('--state', 'state')), 2)

    def text(self, name):
        with open(os.path.join(self.program.folder, name), encoding='utf-8') as file:
            return file.read()
