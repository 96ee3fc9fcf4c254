#!/usr/bin/env python3
"""record_binary - the bytes of row events with the text that their server prints.

usage: record_binary.py json|decimal PORT

Writes to stdout what tests/unit/binlog/json_binary.txt (of MySQL) and
decimal_binary.txt (of either family) have.  PORT is a server of `scripts/servers
up`: its binary log is read as a file.

A line is bytes in hexadecimal, a tab, and their text; that of a decimal begins
with precision and scale.  `<6162*70>`, in both, are so many times these bytes.
"""
import re
import struct
import subprocess
import sys
from pathlib import Path

HEADER, CHECKSUM = 19, 4
TABLE_MAP, WRITE_ROWS_1, WRITE_ROWS_2 = 19, 23, 30


class Server:
    def __init__(self, port):
        self.command = ['mariadb', '--no-defaults', '-h127.0.0.1', f'-P{port}', '-udbsync', '-pdbsync',
                        '--raw', '-N', '--default-character-set=utf8mb4', '--max-allowed-packet=1G']

    def sql(self, text):
        done = subprocess.run(self.command, input=text.encode(), stdout=subprocess.PIPE, check=True)
        return done.stdout.decode()

    def value(self, text):
        return self.sql(text)[:-1]

    def new_log(self):
        """The path of a binary log that has nothing yet."""
        self.sql('FLUSH BINARY LOGS')
        name = self.sql('SHOW BINARY LOGS').splitlines()[-1].split('\t')[0]
        return Path(self.value('SELECT @@log_bin_basename')).parent / name


def events(path):
    data, at = path.read_bytes(), 4
    while at < len(data):
        kind, size = data[at + 4], struct.unpack_from('<I', data, at + 9)[0]
        yield kind, data[at + HEADER:at + size - CHECKSUM]
        at += size


def rows(path):
    """(table, id, bytes of v) of each row; tables are (id INT, v …)."""
    tables = {}
    for kind, body in events(path):
        table = body[:6]
        if kind == TABLE_MAP:
            at = 8 + 1 + body[8] + 1
            tables[table] = body[at + 1:at + 1 + body[at]].decode()
        elif kind in (WRITE_ROWS_1, WRITE_ROWS_2):
            at = 8 + (struct.unpack_from('<H', body, 8)[0] if kind == WRITE_ROWS_2 else 0)
            at += 1 + 1             # how many columns, and that both are present
            yield tables[table], struct.unpack_from('<I', body, at + 1)[0], body[at + 1 + 4:]


def squeezed(data, show):
    """The bytes as show writes them, long repetitions in short."""
    out, at = '', 0
    for match in re.finditer(rb'(.{1,8}?)\1{40,}', data, re.DOTALL):
        count = len(match[0]) // len(match[1])
        out += show(data[at:match.start()]) + f'<{match[1].hex()}*{count}>'
        at = match.end()
    return out + show(data[at:])


def visible(data):
    return ''.join(c if c.isprintable() else f'<{c.encode().hex()}*1>' for c in data.decode())


# --------------------------------------------------------------------------
# JSON
# --------------------------------------------------------------------------

def nested(depth, start, middle, end):
    return f"'{start * depth}{middle}{end * depth}'"


NUMBERS = '''0 1 -1 32767 32768 -32768 -32769 65535 65536 2147483647 2147483648 -2147483648 -2147483649
    4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808 18446744073709551615
    18446744073709551616 -9223372036854775809'''.split()

