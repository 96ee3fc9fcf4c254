"""kinds - the column types that the random tables are made of.

A kind knows, for one column: its DDL, random values (python data), a value that
differs in the smallest possible way (nudge), the SQL literal that writes a
value exactly, and the SQL expression that reads it back exactly (form), made
comparable by normal().  NULL is None everywhere and is handled outside.
"""
import datetime
import json
import struct
from decimal import Decimal

ODD_TEXTS = ['', ' ', '0', 'NULL', "'", '"', '\\', '\\N', '#', ',', '|', '%', 'a#b', 'x,y', '0x00', '\n', '--', '*/']

# The letters that a charset can hold; every one is one character there.
LETTERS = {
    'ascii': 'abcXYZ019 _-.,#\'"\\%',
    'latin1': 'abcXYZ019 _-.,#\'"\\%éÉßÿñØ',
    'cp1251': 'abcXYZ019 _-.,#\'"\\%яЖщЪІ',
    'gbk': 'abcXYZ019 _-.,#\'"\\%中文字庫',
    'utf8mb3': 'abcXYZ019 _-.,#\'"\\%éßя中€',
    'utf8mb4': 'abcXYZ019 _-.,#\'"\\%éßя中€😀𝄞',
}
COLLATIONS = {
    'ascii': ['ascii_general_ci', 'ascii_bin'],
    'latin1': ['latin1_swedish_ci', 'latin1_general_cs', 'latin1_bin'],
    'cp1251': ['cp1251_general_ci', 'cp1251_bin'],
    'gbk': ['gbk_chinese_ci', 'gbk_bin'],
    'utf8mb3': [None],
    'utf8mb4': ['utf8mb4_general_ci', 'utf8mb4_bin', 'utf8mb4_unicode_ci', 'utf8mb4_unicode_520_ci', None],
}
OWN_COLLATIONS = {
    'mysql': ['utf8mb4_0900_ai_ci', 'utf8mb4_0900_as_cs', 'utf8mb4_0900_bin'],
    'mariadb': ['utf8mb4_nopad_bin', 'utf8mb4_general_nopad_ci', 'utf8mb4_unicode_nopad_ci'],
}


def text_literal(text):
    return f"_utf8mb4 X'{text.encode().hex()}'" if text else "''"


def bytes_literal(data):
    return f"X'{data.hex()}'"


class Kind:
    """One column type.  Subclasses say how its values look."""

    sql = ''
    is_text = False
    needs_lax = False       # of the sessions that write its values

    def literal(self, value):
        return str(value)

    def quoted(self, value):
        return f"'{value}'"

    def form(self, column):
        return column

    def normal(self, text):
        return text

    def spellings(self, text):
        """How the details may write a key of this form (its normal text)."""
        return (text,)


class Integer(Kind):
    SIZES = {'TINYINT': 8, 'SMALLINT': 16, 'MEDIUMINT': 24, 'INT': 32, 'BIGINT': 64}

    def __init__(self, rng):
        name = rng.choice(list(self.SIZES))
        bits, unsigned = self.SIZES[name], rng.random() < 0.4
        self.low, self.high = (0, 2**bits - 1) if unsigned else (-2**(bits - 1), 2**(bits - 1) - 1)
        self.sql = name + (' UNSIGNED' if unsigned else '')
        if unsigned and rng.random() < 0.3:
            self.sql = f'{name}({rng.randint(2, 9)}) UNSIGNED ZEROFILL'

    def random(self, rng):
        return rng.choice([self.low, self.high, 0, 1, rng.randint(self.low, self.high),
                           max(self.low, min(self.high, rng.randint(-9, 99)))])

    def nudge(self, rng, value):
        if value and self.low < value <= -self.low and rng.random() < 0.2:
            return -value if -value <= self.high else value + 1
        return value - 1 if value == self.high else value + 1

    def normal(self, text):
        return str(int(text))


class Boolean(Integer):
    def __init__(self, rng):
        self.low, self.high, self.sql = 0, 1, 'BOOL'


