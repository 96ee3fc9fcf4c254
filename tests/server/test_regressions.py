"""Errors that were found once and are mended: each has a test that it stays away.

Most of them called something equal that was not, or did not end.
"""
import concurrent.futures
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time
from contextlib import contextmanager, suppress

from harness import (Expect, Running, children, faults_path, only_with, program_path, registry)
from test_sources_of_trouble import TroubleTest

BOTH = (('stream', 1), ('server', 1))
SANITIZER_FOUND = 99     # the sanitizers' own exit status, 1, would be "different"


def numbers(rows):
    """A derived table with the numbers 0 ... rows - 1 in its column n."""
    digits = ' UNION ALL '.join(f'SELECT {digit} AS d' for digit in range(10))
    places = range(len(str(rows - 1)))
    value = ' + '.join(f'p{place}.d * {10 ** place}' for place in places)
    tables = ', '.join(f'({digits}) AS p{place}' for place in places)
    return f'(SELECT {value} AS n FROM {tables} WHERE {value} < {rows}) AS numbers'


class RegressionTest(TroubleTest):
    once = True

    def fill(self, rows, statement, *then):
        """INSERT ... SELECT of that many rows on both sides; {numbers} is where column n comes from."""
        self.on_both(statement.format(numbers=numbers(rows)), *then)

    def dev(self, fault, *options, source=None, target=None, limit=60, sql=None):
        """verify by a build that stumbles at a fault point."""
        ours = self.urls()
        env = self.program.environment({'DBSYNC_FAULT': fault, **({'DBSYNC_FAULT_SQL': sql} if sql else {})})
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS'):
            env[name] = ':'.join(filter(None, [env.get(name), f'exitcode={SANITIZER_FOUND}']))
        words = [faults_path(), 'verify', source or ours[0], target or ours[1], '--json', *map(str, options)]
        return Running(words, env, self.program.folder).wait(limit)

    def reserve(self, name=None):
        """A server without a binary log that no other test uses meanwhile."""
        place = self.server(name or self.source.name, 'reserved', options=('--skip-log-bin',))
        lock = open(registry() / 'reserved.lock', 'w', encoding='ascii')
        self.addCleanup(lock.close)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return place

    @staticmethod
    def queries(place, words):
        """The ids of the sessions whose statement has these words in it."""
        return [row[0] for row in place.sql('SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID() '
                                            f"AND LOCATE('{words}', info)")]

    def end_queries(self, place, words):
        for number in self.queries(place, words):
            with suppress(AssertionError):      # it has just ended by itself
                place.sql(f'KILL {number}')

    def expect_incomplete(self, answer, name, *words):
        self.expect_exit(answer, 6)
        self.assertEqual(answer.verdict, 'incomplete', str(answer))
        self.assertEqual(answer.table(name)['verdict'], 'incomplete', str(answer))
        for word in words:
            self.assertIn(word, answer.table(name)['skipped'], str(answer))

    def expect_unreadable(self, answer, name):
        """Without a verdict, because a value was not to be had."""
        self.expect_incomplete(answer, name, 'max_allowed_packet')

    def check_ways(self, *options, **expected):
        """As check(), and each of the two digests was really used."""
        for way, answer in zip(BOTH, self.check(*options, modes=BOTH, **expected)):
            for name in expected:
                self.assertEqual(answer.table(name)['digest'], way[0], str(answer))


