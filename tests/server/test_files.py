"""Files that others may have put there: links, pipes, devices, bombs, configurations of somebody else."""
import json
import os
import pwd
import shutil
import signal
import subprocess
import threading
import unittest
from pathlib import Path

import harness
import test_writing
from test_errors import HERE, THERE, ErrorsTest

NOBODY = pwd.getpwnam('nobody').pw_uid
COMMANDS = '{"options": {"on_failure": "touch ran"}, "jobs": {"a": {"source": {"password_command": "touch ran; echo x"}}}}'


class FilesTest(ErrorsTest):
    def setUp(self):
        self.program = harness.Program()
        self.addCleanup(self.program.close)
        self.folder = Path(self.program.folder)

    def put(self, name, text='', mode=0o600):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(mode)
        return path

    def told(self, exits, phrase, *words, env=None):
        answer = self.program.run(*words, env=env)
        self.expect_told(answer, exits, phrase)
        return answer


class FoundByItself(FilesTest):
    """Whoever may write a file that nobody named chooses commands and servers."""

    def expect_nothing_ran(self):
        self.assertFalse((self.folder / 'ran').exists())

    def test_4_configuration_that_others_may_write_runs_nothing(self):
        config = self.put('scripts/sync-config.json', COMMANDS, 0o666)
        commands = 'none of its commands is run: options.on_failure, jobs.a.source.password_command'
        for words in (('verify', HERE, THERE), ('verify', 'a'), ('config', 'show', 'verify'), ('run',), ('config', 'check')):
            answer = self.told(3, '`scripts/sync-config.json`: others may write to it: chmod go-w it, or chown it; ', *words)
            self.assertIn(commands, answer.err)
            self.expect_nothing_ran()
        config.chmod(0o644)
        self.assertEqual(self.program.run('config', 'check').exit, 0)
        self.assertEqual(self.program.run('verify', HERE, THERE).exit, 4)
        self.assertTrue((self.folder / 'ran').exists(), 'the command is one that would be run')

    @unittest.skipIf(os.geteuid(), 'only root can give a file away')
    def test_4_configuration_of_another_user_runs_nothing(self):
        config = self.put('scripts/sync-config.json', COMMANDS, 0o644)
        os.chown(config, NOBODY, -1)
        self.told(3, 'it belongs to another user, who may write to it', 'verify', HERE, THERE)
        os.chown(config, 0, -1)
        os.chown(config.parent, NOBODY, -1)
        self.told(3, f'of the folder `{config.parent.resolve()}`: it belongs to another user', 'verify', HERE, THERE)
        self.expect_nothing_ran()

    def test_4_folders_that_others_may_write_to(self):
        """They may put another file of the same user there, or a link to one."""
        config = self.put('scripts/sync-config.json', COMMANDS)
        for folder in (config.parent, self.folder):
            folder.chmod(0o770)
            self.told(3, f'`scripts/sync-config.json` was found in the current folder, and of the folder `{folder.resolve()}`: others may write to it; '
                      'chmod go-w it, or name the file with --config', 'verify', HERE, THERE)
            self.expect_nothing_ran()
            self.assertEqual(self.program.run('config', 'check', '--config', 'scripts/sync-config.json').exit, 0)
            self.assertEqual(self.program.run('config', 'check', env={'DBSYNC_CONFIG': 'scripts/sync-config.json'}).exit, 0)
            folder.chmod(0o700)
        self.assertEqual(self.program.run('config', 'check').exit, 0)

    def test_4_link_in_such_a_folder(self):
        self.put('mine/other.json', COMMANDS)
        (self.folder / 'scripts').mkdir()
        os.symlink('../mine/other.json', self.folder / 'scripts/sync-config.json')
        self.assertEqual(self.program.run('config', 'check').exit, 0)
        for name in ('scripts', 'mine'):
            (self.folder / name).chmod(0o777)
            self.told(3, f'of the folder `{(self.folder / name).resolve()}`', 'verify', HERE, THERE)
            (self.folder / name).chmod(0o700)
        self.expect_nothing_ran()

    def test_4_environment_file(self):
        self.put('.env', 'DB_HOST=127.0.0.1\nDB_PORT=1\nBACKUP_DB_HOST=127.0.0.1\nBACKUP_DB_PORT=1\n')
        self.folder.chmod(0o777)
        self.told(3, '`.env` was found in the current folder, and of the folder', 'verify')
        self.assertEqual(self.program.run('verify', '--env-file', '.env').exit, 4)
        self.assertEqual(self.program.run('verify', HERE, THERE).exit, 4, 'it is not asked')
        self.folder.chmod(0o700)
        self.assertEqual(self.program.run('verify').exit, 4)

    def shown_files(self, *words, env=None):
        answer = self.program.run('config', 'show', 'verify', *words, env=env)
        self.assertEqual(answer.exit, 0, str(answer))
        return [tuple(line.split(None, 2)[1:]) for line in answer.out.splitlines() if line.startswith('  file ')]

    def test_4_config_show_names_the_files_that_were_used(self):
        self.assertEqual(self.shown_files(), [])
        self.put('s.cnf', '[client]\nhost=h\n')
        self.put('scripts/sync-config.json', '{"source": {"defaults_file": "s.cnf"}}')
        self.put('other.json', '{"jobs": {"a": {"target": {"defaults_file": "s.cnf"}}}}')
        self.put('.env', 'BACKUP_DB_HOST=h\n')
        found = ('scripts/sync-config.json', 'found by itself')
        self.assertEqual(self.shown_files(), [found, ('s.cnf', 'source.defaults_file'), ('.env', 'found by itself')])
        self.assertEqual(self.shown_files(HERE, THERE), [found, ('s.cnf', 'source.defaults_file')])
        self.assertEqual(self.shown_files('--config', ''), [('.env', 'found by itself')])
        self.assertEqual(self.shown_files('--config', '', '--env-file', '.env', '--defaults-file', 's.cnf'),
                         [('.env', '--env-file'), ('s.cnf', '--defaults-file')])
        self.assertEqual(self.shown_files('a', '--config', 'other.json'), [('other.json', '--config'), ('s.cnf', 'jobs.a.target.defaults_file')])
        self.assertEqual(self.shown_files(env={'DBSYNC_CONFIG': 'other.json'}), [('other.json', 'DBSYNC_CONFIG'), ('.env', 'found by itself')])


