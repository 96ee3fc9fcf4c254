#!/usr/bin/python3
"""reshape_seeds.py - random structures and random rows: incremental of both, and the way back.

usage: tests/property/reshape_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep] [--seconds T]

Every seed is a database of a few tables of structures.py, each of them on both
sides, changed in a few places, or on one side only; with rows that are mostly
the same.  After `dbsync incremental` that may do all it asks for

- the target's definitions and rows are the source's, by SHOW CREATE TABLE and a
  plain SELECT; verify says so too, and a second run has nothing to do;
- undoing it brings back the very target that there was, counters included: by
  `dbsync rollback`, or on every third seed by the plain client; a rollback that
  is rolled back gives the synchronised target again.

Every fourth seed has columns of the target under other names, which --renames says;
every fifth has rows that --where leaves out: those that it is about are the source's (and no file of statements is tried).

What a run says that it leaves out is left out here.
"""
import json
import random
import re
import sys
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import converge_seeds  # noqa: E402  (its folder has just been named)
import seeds  # noqa: E402
import structure_seeds  # noqa: E402
from structures import Table, name_of  # noqa: E402

TABLES = 5
ALLOWED = ('--allow', 'cascade,no-key,empty-source,delete-percent,non-transactional', '--allow-empty', '*', '--max-delete-percent', 100,
           '--allow-unsafe', 'all', '--drop-extra-tables')
WORDS = ["''", "'a'", "'A'", "'it''s'", "'b c'", "'longer than most of them'", "'7'", "'x\\ny'", "' '", "'e'", "'zz'"]
SHAPES = ['POINT(1 2)', 'POINT(3 4)', 'LINESTRING(0 0,1 2)', 'POLYGON((0 0,0 1,1 1,0 0))']
VALUES = {
    'int': lambda rng: str(rng.choice([0, 1, 2, 5, 11, 12, 20, 31, 90, 120, -3, 300, 70000])),
    'decimal': lambda rng: rng.choice(['0', '1.5', '-2.25', '7.123', '12.5']),
    'float': lambda rng: rng.choice(['0', '1.5', '2.5', '1e3', '-7.25']),
    'bit': lambda rng: rng.choice(["b'1'", "b'0'"]),
    'year': lambda rng: rng.choice(['2020', '1999', '2001']),
    'moment': lambda rng: f"'2021-0{rng.randint(1, 9)}-1{rng.randint(0, 9)} 04:05:06'",
    'time': lambda rng: f"'1{rng.randint(0, 9)}:11:12'",
    'json': lambda rng: rng.choice(["'[]'", "'{}'", "'[1, 2]'"]),
    'list': lambda rng: rng.choice(['1', '2']),
    'text': lambda rng: rng.choice(WORDS), 'long': lambda rng: rng.choice(WORDS),
    'geometry': lambda rng: f'ST_GeomFromText({rng.choice(SHAPES)!r})',
    'bytes': lambda rng: rng.choice(["'a'", "x'6162'", "''", "x'00ff'"]), 'blob': lambda rng: rng.choice(["'a'", "x'00ff0a27'"])}


