"""`dbsync follow` that is killed in its first incremental run: the next call makes another one.

What a kill in a window leaves is in test_follow_passages.
"""
import signal

from harness import Running, faults_path, once
from test_follow import FollowTest

KILLED = -signal.SIGKILL


class FirstRun(FollowTest):
    def setUp(self):
        super().setUp()
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT, u INT UNIQUE)', 'INSERT INTO a VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3)',
                       'CREATE TABLE n (v INT)', 'INSERT INTO n VALUES (1), (1), (2)')

    def stumble(self, fault, *options):
        words = self.words(*(options or ('--until', 'caught-up')))
        return Running([faults_path(is_sanitized=False), *map(str, words)], self.program.environment({'DBSYNC_FAULT': fault}), self.program.folder).wait(60)

    def change(self, number):
        """A chain of unique values, a key, a row less, and copies of rows without a key."""
        self.on_source('UPDATE a SET u = u + 1 ORDER BY u DESC', f'UPDATE a SET v = v + {number}', f'INSERT INTO a VALUES ({100 + number}, 0, {-number})',
                       f'UPDATE a SET id = id + 1000 WHERE id = {99 + number}', f'INSERT INTO n VALUES ({number}), ({number})', 'DELETE FROM n WHERE v = 1 LIMIT 1')

    @once
    def test_killed_before_the_place_is_kept(self):
        died = self.expect_exit(self.stumble('follow.copied:1:kill'), KILLED)
        self.expect_equal(died)
        with self.assertRaises((IndexError, AssertionError), msg='no row, or no table'):
            self.mark()
        self.change(1)
        self.expect_followed(runs=1)

    @once
    def test_killed_at_statements_of_the_first_run(self):
        for nth in (20, 60, 90, 120):
            with self.subTest(nth=nth):
                self.change(nth)
                self.stumble(f'db.query:{nth}:kill', '--until', 'caught-up', '--start-over')
                self.follow()
                self.expect_equal(nth)
