"""Tables that incremental copies as a whole: which, how they come into force, and when it does not.

Runs that die are in test_full_crashes.py.
"""
import os
import time

import test_full
from test_full import Full

MANY = 1200
LIMIT = ('--copy-min-rows', 1000, '--max-delete-percent', 100)


class Mixed(Full):
    commands = ('incremental', 'dry-run')

    @property
    def copied(self):
        """Why each table was copied."""
        return {entry['table']: entry['reason'] for entry in self.json['copies']['tables']} if self.json['copies'] else {}


class CopiesTest(test_full.FullTest):
    def incremental(self, *options, limit=60, command='incremental', **how):
        return Mixed.of(self.start_write(*options, command=command, **how).wait(limit))

    def expect_copied(self, answer, **reasons):
        self.expect_exit(answer, 0)
        self.assertEqual({name: reason for name, reason in answer.copied.items()}, reasons, str(answer))
        self.expect_nothing_left(answer)
        self.expect_exit(self.dbsync('verify', *self.urls(), '--quiet'), 0)
        return answer

    def expect_nothing_left(self, answer):
        self.assertEqual(self.databases(answer.json['run'].replace('-', '_')), [], str(answer))

    def undone(self, answer):
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], self.target.url(), '--yes'), 0)

    def big_and_small(self):
        """`big` differs in most of its rows, `even` in few, `fresh` is new; `small` is too, and has few rows."""
        self.on_both('CREATE TABLE big (id INT PRIMARY KEY, v INT)', 'CREATE TABLE even (id INT PRIMARY KEY, v INT)')
        self.on_source('CREATE TABLE fresh (id INT AUTO_INCREMENT PRIMARY KEY, v INT)', 'CREATE TABLE small (id INT PRIMARY KEY)', 'INSERT INTO small VALUES (1)')
        every = [(n, n) for n in range(1, MANY + 1)]
        for name, target in (('big', [(n, -n) for n in range(3, MANY + 3)]), ('even', [(n, n if n > 5 else 0) for n in range(1, MANY + 1)])):
            self.insert(name, ('id', 'v'), every, target=False)
            self.insert(name, ('id', 'v'), target, source=False)
        self.insert('fresh', ('id', 'v'), every, target=False)
        self.on_source('ANALYZE TABLE fresh')

    def everything(self):
        return {name: (self.target.sql(f'SHOW CREATE TABLE `{name}`', database=self.db), self.rows(self.target, f'`{name}`'))
                for name, in self.on_target('SHOW TABLES')}