class SeedTest(structure_seeds.SeedTest, converge_seeds.SeedTest):
    """One seed."""
    script = 'reshape_seeds.py'
    scope = ()

    def setUp(self):
        super().setUp()
        self.wheres = {}

    # Tables and rows -----------------------------------------------------------

    def new_pair(self, number):
        pair = super().new_pair(number)
        rng = random.Random(f'{self.seed} rows {number}')
        self.on_target(f'DELETE FROM {name_of(pair.name)}')
        one_side = rng.random()
        for place, table, share in ((self.source, pair.source, 0.08), (self.target, pair.target, 0.16)):
            if share - 0.08 <= one_side < share:
                self.session(place).run(f'DROP TABLE {name_of(pair.name)}')
            elif rng.random() < 0.85:
                self.insert_rows(place, table, rng)
        if one_side >= 0.16:
            self.insert_against(pair, random.Random(f'{self.seed} against {number}'))
        return pair

    def insert_against(self, pair, rng):
        """Rows of the target that keys and checks of the source may be against: they come to go, or to become others."""
        keys = [key for key in pair.source.keys if key and key.kind in ('PRIMARY KEY', 'UNIQUE KEY')]
        names = {part[0][1:] for key in keys for part in key.parts}
        columns = [column for column in pair.target.columns if not column.generated and column.kind in VALUES]
        if rng.random() < 0.5 or {'geometry', 'own'} & {column.kind for column in pair.target.columns}:
            return
        for _ in range(rng.choice([1, 2, 5])):
            number, values = rng.choice([0, 1, 4]), []
            for column in columns:
                lot = random.Random(f'{self.seed} {pair.name} {column.name} {column.kind} {number}') if column.name in names else rng
                if column.null and rng.random() < 0.3:
                    values.append('NULL')
                else:
                    values.append(str(number + 1) if column.kind == 'int' and column.name in names else VALUES[column.kind](lot))
            try:
                listed = ', '.join(name_of(column.name) for column in columns)
                self.on_target(f"INSERT IGNORE INTO {name_of(pair.name)} ({listed}) VALUES ({', '.join(values)})")
            except AssertionError:
                pass

    def insert_rows(self, place, table, rng):
        """What the table takes of them; a value belongs to the name of its column and the number of its row."""
        columns = [column for column in table.columns if not column.generated and column.kind in VALUES]
        # it makes shapes and vectors of no bytes, which are never taken again
        ignore = '' if {'geometry', 'own'} & {column.kind for column in table.columns} else 'IGNORE '
        drift = rng.choice([0, 0.1, 0.5])
        for number in range(rng.choice([1, 12, 30])):
            values = []
            for column in columns:
                lot = random.Random(f'{self.seed} {table.name} {column.name} {column.kind} {number}')
                lot = rng if rng.random() < drift else lot
                is_key = any(key.kind == 'PRIMARY KEY' and f'={column.name}' in [part[0] for part in key.parts]
                             for key in table.keys if key)
                if column.kind == 'int' and (column.counts or is_key):
                    values.append(str(number + 1 + (rng.random() < drift)))
                else:
                    values.append('NULL' if column.null and lot.random() < 0.2 else VALUES[column.kind](lot))
            try:
                names = ', '.join(name_of(column.name) for column in columns)
                self.session(place).run(f"INSERT {ignore}INTO {name_of(table.name)} ({names}) VALUES ({', '.join(values)})")
            except AssertionError:
                pass

    # What the servers hold --------------------------------------------------------

    def dump_table(self, place, name, where='TRUE'):
        session = self.session(place)
        names = [column for column, in session.run('SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = '
                                                   f"'{self.db}' AND TABLE_NAME = '{name}' ORDER BY ORDINAL_POSITION")]
        rows = Counter(session.run(f"SELECT {', '.join(f'HEX({name_of(column)})' for column in names)} FROM {name_of(name)} WHERE {where}"))
        definition = session.run(f'SHOW CREATE TABLE {name_of(name)}')[0][1]
        found = re.search(r'^\).* AUTO_INCREMENT=(\d+)', definition, re.M)
        # what a table without such a column says of it, once it was told a number, is nothing that it has
        counts = re.search(r'^ +`.* AUTO_INCREMENT\b', definition, re.M)
        return self.shown(place, name), rows, int(found[1]) if found and counts else 1

    def dump_all(self, place, wheres=None):
        return {name: self.dump_table(place, name, (wheres or {}).get(name, 'TRUE')) for name, in self.session(place).run('SHOW TABLES')}

    def expect_alike(self, wanted, found, title, story, counters=True, left_out=()):
        self.assertEqual(sorted(set(wanted) - set(left_out)), sorted(set(found) - set(left_out)), f'{title}: tables\n{story}')
        for name in set(wanted) - set(left_out):
            (ddl, rows, counter), (other, others, number) = wanted[name], found[name]
            if ddl is not None:
                self.assertEqual(ddl, other, f'{title}: definition of {name}\n{story}')
            self.assertEqual((wanted[name][1] - others, others - rows), (Counter(), Counter()), f'{title}: rows of {name}\n{story}')
            if counters:
                self.assertEqual(counter, number, f'{title}: counter of {name}\n{story}')

    # Commands ---------------------------------------------------------------------

    def told(self, *words):
        answer = self.dbsync(*words, '--yes', '--json', '--state-dir', 'state', '--backup-dir', 'backups', '--parallel', 2, limit=120)
        self.assertTrue(answer.out, str(answer))
        return answer, json.loads(answer.out)

    def command(self, *words):
        answer, found = self.told(*words)
        return self.expect_exit(answer, 0), found

    def reshaped(self, *words):
        """A run that ends with 6 if and only if it names what it left out."""
        answer, found = self.told(*words)
        return self.expect_exit(answer, 6 if self.left_out(found) else 0), found

    # Columns under other names, and rows that are not asked for ------------------

    def common_columns(self, pair):
        """Of both sides, by names that need no quotes on a command line."""
        named = [{name for name, in self.session(place).run('SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE '
                                                                f"TABLE_SCHEMA = '{self.db}' AND TABLE_NAME = '{pair.name}'")}
                 for place in (self.source, self.target)]
        return sorted(name for name in named[0] & named[1] if re.fullmatch(r'c\d+', name))

    def rename_some(self, made):
        """On the target, as far as the server renames them."""
        for pair in made:
            names = self.common_columns(pair)
            rng = random.Random(f'{self.seed} renames {pair.name}')
            if not names or rng.random() < 0.3:
                continue
            name = rng.choice(names)
            try:
                self.on_target(f'ALTER TABLE {name_of(pair.name)} RENAME COLUMN `{name}` TO `old_{name}`')
            except AssertionError:
                continue
            self.scope += ('--renames', f'{pair.name}.old_{name}:{name}')

    def filter_some(self, made):
        for pair in made:
            kinds = [{column.name for column in table.columns if column.kind == 'int' and not column.generated}
                     for table in (pair.source, pair.target)]
            names = [name for name in self.common_columns(pair) if name in kinds[0] & kinds[1]]
            rng = random.Random(f'{self.seed} where {pair.name}')
            if names and rng.random() < 0.7:
                self.wheres[pair.name] = f'`{rng.choice(names)}` <= {rng.choice([1, 5, 12])}'
                self.scope += ('--where', f'{pair.name}:{self.wheres[pair.name]}')

    def chosen(self):
        """For a command that writes."""
        return (*self.scope, *(('--allow', 'where') if self.wheres else ()))

    def copies(self):
        if self.wheres:
            return ()
        return ('--force-full-sync', '*') if self.seed % 3 == 2 else ()

    def reshape(self):
        return self.reshaped('incremental', *self.urls(), *ALLOWED, *self.chosen(), *self.copies())

    @staticmethod
    def left_out(found):
        """Tables that the run says it cannot do, or not all of."""
        tables = {table['table'] for table in found['tables'] if table.get('skipped') or table.get('structure', {}).get('skipped')}
        tables |= {table['table'] for table in found['plan']['left_out']}
        tables |= {table['table'] for table in found['written'] or () if table['error'] or table['refused']}
        return tables | {table['table'] for table in found['plan']['structures'] or () if table['left_out'] or table['error']}

    # The promises -----------------------------------------------------------------

    def compare(self, made):
        for number in range(TABLES):
            made.append(self.new_pair(number))
        if self.seed % 4 == 3:
            self.rename_some(made)
        if self.seed % 5 == 4:
            self.filter_some(made)
        before, source = self.dump_all(self.target), self.dump_all(self.source)
        answer, found = self.reshape()
        left_out = self.left_out(found)
        synced = self.dump_all(self.target)
        if self.source.name == self.target.name:
            self.expect_alike(*(self.dump_all(place, self.wheres) if self.wheres else dumped
                                for place, dumped in ((self.source, source), (self.target, synced))),
                              'not as on the source', answer, False, left_out)
        self.expect_alike(source, self.dump_all(self.source), 'the source has changed', answer)
        if not answer.exit:
            self.expect_exit(self.verify(), 0)
            self.expect_nothing_to_do(answer)
        if found['backup']:
            self.undo(found['backup'], before, synced, answer)
            self.file_converges(before, left_out)

    def file_converges(self, before, left_out):
        """C7: dry-run's file, run by the plain client, makes equal all that it does not name as absent.

        Whether or not the statements were tried, and whatever incremental would refuse.
        """
        if self.dump_all(self.target) != before:
            return      # the rollback of a rollback was the last of it
        if self.wheres:
            return      # rows that are not asked for may be in the way of an ALTER, and a file lacks rows of what it alters
        allowed = ('--drop-extra-tables',) if self.seed % 4 == 1 else ALLOWED
        answer, text = self.run_file(*allowed, *self.chosen(), *(('--prove',) if self.seed % 4 > 1 or left_out else ()))
        absent = self.absent(text)
        self.assertLessEqual(absent, left_out, f'{text[:3000]!r}\n{answer}')
        found = self.verify(limit=120)
        unequal = {table['table'] for table in found.json['tables'] if table['verdict'] != 'equal'}
        self.assertLessEqual(unequal, absent | left_out, f'{found}\n{text[:6000]!r}\n{answer}')

    def expect_nothing_to_do(self, story):
        answer, found = self.reshape()
        self.assertEqual((found['verdict'], found['written'], found['backup']), ('equal', None, None), f'{answer}\nafter\n{story}')

    def undo(self, file, before, synced, story):
        # a plain client stops at a table that was not altered after all
        if self.seed % 3 == 0 and not story.exit:
            self.restore_plainly(file)
            self.expect_alike(before, self.dump_all(self.target), 'after zstdcat | mariadb', story)
            return
        answer, found = self.command('rollback', file, self.target.url())
        self.expect_alike(before, self.dump_all(self.target), 'after the rollback', f'{answer}\n{story}')
        if self.seed % 3 == 1 and found['backup']:
            answer, again = self.command('rollback', found['backup'], self.target.url())
            self.expect_alike(synced, self.dump_all(self.target), 'after the rollback of the rollback',
                              f'{answer}\n{story}')
            if again['backup']:
                self.command('rollback', again['backup'], self.target.url())


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


if __name__ == '__main__':
    options = seeds.parser('random structures and rows: incremental of both, and the way back')
    sys.exit(seeds.main(options.parse_args(), seed_case))
