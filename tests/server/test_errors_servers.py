"""Each error that a user can cause with servers at hand; see test_errors.py.

The rows of CASES share two databases, which hold a table t with rows 1 and 2 on both sides before
each of them; {s} and {t} are their URLs, {db} is their name.
"""
import ctypes
import fcntl
import os
import re
import shlex
import subprocess
from pathlib import Path

import test_errors
import test_writing
from harness import Running, not_with_old, only_with, program_path

SEQUENCE = 'CREATE SEQUENCE q'
PERIOD = 'CREATE TABLE p (id INT PRIMARY KEY, a DATE, b DATE, PERIOD FOR x (a, b))'
HISTORY = ('CREATE TABLE p (id INT PRIMARY KEY) WITH SYSTEM VERSIONING PARTITION BY SYSTEM_TIME '
           '(PARTITION h HISTORY, PARTITION c CURRENT)')

# exit status, command line, words of the message; what is done on the source, on the target
CASES = (
    # connecting
    (4, 'verify mysql://dbsync:wrong@{source}/{db} {t}', 'source dbsync@{source}: Access denied for user'),
    (4, 'verify {s} mysql://nobody:x@{target}/{db}', 'target nobody@{target}: Access denied for user'),
    (4, 'verify {s}_not {t}', "source dbsync@{source}: Unknown database '{db}_not' (1049)"),
    (4, 'verify {s}?ssl-mode=required {t}', 'source dbsync@{source}: ssl-mode=required requires TLS, which the server does not support'),
    # which databases and tables
    (2, 'verify mysql://dbsync:dbsync@{source} mysql://dbsync:dbsync@{target}',
     'no database is named: put it into the URLs (mysql://host/DATABASE) or use --databases'),
    (4, 'verify {s} {t} --databases {db}_not', 'source dbsync@{source}: there is no database `{db}_not`, or none that this user may see'),
    (4, 'verify {s} {t} --databases {db}:{db}_not', 'target dbsync@{target}: there is no database `{db}_not`, or none that this user may see'),
    (2, 'verify {s} {t} --databases {db}_not*', 'no database of the source matches `{db}_not*` (those of the system are taken only when named)'),
    (2, 'verify {s} {t} --databases a:', '`a:` is not SOURCE:TARGET'),
    (2, 'verify {s} {t} --databases :b', '`:b` is not SOURCE:TARGET'),
    (2, 'verify {s} {t} --databases a*:b', '`a*:b`: a pattern cannot be mapped to one name'),
    (2, 'verify {s} {t} --databases a:c,b:c', 'the target database `c` is named for `a` and for `b`'),
    (2, 'verify {s} {t} --databases {s}', '--databases takes names of databases, not URLs'),
    (3, 'verify {s} {s}', 'source and target are the same: database `{db}` on the same server'),
    (3, 'incremental {s} mysql://dbsync:dbsync@localhost/{db}?socket={socket}', 'source and target are the same: database `{db}` on the same server'),
    (3, 'full-sync {s} {s} --yes', 'source and target are the same: database `{db}` on the same server'),
    (2, 'verify {s} {t} --tables tt', '--tables: no table fits `tt`; did you mean `t`?'),
    (2, 'verify {s} {t} --tables xyzzy', '--tables: no table fits `xyzzy`'),
    (2, 'full-sync {s} {t} --tables xyzzy --yes', '--tables: no table fits `xyzzy`'),
    (2, 'verify {s} {t} --exclude-tables *', '--tables and --exclude-tables leave nothing to compare (tables of the source: 1, of the target: 1)'),
    (2, 'verify {s} {t} --where xyzzy:1', '--where: no table fits `xyzzy`'),
    (2, 'verify {s} {t} --ignore-columns xyzzy.v', '--ignore-columns: no table fits `xyzzy`'),
    (2, 'verify {s} {t} --ignore-columns t.w', '--ignore-columns: `t` has no column `w`'),
    (2, 'verify {s} {t} --ignore-columns t.idd', '--ignore-columns: `t` has no column `idd`; did you mean `id`?'),
    (2, 'verify {s} {t} --data-only --where "t:nothing = 1"', "--where t:nothing = 1: source dbsync@{source}: Unknown column 'nothing'"),
    (2, 'verify {s} {t} --data-only --where "*:id ="', '--where t:id =: source dbsync@{source}: You have an error in your SQL syntax'),
    (2, 'explain {s} {t} --where "t:id =" t 1', '--where t:id =: source dbsync@{source}: You have an error in your SQL syntax'),
    (2, 'incremental {s} {t} --yes --where "t:COUNT(*) > 1"', '--where t:COUNT(*) > 1: source dbsync@{source}: Invalid use of group function'),
    # what cannot be compared
    (6, 'incremental {s} {t} --data-only', '1 rows REFUSED by the target: target dbsync@{target}: Incorrect string value: ',
     ("CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET utf8mb4)", "INSERT INTO u VALUES (1, '😀')"),
     ("CREATE TABLE u (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET latin1)", "INSERT INTO u VALUES (1, 'x')")),
    (6, 'full-sync {s} {t} --yes', 'it is a sequence', (SEQUENCE,), (SEQUENCE,)),
    (6, 'verify {s} {t}', 'it has a period', (PERIOD,), (PERIOD.replace(', PERIOD FOR x (a, b)', ''),)),
    (6, 'verify {s} {t}', 'it is system-versioned', (HISTORY,), ('CREATE TABLE p (id INT PRIMARY KEY)',)),
    # consent and guards
    (3, 'incremental {s} {t}', '1 rows would be deleted, and there is no terminal to ask on: --yes allows it', ('DELETE FROM t WHERE id = 1',)),
    (3, 'incremental {s} {t}', 'structures would be changed, and there is no terminal to ask on: --yes allows it (and --data-only leaves them unchanged)',
     ('ALTER TABLE t ADD COLUMN w INT',)),
    (3, 'incremental {s} {t} --yes', '`{db}`.`t`: it is empty on the source; all 2 rows of the target would be deleted; to allow it: --allow-empty t',
     ('DELETE FROM t',)),
    (3, 'incremental {s} {t} --yes --max-changes 1', '2 rows would be changed; at most 1 may be; to allow it: --max-changes 2', ('UPDATE t SET v = 9',)),
    (3, 'dry-run {s} {t}', 'to allow it: --allow-empty t', ('DELETE FROM t',)),
    (3, 'full-sync {s} {t} --yes', '`{db}`.`t`: it is empty on the source, and has 2 rows on the target; to allow it: --allow-empty t', ('DELETE FROM t',)),
    (3, 'incremental {s} {t} --yes', '; to allow it: --allow-unsafe=drop-column', ('ALTER TABLE t DROP COLUMN v',)),
    # replicas
    (2, 'verify {s} {t} --wait-replica=1', 'target dbsync@{target}: --wait-replica was given, but it is not a replica'),
    # files and folders
    (5, 'incremental {s} {t} --yes --backup-dir file', 'cannot make the folder `file`: Not a directory', ('UPDATE t SET v = 9',)),
    (5, 'incremental {s} {t} --yes --backup-dir file/deeper', 'cannot make the folder `file`: Not a directory', ('UPDATE t SET v = 9',)),
    (5, 'incremental {s} {t} --yes --state-dir file', 'cannot read `file/sync-state.json`: Not a directory', ('UPDATE t SET v = 9',)),
    (5, 'full-sync {s} {t} --yes --state-dir file', 'cannot read `file/sync-state.json`: Not a directory', ('UPDATE t SET v = 9',)),
    (5, 'dry-run {s} {t} --sql file/x.sql', 'cannot make `file/x.sql`: Not a directory', ('UPDATE t SET v = 9',)),
)


