"""What nobody compared is said: tables that a user may not see, and filters."""
import json
import os

import test_config


class VisibilityTest(test_config.ConfigTest):
    once = False

    def user(self, *grants, places=None, number=1):
        """The name of a user on both sides who has these grants; {db} is the database."""
        name = f'v{number}{self.db[9:]}'
        for place in places or (self.source, self.target):
            place.sql(f"DROP USER IF EXISTS '{name}'@'%'", f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'",
                      *(f"GRANT {grant.format(db=self.db)} TO '{name}'@'%'" for grant in grants))
            self.addCleanup(place.sql, f"DROP USER IF EXISTS '{name}'@'%'")
        return name

    def urls_of(self, source=None, target=None):
        ours = self.urls()
        return (self.source.url(self.db, source, 'pw') if source else ours[0],
                self.target.url(self.db, target, 'pw') if target else ours[1])


class HiddenTables(VisibilityTest):
    def two_tables(self):
        self.on_both('CREATE TABLE seen (id INT PRIMARY KEY)', 'INSERT INTO seen VALUES (1)',
                     'CREATE TABLE hidden (id INT PRIMARY KEY)')
        self.on_source('INSERT INTO hidden VALUES (1)')

    def expect_hidden(self, answer, *words):
        self.expect_exit(answer, 6)
        found = json.loads(answer.out)
        self.assertEqual(found['verdict'], 'incomplete', str(answer))
        entry, = (table for table in found['tables'] if table['table'] == '*')
        for word in ('may not see all tables', *words):
            self.assertIn(word, entry['skipped'], str(answer))
        return found

    def test_v1_who_sees_no_table_does_not_call_the_database_equal(self):
        """Issue, verdicts 1: EXECUTE on the database shows it, and none of its tables."""
        self.two_tables()
        name = self.user('EXECUTE ON `{db}`.*')
        self.expect_hidden(self.dbsync('verify', *self.urls_of(name, name), '--json'), 'source and of the target')
        text = self.expect_exit(self.dbsync('verify', *self.urls_of(name, name)), 6)
        self.assertIn('verdict: incomplete', text.out)
        self.assertIn('--tables', text.out)

    def test_v1_who_sees_one_of_two_tables_does_not_either(self):
        self.two_tables()
        name = self.user('SELECT ON `{db}`.seen')
        for side, urls in (('source', self.urls_of(name, None)), ('target', self.urls_of(None, name)),
                           ('source and of the target', self.urls_of(name, name))):
            answer = self.dbsync('verify', *urls, '--json')
            found = self.expect_hidden(answer, f'of the {side} ')
            self.assertEqual({table['table']: table['verdict'] for table in found['tables']}['seen'], 'equal', str(answer))
        self.expect_hidden(self.dbsync('verify', *self.urls_of(name, name), '--schema-only', '--json'))
        self.expect_hidden(self.dbsync('verify', *self.urls_of(name, name), '--data-only', '--json'))

    def test_v1_names_of_tables_say_that_these_suffice_and_patterns_do_not(self):
        self.two_tables()
        name = self.user('SELECT ON `{db}`.seen')
        urls = self.urls_of(name, name)
        for word in ('seen', f'{self.db}.seen'):
            self.expect_exit(self.dbsync('verify', *urls, '--tables', word), 0)
        self.expect_hidden(self.dbsync('verify', *urls, '--tables', 's*', '--json'))
        self.expect_error(self.dbsync('verify', *urls, '--tables', 'seen,hidden'), 2, 'no table fits `hidden`')
        self.expect_exit(self.dbsync('verify', *urls, '--objects', 'routines'), 6)  # for want of EXECUTE
        self.assertNotIn('may not see all tables', self.dbsync('verify', *urls, '--objects', 'routines').text)

    def test_v1_a_name_that_is_seen_in_one_database_is_not_seen_in_another(self):
        self.two_tables()
        other = self.new_database()
        for place in (self.source, self.target):
            place.sql('CREATE TABLE seen (id INT PRIMARY KEY)', 'CREATE TABLE more (id INT PRIMARY KEY)', database=other)
        name = self.user('SELECT ON `{db}`.seen', f'SELECT ON `{other}`.more')
        urls = self.urls_of(name, name)
        answer = self.expect_exit(self.dbsync('verify', *urls, '--databases', f'{self.db},{other}', '--tables', 'seen', '--json'), 6)
        self.assertEqual([(table['database'], table['table'], table['verdict']) for table in json.loads(answer.out)['tables']],
                         [(self.db, 'seen', 'equal'), (other, '*', 'incomplete')], str(answer))
        self.expect_exit(self.dbsync('verify', *urls, '--databases', f'{self.db},{other}', '--tables', f'{self.db}.seen,{other}.more'), 0)

    def test_v1_runs_that_write_are_incomplete_as_well(self):
        self.two_tables()
        self.on_source('INSERT INTO seen VALUES (2)')
        name = self.user('ALL ON `{db}`.seen', 'CREATE, DROP ON `dbsync\\_%`.*')
        urls = self.urls_of(name, name)
        allowed = ('--yes', '--allow', 'triggers,replica')
        self.expect_hidden(self.dbsync('incremental', *urls, '--json', *allowed))
        self.same_rows('seen', count=2)
        self.expect_hidden(self.dbsync('incremental', *urls, '--json', *allowed))
        self.assertIn('may not see all tables', self.expect_exit(self.dbsync('dry-run', *urls), 6).out)
        self.expect_exit(self.dbsync('incremental', *urls, '--tables', 'seen', *allowed), 0)

    def test_v1_full_sync_too(self):
        self.two_tables()
        self.on_source('INSERT INTO seen VALUES (2)')
        name = self.user('SELECT ON `{db}`.seen', places=(self.source,))
        answer = self.dbsync('full-sync', *self.urls_of(name, None), '--json', '--yes')
        self.expect_hidden(answer)
        self.same_rows('seen', count=2)
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM hidden'), [('0',)])

    def test_v1_privileges_on_the_whole_database_by_whatever_way_suffice(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        pattern = self.db[:-1].replace('_', '\\_') + '_'
        for number, grants in enumerate((('SELECT ON `{db}`.*',), ('SELECT ON *.*',), (f'SELECT ON `{pattern}`.*',))):
            name = self.user(*grants, number=number)
            self.expect_exit(self.dbsync('verify', *self.urls_of(name, name)), 0)

    def test_v1_pattern_of_a_grant_that_a_nearer_one_hides_shows_nothing(self):
        self.two_tables()
        exact, pattern = self.db.replace('_', '\\_'), self.db[:-1].replace('_', '\\_') + '%'
        name = self.user(f'EXECUTE ON `{exact}`.*', f'SELECT ON `{pattern}`.*')
        self.expect_hidden(self.dbsync('verify', *self.urls_of(name, name), '--json'))

    def test_v1_events_that_a_nearer_grant_hides_are_not_equal(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_source('CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a=1')
        exact, pattern = self.db.replace('_', '\\_'), self.db[:-1].replace('_', '\\_') + '%'
        name = self.user(f'SELECT ON `{exact}`.*', f'SELECT, EVENT ON `{pattern}`.*')
        answer = self.dbsync('verify', *self.urls_of(name, name), '--objects', 'tables,events', '--json')
        self.expect_exit(answer, 6)
        self.assertIn('it lacks EVENT on the database', answer.out)

    def test_v1_roles_that_are_in_force_count(self):
        self.two_tables()
        self.on_target('INSERT INTO hidden VALUES (1)')
        name, role = self.user(), f'role{self.db[9:]}'
        for place in (self.source, self.target):
            mysql = place.family == 'mysql'
            place.sql(f'CREATE ROLE {role}', f'GRANT SELECT ON `{self.db}`.* TO {role}', f"GRANT {role} TO '{name}'@'%'",
                      f"GRANT SELECT ON `{self.db}`.seen TO '{name}'@'%'")
            self.addCleanup(place.sql, f'DROP ROLE {role}')
        self.expect_hidden(self.dbsync('verify', *self.urls_of(name, name), '--json'))
        for place in (self.source, self.target):
            place.sql(f"SET DEFAULT ROLE {role} {'TO' if place.family == 'mysql' else 'FOR'} '{name}'@'%'")
        self.expect_exit(self.dbsync('verify', *self.urls_of(name, name)), 0)

    def test_v1_roles_that_are_in_force_count_for_objects(self):
        """Was "it lacks TRIGGER on the database" of MariaDB: a grant to a role has no host at its end."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)', 'CREATE PROCEDURE p() SELECT 1',
                     'CREATE TRIGGER tt BEFORE INSERT ON t FOR EACH ROW SET @a = 1',
                     'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DISABLE DO SET @a = 1')
        name, role = self.user(), f'objects{self.db[9:]}'
        for place in (self.source, self.target):
            place.sql(f'CREATE ROLE {role}', f"GRANT {role} TO '{name}'@'%'",
                      f'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE ON `{self.db}`.* TO {role}',
                      f"SET DEFAULT ROLE {role} {'TO' if place.family == 'mysql' else 'FOR'} '{name}'@'%'")
            self.addCleanup(place.sql, f'DROP ROLE {role}')
        found = json.loads(self.dbsync('verify', *self.urls_of(name, name), '--objects', 'all', '--json').out)
        self.assertEqual([entry for entry in found['objects'] if entry['name'] == '*'], [], str(found))

    @test_config.harness.only_with('mysql', 'only MySQL takes a part of a privilege back')
    def test_v1_partial_revokes(self):
        places = [self.server(place.name, f'revokes-{place.role}', options=('--partial-revokes=ON',))
                  for place in (self.source, self.target)]
        database = self.new_database(*places)
        for place in places:
            place.sql('CREATE TABLE t (id INT PRIMARY KEY)', database=database)
        name = self.user('SELECT ON *.*', places=places)
        urls = [place.url(database, name, 'pw') for place in places]
        self.expect_exit(self.dbsync('verify', *urls), 0)
        places[1].sql(f"REVOKE SELECT ON `{database}`.* FROM '{name}'@'%'",
                      f"GRANT EXECUTE ON `{database}`.* TO '{name}'@'%'")
        self.expect_hidden(self.dbsync('verify', *urls, '--json'), 'target')


class Words(VisibilityTest):
    """Issue, verdicts 5: words that fit nothing."""

    def tables(self):
        self.on_both('CREATE TABLE orders (id INT PRIMARY KEY)', 'CREATE TABLE settings (id INT PRIMARY KEY)',
                     'CREATE VIEW sums AS SELECT COUNT(*) AS n FROM orders')
        self.on_source('INSERT INTO orders VALUES (1)')

    def test_v5_misspelt_table_to_leave_out_is_an_error_before_it_is_overwritten(self):
        self.tables()
        for option in ('-x', '--exclude-tables'):
            for command in (('verify',), ('dry-run',), ('incremental', '--yes'), ('full-sync', '--yes'), ('full-sync', '--no-swap', '--yes')):
                answer = self.dbsync(command[0], *self.urls(), *command[1:], option, 'settings,ordres')
                self.expect_error(answer, 2, '--exclude-tables: no table fits `ordres`; did you mean `orders`?')
        self.expect_error(self.dbsync('verify', *self.urls(), '-x', f'{self.db}.ordres'), 2, 'did you mean `orders`?')
        self.expect_error(self.dbsync('verify', *self.urls(), '-x', 'Orders'), 2, 'did you mean `orders`?')
        self.expect_error(self.dbsync('incremental', *self.urls(), '--yes', '--force-full-sync', 'setings'), 2,
                          '--force-full-sync: no table fits `setings`; did you mean `settings`?')
        self.expect_error(self.dbsync('incremental', *self.urls(), '--yes', '--allow-empty', 'setings'), 2, '--allow-empty: no table fits')
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM orders'), [('0',)])

    def test_v5_pattern_that_fits_nothing_is_a_note(self):
        self.tables()
        answer = self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '-x', 'temp_*', '--force-full-sync', 'set_*'), 0)
        for note in ('note: --exclude-tables: no table fits `temp_*`', 'note: --force-full-sync: no table fits `set_*`'):
            self.assertEqual(answer.err.count(note), 1, str(answer))

    def test_v5_words_of_a_configuration_are_notes(self):
        self.tables()
        path = self.write({'table_settings': {'exclude_tables': ['ordres', 'temp_*'], 'force_full_sync_tables': ['products']}})
        answer = self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes'), 0)
        for option, word in (('exclude-tables', 'ordres'), ('exclude-tables', 'temp_*'), ('force-full-sync', 'products')):
            note = f'note: `{os.path.relpath(path, self.program.folder)}`: {option}: no table fits `{word}`'
            self.assertEqual(answer.err.count(note), 1, str(answer))

    def test_v5_what_is_not_compared_anyway_may_be_left_out(self):
        self.tables()
        self.on_both('CREATE TABLE hidden (id INT PRIMARY KEY)')
        self.expect_exit(self.dbsync('verify', *self.urls(), '--data-only', '-x', 'sums,orders'), 0)
        name = self.user('SELECT ON `{db}`.settings')
        self.expect_exit(self.dbsync('verify', *self.urls_of(name, name), '--tables', 'settings', '-x', 'hidden'), 0)

    def test_v5_views_by_their_names_also_where_structures_change(self):
        self.tables()
        self.on_source('ALTER TABLE orders ADD v INT')
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--tables', 'orders,sums'), 0)
        self.on_source('ALTER TABLE orders ADD w INT')
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '-x', 'settings,sums'), 0)

    def test_v5_words_fit_what_there_was_before_structures_were_changed(self):
        """What was altered first is not left without its rows because of a word that fitted before."""
        self.tables()
        self.on_target('ALTER TABLE orders ADD old INT')
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--allow-unsafe', 'all', '--ignore-columns', 'orders.old'), 0)
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM orders'), [('1',)])
        self.on_source('INSERT INTO settings VALUES (3)', 'ALTER TABLE settings ADD v INT')
        self.on_target('CREATE TABLE surplus (id INT PRIMARY KEY)')
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--allow-unsafe', 'all', '--drop-extra-tables', '--tables', 'surplus,settings'), 0)
        self.assertEqual(self.on_target('SELECT id FROM settings'), [('3',)])


class Filters(VisibilityTest):
    """Issue, verdicts 2: what was left out, by which option, from which file."""

    def tables(self):
        self.on_both('CREATE TABLE orders (id INT PRIMARY KEY, v INT, note INT)', 'CREATE TABLE temp_a (id INT PRIMARY KEY)',
                     'INSERT INTO orders VALUES (1, 1, 1), (2, 2, 2)')
        self.on_source('INSERT INTO temp_a VALUES (1)')

    def filters(self, answer, *expected, verdict='equal', code=0):
        self.expect_exit(answer, code)
        found = json.loads(answer.out)
        self.assertEqual(found['verdict'], verdict, str(answer))
        self.assertEqual([(entry['option'], entry['value'], entry['from']) for entry in found['filters']], list(expected), str(answer))

    def test_v2_nothing_filtered_is_an_empty_array(self):
        self.on_both('CREATE TABLE orders (id INT PRIMARY KEY)')
        for command in (('verify',), ('dry-run',), ('incremental', '--yes'), ('full-sync', '--yes'), ('full-sync', '--no-swap', '--yes')):
            self.filters(self.dbsync(command[0], *self.urls(), *command[1:], '--json', '--objects', 'all', '-x', 'none_*'))
        self.assertTrue(self.dbsync('verify', *self.urls()).out.endswith('verdict: equal\n'))

    def test_v2_each_option_by_its_words_on_the_command_line(self):
        self.tables()
        said = 'command line'
        for options, expected in (
                (('-x', 'temp_*,none_*'), [('exclude-tables', 'temp_*', said)]),
                (('--tables', 'orders'), [('tables', 'orders', said)]),
                (('-x', 'temp_a', '--where', 'orders:id < 10'), [('exclude-tables', 'temp_a', said), ('where', 'orders:id < 10', said)]),
                (('-x', 'temp_a', '--ignore-columns', 'orders.v,orders.note'),
                 [('exclude-tables', 'temp_a', said), ('ignore-columns', 'orders.v', said), ('ignore-columns', 'orders.note', said)]),
                (('-x', 'temp_a', '--data-only'), [('exclude-tables', 'temp_a', said), ('data-only', True, said)]),
                (('--schema-only',), [('schema-only', True, said)]),
                (('-x', 'temp_a', '--objects', 'tables'), [('exclude-tables', 'temp_a', said), ('objects', 'tables', said)])):
            self.filters(self.dbsync('verify', *self.urls(), *options, '--json'), *expected)
            answer = self.expect_exit(self.dbsync('verify', *self.urls(), *options), 0)
            self.assertTrue(answer.out.endswith('verdict: equal (filtered)\n'), str(answer))
            for option, value, place in expected:
                line = f'filtered: --{option} ({place})' if value is True else f'filtered: --{option} {value} ({place})'
                self.assertIn(line, answer.out.splitlines(), str(answer))
        self.filters(self.dbsync('verify', *self.urls(), '--tables', 'temp_a', '--json'), ('tables', 'temp_a', said), verdict='different', code=1)
        quiet = self.dbsync('verify', *self.urls(), '--tables', 'orders', '--quiet')
        self.assertEqual(quiet.out, 'verdict: equal (filtered)\n')

    def test_v2_words_of_a_configuration_name_its_file_in_every_command_and_record(self):
        self.tables()
        self.write({'table_settings': {'exclude_tables': ['temp_*', 'none_*']}, 'options': {'ignore_columns': {'orders': ['note']}},
                    'logging': {'file': 'log'}})
        where = 'scripts/sync-config.json'
        expected = [('exclude-tables', 'temp_*', where), ('ignore-columns', 'orders.note', where)]
        self.on_target('UPDATE orders SET note=7 WHERE id=1')
        for command in (('verify',), ('dry-run',), ('incremental', '--yes')):
            self.filters(self.dbsync(command[0], *self.urls(), *command[1:], '--json'), *expected)
            answer = self.expect_exit(self.dbsync(command[0], *self.urls(), *command[1:], '--report', 'page.html'), 0)
            self.assertTrue(answer.out.endswith('verdict: equal (filtered)\n'), str(answer))
            self.assertIn(f'filtered: --exclude-tables temp_* ({where})', answer.out.splitlines(), str(answer))
            with open(os.path.join(self.program.folder, 'page.html'), encoding='utf-8') as page:
                text = page.read()
            for word in ('equal (filtered)', 'exclude-tables', 'temp_*', where):
                self.assertIn(word, text)
            self.assertNotIn('none_*', text)
        self.filters(self.dbsync('full-sync', *self.urls(), '--yes', '--json'), expected[0])
        self.filters(self.dbsync('verify', *self.urls(), '-x', 'temp_a', '--json'), ('exclude-tables', 'temp_a', 'command line'), expected[1])
        with open(os.path.join(self.program.folder, 'log'), encoding='utf-8') as log:
            self.assertIn(f'event=filtered option=exclude-tables value=temp_* from={where}', log.read())
        status = self.expect_exit(self.dbsync('status'), 0)
        self.assertIn('equal (filtered)', status.out)
        self.assertIn(f'filtered: --exclude-tables temp_* ({where})', status.out)
        last = json.loads(self.dbsync('status', '--json').out)['last']
        self.assertIn({'option': 'exclude-tables', 'value': 'temp_*', 'from': where}, [entry for run in last for entry in run['filters']])

    def test_v2_jobs_name_the_file_as_well(self):
        self.tables()
        other = self.write({'jobs': {'a': {'source': self.source.url(self.db), 'target': self.target.url(self.db),
                                           'options': {'where': {'orders': 'id < 2'}, 'tables': ['orders']}}}}, name='other.json', mode=0o600)
        name = os.path.relpath(other, self.program.folder)
        self.filters(self.dbsync('verify', 'a', '--config', name, '--json'), ('tables', 'orders', name), ('where', 'orders:id < 2', name))
        self.filters(self.dbsync('verify', 'a', '--json', env={'DBSYNC_CONFIG': name}), ('tables', 'orders', name), ('where', 'orders:id < 2', name))


class Privileges(VisibilityTest):
    """Issue, undo 8: who may not write is told so before the work, with the GRANT."""

    def differing(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)')
        self.on_source('UPDATE t SET v=2', 'INSERT INTO t VALUES (2, 2)')

    def writer(self, *grants, number=1):
        return self.user(*grants, places=(self.target,), number=number)

    def expect_refused(self, answer, name, *privileges):
        database = self.db.replace('_', '\\_')
        self.expect_error(answer, 3, 'may not write', f"GRANT SELECT, INSERT, UPDATE, DELETE ON `{database}`.* TO '{name}'@'%';",
                          f"rows: {', '.join(privileges)} are not granted")
        self.assertEqual(self.backups(), [], str(answer))
        self.assertEqual(self.on_target('SELECT * FROM t'), [('1', '1')])
        return answer

    def test_v8_reader_is_refused_before_anything_is_compared(self):
        self.differing()
        name = self.writer('SELECT ON `{db}`.*')
        for words in (('incremental',), ('incremental', '--data-only'), ('full-sync', '--no-swap')):
            answer = self.dbsync(words[0], *self.urls_of(None, name), *words[1:], '--yes', '-v', '--allow', 'replica,triggers')
            self.expect_refused(answer, name, 'INSERT', 'UPDATE', 'DELETE')
            self.assertNotIn('comparing', answer.err)
        self.expect_exit(self.dbsync('verify', *self.urls_of(None, name)), 1)

    def test_dry_run_says_what_incremental_would_refuse_and_exits_alike(self):
        """With its plan; and where there is nothing to do incremental asks as well."""
        self.differing()
        name = self.writer('SELECT ON `{db}`.*')
        database = self.db.replace('_', '\\_')
        dry = ('dry-run', *self.urls_of(None, name), '--allow')
        text = self.expect_exit(self.dbsync(*dry, 'replica,triggers'), 3).out
        self.assertIn('REFUSED: the user of the target may not write rows: INSERT, UPDATE, DELETE are not granted\n'
                      f"           to allow it: GRANT SELECT, INSERT, UPDATE, DELETE ON `{database}`.* TO '{name}'@'%';", text)
        self.assertIn(f'{self.db}.t: 1 to insert, 1 to update', text)
        self.expect_exit(self.dbsync(*dry, 'replica,triggers,privileges'), 1)
        self.on_source('DELETE FROM t WHERE id = 2', 'UPDATE t SET v = 1')
        self.expect_exit(self.dbsync('incremental', *self.urls_of(None, name), '--yes'), 3)
        answer = self.expect_exit(self.dbsync(*dry, 'replica,triggers', '--json'), 3)
        found = json.loads(answer.out)
        self.assertEqual((found['verdict'], [guard['kind'] for guard in found['plan']['guards']]), ('equal', ['privileges']), str(answer))

    def test_v8_the_grant_that_is_named_is_enough(self):
        self.differing()
        name = self.writer('SELECT, UPDATE ON `{db}`.*')
        answer = self.expect_refused(self.dbsync('incremental', *self.urls_of(None, name), '--yes', '--data-only'), name, 'INSERT', 'DELETE')
        grant = answer.err[answer.err.index('GRANT '):].split(';')[0]
        self.target.sql(grant)
        self.expect_exit(self.dbsync('incremental', *self.urls_of(None, name), '--yes', '--data-only', '--allow', 'replica,triggers'), 0)
        self.same_rows('t', count=2)

    def test_v8_full_sync_needs_databases_of_its_own(self):
        self.differing()
        name = self.writer('SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER ON `{db}`.*')
        answer = self.dbsync('full-sync', *self.urls_of(None, name), '--yes', '--allow', 'replica')
        self.expect_error(answer, 3, 'may not write', f"ON `dbsync\\_%`.* TO '{name}'@'%'")

    def test_v8_rollback_asks_first_as_well(self):
        self.differing()
        answer = self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--json'), 0)
        backup = json.loads(answer.out)['backup']
        name = self.writer('SELECT ON `{db}`.*')
        answer = self.dbsync('rollback', backup, self.urls_of(None, name)[1], '--yes', '--allow', 'replica,triggers')
        self.expect_error(answer, 3, 'may not write', 'INSERT, UPDATE, DELETE')
        self.same_rows('t', count=2)
        self.expect_exit(self.dbsync('rollback', backup, self.urls()[1], '--yes'), 0)

    def test_v8_roles_tables_and_whoever_knows_better_are_let_through(self):
        self.differing()
        role, allowed = f'wr{self.db[9:]}', ('--yes', '--data-only', '--allow', 'replica,triggers')
        by_role, by_table = self.writer(), self.writer('SELECT, INSERT, UPDATE, DELETE ON `{db}`.t', number=2)
        self.target.sql(f'CREATE ROLE {role}', f'GRANT SELECT, INSERT, UPDATE, DELETE ON `{self.db}`.* TO {role}', f"GRANT {role} TO '{by_role}'@'%'",
                        f"SET DEFAULT ROLE {role} {'TO' if self.target.family == 'mysql' else 'FOR'} '{by_role}'@'%'")
        self.addCleanup(self.target.sql, f'DROP ROLE {role}')
        for name in (by_role, by_table):
            self.expect_exit(self.dbsync('incremental', *self.urls_of(None, name), '--tables', 't', *allowed), 0)
            self.same_rows('t', count=2)
            self.on_target('DELETE FROM t WHERE id=2')
        appender = self.writer('SELECT, INSERT ON `{db}`.*', number=3)
        self.expect_error(self.dbsync('incremental', *self.urls_of(None, appender), *allowed), 3, 'may not write', '--allow privileges')
        self.expect_exit(self.dbsync('incremental', *self.urls_of(None, appender), *allowed[:-1], 'replica,triggers,privileges'), 0)
        self.same_rows('t', count=2)
