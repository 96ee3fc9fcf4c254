#!/usr/bin/python3
"""run.py - run the tests that need real servers.

usage: tests/server/run.py [--jobs N] [--pairs everyday|matrix|A,B[;A,B...]]
                           [-k PATTERN] [--seeds N] [--seed-start S] [--list] [--complete]

Finds test_*.py in tests/server and tests/security, and the seeds of tests/property, runs each test
method once per pair of servers, N at a time, each process on databases of its
own, all on the same few servers.  These are started when first needed and
stopped in the end, also when the run is interrupted.

Of the tests that do not depend on it much, a pair of a matrix has a share (SHARED,
OF_FAMILIES, OF_OLD); with --complete it has all.
N (default 80) says how many seeds of tests/property there are, of each kind a share
(SEED_SHARES); no two pairs have the same ones.

A failure is printed in full as soon as it happens; the last line counts.  A
server that cannot be had here is a skip with its reason, with CI=true a failure.
Exit code: 0 all passed or skipped, 1 failures, 2 wrong use, 130 interrupted.
"""
import argparse
import fnmatch
import importlib
import math
import multiprocessing
import multiprocessing.connection
import os
import signal
import sys
import textwrap
import time
import traceback
import unittest
import zlib
from pathlib import Path

sys.dont_write_bytecode = True
TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / name) for name in ('server', 'security', 'property', 'support')]

import harness  # noqa: E402  (its folder has just been named)

PAIRS = {
    'everyday': ['mariadb-10.11,mariadb-10.11'],
    'matrix': ['mariadb-10.11,mariadb-10.11', 'mysql-9,mysql-9', 'mariadb-10.11,mysql-9',
               'mysql-9,mariadb-10.11', 'mariadb-10.5,mariadb-11.8', 'mysql-5.6,mariadb-10.11',
               'mysql-5.6,mysql-5.6'],
}
OLD = 'mysql-5.6'
# What a server has no part in is not repeated with an old one: how a run speaks,
# what its files say.
NOT_WITH_OLD = {'test_errors', 'test_operation', 'test_report', 'test_scheduler', 'test_secrets', 'test_terminal',
                'test_throttle'}
# Where one server hardly differs from the next: on the everyday pair, and, test by
# test, on one of the others, of which each has its share.
SHARED = {'test_blind_spots', 'test_bounds', 'test_cancelled', 'test_computed', 'test_copies', 'test_doctor', 'test_follow', 'test_follow_cascades',
          'test_follow_crashes', 'test_full', 'test_full_types', 'test_guards', 'test_json',
          'test_key_space', 'test_members', 'test_renames', 'test_reshaping', 'test_reshaping_copies', 'test_reshaping_undo',
          'test_sources_of_trouble', 'test_suspended_triggers', 'test_writing', 'test_writing_batches'}
# What depends on the families of a pair and hardly on their versions: likewise, on
# one with a target of the other family.
OF_FAMILIES = {'test_client_charsets', 'test_explain', 'test_follow_drift', 'test_foreign_data', 'test_foreign_keys', 'test_foreseen', 'test_late_constraints', 'test_lost_statements',
               'test_new_database', 'test_sql_file', 'test_triggers', 'test_undo_line', 'test_undo_objects', 'test_undo_triggers', 'test_visibility'}
# What MySQL 5.6 does otherwise than all that came after it: on the everyday pair, and where it is.
OF_OLD = {'test_old_servers'}
UNIT_LIMIT = 600        # seconds until a test that hangs is ended
DEFAULT_SEEDS = 80
REASON_LINES = 10       # of a failure, told again at the end: its whole text may be thousands of lines above
SEED_STEP = 200         # between two pairs, at least: fewer seeds are the first of more
complete = False        # --complete


class Unit:
    """One test method, or one seed, on one pair."""

    def __init__(self, module, case, method, pair):
        self.module, self.case, self.method, self.pair = module, case, method, pair

    def __str__(self):
        return f'{self.module}.{self.case}.{self.method} [{self.pair}]'

    def test(self):
        if self.case == 'seed':
            return importlib.import_module(self.module).seed_case(int(self.method))
        return getattr(importlib.import_module(self.module), self.case)(self.method)


def discover(pairs):
    """All units: test methods by file, repeated for every pair unless marked once."""
    units = []
    for path in sorted(path for folder in ('server', 'security') for path in (TESTS / folder).glob('test_*.py')):
        module = importlib.import_module(path.stem)
        cases = [case for case in vars(module).values()
                 if isinstance(case, type) and issubclass(case, unittest.TestCase)
                 and case.__module__ == module.__name__]
        for case in cases:
            found = [Unit(module.__name__, case.__name__, method, pair)
                     for method in unittest.TestLoader().getTestCaseNames(case)
                     for pair in pairs_for(pairs, path.stem, case, method)
                     if len(pairs) == 1 or OLD not in pair or path.stem not in NOT_WITH_OLD]
            if getattr(case, 'each_server', False):    # those of one server together: each process starts one of its own
                found.sort(key=lambda unit: unit.pair)
            units += found
    return units