class ServersTest(test_writing.WritingTest):
    once = True
    scope = ()
    expect_told = test_errors.ErrorsTest.expect_told

    def setUp(self):
        super().setUp()
        self.program.file('file', '')

    def words(self, text, **more):
        named = {'s': self.source.url(self.db), 't': self.target.url(self.db), 'db': self.db, 'source': f'127.0.0.1:{self.source.port}',
                 'target': f'127.0.0.1:{self.target.port}', 'socket': self.source.socket_path, **more}
        return re.sub(r'\{(\w+)\}', lambda name: str(named[name.group(1)]), text)

    def fresh(self):
        for place in (self.source, self.target):
            for name, kind in self.session(place).run('SELECT TABLE_NAME, TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES '
                                                      f"WHERE TABLE_SCHEMA = '{self.db}'"):
                self.session(place).run(f"DROP {'SEQUENCE' if kind == 'SEQUENCE' else 'TABLE'} `{name}`")
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')

    def expect_case(self, exits, line, phrase, env=None, **more):
        """Those that end with 6 have a report, and the reason is in it."""
        answer = self.dbsync(*shlex.split(self.words(line, **more)), env=env)
        phrase = self.words(phrase, **more)
        if exits == 6:
            self.expect_exit(answer, 6)
            self.assertIn(phrase, answer.text, str(answer))
        elif exits == 3 and line.startswith('dry-run'):
            self.expect_exit(answer, 3)
            self.assertIn(phrase, answer.out, str(answer))
        else:
            self.expect_told(answer, exits, phrase)
        return answer


