"""Structures that incremental changes or makes, table by table of the catalogue.

The catalogue (tests/schema) holds pairs of tables, one idea each.  Here the
target's become the source's by one run, with rows in them, and what they were
by one rollback; SHOW CREATE TABLE and plain SELECTs say whether that is so.
"""
import re
from collections import Counter

from harness import ROOT, only_with
from test_structures import SESSION, catalogue
from test_writing import WritingTest

EVERYTHING = ('--allow-unsafe', 'all', '--drop-extra-tables', '--max-delete-percent', 100,
              '--allow', 'no-key,non-transactional,versioned,cascade,triggers')

# Types that both families have, and what they hold.
TYPES = (
    'TINYINT', 'TINYINT(1)', 'TINYINT UNSIGNED', 'SMALLINT', 'SMALLINT UNSIGNED', 'MEDIUMINT', 'MEDIUMINT UNSIGNED',
    'INT', 'INT UNSIGNED', 'INT(6) ZEROFILL', 'BIGINT', 'BIGINT UNSIGNED', 'DECIMAL(10,0)', 'DECIMAL(10,2)',
    'DECIMAL(65,30)', 'DECIMAL(12,3) UNSIGNED', 'FLOAT', 'DOUBLE', 'FLOAT UNSIGNED', 'DOUBLE UNSIGNED', 'BIT(1)',
    'BIT(33)', 'BOOLEAN', 'DATE', 'DATETIME', 'DATETIME(3)', 'DATETIME(6)', 'TIMESTAMP NULL', 'TIMESTAMP(6) NULL',
    "TIMESTAMP NOT NULL DEFAULT '2020-02-02 02:02:02'", 'TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP',
    'DATETIME DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP', 'TIME', 'TIME(4)', 'YEAR', 'CHAR(10)',
    'CHAR(0)', 'VARCHAR(50)', 'VARCHAR(50) CHARACTER SET latin1', 'VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
    'VARCHAR(10) CHARACTER SET utf8mb3', 'VARCHAR(9) CHARACTER SET ascii', "VARCHAR(9) NOT NULL DEFAULT ''",
    "VARCHAR(9) DEFAULT 'it''s'", 'BINARY(4)', 'VARBINARY(20)', 'TINYTEXT', 'TEXT', 'MEDIUMTEXT', 'LONGTEXT',
    'TEXT CHARACTER SET latin1', 'TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB', "ENUM('a','b','it''s')",
    "SET('x','y','z')", "ENUM('é','ß') CHARACTER SET latin1", 'JSON', 'GEOMETRY', 'POINT', 'LINESTRING', 'POLYGON',
    'INT DEFAULT 7', 'INT NOT NULL DEFAULT 0', "DECIMAL(5,2) DEFAULT '1.50'", "BIT(3) DEFAULT b'101'",
    "INT COMMENT 'it''s a \"comment\"'",
)


class Reshaping(WritingTest):
    scope = ()

    def definition(self, place, table):
        """As the server shows it, but for the counter, and what Aria leaves."""
        text = self.session(place).run(f'SHOW CREATE TABLE `{table}`')[0][1]
        if place.name == 'mysql-5.6':       # which keeps a rule as it was written, others print it their own way
            text = re.sub(r'(?s)(?<=PARTITION BY ).*', lambda rule: rule[0].replace('`', ''), text)
        return re.sub(r' AUTO_INCREMENT=\d+| PAGE_CHECKSUM=1', '', text)

    def expect_as_source(self, table, story):
        """Rows, and where both servers print definitions alike, these."""
        now, wanted = self.state(self.target)[table], self.state(self.source)[table]
        self.assertEqual(now[1], wanted[1], f'rows of {table}\n{story}')
        if self.source.name == self.target.name:
            self.assertEqual(now[0], wanted[0], f'{table}\n{story}')

    def state(self, place):
        session = self.session(place)
        names = [row[0] for row in session.run('SHOW TABLES')]
        return {name: (self.definition(place, name), Counter(session.run(f'SELECT * FROM `{name}`'))) for name in names}


