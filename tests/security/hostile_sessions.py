"""hostile_sessions - sessions of dbsync with a server that lies once, and what came of them.

A session is (command, side, kind, seed): tables that differ in most of their rows are made, the
command runs with a link (hostile.py) in front of the server of that side, and what the target has
afterwards is read by another client.  What must hold, for every kind:

  1  no crash: no signal, no exit status 70, no word of a sanitizer
  2  no hang: it ends by itself within LIMIT seconds
  3  verify never says that the tables are equal, for they are not
  4  exit status 0 of a command that writes: the target is what it should be
  5  whatever the exit status, each row of the target is one that it had or one that it should
     have, and no row is gone that it had and should have (but for QUIET kinds, below)

QUIET kinds change a value into another valid one, or a row into two.  That is seen only by
comparing again, or by TLS: of them 1 to 4 are asked, and not 5; of a full-sync, which reads the
source once, not 4 either.
"""
import collections
import random
import re

import hostile
from harness import Running, faults_path

LIMIT = 60
ROWS = 30
COMMANDS = ('verify', 'incremental', 'full-sync', 'rollback')
OPTIONS = ('--parallel', '1', '--retries', '1', '--net-timeout', '2')
SANITIZER = re.compile(r'ERROR: \w*Sanitizer|runtime error:|a bug at ')
TABLES = {
    'a': 'CREATE TABLE a (id INT PRIMARY KEY, n DECIMAL(12,3), f DOUBLE NOT NULL, d DATETIME(6), t TIME, v VARCHAR(40))',
    'b': 'CREATE TABLE b (k VARCHAR(20) PRIMARY KEY, u BIGINT UNSIGNED NOT NULL, y YEAR, w TEXT)',
    'c': 'CREATE TABLE c (x INT, z VARBINARY(20))',
}


def row_of(table, number, side):
    """SQL of one row; that of the other side has another value."""
    other = 1 if side else 0
    if table == 'a':
        return (f"({number * 3 + 1}, {number}.5, {number + other}.25, '2024-02-{number % 28 + 1:02} 01:02:03.5', "
                f"'-{number % 20 + 1:02}:30:00', 'v{number}-{other}')")
    if table == 'b':
        return f"('key{number:03}', 1844674407370955{number:04}, {2000 + number}, 'w{number * 7}-{other}')"
    return f"({number}, 'z{number % 3}{other}')"


def rows_of(table, side):
    """Each side has rows that the other lacks, and most of the common ones differ."""
    numbers = [number for number in range(ROWS) if number % 5 != (1 if side else 2)]
    return [row_of(table, number, side if number % 4 else 0) for number in numbers]


def identity(table, row):
    return row[0] if table != 'c' else row


