"""JSON of MySQL, which compares by value what it writes in several ways: C5."""
from harness import MODES, Expect, each_pair, only_with
from test_full import Full
from test_reshaping_undo import Undo

# of the source, of the target; MySQL keeps an INTEGER or a DOUBLE
NUMBERS = [('1.0', '1'), ('1', '1.0'), ('{"a": 1.0}', '{"a": 1}'), ('1e2', '100'), ('[0.0, 1]', '[-0.0, 1]'),
           ('18446744073709551615', '1.8446744073709552e19'), ('9007199254740992', '9007199254740992.0')]


class Numbers(Undo):
    def sides(self, columns='', more=''):
        made = f'CREATE TABLE t (id INT PRIMARY KEY, j JSON, v INT{columns})'
        rows = [', '.join(f"({n}, '{pair[side]}', {n}{more})" for n, pair in enumerate(NUMBERS)) for side in (0, 1)]
        self.make([made, f'INSERT INTO t VALUES {rows[0]}'], [made, f'INSERT INTO t VALUES {rows[1]}'])
        return Expect.of('id', update=list(range(len(NUMBERS))))

    def expect_converged(self):
        self.check_equal(modes=MODES)
        if self.source.family == self.target.family:
            self.same_rows('t')

    @each_pair
    def test_c5_numbers_of_another_type_are_written_and_undone(self):
        self.check(t=self.sides(), modes=MODES)
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(answer.result('t')['rows']['update'], len(NUMBERS), str(answer))
        self.expect_converged()
        self.undo(answer)
        self.assertEqual(self.state(self.target), self.before)

    @each_pair
    def test_c5_among_rows_that_differ_otherwise(self):
        self.sides()
        self.on_target('UPDATE t SET v = 99 WHERE id IN (1, 3)', 'DELETE FROM t WHERE id = 0', "INSERT INTO t VALUES (50, '2', 2)")
        self.expect_exit(self.incremental(), 0)
        self.expect_converged()

    @each_pair
    def test_c5_what_only_the_target_has_stays(self):
        self.sides(', mine INT', ', 7')
        self.on_source('ALTER TABLE t DROP COLUMN mine')
        self.expect_error(self.incremental('--data-only', '--ignore-columns', 't.mine'), 0)
        self.assertEqual(set(self.rows(self.target, 't', 'mine')), {('7',)})
        self.check_equal('--data-only', '--ignore-columns', 't.mine', modes=MODES)

    @each_pair
    def test_c5_full_sync(self):
        self.sides()
        answer = self.expect_exit(Full.of(self.start_write(command='full-sync').wait(60)), 0)
        self.expect_converged()
        self.undo(answer)
        self.assertEqual(self.state(self.target), self.before)

    @each_pair
    @only_with('mysql', 'a DECIMAL in JSON is known to MySQL alone')
    def test_c5_decimal_is_the_double_that_any_copy_of_it_is(self):
        self.make(['CREATE TABLE t (id INT PRIMARY KEY, j JSON)',
                   "INSERT INTO t VALUES (1, JSON_OBJECT('price', CAST(19.90 AS DECIMAL(9, 2)))), (2, CAST(1.50 AS JSON))"],
                  ['CREATE TABLE t (id INT PRIMARY KEY, j JSON)', "INSERT INTO t VALUES (1, '{\"price\": 19.9}')"])
        self.check(t=Expect.of('id', insert=[2]), modes=MODES)
        self.expect_exit(self.incremental(), 0)
        self.check_equal(modes=MODES)
        self.expect_exit(Full.of(self.start_write(command='full-sync').wait(60)), 0)
        self.check_equal(modes=MODES)
