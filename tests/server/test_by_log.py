"""Comparisons by the binary logs: --changes-from binlog and auto.

What the logs do not name since both sides were equal is not read, and that is said.  Whatever they
cannot vouch for is read.  tests/property/log_seeds.py has random writers and the oracle; here each
reason for reading has its test, by the number of its hard case.
"""
import itertools
import json
import os
import threading
import time

from harness import ServerTest, like_pairs, only_with
from test_crashes import until


class ByLogTest(ServerTest):
    not_for_old = 'its views have no place in a log'

    def two_servers(self, source, target):
        """Their own: their logs are reset and purged."""
        return tuple(self.server(name, self.role(side)) for side, name in enumerate((source, target)))

    def setUp(self):
        super().setUp()
        self.places = [self.source, self.target]
        self.on_both('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'CREATE TABLE b (id INT PRIMARY KEY, v INT)',
                     'INSERT INTO a VALUES (1,1), (2,2)', 'INSERT INTO b VALUES (1,1), (2,2), (3,3)')

    def role(self, side):
        return f'by-log-{os.getpid()}-{side}'

    def compare(self, *options, code=0, command='verify', how='binlog', limit=60):
        answer = self.dbsync(command, *self.urls(), '--json', '--state-dir', 'state', *(('--changes-from', how) if how else ()), *options, limit=limit)
        self.expect_exit(answer, code)
        self.found = json.loads(answer.out)
        return answer

    def agree(self):
        """Both sides are equal, and that is kept: one of an earlier comparison is replaced."""
        before = self.agreements()
        answer = self.compare(how=None)
        self.assertEqual((answer.json['changes_from'], answer.json['agreed_since']), ('scan', None))
        self.assertEqual(len(self.agreements()), 1, str(answer))
        self.assertNotEqual(self.agreements(), before, f'it was not kept\n{answer}')
        return answer

    def agreements(self):
        """{name: when it was written}"""
        folder = os.path.join(self.program.folder, 'state', 'agreements')
        names = [name for name in os.listdir(folder) if name.endswith('.json')] if os.path.isdir(folder) else []
        return {name: os.stat(os.path.join(folder, name)).st_mtime_ns for name in names}

    def read(self, answer):
        """{table: whether it was read}"""
        return {entry['table']: entry['read'] for entry in answer.json['tables']}

    def expect_scan(self, *words, code=0, how='binlog'):
        answer = self.compare(code=code, how=how)
        self.assertEqual(answer.json['changes_from'], 'scan', str(answer))
        self.assertEqual(set(self.read(answer).values()), {'all'})
        for word in ('all rows are read:', *words):
            self.assertIn(word, answer.err)
        return answer

    def reset_log(self, place):
        is_new = place.family == 'mysql' and place.version >= (8, 4)
        place.sql('RESET BINARY LOGS AND GTIDS' if is_new else 'RESET MASTER')


