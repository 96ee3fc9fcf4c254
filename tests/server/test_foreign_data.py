"""What definitions of the source would let others do on the target (item 9): refused, unless that is allowed.

A table without rows of its own makes the target's server read and write elsewhere: other
tables, files, other servers.  Code with a definer acts with the rights of that account.
"""
import os

from harness import only_with
from test_guards import Guards as GuardsOfRows
from test_writing import WritingTest


class ForeignData(WritingTest):
    scope = ()
    snapshot, expect_refused, expect_guard = GuardsOfRows.snapshot, GuardsOfRows.expect_refused, GuardsOfRows.expect_guard

    def made(self, name):
        return self.on_target("SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                              f"AND TABLE_NAME = '{name}'") == [('1',)]

    def tried(self):
        return self.target.sql("SELECT argument FROM mysql.general_log WHERE argument LIKE 'CREATE TABLE%MRG_MyISAM%'")

    def test_table_of_rows_elsewhere_is_refused_and_not_even_tried(self):
        """Allowed, it is tried (and left out: names of other tables are not those of a scratch database)."""
        # a server where nobody else says anything
        self.target = self.server(self.target.name, f'dry-{os.getpid()}')
        self.new_database(self.target, name=self.db)
        self.on_both('CREATE TABLE a (id INT, v INT) ENGINE=MyISAM')
        self.on_source('CREATE TABLE m (id INT, v INT) ENGINE=MERGE UNION=(a) INSERT_METHOD=LAST')
        self.target.sql('SET GLOBAL log_output = "TABLE"', 'TRUNCATE mysql.general_log', 'SET GLOBAL general_log = 1')
        self.addCleanup(self.target.sql, 'SET GLOBAL general_log = 0')
        self.expect_guard('foreign-data', '--allow foreign-data', table='m', wrong=('--allow', 'no-key,non-transactional', '--allow-unsafe', 'all'))
        self.assertEqual(self.tried(), [])
        answer = self.expect_exit(self.incremental('--allow', 'foreign-data'), 6)
        self.assertIn('tried on an empty table', str(answer.plan['left_out']))
        self.assertNotEqual(self.tried(), [])
        self.assertFalse(self.made('m'))

    @only_with('mariadb', 'MySQL has FEDERATED only where its configuration says so')
    def test_table_on_another_server(self):
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY)', 'CREATE TABLE b (id INT PRIMARY KEY)')
        for place in {self.source.port: self.source, self.target.port: self.target}.values():
            place.sql("INSTALL SONAME 'ha_federatedx'")
            self.addCleanup(place.sql, "UNINSTALL SONAME 'ha_federatedx'")
        ddl = f"CREATE TABLE f (id INT PRIMARY KEY) ENGINE=FEDERATED CONNECTION='mysql://dbsync:dbsync@127.0.0.1:{self.source.port}/{self.db}/{{}}'"
        self.on_source(ddl.format('a'))
        options = ('--tables', 'f')
        answer = self.expect_guard('foreign-data', '--allow foreign-data', *options, table='f')
        self.assertNotIn('dbsync:dbsync', answer.guards['foreign-data']['text'])
        self.assertFalse(self.made('f'))
        self.on_target(ddl.format('b'))
        self.expect_guard('foreign-data', '--allow foreign-data', *options, table='f')
        self.on_target('DROP TABLE f')
        self.expect_exit(self.incremental(*options, '--allow', 'foreign-data'), 0)
        self.assertTrue(self.made('f'))
        self.on_source('DROP TABLE f')
        self.on_target('DROP TABLE f')

    @only_with('mariadb', 'MySQL takes folders only that its configuration names')
    def test_folders_of_the_source_are_not_taken_over(self):
        folder = os.path.join(self.program.folder, 'elsewhere')
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        self.on_source(f"CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB DATA DIRECTORY='{folder}'",
                       f"CREATE TABLE p (id INT PRIMARY KEY) PARTITION BY HASH (id) (PARTITION x DATA DIRECTORY='{folder}')")
        self.assertIn('DATA DIRECTORY', self.on_source('SHOW CREATE TABLE t')[0][1])
        self.expect_exit(self.incremental(), 0)
        for name in ('t', 'p'):
            self.assertNotIn('DIRECTORY', self.on_target(f'SHOW CREATE TABLE {name}')[0][1])

    def test_code_that_acts_with_the_rights_of_others_is_refused(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        other = "DEFINER='somebody'@'elsewhere'"
        self.on_source(f'CREATE {other} SQL SECURITY INVOKER VIEW harmless AS SELECT id FROM t',
                       f'CREATE {other} PROCEDURE called() SQL SECURITY INVOKER SELECT 1',
                       'CREATE VIEW mine AS SELECT v FROM t')
        kinds = {'w': ('view', 'VIEW w AS SELECT id FROM t'),
                 'p': ('procedure', "PROCEDURE p() COMMENT 'SQL SECURITY INVOKER' SELECT 1"),
                 'r': ('trigger', 'TRIGGER r BEFORE INSERT ON t FOR EACH ROW SET NEW.v = 1'),
                 'e': ('event', "EVENT e ON SCHEDULE AT '2037-01-01' DO SELECT 1")}
        self.on_source(*(f'CREATE {other} {ddl}' for _, ddl in kinds.values()))
        self.expect_refused('--objects', 'all', '--allow', 'triggers,foreign-data', words=('--allow definers',))
        answer = self.expect_exit(self.dry_run('--objects', 'all'), 3)
        found = {guard['table']: guard['text'] for guard in answer.plan['guards'] if guard['kind'] == 'definers'}
        self.assertEqual(sorted(found), sorted(kinds))
        for name, (kind, _) in kinds.items():
            self.assertIn(f'this {kind} of the source acts with the rights of its definer somebody@elsewhere', found[name])
        self.on_source(*(f'DROP {kind} {name}' for name, (kind, _) in kinds.items() if name != 'w'))
        answer = self.expect_exit(self.incremental('--objects', 'all', '--allow', 'definers'), 0)
        self.assertEqual([(guard['table'], guard['allowed']) for guard in answer.plan['guards']], [('w', True)])
        self.assertEqual(self.expect_exit(self.dry_run('--objects', 'all'), 0).plan['guards'], [])

    def test_leave_for_definers_is_none_for_rows_elsewhere(self):
        self.on_both('CREATE TABLE a (id INT, v INT) ENGINE=MyISAM')
        self.on_source('CREATE TABLE m (id INT, v INT) ENGINE=MERGE UNION=(a)', "CREATE DEFINER='somebody'@'elsewhere' VIEW w AS SELECT id FROM a")
        for word, other, name in (('definers', 'foreign-data', 'm'), ('foreign-data', 'definers', 'w')):
            guards = self.expect_exit(self.dry_run('--allow', word), 3).plan['guards']
            found, = (guard for guard in guards if guard['kind'] == other)
            self.assertEqual((found['table'], found['allowed_by'], found['allowed']), (name, f'--allow {other}', False))

    def test_full_sync_refuses_it_too(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source("CREATE DEFINER='somebody'@'elsewhere' VIEW w AS SELECT id FROM t")
        words = ('full-sync', *self.urls(), '--yes', '--json')
        self.expect_error(self.dbsync(*words), 3, 'acts with the rights of its definer somebody@elsewhere')
        self.assertEqual(self.on_target('SHOW FULL TABLES WHERE Table_type = "VIEW"'), [])
        self.expect_exit(self.dbsync(*words, '--allow', 'definers'), 0)