class FalseEquals(RegressionTest):
    def test_ignored_key_column_still_keeps_equal_rows_apart(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v CHAR(1))')
        self.insert('t', ('id', 'v'), [(1, "'a'"), (2, "'a'"), (3, "'b'")], target=False)
        self.insert('t', ('id', 'v'), [(1, "'c'"), (2, "'c'"), (3, "'b'")], source=False)
        for digest, parallel in BOTH:
            answer = self.expect_exit(self.verify('--ignore-columns', 't.id', '--digest', digest, '-p', parallel), 1)
            self.assertEqual(answer.counts('t'), (0, 2, 0), str(answer))

    def large(self, place, *columns, letters='xy', text="CONCAT(REPEAT('a', 2000000), '{letter}')"):
        """Values that differ in their last letter at most, on a server whose packets cannot hold them."""
        databases = self.new_database(place), self.new_database(place)
        place.sql('SET GLOBAL max_allowed_packet=67108864')
        for database, letter, column in zip(databases, letters, columns):
            place.sql(f'CREATE TABLE t (id INT PRIMARY KEY, v {column})',
                      f"INSERT INTO t VALUES (1, {text.format(letter=letter)}), (2, '[]')", database=database)
        self.addCleanup(place.sql, 'SET GLOBAL max_allowed_packet=67108864')
        place.sql('SET GLOBAL max_allowed_packet=1048576')
        return [place.url(database) for database in databases]

    def check_unreadable(self, place, *columns, **text):
        """No verdict, be they equal or not; and what the target has is not overwritten with nothing."""
        for letters in ('xy', 'xx'):
            urls = dict(zip(('source', 'target'), self.large(place, *columns, letters=letters, **text)))
            for digest, _ in BOTH:
                self.expect_unreadable(self.verify('--digest', digest, **urls), 't')
                self.expect_exit(self.dbsync('incremental', *urls.values(), '--yes', '--data-only', '--digest', digest), 6)
            database = urls['target'].rsplit('/', 1)[1]
            self.assertEqual(place.sql('SELECT id, v IS NULL FROM t ORDER BY id', database=database), [('1', '0'), ('2', '0')])

    def test_text_larger_than_the_packet_is_compared_by_its_hash(self):
        # No server needs a packet to make a hash of a value as it is stored.
        place = self.reserve()
        for letters, code, update in (('xy', 1, 1), ('xx', 0, 0)):
            source, target = self.large(place, 'LONGTEXT', 'LONGTEXT', letters=letters)
            for digest, _ in BOTH:
                answer = self.expect_exit(self.verify('--digest', digest, source=source, target=target), code)
                self.assertEqual(answer.counts('t'), (0, update, 0), str(answer))

    def test_text_to_convert_larger_than_the_packet_is_never_equal_unseen(self):
        self.check_unreadable(self.reserve(), 'LONGTEXT CHARACTER SET latin1', 'LONGTEXT CHARACTER SET cp1251')

    def test_json_of_mysql_larger_than_the_packet_is_never_equal_unseen(self):
        self.check_unreadable(self.reserve('mysql-9'), 'JSON', 'JSON',
                              text="CONCAT('[\"', REPEAT('a', 2000000), '{letter}\"]')")

    def test_json_larger_than_the_packet_is_no_empty_text_of_the_other_side(self):
        """MySQL gives an empty text in its place, which MariaDB would hold."""
        parsed = self.large(self.reserve('mysql-9'), 'JSON', 'JSON', text="CONCAT('[\"', REPEAT('a', 2000000), '{letter}\"]')")[0]
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)')
        for kept in ('[1]', ''):
            self.on_target(f"REPLACE INTO t VALUES (1, '{kept}'), (2, '[]')")
            urls = parsed, self.target.url(self.db)
            for source, target in (urls, urls[::-1]):
                self.expect_unreadable(self.verify(source=source, target=target), 't')
            self.expect_exit(self.dbsync('incremental', *urls, '--yes', '--data-only'), 6)
            self.expect_error(self.dbsync('full-sync', *urls, '--yes'), 6, 'max_allowed_packet')
            self.assertEqual(self.on_target('SELECT v FROM t ORDER BY id'), [(kept,), ('[]',)])

    def test_row_that_cannot_be_digested_is_equal_to_nothing(self):
        # In utf8mb4 each value has three times its bytes, and all of them together are no packet of these servers.
        self.source, self.target = (self.server(place.name, f'packet-{place.role}', options=('--max-allowed-packet=1M',))
                                    for place in (self.source, self.target))
        self.db = self.new_database()
        for place, charset, byte, k in ((self.source, 'latin1', '80', 1), (self.target, 'cp1251', '88', 2)):
            columns = ', '.join(f'v{n} TEXT CHARACTER SET {charset}' for n in range(1, 7))
            values = ', '.join([f"REPEAT(X'{byte}', 65000)"] * 6)
            place.sql(f'CREATE TABLE q (id INT PRIMARY KEY, k INT, {columns})', f'INSERT INTO q VALUES (1, {k}, {values})',
                      database=self.db)
        answer = self.expect_exit(self.verify('--digest', 'server'), 1)
        self.assertEqual(answer.counts('q'), (0, 1, 0), f'k differs\n{answer}')
        self.on_target('UPDATE q SET k=1')
        answer = self.verify('--digest', 'server')
        self.assertEqual(answer.counts('q'), (0, 0, 0), f'the values mean the same\n{answer}')

    def test_conversion_that_loses_is_not_compared_after_the_loss(self):
        # 0x98 is no character of cp1251, and becomes a question mark in every conversion.
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET cp1251)',
                       "INSERT INTO t VALUES (1, X'98'), (2, 'a')")
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET utf8mb4)',
                       "INSERT INTO t VALUES (1, '?'), (2, 'a')")
        self.assertEqual(self.on_source('SELECT HEX(v) FROM t WHERE id=1'), [('98',)])
        self.check_ways(t=Expect.of('id', update=[1]))

    def test_recheck_keeps_a_row_whose_key_changes_its_case_meanwhile(self):
        self.on_both('CREATE TABLE t (k VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)',
                     "INSERT INTO t VALUES ('aa', 1), ('bb', 2)")
        self.on_target("UPDATE t SET v=9 WHERE k='aa'")
        running = self.start('--recheck', 1, '--recheck-pause', 2.5, '--progress', 'none')
        time.sleep(1.2)
        self.on_source("UPDATE t SET k='AA' WHERE k='aa'")
        answer = self.expect_exit(running.wait(), 1)
        self.assertGreater(answer.seconds, 2.4, f'there was no pause\n{answer}')
        self.assertEqual(answer.counts('t'), (0, 1, 0), str(answer))

    def test_hash_index_is_not_taken_for_an_order(self):
        self.on_both('CREATE TABLE t (id INT NOT NULL, v INT, pad CHAR(250), PRIMARY KEY (id) USING HASH) ENGINE=MEMORY '
                     'CHARACTER SET latin1')
        self.fill(30000, "INSERT INTO t SELECT n * 7919 % 30011, n, 'x' FROM {numbers}")
        for answer in self.check_equal(modes=BOTH):
            self.assertEqual(answer.table('t')['ranges'], 1, f'a range of a hash is a scan of all\n{answer}')
        self.on_target('DELETE FROM t WHERE id=2500', 'UPDATE t SET v=-1 WHERE id IN (17, 4999)')
        self.check(modes=BOTH, t=Expect.of('id', insert=[2500], update=[17, 4999], key='primary'))


