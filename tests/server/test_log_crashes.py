"""Runs that are killed where they keep a place of a log: that of `dbsync changes --state`, and where comparisons have agreed.

The promise of the first: the next call begins where the file says, no change is missing, and what comes again was
printed since the place in the file.  Of the second: what differs is found by the next comparison, whichever place it
finds, or none.
"""
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import threading

from harness import Running, faults_path
from test_by_log import ByLogTest
from test_changes import ChangesTest, parse
from test_crashes import until
from wire import Wire, stripped

KILLED = -signal.SIGKILL


class Held(Wire):
    """Waits at a statement."""

    def __init__(self, place, statement):
        self.statement, self.is_there, self.may_go_on = statement, threading.Event(), threading.Event()
        super().__init__(place, greeting=stripped)

    def hear_all(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                if self.statement in data:
                    self.is_there.set()
                    self.may_go_on.wait(60)
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def pass_on(self, client, server):
        other = threading.Thread(target=self.pump, args=(server, client, self.told), daemon=True)
        other.start()
        self.hear_all(client, server)
        other.join(20)


def begin(test, fault, *words):
    return Running([faults_path(is_sanitized=False), *words], test.program.environment({'DBSYNC_FAULT': fault}), test.program.folder)


class States(ChangesTest):
    once = True             # files, not servers

    def setUp(self):
        super().setUp()
        self.run_sql('CREATE TABLE t (id INT PRIMARY KEY)')
        self.state = os.path.join(self.program.folder, 'state')

    def stored(self):
        """Another one each time that the file is replaced."""
        return os.stat(self.state).st_mtime_ns

    def keys(self, lines):
        return [line['key']['id'] for line in lines]

    def followed_until_it_ends(self, fault):
        """One row at a time, each when the place behind the one before it is stored."""
        before = self.stored()
        running = begin(self, fault, 'changes', '--follow', '--state', 'state', '-q', self.place.url(self.db))
        for number in itertools.count():
            until(30, lambda before=before: running.process.poll() is not None or self.stored() != before, f'row {number} is stored')
            if running.process.poll() is not None:
                return running.wait(), number
            before = self.stored()
            self.run_sql(f'INSERT INTO t VALUES ({number + 1})')
        return None

    def test_followed(self):
        for fault, code, count, again in (('changes.written:2:kill', KILLED, 1, 1), ('changes.written:4:kill', KILLED, 3, 1),
                                          ('file.keep:3:kill', KILLED, 2, 1), ('changes.stored:3:kill', KILLED, 2, 0), ('file.sync:3:error+', 5, 2, 1)):
            with self.subTest(fault=fault):
                self.run_sql('DELETE FROM t')
                self.changes('--state', 'state')
                answer, written = self.followed_until_it_ends(fault)
                self.expect_exit(answer, code)
                # it may die when the next one is on its way
                self.assertIn(written, (count, count + 1 - again), str(answer))
                self.assertEqual(self.keys(parse(answer.out)), list(range(1, count + 1)), str(answer))
                self.run_sql('INSERT INTO t VALUES (100)')
                self.assertEqual(self.keys(self.changes('--state', 'state')), [*range(count + 1 - again, written + 1), 100])
                self.assertEqual(self.changes('--state', 'state'), [])

    def test_a_call_that_reaches_the_end(self):
        """Lines in a file: those that the place in the state is behind are in it."""
        self.changes('--state', 'state')
        for fault, again in (('changes.written:1:kill', True), ('file.keep:1:kill', True), ('changes.stored:1:kill', False)):
            with self.subTest(fault=fault):
                self.run_sql('DELETE FROM t')
                self.changes('--state', 'state')
                self.run_sql('INSERT INTO t VALUES (1),(2)')
                self.run_sql('INSERT INTO t VALUES (3)')
                with open(os.path.join(self.program.folder, 'lines'), 'wb') as lines:
                    done = subprocess.run([faults_path(is_sanitized=False), 'changes', '--state', 'state', self.place.url(self.db)], stdout=lines,
                                          stderr=subprocess.PIPE, env=self.program.environment({'DBSYNC_FAULT': fault}), cwd=self.program.folder,
                                          timeout=60, check=False)
                self.assertEqual(done.returncode, KILLED, done.stderr)
                with open(os.path.join(self.program.folder, 'lines'), encoding='utf-8') as lines:
                    self.assertEqual(self.keys(parse(lines.read())), [1, 2, 3])
                self.assertEqual(self.keys(self.changes('--state', 'state')), [1, 2, 3] if again else [])

    def test_a_snapshot(self):
        """It is begun again, until the place behind it is stored."""
        self.run_sql('INSERT INTO t VALUES (1),(2)')
        words = ('changes', '--from', 'snapshot', '--state', 'state', self.place.url(self.db))
        for fault in ('changes.written:1:kill', 'file.keep:1:kill'):
            self.expect_exit(begin(self, fault, *words).wait(), KILLED)
            self.assertFalse(os.path.exists(self.state))
        answer = self.expect_exit(begin(self, 'changes.stored:1:kill', *words).wait(), KILLED)
        self.assertEqual(self.keys(parse(answer.out)), [1, 2])
        self.run_sql('INSERT INTO t VALUES (3)')
        self.assertEqual(self.keys(self.changes('--from', 'snapshot', '--state', 'state')), [3])

    def test_a_link(self):
        """Its file is the state: the link stays one, and who names either has the same lock."""
        folder = os.path.join(self.program.folder, 'kept')
        os.mkdir(folder)
        os.symlink('kept/real', self.state)
        os.symlink(self.state, os.path.join(folder, 'other'))
        self.assertEqual(self.changes('--state', 'kept/other'), [])
        self.run_sql('INSERT INTO t VALUES (1)')
        self.assertEqual(self.keys(self.changes('--state', 'state')), [1])
        self.assertEqual(self.changes('--state', 'kept/real'), [])
        self.assertEqual((os.readlink(self.state), sorted(os.listdir(folder))), ('kept/real', ['other', 'real', 'real.lock']))
        running = self.program.start('changes', '--follow', '--state', 'state', self.place.url(self.db))
        self.run_sql('INSERT INTO t VALUES (2)')
        running.process.stdout.readline()
        for name in ('state', 'kept/real', 'kept/other'):
            self.refused(3, 'is in use by another process', 'kept/real', options=('--state', name))
        running.signal(signal.SIGTERM)
        self.expect_exit(running.wait(20), 7)
        os.remove(self.state)
        os.symlink('state', self.state)
        self.refused(5, 'cannot read `state`', options=('--state', 'state'))


class Agreements(ByLogTest):
    once = True

    def killed(self, fault, command, *words):
        answer = begin(self, f'{fault}:kill', command, *words, '--state-dir', 'state').wait()
        self.expect_exit(answer, KILLED)
        return answer

    def differ(self, value, key=1):
        self.on_source(f'UPDATE a SET v={value} WHERE id={key}')

    def test_while_one_is_kept(self):
        for number, (fault, is_kept) in enumerate((('agreement.save:1', False), ('file.keep:1', False), ('agreement.saved:1', True))):
            with self.subTest(fault=fault):
                self.agree()
                before = self.agreements()
                self.on_both(f'UPDATE a SET v={number}', 'UPDATE b SET v=v+1')
                self.killed(fault, 'verify', *self.urls(), '--changes-from', 'binlog')
                self.assertEqual((self.agreements() != before, len(self.agreements())), (is_kept, 1))
                self.on_target('DELETE FROM b WHERE id=3')
                answer = self.compare(code=1)
                self.assertEqual((answer.json['changes_from'], answer.counts('b')), ('binlog', (1, 0, 0)))
                self.assertEqual(self.read(answer)['a'] == 'none', is_kept)
                self.on_source('DELETE FROM b WHERE id=3')
                self.compare()
                self.on_both('INSERT INTO b VALUES (3,3)')

    def test_while_the_first_one_is_kept(self):
        self.killed('file.keep:1', 'verify', *self.urls())
        self.differ(7)
        self.expect_scan('no earlier run of this scope', code=1)

    def test_while_they_are_forgotten(self):
        for number, (fault, left) in enumerate((('file.keep:1', 2), ('agreement.generation:1', 2), ('agreement.removed:1', 1), ('agreement.removed:2', 0))):
            with self.subTest(fault=fault):
                self.agree()
                self.compare('--tables', 'a', how=None)
                self.killed(fault, 'agreed', 'forget')
                self.assertEqual(len(self.agreements()), left)
                self.differ(50 + number)
                for scope in ((), ('--tables', 'a')):
                    self.assertEqual(self.compare(*scope, code=1).counts('a'), (0, 1, 0))
                self.compare('--yes', command='incremental')
                self.expect_exit(self.dbsync('agreed', 'forget', '--state-dir', 'state'), 0)

    def test_a_run_that_no_log_has(self):
        """A trigger of the target changes rows that the source's log does not name, nor the target's."""
        self.on_target('CREATE TRIGGER tr AFTER UPDATE ON a FOR EACH ROW UPDATE b SET v=v+90 WHERE id=NEW.id')
        words = (*self.urls(), '--yes', '--binlog', 'off', '--allow', 'triggers')
        for number, (fault, is_written) in enumerate((('agreement.generation:1', False), ('agreement.removed:1', False), ('apply.committed:1', True),
                                                      ('apply.done:1', True), ('agreement.generation:2', True))):
            with self.subTest(fault=fault):
                self.agree()
                self.differ(50 + number)
                self.killed(fault, 'incremental', *words)
                answer = self.compare(code=1)
                self.assertEqual((answer.counts('a'), answer.counts('b')), ((0, 0, 0), (0, 1, 0)) if is_written else ((0, 1, 0), (0, 0, 0)))
                self.on_target('UPDATE a SET v=1', 'UPDATE b SET v=id')
                self.on_source('UPDATE a SET v=1', 'UPDATE b SET v=id')
                self.on_target('UPDATE b SET v=id')

    def test_incremental_by_the_log(self):
        """Whatever was written by then: what is left is found by the log, and read from the tables."""
        for number, (fault, is_kept) in enumerate((('apply.begin:1', False), ('apply.committed:1', False), ('apply.done:1', False),
                                                   ('agreement.save:1', False), ('agreement.saved:1', True))):
            with self.subTest(fault=fault):
                self.agree()
                before = self.agreements()
                self.on_source(f'UPDATE a SET v={number + 20}', f'INSERT INTO b VALUES ({number + 20},0)')
                self.killed(fault, 'incremental', *self.urls(), '--yes', '--changes-from', 'binlog')
                self.assertEqual(self.agreements() != before, is_kept)
                self.on_target('DELETE FROM b WHERE id=1')
                self.compare('--yes', command='incremental')
                self.assertEqual((self.found['verdict'], self.found['changes_from']), ('equal', 'binlog'))
                self.check_equal()

    def test_that_cannot_be_written(self):
        """A comparison is none the worse for it; what would not be logged is not written."""
        self.agree()
        before = self.agreements()
        self.on_both('UPDATE a SET v=5')
        for command, words, code in (('verify', (*self.urls(), '--changes-from', 'binlog'), 0), ('agreed', ('forget',), 5),
                                     ('incremental', (*self.urls(), '--yes', '--binlog', 'off'), 5)):
            if command == 'incremental':
                self.differ(6)
            answer = begin(self, 'file.write:1:error+', command, *words, '--state-dir', 'state').wait()
            self.expect_exit(answer, code)
            self.assertEqual(self.agreements(), before, str(answer))
        answer = self.compare(code=1)
        self.assertEqual((answer.counts('a'), answer.json['changes_from']), ((0, 1, 0), 'binlog'))

    def test_a_run_that_begins_while_one_is_kept(self):
        """The comparison has looked whether there is such a run, and has not written its file: it is gone when it has."""
        if self.target.family != 'mariadb':
            self.skipTest('the statement that it waits at is of MariaDB')
        self.on_target('CREATE TRIGGER tr AFTER UPDATE ON a FOR EACH ROW UPDATE b SET v=v+90 WHERE id=NEW.id')
        with Held(self.target, b'SELECT @@server_id') as link:
            urls = self.source.url(self.db), self.target.url(self.db, port=link.port, ssl_mode='disabled')
            comparing = self.program.start('verify', *urls, '--state-dir', 'state')
            self.assertTrue(link.is_there.wait(30))
            self.differ(50)
            self.killed('apply.done:1', 'incremental', *self.urls(), '--yes', '--binlog', 'off', '--allow', 'triggers')
            link.may_go_on.set()
            self.expect_exit(comparing.wait(), 0)
            self.urls = lambda: urls
            self.assertEqual(self.compare(code=1).counts('b'), (0, 1, 0))
