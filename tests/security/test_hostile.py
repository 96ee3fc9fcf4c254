"""A server that lies: no false verdict, no wrong row, no crash, no hang (docs/hostile-servers.md).

The short form, one session of each kind with each command by turns, of dbsync as it is built with
sanitizers.  scripts/hostile has the long one.
"""
import os
from unittest import mock

import hostile
import hostile_sessions
from harness import ServerTest, once

SEED = int(os.environ.get('DBSYNC_HOSTILE_SEED', '1'))


class Lies(ServerTest):
    """Each kind has a command and a side that a count decides, so that all of them meet."""

    once = True

    def setUp(self):
        super().setUp()
        self.sessions = hostile_sessions.Sessions(self.source, self.target, self.db, self.program)

    def check_kinds(self, command, side, kinds):
        told = 0
        for kind in kinds:
            with self.subTest(kind=kind):
                answer, problem, was_told = self.sessions.session(command, side, kind, SEED)
                self.assertIsNone(problem, f'{command}, {side}, {kind}, seed {SEED}\n{answer}')
                told += was_told
        self.assertGreater(told, len(kinds) // 2, 'lies that were told')

    def kinds(self, part):
        return list(hostile.KINDS)[part::4]

    def test_verify(self):
        self.check_kinds('verify', 'source', self.kinds(0))

    def test_incremental_from_a_source_that_lies(self):
        self.check_kinds('incremental', 'source', self.kinds(1))

    def test_full_sync_from_a_source_that_lies(self):
        self.check_kinds('full-sync', 'source', self.kinds(2))

    def test_rollback_of_a_target_that_lies(self):
        self.check_kinds('rollback', 'target', self.kinds(3))

    def test_rows_that_do_not_come_are_not_deleted(self):
        self.check_kinds('incremental', 'source', ('early end', 'row lost', 'end, and the rows', 'no rows at all'))


class Leaver(hostile.Hostile):
    """Leaves out the rows of an answer in text that begin so."""

    def __init__(self, place, beginning):
        super().__init__(place, 'row lost', SEED)
        self.beginning = beginning

    def lie(self, talk, what, data):
        if what != hostile.TEXT or not data.startswith(self.beginning):
            return None
        self.told = True
        return []


class LostColumn(ServerTest):
    """A server that does not list one column of a table: it would be taken for one that the other side alone has."""

    once = True

    def check_column(self, column):
        sessions = hostile_sessions.Sessions(self.source, self.target, self.db, self.program)
        before, _ = sessions.prepare('incremental')
        link = Leaver(sessions.places['source'], bytes([1]) + b'b' + bytes([len(column)]) + column)
        answer = sessions.run(sessions.words('incremental', sessions.urls(link, 'source')))
        link.close()
        self.assertTrue(link.told)
        self.assertEqual(answer.exit, 6, answer)
        self.assertIn('that it does not list', answer.text)
        self.assertEqual(sessions.read(self.target)['b'], before['b'], answer)

    def test_in_the_middle(self):
        self.check_column(b'y')

    def test_the_last(self):
        self.check_column(b'w')

    def test_one_that_is_listed_in_another_case(self):
        """Of letters that are not ASCII: the server finds it under the other side's name."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, `комната` INT)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, `КОМНАТА` INT)', 'INSERT INTO t VALUES (1, 1)')
        answer = self.dbsync('verify', *self.urls())
        self.expect_exit(answer, 1)
        self.assertNotIn('does not list', answer.out + answer.err)
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--allow-unsafe', 'drop-column'), 0)
        self.assertIn('`комната`', self.on_target('SHOW CREATE TABLE t')[0][1])


class Announcer(hostile.Hostile):
    """Says of each statement that parameters will come (0x1000 in the status), and goes when one is prepared."""

    def __init__(self, place):
        super().__init__(place, 'row lost', SEED)

    def lie(self, talk, what, data):
        if what == hostile.PREPARED:
            self.told = True
            raise hostile.Lie('fin')
        if what == hostile.END and len(data) == 5:
            return [data[:4] + bytes([data[4] | 0x10])]
        if what == hostile.OK and data[:1] == b'\x00':
            at = hostile.read_lenenc(data, hostile.read_lenenc(data, 1)[1])[1]
            return [data[:at + 1] + bytes([data[at + 1] | 0x10]) + data[at + 2:]]
        return None


class Announced(ServerTest):
    """What a server announces and does not give is not waited for: the client library asked for it for ever."""

    once = True

    def test_results_that_never_come(self):
        sessions = hostile_sessions.Sessions(self.source, self.target, self.db, self.program)
        sessions.prepare('verify')
        link = Announcer(sessions.places['target'])
        answer = sessions.run(sessions.words('verify', sessions.urls(link, 'target')))
        link.close()
        self.assertTrue(link.told)
        self.assertEqual(answer.exit, 4, answer)


class Endless(ServerTest):
    """A server that gives one row again and again, and never an end of the rows."""

    once = True
    FIRST, LAST = 0, 23     # rows of the table that is read first, a or b

    def check_row(self, command, side, number):
        sessions = hostile_sessions.Sessions(self.source, self.target, self.db, self.program)
        before, _ = sessions.prepare(command)
        link = hostile.Hostile(sessions.places[side], 'rows without end', SEED, number)
        link.about = (hostile.BINARY,)
        with mock.patch.object(hostile, 'MANY', 10**12):
            answer = sessions.run(sessions.words(command, sessions.urls(link, side)))
            link.close()
        self.assertTrue(link.told)
        self.assertEqual(answer.exit, 4, answer)
        self.assertRegex(answer.text, 'two rows of `[ab]` for one key')
        self.assertEqual(sessions.read(self.target), before)

    def test_the_first_row(self):
        self.check_row('verify', 'source', self.FIRST)

    def test_the_last_row_of_the_source(self):
        self.check_row('incremental', 'source', self.LAST)

    def test_the_last_row_of_the_target(self):
        self.check_row('incremental', 'target', self.LAST)
