"""dbsync changes: values of each type, out of the log and out of a snapshot, are what SELECT gives.

A value is written in SQL, read back by an expression that tells it exactly, and held against
both ways that dbsync reads it, in every form that a server logs rows in.
"""
import base64
import itertools
import json
import os
import random
import signal
import struct
from decimal import Decimal

import kinds
from harness import restart_server
from test_changes import ChangesTest


class Spelled(str):
    """A number of JSON, with its digits."""


def spelled_lines(text):
    return [json.loads(line, parse_int=Spelled, parse_float=Spelled) for line in text.split('\n') if line]


# --------------------------------------------------------------------------
# Ways to read a value: the SQL that tells it, what that text says, what JSON says
# --------------------------------------------------------------------------

def number(value):
    assert isinstance(value, Spelled), value
    return Decimal(value)


def single(value):
    return repr(struct.unpack('>f', struct.pack('>f', float(number(value))))[0])


def octets(value):
    assert list(value) == ['base64'], value
    return base64.b64decode(value['base64'], validate=True)


def plain(value):
    assert isinstance(value, str) and not isinstance(value, Spelled), value
    return value


NUMBER = ('{}', Decimal, number)
SINGLE = ('{}*1e0', lambda text: repr(float(text)), single)
DOUBLE = ('{}*1e0', lambda text: repr(float(text)), lambda value: repr(float(number(value))))
BITS = ('HEX({})', lambda text: int(text, 16), number)
PLAIN = ('{}', str, plain)
MOMENT = ('{}', lambda text: text.replace(' ', 'T'), plain)
INSTANT = ('{}', lambda text: text.replace(' ', 'T') + 'Z', plain)
TEXT = ('HEX(CONVERT({} USING utf8mb4))', lambda text: bytes.fromhex(text).decode(), plain)
OCTETS = ('HEX({})', bytes.fromhex, octets)
JSON_TEXT = ('HEX(CAST({} AS CHAR CHARACTER SET utf8mb4))', lambda text: bytes.fromhex(text).decode(), plain)
WAYS_OF_KINDS = [(kinds.Legacy, None), (kinds.Single, SINGLE), (kinds.Double, DOUBLE), (kinds.Integer, NUMBER), (kinds.Exact, NUMBER),
                 (kinds.Bits, BITS), (kinds.Year, NUMBER), (kinds.Date, MOMENT), (kinds.Time, PLAIN), (kinds.DateTime, MOMENT),
                 (kinds.Timestamp, INSTANT), (kinds.Text, TEXT), (kinds.Bytes, OCTETS), (kinds.Hollow, TEXT), (kinds.Enum, TEXT),
                 (kinds.Json, JSON_TEXT), (kinds.Geometry, OCTETS), (kinds.Uuid, PLAIN)]


class Column:
    """A column: its type, how it is read, literals of its values."""

    def __init__(self, sql, way, values):
        self.sql, self.values = sql, list(values)
        self.form, self.of_text, self.of_json = way

    @classmethod
    def random(cls, rng, kind, count):
        way = next(way for cases, way in WAYS_OF_KINDS if isinstance(kind, cases))
        if way is None:
            way = SINGLE if 'FLOAT' in kind.sql else DOUBLE
        return cls(kind.sql, way, (kind.literal(kind.random(rng)) for _ in range(count)))

    def read(self, value):
        """What a line gives; a JSON value of another type is none of ours."""
        try:
            return value if value is None else self.of_json(value)
        except AssertionError:
            return 'another type', value


class Table:
    """Columns of that many rows: each column's values in turn, and a row of NULLs."""

    def __init__(self, name, columns, rest=''):
        self.name, self.rest = name, rest
        self.columns = {f'c{number}': column for number, column in enumerate(columns)}

    def create(self, name=None):
        columns = ''.join(f', {name} {column.sql} NULL' for name, column in self.columns.items())
        return f'CREATE TABLE {name or self.name} (id INT PRIMARY KEY{columns}) {self.rest}'

    def rows(self):
        count = max(len(column.values) for column in self.columns.values())
        for place in range(count):
            yield ', '.join([str(place + 1)] + [column.values[place % len(column.values)] for column in self.columns.values()])
        yield ', '.join([str(count + 1)] + ['NULL'] * len(self.columns))

    def selected(self, run, name=None):
        """What SELECT gives: by id, by column."""
        forms = ', '.join(column.form.format(name) for name, column in self.columns.items())
        return {int(row[0]): {name: text if text is None else column.of_text(text)
                              for (name, column), text in zip(self.columns.items(), row[1:])}
                for row in run(f'SELECT id, {forms} FROM {name or self.name}')}


# --------------------------------------------------------------------------
# The types
# --------------------------------------------------------------------------

def integers():
    for name, bits in kinds.Integer.SIZES.items():
        half = 2**(bits - 1)
        yield Column(name, NUMBER, map(str, (-half, half - 1, 0, -1, 1)))
        yield Column(f'{name} UNSIGNED', NUMBER, map(str, (2 * half - 1, half, half - 1, 0)))
        yield Column(f'{name}(4) UNSIGNED ZEROFILL', NUMBER, map(str, (7, 2 * half - 1, 0)))
    yield Column('BOOL', NUMBER, ('0', '1', '-128'))


def decimals():
    for digits, scale in ((65, 30), (65, 0), (30, 30), (1, 0), (1, 1), (9, 0), (10, 9), (18, 9), (19, 10), (38, 10), (27, 18)):
        nines = ('9' * (digits - scale) or '0') + ('.' + '9' * scale if scale else '')
        least = '0.' + '0' * (scale - 1) + '1' if scale else '1'
        yield Column(f'DECIMAL({digits},{scale})', NUMBER, (nines, '-' + nines, least, '-' + least, '0', "'-0.0'", "'0.10'"))
    yield Column('DECIMAL(12,3) UNSIGNED', NUMBER, ('0', '0.001', '999999999.999'))
    yield Column('DECIMAL(12,3) ZEROFILL', NUMBER, ('0', '0.5', '12.25'))


def reals():
    yield Column('DOUBLE', DOUBLE, ("'-0'", '0e0', '1e0', '-1.5e0', '0.1e0', '1.7976931348623157e308', '-1.7976931348623157e308', '5e-324',
                                    '2.2250738585072014e-308', '2.225073858507201e-308', '9007199254740993e0', '123456789.12345678e0', '1e22', '1e23',
                                    '0.30000000000000004e0', '5e-7', '1e15', '1e16', '1e17'))
    yield Column('DOUBLE UNSIGNED', DOUBLE, ('0e0', '1e100'))
    yield Column('DOUBLE(9,3)', DOUBLE, ('0', '-123456.789', '0.001'))
    yield Column('FLOAT', SINGLE, ("'-0'", '0e0', '14.2204e0', '0.1e0', '16777216e0', '16777217e0', '3.40282346e38', '-3.40282346e38', '1.17549435e-38',
                                   '1e-40', '1.4e-45', '33554434e0', '1e10', '1.0000001e0'))
    yield Column('FLOAT UNSIGNED', SINGLE, ('0e0', '1.5e0'))
    yield Column('FLOAT(7,4)', SINGLE, ('0', '-999.9999', '12.3456'))


def bits():
    for width in range(1, 65):
        yield Column(f'BIT({width})', BITS, ("b'0'", "b'1'", "b'" + '1' * width + "'", "b'1" + '0' * (width - 1) + "'"))


