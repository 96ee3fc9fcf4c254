"""A password is nowhere but where the user put it: whatever way it came, whatever is run.

Each test is one way to give it.  The commands run with all that they can leave behind: a log of
level debug, metrics, a report, statements, hooks that keep their input, their environment and the
words of their parent.  Then everything is searched, for other spellings of the password, too.
"""
import base64
import json
import subprocess
from pathlib import Path
from urllib.parse import quote

import test_config

PASSWORDS = {'source': 'Src#Geh3im+/=%41&x y', 'target': 'Tgt#G3heim+/=%42&x y'}
WRONG = 'Wr0ng#Geheim+/=%43&x y'
KEEP = '{ cat; echo; env; tr "\\0" "\\n" < /proc/$PPID/cmdline; } >> hooks.txt'


def spellings(secret):
    """The secret, its longest part without signs, and what programs make of it."""
    raw = secret.encode()
    yield from (raw, secret.split('#')[1].encode(), quote(secret, safe='').encode(), json.dumps(secret).encode(), raw.hex().encode())
    for skip in range(3):       # where it stands in the middle of something longer
        yield base64.b64encode(b' ' * skip + raw)[4:-4]


class SecretsTest(test_config.ConfigTest):
    def setUp(self):
        super().setUp()
        self.given = {}         # files of the test, with what is in them
        self.name = f's{self.db[9:]}'
        for side in PASSWORDS:
            place = getattr(self, side)
            place.sql(f"DROP USER IF EXISTS '{self.name}'@'%'", f"CREATE USER '{self.name}'@'%' IDENTIFIED BY '{PASSWORDS[side]}'",
                      f"GRANT ALL ON `{self.db}`.* TO '{self.name}'@'%'", f"GRANT ALL ON `dbsync\\_%`.* TO '{self.name}'@'%'")
            self.addCleanup(place.sql, f"DROP USER IF EXISTS '{self.name}'@'%'")

    def give(self, name, text):
        self.given[name] = text if isinstance(text, str) else json.dumps(text)
        self.write(text, name, mode=0o600)

    def url(self, side, passwords=None):
        """With its password, or without one when there are none."""
        place = getattr(self, side)
        if passwords:
            return place.url(self.db, self.name, passwords[side])
        return f'mysql://{self.name}@127.0.0.1:{place.port}/{self.db}'

    def object(self, side, **more):
        return self.side(getattr(self, side), user=self.name, **more)

    def drift(self):
        self.on_both('CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v INT)', 'REPLACE INTO t VALUES (1, 1), (2, 2)')
        self.on_source('UPDATE t SET v = v + 1')

    def expect_nowhere(self, text, where, secrets):
        for secret in secrets:
            for spelling in spellings(secret):
                if spelling in text:
                    place = text.index(spelling)
                    self.fail(f'{spelling} is in {where}: ...{text[max(0, place - 200):place + 100]!r}')

    def search(self, secrets):
        found = self.program.files()
        for name in found:
            data = Path(self.program.folder, name).read_bytes()
            if name in self.given:
                self.assertEqual(data.decode(), self.given[name], 'a file of the test has changed')
                continue
            self.expect_nowhere(name.encode(), 'the name of a file', secrets)
            self.expect_nowhere(data, name, secrets)
            if name.endswith('.zst'):
                self.expect_nowhere(subprocess.run(['zstdcat', name], cwd=self.program.folder, capture_output=True, check=True).stdout,
                                    f'{name}, unpacked', secrets)
        return found

    def go(self, secrets, exits, *words, env=None, left=True):
        """Runs it, and looks through what it says."""
        more = ('--log-file', 'debug.log', '--log-level', 'debug', '--metrics-file', 'm.prom', '--report', 'r.html',
                '--on-success', KEEP, '--on-failure', KEEP, '--after-sync', KEEP) if left else ()
        answer = self.dbsync(*words, *more, env=env)
        self.assertEqual(answer.exit, exits, str(answer))
        self.expect_nowhere((answer.out + answer.err).encode(), f'what dbsync {words[0]} says', secrets)
        return answer

    def everything(self, *urls, env=None, wrong=None):
        """All commands; wrong: what to do for wrong passwords (it returns URLs, environment)."""
        secrets = (*PASSWORDS.values(), WRONG)
        target = urls[1:]
        self.drift()
        self.go(secrets, 0, 'config', 'check', left=False)
        self.go(secrets, 0, 'config', 'show', 'incremental', *urls, env=env, left=False)
        self.go(secrets, 0, 'doctor', *urls, '--json', env=env)
        self.go(secrets, 1, 'verify', *urls, '--details', 3, env=env)
        self.go(secrets, 1, 'dry-run', *urls, '--sql', 'x.sql', '--allow', 'replica', env=env)
        answer = self.go(secrets, 0, 'incremental', *urls, '--yes', '--allow', 'replica', '--json', env=env)
        backup = json.loads(answer.out)['backup']
        self.go(secrets, 0, 'rollback', backup, *target, '--yes', '--allow', 'replica', env=env)
        self.go(secrets, 0, 'full-sync', *urls, '--yes', '--allow', 'replica', '--json', env=env)
        for words in (('backups', 'list'), ('backups', 'show', backup), ('backups', 'verify', backup, '--json'), ('status',)):
            self.go(secrets, 0, *words, env=env, left=False)
        urls, env = wrong()
        for command in ('verify', 'incremental', 'full-sync', 'doctor'):
            self.go(secrets, 4, command, *urls, env=env)
        self.go(secrets, 6, 'status', env=env, left=False)
        found = self.search(secrets)
        self.assertLessEqual({'debug.log', 'm.prom', 'r.html', 'hooks.txt', 'x.sql', '.local/state/dbsync/sync-state.json', backup}, set(found))
        hooks = Path(self.program.folder, 'hooks.txt').read_text(encoding='utf-8')
        for word in ('DBSYNC_COMMAND=full-sync', 'DBSYNC_EXIT_STATUS=4', '"command":"verify"', '--on-success'):
            self.assertIn(word, hooks, 'the hooks tell what they see')


