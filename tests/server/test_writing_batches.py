"""Hard cases HC-074 ... HC-085: statements, batches that are tried again, servers."""
import os
import threading

import pymysql
from harness import only_with
from test_key_space import WIDE
from test_writing import WritingTest, changes

NASTY = ["'", '"', '\\', '\\\\', "\\'", "''", '\0', '*/', '/*', '-- ', '#', '%', '%s', '\n', '\r\n', '`', ';', '\x1a',
         '', ' ', "'; DROP TABLE t; -- ", '\\0', '?', 'é*/', '\U0001f600']


def literal(text):
    return f"_utf8mb4 X'{text.encode().hex()}'" if text else "''"


class Packets(WritingTest):
    def setUp(self):
        super().setUp()
        self.target = self.server(self.target.name, 'packet-target', options=('--max-allowed-packet=1M',))
        self.new_database(self.target, name=self.db)
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB)')

    def blobs(self, *sizes):
        self.insert('t', ('id', 'v'), [(n, f"REPEAT(X'00ff{n:02x}', {size // 3})") for n, size in enumerate(sizes)],
                    target=False)

    def test_hc_074_batches_are_cut_by_what_they_are_as_text(self):
        # Two of these fit as bytes, but not as hexadecimal digits; the last one only just fits alone.
        self.blobs(*[400_000] * 12, 480_000)
        self.on_source('INSERT INTO t VALUES (50, NULL)')
        self.expect_written(self.incremental(), t=(14, 0, 0))
        self.same_rows('t', 'id, LENGTH(v), SHA2(v, 256)', count=14)

    def test_hc_074_row_that_fits_no_packet_is_named_and_not_cut(self):
        self.blobs(10_000, 700_000)
        self.on_target("INSERT INTO t VALUES (1, 'old')")
        answer = self.expect_exit(self.incremental(), 6)
        left_out = answer.plan['left_out']
        self.assertEqual([entry['table'] for entry in left_out], ['t'], str(answer))
        self.assertIn('max_allowed_packet', left_out[0]['reason'], str(answer))
        self.assertEqual([changes(entry) for entry in answer.json['still_different']], [(0, 1, 0)], str(answer))
        self.assertEqual(self.rows(self.target, 't', 'id, LENGTH(v)'), [('0', '9999'), ('1', '3')])

    def test_hc_074_copies_of_a_row_are_as_many_statements_as_they_need(self):
        """All copies of a row stood in one INSERT: 40 of them are four times what a packet holds."""
        self.on_both('CREATE TABLE bag (v LONGTEXT, n INT)', "INSERT INTO bag VALUES (REPEAT('x', 100000), 1), ('y', 3)")
        many = ','.join(["(REPEAT('x', 100000), 1)"] * 9)
        self.on_source(*[f'INSERT INTO bag VALUES {many}'] * 5, "INSERT INTO bag VALUES ('y', 3), ('z', 4)")
        self.expect_written(self.incremental('--allow', 'no-key', '--max-delete-percent', 100), bag=(47, 0, 0))
        self.same_rows('bag', 'LENGTH(v), n', count=49)

    def test_hc_080_empty_binary_values_are_empty(self):
        self.on_both('CREATE TABLE e (id INT PRIMARY KEY, b VARBINARY(9), l BLOB, f BINARY(2), t VARCHAR(9))')
        self.insert('e', ('id', 'b', 'l', 'f', 't'), [(1, "''", "''", "X'0000'", "''"), (2, "X'00'", "X'00'", "''", "X'00'"),
                                                      (3, None, None, None, None)], target=False)
        self.insert('e', ('id', 'b', 'l', 'f', 't'), [(1, "X'00'", "'0x'", "'0x'", "'0x'")], source=False)
        self.expect_written(self.incremental(), e=(2, 1, 0))
        self.assertEqual(self.rows(self.target, 'e', 'HEX(b), HEX(l), HEX(f), HEX(t)', 'id'),
                         [('', '', '0000', ''), ('00', '00', '0000', '00'), (None, None, None, None)])

    def test_hc_081_texts_that_look_like_numbers_are_texts(self):
        self.on_both("CREATE TABLE h (id INT PRIMARY KEY, c CHAR(20), v VARCHAR(20), e ENUM('2', '1', '0x1'))")
        texts = ['0x0000FF', "x'41'", "X'41'", "b'1'", '1e3', 'NULL', '007', '0x']
        self.insert('h', ('id', 'c', 'v', 'e'), [(n, literal(text), literal(text), f"'{('2', '1', '0x1')[n % 3]}'")
                                                 for n, text in enumerate(texts)], target=False)
        self.expect_written(self.incremental(), h=(len(texts), 0, 0))
        self.assertEqual([row[1:] for row in self.rows(self.target, 'h')],
                         [(text, text, ('2', '1', '0x1')[n % 3]) for n, text in enumerate(texts)])


