"""Hard cases HC-060 ... HC-085: unique keys, foreign keys, triggers, counters, retries.

dbsync is not believed here: every test reads both sides itself afterwards.
What the guards refuse is in test_guards.py.
"""
import json
import os
import re
from pathlib import Path

from harness import Answer, Running, faults_path, only_with
from test_key_space import WIDE
from test_sources_of_trouble import TroubleTest

CHANGES = ('insert', 'update', 'delete')
PART = 10_000           # rows; with WIDE, enough for several ranges


class Written(Answer):
    """What one run of incremental or dry-run gave."""
    commands = ('incremental', 'dry-run')

    @classmethod
    def of(cls, answer):
        return cls(answer.words, answer.exit, answer.out, answer.err, answer.seconds, answer.note)

    @property
    def json(self):
        try:
            found = json.loads(self.out)
        except ValueError as problem:
            raise AssertionError(f'stdout is not one JSON value ({problem})\n{self}') from None
        if not isinstance(found, dict) or found.get('command') not in self.commands:
            raise AssertionError(f'stdout is not the object of the command\n{self}')
        return found

    @property
    def error(self):
        if 'error' not in self.json:
            raise AssertionError(f'this run should have failed as a whole\n{self}')
        return self.json['error']

    @property
    def plan(self):
        return self.json['plan']

    @property
    def notes(self):
        return '\n'.join(self.plan['notes'])

    @property
    def guards(self):
        return {guard['kind']: guard for guard in self.plan['guards']}

    def result(self, name):
        found = [entry for entry in self.json['written'] or [] if entry['table'] == name]
        if len(found) != 1:
            raise AssertionError(f'{len(found)} results of {name}, 1 expected\n{self}')
        return found[0]


def changes(entry):
    return tuple(entry['rows'][kind] for kind in CHANGES)


class WritingTest(TroubleTest):
    def start_write(self, *options, command='incremental', env=None, faults=False, yes=True, source=None, target=None):
        """Runs in a folder of the test's own, where ./sync and ./backups/database are."""
        ours = self.urls()
        scope = () if {'--schema-only', '--data-only'} & set(options) else self.scope
        words = [command, source or ours[0], target or ours[1], '--json', *scope,
                 *(('--yes',) if yes else ()), *map(str, options)]
        if not faults:
            return self.program.start(*words, env=env)
        return Running([faults_path(), *words], self.program.environment(env), self.program.folder)

    def incremental(self, *options, limit=60, **how):
        return Written.of(self.start_write(*options, **how).wait(limit))

    def dry_run(self, *options, limit=60, **how):
        return Written.of(self.start_write(*options, command='dry-run', **how).wait(limit))

    def stumble(self, *options, fault=None, sql=None, **how):
        """incremental by a build that stumbles at a point, or at a statement."""
        wishes = {'DBSYNC_FAULT': fault, 'DBSYNC_FAULT_SQL': sql}
        env = {name: wish for name, wish in wishes.items() if wish}
        return self.incremental(*options, env=env, faults=True, **how)

    # What is on the servers, and on the disk ---------------------------------

    def rows(self, place, table, columns='*', order='1'):
        return self.session(place).run(f'SELECT {columns} FROM {table} ORDER BY {order}')

    def same_rows(self, table, columns='*', order='1', count=None):
        """The rows of both sides, which are the same (and so many)."""
        source, target = (self.rows(place, table, columns, order) for place in (self.source, self.target))
        self.assertEqual(target, source, f'rows of {table}: target, source')
        if count is not None:
            self.assertEqual(len(target), count, f'rows of {table}')
        return target

    def counter(self, place, table):
        found = re.search(r'AUTO_INCREMENT=(\d+)', self.session(place).run(f'SHOW CREATE TABLE {table}')[0][1])
        return int(found.group(1)) if found else 1

    def orphans(self, child, column, parent, place=None):
        return self.session(place or self.target).run(
            f'SELECT c.{column} FROM {child} c LEFT JOIN {parent} p ON p.id = c.{column} '
            f'WHERE c.{column} IS NOT NULL AND p.id IS NULL')

    def backups(self):
        return self.program.backups()

    # What dbsync says ----------------------------------------------------------

    def expect_written(self, answer, **tables):
        """All of it was written: (inserts, updates, deletes) of these tables, and nothing else."""
        self.expect_exit(answer, 0)
        found = answer.json
        self.assertEqual(found['verdict'], 'equal', str(answer))
        self.assertEqual(found['still_different'], [], str(answer))
        told = {entry['table']: changes(entry) for entry in found['written']}
        self.assertEqual(told, tables, f'(insert, update, delete)\n{answer}')
        self.assertEqual([entry for entry in found['written'] if entry['error'] or entry['refused'] or entry['drifted']],
                         [], str(answer))
        self.assertEqual([entry for entry in found['without_parent'] if entry['rows']], [], str(answer))
        self.assertEqual(len(self.backups()), 1, f'one backup point\n{self.program.files()}\n{answer}')
        self.assertTrue(os.path.exists(os.path.join(self.program.folder, found['backup'])), str(answer))
        return answer

    def expect_partly(self, answer, table, *words):
        """Exit 6, and the result of the table says why: of all of it, or of rows."""
        self.expect_exit(answer, 6)
        self.assertEqual(answer.json['verdict'], 'incomplete', str(answer))
        result = answer.result(table)
        error = result['error'] or result['refusal'] or ''
        self.assertTrue(error, str(answer))
        for word in words:
            self.assertIn(word.lower(), error.lower(), str(answer))
        return answer

    def expect_settled(self):
        """A second run finds nothing to do: it was no accident that it looked equal."""
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual((answer.json['verdict'], answer.json['written']), ('equal', None), str(answer))


