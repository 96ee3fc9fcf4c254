"""The scripts that cron runs, in an environment as empty as cron's."""
import fcntl
import json
import os
import shutil
import subprocess
import time

import harness
import test_config
from test_config import MISSION, ROOT

SCHEDULER = ROOT / 'scripts/db-backup-scheduler.sh'
DROP_IN = ROOT / 'scripts/incremental-db-sync.sh'


class Scripts(test_config.ConfigTest):
    def script(self, path, *words, env=None, exits=0):
        """As cron does it: nothing but HOME, a short PATH, and no terminal; the key is where an installation says."""
        env = {'HOME': '/nonexistent', 'PATH': '/usr/bin:/bin', 'DBSYNC': harness.program_path(), 'DBSYNC_KEY_FILE': harness.key_file(),
               **(env or {})}
        done = subprocess.run([str(path), *map(str, words)], env=env, cwd=self.program.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, exits, f'{path.name} {words}\n{done.stdout}\n{done.stderr}')
        return done

    def folder(self, *names):
        return os.path.join(self.program.folder, *names)

    def read(self, name):
        with open(self.folder(name), encoding='utf-8') as text:
            return text.read()

    def backups(self):
        return self.program.backups()

    def setUp(self):
        super().setUp()
        self.drifted()
        self.env_file()
        self.write(MISSION)


class Nights(Scripts):
    def test_a_nightly_run_from_end_to_end(self):
        done = self.script(SCHEDULER, 'daily', '--full-sync')
        self.assertEqual((done.stdout, done.stderr), ('', ''), 'cron writes no mail')
        self.same_rows('orders', count=2)
        self.assertEqual(len(self.backups()), 1)
        self.script(SCHEDULER, 'verify')
        self.on_target('UPDATE orders SET v = 9 WHERE id = 2', 'INSERT INTO orders VALUES (3, 3)')
        done = self.script(SCHEDULER, 'verify', exits=1)
        self.assertIn('dbsync verify ended with 1', done.stderr)
        self.assertIn('verdict: different', done.stderr)
        done = self.script(SCHEDULER, 'daily')
        self.assertEqual((done.stdout, done.stderr), ('', ''))
        self.same_rows('orders', count=2)
        newest = self.backups()[-1]
        self.assertEqual(len(self.backups()), 2)
        self.assertIn('written', self.read('logs/db-backup.log'))
        self.script(DROP_IN, 'rollback', newest)
        self.assertEqual(self.on_target('SELECT * FROM orders ORDER BY id'), [('1', '1'), ('2', '9'), ('3', '3')])
        self.assertTrue(os.path.exists(self.folder('sync/sync-state.json')))
        self.assertNotIn(harness.PASSWORD + '@', self.read('logs/db-backup.log'))

    def test_12_log_of_the_runs_is_written_without_a_section_logging(self):
        self.script(SCHEDULER, 'daily', '--full-sync')
        for word in ('event=begin', 'event=end', 'full-sync'):
            self.assertIn(word, self.read('logs/incremental-sync.log'))
        self.write({**json.loads(MISSION), 'logging': {'file': 'elsewhere.log'}})
        self.script(SCHEDULER, 'daily')
        self.script(DROP_IN, 'verify')
        self.assertEqual(self.read('elsewhere.log').count('event=end'), self.read('elsewhere.log').count('event=begin'))
        self.assertNotIn('verify', self.read('logs/incremental-sync.log'))

    def test_weekly_compares_again_and_reads_all_backup_points(self):
        self.script(SCHEDULER, 'daily')
        self.on_target('UPDATE orders SET v = 9')
        self.script(SCHEDULER, 'weekly')
        self.assertIn('begin: dbsync backups', self.read('logs/db-backup.log'))
        with open(self.folder(self.backups()[0]), 'r+b') as damaged:
            damaged.seek(-30, os.SEEK_END)
            damaged.write(b'\0\0\0')
        done = self.script(SCHEDULER, 'weekly', exits=5)
        self.assertIn('dbsync backups ended with 5', done.stderr)

    def test_old_backup_points_go_when_there_is_a_good_new_one(self):
        keep = {'DBSYNC_KEEP': '1', 'DBSYNC_OLDER_THAN': ''}
        self.script(SCHEDULER, 'daily', env=keep)
        first = self.backups()
        time.sleep(1.1)     # their names are of seconds
        self.on_target('UPDATE orders SET v = 9')
        self.script(SCHEDULER, 'daily', '--', '--max-changes', 1, env=keep, exits=3)
        self.assertEqual(self.backups(), first, 'a run that failed lets nothing go')
        self.script(SCHEDULER, 'daily', env=keep)
        self.assertEqual(len(self.backups()), 1)
        self.assertNotEqual(self.backups(), first)

    def test_exit_status_is_passed_on_and_one_runs_at_a_time(self):
        self.write('{"nothing": 1}')
        self.script(SCHEDULER, 'daily', exits=2)
        self.write(MISSION)
        for words in ((), ('hourly',), ('daily', '--fast'), ('verify', '--full-sync')):
            self.script(SCHEDULER, *words, exits=2)
        os.makedirs(self.folder('sync'), exist_ok=True)
        with open(self.folder('sync/db-backup-scheduler.lock'), 'w', encoding='utf-8') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.assertIn('another one is running', self.script(SCHEDULER, 'daily', exits=3).stderr)

    def test_mode_of_the_configuration_may_write_nothing(self):
        self.write({'sync_settings': {'default_mode': 'verify'}})
        self.script(SCHEDULER, 'daily', exits=1)
        self.assertEqual(self.on_target('SELECT v FROM orders'), [('0',)])


class DropIn(Scripts):
    def test_commands_of_the_script_that_it_replaces(self):
        self.script(DROP_IN, 'dry-run', exits=1)
        self.script(DROP_IN)
        self.same_rows('orders', count=2)
        self.script(DROP_IN, 'verify')
        self.assertIn('backup_point_', self.script(DROP_IN, 'list').stdout)
        self.on_target('DELETE FROM orders')
        self.script(DROP_IN, 'full-sync', '--tables', 'orders')
        self.script(DROP_IN, 'rollback', self.backups()[-1])
        self.assertEqual(self.on_target('SELECT * FROM orders'), [])
        for word in ('event=end', 'incremental', 'full-sync', 'rollback'):
            self.assertIn(word, self.read('logs/incremental-sync.log'))
        self.assertIn('full-sync', self.script(DROP_IN, '--help').stdout)
        self.script(DROP_IN, 'incremantal', exits=2)

    def test_program_is_found(self):
        tree = self.folder('tree')
        shutil.copytree(ROOT / 'scripts/lib', os.path.join(tree, 'scripts/lib'))
        copy = shutil.copy(DROP_IN, os.path.join(tree, 'scripts'))
        path = type(DROP_IN)(copy)
        self.assertIn('there is no dbsync', self.script(path, 'verify', env={'DBSYNC': ''}, exits=2).stderr)
        os.makedirs(os.path.join(tree, 'build/release'))
        os.symlink(harness.program_path(), os.path.join(tree, 'build/release/dbsync'))
        self.script(path, 'verify', env={'DBSYNC': ''}, exits=1)
        os.makedirs(self.folder('bin'))
        os.symlink(harness.program_path(), self.folder('bin/dbsync'))
        self.script(DROP_IN, 'verify', env={'DBSYNC': '', 'PATH': self.folder('bin') + ':/usr/bin:/bin'}, exits=1)
        self.script(DROP_IN, 'verify', env={'DBSYNC': '/nowhere/dbsync'}, exits=2)
