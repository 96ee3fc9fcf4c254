"""dbsync explain: one row of both sides, column by column; item 27.

What it says is what verify says: of every row, of every type, whatever the pair.
"""
import json
import random
import re

import kinds
from harness import SQL_MODE, ServerTest
from test_regressions import FalseEquals, RegressionTest


class ExplainTest(ServerTest):
    def explain(self, table, *key, options=(), exits=1):
        """The object of --json; the text ends with the same status."""
        answer = self.dbsync('explain', *self.urls(), '--json', *options, '--', table, *map(str, key))
        self.expect_exit(answer, exits)
        text = self.dbsync('explain', *self.urls(), *options, '--', table, *map(str, key))
        self.expect_exit(text, exits)
        self.text = text.out
        return json.loads(answer.out)

    def column(self, told, name):
        return next(column for column in told['columns'] if column['name'] == name)

    def refused(self, exits, words, *operands, options=()):
        answer = self.dbsync('explain', *self.urls(), *options, '--', *operands)
        return self.expect_error(answer, exits, words)

    def one(self, ddl, here, there, *key, name='t'):
        """A table t (id, v) whose row 1 has these literals; what explain says of v."""
        self.on_both(f'DROP TABLE IF EXISTS {name}')
        source, target = ddl if isinstance(ddl, tuple) else (ddl, ddl)
        self.on_source(f'CREATE TABLE {name} (id INT PRIMARY KEY, v {source})', f'INSERT INTO {name} VALUES (1, {here})')
        self.on_target(f'CREATE TABLE {name} (id INT PRIMARY KEY, v {target})', f'INSERT INTO {name} VALUES (1, {there})')
        told = self.explain(name, 1)
        self.assertEqual(told['verdict'], 'different')
        return self.column(told, 'v')

    def mend(self, told, exits=0):
        """Runs the statement, after which the row is equal."""
        self.on_target(told['statement'])
        return self.explain(told['table'], *told['key'].values(), exits=exits)


class Places(ExplainTest):
    def test_blobs_that_part_at_byte_500(self):
        told = self.one('BLOB', "CONCAT(REPEAT('a',500),'b',REPEAT('a',99))", "CONCAT(REPEAT('a',500),'c',REPEAT('a',99))")
        self.assertEqual(told['difference'], {'byte': 500, 'character': None, 'source': '0x62', 'target': '0x63'})
        for side, byte in (('source', '62'), ('target', '63')):
            value = told[side]
            at = (500 - value['hex_offset']) * 2
            self.assertEqual(value['hex'][at:at + 2], byte, value)
            self.assertEqual(value['bytes'], 600, value)
        self.assertIn('first difference: byte 500: 0x62 on the source, 0x63 on the target', self.text)

    def test_long_values_part_where_they_do_and_stay_on_their_servers(self):
        for byte in (0, 262_144, 300_001, 999_999):
            with self.subTest(byte=byte):
                told = self.one('LONGBLOB', "REPEAT('ab',500000)",
                                f"INSERT(REPEAT('ab',500000),{byte + 1},1,'#')")
                self.assertEqual(told['difference']['byte'], byte, told)
                self.assertEqual(told['difference']['target'], '0x23', told)
        told = self.one('LONGTEXT', "REPEAT('ab',500000)", "REPEAT('ab',150000)")
        self.assertEqual((told['difference']['byte'], told['difference']['target'], told['cause']),
                         (300_000, 'the end', 'cut'), told)

    def test_characters_of_a_text_are_counted_and_named(self):
        told = self.one('VARCHAR(40) CHARACTER SET utf8mb4', "'äöüpayment'", "_utf8mb4 x'c3a4c3b6c3bc70d0b0796d656e74'")
        self.assertEqual(told['difference'], {'byte': 7, 'character': 4, 'source': 'U+0061', 'target': 'U+0430'})
        self.assertEqual(told['target']['text'], r'äöüp\u{0430}yment')
        self.assertEqual(told['cause'], 'look_alike')
        self.assertTrue(told['target']['code_points'].startswith('U+0430 U+0079'), told)
        self.assertEqual(told['source']['charset'], 'utf8mb4')

    def test_texts_of_other_character_sets_are_told_apart_as_stored(self):
        told = self.one(('VARCHAR(20) CHARACTER SET latin1', 'VARCHAR(20) CHARACTER SET utf8mb4'),
                        "'café'", "'cafe'")
        self.assertEqual((told['source']['hex'], told['target']['hex']), ('636166e9', '63616665'), told)
        self.assertEqual((told['source']['text'], told['cause']), ('café', 'accents'), told)
        self.assertEqual((told['source']['collation'], told['source']['charset']), ('latin1_swedish_ci', 'latin1'))

    def test_null_and_no_row_are_two_things(self):
        told = self.one('VARCHAR(9)', 'NULL', "''")
        self.assertEqual((told['source']['is_null'], told['target']['is_null'], told['cause']), (True, False, 'null_empty'))
        self.on_target('DELETE FROM t')
        told = self.explain('t', 1)
        self.assertEqual(told['rows'], {'source': True, 'target': False})
        self.assertIsNone(self.column(told, 'v')['target'])
        self.assertTrue(self.column(told, 'v')['source']['is_null'])
        self.assertIn('the source has a row that the target does not have', self.text)
        self.on_target("INSERT INTO t VALUES (2, 'x')")
        told = self.explain('t', 2)
        self.assertEqual(told['rows'], {'source': False, 'target': True})
        self.assertIn('the target has a row that the source does not have', self.text)

    def test_equal_rows_are_equal(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), b DOUBLE)', "INSERT INTO t VALUES (1, 'x', 0.1)")
        told = self.explain('t', 1, exits=0)
        self.assertEqual((told['verdict'], told['statement']), ('equal', None))
        self.assertEqual([column['verdict'] for column in told['columns']], ['equal'] * 3)
        self.assertIn('verdict: equal', self.text)