class Choice(CopiesTest):
    def test_new_and_mostly_different_tables_are_copied_others_row_by_row(self):
        self.big_and_small()
        before = self.everything()
        answer = self.expect_copied(self.incremental(*LIMIT), big=f'{MANY + 2} of its rows differ', fresh='it is new')
        self.assertEqual(answer.verdict, 'equal')
        self.assertTrue(answer.json['copies']['swapped'], str(answer))
        self.assertEqual([entry['table'] for entry in answer.json['written']], ['even', 'small'], str(answer))
        self.assertEqual(self.counter(self.target, 'fresh'), self.counter(self.source, 'fresh'))
        self.assertEqual(len(self.backups()), 1)
        self.undone(answer)
        self.assertEqual(self.everything(), before)

    def test_number_of_rows_from_which_on_is_an_option(self):
        self.big_and_small()
        for limit in (0, MANY + 100):
            answer = self.expect_exit(self.incremental('--copy-min-rows', limit, '--max-delete-percent', 100, command='dry-run'), 1)
            self.assertEqual((answer.json['copies'], answer.copied), (None, {}), str(answer))

    def test_dry_run_says_what_would_be_copied(self):
        self.big_and_small()
        before = self.everything()
        answer = self.expect_exit(self.incremental(*LIMIT, command='dry-run'), 1)
        self.assertEqual(set(answer.copied), {'big', 'fresh'}, str(answer))
        self.assertFalse(answer.json['copies']['swapped'])
        text = self.dbsync('dry-run', *self.urls(), *LIMIT)
        self.assertRegex(text.out, r'big: to be replaced by a copy \(\d+ of its rows differ\)')
        self.assertRegex(text.out, r'fresh: to be copied \(it is new\)')
        self.assertEqual(self.everything(), before)

    def test_file_of_statements_has_those_of_rows(self):
        self.big_and_small()
        answer = self.expect_exit(self.incremental(*LIMIT, '--sql', 'changes.sql', command='dry-run'), 1)
        self.assertEqual(answer.copied, {}, str(answer))
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as text:
            self.assertIn('CREATE TABLE', text.read())

    def test_tables_that_the_user_names_are_copied_when_they_differ(self):
        self.two_tables()
        before = self.everything()
        wish = ('--force-full-sync', '*ents,nothing*', '--max-delete-percent', 100)
        answer = self.expect_copied(self.incremental(*wish), parents='--force-full-sync names it')
        # its child's key was lifted, and is back
        self.assertIn('REFERENCES `parents`', self.session(self.target).run('SHOW CREATE TABLE children')[0][1])
        again = self.expect_exit(self.incremental(*wish), 0)
        self.assertEqual((again.copied, again.json['backup']), ({}, None), str(again))
        self.undone(answer)
        self.assertEqual(self.everything(), before)

    def large_without_key(self):
        self.on_both('CREATE TABLE t (a INT, b LONGBLOB)', 'INSERT INTO t VALUES ' + ', '.join(f"({n}, REPEAT('x', 1000000))" for n in range(20)))
        self.on_source("INSERT INTO t VALUES (77, 'new')")
        self.on_both('ANALYZE TABLE t')

    def test_13_large_table_without_a_key_is_copied_when_it_differs(self):
        self.large_without_key()
        before = self.everything()
        answer = self.expect_copied(self.incremental(), t='it has no key')
        self.undone(answer)
        self.assertEqual(self.everything(), before)
        self.on_source('DELETE FROM t WHERE a = 77')
        self.assertEqual(self.expect_exit(self.incremental(), 0).copied, {})

    def test_13_guard_remains_where_no_copy_is_possible(self):
        self.large_without_key()
        self.on_target('CREATE TRIGGER mine AFTER DELETE ON t FOR EACH ROW SET @x = 1')
        self.expect_error(self.incremental('--allow', 'triggers'), 3, '--allow no-key', 'no key that both sides share')
        answer = self.expect_exit(self.incremental('--allow', 'triggers,no-key'), 0)
        self.assertEqual(answer.copied, {})
        self.undone(answer)
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t'), [('20',)])

    def test_13_source_that_is_written_to_meanwhile_needs_no_leave(self):
        """What differs since the copy was made is written by values."""
        self.large_without_key()
        with self.target.session(self.db) as holder:
            holder.run('START TRANSACTION')
            holder.run('SELECT COUNT(*) FROM t')
            running = self.start_write()
            test_full.until(60, lambda: self.target.sql("SELECT 1 FROM information_schema.processlist WHERE state LIKE "
                                                        f"'Waiting for table metadata lock%' AND info LIKE 'RENAME%' AND INSTR(info, '{self.db}')"),
                            'the copy waits to be swapped in')
            self.on_source("INSERT INTO t VALUES (78, 'newer')")
        answer = self.expect_exit(Mixed.of(running.wait(120)), 0)
        self.assertEqual(answer.copied, {'t': 'it has no key'})
        self.same_rows('t')

    def test_key_that_was_lifted_comes_back_in_its_words(self):
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY, v INT)',
                     'CREATE TABLE c (p INT, CONSTRAINT k FOREIGN KEY (p) REFERENCES p (id) ON DELETE NO ACTION ON UPDATE CASCADE)')
        self.on_source('INSERT INTO p VALUES (1, 1)')
        before = self.everything()['c']
        self.expect_copied(self.incremental('--force-full-sync', 'p'), p='--force-full-sync names it')
        self.assertEqual(self.everything()['c'], before)

    def test_parent_and_child_are_copied_together(self):
        self.two_tables()
        before = self.everything()
        answer = self.expect_copied(self.incremental('--copy-min-rows', 100, '--max-delete-percent', 100),
                                    parents='310 of its rows differ', children='310 of its rows differ')
        self.undone(answer)
        self.assertEqual(self.everything(), before)