class Kinds(FilesTest):
    """What is no file keeps nobody waiting."""

    def fifo(self, name):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(path)
        return path

    def test_7_pipes_in_the_place_of_backup_points(self):
        name = 'backup_point_20250101_010101.sql.zst'
        self.fifo(f'backups/database/{name}')
        os.symlink('/dev/zero', self.folder / 'backups/database/backup_point_20250101_010102.sql.zst')
        answer = self.program.run('backups', 'list', limit=20)
        self.assertEqual(answer.exit, 0, str(answer))
        self.assertIn(f'DAMAGED: `backups/database/{name}` is a pipe, not a file', answer.out)
        self.assertIn('02.sql.zst` is a device, not a file', answer.out)
        self.told(5, 'is a pipe, not a file', 'backups', 'show', name)
        self.told(5, 'is a pipe, not a file', 'rollback', f'backups/database/{name}', THERE, '--yes')
        answer = self.program.run('backups', 'prune', '--keep', '1', '--older-than', '1s', limit=20)
        self.assertEqual(answer.exit, 0, str(answer))

    def test_7_pipes_in_the_place_of_other_files(self):
        self.fifo('scripts/sync-config.json')
        self.told(5, '`scripts/sync-config.json` is a pipe, not a file', 'verify', HERE, THERE)
        self.fifo('cnf/a.cnf')
        self.put('my.cnf', '[client]\nhost=127.0.0.1\n!includedir cnf\n')
        self.told(2, '`cnf/a.cnf`: is not a file', 'verify', '--config', '', '--defaults-file', 'my.cnf')
        self.fifo('state/sync-state.json')
        self.told(5, '`state/sync-state.json` is a pipe, not a file', 'status', '--config', '', '--state-dir', 'state')
        self.fifo('log')
        self.told(5, '`log` is a pipe, not a file', 'verify', HERE, THERE, '--config', '', '--log-file', 'log')

    def test_7_pipe_that_somebody_writes_to_is_read(self):
        pipe = self.fifo('pipe')
        writer = threading.Thread(target=pipe.write_text, args=('{"source": "mysql://u@there.invalid/d"}',))
        writer.start()
        answer = self.program.run('config', 'show', 'verify', '--config', 'pipe')
        writer.join(20)
        self.assertEqual(answer.exit, 0, str(answer))
        self.assertIn('there.invalid', answer.out)


