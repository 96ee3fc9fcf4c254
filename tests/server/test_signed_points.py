"""A rollback runs what a backup point says, so it runs those alone that this installation has written.

Proofs of concept: whoever may write to a folder of backup points got the target by it.
"""
import hashlib
import hmac
import json
import os
import pwd
import re
import signal
import stat
import subprocess
import threading
import time
from pathlib import Path

import wire
from harness import Program, Running, Unavailable, key_file, program_path
from test_errors import ErrorsTest
from test_errors_servers import sealed, zstd
from test_writing import WritingTest

FRAME = 8 + 115         # of the MAC, at the end of the file
OTHER = bytes(range(32))
ALL = ('--objects', 'all', '--allow', 'triggers', '--allow-unsafe', 'all', '--max-delete-percent', 100)
USER = pwd.getpwuid(os.geteuid()).pw_name
EVIL = "CREATE USER 'evil'@'%' IDENTIFIED BY 'x'"


def key_id(key):
    return hmac.new(key, b'dbsync key\n', hashlib.sha256).hexdigest()[:16]


def signed(data, key):
    """The bytes of a file, and their MAC."""
    code = hmac.new(key, b'dbsync backup point\n' + data, hashlib.sha256).hexdigest()
    text = b'-- mac {"key":"%s","hmac-sha256":"%s"}\n' % (key_id(key).encode(), code.encode())
    return data + b'\x5d\x2a\x4d\x18' + len(text).to_bytes(4, 'little') + text


def own_key():
    return bytes.fromhex(re.search(r'^dbsync-key-1 ([0-9a-f]{64})$', Path(key_file()).read_text(encoding='ascii'), re.M)[1])