class Exact(Kind):
    def __init__(self, rng):
        self.digits, self.scale = rng.choice([(65, 30), (10, 2), (5, 0), (18, 18), (38, 10), (1, 0)])
        self.sql = f'DECIMAL({self.digits},{self.scale})'

    def random(self, rng):
        unscaled = rng.choice([0, 1, -1, 10**self.digits - 1, 1 - 10**self.digits,
                               rng.randint(1 - 10**self.digits, 10**self.digits - 1)])
        return unscaled

    def nudge(self, rng, value):
        if value and rng.random() < 0.2:
            return -value
        return value - 1 if value > 0 else value + 1

    def literal(self, value):
        sign, digits = ('-' if value < 0 else ''), str(abs(value)).rjust(self.scale + 1, '0')
        return sign + (f'{digits[:-self.scale]}.{digits[-self.scale:]}' if self.scale else digits)

    def normal(self, text):
        return format(Decimal(text), 'f')


class Double(Kind):
    sql = 'DOUBLE'
    CORNERS = [0.0, 1.0, -1.5, 0.1, 1 / 3, 1e-9, 2e-9, 123456789.12345678, 1.7976931348623157e308, 5e-324, -2.5e-308]

    def __init__(self, rng):
        pass

    def random(self, rng):
        return rng.choice(self.CORNERS + [rng.uniform(-1e6, 1e6), rng.gauss(0, 1e-5)])

    def nudge(self, rng, value):
        if value and rng.random() < 0.2:
            return -value
        bits = struct.unpack('>q', struct.pack('>d', value))[0]
        return struct.unpack('>d', struct.pack('>q', bits + (1 if abs(value) < 1e300 else -1)))[0]

    def literal(self, value):
        return f"'{value!r}'" if value == 0 else repr(value) if 'e' in repr(value) else repr(value) + 'e0'

    def form(self, column):
        return f'{column}*1e0'

    def normal(self, text):
        return repr(float(text))


class Single(Double):
    sql = 'FLOAT'
    CORNERS = [0.0, 1.0, -1.5, 14.2204, 0.1, 16777216.0, 3.0e38, 1e-30, 1e-40]

    def random(self, rng):
        return self.rounded(super().random(rng))

    def rounded(self, value):
        return struct.unpack('>f', struct.pack('>f', value))[0]

    def nudge(self, rng, value):
        if value and rng.random() < 0.2:
            return -value
        bits = struct.unpack('>i', struct.pack('>f', value))[0]
        return struct.unpack('>f', struct.pack('>i', bits + 1))[0]


class Legacy(Double):
    """FLOAT(7,4) and DOUBLE(9,3): rounded by the server when they are written."""

    def __init__(self, rng):
        self.sql, self.scale, self.top = rng.choice([('FLOAT(7,4)', 4, 9999999), ('DOUBLE(9,3)', 3, 999999999)])

    def random(self, rng):
        return rng.choice([0, 1, self.top, -self.top, rng.randint(-self.top, self.top)])

    def nudge(self, rng, value):
        return value - 100 if value > 0 else value + 100

    def literal(self, value):
        return f'{Decimal(value).scaleb(-self.scale):f}'


class Bits(Kind):
    def __init__(self, rng):
        self.width = rng.choice([1, 2, 7, 8, 9, 31, 63, 64])
        self.sql = f'BIT({self.width})'

    def random(self, rng):
        return rng.choice([0, 1, 2**self.width - 1, rng.getrandbits(self.width)])

    def nudge(self, rng, value):
        return value ^ (1 << rng.randrange(self.width))

    def literal(self, value):
        return f"b'{value:b}'"

    def form(self, column):
        return f'HEX({column})'

    def normal(self, text):
        return str(int(text, 16))


class Year(Kind):
    sql = 'YEAR'

    def __init__(self, rng):
        pass

    def random(self, rng):
        return rng.choice(['0000', '1901', '2155', str(rng.randint(1902, 2154))])

    def nudge(self, rng, value):
        return '2024' if value != '2024' else '2025'

    def literal(self, value):
        return self.quoted(value)


