"""structures - random tables as text, and random changes to them.

A Table is what CREATE TABLE will say.  mutate() changes a copy of one in a few
places; settle() then takes out what no longer fits (a key over a column that
has gone).  Not all that comes out can be created on a server: rows may be too
long, an engine may not have a thing.  The caller makes another one then.
"""
import copy

NAMES = ['a', 'B', 'Id', 'order', 'x y', 'ünï', 'a`b', "q'q", 'd"d', 'a.b', '--c', '%s%d', 'a\\b', '1', 'select', 'key',
         'primary', '/*x*/', 'check', 'A_very_long_name_' + 'x' * 40, '#', 'комната', 'a,b', '(', 'now()', '$1', '@v']
COMMENTS = ["it's", 'back\\slash', 'line\nbreak', 'tab\tq', '%d %s', 'ünï ☃', '"dq"', '/* c */', '*/', '-- x', ';', '`t`',
            '\\n', 'a\r\nb', 'x' * 900, "''", '\\', "COMMENT='a'", 'Aa', 'aA', ' blank ', '0', 'NULL']
CHARSETS = ['utf8mb4', 'utf8mb3', 'latin1', 'ascii', 'binary', 'ucs2', 'latin2', 'cp1251']
COLLATIONS = {
    'utf8mb4': ['utf8mb4_general_ci', 'utf8mb4_bin', 'utf8mb4_unicode_ci', 'utf8mb4_unicode_520_ci'],
    'utf8mb3': ['utf8mb3_general_ci', 'utf8mb3_bin', 'utf8mb3_unicode_ci'],
    'latin1': ['latin1_swedish_ci', 'latin1_bin', 'latin1_general_cs'],
    'ascii': ['ascii_general_ci', 'ascii_bin'], 'binary': ['binary'], 'ucs2': ['ucs2_general_ci', 'ucs2_bin'],
    'latin2': ['latin2_general_ci'], 'cp1251': ['cp1251_general_ci', 'cp1251_bin']}


def name_of(text):
    return '`' + text.replace('`', '``') + '`'


def string(text):
    return "'" + text.replace('\\', '\\\\').replace("'", "''") + "'"


class Column:
    """kind: int, decimal, float, bit, year, moment, time, text, long, bytes, blob, list, json, geometry, own"""

    def __init__(self, name):
        self.name = name
        self.kind = self.type = self.charset = self.collation = self.default = self.update = self.comment = ''
        self.check = self.generated = ''
        self.stored = self.invisible = self.counts = False
        self.null = True

    def ddl(self):
        words = [name_of(self.name), self.type]
        if self.charset:
            words.append(f'CHARACTER SET {self.charset}')
        if self.collation:
            words.append(f'COLLATE {self.collation}')
        if self.generated:
            words.append(f"GENERATED ALWAYS AS ({self.generated}) {'STORED' if self.stored else 'VIRTUAL'}")
        else:
            words.append('NULL' if self.null else 'NOT NULL')
            words += [f'DEFAULT {self.default}'] if self.default else []
            words += [f'ON UPDATE {self.update}'] if self.update else []
            words += ['AUTO_INCREMENT'] if self.counts else []
        words += ['INVISIBLE'] if self.invisible else []
        words += [f'COMMENT {string(self.comment)}'] if self.comment else []
        words += [f'CHECK ({self.check})'] if self.check else []
        return ' '.join(words)


class Key:
    def __init__(self, kind, name, parts):
        self.kind, self.name, self.parts = kind, name, parts    # parts: [column or (expression), length, descends]
        self.comment, self.hidden, self.using = '', '', ''

    def ddl(self):
        parts = ', '.join((part if part.startswith('(') else name_of(part[1:])) + (f'({length})' if length else '')
                          + (' DESC' if down else '') for part, length, down in self.parts)
        words = [self.kind, '' if self.kind == 'PRIMARY KEY' else name_of(self.name), f'({parts})', self.using,
                 f'COMMENT {string(self.comment)}' if self.comment else '', self.hidden]
        return ' '.join(word for word in words if word)


