"""Comparisons by the binary logs, of single rows: only those whose keys the logs name are read.

tests/property/log_seeds.py draws keys of all types; here is each reason for which all rows of a
table are read although its log has rows, and what must not be counted twice.
"""
import itertools
import threading
from pathlib import Path

from harness import like_pairs, only_with
from test_by_log import ByLogTest


class KeysTest(ByLogTest):
    def rows(self, answer, table):
        entry = answer.table(table)
        return entry['read'], entry['rows_source'], entry['rows_unread']

    def expect_all(self, answer, table, why):
        self.assertEqual((answer.table(table)['read'], answer.table(table)['why']), ('all', why))


class Named(KeysTest):
    @like_pairs
    def test_only_the_rows_that_the_logs_name(self):
        self.on_both(f"INSERT INTO a VALUES {', '.join(f'({i}, {i})' for i in range(3, 5001))}")
        self.agree()
        self.on_source('UPDATE a SET v=0 WHERE id=7', 'DELETE FROM a WHERE id IN (8, 9)')
        self.on_target('UPDATE a SET v=v+1 WHERE id=70', 'INSERT INTO a VALUES (9000,1)')
        answer = self.compare(code=1)
        self.assertEqual(answer.counts('a'), (0, 2, 3))
        self.assertEqual(self.rows(answer, 'a'), ('keys', 2, 4996))
        self.assertEqual(self.rows(answer, 'b'), ('none', 0, 3))
        text = self.dbsync('verify', *self.urls(), '--state-dir', 'state', '--changes-from', 'binlog')
        self.assertIn('not read: 4,999 rows of 2 tables, which neither binary log names since the comparison of', text.out)
        self.assertRegex(text.out, r'a +different +5 rows +primary, by keys')
        self.compare('--yes', command='incremental')
        self.check_equal()
        # what was written is read once more, and how many rows there are is still known
        answer = self.compare()
        self.assertEqual(self.rows(answer, 'a'), ('keys', 2, 4996))
        self.assertEqual(self.rows(self.compare(), 'a'), ('none', 0, 4998))

    @like_pairs
    def test_a_scan_that_wrote_keeps_how_many_rows_there_are(self):
        self.on_both(f"INSERT INTO a VALUES {', '.join(f'({i}, {i})' for i in range(3, 5001))}")
        self.on_source('UPDATE a SET v=0 WHERE id=7')
        self.compare('--yes', command='incremental', how='scan')
        # what it wrote itself is in the log of the target
        self.assertEqual(self.rows(self.compare(), 'a'), ('keys', 1, 4999))

    @like_pairs
    def test_why_nothing_is_kept_is_said(self):
        self.agree()
        self.reset_log(self.target)
        answer = self.expect_scan('target: ')
        self.assertIn('note: where the logs were is not kept: target: its log has no transaction near that place', answer.err)

    @like_pairs
    def test_logs_that_nobody_has_written_to_since_they_were_begun(self):
        for place in self.places:
            place.sql('FLUSH BINARY LOGS')
        self.expect_scan()
        self.assertEqual(self.compare().json['changes_from'], 'binlog')
        self.on_source('UPDATE a SET v=9 WHERE id=1')
        self.assertEqual(self.compare(code=1).counts('a'), (0, 1, 0))

    @like_pairs
    def test_the_last_thing_in_a_log_is_no_transaction(self):
        self.on_both('CREATE TABLE c (id INT PRIMARY KEY)')
        self.expect_scan()
        self.on_both('DROP TABLE c')
        for _ in range(2):
            self.assertEqual(self.compare().json['changes_from'], 'binlog')

    @like_pairs
    def test_page_metrics_and_log_say_it(self):
        self.agree()
        self.on_source('UPDATE a SET v=9 WHERE id=1')
        self.compare('--report', 'page.html', '--log-file', 'log.txt', '--metrics-file', 'm.prom', code=1)
        page, log, metrics = (Path(self.program.folder, name).read_text(encoding='utf-8') for name in ('page.html', 'log.txt', 'm.prom'))
        self.assertIn('4 rows not read, which neither binary log names since both sides were equal.', page)
        self.assertIn('of 1 row, 1 not read', page)
        self.assertIn('not read: 3 rows', page)
        self.assertRegex(log, r'rows_compared=1 rows_unread=4 ')
        self.assertRegex(metrics, r'dbsync_rows_unread\{.*\} 4')

    @like_pairs
    def test_hc_213_both_keys_of_a_row_whose_key_was_changed(self):
        self.agree()
        self.on_source('UPDATE a SET id=50 WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual(answer.counts('a'), (1, 0, 1))
        self.compare('--yes', command='incremental')
        self.check_equal()

    @like_pairs
    def test_hc_212_values_that_change_places(self):
        self.on_both('CREATE TABLE u (id INT PRIMARY KEY, w INT, UNIQUE KEY (w))', 'INSERT INTO u VALUES (1,10), (2,20), (3,30)')
        self.compare(how=None)
        self.on_source('UPDATE u SET w=0 WHERE id=1', 'UPDATE u SET w=10 WHERE id=2', 'UPDATE u SET w=20 WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('u'), answer.table('u')['read']), ((0, 2, 0), 'keys'))
        self.compare('--yes', command='incremental')
        self.check_equal()

    @like_pairs
    def test_keys_that_are_one_to_the_servers_count_once(self):
        """More than fit into one statement, each in two letter cases."""
        self.on_both('CREATE TABLE w (k VARCHAR(20) PRIMARY KEY, v INT) DEFAULT CHARSET=utf8mb4')
        rows = [f"('key{i:04}', {i})" for i in range(1500)] + [f"('other{i}', 1)" for i in range(30000)]
        self.on_both(f"INSERT INTO w VALUES {', '.join(rows)}")
        self.compare(how=None)
        self.on_source("UPDATE w SET k=UPPER(k), v=v+1 WHERE k LIKE 'key%'")
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('w'), answer.table('w')['read']), ((0, 1500, 0), 'keys'))
        self.compare('--yes', command='incremental')
        self.check_equal()

    @like_pairs
    def test_numbers_that_are_written_in_two_ways_count_once(self):
        """12.50 on the source and 12.5000 on the target are one key: more of them than fit into one statement."""
        for place, digits in zip(self.places, (2, 4), strict=True):
            place.sql(f'CREATE TABLE {self.db}.d (k DECIMAL(12,{digits}) PRIMARY KEY, v INT)')
        self.on_both(f"INSERT INTO d VALUES {', '.join(f'({i}.5, 1)' for i in range(13000))}")
        self.compare('--data-only', how=None)
        self.on_source('UPDATE d SET v=2 WHERE k < 600')
        self.on_target('UPDATE d SET v=3 WHERE k < 600')
        answer = self.compare('--data-only', code=1)
        self.assertEqual((answer.counts('d'), answer.table('d')['read']), ((0, 600, 0), 'keys'))

    @like_pairs
    def test_keys_of_one_weight_that_are_two_rows(self):
        """The index of such a collation tells rows apart whose keys weigh the same: each of them counts."""
        shape = {'mariadb': 'CHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_nopad_ci', 'mysql': 'VARCHAR(9) CHARACTER SET tis620'}[self.source.family]
        pair = {'mariadb': ("'ae'", "'æ'"), 'mysql': ("x'6500'", "x'45'")}[self.source.family]
        self.on_both(f'CREATE TABLE w (k {shape} PRIMARY KEY, v INT)', f"INSERT INTO w VALUES ({pair[0]},1), ({pair[1]},1), ('z',1)")
        self.compare(how=None)
        self.on_source('UPDATE w SET v=2')
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('w'), answer.table('w')['read']), ((0, 3, 0), 'keys'))
        self.compare('--yes', command='incremental')
        self.check_equal()

    @like_pairs
    def test_servers_that_take_small_packets(self):
        """Keys of 400 bytes are written in 800: a statement has as many as one packet has room for."""
        self.on_both('CREATE TABLE k (k VARBINARY(400) PRIMARY KEY, v INT)',
                     f"INSERT INTO k VALUES {', '.join(f'(CONCAT({1000 + i}, REPEAT(0xff, 390)), 1)' for i in range(600))}")
        self.compare(how=None)
        self.on_source('UPDATE k SET v=2')
        for place in self.places:
            with place.session() as session:
                before = session.value('SELECT @@GLOBAL.max_allowed_packet')
            self.addCleanup(place.sql, f'SET GLOBAL max_allowed_packet={before}')
            place.sql('SET GLOBAL max_allowed_packet=65536')
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('k'), answer.table('k')['read']), ((0, 600, 0), 'keys'))

    @like_pairs
    def test_rows_of_a_log_that_goes_on_count_once(self):
        """What is logged behind the view is of the next comparison, too: it was counted in both."""
        self.on_both(f"INSERT INTO a VALUES {', '.join(f'({i}, 1)' for i in range(5, 30001))}")
        self.agree()
        is_over = threading.Event()

        def write():
            with self.source.session(self.db) as session:
                for number in itertools.count(100000):
                    session.run(f'INSERT INTO a VALUES ({number}, 1)')
                    if is_over.wait(0.0005):
                        return

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(4):
                self.compare('--yes', command='incremental')
        finally:
            is_over.set()
            writer.join()
        self.compare('--yes', command='incremental')
        with self.source.session(self.db) as session:
            rows = int(session.value('SELECT COUNT(*) FROM a'))
        read, *counts = self.rows(self.compare(), 'a')
        self.assertEqual((read, sum(counts)), ('keys', rows))

    @like_pairs
    def test_guards_count_the_rows_that_were_not_read(self):
        """Deleted rows are no longer on the source: it is not empty for that."""
        self.on_both(f"INSERT INTO a VALUES {', '.join(f'({i}, 1)' for i in range(5, 1105))}")
        self.agree()
        self.on_source('DELETE FROM a WHERE id=5')
        self.compare('--yes', command='incremental')
        self.on_source('DELETE FROM a WHERE id BETWEEN 105 AND 904')
        answer = self.compare('--yes', command='incremental', code=3)
        self.assertRegex(answer.err, r'`a`: 800 of 1,?101 rows \(72\.7 %\) would be deleted')
        self.on_source('DELETE FROM a')
        self.compare('--yes', command='incremental', code=3)
        self.compare('--yes', '--allow-empty', 'a', command='incremental')
        self.check_equal()

    @like_pairs
    def test_full_verification_reads_what_the_logs_did_not_name(self):
        self.agree()
        self.on_source('UPDATE a SET v=9 WHERE id=1')
        with self.target.session(self.db) as session:
            session.run('SET SESSION sql_log_bin=0')
            session.run('UPDATE b SET v=99 WHERE id=1')
            session.run('UPDATE a SET v=99 WHERE id=2')
        self.compare('--yes', '--verify', 'full', command='incremental', code=6)
        self.assertEqual(sorted(entry['table'] for entry in self.found['still_different']), ['a', 'b'])