class Servers(ServersTest):
    @only_with('mariadb', 'rows of the table are in the words of MariaDB')
    def test_each_mistake_is_said(self):
        for exits, line, phrase, *statements in CASES:
            with self.subTest(line=line, phrase=phrase):
                self.fresh()
                for run, group in zip((self.on_source, self.on_target), statements):
                    run(*group)
                before = self.on_target('SELECT * FROM t ORDER BY id')
                self.expect_case(exits, line, phrase)
                self.assertEqual(self.on_target('SELECT * FROM t ORDER BY id'), before, 'the target was changed')


# --------------------------------------------------------------------------
# Backup points
# --------------------------------------------------------------------------

def zstd(*options, data):
    return subprocess.run(['zstd', '-q', '-c', *options], input=data, capture_output=True, check=True).stdout


def sealed(text):
    """The text of a backup point with a trailer that fits it; it does not say that somebody has signed it."""
    class Hash(ctypes.Structure):
        _fields_ = [('low', ctypes.c_uint64), ('high', ctypes.c_uint64)]
    library = ctypes.CDLL('libxxhash.so.0')
    library.XXH3_128bits.restype, library.XXH3_128bits.argtypes = Hash, (ctypes.c_char_p, ctypes.c_size_t)
    text = re.sub(r'"key":"[0-9a-f]{16}",', '', text, count=1)
    body = text[:text.rstrip().rfind('\n') + 1].encode()
    found = library.XXH3_128bits(body, len(body))
    return body + b'-- end {"bytes":%d,"xxh3":"%016x%016x"}\n' % (len(body), found.high, found.low)


# What is put into the place of what in the text of a backup point, and words of the message.
ALTERED = (
    (r'\A-- dbsync backup point', '-- another backup point', 'is not a backup point of dbsync: line 1 does not say so'),
    (r'\n-- manifest ', '\n-- note ', 'is not a backup point of dbsync: line 2 is not its manifest'),
    (r'(?m)^-- manifest .*', '-- manifest [', ': its manifest is not an object of JSON'),
    (r'"format":\d+', '"format":99', ': it has format 99, this version of dbsync reads'),
    (r'"run":', '"ran":', ': its manifest has no proper `run`'),
    (r'/\* u ', '/* x ', ' has an unknown comment'),
    (r'(?m)^-- table 0', '-- table 7', ' names an unknown table'),
    (r'(?m)^(?=DELETE FROM|INSERT INTO)', 'rubbish\n', ' stands outside of a statement'),
    (r'(?m)^\(.* /\* u .*', 'rubbish', ' is no row'),
    (r'(?m)^-- table 0.*\n', '', ' belongs to no table'),
    (r'(?m)^(-- table 0.*\n)', r'\1\1', ' comes back to a table that was passed already'),
)
ALTERED_COPIES = ((r'(?m)^(\(.*/\* )\+( \*/.*)$', r'\1r 1 1 1\2', ' stands for copies of a row'),)
ALTERED_TABLES = (
    (r'(?m)^-- rows \d+', '-- rows 99', ' names an unknown structure'),
    (r'"sum":"', '"sum":"1', ' does not sum up the rows before it'),
    (r'(?m)^(-- rows 0 [\s\S]*?-- total 0 .*\n)', r'\1\1', ' comes back to a table that was passed already'),
    (r'(?m)^-- total [\s\S]*', '-- end x\n', ' is the last: rows are missing'),
)


