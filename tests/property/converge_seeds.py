#!/usr/bin/python3
"""converge_seeds.py - random tables with random drift: incremental, and the way back.

usage: tests/property/converge_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep]
                                        [--seconds T]

Every seed is a database of a few tables.  After `dbsync incremental` the target
holds what the source holds, a second run finds nothing to do, and undoing the
first one brings back the very target that there was, counters included: by
`dbsync rollback`, or on every third seed by the plain client.  A rollback that
is rolled back gives the synchronised target again.

What a table holds is read by plain SELECTs (dump), not by dbsync.
tests/server/run.py runs some seeds with every change.  A failure prints its
seed, which is all that is needed to see it again.

--seconds T    stop after T seconds
--keep         leave the databases of a failing seed on its servers, and these
               running until a key is pressed
"""
import hashlib
import json
import random
import re
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import seeds  # noqa: E402  (its folder has just been named)
import sync_tables  # noqa: E402
from kinds import Double  # noqa: E402

ALLOWED = 'cascade,no-key,empty-source,delete-percent'


def in_any_order(ddl):
    """Indexes that are not unique by their names: one that a server made for a foreign key goes last when this comes again."""
    lines = ddl.split('\n')
    places = [place for place, line in enumerate(lines) if re.match(r'\s*KEY `', line)]
    for place, line in zip(places, sorted(lines[place].rstrip(',') for place in places)):
        lines[place] = f'{line},'
    return '\n'.join(lines)


class Dump:
    """What a table holds: its definition, its counter, and its rows as a multiset.

    Texts of a row are exactly what the server says; value() makes them comparable
    with those of another server.
    """

    def __init__(self, session, table):
        self.table = table
        forms = [column.kind.form(f'`{column.name}`') for column in table.columns]
        if table.is_large:
            forms.append('SHA2(CONCAT(`wide`, `wider`), 256)')
        self.rows = Counter(session.run(f"SELECT {', '.join(forms)} FROM `{table.name}`"))
        self.ddl = session.run(f'SHOW CREATE TABLE `{table.name}`')[0][1]
        found = re.search(r'^\).* AUTO_INCREMENT=(\d+)', self.ddl, re.MULTILINE)
        self.counter = int(found.group(1)) if found else 1

    def values(self, folds_zero):
        """The rows as both families would write them."""
        def value(column, text):
            text = None if text is None else column.kind.normal(text)
            return '0.0' if folds_zero and text == '-0.0' and isinstance(column.kind, Double) else text
        rows = Counter()
        for row, count in self.rows.items():
            rows[tuple(map(value, self.table.columns, row)) + row[len(self.table.columns):]] += count
        return rows


def shown(value):
    if value is None or len(value) < 200:
        return value
    return f'{value[:60]}...({len(value)}, {hashlib.md5(value.encode()).hexdigest()[:8]})'


def differences(table, wanted, found):
    """Of two multisets of rows, as a text; empty when they are equal."""
    lines = []
    for title, rows in (('missing', wanted - found), ('too much', found - wanted)):
        for row, count in list(rows.items())[:5]:
            values = ', '.join(f'{column.name}={shown(text)!r}' for column, text in zip(table.columns, row))
            lines.append(f'  {title}{f" {count} times" if count > 1 else ""}: {values}')
        if len(rows) > 5:
            lines.append(f'  {title}: {len(rows)} kinds of rows in all')
    return '\n'.join(lines)


