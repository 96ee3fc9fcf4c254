"""ENUM and SET with an empty member, which looks like the invalid one, number 0."""
from harness import TWO_MODES, Expect, each_pair
from test_writing import WritingTest, changes


class Members(WritingTest):
    def setUp(self):
        super().setUp()
        self.on_both("SET SESSION sql_mode = ''")       # which lets an invalid member in

    @each_pair
    def test_c1b_the_invalid_member_is_not_the_empty_one_in_a_key(self):
        self.on_both("CREATE TABLE e (k ENUM('a','') NOT NULL, id INT NOT NULL, v INT, PRIMARY KEY (k, id))")
        self.on_both("INSERT INTO e VALUES (1, 1, 1)")
        self.on_source("INSERT INTO e VALUES ('', 2, 1)")
        self.on_target("INSERT INTO e VALUES (0, 2, 1)")
        self.check(modes=TWO_MODES, e=Expect(insert=1, delete=1))

    @each_pair
    def test_c1b_the_invalid_member_is_not_the_empty_one_elsewhere(self):
        self.on_both("CREATE TABLE e (id INT PRIMARY KEY, k ENUM('a',''), s SET('x','') )")
        self.insert('e', ('id', 'k', 's'), [(1, '2', '1'), (2, '2', '1'), (3, '1', '2'), (4, '1', '3')], target=False)
        self.insert('e', ('id', 'k', 's'), [(1, '0', '1'), (2, '2', '1'), (3, '1', '0'), (4, '1', '1')], source=False)
        self.check(modes=TWO_MODES, e=Expect.of('id', update=[1, 3, 4]))

    def test_c1b_definitions_that_differ_are_compared_by_name_and_the_invalid_member_apart(self):
        self.on_source("CREATE TABLE e (id INT PRIMARY KEY, k ENUM('a','','b'))")
        self.on_target("CREATE TABLE e (id INT PRIMARY KEY, k ENUM('','a'))")
        self.insert('e', ('id', 'k'), [(1, '1'), (2, '2'), (3, '0'), (4, '0'), (5, '2')], target=False)
        self.insert('e', ('id', 'k'), [(1, '2'), (2, '1'), (3, '0'), (4, '1'), (5, '0')], source=False)
        self.check(modes=TWO_MODES, e=Expect.of('id', update=[4, 5]))

    @each_pair
    def test_c1b_incremental_converges_on_them(self):
        self.on_both("CREATE TABLE e (k ENUM('a','') NOT NULL, id INT NOT NULL, v INT, PRIMARY KEY (k, id))",
                     "CREATE TABLE f (id INT PRIMARY KEY, k ENUM('a',''), s SET('x',''))",
                     "CREATE TABLE g (k ENUM('a',''), s SET('x',''))")
        keys = [(k, n) for n in range(40) for k in (0, 1, 2)]
        self.insert('e', ('k', 'id', 'v'), [(k, n, n) for k, n in keys if n % 3], target=False)
        self.insert('e', ('k', 'id', 'v'), [(k, n, n + (n % 5 == k)) for k, n in keys if n % 4], source=False)
        self.insert('f', ('id', 'k', 's'), [(n, n % 3, n % 4) for n in range(40)], target=False)
        self.insert('f', ('id', 'k', 's'), [(n, n % 2 * 2, n % 3) for n in range(40)], source=False)
        self.insert('g', ('k', 's'), [(n % 3, n % 4) for n in range(40)], target=False)
        self.insert('g', ('k', 's'), [(n % 2 * 2, n % 3) for n in range(40)], source=False)
        before = self.dump()
        answer = self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--allow', 'no-key,delete-percent'), 0)
        self.assertEqual(self.dump(), self.dump(self.source), str(answer))
        self.check_equal()
        points = [name for name in self.program.files() if name.endswith('.sql.zst')]
        self.assertEqual(len(points), 1, points)
        self.expect_exit(self.dbsync('rollback', points[0], self.urls()[1], '--yes', '--allow', 'no-key,delete-percent'), 0)
        self.assertEqual(self.dump(), before)

    @each_pair
    def test_c1b_rows_that_differ_still_are_all_named(self):
        """They are read again by their keys, in which the two look alike."""
        self.on_both("CREATE TABLE e (k ENUM('a','') NOT NULL, id INT NOT NULL, v INT, PRIMARY KEY (k, id))")
        keys = [(k, n) for n in range(5) for k in (0, 1, 2)]
        self.insert('e', ('k', 'id', 'v'), [(k, n, 1) for k, n in keys if (k, n) != (0, 4)], target=False)
        self.insert('e', ('k', 'id', 'v'), [(k, n, 2) for k, n in keys if (k, n) != (2, 4)], source=False)
        self.on_target('CREATE TRIGGER g BEFORE UPDATE ON e FOR EACH ROW SET NEW.v = 3',
                       'CREATE TRIGGER h BEFORE INSERT ON e FOR EACH ROW SET NEW.v = 3')
        answer = self.expect_exit(self.incremental('--data-only', '--allow', 'triggers,delete-percent'), 6)
        self.assertEqual([changes(entry) for entry in answer.json['still_different']], [(0, 14, 0)], str(answer))
        self.check(modes=TWO_MODES, e=Expect(update=14))

    def dump(self, place=None):
        session = self.session(place or self.target)
        return {table: sorted(session.run(f'SELECT {columns} FROM {table}')) for table, columns in
                (('e', 'k + 0, id, v'), ('f', 'id, k + 0, s + 0'), ('g', 'k + 0, s + 0'))}

    def test_c1b_full_sync_copies_them(self):
        self.on_both("CREATE TABLE f (id INT PRIMARY KEY, k ENUM('a',''), s SET('x',''))")
        self.insert('f', ('id', 'k', 's'), [(n, n % 3, n % 4) for n in range(40)], target=False)
        self.expect_exit(self.dbsync('full-sync', *self.urls(), '--yes'), 0)
        rows = 'SELECT id, k + 0, s + 0 FROM f ORDER BY id'
        self.assertEqual(self.on_target(rows), self.on_source(rows))
