"""Columns that the server computes: as a key, alone in a table, and where strict mode has a word to say of them."""
from harness import only_with
from test_full import Full
from test_reshaping_undo import ALL, Undo

NOT_A_KEY = 'MariaDB has no generated columns without NULLs, so none in an identity'


class Computed(Undo):
    """The target is read by the test itself, before and after."""

    def fill(self, tables, source, target):
        self.make([*tables, *source], [*tables, *target])

    def everything(self, place):
        names = [row[0] for row in self.session(place).run('SHOW TABLES')]
        return {name: self.rows(place, name) for name in sorted(names)}

    def expect_same(self):
        self.assertEqual(self.everything(self.target), self.everything(self.source))

    def expect_undone(self, answer):
        self.undo(answer)
        self.assertEqual(self.state(self.target), self.before)


class Keys(Computed):
    """C2: row_sql was made for a key that no row is written with."""
    PLAIN = 'CREATE TABLE p (id INT PRIMARY KEY, v INT)'

    @only_with('mysql', NOT_A_KEY)
    def test_c2_table_whose_key_is_computed_is_named_and_holds_nobody(self):
        tables = ['CREATE TABLE gp (a INT, k INT AS (a * 2) STORED NOT NULL PRIMARY KEY, v INT)', self.PLAIN]
        self.fill(tables, ['INSERT INTO gp (a, v) VALUES (1, 1), (2, 2)', 'INSERT INTO p VALUES (1, 1), (2, 2)'],
                  ['INSERT INTO gp (a, v) VALUES (1, 2), (3, 2)', 'INSERT INTO p VALUES (1, 2), (3, 2)'])
        kept = self.rows(self.target, 'gp')
        answer = self.expect_error(self.incremental(), 6, 'its key is computed by the server')
        self.same_rows('p', count=2)
        self.assertEqual(self.rows(self.target, 'gp'), kept, str(answer))
        self.expect_undone(answer)

    @only_with('mysql', NOT_A_KEY)
    def test_c2_counter_of_a_table_whose_key_is_computed(self):
        tables = ['CREATE TABLE gp (a INT AUTO_INCREMENT, k INT AS (v * 2) STORED NOT NULL PRIMARY KEY, v INT, KEY (a))',
                  self.PLAIN]
        rows = 'INSERT INTO gp (a, v) VALUES (1, 1), (2, 2)'
        self.fill(tables, [rows, 'ALTER TABLE gp AUTO_INCREMENT=100', 'INSERT INTO p VALUES (1, 1)'], [rows])
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(self.counter(self.target, 'gp'), 100, str(answer))
        self.expect_undone(answer)

    @only_with('mysql', NOT_A_KEY)
    def test_c2_another_key_is_taken_where_there_is_one(self):
        tables = ['CREATE TABLE gp (a INT NOT NULL, k INT AS (a * 2) STORED NOT NULL PRIMARY KEY, v INT, UNIQUE u (a))']
        self.fill(tables, ['INSERT INTO gp (a, v) VALUES (1, 1), (2, 2)'], ['INSERT INTO gp (a, v) VALUES (1, 2), (3, 2)'])
        answer = self.expect_exit(self.incremental(), 0)
        self.same_rows('gp', count=2)
        self.expect_undone(answer)


class Alone(Computed):
    """C12: a table of which no column holds a value still has rows, and holds nobody."""
    PLAIN = 'CREATE TABLE p (id INT PRIMARY KEY, v INT)'
    BOTH = [PLAIN, 'INSERT INTO p VALUES (1, 2), (3, 2)']

    def sides(self):
        self.make([self.PLAIN, 'INSERT INTO p VALUES (1, 1), (2, 2)',
                   'CREATE TABLE users (b INT AS (1 + 1))', 'INSERT INTO users () VALUES (), (), ()'],
                  [*self.BOTH, 'CREATE TABLE users (a INT)', 'INSERT INTO users VALUES (7), (8)'])

    def test_c12_rows_of_all_tables_come_back(self):
        self.sides()
        answer = self.expect_error(self.incremental('--allow', 'no-key', *ALL), 6, 'the columns that both sides have are all computed by the server')
        self.same_rows('p', count=2)
        self.assertEqual(self.rows(self.target, 'users'), [('2',), ('2',)], str(answer))
        self.expect_undone(answer)

    def full(self, *options):
        return Full.of(self.start_write(*options, command='full-sync').wait(60))

    def test_c12_full_sync_copies_such_a_table_and_puts_it_back(self):
        self.sides()
        answer = self.expect_exit(self.full(), 0)
        self.expect_same()
        self.expect_undone(answer)
        again = self.expect_exit(self.full(), 0)
        self.expect_same()
        self.expect_undone(again)

    def test_c12_full_sync_replaces_such_a_table(self):
        self.make([self.PLAIN, 'INSERT INTO p VALUES (1, 1)', 'CREATE TABLE users (a INT)', 'INSERT INTO users VALUES (7)'],
                  [*self.BOTH, 'CREATE TABLE users (b INT AS (1 + 1))', 'INSERT INTO users () VALUES (), ()'])
        answer = self.expect_exit(self.full(), 0)
        self.expect_same()
        self.expect_undone(answer)

    def test_c12_such_a_table_is_dropped_and_brought_back(self):
        self.make(self.BOTH, [*self.BOTH, 'CREATE TABLE users (b INT AS (1 + 1))', 'INSERT INTO users () VALUES (), ()'])
        answer = self.expect_exit(self.incremental('--drop-extra-tables', *ALL), 0)
        self.expect_same()
        self.expect_undone(answer)