class Quoting(WritingTest):
    def fill(self):
        # Names and a comment that end what they stand in, when they are not quoted well.
        self.on_both("CREATE TABLE `t``a'\"` (`i``d` VARBINARY(64) PRIMARY KEY, `v*/` VARCHAR(64), `b\"'` VARBINARY(64), "
                     "`--  x` INT COMMENT '*/ '';') COMMENT 'a */ b'")
        names = ('`i``d`', '`v*/`', '`b"\'`', '`--  x`')
        self.insert("`t``a'\"`", names, [(literal(text + 'k'), literal(text), literal(text), n)
                                         for n, text in enumerate(NASTY)], target=False)
        self.insert("`t``a'\"`", names, [(literal(text + 'k'), "'old'", None, n)
                                         for n, text in enumerate(NASTY) if n % 2], source=False)
        self.insert("`t``a'\"`", names, [(literal(text + 'gone'), "'old'", None, n)
                                         for n, text in enumerate(NASTY)], source=False)
        return len(NASTY) - len(NASTY) // 2, len(NASTY) // 2, len(NASTY)

    def hexes(self, place):
        return self.session(place).run('SELECT HEX(`i``d`), HEX(`v*/`), HEX(`b"\'`), `--  x` '
                                       "FROM `t``a'\"` ORDER BY `--  x`")

    def expect_nasty(self):
        self.assertEqual(self.hexes(self.target),
                         [((text + 'k').encode().hex().upper(), *[text.encode().hex().upper()] * 2, str(n))
                          for n, text in enumerate(NASTY)])

    def strange_target(self):
        self.target = self.server(self.target.name, 'quoting', options=(
            '--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,HIGH_NOT_PRECEDENCE',))
        self.new_database(self.target, name=self.db)

    def test_hc_079_values_and_names_full_of_quotes(self):
        counts = self.fill()
        self.expect_written(self.incremental(), **{"t`a'\"": counts})
        self.expect_nasty()

    def test_hc_079_server_without_backslash_escapes_and_with_ansi_quotes(self):
        self.strange_target()
        counts = self.fill()
        self.expect_written(self.incremental(), **{"t`a'\"": counts})
        self.expect_nasty()

    def test_hc_079_file_of_statements_means_the_same_to_another_client(self):
        self.strange_target()
        self.fill()
        self.on_both('CREATE TABLE u (a INT AUTO_INCREMENT PRIMARY KEY, b VARCHAR(9))')
        self.on_source("INSERT INTO u VALUES (0, 'zero'), (70, '70')")
        self.expect_exit(self.dry_run('--sql', 'changes.sql', yes=False), 1)
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as file:
            text = file.read()
        self.assertEqual(self.hexes(self.target)[0][1], '6F6C64', 'nothing was written by dry-run')
        link = pymysql.connect(host='127.0.0.1', port=self.target.port, user='dbsync', password='dbsync', database=self.db,
                               charset='utf8mb4', client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS)
        with link, link.cursor() as cursor:
            cursor.execute(text)
            while cursor.nextset():
                pass
        self.expect_nasty()
        self.same_rows('u', count=2)
        self.assertEqual(self.counter(self.target, 'u'), 71)


