"""Hard cases HC-123 ... HC-132: what a run that failed leaves, and what its backup point holds.

The systematic part is in test_crashes.py (every fault point) and in
tests/property/converge_seeds.py; these are the cases by their numbers.
"""
import json
import subprocess

from harness import once
from test_crashes import KILLED, Faults
from test_writing import WritingTest


class Failures(WritingTest):
    @once
    def test_hc_123_range_that_failed_is_no_verdict(self):
        """Tried again it counts as if nothing had happened; failing for good, it is not called equal."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT, pad VARCHAR(2000))')
        self.insert('t', ('id', 'v', 'pad'), [(n, n, "REPEAT('x', 2000)") for n in range(4000)])
        self.on_target('UPDATE t SET v = -1 WHERE id = 3999')
        for fault, code in (('db.stream:3000:error', 1), ('db.stream:3000:error+', 4)):
            with self.subTest(fault=fault):
                answer = self.expect_exit(self.start_write('--digest', 'stream', '--retries', 2, command='dry-run', env={'DBSYNC_FAULT': fault}, faults=True).wait(), code)
                if code == 1:
                    self.assertEqual([table['rows']['update'] for table in json.loads(answer.out)['plan']['tables']], [1], str(answer))
                else:
                    self.assertNotIn('"verdict":"equal"', answer.out)

    def test_hc_127_backup_point_holds_all_that_the_run_takes_away(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))')
        self.insert('t', ('id', 'v'), [(1, "'same'"), (2, "'was two'"), (3, "'was three'")])
        self.on_source("UPDATE t SET v = 'is two' WHERE id = 2", 'DELETE FROM t WHERE id = 3', "INSERT INTO t VALUES (7, 'new')",
                       'ALTER TABLE t AUTO_INCREMENT = 50', 'ALTER TABLE t DROP COLUMN v, ADD COLUMN w VARCHAR(20)',
                       "UPDATE t SET w = 'x'")
        self.on_target('ALTER TABLE t AUTO_INCREMENT = 20')
        self.scope = ()
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'drop-column'), 0)
        text = subprocess.run(['zstdcat', f"{self.program.folder}/{answer.json['backup']}"], capture_output=True, check=True).stdout.decode()
        for words in ("(2,'was two')", "(3,'was three')", "(1,'same')", 'AUTO_INCREMENT = 20', '`v` varchar(20)'):
            self.assertIn(words, text)
        self.assertEqual(self.rows(self.target, 't', 'id'), [('1',), ('2',), ('7',)])

    def test_hc_127_backup_point_of_rows_alone(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))')
        self.insert('t', ('id', 'v'), [(1, "'same'"), (2, "'was two'"), (3, "'was three'")])
        self.on_source("UPDATE t SET v = 'is two' WHERE id = 2", 'DELETE FROM t WHERE id = 3', "INSERT INTO t VALUES (7, 'new')")
        answer = self.expect_exit(self.incremental(), 0)
        text = subprocess.run(['zstdcat', f"{self.program.folder}/{answer.json['backup']}"], capture_output=True, check=True).stdout.decode()
        self.assertRegex(text, r"(?m)^\(2,'was two'\) /\* u ")
        self.assertRegex(text, r"(?m)^\(3,'was three'\) /\* d ")
        self.assertRegex(text, r'(?m)^7 /\* i ')
        self.assertNotIn("'same'", text)
        self.assertNotIn("'new'", text)

    def test_hc_129_way_back_over_foreign_keys_unique_swaps_and_a_column_that_must_not_be_null(self):
        self.on_both('CREATE TABLE parents (id INT PRIMARY KEY, code INT NOT NULL, UNIQUE KEY code (code))',
                     'CREATE TABLE children (id INT PRIMARY KEY, p INT NOT NULL, CONSTRAINT of_parent FOREIGN KEY (p) REFERENCES parents (id))',
                     'CREATE TABLE strict (id INT PRIMARY KEY, must VARCHAR(9) NOT NULL)')
        self.on_both('INSERT INTO parents VALUES (1, 10), (2, 20), (3, 30)', 'INSERT INTO children VALUES (1, 1), (2, 3)',
                     "INSERT INTO strict VALUES (1, 'one'), (2, 'two')")
        self.on_source('DELETE FROM children WHERE id = 2', 'DELETE FROM parents WHERE id = 3', 'UPDATE parents SET code = -code',
                       'UPDATE parents SET code = 30 + code WHERE id IN (1, 2)', 'INSERT INTO parents VALUES (4, 30)',
                       'INSERT INTO children VALUES (9, 4)', 'ALTER TABLE strict DROP COLUMN must')
        self.scope = ()
        names = ('parents', 'children', 'strict')
        before = {name: self.rows(self.target, name) for name in names}
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'all', '--max-delete-percent', 100), 0)
        self.assertEqual(self.rows(self.target, 'parents'), [('1', '20'), ('2', '10'), ('4', '30')])
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)
        self.assertEqual({name: self.rows(self.target, name) for name in names}, before)
        self.assertEqual(self.orphans('children', 'p', 'parents'), [])
        self.assertRegex(self.session(self.target).run('SHOW CREATE TABLE strict')[0][1], r'`must` varchar\(9\).* NOT NULL')

    def test_hc_132_progress_and_notes_do_not_tear_the_json(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(n, n) for n in range(3000)])
        self.on_target('UPDATE t SET v = -1 WHERE id = 5')
        answer = self.expect_exit(self.incremental('--progress', 'json'), 0)
        self.assertEqual(answer.verdict, 'equal')
        self.assertEqual(answer.out.count('\n'), 1, 'one line, one object')
        for line in answer.err.splitlines():
            self.assertTrue(line.startswith('dbsync: ') or isinstance(json.loads(line), dict), line)


class Kills(Faults):
    def test_hc_124_killed_between_deleting_and_inserting_nothing_is_gone(self):
        """Both are one transaction; a row that was deleted and not yet written again is still there."""
        self.create()
        ids = {name: self.keys(name) for name in self.names}
        for nth in (1, 2, 3):
            self.reset()
            answer = self.expect_exit(self.incremental(fault=f'apply.deleted:{nth}:kill'), KILLED)
            wanted = {name: {row[0] for row in self.wanted[name][1]} for name in self.names}
            for name in self.names:
                gone = ids[name] - self.keys(name) - (ids[name] - wanted[name])
                self.assertEqual(gone, set(), f'{name}: rows that both sides have\n{answer}')
            self.expect_repeated(answer)

    def keys(self, name):
        return {row[0] for row in self.dump(self.target)[name][1]}

    def test_hc_130_rollback_of_half_a_run_and_rollback_of_that(self):
        self.create()
        self.expect_exit(self.incremental(fault='apply.committed:3:kill'), KILLED)
        half, first = self.dump(self.target), self.backups()[0]
        self.assertNotEqual(self.differences(self.before, half), [], 'the run had come to something')
        answer = self.expect_exit(self.rollback(first), 0)
        self.expect_before(answer)
        second, = set(self.backups()) - {first}
        self.expect_exit(self.rollback(second), 0)
        self.assertEqual(self.differences(half, self.dump(self.target)), [], 'not as it was half-way')
        self.expect_exit(self.rollback(first), 0)
        self.expect_before('the half run was undone twice')
        self.expect_repeated('and repeated')
