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
import argparse
import os
import random
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import harness  # noqa: E402  (its folder has just been named)
import oracle  # noqa: E402
import tables  # noqa: E402


class SeedTest(harness.ServerTest):
    """One seed."""

    seed = 0
    oracle_only = False

    def runTest(self):
        rng = random.Random(self.seed)
        names = harness.current_pair()
        made = [tables.Table(rng, f't{n}', names) for n in range(rng.randint(2, 5))]
        for table in made:
            table.drift()
        try:
            self.compare(made)
        except AssertionError as problem:
            raise AssertionError(f'{self.story(made)}\n{problem}') from None

    def story(self, made):
        pair = os.environ.get('DBSYNC_TEST_PAIR') or harness.DEFAULT_PAIR
        lines = [f'seed {self.seed}: again with tests/property/verify_seeds.py --seeds 1 --start {self.seed} --pair {pair}']
        for table in made:
            lines.append(f"{table.ddl()}  -- {table.identity}, {len(table.source)} and {len(table.target)} rows, "
                         f"{', '.join(table.drifts) or 'no drift'}")
        return '\n'.join(lines)

    def new_database(self, *places, name=None):
        """As the server makes it, with its own default collation."""
        name = name or harness.new_database_name()
        for place in places or (self.source, self.target):
            place.sql(f'CREATE DATABASE `{name}`')
            self.addCleanup(self._drop_database, place, name)
        return name

    def compare(self, made):
        for table in made:
            for place, target, rows in ((self.source, False, table.source), (self.target, True, table.target)):
                session = self.session(place)
                session.run(table.ddl(target))
                session.insert(f'`{table.name}`', [f'`{column.name}`' for column in table.stored], table.literals(rows))
                if table.is_large:
                    session.run(f'ANALYZE TABLE `{table.name}`')
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


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


def options():
    parser = argparse.ArgumentParser(description='random tables with random drift against an oracle')
    parser.add_argument('--seeds', type=int, default=100)
    parser.add_argument('--start', type=int, default=1)
    parser.add_argument('--pair', default=harness.DEFAULT_PAIR)
    parser.add_argument('--seconds', type=float, default=float('inf'))
    parser.add_argument('--oracle-only', action='store_true')
    parser.add_argument('--keep', action='store_true')
    return parser.parse_args()


def main():
    asked = options()
    os.environ['DBSYNC_TEST_PAIR'] = asked.pair
    SeedTest.oracle_only, SeedTest.needs_program = asked.oracle_only, not asked.oracle_only
    began, failed, done = time.monotonic(), [], 0
    harness.open_registry()
    try:
        for seed in range(asked.start, asked.start + asked.seeds):
            if time.monotonic() - began > asked.seconds:
                break
            case, result = seed_case(seed), harness.unittest.TestResult()
            if asked.keep:
                case.doCleanups = lambda: True
            case.run(result)
            done += 1
            for _, text in result.failures + result.errors:
                failed.append(seed)
                print(text, flush=True)
            for _, reason in result.skipped:
                sys.exit(f'not run: {reason}')
            if failed and asked.keep:
                input(f'{case.source}, {case.target}, database {case.db}: press return to end')
                break
    finally:
        harness.stop_servers()
    print(f'{done - len(failed)} seeds passed, {len(failed)} failed'
          f'{": " + " ".join(map(str, failed)) if failed else ""} ({time.monotonic() - began:.0f} s)')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
