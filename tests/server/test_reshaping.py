"""Hard cases HC-094 ... HC-110: incremental of structures, as somebody meets it.

What becomes of runs that die is in test_reshaping_crashes.py, random structures
are in tests/property/reshape_seeds.py.
"""
import json
import os
import re

import harness
from harness import Background
from test_crashes import until
from test_reshaping_crashes import spelled
from test_writing import WritingTest, Written

STRUCTURE_WORDS = {'database', 'table', 'kind', 'proof', 'proof_text', 'left_out', 'rows_kept', 'source_fingerprint',
                   'target_fingerprint', 'hazards', 'statements', 'statements_done', 'error'}


class ReshapingTest(WritingTest):
    scope = ()

    def structures(self, answer):
        return {entry['table']: entry for entry in answer.plan['structures']}

    def sql_of(self, answer, table):
        return [step['sql'] for step in self.structures(answer)[table]['statements']]

    def defined(self, place, table):
        return self.session(place).run(f'SHOW CREATE TABLE `{table}`')[0][1]

    def tables(self, place):
        return [name for name, in self.session(place).run('SHOW TABLES')]

    def dump(self):
        """All that the target holds."""
        return {name: (spelled(self.defined(self.target, name)), sorted(map(repr, self.rows(self.target, f'`{name}`'))))
                for name in self.tables(self.target)}

    def expect_equal_structures(self):
        self.assertEqual(self.tables(self.target), self.tables(self.source))
        self.assertEqual(self.dbsync('verify', *self.urls(), '--quiet').exit, 0)

    def expect_refused(self, answer, *words):
        """Before anything was written; every word stands in the list of guards."""
        self.expect_exit(answer, 3)
        for word in words:
            self.assertIn(word, answer.err, str(answer))
        self.assertEqual(self.backups(), [], str(answer))

    def undo(self, answer):
        file = answer.json['backup'] if isinstance(answer, harness.Answer) else answer
        done = self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes'), 0)
        return done


