"""Several runs in one process at the same time (src/run), as a service has them."""
import re
import subprocess
from collections import Counter

from harness import ServerTest, together_path
from test_regressions import numbers

ROUNDS = 5
TABLES = 4
SANITIZED = re.compile(r'WARNING: \w*Sanitizer|ERROR: \w*Sanitizer|runtime error:|a bug at ')


class Together(ServerTest):
    once = True

    def setUp(self):
        super().setUp()
        self.path = together_path()
        self.names = [f't{number}' for number in range(TABLES)]
        self.others = [self.new_database(self.target) for _ in range(2)]
        for name in self.names:
            self.on_source(f'CREATE TABLE {name} (id INT PRIMARY KEY, v VARCHAR(20), w INT)',
                           f"INSERT INTO {name} SELECT n, CONCAT('v', n % 7), n FROM {numbers(3000)}")
            for database in (self.db, *self.others):
                self.target.sql(f'CREATE TABLE {database}.{name} (id INT PRIMARY KEY, v VARCHAR(20), w INT)',
                                f"INSERT INTO {database}.{name} SELECT n, CONCAT('v', n % 7), n FROM {numbers(3000)}")

    def runs(self, rounds):
        """The lines that it prints, of one round after the other."""
        urls = [self.target.url(name) for name in (self.db, *self.others)]
        done = subprocess.run([self.path, str(rounds), self.program.folder, self.source.url(self.db), *urls],
                              capture_output=True, text=True, check=False, timeout=300, cwd=self.program.folder,
                              env=self.program.environment({'TSAN_OPTIONS': 'exitcode=99', 'ASAN_OPTIONS': 'exitcode=99'}))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIsNone(SANITIZED.search(done.stderr), done.stderr)
        return Counter(done.stdout.splitlines())

    def test_two_that_look_and_one_that_writes(self):
        first, third = self.db, self.others[1]
        self.target.sql(f'UPDATE {first}.t1 SET w = -1 WHERE id % 100 = 0',
                        f'DELETE FROM {third}.t0 WHERE id % 3 = 0', f"UPDATE {third}.t2 SET v = 'x'",
                        f'INSERT INTO {third}.t3 VALUES (-1, NULL, NULL)')
        found = self.runs(ROUNDS)
        self.assertEqual(found, {'verify 1: different, 30 rows': ROUNDS, 'verify 2: equal, 0 rows': ROUNDS,
                                 'incremental: equal, 4001 rows': 1, 'incremental: equal, 0 rows': ROUNDS - 1})
        for name in self.names:
            rows = self.source.sql(f'SELECT * FROM {self.db}.{name}')
            self.assertEqual(Counter(rows), Counter(self.target.sql(f'SELECT * FROM {third}.{name}')), name)
        self.assertEqual(self.target.sql(f'SELECT COUNT(*) FROM {first}.t1 WHERE w = -1'), [('30',)])

    def test_what_one_cannot_do_is_its_own_error(self):
        """No privileges of one, a database that is not there of another: the third goes on."""
        gone = self.others[0]
        self.target.sql(f'DROP DATABASE {gone}')
        found = self.runs(1)
        self.assertEqual(sorted(line.split(',')[0] for line in found if not line.startswith('verify 2')),
                         ['incremental: equal', 'verify 1: equal'])
        (line,) = [line for line in found if line.startswith('verify 2')]
        self.assertRegex(line, f'error: .*{gone}')