class Catalogue(Reshaping):
    def create(self, place, text):
        session = self.session(place)
        for statement in (*SESSION, text):
            session.run(statement)

    def put_row(self, name):
        """One row of defaults, where both tables take it."""
        for place in (self.source, self.target):
            try:
                self.session(place).run(f'INSERT INTO `{name}` () VALUES ()')
            except Exception:   # no default, or one that is not valid: then it stays empty
                return

    def expect_same(self, before, after, answer):
        changed = [f'{name}: {before.get(name)}\n  is now {after.get(name)}'
                   for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
        self.assertEqual(changed, [], '\n'.join(changed[:5]) + f'\n{answer}')

    def troubles(self, answer):
        found = answer.json
        if 'error' in found:
            return [found['error']['text']]
        return [f"{entry['table']}: {entry.get('error') or entry.get('reason') or entry}"[:600] for entry in
                (*found['plan']['left_out'], *(found['still_different'] or ()),
                 *(table for table in found['plan']['structures'] + (found['written'] or []) if table['error']))]

    def test_hc_086_catalogue_is_synchronised_and_rolled_back(self):
        if len({place.name.split('-')[0] for place in (self.source, self.target)}) > 1:
            self.skipTest('definitions of one family; pairs of two are in the matrix beside these')
        entries = [entry for entry in catalogue(self.source.name) if entry.is_on(self.target.name)]
        self.assertGreaterEqual(len(entries), 150)
        for entry in entries:
            self.create(self.source, entry.source)
            self.create(self.target, entry.target)
            self.put_row(entry.name)
        before = self.state(self.target)
        answer = self.incremental(*EVERYTHING, limit=240)
        self.assertEqual(self.troubles(answer), [])
        self.expect_exit(answer, 0)
        self.expect_exit(self.verify(limit=120), 0)
        undone = self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes', '--allow',
                             'triggers,no-key,non-transactional,versioned', limit=240)
        self.expect_exit(undone, 0)
        self.expect_same(before, self.state(self.target), undone)

    def test_hc_097_column_under_another_name_is_not_guessed(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, customer INT)', 'INSERT INTO t VALUES (1, 7)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, client INT)', 'INSERT INTO t VALUES (1, 8)')
        self.expect_error(self.incremental(), 3, 'client', 'drop-column')
        self.assertEqual(self.rows(self.target, 't'), [('1', '8')])


class AsSaid(Reshaping):
    """What makes no difference is nevertheless made as it was said, there and back."""

    def types(self, place):
        """What stands between the name of a column and its default, in the words of the server."""
        text = self.session(place).run('SHOW CREATE TABLE t')[0][1]
        return re.findall(r'^  (`.*?)(?: NOT NULL| DEFAULT|,$|$)', text, re.M)

    def there_and_back(self):
        before = self.types(self.target)
        answer = self.expect_exit(self.incremental(*EVERYTHING), 0)
        self.assertEqual(self.types(self.target), self.types(self.source), str(answer))
        undone = self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes')
        self.expect_exit(undone, 0)
        self.assertEqual(self.types(self.target), before, str(undone))

    @only_with('mariadb', 'MySQL has given up widths')
    def test_l7_widths_of_numbers(self):
        self.on_source('CREATE TABLE t (id INT(4) PRIMARY KEY, b TINYINT(1) UNSIGNED, c TINYINT(1), z INT(6) ZEROFILL, s SMALLINT(3), n BIGINT(20))')
        self.on_target('CREATE TABLE t (id INT(4) PRIMARY KEY, c TINYINT(2), q INT(7), n INT(9))')
        self.there_and_back()

    @only_with('mariadb', 'MySQL has given up widths')
    def test_l7_width_alone_is_no_difference(self):
        self.on_source('CREATE TABLE t (id INT(4) PRIMARY KEY, b TINYINT(1) UNSIGNED)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, b TINYINT UNSIGNED)')
        self.expect_exit(self.verify(), 0)

    def test_l8_character_set_that_the_table_gives(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(30), n TEXT, l VARCHAR(5) CHARACTER SET latin1) '
                       'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20), gone VARCHAR(9)) '
                       'CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')
        self.there_and_back()

    def test_l8_character_set_of_a_table_that_changes_as_well(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(30), n TEXT) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20)) CHARACTER SET latin1')
        self.on_source("INSERT INTO t VALUES (1, 'ü', 'ö')")
        answer = self.expect_exit(self.incremental(*EVERYTHING), 0)
        self.assertEqual(self.state(self.target), self.state(self.source), str(answer))

    def test_l8_table_that_is_new(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(30), n TEXT) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        self.expect_exit(self.incremental(*EVERYTHING), 0)
        self.assertEqual(self.types(self.target), self.types(self.source))