class Sessions:
    """The databases of a pair, and what runs on them."""

    def __init__(self, source, target, database, program):
        self.source, self.target, self.database, self.program = source, target, database, program
        self.places = {'source': source, 'target': target}
        self.counts = {}
        self.wanted = None

    # Data -------------------------------------------------------------------

    def make(self, place, side):
        with place.session(self.database) as session:
            session.run('SET SESSION sql_log_bin=0')
            for table, statement in TABLES.items():
                session.run(f'DROP TABLE IF EXISTS {table}')
                session.run(statement)
                session.run(f'INSERT INTO {table} VALUES {", ".join(rows_of(table, side))}')

    def read(self, place):
        """{table: Counter of rows}, or None for a table that is gone."""
        found = {}
        with place.session(self.database) as session:
            there = {name for name, in session.run('SHOW TABLES')}
            for table in TABLES:
                found[table] = (collections.Counter(session.run(f'SELECT * FROM {table}'))
                                if table in there else None)
        return found

    # A run ------------------------------------------------------------------

    def words(self, command, urls, point=None):
        folder = self.program.folder
        if command == 'verify':
            return ['verify', *urls, '--data-only', *OPTIONS]
        if command == 'rollback':
            return ['rollback', point, urls[1], '--yes', '--backup-dir', f'{folder}/points', *OPTIONS]
        rest = ['--data-only', '--max-delete-percent', '100'] if command == 'incremental' else []
        return [command, *urls, *rest, '--yes', '--backup-dir', f'{folder}/points', *OPTIONS]

    def run(self, words):
        env = {'DBSYNC_STATE_DIR': self.program.folder, **SANITIZERS}
        return Running([faults_path(), *words], self.program.environment(env), self.program.folder).wait(LIMIT)

    def prepare(self, command):
        """Data as it is before; the point that is to be rolled back."""
        self.make(self.source, 0)
        self.make(self.target, 1)
        before = self.read(self.target)
        self.wanted = self.read(self.source)
        if command != 'rollback':
            return before, None
        answer = self.run(self.words('incremental', self.urls()))
        point = re.search(r'dbsync rollback (\S+)', answer.text)
        if answer.exit or not point:
            raise AssertionError(f'the run that is to be undone\n{answer}')
        before, self.wanted = self.read(self.target), before
        return before, point[1]

    def urls(self, link=None, side=None):
        return [link.url(self.database) if link and side == name
                else place.url(self.database, ssl_mode='disabled') for name, place in self.places.items()]

    def places_of(self, command, side, kind):
        """How many packets a run has that the kind is about, without a lie."""
        key = command, side
        if key not in self.counts:
            _, point = self.prepare(command)
            link = hostile.Hostile(self.places[side], kind, 0)
            answer = self.run(self.words(command, self.urls(link, side), point))
            link.close()
            expected = 1 if command == 'verify' else 0
            if answer.exit != expected:
                raise AssertionError(f'without a lie: exit {answer.exit}\n{answer}')
            self.counts[key] = link.packets
        return sum(self.counts[key][what] for what in hostile.KINDS[kind][1])

    def session(self, command, side, kind, seed):
        """(answer, problem or None, whether it was lied to)"""
        places = self.places_of(command, side, kind)
        if not places:
            return None, None, False
        rng = random.Random(f'{command} {side} {kind} {seed}')
        before, point = self.prepare(command)
        link = hostile.Hostile(self.places[side], kind, seed, rng.randrange(places))
        try:
            answer = self.run(self.words(command, self.urls(link, side), point))
        finally:
            link.close()
        after = self.read(self.target)
        return answer, self.problem(command, kind, answer, before, after), link.told

    # What must hold ----------------------------------------------------------

    def problem(self, command, kind, answer, before, after):
        outcome = hostile.KINDS[kind][2]
        if answer.note:
            return 'hang'
        if answer.exit < 0 or answer.exit == 70 or SANITIZER.search(answer.text):
            return 'crash'
        if command == 'verify':
            if answer.exit == 0:
                return 'equal'
            return 'written' if after != before else None
        if outcome is hostile.NONE and answer.exit:
            return 'failed'
        if answer.exit == 0 and after != self.wanted and not (command == 'full-sync' and outcome is hostile.QUIET):
            return 'wrong rows, exit status 0'
        return None if outcome is hostile.QUIET else self.wrong_rows(before, after)

    def wrong_rows(self, before, after):
        for table in TABLES:
            if after[table] is None:
                return f'table {table} is gone'
            known = before[table] | self.wanted[table]
            if after[table] - known:
                return f'rows of nobody in {table}: {list(after[table] - known)[:3]}'
            had = {identity(table, row) for row in before[table]}
            kept = had & {identity(table, row) for row in self.wanted[table]}
            lost = kept - {identity(table, row) for row in after[table]}
            if lost:
                return f'rows lost of {table}: {sorted(lost)[:3]}'
        return None


SANITIZERS = {'ASAN_OPTIONS': 'abort_on_error=1:detect_leaks=0:allocator_may_return_null=1',
              'UBSAN_OPTIONS': 'print_stacktrace=1:halt_on_error=1'}