DOUBLES = '''0.0 -0.0 1.0 -1.0 0.5 0.1 -0.1 1.5e-7 1e-5 1e-13 1e-14 1e-15 1e-16 -1e-15 -1e-16 1.5e-15 1.25e-16
    1.2345678901234567e-14 -1.2345678901234567e-14 1.2345678901234567e-15 -1.2345678901234567e-15
    1.2345678901234567e-16 1e14 1e15 1e16 1e17 1e20 1e22 1e23 1e99 1e100 1e101 -1e100 1e-99 1e-100 1e-101
    123456789012345.0 1234567890123456.0 12345678901234567.0 1234567890123456.5 123456789012345.67
    9007199254740992.0 9007199254740993.0 4503599627370496.5 0.30000000000000004 3.141592653589793
    5.684341886080802e-14 9.5367431640625e-07 6.103515625e-05 8.98846567431158e307 1.7976931348623157e308
    -1.7976931348623157e308 2.2250738585072014e-308 2.225073858507201e-308 5e-324 1e-323 1.5e-323 4.94e-322
    -5e-324 1.0000000000000002 0.9999999999999999 100.0 1000000.0 123456.789 1e1 2.5e10 299792458e0'''.split()

TEXTS = ['""', '"a"', '"abc"', r'"\"\\\/\b\f\n\r\t"', r'"\u0000\u0001\u000b\u001f\u007f\u0080"', '"/ \' `"',
         '"äöü ß"', '"日本語"', '"😀"', r'"\ud83d\ude00"', '"\u2028\ufeff"', '"' + 'x' * 127 + '"',
         '"' + 'x' * 128 + '"', '"' + 'x' * 16383 + '"', '"' + 'x' * 16384 + '"', '"' + 'ü' * 40000 + '"']

CONTAINERS = ['{}', '[]', '[[]]', '[{}]', '{"": {}}', '{"": 1}', '{"": ""}', '{"a": 1, "b": [1, 2]}',
              '{"bb": 1, "a": 2, "": 3, "ccc": 4, "aa": 5, "ü": 6, "B": 7}',
              r'{"\"": 1, "\\": 2, "\n\u0001": 3, "😀": "😀"}', '[null, true, false]',
              '{"n": null, "t": true, "f": false}', '[1, "a", [2, "b", [3, {"c": [4.5, {}]}]], {"d": []}]',
              '[' + ', '.join(NUMBERS) + ']', '{"' + 'k' * 65535 + '": 1}',
              '{"i": 1, "long": "' + 'y' * 70000 + '"}',
              '["' + 'x' * 65536 + '", null, true, false, [], {}, ' + ', '.join(NUMBERS) + ', 1.5, "z", {"a": {"b": [70000]}}]',
              '{"big": "' + 'x' * 65536 + '", "null": null, "i": [70000, -70000], "l": 70000, "m": -70000, "s": -7, '
              '"u": 40000, "o": {"p": {"q": "r"}}, "d": -0.5, "e": ""}',
              '[' + ', '.join(['7'] * 30000) + ']', '[' + ', '.join(['"ab"'] * 30) + ']',
              '{"a": ["' + 'x' * 65500 + '", 2], "b": {"c": ["' + 'y' * 65500 + '"]}}']

COLUMNS = ['DATE', 'DATETIME', 'DATETIME(6)', 'TIMESTAMP(3)', 'TIME', 'TIME(6)', 'YEAR', 'BIT(1)', 'BIT(64)',
           'TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB', 'BINARY(3)', 'VARBINARY(9)', "ENUM('a','b')", "SET('a','b')",
           'TINYINT', 'BIGINT UNSIGNED', 'FLOAT', 'DOUBLE', 'DECIMAL(5,2)', 'CHAR(3)', 'TEXT', 'GEOMETRY']

