"""C10: a rollback brings rows back as they were, whatever triggers the target has.

A trigger would change the rows that are brought back (or write elsewhere), so
those of the tables that are written to are away meanwhile; the backup point of
the rollback has them, and whatever happens they come back.
"""
import json
import os
import signal
import time
from pathlib import Path

from harness import Running, faults_path, once
from test_reshaping_copies import Reshaping

FULL = ('--objects', 'all', '--allow', 'triggers', '--max-delete-percent', 100)
KILLED = -signal.SIGKILL


class TriggersAway(Reshaping):
    """What the target has and how it is undone, where triggers go for a while."""

    def triggers(self):
        """Names, texts and the settings that are kept with them."""
        return sorted(self.session(self.target).run(
            'SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT, '
            'SQL_MODE, DEFINER, CHARACTER_SET_CLIENT, COLLATION_CONNECTION, DATABASE_COLLATION '
            'FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()'))

    def all(self):
        return self.state(self.target), self.triggers()

    def expect_before(self, story):
        self.assertEqual(self.all(), self.before, str(story))

    def rollback(self, file, *options, **how):
        path = how.pop('target', None) or self.target.url()
        return self.start_rollback(file, path, *options, **how).wait(90)

    def start_rollback(self, file, target, *options, env=None, faults=False, yes=True):
        words = ['rollback', file, target, *(('--yes',) if yes else ()), *map(str, options)]
        if not faults:
            return self.program.start(*words, env=env)
        # one that is killed tells a sanitizer nothing
        is_killed = (env or {}).get('DBSYNC_FAULT', '').endswith(':kill')
        return Running([faults_path(not is_killed), *words], self.program.environment(env), self.program.folder)

    def away(self):
        """Runs of which the state says that triggers are away."""
        paths = Path(self.program.folder).rglob('sync-state.json')
        return [run['run'] for path in paths for run in json.loads(path.read_text())['runs'] if run.get('triggers_away')]

    def user(self, *grants):
        name = f'trg_{os.getpid()}_{self.db[-6:]}'
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'x'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        for grant in grants:
            self.target.sql(f"GRANT {grant} TO '{name}'@'%'")
        return self.target.url(user=name, password='x')


