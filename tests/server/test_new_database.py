"""Item 14: a target database that does not exist is made, as the source's is, and a rollback takes it away again."""
import os
import signal

from harness import Running, faults_path, once
from test_reshaping_copies import Reshaping
from test_writing import Written


class Made(Reshaping):
    def setUp(self):
        super().setUp()
        self.on_source('ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin', 'CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(9))',
                       "INSERT INTO p VALUES (1, 'one'), (2, 'two')", 'CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id))',
                       'INSERT INTO c VALUES (1, 1)', 'CREATE VIEW w AS SELECT id FROM p', 'CREATE FUNCTION f(a VARCHAR(9)) RETURNS INT DETERMINISTIC RETURN 1')
        self._close_sessions()
        self._sessions.clear()
        self.target.sql(f'DROP DATABASE `{self.db}`')

    def databases(self):
        return [name for name, in self.target.sql(f"SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '{self.db}'")]

    def expect_none(self, story):
        self.assertEqual(self.databases(), [], str(story))

    def run_of(self, command, *options, **how):
        return Written.of(self.start_write('--objects', 'all', *options, command=command, **how).wait(90))

    def rollback(self, file, fault=None, exit_code=0):
        words = ['rollback', file, self.target.url(self.db), '--yes']
        if not fault:
            return self.expect_exit(self.program.run(*words), exit_code)
        return self.expect_exit(Running([faults_path(), *words], self.program.environment({'DBSYNC_FAULT': fault}), self.program.folder).wait(60), exit_code)

    def expect_made(self, answer):
        self.expect_exit(answer, 0)
        self.assertEqual(self.target.sql('SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA '
                                         f"WHERE SCHEMA_NAME = '{self.db}'"), [('latin1_bin',)], str(answer))
        self.assertEqual([self.rows(self.target, name) for name in ('p', 'c', 'w')], [self.rows(self.source, name) for name in ('p', 'c', 'w')])
        self.expect_exit(self.dbsync('verify', *self.urls(), '--objects', 'all', '--quiet'), 0)

    def point(self):
        return self.program.backups()[-1]

    def check(self, command):
        answer = self.run_of(command)
        self.expect_made(answer)
        self._close_sessions()
        self._sessions.clear()
        undone = self.rollback(self.point())
        self.expect_none(undone)
        again = self.rollback(self.point())
        self.expect_made(again)
        self._close_sessions()
        self._sessions.clear()

    def test_14_incremental(self):
        self.check('incremental')

    def test_14_full_sync(self):
        self.check('full-sync')

    def test_14_dry_run_shows_it(self):
        answer = self.expect_exit(self.run_of('dry-run', yes=False), 1)
        self.assertIn('CREATE DATABASE', str(answer.plan['objects']), str(answer))
        self.expect_none(answer)
        self.expect_exit(self.run_of('dry-run', '--sql', 'changes.sql', yes=False), 1)
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as text:
            statements = text.read()
        self.assertLess(statements.index('CREATE DATABASE'), statements.index('CREATE TABLE'), statements)

    def test_14_refused_on_request(self):
        for command in ('incremental', 'full-sync', 'dry-run'):
            answer = self.run_of(command, '--no-create-database', yes=command != 'dry-run')
            self.expect_error(answer, 3, 'has no database', '--no-create-database')
            self.expect_none(answer)

    def test_14_verify_is_an_error_still(self):
        self.expect_error(self.dbsync('verify', *self.urls()), 4, self.db)

    def test_14_rows_alone_make_none(self):
        for command in ('incremental', 'dry-run'):
            self.expect_error(self.start_write('--data-only', command=command, yes=command != 'dry-run').wait(60), 4, self.db)

    def test_14_user_who_may_not_is_told_the_grant(self):
        name = f'new_{os.getpid()}_{self.db[-6:]}'
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'x'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        self.target.sql(f"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE VIEW, CREATE ROUTINE ON `{self.db}`.* TO '{name}'@'%'")
        answer = self.run_of('incremental', target=self.target.url(self.db, user=name, password='x'))
        self.expect_error(answer, 3, 'has no database', f'GRANT CREATE ON `{self.db}`.*')
        self.expect_none(answer)

    def test_14_what_others_put_there_stays(self):
        self.expect_made(self.run_of('incremental'))
        self.on_target('CREATE TABLE mine (id INT PRIMARY KEY)')
        answer = self.rollback(self.point())
        self.assertEqual(self.on_target('SHOW TABLES'), [('mine',)], str(answer))
        self.assertIn('is not empty', answer.err)

    def test_14_database_without_tables(self):
        self.on_source('DROP VIEW w', 'DROP FUNCTION f', 'DROP TABLE c', 'DROP TABLE p')
        answer = self.expect_exit(self.run_of('incremental'), 0)
        self.assertEqual(self.databases(), [self.db], str(answer))
        self.rollback(self.point())
        self.expect_none(answer)

    @once
    def test_14_killed_anywhere(self):
        for command in ('incremental', 'full-sync'):
            for fault in ('backup.done:1', 'remake.step:1', 'remake.step:2', 'reform.step:1', 'swap.before:1', 'swap.done:1'):
                with self.subTest(command=command, fault=fault):
                    answer = self.run_of(command, faults=True, env={'DBSYNC_FAULT': f'{fault}:kill'})
                    if answer.exit == 0:
                        self.assertTrue((command, fault) in {('incremental', 'swap.before:1'), ('incremental', 'swap.done:1'), ('full-sync', 'reform.step:1')}, str(answer))
                    else:
                        self.assertEqual(answer.exit, -signal.SIGKILL, str(answer))
                    undone = self.rollback(self.point())
                    self.expect_none(undone)

    @once
    def test_14_rollback_that_is_killed_is_repeated(self):
        self.expect_made(self.run_of('incremental'))
        file = self.point()
        self._close_sessions()
        self._sessions.clear()
        for nth in (1, 2):
            with self.subTest(nth=nth):
                self.rollback(file, f'remake.step:{nth}:kill', -signal.SIGKILL)
        self.expect_none(self.rollback(file))
        self.expect_none(self.rollback(file))