class Points(ServersTest):
    def point(self, *statements, options=()):
        """The path of a backup point of a run after these statements on the source."""
        self.fresh()
        self.on_source(*statements)
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'all', '--drop-extra-tables', '--allow', 'no-key', *options), 0)
        return Path(self.program.folder, answer.json['backup'])

    def expect_damaged(self, name, phrase, exits=5, commands=('backups', 'rollback')):
        before = self.on_target('SELECT * FROM t ORDER BY id')
        if 'backups' in commands:
            self.expect_case(exits, f'backups verify {name}', phrase)
        if 'rollback' in commands:
            self.expect_case(exits, f'rollback {name} {{t}} --yes --trust-file', phrase)
        self.assertEqual(self.on_target('SELECT * FROM t ORDER BY id'), before)

    def alter(self, point, table, commands=('backups', 'rollback')):
        text = zstd('-d', data=point.read_bytes()).decode()
        for pattern, by, phrase in table:
            with self.subTest(phrase=phrase):
                altered = re.sub(pattern, by, text, count=1)
                self.assertNotEqual(altered, text, 'the test alters nothing')
                Path(self.program.folder, 'altered').write_bytes(zstd('--check', data=sealed(altered)))
                self.expect_damaged('altered', phrase, commands=commands)

    def test_text_that_was_altered(self):
        point = self.point('UPDATE t SET v = 9', 'INSERT INTO t VALUES (3, 3)', 'DELETE FROM t WHERE id = 1')
        self.alter(point, ALTERED)
        text = zstd('-d', data=point.read_bytes())
        for data, phrase in ((text.replace(b'"run"', b'"ran"'), '`altered` was altered: the trailer at byte '),
                             (text + b'-- more\n', ': it ends without its trailer')):
            Path(self.program.folder, 'altered').write_bytes(zstd('--check', data=data))
            self.expect_damaged('altered', phrase)

    def test_rows_of_whole_tables_that_were_altered(self):
        # a rollback writes them as it reads them; the digest of the whole file is what it asks before
        self.alter(self.point('ALTER TABLE t DROP COLUMN v'), ALTERED_TABLES, ('backups',))

    def test_rows_without_a_key_that_were_altered(self):
        self.on_both('DROP TABLE IF EXISTS k', 'CREATE TABLE k (v INT)')
        self.fresh()
        self.on_both('CREATE TABLE k (v INT)')
        self.on_target('INSERT INTO k VALUES (1), (1), (1)')
        answer = self.expect_exit(self.incremental('--allow', 'no-key,empty-source'), 0)
        self.alter(Path(self.program.folder, answer.json['backup']), ALTERED_COPIES)

    def test_rollback_that_is_refused(self):
        point = self.point('UPDATE t SET v = 9')
        text = zstd('-d', data=point.read_bytes()).decode()
        Path(self.program.folder, 'altered').write_bytes(zstd('--check', data=sealed(re.sub(r'"target_identity":"', '"target_identity":"x', text))))
        self.expect_damaged('altered', 'the backup point is of another server (', 3, ('rollback',))
        self.on_target('UPDATE t SET v = 7 WHERE id = 1')
        self.expect_damaged(str(point), '1 rows were changed by somebody else since the run; --force restores them as well', 3, ('rollback',))
        self.on_target('UPDATE t SET v = 9 WHERE id = 1')
        self.point('UPDATE t SET v = 11')
        later = max(Path(self.program.folder).rglob('backup_point_*'), key=lambda path: path.stat().st_mtime_ns).name
        self.expect_damaged(str(point), 'rows were changed since the run; dbsync has written to these tables since: roll these runs back first, '
                            f'the newest first ({later})', 3, ('rollback',))
        by_hand = 'its rows can still be restored by hand, the backup point is SQL (zstdcat)'
        self.on_target('ALTER TABLE t ADD COLUMN w INT')
        self.expect_damaged(str(point), f'`{self.db}`.`t` was altered since the run; {by_hand}', 3, ('rollback',))
        self.on_target('DROP TABLE t')
        self.expect_case(3, f'rollback {point} {{t}} --yes', f'`{self.db}`.`t` no longer exists; {by_hand}')
        point = self.point('ALTER TABLE t ADD COLUMN w INT')
        self.on_target('ALTER TABLE t ADD COLUMN x INT')
        self.expect_damaged(str(point), '1 tables were altered by somebody else since the run; --force restores their old structure as well', 3, ('rollback',))
        self.on_target('ALTER TABLE t DROP COLUMN x')
        self.expect_case(3, f'rollback {point} {{t}} --no-backup', 'without a backup point nothing can be undone: --no-backup needs --yes')
        self.expect_case(2, f'rollback {point}', 'no target is named: give its URL, set DBSYNC_TARGET')


