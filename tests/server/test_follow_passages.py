"""A `dbsync follow` that goes on, and dies or loses its connection at the first or second passage of a fault point.

Two transactions follow each other, the second when the first is on the target.  Wherever it stumbles, rows and place
are those of one of the moments between them, and the number of windows says of which.
"""
import signal

from harness import Running, faults_path, like_pairs
from test_crashes import until
from test_follow_rows import OneTest

KILLED = -signal.SIGKILL
# fault point: whether the window at whose passage it dies is there
POINTS = {'follow.compared': 0, 'apply.exchange': 0, 'follow.marked': 0, 'apply.committed': 1, 'follow.written': 1}
# statements of the window's transaction, by a part of their texts; the last one asks for the place on its way
STATEMENTS = ('START TRANSACTION', 'FOR UPDATE', 'DELETE FROM', 'INSERT INTO', 'UPDATE `dbsync_state`')
LOST, DEADLOCK, LOCK_WAIT = 2013, 1213, 1205


class Passages(OneTest):
    def setUp(self):
        super().setUp()
        self.simple('CREATE TABLE u (id INT PRIMARY KEY, k INT UNIQUE)', 'INSERT INTO u VALUES (1,1), (2,2), (3,3)', 'CREATE TABLE n (v INT)', 'INSERT INTO n VALUES (1), (1), (2)')
        self.number = 0

    def change(self):
        """One transaction of several tables; what the target is then."""
        self.number += 1
        self.on_source('BEGIN', f'UPDATE a SET v=v+{self.number}', f'UPDATE b SET id=id+100 WHERE id < 100 LIMIT 1', 'UPDATE u SET k=k+1 ORDER BY k DESC',
                       'UPDATE u SET k=NULL WHERE id=1', f'UPDATE u SET k={self.number} WHERE id=1', f'INSERT INTO b VALUES ({self.number + 10}, 0)',
                       f'INSERT INTO n VALUES ({self.number}), ({self.number})', 'DELETE FROM n WHERE v=1 LIMIT 1', 'COMMIT')
        return self.state(self.source)

    def stumbling(self, **wish):
        env = self.program.environment({f'DBSYNC_{name.upper()}': text for name, text in wish.items()})
        self.running = Running([faults_path(is_sanitized=False), *map(str, self.words())], env, self.program.folder)
        self.addCleanup(self.running.kill)
        self.running.hear('caught up with the source')
        return self.running

    def has_ended(self):
        return self.running.process.poll() is not None

    def two_changes(self):
        """Moments: what the target may be."""
        moments = [self.state(self.target)]
        for _ in range(2):
            moments.append(self.change())
            until(30, lambda wanted=moments[-1]: self.has_ended() or self.state(self.target) == wanted, f'the target is at moment {len(moments) - 1}')
        return moments

    @like_pairs
    def test_killed(self):
        for point, is_there in POINTS.items():
            for nth in (1, 2):
                with self.subTest(point=point, nth=nth):
                    place, windows = self.mark()
                    self.stumbling(fault=f'{point}:{nth}:kill')
                    moments = self.two_changes()
                    until(30, self.has_ended, 'it is killed')
                    answer = self.expect_exit(self.running.wait(), KILLED)
                    at = nth - 1 + is_there
                    self.assertEqual(self.state(self.target), moments[at], f'moment {at}\n{answer}')
                    self.assertEqual((int(self.mark()[1]) - int(windows), self.mark()[0] != place), (at, at > 0), str(answer))
                    self.expect_followed()
                    # the place alone may move once more
                    self.assertIn(self.found['windows'], (0, 1) if at < 2 else (0,))
                    before = self.mark()
                    self.expect_followed()
                    self.assertEqual(self.mark(), before)

    @like_pairs
    def test_lost(self):
        """It goes on by itself, and each window is written once."""
        wishes = [{'fault': f'{point}:{nth}:error'} for point in ('apply.exchange', 'follow.marked', 'apply.committed') for nth in (1, 2)]
        wishes += [{'fault_sql': f'{nth}:{error}:{text}'} for text in STATEMENTS for error, nth in ((LOST, 1), (LOST, 2), (DEADLOCK, 1), (LOCK_WAIT, 2))]
        for wish in wishes:
            with self.subTest(**wish):
                windows = int(self.mark()[1])
                self.stumbling(**wish)
                moments = self.two_changes()
                self.assertFalse(self.has_ended())
                self.assertEqual(self.state(self.target), moments[2])
                self.assertEqual(int(self.mark()[1]) - windows, 2)
                answer = self.stop()
                self.assertRegex(answer.err, 'writing the window again|trying again')
                self.assertNotIn('another one follows', answer.err, 'a COMMIT without an answer is asked for')
                self.expect_followed()
                self.assertEqual(self.found['windows'], 0)

    @like_pairs
    def test_killed_after_a_comparison(self):
        """Structures have changed, the target is equal, and its place is the one of before."""
        place, windows = self.mark()
        self.stumbling(fault='follow.copied:1:kill')
        self.on_source('ALTER TABLE a ADD w INT', 'INSERT INTO a VALUES (9,9,9)')
        until(30, self.has_ended, 'it is killed')
        answer = self.expect_exit(self.running.wait(), KILLED)
        self.expect_equal(answer)
        self.assertEqual(self.mark(), (place, windows))
        self.change()
        self.expect_compared('')
        self.expect_followed()