class Again(WritingTest):
    """Batches that are tried again."""

    def fill(self, extra=''):
        """10 rows to insert, 20 to update, 5 to delete."""
        self.on_both(f'CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT{extra})')
        self.insert('t', ('id', 'v'), [(n, n) for n in range(100)])
        self.insert('t', ('id', 'v'), [(n, n) for n in range(200, 210)], target=False)
        self.insert('t', ('id', 'v'), [(n, n) for n in range(300, 305)], source=False)
        self.on_source('UPDATE t SET v = -1000 - v WHERE id < 20')

    def refill(self):
        self.on_both('DROP TABLE IF EXISTS t')
        self.program.close()
        os.makedirs(self.program.folder)
        self.fill()

    def expect_once(self, answer):
        self.expect_written(answer, t=(10, 20, 5))
        self.assertEqual(answer.result('t')['already'], 0, str(answer))
        self.same_rows('t', count=110)
        return answer

    def test_hc_076_batch_that_lost_a_deadlock_is_written_once_and_counted_once(self):
        for number in (1205, 1213):
            # the delete, the update, the insert after an update that has been done
            for wish in (f'1:{number}:DELETE FROM', f'1:{number}:INSERT INTO', f'2:{number}:INSERT INTO'):
                with self.subTest(wish):
                    self.refill()
                    answer = self.expect_once(self.stumble('-p', 1, sql=wish))
                    self.assertIn('again', answer.err, f'it was not tried again\n{answer}')

    def test_hc_076_commit_that_is_refused_is_tried_with_its_whole_batch(self):
        # The first two are of the comparison, and of READ COMMITTED; then come those of the two batches.
        again = 0
        for nth in range(3, 7):
            with self.subTest(nth):
                self.refill()
                again += 'again' in self.expect_once(self.stumble('-p', 1, sql=f'{nth}:1213:COMMIT')).err
        self.assertGreaterEqual(again, 2)

    def test_hc_076_batch_that_always_loses_leaves_nothing_of_itself(self):
        self.fill()
        answer = self.stumble('-p', 1, '--retries', 1, sql='2+:1213:INSERT INTO')
        self.expect_partly(answer, 't')
        self.assertEqual(changes(answer.result('t')), (0, 0, 5), f'deletes are batches of their own\n{answer}')
        self.assertEqual(self.rows(self.target, 't WHERE id >= 200 OR v < 0'), [], 'half a batch was committed')

    def test_hc_076_lock_of_somebody_else_is_waited_for(self):
        self.fill()
        holder = self.target.session(self.db)
        self.addCleanup(holder.close)
        holder.run('START TRANSACTION')
        holder.run('SELECT * FROM t WHERE id = 7 FOR UPDATE')
        release = threading.Timer(22,      # a session of dbsync waits for 20 s
                                  lambda: holder.run('ROLLBACK'))
        release.start()
        self.addCleanup(release.join)
        # Only the writing waits: the comparison reads a view.
        answer = self.expect_once(self.incremental('-p', 1))
        self.assertIn('again', answer.err, f'the server did not give up waiting\n{answer}')

    def test_hc_077_commit_whose_answer_is_lost_is_not_done_twice(self):
        for nth in (1, 2):      # of the deletes, of the rest
            with self.subTest(nth):
                self.on_both('DROP TABLE IF EXISTS t')
                self.fill()
                answer = self.expect_exit(self.stumble('-p', 1, fault=f'apply.committed:{nth}:error'), 0)
                self.same_rows('t', count=110)
                result = answer.result('t')
                self.assertEqual(sum(changes(result)) + result['already'], 35, str(answer))
                self.assertEqual((result['drifted'], answer.json['verdict']), (0, 'equal'), str(answer))
                self.assertIn('again', answer.err, str(answer))

    def test_hc_077_rows_without_a_key_are_not_doubled(self):
        for nth in (1, 2):
            with self.subTest(nth):
                self.on_both('DROP TABLE IF EXISTS t', 'CREATE TABLE t (a INT, b VARCHAR(9))')
                self.insert('t', ('a', 'b'), [(1, "'x'")] * 3 + [(2, "'y'")] * 4 + [(3, None)] * 2, target=False)
                self.insert('t', ('a', 'b'), [(1, "'x'")] + [(2, "'y'")] * 6 + [(9, "'z'")] * 2, source=False)
                answer = self.expect_exit(self.stumble('-p', 1, '--allow', 'no-key',
                                                       fault=f'apply.committed:{nth}:error'), 0)
                for place in (self.source, self.target):
                    self.assertEqual(self.session(place).run('SELECT a, b, COUNT(*) FROM t GROUP BY a, b ORDER BY a'),
                                     [('1', 'x', '3'), ('2', 'y', '4'), ('3', None, '2')], str(answer))

    def test_hc_077_exchange_of_unique_values_survives_a_lost_connection(self):
        for fault in ('apply.exchange:1:error', 'apply.committed:1:error'):
            with self.subTest(fault):
                self.on_both('DROP TABLE IF EXISTS t', 'CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL UNIQUE)')
                self.insert('t', ('a', 'b'), [(1, 2), (2, 1), (3, 3)], target=False)
                self.insert('t', ('a', 'b'), [(1, 1), (2, 2), (3, 3)], source=False)
                answer = self.expect_exit(self.stumble(fault=fault), 0)
                self.assertEqual(self.rows(self.target, 't'), [('1', '2'), ('2', '1'), ('3', '3')], str(answer))

    def check_lost(self, point):
        for nth in (1, 2):
            with self.subTest(nth):
                self.refill()
                self.expect_once(self.stumble('-p', 1, fault=f'{point}:{nth}:error'))

    @only_with('mariadb', 'the setting at which the connection is lost is one of MariaDB')
    def test_hc_077_connection_lost_while_its_session_is_set_up_is_opened_again(self):
        self.fill()
        self.expect_once(self.stumble('-p', 1, sql='1:2013:check_constraint_checks = 0'))

    def test_hc_077_batch_that_lost_its_connection_at_its_begin_is_written_again(self):
        self.check_lost('apply.begin')

    def test_hc_077_batch_that_lost_its_connection_after_its_deletes_is_written_again(self):
        self.check_lost('apply.deleted')

    def test_hc_077_batch_that_lost_its_connection_before_its_commit_is_written_again(self):
        self.check_lost('apply.written')

    def test_hc_078_many_workers_on_one_secondary_unique_index(self):
        rows = 4000
        self.on_both(f'CREATE TABLE t (a INT NOT NULL PRIMARY KEY, b INT NOT NULL, UNIQUE KEY (b){WIDE})',
                     'CREATE TABLE u LIKE t')
        for table in ('t', 'u'):
            self.insert(table, ('a', 'b'), [(n, n * 1117 % rows) for n in range(rows)], target=False)
            self.insert(table, ('a', 'b'), [(n, n) for n in range(rows)], source=False)
        fixed = sum(n * 1117 % rows == n for n in range(rows))
        answer = self.incremental('-p', 6, limit=120)
        self.expect_written(answer, t=(0, rows - fixed, 0), u=(0, rows - fixed, 0))
        for table in ('t', 'u'):
            self.same_rows(table, 'a, b', count=rows)

    def test_hc_078_deadlock_of_one_worker_leaves_the_others_alone(self):
        rows = 4000
        self.on_both(f'CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT, KEY (v){WIDE})')
        self.insert('t', ('id', 'v'), [(n, n) for n in range(rows)], target=False)
        answer = self.stumble('-p', 4, sql='3:1213:INSERT INTO', limit=120)
        self.expect_written(answer, t=(rows, 0, 0))
        self.same_rows('t', 'id, v', count=rows)

    def test_hc_082_batch_that_could_not_be_rolled_back_is_completed(self):
        # What was written before the connection was lost is still there, and is not written twice.
        for point in ('apply.deleted', 'apply.written'):
            with self.subTest(point):
                self.on_both('DROP TABLE IF EXISTS t')
                self.fill()
                self.on_target('ALTER TABLE t ENGINE=MyISAM')
                answer = self.stumble('-p', 1, '--allow', 'non-transactional', fault=f'{point}:2:error')
                self.expect_exit(answer, 0)
                self.same_rows('t', count=110)
                result = answer.result('t')
                self.assertEqual((sum(changes(result)) + result['already'], result['drifted']), (35, 0), str(answer))


