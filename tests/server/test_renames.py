"""HC-097: columns under new names, which are never guessed; --renames says them."""
from harness import once
from test_reshaping import ReshapingTest

RENAME = ('--renames', 't.old:new')


class Renames(ReshapingTest):
    def create(self, source='id INT PRIMARY KEY, new VARCHAR(20), n INT', target='id INT PRIMARY KEY, old VARCHAR(20), n INT'):
        """Two rows differ, one of them in the renamed column; the target has one row too many."""
        self.on_source(f'CREATE TABLE t ({source})', "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (4, 'd', 4)")
        self.on_target(f'CREATE TABLE t ({target})', "INSERT INTO t VALUES (1, 'a', 1), (2, 'other', 2), (3, 'c', 0), (4, 'd', 4), (5, 'e', 5)")
        self.before = self.dump()

    def expect_undone(self, answer):
        self.undo(answer)
        self.assertEqual(self.dump(), self.before)

    def table(self, answer):
        return next(table for table in answer.json['tables'] if table['table'] == 't')

    @once
    def test_never_guessed(self):
        self.create()
        self.expect_refused(self.incremental('--max-delete-percent', 100), '--allow-unsafe=drop-column')
        self.assertEqual(self.dump(), self.before)

    def test_values_are_compared_under_both_names(self):
        self.create()
        for digest in ('stream', 'server'):
            answer = self.verify(*RENAME, '--digest', digest, '--details', 9)
            self.expect_exit(answer, 1)
            table = self.table(answer)
            self.assertEqual([table[kind] for kind in ('insert', 'update', 'delete')], [0, 2, 1], str(answer))
            self.assertEqual(table['renames'], {'old': 'new'}, str(answer))
            self.assertEqual(table['differing_columns'], [], str(answer))
        # that the names differ is a difference, also where all rows are the same
        self.on_target('DELETE FROM t')
        self.on_source('DELETE FROM t')
        self.expect_exit(self.verify(*RENAME), 1)
        self.expect_exit(self.verify(*RENAME, '--data-only'), 0)

    @once
    def test_plan_is_one_statement_and_keeps_no_rows(self):
        self.create()
        answer = self.dry_run(*RENAME, '--max-delete-percent', 100)
        statement, = self.sql_of(answer, 't')
        self.assertRegex(statement, r'^ALTER TABLE `\w+`\.`t` CHANGE COLUMN `old` `new` varchar\(20\)')
        self.assertFalse(self.structures(answer)['t']['rows_kept'], str(answer))
        self.assertEqual(self.structures(answer)['t']['hazards'], [], str(answer))
        self.assertEqual(self.dump(), self.before)

    def test_is_carried_out_and_undone(self):
        self.create()
        answer = self.expect_exit(self.incremental(*RENAME, '--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.same_rows('t', count=4)
        # what was done stays in the configuration, and is nothing the next time
        self.assertEqual(self.expect_exit(self.incremental(*RENAME), 0).json['verdict'], 'equal')
        self.expect_undone(answer)
        # what undid it is undone in turn
        again = self.expect_exit(self.incremental(*RENAME, '--max-delete-percent', 100), 0)
        self.same_rows('t', count=4)
        self.expect_undone(again)

    @once
    def test_rows_alone_are_written_under_the_old_name(self):
        self.create()
        answer = self.expect_exit(self.incremental(*RENAME, '--data-only', '--max-delete-percent', 100), 0)
        rows = [self.session(place).run('SELECT * FROM t ORDER BY id') for place in (self.source, self.target)]
        self.assertEqual(*rows)
        self.assertIn('`old`', self.defined(self.target, 't'))
        self.expect_undone(answer)

    @once
    def test_structures_alone(self):
        self.create()
        answer = self.expect_exit(self.incremental(*RENAME, '--schema-only'), 0)
        self.assertEqual(self.session(self.target).run('SELECT new FROM t WHERE id=2'), [('other',)])
        self.expect_undone(answer)

    def test_key_that_is_renamed_still_identifies_rows(self):
        self.on_source('CREATE TABLE t (a INT, b INT, v INT, PRIMARY KEY (a, b), KEY v (v))', 'INSERT INTO t VALUES (1, 1, 1), (1, 2, 2)')
        self.on_target('CREATE TABLE t (a INT, x INT, y INT, PRIMARY KEY (a, x), KEY v (y))', 'INSERT INTO t VALUES (1, 1, 1), (1, 2, 0)')
        self.before = self.dump()
        words = ('--renames', 't.x:b', '--renames', 't.y:v')
        self.assertEqual([self.table(self.verify(*words))[word] for word in ('key', 'update', 'insert')], ['primary', 1, 0])
        answer = self.expect_exit(self.incremental(*words), 0)
        self.expect_equal_structures()
        self.same_rows('t', count=2)
        self.expect_undone(answer)

    def test_key_of_a_table_of_many_ranges(self):
        """Each side is asked for the rows of a range by its own names."""
        for put, key in ((self.on_source, 'newid'), (self.on_target, 'id')):
            put(f'CREATE TABLE t ({key} INT PRIMARY KEY, pad VARCHAR(600) NOT NULL)')
            for start in range(0, 12000, 2000):
                put('INSERT INTO t VALUES ' + ','.join(f"({n},REPEAT('x',500))" for n in range(start, start + 2000)))
            put('ANALYZE TABLE t')
        self.on_target("UPDATE t SET pad='y' WHERE id % 2000 = 7")
        self.before = self.dump()
        words = ('--renames', 't.id:newid', '--parallel', 2)
        for digest in ('stream', 'server'):
            table = self.table(self.expect_exit(self.verify(*words, '--digest', digest, '--recheck', 1, '--recheck-pause', 0), 1))
            self.assertGreater(table['ranges'], 1)
            self.assertEqual([table[kind] for kind in ('insert', 'update', 'delete')], [0, 6, 0])
        only = self.expect_exit(self.incremental(*words, '--data-only'), 0)
        self.undo(only)
        self.assertEqual(self.dump(), self.before)
        answer = self.expect_exit(self.incremental(*words), 0)
        self.same_rows('t', count=12000)
        self.expect_undone(answer)

    @once
    def test_with_other_changes_of_the_same_column(self):
        """Hazards are asked of the column by the name that it still has."""
        self.create(source='id INT PRIMARY KEY, new VARCHAR(3) NOT NULL, n INT, UNIQUE KEY u (new)')
        answer = self.incremental(*RENAME, '--max-delete-percent', 100)
        self.expect_refused(answer, '--allow-unsafe=narrow')
        self.assertRegex(answer.err, r'column `new`: .*\(1 row\)', str(answer))
        self.assertEqual(self.dump(), self.before)
        answer = self.expect_exit(self.incremental(*RENAME, '--max-delete-percent', 100, '--allow-unsafe', 'narrow'), 0)
        self.expect_equal_structures()
        self.same_rows('t', count=4)
        self.expect_undone(answer)

    def test_unique_key_over_it_is_asked_for_doubles(self):
        self.create(source='id INT PRIMARY KEY, new VARCHAR(20), n INT, UNIQUE KEY u (new, n)')
        self.on_target("INSERT INTO t VALUES (6, 'a', 1), (7, 'a', 1)")
        self.before = self.dump()
        answer = self.incremental(*RENAME, '--schema-only')
        self.expect_refused(answer, '--allow-unsafe=unique-on-duplicates')
        self.assertRegex(answer.err, r'key `u`: .*\(2 rows\)', str(answer))
        answer = self.expect_exit(self.incremental(*RENAME, '--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.expect_undone(answer)

    def test_foreign_keys_on_both_sides_of_it(self):
        for put, parent, child, rows in ((self.on_source, 'new', 'q', '(1), (2), (3)'), (self.on_target, 'old', 'p', '(1), (2)')):
            put(f'CREATE TABLE t ({parent} INT PRIMARY KEY)', f'INSERT INTO t VALUES {rows}',
                f'CREATE TABLE c (id INT PRIMARY KEY, {child} INT, CONSTRAINT k FOREIGN KEY ({child}) REFERENCES t ({parent}))',
                'INSERT INTO c VALUES (1, 1), (2, 2)')
        # one that only the target has: the server keeps its key
        self.on_target('CREATE TABLE extra (id INT PRIMARY KEY, e INT, CONSTRAINT x FOREIGN KEY (e) REFERENCES t (old))', 'INSERT INTO extra VALUES (1, 2)')
        self.before = self.dump()
        answer = self.expect_exit(self.incremental(*RENAME, '--renames', 'c.p:q'), 6)   # extra is kept
        self.same_rows('t', count=3)
        for table, key in (('c', '(`q`) REFERENCES `t` (`new`)'), ('extra', '(`e`) REFERENCES `t` (`new`)')):
            self.assertIn(key, self.defined(self.target, table), str(answer))
        self.expect_undone(answer)

    def test_foreign_key_over_a_column_that_is_renamed_and_changed(self):
        for put, column, kind in ((self.on_source, 'new', 'BIGINT'), (self.on_target, 'old', 'INT')):
            put(f'CREATE TABLE t (id INT PRIMARY KEY, {column} {kind} NOT NULL, UNIQUE KEY u ({column}))', 'INSERT INTO t VALUES (1, 7)',
                f'CREATE TABLE c (id INT PRIMARY KEY, v {kind}, CONSTRAINT k FOREIGN KEY (v) REFERENCES t ({column}))', 'INSERT INTO c VALUES (1, 7)')
        self.before = self.dump()
        answer = self.expect_exit(self.incremental(*RENAME), 0)
        self.expect_equal_structures()
        self.assertIn('(`v`) REFERENCES `t` (`new`)', self.defined(self.target, 'c'), str(answer))
        self.expect_undone(answer)

    def test_expressions_over_it(self):
        """What a server refuses to rename is found on the empty table, and left as it is."""
        for put, column in ((self.on_source, 'new'), (self.on_target, 'old')):
            put(f'CREATE TABLE t (id INT PRIMARY KEY, {column} INT, g INT GENERATED ALWAYS AS ({column} + 1) STORED, CONSTRAINT k CHECK ({column} > 0))',
                f'INSERT INTO t (id, {column}) VALUES (1, 1)')
        self.before = self.dump()
        answer = self.incremental(*RENAME)
        if answer.exit == 0:
            self.expect_equal_structures()
            self.expect_undone(answer)
            return
        self.expect_exit(answer, 6)
        self.assertIn('the server refuses', self.structures(answer)['t']['left_out'], str(answer))
        self.assertEqual(self.dump(), self.before)

    def test_checks_over_it(self):
        """MySQL renames no column under its checks (3959): here they stay, come and go."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, new INT, n INT, CONSTRAINT k CHECK (new > 0), CONSTRAINT l CHECK (n <> new))',
                       'INSERT INTO t VALUES (1, 1, 7)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, old INT, n INT, CONSTRAINT k CHECK (old > 0), CONSTRAINT m CHECK (old < 9))',
                       'INSERT INTO t VALUES (1, 2, 7), (2, 3, 4)')
        self.before = self.dump()
        answer = self.expect_exit(self.incremental(*RENAME, '--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.expect_undone(answer)

    def test_rollback_of_a_check_that_came_with_it(self):
        self.create()
        self.on_source("ALTER TABLE t ADD CONSTRAINT k CHECK (new <> 'x')")
        answer = self.expect_exit(self.incremental(*RENAME, '--max-delete-percent', 100), 0)
        self.expect_equal_structures()
        self.expect_undone(answer)

    def test_names_in_any_case_and_odd_ones(self):
        for put, column in ((self.on_source, 'nè``w:'), (self.on_target, 'Ol``d')):
            put(f'CREATE TABLE `odd t` (id INT PRIMARY KEY, `{column}` INT)', 'INSERT INTO `odd t` VALUES (1, 1)')
        self.before = self.dump()
        answer = self.expect_exit(self.incremental('--renames', 'odd t.oL`d:nè`w:'), 0)
        self.expect_equal_structures()
        self.expect_undone(answer)

    def test_triggers_that_may_name_it(self):
        """A server renames a column under its triggers, which fail from then on."""
        self.create()
        self.on_source('CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.new = UPPER(NEW.new)')
        self.on_target('CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.old = UPPER(NEW.old)', 'DELETE FROM t')
        self.on_source('DELETE FROM t')
        answer = self.incremental(*RENAME)
        self.expect_refused(answer, '--allow triggers', 'a column is renamed that the trigger `tr` may name')
        self.expect_exit(self.incremental(*RENAME, '--objects', 'all', '--allow', 'triggers'), 0)
        self.on_target("INSERT INTO t VALUES (1, 'a', 1)")
        self.assertEqual(self.on_target('SELECT new FROM t'), [('A',)])

    @once
    def test_column_that_is_ignored_by_its_old_name(self):
        self.create()
        words = (*RENAME, '--ignore-columns', 't.old')
        self.assertEqual(self.table(self.verify(*words))['update'], 1)
        for _ in range(2):
            answer = self.expect_exit(self.incremental(*words, '--max-delete-percent', 100), 0)
        self.assertEqual(self.on_target('SELECT new, n FROM t WHERE id IN (2, 3) ORDER BY id'), [('other', '2'), ('c', '3')], str(answer))

    @once
    def test_case_alone_is_no_rename(self):
        self.create()
        answer = self.expect_exit(self.verify('--renames', 't.NEW:new'), 1)
        self.assertIn('are case-insensitive', answer.err, str(answer))

    @once
    def test_in_the_configuration(self):
        self.create()
        self.program.file('c.json', '{"table_settings": {"renames": {"t.old": "new"}}}', 0o644)
        answer = self.expect_exit(self.incremental('--config', 'c.json', '--max-delete-percent', 100), 0)
        self.same_rows('t', count=4)
        self.expect_undone(answer)

    @once
    def test_what_fits_nothing_is_an_error(self):
        self.create()
        for words, text in (('u.old:new', 'no table fits `u`'), ('t.old:niw', 'did you mean `new`?'), ('old:new', 'TABLE.OLD:NEW'), ('t.:new', 'TABLE.OLD:NEW')):
            self.expect_error(self.verify('--renames', words), 2, text)

    @once
    def test_both_names_on_one_side_are_two_columns(self):
        self.create()
        self.on_target('ALTER TABLE t ADD new INT')
        self.before = self.dump()
        answer = self.incremental(*RENAME, '--max-delete-percent', 100)
        self.expect_refused(answer, 'column `old`', '--allow-unsafe=drop-column', 'the target has both columns')
        self.assertEqual(self.dump(), self.before)