# --------------------------------------------------------------------------
# What a user may do, and what a server is set to
# --------------------------------------------------------------------------

class Rights(ServersTest):
    def limited(self, *grants):
        name, password = self.user(*grants)
        return {'ls': self.source.url(self.db, name, password), 'lt': self.target.url(self.db, name, password)}

    def test_right_that_is_missing(self):
        self.fresh()
        urls = self.limited('SELECT ON `{db}`.*')
        self.on_source('UPDATE t SET v = 9')
        self.expect_case(4, 'incremental {s} {lt} --yes --allow replica,triggers,privileges --binlog off', '--binlog off: ', **urls)
        self.expect_case(4, 'full-sync {s} {lt} --yes --allow replica,triggers,privileges',
                         'copies are made in a database of their own, which this user may not create '
                         '(`dbsync doctor` has the GRANT; `full-sync --no-swap` needs none): ', **urls)
        self.expect_case(6, 'incremental {s} {lt} --yes --data-only --allow replica,triggers,privileges', 'command denied to user', **urls)
        name, password = self.user()
        none = {'ls': self.source.url(self.db, name, password)}
        self.expect_case(4, 'verify {ls} {t}', 'Access denied for user', **none)
        self.source.sql(f"GRANT SELECT ON `{self.db}`.* TO '{name}'@'%'", f"ALTER USER '{name}'@'%' ACCOUNT LOCK")
        self.expect_case(4, 'verify {ls} {t}', 'ccount is locked', **none)
        self.source.sql(f"ALTER USER '{name}'@'%' REQUIRE SSL ACCOUNT UNLOCK")
        self.expect_case(4, 'verify {ls}?ssl-mode=disabled {t}', 'Access denied for user', **none)

    def test_run_whose_owner_cannot_be_seen(self):
        self.fresh()
        self.on_source('UPDATE t SET v = 9')
        running = self.start_write(faults=True, env={'DBSYNC_FAULT': 'apply.begin:1:stall'})
        self.addCleanup(lambda: (running.kill(), running.wait()))
        self.within(30, lambda: self.backups() and '.local/state/dbsync/sync-state.json' in self.program.files(), 'the first run writes')
        urls = self.limited('ALL PRIVILEGES ON `{db}`.*')
        for line, phrase in (('incremental {s} {t} --yes', f"another run writes to the target's database `{self.db}`: `dbsync incremental`, run "),
                             ('incremental {s} {t} --yes --state-dir other', 'another run writes to the target: connection '),
                             ('incremental {s} {lt} --yes --state-dir other --allow replica', 'another run writes to the target (lock ')):
            self.expect_case(3, line, phrase, **urls)

    def test_table_that_somebody_uses(self):
        self.fresh()
        self.on_source('ALTER TABLE t ADD COLUMN w INT')
        with self.target.session(self.db) as other:
            other.run('BEGIN')
            other.run('SELECT * FROM t')
            self.expect_case(6, 'incremental {s} {t} --yes --lock-wait 1', 'the table is in use and could not be locked for 1 seconds (--lock-wait)')

    def test_server_with_other_settings(self):
        self.fresh()
        place = self.server(self.target.name, f'errors-{os.getpid()}', options=('--local-infile=0', '--skip-log-bin'))
        self.new_database(place, name=self.db)
        other = {'other': place.url(self.db), 'port': f'127.0.0.1:{place.port}'}
        self.expect_case(3, 'full-sync {s} {other} --yes --load infile',
                         'the target does not allow LOAD DATA LOCAL (local_infile is off); --load auto does without', **other)
        place.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', database=self.db)
        position = {'mariadb': 'it writes no binary log, so there is no position to wait for',
                    'mysql': 'it has no global transaction id for its snapshot (gtid_mode)'}[place.family]
        self.expect_case(2, 'verify {other} {t} --wait-replica=1', f'source dbsync@{{port}}: {position}', **other)

    @only_with('mariadb', 'rows out of a table of sequences')
    def test_files_that_cannot_grow(self):
        self.on_both('CREATE TABLE k (id INT PRIMARY KEY, v CHAR(32))')
        self.on_source("INSERT INTO k SELECT seq, '' FROM seq_1_to_3000")
        self.on_target('INSERT INTO k SELECT seq, MD5(seq) FROM seq_1_to_3000')
        for limit, words, phrase in ((0, 'dry-run {s} {t} --sql x.sql', 'cannot write a temporary file (TMPDIR): File too large'),
                                     (0, 'incremental {s} {t} --yes', '/.local/state/dbsync/target-'),
                                     (16, 'incremental {s} {t} --yes', ': File too large')):
            with self.subTest(words=words):
                line = f'ulimit -f {limit}; exec {shlex.quote(program_path())} {self.words(words)}'
                answer = Running(['/bin/sh', '-c', line], self.program.environment(), self.program.folder).wait()
                self.expect_told(answer, 5, phrase)
                self.assertEqual(self.backups(), [])

    def test_state_that_somebody_holds(self):
        self.program.file('sync-state.json', '{"runs": []}')
        with open(os.path.join(self.program.folder, 'sync-state.lock'), 'w', encoding='ascii') as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.expect_case(5, 'status --state-dir .', 'cannot lock `./sync-state.lock`: Device or resource busy')

    def test_folders_that_are_missing(self):
        self.fresh()
        self.on_source('UPDATE t SET v = 9')
        self.expect_case(5, 'incremental {s} {t} --yes', 'cannot make a temporary file in `/nowhere` (TMPDIR): No such file or directory', env={'TMPDIR': '/nowhere'})
        for option in ('--metrics-file', '--report'):
            answer = self.expect_exit(self.dbsync('verify', *self.urls(), option, 'file/x'), 1)
            self.assertRegex(answer.err, rf"dbsync: note: {option[2:].split('-')[0]}: cannot (make|read) `file/x`: Not a directory")


