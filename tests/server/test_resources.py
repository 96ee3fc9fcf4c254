"""A machine that has no more of something than it needs: threads, memory."""
import os
import shutil
import tempfile
from pathlib import Path
from unittest import SkipTest

from harness import Running, ServerTest, faults_path, program_path
from test_regressions import numbers

MAY = ('thread cannot be started', 'ulimit -u', 'TasksMax')


def own_user():
    """Nobody else's, be it another process of these tests: RLIMIT_NPROC counts the threads of a user.

    Asked for when a test runs: whoever imports this has other processes run it.
    """
    return 20000 + os.getpid() % 40000


class Threads(ServerTest):
    """Of another user, who may have so many threads and no more."""
    once = True

    def setUp(self):
        super().setUp()
        if os.geteuid() or not shutil.which('setpriv') or not shutil.which('prlimit'):
            raise SkipTest('takes root, setpriv and prlimit')
        # where that user can read and write
        self.place = Path(tempfile.mkdtemp(prefix='dbsync-threads-'))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.copy = str(shutil.copy(program_path(), self.place / 'dbsync'))
        for path in (self.place, self.copy):
            os.chown(path, own_user(), own_user())
            os.chmod(path, 0o755)
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', f'INSERT INTO t SELECT n, n FROM {numbers(20000)}',
                     'CREATE TABLE u (id INT PRIMARY KEY, v INT)', f'INSERT INTO u SELECT n, n FROM {numbers(2000)}')
        self.on_target('DELETE FROM t WHERE id % 7 = 3', 'UPDATE t SET v=-1 WHERE id % 5 = 0',
                       'INSERT INTO t SELECT id + 50000, v FROM t WHERE id < 500', 'DELETE FROM u WHERE id < 10')

    def limited(self, threads, *words):
        wrap = ('setpriv', f'--reuid={own_user()}', f'--regid={own_user()}', '--clear-groups', 'prlimit', f'--nproc={threads}', '--')
        env = self.program.environment({'HOME': str(self.place), 'TMPDIR': str(self.place)})
        del env['DBSYNC_KEY_FILE']      # of the user who runs the tests
        return Running([*wrap, self.copy, *map(str, words)], env, str(self.place)).wait(60)

    def expect_equal(self):
        for table in ('t', 'u'):
            rows = [self.session(place).run(f'SELECT * FROM {table} ORDER BY id') for place in (self.source, self.target)]
            self.assertEqual(*rows)

    def test_comparing_goes_on_with_the_thread_that_there_is(self):
        answer = self.expect_exit(self.limited(2, 'verify', *self.urls(), '--parallel', 4), 1)
        self.assertRegex(answer.err, r'only \d of \d threads are available .*: continuing with them')
        self.assertEqual(answer.err.count('threads are available'), 1, str(answer))

    def test_writing_and_undoing_go_on_with_the_thread_that_there_is(self):
        for command in ('incremental', 'full-sync'):
            with self.subTest(command=command):
                before = self.session(self.target).run('SELECT * FROM t ORDER BY id')
                answer = self.limited(3, command, *self.urls(), '--parallel', 4, '--yes', '--max-delete-percent', 100)
                self.expect_exit(answer, 0)
                self.assertIn('threads are available', answer.err)
                self.expect_equal()
                file = sorted((self.place / 'backups/database').glob('*.sql.zst'))[-1]
                self.expect_exit(self.limited(3, 'rollback', file, self.target.url(self.db), '--yes'), 0)
                self.assertEqual(self.session(self.target).run('SELECT * FROM t ORDER BY id'), before)

    def test_without_the_threads_that_guard_a_run_nothing_is_written(self):
        before = self.session(self.target).run('SELECT * FROM t ORDER BY id')
        for threads in (1, 2):      # none that hears Ctrl-C; none that looks after the lock
            answer = self.limited(threads, 'incremental', *self.urls(), '--yes')
            self.expect_error(answer, 4, *MAY)
            self.assertFalse((self.place / 'backups').exists(), str(answer))
        self.assertEqual(self.session(self.target).run('SELECT * FROM t ORDER BY id'), before)


class Memory(ServerTest):
    """A row that is as text more than this machine has room for; what may be had at once is bounded."""
    once = True
    BYTES = 12 << 20        # twice as many as x'…'
    CAP = 20                # MiB

    def setUp(self):
        super().setUp()
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, b LONGBLOB)', "INSERT INTO t VALUES (1, 'x')")

    def bounded(self, *words):
        bound = f'max_allocation_size_mb={self.CAP}:allocator_may_return_null=1:abort_on_error=1'
        env = self.program.environment({'ASAN_OPTIONS': bound})
        return Running([faults_path(), *map(str, words)], env, self.program.folder).wait(120)

    def check(self, on_side, command, *options):
        on_side(f"INSERT INTO t VALUES (2, REPEAT(x'ff', {self.BYTES}))")
        before = self.session(self.target).run('SELECT id, MD5(b) FROM t ORDER BY id')
        answer = self.bounded(command, *self.urls(), '--yes', '--parallel', 1, *options)
        self.expect_exit(answer, 6)
        self.assertRegex(answer.text, rf'a row of {self.BYTES + 4} bytes of `t` needs \d+ bytes, there is no memory left')
        self.assertEqual(self.session(self.target).run('SELECT id, MD5(b) FROM t ORDER BY id'), before)

    def test_of_the_source_that_is_to_be_written(self):
        self.check(self.on_source, 'incremental')

    def test_of_the_target_that_is_to_be_kept(self):
        self.check(self.on_target, 'incremental', '--max-delete-percent', 100)

    def test_of_the_source_that_is_to_be_copied(self):
        self.check(self.on_source, 'full-sync', '--load', 'insert')

    def test_of_the_target_that_a_backup_point_is_to_have(self):
        self.check(self.on_target, 'full-sync')