class UndoTriggers(TriggersAway):
    def create(self):
        self.on_both('CREATE TABLE c (id INT PRIMARY KEY, v INT, d DATETIME)', 'CREATE TABLE p (id INT PRIMARY KEY, v INT)',
                     'INSERT INTO p VALUES (1, 1)', 'CREATE TRIGGER ct BEFORE INSERT ON c FOR EACH ROW SET NEW.d = NOW()')
        self.on_source('INSERT INTO c VALUES (1, 1, NULL), (2, 2, NULL)', 'INSERT INTO p VALUES (2, 2)')
        self.on_source("UPDATE c SET d = '2010-10-10'")
        self.on_target('INSERT INTO c VALUES (1, 1, NULL), (3, 3, NULL)', 'INSERT INTO p VALUES (3, 3)',
                       "UPDATE c SET d = '2001-01-01'")
        self.before = self.all()

    def sync(self, *options, command='full-sync', exit_code=0):
        answer = self.start_write(*FULL, *options, command=command).wait(60)
        return self.expect_exit(answer, exit_code)

    def stumble(self, file, fault):
        return self.rollback(file, env={'DBSYNC_FAULT': fault}, faults=True)

    def written(self):
        """The backup point of a run that has changed all."""
        self.sync()
        self.synced = self.all()
        return self.backups()[0]

    def written_before(self):
        """That of a run of rows, which knows nothing of the triggers: they are newer."""
        self.create()
        self.on_both('DROP TRIGGER ct')
        self.expect_exit(self.incremental('--max-delete-percent', 100), 0)
        for when, name in (('BEFORE INSERT', 'z1'), ('BEFORE INSERT', 'a2'), ('BEFORE UPDATE', 'm3'), ('BEFORE INSERT', 'm4')):
            self.on_target(f'CREATE TRIGGER {name} {when} ON c FOR EACH ROW SET NEW.v = NEW.v + 1')
        self.before = (self.before[0], self.triggers())
        self.synced = self.all()
        return self.backups()[0]

    # The promise -------------------------------------------------------------

    def test_c10_full_sync(self):
        self.create()
        file = self.written()
        answer = self.expect_exit(self.rollback(file), 0)
        self.expect_before(answer)
        second, = set(self.backups()) - {file}
        self.expect_exit(self.rollback(second), 0)
        self.assertEqual(self.all(), self.synced)

    def test_c10_incremental_of_rows_alone(self):
        """Triggers of one moment keep their order, too."""
        file = self.written_before()
        answer = self.expect_exit(self.rollback(file), 0)
        self.expect_before(answer)
        self.expect_exit(self.rollback(self.backups()[-1]), 0)
        self.assertEqual(self.all(), self.synced)

    def test_c10_incremental_that_drops_a_column(self):
        self.create()
        self.on_target("ALTER TABLE p ADD COLUMN extra INT DEFAULT 7", "ALTER TABLE c ADD COLUMN extra INT DEFAULT 7")
        self.before = self.all()
        self.sync('--allow-unsafe', 'all', command='incremental', exit_code=6)     # the trigger has its way
        answer = self.expect_exit(self.rollback(self.backups()[0]), 0)
        self.expect_before(answer)

    def test_c10_triggers_of_every_moment_do_not_fire(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'CREATE TABLE seen (what VARCHAR(20), n INT AUTO_INCREMENT PRIMARY KEY)')
        self.on_source('INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('INSERT INTO t VALUES (1, -1), (3, 3)')
        for when in ('BEFORE', 'AFTER'):
            for event in ('INSERT', 'UPDATE', 'DELETE'):
                self.on_target(f"CREATE TRIGGER {when}_{event} {when} {event} ON t FOR EACH ROW INSERT INTO seen (what) VALUES ('{when} {event}')")
        self.before = self.all()
        self.expect_exit(self.incremental('--allow', 'triggers', '--max-delete-percent', 100, '--tables', 't'), 0)
        self.on_target('DELETE FROM seen', 'ALTER TABLE seen AUTO_INCREMENT = 1')
        answer = self.expect_exit(self.rollback(self.backups()[0]), 0)
        self.expect_before(answer)

    # What may go wrong meanwhile ----------------------------------------------

    @once
    def test_c10_killed_anywhere_the_same_rollback_brings_them_back(self):
        self.create()
        file = self.written()
        # one that was killed behind disarming has left no triggers that the next one could disarm
        for point, exit_again in (('backup.done:1', KILLED), ('disarm.dropped:1', 0), ('disarm.done:1', 0), ('apply.done:1', KILLED),
                                  ('restore.rows:1', KILLED), ('remake.step:1', KILLED), ('remake.step:3', KILLED)):
            with self.subTest(point=point):
                before = set(self.backups())
                answer = self.stumble(file, f'{point}:kill')
                self.expect_exit(answer, KILLED)
                again = self.expect_exit(self.stumble(file, f'{point}:kill'), exit_again)
                last = self.expect_exit(self.rollback(file), 0)
                self.expect_before(f'{answer}\n{again}\n{last}')
                self.expect_exit(self.rollback(self.backups()[-1]), 0)
                for path in reversed([path for path in self.backups() if path not in before]):
                    self.expect_exit(self.rollback(path), 0)
                self.assertEqual(self.all(), self.synced, 'undone again')

    @once
    def test_c10_triggers_that_the_run_knew_nothing_of_come_back_too(self):
        """The backup point of the run does not have them: that of the killed rollback does."""
        file = self.written_before()
        for times in (1, 2):
            with self.subTest(times=times):
                for _ in range(times):
                    self.expect_exit(self.stumble(file, 'disarm.done:1:kill'), KILLED)
                    self.assertEqual(self.triggers(), [])
                    for command in ('incremental', 'full-sync'):
                        self.expect_error(self.start_write('--allow', 'triggers', command=command).wait(60), 3, f'dbsync rollback {file}', 'triggers')
                answer = self.expect_exit(self.rollback(file), 0)
                self.expect_before(answer)
                self.expect_exit(self.rollback(self.backups()[-1]), 0)
                self.assertEqual(self.all(), self.synced)

    @once
    def test_c10_killed_rollback_is_undone_by_its_own_backup_point(self):
        file = self.written_before()
        self.on_target('DROP TRIGGER a2', 'DROP TRIGGER m4')
        self.synced = self.all()
        self.expect_exit(self.stumble(file, 'disarm.done:1:kill'), KILLED)
        second, = set(self.backups()) - {file}
        self.expect_exit(self.rollback(second), 0)
        self.assertEqual(self.all(), self.synced)

    @once
    def test_c10_rollback_that_fails_brings_them_back_at_once(self):
        self.create()
        file = self.written()
        for fault in ('1+:1064:INSERT INTO `', '1+:2013:INSERT INTO `', '1:1064:DROP TRIGGER'):
            with self.subTest(fault=fault):
                answer = self.rollback(file, '--retries', 1, env={'DBSYNC_FAULT_SQL': fault}, faults=True)
                self.expect_exit(answer, 4)
                self.assertEqual([row[0] for row in self.triggers()], ['ct'], str(answer))

    @once
    def test_c10_rollback_that_is_stopped_brings_them_back_at_once(self):
        file = self.written_before()
        with self.target.session(self.db) as holder:
            holder.run('LOCK TABLES p READ')
            running = self.start_rollback(file, self.target.url())
            deadline = time.monotonic() + 30
            while self.triggers() and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(self.triggers(), [])
            running.signal(signal.SIGINT)
            answer = self.expect_exit(running.wait(60), 7)
        self.assertEqual(self.triggers(), self.synced[1], str(answer))
        self.expect_before(self.expect_exit(self.rollback(file), 0))

    @once
    def test_c10_trigger_that_could_not_be_brought_back_is_brought_back_by_the_same_rollback(self):
        file = self.written_before()
        answer = self.expect_exit(self.rollback(file, env={'DBSYNC_FAULT_SQL': '1+:1419:BEFORE UPDATE'}, faults=True), 3)
        self.assertEqual(self.all(), self.synced, str(answer))
        answer = self.expect_exit(self.rollback(file, env={'DBSYNC_FAULT_SQL': '2+:1419:BEFORE UPDATE'}, faults=True), 6)
        self.assertIn('m3', answer.out)
        self.assertEqual(len(self.triggers()), 3, str(answer))
        answer = self.expect_exit(self.rollback(file), 0)
        self.expect_before(answer)

    # What is known of them later -----------------------------------------------

    def within(self, name, function, *arguments, **how):
        """As if started in a folder that has a state of its own."""
        kept = self.program.folder
        folder = Path(kept, name)
        (folder / 'scripts').mkdir(parents=True, exist_ok=True)
        (folder / 'scripts/sync-config.json').write_text('{}')
        environment = self.program.environment
        self.program.folder = str(folder)
        self.program.environment = lambda extra: {**environment(extra), 'HOME': kept}
        try:
            return function(*arguments, **how)
        finally:
            self.program.folder = kept
            self.program.environment = environment

    def partly(self, file):
        """m3 does not come back."""
        answer = self.rollback(file, env={'DBSYNC_FAULT_SQL': '2+:1419:BEFORE UPDATE'}, faults=True)
        self.expect_exit(answer, 6)
        self.assertEqual(len(self.triggers()), 3, str(answer))

    @once
    def test_c10_later_killed_rollback_repeated_from_another_folder_brings_them_back(self):
        file = self.written_before()
        self.expect_exit(self.within('a', self.stumble, file, 'disarm.done:1:kill'), KILLED)
        self.assertEqual(self.triggers(), [])
        self.expect_error(self.within('b', self.start_write).wait(60), 3, 'triggers', f'dbsync rollback {file}')
        answer = self.expect_exit(self.within('b', self.rollback, file), 0)
        self.expect_before(answer)
        self.assertEqual(self.away(), [])

    @once
    def test_c10_later_rollback_without_triggers_away_whose_backup_point_is_pruned_blocks_nothing(self):
        file = self.written_before()
        self.on_target('INSERT INTO p VALUES (77, 77)', 'UPDATE p SET v = 5 WHERE id = 2')
        fault = {'DBSYNC_FAULT_SQL': '1+:1064:INSERT INTO `'}
        self.expect_exit(self.rollback(file, '--force', '--retries', 1, env=fault, faults=True), 6)
        self.assertEqual((self.triggers(), self.away()), (self.synced[1], []))
        for path in set(self.backups()) - {file}:
            os.unlink(path)
        self.expect_exit(self.rollback(file, '--force'), 0)

    @once
    def test_c10_later_backup_point_with_triggers_that_are_away_is_gone(self):
        """The loss is named, once, and blocks no rollback."""
        file = self.written_before()
        self.partly(file)
        self.assertEqual(len(self.away()), 1)
        second, = set(self.backups()) - {file}
        os.rename(second, second + '.kept')
        self.expect_error(self.start_write(command='incremental').wait(60), 3, second, 'triggers')
        answer = self.expect_exit(self.rollback(file), 0)
        self.assertIn(second, answer.err)
        self.assertEqual((self.away(), len(self.triggers())), ([], 3))
        self.assertNotIn(second, self.expect_exit(self.rollback(file), 0).err)

    @once
    def test_c10_later_trigger_that_came_back_and_was_dropped_on_purpose_stays_dropped(self):
        file = self.written_before()
        fault = {'DBSYNC_FAULT_SQL': '1+:1064:INSERT INTO `'}
        self.expect_exit(self.rollback(file, '--retries', 1, env=fault, faults=True), 6)
        self.assertEqual(self.triggers(), self.synced[1])
        self.on_target('DROP TRIGGER m4')
        self.expect_exit(self.rollback(file), 0)
        self.assertEqual([row[0] for row in self.triggers()], ['a2', 'm3', 'z1'])

    @once
    def test_c10_later_after_a_failed_rollback_that_left_them_away_runs_ask_for_it(self):
        file = self.written_before()
        self.partly(file)
        for command in ('incremental', 'full-sync'):
            self.expect_error(self.start_write('--allow', 'triggers', command=command).wait(60), 3, 'a rollback did not restore triggers of the target (`m3`)', f'dbsync rollback {file}')
        self.on_target('CREATE TRIGGER m3 BEFORE UPDATE ON c FOR EACH ROW SET NEW.v = NEW.v + 1')
        self.expect_exit(self.incremental('--max-delete-percent', 100, '--allow', 'triggers'), 6)    # they have their way
        self.assertEqual(self.away(), [])

    def test_c10_later_user_who_sees_no_triggers_does_not_pass_for_one_who_sees_them_all(self):
        if not self.target.name.startswith('mysql'):
            self.skipTest('MariaDB shows triggers to all')
        file = self.written_before()
        self.partly(file)
        user = self.user(f'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, REFERENCES ON `{self.db}`.*', 'PROCESS ON *.*')
        answer = self.start_write('--allow', 'triggers,replica', target=user).wait(60)
        self.expect_error(answer, 3, 'who lacks TRIGGER', f'dbsync rollback {file}')

    def test_c10_trigger_that_this_user_may_not_make_stays_and_stops_the_rollback(self):
        self.create()
        file = self.written()
        user = self.user(f'ALL ON `{self.db}`.*', 'PROCESS ON *.*')
        synced = self.all()
        answer = self.expect_exit(self.rollback(file, '--allow', 'replica', target=user), 3)
        self.assertIn('`ct`', answer.err)
        self.assertIn('may not', answer.err)
        self.assertEqual(self.all(), synced)

    @once
    def test_c10_without_a_backup_point_triggers_are_not_taken_away(self):
        self.create()
        file = self.written()
        answer = self.expect_exit(self.rollback(file, '--no-backup'), 3)
        self.assertIn('--no-backup', answer.err)
        self.assertEqual(self.all(), self.synced)
