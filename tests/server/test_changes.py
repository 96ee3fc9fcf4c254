"""dbsync changes: the changes of a server out of its binary log, as JSON lines.

What it prints is held against what SELECT gives: an image that starts with the rows of the
snapshot and takes each line must be the table, whatever was done to it.
"""
import json
import os
import random
import signal
import threading
import time
from contextlib import contextmanager
from decimal import Decimal

from harness import ServerTest, like_pairs


def parse(text):
    return [json.loads(line, parse_float=Decimal) for line in text.splitlines()]


class ChangesTest(ServerTest):
    """On a server of their own: others purge the log."""
    not_for_old = 'its log is read by test_changes_old'

    def two_servers(self, source, target):
        place = self.server(source, f'changes-{os.getpid()}')
        return place, place

    def setUp(self):
        super().setUp()
        self.place = self.source
        self.db = self.new_database(self.place)
        self.run_sql = self.session(self.place, self.db).run
        self.family = self.place.name.split('-')[0]

    def changes(self, *options, code=0, database=None, env=None):
        """The lines of a call that reaches its end."""
        answer = self.dbsync('changes', *options, self.place.url(self.db if database is None else database), env=env)
        self.expect_exit(answer, code)
        self.said = answer.err
        return parse(answer.out)

    def now(self):
        self.assertEqual(self.changes(), [])
        return self.said.split('next place: ')[1].strip()

    def rows(self, lines):
        return [line for line in lines if line['type'] == 'row']

    def reset_log(self):
        self.run_sql('RESET BINARY LOGS AND GTIDS' if self.family == 'mysql' and self.place.version >= (8, 4) else 'RESET MASTER')

    def refused(self, code, *words, options=()):
        answer = self.dbsync('changes', *options, self.place.url(self.db))
        return self.expect_error(answer, code, *words)


