#!/usr/bin/python3
"""bound_seeds.py - keys from the corners of every type, in tables that are cut into ranges.

usage: tests/property/bound_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep] [--seconds T]

Every seed is one table of some thousand rows under a key of one or two columns of
random types and a number.  The values come from where types end and collations are
odd; the columns of the target may be wider.  Some rows of the target are changed,
deleted and inserted.  dbsync has to find just these, by both digests, and to have
read as many rows as there are: what the oracle knows is which rows it changed.
"""
import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import harness  # noqa: E402  (its folder has just been named)
import kinds  # noqa: E402
import seeds  # noqa: E402
from tables import WIDE  # noqa: E402

ROWS = 10_000

# Letters that are written as two or three, that are two, that are none, and others.
PIECES = ['aa', 'a', 'b', 'c', 'ch', 'd', 'dz', 'dzs', 'dž', 'g', 'gy', 'h', 'i', 'j', 'l', 'lj', 'll', 'm', 'n', 'nj', 'o', 'oe',
          's', 'ss', 'sz', 't', 'u', 'v', 'w', 'y', 'z', 'A', 'Z', 'AA', 'Ch', 'å', 'Å', 'ä', 'æ', 'ø', 'ß', 'é', 'e\u0301', 'č', 'š', 'ž',
          '\u00ad', '\u0301', '0', '9', ' ', '!', '~', '中', '一', 'ア', 'あ', '😀']
COMMON = ['general_ci', 'bin', 'unicode_ci', 'unicode_520_ci', 'danish_ci', 'slovak_ci', 'spanish2_ci', 'hungarian_ci', 'czech_ci',
          'swedish_ci', 'german2_ci', 'lithuanian_ci', 'turkish_ci', 'vietnamese_ci']
OWN = {'mysql': ['0900_ai_ci', '0900_as_cs', '0900_bin', 'da_0900_ai_ci', 'cs_0900_ai_ci', 'hr_0900_as_cs', 'es_trad_0900_ai_ci',
                 'nb_0900_ai_ci', 'sk_0900_ai_ci', 'hu_0900_ai_ci', 'ja_0900_as_cs'],
       'mariadb': ['nopad_bin', 'unicode_nopad_ci', 'croatian_mysql561_ci']}
NEWER = ['uca1400_danish_ai_ci', 'uca1400_slovak_ai_cs', 'uca1400_spanish2_as_cs', 'uca1400_nopad_ai_ci']   # MariaDB from 10.10 on


class Part:
    """One column of the key: its type on both sides, and the literals of its values."""
    needs_lax = False

    def __init__(self, source, literals, target=None):
        self.source, self.target, self.literals = source, target or source, list(dict.fromkeys(literals))


def wider(rng, *types):
    """A type, and that or a wider one for the target, in whatever direction."""
    place = rng.randrange(len(types))
    pair = [types[place], types[rng.randrange(place, len(types))]]
    if rng.random() < 0.5:
        pair.reverse()
    return pair, types[place]


def years(rng, names):
    (source, target), _ = wider(rng, 'YEAR', 'YEAR', 'INT')
    return Part(source, [f"{year:04d}" if year else '0' for year in [0, 1901, 1902, 1999, 2000, 2069, 2070, 2155]
                         + [rng.randint(1901, 2155) for _ in range(rng.choice([0, 30]))]], target)


def moment(rng, first, last):
    return f'{rng.randint(first, last):04d}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}'


def dates(rng, names):
    (source, target), _ = wider(rng, 'DATE', 'DATE', 'DATETIME')
    odd = ['0000-00-00', '2024-00-15', '2024-01-00', '2023-02-30', '0001-01-01', '0069-12-31', '0999-12-31', '1000-01-01', '9999-12-31']
    spread = [moment(rng, *rng.choice([(1000, 9999), (1969, 1971), (2024, 2024)])) for _ in range(rng.choice([3, 600]))]
    return Part(source, [f"'{date}'" for date in rng.sample(odd, rng.randint(0, 9)) + spread], target)


def datetimes(rng, names):
    (source, target), narrow = wider(rng, 'DATETIME', 'DATETIME(3)', 'DATETIME(6)')
    parts = {'DATETIME': [''], 'DATETIME(3)': ['', '.999'], 'DATETIME(6)': ['', '.000001', '.999999']}[narrow]
    odd = ['0000-00-00 00:00:00', '2024-00-15 10:00:00', '0001-01-01 00:00:01', '1000-01-01 00:00:00', '9999-12-31 23:59:59']
    spread = [f"{moment(rng, *rng.choice([(1000, 9999), (2024, 2025)]))} {rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:59"
              for _ in range(rng.choice([3, 900]))]
    return Part(source, [f"'{one}{rng.choice(parts)}'" for one in rng.sample(odd, rng.randint(0, 5)) + spread], target)


