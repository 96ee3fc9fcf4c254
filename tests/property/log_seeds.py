#!/usr/bin/python3
"""log_seeds.py - random writers on both sides; what is found by the logs is what SELECT finds.

usage: tests/property/log_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep] [--seconds T]

Every seed is a few tables on servers of their own, and rounds.  In each round both sides are
written to by all kinds of statements: in both logs, in one, in transactions, with savepoints,
prepared ones that end later or never, through foreign keys, by sessions of another format, with
changes of structures, rotations and resets of the log.  Then `verify --changes-from binlog` says
which tables differ and in how many rows, and that has to be what a comparison of plain SELECTs
says: also of tables that it has not read.  Some rounds end with incremental by the logs.

The oracle is Python's: it shares no code with the reader of the log.
"""
import json
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import seeds  # noqa: E402  (its folder has just been named)

ROUNDS = 7
KEYS = 12
SOURCE, TARGET, BOTH = (0,), (1,), (0, 1)

# name: (columns and keys, engine); `id` is unique everywhere but in bare
SHAPES = {
    'plain': '(id INT PRIMARY KEY, v INT)',
    'apart': '(id INT PRIMARY KEY, v INT)',     # of what is prepared, whose rows are locked
    'pair': '(a INT, id INT, v INT, PRIMARY KEY (a, id))',
    'word': "(w VARCHAR(20) PRIMARY KEY, id INT, v INT) DEFAULT CHARSET=utf8mb4",
    'uniq': '(id INT NOT NULL, v INT, UNIQUE KEY (id))',
    'bare': '(id INT, v INT)',
    'mine': '(id INT PRIMARY KEY, v INT) ENGINE=MyISAM',
    'parent': '(id INT PRIMARY KEY, v INT)',
    'child': '(id INT PRIMARY KEY, v INT, p INT, KEY (p), FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE)',
    'grandchild': '(id INT PRIMARY KEY, v INT, p INT, KEY (p), FOREIGN KEY (p) REFERENCES child (id) ON DELETE SET NULL)',
    'Odd Näme`s': '(id INT PRIMARY KEY, v INT)',
    # keys that are written in many ways
    'large': '(g BIGINT UNSIGNED PRIMARY KEY, id INT, v INT)',
    'cents': '(c DECIMAL(12,4) PRIMARY KEY, id INT, v INT)',
    'moment': '(t DATETIME(3), h TIME(6), id INT, v INT, PRIMARY KEY (t, h))',
    'stamp': '(s TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6), id INT, v INT, PRIMARY KEY (s))',
    'bytes': '(k VARBINARY(8) PRIMARY KEY, id INT, v INT)',
    'fixed': '(k BINARY(8) PRIMARY KEY, id INT, v INT)',
    'bits': '(b BIT(20) PRIMARY KEY, id INT, v INT)',
    'latin': '(l CHAR(9) PRIMARY KEY, id INT, v INT) DEFAULT CHARSET=latin1',
    'kanji': '(j VARCHAR(9) PRIMARY KEY, id INT, v INT) DEFAULT CHARSET=sjis COLLATE=sjis_bin',
    'twice': '(id INT PRIMARY KEY, v INT, o INT, UNIQUE KEY (o))',
    'long': '(id INT PRIMARY KEY, v INT, x LONGTEXT)',
    'uuid': '(f UUID PRIMARY KEY, id INT, v INT)',
}
OF_MARIADB = ('uuid',)


def quoted(name):
    return '`' + name.replace('`', '``') + '`'


