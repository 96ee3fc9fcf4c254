"""tables - random tables, and the random ways in which two of them drift apart.

A Table holds the rows of both sides as python data: source is what was there,
target is a copy that drift() has changed.  Row identity, as far as the generator
knows it, is the number a key was made from; what the *server* holds to be the
same key is for the oracle to ask.
"""
from kinds import LETTERS, Bytes, DateTime, Double, Enum, Exact, Integer, Kind, Legacy, Text, random_kind

DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'


class Column:
    def __init__(self, name, kind, null=False, key=False):
        self.name, self.kind, self.null, self.key = name, kind, null, key
        self.generated = ''         # the expression behind it, when it is generated
        self.invisible = False
        self.extra = ''             # AUTO_INCREMENT and the like
        self.target_sql = None      # its type on the target, when that is another one

    def ddl(self, target=False):
        words = [f'`{self.name}`', self.target_sql if target and self.target_sql else self.kind.sql]
        if self.generated:
            return ' '.join(words + [f'GENERATED ALWAYS AS ({self.generated})'])
        words.append('NULL' if self.null else 'NOT NULL')
        if self.extra:
            words.append(self.extra)
        if self.invisible:
            words.append('INVISIBLE')
        return ' '.join(words)

    def value(self, rng):
        return None if self.null and rng.random() < 0.15 else self.kind.random(rng)

    def literal(self, value):
        return 'NULL' if value is None else self.kind.literal(value)


def base36(number, width=5):
    text = ''
    for _ in range(width):
        number, digit = divmod(number, 36)
        text = DIGITS[digit] + text
    return text


# --------------------------------------------------------------------------
# Keys.  value(n) is different for every n, under every collation.
# --------------------------------------------------------------------------

class IntKey(Kind):
    def __init__(self, rng):
        self.sql, self.base, self.step = rng.choice([
            ('INT', 1, 1), ('INT', -5000, 3), ('BIGINT', -2**63, 1), ('BIGINT', 2**53, 1), ('SMALLINT UNSIGNED', 0, 1),
            ('BIGINT UNSIGNED', 2**63 - 3000, 1), ('INT(8) UNSIGNED ZEROFILL', 5, 7), ('MEDIUMINT', -4000, 1)])

    def value(self, n):
        return self.base + n * self.step

    def normal(self, text):
        return str(int(text))


class GapKey(IntKey):
    """Spread over all of BIGINT UNSIGNED, both ends included."""

    def __init__(self, rng):
        self.sql = 'BIGINT UNSIGNED'

    def value(self, n):
        return (n * 0x9E3779B97F4A7C15 - (n & 1)) % 2**64


class DecimalKey(Exact):
    def __init__(self, rng):
        self.digits, self.scale = rng.choice([(65, 30), (12, 3), (20, 0)])
        self.sql = f'DECIMAL({self.digits},{self.scale})'

    def value(self, n):
        return n * 977 - 400000


class MomentKey(DateTime):
    def __init__(self, rng):
        self.digits = rng.choice([0, 6])
        self.name = rng.choice(['DATETIME', 'TIMESTAMP'])
        self.sql = self.name + (f'({self.digits})' if self.digits else '')

    def value(self, n):
        day, second = divmod(n, 1440)
        fraction = f'.{n % 7 * 142857 % 1000000:06d}' if self.digits else ''
        return f'2024-{day % 12 + 1:02d}-{day // 12 + 1:02d} {second // 60:02d}:{second % 60:02d}:00{fraction}'


class DateKey(Kind):
    sql = 'DATE'

    def __init__(self, rng):
        pass

    def value(self, n):
        return f'{1000 + n // 336:04d}-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}'

    def literal(self, value):
        return self.quoted(value)


class TextKey(Text):
    HEADS = {'ascii': ['', 'key-', 'KEY-', "o'", '"', ' ', '#', '0', '%'], 'latin1': ['', 'é', 'É', 'ÿ', 'ß', "'"],
             'cp1251': ['', 'я', 'Я', "'"], 'gbk': ['', '中', 'a', "'"],
             'utf8mb3': ['', 'é', '中', "'"], 'utf8mb4': ['', 'É', 'key/', '中', "\\'", '1', '😀']}

    def __init__(self, rng, families):
        super().__init__(rng, families)
        while self.collation is None:       # its default may be another one on the target
            super().__init__(rng, families)
        self.kind, self.length = rng.choice(['CHAR', 'VARCHAR', 'VARCHAR']), rng.choice([20, 40])
        self.sql = self.ddl(self.charset, self.collation)

    def value(self, n):
        heads = self.HEADS[self.charset]
        digits = base36(n)
        return heads[n * 7 % len(heads)] + (digits.upper() if n % 3 == 0 else digits)