class UniqueKeys(WritingTest):
    def pair(self, source, target):
        self.on_both('CREATE TABLE t (a INT NOT NULL PRIMARY KEY, b INT NOT NULL, UNIQUE KEY (b))')
        self.insert('t', ('a', 'b'), source, target=False)
        self.insert('t', ('a', 'b'), target, source=False)

    def many(self, rows, order):
        """rows on both sides with unique values; the source has them in another order."""
        self.on_both(f'CREATE TABLE t (a INT NOT NULL PRIMARY KEY, b INT NOT NULL, UNIQUE KEY (b){WIDE})')
        self.insert('t', ('a', 'b'), [(n, order(n)) for n in range(rows)], target=False)
        self.insert('t', ('a', 'b'), [(n, n) for n in range(rows)], source=False)
        for place in (self.source, self.target):
            place.sql('ANALYZE TABLE t', database=self.db)

    def test_hc_060_two_rows_swap_their_unique_values(self):
        self.pair([(1, 2), (2, 1)], [(1, 1), (2, 2)])
        self.expect_written(self.incremental(), t=(0, 2, 0))
        self.assertEqual(self.rows(self.target, 't'), [('1', '2'), ('2', '1')])

    def test_hc_060_swap_keeps_the_columns_that_only_the_target_has(self):
        # A row that is deleted and inserted again would lose them.
        self.on_source('CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL UNIQUE)')
        self.on_target("CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL UNIQUE, own VARCHAR(9) DEFAULT 'lost')")
        self.on_source('INSERT INTO t VALUES (1, 2), (2, 1)')
        self.on_target("INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two')")
        answer = self.expect_exit(self.incremental(), 6)        # its columns differ
        self.assertEqual(changes(answer.result('t')), (0, 2, 0), str(answer))
        self.assertEqual(self.rows(self.target, 't'), [('1', '2', 'one'), ('2', '1', 'two')])

    def test_hc_061_file_of_statements_lets_values_go_round(self):
        """A plain client cannot try again: the statements have to come in an order that works."""
        for source, own in ((self.on_source, ''), (self.on_target, ", own VARCHAR(9) DEFAULT 'lost'")):
            source(f'CREATE TABLE t (a INT PRIMARY KEY, b INT NOT NULL UNIQUE{own})')
        self.on_source('INSERT INTO t VALUES (1, 2), (2, 3), (3, 1), (4, 9), (5, 4)')
        self.on_target("INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two'), (3, 3, 'three'), (4, 4, 'four'), (6, 9, 'six')")
        self.expect_exit(self.dry_run('--sql', 'changes.sql'), 1)
        session = self.target.session(self.db)
        self.addCleanup(session.close)
        for statement in Path(self.program.folder, 'changes.sql').read_text(encoding='utf-8').split(';\n'):
            if statement.strip():
                session.run(statement)
        self.assertEqual(self.rows(self.target, 't'), [('1', '2', 'one'), ('2', '3', 'two'), ('3', '1', 'three'),
                                                       ('4', '9', 'four'), ('5', '4', 'lost')])

    def test_hc_061_three_rows_in_a_circle(self):
        self.pair([(1, 2), (2, 3), (3, 1), (4, 4)], [(1, 1), (2, 2), (3, 3), (4, 4)])
        self.expect_written(self.incremental(), t=(0, 3, 0))
        self.assertEqual(self.rows(self.target, 't'), [('1', '2'), ('2', '3'), ('3', '1'), ('4', '4')])

    def test_hc_061_circle_through_the_ranges_of_several_workers(self):
        ring = [1, PART // 2, PART - 1]
        self.many(PART, lambda n: ring[(ring.index(n) + 1) % 3] if n in ring else n)
        answer = self.expect_written(self.incremental('--digest', 'stream', '-p', 4), t=(0, 3, 0))
        self.assertGreater(answer.json['tables'][0]['ranges'], 1, str(answer))
        self.same_rows('t', 'a, b', count=PART)

    def test_hc_061_long_chain_in_which_each_row_waits_for_the_next(self):
        self.many(PART, lambda n: n + 1)
        self.expect_written(self.incremental('-p', 4), t=(0, PART, 0))
        self.same_rows('t', 'a, b', count=PART)

    def test_hc_061_chain_the_other_way_round_through_a_deleted_row(self):
        self.many(PART, lambda n: n - 1 if n else PART)
        self.insert('t', ('a', 'b'), [(PART + 5, PART)], source=False)
        self.expect_written(self.incremental('-p', 4), t=(0, PART, 1))
        self.same_rows('t', 'a, b', count=PART)

    def mail(self, source, target):
        self.on_both(f'CREATE TABLE t (id INT PRIMARY KEY, mail VARCHAR(40) NOT NULL UNIQUE{WIDE})')
        common = [(n, f"'{n}@x'") for n in range(100, PART)]
        self.insert('t', ('id', 'mail'), common + source, target=False)
        self.insert('t', ('id', 'mail'), common + target, source=False)

    def test_hc_062_new_row_takes_the_value_of_a_stale_row_that_stays(self):
        # ON DUPLICATE KEY UPDATE would rewrite row 3 and never insert the new one.
        self.mail([(3, "'b@x'"), (PART + 5, "'a@x'")], [(3, "'a@x'")])
        self.expect_written(self.incremental('-p', 4), t=(1, 1, 0))
        self.assertEqual(self.rows(self.target, f't WHERE id IN (3, {PART + 5})', 'id, mail'),
                         [('3', 'b@x'), (str(PART + 5), 'a@x')])
        self.same_rows('t', 'id, mail', count=PART - 98)

    def test_hc_062_new_row_takes_the_value_of_a_row_that_goes(self):
        self.mail([(5, "'a@x'")], [(PART + 7, "'a@x'")])
        self.expect_written(self.incremental('-p', 4), t=(1, 0, 1))
        self.same_rows('t', 'id, mail', count=PART - 99)

    def test_hc_063_rows_that_the_target_takes_for_one_are_not_lost_unsaid(self):
        for place, collation in ((self.source, 'utf8mb4_bin'), (self.target, 'utf8mb4_general_ci')):
            place.sql(f'CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) COLLATE {collation}, UNIQUE KEY (v))',
                      "INSERT INTO t VALUES (1, 'google')", database=self.db)
        self.on_source("INSERT INTO t VALUES (2, 'Google'), (3, 'yahoo')")
        answer = self.expect_partly(self.incremental(), 't', 'duplicate')
        left = [entry for entry in answer.json['still_different'] if entry['table'] == 't']
        self.assertEqual([changes(entry) for entry in left], [(1, 0, 0)], str(answer))
        self.assertEqual(self.rows(self.target, 't'), [('1', 'google'), ('3', 'yahoo')])

    def test_hc_063_primary_key_that_the_target_takes_for_one_keeps_its_row(self):
        for place, collation in ((self.source, 'utf8mb4_bin'), (self.target, 'utf8mb4_general_ci')):
            place.sql(f'CREATE TABLE t (k VARCHAR(20) COLLATE {collation} PRIMARY KEY, v INT)',
                      "INSERT INTO t VALUES ('google', 1)", database=self.db)
        self.on_source("INSERT INTO t VALUES ('Google', 2)")
        answer = self.incremental()
        self.assertEqual(answer.exit, 6, f'there are two rows, and place for one\n{answer}')
        self.assertEqual(self.rows(self.target, 't'), [('google', '1')])


class ForeignKeys(WritingTest):
    def family(self, rule, source=True):
        """Parents 1 ... 3 with two children each, on both sides."""
        self.on_both('CREATE TABLE parent (id INT PRIMARY KEY, v INT)',
                     f'CREATE TABLE child (id INT PRIMARY KEY, up INT, CONSTRAINT fk FOREIGN KEY (up) '
                     f'REFERENCES parent (id) ON DELETE {rule} ON UPDATE {rule})')
        self.insert('parent', ('id', 'v'), [(n, n) for n in (1, 2, 3)])
        self.insert('child', ('id', 'up'), [(n, 1 + n // 2) for n in range(6)])

    def test_hc_064_changed_parent_keeps_its_children(self):
        # REPLACE would delete the parent first.
        for rule in ('CASCADE', 'SET NULL'):
            with self.subTest(rule):
                self.on_both('DROP TABLE IF EXISTS child, parent')
                self.family(rule)
                before = self.rows(self.target, 'child')
                self.on_source('UPDATE parent SET v = v + 10 WHERE id < 3')
                answer = self.expect_exit(self.incremental(), 0)
                self.assertEqual(changes(answer.result('parent')), (0, 2, 0), str(answer))
                self.assertEqual(self.rows(self.target, 'child'), before)
                self.same_rows('parent', count=3)

    def test_hc_064_children_of_a_deleted_parent_that_the_source_keeps_are_kept(self):
        # The rule would delete or empty children that were found equal before.
        for rule in ('CASCADE', 'SET NULL'):
            with self.subTest(rule):
                self.on_both('DROP TABLE IF EXISTS child, parent')
                self.family(rule)
                self.on_source('SET SESSION foreign_key_checks=0', 'DELETE FROM parent WHERE id = 2')
                answer = self.expect_exit(self.incremental(), 0)
                self.assertEqual(changes(answer.result('parent')), (0, 0, 1), str(answer))
                self.same_rows('child', count=6)
                self.same_rows('parent', count=2)

    def test_hc_065_rows_refer_to_later_rows_of_their_own_table(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES t (id))')
        self.insert('t', ('id', 'up'), [(n, n + 1 if n < 3000 else None) for n in range(1, 3001)], target=False)
        self.insert('t', ('id', 'up'), [(5000, 5001), (5001, None)], source=False)
        self.expect_written(self.incremental('-p', 4, '--max-delete-percent', 100), t=(3000, 0, 2))
        self.assertEqual(self.orphans('t', 'up', 't'), [])
        self.same_rows('t', count=3000)

    def test_hc_065_tables_refer_to_each_other_in_a_circle(self):
        self.on_both('CREATE TABLE a (id INT PRIMARY KEY, b INT)',
                     'CREATE TABLE b (id INT PRIMARY KEY, a INT, FOREIGN KEY (a) REFERENCES a (id))',
                     'ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b (id)')
        self.insert('a', ('id', 'b'), [(1, 1), (2, 2)], target=False)
        self.insert('b', ('id', 'a'), [(1, 2), (2, 1)], target=False)
        self.insert('a', ('id', 'b'), [(7, 7)], source=False)
        self.insert('b', ('id', 'a'), [(7, 7)], source=False)
        answer = self.expect_written(self.incremental(), a=(2, 0, 1), b=(2, 0, 1))
        self.assertIn('cycle', answer.notes, str(answer))
        for table, column in (('a', 'b'), ('b', 'a')):
            self.assertEqual(self.orphans(table, column, column), [])
            self.same_rows(table, count=2)

    def test_hc_065_child_of_a_table_that_is_left_out_is_written(self):
        self.family('RESTRICT')
        self.insert('child', ('id', 'up'), [(9, 3)], target=False)
        self.insert('parent', ('id', 'v'), [(9, 9)], target=False)
        answer = self.expect_written(self.incremental('--exclude-tables', 'parent'), child=(1, 0, 0))
        self.assertEqual([entry['foreign_key'] for entry in answer.json['without_parent']], ['fk'], 'it was looked at')
        self.same_rows('child', count=7)
        self.assertEqual(self.rows(self.target, 'parent', 'id'), [('1',), ('2',), ('3',)], 'it was left out')

    def test_hc_066_orphan_that_was_written_is_not_passed_over(self):
        self.family('RESTRICT')
        self.insert('parent', ('id', 'v'), [(9, 9)], target=False)
        self.insert('child', ('id', 'up'), [(9, 9)], target=False)
        answer = self.expect_exit(self.incremental('--tables', 'child'), 6)
        self.same_rows('child', count=7)
        self.assertEqual(self.orphans('child', 'up', 'parent'), [('9',)], 'the case is there')
        found = answer.json['without_parent']
        self.assertEqual([(entry['foreign_key'], entry['table'], entry['parent_table'], entry['rows']) for entry in found],
                         [('fk', 'child', 'parent', 1)], str(answer))

    def test_hc_066_nothing_is_said_of_keys_that_hold(self):
        self.family('RESTRICT')
        self.insert('parent', ('id', 'v'), [(9, 9)], target=False)
        self.insert('child', ('id', 'up'), [(9, 9)], target=False)
        answer = self.expect_written(self.incremental(), parent=(1, 0, 0), child=(1, 0, 0))
        self.assertEqual((answer.notes, self.orphans('child', 'up', 'parent')), ('', []), str(answer))


class Triggers(WritingTest):
    def table_with_trigger(self, body):
        self.table(rows=5)
        self.on_both('CREATE TABLE audit (n INT AUTO_INCREMENT PRIMARY KEY, id INT)')
        self.on_target(f'CREATE TRIGGER spoil {body}')
        self.on_source('UPDATE t SET v = 100 WHERE id = 3')

    def test_hc_067_trigger_that_changes_what_was_written_is_found_out(self):
        self.table_with_trigger('BEFORE UPDATE ON t FOR EACH ROW SET NEW.v = NEW.v + 1')
        answer = self.incremental('--allow', 'triggers')
        self.assertEqual(self.rows(self.target, 't WHERE id = 3', 'v'), [('101',)], 'it has fired')
        self.expect_exit(answer, 6)
        self.assertEqual([changes(entry) for entry in answer.json['still_different']], [(0, 1, 0)], str(answer))

    def test_hc_067_trigger_that_writes_elsewhere_is_listed_and_refused(self):
        self.table_with_trigger('AFTER UPDATE ON t FOR EACH ROW INSERT INTO audit (id) VALUES (NEW.id)')
        answer = self.expect_exit(self.dry_run(yes=False), 3)
        guard = answer.guards['triggers']
        self.assertEqual((guard['table'], guard['allowed']), ('t', False), str(answer))
        self.assertIn('`spoil` (AFTER UPDATE)', guard['text'], str(answer))
        self.expect_exit(self.incremental(), 3)
        self.assertEqual(self.rows(self.target, 'audit'), [])
        self.assertEqual(self.rows(self.target, 't WHERE id = 3', 'v'), [('3',)])

    def test_hc_067_trigger_of_the_source_is_nobodys_concern(self):
        self.table(rows=5)
        self.on_source('CREATE TRIGGER calm BEFORE UPDATE ON t FOR EACH ROW SET NEW.v = 100',
                       'UPDATE t SET v = 1 WHERE id = 3')
        self.expect_written(self.incremental(), t=(0, 1, 0))
        self.same_rows('t', count=5)


class Columns(WritingTest):
    def test_hc_068_counter_is_raised_to_the_sources(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(n, n) for n in range(1, 101)])
        self.on_source('INSERT INTO t VALUES (500, 1)', 'DELETE FROM t WHERE id = 500')
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(answer.result('t')['auto_increment'], 501, str(answer))
        self.assertEqual((self.counter(self.source, 't'), self.counter(self.target, 't')), (501, 501))

    def test_hc_068_counter_of_a_table_without_rows_is_raised(self):
        """MySQL says NULL of it, as of a table that has no counter."""
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO t VALUES (3, 1)', 'ALTER TABLE t AUTO_INCREMENT=700')
        self.expect_written(self.incremental(), t=(1, 0, 0))
        self.assertEqual(self.counter(self.target, 't'), 700)
        self.expect_exit(self.dbsync('rollback', self.backups()[0], self.target.url(), '--yes'), 0)
        self.assertEqual((self.rows(self.target, 't'), self.counter(self.target, 't')), ([], 1))

    def test_hc_068_rows_deleted_at_the_end_do_not_turn_the_counter_back(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(n, n) for n in range(1, 101)])
        self.insert('t', ('id', 'v'), [(n, n) for n in range(200, 210)], source=False)
        self.expect_written(self.incremental(), t=(0, 0, 10))
        self.assertEqual(self.counter(self.target, 't'), 210, 'these numbers were given to somebody')
        self.expect_settled()

    def test_hc_068_updates_burn_no_numbers(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(n, n) for n in range(1, 1001)])
        self.on_source('UPDATE t SET v = v + 1')
        self.expect_written(self.incremental(), t=(0, 1000, 0))
        self.same_rows('t', count=1000)
        self.assertEqual((self.counter(self.source, 't'), self.counter(self.target, 't')), (1001, 1001))

    def test_hc_068_zero_and_negative_numbers_are_themselves(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(-5, 1), (0, 2), (1, 3)], target=False)
        self.expect_written(self.incremental(), t=(3, 0, 0))
        self.assertEqual(self.rows(self.target, 't'), [('-5', '1'), ('0', '2'), ('1', '3')])

    def test_hc_069_time_of_change_is_the_sources_and_not_now(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT, '
                     'at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, '
                     'too DATETIME NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP)')
        old = "'2001-02-03 04:05:06'"
        self.insert('t', ('id', 'v', 'at', 'too'), [(n, n, old, old) for n in range(4)])
        # 1: only v differs; 2: a time is NULL; 3: the row is new
        self.on_source('UPDATE t SET v = 9, at = at, too = too WHERE id = 1',
                       'UPDATE t SET v = 9, at = at, too = NULL WHERE id = 2')
        self.on_target('DELETE FROM t WHERE id = 3')
        self.expect_written(self.incremental(), t=(1, 2, 0))
        self.assertEqual(self.rows(self.target, 't', 'id, at, too'),
                         [(str(n), old[1:-1], None if n == 2 else old[1:-1]) for n in range(4)])
        self.expect_settled()

    def test_hc_070_generated_columns_are_computed_by_the_target(self):
        self.on_both("CREATE TABLE t (id INT PRIMARY KEY, a INT, v INT GENERATED ALWAYS AS (a * 2) VIRTUAL, "
                     "s VARCHAR(20) GENERATED ALWAYS AS (CONCAT('s', a)) STORED, b INT COMMENT 'GENERATED ALWAYS')")
        self.insert('t', ('id', 'a', 'b'), [(n, n, n) for n in range(9)])
        self.insert('t', ('id', 'a', 'b'), [(20, 20, 20)], target=False)
        self.on_source('UPDATE t SET a = 50, b = 60 WHERE id = 4')
        self.on_target('DELETE FROM t WHERE id = 5')
        self.expect_written(self.incremental(), t=(2, 1, 0))
        self.same_rows('t', count=10)
        self.assertEqual(self.rows(self.target, 't WHERE id = 4', 'a, v, s, b'), [('50', '100', 's50', '60')])

    def test_hc_070_only_one_column_is_not_generated(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT GENERATED ALWAYS AS (id * 2) STORED)')
        self.insert('t', ('id',), [(n,) for n in range(5)], target=False)
        self.insert('t', ('id',), [(9,)], source=False)
        self.expect_written(self.incremental(), t=(5, 0, 1))
        self.same_rows('t', count=5)

    def test_hc_070_default_that_is_an_expression_is_no_generated_column(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, at DATETIME DEFAULT CURRENT_TIMESTAMP, '
                     'n INT DEFAULT (1 + 1))')
        self.insert('t', ('id', 'at', 'n'), [(1, "'2001-02-03 04:05:06'", 7), (2, None, None)], target=False)
        self.expect_written(self.incremental(), t=(2, 0, 0))
        self.assertEqual(self.rows(self.target, 't'), [('1', '2001-02-03 04:05:06', '7'), ('2', None, None)])

    def test_hc_071_invisible_columns_are_written(self):
        self.on_both('CREATE TABLE t (a INT DEFAULT 5 INVISIBLE, id INT PRIMARY KEY, v INT)')
        self.insert('t', ('a', 'id', 'v'), [(1, 1, 1), (2, 2, 2)])
        self.insert('t', ('a', 'id', 'v'), [(33, 3, 3)], target=False)
        self.on_source('UPDATE t SET a = 22 WHERE id = 2')
        self.expect_written(self.incremental(), t=(1, 1, 0))
        self.assertEqual(self.rows(self.target, 't', 'a, id, v', 'id'),
                         [('1', '1', '1'), ('22', '2', '2'), ('33', '3', '3')])

    @only_with('mariadb', 'MySQL has no session setting that passes a CHECK')
    def test_hc_072_rows_older_than_their_check_are_written(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT, CONSTRAINT positive CHECK (v > 0))',
                     'INSERT INTO t VALUES (1, 1)')
        self.on_source('SET SESSION check_constraint_checks=0', 'INSERT INTO t VALUES (2, -2)',
                       'UPDATE t SET v = -1 WHERE id = 1')
        self.expect_written(self.incremental(), t=(1, 1, 0))
        self.assertEqual(self.rows(self.target, 't'), [('1', '-1'), ('2', '-2')])

    def test_hc_073_null_for_a_column_that_has_none_is_not_bent(self):
        for place, null in ((self.source, 'NULL'), (self.target, 'NOT NULL')):
            place.sql(f'CREATE TABLE t (id INT PRIMARY KEY, v INT {null}, s VARCHAR(9) {null})',
                      "INSERT INTO t VALUES (1, 1, 'a'), (2, 2, 'b')", database=self.db)
        self.table('other', rows=3)
        self.on_source('UPDATE t SET v = NULL, s = NULL WHERE id = 1', 'UPDATE other SET v = 50 WHERE id = 1')
        self.expect_partly(self.incremental(), 't', 'null')
        self.assertEqual(self.rows(self.target, 't'), [('1', '1', 'a'), ('2', '2', 'b')])
        self.same_rows('other', count=3)

    def test_hc_073_dates_that_a_strict_session_refuses_are_written(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, d DATE, t DATETIME)')
        self.insert('t', ('id', 'd', 't'), [(1, "'0000-00-00'", "'0000-00-00 00:00:00'"),
                                            (2, "'2024-00-15'", "'2024-02-00 01:02:03'"),
                                            (3, "'2023-02-31'", "'2023-02-31 00:00:00'")], target=False)
        self.expect_written(self.incremental(), t=(3, 0, 0))
        self.assertEqual(self.rows(self.target, 't', 'd', 'id'),
                         [('0000-00-00',), ('2024-00-15',), ('2023-02-31',)])
        self.same_rows('t', count=3)