class Secrets(SecretsTest):
    def test_urls_of_the_command_line(self):
        urls = [self.url(side, PASSWORDS) for side in PASSWORDS]
        self.everything(*urls, wrong=lambda: ([self.url(side, dict.fromkeys(PASSWORDS, WRONG)) for side in PASSWORDS], None))
        for words, exits in (((urls[0], urls[1] + '_not'), 4), ((*urls, '--job', 'x'), 2), ((*urls, urls[0]), 2), ((urls[0],), 2)):
            self.go(PASSWORDS.values(), exits, 'verify', *words)
            self.go(PASSWORDS.values(), exits, 'verify', *words, '--json')
        self.search(PASSWORDS.values())

    def test_urls_of_the_environment(self):
        def env(passwords):
            return {f'DBSYNC_{side.upper()}': self.url(side, passwords) for side in PASSWORDS}
        self.everything(env=env(PASSWORDS), wrong=lambda: ((), env(dict.fromkeys(PASSWORDS, WRONG))))

    def test_environment_file(self):
        def write(passwords):
            self.give('.env', ''.join(f"{prefix}_{key}='{value}'\n" for prefix, side in (('DB', 'source'), ('BACKUP_DB', 'target'))
                                      for key, value in (('HOST', '127.0.0.1'), ('PORT', getattr(self, side).port), ('NAME', self.db),
                                                         ('USER', self.name), ('PASSWORD', passwords[side]))))
            return (), None
        write(PASSWORDS)
        self.everything(wrong=lambda: write(dict.fromkeys(PASSWORDS, WRONG)))

    def configured(self, sides):
        """sides: a function of the side and its password."""
        def write(passwords):
            self.give('scripts/sync-config.json', {side: sides(side, passwords[side]) for side in PASSWORDS})
            return (), None
        write(PASSWORDS)
        self.everything(wrong=lambda: write(dict.fromkeys(PASSWORDS, WRONG)))

    def test_configuration(self):
        self.configured(lambda side, password: self.object(side, password=password))

    def test_url_of_the_configuration(self):
        self.configured(lambda side, password: getattr(self, side).url(self.db, self.name, password))

    def test_option_file(self):
        def side(name, password):
            self.give(f'{name}.cnf', f'[client]\nuser={self.name}\npassword="{password}"\n')
            return self.side(getattr(self, name), user=self.name, defaults_file=f'{name}.cnf')
        self.configured(side)

    def test_option_file_of_the_command_line(self):
        self.target.sql(f"ALTER USER '{self.name}'@'%' IDENTIFIED BY '{PASSWORDS['source']}'")
        words = [self.url(side) for side in PASSWORDS]

        def write(password):
            self.give('my.cnf', f'[client]\nuser=nobody\n[nightly]\nuser={self.name}\npassword="{password}"\n')
            return (*words, '--defaults-file', 'my.cnf', '--defaults-group', 'nightly'), None
        self.everything(*write(PASSWORDS['source'])[0], wrong=lambda: write(WRONG))

    def test_command_that_prints_it(self):
        def side(name, password):
            self.give(f'{name}.secret', password + '\n')
            return self.object(name, password_command=f'tr "\\0" "\\n" < /proc/$PPID/cmdline >> seen.txt; env >> seen.txt; cat {name}.secret')
        self.configured(side)
        self.assertIn('seen.txt', self.program.files())

    def test_jobs(self):
        self.drift()
        self.give('scripts/sync-config.json', {'jobs': {'a': {side: self.object(side, password=PASSWORDS[side]) for side in PASSWORDS},
                                                        'b': {side: self.object(side, password=WRONG) for side in PASSWORDS}}})
        secrets = (*PASSWORDS.values(), WRONG)
        for words, exits in ((('incremental', '--all', '--yes', '--allow', 'replica'), 4), (('verify', 'a', 'b', '--json'), 4),
                             (('run', '--job', 'a', '--yes', '--allow', 'replica'), 0)):
            self.go(secrets, exits, *words)
        self.search(secrets)

    def test_password_in_the_name_of_a_file(self):
        self.drift()
        urls = self.urls()
        wrong = f'mysql://{self.name}:{PASSWORDS["source"].split("#")[1]}@127.0.0.1/x'
        for option in ('--log-file', '--metrics-file', '--report', '--state-dir', '--env-file', '--defaults-file', '--config'):
            answer = self.dbsync('verify', *urls, option, '/proc/' + wrong)
            self.expect_nowhere((answer.out + answer.err).encode(), option, PASSWORDS.values())