class BinaryKey(Bytes):
    def __init__(self, rng):
        self.kind, self.length = rng.choice([('BINARY', 16), ('VARBINARY', 20)])
        self.sql = f'{self.kind}({self.length})'

    def value(self, n):
        number = n.to_bytes(3, 'big')
        odd = [b'\0', b"'", b'\\', b',', b'\xff', b'#', b'"', b'%'][n % 8]
        data = number + odd * (n % 5) + (number[::-1] if n % 2 else b'')
        return data.ljust(16, b'\0') if self.kind == 'BINARY' else data


class EnumKey(Enum):
    """Only together with a number."""

    def value(self, n):
        return self.members[n % len(self.members)]


class PairKey(IntKey):
    """The other half: the same for several rows."""

    def __init__(self, rng):
        self.sql, self.group = 'INT', rng.choice([1, 2, 50, 10000])

    def value(self, n):
        return -(n // self.group)


SINGLE_KEYS = [IntKey, IntKey, IntKey, GapKey, DecimalKey, MomentKey, DateKey, TextKey, TextKey, BinaryKey]


def random_key_kinds(rng, families):
    def one(choice):
        return choice(rng, families) if choice is TextKey else choice(rng)
    shape = rng.random()
    if shape < 0.65:
        return [one(rng.choice(SINGLE_KEYS))]
    if shape < 0.8:
        return [PairKey(rng), one(rng.choice(SINGLE_KEYS))]
    if shape < 0.9:
        return [EnumKey(rng), one(IntKey)]
    return [PairKey(rng), EnumKey(rng), one(rng.choice(SINGLE_KEYS))]


# --------------------------------------------------------------------------
# A table
# --------------------------------------------------------------------------

IDENTITIES = ['primary'] * 6 + ['unique', 'nullable unique', 'prefix unique', 'none', 'none']


# Makes rows of half a kilobyte, so that some thousand of them are cut into ranges.
# It always holds its default, and the oracle does not look at it.
WIDE = "`wide` BINARY(255) NOT NULL DEFAULT '', `wider` BINARY(255) NOT NULL DEFAULT ''"


class Table:
    """Columns, a key, and the rows of both sides as lists of python values."""

    at_once = 500       # rows in a statement

    def __init__(self, rng, name, names):
        self.rng, self.name = rng, name
        families = [one.split('-')[0] for one in names]
        self.identity = rng.choice(IDENTITIES)
        self.key = self.make_key(families)
        self.is_large = rng.random() < 0.06
        others = rng.choice([0, 1, 2, 3, 5, 8, 11]) if self.key else rng.randint(1, 11)
        others = min(others, 2) if self.is_large else others
        others = max(1, min(others, 12 - len(self.key)))
        self.others = [Column(f'c{n}', random_kind(rng, names), null=rng.random() < 0.6) for n in range(others)]
        self.columns = self.key + self.others
        if rng.random() < 0.5:
            rng.shuffle(self.columns)
        self.add_generated()
        self.add_oddities()
        self.fill()
        self.drifts = []

    def make_key(self, families):
        rng = self.rng
        if self.identity == 'none':
            return []
        if self.identity == 'nullable unique':
            return [Column('k0', IntKey(rng), null=True, key=True)]
        if self.identity == 'prefix unique':
            return [Column('k0', PrefixKey(rng, families), key=True)]
        return [Column(f'k{n}', kind, key=True) for n, kind in enumerate(random_key_kinds(rng, families))]

    def add_generated(self):
        numbers = [column for column in self.others if isinstance(column.kind, Integer)]
        # What the length of a CHAR is depends on the sql_mode, so it cannot be kept.
        texts = [column for column in self.others if column.kind.is_text and column.kind.kind != 'CHAR']
        if numbers and self.rng.random() < 0.3:
            self.columns.append(GeneratedColumn('g0', f'`{numbers[0].name}` % 7', self.rng))
        if texts and self.rng.random() < 0.3:
            self.columns.append(GeneratedColumn('g1', f'CHAR_LENGTH(`{texts[0].name}`)', self.rng))

    def add_oddities(self):
        for column in self.others:
            if column.null and column is not self.others[0] and self.rng.random() < 0.08:
                column.invisible = True
            if column.kind.is_text and self.rng.random() < 0.08:
                column.target_sql = column.kind.ddl('utf8mb4', 'utf8mb4_bin')
        self.target_order = list(self.columns)
        if self.rng.random() < 0.1:
            self.rng.shuffle(self.target_order)

    @property
    def stored(self):
        return [column for column in self.columns if not column.generated]

    @property
    def is_multiset(self):
        return self.identity in ('none', 'nullable unique', 'prefix unique')

    def ddl(self, target=False):
        columns = self.target_order if target else self.columns
        parts = [column.ddl(target) for column in columns]
        names = ', '.join(f'`{column.name}`' for column in self.key)
        if self.identity == 'primary':
            parts.append(f'PRIMARY KEY ({names})')
        elif self.identity == 'prefix unique':
            parts.append(f'UNIQUE KEY `u` (`k0`({PREFIX}))')
        elif self.key:
            parts.append(f'UNIQUE KEY `u` ({names})')
        if self.is_large:
            parts.insert(len(columns), WIDE)
        return f"CREATE TABLE `{self.name}` (\n  " + ',\n  '.join(parts) + '\n)'

    def row(self, n):
        """A row made from number n; numbers of the source are even."""
        values = {}
        for column in self.columns:
            if column.generated:
                continue
            if not column.key:
                values[column.name] = column.value(self.rng)
            elif column.null and n % 5 == 0:
                values[column.name] = None
            else:
                values[column.name] = column.kind.value(n)
        return values

    def fill(self):
        rng = self.rng
        size = rng.choice([0, 1, rng.randint(2, 9), rng.randint(10, 40), rng.randint(10, 40), rng.randint(100, 400)])
        if self.is_large:
            size = rng.randint(8000, 11000)
        first = rng.choice([0, 2, 500])
        self.numbers = [first + 2 * n for n in range(size)]
        rows = [self.row(n) for n in self.numbers]
        if not self.key and rows:
            rows = [dict(rng.choice(rows[:1 + len(rows) // 3])) if rng.random() < 0.4 else row for row in rows]
        self.source, self.target = rows, [dict(row) for row in rows]

    def literals(self, rows):
        return [tuple(column.literal(row[column.name]) for column in self.stored) for row in rows]

    # Drift ---------------------------------------------------------------------

    def drift(self):
        """Changes the target in one to three ways, or not at all."""
        if self.rng.random() < 0.25:
            return
        for _ in range(self.rng.randint(1, 3)):
            change = self.rng.choice(DRIFTS)
            if change(self):
                self.drifts.append(change.__name__)
        if self.is_large:
            scattered_changes(self)
            self.drifts.append('scattered_changes')
        self.rng.shuffle(self.target)

    def some(self, most=3):
        return self.rng.sample(self.target, min(len(self.target), self.rng.randint(1, most)))


PREFIX = 7


class PrefixKey(TextKey):
    """Different within its first PREFIX characters."""

    def __init__(self, rng, families):
        super().__init__(rng, families)
        self.kind, self.length = 'VARCHAR', 40
        self.sql = self.ddl(self.charset, self.collation)

    def value(self, n):
        return base36(n, PREFIX) + LETTERS[self.charset][n % 5] * (n % 4)


class GeneratedColumn(Column):
    def __init__(self, name, expression, rng):
        super().__init__(name, IntegerForm())
        self.generated, self.stored = expression, rng.random() < 0.5

    def ddl(self, target=False):
        return f"`{self.name}` INT GENERATED ALWAYS AS ({self.generated}) {'STORED' if self.stored else 'VIRTUAL'}"


class IntegerForm(Kind):
    sql = 'INT'


# --------------------------------------------------------------------------
# The ways to drift.  Each says whether it could do anything.
# --------------------------------------------------------------------------

def nudged_values(table):
    column = table.rng.choice(table.others)
    for row in table.some():
        value = row[column.name]
        row[column.name] = column.kind.random(table.rng) if value is None else column.kind.nudge(table.rng, value)
    return bool(table.target)


def uniform_change_in_an_even_number_of_rows(table):
    column = table.rng.choice(table.others)
    value = column.kind.random(table.rng)
    rows = table.target[:2 * table.rng.randint(1, 10)]
    for row in rows[:len(rows) // 2 * 2]:
        row[column.name] = value
    return len(rows) > 1


def the_same_nudge_in_two_rows(table):
    column = table.rng.choice(table.others)
    for row in table.target[:2]:
        if row[column.name] is not None:
            row[column.name] = column.kind.nudge(table.rng, row[column.name])
    return bool(table.target)


def swapped_rows(table):
    if len(table.target) < 2:
        return False
    one, other = table.rng.sample(table.target, 2)
    for column in table.rng.sample(table.others, table.rng.randint(1, len(table.others))):
        one[column.name], other[column.name] = other[column.name], one[column.name]
    return True


def null_and_its_lookalikes(table):
    columns = [column for column in table.others if column.null]
    for row in table.some() if columns else ():
        column = table.rng.choice(columns)
        if row[column.name] is not None:
            row[column.name] = None
        elif column.kind.is_text:
            row[column.name] = column.kind.fitted(table.rng.choice(['', '0', 'NULL']))
        else:
            row[column.name] = column.kind.random(table.rng)
    return bool(columns)


def text_over_the_column_boundary(table):
    texts = [column for column in table.others if column.kind.is_text]
    pairs = [(one, other) for one, other in zip(texts, texts[1:]) if one.kind.charset == other.kind.charset]
    for one, other in pairs[:1]:
        for row in table.some():
            left, right = row[one.name] or '', row[other.name] or ''
            whole = left + right
            cut = table.rng.randint(0, len(whole))
            if cut <= one.kind.length and len(whole) - cut <= other.kind.length:
                row[one.name], row[other.name] = one.kind.fitted(whole[:cut]), other.kind.fitted(whole[cut:])
    return bool(pairs)


def case_and_trailing_space(table):
    texts = [column for column in table.key + table.others if column.kind.is_text]
    for row in table.some() if texts else ():
        column = table.rng.choice(texts)
        value = row[column.name]
        if value is None:
            continue
        if table.rng.random() < 0.5:
            swapped = ''.join(letter.swapcase() if letter.isascii() else letter for letter in value)
            row[column.name] = swapped
        elif len(value) < column.kind.length and column.kind.kind != 'CHAR':
            row[column.name] = value + ' '
    return bool(texts)


def sign_of_zero(table):
    columns = [column for column in table.others if isinstance(column.kind, Double) and not isinstance(column.kind, Legacy)]
    for row in table.some() if columns else ():
        row[columns[0].name] = -0.0
    return bool(columns)


def missing_rows(table):
    for row in table.some(5):
        table.target.remove(row)
    return bool(table.source)


def missing_stretch(table):
    if table.rng.random() < 0.7 or not table.target:
        return False
    start = table.rng.randrange(len(table.target))
    del table.target[start:start + table.rng.choice([2, 10, 10**6])]
    return True


def additional_rows(table):
    numbers = table.numbers or [500]
    places = [numbers[0] + 1, numbers[-1] + 1, numbers[-1] + 301, table.rng.choice(numbers) + 1]
    if numbers[0] >= 500:
        places += [1, numbers[0] - 1]
    used = {n for n in getattr(table, 'added', ())}
    for n in set(table.rng.sample(places, table.rng.randint(1, 3))) - used:
        table.target.append(table.row(n))
        used.add(n)
    table.added = used
    return True


def scattered_changes(table):
    """Some of every kind, all over the key space, so that many ranges have one."""
    for row in table.rng.sample(table.target, min(30, len(table.target))):
        table.target.remove(row)
    for row in table.rng.sample(table.target, min(30, len(table.target))):
        column = table.rng.choice(table.others)
        row[column.name] = column.kind.random(table.rng)
    used = set(getattr(table, 'added', ()))
    fresh = {n + 1 for n in table.rng.sample(table.numbers, 30)} - used
    table.target += [table.row(n) for n in sorted(fresh)]
    table.added = used | fresh
    return True


def doubled_rows(table):
    if table.key or not table.target:
        return False
    for row in table.some():
        table.target += [dict(row) for _ in range(table.rng.choice([1, 2, 3]))]
    return True


DRIFTS = [nudged_values, nudged_values, nudged_values, uniform_change_in_an_even_number_of_rows,
          the_same_nudge_in_two_rows, swapped_rows, null_and_its_lookalikes, text_over_the_column_boundary,
          case_and_trailing_space, case_and_trailing_space, sign_of_zero, missing_rows, missing_stretch,
          additional_rows, additional_rows, doubled_rows]
