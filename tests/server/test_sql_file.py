"""dry-run --sql: the file is run by the plain client, and makes the target equal (C7 of the findings).

Random databases do the same in converge_seeds.py and reshape_seeds.py.
"""
import os

from test_writing import WritingTest

ALLOW = ('--allow-unsafe', 'all', '--drop-extra-tables', '--allow', 'no-key,empty-source,delete-percent,triggers,non-transactional')


class File(WritingTest):
    scope = ()

    def write_file(self, *options):
        answer = self.expect_exit(self.dry_run(*ALLOW, '--sql', 'changes.sql', *options), 1)
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as text:
            return answer, text.read()

    def expect_converges(self, *scope):
        answer, text = self.write_file(*scope)
        self.assertNotIn('-- not in this file', text)
        self.assertNotIn('does not make everything equal', answer.err)
        self.run_changes()
        self.expect_exit(self.verify(*scope), 0)
        return text

    def expect_absent(self, table, *words):
        """Named at the head of the file and on stderr, and the file runs nevertheless."""
        answer, text = self.write_file()
        line = [line for line in text.splitlines() if line.startswith(f'-- not in this file: {self.db}.{table}: ')]
        self.assertEqual(len(line), 1, text)
        for word in words:
            self.assertIn(word, line[0])
        self.assertIn('changes.sql does not make everything equal', answer.err)
        self.run_changes()
        return text

    def test_c7_dropped_column(self):
        """Was 1054: rows that come, and rows that differ, without the column that goes."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)')
        self.on_target("CREATE TABLE t (id INT PRIMARY KEY, v INT, gone INT NOT NULL)", 'INSERT INTO t VALUES (1, 9, 5), (4, 4, 4)')
        self.expect_converges()

    def test_c7_new_column_that_may_not_be_null(self):
        """Was 1364; and its values were not in the file."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT, n VARCHAR(9) NOT NULL)',
                       "INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two')")
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)')
        self.expect_converges()

    def test_c7_engine_that_is_not_there_is_refused(self):
        """Was made an InnoDB without a word."""
        self.on_source('CREATE TABLE fresh (id INT PRIMARY KEY) ENGINE=MyISAM')
        _, text = self.write_file('--allow', 'no-key,empty-source,delete-percent,triggers,engine')
        self.assertIn('MyISAM', text)
        self.assertIn('NO_ENGINE_SUBSTITUTION', text.split('CREATE TABLE')[0])

    def test_c7_tables_without_transactions_beside_others(self):
        """Was 1785 where there are global transaction ids: they have no place between BEGIN and COMMIT."""
        for place, rows in ((self.on_source, '(1, 1), (2, 2), (4, 4)'), (self.on_target, '(1, 9), (2, 2), (3, 3)')):
            for name, engine in (('a', 'MyISAM'), ('b', 'InnoDB'), ('c', 'MyISAM')):
                place(f'CREATE TABLE {name} (id INT PRIMARY KEY, v INT) ENGINE={engine}', f'INSERT INTO {name} VALUES {rows}')
        self.on_source('CREATE TABLE fresh (id INT PRIMARY KEY, v INT) ENGINE=MyISAM', 'INSERT INTO fresh VALUES (1, 1)',
                       'ALTER TABLE c ADD COLUMN w INT')
        text = self.expect_converges()
        self.assertNotIn('`a`', text[text.index('START TRANSACTION'):text.index('COMMIT')])

    def test_c7_value_that_is_computed_with_a_warning(self):
        """Was 1292 or 1366 in a strict session, half-way."""
        for place, rows in ((self.on_source, "(1, 'test', 1), (2, 'x', 2), (4, '4', 4)"),
                            (self.on_target, "(1, '5', 1), (2, 'y', 3), (3, 'z', 3)")):
            place('CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), g INT AS (a + 0) STORED, v INT)',
                  "SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO'", f'INSERT INTO t (id, a, v) VALUES {rows}')
        self.expect_converges()

    def test_c7_empty_value_of_an_enum(self):
        """Was 1265 where the value is not the member of that name, or where another column is of another type."""
        self.on_both("CREATE TABLE t (id INT PRIMARY KEY, k ENUM('a','') NOT NULL)")
        self.on_source("SET SESSION sql_mode=''", "INSERT INTO t VALUES (1, 0), (2, 'a'), (3, '')")
        self.on_target("SET SESSION sql_mode=''", "INSERT INTO t VALUES (1, 'a'), (2, 'a'), (3, 0)")
        self.expect_converges()

    def test_c7_rows_for_which_there_is_no_mode(self):
        """Neither a strict session, which refuses them, nor another, which bends others: named, and the file runs."""
        for place, charset in ((self.on_source, 'latin1'), (self.on_target, 'utf8mb4')):
            place(*(f"CREATE TABLE {name} (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET {charset}, k ENUM('a','b') NOT NULL)"
                    for name in ('bare', 'full')),
                  f"CREATE TABLE warns (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET {charset}, g INT AS (v + 0) STORED)")
        self.on_source("SET SESSION sql_mode=''", "INSERT INTO bare VALUES (1, 'x', 0), (2, 'x', 'a')", "INSERT INTO full VALUES (1, 'x', 'a')",
                       "INSERT INTO warns (id, v) VALUES (1, 'x')")
        self.on_target("SET SESSION sql_mode=''", "INSERT INTO full VALUES (1, 'y', 0)")
        answer = self.expect_exit(self.dry_run('--data-only', '--sql', 'changes.sql'), 1)
        self.assertEqual([(entry['database'], entry['table'], 'would change values' in entry['reason']) for entry in answer.json['sql_file_lacks']],
                         [(self.db, name, True) for name in ('bare', 'warns')], str(answer))
        self.assertIsNone(self.dry_run('--data-only').json['sql_file_lacks'])
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as file:
            absent = [line.split(': ')[1:] for line in file if line.startswith('-- not in this file')]
        self.assertEqual({name.split('.')[1]: 'would change values' in ' '.join(why) for name, *why in absent}, {'bare': True, 'warns': True}, absent)
        self.run_changes()
        self.assertEqual(self.rows(self.target, 'full'), [('1', 'x', 'a')])
        self.assertEqual(self.rows(self.target, 'bare') + self.rows(self.target, 'warns'), [])

    def test_c7_other_types_are_no_doubt_where_no_row_is_put_and_where_nothing_is_computed(self):
        """Rows that go cannot be bent, and the prefix of a key is no expression that might warn."""
        for place, charset in ((self.on_source, 'latin1'), (self.on_target, 'utf8mb4')):
            place(f'CREATE TABLE goes (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET {charset}, g INT AS (v + 0) STORED, KEY (g))',
                  f'CREATE TABLE bare (v VARCHAR(9) CHARACTER SET {charset}, g INT AS (v + 0) STORED)',
                  f'CREATE TABLE cut (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET {charset}, KEY (v(2)))', "SET SESSION sql_mode = ''",
                  "INSERT INTO goes (id, v) VALUES (1, 'x')", "INSERT INTO bare (v) VALUES ('x')", "INSERT INTO cut VALUES (1, 'same')")
        self.on_target("INSERT INTO goes (id, v) VALUES (2, 'é')", "INSERT INTO bare (v) VALUES ('x'), ('é')", "INSERT INTO cut VALUES (2, 'é')")
        self.on_source("INSERT INTO cut VALUES (3, 'é')")
        self.expect_exit(self.dry_run('--data-only', '--sql', 'changes.sql'), 1)
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as file:
            self.assertNotIn('-- not in this file', file.read())
        self.run_changes()
        self.expect_exit(self.verify('--data-only'), 0)

    def test_c7_types_that_become_those_of_the_source_are_no_doubt(self):
        self.on_source("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET utf8mb4, g INT AS (v + 0) STORED, k ENUM('a') NOT NULL)",
                       "SET SESSION sql_mode=''", "INSERT INTO t (id, v, k) VALUES (1, 'x', 0)")
        self.on_target("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(9) CHARACTER SET latin1, g INT AS (v + 0) STORED, k ENUM('a') NOT NULL)",
                       "SET SESSION sql_mode=''", "INSERT INTO t (id, v, k) VALUES (1, 'y', 0), (2, 'y', 'a')")
        self.expect_converges()

    def test_c7_versioned_table_with_a_value_that_is_computed_with_a_warning(self):
        """Its types are the same on both sides, so that nothing is bent."""
        if self.target.family != 'mariadb' or self.source.family != 'mariadb':
            self.skipTest('tables with a history are of MariaDB')
        for place in (self.on_source, self.on_target):
            place('CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), g INT AS (a + 0) STORED) WITH SYSTEM VERSIONING')
        self.on_source("SET SESSION sql_mode=''", "INSERT INTO t (id, a) VALUES (1, 'x')")
        self.expect_exit(self.dry_run('--data-only', '--allow', 'versioned', '--sql', 'changes.sql'), 1)
        self.run_changes()
        self.assertEqual(self.rows(self.target, 't', 'id, a'), [('1', 'x')])

    def test_c7_server_that_adds_keys_of_its_own(self):
        """The file turns that off by itself, and nothing where it is off: that takes a privilege."""
        if not self.target.family == 'mysql' or self.target.version < (8, 0):
            self.skipTest('invisible keys are of MySQL 8')
        self.on_source('CREATE TABLE fresh (a INT, t TIMESTAMP NOT NULL)', "INSERT INTO fresh VALUES (1, '2020-01-01 00:00:00')")
        self.write_file()
        order = 'SET SESSION sql_generate_invisible_primary_key = 1, explicit_defaults_for_timestamp = 0'
        self.run_changes(f'--init-command={order}')
        self.assertNotIn('my_row_id', self.on_target('SHOW CREATE TABLE fresh')[0][1])
        self.expect_exit(self.verify(), 0)

    def test_c7_rows_of_a_new_table_and_its_counter(self):
        self.on_source('CREATE TABLE fresh (id INT PRIMARY KEY AUTO_INCREMENT, b BLOB, c CHAR(3) CHARACTER SET latin1)',
                       "INSERT INTO fresh VALUES (1, x'00ff27', 'é'), (7, NULL, '')", 'ALTER TABLE fresh AUTO_INCREMENT = 50')
        self.expect_converges()
        self.assertEqual(self.counter(self.target, 'fresh'), 50)

    def test_c7_views_routines_and_triggers(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        self.on_source('INSERT INTO t VALUES (1, 1)', 'CREATE VIEW w AS SELECT id FROM t', 'CREATE VIEW a AS SELECT id FROM w',
                       'CREATE PROCEDURE p() BEGIN SELECT 1; /* why */ SELECT 2; -- because\n END',
                       'CREATE TRIGGER tt BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.v = 7; SET NEW.id = NEW.id; END')
        self.expect_converges('--objects', 'all')

    def test_c7_triggers_of_one_moment_come_in_their_order(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
        for name, place in (('b', ''), ('a', 'PRECEDES b'), ('z', 'PRECEDES a'), ('m', 'FOLLOWS a')):
            self.on_source(f'CREATE TRIGGER {name} BEFORE INSERT ON t FOR EACH ROW {place} SET @x = "{name}"')
        self.on_target('CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW SET @x = "another"')
        self.expect_converges('--objects', 'all')
        order = ("SELECT TRIGGER_NAME, ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() "
                 'ORDER BY ACTION_ORDER')
        self.assertEqual(self.on_target(order), self.on_source(order))

    def test_c7_allowed_hazards(self):
        """Was 1265 in a strict session: too long, no such member, NULL; and a key that rows are in the way of."""
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(2) NOT NULL, e ENUM (\'a\') NULL, u INT, UNIQUE (u))',
                       "INSERT INTO t VALUES (1, 'ab', 'a', 1), (2, 'cd', NULL, 2)")
        self.on_target("CREATE TABLE t (id INT PRIMARY KEY, s VARCHAR(20) NULL, e ENUM ('b', 'a') NULL, u INT)",
                       "INSERT INTO t VALUES (1, 'abc', 'b', 1), (2, NULL, 'a', 1)")
        self.expect_converges()

    def test_c7_rows_without_a_partition(self):
        """Was 1526: what the target alone has is in no partition of the source."""
        for place, most in ((self.on_source, 10), (self.on_target, 100)):
            place('CREATE TABLE t (id INT PRIMARY KEY, v INT) PARTITION BY RANGE (id) '
                  f'(PARTITION a VALUES LESS THAN (5), PARTITION b VALUES LESS THAN ({most}))')
        self.on_source('INSERT INTO t VALUES (1, 1), (7, 7)')
        self.on_target('INSERT INTO t VALUES (1, 1), (50, 50)')
        self.expect_converges()

    def test_c7_rows_that_differ_suffice_where_no_column_changes(self):
        for place, key in ((self.on_source, ', KEY (v)'), (self.on_target, '')):
            place(f'CREATE TABLE t (id INT PRIMARY KEY, v INT{key})')
        self.on_both('INSERT INTO t VALUES (1, 1), (2, 2), (3, 3)')
        self.on_target('UPDATE t SET v = 9 WHERE id = 2')
        text = self.expect_converges()
        self.assertNotIn('all rows', text)
        self.assertEqual(text.count('\n(2,2)') + text.count('\n(1,1)'), 1, text)

    def test_c7_triggers_keep_all_rows_out_of_the_file(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)',
                       'CREATE TRIGGER tt BEFORE INSERT ON t FOR EACH ROW SET NEW.id = NEW.id + 1')
        text = self.expect_absent('t', 'its triggers would fire')
        self.assertIn('ADD COLUMN `n`', text)
        self.assertEqual(self.rows(self.target, 't'), [('1', '0'), ('2', '0')])

    def test_c7_filters_keep_all_rows_out_of_the_file(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, n INT NOT NULL)', 'INSERT INTO t VALUES (1, 1)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)')
        _, text = self.write_file('--where', 't:id < 2', '--allow', 'where')
        self.assertIn('only a part of its values is asked for', text)
        self.run_changes()
        self.assertEqual(self.rows(self.target, 't'), [('1', '0'), ('2', '0')])

    def test_c7_refusals_stand_in_the_file(self):
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, gone INT)', 'INSERT INTO t VALUES (1, 1)')
        self.expect_exit(self.dry_run('--sql', 'changes.sql'), 3)
        with open(os.path.join(self.program.folder, 'changes.sql'), encoding='utf-8') as text:
            self.assertIn('-- incremental would refuse it: t: column `gone`', text.read())