class Date(Kind):
    sql = 'DATE'

    def __init__(self, rng):
        pass

    def random(self, rng):
        return rng.choice(['0000-00-00', '1000-01-01', '9999-12-31', '2024-02-29', '2024-00-15', '2023-02-30',
                           f'{rng.randint(1970, 2037)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}'])

    def nudge(self, rng, value):
        return value[:-2] + ('27' if value[-2:] != '27' else '28')

    def literal(self, value):
        return self.quoted(value)


class Clock(Kind):
    """What TIME, DATETIME and TIMESTAMP share: a fraction of 0 to 6 digits."""

    def __init__(self, rng):
        self.digits = rng.choice([0, 0, 1, 3, 6, 6])
        self.sql = self.NAME + (f'({self.digits})' if self.digits else '')

    def fraction(self, rng):
        number = rng.choice([0, 1, 10**self.digits - 1, rng.randrange(10**self.digits)])
        return f'.{min(number, 10**self.digits - 1):0{self.digits}d}' if self.digits else ''

    def nudge(self, rng, value):
        if self.NAME == 'TIME' and rng.random() < 0.3 and value.strip('-0:.'):
            return value[1:] if value[0] == '-' else '-' + value
        last = value[-1]
        return value[:-1] + ('1' if last == '0' else str(int(last) - 1))

    def literal(self, value):
        return self.quoted(value)

    def spellings(self, text):
        head, dot, fraction = text.partition('.')
        return (text, head) if dot and not fraction.strip('0') else (text,)


class Time(Clock):
    NAME = 'TIME'

    def random(self, rng):
        sign = rng.choice(['', '-'])
        return rng.choice(['-838:59:58' + ('.' + '0' * self.digits if self.digits else ''),
                           '838:59:58' + ('.' + '0' * self.digits if self.digits else ''),
                           f'{sign}{rng.randint(1, 837):02d}:{rng.randint(0, 59):02d}:{rng.randint(1, 58):02d}'
                           + self.fraction(rng)])


class DateTime(Clock):
    NAME = 'DATETIME'

    def random(self, rng):
        day = Date(rng).random(rng)
        if day == '0000-00-00':
            return '0000-00-00 00:00:01' + ('.' + '0' * self.digits if self.digits else '')
        return f'{day} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 58):02d}' + self.fraction(rng)


class Timestamp(Clock):
    NAME = 'TIMESTAMP'
    # The hours around which clocks in Europe and America change, and both ends.
    CORNERS = [1, 2**31 - 2, 1711846799, 1711846800, 1729994399, 1729994400, 1730613599, 1730613600]

    def random(self, rng):
        second = rng.choice(self.CORNERS + [rng.randint(2, 2**31 - 2)])
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=second)
        return moment.strftime('%Y-%m-%d %H:%M:%S') + self.fraction(rng)

    def nudge(self, rng, value):
        return super().nudge(rng, value) if value > '1970-01-01 00:00:01.9' else '1970-01-01 00:00:03' + value[19:]


class Text(Kind):
    is_text = True

    def __init__(self, rng, families):
        self.charset = rng.choice(['ascii', 'latin1', 'cp1251', 'gbk', 'utf8mb3', 'utf8mb4', 'utf8mb4', 'utf8mb4'])
        choices = list(COLLATIONS[self.charset])
        if self.charset == 'utf8mb4' and len(set(families)) == 1:
            choices += OWN_COLLATIONS[families[0]]
        self.collation = rng.choice(choices)
        self.length = rng.choice([1, 5, 20, 60])
        self.kind = rng.choice(['CHAR', 'VARCHAR', 'VARCHAR', 'TINYTEXT', 'TEXT', 'MEDIUMTEXT', 'LONGTEXT'])
        if 'TEXT' in self.kind:
            self.length = 60 if self.kind == 'TINYTEXT' else 3000
        self.sql = self.ddl(self.charset, self.collation)

    def ddl(self, charset, collation):
        name = self.kind if 'TEXT' in self.kind else f'{self.kind}({self.length})'
        return f'{name} CHARACTER SET {charset}' + (f' COLLATE {collation}' if collation else '')

    def random(self, rng):
        letters = LETTERS[self.charset]
        if rng.random() < 0.3:
            return self.fitted(rng.choice(ODD_TEXTS))
        length = rng.choice([1, 2, 3, 8, 8, 20, 60, self.length if rng.random() < 0.05 else 5])
        return self.fitted(''.join(rng.choice(letters) for _ in range(length)))

    def fitted(self, text):
        text = text[:self.length]
        return text.rstrip(' ') if self.kind == 'CHAR' else text

    def nudge(self, rng, value):
        if not value:
            return 'a'
        place = rng.randrange(len(value))
        return value[:place] + ('b' if value[place] != 'b' else 'c') + value[place + 1:]

    def literal(self, value):
        return text_literal(value)

    def form(self, column):
        return f'HEX(CONVERT({column} USING utf8mb4))'

    def spellings(self, text):
        return (bytes.fromhex(text).decode(),)


