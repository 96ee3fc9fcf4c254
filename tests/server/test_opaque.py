"""Definitions that this version does not understand: they are equal where both sides show the same text, and never else."""
import json

from harness import only_with
from test_writing import WritingTest


class Opaque(WritingTest):
    scope = ()

    def create(self):
        self.on_both('CREATE TABLE history (id INT PRIMARY KEY, v INT) WITH SYSTEM VERSIONING',
                     'CREATE TABLE moments (id INT PRIMARY KEY, v INT, s TIMESTAMP(6) GENERATED ALWAYS AS ROW START INVISIBLE, '
                     'e TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (s, e)) WITH SYSTEM VERSIONING',
                     'CREATE TABLE spans (id INT PRIMARY KEY, a DATE, b DATE, PERIOD FOR span (a, b))', 'CREATE SEQUENCE numbers')
        for number in (1, 2):
            self.on_both(f'INSERT INTO history VALUES ({number}, 0)', f'INSERT INTO moments (id, v) VALUES ({number}, 0)',
                         f"INSERT INTO spans VALUES ({number}, '2026-01-01', '2026-02-0{number}')")

    def verdicts(self, answer):
        return {table['table']: table['verdict'] for table in json.loads(answer.out)['tables']}

    @only_with('mariadb', 'system versioning')
    def test_the_same_text_is_equal(self):
        self.create()
        answer = self.expect_exit(self.verify('--objects', 'tables'), 0)
        self.assertEqual(self.verdicts(answer), dict.fromkeys(('history', 'moments', 'spans', 'numbers'), 'equal'))

    @only_with('mariadb', 'system versioning')
    def test_another_text_is_incomplete(self):
        self.create()
        self.on_target('ALTER TABLE history DROP SYSTEM VERSIONING', 'ALTER TABLE spans ADD COLUMN c INT')
        answer = self.expect_exit(self.verify('--objects', 'tables'), 6)
        found = self.verdicts(answer)
        self.assertEqual((found['history'], found['moments'], found['numbers']), ('incomplete', 'equal', 'equal'))
        self.assertNotEqual(found['spans'], 'equal')

    @only_with('mariadb', 'system versioning')
    def test_current_rows_are_compared_and_written_and_the_night_is_green(self):
        self.create()
        self.on_source('UPDATE history SET v = 5 WHERE id = 1', 'DELETE FROM history WHERE id = 2', 'UPDATE moments SET v = 6 WHERE id = 1',
                       "UPDATE spans SET b = '2026-03-03' WHERE id = 2", 'INSERT INTO history VALUES (3, 3)')
        before = self.dump()
        self.expect_error(self.incremental(), 3, '--allow versioned')
        answer = self.expect_exit(self.incremental('--allow', 'versioned'), 0)
        self.expect_exit(self.verify('--objects', 'tables'), 0)
        self.expect_exit(self.incremental('--allow', 'versioned'), 0)
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes', '--allow', 'versioned'), 0)
        self.assertEqual(self.dump(), before)

    def dump(self):
        return [sorted(self.on_target(f'SELECT * FROM {name}')) for name in ('history', 'spans')] + self.on_target('SELECT id, v FROM moments')

    @only_with('mariadb', 'sequences')
    def test_sequence_that_moved_is_different_and_can_be_left_out_once(self):
        self.create()
        self.on_source('SELECT NEXTVAL(numbers)')
        answer = self.expect_exit(self.verify('--objects', 'tables'), 1)
        self.assertEqual(self.verdicts(answer)['numbers'], 'different')
        self.assertIn('numbers: it cannot be written: a sequence is not a table of rows (set it with SETVAL, or name it in --exclude-tables)',
                      self.expect_exit(self.dbsync('dry-run', *self.urls()), 6).out)
        self.expect_exit(self.incremental(), 6)
        self.expect_exit(self.incremental('--exclude-tables', 'numbers'), 0)
        self.expect_exit(self.verify('--exclude-tables', 'numbers'), 0)

    @only_with('mariadb', 'system versioning')
    def test_full_sync_leaves_them_as_they_are(self):
        self.create()
        answer = self.start_write(command='full-sync').wait(60)
        self.expect_exit(answer, 6)
        self.assertIn('on the source it is system-versioned', answer.out)


del WritingTest     # whose tests are its own
