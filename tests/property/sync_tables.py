"""sync_tables - random tables with what makes writing hard.

On top of tables.Table: further unique keys whose values were swapped, rotated or
handed on; AUTO_INCREMENT, with counters that differ; foreign keys, also in
cycles; ON UPDATE CURRENT_TIMESTAMP; values above 256 KiB.
"""
import tables
from kinds import Bytes, Clock, Json, Text
from tables import BinaryKey, Column, DateKey, DecimalKey, IntKey, MomentKey, TextKey

LONG = 256 * 1024


# --------------------------------------------------------------------------
# Columns
# --------------------------------------------------------------------------

class NumberedColumn(Column):
    """Its values are made from the row's number, as those of a key."""

    def value(self, rng):
        return None     # Table.row() knows the number

    def numbered(self, n):
        return None if self.null and n % 10 == 4 else self.kind.value(n)


class LinkColumn(Column):
    """Refers to the only key column of another table, or of its own."""

    def __init__(self, name, parent, rules):
        super().__init__(name, parent.key[0].kind, null=True)
        self.parent, self.rules = parent, rules

    def value(self, rng):
        return None

    def clause(self, child):
        return (f'CONSTRAINT `{child}_{self.name}` FOREIGN KEY (`{self.name}`) '
                f'REFERENCES `{self.parent.name}` (`{self.parent.key[0].name}`) {self.rules}')


