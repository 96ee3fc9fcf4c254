"""What runs leave behind on the target, and who takes it away.

A run that loses its connections goes on with others, and has no lock on the
server meanwhile: what it made is not to be taken for that of a run that died.
On servers of their own: elsewhere, runs of other tests sweep too.
"""
import os
import re
import time

from test_crashes import KILLED, until
from test_full import Full, FullTest

HOURS = 3600


def named(kind, age_s, mark='', number=''):
    """As a run that began so long ago calls a database."""
    moment = time.strftime('%Y%m%d_%H%M%S', time.gmtime(time.time() - age_s))
    return f'dbsync_{kind}_{moment}_1a2b3c' + (mark and f'_{mark}') + number


class SweepTest(FullTest):
    once = True

    def setUp(self):
        super().setUp()
        self.target = self.server(self.target.name, f'sweep-{os.getpid()}')
        self.new_database(self.target, name=self.db)
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')

    def found(self, kind='(stage|old|scratch)'):
        return sorted(name for name, in self.target.sql("SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA "
                                                        f"WHERE SCHEMA_NAME REGEXP '^dbsync_{kind}_'"))

    def leave(self, *names):
        """As runs that died do, and what is left of the test goes."""
        for name in names:
            self.target.sql(f'CREATE DATABASE {name}')
            self.addCleanup(self.target.sql, f'DROP DATABASE IF EXISTS {name}')

    def mark(self):
        """What stands for the test's database: a run that is killed leaves it in a name."""
        self.expect_exit(self.full(env={'DBSYNC_FAULT': 'load.done:1:kill'}, faults=True), KILLED)
        return re.fullmatch('dbsync_stage_[0-9]{8}_[0-9]{6}_[0-9a-f]{6}_([0-9a-f]{16})', self.found()[0]).group(1)


class Healing(SweepTest):
    """A run on one database goes on with new connections while one on another begins."""

    def setUp(self):
        super().setUp()
        self.other = self.new_database(self.source)
        self.new_database(self.target, name=self.other)
        self.source.sql('CREATE TABLE t (id INT PRIMARY KEY)', database=self.other)

    def begin(self, *options):
        """A run that has made its copies, and is held before it fills them; what lets it go on."""
        pause = self.program.file('pause', '')
        running = self.start_write('--pause-file', 'pause', *options, command='full-sync')
        until(30, lambda: self.found('stage') and self.tables_of(self.found('stage')[0]) or running.process.poll() is not None, 'it makes copies')
        return running, lambda: os.unlink(pause)

    def tables_of(self, database):
        return self.target.sql(f"SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{database}'")

    def lose_all_locks(self, stage):
        """On the server: that of its copies, and that of the run."""
        begin, mark = re.fullmatch('(dbsync_stage_[0-9]+_[0-9]+_[0-9a-f]+)_([0-9a-f]+)', stage).groups()
        for lock in (begin, f'dbsync.{mark}'):
            holder = self.target.sql(f"SELECT IS_USED_LOCK('{lock}')")[0][0]
            self.assertIsNotNone(holder, lock)
            self.target.sql(f'KILL {holder}')

    def run_on_other(self):
        urls = [place.url(self.other) for place in (self.source, self.target)]
        answer = self.expect_exit(self.dbsync('full-sync', *urls, '--yes', '--state-dir', 'elsewhere'), 0)
        self.assertNotIn('left behind', answer.err, str(answer))

    def test_copies_of_a_run_that_lost_its_connections_are_left_to_it(self):
        running, go_on = self.begin()
        stage, = self.found('stage')
        self.lose_all_locks(stage)
        self.run_on_other()
        self.assertEqual(self.found('stage'), [stage])
        go_on()
        self.expect_swapped(Full.of(running.wait(60)), t=2)


class Left(SweepTest):
    def sweep(self):
        self.on_source('INSERT INTO t SELECT MAX(id) + 1, 1 FROM t')
        return self.expect_exit(self.full(), 0)

    def expect_gone(self, *names):
        answer = self.sweep()
        self.assertEqual(self.found(), [], str(answer))
        for name in names:
            self.assertIn(f'dropped the scratch database `{name}`', answer.err, str(answer))

    def test_copies_for_the_same_database_are_dropped_by_the_next_run(self):
        mark = self.mark()
        left = self.found()
        left += [named('stage', 0, mark, '_2'), named('scratch', 0)]
        self.leave(*left[1:])
        self.expect_gone(*left)

    def test_copies_for_others_are_dropped_after_a_week_when_nobody_writes_there(self):
        theirs, young, old = '0123456789abcdef', 6 * 24 * HOURS, 8 * 24 * HOURS
        names = [named('stage', young, theirs), named('stage', young), named('stage', old, theirs), named('stage', old, number='_2')]
        self.leave(*names)
        with self.target.session() as owner:
            owner.run(f"DO GET_LOCK('dbsync.{theirs}', 0)")
            answer = self.sweep()
            self.assertEqual(self.found(), sorted(names[:3]), str(answer))
        answer = self.sweep()
        self.assertEqual(self.found(), sorted(names[:2]), str(answer))
        self.assertIn(f'dropped the scratch database `{names[2]}`', answer.err, str(answer))

    def test_replaced_tables_of_others_are_neither_dropped_nor_named(self):
        theirs = '0123456789abcdef'
        full, empty, gone = named('old', 0, theirs), named('old', 1, theirs), named('old', 8 * 24 * HOURS, theirs)
        self.leave(full, empty, gone)
        self.target.sql(f'CREATE TABLE {full}.t (id INT)')
        answer = self.sweep()
        self.assertEqual(self.found(), sorted([full, empty]), str(answer))
        self.assertNotIn('dbsync_old', answer.err, str(answer))