class Bytes(Kind):
    def __init__(self, rng):
        self.kind = rng.choice(['BINARY', 'VARBINARY', 'TINYBLOB', 'BLOB', 'MEDIUMBLOB', 'LONGBLOB', 'CHARSET'])
        self.length = rng.choice([1, 4, 16, 40])
        self.sql = self.kind if 'BLOB' in self.kind else f'{self.kind}({self.length})'
        if self.kind == 'CHARSET':
            self.sql = f'VARCHAR({self.length}) CHARACTER SET binary'

    def random(self, rng):
        data = rng.choice([b'', b'\0', b'\xff\xfe', b"'", b'\\', b'0x41', b'NULL', b'\xc3\x28',
                           rng.randbytes(rng.randint(0, self.length))])[:self.length]
        return data.ljust(self.length, b'\0') if self.kind == 'BINARY' else data

    def nudge(self, rng, value):
        if not value:
            return b'\0'
        place = rng.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << rng.randrange(8))]) + value[place + 1:]

    def literal(self, value):
        return bytes_literal(value)

    def form(self, column):
        return f'HEX({column})'

    def spellings(self, text):
        data = bytes.fromhex(text)
        try:
            return '0x' + text.lower(), data.decode('ascii')
        except UnicodeDecodeError:
            return ('0x' + text.lower(),)


class Enum(Kind):
    MEMBERS = ['zebra', 'apple', "it's", 'NULL', '0', '1', 'Ünï', 'a b', 'x"y']

    def __init__(self, rng):
        self.members = rng.sample(self.MEMBERS, rng.randint(2, len(self.MEMBERS)))
        quoted = ','.join("'" + member.replace("'", "''") + "'" for member in self.members)
        self.sql = f'ENUM({quoted}) CHARACTER SET {rng.choice(["latin1", "utf8mb4"])}'

    def random(self, rng):
        return rng.choice(self.members)

    def nudge(self, rng, value):
        return rng.choice([member for member in self.members if member != value])

    def literal(self, value):
        return text_literal(value)

    def form(self, column):
        return f'HEX(CONVERT({column} USING utf8mb4))'

    def spellings(self, text):
        return (bytes.fromhex(text).decode(),)


class Set(Enum):
    def __init__(self, rng):
        super().__init__(rng)
        self.sql = self.sql.replace('ENUM', 'SET')

    def random(self, rng):
        return ','.join(member for member in self.members if rng.random() < 0.4)

    def nudge(self, rng, value):
        changed = set(value.split(',') if value else ()) ^ {rng.choice(self.members)}
        return ','.join(member for member in self.members if member in changed)


class Hollow(Kind):
    """An ENUM with an empty member, or a SET with one, by its numbers: '' says too little of them."""
    needs_lax = True        # or the invalid member, number 0, is refused

    def __init__(self, rng):
        names = ['', *rng.sample(Enum.MEMBERS, rng.randint(1, 5))]
        rng.shuffle(names)
        quoted = ','.join("'" + name.replace("'", "''") + "'" for name in names)
        is_set = rng.random() < 0.4
        self.top = 2**len(names) - 1 if is_set else len(names)
        self.sql = f"{'SET' if is_set else 'ENUM'}({quoted}) CHARACTER SET {rng.choice(['latin1', 'utf8mb4'])}"

    def random(self, rng):
        return rng.randint(0, self.top)

    def nudge(self, rng, value):
        return (value + rng.randint(1, self.top)) % (self.top + 1)

    def form(self, column):
        return f'CAST({column} AS UNSIGNED)'