class Lines(ChangesTest):
    @like_pairs
    def test_each_kind_of_change(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(20), b DECIMAL(20,3))')
        place = self.now()
        for statement in ("INSERT INTO t VALUES (1,'one',1.5), (2,'zwei\"\\n',NULL)", "UPDATE t SET a='eins' WHERE id=1",
                          'UPDATE t SET id=5 WHERE id=2', 'DELETE FROM t WHERE id=1'):
            self.run_sql(statement)
        first, second = {'id': 1, 'a': 'one', 'b': Decimal('1.500')}, {'id': 2, 'a': 'zwei"\n', 'b': None}
        found = [(line['kind'], line['key'], line['before'], line['after']) for line in self.changes('--from', place)]
        self.assertEqual(found, [
            ('insert', {'id': 1}, None, first), ('insert', {'id': 2}, None, second),
            ('update', {'id': 1}, first, dict(first, a='eins')), ('update', {'id': 2}, second, dict(second, id=5)),
            ('delete', {'id': 1}, dict(first, a='eins'), None)])
        for line in self.changes('--from', place):
            self.assertEqual((line['type'], line['database'], line['table']), ('row', self.db, 't'))
            self.assertRegex(line['time'], r'^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
            self.assertNotIn(' ', line['place'])

    @like_pairs
    def test_each_line_s_place_is_behind_it(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        place = self.now()
        self.run_sql('INSERT INTO t VALUES (1,1),(2,2),(3,3)')
        self.run_sql('BEGIN')
        self.run_sql('UPDATE t SET v=v+1')
        self.run_sql('DELETE FROM t WHERE id=2')
        self.run_sql('COMMIT')
        self.run_sql('ALTER TABLE t ADD w INT')
        self.run_sql('INSERT INTO t VALUES (9,9,9)')
        lines = self.changes('--from', place, '--transactions')
        self.assertEqual([line['type'] for line in lines].count('begin'), 4)
        self.assertGreater(len(lines), 15)
        for number, line in enumerate(lines):
            with self.subTest(number=number, place=line['place']):
                self.assertEqual(self.changes('--from', line['place'], '--transactions'), lines[number + 1:])

    @like_pairs
    def test_until_a_place_or_a_time(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        start = self.now()
        self.run_sql('INSERT INTO t VALUES (1)')
        middle = self.now()
        moment = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime())
        while time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime()) == moment:
            time.sleep(0.05)
        self.run_sql('INSERT INTO t VALUES (2)')
        keys = [line['key']['id'] for line in self.changes('--from', start, '--until', middle)]
        self.assertEqual(keys, [1])
        self.assertEqual([line['key']['id'] for line in self.changes('--from', start, '--until', moment)], [1])
        self.assertEqual([line['key']['id'] for line in self.changes('--from', middle, '--until', 'now')], [2])

    @like_pairs
    def test_tables_and_databases_are_chosen(self):
        other = self.new_database(self.place)
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.run_sql('CREATE TABLE u (id INT PRIMARY KEY)')
        self.run_sql(f'CREATE TABLE {other}.t (id INT PRIMARY KEY)')
        place = self.now()
        self.run_sql('BEGIN')
        self.run_sql('INSERT INTO t VALUES (1)')
        self.run_sql('INSERT INTO u VALUES (2)')
        self.run_sql(f'INSERT INTO {other}.t VALUES (3)')
        self.run_sql('COMMIT')
        for options, database, expected in ((('--no-ddl',), None, [1, 2]), (('--tables', 't'), None, [1]), (('--exclude-tables', 't'), None, [2]),
                                            (('--databases', other), None, [3]), (('--databases', f'{self.db},{other}'), '', [1, 2, 3])):
            with self.subTest(options=options):
                lines = self.changes('--from', place, *options, database=database)
                self.assertEqual([line['key']['id'] for line in lines], expected)

    @like_pairs
    def test_without_a_key_and_with_a_unique_one(self):
        self.run_sql('CREATE TABLE bare (a INT, b INT)')
        self.run_sql('CREATE TABLE uniq (a INT, b INT NOT NULL, UNIQUE (b))')
        place = self.now()
        self.run_sql('INSERT INTO bare VALUES (1,2)')
        self.run_sql('INSERT INTO uniq VALUES (1,2)')
        self.assertEqual([line['key'] for line in self.changes('--from', place)], [None, {'b': 2}])


class Snapshots(ChangesTest):
    """HC-201, 225: rows first, then the log; nothing is missing and nothing comes twice, whatever its key is."""
    each_server = True

    def image_of(self, lines):
        image = {}
        for line in self.rows(lines):
            table = image.setdefault(line['table'], {})
            if line['kind'] in ('snapshot', 'insert'):
                key = tuple(line['key'].values())
                self.assertNotIn(key, table, f'twice: {line}')
                table[key] = line['after']
                continue
            self.assertEqual(table.pop(tuple(line['key'].values()), None), line['before'], f'not as it was: {line}')
            if line['kind'] == 'update':
                table[tuple(line['after'][name] for name in line['key'])] = line['after']
        return image

    def selected(self, tables):
        return {table: {(int(a),): {'id': int(a), 'v': b if b is None else int(b)} for a, b in self.run_sql(f'SELECT id, v FROM {table}')}
                for table in tables}

    @contextmanager
    def writers(self, count):
        """Others who write all the time, in transactions over all tables."""
        over = threading.Event()

        def write(seed):
            rng = random.Random(seed)
            with self.place.session(self.db) as session:
                session.run('SET SESSION innodb_lock_wait_timeout=1')
                while not over.is_set():
                    key, table = rng.randrange(40), f't{rng.randrange(3)}'
                    try:
                        session.run('BEGIN')
                        for _ in range(rng.randrange(1, 5)):
                            session.run(rng.choice([
                                f'REPLACE INTO {table} VALUES ({key}, {rng.randrange(99)})', f'DELETE FROM {table} WHERE id={rng.randrange(40)}',
                                f'UPDATE {table} SET v=v+1 WHERE id<{rng.randrange(40)}']))
                        session.run(rng.choice(['COMMIT', 'COMMIT', 'ROLLBACK']))
                    except AssertionError as problem:
                        if not any(word in str(problem) for word in ('1205', '1213')):
                            raise
        threads = [threading.Thread(target=write, args=(seed,)) for seed in range(count)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def test_under_way_of_others(self):
        tables = [f't{n}' for n in range(3)]
        for table in tables:
            self.run_sql(f'CREATE TABLE {table} (id INT PRIMARY KEY, v INT)')
            self.run_sql(f"INSERT INTO {table} VALUES {','.join(f'({n},{n})' for n in range(0, 40, 2))}")
        for attempt in range(4):
            state = f'state-{attempt}'
            with self.writers(3):
                lines = self.changes('--from', 'snapshot', '--state', state)
                for _ in range(5):
                    lines += self.changes('--state', state)
            lines += self.changes('--state', state)
            self.assertGreater(len(self.rows(lines)), 60)
            image = self.image_of(lines)
            self.assertEqual({table: image.get(table, {}) for table in tables}, self.selected(tables))

    def test_a_part_of_a_snapshot_leads_to_a_new_one(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.run_sql('INSERT INTO t VALUES (1,1),(2,2),(3,NULL)')
        lines = self.changes('--from', 'snapshot')
        self.assertEqual([line['kind'] for line in lines], ['snapshot'] * 3)
        self.assertEqual([line['place'] for line in lines[:2]], ['snapshot'] * 2)
        self.assertEqual([line['after'] for line in lines], [{'id': 1, 'v': 1}, {'id': 2, 'v': 2}, {'id': 3, 'v': None}])
        self.run_sql('DELETE FROM t WHERE id=2')
        self.assertEqual([line['kind'] for line in self.changes('--from', lines[-1]['place'])], ['delete'])


class State(ChangesTest):
    @like_pairs
    def test_a_call_goes_on_where_the_last_one_ended(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.assertEqual(self.changes('--state', 'place'), [])
        self.assertEqual(os.stat(os.path.join(self.program.folder, 'place')).st_mode & 0o777, 0o600)
        for number in range(3):
            self.run_sql(f'INSERT INTO t VALUES ({number})')
            # --from is for the first call
            lines = self.changes('--state', 'place', '--from', 'snapshot')
            self.assertEqual([line['key']['id'] for line in lines], [number])
        self.assertEqual(self.changes('--state', 'place'), [])

    @like_pairs
    def test_what_a_reader_did_not_take_comes_again(self):
        """Its pipe is closed in the middle: the state has not moved on."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(200))')
        self.changes('--state', 'place')
        self.run_sql('INSERT INTO t VALUES ' + ','.join(f"({n},REPEAT('x',200))" for n in range(4000)))
        running = self.program.start('changes', '--state', 'place', '-q', self.place.url(self.db))
        running.process.stdout.read(1000)
        running.process.stdout.close()
        running.process.wait(60)
        self.assertEqual(running.process.returncode, 141)
        self.assertEqual(len(self.changes('--state', 'place')), 4000)

    @like_pairs
    def test_followed_and_stopped(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.changes('--state', 'place')
        running = self.program.start('changes', '--follow', '--state', 'place', self.place.url(self.db))
        heard = []
        for number in range(5):
            self.run_sql(f'INSERT INTO t VALUES ({number})')
            began = time.monotonic()
            heard.append(json.loads(running.process.stdout.readline())['key']['id'])
            self.assertLess(time.monotonic() - began, 5, 'a line comes soon')
        self.assertEqual(heard, list(range(5)))
        self.refused(3, 'is in use by another process', options=('--state', 'place'))
        running.signal(signal.SIGTERM)
        self.expect_error(running.wait(20), 7, 'cancelled')
        self.run_sql('INSERT INTO t VALUES (77)')
        self.assertEqual([line['key']['id'] for line in self.changes('--state', 'place')], [77])

    def test_a_file_that_is_none_of_ours(self):
        for text in ('', '{}', 'x', '[1]', '{"format": 2, "command": "changes", "place": "a:4"}', '{"format": 1, "command": "changes"}'):
            with self.subTest(text=text):
                self.program.file('place', text)
                self.refused(5, 'is not a state of `dbsync changes`', 'it was left as it is', options=('--state', 'place'))
                with open(os.path.join(self.program.folder, 'place'), encoding='utf-8') as file:
                    self.assertEqual(file.read(), text)
        self.program.file('place', '{"format": 1, "command": "changes", "place": "nonsense"}')
        self.refused(2, '--state', 'is not a place in a binary log', options=('--state', 'place'))


class Transactions(ChangesTest):
    @like_pairs
    def test_only_what_was_committed(self):
        """MyISAM does not roll back; where there are ids of transactions, MySQL refuses such a mixture."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB')
        self.run_sql('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM')
        place = self.now()
        with self.place.session(self.db) as session:
            for statement in ('BEGIN', 'INSERT INTO t VALUES (1)', 'SAVEPOINT `Ä b`', 'INSERT INTO t VALUES (2)', 'INSERT INTO m VALUES (3)',
                              'ROLLBACK TO SAVEPOINT `Ä b`', 'INSERT INTO t VALUES (4)', 'COMMIT',
                              'BEGIN', 'INSERT INTO t VALUES (5)', 'INSERT INTO m VALUES (6)', 'ROLLBACK', 'BEGIN', 'INSERT INTO t VALUES (7)', 'ROLLBACK'):
                if self.family == 'mariadb' or ' m ' not in statement:
                    session.run(statement)
        lines = self.changes('--from', place)
        found = {table: sorted(line['key']['id'] for line in lines if line['table'] == table) for table in 'tm'}
        self.assertEqual(found, {table: [int(row[0]) for row in self.run_sql(f'SELECT id FROM {table} ORDER BY id')] for table in 'tm'})

    @like_pairs
    def test_prepared_ones_come_when_they_are_committed(self):
        """HC-223: a place between PREPARE and COMMIT leads back to the PREPARE."""
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.changes('--state', 'place')
        with self.place.session(self.db) as first, self.place.session(self.db) as second:
            for number, (session, xid) in enumerate(((first, "'one'"), (second, "X'00ff','b',7")), 1):
                for words in ('START', 'END', 'PREPARE'):
                    session.run(f'XA {words} {xid}')
                    if words == 'START':
                        session.run(f'INSERT INTO t VALUES ({number}), ({number + 10})')
        self.run_sql('INSERT INTO t VALUES (3)')
        lines = self.changes('--state', 'place')
        self.assertEqual([line['key']['id'] for line in lines], [3])
        self.assertIn('~', lines[-1]['place'])
        self.assertEqual(self.changes('--state', 'place'), [])
        self.run_sql("XA ROLLBACK 'one'")
        self.run_sql('INSERT INTO t VALUES (4)')
        self.run_sql("XA COMMIT X'00ff','b',7")
        lines = self.changes('--state', 'place')
        self.assertEqual([line['key']['id'] for line in lines], [4, 2, 12])
        # also from the middle of it
        self.assertEqual([line['key']['id'] for line in self.changes('--from', lines[1]['place'])], [12])
        self.assertNotIn('~', lines[-1]['place'])
        self.assertEqual(self.changes('--from', lines[-1]['place']), [])

    @like_pairs
    def test_one_that_was_prepared_before_is_an_error(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        with self.place.session(self.db) as session:
            for statement in ("XA START 'a'", 'INSERT INTO t VALUES (1)', "XA END 'a'", "XA PREPARE 'a'"):
                session.run(statement)
        place = self.now()
        self.run_sql("XA COMMIT 'a'")
        self.refused(4, 'prepared (XA PREPARE) before the place where reading began', options=('--from', place))


class Refusals(ChangesTest):
    def test_words(self):
        for options, words in ((('--from', 'nowhere'), '--from: `nowhere` is not a place in a binary log'),
                               (('--from', 'a:3'), 'is not a place in a binary log'),
                               (('--from', 'a:4@1'), 'is not a place in a binary log'),
                               (('--from', 'gtid:x'), 'is not a place in a binary log'),
                               (('--until', 'gtid:'), 'give FILE:POSITION, not a set of transactions'),
                               (('--follow', '--until', 'now'), '--follow has no end'),
                               (('--databases', 'there_is_none'), 'the source has no database `there_is_none`')):
            with self.subTest(options=options):
                self.refused(2, words, options=options)
        self.expect_error(self.dbsync('changes', self.place.url(), self.place.url()), 2, 'takes one source')

    @like_pairs
    def test_another_server_or_log(self):
        place = self.now()
        other = self.server(self.place.name, 'target')
        self.expect_error(self.dbsync('changes', '--from', place, other.url()), 4, 'the place is of the binary log of server')
        time.sleep(1.1)     # births are told by the second
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.reset_log()
        self.run_sql('CREATE TABLE u (id INT PRIMARY KEY)')
        self.run_sql('CREATE TABLE v (id INT PRIMARY KEY)')
        name, rest = self.now().split(':', 1)
        birth = place.split('@')[1]
        self.refused(4, 'is not the binary log that the place is in', options=('--from', f"{name}:{rest.split('@')[0]}@{birth}"))

    @like_pairs
    def test_purged(self):
        place = self.now()
        self.run_sql('FLUSH BINARY LOGS')
        self.run_sql('FLUSH BINARY LOGS')
        end = time.monotonic() + 20
        # a file is kept as long as the server has not noticed that its reader is gone
        while len(self.run_sql('SHOW BINARY LOGS')) > 1 and time.monotonic() < end:
            self.run_sql('PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY')
            time.sleep(0.1)
        self.refused(4, 'the binary log cannot be read from there', '--from snapshot', options=('--from', place))

    @like_pairs
    def test_statements_of_a_session_that_logs_no_rows(self):
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        with self.place.session(self.db) as session:
            session.run("SET SESSION binlog_format='STATEMENT'")
            session.run('INSERT INTO t VALUES (1)')
        self.refused(4, 'a session that does not log rows', 'INSERT INTO t VALUES (1)', options=('--from', place))

    @like_pairs
    def test_without_rights(self):
        self.run_sql("CREATE USER IF NOT EXISTS poor@'%' IDENTIFIED BY 'poor'")
        self.run_sql(f"GRANT SELECT ON {self.db}.* TO poor@'%'")
        self.addCleanup(self.place.sql, "DROP USER poor@'%'")
        place = self.now()
        answer = self.dbsync('changes', '--from', place, self.place.url(self.db, user='poor', password='poor'))
        self.expect_error(answer, 4, 'GRANT REPLICATION SLAVE ON *.*')

    @like_pairs
    def test_a_snapshot_of_a_server_with_xa_transactions(self):
        """Of MariaDB: what is committed at this moment is in the log already, and not in a view."""
        if self.place.family != 'mariadb':
            self.skipTest('its snapshots are taken under a lock')
        for statement in ('CREATE TABLE t (id INT PRIMARY KEY)', "XA START 'a'", 'INSERT INTO t VALUES (1)', "XA END 'a'", "XA PREPARE 'a'", "XA COMMIT 'a'"):
            self.run_sql(statement)
        self.assertEqual([line['after'] for line in self.rows(self.changes('--from', 'snapshot'))], [{'id': 1}])
        self.place.sql("CREATE USER IF NOT EXISTS poor@'%' IDENTIFIED BY 'poor'", f"GRANT SELECT ON {self.db}.* TO poor@'%'",
                       "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO poor@'%'")
        self.addCleanup(self.place.sql, "DROP USER poor@'%'")
        answer = self.dbsync('changes', '--from', 'snapshot', self.place.url(self.db, user='poor', password='poor'))
        self.expect_error(answer, 4, 'there were XA transactions, and commits cannot be held back for a moment', 'GRANT RELOAD')

    @like_pairs
    def test_a_server_that_logs_nothing(self):
        silent = self.server(self.place.name, f'silent-{os.getpid()}', options=('--skip-log-bin',))
        self.expect_error(self.dbsync('changes', silent.url()), 4, 'it writes no binary log', 'log_bin')


class MetadataTest(ChangesTest):
    def set_metadata(self, value):
        self.place.sql(f"SET GLOBAL binlog_row_metadata='{value}'")

    def setUp(self):
        super().setUp()
        if self.place.name == 'mariadb-10.4':
            self.skipTest('no metadata')
        before = self.run_sql('SELECT @@GLOBAL.binlog_row_metadata')[0][0]
        self.addCleanup(self.set_metadata, before)


class Structures(MetadataTest):
    """HC-211: rows of before a statement that changed their table."""
    each_server = True

    def altered(self):
        place = self.now()
        with self.place.session(self.db) as session:
            session.run('CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT)')
            session.run('INSERT INTO t VALUES (1, 10, 20)')
            session.run('ALTER TABLE t RENAME COLUMN a TO c, RENAME COLUMN b TO a')
            session.run('INSERT INTO t VALUES (2, 10, 20)')
        return place

    def test_with_names_they_are_as_they_were(self):
        self.set_metadata('FULL')
        lines = self.changes('--from', self.altered())
        self.assertEqual([line['after'] for line in self.rows(lines)], [{'id': 1, 'a': 10, 'b': 20}, {'id': 2, 'c': 10, 'a': 20}])
        self.assertEqual([line['sql'].split()[0] for line in lines if line['type'] == 'ddl'], ['CREATE', 'ALTER'])

    def test_without_names_they_are_refused(self):
        for value in (['NO_LOG'] if self.family == 'mariadb' else []) + ['MINIMAL']:
            with self.subTest(value=value):
                self.set_metadata(value)
                place = self.altered()
                self.refused(4, 'its structure was changed later', 'binlog_row_metadata=FULL', options=('--from', place))
                # behind the statement all is known again
                start = self.now()
                self.run_sql('INSERT INTO t VALUES (3, 30, 40)')
                self.run_sql('CREATE TABLE other (id INT PRIMARY KEY)')
                self.run_sql('DELETE FROM t WHERE id = 2')
                found = [line['after'] or line['before'] for line in self.rows(self.changes('--from', start))]
                self.assertEqual(found, [{'id': 3, 'c': 30, 'a': 40}, {'id': 2, 'c': 10, 'a': 20}])
                self.run_sql('DROP TABLE t, other')

    def test_followed_through_statements(self):
        for value in ('FULL', 'MINIMAL'):
            with self.subTest(value=value):
                self.set_metadata(value)
                with self.place.session(self.db) as session:
                    session.run('CREATE TABLE t (id INT PRIMARY KEY, a INT)')
                    running = self.program.start('changes', '--follow', '--no-ddl', self.place.url(self.db))
                    time.sleep(1)
                    for number in range(3):
                        session.run(f'INSERT INTO t (id) VALUES ({number})')
                        line = json.loads(running.process.stdout.readline())
                        self.assertEqual(list(line['after']), ['id', 'a', *(f'c{n}' for n in range(number))])
                        session.run(f'ALTER TABLE t ADD c{number} INT')
                    running.signal(signal.SIGINT)
                    self.expect_exit(running.wait(20), 7)
                    session.run('DROP TABLE t')


class Questions(MetadataTest):
    """Connections that are lost while the log is read."""

    def lose_questions(self):
        """The session of a call that asks, which waits for the next question; the one that has the log stays."""
        found, deadline = [], time.monotonic() + 20
        while len(found) != 1:
            self.assertLess(time.monotonic(), deadline, f'one session that waits for a question: {found}')
            time.sleep(0.05)
            found = self.run_sql("SELECT id FROM information_schema.processlist WHERE command='Sleep' AND db=DATABASE() AND id<>CONNECTION_ID()")
        self.run_sql(f'KILL {found[0][0]}')

    @like_pairs
    def test_a_connection_for_questions_that_is_lost(self):
        for value in ('FULL', 'MINIMAL'):
            with self.subTest(value=value):
                self.set_metadata(value)
                self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9) CHARACTER SET cp1251, b VARCHAR(9) CHARACTER SET sjis)')
                running = self.program.start('changes', '--follow', '--no-ddl', self.place.url(self.db))
                time.sleep(1)
                # the schema is known, the collations are asked for; a table of one, a text of the other; structures
                for number, values in enumerate(('NULL, NULL', "'ж', NULL", "NULL, 'ア'", "'я', 'エ'")):
                    self.lose_questions()
                    if number == 3:
                        self.run_sql('ALTER TABLE t ADD c INT')
                    self.run_sql(f"INSERT INTO t VALUES ({number}, {values}{', 7' if number == 3 else ''})")
                    line = json.loads(running.process.stdout.readline())
                    self.assertEqual(list(line['after'].values())[:3], [number, *(None if text == 'NULL' else text[1:-1] for text in values.split(', '))])
                self.assertEqual(line['after']['c'], 7)
                running.signal(signal.SIGINT)
                answer = self.expect_exit(running.wait(20), 7)
                self.assertGreaterEqual(answer.err.count('; asking again'), 3, str(answer))
                self.run_sql('DROP TABLE t')

    @like_pairs
    def test_a_connection_for_questions_that_is_lost_before_the_end(self):
        until = time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + 3))
        running = self.program.start('changes', '--until', until, self.place.url(self.db))
        time.sleep(1)
        self.lose_questions()
        self.assertIn('; asking again', self.expect_exit(running.wait(20), 0).err)

    @like_pairs
    def test_another_server_answers_the_questions(self):
        if self.family == 'mysql':
            self.skipTest('the uuid of a server stays')
        before = self.run_sql('SELECT @@server_id')[0][0]
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        running = self.program.start('changes', '--follow', self.place.url(self.db))
        time.sleep(1)
        self.run_sql(f'SET GLOBAL server_id={int(before) + 1}')
        self.addCleanup(self.place.sql, f'SET GLOBAL server_id={before}')
        self.lose_questions()
        self.run_sql('ALTER TABLE t ADD a INT')
        self.run_sql('INSERT INTO t VALUES (1, 2)')
        self.expect_error(running.wait(20), 4, 'a connection was lost, and a new one leads to another server')