class WholeTables(KeysTest):
    @like_pairs
    def test_many_rows(self):
        self.on_both(f"INSERT INTO a VALUES {', '.join(f'({i}, 1)' for i in range(5, 10000))}")
        self.agree()
        self.on_source('UPDATE a SET v=v+1 WHERE id < 2600')
        answer = self.compare(code=1)
        self.expect_all(answer, 'a', 'source: many of its rows were changed')
        self.assertEqual(answer.table('a')['rows_unread'], 0)

    @like_pairs
    def test_what_a_foreign_key_may_change(self):
        """Of the same table, too: rows of it are in the log, and others are not."""
        self.on_both('CREATE TABLE tree (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES tree (id) ON DELETE CASCADE)',
                     'INSERT INTO tree VALUES (1,NULL), (2,1), (3,2), (4,NULL), (5,4)')
        self.compare(how=None)
        with self.source.session(self.db) as session:
            session.run('SET SESSION foreign_key_checks=1')
            session.run('DELETE FROM tree WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual(answer.counts('tree'), (0, 0, 3))
        if self.source.family == 'mariadb':
            self.expect_all(answer, 'tree', 'rows were changed, and a foreign key may have changed others')
        else:
            self.assertEqual(answer.table('tree')['read'], 'keys')

    @like_pairs
    def test_images_without_the_key(self):
        """The row of the target is logged by another key than the one by which both are compared."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, x INT NOT NULL, v INT)')
        self.on_target('CREATE TABLE t (id INT NOT NULL, x INT PRIMARY KEY, v INT, UNIQUE KEY (id))')
        self.on_both('INSERT INTO t VALUES (1,10,1), (2,20,2)')
        self.compare('--data-only', how=None)
        with self.target.session(self.db) as session:
            session.run("SET SESSION binlog_row_image='MINIMAL'")
            session.run('UPDATE t SET v=7 WHERE id=1')
        answer = self.compare('--data-only', code=1)
        self.assertEqual(answer.counts('t'), (0, 1, 0))
        self.expect_all(answer, 't', 'target: rows were changed, and the log has rows of it without their key (binlog_row_image)')
        with self.target.session(self.db) as session:
            session.run('UPDATE t SET v=1 WHERE id=1')
        self.assertEqual(self.compare('--data-only').table('t')['read'], 'all', 'the other rows are in the log as well')
        self.on_target('UPDATE t SET v=8 WHERE id=2')
        self.assertEqual(self.compare('--data-only', code=1).table('t')['read'], 'keys')

    @like_pairs
    @only_with('mariadb', 'MySQL refuses transactions of both engines')
    def test_rolled_back(self):
        """Rows that were rolled back to a savepoint are in the log where rows of MyISAM came between."""
        self.on_both('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM')
        self.compare(how=None)
        with self.source.session(self.db) as session:
            for statement in ('BEGIN', 'SAVEPOINT s', 'INSERT INTO a VALUES (60,1)', 'INSERT INTO m VALUES (1)', 'ROLLBACK TO s', 'COMMIT'):
                session.run(statement)
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('a'), answer.counts('m')), ((0, 0, 0), (1, 0, 0)))
        self.expect_all(answer, 'a', 'source: rows were changed, and some of that was rolled back')

    @like_pairs
    def test_names_in_two_letter_cases(self):
        self.on_both('CREATE TABLE A (id INT PRIMARY KEY, v INT)', 'INSERT INTO A VALUES (1,1)')
        self.compare(how=None)
        self.on_source('UPDATE A SET v=2', 'UPDATE a SET v=2 WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('A'), answer.counts('a')), ((0, 1, 0), (0, 1, 0)))
        for name in ('A', 'a'):
            self.expect_all(answer, name, 'source: rows were changed, and another table has its name in other letter case')

    @like_pairs
    def test_keys_that_are_not_taken_out_of_a_log(self):
        shapes = {'e': "ENUM('x','y') PRIMARY KEY", 'd': 'DOUBLE PRIMARY KEY', 'n': 'INT'}
        for name, shape in shapes.items():
            self.on_both(f'CREATE TABLE {name} (k {shape}, v INT)', f'INSERT INTO {name} VALUES (1, 1)')
        self.compare(how=None)
        for name in shapes:
            self.on_source(f'UPDATE {name} SET v=2')
        answer = self.compare(code=1)
        for name in shapes:
            with self.subTest(table=name):
                self.assertNotEqual(answer.counts(name), (0, 0, 0))
                self.expect_all(answer, name, 'source: rows were changed')

    @like_pairs
    @only_with('mariadb', 'MySQL has no system versioning')
    def test_tables_with_a_history(self):
        self.on_both('CREATE TABLE h (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING', 'INSERT INTO h VALUES (1,1), (2,2)')
        self.compare(how=None)
        self.on_source('UPDATE h SET v=9 WHERE id=1')
        answer = self.compare(code=1)
        self.assertEqual(answer.counts('h'), (0, 1, 0))
        self.expect_all(answer, 'h', 'source: rows were changed')