class Causes(ExplainTest):
    CASES = (
        ('trailing_blanks', 'VARCHAR(9)', "'a  '", "'a'"),
        ('leading_blanks', 'VARCHAR(9)', "' a'", "'a'"),
        ('case', 'VARCHAR(9)', "'Straße'", "'STRAßE'"),
        ('normalisation', 'VARCHAR(9) CHARACTER SET utf8mb4', "_utf8mb4 x'c3a9'", "_utf8mb4 x'65cc81'"),
        ('double_encoding', 'VARCHAR(9) CHARACTER SET utf8mb4', "_utf8mb4 x'c3a9'", "_utf8mb4 x'c383c2a9'"),
        ('look_alike', 'VARCHAR(9) CHARACTER SET utf8mb4', "'a b'", "_utf8mb4 x'61c2a062'"),
        ('unseen', 'VARCHAR(9) CHARACTER SET utf8mb4', "'ab'", "_utf8mb4 x'61e2808b62'"),
        ('replaced', 'VARCHAR(9) CHARACTER SET utf8mb4', "'жук'", "'???'"),
        ('line_ends', 'TEXT', "'a\\r\\nb'", "'a\\nb'"),
        ('cut', 'VARCHAR(30)', "'abcdefghijklmnop'", "'abcdefghij'"),
        ('null', 'INT', '5', 'NULL'),
        ('null_empty', 'INT', 'NULL', '0'),
        ('time_zone', 'DATETIME', "'2024-03-01 12:00:00'", "'2024-03-01 14:00:00'"),
        ('zero_date', 'DATE', "'2024-03-01'", "'0000-00-00'"),
        ('fraction', 'DATETIME(6)', "'2024-03-01 12:00:00.123456'", "'2024-03-01 12:00:00'"),
        ('time_of_day', 'DATETIME', "'2024-03-01 12:00:07'", "'2024-03-01'"),
        ('float_rounding', 'DOUBLE', '0.1', '0.10000000149011612e0'),
        ('scale', 'DECIMAL(10,4)', '1.2345', '1.23'),
        ('clipped', ('BIGINT', 'INT'), '5000000000', '2147483647'),
        ('sign', 'INT', '7', '-7'),
        ('zero_bytes', 'VARBINARY(9)', "x'01'", "x'010000'"),
    )

    def test_likely_causes(self):
        for cause, ddl, here, there in self.CASES:
            with self.subTest(cause=cause):
                told = self.one(ddl, here, there)
                self.assertEqual(told['cause'], cause, told)
                self.assertIn('likely cause: ', self.text)

    def test_servers_say_what_their_collations_say(self):
        told = self.one('VARCHAR(9) COLLATE utf8mb4_general_ci', "'a '", "'A'")
        self.assertEqual(told['servers_say_equal'], {'source': True, 'target': True}, told)
        told = self.one('VARCHAR(9) COLLATE utf8mb4_bin', "'a'", "'A'")
        self.assertEqual(told['servers_say_equal'], {'source': False, 'target': False}, told)
        told = self.one(('VARCHAR(9) COLLATE utf8mb4_bin', 'VARCHAR(9) COLLATE utf8mb4_general_ci'), "'a'", "'A'")
        self.assertEqual(told['servers_say_equal'], {'source': False, 'target': True}, told)

    def test_on_update_is_named_and_does_not_move(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT, at DATETIME DEFAULT CURRENT_TIMESTAMP '
                     'ON UPDATE CURRENT_TIMESTAMP)', "INSERT INTO t VALUES (1, 1, 1, '2020-01-01 00:00:01'), "
                     "(2, 1, 1, '2020-01-01 00:00:01')")
        self.on_target('UPDATE t SET v=2 WHERE id=1', "UPDATE t SET v=2, at='2020-01-01 00:00:01' WHERE id=2")
        told = self.explain('t', 1)
        self.assertEqual(self.column(told, 'at')['cause'], 'on_update', told)
        self.assertEqual(self.column(told, 'w')['verdict'], 'equal')
        self.mend(told)
        self.mend(self.explain('t', 2))     # `at` is equal, and stays so


