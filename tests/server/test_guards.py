"""What speaks against a run stops it before anything is written, and names what allows it.

HC-083 and the guards' side of HC-064, HC-067 and HC-082 are here.
"""
import os
import time

from harness import once, only_with
from test_writing import Written, WritingTest, changes


class Guards(WritingTest):
    def snapshot(self):
        """All rows of all tables of the target."""
        names = [row[0] for row in self.session(self.target).run('SHOW TABLES')]
        return {name: self.session(self.target).run(f'SELECT * FROM `{name}` ORDER BY 1') for name in names}

    def expect_refused(self, *options, words=(), **how):
        """Exit 3, and nothing has happened: not on the target, and not on the disk."""
        before = self.snapshot()
        answer = self.expect_exit(self.incremental(*options, **how), 3)
        error = answer.error
        self.assertEqual((error['code'], error['exit_status']), ('refused', 3), str(answer))
        for word in words:
            self.assertIn(word, error['text'], str(answer))
        self.assertEqual(self.snapshot(), before, f'the target was changed\n{answer}')
        self.assertEqual(self.backups(), [], f'a backup point was left\n{answer}')
        return answer

    def expect_guard(self, kind, way, *options, table='t', wrong=()):
        """The guard stops incremental and dry-run; neither other options nor --yes pass it."""
        words = (f'`{self.db}`.`{table}`',) if table else ()
        self.expect_refused(*options, words=(*words, way))
        if wrong:
            self.expect_refused(*options, *wrong, words=(*words, way))
        answer = self.expect_exit(self.dry_run(*options, yes=False), 3)
        self.assertEqual(list(answer.guards), [kind], str(answer))
        guard = answer.guards[kind]
        self.assertEqual((guard['table'], guard['allowed_by'], guard['allowed']), (table, way, False), str(answer))
        return answer

    def expect_passed(self, kind, *options, **tables):
        """With the option it works; the plan says which guard was passed (a limit that was raised is none)."""
        planned = self.expect_exit(self.dry_run(*options, yes=False), 1)
        if kind:
            self.assertIs(planned.guards[kind]['allowed'], True, str(planned))
        else:
            self.assertEqual(planned.guards, {}, str(planned))
        self.expect_written(self.incremental(*options), **tables)
        for name in tables:
            self.same_rows(name)

    def one_change(self, extra='', options=''):
        self.on_both(f'CREATE TABLE t (id INT PRIMARY KEY, v INT{extra}) {options}')
        self.insert('t', ('id', 'v'), [(1, 1), (2, 2)])
        self.on_source('UPDATE t SET v = 9 WHERE id = 2')

    # The server -----------------------------------------------------------------

    def own_target(self, role, *options):
        # of this worker alone: its settings are changed
        self.target = self.server(self.target.name, f'{role}-{os.getpid()}', options=options)
        self.new_database(self.target, name=self.db)

    def test_hc_083_target_that_is_read_only_is_refused(self):
        self.own_target('read-only')
        self.one_change()
        self.target.sql('SET GLOBAL read_only = 1')
        self.addCleanup(self.target.sql, 'SET GLOBAL read_only = 0')
        self.expect_guard('read-only', '--allow read-only', table=None, wrong=('--allow', 'replica'))
        self.expect_passed('read-only', '--allow', 'read-only', t=(0, 1, 0))

    @once
    def test_server_that_is_read_only_is_no_lack_of_privileges(self):
        self.own_target('read-only')
        self.one_change()
        name, password = self.user('ALL PRIVILEGES ON `{db}`.*', r'ALL PRIVILEGES ON `dbsync\_%`.*')
        self.target.sql('SET GLOBAL read_only = 1')
        self.addCleanup(self.target.sql, 'SET GLOBAL read_only = 0')
        answer = self.dbsync('full-sync', self.source.url(), self.target.url(self.db, name, password), '--yes', '--allow', 'read-only,replica')
        self.expect_error(answer, 4, 'which the server does not create in its current mode', 'read-only')
        self.assertNotIn('GRANT', answer.err)

    def replicate(self, start):
        """A replica of the source in name only: its threads are not started."""
        words = {'mariadb': ("CHANGE MASTER {} TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='x', "
                             "MASTER_PASSWORD='y'", 'RESET SLAVE {} ALL'),
                 'mysql': ("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=1 {}",
                           'RESET REPLICA ALL {}')}[self.target.family]
        self.target.sql(words[0].format(start))
        self.addCleanup(self.target.sql, words[1].format(start))

    def test_v11_databases_of_the_server_are_no_target(self):
        """Design D10: whatever the case of the name; as a source they are like others."""
        self.own_target('databases')
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        self.target.sql('CREATE DATABASE IF NOT EXISTS `MySQL`')
        self.addCleanup(self.target.sql, 'DROP DATABASE IF EXISTS `MySQL`')
        names = [row[0] for row in self.target.sql('SHOW DATABASES') if row[0].lower() in
                 ('mysql', 'sys', 'information_schema', 'performance_schema')]
        self.assertGreaterEqual(len(names), 4)      # MariaDB 10.5 has no sys
        for name in names:
            for command, *options in (('incremental',), ('full-sync',), ('full-sync', '--no-swap'), ('dry-run',),
                                      ('incremental', '--data-only'))[:None if name == 'mysql' else 1]:
                yes = () if command == 'dry-run' else ('--yes',)
                for choice in (('--tables', 't'), ()):
                    answer = self.dbsync(command, self.source.url(self.db), self.target.url(name), *options, *yes, *choice)
                    self.expect_error(answer, 3, f'`{name}` is a database of the server itself')
        self.expect_error(self.dbsync('incremental', self.source.url(), self.target.url(), '--yes', '--databases', f'{self.db}:mysql'),
                          3, '`mysql` is a database of the server itself')
        self.assertEqual(self.backups(), [])
        for name in ('mysql', 'MySQL'):
            self.assertEqual(self.target.sql('SHOW TABLES LIKE "t"', database=name), [])
        self.expect_exit(self.dbsync('verify', self.source.url('mysql'), self.target.url('mysql'), '--data-only', '--tables', 'time_zone'), 0)

    def test_hc_083_target_that_is_a_replica_is_refused(self):
        self.own_target('replica', '--server-id=77')
        self.one_change()
        self.replicate('')
        answer = self.expect_guard('replica', '--allow replica', table=None, wrong=('--allow', 'read-only'))
        self.assertIn('127.0.0.1:1', answer.guards['replica']['text'], str(answer))
        self.expect_passed('replica', '--allow', 'replica', t=(0, 1, 0))

    @only_with('mariadb', 'a channel in the manner of MariaDB')
    def test_hc_083_replica_by_a_named_connection_is_refused(self):
        # SHOW SLAVE STATUS does not show it.
        self.own_target('channel', '--server-id=78')
        self.one_change()
        self.replicate("'other'")
        answer = self.expect_guard('replica', '--allow replica', table=None)
        self.assertIn('127.0.0.1:1', answer.guards['replica']['text'], str(answer))

    def test_hc_083_user_who_may_not_see_it_is_not_told_that_there_is_none(self):
        self.one_change()
        name, password = self.user('ALL PRIVILEGES ON `{db}`.*')
        how = {'target': self.target.url(self.db, name, password)}
        self.expect_refused(words=('--allow replica',), **how)
        answer = self.expect_exit(self.incremental('--allow', 'replica', **how), 0)
        self.assertEqual(changes(answer.result('t')), (0, 1, 0), str(answer))
        self.same_rows('t', count=2)

    # How much ---------------------------------------------------------------------

    def test_database_that_is_read_by_another_pair_is_not_written_to(self):
        """Read before it is written to, it would be called equal to what it no longer is."""
        self.target = self.source
        names = [self.db, self.new_database(self.source), self.new_database(self.source)]
        for number, name in enumerate(names):
            self.source.sql('CREATE TABLE t (id INT PRIMARY KEY)', f'INSERT INTO t VALUES ({number})', database=name)
        for pairs, told in ((f'{names[0]}:{names[1]},{names[1]}:{names[2]}', names[1]),
                            (f'{names[0]}:{names[1]},{names[1]}:{names[0]}', names[0])):
            for command in ('incremental', 'full-sync', 'dry-run', 'verify'):
                yes = ('--yes',) if command in ('incremental', 'full-sync') else ()
                answer = self.dbsync(command, '--databases', pairs, self.source.url(), self.source.url(), *yes)
                self.expect_error(answer, 3, 'is the target of', 'and the source of', 'on the same server')
        self.assertEqual([self.source.sql('SELECT id FROM t', database=name) for name in names], [[('0',)], [('1',)], [('2',)]])

    def test_empty_source_is_refused(self):
        self.table(rows=3)
        self.on_source('DELETE FROM t')
        self.expect_guard('empty-source', '--allow-empty t', wrong=('--max-delete-percent', 99, '--allow-empty', 'u*'))
        self.expect_passed(None, '--allow-empty', 't', t=(0, 0, 3))
        self.assertEqual(self.rows(self.target, 't'), [])

    def test_empty_source_is_allowed_by_a_limit_of_all(self):
        self.table(rows=3)
        self.on_source('DELETE FROM t')
        self.expect_passed(None, '--max-delete-percent', 100, t=(0, 0, 3))

    def test_empty_source_is_allowed_by_its_kind(self):
        self.table(rows=3)
        self.on_source('DELETE FROM t')
        self.expect_passed('empty-source', '--allow', 'empty-source', t=(0, 0, 3))

    def test_allowing_one_empty_table_allows_no_other(self):
        self.table('t', rows=3)
        self.table('u', rows=3)
        self.on_source('DELETE FROM t', 'DELETE FROM u')
        self.expect_guard('empty-source', '--allow-empty u', '--allow-empty', 't', table='u')

    def test_too_many_deletes_are_refused(self):
        self.table(rows=2000)
        self.on_source('DELETE FROM t WHERE id < 601')      # 30.05 %
        self.expect_guard('delete-percent', '--max-delete-percent 31', wrong=('--max-delete-percent', 30))
        self.expect_passed(None, '--max-delete-percent', 31, t=(0, 0, 601))

    def test_deletes_at_the_limit_are_none_too_many(self):
        self.table(rows=2000)
        self.on_source('DELETE FROM t WHERE id < 600')
        self.expect_passed(None, t=(0, 0, 600))

    def test_share_of_a_small_table_means_little(self):
        self.table(rows=1000)
        self.on_source('DELETE FROM t WHERE id < 999')
        self.expect_passed(None, t=(0, 0, 999))

    def test_too_many_changes_are_refused(self):
        self.table('t', rows=10)
        self.table('u', rows=10)
        self.on_source('UPDATE t SET v = v + 50', 'UPDATE u SET v = v + 50 WHERE id = 1')
        self.expect_guard('max-changes', '--max-changes 11', '--max-changes', 10, table=None)
        self.expect_passed(None, '--max-changes', 11, t=(0, 10, 0), u=(0, 1, 0))

    # What hangs on a table -----------------------------------------------------------

    def test_triggers_of_the_target_are_refused(self):
        self.one_change()
        self.on_target('CREATE TRIGGER idle BEFORE INSERT ON t FOR EACH ROW SET @idle = 1')
        answer = self.expect_guard('triggers', '--allow triggers', wrong=('--allow', 'cascade'))
        self.assertIn('`idle` (BEFORE INSERT)', answer.guards['triggers']['text'], str(answer))
        self.expect_passed('triggers', '--allow', 'triggers', t=(0, 1, 0))

    def test_triggers_of_tables_that_are_equal_do_not_matter(self):
        self.one_change()
        self.on_both('CREATE TABLE u (id INT PRIMARY KEY)')
        self.on_target('CREATE TRIGGER idle BEFORE INSERT ON u FOR EACH ROW SET @idle = 1')
        self.expect_passed(None, t=(0, 1, 0))

    def test_triggers_that_may_be_hidden_are_refused(self):
        self.one_change()
        name, password = self.user('SELECT, INSERT, UPDATE, DELETE, ALTER ON `{db}`.*',
                                   'REPLICATION CLIENT ON *.*', 'REPLICATION SLAVE ON *.*')
        if self.target.family == 'mariadb':
            self.target.sql(f"GRANT REPLICA MONITOR ON *.* TO '{name}'@'%'")
        how = {'target': self.target.url(self.db, name, password)}
        self.on_target('CREATE TRIGGER hidden BEFORE UPDATE ON t FOR EACH ROW SET NEW.v = 77')
        self.expect_refused(words=('--allow triggers',), **how)

    def cascade(self, rule):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)',
                     f'CREATE TABLE child (id INT PRIMARY KEY, up INT, CONSTRAINT fk FOREIGN KEY (up) REFERENCES t (id) {rule})')
        self.insert('t', ('id', 'v'), [(1, 1), (2, 2)])
        self.insert('child', ('id', 'up'), [(1, 1), (2, 2)])
        self.on_source('SET SESSION foreign_key_checks=0', 'DELETE FROM t WHERE id = 2')

    def test_hc_064_rule_that_would_not_act_is_refused(self):
        for rule in ('ON DELETE CASCADE', 'ON DELETE SET NULL'):
            with self.subTest(rule):
                self.on_both('DROP TABLE IF EXISTS child, t')
                self.cascade(rule)
                answer = self.expect_guard('cascade', '--allow cascade', '--tables', 't')
                for word in ('`child`', '`fk`', rule):
                    self.assertIn(word, answer.guards['cascade']['text'], str(answer))

    def test_hc_064_rule_that_does_not_act_leaves_the_child_as_it_is(self):
        self.cascade('ON DELETE CASCADE')
        answer = self.expect_exit(self.incremental('--tables', 't', '--allow', 'cascade'), 6)
        self.assertEqual([(entry['table'], entry['rows']) for entry in answer.json['without_parent']], [('child', 1)],
                         str(answer))
        self.same_rows('t', count=1)
        self.assertEqual(self.rows(self.target, 'child'), [('1', '1'), ('2', '2')])

    def test_hc_064_child_in_another_database_is_seen(self):
        other = self.new_database(self.target)
        self.one_change()
        self.on_source('DELETE FROM t WHERE id = 1')
        self.target.sql(f'CREATE TABLE far (id INT PRIMARY KEY, up INT, CONSTRAINT far_fk FOREIGN KEY (up) '
                        f'REFERENCES `{self.db}`.t (id) ON DELETE CASCADE)', 'INSERT INTO far VALUES (1, 1)', database=other)
        self.addCleanup(self.target.sql, f'DROP TABLE IF EXISTS `{other}`.far')
        answer = self.expect_guard('cascade', '--allow cascade')
        self.assertIn(f'`{other}`.`far`', answer.guards['cascade']['text'], str(answer))
        self.assertEqual(self.target.sql('SELECT * FROM far', database=other), [('1', '1')])

    def test_rule_of_a_table_that_takes_part_is_no_matter(self):
        self.cascade('ON DELETE CASCADE')
        self.on_source('DELETE FROM child WHERE id = 2')
        self.expect_passed(None, t=(0, 0, 1), child=(0, 0, 1))

    def test_hc_082_engine_without_transactions_is_refused(self):
        self.one_change()
        self.on_target('ALTER TABLE t ENGINE=MyISAM')
        answer = self.expect_guard('non-transactional', '--allow non-transactional', wrong=('--allow', 'no-key'))
        self.assertIn('MyISAM', answer.guards['non-transactional']['text'], str(answer))
        self.expect_passed('non-transactional', '--allow', 'non-transactional', t=(0, 1, 0))

    def test_engine_of_the_source_does_not_matter(self):
        self.one_change()
        self.on_source('ALTER TABLE t ENGINE=MyISAM')
        self.expect_passed(None, t=(0, 1, 0))

    def test_rows_without_a_key_are_refused(self):
        self.on_both('CREATE TABLE t (a INT, b VARCHAR(9), c LONGTEXT)')
        self.insert('t', ('a', 'b'), [(1, "'x'"), (2, None)], target=False)
        self.insert('t', ('a', 'b'), [(1, "'x'")] * 2 + [(3, None)], source=False)
        self.make_large('t', 'c')
        self.expect_guard('no-key', '--allow no-key', wrong=('--allow', 'non-transactional'))
        self.expect_passed('no-key', '--allow', 'no-key', t=(1, 0, 2))

    def make_large(self, table, column):
        """More than is written without asking; the same on both sides."""
        self.on_both(f"INSERT INTO {table} ({column}) VALUES " + ', '.join(["(REPEAT('x', 1000000))"] * 20), f'ANALYZE TABLE {table}')

    def test_13_small_rows_without_a_key_are_written_unasked(self):
        self.on_both('CREATE TABLE t (a INT, b VARCHAR(9))')
        self.insert('t', ('a', 'b'), [(1, "'x'"), (2, None)], target=False)
        self.insert('t', ('a', 'b'), [(1, "'x'")] * 2 + [(3, None)], source=False)
        self.expect_passed(None, t=(1, 0, 2))

    def test_copies_of_a_row_without_a_key_count_each(self):
        # A limit that counts the kinds of rows would let any number of them go.
        self.on_both('CREATE TABLE t (a INT)')
        self.insert('t', ('a',), [(1,)], target=False)
        self.insert('t', ('a',), [(1,)] * 50, source=False)
        self.expect_refused('--allow', 'no-key', '--max-changes', 10, words=('--max-changes 49',))
        self.expect_refused('--allow', 'no-key', yes=False, words=('49 rows', '--yes'))
        self.expect_written(self.incremental('--allow', 'no-key'), t=(0, 0, 49))
        self.assertEqual(self.rows(self.target, 't'), [('1',)])

    @only_with('mariadb', 'MySQL has no system-versioned tables')
    def test_history_kept_by_the_server_is_refused(self):
        self.one_change(options='WITH SYSTEM VERSIONING')
        self.expect_guard('versioned', '--allow versioned', wrong=('--allow', 'triggers'))
        past = self.session(self.target).value('SELECT COUNT(*) FROM t FOR SYSTEM_TIME ALL')
        self.expect_passed('versioned', '--allow', 'versioned', t=(0, 1, 0))
        self.assertEqual(self.session(self.target).value('SELECT COUNT(*) FROM t FOR SYSTEM_TIME ALL'), str(int(past) + 1))

    def test_deletes_under_a_filter_are_refused(self):
        # The source has row 3 still, with a value that the filter does not choose.
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.insert('t', ('id', 'v'), [(1, 1), (2, 2)])
        self.insert('t', ('id', 'v'), [(3, 70)], target=False)
        self.insert('t', ('id', 'v'), [(3, 3)], source=False)
        self.expect_guard('where', '--allow where', '--where', 't:v < 50', wrong=('--allow', 'triggers'))
        self.on_source('DELETE FROM t WHERE id = 3')
        self.expect_passed('where', '--where', 't:v < 50', '--allow', 'where', t=(0, 0, 1))

    def test_updates_under_a_filter_are_not(self):
        self.one_change()
        self.expect_written(self.incremental('--where', 't:id > 1'), t=(0, 1, 0))
        self.same_rows('t', count=2)

    # All of it -------------------------------------------------------------------------

    def obstacles(self):
        self.on_both('CREATE TABLE keyless (a INT, b LONGTEXT)', 'CREATE TABLE plain (id INT PRIMARY KEY, v INT)',
                     'CREATE TABLE parent (id INT PRIMARY KEY)',
                     'CREATE TABLE child (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES parent (id) ON DELETE CASCADE)')
        self.insert('keyless', ('a',), [(1,), (2,)], target=False)
        self.make_large('keyless', 'b')
        self.insert('plain', ('id', 'v'), [(1, 1), (2, 2)])
        self.insert('parent', ('id',), [(1,), (2,)])
        self.on_source('UPDATE plain SET v = 5', 'DELETE FROM parent')
        self.on_target('ALTER TABLE plain ENGINE=MyISAM',
                       'CREATE TRIGGER idle BEFORE UPDATE ON plain FOR EACH ROW SET @idle = 1')
        return '--exclude-tables', 'child', '--max-changes', 2

    def test_dry_run_shows_all_guards_at_once(self):
        options = self.obstacles()
        wanted = {('keyless', 'no-key'), ('plain', 'triggers'), ('plain', 'non-transactional'), ('parent', 'cascade'),
                  ('parent', 'empty-source'), (None, 'max-changes')}
        answer = self.expect_exit(self.dry_run(*options, yes=False), 3)
        found = answer.plan['guards']
        self.assertEqual({(guard['table'], guard['kind']) for guard in found}, wanted, str(answer))
        self.assertEqual(len(found), len(wanted), str(answer))
        self.assertEqual([guard['allowed'] for guard in found], [False] * len(found), str(answer))
        refused = self.expect_refused(*options)
        self.assertEqual(refused.err.count('REFUSED:'), len(wanted), f'the person sees them all\n{refused}')
        self.assertEqual(refused.err.count('to allow it:'), len(wanted) + 1, str(refused))

    def test_what_the_guards_name_lets_the_run_pass(self):
        options = self.obstacles()
        guards = self.dry_run(*options, yes=False).plan['guards']
        kinds = sorted({guard['kind'] for guard in guards})
        for left_out in kinds:
            allowed = ','.join(kind for kind in kinds if kind != left_out)
            self.expect_refused(*options, '--allow', allowed)
        self.expect_written(self.incremental(*options, '--allow', ','.join(kinds)),
                            keyless=(2, 0, 0), plain=(0, 2, 0), parent=(0, 0, 2))
        for name in ('keyless', 'plain', 'parent'):
            self.same_rows(name)

    def test_guard_that_nobody_knows_is_a_wrong_use(self):
        self.one_change()
        answer = self.incremental('--allow', 'trigers')
        self.expect_error(answer, 2, 'trigers', 'triggers')
        self.assertEqual(self.rows(self.target, 't'), [('1', '1'), ('2', '2')])

    # Consent -----------------------------------------------------------------------------

    def test_deletes_need_a_yes_when_nobody_can_be_asked(self):
        self.table(rows=5)
        self.on_source('DELETE FROM t WHERE id = 4')
        self.expect_refused(yes=False, words=('--yes', '1 rows'))
        self.expect_written(self.incremental(), t=(0, 0, 1))

    def test_changes_without_deletes_need_no_yes(self):
        self.one_change()
        self.expect_written(self.incremental(yes=False), t=(0, 1, 0))
        self.same_rows('t', count=2)

    def test_yes_passes_no_guard(self):
        self.table(rows=3)
        self.on_source('DELETE FROM t')
        self.expect_refused(words=('--allow-empty t',), yes=True)

    def test_run_without_a_backup_point_needs_a_yes(self):
        self.one_change()
        self.expect_refused('--no-backup', yes=False, words=('--no-backup', '--yes'))
        answer = self.expect_exit(self.incremental('--no-backup'), 0)
        self.assertIsNone(answer.json['backup'], str(answer))
        self.assertEqual(self.backups(), [])
        self.same_rows('t', count=2)

    def test_dry_run_writes_nothing_anywhere(self):
        self.table(rows=5)
        self.on_source('DELETE FROM t WHERE id = 4', 'UPDATE t SET v = 9 WHERE id = 1')
        before = self.snapshot()
        answer = self.expect_exit(self.dry_run(yes=False), 1)
        found = answer.json
        self.assertEqual((found['verdict'], found['written'], found['backup']), ('different', None, None), str(answer))
        self.assertEqual([changes(entry) for entry in answer.plan['tables']], [(0, 1, 1)], str(answer))
        self.assertEqual(self.snapshot(), before)
        self.assertEqual(self.program.files(), [])

    # Two runs ------------------------------------------------------------------------------

    def stalled(self):
        """A run that stands still with its batch begun."""
        run = self.start_write(faults=True, env={'DBSYNC_FAULT': 'apply.begin:1:stall'})
        self.addCleanup(lambda: (run.kill(), run.wait()))
        self.within(30, lambda: self.backups() and '.local/state/dbsync/sync-state.json' in self.program.files(), 'the first run writes')
        return run

    def test_second_run_is_refused_and_names_the_first(self):
        self.one_change()
        first = self.stalled()
        answer = self.expect_exit(self.incremental(), 3)
        for word in ('another run writes to the target', 'incremental', f'process {first.process.pid}', self.db):
            self.assertIn(word, answer.error['text'], str(answer))
        self.assertEqual(len(self.backups()), 1, 'that of the first run')
        self.assertEqual(self.rows(self.target, 't'), [('1', '1'), ('2', '2')])
        first.kill()

    def test_second_run_of_another_machine_is_refused_by_the_server(self):
        # Another state folder: the lock file of the first is not seen.
        self.one_change()
        first = self.stalled()
        answer = self.expect_exit(self.incremental('--state-dir', 'elsewhere'), 3)
        self.assertRegex(answer.error['text'], r'connection \d+ of dbsync', str(answer))
        self.assertEqual(self.rows(self.target, 't'), [('1', '1'), ('2', '2')])
        first.kill()

    def test_run_into_another_database_does_not_wait(self):
        self.one_change()
        first = self.stalled()
        other = self.new_database()
        for place, value in ((self.source, 1), (self.target, 2)):
            place.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', f'INSERT INTO t VALUES (1, {value})', database=other)
        answer = self.incremental(source=self.source.url(other), target=self.target.url(other))
        self.expect_exit(answer, 0)
        self.assertEqual(self.target.sql('SELECT v FROM t', database=other), [('1',)])
        first.kill()

    def test_lock_of_a_run_that_was_killed_is_nobodys(self):
        self.one_change()
        first = self.stalled()
        first.kill()
        Written.of(first.wait())
        time.sleep(1)       # the server drops its lock when it sees the connection gone
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(changes(answer.result('t')), (0, 1, 0), str(answer))
        self.same_rows('t', count=2)
