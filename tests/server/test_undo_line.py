"""Item 6: the line that a run prints undoes it, as it is printed, after every kind of run.

It is pasted into a shell on a terminal, where somebody types the password of the target.
"""
import os
import re
import shlex

from harness import PASSWORD, USER
from test_reshaping_copies import Reshaping

ROWS = ('DROP TABLE IF EXISTS t', 'CREATE TABLE t (id INT PRIMARY KEY, v INT)')


class Line(Reshaping):
    def make(self, source=(), target=()):
        for place, statements, values in ((self.source, source, '(1, 1), (2, 2)'), (self.target, target, '(1, 7), (3, 3)')):
            session = self.session(place)
            for statement in (*ROWS, f'INSERT INTO t VALUES {values}', *statements):
                session.run(statement)
        self.before = self.everything()

    def everything(self):
        triggers = self.session(self.target).run(
            f"SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '{self.db}' ORDER BY 1")
        return self.state(self.target), triggers

    def line_of(self, answer):
        found = re.findall(r'^  undo: (.*)$', answer.out, re.M)
        self.assertEqual(len(found), 1, str(answer))
        self.assertNotIn(f':{PASSWORD}@', found[0])
        return found[0]

    def check(self, command, *options, source=(), target=(), exit_code=0, words=None):
        """The run, and the line that it prints; twice, for a rollback prints one as well."""
        self.make(source, target)
        answer = self.dbsync(command, *(self.urls() if words is None else words), '--yes', '--max-delete-percent', 100, *options, limit=90)
        self.expect_exit(answer, exit_code)
        written = self.everything()
        self.assertNotEqual(written, self.before, str(answer))
        line = self.line_of(answer)
        status, said = self.program.paste(line)
        self.assertEqual((status, self.everything()), (0, self.before), f'{line}\n{said}\n{answer}')
        self.assertRegex(said, re.escape(f'Write to {USER}@127.0.0.1:{self.target.port}, database {self.db}? ') + r'.*\d.* \[y/N\]')
        again = re.findall(r'undo: (dbsync rollback [^\r\n]*)', said)
        self.assertEqual(len(again), 1, said)
        status, said = self.program.paste(again[0])
        self.assertEqual((status, self.everything()), (0, written), f'{again[0]}\n{said}')
        return line

    def test_item_6_rows(self):
        line = self.check('incremental', '--data-only')
        self.assertEqual(shlex.split(line)[3], self.target.url(self.db).replace(f'{USER}:{PASSWORD}@', f'{USER}@'), line)

    def test_item_6_triggers_that_the_run_made(self):
        self.check('incremental', '--objects', 'all', '--allow', 'triggers',
                   source=['CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW SET @x = 1'])

    def test_item_6_triggers_that_full_sync_made(self):
        self.check('full-sync', '--objects', 'all', '--allow', 'triggers',
                   source=['CREATE TRIGGER a BEFORE UPDATE ON t FOR EACH ROW SET @x = 1'])

    def test_item_6_structures(self):
        self.check('incremental', '--allow-unsafe', 'all', '--drop-extra-tables',
                   source=['ALTER TABLE t ADD w INT', 'CREATE TABLE n (id INT PRIMARY KEY)'],
                   target=['ALTER TABLE t ADD x INT', 'CREATE TABLE o (id INT PRIMARY KEY)'])

    def test_item_6_structures_alone(self):
        self.check('incremental', '--schema-only', source=['ALTER TABLE t ADD w INT'])

    def test_item_6_full_sync(self):
        self.check('full-sync')

    def test_item_6_full_sync_in_place(self):
        self.check('full-sync', '--no-swap')

    def test_item_6_copies(self):
        self.check('incremental', '--force-full-sync', 't')

    def test_item_6_table_that_becomes_one_without_transactions(self):
        """It was none when the guards of the run were asked: those of the rollback meet it first."""
        self.check('incremental', '--allow-unsafe', 'all', '--allow', 'non-transactional',
                   source=['ALTER TABLE t ENGINE = MyISAM'])

    def test_item_6_rows_without_a_key(self):
        both = ['CREATE TABLE k (v INT)']
        self.check('incremental', '--allow', 'no-key', source=[*both, 'INSERT INTO k VALUES (1), (1)'], target=[*both, 'INSERT INTO k VALUES (2)'])

    def test_item_6_target_of_an_env_file(self):
        port = {'DB': self.source.port, 'BACKUP_DB': self.target.port}
        self.program.file('our servers.env', ''.join(
            f'{side}_HOST=127.0.0.1\n{side}_PORT={port[side]}\n{side}_USER={USER}\n{side}_PASSWORD={PASSWORD}\n{side}_NAME={self.db}\n'
            for side in port))
        line = self.check('incremental', '--env-file', 'our servers.env', words=())
        self.assertIn("--env-file 'our servers.env'", line)

    def test_item_6_target_of_a_job(self):
        self.program.file('our.json', '{"jobs": {"nightly": {"source": "%s", "target": "%s"}}}' % self.urls())
        line = self.check('incremental', '--config', 'our.json', '--job', 'nightly', words=())
        self.assertIn('--config our.json --job nightly', line)

    def test_folders_that_the_run_was_told_to_use(self):
        line = self.check('incremental', '--backup-dir', 'our points', '--state-dir', 'ours')
        self.assertIn("--backup-dir 'our points' --state-dir ours", line)
        self.assertFalse(os.path.exists(os.path.join(self.program.folder, 'backups')), 'the rollbacks keep to it')

    def test_rows_that_a_trigger_of_the_target_has_changed(self):
        """They count as changed by somebody else, and the line says that they go back too."""
        line = self.check('incremental', '--data-only', '--allow', 'triggers', exit_code=6,
                          target=['CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 99',
                                  'CREATE TRIGGER b BEFORE UPDATE ON t FOR EACH ROW SET NEW.v = NEW.v + 50'])
        self.assertTrue(line.endswith(' --force'), line)

    def test_trigger_that_changed_nothing_needs_no_force(self):
        line = self.check('incremental', '--data-only', '--allow', 'triggers',
                          target=['CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET @x = 1'])
        self.assertNotIn('--force', line)

    def test_what_is_dropped_is_said_to_be(self):
        self.make(['CREATE VIEW w AS SELECT 1 AS a'], ['CREATE VIEW x AS SELECT 2 AS a'])
        answer = self.dbsync('incremental', *self.urls(), '--yes', '--max-delete-percent', 100, '--objects', 'all', '--drop-extra-objects')
        self.expect_exit(answer, 0)
        self.assertEqual(re.findall(r'view \S+\.(.*)', answer.out), ['w: applied', 'x: dropped'], str(answer))
        status, said = self.program.paste(self.line_of(answer))
        self.assertEqual((status, self.everything()), (0, self.before), said)
        self.assertEqual(sorted(re.findall(r'view \S+\.(.*?)\r?\n', said[said.index('written:'):])), ['w: dropped', 'x: applied'], said)

    def test_l6_table_without_stored_columns_is_copied_and_restored_as_a_whole(self):
        for place, rows in ((self.source, '(), ()'), (self.target, '(), (), ()')):
            session = self.session(place)
            session.run('CREATE TABLE n (a INT AS (1 + 1) VIRTUAL)')
            session.run(f'INSERT INTO n () VALUES {rows}')
        answer = self.dbsync('full-sync', *self.urls(), '--yes', '--allow', 'no-key')
        self.expect_exit(answer, 0)
        self.assertEqual(self.rows(self.target, 'n'), [('2',)] * 2)
        for wanted in (3, 2):
            answer = self.dbsync('rollback', shlex.split(self.line_of(answer))[2], self.target.url(self.db), '--yes')
            self.expect_exit(answer, 0)
            self.assertEqual(self.rows(self.target, 'n'), [('2',)] * wanted, str(answer))
        self.assertIn(f'written:\n  {self.db}.n: restored as a whole\n', answer.out)

    def test_what_nobody_compared_again_may_have_been_changed_by_a_trigger(self):
        line = self.check('incremental', '--data-only', '--allow', 'triggers', '--verify', 'none',
                          target=['CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET @x = 1'])
        self.assertTrue(line.endswith(' --force'), line)

    def test_item_6_json_says_the_same(self):
        self.make()
        found = self.expect_exit(self.incremental(), 0).json
        self.assertEqual(self.program.paste(found['undo'])[0], 0, found['undo'])
        self.assertEqual(self.everything(), self.before)

    def test_rollback_of_another_database_than_the_one_named_is_refused(self):
        self.make()
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--max-delete-percent', 100), 0)
        after, other = self.everything(), self.new_database(self.target)
        point = next(name for name in self.program.files() if name.endswith('.sql.zst'))
        self.expect_error(self.dbsync('rollback', point, self.target.url(other), '--yes'), 3,
                          f'the backup point is not of database `{other}` but of `{self.db}`, and would be restored there')
        self.assertEqual(self.everything(), after)

    def test_of_two_of_one_second_the_later_is_the_newest(self):
        """Its name may be the smaller one, and prune must not take the later for the older."""
        self.make()
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--max-delete-percent', 100), 0)
        first = next(name for name in self.program.files() if name.endswith('.sql.zst'))
        self.expect_exit(self.dbsync('rollback', first, self.target.url(self.db), '--yes'), 0)
        second = next(name for name in self.program.files() if name.endswith('.sql.zst') and name != first)
        folder = os.path.join(self.program.folder, os.path.dirname(first))
        later, earlier = (os.path.join(folder, name) for name in ('backup_point_20261121_041122.sql.zst', 'backup_point_20261121_041122_2.sql.zst'))
        os.rename(os.path.join(self.program.folder, second), later)
        os.rename(os.path.join(self.program.folder, first), earlier)
        listed = self.expect_exit(self.dbsync('backups', 'list'), 0).out.splitlines()
        self.assertEqual([line.split()[0] for line in listed], [os.path.basename(later), os.path.basename(earlier)])
        self.expect_exit(self.dbsync('backups', 'prune', '--keep', 1), 0)
        self.assertEqual((os.path.exists(later), os.path.exists(earlier)), (True, False))

    def test_item_6_the_newest_of_this_target(self):
        """Not of another database, nor of another server; damaged ones are passed over."""
        self.make()
        other = self.new_database()
        nothing = self.dbsync('rollback', '--last', self.target.url(self.db), '--yes')
        self.expect_error(nothing, 2, 'there is no whole backup point of ', self.db)
        for value in (8, 9):
            states = self.everything()
            self.on_source(f'UPDATE t SET v={value}')
            self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--max-delete-percent', 100), 0)
        for statement in (*ROWS, 'INSERT INTO t VALUES (5, 5)'):
            self.session(self.source, other).run(statement)
        self.expect_exit(self.dbsync('incremental', self.source.url(other), self.target.url(other), '--yes'), 0)
        self.program.file('backups/database/backup_point_20991231_000000.sql.zst', 'torn')
        self.expect_exit(self.dbsync('rollback', '--last', self.target.url(self.db), '--yes'), 0)
        self.assertEqual(self.everything(), states)