class Mending(ExplainTest):
    def test_the_statement_makes_the_row_equal(self):
        self.on_both("CREATE TABLE t (a INT, b VARCHAR(9), v TEXT, w BLOB, d DECIMAL(9,2), PRIMARY KEY (b, a))",
                     "INSERT INTO t VALUES (1, 'k''1', 'x', x'00ff', 1.5), (2, 'k', 'y', NULL, 2)")
        self.on_target("UPDATE t SET v='it''s\\n', w=x'', d=-1 WHERE a=1", "INSERT INTO t VALUES (3, 'k', 'z', '', 0)",
                       'DELETE FROM t WHERE a=2')
        for key in (("k'1", 1), ('k', 2)):
            self.mend(self.explain('t', *key))
        told = self.explain('t', 'k', 3)
        self.assertTrue(told['statement'].startswith('DELETE FROM '), told)
        self.on_target(told['statement'])
        self.refused(2, 'neither side has a row of that key', 't', 'k', '3')

    def test_c7_dates_that_no_calendar_has(self):
        """In a session as the server gives it out; also as a key."""
        self.on_both('CREATE TABLE t (d DATE PRIMARY KEY, v INT, at DATETIME)')
        rows = ("('0000-00-00', {0}, '2024-02-31 00:00:00')", "('2023-02-29', {0}, NULL)", "('2024-00-10', {0}, '0000-00-00 00:00:00')", "('2024-02-29', {0}, NULL)")
        for place, number in ((self.on_source, 1), (self.on_target, 2)):
            place("SET SESSION sql_mode='ALLOW_INVALID_DATES'", *(f'INSERT INTO t VALUES {row.format(number)}' for row in rows))
        self.on_target("SET SESSION sql_mode='ALLOW_INVALID_DATES'", "DELETE FROM t WHERE d = '2024-00-10'", "INSERT INTO t VALUES ('2024-02-30', 1, NULL)")
        for key in ('0000-00-00', '2023-02-29', '2024-00-10', '2024-02-29', '2024-02-30'):
            told = self.explain('t', key)
            mode = self.target.sql('SELECT @@GLOBAL.sql_mode')[0][0]
            with self.target.session(self.db, sql_mode=mode) as session:
                session.run(told['statement'])
            self.assertEqual('sql_mode' in told['statement'], key != '2024-02-29', told)
        self.expect_exit(self.verify(), 0)

    def test_what_no_statement_mends_is_said(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v LONGTEXT)', "INSERT INTO t VALUES (1, REPEAT('a', 300000))")
        self.on_target("UPDATE t SET v='b'")
        told = self.explain('t', 1)
        self.assertIsNone(told['statement'])
        self.assertIn('a value is too long for it', told['no_statement'])
        self.on_source('CREATE TABLE g (id INT PRIMARY KEY, a INT, v INT AS (a + 1) STORED)', 'INSERT INTO g (id, a) VALUES (1, 1)')
        self.on_target('CREATE TABLE g (id INT PRIMARY KEY, a INT, v INT AS (a + 2) STORED)', 'INSERT INTO g (id, a) VALUES (1, 1)')
        told = self.explain('g', 1)
        self.assertEqual((self.column(told, 'v')['cause'], told['no_statement']),
                         ('computed', 'only columns differ that the server computes'), told)

    def test_nothing_is_written(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('UPDATE t SET v=2')
        files = self.program.files()
        self.explain('t', 1)
        self.assertEqual(self.on_target('SELECT v FROM t'), [('2',)])
        self.assertEqual(self.program.files(), files, 'explain leaves neither state nor log')


class Keys(ExplainTest):
    def test_c7_members_beside_one_without_a_name(self):
        """By name or by number, in the key of a table that is compared by numbers."""
        self.on_both("CREATE TABLE t (k ENUM('a','','b') PRIMARY KEY, v INT)", "CREATE TABLE s (k SET('a','b') PRIMARY KEY, v INT)")
        for place, number in ((self.on_source, 1), (self.on_target, 2)):
            place("SET SESSION sql_mode=''", f"INSERT INTO t VALUES (0, 0), ('a', {number}), ('', {10 * number}), ('b', 5)",
                  f"INSERT INTO s VALUES ('', {number}), ('a,b', {number})")
        for key, value in (('a', '1'), ('1', '1'), ('', '10'), ('2', '10')):
            self.assertEqual(self.column(self.explain('t', key), 'v')['source']['text'], value, key)
        for key in ('b', '3', '0'):
            self.explain('t', key, exits=0)
        self.refused(2, 'neither side has a row of that key', 't', 'c')
        for key in ('', 'a,b'):
            self.explain('s', key)

    def test_every_kind_of_key_is_found(self):
        cases = (
            ('INT', '-5', '-5'), ('BIGINT UNSIGNED', '18446744073709551615', '18446744073709551615'),
            ('DECIMAL(30,10)', '1.5', '1.5'), ('DOUBLE', '0.1', '0.1'), ('FLOAT', '0.1', '0.1'), ('BIT(9)', '300', '300'),
            ('YEAR', "'0000'", '0'), ('YEAR', '1999', '1999'), ('DATE', "'2024-02-29'", '2024-02-29'), ('DATE', "'0000-00-00'", '0000-00-00'),
            ('DATETIME(3)', "'2024-02-29 12:00:00.125'", '2024-02-29 12:00:00.125'), ('TIMESTAMP', "'2024-02-29 12:00:00'", '2024-02-29 12:00:00'),
            ('TIME', "'-12:00:00'", '-12:00:00'), ('VARCHAR(9)', "'Ab'", 'aB'), ("CHAR(9) COLLATE utf8mb4_bin", "'a '", 'a '),
            ('VARCHAR(9) CHARACTER SET latin1', "'é'", 'é'), ('BINARY(4)', "x'01ff'", '0x01ff'), ('VARBINARY(9)', "x'00'", '0x00'),
            ('VARBINARY(9)', "'abc'", 'abc'), ("ENUM('a','it''s')", "'it''s'", "it's"), ("ENUM('a','b')", "'b'", '2'),
            ("SET('a','b','c')", "'a,c'", 'a,c'), ("SET('a','b')", "''", ''),
        )
        for number, (ddl, literal, word) in enumerate(cases):
            with self.subTest(ddl=ddl, word=word):
                name = f'k{number}'
                self.on_both(f'CREATE TABLE {name} (k {ddl} NOT NULL PRIMARY KEY, v INT)', f'INSERT INTO {name} VALUES ({literal}, 1)')
                self.explain(name, word, exits=0)
                self.on_target(f'UPDATE {name} SET v=2')
                self.mend(self.explain(name, word))

    def test_keys_whose_columns_are_not_alike(self):
        self.on_source('CREATE TABLE t (k VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_swedish_ci PRIMARY KEY, v INT)',
                       "INSERT INTO t VALUES ('é', 1)")
        self.on_target('CREATE TABLE t (k VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)',
                       "INSERT INTO t VALUES ('é', 1), ('щ', 1)")
        self.explain('t', 'é', exits=0)
        self.assertEqual(self.explain('t', 'щ')['rows'], {'source': False, 'target': True})
        # by bytes, for the orders of both differ: verify would not take them for one row either
        self.refused(2, 'neither side has a row of that key', 't', 'É')

    def test_keys_of_several_columns_and_wrong_words(self):
        self.on_both('CREATE TABLE t (b INT, a VARCHAR(9), v INT, PRIMARY KEY (a, b))', "INSERT INTO t VALUES (2, 'x', 1)")
        self.assertEqual(self.explain('t', 'x', 2, exits=0)['key'], {'a': 'x', 'b': '2'})
        self.refused(2, 'the key of `t` is (`a`, `b`): 2 values, not 1', 't', 'x')
        self.refused(2, 'the key of `t` is (`a`, `b`): 2 values, not 3', 't', 'x', '2', '3')
        self.refused(2, "`two` is not a value of the key's column `b`", 't', 'x', 'two')
        self.refused(2, 'name the row: a TABLE, and a value for each column of its key', 't')
        self.refused(2, 'there is no table `tt` to explain a row of; did you mean `t`?', 'tt', 'x', '2')
        self.on_both('CREATE TABLE many (a INT, b INT)', 'INSERT INTO many VALUES (1, 1)')
        self.refused(3, '`many` has no key that both sides have: none of its rows can be named', 'many', '1')
        self.on_source('CREATE TABLE alone (id INT PRIMARY KEY)')
        self.refused(2, 'only the source has a table `alone`: there is nothing to compare its rows with', 'alone', '1')

    def test_rows_outside_of_where_and_ignored_columns(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('UPDATE t SET v=2')
        answer = self.dbsync('explain', *self.urls(), '--where', 't:id>1', 't', '1')
        self.expect_error(answer, 2, 'for which its --where holds')
        told = self.explain('t', 1, options=('--ignore-columns', 't.v'), exits=0)
        self.assertEqual(told['filters'], [{'option': 'ignore-columns', 'value': 't.v', 'from': 'command line'}])
        self.assertIn('verdict: equal (filtered)', self.text)
        told = self.explain('t', 1, options=('--where', 't:id<9'))
        self.assertEqual([item['option'] for item in told['filters']], ['where'])
        self.on_both('CREATE TABLE u (id INT PRIMARY KEY)', 'INSERT INTO u VALUES (1)')
        self.assertEqual(self.explain('u', 1, options=('--where', 't:id<9'), exits=0)['filters'], [])

    def test_several_pairs_of_databases(self):
        other = self.new_database()
        for name, place in ((self.db, self.source), (self.db, self.target), (other, self.source), (other, self.target)):
            place.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)', database=name)
        self.target.sql('DELETE FROM t', database=other)
        both = ('--databases', f'{self.db},{other}')
        self.refused(2, 'there are several such tables: use ', 't', '1', options=both)
        self.explain(f'{self.db}.t', 1, options=both, exits=0)
        self.assertEqual(self.explain(f'{other}.t', 1, options=both)['database'], other)

    def test_servers_out_of_the_environment_and_of_a_job(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        source, target = self.urls()
        answer = self.dbsync('explain', 't', '1', env={'DBSYNC_SOURCE': source, 'DBSYNC_TARGET': target})
        self.expect_exit(answer, 0)
        self.program.file('c.json', json.dumps({'jobs': {'shop': {'source': source, 'target': target}}}))
        self.expect_exit(self.dbsync('explain', '--config', 'c.json', '--job', 'shop', 't', '1'), 0)


class Packets(RegressionTest):
    """Values above the max_allowed_packet of their server."""
    large = FalseEquals.large

    def told_of(self, urls, exits):
        answer = self.expect_exit(self.dbsync('explain', *urls, '--json', 't', 1), exits)
        return json.loads(answer.out)

    def test_what_is_known_by_its_hash_alone_is_different_or_equal(self):
        place = self.reserve()
        for letters, exits in (('xy', 1), ('xx', 0)):
            urls = self.large(place, 'LONGTEXT', 'LONGTEXT', letters=letters)
            self.assertEqual(self.told_of(urls, exits)['columns'][1]['verdict'], ('equal', 'different')[exits])

    def test_bytes_part_where_they_do_all_the_same(self):
        told = self.told_of(self.large(self.reserve(), 'LONGBLOB', 'LONGBLOB'), 1)
        self.assertEqual(told['columns'][1]['difference'],
                         {'byte': 2_000_000, 'character': None, 'source': '0x78', 'target': '0x79'})


class Details(ExplainTest):
    """--details and the page show what differs, too."""

    def detail(self, ddl, here, there):
        self.on_source(f'CREATE TABLE t (id INT PRIMARY KEY, v {ddl})', f'INSERT INTO t VALUES (1, {here})')
        self.on_target(f'CREATE TABLE t (id INT PRIMARY KEY, v {ddl})', f'INSERT INTO t VALUES (1, {there})')
        self.text = self.expect_exit(self.verify('--details', 9, as_json=False), 1).out
        return self.expect_exit(self.verify('--details', 9), 1).table('t')['details'][0]['columns'][0]

    def test_blobs_that_part_at_byte_500(self):
        told = self.detail('BLOB', "CONCAT(REPEAT('a',500),'b',REPEAT('a',99))", "CONCAT(REPEAT('a',500),'c',REPEAT('a',99))")
        self.assertNotEqual(told['source'], told['target'])
        self.assertEqual(told['difference'], {'byte': 500, 'character': None, 'source': '0x62', 'target': '0x63'})
        self.assertIn('(first differs at byte 500: 0x63 -> 0x62)', self.text)

    def test_texts_that_part_far_behind(self):
        told = self.detail('TEXT', "CONCAT(REPEAT('é',500),'b',REPEAT('a',99))", "CONCAT(REPEAT('é',500),'c',REPEAT('a',99))")
        self.assertEqual(told['difference'], {'byte': 1000, 'character': 500, 'source': 'U+0062', 'target': 'U+0063'})
        self.assertTrue(told['source'].startswith('…é') and 'éba' in told['source'] and 'éca' in told['target'], told)

    def test_blanks_and_look_alikes_are_seen(self):
        told = self.detail('VARCHAR(40) CHARACTER SET utf8mb4', "'a  b '", "_utf8mb4 x'61c2a020d0b062'")
        self.assertEqual((told['source'], told['target']), ('a··b·', r'a\u{00A0} \u{0430}b'), told)

    def test_what_is_a_blank_is_not_taken_for_a_dot(self):
        told = self.detail('VARCHAR(40) CHARACTER SET utf8mb4', "'a '", "_utf8mb4 x'61c2b7'")
        self.assertEqual((told['source'], told['target']), ('a·', r'a\u{00B7}'), told)

    def test_null_and_no_row_are_two_things_on_the_page_too(self):
        self.on_both('CREATE TABLE t (a INT, b INT)', 'CREATE TABLE k (id INT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO t VALUES (1, NULL)', 'INSERT INTO k VALUES (1, NULL)')
        self.on_target('INSERT INTO k VALUES (1, 5)')
        answer = self.expect_exit(self.verify('--details', 9, '--report', 'page.html'), 1)
        self.assertEqual([detail['no_row_on'] for name in 'tk' for detail in answer.table(name)['details']], ['target', None])
        with open(f'{self.program.folder}/page.html', encoding='utf-8') as file:
            page = file.read()
        self.assertNotIn('NULL, or no row', page)
        page = re.sub(r'<(div|span) class="(v source|v target|side)">(source|target</span>)?', '', page).replace('source</span>', '')
        self.assertIn('<em>NULL</em></div><em>no row</em></div>', page)
        self.assertIn('<em>NULL</em></div><code>5</code>', page)

    def test_the_page_names_the_place(self):
        self.detail('VARCHAR(40)', "'abc'", "'abd'")
        self.verify('--details', 9, '--report', 'page.html')
        with open(f'{self.program.folder}/page.html', encoding='utf-8') as file:
            self.assertIn('<code>ab<mark>d</mark></code><small>from character 2, byte 2 on: U+0064</small>', file.read())


class Agreement(ExplainTest):
    """Random values of every kind: explain says of a row what verify says of it."""
    ROWS = 3

    def setUp(self):
        super().setUp()
        self.on_both(f"SET SESSION sql_mode = '{SQL_MODE.replace('STRICT_ALL_TABLES,', '')}'")

    def test_explain_never_disagrees_with_verify(self):
        rng = random.Random(f'{self.source.name},{self.target.name}')
        families = (self.source.family, self.target.family)
        for number, maker in enumerate(dict.fromkeys(kinds.PLAIN)):
            with self.subTest(kind=maker.__name__):
                self.compare(f't{number}', maker(rng, families) if maker is kinds.Text else maker(rng), rng)

    def test_keys_of_every_kind_name_the_row_that_verify_means(self):
        rng = random.Random(f'keys of {self.source.name},{self.target.name}')
        families = (self.source.family, self.target.family)
        for number, maker in enumerate(dict.fromkeys(kinds.PLAIN)):
            if maker in (kinds.Json, kinds.Geometry):
                continue        # no keys
            with self.subTest(kind=maker.__name__):
                self.compare_keys(f'k{number}', maker(rng, families) if maker is kinds.Text else maker(rng), rng)

    @staticmethod
    def literal(kind, value):
        return 'NULL' if value is None else kind.literal(value)

    def compare(self, name, kind, rng):
        self.on_both(f'CREATE TABLE {name} (id INT PRIMARY KEY, v {kind.sql} NULL)')
        for number in range(1, self.ROWS + 1):
            value = rng.choice([kind.random(rng), kind.random(rng), None])
            other = rng.choice([value, kind.random(rng) if value is None else kind.nudge(rng, value), None])
            self.on_source(f'INSERT INTO {name} VALUES ({number}, {self.literal(kind, value)})')
            if number > 1:
                self.on_target(f'INSERT INTO {name} VALUES ({number}, {self.literal(kind, other)})')
        self.agree(name, 'id', [(str(number), str(number)) for number in range(1, self.ROWS + 1)])

    def compare_keys(self, name, kind, rng):
        """One row of each key, for what two keys of a type are equal is another test's."""
        part = '(20)' if 'BLOB' in kind.sql or 'TEXT' in kind.sql else ''
        if part:
            return      # a prefix is no key
        for number in range(self.ROWS):
            table, value = f'{name}_{number}', kind.random(rng)
            self.on_both(f'CREATE TABLE {table} (k {kind.sql} NOT NULL PRIMARY KEY, v INT)',
                         f'INSERT INTO {table} VALUES ({kind.literal(value)}, 1)')
            change = rng.choice(['UPDATE {} SET v=2', 'DELETE FROM {}', 'DO 0'])
            self.on_target(change.format(table))
            form = self.on_source(f'SELECT {kind.form("k")} FROM {table}')[0][0]
            self.agree(table, 'k', [(kind.spellings(kind.normal(form))[0], None)])

    def agree(self, table, column, keys):
        """Of each (word, the detail's text of the key; None: the only row)."""
        answer = self.verify('--tables', table, '--details', 100)
        differing = {detail['key'][column] for detail in answer.table(table)['details']}
        for word, shown in keys:
            is_different = bool(differing) if shown is None else shown in differing
            told = self.explain(table, word, exits=int(is_different))
            self.assertEqual(told['verdict'], 'different' if is_different else 'equal', told)