class Shown(ServersTest):
    """What came from a server cannot give orders to a terminal."""

    @not_with_old("it loses the parent of a foreign key whose name is no plain one")
    def test_names_with_escape_sequences(self):
        evil = '\x1b[31mred'
        self.on_both(f'CREATE TABLE `a{evil}` (`id{evil}` VARCHAR(40) PRIMARY KEY, up INT, KEY (up))',
                     f'CREATE TABLE `b{evil}` (id INT PRIMARY KEY, up VARCHAR(40), v INT)',
                     f'ALTER TABLE `b{evil}` ADD CONSTRAINT `k{evil}` FOREIGN KEY (up) REFERENCES `a{evil}` (`id{evil}`)',
                     f'ALTER TABLE `a{evil}` ADD CONSTRAINT `l{evil}` FOREIGN KEY (up) REFERENCES `b{evil}` (id)',
                     'SET SESSION foreign_key_checks = 0')
        self.on_both('CREATE TABLE `d\rover\b` (id INT PRIMARY KEY)')
        self.on_source('INSERT INTO `d\rover\b` VALUES (1)', f"INSERT INTO `b{evil}` VALUES (1, '{evil}', 1), (2, 'none', 2)", f"INSERT INTO `a{evil}` VALUES ('{evil}', 7)",
                       f'CREATE TABLE `c{evil}` (`x{evil}` INT PRIMARY KEY)', f'CREATE TRIGGER `g{evil}` BEFORE INSERT ON `a{evil}` FOR EACH ROW SET @x = 1')
        self.on_target(f"INSERT INTO `a{evil}` VALUES ('old{evil}', 1)", f'CREATE VIEW `v{evil}` AS SELECT 1 AS `w{evil}`')
        urls = self.urls()
        for code, *words in ((1, 'verify', *urls, '--details', 9, '--objects', 'all'), (1, 'dry-run', *urls, '--objects', 'all'),
                             (6, 'incremental', *urls, '--yes', '--log-file', 'log'), (0, 'doctor', *urls),
                             (0, 'full-sync', *urls, '--yes', '--drop-extra-objects')):
            with self.subTest(words=words):
                answer = self.expect_exit(self.dbsync(*words), code)
                self.assertNotRegex(answer.text, '[\x1b\r\b]')
                self.assertTrue(words[0] == 'doctor' or r'\x1b[31mred' in answer.text, str(answer))
        state = Path(self.program.folder, '.local/state/dbsync/sync-state.json')
        state.write_text(re.sub(r'"error":null', r'"error":"\\u001b[31mred"', state.read_text()))
        self.assertIn(r'\x1b[31mred', self.expect_exit(self.dbsync('status'), 6).out)
        for name in self.program.files():
            if name.startswith('log'):
                self.assertNotRegex(Path(self.program.folder, name).read_bytes(), b'[\x1b\r\b]')


if __name__ == '__main__':
    test_errors.unittest.main()