class Names(RegressionTest):
    """No table is missed for its name, its columns or the grants on it."""

    def test_table_whose_folded_name_is_taken_is_named(self):
        folding = self.server(self.source.name, 'folding', options=('--lower-case-table-names=1',))
        self.new_database(folding, name=self.db)
        folding.sql('CREATE TABLE abc (id INT PRIMARY KEY)', database=self.db)
        self.on_target('CREATE TABLE abc (id INT PRIMARY KEY)', 'CREATE TABLE Abc (id INT PRIMARY KEY)',
                       'INSERT INTO Abc VALUES (1)')
        there = self.target.url(self.db)
        for urls in ({'source': folding.url(self.db), 'target': there}, {'source': there, 'target': folding.url(self.db)}):
            answer = self.verify(**urls)
            self.expect_exit(answer, 6)
            verdicts = [(name, entry['verdict']) for name, entry in answer.tables.items() if name in ('abc', 'Abc')]
            self.assertEqual(len(verdicts), 2, f'one of the two is not named\n{answer}')
            self.assertNotEqual([verdict for _, verdict in verdicts], ['equal', 'equal'], str(answer))

    def test_columns_that_the_user_may_not_see_make_the_table_incomplete(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'CREATE TABLE good (id INT PRIMARY KEY)',
                     'INSERT INTO t VALUES (1, 1), (2, 2)', 'INSERT INTO good VALUES (1)')
        self.on_target('UPDATE t SET v=9 WHERE id=2')
        name, password = self.user('SELECT (id) ON `{db}`.t', 'SELECT ON `{db}`.good')
        urls = [place.url(self.db, name, password) for place in (self.source, self.target)]
        for digest, _ in BOTH:
            answer = self.verify('--digest', digest, source=urls[0], target=urls[1])
            self.expect_incomplete(answer, 't')
            self.assertEqual(answer.table('good')['verdict'], 'equal', str(answer))
        self.expect_incomplete(self.verify(source=urls[0]), 't')
        self.expect_incomplete(self.verify(target=urls[1]), 't')

    def test_view_with_the_name_of_a_table_is_called_a_view(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        self.on_source('CREATE TABLE sound (id INT PRIMARY KEY)', 'CREATE TABLE broken (id INT PRIMARY KEY)',
                       'INSERT INTO sound VALUES (1)', 'INSERT INTO broken VALUES (1)')
        self.on_target('CREATE TABLE base (id INT)', 'CREATE VIEW sound AS SELECT id FROM t',
                       'CREATE VIEW broken AS SELECT id FROM base', 'DROP TABLE base')
        answer = self.verify()
        for name in ('sound', 'broken'):
            self.expect_incomplete(answer, name, 'view')
        self.assertEqual(answer.table('t')['verdict'], 'equal', str(answer))

    def test_ignored_column_need_not_be_comparable(self):
        self.on_source('CREATE TABLE m (id INT PRIMARY KEY, c INT, v INT)', 'INSERT INTO m VALUES (1, 1, 1), (2, 2, 2)')
        self.on_target('CREATE TABLE m (id INT PRIMARY KEY, c VARCHAR(9), v INT)',
                       "INSERT INTO m VALUES (1, 'one', 1), (2, 'two', 2)")
        for digest, _ in BOTH:
            answer = self.verify('--ignore-columns', 'm.c', '--digest', digest)
            self.expect_answer(answer, {})
            self.assertEqual(answer.table('m')['ignored_columns'], ['c'], str(answer))
        self.on_target('UPDATE m SET v=9 WHERE id=2')
        self.check('--ignore-columns', 'm.c', modes=BOTH, m=Expect.of('id', update=[2]))

    def test_table_without_a_column_to_compare_gets_a_verdict(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2), (3)')
        for digest, _ in BOTH:
            self.expect_answer(self.verify('--ignore-columns', 't.id', '--digest', digest), {})
        self.on_source('CREATE TABLE apart (a INT)', 'INSERT INTO apart VALUES (1), (2)')
        self.on_target('CREATE TABLE apart (b INT)', 'INSERT INTO apart VALUES (1), (2)', 'DELETE FROM t WHERE id=2')
        for digest, _ in BOTH:
            answer = self.verify('--ignore-columns', 't.id', '--digest', digest)
            self.assertEqual(answer.counts('t'), (1, 0, 0), str(answer))
            entry = self.expect_exit(answer, 1).table('apart')
            self.assertEqual(entry['verdict'], 'different', str(answer))
            self.assertEqual([column['name'] for column in entry['differing_columns']], ['a', 'b'], str(answer))

    def test_databases_whose_names_differ_in_case_only_can_be_compared(self):
        upper, lower = (self.new_database(self.source, name=f'{self.db}_{name}') for name in ('Shop', 'shop'))
        for database in (upper, lower):
            self.source.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)', database=database)
        urls = {'source': self.source.url(upper), 'target': self.source.url(lower)}
        self.expect_answer(self.verify(**urls), {})
        self.source.sql('DELETE FROM t WHERE id=2', database=lower)
        self.expect_answer(self.verify('--details', 5, **urls), {'t': Expect.of('id', insert=[2])})

    def test_end_of_a_row_version_is_no_identity(self):
        # The end of a current row is a moment of its own in every version of the server.
        self.source, self.target = self.server('mariadb-10.11', 'source'), self.server('mariadb-11.8', 'target')
        self.db = self.new_database()
        self.on_both('CREATE TABLE t (id INT, v INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START, '
                     'e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e), PRIMARY KEY (id, e)) '
                     'WITH SYSTEM VERSIONING', 'INSERT INTO t (id, v) VALUES (1, 1), (2, 2), (3, 3)')
        self.on_source('UPDATE t SET v=0 WHERE id=3', 'UPDATE t SET v=3 WHERE id=3')
        self.check_equal(modes=BOTH)
        self.on_target('UPDATE t SET v=9 WHERE id=2')
        self.check(modes=BOTH, t=Expect.of('id', update=[2]))