class SeedTest(seeds.SeedTest):
    """One seed."""

    script = 'converge_seeds.py'

    def make(self, rng, names):
        self.how = random.Random(rng.random())
        return sync_tables.database(rng, names)

    # The target, before and afterwards -----------------------------------------

    def load(self, made):
        super().load(made)
        for table in made:
            for place, counter in zip((self.source, self.target), table.counters):
                if counter:
                    self.session(place).run(f'ALTER TABLE `{table.name}` AUTO_INCREMENT = {counter}')

    def dump(self, place, made):
        return {table.name: Dump(self.session(place), table) for table in made}

    def expect_same(self, wanted, found, title, story):
        """The very same: definitions and counters too."""
        for name, one in wanted.items():
            other = found[name]
            self.assertEqual(in_any_order(one.ddl), in_any_order(other.ddl), f'{title}: definition of {name}\n{story}')
            if one.rows != other.rows:
                self.fail(f'{title}: rows of {name}\n{differences(one.table, one.rows, other.rows)}\n{story}')

    def expect_equal(self, source, target, story):
        folds_zero = self.source.family != self.target.family
        for name, one in source.items():
            rows, others = one.values(folds_zero), target[name].values(folds_zero)
            if rows != others:
                self.fail(f'{name} is not as on the source\n{differences(one.table, rows, others)}\n{story}')
            self.assertGreaterEqual(target[name].counter, one.counter, f'AUTO_INCREMENT of {name}\n{story}')

    # Commands -------------------------------------------------------------------

    def write(self, *words):
        """Runs a command that writes, which has to succeed: (its answer, its JSON)."""
        answer = self.dbsync(*words, '--yes', '--json', '--state-dir', 'state', '--backup-dir', 'backups',
                             '--parallel', self.how.choice([1, 2, 4]), limit=120)
        self.expect_exit(answer, 0)
        try:
            found = json.loads(answer.out)
        except ValueError as problem:
            raise AssertionError(f'stdout is not one JSON value ({problem})\n{answer}') from None
        for table in found['written'] or ():
            self.assertEqual((table['already'], table['drifted'], table['error']), (0, 0, None), f"{table['table']}\n{answer}")
        return answer, found

    def incremental(self):
        return self.write('incremental', *self.urls(), *self.copies(), '--allow', ALLOWED, '--allow-empty', '*',
                          '--max-delete-percent', 100, '--digest', self.how.choice(['auto', 'stream', 'server']),
                          '--verify', self.how.choice(['changed', 'full']))

    def copies(self):
        """Every third seed copies as a whole what can be, where structures are equal: else they would be altered."""
        return ('--force-full-sync', '*') if self.seed % 3 == 2 and self.alike else self.scope

    def rollback(self, file):
        answer, found = self.write('rollback', file, self.target.url())
        self.assertEqual(found['verdict'], 'restored', str(answer))
        return answer, found

    def run_file(self, *options):
        """dry-run --sql, of the target as it was: its file makes it equal, run by the plain client."""
        answer = self.dbsync('dry-run', *self.urls(), *options, '--yes', '--json', '--state-dir', 'state',
                             '--sql', 'changes.sql', limit=120)
        # what incremental would refuse is in the file, too
        guards = json.loads(answer.out)['plan']['guards']
        self.expect_exit(answer, 3 if any(not guard['allowed'] for guard in guards) else 1)
        text = Path(self.program.folder, 'changes.sql').read_bytes()
        try:
            self.run_changes()
        except AssertionError as problem:
            self.fail(f'{problem}\nchanges.sql:\n{text[:6000]!r}\n{answer}')
        return answer, text

    def backups(self):
        return self.program.backups()

    alike = False

    # The promises ----------------------------------------------------------------

    def compare(self, made):
        self.alike = self.source.name == self.target.name and all(table.ddl(False) == table.ddl(True) for table in made)
        self.load(made)
        before, source = self.dump(self.target, made), self.dump(self.source, made)
        answer, found = self.incremental()
        self.assertEqual(found['verdict'], 'equal', str(answer))
        synced = self.dump(self.target, made)
        self.expect_equal(source, synced, answer)
        self.expect_same(source, self.dump(self.source, made), 'the source has changed', answer)
        self.check_equal(modes=(('stream', 1), ('server', 2)))
        self.expect_nothing_to_do()
        if not found['backup']:
            self.expect_same(before, synced, 'nothing was written', answer)
            self.assertEqual(self.backups(), [], str(answer))
            return
        self.undo(found['backup'], before, synced, made)
        self.file_converges(source, made)

    def file_converges(self, source, made):
        """C7: dry-run's file, run by the plain client, makes equal all that it does not name as absent, and leaves that alone."""
        before = self.dump(self.target, made)
        answer, text = self.run_file(*self.scope, '--allow', ALLOWED, '--allow-empty', '*', '--max-delete-percent', 100)
        absent, story = self.absent(text), f'{text[:3000]!r}\n{answer}'
        self.assertEqual({entry['table'] for entry in json.loads(answer.out)['sql_file_lacks']}, absent, story)
        self.assertEqual('does not make everything equal' in answer.err, bool(absent), story)
        self.assertLessEqual(absent, self.without_a_mode(source, before), f'named for no reason\n{story}')
        found, after = self.verify(limit=120), self.dump(self.target, made)
        self.expect_exit(found, 1 if absent else 0)
        self.assertEqual({table['table'] for table in found.json['tables'] if table['verdict'] != 'equal'}, absent, f'{found}\n{story}')
        self.expect_equal({name: source[name] for name in source if name not in absent}, after, story)
        for name in absent:
            self.assertEqual(differences(before[name].table, before[name].rows, after[name].rows), '', f'{name} is named\n{story}')

    @staticmethod
    def absent(text):
        """The tables that a file says it does not hold, or not all of."""
        return {line.split(b': ')[1].split(b'.', 1)[1].decode() for line in text.split(b'\n')
                if line.startswith(b'-- not in this file: ')}

    def without_a_mode(self, source, target):
        """Tables with rows to be put whose values become those of other types, where a column is computed besides."""
        types = [self.types(place) for place in (self.source, self.target)]
        folds_zero = self.source.family != self.target.family
        return {name for name, one in source.items()
                if types[0][name] != types[1][name] and any(column.generated for column in one.table.columns)
                and one.values(folds_zero) - target[name].values(folds_zero)}

    def types(self, place):
        """Of all columns that are stored, as the server says; but for the widths of integers, which not all versions show."""
        found = {}
        for table, column, kind, charset in self.session(place).run(
                'SELECT TABLE_NAME, COLUMN_NAME, COLUMN_TYPE, CHARACTER_SET_NAME FROM INFORMATION_SCHEMA.COLUMNS '
                f"WHERE TABLE_SCHEMA = '{self.db}' AND EXTRA NOT LIKE '%GENERATED%'"):
            found.setdefault(table, {})[column] = re.sub(r'(int|year)\(\d+\)', r'\1', kind), charset
        return found

    def expect_nothing_to_do(self):
        files = self.backups()
        answer, found = self.incremental()
        self.assertEqual((found['verdict'], found['written'], found['backup'], found['plan']['tables']),
                         ('equal', None, None, []), f'the second run\n{answer}')
        self.assertEqual(self.backups(), files, f'backup points of the second run\n{answer}')

    def undo(self, file, before, synced, made):
        if self.seed % 3 == 0:
            self.restore_plainly(file)
            self.expect_same(before, self.dump(self.target, made), 'after zstdcat | mariadb', '')
            return
        answer, found = self.rollback(file)
        self.expect_same(before, self.dump(self.target, made), 'after the rollback', answer)
        if self.seed % 3 == 1 and found['backup']:
            answer, again = self.rollback(found['backup'])
            self.expect_same(synced, self.dump(self.target, made), 'after the rollback of the rollback', answer)
            if again['backup']:
                self.rollback(again['backup'])


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


if __name__ == '__main__':
    options = seeds.parser('random tables with random drift: incremental, and the way back')
    sys.exit(seeds.main(options.parse_args(), seed_case))
