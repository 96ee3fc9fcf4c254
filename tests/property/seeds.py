"""seeds - what the tests share that make a small random database of a number.

    SeedTest      one seed: makes the tables, and tells its story when it fails
    main()        the command line of a script that runs many of them
"""
import argparse
import os
import random
import sys
import time

import harness
import tables


LAX_MODE = harness.SQL_MODE.replace('STRICT_ALL_TABLES,', '')


class SeedTest(harness.ServerTest):
    """One seed.  A subclass says what is to hold of the tables: compare()."""

    seed = 0
    script = ''         # that runs this seed again

    def runTest(self):
        made = self.make(random.Random(self.seed), harness.current_pair())
        try:
            self.compare(made)
        except AssertionError as problem:
            raise AssertionError(f'{self.story(made)}\n{problem}') from None

    def make(self, rng, names):
        made = [tables.Table(rng, f't{n}', names) for n in range(rng.randint(2, 5))]
        for table in made:
            table.drift()
        return made

    def compare(self, made):
        raise NotImplementedError

    def story(self, made):
        pair = os.environ.get('DBSYNC_TEST_PAIR') or harness.DEFAULT_PAIR
        lines = [f'seed {self.seed}: again with tests/property/{self.script} --seeds 1 --start {self.seed} --pair {pair}']
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

    def load(self, made):
        for table in made:
            for place, target, rows in ((self.source, False, table.source), (self.target, True, table.target)):
                session = self.session(place)
                session.run(table.ddl(target))
                is_lax = any(column.kind.needs_lax for column in table.stored)
                session.run(f"SET SESSION sql_mode = '{LAX_MODE if is_lax else harness.SQL_MODE}'")
                session.insert(f'`{table.name}`', [f'`{column.name}`' for column in table.stored], table.literals(rows),
                               table.at_once)
                session.run(f"SET SESSION sql_mode = '{harness.SQL_MODE}'")
                if table.is_large:
                    session.run(f'ANALYZE TABLE `{table.name}`')


def parser(text):
    """With the options that all have."""
    made = argparse.ArgumentParser(description=text)
    made.add_argument('--seeds', type=int, default=100)
    made.add_argument('--start', type=int, default=1)
    made.add_argument('--pair', default=harness.DEFAULT_PAIR)
    made.add_argument('--seconds', type=float, default=float('inf'))
    made.add_argument('--keep', action='store_true')
    return made


def main(asked, seed_case):
    """Runs the seeds; seed_case(number) is a test.  Returns the exit code."""
    os.environ['DBSYNC_TEST_PAIR'] = asked.pair
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