class Points(WritingTest):
    once = True
    scope = ()

    def setUp(self):
        super().setUp()
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'CREATE TABLE u (id INT PRIMARY KEY, w INT)',
                     'INSERT INTO t VALUES (1, 1), (2, 2)', 'CREATE VIEW n AS SELECT 1 AS a', 'CREATE PROCEDURE p() SELECT 1')
        self.on_source('UPDATE t SET v = 9 WHERE id = 1', 'CREATE OR REPLACE VIEW n AS SELECT 2 AS a', 'DROP PROCEDURE p',
                       'CREATE PROCEDURE p() SELECT 2', 'ALTER TABLE u ADD COLUMN x INT')
        self.before = self.state()
        self.point = self.run_of()
        self.data = self.point.read_bytes()
        self.text = zstd('-d', data=self.data).decode()
        self.written = self.state()
        self.assertNotEqual(self.before, self.written)

    def state(self):
        session = self.session(self.target)
        return session.run('SELECT * FROM t ORDER BY id'), [session.run(f'SHOW CREATE {what}')[0][:3] for what in ('VIEW n', 'PROCEDURE p', 'TABLE u')]

    def run_of(self, *options, **how):
        answer = self.expect_exit(self.incremental(*ALL, *options, **how), 0)
        self.said, self.undo = answer.err, answer.json['undo']
        return Path(self.program.folder, answer.json['backup'])

    def put(self, data, name='made-up', mode=0o600):
        path = Path(self.program.folder, name)
        path.write_bytes(data)
        path.chmod(mode)
        return path

    def crafted(self, change):
        """The text with another manifest, and a digest that fits it; nobody has signed it."""
        lines = self.text.split('\n')
        manifest = json.loads(lines[1].removeprefix('-- manifest '))
        manifest.pop('key', None)
        change(manifest)
        lines[1] = '-- manifest ' + json.dumps(manifest)
        return zstd('--check', data=sealed('\n'.join(lines)))

    def rollback(self, path, *options, env=None):
        return self.dbsync('rollback', path, self.target.url(), '--yes', '--allow', 'triggers', *options, env=env)

    def expect_nothing_done(self, answer):
        self.assertEqual(self.session(self.target).run("SELECT user FROM mysql.user WHERE user = 'evil'"), [], str(answer))
        self.assertEqual(self.state(), self.written, str(answer))

    def expect_refused(self, path, exits, phrase, *options, env=None):
        answer = self.rollback(path, *options, env=env)
        self.expect_nothing_done(answer)
        ErrorsTest.expect_told(self, answer, exits, phrase)
        return answer

    def expect_undone(self, path, *options, env=None):
        answer = self.expect_exit(self.rollback(path, *options, env=env), 0)
        self.assertEqual(self.state(), self.before, str(answer))
        return answer

    # What others have written --------------------------------------------------

    def manifests(self):
        """(what a made-up manifest does, exit status with --trust-file, words of it)"""
        def of(kind):
            return lambda manifest: next(item for item in manifest['objects'] if item['kind'] == kind)
        view, procedure = of('view'), of('procedure')
        default = {'database': self.db, 'kind': 'database', 'name': self.db, 'table': '', 'before': 'latin1_bin', 'statements': ['DO 0']}
        not_of = 'a statement of the backup point is not of the '
        return (
            (lambda m: view(m)['statements'].insert(0, EVIL), 3, not_of + f'view `{self.db}`.`n`, as it says, and is not run: {EVIL}'),
            (lambda m: view(m)['statements'].append('GRANT ALL ON *.* TO evil'), 3, not_of + 'view'),
            (lambda m: procedure(m)['statements'].append('SET GLOBAL init_connect = 1'), 3, not_of + 'procedure'),
            (lambda m: procedure(m)['statements'].append(f'DROP TABLE `{self.db}`.`t`'), 3, not_of + 'procedure'),
            (lambda m: procedure(m)['statements'].append(f'CREATE PROCEDURE `p`() BEGIN END; {EVIL}'), 3, not_of + 'procedure'),
            (lambda m: procedure(m).update(kind='event'), 3, not_of + 'event'),
            (lambda m: m['objects'].append({**default, 'statements': [EVIL]}), 3, not_of + 'database'),
            (lambda m: m['objects'].append({**default, 'before': f'latin1_bin; {EVIL}'}), 3, 'what the backup point says to be a default collation of `'),
            (lambda m: view(m).update(database_collation=f'latin1_bin; {EVIL}'), 3, 'what the backup point says to be a default collation of `'),
            (lambda m: view(m).update(database='mysql'), 3, "the backup point is of `mysql`, which is the server's own"),
            (lambda m: m['tables'][0].update(database='mysql', table='user'), 3, "the backup point is of `mysql`, which is the server's own"),
            (lambda m: m['structures'][0].update(before=m['structures'][0]['before'] + f'; {EVIL}'), 3, f'`{self.db}`.`u`: '),
            (lambda m: m['structures'][0].update(table='t`; ' + EVIL), 3, ' the '),
        )

    def test_made_up_statements_are_not_run(self):
        for number, (change, exits, phrase) in enumerate(self.manifests()):
            with self.subTest(number=number, phrase=phrase):
                path = self.put(self.crafted(change))
                self.expect_refused(path, 3, ' has no MAC: an older dbsync wrote it')
                if phrase != ' the ':
                    self.expect_refused(path, exits, phrase, '--trust-file')
                else:
                    self.expect_nothing_done(self.rollback(path, '--trust-file'))
                # what it claims is looked at even of what is signed
                if 'a statement of' in phrase:
                    self.expect_refused(self.put(signed(path.read_bytes(), own_key())), exits, phrase)

    def test_made_up_rows_are_not_run(self):
        for pattern, by, exits, phrase in (
                (r'(?m)^\(1,1\)', '(1,(SELECT 1 FROM mysql.user))', 5, 'does not have the columns that its manifest says'),
                (r'(?m)^(?=\(1,1\))', f'{EVIL};\n', 5, ' is no row'),
                (r'(?m)^(?=-- table 0)', f'{EVIL};\n', 5, ' stands outside of a statement'),
                (r'(?m)^-- objects\n', f'{EVIL};\n-- objects\n', 0, None)):       # for plain clients: a rollback passes it over
            with self.subTest(by=by):
                text = re.sub(pattern, lambda _, by=by: by, re.sub(r'"key":"\w+",', '', self.text), count=1)
                self.assertIn(by, text)
                path = self.put(zstd('--check', data=sealed(text)))
                self.expect_refused(path, 3, ' has no MAC: an older dbsync wrote it')
                if exits:
                    self.expect_refused(path, exits, phrase, '--trust-file')
        answer = self.expect_undone(path, '--trust-file')
        self.assertEqual(self.session(self.target).run("SELECT user FROM mysql.user WHERE user = 'evil'"), [], str(answer))

    # Whose it is ------------------------------------------------------------------

    def test_by_another_key(self):
        path = self.put(signed(self.crafted(lambda manifest: None), OTHER))
        self.expect_refused(path, 3, f" has a MAC by the key {key_id(OTHER)}, which is not this installation's")
        keys = self.put(b'dbsync-key-1 ' + OTHER.hex().encode() + b'\n', 'other-key')
        env = {'DBSYNC_KEY_FILE': str(self.put(Path(key_file()).read_bytes(), 'key'))}
        answer = self.expect_exit(self.dbsync('key', 'import', keys, env=env), 0)
        self.assertIn(f'1 keys are new; the key {key_id(OTHER)} signs from now on, 2 are believed', answer.out)
        self.expect_undone(path, env=env)
        newest = self.program.backups()[-1]
        self.assertIn(f'"key":"{key_id(OTHER)}"'.encode(), Path(newest).read_bytes()[-FRAME:])
        # those before are still believed, and a foreign one is by name alone
        self.expect_exit(self.dbsync('backups', 'verify', self.point, env=env), 0)
        shown = self.expect_exit(self.dbsync('backups', 'show', newest), 0).out
        self.assertIn(f'signed    by another key, {key_id(OTHER)}: rollback accepts it only with --trust-file', shown)

    def test_mac_that_is_another_ones(self):
        other = self.second_point()
        altered = zstd('--check', data=sealed(self.text.replace('(1,1) /* u', '(1,7) /* u')))
        phrase = ' was altered since it was signed: its MAC at byte '
        for data in (self.data[:-FRAME] + other.read_bytes()[-FRAME:], altered + self.data[-FRAME:],
                     zstd('--check', data=zstd('-d', data=self.data)) + self.data[-FRAME:]):
            path = self.put(data)
            self.expect_refused(path, 5, phrase)
            self.expect_refused(path, 5, phrase, '--trust-file')
            self.expect_error(self.dbsync('backups', 'verify', path), 5, phrase.lower())

    def second_point(self):
        self.on_source('UPDATE t SET v = 8 WHERE id = 2')
        point = self.run_of()
        self.written = self.state()
        return point

    def test_mac_that_is_gone(self):
        """Cut off, or compressed anew: a plain client takes it, a rollback if it is said."""
        phrase = ': its MAC was removed (if you know why, rollback --trust-file accepts it without)'
        for data in (self.data[:-FRAME], zstd('--check', data=zstd('-d', data=self.data)),
                     self.data[:-1], self.data[:-FRAME] + signed(b'', OTHER)[-FRAME:]):
            path = self.put(data)
            if data != self.data[:-1]:
                self.expect_error(self.dbsync('backups', 'verify', path), 5, phrase.lower())
                self.expect_refused(path, 5, phrase)
            else:
                self.expect_error(self.rollback(path), 5, 'is damaged at byte ')
        path = self.put(self.data[:-FRAME])
        self.expect_undone(path, '--trust-file')

    def test_of_an_older_version(self):
        path = self.put(self.crafted(lambda manifest: None))
        self.expect_refused(path, 3, ' has no MAC: an older dbsync wrote it, or one without a key, or somebody else; --trust-file accepts it')
        self.assertIn('signed    no: rollback accepts it only with --trust-file', self.expect_exit(self.dbsync('backups', 'show', path), 0).out)
        answer = self.expect_undone(path, '--trust-file')
        for words in ('is accepted because of --trust-file', f'view {self.db}.n by:', f'USE `{self.db}`', 'CREATE OR REPLACE',
                      f'procedure {self.db}.p by:', f'table {self.db}.u becomes:', '`w` int'):
            self.assertIn(words, answer.err)

    def test_what_is_taken_on_trust_is_shown_whole(self):
        long = f"'{'x' * 2000}' AS b, 'the end of it' AS a"
        path = self.put(self.crafted(lambda manifest: manifest['objects'][self.place_of(manifest, 'n')].update(
            statements=[sql.replace('1 AS `a`', long) for sql in manifest['objects'][self.place_of(manifest, 'n')]['statements']])))
        answer = self.expect_exit(self.rollback(path, '--trust-file', '--quiet'), 0)
        self.assertIn("'the end of it' AS a", answer.err)

    def test_what_is_taken_on_trust_and_reaches_further_is_named(self):
        create = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DO SELECT %d"
        self.on_target(create % 1)
        self.on_source(create % 2, 'ALTER TABLE u ADD COLUMN y INT')
        self.text = zstd('-d', data=self.run_of().read_bytes()).decode()
        path = self.put(self.crafted(lambda manifest: manifest['structures'][0].update(before=manifest['structures'][0]['before'] + " CONNECTION='x'")))
        answer = self.rollback(path, '--trust-file', '--quiet')
        _, found = answer.err.split("of these, the following reach beyond the rows of the target's own tables:\n", 1)
        for words in (f"  table {self.db}.u (CONNECTION): its rows may be stored elsewhere, where the target's server would read and write\n",
                      f'  event {self.db}.e acts with the rights of its definer ', f'  event {self.db}.e becomes active, unless it is disabled\n'):
            self.assertIn(words, found)

    def place_of(self, manifest, name):
        return next(number for number, item in enumerate(manifest['objects']) if item['name'] == name)

    def test_all_that_would_run_is_shown(self):
        shown = self.expect_exit(self.dbsync('backups', 'show', self.point), 0).out
        found = json.loads(self.expect_exit(self.dbsync('backups', 'show', self.point, '--json'), 0).out)
        self.assertEqual((found['signed'], found['key']), ('ours', key_id(own_key())))
        self.assertIn(f'signed    by this installation, key {key_id(own_key())}', shown)
        manifest = json.loads(self.text.split('\n')[1].removeprefix('-- manifest '))
        self.assertEqual([item['statements'] for item in found['objects']], [item['statements'] for item in manifest['objects']])
        self.assertEqual([item['definition'] for item in found['structures']], [item['before'] for item in manifest['structures']])
        for statement in (sql for item in manifest['objects'] for sql in item['statements']):
            self.assertIn(statement.split('\n')[0], shown)
        self.assertEqual(subprocess.run(['zstd', '-q', '-t', self.point], check=False).returncode, 0)
        self.expect_undone(self.point)

    def test_first_point_of_a_run_that_somebody_has_put_there(self):
        """The second has the structures of the first, and is signed."""
        folder = self.point.parent
        self.on_source('ALTER TABLE u ADD COLUMN y INT', 'INSERT INTO u VALUES (1, 1, 1, 1)')
        known = set(os.listdir(folder))
        running = self.start_write(*ALL)
        deadline = time.monotonic() + 60
        while not (found := [name for name in set(os.listdir(folder)) - known if name.endswith('.zst')]):
            self.assertLess(time.monotonic(), deadline, 'the run writes no backup point')
            time.sleep(0.001)
        running.signal(signal.SIGSTOP)
        first, = (folder / name for name in found)
        first.write_bytes(zstd('--check', data=zstd('-d', data=first.read_bytes())))
        running.signal(signal.SIGCONT)
        answer = running.wait(120)
        self.expect_error(answer, 5, ' is not what this run has written there')
        self.assertEqual(self.session(self.target).run('SELECT * FROM u'), [], 'no row was written')

    # The key ---------------------------------------------------------------------

    def test_no_place_for_a_key(self):
        self.on_source('UPDATE t SET v = 8 WHERE id = 2')
        env = {'HOME': '/nonexistent', 'DBSYNC_KEY_FILE': ''}
        point = self.run_of('--state-dir', 'sync', env=env)
        note = 'note: the backup point is not signed, since there is no key and none can be created: HOME names no existing folder'
        self.assertEqual(self.said.count(note), 1, self.said)
        self.assertFalse(Path('/nonexistent').exists())
        self.assertIn('"key":""', zstd('-d', data=point.read_bytes()).decode())
        self.written = self.state()
        self.expect_refused(point, 3, ' has no MAC: ')
        self.assertIn(' --trust-file', self.undo)
        self.expect_exit(self.rollback(point, '--trust-file'), 0)
        self.expect_undone(self.point)

    def test_key_that_is_out_of_reach(self):
        """HOME may be somebody else's."""
        self.on_source('UPDATE t SET v = 8 WHERE id = 2')
        Path(self.program.folder, 'home').mkdir()
        Path(self.program.folder, 'home/.local').write_text('no folder')
        env = {'HOME': str(Path(self.program.folder, 'home')), 'DBSYNC_KEY_FILE': ''}
        point = self.run_of('--state-dir', 'sync', env=env)
        self.assertIn('note: the backup point is not signed, since there is no key and none can be created: the key `', self.said)
        self.written = self.state()
        self.expect_refused(point, 3, ' has no MAC: ', env=env)
        self.expect_exit(self.rollback(point, '--trust-file', env=env), 0)

    def test_key_is_made_once_and_for_its_owner(self):
        env = {'DBSYNC_KEY_FILE': ''}
        self.on_source('UPDATE t SET v = 8 WHERE id = 2')
        point = self.run_of(env=env)
        key = Path(self.program.folder, '.local/state/dbsync/key')
        self.assertEqual((stat.S_IMODE(key.stat().st_mode), key.stat().st_uid), (0o600, os.geteuid()))
        self.written = self.state()
        self.expect_refused(point, 3, " which is not this installation's")
        self.expect_exit(self.rollback(point, env=env), 0)

    def test_runs_at_once_make_one_key(self):
        env = self.program.environment({'DBSYNC_KEY_FILE': os.path.join(self.program.folder, 'deep/er/key')})
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(Running([program_path(), 'key', 'export'], env, self.program.folder).wait()))
                   for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer.exit for answer in answers], [0] * 8)
        self.assertEqual(len({answer.out for answer in answers}), 1)
        self.assertEqual(os.listdir(os.path.join(self.program.folder, 'deep/er')), ['key'])

    def test_point_that_its_rollback_would_refuse_is_not_written(self):
        """Here a server's fault: asked how `p` is made, it says how `q` is."""
        self.on_source('DROP PROCEDURE p', 'CREATE PROCEDURE p() SELECT 3')
        points = sorted(self.point.parent.iterdir())
        with wire.Wire(self.target, change=lambda data: data.replace(b'PROCEDURE `p`()', b'PROCEDURE `q`()')) as liar:
            answer = self.incremental(*ALL, target=self.target.url(self.db, port=liar.port, ssl_mode='disabled'))
        self.expect_error(answer, 5, 'a rollback would refuse it, which is a bug in dbsync: a statement of the backup point is not of the '
                                     f'procedure `{self.db}`.`p`, as it says, and is not run: ')
        self.assertEqual(self.state(), self.written, str(answer))
        self.assertEqual(sorted(self.point.parent.iterdir()), points)

    # Files that others may write to -------------------------------------------------

    def test_files_and_folders_of_others(self):
        folder = self.point.parent
        self.assertEqual(stat.S_IMODE(folder.stat().st_mode), 0o700)
        for path, mode in ((self.point, 0o666), (self.point, 0o620), (folder, 0o777), (folder, 0o770)):
            usual = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode)
            self.expect_refused(self.point, 3, ' is not trusted: others may write to it')
            self.expect_refused(self.point, 3, ' is not trusted: others may write to it (a copy in a folder of your own is yours)', '--trust-file')
            path.chmod(usual)
        folder.chmod(0o777)
        self.on_source('UPDATE t SET v = 8 WHERE id = 2')
        no_place = 'is not safe for what a rollback would run: others may write to it'
        self.expect_error(self.incremental(*ALL), 3, no_place)
        self.expect_error(self.dbsync('backups', 'prune', '--keep', 1), 3, no_place)
        self.expect_exit(self.dbsync('backups', 'list'), 0)
        self.assertEqual(self.state(), self.written)
        # as /tmp: nobody else can put anything in the place of ours
        folder.chmod(0o1777)
        self.expect_undone(self.point)

    def test_file_of_another_user(self):
        if os.geteuid():
            raise Unavailable('only root can give a file away')
        os.chown(self.point, 65534, 65534)
        self.expect_refused(self.point, 3, " is not trusted: it belongs to another user, who may write to it: "
                                           "sudo -u 'nobody' dbsync rollback FILE TARGET undoes it")
        os.chown(self.point, 54321, 54321)
        self.expect_refused(self.point, 3, " sudo -u '#54321' dbsync rollback FILE TARGET undoes it")
        os.chown(self.point, 0, 0)
        self.expect_undone(self.point)