def clocks(server):
    yield Column('YEAR', NUMBER, ("'0000'", '1901', '2155', '1970', '2000'))
    yield Column('DATE', MOMENT, ("'0000-00-00'", "'0000-01-01'", "'1000-01-01'", "'9999-12-31'", "'2024-02-29'", "'2024-00-15'", "'2023-02-30'", "'2023-05-00'"))
    last = '2106-02-07 06:28:15' if server.family == 'mariadb' and server.version >= (11, 5) else '2038-01-19 03:14:07'
    for digits in range(7):
        nines, size = '.' + '9' * digits if digits else '', f'({digits})' if digits else ''
        some = f'.{"050607"[:digits]}' if digits else ''
        half = '.5' if digits else ''
        yield Column('DATETIME' + size, MOMENT, (f"'{text}'" for text in (
            '0000-00-00 00:00:00', '0000-00-00 00:00:01', f'1000-01-01 00:00:00{some}', f'9999-12-31 23:59:59{nines}', f'2024-00-00 12:00:00{half}',
            '2026-12-01 00:00:00', f'0000-00-00 00:00:00{some}')))
        yield Column('TIMESTAMP' + size, INSTANT, (f"'{text}'" for text in (
            '0000-00-00 00:00:00', f'1970-01-01 00:00:01{some}', last, f'2026-07-01 12:13:14{nines}', f'2024-03-31 01:30:00{half}')))
        yield Column('TIME' + size, PLAIN, (f"'{text}'" for text in (
            '00:00:00', f'-00:00:01{half}', f'-00:00:00{some}', '838:59:59', '-838:59:59', f'838:59:58{nines}', f'-838:59:58{nines}', f'-01:00:00{nines}',
            f'23:59:59{some}', '-00:00:01', f'-24:00:00{half}', f'00:00:00{nines}')))
    if server.family == 'mariadb':
        yield Column('TIME(6)', PLAIN, ("'-838:59:59.999999'", "'838:59:59.999999'"))


def texts():
    """Of utf8mb4: at the lengths where the log counts in other ways."""
    for size in (0, 1, 63, 64, 85, 86, 127, 128, 255):
        yield Column(f'CHAR({size}) CHARACTER SET utf8mb4', TEXT, ("''", f"REPEAT('é', {size})", f"REPEAT('😀', {size})", f"REPEAT('a', {size})"))
    for size in (0, 1, 63, 64, 255, 256, 1000):
        for charset in ('latin1', 'utf8mb4'):
            yield Column(f'VARCHAR({size}) CHARACTER SET {charset}', TEXT, ("''", f"REPEAT('a', {size})", f"REPEAT('é', {size})", f"REPEAT(' ', {size})"))
    odd = ["'%s'" % ''.join('\\' + letter if letter in '\\\'' else letter for letter in text) for text in kinds.ODD_TEXTS]
    yield Column('VARCHAR(60) CHARACTER SET utf8mb4', TEXT, odd + ["X'00'", "X'7f'", "X'1f085c22'", "'\u2028\ufeff'"])
    for name, most in (('TINYTEXT', 255), ('TEXT', 65535), ('MEDIUMTEXT', 70000), ('LONGTEXT', 70000)):
        yield Column(f'{name} CHARACTER SET utf8mb4', TEXT, ("''", "'é😀'", f"REPEAT('x', {most})"))
        yield Column(f'{name} CHARACTER SET latin1', TEXT, ("''", "'éÿ'"))


def byte_strings():
    for size in (0, 1, 2, 16, 255):
        yield Column(f'BINARY({size})', OCTETS, ("''", f"REPEAT(X'00', {size})", f"REPEAT(X'ff', {size})", f"LEFT(X'0100', {size})", f"LEFT(X'2000', {size})"))
    for size in (0, 1, 255, 256, 1000):
        yield Column(f'VARBINARY({size})', OCTETS, ("''", f"REPEAT(X'00', {size})", f"REPEAT(X'ff', {size})", f"LEFT(X'0100', {size})"))
    yield Column('CHAR(5) CHARACTER SET binary', OCTETS, ("X'0000'", "'a'"))
    for name, most in (('TINYBLOB', 255), ('BLOB', 65535), ('MEDIUMBLOB', 65536), ('LONGBLOB', 70000)):
        yield Column(name, OCTETS, ("''", "X'00'", "X'c328'", f"REPEAT(X'fe', {most})"))


def members(server):
    for count in (1, 2, 8, 9, 16, 17, 24, 25, 32, 33, 63, 64):
        names = [f'm{number}' for number in range(count)]
        listed = ','.join(f"'{name}'" for name in names)
        yield Column(f'ENUM({listed})', TEXT, ("'m0'", str(count), "''"))
        yield Column(f'SET({listed})', TEXT, ("'m0'", str(2**count - 1), "''", str(2**(count - 1))))
    yield Column('ENUM(' + ','.join(f"'n{number}'" for number in range(300)) + ')', TEXT, ('1', '255', '256', '300', "''"))
    odd = "'é','?','it''s','a b','x\"y','\\\\','%','','NULL'"
    yield Column(f'ENUM({odd}) CHARACTER SET utf8mb4', TEXT, [*map(str, range(1, 10)), "''"])
    yield Column(f'SET({odd}) CHARACTER SET utf8mb4', TEXT, map(str, (0, 1, 128, 129, 192, 257, 511, 384)))
    for charset, letters in (('latin1', "'é','ÿ','z'"), ('cp1251', "'я','Ж'"), ('gbk', "'中','文'"), ('sjis', "'表','ソ'"), ('ucs2', "'é','中'"),
                             ('utf16', "'é','中'"), ('utf32', "'é','中'")):
        # MySQL 5.6 itself puts a comma of one byte between wide characters
        both = ('1', '3') if server.name != 'mysql-5.6' or charset[:3] not in ('ucs', 'utf') else ('1',)
        yield Column(f'ENUM({letters}) CHARACTER SET {charset}', TEXT, ('1', '2', "''"))
        yield Column(f'SET({letters}) CHARACTER SET {charset}', TEXT, ('0', '2', *both))


def members_beyond():
    """Characters that a schema has no room for."""
    for charset in ('utf8mb4', 'utf16', 'utf32'):
        yield Column(f"ENUM('é','😀','?') CHARACTER SET {charset}", TEXT, ('1', '2', '3', "''"))
        yield Column(f"SET('é','😀') CHARACTER SET {charset}", TEXT, ('0', '1', '2'))


def geometries():
    shapes = ['POINT(1 -2.5)', 'LINESTRING(0 0,1 1,2.5 3)', 'POLYGON((0 0,10 0,10 10,0 10,0 0),(1 1,2 1,2 2,1 2,1 1))', 'MULTIPOINT(1 1,2 2)',
              'MULTILINESTRING((0 0,1 1),(2 2,3 3))', 'MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((5 5,6 5,6 6,5 6,5 5)))',
              'GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,1 1))']
    for shape in shapes:
        yield Column(shape.split('(', maxsplit=1)[0], OCTETS, (f"ST_GeomFromText('{shape}')", f"ST_GeomFromText('{shape}', 4326)"))
    yield Column('GEOMETRY', OCTETS, (f"ST_GeomFromText('{shape}')" for shape in shapes))