def pairs_for(pairs, module, case, method):
    """Those of the matrix that a test is worth its time on."""
    test = getattr(case, method)
    if getattr(case, 'each_server', False):
        return [f'{name},{name}' for name in sorted({name for pair in pairs for name in pair.split(',')})]
    if case.once or getattr(test, 'once', False):
        return pairs[:1]
    if getattr(test, 'like_pairs', False) or getattr(case, 'like_pairs', False):
        return pairs[:2]
    if not complete and module in OF_OLD:
        return pairs[:1] + [pair for pair in pairs[1:] if OLD in pair]
    if complete or module not in SHARED | OF_FAMILIES or getattr(test, 'each_pair', False):
        return pairs
    family = pairs[0].split(',')[1].split('-')[0]
    others = [pair for pair in pairs[1:]
              if (module in SHARED and not (OLD in pair and case.not_for_old))
              or (OLD not in pair and not pair.split(',')[1].startswith(family))]
    turn = zlib.crc32(f'{case.__name__}.{method}'.encode())
    return pairs[:1] + ([others[turn % len(others)]] if others else [])


# A seed of N that a pair has is one of this many: of the everyday pair, of another,
# of one with MySQL 5.6.  Writing takes longer than reading; a seed of structures is 25
# tables, one of full_seeds copies whole databases, one of bound_seeds is large tables.
# What was not read because of a log must be right always: there are 320 of log_seeds.
SEED_SHARES = {'verify_seeds': (1, 2, 5), 'converge_seeds': (1, 8, 8), 'structure_seeds': (25, 25, 25),
               'reshape_seeds': (5, 16, 16), 'full_seeds': (10, 25, 25), 'bound_seeds': (12, 12, 12), 'log_seeds': (0.5, 2, 80),
               'follow_seeds': (80, 80, 80)}


def seeds(pairs, start, number):
    """No two pairs have the same ones."""
    units = []
    for place, pair in enumerate(pairs):
        column = 0 if pair in PAIRS['everyday'] else 2 if OLD in pair else 1
        for module, shares in SEED_SHARES.items():
            units += [Unit(module, 'seed', str(start + place * max(2 * number, SEED_STEP) + index), pair)
                      for index in range(math.ceil(number / shares[column]))]
    return units


def chosen(units, pattern):
    if not pattern:
        return units
    if not any(sign in pattern for sign in '*?'):
        pattern = f'*{pattern}*'
    return [unit for unit in units if fnmatch.fnmatch(str(unit), pattern)]


# --------------------------------------------------------------------------
# Workers
# --------------------------------------------------------------------------

def run_unit(unit):
    """(outcome, text, seconds) of one unit; outcome is passed, failed or skipped."""
    os.environ['DBSYNC_TEST_PAIR'] = unit.pair
    began = time.monotonic()
    result = unittest.TestResult()
    try:
        unit.test().run(result)
    except Exception:
        return 'failed', traceback.format_exc(), time.monotonic() - began
    seconds = time.monotonic() - began
    failures = [text for _, text in result.failures + result.errors]
    if result.unexpectedSuccesses:
        failures.append('passed although it is marked as an expected failure')
    if failures:
        return 'failed', '\n'.join(failures), seconds
    if result.skipped:
        return 'skipped', result.skipped[0][1], seconds
    return 'passed', '', seconds


def end_now(*_):
    # unittest takes every other exception for a failure of the test.
    raise KeyboardInterrupt


def work(channel):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, end_now)
    try:
        while True:
            channel.send(run_unit(channel.recv()))
    except (EOFError, KeyboardInterrupt):
        pass
    finally:
        harness.end_children()