class OddNames(WritingTest):
    """What dbsync writes itself is never refused, whatever it is called: seen when it is written, and rolled back."""
    scope = ()
    NAMES = ('a`b', "a'b", 'a"b', 'a\\', 'a b', 'ü€', '慢', '/*!1 a*/', 'a-- ', '; DROP', 'DEFINER', 'a\nb')
    KINDS = {'VIEW': 'AS SELECT %d AS a', 'PROCEDURE': '() SELECT %d', 'FUNCTION': '() RETURNS INT DETERMINISTIC RETURN %d',
             'TRIGGER': 'BEFORE INSERT ON `t``;` FOR EACH ROW SET NEW.v = %d', 'EVENT': "ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01 00:00:00' DISABLE DO SELECT %d"}

    def made(self, mode, value):
        for name in self.NAMES:
            quoted = '`' + f'{mode} {name}x'.replace('`', '``') + '`'
            for kind, body in self.KINDS.items():
                yield kind, quoted, f'CREATE {kind} {quoted} {body % value}'

    def state(self):
        session = self.session(self.target)
        return [session.run(f'SHOW CREATE {kind} {quoted}')[0][:4] for mode in self.modes for kind, quoted, _ in self.made(mode, 0)]

    def test_own_points_are_taken(self):
        self.modes = ('', 'ANSI_QUOTES', 'NO_BACKSLASH_ESCAPES')
        self.on_both('CREATE TABLE `t``;` (id INT PRIMARY KEY, v INT)')
        for mode in self.modes:
            for on, value in ((self.on_target, 1), (self.on_source, 2)):
                on(f"SET sql_mode = '{mode}'", *(sql for _, _, sql in self.made(mode, value)))
        before = self.state()
        answer = self.expect_exit(self.incremental(*ALL), 0)
        self.assertNotEqual(self.state(), before)
        self.expect_exit(self.dbsync('rollback', Path(self.program.folder, answer.json['backup']), self.target.url(), '--yes', '--allow', 'triggers'), 0)
        self.assertEqual(self.state(), before)


