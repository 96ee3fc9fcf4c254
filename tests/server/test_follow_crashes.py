"""`dbsync follow` that is killed, or loses its connection, at each moment of a window.

Rows and place are one transaction: the next call goes on from where the target is, nothing is missing, and each
window was written once.
"""
import signal

from harness import Running, faults_path, like_pairs, once
from test_follow import FollowTest, found

KILLED = -signal.SIGKILL


class Windows(FollowTest):
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

    def expect_moved(self, windows, story):
        """A view may have more than its place; then the place moves behind that in another window, which has no rows."""
        self.assertGreaterEqual(int(self.mark()[1]), int(windows) + 1, str(story))

    # Killed ------------------------------------------------------------------

    @like_pairs
    def test_killed_in_the_middle_of_a_window(self):
        self.follow()
        for number, (point, is_written) in enumerate((('follow.compared', False), ('apply.exchange', False), ('follow.marked', False), ('follow.written', True),
                                                      ('apply.committed', True)), 1):
            with self.subTest(point=point):
                self.change(number)
                before = self.state(self.target)
                place, windows = self.mark()
                died = self.expect_exit(self.stumble(f'{point}:1:kill'), KILLED)
                self.assertEqual(int(self.mark()[1]) - int(windows), is_written, str(died))
                if is_written:
                    self.expect_equal(died)
                    self.assertNotEqual(self.mark()[0], place)
                else:
                    self.assertEqual((self.state(self.target), self.mark()[0]), (before, place), str(died))
                answer = self.expect_followed()
                self.assertEqual(found(answer)['windows'], not is_written, f'{died}\n{answer}')
                self.expect_moved(windows, f'{died}\n{answer}')

    @like_pairs
    def test_connection_that_is_lost_in_the_middle_of_a_window(self):
        self.follow()
        for number, point in enumerate(('apply.exchange', 'follow.marked', 'apply.committed'), 1):
            with self.subTest(point=point):
                self.change(number)
                windows = self.mark()[1]
                answer = self.expect_exit(self.stumble(f'{point}:1:error'), 0)
                self.expect_equal(answer)
                self.assertIn('writing the window again', answer.err)
                self.assertEqual(found(answer)['windows'], 1, str(answer))
                self.expect_moved(windows, answer)

    # The first run -------------------------------------------------------------

    @once
    def test_killed_before_the_place_is_kept(self):
        died = self.expect_exit(self.stumble('follow.copied:1:kill'), KILLED)
        self.expect_equal(died)
        self.assertEqual(self.target.sql(f"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = 'dbsync_state' AND TABLE_NAME = 'follow' "
                                         f"AND 0 = (SELECT COUNT(*) FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{self.db}')"), [('0',)])
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