def mixed():
    """Columns with and without character sets in between: the log counts only some of them."""
    for charset in ('latin1', 'utf8mb4', 'cp1251'):
        yield Column(f'VARCHAR(9) CHARACTER SET {charset}', TEXT, ("'ab'", "''"))
        yield Column('POINT', OCTETS, ("ST_GeomFromText('POINT(1 2)')",))
        yield Column(f'TEXT CHARACTER SET {charset}', TEXT, ("'cd'",))
        yield Column('BLOB', OCTETS, ("X'ff'",))
        yield Column("ENUM('a','b') CHARACTER SET latin1", TEXT, ("'b'",))
        yield Column('YEAR', NUMBER, ('1999',))
        yield Column("SET('ä','b') CHARACTER SET utf8mb4", TEXT, ("3",))
        yield Column('BIT(9)', BITS, ("b'101'",))
        yield Column('TINYINT UNSIGNED', NUMBER, ('200',))
        yield Column('BINARY(3)', OCTETS, ("X'61'",))
        yield Column('FLOAT', SINGLE, ('1.5',))
        yield Column('SMALLINT', NUMBER, ('-5',))


def json_values():
    many = ','.join(f'"k{number}": [{number}, -{number}.5, "{"é" * (number % 7)}"]' for number in range(3000))
    documents = ['{}', '[]', 'null', 'true', '0', '-1', '18446744073709551615', '-9223372036854775808', '1e300', '0.1', '""', '"\\u0001\\"\\\\é😀"',
                 '{"b": 1, "a": [1, {"c": null}], "": ""}', '[1, 70000, -70000, 5000000000, 1.5, false]', '{' + many + '}', '"' + 'x' * 70000 + '"',
                 '[' + ','.join(['[]'] * 90) + ']', '[' * 25 + ']' * 25]
    return [f"'{document}'" for document in (text.replace('\\', '\\\\') for text in documents)]


def documents(server):
    """JSON, and what else is large."""
    if server.family == 'mysql' and server.version >= (8, 0):
        opaque = ['CURRENT_TIMESTAMP(6)', "CAST('2024-02-29' AS DATE)", "CAST('-12:34:56.789' AS TIME(6))", 'CAST(-1.50 AS DECIMAL(9,3))', "_binary X'00ff'",
                  "TIMESTAMP'2000-01-02 03:04:05.06'", '1.5e0', '1e16', '1e15', "b'101'", 'CAST(2001 AS YEAR)']
        yield Column('JSON', JSON_TEXT, json_values() + [f'JSON_ARRAY({text})' for text in opaque] + [f"CAST({text} AS JSON)" for text in opaque[:4]])
    elif server.family == 'mariadb':
        yield Column('JSON', TEXT, json_values())
        yield Column('VARCHAR(300) COMPRESSED CHARACTER SET latin1', TEXT, ("''", "'é'", "REPEAT('aé', 150)"))
        yield Column('TEXT COMPRESSED CHARACTER SET utf8mb4', TEXT, ("''", "'é'", "REPEAT('aé', 9000)"))
        yield Column('VARBINARY(3000) COMPRESSED', OCTETS, ("''", "X'00'", "REPEAT(X'00ff', 1500)"))
        yield Column('LONGBLOB COMPRESSED', OCTETS, ("''", "X'00'", "REPEAT(X'00ff', 100000)"))


def own_types(server):
    """Those that not all servers have."""
    if server.family == 'mysql' and server.version >= (8, 0):
        yield Column('VECTOR(3)', OCTETS, ("STRING_TO_VECTOR('[1,-2.5,3e10]')", "STRING_TO_VECTOR('[0]')"))
        yield Column('POINT SRID 4326', OCTETS, ("ST_GeomFromText('POINT(1 2)', 4326)",))
    if server.family != 'mariadb':
        return
    yield Column('INET6', PLAIN, (f"'{text}'" for text in ('::', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', '2001:db8::', '::ffff:1.2.3.4', '::1.2.3.4',
                                                        '1:0:0:2::', '1::2:0:0:3', '1:2:3:4:5:6:7:0', '0:1::', '1:0:2:3:4:5:6:7', '::ffff:0:0')))
    if server.version >= (10, 11):
        digits = ['123e4567-e89b-{}2d3-{}456-426614174{}'.format(version, variant, tail) for version in range(10) for variant in '089adf' for tail in ('000', '0ab')]
        digits += ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '00000000-0000-1000-8000-000000000000',
                   '10000000-0000-1000-8000-000000000000', '00000000-0000-4000-8000-000000000000', '00000000-0000-7000-8000-000000000100']
        yield Column('UUID', PLAIN, (f"'{text}'" for text in digits))
        yield Column('INET4', PLAIN, (f"'{text}'" for text in ('0.0.0.0', '255.255.255.255', '10.0.0.0', '1.2.3.4', '0.0.0.1')))
    if server.version >= (11, 7):
        yield Column('VECTOR(3)', OCTETS, ("VEC_FromText('[1,-2.5,3e10]')", "VEC_FromText('[0,0,0]')"))


SAMPLES = {'sjis': 'ｱ表ソ能あ~\\', 'cp932': 'ｱ表ソ能あ①~\\', 'ujis': '表あｱ', 'eucjpms': '表あ①', 'gbk': '中文字庫\\|', 'gb2312': '中文', 'gb18030': '中文😀é\\', 'big5': '中文功\\',
           'euckr': '한글'}


def charsets(server, run):
    """All bytes of those with single ones; letters, and the first 64K codes, of the others."""
    for name, width in sorted((row[0], int(row[3])) for row in run('SHOW CHARACTER SET')):
        if name == 'binary':
            continue
        if width == 1:
            every = ''.join(f'{byte:02x}' for byte in range(128 if name == 'ascii' else 256))
            values = [f"_{name} X'{every}'", "'a'", "''"] + [f"_{name} X'{byte:02x}'" for byte in (0x23, 0x5c, 0x7e, 0x40)]
            yield Column(f'VARCHAR(256) CHARACTER SET {name}', TEXT, values)
            continue
        letters = SAMPLES.get(name, 'aé中' + ('😀' if width == 4 and name != 'ucs2' else ''))
        codes = ''.join(map(chr, [*range(0x80, 0xd800, 7), *range(0xe000, 0x10000, 7)]))
        yield Column(f'TEXT CHARACTER SET {name}', TEXT, [f"CONVERT('{text}' USING {name})" for text in ('a', '', letters.replace('\\', '\\\\'), codes)])


def some_have(server):
    return [Table(name, columns) for name, columns in (('own', list(own_types(server))), ('documents', list(documents(server)))) if columns]


def tables(server, run):
    rng = random.Random(os.environ.get('DBSYNC_SEED', 'changes'))
    found = [Table('integers', integers()), Table('decimals', decimals()), Table('reals', reals()), Table('bits', bits()), Table('clocks', clocks(server)),
             Table('texts', texts()), Table('byte_strings', byte_strings()), Table('members', members(server)), Table('members_beyond', members_beyond()), Table('geometries', geometries()),
             Table('mixed', mixed()), Table('charsets', charsets(server, run))]
    found += some_have(server)
    chosen = []
    while len(chosen) < 120:
        kind = kinds.Hollow(rng) if rng.random() < 0.05 else kinds.random_kind(rng, [server.name])
        if not (server.name == 'mysql-5.6' and (isinstance(kind, kinds.Json) or '_0900_' in kind.sql)):
            chosen.append(Column.random(rng, kind, 10))
    return found + [Table(f'random_{start}', chosen[start:start + 30], 'CHARACTER SET latin1') for start in range(0, 120, 30)]