class LongText(Text):
    def __init__(self, rng, families):
        super().__init__(rng, families)
        self.charset, self.collation = rng.choice([('utf8mb4', 'utf8mb4_general_ci'), ('latin1', 'latin1_bin')])
        self.kind, self.length = rng.choice(['MEDIUMTEXT', 'LONGTEXT']), 1 << 20
        self.sql = self.ddl(self.charset, self.collation)

    def long(self, rng):
        unit = rng.choice(["long ' \\ value ", 'é', 'a'])
        return self.random(rng) + unit * (LONG // len(unit) + rng.choice([-1000, 0, 1, 20000]))


class LongBytes(Bytes):
    def __init__(self, rng):
        super().__init__(rng)
        self.kind, self.length = rng.choice(['MEDIUMBLOB', 'LONGBLOB']), 40
        self.sql = self.kind

    def long(self, rng):
        return rng.randbytes(16) * (LONG // 16 + rng.choice([-1000, 0, 1, 9000]))


class LongJson(Json):
    def long(self, rng):
        return [self.random(rng), 'x' * LONG]


def is_long(column):
    return isinstance(column.kind, (LongText, LongBytes, LongJson))


def long_kind(rng, families):
    choice = rng.choice([LongText, LongBytes, LongBytes, LongJson])
    return choice(rng, families) if choice is LongText else choice(rng)


# --------------------------------------------------------------------------
# The table
# --------------------------------------------------------------------------

class SyncTable(tables.Table):
    """See above.  link() the tables of a database to each other before they drift."""

    def __init__(self, rng, name, names):
        self.families = [one.split('-')[0] for one in names]
        self.clauses, self.unique_keys, self.links = [], [], []
        self.auto, self.counters, self.fresh = None, (None, None), 0
        super().__init__(rng, name, names)

    def add_oddities(self):
        rng = self.rng
        for column in self.others:
            # Rows without a key are found by their text, which the families write differently.
            if isinstance(column.kind, Json) and self.is_multiset and len(set(self.families)) > 1:
                column.kind = Bytes(rng)
            if isinstance(column.kind, Clock) and column.kind.NAME != 'TIME' and rng.random() < 0.5:
                now = f'CURRENT_TIMESTAMP({column.kind.digits})'
                column.extra = f'DEFAULT {now} ON UPDATE {now}'
        if self.identity in ('primary', 'unique') and not self.is_large and rng.random() < 0.12:
            self.others.append(Column('long', long_kind(rng, self.families), null=rng.random() < 0.5))
            self.columns.append(self.others[-1])
        if rng.random() < 0.5:
            self.add_auto()
        while rng.random() < 0.4 and len(self.unique_keys) < 3:
            self.add_unique_key(len(self.unique_keys))
        super().add_oddities()

    def add_auto(self):
        """The key, or a column of its own: AUTO_INCREMENT."""
        if self.identity in ('primary', 'unique') and len(self.key) == 1 and type(self.key[0].kind) is IntKey:
            self.auto = self.key[0]
        else:
            kind = IntKey(self.rng)
            kind.sql, kind.base, kind.step = self.rng.choice([('INT', 1, 1), ('BIGINT UNSIGNED', 1000, 1), ('INT', 0, 2)])
            self.auto = NumberedColumn('auto', kind)
            self.columns.append(self.auto)
            if self.identity != 'none' and self.rng.random() < 0.5:
                self.unique_keys.append([self.auto])
                self.clauses.append('UNIQUE KEY `auto` (`auto`)')
            else:
                self.clauses.append('KEY `auto` (`auto`)')
        self.auto.extra = 'AUTO_INCREMENT'

    def add_unique_key(self, number):
        rng = self.rng
        kind = rng.choice([IntKey, IntKey, IntKey, DecimalKey, MomentKey, DateKey, TextKey, TextKey, BinaryKey])
        null = self.identity == 'none' or rng.random() < 0.4
        key = [NumberedColumn(f'u{number}', kind(rng, self.families) if kind is TextKey else kind(rng), null=null)]
        if rng.random() < 0.25:
            key.insert(0, NumberedColumn(f'v{number}', tables.PairKey(rng), null=null))
        self.columns += key
        self.unique_keys.append(key)
        names = [f'`{column.name}`' for column in key]
        if isinstance(key[-1].kind, IntKey) and key[-1].kind.sql == 'INT' and rng.random() < 0.6:
            generated = tables.GeneratedColumn(f'g_u{number}', f'`{key[-1].name}` - 1', rng)
            self.columns.append(generated)
            names[-1] = f'`{generated.name}`'
        self.clauses.append(f"UNIQUE KEY `u{number}` ({', '.join(names)})")

    def fill(self):
        super().fill()
        rng = self.rng
        for column in self.others:
            for row in self.source[::3][:rng.choice([1, 2, 9])] if is_long(column) else ():
                row[column.name] = column.kind.long(rng)
        settle_unique_values(self, self.source)
        self.target = [dict(row) for row in self.source]

    def row(self, n):
        values = super().row(n)
        for column in self.columns:
            if isinstance(column, NumberedColumn):
                values[column.name] = column.numbered(n)
        return values

    def fresh_row(self):
        """One with a number that no other row was made from."""
        self.fresh += 1
        return self.row((self.numbers[-1] if self.numbers else 500) + 1001 + 2 * self.fresh)

    def ddl(self, target=False):
        clauses = self.clauses + [link.clause(self.name) for link in self.links]
        text = super().ddl(target)
        return text[:-2] + ''.join(f',\n  {clause}' for clause in clauses) + '\n)'

    @property
    def at_once(self):
        return 4 if any(map(is_long, self.columns)) else 500

    # Foreign keys --------------------------------------------------------------

    def link_to(self, parent):
        rng = self.rng
        rule = rng.choice(['CASCADE', 'SET NULL', 'RESTRICT', 'NO ACTION'])
        link = LinkColumn(f'p{len(self.links)}', parent, f'ON DELETE {rule} ON UPDATE {rng.choice([rule, "CASCADE"])}')
        self.links.append(link)
        self.columns.append(link)
        self.target_order.append(link)
        keys = [row[parent.key[0].name] for row in parent.source[:5]] + [None]
        for row, copy in zip(self.source, self.target):
            row[link.name] = copy[link.name] = rng.choice(keys)

    def settle_links(self):
        """No row of the target may refer to a row that its drift has taken away; some refer to another one."""
        for link in self.links:
            keys = [row[link.parent.key[0].name] for row in link.parent.target]
            known = set(keys)
            for row in self.target:
                if row[link.name] not in known or self.rng.random() < 0.02:
                    row[link.name] = self.rng.choice(keys + [None]) if keys and self.rng.random() < 0.5 else None

    # Drift ---------------------------------------------------------------------

    def drift(self):
        super().drift()
        if self.unique_keys and self.rng.random() < 0.8:
            for change in self.rng.sample(UNIQUE_DRIFTS, self.rng.randint(1, 3)):
                if change(self, self.rng.choice(self.unique_keys)):
                    self.drifts.append(change.__name__)
            self.rng.shuffle(self.target)
        settle_unique_values(self, self.target)
        if self.auto:
            self.counters = self.counter(self.source), self.counter(self.target)

    def counter(self, rows):
        """What AUTO_INCREMENT is set to, or None."""
        top = max([row[self.auto.name] for row in rows] + [0])
        return self.rng.choice([None, top + self.rng.randint(1, 9), top + self.rng.randint(1, 4000)])


def settle_unique_values(table, rows):
    """Copies of a row may not share a unique value; those have NULL instead."""
    for key in table.unique_keys if table.identity == 'none' else ():
        seen = set()
        for row in rows:
            value = tuple(row[column.name] for column in key)
            if value in seen:
                row[key[-1].name] = None
            seen.add(value)


# --------------------------------------------------------------------------
# Ways to drift of a further unique key.  Each says whether it could do anything.
# --------------------------------------------------------------------------

def hand_on(key, rows):
    """Each row gets the value of the next, the last that of the first."""
    names = [column.name for column in key]
    values = [[row[name] for name in names] for row in rows]
    for row, value in zip(rows, values[1:] + values[:1]):
        row.update(zip(names, value))


def most_rows(table):
    return min(len(table.target), table.rng.choice([10, 60, 6000]))


def swapped_unique_values(table, key):
    if len(table.target) < 2:
        return False
    hand_on(key, table.rng.sample(table.target, 2))
    return True


def rotated_unique_values(table, key):
    if len(table.target) < 3:
        return False
    hand_on(key, table.rng.sample(table.target, table.rng.randint(3, most_rows(table))))
    return True


def rotated_unique_values_of_long_rows(table, key):
    """So that the rows of a circle are in many batches."""
    column = next(filter(is_long, table.others), None)
    if not column:
        return False
    hand_on(key, [row for row in table.target if len(column.literal(row[column.name])) > LONG][:30])
    return True


def shifted_unique_values(table, key):
    """A chain that ends: the last of it has a value of its own."""
    if len(table.target) < 2:
        return False
    rows = table.rng.sample(table.target, table.rng.randint(2, most_rows(table)))
    hand_on(key, rows)
    fresh = table.fresh_row()
    rows[-1].update({column.name: fresh[column.name] for column in key})
    return True


def taken_over_unique_value(table, key):
    """One row is gone, another has its value."""
    if len(table.target) < 2:
        return False
    gone, heir = table.rng.sample(table.target, 2)
    hand_on(key, [heir, gone])
    table.target = [row for row in table.target if row is not gone]
    return True


def replaced_key(table, key):
    """A row has another primary key and the same unique values."""
    if not table.target or not table.key:
        return False
    row, fresh = table.rng.choice(table.target), table.fresh_row()
    row.update({column.name: fresh[column.name] for column in table.key})
    return True


def unique_value_in_other_case(table, key):
    texts = [column for column in key if column.kind.is_text]
    for row in table.some() if texts else ():
        value = row[texts[0].name]
        if value is not None:
            row[texts[0].name] = ''.join(letter.swapcase() if letter.isascii() else letter for letter in value)
    return bool(texts)


def unique_null(table, key):
    if not key[-1].null:
        return False
    for row in table.some():
        row[key[-1].name] = None
    return bool(table.target)


UNIQUE_DRIFTS = [swapped_unique_values, rotated_unique_values, rotated_unique_values_of_long_rows,
                 shifted_unique_values, taken_over_unique_value, replaced_key, unique_value_in_other_case, unique_null]


def database(rng, names):
    """Some tables, related to each other, and drifted."""
    made = [SyncTable(rng, f't{n}', names) for n in range(rng.randint(1, 4))]
    parents = [table for table in made if table.identity == 'primary' and len(table.key) == 1]
    for table in made if parents else ():
        while rng.random() < 0.35 and len(table.links) < 2:
            table.link_to(rng.choice(parents))
    for table in made:
        table.drift()
    for table in made:
        table.settle_links()
    return made