class Hazards(ReshapingTest):
    """HC-094, HC-100"""

    def create(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(4) NOT NULL, n INT UNSIGNED)',
                       "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)")
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(20), n INT, old TEXT)',
                       "INSERT INTO t VALUES (1, 'a', 1, 'x'), (2, 'much longer', -2, 'y'), (3, NULL, -3, 'z')")

    def test_hc_100_hazards_are_refused_and_the_rows_counted(self):
        self.create()
        before = self.dump()
        answer = self.incremental()
        self.expect_refused(answer, '--allow-unsafe=narrow', '--allow-unsafe=drop-column', '--allow-unsafe=sign')
        self.assertRegex(answer.err, r'column `name`: .*\(1 row\)', str(answer))
        self.assertRegex(answer.err, r'column `n`: .*\(2 rows\)', str(answer))
        self.assertEqual(self.dump(), before)
        some = self.incremental('--allow-unsafe', 'narrow,sign')
        self.expect_refused(some, 'column `old`', '--allow-unsafe=drop-column')
        self.assertEqual(self.dump(), before)

    def test_hc_100_allowed_hazards_are_carried_out_and_undone(self):
        self.create()
        before = self.dump()
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'narrow,sign,drop-column,not-null'), 0)
        self.expect_equal_structures()
        self.same_rows('t', count=2)
        self.assertTrue(self.structures(answer)['t']['rows_kept'], str(answer))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_hc_100_bytes_become_json_by_another_column(self):
        """MySQL makes no JSON of them, be they `1`: the ALTER failed with 3144, which no plan had said."""
        if not self.target.name.startswith('mysql'):
            self.skipTest('JSON is a text of MariaDB')
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, a JSON, b JSON NOT NULL, c JSON, d JSON)', "INSERT INTO t VALUES (1, '1', '[]', NULL, '{}')")
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, a BIT(8), b VARBINARY(9) NOT NULL, c BLOB, d POINT)',
                       "INSERT INTO t VALUES (1, 5, '1', '1', POINT(1, 2)), (2, NULL, '1', NULL, NULL)")
        before = self.dump()
        self.expect_refused(self.incremental('--allow-unsafe', 'type'), 'column `a`', 'column `d`', '--allow-unsafe=drop-column')
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'drop-column', '--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.same_rows('t', count=1)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_hc_100_table_without_rows_needs_no_leave(self):
        self.create()
        self.on_target('DELETE FROM t')
        answer = self.expect_exit(self.incremental(), 0)
        self.expect_equal_structures()
        self.assertEqual({hazard['rows'] for hazard in self.structures(answer)['t']['hazards']}, {0}, str(answer))

    def test_hc_100_unique_key_over_duplicates(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT, UNIQUE KEY u (v))', 'INSERT INTO t VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 1), (3, 1)')
        before = self.dump()
        answer = self.incremental('--schema-only')
        self.expect_refused(answer, '--allow-unsafe=unique-on-duplicates')
        self.assertRegex(answer.err, r'key `u`: .*\(2 rows\)', str(answer))
        allowed = self.incremental('--schema-only', '--allow-unsafe', 'unique-on-duplicates')
        self.expect_exit(allowed, 6)
        self.assertIn('1062', self.structures(allowed)['t']['error'], str(allowed))
        # the rows of the source do not clash: the key comes behind them
        synced = self.expect_exit(self.incremental(), 0)
        self.expect_equal_structures()
        self.undo(synced)
        self.assertEqual(self.dump(), before)

    def test_hc_094_column_of_keys_checks_and_expressions_is_dropped(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a))', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT, a INT, gone INT NOT NULL, g INT GENERATED ALWAYS AS (gone + 1) STORED, '
                       'PRIMARY KEY (id, gone), KEY k (a, gone), KEY l (gone), CONSTRAINT c CHECK (gone > 0))',
                       'INSERT INTO t (id, a, gone) VALUES (1, 2, 3), (2, 2, 4)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'all', '--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.same_rows('t', count=1)
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_keys_over_a_list_that_becomes_text_stay_whole(self):
        """MySQL makes them keys of a prefix, as long as the number of a member has bytes."""
        texts, lists = 'VARCHAR(9)', "ENUM('a', 'ab') CHARACTER SET latin1"
        for place, kind in ((self.source, texts), (self.target, lists)):
            self.session(place).run(f'CREATE TABLE t (id INT, a {kind}, b {kind} NOT NULL, PRIMARY KEY (b), KEY k (a), UNIQUE KEY u (id, a))')
            self.session(place).run("INSERT INTO t VALUES (1, 'a', 'a'), (2, 'ab', 'ab')")
        before = self.dump()
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'all'), 0)
        self.expect_equal_structures()
        self.assertIn('PRIMARY KEY (`b`)', self.defined(self.target, 't'))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_check_of_a_time_that_becomes_a_number(self):
        """MySQL rewrites it for the former type when it alters the table."""
        for place, kind in ((self.source, 'INT'), (self.target, 'TIME')):
            self.session(place).run(f'CREATE TABLE t (id INT PRIMARY KEY, t {kind}, CONSTRAINT c CHECK (t > -5))')
        self.on_source('INSERT INTO t VALUES (1, 2)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'all'), 0)
        self.expect_equal_structures()
        self.assertNotIn("TIME'", self.defined(self.target, 't'))
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_hash_that_the_engine_does_not_have(self):
        """MariaDB prints that it was asked for, MySQL only where there are any."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a) USING HASH) ENGINE=MyISAM')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, a INT, KEY k (a)) ENGINE=MyISAM')
        self.expect_exit(self.incremental('--allow', 'non-transactional'), 0)
        self.expect_equal_structures()

    def test_values_that_an_alter_fills_up_are_brought_back(self):
        """BINARY and CHAR end otherwise than what they are made of; a counter goes with its column."""
        self.on_source('CREATE TABLE b (id INT PRIMARY KEY, b BINARY(4), c CHAR(9), d BINARY(8))',
                       "INSERT INTO b VALUES (1, 'ab', 'x', 'q')")
        self.on_target('CREATE TABLE b (id INT PRIMARY KEY, b VARBINARY(4), c VARCHAR(9), d BINARY(4))',
                       "INSERT INTO b VALUES (1, 'ab', 'x ', 'q'), (2, '', ' ', NULL)")
        self.on_source('CREATE TABLE n (id INT PRIMARY KEY, v INT)', 'INSERT INTO n VALUES (1, 1)')
        self.on_target('CREATE TABLE n (id INT PRIMARY KEY AUTO_INCREMENT, v INT) AUTO_INCREMENT=40',
                       'INSERT INTO n VALUES (1, 1)')
        before = self.dump()
        self.expect_refused(self.incremental(), '--allow-unsafe=narrow')
        answer = self.expect_exit(self.incremental('--allow-unsafe', 'narrow'), 0)
        self.expect_equal_structures()
        self.undo(answer)
        self.assertEqual(self.dump(), before)
        self.assertEqual(self.counter(self.target, 'n'), 40)


class Scope(ReshapingTest):
    def create(self):
        self.on_both('CREATE TABLE rows_only (id INT PRIMARY KEY, v INT)', 'INSERT INTO rows_only VALUES (1, 1)')
        self.on_source('INSERT INTO rows_only VALUES (2, 2)')
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT)', 'INSERT INTO t VALUES (1, 1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 2)')
        self.on_source('CREATE TABLE made (id INT PRIMARY KEY)', 'INSERT INTO made VALUES (7)')
        self.on_target('CREATE TABLE extra (id INT PRIMARY KEY)', 'INSERT INTO extra VALUES (7)')

    def test_tables_that_only_the_target_has_stay_and_are_named(self):
        self.create()
        answer = self.expect_exit(self.incremental(), 6)
        self.assertEqual(self.rows(self.target, 'extra'), [('7',)], str(answer))
        self.assertIn('extra', answer.out, str(answer))
        self.assertNotIn('extra', self.structures(answer))
        dropped = self.expect_exit(self.incremental('--drop-extra-tables'), 0)
        self.assertEqual([self.structures(dropped)['extra'][word] for word in ('kind', 'rows_kept')], ['drop', True])
        self.expect_equal_structures()
        self.undo(dropped)
        self.assertEqual(self.rows(self.target, 'extra'), [('7',)])

    def test_extra_tables_that_are_to_stay_are_named_and_change_no_exit_status(self):
        self.create()
        for options in ((), ('--data-only',), ('--schema-only',)):
            with self.subTest(options=options):
                self.expect_exit(self.incremental('--extra-tables', 'error', *options), 6)
                answer = self.expect_exit(self.incremental('--extra-tables', 'keep', *options), 0)
                self.assertEqual([entry['table'] for entry in answer.plan['kept']], ['extra'], str(answer))
                self.assertEqual((answer.plan['left_out'], answer.json['still_different'] or []), ([], []), str(answer))
        said = self.dbsync('incremental', *self.urls(), '--yes', '--extra-tables', 'keep')
        self.expect_exit(said, 0)
        self.on_source('CREATE TABLE late (id INT PRIMARY KEY)', 'INSERT INTO late VALUES (1)')
        differs = self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes'), 6)
        self.assertRegex(differs.out, r'(?m)^still different: \S+\.extra: missing.on.source(, 1 to delete)?$', str(differs))
        self.assertRegex(said.out, r'kept \(--extra-tables keep\):\n  \S+\.extra: only the target has this table', str(said))
        self.assertNotIn('still different', said.out, str(said))
        self.assertEqual(self.rows(self.target, 'extra'), [('7',)])
        self.expect_exit(self.dry_run('--extra-tables', 'keep'), 0)
        full = self.dbsync('full-sync', *self.urls(), '--yes', '--extra-tables', 'keep', '--json')
        self.expect_exit(full, 0)
        self.assertEqual(self.rows(self.target, 'extra'), [('7',)])

    def test_extra_tables_are_dropped_by_the_new_words_too(self):
        self.create()
        answer = self.expect_exit(self.incremental('--extra-tables', 'drop'), 0)
        self.expect_equal_structures()
        self.undo(answer)
        self.assertEqual(self.rows(self.target, 'extra'), [('7',)])

    def test_a_configuration_says_what_becomes_of_extra_tables(self):
        self.create()
        self.expect_exit(self.incremental('--extra-tables', 'keep'), 0)
        for options, exits, stays in (({'extra_tables': 'keep'}, 0, True), ({'drop_extra_tables': False, 'extra_tables': 'keep'}, 0, True),
                                      ({'drop_extra_tables': True}, 0, False)):
            with self.subTest(options=options):
                config = '--config', self.program.file('config.json', json.dumps({'options': options}))
                # what was said on the command line wins, whichever of both names it has
                self.expect_exit(self.incremental(*config, '--extra-tables', 'error'), 6)
                self.expect_exit(self.incremental(*config), exits)
                self.assertEqual('extra' in self.tables(self.target), stays)

    def test_schema_only_writes_no_rows(self):
        self.create()
        answer = self.expect_exit(self.incremental('--schema-only', '--drop-extra-tables'), 0)
        self.assertEqual(self.tables(self.target), self.tables(self.source))
        self.assertEqual((self.rows(self.target, 't'), self.rows(self.target, 'made'), self.rows(self.target, 'rows_only')),
                         ([('1', '2', None)], [], [('1', '1')]), str(answer))
        self.undo(answer)
        self.assertEqual(self.tables(self.target), ['extra', 'rows_only', 't'])

    def test_data_only_changes_no_structure(self):
        self.create()
        before = self.defined(self.target, 't')
        self.incremental('--data-only')
        self.assertEqual(self.defined(self.target, 't'), before)
        self.assertEqual(self.tables(self.target), ['extra', 'rows_only', 't'])

    def test_run_without_a_terminal_and_without_yes_is_refused(self):
        self.create()
        before = self.dump()
        self.expect_refused(self.incremental('--drop-extra-tables', yes=False), '--yes', 'structures')
        self.assertEqual(self.dump(), before)

    def test_guards_of_rows_and_structures_are_one_list_before_the_first_write(self):
        self.on_source('CREATE TABLE r (id INT PRIMARY KEY)', 'CREATE TABLE s (id INT PRIMARY KEY)', 'INSERT INTO s VALUES (1)')
        self.on_target('CREATE TABLE r (id INT PRIMARY KEY)', 'INSERT INTO r VALUES (1), (2)',
                       'CREATE TABLE s (id INT PRIMARY KEY, old INT)', 'INSERT INTO s VALUES (1, 1)')
        before = self.dump()
        answer = self.incremental()
        self.expect_refused(answer, '--allow-empty', '--allow-unsafe=drop-column')
        self.assertEqual(self.dump(), before)

    def test_dry_run_writes_nothing_and_says_all(self):
        # a server where nobody else says anything
        self.target = self.server(self.target.name, f'dry-{os.getpid()}')
        self.new_database(self.target, name=self.db)
        self.create()
        before = self.dump()
        for options in ((), ('--prove',)):
            with self.subTest(options=options):
                self.target.sql("SET GLOBAL log_output='TABLE'", 'TRUNCATE TABLE mysql.general_log', 'SET GLOBAL general_log=1')
                answer = self.expect_exit(self.dry_run('--drop-extra-tables', *options), 1)
                said = self.target.sql('SET GLOBAL general_log=0', 'SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log')
                self.check_dry(answer, [text for text, in said if text], bool(options))
                self.assertEqual((self.dump(), self.backups()), (before, []), str(answer))

    def check_dry(self, answer, said, proves):
        found = self.structures(answer)
        self.assertEqual({name: entry['kind'] for name, entry in found.items()}, {'extra': 'drop', 'made': 'create', 't': 'alter'})
        self.assertEqual({entry['proof'] for name, entry in found.items() if name != 'extra'},
                         {'proven' if proves else 'not_asked'}, str(answer))
        writes = [text for text in said if re.match(r'(CREATE|ALTER|DROP|INSERT|DELETE|UPDATE|TRUNCATE|REPLACE)\b', text)]
        self.assertEqual(bool(writes), proves, str(answer))
        self.assertEqual([text for text in writes if '`dbsync_scratch_' not in text], [], str(answer))
        self.assertEqual(self.target.sql("SHOW DATABASES LIKE 'dbsync\\_scratch\\_%'"), [], 'left behind')

    def test_sql_of_a_dry_run_can_be_run_by_a_plain_client(self):
        self.create()
        self.expect_exit(self.dry_run('--drop-extra-tables', '--sql', 'changes.sql'), 1)
        self.run_changes()
        self.assertEqual(self.tables(self.target), self.tables(self.source))
        self.same_rows('rows_only', count=2)

    def test_json_of_the_plan(self):
        self.create()
        answer = self.dry_run('--drop-extra-tables', '--prove')
        found = self.structures(answer)
        self.assertEqual({frozenset(entry) for entry in found.values()}, {frozenset(STRUCTURE_WORDS)}, str(answer))
        self.assertEqual(self.sql_of(answer, 't'), [f'ALTER TABLE `{self.db}`.`t` ADD COLUMN `w` int NULL DEFAULT NULL'])
        self.assertEqual(self.sql_of(answer, 'extra'), [f'DROP TABLE `{self.db}`.`extra`'])
        for name, sides in (('t', (True, True)), ('made', (True, False)), ('extra', (False, True))):
            marks = found[name]['source_fingerprint'], found[name]['target_fingerprint']
            self.assertEqual(tuple(bool(mark) for mark in marks), sides, name)
            self.assertTrue(all(re.fullmatch('[0-9a-f]{16}', mark) for mark in marks if mark), name)
        self.assertNotEqual(found['t']['source_fingerprint'], found['t']['target_fingerprint'])


class Names(ReshapingTest):
    def test_hc_103_tables_called_as_ours_are_tables(self):
        for name in ('dbsync_scratch', 'dbsync_scratch_20261121_041122_1a2b3c', 'dbsync_state', 'backup_point', 'checksums'):
            self.on_source(f'CREATE TABLE {name} (id INT PRIMARY KEY, v INT)', f'INSERT INTO {name} VALUES (1, 1)')
            self.on_target(f'CREATE TABLE {name} (id INT PRIMARY KEY)', f'INSERT INTO {name} VALUES (2)')
        before = self.dump()
        answer = self.expect_exit(self.incremental('--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    @harness.once       # the names are those of the server: two pairs with one target would meet
    def test_hc_103_databases_called_as_ours_are_left_alone(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY)')
        names = [f'dbsync_scratch_{self.db}', 'dbsync_scratch_20261121', 'dbsync_scratch']
        for name in names:
            self.new_database(self.target, name=name)
        self.expect_exit(self.incremental(), 0)
        self.assertEqual([name for name in names if not self.target.sql(f"SHOW DATABASES LIKE '{name}'")], [])


class ForeignKeys(ReshapingTest):
    """HC-095"""

    def test_hc_095_key_that_is_new_comes_after_the_rows(self):
        self.on_source('CREATE TABLE p (id INT PRIMARY KEY)', 'INSERT INTO p VALUES (1), (2)',
                       'CREATE TABLE c (id INT PRIMARY KEY, p INT, KEY p (p), '
                       'CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id) ON DELETE CASCADE)',
                       'INSERT INTO c VALUES (1, 1), (2, 2)')
        self.on_target('CREATE TABLE p (id INT PRIMARY KEY)', 'CREATE TABLE c (id INT PRIMARY KEY, p INT, KEY p (p))',
                       'INSERT INTO c VALUES (1, 77)')
        before = self.dump()
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual([step['after_rows'] for step in self.structures(answer)['c']['statements']], [True], str(answer))
        self.expect_equal_structures()
        self.assertEqual(self.orphans('c', 'p', 'p'), [])
        self.undo(answer)
        self.assertEqual(self.dump(), before)

    def test_hc_095_same_name_with_another_rule_takes_two_statements(self):
        for place, rule in ((self.source, 'ON DELETE CASCADE'), (self.target, 'ON DELETE SET NULL')):
            self.session(place).run('CREATE TABLE p (id INT PRIMARY KEY)')
            self.session(place).run('CREATE TABLE c (id INT PRIMARY KEY, p INT, KEY p (p), '
                                    f'CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id) {rule})')
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(len(self.sql_of(answer, 'c')), 2, str(answer))
        self.expect_equal_structures()

    def test_hc_095_restrict_and_no_action_are_the_same(self):
        for place, rule in ((self.source, 'ON DELETE RESTRICT'), (self.target, 'ON DELETE NO ACTION')):
            self.session(place).run('CREATE TABLE p (id INT PRIMARY KEY)')
            self.session(place).run('CREATE TABLE c (id INT PRIMARY KEY, p INT, KEY p (p), '
                                    f'CONSTRAINT f FOREIGN KEY (p) REFERENCES p (id) {rule})')
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual((answer.json['written'], answer.json['backup']), (None, None), str(answer))


class Company(ReshapingTest):
    """HC-108, HC-109: others change structures, or use tables, meanwhile."""

    def create(self):
        for name in ('a', 'b', 'c'):
            self.on_source(f'CREATE TABLE {name} (id INT PRIMARY KEY, v INT, w INT)', f'INSERT INTO {name} VALUES (1, 1, 1)')
            self.on_target(f'CREATE TABLE {name} (id INT PRIMARY KEY, v INT)', f'INSERT INTO {name} VALUES (1, 1)')

    def waits(self, table):
        return self.target.sql("SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock%' "
                               f"AND info LIKE 'ALTER TABLE `{self.db}`.`{table}`%'")

    def with_table_held(self, *options, meanwhile=None, table='a', until_end=False):
        """A run that waits for a table that somebody uses."""
        with self.target.session(self.db) as holder:
            holder.run('BEGIN')
            holder.run(f'SELECT * FROM {table}')
            running = self.start_write(*options)
            until(20, lambda: self.waits(table) or running.process.poll() is not None, 'the ALTER waits')
            if meanwhile:
                meanwhile()
            if not until_end:
                holder.run('COMMIT')
            return running.wait(60)

    def written(self, *options, **how):
        return Written.of(self.with_table_held(*options, **how))

    def test_hc_108_table_altered_on_the_source_meanwhile_is_left_alone(self):
        self.create()
        answer = self.written(meanwhile=lambda: self.on_source('ALTER TABLE b ADD COLUMN x INT'))
        self.check_left_alone(answer, 'source')
        self.expect_exit(self.incremental(), 0)
        self.expect_equal_structures()

    def test_hc_108_table_altered_on_the_target_meanwhile_is_left_alone(self):
        self.create()
        answer = self.written(meanwhile=lambda: self.on_target('ALTER TABLE b ADD COLUMN mine INT'))
        self.check_left_alone(answer, 'target')
        self.assertIn('mine', self.defined(self.target, 'b'))

    def check_left_alone(self, answer, side):
        self.expect_exit(answer, 6)
        found = self.structures(answer)
        self.assertIn(f'altered it on the {side}', found['b']['error'], str(answer))
        self.assertEqual((found['a']['error'], found['b']['statements_done'], found['c']['error']), (None, 0, None), str(answer))
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1', '1')], str(answer))
        self.assertEqual(self.rows(self.target, 'c'), [('1', '1', '1')], str(answer))

    def test_hc_109_table_that_somebody_holds_is_given_up_and_nobody_queues(self):
        self.create()
        reads = []

        def read(ending):
            """Somebody else's reads of the table, which may not queue behind a waiting ALTER for long."""
            with self.target.session(self.db) as other:
                while not ending.is_set():
                    other.run('SELECT * FROM a')
                    reads.append(1)

        readers = Background(read)
        try:
            answer = self.written('--lock-wait', 4, until_end=True)
        finally:
            readers.stop()
        self.expect_exit(answer, 6)
        found = self.structures(answer)
        self.assertIn('--lock-wait', found['a']['error'], str(answer))
        self.assertEqual((found['a']['statements_done'], found['b']['error'], found['c']['error']), (0, None, None), str(answer))
        self.assertEqual(self.rows(self.target, 'b'), [('1', '1', '1')], str(answer))
        self.assertLess(answer.seconds, 15, str(answer))
        self.assertGreater(len(reads), 1, 'nobody could read meanwhile')
        self.assertEqual(self.waits('a'), [])
        self.expect_exit(self.incremental(), 0)
        self.expect_equal_structures()


class Writers(Company):
    """What others write to a table, after the backup point and before it loses its rows or values, is not lost."""
    ALL = ('--allow-unsafe', 'all', '--drop-extra-tables', '--max-delete-percent', 100)

    def create(self):
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1, 1)')
        self.on_target('CREATE TABLE a (id INT PRIMARY KEY, v INT, mine INT)', 'INSERT INTO a VALUES (1, 1, 1)',
                       'CREATE TABLE gone (id INT PRIMARY KEY, v INT)', 'INSERT INTO gone VALUES (1, 1)')

    def waits(self, table):
        return self.target.sql("SELECT id FROM information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock%' "
                               f"AND info LIKE 'LOCK TABLES `{self.db}`.`{table}`%'")

    def with_writer(self, table, statement, start):
        """The run waits for a writer, who commits then."""
        with self.target.session(self.db) as writer:
            writer.run('BEGIN')
            writer.run(statement)
            running = start()
            until(20, lambda: self.waits(table) or running.process.poll() is not None, 'it waits for the table')
            writer.run('COMMIT')
        return running.wait(60)

    def check(self, table, statement):
        answer = Written.of(self.with_writer(table, statement, lambda: self.start_write(*self.ALL)))
        self.expect_exit(answer, 6)
        found = self.structures(answer)
        self.assertIn('somebody wrote to it since the backup point was made', found[table]['error'], str(answer))
        other = {'a': 'gone', 'gone': 'a'}[table]
        self.assertIsNone(found[other]['error'], str(answer))
        return answer

    def test_hc_109_row_in_a_table_that_is_to_be_dropped(self):
        self.create()
        self.check('gone', 'INSERT INTO gone VALUES (2, 2)')
        self.assertEqual(self.rows(self.target, 'gone'), [('1', '1'), ('2', '2')])
        again = self.expect_exit(self.incremental(*self.ALL), 0)
        self.undo(again)
        self.assertEqual(self.rows(self.target, 'gone'), [('1', '1'), ('2', '2')])

    def test_hc_109_value_in_a_column_that_is_to_be_dropped(self):
        self.create()
        self.check('a', 'UPDATE a SET mine = 77')
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1', '77')])
        again = self.expect_exit(self.incremental(*self.ALL), 0)
        self.undo(again)
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1', '77')])

    def test_hc_109_row_in_a_table_that_a_rollback_empties(self):
        self.create()
        answer = self.expect_exit(self.incremental(*self.ALL), 0)
        undone = self.with_writer('a', 'INSERT INTO a VALUES (5, 5)',
                                  lambda: self.program.start('rollback', answer.json['backup'], self.target.url(), '--yes', '--json'))
        self.expect_exit(undone, 6)
        self.assertIn('somebody wrote to it since', undone.out, str(undone))
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1'), ('5', '5')])
        self.undo(answer)
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1', '1')])

    def test_row_in_a_table_that_gets_a_check_behind_its_rows(self):
        """No ALTER comes before they are written; the run would have deleted it, and no backup point had it."""
        self.create()
        self.on_source('ALTER TABLE a ADD CONSTRAINT positive CHECK (v > 0)')
        self.on_target('ALTER TABLE a DROP COLUMN mine', 'INSERT INTO a VALUES (3, -3)')
        self.check('a', 'INSERT INTO a VALUES (2, 2)')
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1'), ('2', '2'), ('3', '-3')])
        again = self.expect_exit(self.incremental(*self.ALL), 0)
        self.undo(again)
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1'), ('2', '2'), ('3', '-3')])

    def test_without_the_right_to_lock_the_rows_are_looked_at_all_the_same(self):
        self.create()
        user = f'u{self.db[8:]}'
        self.target.sql(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'secret'",
                        f"GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, TRIGGER ON `{self.db}`.* TO '{user}'@'%'",
                        f"GRANT ALL ON `dbsync\\_scratch\\_%`.* TO '{user}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{user}'@'%'")
        answer = self.expect_exit(self.incremental(*self.ALL, '--allow', 'replica,triggers', target=self.target.url(self.db, user, 'secret')), 0)
        self.assertEqual(answer.err.count('cannot be locked'), 2, str(answer))
        self.expect_equal_structures()
        self.undo(answer)
        self.assertEqual(self.rows(self.target, 'a'), [('1', '1', '1')])


# those of Company are run where they stand
for inherited in [name for name in dir(Company) if name.startswith('test_')]:
    setattr(Writers, inherited, None)


class Privileges(ReshapingTest):
    def test_without_the_privilege_to_try_it_is_refused_or_allowed(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT)', 'INSERT INTO t VALUES (1, 1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)')
        before = self.dump()
        user = f'u{self.db[8:]}'
        self.target.sql(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'secret'", f"GRANT ALL ON `{self.db}`.* TO '{user}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{user}'@'%'")
        url = self.target.url(self.db, user, 'secret')
        refused = self.incremental('--allow', 'replica', target=url)
        self.expect_refused(refused, '--allow-unproven')
        self.assertEqual(self.dump(), before)
        answer = self.expect_exit(self.incremental('--allow', 'replica', '--allow-unproven', target=url), 0)
        self.assertEqual(self.structures(answer)['t']['proof'], 'unproven', str(answer))
        self.expect_equal_structures()
        self.expect_exit(self.dbsync('rollback', answer.json['backup'], url, '--yes', '--allow', 'replica'), 0)
        self.assertEqual(self.dump(), before)
