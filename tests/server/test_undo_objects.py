"""C9: what depends on a database's default is made again with it.

A routine, a trigger and an event keep the default collation that their database
had when they were made; SHOW CREATE does not say so, and parameters have it.
"""
import signal

from harness import Running, faults_path, once
from test_crashes import until
from test_reshaping_copies import Reshaping

ALL = ('--objects', 'all', '--allow', 'triggers', '--max-delete-percent', 100)
KINDS = ('ROUTINES', 'ROUTINE_SCHEMA', 'ROUTINE_NAME'), ('TRIGGERS', 'TRIGGER_SCHEMA', 'TRIGGER_NAME'), ('EVENTS', 'EVENT_SCHEMA', 'EVENT_NAME')


class Defaults(Reshaping):
    def create(self, *more):
        self.on_target('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        self.on_source('ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin')
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT) DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_bin', 'INSERT INTO t VALUES (1, 1)',
                     'CREATE PROCEDURE p(a VARCHAR(9)) SELECT a', 'CREATE FUNCTION f(a VARCHAR(9)) RETURNS VARCHAR(9) DETERMINISTIC RETURN a',
                     'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v', "CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO SELECT 'x'")
        self.on_source('INSERT INTO t VALUES (2, 2)')
        self.on_target('INSERT INTO t VALUES (3, 3)', *more)
        self.before = self.all()

    def collations(self):
        session = self.session(self.target)
        found = {'database': session.value('SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()')}
        for table, schema, name in KINDS:
            found.update(session.run(f'SELECT {name}, DATABASE_COLLATION FROM information_schema.{table} WHERE {schema} = DATABASE()'))
        found.update({f'{routine}({place})': collation for routine, place, collation in session.run(
            'SELECT SPECIFIC_NAME, ORDINAL_POSITION, COLLATION_NAME FROM information_schema.PARAMETERS WHERE SPECIFIC_SCHEMA = DATABASE()')})
        return found

    def all(self):
        return self.collations(), self.state(self.target)

    def run_of(self, command, *options, exit_code=0, **how):
        answer = self.expect_exit(self.start_write(*options, '--max-delete-percent', 100, '--allow', 'triggers', command=command, **how).wait(60), exit_code)
        return self.backups()[-1] if exit_code == 0 else None

    def rollback(self, file, fault=None, exit_code=0):
        if not fault:
            return self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes'), exit_code)
        words = ['rollback', file, self.target.url(), '--yes']
        answer = Running([faults_path(), *words], self.program.environment({'DBSYNC_FAULT': fault}), self.program.folder).wait(60)
        return self.expect_exit(answer, exit_code)

    def check_undone(self, command):
        self.create()
        file = self.run_of(command, '--objects', 'all')
        synced = self.all()
        self.assertEqual(set(synced[0].values()), {'latin1_bin'})
        answer = self.rollback(file)
        self.assertEqual(self.all(), self.before, str(answer))
        answer = self.rollback(self.backups()[-1])
        self.assertEqual(self.all(), synced, str(answer))

    def test_c9_incremental(self):
        self.check_undone('incremental')

    def test_c9_full_sync(self):
        self.check_undone('full-sync')

    def test_c9_triggers_that_stay_keep_theirs(self):
        """They are made anew under the new default, by the run and by its rollback."""
        for command in ('full-sync', 'incremental'):
            with self.subTest(command=command):
                self.target_again()
                file = self.run_of(command)
                now = self.collations()
                self.assertEqual(now.pop('database'), 'latin1_bin')
                self.assertEqual(set(now.values()), {'utf8mb4_bin'})
                answer = self.rollback(file)
                self.assertEqual(self.all(), self.before, str(answer))

    def target_again(self, create=None):
        for place in (self.source, self.target):
            place.sql(f'DROP DATABASE `{self.db}`', f'CREATE DATABASE `{self.db}`')
        self._close_sessions()
        self._sessions.clear()
        (create or self.create)()

    def test_c9_default_of_which_the_run_knows_nothing(self):
        """Somebody has altered it since: what comes back still has its own."""
        self.create()
        self.on_target('ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin', 'DROP PROCEDURE p', 'CREATE PROCEDURE p(a VARCHAR(9)) SELECT a')
        self.on_target('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        self.on_source('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'DROP PROCEDURE p', 'CREATE PROCEDURE p(a VARCHAR(9)) SELECT a, 1')
        before = self.collations()
        self.assertEqual(before['p'], 'latin1_bin')
        file = self.run_of('incremental', '--objects', 'routines')
        self.assertEqual(self.collations()['p'], 'utf8mb4_bin')
        self.on_target('ALTER DATABASE CHARACTER SET ascii COLLATE ascii_bin')
        self.rollback(file)
        self.assertEqual(self.collations(), {**before, 'database': 'ascii_bin'})

    @once
    def test_c9_killed_between_the_default_and_the_rest(self):
        self.create()
        file = self.run_of('incremental', '--objects', 'all')
        for nth in (2, 4, 9, 14, 20):
            with self.subTest(nth=nth):
                self.rollback(file, f'remake.step:{nth}:kill', -signal.SIGKILL)
                answer = self.rollback(file)
                self.assertEqual(self.all(), self.before, str(answer))
                self.rollback(self.backups()[-1])
                self.run_of('incremental', '--objects', 'all')

    # A default that is there for a moment -------------------------------------

    def prepare(self):
        """The source's p was made under another default than both databases have."""
        self.on_both('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source('ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin', 'CREATE PROCEDURE p(a VARCHAR(9)) SELECT a',
                       'ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')

    def fail_at(self, sql):
        return self.expect_exit(self.start_write('--objects', 'routines', env={'DBSYNC_FAULT_SQL': sql}, faults=True).wait(60), 4)

    @once
    def test_c9_default_of_a_moment_is_set_back_after_a_lost_connection(self):
        self.prepare()
        for sql in ('1:2013:CREATE DEFINER', '2:2013:ALTER DATABASE'):
            answer = self.fail_at(sql)
            self.assertEqual(self.collations()['database'], 'utf8mb4_bin', f'{sql}\n{answer}')

    @once
    def test_c9_default_of_a_moment_that_stays_is_named(self):
        self.prepare()
        answer = self.fail_at('2+:2013:ALTER DATABASE')
        self.assertEqual(self.collations()['database'], 'latin1_bin')
        self.assertIn(f'ALTER DATABASE `{self.db}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', answer.err)

    def of_objects(self):
        return {name: collation for name, collation in self.collations().items() if name in 'pfge'}

    def status(self, exit_code):
        return self.expect_exit(self.dbsync('status'), exit_code).out

    def killed_at_default(self, nth, command='incremental'):
        """In the middle of making an object; what the state then says of it."""
        self.run_of(command, '--objects', 'all', exit_code=-signal.SIGKILL, faults=True, env={'DBSYNC_FAULT': f'remake.default:{nth}:kill'})
        self.assertEqual(self.collations()['database'], 'latin1_bin')
        self.assertIn(f'the default of the database `{self.db}` was utf8mb4_bin, may be latin1_bin', self.status(6))
        return self.backups()[-1]

    def prepare_many(self):
        """The source's objects were made under another default than both databases have; a trigger of the target was, too."""
        self.on_both('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'CREATE TABLE t (id INT PRIMARY KEY, v INT)',
                     'ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin', 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v')
        self.on_source('CREATE PROCEDURE p(a VARCHAR(9)) SELECT a', 'CREATE FUNCTION f(a VARCHAR(9)) RETURNS VARCHAR(9) DETERMINISTIC RETURN a',
                       'DROP TRIGGER g', 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v + 1',
                       "CREATE EVENT e ON SCHEDULE EVERY 1 YEAR DISABLE DO SELECT 'x'", 'INSERT INTO t VALUES (1, 1)')
        self.on_both('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin')
        self.before = self.all()

    def expect_set_back(self, answer=''):
        self.assertEqual(self.collations()['database'], 'utf8mb4_bin', str(answer))
        self.assertNotIn('latin1_bin', self.status(0))

    def test_c9_default_of_a_moment_is_set_back_by_the_next_run(self):
        for nth, command, again in ((1, 'incremental', 'incremental'), (4, 'incremental', 'full-sync'), (2, 'full-sync', None)):
            with self.subTest(nth=nth, command=command, again=again):
                self.target_again(self.prepare_many)
                file = self.killed_at_default(nth, command)
                if again:
                    self.run_of(again, '--objects', 'all')
                    self.assertEqual(self.of_objects(), dict.fromkeys('pfge', 'latin1_bin'))
                else:
                    answer = self.rollback(file)
                    self.assertEqual(self.all(), self.before, str(answer))
                self.expect_set_back()

    def test_c9_default_of_a_moment_is_set_back_by_a_rollback(self):
        self.prepare_many()
        for nth in (1, 3):
            with self.subTest(nth=nth):
                answer = self.rollback(self.killed_at_default(nth))
                self.expect_set_back(answer)
                self.assertEqual(self.all(), self.before, str(answer))

    def test_c9_default_of_a_moment_is_set_back_when_a_rollback_died(self):
        self.prepare_many()
        file = self.run_of('incremental', '--objects', 'all')
        self.rollback(file, 'remake.default:1:kill', -signal.SIGKILL)
        self.assertEqual(self.collations()['database'], 'latin1_bin')
        answer = self.rollback(file)
        self.expect_set_back(answer)
        self.assertEqual(self.all(), self.before, str(answer))

    @once
    def test_c9_default_of_a_moment_that_somebody_changed_since_stays(self):
        self.prepare_many()
        self.killed_at_default(1)
        self.on_target('ALTER DATABASE CHARACTER SET ascii COLLATE ascii_bin')
        self.run_of('incremental', '--objects', 'routines')
        self.assertEqual(self.collations()['database'], 'ascii_bin')

    @once
    def test_c9_default_of_a_moment_is_set_back_after_a_stop(self):
        if self.target.name.startswith('mysql'):
            self.skipTest('ALTER DATABASE of MySQL waits for whoever uses a table of it')
        self.create()
        self.on_source('DROP TRIGGER g', 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v + 1')
        file = self.run_of('incremental', '--objects', 'triggers')
        self.on_target('DELETE FROM t', 'ALTER DATABASE CHARACTER SET ascii COLLATE ascii_bin')
        self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes', '--force'), 0)
        file = self.backups()[-1]
        self.on_target('ALTER DATABASE CHARACTER SET cp850 COLLATE cp850_bin')
        with self.target.session(self.db) as holder:
            holder.run('BEGIN')
            holder.run('SELECT * FROM t')
            running = self.program.start('rollback', file, self.target.url(), '--yes', '--force')
            until(30, lambda: self.collations()['database'] != 'cp850_bin' or running.process.poll() is not None, 'it makes the trigger')
            running.signal(signal.SIGINT)
            answer = self.expect_exit(running.wait(60), 7)
        self.assertEqual(self.collations()['database'], 'cp850_bin', str(answer))