class Maker:
    """Makes things at random that both families, or the one of the pair, have."""

    def __init__(self, rng, families, table):
        self.rng, self.families, self.table = rng, families, table
        self.crosses = len(families) > 1
        self.is_mysql = families == {'mysql'}
        self.is_mariadb = families == {'mariadb'}

    def chance(self, share):
        return self.rng.random() < share

    def one(self, *items):
        return self.rng.choice(items)

    # Columns ---------------------------------------------------------------

    def type_of(self, kind):
        one, number = self.one, self.rng.randint
        if kind == 'int':
            return one('tinyint', 'tinyint(1)', 'smallint', 'mediumint', 'int', 'int', 'bigint', 'int(7)') + \
                one('', '', ' unsigned', ' unsigned', ' zerofill')
        if kind == 'decimal':
            scale = number(0, 6)
            return f'decimal({scale + number(1, 20)},{scale})' + one('', '', ' unsigned', ' zerofill')
        if kind == 'float':
            return one('float', 'double', 'double unsigned', 'float(7,3)', 'double(10,2)')
        if kind == 'text':
            return f"{one('char', 'varchar', 'varchar')}({number(3, 60)})"
        if kind == 'bytes':
            return f"{one('binary', 'varbinary')}({number(4, 40)})"
        if kind == 'moment':
            return one('date', 'datetime', 'timestamp', 'datetime(3)', 'timestamp(6)')
        if kind == 'list':
            members = self.rng.sample(["'a'", "'b'", "'C'", "'it''s'", "'ü'", "'x,y'", "''", "'a\\\\b'", "')'", "'0'"], number(2, 7))
            return f"{one('enum', 'set')}({','.join(member for member in members if member != chr(39) * 2 + '')})" \
                if chr(39) * 2 not in members else f"enum({','.join(members)})"
        return one(*{
            'bit': ['bit(1)', 'bit(8)', 'bit(64)'], 'year': ['year'], 'time': ['time', 'time(4)'],
            'long': ['tinytext', 'text', 'mediumtext', 'longtext'], 'blob': ['tinyblob', 'blob', 'mediumblob', 'longblob'],
            'json': ['json'], 'geometry': ['geometry', 'point', 'linestring', 'polygon'],
            'own': ['uuid', 'inet6', 'varchar(30) COMPRESSED', 'text COMPRESSED'] if self.is_mariadb else ['vector(5)', 'json']}[kind])

    def default_of(self, column):
        """A default, or ''."""
        kind, one, number = column.kind, self.one, self.rng.randint
        if column.type.startswith('date') and column.type == 'date':
            return one("'2020-01-31'", '(curdate())', '')
        literals = {
            'int': lambda: one('0', '1', "'7'", str(number(0, 120)), *([] if self.crosses else [f'({number(1, 50)} + 1)'])),
            'decimal': lambda: one('0', '1.5', "'0.25'", '3'), 'float': lambda: one('0', '1.5', "'2.5'", '1e3'),
            'bit': lambda: one("b'1'", "b'0'", '1'), 'year': lambda: one('2020', "'1999'"),
            'moment': lambda: one(self.moment(column), self.moment(column), "'2021-02-03 04:05:06'"),
            'time': lambda: one("'10:11:12'", "'-01:00:00'"),
            'text': lambda: one("''", "'a'", "'A'", "'it''s'", "'a\\\\b'", "'x\\ny'", "'0'", "'NULL'", "' '", *(['(uuid())'] if int(column.type[column.type.index('(') + 1:-1]) > 35 else []),
                                "(concat('a','b'))", "'ab\"c'"),
            'long': lambda: one("('')", "('a')", "('it''s')"), 'bytes': lambda: one("'a'", "x'6162'", "''"),
            'blob': lambda: one("('a')", "('b')"), 'list': lambda: column.type[column.type.index('(') + 1:].split("'")[1].join("''"),
            'json': lambda: one("('[]')", "('{}')", '(json_array())')}
        if kind not in literals:
            return ''
        found = literals[kind]()
        # MySQL takes no computed column before one that it leans on and that has such a default
        if self.crosses and kind == 'text' and found.startswith('('):
            return "'a'"
        if kind == 'long' and self.is_mysql and self.chance(0.5):
            return "(_utf8mb4'é')"
        return found

    def moment(self, column):
        digits = column.type.partition('(')[2]
        return f'CURRENT_TIMESTAMP({digits}' if digits else 'CURRENT_TIMESTAMP'

    def kind(self):
        kinds = ['int'] * 6 + ['text'] * 5 + ['decimal', 'float', 'bit', 'year', 'moment', 'moment', 'time', 'long', 'bytes', 'blob',
                                              'list', 'list', 'json', 'geometry'] + ([] if self.crosses else ['own'])
        return self.one(*kinds)

    def fill(self, column, kind=None):
        column.kind = kind or self.kind()
        column.type = self.type_of(column.kind)
        column.charset = column.collation = column.default = column.update = column.generated = column.check = ''
        column.counts = False
        if column.kind in ('text', 'long', 'list') and self.chance(0.4):
            self.recode(column)
        if self.chance(0.4):
            column.default = self.default_of(column)
        if self.chance(0.5) or column.kind == 'geometry':
            column.null = self.chance(0.5)
        if column.kind == 'moment' and column.type != 'date' and self.chance(0.3):
            column.update = self.moment(column)
        return column

    def recode(self, column):
        column.charset = self.one(*CHARSETS)
        if column.charset == 'binary' and column.kind == 'list':
            column.charset = 'utf8mb4'
        column.collation = self.one('', *COLLATIONS[column.charset])

    def new_name(self):
        taken = {column.name.lower() for column in self.table.columns}
        free = [name for name in NAMES if name.lower() not in taken]
        return self.one(*free) if free and self.chance(0.6) else f'c{self.rng.randint(100, 99999)}'

    def column(self):
        column = Column(self.new_name())
        self.fill(column)
        if self.chance(0.15):
            column.comment = self.one(*COMMENTS)
        if self.chance(0.08):
            column.invisible = True
        if self.chance(0.15):
            self.compute(column)
        if self.is_mariadb and column.kind == 'int' and self.chance(0.15):
            column.check = f'{name_of(column.name)} > {self.rng.randint(-9, 3)}'
        return column

    def compute(self, column):
        plain = [other for other in self.table.columns if not other.generated and not other.counts and other is not column]
        numbers = [name_of(other.name) for other in plain if other.kind == 'int']
        texts = [name_of(other.name) for other in plain if other.type.startswith('varchar') and not other.charset]
        if numbers and self.chance(0.6):
            column.kind, column.type = 'int', self.one('bigint', 'int')
            forms = ['{0} + 1', '{0} + 2'] if self.crosses else ['{0} + 1', '{0} * 2 + 1', 'if({0} > 3, 1, 0)', '-{0}', '{0} & 7', 'coalesce({0},1)',
                     'case when {0} = 1 then 2 else 3 end', '({0} + 1) * 2', '{0} in (1,2)', '{0} between 1 and 4', 'not {0}', '{0} div 2 % 3']
            column.generated = self.one(*forms).format(self.one(*numbers))
        elif texts:
            column.kind, column.type = 'text', f'varchar({self.rng.randint(80, 120)})'
            forms = ['upper({0})', 'lower({0})'] if self.crosses else ['upper({0})', "concat({0},'x')", "concat({0},'X')", "concat({0},'it''s\\\\')",
                     'left({0},3)', "replace({0},'a','b')", 'trim({0})', "if({0} like 'a%','y','n')", "substr({0},2)"]
            column.generated = self.one(*forms).format(self.one(*texts))
        else:
            return
        column.charset = column.collation = column.default = column.update = column.check = ''
        column.counts, column.null, column.stored = False, True, self.chance(0.5)

    # Keys, checks, options, partitions -------------------------------------------

    def part(self, column):
        length = 0
        if column.kind in ('long', 'blob') or (column.kind in ('text', 'bytes') and self.chance(0.3)):
            length = self.rng.randint(1, 3)
        return ['=' + column.name, length, self.chance(0.12)]

    def key(self, kind=None):
        usable = [column for column in self.table.columns if column.kind not in ('json', 'geometry', 'own')]
        texts = [column for column in usable if column.kind in ('text', 'long') and not column.charset and not column.generated]
        kind = kind or self.one('KEY', 'KEY', 'KEY', 'UNIQUE KEY', 'FULLTEXT KEY')
        if kind == 'FULLTEXT KEY':
            parts = [['=' + column.name, 0, False] for column in self.rng.sample(texts, min(len(texts), self.rng.randint(1, 2)))]
        else:
            parts = [self.part(column) for column in self.rng.sample(usable, min(len(usable), self.rng.randint(1, 3)))]
            if self.is_mysql and kind == 'KEY' and self.chance(0.15):
                numbers = [name_of(column.name) for column in usable if column.kind == 'int' and not column.counts]
                parts += [[f'({self.one(*numbers)} + {self.rng.randint(1, 3)})', 0, False]] if numbers else []
        if not parts:
            return None
        made = Key(kind, self.one('k', 'K2', 'u v', 'i`x', 'Ünique', f'k{self.rng.randint(1, 999)}', self.one(*self.table.columns).name), parts)
        if made.name.lower() == 'primary':
            made.name = 'k'
        self.dress(made)
        return made

    def dress(self, key):
        if self.chance(0.15):
            key.comment = self.one(*COMMENTS)
        if self.chance(0.1) and not self.crosses and key.kind != 'PRIMARY KEY':
            key.hidden = 'INVISIBLE' if self.is_mysql else 'IGNORED'
        if self.chance(0.1) and key.kind != 'FULLTEXT KEY':
            key.using = self.one('USING BTREE', 'USING HASH')

    def check(self):
        plain = [column for column in self.table.columns if not column.counts]
        numbers = [name_of(column.name) for column in plain if column.kind in ('int', 'decimal')]
        texts = [name_of(column.name) for column in plain if column.kind == 'text' and not column.charset]
        number = self.rng.randint(-5, 5)
        forms = [f'{name} > {number}' for name in numbers] + [f'{name} <> {abs(number)}' for name in numbers]
        if not self.crosses:
            forms += [f'{name} in (1,2,{number}) or {name} is null' for name in numbers] + [f"{name} <> 'x'" for name in texts] + \
                [f"length({name}) < 5{abs(number)} and {name} <> 'A'" for name in texts]
        if not forms:
            return None
        name = self.one('c', 'C x', 'ch`k', f'c{self.rng.randint(1, 999)}') + self.table.name
        return name, self.one(*forms) , ' NOT ENFORCED' if self.is_mysql and self.chance(0.2) else ''

    def option(self):
        # not binary: MySQL writes the literals of checks anew as _binary'x' whenever it copies the table
        charset = self.one('utf8mb4', 'utf8mb3', 'latin1', 'ascii')
        return self.one(
            ('COMMENT', string(self.one(*COMMENTS))), ('ROW_FORMAT', self.one('COMPACT', 'REDUNDANT', 'DYNAMIC', 'DEFAULT', 'COMPRESSED')),
            ('DEFAULT CHARSET', f'{charset} COLLATE={self.one(*COLLATIONS[charset])}'),
            ('DEFAULT CHARSET', charset), ('STATS_PERSISTENT', self.one('0', '1', 'DEFAULT')),
            ('STATS_AUTO_RECALC', self.one('0', '1')), ('STATS_SAMPLE_PAGES', self.one('5', '20')), ('MAX_ROWS', self.one('10', '1000')),
            ('MIN_ROWS', '5'), ('AVG_ROW_LENGTH', '100'), ('CHECKSUM', self.one('0', '1')), ('PACK_KEYS', self.one('0', '1')),
            ('DELAY_KEY_WRITE', '1'), ('AUTO_INCREMENT', self.one('10', '77')),
            ('ENGINE', self.one('InnoDB', 'InnoDB', 'MyISAM', 'MEMORY')),
            *([('page_compressed', self.one('0', '1')), ('ENGINE', 'Aria'), ('TRANSACTIONAL', '1')] if self.is_mariadb else []),
            *([('COMPRESSION', self.one("'zlib'", "'none'")), ('AUTOEXTEND_SIZE', '4M')] if self.is_mysql else []))

    def partitions(self):
        """'' or the whole clause, and the column that it is by."""
        primary = next((key for key in self.table.keys if key and key.kind == 'PRIMARY KEY'), None)
        names = [part[1:] for part, length, _ in primary.parts if not length] if primary else [column.name for column in self.table.columns]
        usable = [column for column in self.table.columns if column.name in names and column.kind == 'int' and not column.generated]
        if not usable:
            return '', ''
        by = self.one(*usable).name
        name, count = name_of(by), self.rng.randint(2, 4)
        comment = f' COMMENT = {string(self.one(*COMMENTS[:12]))}' if self.chance(0.2) else ''
        label = self.one('p', 'P', 'p-', 'select')
        if self.chance(0.45):
            method = self.one('HASH', 'KEY', 'LINEAR HASH', 'LINEAR KEY')
            parts = ', '.join(f'PARTITION {name_of(label + str(n))}{comment}' for n in range(count))
            return f'PARTITION BY {method} ({name}) ' + self.one(f'PARTITIONS {count}', f'({parts})'), by
        bounds = sorted(self.rng.sample(range(1, 9), count))
        if self.chance(0.6):
            method = self.one('RANGE', 'RANGE COLUMNS')
            values = [f'VALUES LESS THAN ({bound * 10})' for bound in bounds]
            if self.chance(0.6):
                values.append(f"VALUES LESS THAN {'MAXVALUE' if method == 'RANGE' else '(MAXVALUE)'}")
        else:
            method = self.one('LIST', 'LIST COLUMNS')
            values = [f"VALUES IN ({', '.join(str(bound * 10 + n) for n in range(self.rng.randint(1, 3)))})" for bound in bounds]
            if self.is_mariadb and self.chance(0.4):
                values.append('DEFAULT')
        sub = f' SUBPARTITION BY HASH ({name}) SUBPARTITIONS 2' if self.chance(0.15) else ''
        parts = ', '.join(f'PARTITION {name_of(label + str(n))} {value}{comment}' for n, value in enumerate(values))
        return f'PARTITION BY {method} ({name}){sub} ({parts})', by


