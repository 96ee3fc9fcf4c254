"""oracle - what two tables differ in, without dbsync.

Both tables are read once, with a plain SELECT of forms that hide nothing (HEX
of the bytes, all digits), and paired in python.  What counts as the same key is
asked of the source's server: GROUP BY over the keys of both sides, in a scratch
table of the key's own type.
"""
from collections import Counter

from harness import Expect
from kinds import Double


class Side:
    """The rows of one side: exact forms, in the order of the columns.

    folds_zero: one of the two families cannot keep -0.0, so that it is 0.0.
    """

    def __init__(self, session, table, folds_zero):
        columns = table.columns
        forms = ', '.join(f'{column.kind.form(f"`{column.name}`")} AS f{n}' for n, column in enumerate(columns))
        self.rows = [tuple(None if text is None else column.kind.normal(text) for column, text in zip(columns, row))
                     for row in session.run(f'SELECT {forms} FROM `{table.name}`')]
        if folds_zero:
            self.rows = [tuple('0.0' if text == '-0.0' and isinstance(column.kind, Double) else text
                               for column, text in zip(columns, row)) for row in self.rows]


def ranks(session, scratch, column, texts):
    """text form -> number, the same for texts that the column's collation holds to be equal."""
    session.run(f'DROP TABLE IF EXISTS `{scratch}`.k')
    session.run(f'CREATE TABLE `{scratch}`.k (n INT, k {column.kind.sql})')
    texts = sorted(texts)
    session.insert(f'`{scratch}`.k', ('n', 'k'),
                   [(str(n), f"_utf8mb4 X'{text}'" if text else "''") for n, text in enumerate(texts)])
    return {texts[int(n)]: int(rank)
            for n, rank in session.run(f'SELECT k.n, alike.n FROM `{scratch}`.k JOIN '
                                       f'(SELECT MIN(n) AS n, k FROM `{scratch}`.k GROUP BY k) AS alike ON k.k = alike.k')}


class Truth:
    """The differences of one table: numbers, keys, and the columns of the updates."""

    def __init__(self, session, scratch, table, source, target):
        self.table, self.inserts, self.updates, self.deletes, self.equals = table, [], [], [], []
        self.names = [column.name for column in table.columns]
        if table.is_multiset:
            self.inserts = list((Counter(source.rows) - Counter(target.rows)).elements())
            self.deletes = list((Counter(target.rows) - Counter(source.rows)).elements())
        else:
            self.pair(session, scratch, source, target)

    def pair(self, session, scratch, source, target):
        table = self.table
        places = [place for place, column in enumerate(table.columns) if column.key]
        maps = {}
        for place in places:
            if table.columns[place].kind.is_text:
                texts = {row[place] for row in source.rows + target.rows}
                maps[place] = ranks(session, scratch, table.columns[place], texts)

        def identity(row):
            return tuple(maps[place][row[place]] if place in maps else row[place] for place in places)
        ours, theirs = ({identity(row): row for row in side.rows} for side in (source, target))
        if len(ours) != len(source.rows) or len(theirs) != len(target.rows):
            raise AssertionError(f'the oracle found two rows with one key in {table.name}')
        self.inserts = [row for key, row in ours.items() if key not in theirs]
        self.deletes = [row for key, row in theirs.items() if key not in ours]
        self.equals = [row for key, row in ours.items() if theirs.get(key) == row]
        self.updates = [(row, theirs[key]) for key, row in ours.items() if key in theirs and theirs[key] != row]

    def key_of(self, row, other=None):
        """{column: spellings}; an update may be named by the key of either side."""
        key = {}
        for place, column in enumerate(self.table.columns):
            if column.key:
                texts = [text for one in (row, other) if one is not None for text in column.kind.spellings(one[place])]
                key[column.name] = tuple(dict.fromkeys(texts))
        return key

    def words(self, row):
        """The key as one writes it on a command line, in its own order."""
        forms = dict(zip(self.names, row))
        return [column.kind.spellings(forms[column.name])[0] for column in self.table.key]

    def expect(self):
        counts = len(self.inserts), len(self.updates), len(self.deletes)
        if self.table.is_multiset:
            return Expect(*counts, key='rows')
        keys = ([('insert', self.key_of(row)) for row in self.inserts]
                + [('update', self.key_of(*rows)) for rows in self.updates]
                + [('delete', self.key_of(row)) for row in self.deletes])
        return Expect(*counts, keys=keys, key='primary' if self.table.identity == 'primary' else 'unique:u')


def same_by_sql(session, scratch, table, truth):
    """Asks the server itself, by joins over both tables, and compares (insert, update, delete).

    Only where both sides can be put on one server; for the tests of the oracle.
    """
    for name, target, rows in (('s', False, table.source), ('t', True, table.target)):
        session.run(f'DROP TABLE IF EXISTS `{scratch}`.`{table.name}`')
        session.run(table.ddl(target).replace(f'`{table.name}`', f'`{scratch}`.`{table.name}`', 1))
        session.run(f'DROP TABLE IF EXISTS `{scratch}`.{name}')
        session.run(f'RENAME TABLE `{scratch}`.`{table.name}` TO `{scratch}`.{name}')
        session.insert(f'`{scratch}`.{name}', [f'`{column.name}`' for column in table.stored], table.literals(rows))
    found = counted_by_sql(session, scratch, table)
    if found != truth.expect().counts:
        raise AssertionError(f'{table.name}: python says {truth.expect().counts}, the server {found}\n{table.ddl()}')


def counted_by_sql(session, scratch, table):
    def shown(column, side=''):
        # As text, since -0.0 = 0.0.
        return f"CAST({column.kind.form(f'{side}`{column.name}`')} AS CHAR CHARACTER SET utf8mb4) COLLATE utf8mb4_bin"
    forms = [f"SHA2(COALESCE({shown(column)}, '?NULL'), 256)" for column in table.columns]
    if not table.is_multiset:
        on = ' AND '.join(f's.`{column.name}` = t.`{column.name}`' for column in table.key)
        first = table.key[0].name
        exact = ' AND '.join(f"{shown(column, 's.')} <=> {shown(column, 't.')}" for column in table.columns)
        one = session.value(f'SELECT COUNT(*) FROM `{scratch}`.s LEFT JOIN `{scratch}`.t ON {on} WHERE t.`{first}` IS NULL')
        two = session.value(f'SELECT COUNT(*) FROM `{scratch}`.s JOIN `{scratch}`.t ON {on} WHERE NOT ({exact})')
        three = session.value(f'SELECT COUNT(*) FROM `{scratch}`.t LEFT JOIN `{scratch}`.s ON {on} WHERE s.`{first}` IS NULL')
        return int(one), int(two), int(three)
    group = f"CONCAT({', '.join(forms)})"
    both = (f'SELECT SUM(GREATEST(d, 0)), SUM(GREATEST(-d, 0)) FROM (SELECT SUM(side) d FROM '
            f'(SELECT {group} g, 1 side FROM `{scratch}`.s UNION ALL SELECT {group} g, -1 side FROM `{scratch}`.t) u '
            'GROUP BY g) v')
    here, there = session.run(both)[0]
    return int(here or 0), 0, int(there or 0)
