#!/usr/bin/python3
"""follow_seeds.py - random writers on a source, while `dbsync follow` is killed again and again.

usage: tests/property/follow_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep] [--seconds T]

Every seed is two servers of its own, eight writers, whose statements are drawn by seed and
thread, and one who alters, empties and makes tables.  The program is killed (kill -9) every
0.5 to 3 seconds, and connections of it on either side are.  Meanwhile a reader of the target
adds up the accounts of a bank: no transfer changes that sum, and at no moment it is another.
At the end `--until caught-up` makes both sides equal, without comparing all if nothing was
altered since.

In every other seed nobody alters anything, and somebody else writes to the target: to rows that the source
changes, too, and what he writes is never what the source has.  At the end all his rows are on the target
as he left them, are listed as held, and all others are what the source has.

With --seconds T one seed goes on for so long; by itself a seed writes for 4 seconds.
The oracle is Python's: SELECT of both sides, all rows of all tables.
"""
import contextlib
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import harness  # noqa: E402  (its folder has just been named)
import seeds  # noqa: E402

SECONDS = 4
ACCOUNTS, AMOUNT, WRITERS = 60, 1000, 8
SHARED = 400            # rows that somebody else may write, too
FOLLOWER = 'follower'   # as whom the program connects: its connections are known by it

TABLES = (
    'CREATE TABLE bank (id INT PRIMARY KEY, amount INT NOT NULL)',
    'CREATE TABLE uniq (id INT AUTO_INCREMENT PRIMARY KEY, u INT UNIQUE, v VARCHAR(200))',
    'CREATE TABLE bag (v INT, w VARCHAR(20))',
    'CREATE TABLE word (a VARCHAR(20), b DECIMAL(10,2), v INT, PRIMARY KEY (a, b))',
    'CREATE TABLE log (id BIGINT AUTO_INCREMENT PRIMARY KEY, who INT, amount INT, note TEXT)',
    'CREATE TABLE child (id INT AUTO_INCREMENT PRIMARY KEY, u INT, FOREIGN KEY (u) REFERENCES uniq (id) ON DELETE CASCADE ON UPDATE CASCADE)',
    'CREATE TABLE shaped (id INT PRIMARY KEY, v INT)',
    'CREATE TABLE shared (id INT PRIMARY KEY, v INT NOT NULL)',
)
OPTIONS = ('--yes', '--no-backup', '--max-delete-percent', 100, '--state-dir', 'state', '--allow-empty', '*', '--extra-tables', 'drop',
           '--allow-unsafe', 'all', '--allow', 'no-key')


def transaction(rng, who, number):
    """Statements of one, with COMMIT or ROLLBACK where it is more than one."""
    one, two, amount = rng.randrange(ACCOUNTS), rng.randrange(ACCOUNTS), rng.randrange(1, 50)
    key, value = rng.randrange(1, 300), rng.randrange(600)
    transfer = (f'UPDATE bank SET amount=amount-{amount} WHERE id={min(one, two)}', f'UPDATE bank SET amount=amount+{amount} WHERE id={max(one, two)}',
                f"INSERT INTO log (who, amount, note) VALUES ({who}, {amount}, REPEAT('{number % 10}', {rng.choice([0, 20, 3000])}))")
    return rng.choice((
        ('BEGIN', *transfer, 'COMMIT'), ('BEGIN', *transfer, 'COMMIT'), ('BEGIN', *transfer, 'ROLLBACK'),
        ('BEGIN', transfer[0], 'SAVEPOINT s', 'UPDATE bank SET amount=0', 'DELETE FROM bag', 'ROLLBACK TO SAVEPOINT s', transfer[1], 'COMMIT'),
        (f"INSERT INTO uniq (u, v) VALUES ({value}, '{who}-{number}')",), (f'UPDATE uniq SET u={value} WHERE id={key}',),
        # two that change places
        ('BEGIN', f'SELECT MIN(u), MAX(u) INTO @a, @b FROM uniq WHERE id IN ({key}, {key + 1})', f'UPDATE uniq SET u=NULL WHERE id IN ({key}, {key + 1})',
         f'UPDATE uniq SET u=@a WHERE id={key + 1}', f'UPDATE uniq SET u=@b WHERE id={key}', 'COMMIT'),
        (f'UPDATE uniq SET u=u+1 WHERE u BETWEEN {value} AND {value + 20} ORDER BY u DESC',),
        (f'UPDATE uniq SET id=id+100000 WHERE id={key}',), (f'DELETE FROM uniq WHERE id={key}',),
        ('BEGIN', f'DELETE FROM uniq WHERE id BETWEEN {key} AND {key + 5}', f"INSERT INTO uniq (u, v) VALUES ({value}, 'again')", 'COMMIT'),
        (f"INSERT INTO bag VALUES ({rng.randrange(5)}, '{who}'), ({rng.randrange(5)}, NULL)",), (f'DELETE FROM bag WHERE v={rng.randrange(5)} LIMIT 1',),
        (f"REPLACE INTO word VALUES ('{rng.choice('abcABC')}{rng.randrange(30)}', {rng.randrange(4)}.50, {number})",), ('UPDATE word SET v=v+1',),
        (f"UPDATE IGNORE word SET a=UPPER(a) WHERE a LIKE '{rng.choice('abc')}1%'",), (f'INSERT INTO child (u) VALUES ({key})',),
        (f'UPDATE shared SET v={number} WHERE id IN ({key}, {value % SHARED})',),
        (f'DELETE FROM log WHERE who={who} ORDER BY id LIMIT {rng.randrange(1, 30)}',),
        ("INSERT INTO log (who, amount, note) SELECT -1, amount, 'all of them' FROM bank",), (f'UPDATE bank SET amount=amount WHERE id={one}',)))