# --------------------------------------------------------------------------
# Tests
# --------------------------------------------------------------------------

class TypesTest(ChangesTest):
    not_for_old = ''
    each_server = True

    def setUp(self):
        super().setUp()
        self.is_old = self.place.name == 'mysql-5.6'
        self.metadata = [] if self.is_old else ['MINIMAL', 'FULL'] if self.family == 'mysql' else ['NO_LOG', 'MINIMAL', 'FULL']
        # Values that strict sessions refuse are values all the same.
        self.run_sql("SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'")

    def set_global(self, name, value):
        before = str(self.run_sql(f'SELECT @@GLOBAL.{name}')[0][0])
        quote = '' if before.isdigit() else "'"
        self.addCleanup(self.place.sql, f'SET GLOBAL {name}={quote}{before}{quote}')
        self.run_sql(f'SET GLOBAL {name}={quote}{value}{quote}')

    def lines(self, *options, code=0):
        answer = self.dbsync('changes', *options, self.place.url(self.db), limit=120)
        self.expect_exit(answer, code)
        self.said = answer.err
        return spelled_lines(answer.out)

    def now(self):
        self.lines()
        return self.said.split('next place: ')[1].strip()

    def fill(self, table):
        if self.is_old:     # InnoDB has no room for such rows there
            table.rest += ' ENGINE=MyISAM'
        self.run_sql(table.create())
        self.run_sql(f'INSERT INTO {table.name} VALUES ' + ', '.join(f'({row})' for row in table.rows()))

    def expect_rows(self, table, found, expected, note):
        self.assertEqual(sorted(found), sorted(expected), f'rows of {table.name}, {note}')
        for key, row in expected.items():
            self.assertEqual(list(found[key]), ['id', *row], f'columns of {table.name}, {note}')
        wrong = {}
        for key, row in expected.items():
            for name, value in row.items():
                read = table.columns[name].read(found[key][name])
                if read != value:
                    wrong.setdefault(name, f'{name} {table.columns[name].sql[:80]}, row {key}: {str(read)[:200]!r} is not {str(value)[:200]!r}')
        if wrong:
            self.fail(f'{note}: {table.name}\n' + '\n'.join(wrong.values()))

    @staticmethod
    def by_key(lines, table, image):
        return {int(line[image]['id']): line[image] for line in lines if line['type'] == 'row' and line['table'] == table.name}