class Worker:
    def __init__(self, context):
        self.channel, other = context.Pipe()
        self.process = context.Process(target=work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.unit, self.deadline = None, None

    def give(self, unit):
        self.unit, self.deadline = unit, time.monotonic() + UNIT_LIMIT
        self.channel.send(unit)

    def take(self):
        """The outcome, when there is one: the unit's own, or that its process is gone."""
        if self.channel.poll():
            try:
                return self.channel.recv()
            except EOFError:
                self.process.join(5)
                return 'failed', f'the test process died (exit {self.process.exitcode})', 0
        if time.monotonic() > self.deadline:
            return 'failed', f'did not end within {UNIT_LIMIT} s', UNIT_LIMIT
        return None

    def end(self):
        if self.process.is_alive():
            self.process.terminate()
            self.process.join(10)
        if self.process.is_alive():
            self.process.kill()
        self.channel.close()


class Run:
    """Hands units to workers and counts what comes back."""

    def __init__(self, units, jobs, quiet):
        self.units, self.quiet = list(units), quiet
        self.total = len(self.units)
        self.counts = {'passed': 0, 'failed': 0, 'skipped': 0}
        self.failed, self.skips, self.times = [], {}, []
        self.context = multiprocessing.get_context('fork')
        self.workers = [Worker(self.context) for _ in range(min(jobs, self.total))]

    def note(self, unit, outcome, text, seconds):
        self.counts[outcome] += 1
        self.times.append((seconds, str(unit)))
        done = sum(self.counts.values())
        if outcome == 'failed':
            self.failed.append((str(unit), text))
            print(f"{'=' * 78}\nFAILED {unit} ({seconds:.1f} s)\n{text}\n{'=' * 78}")
        elif outcome == 'skipped':
            self.skips.setdefault(text, []).append(str(unit))
        if outcome != 'failed' and not self.quiet:
            print(f'[{done}/{self.total}] {outcome} {unit} {seconds:.1f} s')
        sys.stdout.flush()

    def go(self):
        for worker in self.workers:
            worker.give(self.units.pop(0))
        while any(worker.unit for worker in self.workers):
            busy = [worker for worker in self.workers if worker.unit]
            multiprocessing.connection.wait([worker.channel for worker in busy], timeout=1)
            for worker in busy:
                self.serve(worker)

    def serve(self, worker):
        outcome = worker.take()
        if outcome is None:
            return
        self.note(worker.unit, *outcome)
        worker.unit = None
        if not worker.process.is_alive() or outcome[2] >= UNIT_LIMIT:
            worker.end()
            place = self.workers.index(worker)
            worker = self.workers[place] = Worker(self.context)
        if self.units:
            worker.give(self.units.pop(0))

    def end(self):
        for worker in self.workers:
            worker.end()

    def report(self, seconds):
        for reason, names in self.skips.items():
            print(f'skipped {len(names)}: {reason}' + ''.join(f'\n    {name}' for name in names[:6]))
        for spent, name in sorted(self.times, reverse=True)[:5]:
            print(f'{spent:6.1f} s  {name}')
        for name, text in self.failed:
            print(f'FAILED {name}\n' + textwrap.indent('\n'.join(text.rstrip().splitlines()[-REASON_LINES:]), '    '))
        print(f'{seconds:.0f} s')
        print('{passed} passed, {failed} failed, {skipped} skipped'.format(**self.counts))


def pairs_of(text):
    if text in PAIRS:
        return PAIRS[text]
    pairs = text.split(';')
    if any(len(pair.split(',')) != 2 for pair in pairs):
        raise argparse.ArgumentTypeError(f'{text!r} is neither everyday, matrix nor SOURCE,TARGET')
    return pairs


def options():
    parser = argparse.ArgumentParser(description='run the tests that need real servers')
    parser.add_argument('--jobs', type=int, default=3, help='processes (default 3)')
    parser.add_argument('--pairs', type=pairs_of, default='everyday', help='everyday, matrix or SOURCE,TARGET[;...]')
    parser.add_argument('-k', dest='pattern', default='', help='only tests whose name has PATTERN in it')
    parser.add_argument('--seeds', type=int, default=DEFAULT_SEEDS, help='random cases for each pair')
    parser.add_argument('--seed-start', type=int, default=1)
    parser.add_argument('--complete', action='store_true', help='each test on each pair, whether that is likely to differ or not')
    parser.add_argument('--list', action='store_true', help='print the names and stop')
    parser.add_argument('-q', '--quiet', action='store_true', help='print failures only')
    return parser.parse_args()


def interrupt(number, _):
    sys.exit(128 + number)


def main():
    global complete
    asked = options()
    complete = asked.complete
    units = chosen(discover(asked.pairs) + seeds(asked.pairs, asked.seed_start, asked.seeds), asked.pattern)
    if asked.list:
        print('\n'.join(map(str, units)))
        return 0
    if not units:
        print(f'no test is called {asked.pattern!r}', file=sys.stderr)
        return 2
    if not os.access(harness.program_path(), os.X_OK):
        print(f'{harness.program_path()} is not there; build it, or name another with DBSYNC', file=sys.stderr)
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    began = time.monotonic()
    harness.open_registry()
    run = None
    try:
        run = Run(units, asked.jobs, asked.quiet)
        run.go()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        if run:
            run.end()
        harness.stop_servers()
    run.report(time.monotonic() - began)
    return 1 if run.failed else 0


if __name__ == '__main__':
    sys.exit(main())
