"""What a person sees who sits in front of it: colours, steps, a line that fits."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

import harness
from test_writing import WritingTest

COLOUR = re.compile('\033\\[[0-9]*m')


class Terminal(WritingTest):
    scope = ()
    once = True

    def create(self):
        self.on_both('CREATE TABLE same (id INT PRIMARY KEY)', 'CREATE TABLE other (id INT PRIMARY KEY, v INT)')
        self.on_source('ALTER TABLE other ADD w INT', 'INSERT INTO other VALUES (1, 1, 1)')

    def on_terminal(self, *words, columns=100, **extra):
        """Everything that comes out on a terminal of that width, and the exit code."""
        controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
        env = {key: value for key, value in self.program.environment().items() if key not in ('NO_COLOR', 'TERM')}
        env.update({'TERM': 'xterm', **extra})
        process = subprocess.Popen([harness.program_path(), *map(str, words)], stdin=subprocess.DEVNULL, stdout=terminal,
                                   stderr=terminal, cwd=self.program.folder, env=env)
        os.close(terminal)
        found, deadline = b'', time.monotonic() + 60
        try:
            while time.monotonic() < deadline:
                if not select.select([controller], [], [], 1)[0]:
                    continue
                piece = os.read(controller, 65536)
                found += piece
        except OSError:     # the other end is closed
            pass
        finally:
            os.close(controller)
            if process.poll() is None and time.monotonic() >= deadline:
                process.kill()
        return found.decode('utf-8', 'replace'), process.wait(10)

    def test_colours_on_a_terminal_alone(self):
        self.create()
        words = ('verify', *self.urls())
        painted, status = self.on_terminal(*words)
        self.assertEqual(status, 1, painted)
        for text in ('\033[31mdifferent\033[0m', '\033[32mequal\033[0m', '\033[32m+'):
            self.assertIn(text, painted)
        plain = self.dbsync(*words, env={'TERM': 'xterm'})
        self.assertNotIn('\033', plain.text, str(plain))
        for extra in ({'NO_COLOR': '1'}, {'TERM': 'dumb'}, {'TERM': ''}):
            shown, _ = self.on_terminal(*words, **extra)
            self.assertEqual(COLOUR.findall(shown), [], str(extra))
        # colours move no column
        lines = [line for line in COLOUR.sub('', painted).replace('\r\033[K', '\n').splitlines() if ' rows ' in line and 'primary' in line]
        wanted = [line for line in plain.out.splitlines() if ' rows ' in line and 'primary' in line]
        self.assertEqual([line.rstrip() for line in lines], wanted)
        # an empty NO_COLOR is none (no-color.org)
        self.assertTrue(COLOUR.findall(self.on_terminal(*words, NO_COLOR='')[0]))

    def test_refusals_and_errors_are_painted(self):
        self.create()
        self.on_target('ALTER TABLE other ADD gone INT', 'INSERT INTO other VALUES (5, 5, 5)')
        refused, status = self.on_terminal('incremental', *self.urls(), '--yes')
        self.assertEqual(status, 3, refused)
        self.assertIn('\033[31mREFUSED\033[0m: ', refused)
        wrong, status = self.on_terminal('verify', '--misspelt')
        self.assertEqual(status, 2, wrong)
        self.assertIn('\033[31mdbsync:\033[0m', wrong)
        checked, _ = self.on_terminal('doctor', *self.urls())
        self.assertIn('\033[32mok', checked)

    def test_line_of_progress_fits(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, pad VARCHAR(500))')
        values = ','.join(f"({n},REPEAT('x',400))" for n in range(4000))
        self.on_both(f'INSERT INTO t VALUES {values}')
        shown, status = self.on_terminal('verify', *self.urls(), '--rate', 2, '--digest', 'stream', columns=30)
        self.assertEqual(status, 0, shown)
        pieces = [piece.split('\r')[0] for piece in shown.split('\r\033[K')[1:]]
        lines = [piece for piece in pieces if 'tables' in piece and '\n' not in piece]
        self.assertTrue(lines, shown)
        self.assertLess(max(map(len, lines)), 30, lines)
        shown, status = self.on_terminal('verify', *self.urls(), '--rate', 2, '--digest', 'stream', columns=120)
        begun = [found for found in re.findall(r'\033\[K(\d+)%  0/1 tables  \S+ s  ETA \S+ s  (\S+)  [\d,]+ of ~[\d,]+ rows', shown)]
        self.assertGreater(len(begun), 1, shown)
        self.assertEqual({table for _, table in begun}, {f'{self.db}.t'}, shown)
        shares = [int(share) for share, _ in begun]
        self.assertTrue(shares == sorted(shares) and 0 < shares[-1] < 100, shares)

    def test_steps_are_shown_and_logged(self):
        self.create()
        self.expect_exit(self.incremental('--log-file', 'l.log'), 0)
        with open(os.path.join(self.program.folder, 'l.log'), encoding='utf-8') as log:
            logged = log.read()
        self.on_target('DELETE FROM other', 'ALTER TABLE other DROP w')
        quiet = self.incremental()
        self.assertNotIn('ALTER TABLE', quiet.err, str(quiet))
        self.on_target('DELETE FROM other', 'ALTER TABLE other DROP w')
        shown = self.expect_exit(self.incremental('-v'), 0).err
        for text in (f'dbsync: source {harness.USER}@127.0.0.1', 'comparing 2 tables', 'trying the statements', 'backup point backups/database/',
                     'ADD COLUMN `w`', 'writing 1 rows', 'comparing 1 tables again'):
            self.assertIn(text, shown)
            self.assertIn(text.replace('dbsync: ', '').replace('\\', '\\\\'), logged)
        self.assertIn('event=step', logged)