class Json(Kind):
    sql = 'JSON'

    def __init__(self, rng):
        pass

    def random(self, rng):
        value = self.any(rng, 2)
        return [] if value is None else value       # None would be NULL

    def any(self, rng, depth):
        choices = [None, True, False, 0, -1, 2**53 + 1, 0.5, -1.25e-7, '', 'é😀"\\', 'NULL', rng.randint(-10**9, 10**9)]
        if depth:
            choices += [[self.any(rng, depth - 1) for _ in range(rng.randint(0, 3))],
                        {rng.choice('abcdefgh') * rng.randint(1, 3): self.any(rng, depth - 1)
                         for _ in range(rng.randint(0, 3))}] * 3
        return rng.choice(choices)

    def nudge(self, rng, value):
        return [value, 1]

    def literal(self, value):
        text = json.dumps(value, ensure_ascii=False)
        if len(text) % 3 == 0:      # MySQL puts the blanks in again
            text = json.dumps(value, ensure_ascii=False, separators=(',', ':'))
        return text_literal(text)

    def form(self, column):
        return f'CAST({column} AS CHAR CHARACTER SET utf8mb4)'

    def normal(self, text):
        return json.dumps(json.loads(text), sort_keys=True)


class Geometry(Kind):
    def __init__(self, rng):
        self.sql = rng.choice(['GEOMETRY', 'POINT'])
        self.line = self.sql == 'GEOMETRY' and rng.random() < 0.5

    def random(self, rng):
        return tuple(rng.choice([0.0, 1.0, -180.0, rng.uniform(-90, 90)]) for _ in range(6 if self.line else 2))

    def nudge(self, rng, value):
        return (Double(rng).nudge(rng, value[0]),) + value[1:]

    def literal(self, value):
        count = struct.pack('<II', 2, len(value) // 2) if self.line else struct.pack('<I', 1)
        return bytes_literal(struct.pack('<IB', 0, 1) + count + b''.join(struct.pack('<d', part) for part in value))

    def form(self, column):
        return f'HEX({column})'


class Uuid(Kind):
    sql = 'UUID'

    def __init__(self, rng):
        pass

    def random(self, rng):
        digits = rng.choice(['0' * 32, rng.randbytes(16).hex()])
        digits = f'{digits[:12]}4{digits[13:16]}8{digits[17:]}'
        return '-'.join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))

    def nudge(self, rng, value):
        return value[:-1] + ('0' if value[-1] != '0' else '1')

    def literal(self, value):
        return self.quoted(value)

    def form(self, column):
        return f'CAST({column} AS CHAR)'


class Inet6(Uuid):
    sql = 'INET6'

    def random(self, rng):
        return rng.choice(['::', '::1', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', f'2001:db8::{rng.randint(1, 9999):x}'])

    def nudge(self, rng, value):
        return '2001:db8::a' if value != '2001:db8::a' else '2001:db8::b'


class Inet4(Uuid):
    sql = 'INET4'

    def random(self, rng):
        return rng.choice(['0.0.0.0', '255.255.255.255', f'10.0.{rng.randint(0, 255)}.{rng.randint(0, 255)}'])

    def nudge(self, rng, value):
        return '10.9.9.9' if value != '10.9.9.9' else '10.9.9.8'


PLAIN = [Integer, Integer, Boolean, Exact, Exact, Double, Single, Legacy, Bits, Year, Date, Time, DateTime, Timestamp,
         Text, Text, Text, Text, Bytes, Bytes, Enum, Set, Json, Geometry]


def random_kind(rng, names):
    """Any kind that both servers of the pair have."""
    families = [name.split('-')[0] for name in names]
    versions = [tuple(map(int, name.split('-')[1].split('.'))) for name in names]
    choices = list(PLAIN)
    if set(families) == {'mariadb'}:
        choices.append(Inet6)
        if min(versions) >= (10, 11):
            choices += [Uuid, Inet4]
    chosen = rng.choice(choices)
    return chosen(rng, families) if chosen is Text else chosen(rng)