class Links(FilesTest):
    """A file under the name of one of ours, or a link to it, is somebody's."""

    def setUp(self):
        super().setUp()
        self.victim = self.put('victim', 'precious\n')

    def expect_victim(self):
        self.assertEqual(self.victim.read_text(), 'precious\n')

    def test_7_log(self):
        for link, phrase in ((os.symlink, '`logs/x.log` is a symbolic link, not a file'),
                             (os.link, '`logs/x.log` is a file that has other names, too (a hard link), and is not written to')):
            (self.folder / 'logs').mkdir(exist_ok=True)
            link(self.victim, self.folder / 'logs/x.log')
            self.told(5, f'cannot write the log `logs/x.log`: {phrase}', 'verify', HERE, THERE, '--log-file', 'logs/x.log')
            self.expect_victim()
            (self.folder / 'logs/x.log').unlink()
        answer = self.program.run('verify', HERE, THERE, '--log-file', '/dev/stderr')
        self.assertEqual(answer.exit, 4, str(answer))
        self.assertIn('event=begin', answer.err)
        self.told(5, 'cannot write the log `/dev/fd/99`: cannot open it: No such file or directory', 'verify', HERE, THERE, '--log-file', '/dev/fd/99')


    def test_7_state(self):
        for name in ('sync-state.lock', 'sync-state.json'):
            self.put('state/sync-state.json', '{"runs": []}')
            (self.folder / 'state' / name).unlink(missing_ok=True)
            os.symlink(self.victim, self.folder / 'state' / name)
            self.told(5, f'`state/{name}` is a symbolic link, not a file', 'status', '--state-dir', 'state')
            self.expect_victim()
            (self.folder / 'state' / name).unlink()


class LocksOfTargets(test_writing.WritingTest):
    once = True

    def test_7_lock(self):
        victim = Path(self.program.file('victim', 'precious\n'))
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        for number, (link, phrase) in enumerate(((os.symlink, 'is a symbolic link, not a file'), (os.link, 'has other names, too (a hard link)'),
                                                 (shutil.copy, 'exists and is not a lock of dbsync: move it to another place'))):
            self.on_source(f'INSERT INTO t VALUES ({number})')
            self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--state-dir', 'state'), 0)
            lock, = Path(self.program.folder, 'state').glob('target-*.lock')
            lock.unlink()
            link(victim, lock)
            self.on_source(f'INSERT INTO t VALUES (1{number})')
            self.expect_error(self.dbsync('incremental', *self.urls(), '--yes', '--state-dir', 'state'), 5, lock.name, phrase)
            self.assertEqual((victim.read_text(), lock.read_text()), ('precious\n', 'precious\n'))
            self.assertNotIn((f'1{number}',), self.on_target('SELECT * FROM t'))
            lock.unlink()


class Leftovers(FilesTest):
    def test_7_drafts_of_processes_that_died_are_pruned(self):
        ended = subprocess.run(['sh', '-c', 'echo $$'], capture_output=True, text=True, check=True).stdout.strip()
        left = self.put(f'backups/database/backup_point_20250101_010101.sql.zst.{ended}-00c0ffee.part', 'x')
        alive = self.put(f'backups/database/backup_point_20250101_010101.sql.zst.{os.getpid()}-00c0ffee.part', 'x')
        self.assertEqual(self.program.run('backups', 'prune', '--keep', '3', '--dry-run').exit, 0)
        self.assertTrue(left.exists())
        self.assertEqual(self.program.run('backups', 'prune', '--keep', '3').exit, 0)
        self.assertEqual((left.exists(), alive.exists()), (False, True))

    def test_7_runs_that_are_over_are_forgotten_by_whoever_writes(self):
        """Not by the runs alone that end well: those that never do leave a file that grows."""
        runs = [{'run': f'r{i}', 'command': 'incremental', 'target': 't', 'lock': f'/x/{i}.lock', 'backup': f'/x/{i}', 'started': '2025-01-01T00:00:00Z',
                 'ended': None if i % 1000 == 7 else '2025-01-01T00:00:01Z'} for i in range(20000)]
        self.put('.env', 'OTHER=1\n')
        self.put('sync/sync-state.json', json.dumps({'format': 1, 'runs': runs}))
        self.assertEqual(self.program.run('verify', HERE, THERE).exit, 4)
        kept = [run['run'] for run in json.loads((self.folder / 'sync/sync-state.json').read_text())['runs']]
        self.assertEqual(kept, [f'r{i}' for i in range(20000) if i % 1000 == 7 or i >= 19970])


class Parents(FilesTest):
    """What a process was started by leaves its marks on it."""

    def test_18_commands_that_fail_where_sigchld_is_ignored(self):
        config = self.put('c.json', '{"source": {"host": "h", "password_command": "echo x; exit 3"}}')
        words = [harness.program_path(), 'verify', '--config', config, '--on-failure', 'exit 4']
        answer = subprocess.run(words, cwd=self.folder, env=self.program.environment(), capture_output=True, text=True, timeout=60, check=False,
                                preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.assertEqual(answer.returncode, 3, answer.stderr)
        self.assertIn('password_command: it failed (exit status 3)', answer.stderr)
        self.assertIn('the command of on-failure: it failed (exit status 4)', answer.stderr)


if __name__ == '__main__':
    unittest.main()