class Keys(ErrorsTest):
    once = True
    KEY = 'dbsync-key-1 ' + 'ab' * 32

    def setUp(self):
        self.program = Program()
        self.addCleanup(self.program.close)

    def run_in(self, files, words, env=None):
        for name, text in files.items():
            self.program.file(name, text)
        return self.program.run(*words, env=env)

    def key(self, name, text, mode=0o600):
        return {'DBSYNC_KEY_FILE': self.program.file(name, text, mode)}

    def test_words(self):
        for exits, words, phrase in (
                (2, ('key',), 'name an action: export [FILE] or import [FILE]'),
                (2, ('key', 'exprt'), 'key takes export or import; did you mean `export`?'),
                (2, ('key', 'export', 'a', 'b'), '`export` takes one file, or none'),
                (2, ('key', 'import', 'ab' * 32), 'a key must not be a command line argument, where others see it'),
                (2, ('key', 'import', self.KEY), 'a key must not be a command line argument, where others see it'),
                (5, ('key', 'import', 'none'), 'cannot read `none`: No such file'),
                (5, ('key', 'import', '.'), 'cannot read the keys: Is a directory')):
            self.check(exits, words, phrase)

    def test_output_that_is_full(self):
        with open('/dev/full', 'wb') as full:
            done = subprocess.run([program_path(), 'key', 'export'], stdout=full, stderr=subprocess.PIPE, check=False, text=True,
                                  env=self.program.environment(), cwd=self.program.folder)
        self.assertEqual((done.returncode, done.stderr), (5, 'dbsync: cannot write standard output: No space left on device\n'))

    def test_files_of_keys(self):
        for exits, text, mode, phrase in (
                (3, self.KEY, 0o644, f'its mode is 0644, and its owner {USER}: others may read it: chmod 600 it'),
                (3, self.KEY, 0o602, 'others may write to it: chmod 600 it'),
                (3, self.KEY, 0o620, 'others may write to it: chmod 600 it'),
                (5, '', 0o600, 'it has no key'),
                (5, '# none\n', 0o600, 'it has no key'),
                (5, f'{self.KEY}\nrubbish\n', 0o600, 'line 2 is not a key of dbsync'),
                (5, self.KEY[:-1], 0o600, 'line 1 is not a key of dbsync'),
                (5, ''.join(f'dbsync-key-1 {n:064x}\n' for n in range(33)), 0o600, 'it has more than 32 keys'),
                (5, '#\n' * 40000, 0o600, 'it is larger than 65536 bytes')):
            with self.subTest(phrase=phrase, mode=mode):
                answer = self.run_in({}, ('key', 'export'), self.key('a-key', text, mode))
                self.expect_told(answer, exits, phrase)
                self.assertNotIn('ab' * 8, answer.err + answer.out)
        for path, exits, phrase in ((self.program.folder, 5, ', not a file'), ('/dev/null', 5, ', not a file'), ('/proc/none/key', 5, 'cannot make')):
            self.expect_told(self.run_in({}, ('key', 'export'), {'DBSYNC_KEY_FILE': path}), exits, phrase)
        os.mkfifo(os.path.join(self.program.folder, 'fifo'))
        self.expect_told(self.run_in({}, ('key', 'export'), {'DBSYNC_KEY_FILE': 'fifo'}), 5, ', not a file')

    def test_secret_of_a_container(self):
        """As Kubernetes mounts it: a link into ..data, 0644 of root unless defaultMode says else."""
        Path(self.program.folder, '..data').mkdir()
        path = Path(self.program.file('..data/key', self.KEY, 0o644))
        os.symlink('..data/key', os.path.join(self.program.folder, 'secret'))
        env = {'DBSYNC_KEY_FILE': 'secret'}
        self.expect_told(self.run_in({}, ('key', 'export'), env), 3,
                         f'the key `secret`: its mode is 0644, and its owner {USER}: others may read it: chmod 600 it; a secret of Docker takes '
                         f'mode: 0400 and uid: "{os.geteuid()}", one of Kubernetes defaultMode: 0400 and fsGroup: {os.getegid()}')
        path.chmod(0o400)
        self.assertIn(self.KEY, self.run_in({}, ('key', 'export'), env).out)

    def test_secret_of_root_for_another_user(self):
        if os.geteuid():
            raise Unavailable('only root can give it to another user')
        os.chmod(self.program.folder, 0o777)
        run = ('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', program_path(), 'key', 'export')
        if subprocess.run([*run[:-2], '--version'], capture_output=True, check=False).returncode:
            raise Unavailable(f'nobody else can run {program_path()}')
        way = 'chown nobody and chmod 600 it; a secret of Docker takes mode: 0400 and uid: "65534", one of Kubernetes defaultMode: 0400 and fsGroup: 65534'
        path = Path(self.program.file('key', self.KEY))
        for mode, group, exits, said in ((0o444, 0, 3, f'its mode is 0444, and its owner root: others may read it: {way}'),
                                         (0o400, 0, 5, f'its mode is 0400, and its owner root: this user may not read it: {way}: Permission denied'),
                                         (0o440, 65534, 0, '')):      # what fsGroup makes of it
            path.chmod(mode)
            os.chown(path, 0, group)
            answer = Running(run, self.program.environment({'DBSYNC_KEY_FILE': 'key'}), self.program.folder).wait()
            self.assertEqual(answer.exit, exits, str(answer))
            self.assertIn(said, answer.err)

    def test_imports_and_first_uses_at_once_lose_no_key(self):
        """Of a key that is lost, all backup points are somebody else's."""
        for number in range(16):
            self.program.file(f'{number}', f'dbsync-key-1 {number:064x}')
        for turn in range(4):
            env = {'DBSYNC_KEY_FILE': f'new{turn}/key'}
            running = [self.program.start(*words, env=env) for number in range(16) for words in (('key', 'import', number), ('key', 'export'))]
            answers = [one.wait() for one in running]
            self.assertEqual({answer.exit for answer in answers}, {0}, ''.join(answer.err for answer in answers))
            kept = self.keys_in(Path(self.program.folder, f'new{turn}/key').read_text(encoding='ascii'))
            self.assertLessEqual({f'{number:064x}' for number in range(16)}, kept)
            for answer in answers:
                self.assertLessEqual(self.keys_in(answer.out), kept, 'a key that signed, perhaps')
            self.assertEqual(os.listdir(os.path.join(self.program.folder, f'new{turn}')), ['key'])

    @staticmethod
    def keys_in(text):
        return set(re.findall('^dbsync-key-1 ([0-9a-f]{64})$', text, re.M))

    def test_link_to_nothing(self):
        os.symlink('nothing', os.path.join(self.program.folder, 'link'))
        self.expect_told(self.run_in({'other': self.KEY}, ('key', 'import', 'other'), {'DBSYNC_KEY_FILE': 'link'}), 5, 'cannot make `link`: File exists')

    def test_no_home(self):
        env = {'DBSYNC_KEY_FILE': '', 'HOME': ''}
        self.expect_told(self.run_in({}, ('key', 'export'), env), 5, 'there is no key, and none can be created: HOME names no existing folder; set DBSYNC_KEY_FILE')
        self.expect_told(self.run_in({'other': self.KEY}, ('key', 'import', 'other'), env), 5, 'there is no place for a key: HOME names no existing folder')

    def test_out_and_in(self):
        env = self.key('key', self.KEY)
        exported = self.run_in({}, ('key', 'export', 'out'), env)
        self.assertEqual(exported.exit, 0, str(exported))
        self.assertNotIn('ab' * 8, exported.out)
        out = Path(self.program.folder, 'out')
        self.assertEqual(stat.S_IMODE(out.stat().st_mode), 0o600)
        self.expect_told(self.run_in({}, ('key', 'export', 'out'), env), 5, 'cannot make `out`: File exists')
        piped = subprocess.run([program_path(), 'key', 'import'], input=self.run_in({}, ('key', 'export'), env).out.encode(), check=False,
                               env=self.program.environment({'DBSYNC_KEY_FILE': 'second'}), cwd=self.program.folder, capture_output=True)
        self.assertEqual(piped.returncode, 0, piped.stderr)
        self.assertEqual(Path(self.program.folder, 'second').read_bytes(), out.read_bytes())
        for text, phrase in (('', 'the key to import: it has no key'), ('x', 'the key to import: line 1 is not a key of dbsync'),
                             ('#\n' * 40000, 'the key to import is larger than 65536 bytes')):
            self.expect_told(self.run_in({'in': text}, ('key', 'import', 'in'), env), 5, phrase)

    def test_not_on_a_terminal(self):
        for words, phrase in (('export', 'a key is not printed to a terminal: name a file for it, or pipe it'),
                              ('import', 'a key is not read from a terminal: name the file that contains it, or pipe it in')):
            status, said = self.program.paste(f'dbsync key {words}')
            self.assertEqual(status, 2, said)
            self.assertIn(phrase, said.replace('\r\n', ' '))
            self.assertNotIn('dbsync-key-1', said)