class Values(TypesTest):
    def test_each_type_in_each_form(self):
        every = tables(self.place, self.run_sql)
        for table in every:
            self.fill(table)
            self.run_sql(table.create(f'stored_{table.name}'))
            self.run_sql(f'INSERT INTO stored_{table.name} SELECT * FROM {table.name}')
        expected = {table.name: table.selected(self.run_sql) for table in every}
        snapshot = self.lines('--from', 'snapshot')
        for table in every:
            with self.subTest(table=table.name):
                self.expect_rows(table, self.by_key(snapshot, table, 'after'), expected[table.name], 'snapshot')
        for metadata in self.metadata or [None]:
            if metadata:
                self.set_global('binlog_row_metadata', metadata)
            self.in_each_image(every, expected, snapshot, metadata)

    def in_each_image(self, every, expected, snapshot, metadata):
        place = self.now()
        for table in every:
            self.run_sql(f'DELETE FROM {table.name}')
            self.run_sql(f'INSERT INTO {table.name} SELECT * FROM stored_{table.name}')
        lines = self.lines('--from', place)
        for table in every:
            with self.subTest(table=table.name, metadata=metadata):
                of_table = [line for line in lines if line['table'] == table.name]
                self.expect_rows(table, self.by_key(of_table[:len(of_table) // 2], table, 'before'), expected[table.name], f'deleted, {metadata}')
                inserted = self.by_key(of_table[len(of_table) // 2:], table, 'after')
                self.expect_rows(table, inserted, expected[table.name], f'inserted, {metadata}')
                # the same text both ways, not only the same value
                self.assertEqual(inserted, self.by_key(snapshot, table, 'after'))


    def test_members_that_the_schema_does_not_show(self):
        """It has no characters above U+FFFF, and shows a question mark: rows have them, if there are any."""
        self.run_sql("CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a','😀','?') CHARACTER SET utf8mb4, s SET('b','😀') CHARACTER SET utf8mb4)")
        if self.metadata:
            self.set_global('binlog_row_metadata', self.metadata[0])
        place = self.now()
        self.run_sql("INSERT INTO t VALUES (1,'a','b'), (2,'😀','b'), (3,'?','b'), (4,'a','b,😀'), (5,'a','😀')")
        self.assertEqual([(line['after']['e'], line['after']['s']) for line in self.changes('--from', place)],
                         [('a', 'b'), ('😀', 'b'), ('?', 'b'), ('a', 'b,😀'), ('a', '😀')])
        for key, number in ((2, 2), (4, 3)):
            self.run_sql(f'DELETE FROM t WHERE id = {key}')
            self.refused(6, f'value {number} of column', 'above U+FFFF', 'binlog_row_metadata=FULL', options=('--from', place))
            self.run_sql('UPDATE t SET e = 2 WHERE id = 5')


class Images(TypesTest):
    """What a row has of its columns: all, or what binlog_row_image leaves of them."""

    def changed(self, place):
        return [(line['kind'], line['key'], line['before'], line['after']) for line in self.rows(self.changes('--from', place))]

    def test_minimal_and_without_blobs(self):
        for statement in ('CREATE TABLE k (id INT PRIMARY KEY, a INT, t TEXT, v VARCHAR(9))', 'CREATE TABLE u (a INT, n INT NOT NULL, t TEXT, UNIQUE (n))',
                          'CREATE TABLE bare (a INT, t TEXT, v VARCHAR(9))'):
            self.run_sql(statement)
        whole = {'id': 1, 'a': 2, 't': 'text', 'v': None}
        for metadata in self.metadata or [None]:
            if metadata:
                self.set_global('binlog_row_metadata', metadata)
            for image, without in (('full', set()), ('noblob', {'t'}), ('minimal', {'t', 'a', 'v'})):
                with self.subTest(metadata=metadata, image=image):
                    self.run_sql(f'SET SESSION binlog_row_image={image}')
                    place = self.now()
                    self.run_sql("INSERT INTO k VALUES (1, 2, 'text', NULL)")
                    self.run_sql("INSERT INTO k (id) VALUES (7)")
                    self.run_sql("UPDATE k SET t = 'other' WHERE id = 1")
                    self.run_sql('UPDATE k SET a = NULL WHERE id = 1')
                    self.run_sql('UPDATE k SET id = 5 WHERE id = 1')
                    self.run_sql('DELETE FROM k')
                    found = self.changed(place)
                    left = {name: value for name, value in whole.items() if name not in without}
                    after = {'full': [dict(whole, t='other'), dict(whole, t='other', a=None), dict(whole, t='other', a=None, id=5)],
                             'noblob': [dict(whole, t='other'), dict(left, a=None), dict(left, a=None, id=5)],
                             'minimal': [{'t': 'other'}, {'a': None}, {'id': 5}]}[image]
                    before = {'full': [whole, after[0], after[1]], 'noblob': [left, left, dict(left, a=None)], 'minimal': [left] * 3}[image]
                    self.assertEqual([row[3] for row in found[:1]], [whole])
                    first = found[1][3]
                    self.assertEqual(first, {'id': 7} if image == 'minimal' else {'id': 7, 'a': None, 't': None, 'v': None} if image == 'full' else first)
                    self.assertEqual(found[2:5], [('update', {'id': 1}, *pair) for pair in zip(before, after)])
                    self.assertEqual([(row[0], row[1], row[3]) for row in found[5:]], [('delete', {'id': 5}, None), ('delete', {'id': 7}, None)])
                    self.assertEqual(set(found[5][2]), set(left))

    def test_what_a_row_without_a_primary_key_is_known_by(self):
        self.run_sql('CREATE TABLE u (a INT, n INT NOT NULL, t TEXT, UNIQUE (n))')
        self.run_sql('CREATE TABLE bare (a INT, t TEXT, v VARCHAR(9))')
        for metadata in self.metadata or [None]:
            if metadata:
                self.set_global('binlog_row_metadata', metadata)
            for image in ('minimal', 'noblob', 'full'):
                with self.subTest(metadata=metadata, image=image):
                    self.run_sql(f'SET SESSION binlog_row_image={image}')
                    place = self.now()
                    for statement in ("INSERT INTO u VALUES (1, 2, 'x')", 'UPDATE u SET n = 3', "UPDATE u SET t = NULL", 'DELETE FROM u',
                                      "INSERT INTO bare VALUES (1, 'x', NULL)", "UPDATE bare SET v = 'y'", 'DELETE FROM bare'):
                        self.run_sql(statement)
                    found = self.changed(place)
                    self.assertEqual([row[1] for row in found], [{'n': 2}, {'n': 2}, {'n': 3}, {'n': 3}, None, None, None])
                    self.assertEqual(found[5][2], {'a': 1, 't': 'x', 'v': None})
                    self.assertEqual(found[5][3]['v'], 'y')
                    self.assertEqual(found[6][2], {'a': 1, 't': 'x', 'v': 'y'})

    def test_columns_that_are_null_in_every_pattern(self):
        rng = random.Random('nulls')
        counts = (1, 7, 8, 9, 15, 16, 17, 63, 64, 65, 255, 500)
        expected = {}
        for count in counts:
            names = [f'c{number}' for number in range(count)]
            self.run_sql(f'CREATE TABLE t{count} (' + ', '.join(f"{name} {'INT' if number % 3 else 'VARCHAR(5)'}" for number, name in enumerate(names)) + ')')
        for metadata in self.metadata or [None]:
            if metadata:
                self.set_global('binlog_row_metadata', metadata)
            place = self.now()
            for count in counts:
                rows = [[None if rng.random() < share else number for number in range(count)] for share in (0, 1, 0.5, 0.5, 0.9, 0.1)]
                self.run_sql(f'INSERT INTO t{count} VALUES ' + ','.join('(' + ','.join('NULL' if value is None else str(value) for value in row) + ')' for row in rows))
                expected[f't{count}'] = [{f'c{number}': value if value is None or number % 3 else str(value) for number, value in enumerate(row)} for row in rows]
            lines = self.changes('--from', place)
            self.assertEqual({table: [line['after'] for line in lines if line['table'] == table] for table in expected}, expected)


class Tables(TypesTest):
    def each_metadata(self):
        for metadata in self.metadata or [None]:
            if metadata:
                self.set_global('binlog_row_metadata', metadata)
            with self.subTest(metadata=metadata):
                yield metadata

    def test_a_statement_about_an_odd_name(self):
        """The name is found in it, however it is written."""
        for name, statement in (('a`b', 'ALTER TABLE `a``b` ADD v INT'), ('a"b', 'ALTER TABLE "a""b" ADD v INT'), ("a'b", "ALTER TABLE `a'b` ADD v INT"),
                                ('ä', 'ALTER TABLE `ä` ADD v INT'), ('``', 'ALTER TABLE `````` ADD v INT')):
            with self.subTest(name=name):
                if self.metadata:
                    self.set_global('binlog_row_metadata', self.metadata[0])
                quoted = '`' + name.replace('`', '``') + '`'
                self.run_sql(f'CREATE TABLE {quoted} (id INT PRIMARY KEY)')
                place = self.now()
                self.run_sql(f'INSERT INTO {quoted} VALUES (1)')
                with self.place.session(self.db, sql_mode='ANSI_QUOTES') as session:
                    session.run(statement)
                self.refused(4, 'its structure was changed later', options=('--from', place))
                self.run_sql(f'DROP TABLE {quoted}')

    def test_odd_names(self):
        names = ['a`b', 'a"b', "a'b", '%', 'ä', 'x y', 'order', '中' * 21, 'n' * 64, 'a\\b', '-- a', '{"a":1}', '.', 'ÿ́' * 10]
        columns = ', '.join('`' + name.replace('`', '``') + '` INT' for name in names)
        for metadata in self.each_metadata():
            for name in names:
                self.run_sql('CREATE TABLE `' + name.replace('`', '``') + f'` (id INT PRIMARY KEY, {columns})')
            self.place_before = self.now()
            for name in names:
                self.run_sql('INSERT INTO `' + name.replace('`', '``') + '` VALUES (1, ' + ', '.join(map(str, range(len(names)))) + ')')
            # It names none of them; in another one letters might be in any character set.
            self.run_sql('CREATE TABLE other (id INT)')
            self.run_sql('DROP TABLE other')
            lines = self.changes('--from', self.place_before)
            self.assertEqual({line['table']: line['after'] for line in self.rows(lines)},
                             {name: {'id': 1, **{column: number for number, column in enumerate(names)}} for name in names})
            snapshot = self.changes('--from', 'snapshot')
            self.assertEqual({line['table']: line['after'] for line in snapshot}, {line['table']: line['after'] for line in self.rows(lines)})
            for name in names:
                self.run_sql('DROP TABLE `' + name.replace('`', '``') + '`')

    def test_partitions(self):
        self.run_sql('CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(9)) PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN (20), '
                     'PARTITION c VALUES LESS THAN MAXVALUE)')
        self.run_sql('CREATE TABLE s (id INT, k INT, v VARCHAR(9), PRIMARY KEY (id, k)) PARTITION BY RANGE (id) SUBPARTITION BY HASH (k) SUBPARTITIONS 300 '
                     '(PARTITION a VALUES LESS THAN (10), PARTITION b VALUES LESS THAN MAXVALUE)')
        for _ in self.each_metadata():
            place = self.now()
            self.run_sql("INSERT INTO p VALUES (1,'a'),(11,'b'),(21,'c')")
            self.run_sql('UPDATE p SET id = id + 10 ORDER BY id DESC')
            self.run_sql('DELETE FROM p')
            self.run_sql("INSERT INTO s VALUES (1,299,'a'),(11,298,'b')")
            self.run_sql('UPDATE s SET id = 12, k = 1 WHERE id = 1')
            self.run_sql('DELETE FROM s')
            lines = [(line['kind'], line['before'], line['after']) for line in self.changes('--from', place)]
            self.assertEqual(lines[3:6], [('update', {'id': n, 'v': v}, {'id': n + 10, 'v': v}) for n, v in ((21, 'c'), (11, 'b'), (1, 'a'))])
            self.assertEqual(lines[11], ('update', {'id': 1, 'k': 299, 'v': 'a'}, {'id': 12, 'k': 1, 'v': 'a'}))
            self.assertEqual(len(lines), 14)

    def test_computed_and_invisible_columns(self):
        if self.is_old:
            self.skipTest('it has none')
        self.run_sql('CREATE TABLE g (id INT PRIMARY KEY, a INT, v INT AS (a * 2) VIRTUAL, s VARCHAR(20) AS (CONCAT(a, "x")) STORED, b INT, w INT AS (b + 1) VIRTUAL)')
        invisible = self.place.version >= (10, 3) if self.family == 'mariadb' else True
        self.run_sql('CREATE TABLE i (id INT PRIMARY KEY, a INT' + (' INVISIBLE' if invisible else '') + ', b INT)')
        if self.family == 'mysql':
            self.run_sql('CREATE TABLE f (id INT PRIMARY KEY, a VARCHAR(9), b INT, KEY ((UPPER(a))), KEY ((b + 1)), c INT)')
        for _ in self.each_metadata():
            for image in ('FULL', 'MINIMAL'):
                self.run_sql(f'SET SESSION binlog_row_image={image}')
                place = self.now()
                self.run_sql('INSERT INTO g (id, a, b) VALUES (1, 5, 7)')
                self.run_sql('INSERT INTO i (id, a, b) VALUES (1, 2, 3)')
                if self.family == 'mysql':
                    self.run_sql("INSERT INTO f VALUES (1, 'x', 2, 3)")
                snapshot = {line['table']: line['after'] for line in self.changes('--from', 'snapshot')}
                logged = {line['table']: line['after'] for line in self.changes('--from', place)}
                self.assertEqual(snapshot['g'], {'id': 1, 'a': 5, 'v': 10, 's': '5x', 'b': 7, 'w': 8})
                self.assertEqual(snapshot['i'], {'id': 1, 'a': 2, 'b': 3})
                if image == 'FULL':
                    self.assertEqual(logged, snapshot)
                for table, row in logged.items():
                    self.assertLessEqual(row.items(), snapshot[table].items(), f'{table}, {image}')
                place = self.now()
                self.run_sql('UPDATE g SET a = 6')
                changed = self.changes('--from', place)[0]['after']
                self.assertEqual(changed['a'], 6)
                # newer ones of MariaDB log no computed columns but those of inserted rows
                self.assertEqual(changed.get('s', '6x' if self.place.version >= (11, 8) else 'absent'), '6x')
                for table in logged:
                    self.run_sql(f'DELETE FROM {table}')
        self.run_sql('SET SESSION binlog_row_image=FULL')

    def test_versioned_tables(self):
        """Rows of today are rows; those of the past are in the log as they are in the table."""
        if self.family != 'mariadb':
            self.skipTest('it has none')
        self.run_sql('CREATE TABLE implied (id INT PRIMARY KEY, v VARCHAR(9)) WITH SYSTEM VERSIONING')
        self.run_sql('CREATE TABLE named (id INT PRIMARY KEY, v VARCHAR(9), a TIMESTAMP(6) GENERATED ALWAYS AS ROW START, b TIMESTAMP(6) GENERATED ALWAYS AS ROW END, '
                     'PERIOD FOR SYSTEM_TIME (a, b), w INT) WITH SYSTEM VERSIONING')
        self.run_sql('CREATE TABLE counted (id INT PRIMARY KEY, b BIGINT UNSIGNED GENERATED ALWAYS AS ROW END, a BIGINT UNSIGNED GENERATED ALWAYS AS ROW START, '
                     'PERIOD FOR SYSTEM_TIME (a, b), v VARCHAR(9)) WITH SYSTEM VERSIONING')
        for metadata in self.each_metadata():
            place = self.now()
            self.run_sql("INSERT INTO implied VALUES (1, 'x'), (2, 'y')")
            self.run_sql("INSERT INTO named (id, v, w) VALUES (1, 'x', 5), (2, 'y', 6)")
            snapshot = [(line['table'], line['after']) for line in self.changes('--from', 'snapshot')]
            logged = [(line['table'], line['after']) for line in self.changes('--from', place)]
            self.assertEqual(sorted(logged, key=str), sorted(snapshot, key=str), metadata)
            place = self.now()
            for table in ('implied', 'named'):
                self.run_sql(f"UPDATE {table} SET v = 'z' WHERE id = 1")
                self.run_sql(f'DELETE FROM {table} WHERE id = 2')
            lines = self.changes('--from', place)
            found = [(line['table'], line['kind'], line['key'], (line['before'] or {}).get('v'), (line['after'] or {}).get('v')) for line in lines]
            self.assertEqual(found, [(table, *rest) for table in ('implied', 'named') for rest in (
                ('update', {'id': 1}, 'x', 'z'), ('delete', {'id': 2}, 'y', None))])
            self.assertNotIn('row_end', str(lines))
            place = self.now()
            for table in ('implied', 'named'):
                self.run_sql(f'DELETE HISTORY FROM {table}')
                self.run_sql(f'DELETE FROM {table}')
            self.assertEqual([(line['table'], line['kind'], line['key']) for line in self.rows(self.changes('--from', place))],
                             [(table, 'delete', {'id': 1}) for table in ('implied', 'named')])
            self.run_sql('SET SESSION binlog_row_image=MINIMAL')
            place = self.now()
            for table in ('implied', 'named'):
                self.run_sql(f"INSERT INTO {table} (id, v) VALUES (3, 'x')")
                self.run_sql(f"UPDATE {table} SET v = 'z'")
                self.run_sql(f'DELETE FROM {table}')
            self.run_sql('SET SESSION binlog_row_image=FULL')
            self.assertEqual([(line['table'], line['kind'], line['key']) for line in self.changes('--from', place)],
                             [(table, kind, {'id': 3}) for table in ('implied', 'named') for kind in ('insert', 'update', 'delete')])
            for table in ('implied', 'named'):
                self.run_sql(f'DELETE HISTORY FROM {table}')
        place = self.now()
        self.run_sql("INSERT INTO counted (id, v) VALUES (1, 'x'), (2, 'y')")   # of which the server logs no rows
        self.refused(4, 'a session that does not log rows', options=('--from', place))

    def test_times_of_old_servers(self):
        if self.family != 'mariadb':
            self.skipTest('it makes none')
        self.set_global('mysql56_temporal_format', 'OFF')
        with self.place.session(self.db) as session:
            session.run('CREATE TABLE old (id INT PRIMARY KEY, d DATE, t TIME, dt DATETIME, ts TIMESTAMP NULL, y YEAR)')
            session.run('CREATE TABLE fine (id INT PRIMARY KEY, t TIME(3))')
            self.assertIn('mariadb-5.3', str(session.run('SHOW CREATE TABLE old') + session.run('SELECT COLUMN_TYPE FROM information_schema.COLUMNS '
                                                                                       "WHERE TABLE_NAME='old' AND TABLE_SCHEMA=DATABASE()")))
        for _ in self.each_metadata():
            place = self.now()
            self.run_sql("INSERT INTO old VALUES (1, '2024-02-29', '-838:59:59', '9999-12-31 23:59:59', '2038-01-19 03:14:07', 1999), "
                         "(2, '0000-00-00', '00:00:00', '0000-00-00 00:00:00', '0000-00-00 00:00:00', 0), (3, '1000-01-01', '-00:00:01', '2024-00-15 00:00:00', "
                         "'1970-01-01 00:00:01', 2155), (4, NULL, NULL, NULL, NULL, NULL), (5, '2026-12-01', '12:34:56', '2026-12-01 01:02:03', '2026-12-01 01:02:03', 1)")
            logged = [line['after'] for line in self.changes('--from', place)]
            self.assertEqual(logged, [line['after'] for line in self.changes('--from', 'snapshot')])
            self.assertEqual(logged[0], {'id': 1, 'd': '2024-02-29', 't': '-838:59:59', 'dt': '9999-12-31T23:59:59', 'ts': '2038-01-19T03:14:07Z', 'y': 1999})
            self.assertEqual(logged[2]['t'], '-00:00:01')
            self.run_sql("INSERT INTO fine VALUES (1, '00:00:01.5')")
            self.refused(4, 'the format of times of old servers', options=('--from', place))
            self.run_sql('DELETE FROM old')
            self.run_sql('DELETE FROM fine')


class Forms(TypesTest):
    """Ways in which a server writes its log that are none of the values."""

    def some(self):
        """Tables of all sorts, filled."""
        found = [Table('clocks', clocks(self.place)), Table('mixed', mixed()), *some_have(self.place)]
        for table in found:
            self.fill(table)
            self.run_sql(table.create(f'stored_{table.name}'))
            self.run_sql(f'INSERT INTO stored_{table.name} SELECT * FROM {table.name}')
        return found

    def expect_all(self, tables_, note, session=None):
        """Deletes them in one transaction and writes them again in another."""
        run = session.run if session else self.run_sql
        expected = {table.name: table.selected(self.run_sql) for table in tables_}
        place = self.now()
        for words in ('DELETE FROM {0}', 'INSERT INTO {0} SELECT * FROM stored_{0}'):
            run('BEGIN')
            for table in tables_:
                run(words.format(table.name))
            run('COMMIT')
        lines = self.lines('--from', place)
        for table in tables_:
            with self.subTest(table=table.name, note=note):
                of_table = [line for line in lines if line['table'] == table.name]
                self.expect_rows(table, self.by_key(of_table[:len(of_table) // 2], table, 'before'), expected[table.name], f'{note}, deleted')
                self.expect_rows(table, self.by_key(of_table[len(of_table) // 2:], table, 'after'), expected[table.name], f'{note}, inserted')
        # the places inside of it lead on
        for number in (0, len(lines) - 2):
            self.assertEqual(self.lines('--from', lines[number]['place']), lines[number + 1:], f'{note}, from line {number}')

    def test_checksums_and_compression(self):
        some = self.some()
        for value in ('NONE', 'CRC32'):
            self.set_global('binlog_checksum', value)
            self.expect_all(some, f'binlog_checksum={value}')
        if self.family == 'mariadb':
            self.set_global('log_bin_compress', 'ON')
            self.expect_all(some, 'log_bin_compress=ON')
            place = self.now()
            self.run_sql("CREATE TABLE commented (id INT PRIMARY KEY, v INT) COMMENT '" + 'long ' * 200 + "'")
            self.run_sql('INSERT INTO commented VALUES (1,2)')
            lines = self.changes('--from', place)
            self.assertEqual([line['type'] for line in lines], ['ddl', 'row'])
            self.assertIn('long ' * 200, lines[0]['sql'])
        elif not self.is_old:
            with self.place.session(self.db) as session:
                session.run('SET SESSION binlog_transaction_compression=ON')
                self.expect_all(some, 'binlog_transaction_compression=ON', session)
                place = self.now()
                session.run('INSERT INTO mixed (id) VALUES (900), (901)')
                session.run('CREATE TABLE other (id INT PRIMARY KEY)')
                session.run('INSERT INTO other VALUES (1)')
                self.assertEqual([line['type'] for line in self.changes('--from', place)], ['row', 'row', 'ddl', 'row'])

    def test_formats_that_a_server_is_started_with(self):
        """Encrypted files, positions that all events have, the rows of before 5.6."""
        if self.place.name == 'mysql-9':
            self.skipTest('it has one format')
        if self.is_old:
            options = ('--log-bin-use-v1-row-events=1',)
        else:
            key = self.program.file('keys', '1;' + '0123456789abcdef' * 4 + '\n')
            options = ('--plugin-load-add=file_key_management', f'--file-key-management-filename={key}', '--encrypt-binlog=ON')
            if self.place.version >= (11, 8):
                options += ('--binlog-legacy-event-pos=ON',)
        self.place = self.server(self.place.name, f'formats-{os.getpid()}', options=options)
        self.new_database(self.place, name=self.db)
        self.run_sql = self.session(self.place, self.db).run
        self.run_sql("SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'")
        self.expect_all(self.some(), ' '.join(options))

    def test_parts_of_json(self):
        if self.family != 'mysql' or self.is_old:
            self.skipTest('it logs no parts of JSON')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, j JSON, k JSON, v INT)')
        self.run_sql("INSERT INTO t VALUES (1, JSON_OBJECT('a', REPEAT('x', 500), 'b', 1), JSON_ARRAY(REPEAT('y', 300), 2), 5)")
        whole = self.changes('--from', 'snapshot')[0]['after']
        for image in ('FULL', 'MINIMAL'):
            with self.place.session(self.db) as session:
                session.run(f"SET SESSION binlog_row_value_options=PARTIAL_JSON, binlog_row_image={image}")
                place = self.now()
                session.run("UPDATE t SET j = JSON_SET(j, '$.b', v) WHERE id = 1")
                session.run("UPDATE t SET j = JSON_SET(j, '$.b', v + 1), k = JSON_REPLACE(k, '$[1]', 7), v = v + 1 WHERE id = 1")
                session.run("UPDATE t SET k = JSON_ARRAY(3) WHERE id = 1")
                session.run("UPDATE t SET v = NULL WHERE id = 1")
                session.run("UPDATE t SET k = NULL, j = NULL WHERE id = 1")
                session.run("DELETE FROM t")
                session.run("INSERT INTO t VALUES (1, JSON_OBJECT('a', REPEAT('x', 500), 'b', 1), JSON_ARRAY(REPEAT('y', 300), 2), 5)")
            lines = self.changes('--from', place)
            full = image == 'FULL'
            self.assertEqual(len(lines), 7)
            if full:
                self.assertEqual(lines[0]['before'], whole)
                self.assertEqual([line['after'] for line in lines[:5]], [
                    {'id': 1, 'k': whole['k'], 'v': 5} if 'k' in lines[0]['after'] else {'id': 1, 'v': 5}, {'id': 1, 'v': 6},
                    lines[2]['after'], lines[3]['after'], {'id': 1, 'j': None, 'k': None, 'v': None}])
                self.assertEqual(lines[2]['after']['k'], '[3]')
            else:
                self.assertEqual([line['after'] for line in lines[:5]], [{}, {'v': 6}, {'k': '[3]'}, {'v': None}, {'j': None, 'k': None}])
            self.assertEqual(lines[6]['after'], whole)

    def test_values_of_many_packets(self):
        """20 MB of bytes and of text, in one row; a packet has 16."""
        if self.place.version in ((10, 5), (11, 8)):
            self.skipTest('as on the other one of its family')
        engine = 'MyISAM' if self.is_old else 'InnoDB'      # its redo log is too small
        self.run_sql(f'CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB, t LONGTEXT CHARACTER SET latin1, g LONGTEXT CHARACTER SET utf16) ENGINE={engine}')
        self.set_global('max_allowed_packet', 200000000)
        size = 20_000_001
        with self.place.session(self.db) as session:
            place = self.now()
            session.run(f"INSERT INTO t VALUES (1, REPEAT(X'fe00', {size // 2}), REPEAT('é', 17000000), REPEAT('中', 6000000)), (2, 'x', 'y', 'z')")
        for lines in (self.lines('--from', place), self.lines('--from', 'snapshot')):
            self.assertEqual([line['after']['id'] for line in lines], ['1', '2'])
            row = lines[0]['after']
            self.assertTrue(octets(row['b']) == b'\xfe\0' * (size // 2), 'the bytes')
            self.assertTrue(row['t'] == 'é' * 17000000, 'the text')
            self.assertTrue(row['g'] == '中' * 6000000, 'the other text')
            self.assertEqual(lines[1]['after'], {'id': '2', 'b': {'base64': 'eA=='}, 't': 'y', 'g': 'z'})


class Logs(TypesTest):
    """Files of a log, and ids of transactions."""

    def numbers(self, lines):
        return [line['after']['id'] for line in self.rows(lines)]

    def test_tagged_ids_of_transactions(self):
        if self.family != 'mysql' or self.is_old:
            self.skipTest('it has none')
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        with self.place.session(self.db) as session:
            tags = ['', 'tag', 'T' * 32, '_9', *[''] * 3, *['tag'] * 140]
            for number, tag in enumerate(tags):
                session.run(f"SET SESSION gtid_next='AUTOMATIC{':' + tag if tag else ''}'")
                session.run(f'INSERT INTO t VALUES ({number})')
            session.run("SET SESSION gtid_next='AUTOMATIC'")
            uuid = session.value('SELECT @@server_uuid')
            for number in (2**14, 2**21 + 1, 2**35, 2**56, 2**62):
                session.run(f"SET SESSION gtid_next='{uuid}:far:{number}'")
                session.run(f'INSERT INTO t VALUES ({len(tags)})')
                session.run("SET SESSION gtid_next='AUTOMATIC'")
                session.run(f'DELETE FROM t WHERE id = {len(tags)}')
        lines = self.changes('--from', place)
        ids = [line['transaction'].split(':', 1) for line in lines if line['kind'] == 'insert']
        self.assertEqual({sid for sid, _ in ids}, {uuid})
        self.assertEqual([rest.rpartition(':')[0] for _, rest in ids], [tag.lower() for tag in tags] + ['far'] * 5)
        self.assertEqual([int(rest.rpartition(':')[2]) for _, rest in ids[-6:]], [141, 2**14, 2**21 + 1, 2**35, 2**56, 2**62])
        everything = self.run_sql("SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')")[0][0]
        self.assertIn(':tag:', everything)
        self.assertEqual(self.changes('--from', f'gtid:{everything}'), [])
        self.run_sql('INSERT INTO t VALUES (1000)')
        self.assertEqual(self.numbers(self.changes('--from', f'gtid:{everything}')), [1000])
        less = self.run_sql(f"SELECT GTID_SUBTRACT('{everything}', '{uuid}:tag:141')")[0][0].replace('\n', '')
        self.assertEqual(self.numbers(self.changes('--from', f'gtid:{less}')), [len(tags) - 1, 1000])

    def test_with_and_without_ids_of_transactions(self):
        if self.family == 'mariadb':
            self.skipTest('it always has them')
        options = ('--gtid-mode=ON', '--enforce-gtid-consistency=ON', '--log-slave-updates') if self.is_old else ('--gtid-mode=OFF', '--enforce-gtid-consistency=OFF')
        self.place = self.server(self.place.name, f'gtid-{os.getpid()}', options=options)
        self.new_database(self.place, name=self.db)
        run = self.session(self.place, self.db).run
        run('CREATE TABLE t (id INT PRIMARY KEY)')
        place = self.now()
        run('INSERT INTO t VALUES (1)')
        run('BEGIN')
        run('INSERT INTO t VALUES (2), (3)')
        run('COMMIT')
        if not self.is_old:     # it has no names of columns in its log
            run('ALTER TABLE t ADD v INT')
        run('DELETE FROM t')
        lines = self.changes('--from', place)
        self.assertEqual([line.get('kind', 'ddl') for line in lines], ['insert'] * 3 + ['ddl'] * (not self.is_old) + ['delete'] * 3)
        for number, line in enumerate(lines):
            self.assertEqual(self.changes('--from', line['place']), lines[number + 1:])
        if self.is_old:
            everything = run('SELECT @@GLOBAL.gtid_executed')[0][0]
            run('INSERT INTO t VALUES (9)')
            self.assertEqual(self.numbers(self.changes('--from', f'gtid:{everything}')), [9])
        else:
            self.assertEqual({line['transaction'] for line in lines}, {None})
        self.assertEqual(len(self.changes('--from', 'snapshot')), 1 if self.is_old else 0)

    def test_files_that_end_in_the_middle(self):
        """Full ones, and those that a statement has ended; the places of their lines lead on."""
        self.set_global('max_binlog_size', 4096)
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(900))')
        self.lines('--state', 'place')
        place = self.now()
        for number in range(30):
            self.run_sql(f"INSERT INTO t VALUES ({number}, REPEAT('x', 900))")
            if number % 10 == 5:
                self.run_sql('FLUSH BINARY LOGS')
        lines = self.changes('--from', place)
        self.assertEqual(self.numbers(lines), list(range(30)))
        self.assertGreater(len({line['place'].split(':')[0] for line in lines}), 5)
        for number in range(0, 30, 3):
            self.assertEqual(self.numbers(self.changes('--from', lines[number]['place'])), list(range(number + 1, 30)))
        self.assertEqual(self.changes('--state', 'place'), lines)
        running = self.program.start('changes', '--follow', '--state', 'place', self.place.url(self.db))
        for number in range(30, 40):
            self.run_sql(f"INSERT INTO t VALUES ({number}, REPEAT('x', 900))")
            self.assertEqual(json.loads(running.process.stdout.readline())['after']['id'], number)
        running.signal(signal.SIGTERM)
        self.expect_error(running.wait(20), 7)
        self.assertEqual(self.changes('--state', 'place'), [])

    def restarted(self, *options):
        self.place = restart_server(self.place, kill='--kill' in options)
        self._close_sessions()
        self._sessions.clear()
        return self.session(self.place, self.db).run

    def test_a_server_that_was_restarted(self):
        """Numbers of tables begin again; those that follow it hear of it."""
        if self.place.version in ((10, 5), (11, 8)) or self.is_old:
            self.skipTest('as on the other one of its family')
        self.place = self.server(self.place.name, f'restarted-{os.getpid()}')
        self.new_database(self.place, name=self.db)
        run = self.session(self.place, self.db).run
        run('CREATE TABLE t (id INT PRIMARY KEY)')
        run('CREATE TABLE u (id VARCHAR(9) PRIMARY KEY)')
        self.lines('--state', 'place')
        place = self.now()
        run('INSERT INTO t VALUES (1)')
        running = self.program.start('changes', '--follow', '--from', place, self.place.url(self.db))
        self.assertEqual(json.loads(running.process.stdout.readline())['after']['id'], 1)
        for options in ((), ('--kill',)):
            run = self.restarted(*options)
            if not options:
                # MariaDB sometimes closes the connection first
                self.expect_error(running.wait(30), 4, *['the server has ended the stream of its binary log'] * (self.family == 'mysql'))
            run("INSERT INTO u VALUES ('%s')" % ('three' if options else 'two'))
            run('INSERT INTO t VALUES (%d)' % (4 if options else 3))
        self.assertEqual(self.numbers(self.changes('--from', place)), [1, 'two', 3, 'three', 4])