# The name of a column of columns_table and what it gets.
OF_COLUMNS = [
    ('DATE', "'2024-02-29'"), ('DATE', "'0000-00-00'"), ('DATE', "'2024-00-00'"), ('DATE', "'9999-12-31'"),
    ('DATE', "'0001-01-01'"), ('DATETIME', "'2024-02-29 23:59:59'"), ('DATETIME', "'0000-00-00 00:00:00'"),
    ('DATETIME(6)', "'9999-12-31 23:59:59.999999'"), ('DATETIME(6)', "'1000-01-01 00:00:00.000001'"),
    ('TIMESTAMP(3)', "'2030-05-06 07:08:09.123'"), ('TIME', "'00:00:00'"), ('TIME', "'838:59:59'"),
    ('TIME', "'-838:59:59'"), ('TIME', "'-00:00:01'"), ('TIME(6)', "'12:34:56.789012'"),
    ('TIME(6)', "'-00:00:00.000001'"), ('TIME(6)', "'-00:00:01.500000'"), ('TIME(6)', "'100:00:00.5'"),
    ('YEAR', '2024'), ('YEAR', '0'), ('BIT(1)', "b'1'"), ('BIT(64)', "b'1000000001'"), ('TINYBLOB', "x'00ff'"),
    ('BLOB', "''"), ('BLOB', "x'01'"), ('BLOB', "x'0102'"), ('BLOB', "x'010203'"), ('BLOB', "repeat('a', 56)"),
    ('BLOB', "repeat('a', 57)"), ('BLOB', "repeat('a', 58)"), ('BLOB', "repeat('a', 114)"),
    ('BLOB', "repeat('abc', 100)"), ('MEDIUMBLOB', "x'fbff'"), ('LONGBLOB', "x'ffffff'"), ('BINARY(3)', "'a'"),
    ('VARBINARY(9)', "'abc'"), ("ENUM('a','b')", "'b'"), ("SET('a','b')", "'a,b'"), ('TINYINT', '-128'),
    ('BIGINT UNSIGNED', '18446744073709551615'), ('FLOAT', '1.1'), ('DOUBLE', '1e100'), ('DECIMAL(5,2)', '-1.5'),
    ('CHAR(3)', "'ä'"), ('TEXT', "'a\\nb'"), ('GEOMETRY', "ST_GeomFromText('LINESTRING(0 0, 1.5 -2)')"),
    ('GEOMETRY', "ST_GeomFromText('POINT(1 2)', 4326)"),
]

DECIMALS = ['0.0', '0.00', '-0.5', '1.50', '-1.50', '0.000000001', '123456789.123456789', '-1234567890.0123456789',
            '9' * 65, '-' + '9' * 35 + '.' + '9' * 30, '0.' + '0' * 29 + '1', '1000000000', '10000000000.00',
            '9' * 65 + ' * 1.5', '1' * 65 + ' + 0.12345678901234567890', '1/3']

EXPRESSIONS = [
    'JSON_ARRAY()', 'JSON_OBJECT()', "JSON_ARRAY(DATE'2024-01-02', TIME'10:11:12.5', TIMESTAMP'2024-01-02 03:04:05.678')",
    "JSON_OBJECT('d', 1.50, 'b', x'0102', 't', TIME'-01:02:03', 'n', NULL, 'bit', b'11')",
    'JSON_ARRAY(POW(2, -44), POW(2, -1074), POW(2, 1023), -POW(2, -20), 1e0 / 3, 2e0 / 3, 1e0 * 0, -1e0 * 0)',
    "JSON_ARRAY(REPEAT('x', 65536), 1.5, DATE'2024-01-02', x'ff', 70000, -70000, 3000000000, JSON_OBJECT('a', 2.50))",
    f"CAST({nested(100, '[', '', ']')} AS JSON)", f"CAST({nested(100, '[', '7', ']')} AS JSON)",
    f"CAST({nested(100, '[', chr(34) + 'x' + chr(34), ']')} AS JSON)",
    f"CAST({nested(99, chr(123) + chr(34) + 'a' + chr(34) + ':', '1.5', chr(125))} AS JSON)",
    f"CAST({nested(49, chr(123) + chr(34) + chr(34) + ':[1,', '{}', ']' + chr(125))} AS JSON)",
]


def quoted(text):
    return "'" + text.replace('\\', '\\\\').replace("'", "''") + "'"


