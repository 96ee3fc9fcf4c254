"""Files of statements, read by plain clients of any default character set (item 6 of the findings).

A client looks for the ends of names and statements in its own character set, whatever
the server was told.  In those of East Asia the second byte of a character may be a
backquote: a name that ends with a character of three bytes in UTF-8 then does not end,
and what is in the next name is outside of names: a client runs the commands there.
"""
import os
import subprocess

import harness
from test_writing import WritingTest

# the bytes at their ends begin a character of two bytes: in gbk, gb18030 and big5, and in sjis and cp932
SWALLOWING = ('中', '丁')
COMMAND = '\\! touch $PROOF;#'
CHARSETS = ('latin1', 'utf8mb4', 'gbk', 'big5', 'sjis', 'cp932', 'gb18030')


class Clients(WritingTest):
    scope = ('--drop-extra-tables',)

    def setUp(self):
        super().setUp()
        self.proof = os.path.join(self.program.folder, 'proof')

    def client(self, charset, text, *options):
        """The server's own client (of MySQL 5.6: the one that is here), which may run commands."""
        words = [harness.servers_script(), 'sql', self.target.name, '--port', str(self.target.port), '--', '--comments',
                 f'--default-character-set={charset}', *options]
        if self.target.name == 'mysql-9':
            words += ['--commands', '--system-command']
        return subprocess.run(words, input=text, capture_output=True, timeout=60, check=False,
                              env={**os.environ, 'PROOF': self.proof})

    def knows(self, charset):
        return charset != 'gb18030' or self.target.name == 'mysql-9'

    def make(self):
        for letter in SWALLOWING:
            name, last = f'`a{letter}`', f'`{COMMAND}`'
            self.on_both(f'CREATE TABLE {name} ({last} INT, `b{letter}` VARCHAR(9), id INT PRIMARY KEY)')
            self.on_source(f"INSERT INTO {name} VALUES (1, 'x', 1), (2, 'y', 2)", f'CREATE TABLE `new{letter}` ({last} INT PRIMARY KEY)',
                           f'INSERT INTO `new{letter}` VALUES (5)')
            self.on_target(f"INSERT INTO {name} VALUES (1, '{letter}', 1), (3, 'z', 3)",
                           f"CREATE TABLE `old{letter}` ({last} INT PRIMARY KEY, b INT COMMENT '{letter}')", f'INSERT INTO `old{letter}` VALUES (5, 6)')

    def contents(self, place):
        names = sorted(name for name, in self.session(place).run('SHOW TABLES'))
        return {name: (self.rows(place, f'`{name}`'),
                       [(column[0], column[1].replace('int(11)', 'int')) for column in self.session(place).run(f'SHOW COLUMNS FROM `{name}`')])
                for name in names}

    def run_as(self, charset, text):
        done = self.client(charset, text)
        self.assertFalse(os.path.exists(self.proof), f'{charset}: a name was taken for a command\n{done}')
        self.assertEqual(done.returncode, 0, f'{charset}\n{done}')

    def test_item_6_files_are_read_alike_by_every_client(self):
        self.make()
        before, wanted = self.contents(self.target), self.contents(self.source)
        options = ('--allow-unsafe', 'all')
        self.expect_exit(self.dry_run(*options, '--sql', 'changes.sql'), 1)
        answer = self.expect_exit(self.incremental(*options), 0)
        self.assertEqual(self.contents(self.target), wanted)
        back = subprocess.run(['zstdcat', answer.json['backup']], cwd=self.program.folder, capture_output=True, check=True).stdout
        with open(os.path.join(self.program.folder, 'changes.sql'), 'rb') as file:
            forth = file.read()
        for charset in filter(self.knows, CHARSETS):
            self.run_as(charset, back)
            self.assertEqual(self.contents(self.target), before, charset)
            self.run_as(charset, forth)
            self.assertEqual(self.contents(self.target), wanted, charset)

    def test_item_6_code_of_a_client_of_another_character_set(self):
        """In gbk its texts end where they do not in UTF-8, for a backslash is the second half of a character."""
        for place, number in ((self.source, 1), (self.target, 2)):
            with place.session(self.db) as session:
                session.run('CREATE TABLE t (id INT PRIMARY KEY)')
                session.run('SET character_set_client = gbk')
                session.run(f"CREATE PROCEDURE p() BEGIN SELECT '中\\', ' \\! touch $PROOF # '; SELECT {number}; END")

        def code(place):
            return place.sql(f"SELECT ROUTINE_DEFINITION FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '{self.db}'")

        before, wanted = code(self.target), code(self.source)
        self.assertNotEqual(before, wanted)
        self.expect_exit(self.dry_run('--objects', 'all', '--sql', 'changes.sql'), 1)
        answer = self.expect_exit(self.incremental('--objects', 'all'), 0)
        back = subprocess.run(['zstdcat', answer.json['backup']], cwd=self.program.folder, capture_output=True, check=True).stdout
        with open(os.path.join(self.program.folder, 'changes.sql'), 'rb') as file:
            forth = file.read()
        for charset in ('utf8mb4', 'gbk'):
            self.run_as(charset, back)
            self.assertEqual(code(self.target), before, charset)
            self.run_as(charset, forth)
            self.assertEqual(code(self.target), wanted, charset)

    def test_item_6_code_that_clients_read_otherwise_is_not_in_the_file(self):
        """To clients a backslash escapes in all quotes; in names that ANSI_QUOTES quotes it does not."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_source("SET SESSION sql_mode = 'ANSI_QUOTES'", 'CREATE PROCEDURE p() SELECT 1 AS "a\\", 2 AS "\\! touch $PROOF #"',
                       'CREATE PROCEDURE q() SELECT 1 AS "a", 2 AS "b"')
        self.expect_exit(self.dry_run('--objects', 'all', '--sql', 'changes.sql'), 1)
        with open(os.path.join(self.program.folder, 'changes.sql'), 'rb') as file:
            text = file.read()
        self.run_as('utf8mb4', text)
        self.assertIn(f'-- not in this file: {self.db}.p: a client might take a part of it for commands'.encode(), text)
        self.assertEqual(self.target.sql(f"SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = '{self.db}'"), [('q',)])

    def test_item_6_client_of_this_test_would_run_it(self):
        """Else the other test shows nothing: SET NAMES alone does not change how a client reads."""
        for letter, charset in zip(SWALLOWING, ('gbk', 'sjis')):
            text = f'USE {self.db};\nSET NAMES utf8mb4;\nCREATE TABLE `a{letter}` (`{COMMAND}` INT);\n'
            self.client(charset, text.encode())
            self.assertTrue(os.path.exists(self.proof), charset)
            os.unlink(self.proof)