class Reading(ByLogTest):
    @like_pairs
    def test_only_what_the_logs_name(self):
        self.agree()
        answer = self.compare()
        self.assertEqual(self.read(answer), {'a': 'none', 'b': 'none'})
        self.assertEqual([(entry['rows_unread'], entry['rows_source'], entry['why']) for entry in answer.json['tables']], [(2, 0, None), (3, 0, None)])
        self.assertEqual((answer.json['changes_from'], answer.json['rows_compared'], answer.json['verdict']), ('binlog', 0, 'equal'))
        self.assertRegex(answer.json['agreed_since'], r'^20\d\d-')
        self.on_source('UPDATE a SET v=9 WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual(self.read(answer), {'a': 'keys', 'b': 'none'})
        self.assertEqual(answer.counts('a'), (0, 1, 0))
        self.on_target('DELETE FROM b WHERE id=3')
        answer = self.compare(code=1)
        self.assertEqual(self.read(answer), {'a': 'keys', 'b': 'keys'})
        self.assertEqual(answer.counts('b'), (1, 0, 0))
        text = self.dbsync('verify', *self.urls(), '--state-dir', 'state', '--changes-from', 'binlog')
        self.assertIn('not read: 3 rows of 2 tables, which neither binary log names since the comparison of', text.out)

    @like_pairs
    def test_incremental_writes_and_agrees_again(self):
        self.agree()
        self.on_source('UPDATE a SET v=9 WHERE id=1', 'INSERT INTO b VALUES (7,7)')
        self.compare('--yes', command='dry-run', code=1)
        self.assertEqual(self.found['changes_from'], 'binlog')
        self.compare('--yes', command='incremental')
        self.assertEqual((self.found['verdict'], self.found['changes_from']), ('equal', 'binlog'))
        # what it wrote itself is looked at once more
        self.assertEqual(self.read(self.compare()), {'a': 'keys', 'b': 'keys'})
        self.assertEqual(self.read(self.compare()), {'a': 'none', 'b': 'none'})
        self.check_equal()

    @like_pairs
    def test_new_dropped_and_altered_tables(self):
        self.agree()
        self.on_both('CREATE TABLE c (id INT PRIMARY KEY)')
        answer = self.compare()
        self.assertEqual(self.read(answer), {'a': 'none', 'b': 'none', 'c': 'all'})
        self.assertEqual(answer.table('c')['why'], 'it was not there when the databases were last found equal')
        self.on_both('ALTER TABLE a ADD w INT', 'DROP TABLE b')
        answer = self.compare()
        self.assertEqual(self.read(answer), {'a': 'all', 'c': 'none'})
        self.assertIn('a statement that changes structures names it', answer.table('a')['why'])
        self.on_source('TRUNCATE c')
        self.assertEqual(self.read(self.compare())['c'], 'all')

    @like_pairs
    def test_a_scope_of_its_own(self):
        self.agree()
        answer = self.compare('--tables', 'a')
        self.assertEqual(answer.json['changes_from'], 'scan')
        self.assertIn('no earlier run of this scope', answer.err)
        self.assertEqual(len(self.agreements()), 2)
        self.assertEqual(self.read(self.compare('--tables', 'a')), {'a': 'none'})

    @like_pairs
    def test_engines_without_transactions_are_read(self):
        self.on_both('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM')
        self.on_both('INSERT INTO a VALUES (8,8)')
        self.compare(how=None)
        answer = self.compare()
        self.assertEqual(self.read(answer), {'a': 'none', 'b': 'none', 'm': 'all'})
        self.assertEqual(answer.table('m')['why'], 'its engine has no transactions')

    @like_pairs
    def test_auto_reads_all_rows_every_so_often(self):
        self.agree()
        time.sleep(2.1)
        answer = self.compare('--scan-every', '1s', how='auto')
        self.assertEqual(answer.json['changes_from'], 'scan')
        self.assertIn('the last comparison of all rows is older than --scan-every', answer.err)
        self.assertEqual(self.compare('--scan-every', '1w', how='auto').json['changes_from'], 'binlog')
        self.expect_error(self.dbsync('verify', *self.urls(), '--scan-every', 'soon'), 2, '--scan-every `soon`', 'is not a time: give a number and s, m, h, d or w')

    @like_pairs
    def test_agreed_shows_and_forgets(self):
        self.assertIn('no run has kept where the logs were', self.dbsync('agreed', '--state-dir', 'state').out)
        self.agree()
        shown = json.loads(self.dbsync('agreed', 'show', '--json', '--state-dir', 'state').out)
        self.assertEqual([(entry['tables'], self.db in entry['scope']) for entry in shown['agreements']], [(2, True)])
        text = self.dbsync('agreed', '--state-dir', 'state').out
        self.assertIn(f"  source: {shown['agreements'][0]['source']}\n", text)
        self.assertIn('1 forgotten: the next comparison reads all rows', self.dbsync('agreed', 'forget', '--state-dir', 'state').out)
        self.expect_scan('no earlier run of this scope')
        self.expect_error(self.dbsync('agreed', 'lose'), 2, 'takes show or forget')


class Reasons(ByLogTest):
    """For each of them all rows are read, and what differs is found."""

    def differ(self, place, statement='UPDATE a SET v=77 WHERE id=1', **settings):
        with place.session(self.db) as session:
            for name, value in settings.items():
                session.run(f'SET SESSION {name}={value}')
            session.run(statement)

    @like_pairs
    def test_hc_202_a_log_that_was_reset(self):
        for side in (0, 1):
            with self.subTest(side=side):
                self.agree()
                time.sleep(1.1)         # births are told by the second
                self.reset_log(self.places[side])
                self.differ(self.places[side])
                self.expect_scan(('source', 'target')[side], code=1)
                self.differ(self.places[side], 'UPDATE a SET v=1 WHERE id=1')

    @like_pairs
    def test_hc_207_a_session_of_another_format(self):
        self.agree()
        self.differ(self.source, binlog_format="'STATEMENT'")
        self.expect_scan('source: a session that does not log rows', code=1)

    @like_pairs
    def test_hc_207_whatever_its_default_database_is(self):
        self.agree()
        with self.source.session('mysql') as session:
            session.run("SET SESSION binlog_format='STATEMENT'")
            session.run(f'UPDATE {self.db}.a SET v=77 WHERE id=1')
        self.expect_scan('source: a session that does not log rows', code=1)

    @like_pairs
    def test_transactions_without_an_id(self):
        """MySQL leaves files out that have none of the transactions that are wanted."""
        if self.source.family != 'mysql':
            self.skipTest('each transaction of MariaDB has an id')
        self.agree()
        modes = ('ON_PERMISSIVE', 'OFF_PERMISSIVE')
        self.addCleanup(self.source.sql, "SET GLOBAL gtid_mode='ON_PERMISSIVE'", "SET GLOBAL gtid_mode='ON'")
        self.source.sql('SET GLOBAL enforce_gtid_consistency=ON', *(f"SET GLOBAL gtid_mode='{mode}'" for mode in modes))
        self.differ(self.source)
        self.source.sql(*(f"SET GLOBAL gtid_mode='{mode}'" for mode in (modes[0], 'ON')))
        answer = self.compare(code=1)
        self.assertEqual(answer.counts('a'), (0, 1, 0))

    @like_pairs
    def test_one_that_was_a_replica(self):
        """What it applied it has not logged; whether it is one now does not matter."""
        if self.target.family != 'mariadb':
            self.skipTest('others log what they apply')
        self.agree()
        self.addCleanup(self.target.sql, "SET GLOBAL gtid_slave_pos=''")
        self.target.sql("SET GLOBAL gtid_slave_pos='7-4711-1'")
        self.differ(self.target, sql_log_bin=0)
        self.expect_scan('target: it has been a replica, and does not log what it applies', code=1)

    @like_pairs
    def test_conditions_may_mean_other_rows_later(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, at DATETIME, v INT)')
        for side, value in ((self.source, 1), (self.target, 2)):
            self.session(side).run(f'INSERT INTO t VALUES (1, NOW() - INTERVAL 1 DAY, 1), (2, NOW() + INTERVAL 2 SECOND, {value})')
        where = ('--where', 't:at < NOW()')
        self.compare(*where, how=None)
        time.sleep(3)
        answer = self.compare(*where, code=1)
        self.assertEqual((answer.table('t')['why'], self.read(answer)['a']), ('--where', 'none'))

    @like_pairs
    def test_names_in_comments_with_a_version(self):
        self.agree()
        self.differ(self.source, 'TRUNCATE /*!50000a*/')
        self.assertEqual(self.compare(code=1).counts('a'), (0, 0, 2))

    @like_pairs
    def test_hc_219_purged(self):
        self.agree()
        self.differ(self.target)
        self.target.sql('FLUSH BINARY LOGS')
        # a file that somebody reads is kept
        until(30, lambda: self.target.sql('PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY', 'SHOW BINARY LOGS')[1:] == [], 'the log is purged')
        self.expect_scan('target:', code=1)

    @like_pairs
    def test_hc_220_another_server(self):
        if self.source.family != 'mariadb':
            self.skipTest('an id of MySQL cannot be changed while it runs')
        self.agree()
        self.addCleanup(self.source.sql, f'SET GLOBAL server_id={self.source.port}')
        self.source.sql('SET GLOBAL server_id=4711')
        self.differ(self.source)
        self.expect_scan('source: it is server 4711, and was', code=1)

    @like_pairs
    def test_a_damaged_file(self):
        self.agree()
        path = os.path.join(self.program.folder, 'state', 'agreements', *self.agreements())
        with open(path, encoding='utf-8') as file:
            text = file.read()
        for damaged in ('', 'x', text[:-5], text.replace('"rows":2', '"rows":3'), text.replace('"format":1', '"format":9')):
            with self.subTest(damaged=damaged[:20]):
                with open(path, 'w', encoding='utf-8') as file:
                    file.write(damaged)
                self.expect_scan('is damaged, or of another version')
        self.assertEqual(self.compare().json['changes_from'], 'binlog', 'it was replaced')

    @like_pairs
    def test_unseen_by_construction(self):
        """sql_log_bin=0: not seen until all rows are read, and that is what is said."""
        self.agree()
        self.differ(self.target, sql_log_bin=0)
        answer = self.compare()
        self.assertEqual(self.read(answer), {'a': 'none', 'b': 'none'})
        self.assertEqual(self.compare(how=None, code=1).counts('a'), (0, 1, 0))

    @like_pairs
    def test_what_dbsync_itself_did_not_log(self):
        self.agree()
        self.differ(self.source)
        self.compare('--yes', '--binlog', 'off', command='incremental', how='scan')
        self.differ(self.source, 'UPDATE a SET v=1 WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual(answer.counts('a'), (0, 1, 0))

    @like_pairs
    def test_what_a_trigger_did_then_neither(self):
        self.agree()
        self.on_target('CREATE TRIGGER tr AFTER UPDATE ON a FOR EACH ROW UPDATE b SET v=99 WHERE id=NEW.id')
        self.differ(self.source)
        self.compare('--yes', '--binlog', 'off', '--allow', 'triggers', command='incremental', how='scan')
        self.assertEqual(self.agreements(), {})
        self.assertEqual(self.compare(code=1).counts('b'), (0, 1, 0))

    @like_pairs
    def test_who_compared_while_it_wrote_keeps_nothing(self):
        """What he has seen may be from before, and no log says that it changed."""
        self.agree()
        self.differ(self.source)
        with self.target.session(self.db) as holder:
            holder.run('BEGIN')
            holder.run('SELECT * FROM a WHERE id=1 FOR UPDATE')
            running = self.program.start('incremental', *self.urls(), '--yes', '--binlog', 'off', '--state-dir', 'state')
            until(20, lambda: self.target.sql("SELECT 1 FROM information_schema.processlist WHERE info LIKE '%`a`%' AND command <> 'Sleep' "
                                              "AND id <> CONNECTION_ID()"), 'it waits for the row')
            # equal, of the other table
            other = self.program.start('verify', *self.urls(), '--tables', 'b', '--state-dir', 'state')
            self.expect_exit(other.wait(30), 0)
            self.assertEqual(self.agreements(), {})
            holder.run('ROLLBACK')
        self.expect_exit(running.wait(60), 0)
        self.assertEqual(self.agreements(), {})


class Prepared(ByLogTest):
    """HC-223: a source of its own for each test, as a comparison of all rows keeps no place of MariaDB once it has committed an XA transaction."""

    numbers = itertools.count()

    def role(self, side):
        return super().role(side) + (f'-xa{next(self.numbers)}' if side == 0 else '')

    def prepare(self, xid, key, end=None):
        """A session that prepares; who ends it (end) is the same, as others do not know it until that has gone."""
        with self.source.session(self.db) as session:
            for statement in (f"XA START '{xid}'", f'INSERT INTO a VALUES ({key},1)', f"XA END '{xid}'", f"XA PREPARE '{xid}'"):
                session.run(statement)
            if end:
                session.run(f"XA {end} '{xid}'")

    @like_pairs
    def test_hc_223_prepared_across_runs(self):
        # the one that is committed is the last: see above
        for end, found in (('ROLLBACK', (0, 0, 0)), ('COMMIT', (1, 0, 0))):
            with self.subTest(end=end):
                self.agree()
                self.prepare('x', 50)
                for _ in range(2):
                    self.assertEqual(self.compare().json['changes_from'], 'binlog')
                self.source.sql(f"XA {end} 'x'")
                answer = self.compare(code=1 if any(found) else 0)
                self.assertEqual(answer.counts('a'), found)

    @like_pairs
    def test_hc_223_prepared_before_the_first_comparison(self):
        self.prepare('y', 51)
        self.on_both('UPDATE b SET v=v+1')
        self.agree()
        self.source.sql("XA COMMIT 'y'")
        self.assertEqual(self.compare(code=1).counts('a'), (1, 0, 0))

    @like_pairs
    def test_hc_223_commits_do_not_end_it(self):
        """MariaDB logs them before they are seen: the place is then taken while commits are held back."""
        self.agree()
        for key in (60, 61):
            self.prepare('z', key, end='COMMIT')
            self.assertEqual(self.compare(code=1).counts('a'), (1, 0, 0))
            self.compare('--yes', command='incremental')
            self.assertEqual(self.found['changes_from'], 'binlog')
        self.assertEqual(self.read(self.compare()), {'a': 'keys', 'b': 'none'}, 'what it wrote itself')
        self.assertEqual(self.read(self.compare()), {'a': 'none', 'b': 'none'})

    @like_pairs
    @only_with('mariadb', 'the others know it by their ids of transactions')
    def test_hc_223_commits_that_may_not_be_held_back(self):
        self.agree()
        self.source.sql("CREATE USER IF NOT EXISTS poor@'%' IDENTIFIED BY 'poor'", f"GRANT SELECT ON {self.db}.* TO poor@'%'",
                        "GRANT REPLICATION SLAVE, BINLOG MONITOR, SLAVE MONITOR ON *.* TO poor@'%'")
        self.addCleanup(self.source.sql, "DROP USER poor@'%'")
        self.prepare('z', 60, end='ROLLBACK')
        verify = ('verify', self.source.url(self.db, user='poor', password='poor'), self.target.url(self.db), '--json', '--data-only', '--state-dir', 'other',
                  '--changes-from', 'binlog')
        self.assertNotIn('is not kept', self.dbsync(*verify).err)
        self.prepare('z', 60, end='COMMIT')
        self.source.sql(f'DELETE FROM {self.db}.a WHERE id=60')
        answer = self.dbsync(*verify)
        self.expect_exit(answer, 0)
        self.assertIn('is not kept: source: there were XA transactions, which are logged before they are seen, and commits could not be held back for a moment (RELOAD; not while one is prepared)',
                      answer.err)

    @like_pairs
    @only_with('mariadb', 'a view of the others may have more than its place')
    def test_hc_223_while_others_commit(self):
        self.agree()
        over, trouble = threading.Event(), []

        def write(first):
            with self.source.session(self.db) as session:
                for key in range(first, 10**9, 4):
                    for statement in (f"XA START 'w{key}'", f'INSERT INTO a VALUES ({key},1)', f"XA END 'w{key}'", f"XA PREPARE 'w{key}'", f"XA COMMIT 'w{key}'"):
                        try:
                            session.run(statement)
                        except AssertionError as problem:
                            trouble.append(str(problem))
                            return
                    if over.is_set():
                        return

        writers = [threading.Thread(target=write, args=(100 + number,)) for number in range(4)]
        for writer in writers:
            writer.start()
        ways = set()
        try:
            for _ in range(10):
                answer = self.dbsync('incremental', *self.urls(), '--yes', '--json', '--state-dir', 'state', '--changes-from', 'binlog', limit=60)
                ways.add(json.loads(answer.out)['changes_from'])
        finally:
            over.set()
            for writer in writers:
                writer.join()
            for row in self.source.sql('XA RECOVER'):
                self.source.sql(f"XA ROLLBACK '{row[3]}'")
        self.assertEqual(trouble, [])
        there, kept = ({row[0] for row in place.sql(f'SELECT id FROM {self.db}.a')} for place in self.places)
        answer = self.compare(code=1 if there != kept else 0)
        self.assertEqual(answer.counts('a'), (len(there - kept), 0, len(kept - there)))
        self.assertIn('binlog', ways | {answer.json['changes_from']})