def json_statements():
    yield 'CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v JSON)'
    yield 'CREATE TABLE c (' + ', '.join(f'`{i}` {kind} NULL' for i, kind in enumerate(COLUMNS)) + ')'
    for text in ['null', 'true', 'false'] + NUMBERS + DOUBLES + TEXTS + CONTAINERS:
        yield f'INSERT INTO t (v) VALUES ({quoted(text)})'
    for text in EXPRESSIONS + [f'CAST({number} AS JSON)' for number in DECIMALS]:
        yield f'INSERT INTO t (v) VALUES ({text})'
    for kind, value in OF_COLUMNS:
        column = f'`{COLUMNS.index(kind)}`'
        yield 'DELETE FROM c'
        yield f'INSERT INTO c ({column}) VALUES ({value})'
        yield f'INSERT INTO t (v) SELECT JSON_EXTRACT(JSON_ARRAY({column}), "$[0]") FROM c'
        yield f'INSERT INTO t (v) SELECT JSON_OBJECT("v", {column}) FROM c'


def record_json(server):
    log = server.new_log()
    server.sql("SET sql_mode = ''; DROP DATABASE IF EXISTS recorded; CREATE DATABASE recorded; USE recorded;\n"
               "SET time_zone = '+00:00';\n" + ';\n'.join(json_statements()) + ';\n')
    seen = set()
    for table, number, data in rows(log):
        data = data[4:]             # behind their length
        if table != 't':
            continue
        text = server.value(f'SELECT v FROM recorded.t WHERE id = {number}')
        if data not in seen:
            print(squeezed(data, bytes.hex) + '\t' + squeezed(text.encode(), visible))
        seen.add(data)


# --------------------------------------------------------------------------
# DECIMAL
# --------------------------------------------------------------------------

DECIMAL_TYPES = [(1, 0), (2, 0), (3, 0), (4, 0), (5, 0), (6, 0), (7, 0), (8, 0), (9, 0), (10, 0), (18, 0), (19, 0),
                 (1, 1), (2, 1), (2, 2), (5, 2), (9, 9), (10, 9), (10, 10), (14, 4), (18, 9), (19, 10), (20, 6),
                 (30, 30), (35, 30), (38, 30), (65, 0), (65, 30), (65, 9)]


def decimals_of(precision, scale):
    integer = precision - scale
    most = '9' * integer + ('.' + '9' * scale if scale else '')
    least = '0.' + '0' * (scale - 1) + '1' if scale else '1'
    middle = ('1234567890' * 7)[:integer // 2 + 1 if integer else 0] + ('.' + '0987654321'[:scale] if scale else '')
    for text in (most, least, middle, '1' + '0' * (integer - 1) if integer else '0'):
        yield from (text, '-' + text)
    yield '0'


def record_decimal(server):
    log = server.new_log()
    script = 'DROP DATABASE IF EXISTS recorded; CREATE DATABASE recorded; USE recorded;\n'
    for precision, scale in DECIMAL_TYPES:
        table = f'd{precision}_{scale}'
        script += f'CREATE TABLE {table} (id INT PRIMARY KEY AUTO_INCREMENT, v DECIMAL({precision},{scale}));\n'
        script += ''.join(f'INSERT INTO {table} (v) VALUES ({text});\n' for text in decimals_of(precision, scale))
    server.sql(script)
    seen = set()
    for table, number, data in rows(log):
        text = server.value(f'SELECT v FROM recorded.{table} WHERE id = {number}')
        if (table, data) not in seen:
            print(table[1:].replace('_', ' '), data.hex() + '\t' + text)
        seen.add((table, data))


if __name__ == '__main__':
    if len(sys.argv) != 3 or sys.argv[1] not in ('json', 'decimal'):
        sys.exit(__doc__)
    (record_json if sys.argv[1] == 'json' else record_decimal)(Server(sys.argv[2]))