class SeedTest(seeds.SeedTest):
    script = 'log_seeds.py'
    # rounds by the logs, tables that they left unread, and of which only some rows were read
    used = left = keyed = 0
    not_for_old = 'it has no ids of transactions by which its views have a place in the log'

    def setUp(self):
        super().setUp()
        names = self.source.name, self.target.name
        # its own: the log is reset
        self.places = [self.server(name, f'log-{os.getpid()}-{side}') for side, name in enumerate(names)]
        self.source, self.target = self.places
        self.db = self.new_database(*self.places)
        self.open = []

    def make(self, rng, names):
        self.rng = rng
        self.told = []
        return []

    def story(self, made):
        return f'{super().story(made)}\n' + '\n'.join(self.told)

    # Writing ---------------------------------------------------------------------

    def run_on(self, sides, *statements, **settings):
        """One session a side; what a server refuses is refused on it alone."""
        for side in sides:
            with self.places[side].session(self.db) as session:
                session.run('SET SESSION foreign_key_checks=1')
                for name, value in settings.items():
                    session.run(f'SET SESSION {name}={value}')
                for statement in statements:
                    try:
                        session.run(statement)
                        said = ''
                    except AssertionError as problem:
                        said = f"   -- {str(problem).split('(')[1].split(',')[0]}"
                    self.told.append(f"{('source', 'target')[side]}: {statement}{said}")

    def prepare(self, sides, *statements):
        """Others do not know what was prepared before the session that did it has gone."""
        before = [self.sessions(side) for side in sides]
        self.run_on(sides, *statements)
        deadline = time.monotonic() + 30
        for side, there in zip(sides, before, strict=True):
            while self.sessions(side) - there:
                self.assertLess(time.monotonic(), deadline, 'the session has not gone')
                time.sleep(0.01)

    def sessions(self, side):
        return {row[0] for row in self.places[side].sql('SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()')}

    def change(self, name):
        """A statement that changes rows, or tries to."""
        rng, key, table = self.rng, self.rng.randrange(KEYS), quoted(name)
        columns = SHAPES[name]
        new = {'a': rng.randrange(3), 'id': key, 'v': rng.randrange(9), 'w': f"'{rng.choice('aAbBcC')}{key}'", 'p': rng.choice(['NULL', str(rng.randrange(KEYS))]),
               'g': 2**64 - 1 - key * rng.choice([1, 10**18]), 'c': f'{rng.choice(["-", ""])}{key}.{rng.choice(["5", "25", "0625"])}',
               't': f"'2020-02-{1 + key:02} 0{key % 5}:00:00.{rng.choice(['25', '125'])}'", 'h': rng.choice(["'-838:59:59'", "'-00:00:01.5'", f"'{key}:00:00.000001'"]),
               's': f"'2020-02-{1 + key:02} 00:00:00.{rng.choice(['25', '000125'])}'", 'k': f"x'{rng.choice(['00', '41', '5c'])}{key:02x}{rng.choice(['', '00', '20'])}'",
               'b': f'b\'{key:b}{rng.choice(["", "0000000001"])}\'', 'l': f"_utf8mb4'{rng.choice(['ñ', 'Ñ', 'ø'])}{key}'",
               'j': f"_sjis x'{rng.choice(['835c', '8160', 'b1', '41'])}{0x30 + key:02x}'", 'o': rng.randrange(2 * KEYS), 'x': f"REPEAT('{key}', {rng.choice([1, 300, 70000])})",
               'f': f"'{key:08x}-{rng.choice(['1111-1111-8111', '0000-7000-b000'])}-00000000000{key % 10}'"}
        first = columns[1:columns.index(' ')]
        there = [column for column in new if f'({column} ' in columns or f', {column} ' in columns]
        values = f"({', '.join(there)}) VALUES ({', '.join(str(new[column]) for column in there)})"
        return rng.choice([
            f'INSERT IGNORE INTO {table} {values}', f'REPLACE INTO {table} {values}', f'DELETE FROM {table} WHERE id={key}',
            f'UPDATE {table} SET v=v+1 WHERE id>={key}', f'UPDATE IGNORE {table} SET id=id+{KEYS} WHERE id={key}', f'UPDATE {table} SET v=NULL WHERE id={key}',
            f'UPDATE IGNORE {table} SET {first}={new[first]} WHERE id={key}', f'INSERT INTO {table} {values} ON DUPLICATE KEY UPDATE v=v+1',
            f'DELETE FROM {table} WHERE id<{key} ORDER BY id LIMIT 2', f'UPDATE {table} SET v=v'])

    def some(self):
        return self.change(self.rng.choice([name for name in self.tables if name != 'apart' or not self.open]))

    def way(self):
        """How a session logs its rows."""
        settings = {'binlog_row_image': f"'{self.rng.choice(['FULL', 'NOBLOB', 'MINIMAL'])}'"}
        if all(place.family == 'mysql' for place in self.places):
            settings['binlog_transaction_compression'] = self.rng.choice(['ON', 'OFF'])
        return self.rng.choice([{}, settings])

    def write(self):
        rng = self.rng
        sides = rng.choice([BOTH, BOTH, SOURCE, TARGET])
        kind = rng.choices(['plain', 'transaction', 'rolled', 'savepoint', 'prepared', 'ended', 'structure', 'statement', 'rotate', 'reset', 'other'],
                           [30, 15, 5, 10, 8, 10, 6, 3, 5, 2, 5])[0]
        if kind == 'plain':
            self.run_on(sides, self.some(), **self.way())
        elif kind in ('transaction', 'rolled'):
            self.run_on(sides, 'BEGIN', *(self.some() for _ in range(rng.randint(1, 4))), 'COMMIT' if kind == 'transaction' else 'ROLLBACK', **self.way())
        elif kind == 'savepoint':
            self.run_on(sides, 'BEGIN', self.some(), 'SAVEPOINT a', self.some(), 'ROLLBACK TO SAVEPOINT a', self.some(), 'COMMIT')
        elif kind == 'prepared':
            xid = f"'x{rng.randrange(10**9)}'"
            # the keys of others are locked until it ends
            self.prepare(sides, f'XA START {xid}', f"INSERT INTO apart VALUES ({rng.randrange(100, 10**6)}, 1)", f'XA END {xid}', f'XA PREPARE {xid}')
            self.open.append((sides, xid))
        elif kind == 'ended' and self.open:
            sides, xid = self.open.pop(rng.randrange(len(self.open)))
            self.run_on(sides, f"XA {rng.choice(['COMMIT', 'ROLLBACK'])} {xid}")
        elif kind == 'structure' and not self.open:
            self.structure(sides)
        elif kind == 'statement':
            self.run_on(sides, self.some(), binlog_format="'STATEMENT'")
        elif kind == 'rotate':
            self.run_on(sides, 'FLUSH BINARY LOGS')
        elif kind == 'reset' and not self.open:
            for side in sides:
                is_new = self.places[side].family == 'mysql' and self.places[side].version >= (8, 4)
                self.run_on((side,), 'RESET BINARY LOGS AND GTIDS' if is_new else 'RESET MASTER')
        elif kind == 'other':
            other = f'{self.db}_other'
            self.run_on(sides, f'CREATE DATABASE IF NOT EXISTS {other}', f'CREATE TABLE IF NOT EXISTS {other}.plain (id INT PRIMARY KEY)',
                        f'REPLACE INTO {other}.plain VALUES (1)')

    def structure(self, sides):
        table = quoted(self.rng.choice([name for name in self.tables if name not in ('parent', 'child', 'grandchild')] or ['plain']))
        self.run_on(sides, self.rng.choice([f'TRUNCATE {table}', f'OPTIMIZE TABLE {table}', f'ANALYZE TABLE {table}']))
        if self.rng.random() < 0.5:
            swap = [f'RENAME TABLE {table} TO swapped', f'CREATE TABLE {table} LIKE swapped', f'INSERT INTO {table} SELECT * FROM swapped WHERE v > 3', 'DROP TABLE swapped']
            self.run_on(BOTH, *swap)

    # Comparing -------------------------------------------------------------------

    def selected(self, side):
        with self.places[side].session(self.db) as session:
            return {name: Counter(session.run(f'SELECT * FROM {quoted(name)}')) for name in self.tables}

    def expected(self):
        """{table: (rows that only one side has)} by SELECT."""
        source, target = self.selected(0), self.selected(1)
        return {name: (source[name] - target[name], target[name] - source[name]) for name in self.tables}

    @staticmethod
    def counts(name, missing, extra):
        """(insert, update, delete); a table without a key has no updates."""
        if name == 'bare':
            return sum(missing.values()), 0, sum(extra.values())
        place = {'pair': lambda row: row[:2], 'word': lambda row: row[0].lower()}.get(name, lambda row: row[0])
        there, gone = {place(row) for row in missing}, {place(row) for row in extra}
        return len(there - gone), len(there & gone), len(gone - there)

    def ask(self, command, *options, code=None):
        answer = self.dbsync(command, *self.urls(), '--json', '--data-only', '--state-dir', 'state', '--changes-from', 'binlog', *options, limit=120)
        self.told.append(f'{command}: {answer.exit} {answer.err.strip()}')
        if code is not None:
            self.expect_exit(answer, code)
        return answer

    def look(self):
        expected = {name: self.counts(name, *rows) for name, rows in self.expected().items()}
        different = any(any(counts) for counts in expected.values())
        answer = self.ask('verify', code=1 if different else 0)
        found = {entry['table']: (entry['insert'], entry['update'], entry['delete']) for entry in answer.json['tables']}
        self.assertEqual(found, expected, str(answer))
        for name, place in ((name, self.places[0]) for name in self.tables):
            entry = answer.table(name)
            self.by_keys += entry['read'] == 'keys'
            there = place.sql(f'SELECT COUNT(*) FROM {quoted(self.db)}.{quoted(name)}')[0]
            self.assertEqual(entry['rows_unread'] + entry['rows_source'], int(there[0] if isinstance(there, (tuple, list)) else there), f'rows of {name}: {entry}')
        self.unread += sum(entry['read'] == 'none' for entry in answer.json['tables'])
        self.by_log += answer.json['changes_from'] == 'binlog'

    def mend(self):
        self.ask('incremental', '--yes', '--allow', 'cascade,no-key,empty-source,delete-percent,non-transactional,triggers', '--allow-empty', '*',
                 '--max-delete-percent', 100, '--backup-dir', 'backups', code=0)
        for name, (missing, extra) in self.expected().items():
            self.assertEqual((missing, extra), (Counter(), Counter()), f'{name} after incremental')

    def compare(self, made):
        self.unread = self.by_log = self.by_keys = 0
        has_all = all(place.family == 'mariadb' and place.version >= (10, 7) for place in self.places)
        chosen = self.rng.sample(sorted(name for name in SHAPES if has_all or name not in OF_MARIADB), 5)
        family = [name for name in ('parent', 'child', 'grandchild') if name in chosen]
        if family:
            chosen += [name for name in ('parent', 'child', 'grandchild')[:('parent', 'child', 'grandchild').index(family[-1]) + 1] if name not in chosen]
        self.tables = [name for name in SHAPES if name in chosen or name in ('plain', 'apart')]
        for name in self.tables:
            self.run_on(BOTH, f'CREATE TABLE {quoted(name)} {SHAPES[name]}')
        for _ in range(12):
            self.run_on(BOTH, self.some())
        self.mend()
        try:
            for _ in range(ROUNDS):
                for _ in range(self.rng.randint(0, 4)):
                    self.write()
                self.look()
                if self.rng.random() < 0.4 and not self.open:
                    self.mend()
            SeedTest.used += self.by_log
            SeedTest.left += self.unread
            SeedTest.keyed += self.by_keys
        finally:
            for sides, xid in self.open:
                self.run_on(sides, f'XA ROLLBACK {xid}')
            self.run_on(BOTH, f'DROP DATABASE IF EXISTS {self.db}_other')


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


def main():
    status = seeds.main(seeds.parser('writers on both sides, and what their logs say').parse_args(), seed_case)
    print(f'{SeedTest.used} rounds by the logs, in which {SeedTest.left} tables were not read, and {SeedTest.keyed} by keys')
    return status


if __name__ == '__main__':
    sys.exit(main())
