"""What is known of runs does not depend on the folder one stands in."""
import fcntl
import json
import os
import re
import shlex
import signal
import time
from pathlib import Path

import test_crashes
from harness import PASSWORD, Background, Unavailable
from test_crashes import KILLED


class Places(test_crashes.Crash):
    def setUp(self):
        super().setUp()
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO t VALUES (1,1), (2,2)')
        self.on_target('INSERT INTO t VALUES (1,9)')
        self.fixed = self.folder / '.local/state/dbsync/sync-state.json'
        for name in 'ab':
            (self.folder / name).mkdir()

    def within_folder(self, name, *words, fault=None):
        kept = self.folder
        self.folder = kept / name
        try:
            return self.run_program(*words, fault=fault, env={'HOME': str(kept)})
        finally:
            self.folder = kept

    def killed(self, folder, *options, fault='apply.begin:1:kill'):
        answer = self.within_folder(folder, 'incremental', *self.urls(), '--yes', *options, fault=fault)
        self.assertEqual(answer.exit, KILLED, str(answer))

    def status(self, folder):
        return self.within_folder(folder, 'status')

    def seen_and_made_good(self):
        self.killed('a')
        for folder in 'ab':
            seen = self.status(folder)
            self.expect_exit(seen, 6)
            self.assertEqual(seen.out.count('INTERRUPTED'), 1, str(seen))
            self.assertIn(f"dbsync rollback {os.path.realpath(self.folder)}/a/backups/database/", seen.out)
        repeated = self.expect_exit(self.within_folder('b', 'incremental', *self.urls(), '--yes'), 0)
        self.assertRegex(repeated.err, r'run \S+ .*was interrupted while it wrote')
        for folder in 'ab':
            self.assertNotIn('INTERRUPTED', self.expect_exit(self.status(folder), 0).out)

    def paste(self, folder, line):
        """A line of a status or a note, typed in another folder; --yes for the question that has no terminal here."""
        words = shlex.split(line)
        self.assertEqual(words[0], 'dbsync')
        words = [self.target.url() if word.startswith('mysql://') else word for word in words[1:]]
        return self.within_folder(folder, *words, '--yes')

    def line_of(self, text, pattern):
        found = re.findall(pattern, text)
        self.assertEqual(len(found), 1, text)
        return found[0]

    def test_line_of_a_run_that_was_killed_works_in_every_folder(self):
        """It says where the target is, and has whole paths."""
        self.within_folder('a', 'incremental', *self.urls(), '--yes', '--backup-dir', 'points', '--state-dir', 'states', fault='apply.done:1:kill')
        self.assertEqual(len(self.on_target('SELECT * FROM t')), 2)
        said = self.within_folder('a', 'status', '--state-dir', 'states').out
        line = self.line_of(said, r'repeat it, or undo it: (dbsync rollback .*)')
        real = os.path.realpath(self.folder)
        self.assertIn(f'dbsync rollback {real}/a/points/backup_point_', line)
        self.assertIn(f'/{self.db} ', line)
        self.assertNotIn(f':{PASSWORD}@', line)
        self.assertTrue(line.endswith(f'--backup-dir {real}/a/points --state-dir {real}/a/states'), line)
        self.expect_exit(self.paste('b', line), 0)
        self.assertEqual(self.on_target('SELECT * FROM t'), [('1', '9')])
        self.assertNotIn('INTERRUPTED', self.within_folder('a', 'status', '--state-dir', 'states').out)

    # A state that others may write to ---------------------------------------

    def in_states(self, *words, exit_code=0):
        return self.expect_exit(self.within_folder('a', *words, '--state-dir', 'states'), exit_code)

    def writing(self):
        point, = (self.folder / 'a/backups/database').glob('*.zst')
        return [('incremental', *self.urls(), '--yes'), ('full-sync', *self.urls(), '--yes'), ('rollback', str(point), self.target.url(), '--yes')]

    def expect_not_believed(self, why):
        for words in self.writing():
            answer = self.in_states(*words, exit_code=3)
            self.assertRegex(answer.err, f'what `states(/sync-state.json)?` says about past runs is not trusted: {why}')
            self.assertIn('(chmod go-w it, or name another folder with --state-dir)', answer.err)
            self.assertEqual(self.on_target('SELECT * FROM t WHERE v = 9'), [('1', '9')], f'{words[0]} wrote')
        # they only look, and show what they find
        self.assertIn('INTERRUPTED', self.in_states('status', exit_code=6).out)
        self.in_states('dry-run', *self.urls(), exit_code=1)

    def test_state_that_others_may_write_to_stops_commands_that_write(self):
        self.killed('a', '--state-dir', 'states')
        states = self.folder / 'a/states'
        for path in (states, states / 'sync-state.json'):
            usual = path.stat().st_mode & 0o777
            for mode in (usual | 0o002, usual | 0o020):
                with self.subTest(path=path.name, mode=oct(mode)):
                    path.chmod(mode)
                    self.expect_not_believed('others may write to it')
            path.chmod(usual)
        # as /tmp: nobody else can put anything in the place of ours
        states.chmod(0o1777)
        self.in_states('incremental', *self.urls(), '--yes')

    def test_state_of_another_user_stops_commands_that_write(self):
        if os.geteuid():
            raise Unavailable('only root can give a folder away')
        self.killed('a', '--state-dir', 'states')
        for path in (self.folder / 'a/states', self.folder / 'a/states/sync-state.json'):
            os.chown(path, 65534, 65534)
            self.expect_not_believed('it belongs to another user, who may write to it')
            os.chown(path, 0, 0)

    def test_state_of_another_folder_that_others_may_write_to_is_passed_over(self):
        """Nobody makes a run of this folder wait for one that he made up in that."""
        (self.folder / 'a/.env').touch(0o600)
        self.killed('a')
        self.assertIn('INTERRUPTED', self.status('b').out)
        (self.folder / 'a/sync').chmod(0o777)
        answer = self.expect_exit(self.within_folder('b', 'incremental', *self.urls(), '--yes'), 0)
        self.assertNotIn('was interrupted', answer.err)

    def test_lines_of_a_rollback_that_was_killed_work_in_every_folder(self):
        """One repeats it, the other undoes it; the file was named by its name alone."""
        self.on_target('CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW SET @x = 1')
        self.expect_exit(self.within_folder('a', 'incremental', *self.urls(), '--yes', '--allow', 'triggers'), 0)
        point, = (self.folder / 'a/backups/database').glob('*.zst')
        answer = self.within_folder('a', 'rollback', point.name, self.target.url(), '--yes', fault='apply.done:1:kill')
        self.assertEqual(answer.exit, KILLED, str(answer))
        said = self.status('b').out
        repeat = self.line_of(said, r'repeat it \((dbsync rollback .*)\), or undo it: ')
        undo = self.line_of(said, r'or undo it: (dbsync rollback .*)')
        self.assertIn(f'dbsync rollback {os.path.realpath(point)} ', repeat)
        for command in (('incremental', '--yes'), ('dry-run',)):
            refused = self.within_folder('b', *command, *self.urls())
            self.expect_exit(refused, 3)
            self.assertIn(f'repeat it first, with `{repeat}`', refused.err)
        self.expect_exit(self.paste('b', repeat), 0)
        self.assertEqual(self.on_target('SELECT * FROM t'), [('1', '9')])
        self.assertEqual(len(self.on_target('SHOW TRIGGERS')), 1)
        self.expect_exit(self.paste('b', undo), 0)
        self.assertEqual(len(self.on_target('SELECT * FROM t')), 2)

    def test_backup_points_that_an_interrupted_run_needs_are_not_pruned(self):
        """The run's, while it is interrupted; the rollback's and what it goes by, while triggers are away."""
        prune = ('backups', 'prune', '--older-than', '1s')
        self.on_target('CREATE TRIGGER w BEFORE INSERT ON t FOR EACH ROW SET @x = 1')
        self.killed('a', '--allow', 'triggers', fault='apply.done:1:kill')
        first, = (self.folder / 'a/backups/database').glob('*.zst')
        time.sleep(2.1)
        self.assertIn(f'kept backups/database/{first.name}: ', self.expect_exit(self.within_folder('a', *prune), 0).out)
        killed = self.within_folder('a', 'rollback', first.name, self.target.url(), '--yes', fault='apply.done:1:kill')
        self.assertEqual(killed.exit, KILLED, str(killed))
        self.expect_exit(self.within_folder('a', 'rollback', first.name, self.target.url(), '--yes'), 0)
        self.assertNotIn('INTERRUPTED', self.expect_exit(self.status('a'), 0).out)
        time.sleep(2.1)
        said = self.expect_exit(self.within_folder('a', *prune), 0).out
        self.assertNotIn('kept', said)
        self.assertEqual(list((self.folder / 'a/backups/database').glob('*.zst')), [])

    def test_7_run_that_was_killed_is_known_and_made_good_from_another_folder(self):
        self.seen_and_made_good()
        self.assertTrue(self.fixed.exists())
        self.assertFalse((self.folder / 'a/sync').exists())

    def test_7_folder_of_the_scripts_users_has_its_own_and_others_know_it(self):
        (self.folder / 'a/.env').write_text('OTHER=1\n')
        (self.folder / 'a/.env').chmod(0o600)
        self.seen_and_made_good()
        runs = json.loads((self.folder / 'a/sync/sync-state.json').read_text())['runs']
        self.assertEqual([run['outcome'] for run in runs], ['interrupted'])

    def test_7_folder_is_not_locked_while_the_one_place_is_waited_for(self):
        """Who stands in the one place takes the two locks the other way round."""
        (self.folder / 'a/.env').write_text('OTHER=1\n')
        (self.folder / 'a/.env').chmod(0o600)
        self.fixed.parent.mkdir(parents=True)
        own, seen = self.folder / 'a/sync', []

        def look(ending):
            while not (own / 'sync-state.json').exists() and not ending.is_set():
                time.sleep(0.01)
            time.sleep(0.2)
            with open(own / 'sync-state.lock', 'r+', encoding='utf-8') as lock:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                seen.append((own / 'sync-state.json').read_text())

        with open(self.fixed.parent / 'sync-state.lock', 'w', encoding='utf-8') as held:
            fcntl.lockf(held, fcntl.LOCK_EX)
            looker = Background(look)
            answer = self.within_folder('a', 'incremental', *self.urls(), '--yes')
            looker.stop()
        self.expect_exit(answer, 0)
        self.assertEqual([run['ended'] for run in json.loads(seen[0])['runs']], [None])

    def test_7_backup_points_are_found_from_anywhere(self):
        self.expect_exit(self.within_folder('a', 'incremental', *self.urls(), '--yes'), 0)
        listed = self.expect_exit(self.within_folder('b', 'backups', 'list'), 0).out
        self.assertRegex(listed, rf"^{os.path.realpath(self.folder)}/a/backups/database/backup_point_\S+\.sql\.zst ")
        self.assertEqual(len(listed.splitlines()), 1, listed)
        self.assertRegex(self.expect_exit(self.within_folder('a', 'backups', 'list'), 0).out, r'^backup_point_\S+\.sql\.zst ')
        self.assertIn('no backup points', self.expect_exit(self.within_folder('b', 'backups', 'list', '--backup-dir', 'here'), 0).out)
        self.expect_exit(self.within_folder('b', 'rollback', '--last', self.target.url(self.db), '--yes', '--backup-dir', 'here'), 2)
        self.expect_exit(self.within_folder('b', 'rollback', '--last', self.target.url(self.db), '--yes'), 0)
        self.assertEqual(self.on_target('SELECT * FROM t'), [('1', '9')])
        # the rollback's own is in b, and the newest of both
        self.assertEqual(len(self.within_folder('a', 'backups', 'list').out.splitlines()), 2)
        self.expect_exit(self.within_folder('a', 'rollback', '--last', self.target.url(self.db), '--yes'), 0)
        self.assertEqual(self.on_target('SELECT * FROM t'), [('1', '1'), ('2', '2')])

    def test_7_rollback_elsewhere_makes_it_good_too(self):
        (self.folder / 'a/scripts').mkdir()
        (self.folder / 'a/scripts/sync-config.json').write_text('{}')
        self.killed('a')
        file, = Path(self.folder, 'a/backups/database').glob('*.zst')
        self.expect_exit(self.within_folder('b', 'rollback', file, self.target.url(), '--yes'), 0)
        self.assertNotIn('INTERRUPTED', self.status('a').out)

    def test_7_old_state_is_taken_over(self):
        answer = self.within_folder('a', 'incremental', *self.urls(), '--yes', '--state-dir', 'sync', fault='apply.begin:1:kill')
        self.assertEqual(answer.exit, KILLED, str(answer))
        self.assertIn('INTERRUPTED', self.status('a').out)
        self.assertFalse((self.folder / 'a/sync/sync-state.json').exists())
        self.assertTrue((self.folder / 'a/sync/sync-state.json.taken-over').exists())
        self.assertIn('INTERRUPTED', self.status('b').out)
        self.expect_exit(self.within_folder('b', 'incremental', *self.urls(), '--yes'), 0)
        self.assertNotIn('INTERRUPTED', self.expect_exit(self.status('a'), 0).out)

    def test_7_state_of_a_run_that_goes_on_is_not_taken(self):
        """Its lock is in the old folder: an older version, or --state-dir sync."""
        holder = self.target.session(self.db)
        self.addCleanup(holder.close)
        holder.run('BEGIN')
        holder.run('SELECT * FROM t FOR UPDATE')
        kept = self.folder
        self.folder = kept / 'a'
        running = self.begin('incremental', *self.urls(), '--yes', '--state-dir', 'sync', env={'HOME': str(kept)})
        self.folder = kept
        test_crashes.until(30, lambda: (kept / 'a/sync/sync-state.json').exists() or running.process.poll() is not None, 'it writes')
        self.status('a')
        self.assertTrue((kept / 'a/sync/sync-state.json').exists())
        holder.run('ROLLBACK')
        self.expect_exit(self.end(running), 0)

    def test_7_places_in_their_order(self):
        for env, place in (({'XDG_STATE_HOME': '/x'}, 'x/dbsync'), ({'STATE_DIRECTORY': '/s:/s/job'}, 's'), ({}, '.local/state/dbsync')):
            env = {name: str(self.folder) + value.replace(':/', f':{self.folder}/') for name, value in env.items()}
            self.expect_exit(self.run_program('incremental', *self.urls(), '--yes', env=env), 0)
            self.assertTrue((self.folder / place / 'sync-state.json').exists(), place)
            self.on_target('DELETE FROM t')