class LostConnections(RegressionTest):
    def test_connection_lost_in_mid_stream_costs_the_label_and_nothing_else(self):
        # More than the sockets hold, for what they hold of a lost connection is still read.
        self.on_both('SET SESSION sql_log_bin=0', 'CREATE TABLE t (id INT PRIMARY KEY, v INT, pad VARCHAR(3000))',
                     'CREATE TABLE source_only LIKE t', 'CREATE TABLE target_only LIKE t')
        self.fill(6000, "INSERT INTO t SELECT n, n, REPEAT('x', 3000) FROM {numbers}")
        self.on_target('UPDATE t SET v=-1 WHERE id=4321', 'INSERT INTO target_only SELECT * FROM t')
        self.on_source('INSERT INTO source_only SELECT * FROM t')
        for place in (self.source, self.target):
            # A server may not notice for a minute that nobody reads any more.
            self.addCleanup(self.end_queries, place, self.db)
        options = 'db.stream:3000:error', '--digest', 'stream', '-p', 1, '--details', 5, '--tables'
        answer = self.dev(*options, 't')
        self.expect_answer(answer, {'t': Expect.of('id', update=[4321])})
        self.assertEqual(sorted(answer.json['consistency'].values()), ['none', 'snapshot'], str(answer))
        # All rows are on one side, so it is that side's stream that is lost.
        answer = self.dev(*options, 'source_only')
        self.expect_answer(answer, {'source_only': Expect(insert=6000)})
        self.assertEqual(answer.json['consistency'], {'source': 'none', 'target': 'snapshot'}, str(answer))
        answer = self.dev(*options, 'target_only')
        self.expect_answer(answer, {'target_only': Expect(delete=6000)})
        self.assertEqual(answer.json['consistency'], {'source': 'snapshot', 'target': 'none'}, str(answer))

    def test_view_that_cannot_be_opened_again_at_once_costs_the_label_too(self):
        self.on_both('SET SESSION sql_log_bin=0', 'CREATE TABLE t (id INT PRIMARY KEY, v INT, pad VARCHAR(3000))')
        self.fill(6000, "INSERT INTO t SELECT n, n, REPEAT('x', 3000) FROM {numbers}")
        self.on_target('DELETE FROM t WHERE id < 5500')
        for place in (self.source, self.target):
            self.addCleanup(self.end_queries, place, self.db)
        # One for each side, and the third in place of that which was lost.
        answer = self.dev('db.stream:3000:error', '--digest', 'stream', '-p', 1, '--tables', 't',
                          sql='3:1205:CONSISTENT SNAPSHOT')
        self.expect_exit(answer, 1)
        self.assertEqual(answer.counts('t'), (5500, 0, 0), str(answer))
        # In the middle of a range or when the next one is begun: that depends on what the sockets held.
        self.assertIn('fault (1205); reading the range again', answer.err, str(answer))
        self.assertEqual(answer.json['consistency'], {'source': 'none', 'target': 'snapshot'}, str(answer))

    @only_with('mariadb', 'MySQL has no collation utf8mb4_nopad_bin')
    def test_plan_that_fails_half_way_is_an_error_and_no_crash(self):
        self.on_both('CREATE TABLE t (k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin PRIMARY KEY, v INT)')
        self.fill(60000, 'INSERT INTO t SELECT MD5(n), n FROM {numbers}', 'ANALYZE TABLE t')
        answer = self.verify('--digest', 'stream')
        self.expect_answer(answer, {})
        self.assertGreater(answer.table('t')['ranges'], 1, f'nothing was planned\n{answer}')

        def stumble(nth):
            return nth, self.dev(f'db.query:{nth}:error+', '--retries', 1, '-p', 1)
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            for nth, answer in pool.map(stumble, range(15, 41)):
                self.assertEqual(answer.exit, 4, f'at statement {nth}\n{answer}')

    def test_recheck_and_per_table_views_do_not_wait_for_each_other(self):
        place = self.reserve()
        databases = self.new_database(place), self.new_database(place)
        for database in databases:
            with place.session(database) as session:
                for n in range(40):
                    session.run(f'CREATE TABLE t{n} (id INT PRIMARY KEY, v INT)')
                    session.run(f'INSERT INTO t{n} VALUES (1, 1), (2, 2)')
        place.sql('UPDATE t7 SET v=9 WHERE id=2', database=databases[1])
        name, password = self.user(*(f'SELECT ON `{database}`.*' for database in databases), places=[place])
        answer = self.verify('--recheck', 1, '--recheck-pause', 0.2, '-p', 2, '--details', 5, limit=30,
                             source=place.url(databases[0], name, password),
                             target=place.url(databases[1], name, password))
        self.expect_answer(answer, {'t7': Expect.of('id', update=[2])})
        self.assertEqual(answer.json['consistency'], {'source': 'renewed', 'target': 'renewed'}, str(answer))
        self.assertEqual([moment['consistency'] for moment in answer.json['moments']], ['per-table'] * 4, str(answer))