class Instead(CopiesTest):
    """Row by row, and why."""
    once = True

    def expect_rows(self, answer, *words):
        self.expect_exit(answer, 0)
        self.assertEqual(answer.copied, {}, str(answer))
        for word in words:
            self.assertIn(word, answer.err, str(answer))
        self.expect_exit(self.dbsync('verify', *self.urls(), '--quiet'), 0)

    def drifted(self, *more):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO t VALUES (1, 1), (2, 2)', *more)
        self.on_target('INSERT INTO t VALUES (1, 2), (3, 3)')

    def test_table_with_triggers(self):
        self.drifted()
        self.on_target('CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v')
        self.expect_rows(self.incremental('--force-full-sync', 't', '--allow', 'triggers'), 'row by row', 'triggers on the target')

    def test_table_whose_structure_differs(self):
        self.drifted('ALTER TABLE t ADD COLUMN w INT')
        self.expect_rows(self.incremental('--force-full-sync', 't'), 'its structure differs')
        self.same_rows('t')

    def test_table_of_which_a_part_is_wanted(self):
        self.drifted()
        answer = self.expect_exit(self.incremental('--force-full-sync', 't', '--where', 't:id < 3', '--allow', 'where'), 0)
        self.assertEqual((answer.copied, self.on_target('SELECT id FROM t ORDER BY id')), ({}, [('1',), ('2',), ('3',)]), str(answer))
        self.assertIn('only a part of it is wanted', answer.err)

    def test_table_to_which_another_one_refers_that_stays(self):
        self.drifted()
        self.on_target('CREATE TABLE mine (t INT, CONSTRAINT of_t FOREIGN KEY (t) REFERENCES t (id) ON UPDATE RESTRICT)')
        answer = self.expect_exit(self.incremental('--force-full-sync', 't'), 6)
        self.assertEqual(answer.copied, {}, str(answer))
        self.assertIn('`mine` refers to it', answer.err)
        self.same_rows('t')

    def test_user_who_may_not_create_databases(self):
        self.drifted()
        name = f'u{self.db[9:]}'
        self.target.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{name}'@'%'")
        self.expect_rows(self.incremental('--force-full-sync', 't', '--allow', 'replica', target=self.target.url(self.db, name, 'pw')),
                         'row by row', 'may not create')


class Relatives(CopiesTest):
    once = True

    def family(self, rule=''):
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY, v INT)', 'CREATE TABLE z (id INT PRIMARY KEY)',
                     f'CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT k FOREIGN KEY (p) REFERENCES p (id){rule})')
        self.on_source('INSERT INTO p VALUES (1, 1), (2, 2)', 'INSERT INTO z VALUES (1)', 'INSERT INTO c VALUES (1, 1)')

    def test_rows_without_a_parent_are_no_secret(self):
        self.family()
        self.on_target('INSERT INTO p VALUES (1, 0), (50, 0)', 'INSERT INTO c VALUES (1, 1), (200, 50)')
        answer = self.expect_exit(self.incremental('--force-full-sync', 'p', '--where', 'c:id < 100', '--allow', 'where,cascade'), 6)
        self.assertEqual(list(answer.copied), ['p'])
        self.assertEqual([(key['table'], key['rows']) for key in answer.json['without_parent']], [('c', 1)], str(answer))

    def test_copied_child_of_a_parent_that_is_no_part_of_the_run(self):
        self.family()
        answer = self.expect_exit(self.incremental('--force-full-sync', 'c', '--tables', 'c', '--max-delete-percent', 100), 6)
        self.assertEqual([(key['table'], key['rows']) for key in answer.json['without_parent']], [('c', 1)], str(answer))

    def test_keys_are_back_before_all_is_compared_again_whatever_comes_then(self):
        self.family()
        self.on_target('INSERT INTO p VALUES (7, 7)')
        words = ('--force-full-sync', 'p', '--max-delete-percent', 100, '--retries', 1)
        for fault in ('1:2013:ALTER TABLE `', '2:2013:ALTER TABLE `', '1+:2013:RENAME TABLE', '1+:2013:SELECT COUNT', '3+:2013:START TRANSACTION'):
            with self.subTest(fault=fault):
                self.on_target('DELETE FROM c', 'DELETE FROM p', 'DELETE FROM z', 'INSERT INTO p VALUES (7, 7)')
                answer = self.expect_exit(self.start_write(*words, faults=True, env={'DBSYNC_FAULT_SQL': fault}).wait(60), 4)
                found = self.session(self.target).run('SHOW CREATE TABLE c')[0][1]
                if 'CONSTRAINT `k`' not in found:
                    self.assertIn('not all lifted foreign keys were restored', answer.err)
                    self.on_target('ALTER TABLE c ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES p (id)')

    def test_key_is_back_while_rows_are_compared(self):
        self.family()
        self.on_target('INSERT INTO p VALUES (7, 7)')
        with self.source.session(self.db) as holder:
            holder.run('LOCK TABLES z WRITE')
            running = self.start_write('--force-full-sync', 'p', '--max-delete-percent', 100, '--no-snapshot')
            time.sleep(1)
            holder.run('UNLOCK TABLES')
        answer = Mixed.of(running.wait(60))
        self.expect_copied(answer, p='--force-full-sync names it')
        steps = {entry['table']: [step['sql'] for step in entry['statements']] for entry in answer.json['plan']['structures']}
        self.assertEqual([sql.split('`')[4].split()[0] for sql in steps['c']], ['DROP', 'ADD'], str(answer))


