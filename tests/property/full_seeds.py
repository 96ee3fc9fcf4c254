#!/usr/bin/python3
"""full_seeds.py - random databases: a full copy swapped in, and the way back.

usage: tests/property/full_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep] [--seconds T]

Odd seeds are tables with rows of all types (sync_tables.py), even ones tables
whose structures differ as well (structures.py).  Rows arrive by LOAD DATA, by
INSERT statements and (MariaDB) by arrays in turn.  After `dbsync full-sync`

- the target's definitions and rows are the source's, by SHOW CREATE TABLE and a
  plain SELECT; verify says so too, and incremental has nothing to do;
- nothing is left of the databases that copies were made in;
- undoing it brings back the very target that there was, counters included; a
  rollback that is rolled back gives the synchronised target again;
- the file of `dry-run --sql`, run by the plain client, makes the target equal.

What a run says that it leaves out is left out here.
"""
import json
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import converge_seeds  # noqa: E402  (its folder has just been named)
import reshape_seeds  # noqa: E402
import seeds  # noqa: E402

ALLOWED = ('--allow', converge_seeds.ALLOWED + ',non-transactional', '--allow-empty', '*', '--max-delete-percent', 100)


class Full:
    """What both kinds of seeds have in common."""
    script = 'full_seeds.py'

    def setUp(self):
        super().setUp()
        ways = ('infile', 'insert', 'bulk')
        if self.target.family == 'mysql':
            ways = ways[:2]
            self.target.sql('SET GLOBAL local_infile = 1')
        self.way = ways[self.seed // 2 % len(ways)]

    def words(self):
        return ('full-sync', *self.urls(), '--load', self.way, *ALLOWED)

    def expect_nothing_left(self, found, story):
        run = found['run'].replace('-', '_')
        left = self.target.sql(f"SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME REGEXP '^dbsync_.*{run}'")
        self.assertEqual(left, [], str(story))

    def expect_ways(self, found, story):
        ways = {table['way'] for table in found['copies']['tables'] if table['rows']}
        self.assertLessEqual(ways, {self.way}, str(story))


class RowsTest(Full, converge_seeds.SeedTest):
    def full(self):
        answer = self.dbsync(*self.words(), '--yes', '--json', '--state-dir', 'state', '--backup-dir', 'backups',
                             '--parallel', self.how.choice([1, 2, 4]), limit=120)
        found = json.loads(answer.out)
        self.expect_exit(answer, 6 if found['plan']['left_out'] else 0)
        self.expect_nothing_left(found, answer)
        self.expect_ways(found, answer)
        return answer, found

    def dump(self, place, made):
        """RESTRICT and NO ACTION are one to InnoDB; a table that is made anew says neither."""
        found = super().dump(place, made)
        for one in found.values():
            one.ddl = re.sub(r' ON (DELETE|UPDATE) (RESTRICT|NO ACTION)', '', one.ddl)
        return found

    def compare(self, made):
        self.load(made)
        before, source = self.dump(self.target, made), self.dump(self.source, made)
        answer, found = self.full()
        left = {gap['table'] for gap in found['plan']['left_out']}
        synced = self.dump(self.target, made)
        self.expect_same({name: before[name] for name in left}, synced, 'left out', answer)
        self.expect_equal({name: source[name] for name in source if name not in left}, synced, answer)
        self.expect_same(source, self.dump(self.source, made), 'the source has changed', answer)
        if not left:
            self.check_equal(modes=(('stream', 1), ('server', 2)))
            answer, again = self.incremental()
            self.assertEqual((again['verdict'], again['plan']['tables']), ('equal', []), f'incremental behind it\n{answer}')
        if found['backup']:
            self.undo(found['backup'], before, synced, made)
            if self.verify().exit == 1:     # copies replace tables that are equal, too, and a file has nothing for these
                self.file_converges(source, made)


class ShapesTest(Full, reshape_seeds.SeedTest):
    script = 'full_seeds.py'

    def reshape(self):
        answer, found = self.reshaped(*self.words(), '--drop-extra-tables')
        self.expect_nothing_left(found, answer)
        self.expect_ways(found, answer)
        return answer, found

    def expect_nothing_to_do(self, answer):
        again, found = super().reshape()
        self.assertEqual((found['verdict'], found['backup']), ('equal', None), f'incremental behind it\n{again}\n{answer}')


def seed_case(seed):
    case = (ShapesTest, RowsTest)[seed % 2]('runTest')
    case.seed = seed
    return case


if __name__ == '__main__':
    options = seeds.parser('random databases: a full copy swapped in, and the way back')
    sys.exit(seeds.main(options.parse_args(), seed_case))