def reshaping(rng, number):
    return rng.choice((f'ALTER TABLE shaped ADD COLUMN c{number} INT DEFAULT {number}', 'TRUNCATE shaped', f'CREATE TABLE new_{number % 3} (id INT PRIMARY KEY)',
                       f'DROP TABLE new_{number % 3}', f'RENAME TABLE new_{number % 3} TO new_{(number + 1) % 3}', 'ALTER TABLE shaped ADD KEY (v)',
                       f'ALTER TABLE shaped DROP COLUMN c{number - 1}'))


class SeedTest(seeds.SeedTest):
    script = 'follow_seeds.py'
    not_for_old = 'its views have no place in a log'
    wish = SECONDS
    kills = looks = cuts = 0

    def two_servers(self, source, target):
        """Their own: nobody else writes to their logs."""
        return tuple(self.server(name, f'follow-{os.getpid()}-{side}') for side, name in enumerate((source, target)))

    def setUp(self):
        super().setUp()
        for place in (self.source, self.target):
            place.sql(f"CREATE USER IF NOT EXISTS '{FOLLOWER}'@'%' IDENTIFIED BY '{FOLLOWER}'", f"GRANT ALL ON *.* TO '{FOLLOWER}'@'%'")

    def urls(self):
        return [place.url(self.db, user=FOLLOWER, password=FOLLOWER) for place in (self.source, self.target)]

    def make(self, rng, names):
        self.rng, self.over, self.bad, self.said, self.reshaped = rng, threading.Event(), [], [], []
        self.theirs, self.has_others = {}, self.seed % 2
        return []

    def story(self, made):
        return '\n'.join([super().story(made), *self.said[-6:], *self.reshaped])

    def begin(self, *options):
        return self.program.start('follow', *self.urls(), *OPTIONS, *options)

    def end(self, running, limit=120):
        answer = running.wait(limit)
        self.said.append(str(answer))
        self.assertNotIn('Sanitizer', answer.err)
        return answer

    # The others ----------------------------------------------------------------

    def write(self, who):
        rng, number = random.Random(f'{self.seed}-{who}'), 0
        with self.source.session(self.db) as session:
            session.run('SET SESSION foreign_key_checks=1, innodb_lock_wait_timeout=3')
            while not self.over.is_set():
                number += 1
                for statement in transaction(rng, who, number):
                    try:
                        session.run(statement)
                    except AssertionError:      # a deadlock, or a value that is there already
                        session.run('ROLLBACK')
                        break
                time.sleep(rng.random() * 0.01)

    def reshape(self):
        """A table of its own, and new ones: whoever follows has to compare all."""
        rng, number = random.Random(f'{self.seed}-shapes'), 0
        with self.source.session(self.db) as session:
            while not self.over.wait(rng.uniform(0.02, 0.1)):
                number += 1
                statement = reshaping(rng, number) if rng.random() < 0.03 else f'REPLACE INTO shaped (id, v) VALUES ({rng.randrange(50)}, {number})'
                with contextlib.suppress(AssertionError):       # there is none of that name
                    session.run(statement)
                    if not statement.startswith('REPLACE'):
                        self.reshaped.append(statement)

    def write_target(self):
        """Somebody else; what he has left of each row, None: nothing."""
        rng, number = random.Random(f'{self.seed}-others'), 0
        with self.target.session(self.db) as session:
            while not self.over.wait(rng.uniform(0.005, 0.1)):
                number += 1
                key = rng.randrange(SHARED + 20)
                gone = rng.random() < 0.2
                session.run(f'DELETE FROM shared WHERE id={key}' if gone else f'REPLACE INTO shared VALUES ({key}, {-number})')
                # one that the source has not either is not theirs
                if not gone or key < SHARED:
                    self.theirs[str(key)] = None if gone else str(-number)
                else:
                    self.theirs.pop(str(key), None)

    def expect_theirs(self, source, target):
        """Takes what is theirs out of both."""
        found = dict(list(target['shared']))
        self.assertEqual({key: found.get(key) for key in self.theirs}, self.theirs, 'what others have written is as they left it')
        held = {key.strip('()') for key, in self.target.sql(f"SELECT row_key FROM dbsync_state.drift WHERE database_name='{self.db}' AND state='held'")}
        self.assertEqual(held, set(self.theirs))
        for rows in (source, target):
            rows['shared'] = Counter(row for row in rows['shared'] if row[0] not in self.theirs)

    def read(self):
        with self.target.session(self.db) as session:
            while not self.over.is_set():
                found = session.run('SELECT COUNT(*), SUM(amount) FROM bank')[0]
                self.looks += 1
                if found != (str(ACCOUNTS), str(ACCOUNTS * AMOUNT)):
                    self.bad.append(found)
                time.sleep(0.002)

    def cut(self):
        """A connection of the program, if there is one."""
        place = self.rng.choice((self.source, self.target))
        others = [row[0] for row in place.sql(f"SELECT id FROM information_schema.processlist WHERE user='{FOLLOWER}'")]
        if others:
            with contextlib.suppress(AssertionError):           # it has gone
                place.sql(f'KILL {self.rng.choice(others)}')
                self.cuts += 1

    # The seed --------------------------------------------------------------------

    def rows(self, place):
        with place.session(self.db) as session:
            names = [name for name, in session.run('SHOW TABLES')]
            return {name: Counter(session.run(f'SELECT * FROM {name}')) for name in names}

    def disturb(self):
        end = time.monotonic() + self.wish
        while time.monotonic() < end:
            running = self.begin()
            for _ in range(self.rng.randrange(1, 4)):
                time.sleep(self.rng.uniform(0.3, 1))
                self.assertIsNone(running.process.poll(), f'it has ended by itself\n{running.process.poll() is not None and self.end(running)}')
                if self.rng.random() < 0.4:
                    self.cut()
            running.kill()
            self.end(running)
            self.kills += 1

    def compare(self, made):
        session = self.session(self.source)
        for statement in TABLES:
            session.run(statement)
        session.run('INSERT INTO bank VALUES ' + ','.join(f'({number}, {AMOUNT})' for number in range(ACCOUNTS)))
        session.run('INSERT INTO shared VALUES ' + ','.join(f'({number}, 0)' for number in range(SHARED)))
        self.expect_exit(self.end(self.begin('--initial-only')), 0)
        threads = [harness.Background(lambda _, who=who: self.write(who)) for who in range(WRITERS)]
        threads += [harness.Background(lambda _: self.read()), harness.Background(lambda _: (self.write_target if self.has_others else self.reshape)())]
        try:
            self.disturb()
        finally:
            self.over.set()
            for thread in threads:
                thread.stop()
        status = 6 if self.theirs else 0
        self.expect_exit(self.end(self.begin('--until', 'caught-up', '--json')), status)
        source, target = self.rows(self.source), self.rows(self.target)
        self.expect_theirs(source, target)
        self.assertEqual(set(source), set(target))
        for name in source:
            self.assertEqual((source[name] - target[name], target[name] - source[name]), (Counter(), Counter()), f'(missing, too much) of {name}')
        self.assertEqual(self.bad, [], f'sums of the bank, of {self.looks}')
        self.assertGreater(self.looks, 20)
        answer = self.expect_exit(self.end(self.begin('--until', 'caught-up', '--json')), status)
        found = json.loads(answer.out)
        self.assertEqual((found['incremental_runs'], sum(found['rows_written'].values())), (0, 0), str(answer))


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


def main():
    asked = seeds.parser('random writers, and `dbsync follow` that is killed').parse_args()
    if asked.seconds != float('inf'):
        SeedTest.wish, asked.seeds = asked.seconds, 1
    return seeds.main(asked, seed_case)


if __name__ == '__main__':
    sys.exit(main())