def timestamps(rng, names):
    (source, target), _ = wider(rng, 'TIMESTAMP', 'TIMESTAMP', 'DATETIME')
    odd = ['0000-00-00 00:00:00', '1970-01-01 00:00:01', '2038-01-19 03:14:07', '2024-03-31 00:59:59', '2024-03-31 01:00:00',
           '2024-10-27 00:59:59', '2024-10-27 01:00:00', '2000-01-01 00:00:00']
    spread = [f'{moment(rng, 1971, 2037)} {rng.randint(0, 23):02d}:00:00' for _ in range(rng.choice([3, 900]))]
    return Part(source, [f"'{one}'" for one in rng.sample(odd, rng.randint(0, 8)) + spread], target)


def times(rng, names):
    odd = ['-838:59:59', '838:59:59', '00:00:00', '-00:00:01', '23:59:59', '24:00:00', '-24:00:00']
    return Part('TIME', [f"'{one}'" for one in odd + [f"{rng.choice(['', '-'])}{rng.randint(0, 837)}:{rng.randint(0, 59):02d}:01"
                                                      for _ in range(rng.choice([0, 400]))]])


def decimals(rng, names):
    digits, scale = rng.choice([(3, 1), (5, 0), (9, 4), (18, 6), (38, 10), (65, 30)])
    top = 10**digits - 1

    def written(number):
        text = str(abs(number)).rjust(scale + 1, '0')
        return ('-' if number < 0 else '') + (f'{text[:-scale]}.{text[-scale:]}' if scale else text)
    target = f'DECIMAL({min(digits + 3, 65)},{scale})' if rng.random() < 0.3 else None
    return Part(f'DECIMAL({digits},{scale})', [written(number) for number in [0, 1, -1, top, -top] + [
        rng.choice([rng.randint(-top, top), rng.randint(-99, 99)]) for _ in range(rng.choice([0, 900]))]], target)


def integers(rng, names):
    sizes = {'TINYINT': 8, 'SMALLINT': 16, 'MEDIUMINT': 24, 'INT': 32, 'BIGINT': 64}
    unsigned = rng.random() < 0.4
    suffix = ' UNSIGNED' if unsigned else ''
    (source, target), narrow = wider(rng, *(name + suffix for name in sizes))
    bits = sizes[narrow.split()[0]]
    low, high = (0, 2**bits - 1) if unsigned else (-2**(bits - 1), 2**(bits - 1) - 1)
    return Part(source, [str(number) for number in [low, high, 0, 1] + [rng.choice([rng.randint(low, high), rng.randint(0, 99)])
                                                                        for _ in range(rng.choice([0, 900]))]], target)


def bits(rng, names):
    width = rng.choice([1, 7, 8, 9, 31, 63, 64])
    return Part(f'BIT({width})', [f"b'{number:b}'" for number in [0, 1, 2**width - 1, 2**(width - 1)]
                                  + [rng.getrandbits(width) for _ in range(rng.choice([0, 300]))]])


def reals(rng, names):
    (source, target), narrow = wider(rng, 'FLOAT', 'DOUBLE')
    kind = (kinds.Single if narrow == 'FLOAT' else kinds.Double)(rng)
    # a 0 is one key with -0, and which of the two a server keeps is its own
    numbers = [number for number in (kind.random(rng) for _ in range(rng.choice([8, 900]))) if number]
    return Part(source, [kind.literal(number) for number in numbers] + ['1e0'], target)


def texts(rng, names):
    families = {name.split('-')[0] for name in names}
    choices = list(COMMON)
    if len(families) == 1:
        choices += OWN[next(iter(families))] * 2
        if families == {'mariadb'} and min(tuple(map(int, name.split('-')[1].split('.'))) for name in names) >= (10, 10):
            choices += NEWER * 2
    charset = f'CHARACTER SET utf8mb4 COLLATE utf8mb4_{rng.choice(choices)}'
    length = rng.choice([1, 2, 2, 3, 4, 9])
    shape = rng.choice(['CHAR', 'VARCHAR'])
    head = rng.choice(['', '', 'key', 'c'])

    def one():
        text = head + ''.join(rng.choice(PIECES) for _ in range(rng.randint(0, 4)))
        # what ends with blanks depends on the type
        return text[:length].rstrip(' ')
    values = [one() for _ in range(rng.choice([20, 400, 3000]))]
    (source, target), _ = wider(rng, f'{shape}({length}) {charset}', f'{shape}({length * 20}) {charset}')
    return Part(source, [kinds.text_literal(value) for value in values], target)