class Warned(Computed):
    """C4: a value that strict mode has a word to say of is computed from one that is all right."""
    MADE = 'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), g INT AS (a + 0) STORED, v INT)'
    LAX = "SET SESSION sql_mode='NO_AUTO_VALUE_ON_ZERO'"

    def put(self, *rows):
        return [self.LAX, f"INSERT INTO t (id, a, v) VALUES {', '.join(rows)}"]

    def sides(self, source, target, made=MADE):
        self.make([made, *self.put(*source)], [made, *self.put(*target)])

    def converge(self, *options):
        answer = self.expect_exit(self.incremental(*options), 0)
        self.expect_same()
        return answer

    def test_c4_row_that_was_deleted_comes_back(self):
        self.sides(["(1, '1', 1)"], ["(1, '1', 1)", "(2, 'test', 2)"])
        self.expect_undone(self.converge('--max-delete-percent', 100))

    def test_c4_row_is_inserted(self):
        self.sides(["(1, '1', 1)", "(2, 'test', 2)"], ["(1, '1', 1)"])
        self.expect_undone(self.converge())

    def test_c4_old_row_of_an_update(self):
        self.sides(["(1, '5', 1)", "(2, '7', 2)"], ["(1, 'test', 1)", "(2, 'x', 3)"])
        self.expect_undone(self.converge())

    def test_c4_new_row_of_an_update(self):
        self.sides(["(1, 'test', 1)", "(2, 'x', 2)"], ["(1, '5', 1)", "(2, 'x', 3)"])
        self.expect_undone(self.converge())

    def test_c4_rows_that_change_their_unique_values_in_a_circle(self):
        made = self.MADE.replace('v INT)', 'v INT, UNIQUE (v))')
        self.sides(["(1, 'a', 1)", "(2, 'b', 2)"], ["(1, 'a', 2)", "(2, 'b', 1)"], made)
        self.expect_undone(self.converge())

    def test_c4_virtual_column_with_an_index(self):
        made = self.MADE.replace('STORED', 'VIRTUAL').replace('v INT)', 'v INT, KEY (g))')
        self.sides(["(1, 'test', 1)", "(3, 'x', 3)"], ["(1, '1', 1)", "(2, 'test', 2)"], made)
        self.expect_undone(self.converge('--max-delete-percent', 100))

    def test_c4_value_that_does_not_fit_is_refused_as_ever(self):
        self.make([self.MADE, *self.put("(1, 'test', 1)", "(2, 'abcdef', 2)")],
                  [self.MADE.replace('VARCHAR(9)', 'VARCHAR(4)'), *self.put("(3, 'x', 3)")])
        answer = self.expect_exit(self.incremental('--data-only', '--max-delete-percent', 100), 6)
        self.assertEqual(answer.result('t')['refused'], 1, str(answer))
        self.assertIn('Data too long', answer.result('t')['refusal'], str(answer))
        self.assertEqual(self.rows(self.target, 't', 'id, a'), [('1', 'test')], str(answer))

    def test_c4_table_is_altered_and_altered_back(self):
        rows = ["(1, 'test', 1)", "(2, '2', 2)"]
        self.make([self.MADE, 'ALTER TABLE t ADD COLUMN w INT AFTER id', *self.put(*rows)],
                  [self.MADE, *self.put(*rows)])
        self.expect_undone(self.converge())

    def test_c4_column_that_was_widened_becomes_narrow_again(self):
        rows = ["(1, 'test', 1)", "(2, '2', 2)"]
        self.make([self.MADE, 'ALTER TABLE t ADD COLUMN w INT AFTER id, MODIFY v BIGINT', *self.put(*rows)],
                  [self.MADE, *self.put(*rows)])
        self.expect_undone(self.converge())

    def test_c4_value_that_is_too_large_by_now_is_not_cut(self):
        rows = ["(1, 'test', 1)", "(2, '2', 2)"]
        self.make([self.MADE, 'ALTER TABLE t ADD COLUMN w INT AFTER id, MODIFY v BIGINT', *self.put(*rows)],
                  [self.MADE, *self.put(*rows)])
        answer = self.converge()
        self.on_target('UPDATE IGNORE t SET v = 99999999999 WHERE id = 2')
        self.undo(answer, '--force', exit_code=6)
        self.assertEqual(self.rows(self.target, 't', 'v'), [('1',), ('99999999999',)])

    def test_c4_computed_column_comes(self):
        plain = 'CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(9), v INT)'
        rows = ["(1, 'test', 1)", "(2, '2', 2)"]
        self.make([self.MADE, *self.put(*rows)], [plain, *self.put(*rows)])
        self.expect_undone(self.converge())

    def test_c4_computed_column_of_another_type(self):
        rows = ["(1, 'test', 1)", "(2, '2', 2)"]
        self.make([self.MADE.replace('g INT', 'g BIGINT'), *self.put(*rows)], [self.MADE, *self.put(*rows)])
        self.expect_undone(self.converge())

    def test_c4_table_that_was_dropped_comes_back(self):
        keeper = 'CREATE TABLE k (id INT PRIMARY KEY)'
        self.make([keeper], [keeper, self.MADE, *self.put("(1, 'test', 1)", "(2, '2', 2)")])
        self.expect_undone(self.converge(*ALL))

    def test_c4_full_sync(self):
        self.sides(["(1, 'x', 1)", "(3, '3', 3)"], ["(1, 'test', 1)", "(2, 'y', 2)"])
        answer = self.expect_exit(Full.of(self.start_write(command='full-sync').wait(60)), 0)
        self.expect_same()
        self.expect_undone(answer)

    def test_c4_full_sync_in_place(self):
        self.sides(["(1, 'x', 1)", "(3, '3', 3)"], ["(1, 'test', 1)", "(2, 'y', 2)"])
        self.expect_exit(self.start_write('--no-swap', '--max-delete-percent', 100, command='full-sync').wait(60), 0)
        self.expect_same()
