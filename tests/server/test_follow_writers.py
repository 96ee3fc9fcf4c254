"""Eight random writers on the source, while `dbsync follow` is killed again and again: at the end both sides are equal,
and at no moment a reader of the target has seen a state that the source never had.

The oracle: rows of both sides, read by Python; and the sum of a bank, in a loop.  DBSYNC_FOLLOW_SECONDS says for how
long (default 6; by hand 600).
"""
import os
import random
import threading
import time

from test_crashes import until
from test_follow import FollowTest

SECONDS = float(os.environ.get('DBSYNC_FOLLOW_SECONDS', '6'))
ACCOUNTS, WRITERS = 50, 8


def statements(draw, writer, number):
    """What one transaction is made of."""
    i, j, amount = draw.randrange(ACCOUNTS), draw.randrange(ACCOUNTS), draw.randrange(50)
    row, unique = draw.randrange(1, 400), draw.randrange(2000)
    transfer = ('START TRANSACTION', f'UPDATE bank SET amount = amount - {amount} WHERE id = {min(i, j)}',
                f'UPDATE bank SET amount = amount + {amount} WHERE id = {max(i, j)}')
    return draw.choice((
        (*transfer, 'COMMIT'), (*transfer, 'COMMIT'), (*transfer, 'ROLLBACK'),
        (*transfer[:2], 'SAVEPOINT s', 'UPDATE bank SET amount = 0', 'ROLLBACK TO s', transfer[2], 'COMMIT'),
        (f"INSERT INTO a (v, u) VALUES ('{writer}-{number}', {unique})",), (f'UPDATE a SET u = {unique} WHERE id = {row}',),
        (f'UPDATE a SET id = id + 1000000 WHERE id = {row}',), (f'DELETE FROM a WHERE id = {row}',),
        ('START TRANSACTION', f'UPDATE a SET u = NULL WHERE id IN ({row}, {row + 1})', f'UPDATE a SET u = {unique} WHERE id = {row + 1}',
         f'INSERT INTO n VALUES ({draw.randrange(5)})', 'COMMIT'),
        (f'INSERT INTO n VALUES ({draw.randrange(5)})',), (f'DELETE FROM n WHERE v = {draw.randrange(5)} LIMIT 1',),
        (f"REPLACE INTO c VALUES ('{draw.choice('abcABC')}{draw.randrange(20)}', {draw.randrange(5)}.50, {number})",), ('UPDATE c SET v = v + 1',),
        (f'INSERT INTO child (bank) VALUES ({i})',), (f"INSERT INTO a (v) SELECT CONCAT('big', id) FROM bank",)))


class Writers(FollowTest):
    def setUp(self):
        super().setUp()
        self.over, self.problems, self.seen = threading.Event(), [], 0
        self.on_source('CREATE TABLE bank (id INT PRIMARY KEY, amount INT NOT NULL)', 'CREATE TABLE n (v INT)',
                       'CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(200), u INT UNIQUE)',
                       'CREATE TABLE c (a VARCHAR(20) COLLATE utf8mb4_general_ci, b DECIMAL(10,2), v INT, PRIMARY KEY (a, b))',
                       'CREATE TABLE child (id INT PRIMARY KEY AUTO_INCREMENT, bank INT, FOREIGN KEY (bank) REFERENCES bank (id) ON DELETE CASCADE)',
                       'INSERT INTO bank VALUES ' + ', '.join(f'({number}, 1000)' for number in range(ACCOUNTS)))

    def write(self, writer):
        draw, number = random.Random(f'{self.db}-{writer}'), 0
        with self.source.session(self.db) as session:
            session.run('SET SESSION foreign_key_checks = 1, innodb_lock_wait_timeout = 3')
            while not self.over.is_set():
                number += 1
                for statement in statements(draw, writer, number):
                    try:
                        session.run(statement)
                    except AssertionError:      # a deadlock, a unique value that is taken
                        session.run('ROLLBACK')
                        break
                time.sleep(draw.random() * 0.01)

    def read(self):
        with self.target.session(self.db) as session:
            while not self.over.is_set():
                found = session.run('SELECT COUNT(*), SUM(amount) FROM bank')[0]
                self.seen += 1
                if found != (str(ACCOUNTS), str(1000 * ACCOUNTS)):
                    self.problems.append(found)
                time.sleep(0.003)

    def test_killed_again_and_again(self):
        self.follow()
        threads = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)] + [threading.Thread(target=self.read)]
        for thread in threads:
            thread.start()
        draw, end, kills = random.Random(self.db), time.monotonic() + SECONDS, 0
        try:
            while time.monotonic() < end:
                running = self.program.start(*self.words())
                time.sleep(draw.uniform(0.3, 2))
                running.kill()
                running.wait()
                kills += 1
        finally:
            self.over.set()
            for thread in threads:
                thread.join()
        answer = self.follow(limit=120)
        self.expect_equal(answer)
        self.assertEqual(self.problems, [], f'sums that the bank never had, of {self.seen}')
        self.assertGreater(self.seen, 20)
        self.assertGreater(kills, 1)
        place = self.mark()[0]
        running = self.begin()
        running.kill()
        running.wait()
        until(5, lambda: self.mark()[0] == place, 'nothing is left to do')