class BinaryLog(WritingTest):
    def logging(self, role, *options):
        self.target = self.server(self.target.name, f'{role}-{os.getpid()}', options=('--log-bin=log', '--server-id=7', *options))
        self.new_database(self.target, name=self.db)

    def events(self):
        status = self.target.sql('SHOW MASTER STATUS' if self.target.family == 'mariadb' else 'SHOW BINARY LOG STATUS')
        name = status[0][0]
        return [(row[2], row[5]) for row in self.target.sql(f"SHOW BINLOG EVENTS IN '{name}'")]

    @only_with('mariadb', 'MySQL 9.7 logs such a row all the same')
    def test_hc_075_row_larger_than_the_transaction_cache_is_told_and_undone(self):
        self.logging('small-cache', '--binlog-cache-size=4096', '--max-binlog-cache-size=65536')
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB)')
        self.insert('t', ('id', 'v'), [(1, "'small'"), (2, "REPEAT('x', 300000)")], target=False)
        self.insert('t', ('id', 'v'), [(2, "'old'"), (3, "'gone'")], source=False)
        answer = self.expect_partly(self.incremental(), 't', 'max_binlog_cache_size')
        self.assertEqual(self.rows(self.target, 't WHERE id = 2'), [('2', 'old')], str(answer))

    def test_hc_075_same_row_passes_without_the_log(self):
        self.logging('small-cache', '--binlog-cache-size=4096', '--max-binlog-cache-size=65536')
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB)')
        self.insert('t', ('id', 'v'), [(2, "REPEAT('x', 300000)")], target=False)
        self.expect_written(self.incremental('--binlog', 'off'), t=(1, 0, 0))
        self.same_rows('t', 'id, SHA2(v, 256)', count=1)

    def two_unique(self):
        self.on_both('CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL UNIQUE, c INT NOT NULL UNIQUE)')
        self.insert('t', ('a', 'b', 'c'), [(1, 2, 3), (2, 3, 1), (3, 1, 2), (4, 4, 4)], target=False)
        self.insert('t', ('a', 'b', 'c'), [(1, 1, 1), (2, 2, 2), (3, 3, 3), (5, 5, 5)], source=False)

    def test_hc_085_nothing_is_logged_when_that_was_asked_for(self):
        self.logging('log-nothing', '--binlog-format=ROW')
        self.two_unique()
        before = len(self.events())
        self.expect_written(self.incremental('--binlog', 'off'), t=(1, 3, 1))
        self.same_rows('t', count=4)
        # other tests may write to other databases of this server
        self.assertEqual([event for event in self.events()[before:] if self.db in event[1]], [])

    def test_hc_085_by_default_everything_is_logged(self):
        self.logging('log-row', '--binlog-format=ROW')
        self.two_unique()
        before = len(self.events())
        self.expect_written(self.incremental(), t=(1, 3, 1))
        self.assertIn('rows', ' '.join(kind for kind, _ in self.events()[before:]).lower())

    @only_with('mariadb', 'MySQL 9 has no other format than ROW')
    def test_hc_085_statements_that_would_be_unsafe_are_logged_as_rows(self):
        self.logging('log-statement', '--binlog-format=STATEMENT')
        self.two_unique()
        before = len(self.events())
        self.expect_written(self.incremental(), t=(1, 3, 1))
        self.same_rows('t', count=4)
        logged = self.events()[before:]
        self.assertIn('rows', ' '.join(kind for kind, _ in logged).lower())
        self.assertEqual([text for kind, text in logged if kind == 'Query' and 'INSERT INTO' in text], [])


class SamePlace(WritingTest):
    def expect_same(self, source, target):
        self.on_source('DROP TABLE IF EXISTS t', 'CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        for command in (self.incremental, self.dry_run):
            answer = self.expect_exit(command(source=source, target=target), 3)
            self.assertIn('same', answer.error['text'], str(answer))
        self.assertEqual((self.rows(self.source, 't'), self.backups()), ([('1',)], []))

    def test_hc_084_same_database_of_the_same_server_is_refused(self):
        self.expect_same(self.source.url(self.db), self.source.url(self.db))

    def test_hc_084_same_server_by_two_names_is_refused(self):
        self.expect_same(self.source.url(self.db), self.source.url(self.db, host='localhost'))

    def test_hc_084_same_server_through_another_port_is_refused(self):
        self.expect_same(self.source.url(self.db), self.link(self.source).url(self.db))

    def test_hc_084_two_databases_of_one_server_are_no_mistake(self):
        other = self.new_database(self.source)
        self.source.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)', database=self.db)
        self.source.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (2)', database=other)
        self.expect_exit(self.incremental(source=self.source.url(self.db), target=self.source.url(other)), 0)
        self.assertEqual(self.source.sql('SELECT * FROM t', database=other), [('1',)])