class Unsupported(Reshaping):
    """HC-107: what this version does not know is an answer for the table, not for the run."""

    @only_with('mariadb', 'MariaDB alone keeps histories of rows')
    def test_hc_107_table_with_a_history_is_left_as_it_is_and_others_are_done(self):
        for place, kind in ((self.source, 'BIGINT'), (self.target, 'INT')):
            session = self.session(place)
            session.run(f'CREATE TABLE kept (id INT PRIMARY KEY, v {kind}) WITH SYSTEM VERSIONING')
            session.run(f'CREATE TABLE other (id INT PRIMARY KEY, v {kind})')
        before = self.definition(self.target, 'kept')
        answer = self.expect_exit(self.incremental(), 6)
        self.assertIn('kept', [gap['table'] for gap in answer.json['plan']['left_out']], str(answer))
        self.assertEqual(self.definition(self.target, 'kept'), before)
        self.expect_as_source('other', str(answer))


class LineBreaks(Reshaping):
    """HC-101: a line of a backup point is a row, so a name must not have two."""

    def make(self, kind):
        for place, wanted, value in ((self.source, kind, 1), (self.target, 'INT', 2)):
            session = self.session(place)
            session.run(f'CREATE TABLE `a\nb` (id INT PRIMARY KEY, v {wanted})')
            session.run(f'CREATE TABLE c (id INT PRIMARY KEY, `d\n(1,2` {wanted})')
            session.run(f'CREATE TABLE other (id INT PRIMARY KEY, v {wanted})')
            for name in ('a\nb', 'c', 'other'):
                session.run(f'INSERT INTO `{name}` VALUES (1, {value})')

    def check(self, *options):
        before = self.state(self.target)
        answer = self.expect_exit(self.incremental(*options), 6)
        self.assertLessEqual({'a\nb', 'c'}, {gap['table'] for gap in answer.json['plan']['left_out']}, str(answer))
        after = self.state(self.target)
        self.assertEqual((after['a\nb'], after['c']), (before['a\nb'], before['c']))
        self.expect_as_source('other', str(answer))
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)
        self.assertEqual(self.state(self.target), before)

    def test_hc_101_rows_of_a_name_with_a_line_break_are_left_alone(self):
        self.make('INT')
        self.check()

    def test_hc_101_structure_of_a_name_with_a_line_break_is_left_alone(self):
        self.make('BIGINT')
        self.check()


class Copies(Reshaping):
    """What was copied once needs no DDL any more, whatever the servers are."""

    def expect_copied(self):
        answer = self.expect_exit(self.incremental(*EVERYTHING, limit=120), 0)
        self.assertTrue(answer.json['plan']['structures'], str(answer))
        again = self.expect_exit(self.dry_run(limit=120), 0)
        self.assertEqual((again.json['plan']['structures'], again.json['plan']['objects']), ([], []), str(again))

    def test_hc_090_table_of_sixty_types_is_copied_and_needs_nothing_then(self):
        self.assertGreaterEqual(len(TYPES), 60)
        columns = ', '.join(f'c{number} {kind}' for number, kind in enumerate(TYPES))
        self.on_source("SET SESSION sql_mode = ''", f'CREATE TABLE sixty (id INT AUTO_INCREMENT PRIMARY KEY, {columns})',
                       'INSERT INTO sixty (c7) VALUES (1), (2), (NULL)')
        self.expect_copied()

    def test_sample_shop_is_copied_and_needs_nothing_then(self):
        text = (ROOT / 'scripts/sample/shop.sql').read_text(encoding='utf-8')
        session = self.session(self.source)
        for statement in schema_of(text):
            session.run(statement)
        self.expect_copied()


def schema_of(text):
    """CREATE TABLE and CREATE VIEW of a script."""
    plain = re.sub(r'^--.*$', '', text, flags=re.M)
    return [part.strip() for part in plain.split(';\n') if re.match(r'\s*CREATE (TABLE|.*VIEW)', part)]