class Table:
    def __init__(self, name, rng, families):
        self.name, self.rng, self.families = name, rng, families
        self.columns, self.keys, self.checks, self.options = [], [], [], {}
        self.partitions, self.partitioned_by = '', ''
        make = Maker(rng, families, self)
        first = Column(make.new_name())
        make.fill(first, 'int')
        self.columns.append(first)
        for _ in range(rng.randint(1, 9)):
            self.columns.append(make.column())
        rng.shuffle(self.columns)
        if make.chance(0.75):
            first.null, first.default = False, ''
            self.add_primary(make, first)
            first.counts = make.chance(0.5)
        for _ in range(rng.choice([0, 0, 1, 2, 3])):
            self.keys.append(make.key())
        for _ in range(rng.choice([0, 0, 1, 2])):
            self.checks.append(make.check())
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            self.options.update([make.option()])
        if make.chance(0.25):
            self.partitions, self.partitioned_by = make.partitions()
        self.settle()

    def add_primary(self, make, first=None):
        key = Key('PRIMARY KEY', 'PRIMARY', [make.part(first)] if first else [])
        for column in self.columns:
            if column is not first and column.kind in ('int', 'text', 'moment', 'decimal') and not column.generated and make.chance(0.15):
                key.parts.append(make.part(column))
        if key.parts:
            make.dress(key)
            self.keys.append(key)

    # Changes -------------------------------------------------------------------

    def mutated(self):
        """A changed copy."""
        self_rng, self.rng = self.rng, None
        other = copy.deepcopy(self)
        other.rng = self.rng = self_rng
        make = Maker(self.rng, self.families, other)
        for _ in range(self.rng.choice([1, 1, 2, 3, 5, 8])):
            getattr(other, make.one(*CHANGES))(make)
        other.settle()
        return other

    def add_column(self, make):
        self.columns.insert(make.rng.randint(0, len(self.columns)), make.column())

    def drop_column(self, make):
        if len(self.columns) > 1:
            self.columns.remove(make.one(*self.columns))

    def move_column(self, make):
        column = self.columns.pop(make.rng.randrange(len(self.columns)))
        self.columns.insert(make.rng.randint(0, len(self.columns)), column)

    def shuffle_columns(self, make):
        make.rng.shuffle(self.columns)

    def retype(self, make):
        column = make.one(*self.columns)
        make.fill(column, None if make.chance(0.3) else column.kind)

    def change_null(self, make):
        column = make.one(*self.columns)
        column.null = not column.null

    def change_default(self, make):
        column = make.one(*self.columns)
        column.default = make.default_of(column)

    def change_comment(self, make):
        make.one(*self.columns).comment = make.one('', *COMMENTS)

    def change_charset(self, make):
        texts = [column for column in self.columns if column.kind in ('text', 'long', 'list') and not column.generated]
        if texts:
            make.recode(make.one(*texts))

    def change_sight(self, make):
        column = make.one(*self.columns)
        column.invisible = not column.invisible

    def change_generated(self, make):
        column = make.one(*self.columns)
        if column.generated and make.chance(0.3):
            column.stored = not column.stored
        elif column.generated and make.chance(0.3):
            column.generated = ''
        else:
            make.compute(column)

    def change_counter(self, make):
        for column in self.columns:
            if column.counts:
                column.counts = False
                return
        numbers = [column for column in self.columns if column.kind == 'int' and not column.generated]
        make.one(*numbers or self.columns).counts = bool(numbers)

    def rename_column(self, make):
        column = make.one(*self.columns)
        column.name = column.name.swapcase() if make.chance(0.4) else make.new_name()

    def change_key(self, make):
        self.keys = list(filter(None, self.keys))
        if not self.keys or make.chance(0.5):
            self.keys.append(make.key())
            return
        key = make.one(*self.keys)
        what = make.one('drop', 'comment', 'dress', 'parts', 'rename', 'order')
        if what == 'drop':
            self.keys.remove(key)
        elif what == 'comment':
            key.comment = make.one('', *COMMENTS)
        elif what == 'dress':
            key.comment = key.hidden = key.using = ''
            make.dress(key)
        elif what == 'parts':
            other = make.key(key.kind)
            key.parts = other.parts if other else key.parts
        elif what == 'rename' and key.kind != 'PRIMARY KEY':
            key.name = key.name.swapcase() if make.chance(0.3) else f'r{make.rng.randint(1, 99)}'
        elif what == 'order':
            make.rng.shuffle(key.parts)

    def change_primary(self, make):
        self.keys = [key for key in self.keys if key and key.kind != 'PRIMARY KEY']
        if make.chance(0.7):
            numbers = [column for column in self.columns if column.kind in ('int', 'text', 'decimal', 'moment')]
            self.add_primary(make, make.one(*numbers) if numbers else None)

    def change_checks(self, make):
        if self.checks and make.chance(0.6):
            self.checks.pop(make.rng.randrange(len(self.checks)))
        if make.chance(0.7):
            self.checks.append(make.check())

    def change_options(self, make):
        if self.options and make.chance(0.4):
            self.options.pop(make.one(*self.options))
        else:
            self.options.update([make.option()])

    def change_partitions(self, make):
        self.partitions, self.partitioned_by = ('', '') if make.chance(0.3) else make.partitions()

    # What fits together -----------------------------------------------------------

    def settle(self):
        names = {column.name: column for column in self.columns}
        quoted = {name_of(name): column for name, column in names.items()}

        def holds(text):
            """Whether all columns of an expression are there, and may be in one."""
            rest = text.replace('``', '\0').split('`')[1::2]
            found = [quoted.get('`' + name.replace('\0', '``') + '`') for name in rest]
            return all(column and not column.counts for column in found)

        self.checks = list({check[0].lower(): check for check in self.checks if check and holds(check[1])}.values())
        for column in self.columns:
            if column.generated and (not holds(column.generated) or
                                     any(quoted[f'`{name}`'].generated for name in column.generated.split('`')[1::2] if f'`{name}`' in quoted)):
                column.generated = ''
            if column.check and (not holds(column.check) or column.generated):
                column.check = ''
        if all(column.invisible for column in self.columns):
            self.columns[0].invisible = False
        self.settle_keys(names, holds)
        self.settle_columns()
        self.settle_partitions(names)

    def settle_keys(self, names, holds):
        kept = {}
        for key in filter(None, self.keys):
            fits = [part for part in key.parts
                    if (part[0].startswith('(') and holds(part[0])) or (part[0].startswith('=') and self.fits(key, part, names))]
            key.parts = list({part[0]: part for part in fits}.values())
            if key.parts:
                kept.setdefault(key.name.lower(), key)
        self.keys = list(kept.values())
        if len(self.families) > 1 and self.options.get('ENGINE', 'InnoDB') != 'InnoDB':
            for key in self.keys:       # MySQL has no such key of other engines
                key.parts = [[name, length, False] for name, length, _ in key.parts]

    def fits(self, key, part, names):
        column = names.get(part[0][1:])
        if not column or column.kind in ('json', 'geometry', 'own'):
            return False
        if key.kind == 'FULLTEXT KEY':
            return column.kind in ('text', 'long') and not column.charset and not column.generated
        if key.kind == 'PRIMARY KEY' and (column.generated or column.invisible):
            return False
        if column.kind not in ('text', 'bytes', 'long', 'blob'):
            part[1] = 0
        elif column.kind in ('long', 'blob') and not part[1]:
            part[1] = 2
        return True

    def settle_columns(self):
        primary = [part[0][1:] for key in self.keys if key.kind == 'PRIMARY KEY' for part in key.parts]
        leading = {key.parts[0][0][1:] for key in self.keys if key.kind != 'FULLTEXT KEY' and not key.parts[0][1] and not key.hidden}
        counting = False
        for column in self.columns:
            column.counts = column.counts and not counting and column.kind == 'int' and not column.generated and column.name in leading
            counting = counting or column.counts
            if column.name in primary or column.counts:
                column.null = False
            if column.counts or column.generated:
                column.default = column.update = column.check = ''

    def settle_partitions(self, names):
        column = names.get(self.partitioned_by)
        unique = [key for key in self.keys if key.kind in ('PRIMARY KEY', 'UNIQUE KEY')]
        if not column or column.kind != 'int' or column.generated or self.options.get('ENGINE', 'InnoDB') != 'InnoDB':
            self.partitions = self.partitioned_by = ''
            return
        self.keys = [key for key in self.keys if key.kind != 'FULLTEXT KEY']
        for key in unique:
            if ['=' + column.name, 0, True] not in key.parts and ['=' + column.name, 0, False] not in key.parts:
                key.parts.append(['=' + column.name, 0, False])
                column.null = column.null and key.kind != 'PRIMARY KEY'

    def ddl(self):
        lines = [column.ddl() for column in self.columns] + [key.ddl() for key in self.keys] + \
            [f'CONSTRAINT {name_of(name)} CHECK ({text}){end}' for name, text, end in self.checks]
        options = ''.join(f' {name}={value}' for name, value in self.options.items())
        return f'CREATE TABLE {name_of(self.name)} (\n  ' + ',\n  '.join(lines) + f'\n){options} {self.partitions}'


CHANGES = ['add_column'] * 3 + ['drop_column'] * 2 + ['move_column'] * 2 + ['retype'] * 3 + ['change_key'] * 5 + ['change_partitions'] * 2 + \
    ['shuffle_columns', 'change_null', 'change_default', 'change_default', 'change_comment', 'change_charset', 'change_sight',
     'change_generated', 'change_generated', 'change_counter', 'rename_column', 'change_primary', 'change_checks', 'change_checks',
     'change_options', 'change_options', 'change_options']
