"""Each error that a user can cause without a server: its exit status, and what, where and what next.

A row of a table is one idea: (exit status, command line, words of the message), or how the
message is brought about and its words.  What takes servers is in test_errors_servers.py, the
mistakes of a configuration file are in test_config.py, and test_errors_named.py finds the
messages that no test names.
"""
import json
import os
import re
import shlex
import signal
import subprocess
import unittest

import harness

HERE, THERE = 'mysql://u@127.0.0.1:1/d', 'mysql://u@127.0.0.1:1/e'     # nobody listens
WITH_JSON = ('verify', 'dry-run', 'incremental', 'full-sync', 'rollback', 'backups', 'status', 'doctor', 'run', 'explain')


COMMANDS = ('verify', 'explain', 'dry-run', 'incremental', 'full-sync', 'rollback', 'backups', 'key', 'doctor', 'status', 'config')


class ErrorsTest(unittest.TestCase):
    """The program alone, in an empty folder for each case."""
    once = True

    def run_in(self, files, words, env=None):
        program = harness.Program()
        self.addCleanup(program.close)
        for name, text in files.items():
            text, mode = text if isinstance(text, tuple) else (text, 0o600)
            path = os.path.join(program.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if text is None:
                os.makedirs(path, exist_ok=True)
                os.chmod(path, mode)
            else:
                with open(path, 'wb') as out:
                    out.write(text if isinstance(text, bytes) else text.encode())
                os.chmod(path, mode)
        return program.run(*words, env=env)

    def expect_told(self, answer, exits, phrase):
        """One line for people on stderr, nothing on stdout, and this exit status."""
        self.assertEqual(answer.exit, exits, f'exit status\n{answer}')
        told = [line for line in answer.err.splitlines() if line.startswith('dbsync: ')]
        told = [line for line in told if not line.startswith('dbsync: note: ')]
        self.assertEqual(len(told), 1, f'one message\n{answer}')
        self.assertIn(phrase, told[0], str(answer))
        self.assertFalse(told[0].endswith(('.', ' ', ':')), f'how it ends\n{answer}')
        self.assertNotRegex(told[0], r'\(null\)|%[sdluz]|DBS_', str(answer))

    def expect_object(self, answer, exits, phrase):
        """The same for programs."""
        self.assertEqual(answer.exit, exits, f'exit status\n{answer}')
        error = json.loads(answer.out)['error']
        self.assertEqual(error['exit_status'], exits, str(answer))
        self.assertIn(phrase, error['text'], str(answer))

    def check(self, exits, words, phrase, files=None, env=None):
        answer = self.run_in(files or {}, words, env)
        self.expect_told(answer, exits, phrase)
        if exits == 2 and words[0] in COMMANDS:
            self.assertIn(f'hint: try `dbsync {words[0]} --help`', answer.err, str(answer))
        self.assertEqual(answer.out, '', str(answer))
        if words and words[0] in WITH_JSON:
            self.expect_object(self.run_in(files or {}, [words[0], '--json', *words[1:]], env), exits, phrase.removeprefix('dbsync: '))

    def check_all(self, table):
        for exits, line, phrase, *how in table:
            with self.subTest(line=line):
                self.check(exits, shlex.split(line), phrase, *how)


# --------------------------------------------------------------------------
# The command line
# --------------------------------------------------------------------------

LINES = (
    (2, 'verfy', 'there is no command `verfy`; did you mean `verify`?'),
    (2, 'help verfy', 'there is no command `verfy`; did you mean `verify`?'),
    (2, 'xyzzy', 'there is no command `xyzzy`'),
    (2, '--completion', '--completion takes bash, zsh or fish'),
    (2, '--completion tcsh', '--completion takes bash, zsh or fish'),
    # options
    (2, 'verify --paralel 3', 'there is no option --paralel; did you mean --parallel?'),
    (2, 'verify --xyzzy', 'there is no option --xyzzy'),
    (2, 'verify --yes', 'there is no option --yes'),
    (2, 'verify -Z', 'there is no option -Z'),
    (2, 'verify --data-only=yes', '--data-only takes no value'),
    (2, 'verify --parallel', '--parallel needs a value: N'),
    (2, 'verify -p', '--parallel needs a value: N'),
    (2, f'full-sync {HERE} {THERE} --tables "" --yes', '--tables is empty: give it GLOBS, or omit it'),
    (2, f'incremental {HERE} {THERE} --tables=, --yes', '--tables is empty: give it GLOBS, or omit it'),
    (2, f'verify {HERE} {THERE} --databases ""', '--databases is empty: give it LIST, or omit it'),
    (2, f'verify {HERE} {THERE} --objects ""', '--objects is empty: give it KINDS, or omit it'),
    (2, f'verify {HERE} {THERE} --job ""', '--job is empty: give it NAMES, or omit it'),
    (2, 'verify --tables', '--tables needs a value: GLOBS'),
    (2, 'verify --parallel x', '--parallel takes a whole number from 1 to '),
    (2, 'verify --parallel 0', 'not `0`'),
    (2, 'verify --parallel 99999999999999999999', 'not `99999999999999999999`'),
    (2, 'verify --retries -1', '--retries takes a whole number from 1 to 100, not `-1`'),
    (2, 'verify --recheck-pause soon', '--recheck-pause takes SECONDS from 0 to '),
    (2, 'verify --digest md5', '--digest takes one of auto, stream, server, not `md5`'),
    (2, 'verify --progress all', '--progress takes one of auto, none, json, not `all`'),
    (2, 'incremental --verify some', '--verify takes one of changed, full, none, not `some`'),
    (2, 'full-sync --verify changed', '--verify takes one of copies, none, not `changed`'),
    (2, 'full-sync --load files', '--load takes one of auto, bulk, infile, insert, not `files`'),
    (2, 'incremental --alter-algorithm fast', '--alter-algorithm takes one of default, instant, inplace, copy, not `fast`'),
    (2, 'incremental --alter-lock some', '--alter-lock takes one of default, none, shared, exclusive, not `some`'),
    (2, 'incremental --binlog maybe', '--binlog takes one of on, off, not `maybe`'),
    (2, 'verify --log-level loud', '--log-level takes one of error, warning, info, debug, not `loud`'),
    (2, 'verify --log-format xml', '--log-format takes one of text, json, not `xml`'),
    (2, 'verify --where id', '--where takes TABLE:EXPR, not `id`'),
    (2, 'verify --where t:', '--where takes TABLE:EXPR, not `t:`'),
    (2, 'verify --where "t:1=1) OR (1=1"',
     '--where: `1=1) OR (1=1` is not a condition that can be put in parentheses: it closes a parenthesis that it did not open'),
    (2, 'incremental --where "t:id > 1 -- "', 'is not a condition that can be put in parentheses: it has a comment to the end of the line'),
    (2, 'dry-run --where "t:1; DROP TABLE t"', 'is not a condition that can be put in parentheses: it has a semicolon'),
    (2, 'explain t 1 --where "t:1 /*! ) or (1 */"', 'is not a condition that can be put in parentheses: it has a comment that servers may execute'),
    (2, 'verify', 'is not a condition that can be put in parentheses: it closes a parenthesis that it did not open',
     {'config.json': '{"options": {"where": {"t": "1=1) OR (1=1"}}}'}, {'DBSYNC_CONFIG': 'config.json'}),
    (2, 'verify --ignore-columns t', '--ignore-columns takes TABLE.COLUMN, not `t`'),
    (2, f'incremental {HERE} {THERE} --allow trigger', '--allow does not accept `trigger`; did you mean `triggers`?'),
    (2, f'incremental {HERE} {THERE} --allow xyzzy', '--allow does not accept `xyzzy`'),
    (2, 'incremental --allow-unsafe drop-colum', '--allow-unsafe does not accept `drop-colum`; did you mean `drop-column`?'),
    (2, f'verify {HERE} {THERE} --objects viws', '--objects: `viws` is not one of tables, views, routines, triggers, events, all; did you mean views?'),
    (2, f'verify {HERE} {THERE} --data-only --schema-only', '--data-only and --schema-only leave nothing to compare'),
    (2, f'dry-run {HERE} {THERE} --data-only --schema-only', '--data-only and --schema-only leave nothing to compare'),
    (2, f'verify {HERE} {THERE} --data-only --objects views', '--data-only compares only rows: --objects has no effect'),
    (2, f'incremental {HERE} {THERE} --data-only --objects views', '--data-only compares only rows: --objects has no effect'),
    (3, f'incremental {HERE} {THERE} --no-backup', 'without a backup point nothing can be undone: --no-backup needs --yes'),
    (3, f'full-sync {HERE} {THERE} --no-backup', 'without a backup point nothing can be undone: --no-backup needs --yes'),
    # operands
    (2, f'verify {HERE}', 'the target is missing: give SOURCE and TARGET, or neither'),
    (2, f'verify {HERE} {THERE} {THERE}', 'one source and one target, not 3 operands'),
    (2, f'verify "" {THERE}', 'the URL of the source is empty: give its address, or no URLs', {}, {'DBSYNC_SOURCE': HERE}),
    (2, f'incremental {HERE} "" --yes', 'the URL of the target is empty: give its address, or no URLs', {}, {'DBSYNC_TARGET': HERE}),
    (2, 'rollback x ""', 'the URL of the target is empty: give its address, or no URLs', {}, {'DBSYNC_TARGET': HERE}),
    (2, 'verify', 'no source is named: give its URL, set DBSYNC_SOURCE, put DB_HOST and the like into .env, or name it in the configuration'),
    (2, 'doctor', 'no source is named: '),
    (2, 'explain t 1', 'no source is named: '),
    (2, f'explain {HERE} t 1', 'the target is missing: give SOURCE and TARGET, or neither'),
    (2, 'explain', 'name the row: a TABLE, and a value for each column of its key'),
    (2, 'explain t', 'name the row: a TABLE, and a value for each column of its key'),
    (2, f'explain {HERE} {THERE} t', 'name the row: a TABLE, and a value for each column of its key'),
    (2, 'incremental', 'no source is named: '),
    (2, 'full-sync', 'no source is named: '),
    (2, 'run', 'no source is named: '),
    (2, 'verify', 'no target is named: give its URL, set DBSYNC_TARGET, put BACKUP_DB_HOST', {}, {'DBSYNC_SOURCE': HERE}),
    (2, 'rollback', 'name one backup point, and the target if it is not set elsewhere: dbsync rollback FILE [TARGET]'),
    (2, f'rollback --last {HERE} {THERE}', '[TARGET], or dbsync rollback --last [TARGET]'),
    (2, f'rollback x {HERE} {THERE}', 'name one backup point, and the target if it is not set elsewhere'),
    (2, 'backups', 'name an action: list, show FILE, verify FILE or prune'),
    (2, 'backups lst', '`dbsync backups` has no action `lst`; did you mean `list`?'),
    (2, 'backups xyzzy', '`dbsync backups` has no action `xyzzy`'),
    (2, 'backups show', '`show` takes one file'),
    (2, 'backups verify a b', '`verify` takes one file'),
    (2, 'backups list a', '`list` takes no operand'),
    (2, 'backups prune', 'prune needs --keep N, --older-than AGE or both (then only what is beyond both goes)'),
    (2, 'backups prune --older-than soon', '--older-than takes an age like 30d, 12h or 2w, not `soon`'),
    (2, 'backups prune --older-than 0d', '--older-than takes an age like 30d, 12h or 2w, not `0d`'),
    (2, 'backups prune --older-than -3d', '--older-than takes an age like 30d, 12h or 2w, not `-3d`'),
    (2, 'status x', '`dbsync status` takes no operands'),
    (2, 'config', '`dbsync config` takes check, show, mode or schema'),
    (2, 'config chek', '`dbsync config` takes check, show, mode or schema; did you mean `check`?'),
    (2, 'config check x', '`dbsync config check` takes --config, and not `x`'),
    (2, 'config show verfy', '`dbsync config show` takes a command or a job, and `verfy` is neither; did you mean `verify`?'),
    (2, 'config show xyzzy --json', '`dbsync config show` takes a command or a job, and `xyzzy` is neither'),
    # jobs
    (2, 'verify --job shop', 'there is no configuration file, and so no job `shop` (--config names one)'),
    (2, 'verify --all', 'there is no configuration file, and so no job `--all` (--config names one)'),
    (2, 'backups list --all', '--all is not for `dbsync backups`'),
    (2, 'verify --job shop', '`c.json` has no job `shop`: there is none', {'c.json': '{}'}, {'DBSYNC_CONFIG': 'c.json'}),
    (2, 'verify shop', '`c.json` has no job `shop`: there are a, b', {'c.json': '{"jobs": {"a": {}, "b": {}}}'}, {'DBSYNC_CONFIG': 'c.json'}),
    (2, f'verify a {HERE}', 'jobs or URLs, not both', {'c.json': '{"jobs": {"a": {}}}'}, {'DBSYNC_CONFIG': 'c.json'}),
    (2, 'rollback x --job a,b', '`dbsync rollback` takes one job at a time', {'c.json': '{"jobs": {"a": {}, "b": {}}}'}, {'DBSYNC_CONFIG': 'c.json'}),
)


class CommandLine(ErrorsTest):
    def test_each_mistake_is_said(self):
        self.check_all(LINES)

    def test_no_command_is_a_question_for_help(self):
        answer = self.run_in({}, [])
        self.assertEqual((answer.exit, answer.out), (2, ''), str(answer))
        self.assertIn('usage: dbsync COMMAND', answer.err)

    def test_limit_on_the_size_of_files_is_an_error_of_the_disk(self):
        program = harness.Program()
        self.addCleanup(program.close)
        for words, exits, phrase in ((f'verify {HERE} {THERE} --retries 1 --log-file x.log', 4, "Can't connect"),
                                     ('verify --help > help', 5, 'standard output cannot be written')):
            line = f'ulimit -f 0; exec {shlex.quote(harness.program_path())} {words}'
            answer = harness.Running(['/bin/sh', '-c', line], program.environment(), program.folder).wait()
            self.expect_told(answer, exits, phrase)

    def test_output_that_cannot_be_written_is_an_error(self):
        program = harness.Program()
        self.addCleanup(program.close)
        line = f'{shlex.quote(harness.program_path())} verify --help > /dev/full'
        answer = harness.Running(['/bin/sh', '-c', line], program.environment(), program.folder).wait()
        self.expect_told(answer, 5, 'standard output cannot be written')


    def test_item_29_reader_that_has_read_enough_is_no_error(self):
        program = harness.Program()
        self.addCleanup(program.close)
        # a run ignores the signal, and gives the status that shells have for it
        for words, exits in (('verify --help', -signal.SIGPIPE), ('--man', -signal.SIGPIPE), (f'verify {HERE} {THERE} --retries 1 --json', 141)):
            read, write = os.pipe()
            os.close(read)
            with subprocess.Popen([harness.program_path(), *words.split()], stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE,
                                  env=program.environment(), cwd=program.folder, text=True) as process:
                os.close(write)
                said = process.communicate(timeout=60)[1]
            self.assertEqual(process.returncode, exits, said)
            self.assertNotIn('standard output', said)


# --------------------------------------------------------------------------
# Where the servers are
# --------------------------------------------------------------------------

URLS = (
    ('u@h/d', 'the URL does not begin with mysql://'),
    ('http://u@h/d', 'the URL begins with neither mysql nor mariadb: write mysql://'),
    ('mysql://u:a/b@h/d', 'the URL has an `@` after a `/`: in a user or password write %2F for `/`, elsewhere %40 for `@`'),
    ('mysql://u:a?b@h/d', 'the URL has a `?` before an `@`: in a user or password write %3F for `?`, elsewhere %40 for `@`'),
    ('mysql://u:a%zz@h/d', 'the password has a `%` that two hexadecimal digits other than 00 do not follow; write %25 for a `%`'),
    ('mysql://u%00@h/d', 'the user has a `%` that two hexadecimal digits other than 00 do not follow'),
    ('mysql://u@[::1/d', 'the host has a `[` without a `]`'),
    ('mysql://u@[::1]x/d', 'there is something other than a `:` after the `]` of the host'),
    ('mysql://u@[nonsense]/d', 'the host is not an IPv6 address, and nothing else may have a `:` or brackets'),
    ('mysql://u@::1/d', 'the host has more than one `:`; an IPv6 address is written in brackets'),
    ('mysql://u@h!/d', 'the host has a character that no host name has'),
    ('mysql://u@' + 'h' * 256 + '/d', 'the host has 256 bytes, 255 are allowed'),
    ('mysql://u@h:/d', 'the URL has a `:` without a port after its host'),
    ('mysql://u@h:x/d', 'the port is not a number'),
    ('mysql://u@h:65536/d', 'the port is above 65535'),
    ('mysql://u@h/d/e', 'the database of the URL has a `/`: write %2F for it, and a socket as ?socket=/path'),
    ('mysql://u@h/d?ssl-mod=x', 'the URL has an unknown key `ssl-mod`; is `ssl-mode` meant?'),
    ('mysql://u@h/d?xyzzy=x', 'the URL has an unknown key `xyzzy`'),
    ('mysql://u@h/d?a1=x', 'the URL has an unknown key after its `?`'),
    ('mysql://u@h/d?socket', 'the URL has a key without `=` after its `?`'),
    ('mysql://u@h/d?ssl-ca=', 'the URL has no value for the key `ssl-ca`'),
    ('mysql://u@h/d?ssl-ca=a&ssl-ca=b', 'the URL has the key `ssl-ca` twice'),
    ('mysql://u@h/d?socket=/s', 'the URL names both a host and a socket'),
    ('mysql://u@localhost/d?socket=/' + 's' * 120, 'the path of the socket has 121 bytes, the system allows 107'),
    ('mysql://u@h/d?enable-cleartext-plugin=maybe', 'enable-cleartext-plugin is neither yes nor no'),
    ('mysql://u@h/d?ssl-mode=on', 'ssl-mode is none of disabled, preferred, required, verify-ca, verify-identity'),
    ('mysql://u@h/d?connect-timeout=x', 'the connect-timeout in seconds is not a number'),
    ('mysql://u@h/d?connect-timeout=86401', 'the connect-timeout in seconds is above 86400'),
    ('mysql://u@h/d?ssl-mode=disabled&ssl-ca=/x', 'ssl-mode is disabled, but other TLS options are given'),
    ('mysql://u@h/d?ssl-cert=/x', 'ssl-cert needs ssl-key'),
    ('mysql://u@h/d?ssl-key=/x', 'ssl-key needs ssl-cert'),
)

# .env: the text, and words of the message (exit status 2)
ENV_FILES = (
    ('DB_HOST=h!\n', '`.env` line 1: the host has a character that no host name has'),
    ('A=1\nDB_PORT=x\n', '`.env` line 2: the port is not a number'),
    ("DB_HOST=h\nDB_PASSWORD='ab\n", '`.env` line 2: the quote of the password does not end at the end of the line'),
)

# An option file: its text, exit status, words of the message
OPTION_FILES = (
    ('user=u\n', 2, '`my.cnf` line 1: there is an option before the first [section]'),
    ('[client\nuser=u\n', 2, '`my.cnf` line 1: a `[` is without a `]`'),
    ('[client]\n!inclde x\n', 2, '`my.cnf` line 2: a `!` is followed by neither include nor includedir'),
    ('[client]\n!include\n', 2, '`my.cnf` line 2: an include has no path'),
    ('[client]\n!includedir /no/such\n', 5, '`my.cnf` line 2: cannot read the folder of !includedir: No such file or directory'),
    ('[client]\nport=x\n', 2, '`my.cnf` line 2: the port is not a number'),
    ('[client]\nssl=maybe\n', 2, '`my.cnf` line 2: a switch is neither on nor off'),
    ('!include my.cnf\n', 2, 'includes are nested more than 8 deep'),
    ('!includedir many\n', 2, 'more than 256 files are included'),
    ('#' * 1024 * 1024 + '#', 2, '`my.cnf`: the file has more than 1048576 bytes'),
    ('[client]\nuser=u\0\n', 2, '`my.cnf`: the file has a zero byte, it is not text'),
    (('[client]\npassword=x\n', 0o644), 3, '`my.cnf`: it holds a password and others may read it; chmod 600 helps'),
    (('[client]\nuser=x\n', 0o666), 3, '`my.cnf`: others may write to it; chmod 600 helps'),
    (('[client]\nuser=x\n', 0o620), 3, '`my.cnf`: others may write to it; chmod 600 helps'),
)


class Places(ErrorsTest):
    def test_url_with_a_mistake_is_named_by_its_side(self):
        for url, phrase in URLS:
            with self.subTest(url=url):
                self.check(2, ('verify', url, HERE), f'source: {phrase}')
        url, phrase = URLS[0]
        self.check(2, ('doctor', HERE, url), f'target: {phrase}')
        self.check(2, ('verify',), f'DBSYNC_SOURCE: {phrase}', {}, {'DBSYNC_SOURCE': url})

    def test_environment_file(self):
        for text, phrase in ENV_FILES:
            with self.subTest(text=text):
                self.check(2, ('verify',), phrase, {'.env': text})
        self.check(5, ('verify', '--env-file', 'none'), '`none`: cannot open: No such file or directory')
        self.check(2, ('verify', '--env-file', 'folder'), '`folder`: is not a file', {'folder': (None, 0o700)})
        self.check(2, ('verify',), '`.env`: the file has more than 1048576 bytes', {'.env': '#' * 1024 * 1024 + '#'})

    def test_option_file(self):
        for text, exits, phrase in OPTION_FILES:
            with self.subTest(text=text[:40]):
                many = {f'many/{n}.cnf': '' for n in range(257)} if 'many' in text else {}
                self.check(exits, ('verify', '--defaults-file', 'my.cnf'), phrase, {'my.cnf': text, **many})
        self.check(5, ('verify', '--defaults-file', 'none'), '`none`: cannot open: No such file or directory')
        self.check(5, ('verify', '--defaults-group', 'nightly'), '.my.cnf`: cannot open: No such file or directory')

    def test_server_that_does_not_answer(self):
        for words, phrase in ((('verify', HERE, THERE), 'source u@127.0.0.1:1: Can\'t connect'),
                              (('dry-run', HERE, THERE), 'source u@127.0.0.1:1: Can\'t connect'),
                              (('full-sync', HERE, THERE), 'source u@127.0.0.1:1: Can\'t connect'),
                              (('verify', 'mysql://u@localhost/d?socket=/no/such', THERE), 'source u@/no/such: Can\'t connect')):
            with self.subTest(words=words):
                self.check(4, (*words, '--retries', 1), phrase)

    def test_files_of_tls_that_are_not_there(self):
        for key in ('ssl-ca', 'ssl-capath', 'ssl-cert', 'ssl-key'):
            more = {'ssl-cert': '&ssl-key=/dev/null', 'ssl-key': '&ssl-cert=/dev/null'}.get(key, '')
            self.check(5, ('verify', f'{HERE}?{key}=/no/such{more}', THERE),
                       f'source u@127.0.0.1:1: cannot read {key} `/no/such`: No such file or directory')


# --------------------------------------------------------------------------
# Files
# --------------------------------------------------------------------------

# A configuration file, exit status, words; more of them in test_config.MISTAKES.
CONFIGURATIONS = (
    ('{\n"a": }', 2, '`c.json`: line 2: it is not JSON: '),
    ('{}\n{}', 2, '`c.json`: line 2: something follows its end'),
    ('[]', 2, '`c.json`: it is not a JSON object'),
    (b'{}\0', 2, '`c.json`: it is not text'),
    (' ' * (4 << 20) + '{}', 2, '`c.json`: it is larger than 4194304 bytes'),
    ('{"optons": {}}', 2, '`c.json`: there is no key `optons`; did you mean `options`?'),
    ('{"options": []}', 2, '`c.json`: options: it takes an object'),
    ('{"options": {"parallel": "x"}}', 2, '`c.json`: options: parallel: it takes a number, as --parallel does'),
    ('{"options": {"parallel": 0}}', 2, '`c.json`: options: parallel: --parallel takes a whole number from 1 to '),
    ('{"options": {"yes": 1}}', 2, '`c.json`: options: yes: it takes true or false'),
    ('{"sync_settings": {"default_mode": "sync"}}', 2, '`c.json`: sync_settings: default_mode: it takes one of incremental, full-sync, verify, dry-run'),
    ('{"connections": {"default_timeout": 86401}}', 2, '`c.json`: connections: default_timeout: it takes seconds from 1 to 86400'),
    ('{"source": 3}', 2, '`c.json`: source: it takes a URL or an object'),
    ('{"source": {"host": true}}', 2, '`c.json`: source: host: it takes a text or a number'),
    ('{"source": {"url": 3}}', 2, '`c.json`: source: url takes a text'),
    ('{"source": {"hst": "h"}}', 2, '`c.json`: source: hst: there is no such key; did you mean `host`?'),
    ('{"source": {"xyzzy": "h"}}', 2, '`c.json`: source: xyzzy: there is no such key'),
    ('{"target": {"password": "a", "password_command": "b"}}', 2, '`c.json`: target: password and password_command: say one'),
    ('{"target": "u@h/d"}', 2, '`c.json`: target: the URL does not begin with mysql://'),
    ('{"jobs": []}', 2, '`c.json`: jobs: it takes an object of named jobs'),
    ('{"jobs": {"-x": {}}}', 2, '`c.json`: jobs: `-x` cannot be the name of a job'),
    ('{"jobs": {"a": 3}}', 2, '`c.json`: jobs: a: it takes an object'),
    ('{"jobs": {"a": {"sync_settings": {"default_mode": "verify"}}}}', 2, '`c.json`: jobs: a: default_mode is of the whole file, and not of a job'),
    (('{}', 0o664), 3, '`c.json`: others may write to it: chmod go-w it, or chown it'),
    (('{"source": {"password": "a"}}', 0o644), 3, '`c.json`: it holds a password, and others may read it: chmod 600 it, or use password_command'),
)

COMMANDS = (    # of password_command
    ('false', 'it failed (exit status 1)'),
    ('kill -9 $$', 'signal 9 ended it'),
    ('true', 'it printed nothing'),
    ('head -c 5000 /dev/zero | tr "\\0" x', 'it printed 4096 bytes or more'),
)


class Configuration(ErrorsTest):
    def test_each_mistake_is_said_with_its_place(self):
        for text, exits, phrase in CONFIGURATIONS:
            with self.subTest(text=text[:60]):
                files = {'c.json': text}
                self.check(exits, ('verify', '--config', 'c.json'), phrase, files)
                self.expect_told(self.run_in(files, ('config', 'check', '--config', 'c.json')), exits, phrase)
                self.expect_told(self.run_in(files, ('config', 'mode', '--config', 'c.json')), exits, phrase)

    def test_file_that_cannot_be_read(self):
        self.check(2, ('verify', '--config', 'none'), '`none`: there is no such file')
        self.check(2, ('run', '--config', 'none'), '`none`: there is no such file')
        self.check(2, ('verify',), '`none`: there is no such file', {}, {'DBSYNC_CONFIG': 'none'})
        self.check(5, ('verify', '--config', 'folder'), 'dbsync: `folder` is a folder, not a file', {'folder': (None, 0o700)})

    def test_two_places_for_one_server(self):
        self.check(2, ('verify', '--config', 'c.json'), 'source: both a host and a socket are named',
                   {'c.json': '{"source": {"host": "h", "socket": "/s"}}'})

    def test_command_for_a_password_that_gives_none(self):
        for command, phrase in COMMANDS:
            with self.subTest(command=command):
                files = {'c.json': json.dumps({'source': {'host': 'h', 'password_command': command}, 'target': HERE})}
                self.check(3, ('verify', '--config', 'c.json'), f'`c.json`: source: password_command: {phrase}', files)


POINT = 'backups/database/backup_point_20260101_000000.sql.zst'


class Files(ErrorsTest):
    """Folders and files of a run; those of a run that got to its servers are in test_errors_servers.py."""

    def test_log_that_cannot_be_written(self):
        self.check(5, ('verify', HERE, THERE, '--log-file', 'file/x.log'), 'cannot write the log `file/x.log`: cannot make the folder `file`: Not a directory', {'file': ''})
        self.check(5, ('verify', HERE, THERE, '--log-file', 'logs'), 'cannot write the log `logs`: `logs` is a folder, not a file', {'logs': (None, 0o700)})

    def test_backup_point_that_is_none(self):
        for words in (('backups', 'show', POINT), ('backups', 'verify', POINT), ('rollback', POINT, HERE, '--yes')):
            with self.subTest(words=words):
                self.check(5, words, f'cannot read `{POINT}`: No such file or directory')
                self.check(5, words, f'`{POINT}` is damaged at byte 0: ', {POINT: 'SELECT 1;\n'})
                self.check(5, words, f'`{POINT}` is damaged at byte 0: ', {POINT: ''})
        self.check(5, ('backups', 'list', '--backup-dir', 'file'), 'cannot read `file`: Not a directory', {'file': ''})
        self.check(5, ('backups', 'show', 'nothing'), 'cannot read `backups/database/nothing`: No such file or directory')

    def test_state_that_is_none(self):
        for text in ('x', '[]', '{"runs": 3}'):
            with self.subTest(text=text):
                self.check(5, ('status',), '`sync/sync-state.json` is not a state file of dbsync; move it to another place', {'sync/sync-state.json': text})
        self.check(5, ('status',), 'cannot rename `sync/sync-state.json`: Is a directory',
                   {'sync/sync-state.json': '{"runs": []}', 'sync/sync-state.json.taken-over/x': ''})
        self.check(5, ('status', '--state-dir', 'file'), 'cannot read `file/sync-state.json`: Not a directory', {'file': ''})


if __name__ == '__main__':
    unittest.main()
