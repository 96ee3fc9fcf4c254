"""Expressions that servers of different families print in different ways.

One puts parentheses around everything, the other where they are needed: nothing differs.
"""
from test_reshaping import ReshapingTest

# What a table has besides its key, and values of its first column.
TABLES = (
    ('n INT, CHECK (n > 0 AND n < 9)', ('1', '8')),
    ('a INT, b INT AS (a * 2 + 1)', ('1', 'NULL')),
    ('a INT, b INT AS (if(a is null, 0, a))', ('1', 'NULL')),
    ('a INT, b INT, CHECK (a > b or a is null)', ('NULL', )),
    ('a INT CHECK (a > 1), b INT CHECK (b > 1)', ('2', 'NULL')),
    ('a INT, b INT, CONSTRAINT k CHECK (not (a > 1 and b between 1 and 3))', ('1', )),
    ('a INT, b INT AS (a % 3 + -a) STORED', ('7', '-7')),
    ("a INT, b VARCHAR(9) AS (case when a > 1 then 'x' else concat('y', a + 1) end)", ('0', '2')),
    ("a VARCHAR(9), CHECK (a like 'x%' and a not in ('a', 'b'))", ("'xa'", )),
    ('d DATE, e DATE AS (d + interval 1 + 2 day)', ("'2020-02-28'", )),
    ('a INT, CHECK (a in (1, 2) xor a <> 3 or a is not null)', ('1', '3')),
    ('a INT, b INT AS (a DIV 2 - (a - 1) * 3), c INT AS (coalesce(a, b) & 3 | 1)', ('5', '6')),
    ('a INT, b INT DEFAULT (1 + 2 * 3)', ('1', )),
    ('a INT, b VARCHAR(20) AS (upper(cast(a as char(5))))', ('5', )),
)


class Expressions(ReshapingTest):
    def create(self, place, tables):
        for number, (columns, values) in enumerate(tables):
            first = columns.split()[0]
            self.session(place).run(f'CREATE TABLE t{number} (id INT PRIMARY KEY, {columns})')
            for key, value in enumerate(values):
                self.session(place).run(f'INSERT INTO t{number} (id, {first}) VALUES ({key}, {value})')

    def test_tables_with_expressions_are_made_and_equal_ever_after(self):
        self.create(self.source, TABLES)
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual({entry['proof'] for entry in self.structures(answer).values()}, {'proven'}, str(answer))
        self.expect_equal_structures()
        for number in range(len(TABLES)):
            self.same_rows(f't{number}')        # what is computed as well
        self.assertIsNone(self.expect_exit(self.incremental(), 0).json['written'])

    def test_expressions_that_say_something_else_differ(self):
        pairs = (('n INT, b INT AS (n * 2 + 1)', 'n INT, b INT AS (n * (2 + 1))'),
                 ('n INT, CONSTRAINT k CHECK (n > 0 and n < 9 or n = 3)', 'n INT, CONSTRAINT k CHECK (n > 0 and (n < 9 or n = 3))'),
                 ('n INT, b INT AS (n - (1 - 2))', 'n INT, b INT AS (n - 1 - 2)'))
        self.create(self.source, [(columns, ()) for columns, _ in pairs])
        self.create(self.target, [(columns, ()) for _, columns in pairs])
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(sorted(self.structures(answer)), ['t0', 't1', 't2'], str(answer))
        self.expect_equal_structures()