class Endings(RegressionTest):
    def test_interrupt_ends_a_run_whose_server_hangs(self):
        place = self.reserve()
        databases = self.new_database(place), self.new_database(place)
        for database in databases:
            place.sql(*(statement for n in range(4) for statement in
                        (f'CREATE TABLE t{n} (id INT PRIMARY KEY, pad TEXT)',
                         f"INSERT INTO t{n} SELECT n, REPEAT('x', 7000) FROM {numbers(500)}", f'ANALYZE TABLE t{n}')),
                      database=database)
        running = self.start('-p', 4, *(word for n in range(4) for word in ('--where', f't{n}:SLEEP(0.05) = 0')),
                             '--digest', 'stream', source=place.url(databases[0]), target=place.url(databases[1]))
        self.addCleanup(running.kill)
        self.addCleanup(self.end_queries, place, 'SLEEP(0.05)')
        self.within(15, lambda: len(self.queries(place, 'SLEEP(0.05)')) > 3, 'the servers are asked for rows')
        self.addCleanup(os.kill, place.pid, signal.SIGCONT)
        os.kill(place.pid, signal.SIGSTOP)
        time.sleep(0.2)
        began = time.monotonic()
        running.signal(signal.SIGINT)
        answer = self.expect_exit(running.wait(20), 7)
        self.assertLess(time.monotonic() - began, 2.5, str(answer))

    @contextmanager
    def terminal(self):
        ends = pty.openpty()
        try:
            yield ends
        finally:
            for end in ends:
                os.close(end)

    def test_interrupt_at_the_prompt_gives_the_echo_back(self):
        def echoes():
            return bool(termios.tcgetattr(slave)[3] & termios.ECHO)

        def prompted():
            while select.select([master], [], [], 0)[0]:
                shown.append(os.read(master, 4096))
            return b'Password' in b''.join(shown) and not echoes()

        shown = []
        with self.terminal() as (master, slave):
            self.assertTrue(echoes())
            process = subprocess.Popen(
                [program_path(), 'verify', f'mysql://dbsync@127.0.0.1:{self.source.port}/{self.db}', self.urls()[1]],
                stdin=slave, stdout=subprocess.DEVNULL, stderr=slave, cwd=self.program.folder,
                env=self.program.environment(), start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
            children.add(process)
            try:
                self.within(10, prompted, 'a password is asked for, without an echo')
                os.write(master, b'half-a-secret\x03')
                status = process.wait(10)
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                children.discard(process)
            prompted()
            self.assertEqual(status, 7, b''.join(shown))
            self.assertTrue(echoes(), 'the terminal is left without its echo')
            self.assertNotIn(b'half-a-secret', b''.join(shown))

    SECRETS = ('s3cr3t-w0rd', 'fir3t:s3cond@th1rd', '%73ecr%65t-z', "wh1ch's/s3cret?x=1")

    def expect_no_secret(self, *uses):
        """Runs each use with a URL in the place of {url}; none may show its password, nor a part of it.

        It is where it should not be, which is 2; but a pattern (* or ?) of what is to be left out may fit nothing.
        """
        source, target = self.urls()
        leaks = []
        for secret in self.SECRETS:
            url = f'mysql://app:{secret}@db.example:3306/shop'
            runs = [[word.format(url=url, source=source, target=target) for word in use] for use in uses]
            exits = [0 if re.match(r'--exclude-tables[ =].*[*?]', ' '.join(words[3:])) else 2 for words in runs]
            with concurrent.futures.ThreadPoolExecutor(3) as pool:
                for answer, exit_code in zip(pool.map(lambda words: self.dbsync(*words), runs), exits):
                    self.expect_exit(answer, exit_code)
                    leaks += [f'{part!r} of {answer}' for part in re.split('[:@/]', secret) if part in answer.text]
        self.assertEqual(leaks, [], '\n'.join(leaks))

    def test_password_of_a_misplaced_url_is_never_shown(self):
        options = ('--parallel', '--digest', '--tables', '--exclude-tables', '--ignore-columns', '--where', '--recheck',
                   '--progress', '--net-timeout', '--unknown')
        self.expect_no_secret(
            ('{url}',), ('{url}', '{url}'), ('help', '{url}'), ('--{url}',), ('verify', '{url}'),
            ('verify', '{source}', '{target}', '{url}'),
            *(('verify', '{source}', '{target}', *words) for option in options
              for words in ((option, '{url}'), (option + '={url}',), (option, '{url}', '--json'),
                                                (option, '{url}*', '--json'), (option, '{url}*', '-v'))))

    def test_password_of_a_url_among_the_databases_is_never_shown(self):
        self.expect_no_secret(*(('verify', '{source}', '{target}', '--databases', *words)
                                for words in (['{url}'], ['{url}', '--json'], ['shop,{url}'], ['{url}:shop'])))


class Shapes(RegressionTest):
    """Tables whose shape made a run fail, or take for ever."""

    def test_floats_that_six_digits_cannot_tell_apart_are_cut(self):
        self.on_both('CREATE TABLE t (f FLOAT NOT NULL, id INT NOT NULL, v INT, pad CHAR(200) NOT NULL, '
                     'PRIMARY KEY (f, id))')
        self.fill(13000, "INSERT INTO t SELECT IF(n % 2, 1.2345649, 1.2345651), n, n, REPEAT('x', 200) FROM {numbers}",
                  'ANALYZE TABLE t')
        self.assertEqual(self.on_source('SELECT COUNT(DISTINCT f) FROM t'), [('2',)])
        self.on_target('UPDATE t SET v=-1 WHERE id=7777')
        answer = self.expect_exit(self.verify('--digest', 'server', limit=30), 1)
        self.assertEqual(answer.counts('t'), (0, 1, 0), str(answer))

    def test_tables_without_a_key_need_few_files(self):
        # So many rows that their hashes do not stay in memory.
        self.on_both('SET SESSION sql_log_bin=0', 'CREATE TABLE a (x INT, y INT)', 'CREATE TABLE b (x INT, y INT)')
        self.fill(600000, 'INSERT INTO a SELECT n, n % 7 FROM {numbers}', 'INSERT INTO b SELECT y, x FROM a')
        self.on_target('UPDATE a SET y=-1 WHERE x=77777', 'DELETE FROM b WHERE y=222222', 'INSERT INTO b VALUES (1, 1)')
        words = ['/bin/sh', '-c', 'ulimit -n 256 && exec "$@"', 'sh', program_path(), 'verify', *self.urls(), '--json',
                 '--digest', 'stream', '-p', '2']
        answer = Running(words, self.program.environment(), self.program.folder).wait(60)
        self.expect_answer(answer, {name: Expect(insert=1, delete=1, key='rows') for name in ('a', 'b')})

    def test_digests_of_wide_rows_fit_into_a_packet(self):
        self.source, self.target = (self.server(place.name, f'packet-{place.role}', options=('--max-allowed-packet=1M',))
                                    for place in (self.source, self.target))
        self.db = self.new_database()
        columns = [f'c{n}' for n in range(900)]
        self.on_both('SET SESSION sql_log_bin=0',
                     f"CREATE TABLE t (id INT PRIMARY KEY, {', '.join(f'{column} INT' for column in columns)})")
        self.fill(5000, f"INSERT INTO t SELECT n, {', '.join(['n'] * 900)} FROM {{numbers}}", 'ANALYZE TABLE t')
        self.on_target('UPDATE t SET c450=-1 WHERE id=2500')
        answer = self.expect_exit(self.verify('--digest', 'server', '--details', 5), 1)
        self.expect_answer(answer, {'t': Expect.of('id', update=[2500])})

    def test_enum_in_front_of_the_key_costs_no_scan_for_each_range(self):
        place = self.reserve()
        databases = self.new_database(place), self.new_database(place)
        for database in databases:
            place.sql("CREATE TABLE t (kind ENUM('new', 'paid', 'sent') NOT NULL, id INT NOT NULL, v CHAR(200), "
                      'PRIMARY KEY (kind, id))', "INSERT INTO t SELECT 'paid', n, REPEAT('x', 200) FROM "
                      + numbers(20000), 'ANALYZE TABLE t', database=database)
        place.sql("UPDATE t SET v='y' WHERE id=12345", database=databases[1])

        def steps():
            return int(place.sql("SHOW GLOBAL STATUS LIKE 'Handler_read_next'")[0][1])
        for digest, _ in BOTH:
            before = steps()
            answer = self.verify('--digest', digest, '-p', 2, limit=20, source=place.url(databases[0]),
                                 target=place.url(databases[1]))
            self.expect_exit(answer, 1)
            # This is the sum of both sides, for they are on one server.
            grown = steps() - before
            self.assertEqual(answer.counts('t'), (0, 1, 0), str(answer))
            self.assertLess(grown, 2 * 5 * 20000, f'{digest}: rows stepped over\n{answer}')
