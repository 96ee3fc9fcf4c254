#!/usr/bin/python3
"""verify_seeds.py - random tables with random drift: dbsync verify against an oracle.

usage: tests/property/verify_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep]
                                      [--oracle-only] [--seconds T]

Every seed is a database of a few tables.  dbsync has to report, for each digest
and with one worker and four, exactly the rows that the oracle found, table by
table and key by key.  tests/server/run.py runs a few seeds with every change;
this script runs as many as one likes.  A failure prints its seed, which is all
that is needed to see it again.

--oracle-only  without dbsync: compare the oracle's numbers with those of joins
               on one server (a pair of two families: only that copies are faithful)
--seconds T    stop after T seconds
--keep         leave the databases of a failing seed on its servers, and these
               running until a key is pressed
"""
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import harness  # noqa: E402  (its folder has just been named)
import oracle  # noqa: E402
import seeds  # noqa: E402


class SeedTest(seeds.SeedTest):
    """One seed."""

    script = 'verify_seeds.py'
    oracle_only = False

    def compare(self, made):
        self.load(made)
        scratch = self.new_database(self.source)
        session = self.session(self.source)
        folds_zero = self.source.family != self.target.family
        truths = {table.name: oracle.Truth(session, scratch, table, oracle.Side(session, table, folds_zero),
                                           oracle.Side(self.session(self.target), table, folds_zero))
                  for table in made}
        for table in made:
            self.check_sanity(table, truths[table.name])
        if self.oracle_only:
            for table in made if self.source.family == self.target.family else ():
                oracle.same_by_sql(session, scratch, table, truths[table.name])
            return
        answers = self.check_tables({name: truth.expect() for name, truth in truths.items()}, modes=harness.MODES)
        for answer in answers:
            for name, truth in truths.items():
                self.check_columns(answer, name, truth)
        for table in made:
            if not table.is_multiset:
                self.check_explanations(table.name, truths[table.name])

    def check_sanity(self, table, truth):
        """Without drift there is no difference, and none appears by itself."""
        same = [column.literal(row[column.name]) for row in table.source for column in table.stored] == \
               [column.literal(row[column.name]) for row in table.target for column in table.stored]
        if same:
            self.assertEqual(truth.expect().counts, (0, 0, 0), f'{table.name}: the copy is not faithful')
        self.assertEqual(len(table.source) - len(table.target), len(truth.inserts) - len(truth.deletes), table.name)

    def check_columns(self, answer, name, truth):
        """An update names the columns that differ, and no other; every row without a key is listed."""
        if truth.table.is_multiset:
            changes = [entry['change'] for entry in answer.table(name)['details']]
            self.assertEqual(tuple(map(changes.count, ('insert', 'update', 'delete'))), truth.expect().counts,
                             f'details of {name}\n{answer}')
            return
        wanted = sorted(tuple(column.name for column, one, other in zip(truth.table.columns, *rows)
                              if one != other and not column.generated) for rows in truth.updates)
        generated = {column.name for column in truth.table.columns if column.generated}
        order = {column.name: place for place, column in enumerate(truth.table.columns)}
        found = sorted(tuple(sorted((column['name'] for column in entry['columns'] if column['name'] not in generated),
                                    key=order.get))
                       for entry in answer.table(name)['details'] if entry['change'] == 'update')
        self.assertEqual(found, wanted, f'columns of the updates of {name}\n{answer}')


    def check_explanations(self, name, truth):
        """explain says of a row what verify says of it, one of each kind."""
        for rows, exits, places in ((truth.equals, 0, (True, True)), ([rows[0] for rows in truth.updates], 1, (True, True)),
                                    (truth.inserts, 1, (True, False)), (truth.deletes, 1, (False, True))):
            for row in rows[:1]:
                answer = self.dbsync('explain', *self.urls(), '--json', '--', name, *truth.words(row))
                self.expect_exit(answer, exits)
                told = json.loads(answer.out)
                self.assertEqual((told['rows']['source'], told['rows']['target']), places, str(answer))
                if places == (True, True):
                    self.check_explained(truth, row, told)

    def check_explained(self, truth, row, told):
        """The columns that differ are those of the oracle; the servers' are another matter."""
        other = next((rows[1] for rows in truth.updates if rows[0] is row), row)
        generated = {column.name for column in truth.table.columns if column.generated}
        wanted = {name for name, one, two in zip(truth.names, row, other) if one != two}
        found = {column['name'] for column in told['columns'] if column['verdict'] == 'different'}
        self.assertEqual(found - generated, wanted - generated, str(told))


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


def main():
    parser = seeds.parser('random tables with random drift against an oracle')
    parser.add_argument('--oracle-only', action='store_true')
    asked = parser.parse_args()
    SeedTest.oracle_only, SeedTest.needs_program = asked.oracle_only, not asked.oracle_only
    return seeds.main(asked, seed_case)


if __name__ == '__main__':
    sys.exit(main())