def binaries(rng, names):
    length = rng.choice([1, 2, 3, 5, 16])
    if rng.random() < 0.4:
        values = [rng.randbytes(length) for _ in range(400)] + [b'\0' * length, b'\xff' * length]
        return Part(f'BINARY({length})', map(kinds.bytes_literal, values))
    values = [rng.choice([b'', b'\0', b'\xff', b'ab', rng.randbytes(rng.randint(0, length))])[:length]
              for _ in range(rng.choice([20, 600]))]
    (source, target), _ = wider(rng, f'VARBINARY({length})', f'VARBINARY({length * 9})')
    return Part(source, map(kinds.bytes_literal, values), target)


def members(rng, names):
    kind = kinds.Hollow(rng)
    part = Part(kind.sql, [str(kind.random(rng)) for _ in range(40)])
    part.needs_lax = True
    return part


def flags(rng, names):
    names_of = ','.join(f"'m{number}'" for number in range(64))
    return Part(f'SET({names_of})', [str(number) for number in [0, 1, 2**63, 2**64 - 1] + [rng.getrandbits(64) for _ in range(40)]])


PARTS = [years, dates, datetimes, timestamps, times, decimals, integers, bits, reals, texts, texts, texts, binaries, members, flags]


class SeedTest(seeds.SeedTest):
    """One seed."""

    script = 'bound_seeds.py'

    def runTest(self):
        rng = random.Random(self.seed)
        parts = [rng.choice(PARTS)(rng, harness.current_pair()) for _ in range(rng.choice([1, 1, 2]))]
        place = rng.choice([len(parts), len(parts), 0])
        try:
            self.compare_table(rng, parts, place)
        except AssertionError as problem:
            raise AssertionError(f'{self.tell(parts, place)}\n{problem}') from None

    def tell(self, parts, place):
        pair = ','.join(harness.current_pair())
        return (f'seed {self.seed}: again with tests/property/{self.script} --seeds 1 --start {self.seed} --pair {pair}\n'
                f'{self.ddl(parts, place, False)}\n{self.ddl(parts, place, True)}')

    def ddl(self, parts, place, is_target):
        columns = [f'k{number} {part.target if is_target else part.source} NOT NULL' for number, part in enumerate(parts)]
        key = [f'k{number}' for number in range(len(parts))]
        key.insert(place, 'id')
        return f"CREATE TABLE t (id INT NOT NULL, v INT NOT NULL, {', '.join(columns)}, {WIDE}, PRIMARY KEY ({', '.join(key)}))"

    def compare_table(self, rng, parts, place):
        def row(number, value):
            return (str(number), str(value), *(rng.choice(part.literals) for part in parts))
        source = {number: row(number, 1) for number in range(ROWS)}
        target = dict(source)
        changed = rng.sample(range(ROWS), 24)
        for number in changed[:12]:
            target[number] = (source[number][0], '2', *source[number][2:])
        for number in changed[12:18]:
            del target[number]
        for number in changed[18:]:
            del source[number]
        self.fill(self.source, self.ddl(parts, place, False), parts, source)
        self.fill(self.target, self.ddl(parts, place, True), parts, target)
        for answer in self.check(t=harness.Expect(6, 12, 6)):
            entry = answer.table('t')
            self.assertEqual((entry['rows_source'], entry['rows_target']), (len(source), len(target)), str(answer))
            self.assertIn(entry['counted'], ('same', 'not needed'), str(answer))

    def fill(self, place, ddl, parts, rows):
        session = self.session(place)
        if any(part.needs_lax for part in parts):
            session.run(f"SET SESSION sql_mode = '{seeds.LAX_MODE}'")
        session.run(ddl)
        columns = ['id', 'v', *(f'k{number}' for number in range(len(parts)))]
        session.insert('t', columns, list(rows.values()), 2000)
        session.run('ANALYZE TABLE t')


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


def main():
    return seeds.main(seeds.parser('keys from the corners of every type').parse_args(), seed_case)


if __name__ == '__main__':
    sys.exit(main())