class Interrupted(CopiesTest):
    once = True

    def test_triggers_that_a_full_sync_took_away_are_not_forgotten(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TRIGGER mine BEFORE INSERT ON t FOR EACH ROW SET NEW.v = NEW.v')
        answer = self.start_write('--allow', 'triggers', command='full-sync', faults=True, env={'DBSYNC_FAULT': 'swap.triggers:1:kill'}).wait(60)
        self.assertEqual(answer.exit, -9, str(answer))
        for words in (('full-sync',), ('full-sync', '--no-swap'), ('incremental',)):
            self.expect_error(self.start_write(*words[1:], '--allow', 'triggers', command=words[0]).wait(60), 3, 'dbsync rollback')
        self.expect_exit(self.dbsync('rollback', self.backups()[0], self.target.url(), '--yes'), 0)
        self.assertEqual([row[0] for row in self.on_target('SHOW TRIGGERS')], ['mine'])
        self.expect_exit(self.incremental('--allow', 'triggers'), 0)


class FoldedNames(CopiesTest):
    """A target that keeps names in small letters."""

    def setUp(self):
        super().setUp()
        self.target = self.server(self.target.name, f'folding-{os.getpid()}', options=('--lower-case-table-names=1',))
        self.new_database(self.target, name=self.db)

    def test_trigger_of_a_table_with_capitals_is_seen(self):
        self.on_both('CREATE TABLE Orders (id INT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO Orders VALUES (1, 1)')
        self.on_target('CREATE TRIGGER r BEFORE INSERT ON orders FOR EACH ROW SET NEW.v = NEW.v')
        answer = self.expect_exit(self.incremental('--force-full-sync', 'Orders', '--allow', 'triggers'), 0)
        self.assertEqual(answer.copied, {}, str(answer))
        self.assertIn('triggers on the target', answer.err)

    def test_copy_that_the_target_refuses_is_not_tried_for_ever(self):
        if self.target.family != 'mariadb':
            self.skipTest('MySQL refuses such a KEY_BLOCK_SIZE in any mode')
        self.on_both('SET SESSION innodb_strict_mode = 0', 'CREATE TABLE Wide (id INT PRIMARY KEY) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=32')
        self.on_source('INSERT INTO Wide VALUES (1)')
        # MySQL 9 stores another size, which is no copy's to bring: the structure is left out, the row is not
        code = 6 if self.source.name == 'mysql-9' else 0
        answer = self.expect_exit(self.incremental('--force-full-sync', 'Wide', limit=30), code)
        self.assertEqual(self.on_target('SELECT * FROM wide'), [('1',)], str(answer))


class Guards(CopiesTest):
    once = True

    def test_rows_of_new_tables_count_as_changes(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2), (3)', 'ANALYZE TABLE t')
        self.expect_error(self.incremental('--copy-min-rows', 1, '--max-changes', 2), 3, '3 rows would be changed', '--max-changes 3')
        self.assertEqual(self.on_target('SHOW TABLES'), [])
        self.expect_copied(self.incremental('--copy-min-rows', 1, '--max-changes', 3), t='it is new')

    def test_numbers_that_the_target_gave_are_not_given_again(self):
        self.on_both('CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY)')
        self.on_source('INSERT INTO t VALUES (5)')
        self.on_target('ALTER TABLE t AUTO_INCREMENT = 90000')
        answer = self.expect_copied(self.incremental('--force-full-sync', 't'), t='--force-full-sync names it')
        self.assertEqual(self.counter(self.target, 't'), 90000, str(answer))

    def test_copies_may_not_be_empty(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_target('INSERT INTO t VALUES (1), (2)')
        answer = self.expect_error(self.incremental('--force-full-sync', 't'), 3, '--allow-empty')
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t'), [('2',)], str(answer))
        self.expect_copied(self.incremental('--force-full-sync', 't', '--allow-empty', 't'), t='--force-full-sync names it')

    def test_rows_that_come_meanwhile_are_there_afterwards(self):
        """The copies are of one moment, the other rows of a later one: all of them are of the later in the end."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(n, 1) for n in range(1, MANY + 1)], target=False)
        with self.target.session(self.db) as holder:
            holder.run('START TRANSACTION')
            holder.run('SELECT COUNT(*) FROM t')
            running = self.start_write(*LIMIT, '--lock-wait', 60)
            test_full.until(30, lambda: self.target.sql("SELECT 1 FROM INFORMATION_SCHEMA.PROCESSLIST WHERE INFO LIKE 'RENAME TABLE %' "
                                                        f"AND INFO LIKE '%{self.db}%'"), 'the swap waits')
            self.on_source('INSERT INTO t VALUES (5000, 5)')
            holder.run('ROLLBACK')
            answer = Mixed.of(running.wait(60))
        self.expect_copied(answer, t=f'{MANY} of its rows differ')
        self.assertEqual(self.on_target('SELECT v FROM t WHERE id = 5000'), [('5',)], str(answer))
        self.undone(answer)
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t'), [('0',)])
