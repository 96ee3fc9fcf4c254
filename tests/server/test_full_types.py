"""Every column type with its corner values, as full-sync brings it: bit by bit, by each way that the target takes.

The types and values are those of test_types.py, where verify tells them apart.
"""
import test_types
from harness import MODES
from test_full import FullTest


class Arriving(FullTest):
    def same_values(self, name):
        """As the servers show them; what verify says as well is all there is for a JSON that MySQL writes in its own way."""
        kinds = [place.sql(f"SELECT DATA_TYPE FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = '{self.db}' AND TABLE_NAME = '{name}' "
                           "AND COLUMN_NAME = 'v'")[0][0] for place in (self.source, self.target)]
        if kinds[0] == kinds[1] or 'json' not in kinds:
            self.same_rows(name, columns='id, HEX(v)' if 'vector' in kinds else '*')

    def copies(self, *entries, **urls):
        self.assertEqual(urls, {}, 'the tests of more than two databases are for verify')
        for name, ddl, literals, _ in entries:
            here, there = ddl if isinstance(ddl, tuple) else (ddl, ddl)
            if here != there:
                continue
            self.on_source(f'CREATE TABLE {name} (id INT NOT NULL PRIMARY KEY, v {here})')
            self.insert(name, ('id', 'v'), [(number, literal) for number, literal in enumerate(literals, 1)], target=False)
        names = sorted(name for name, in self.on_source('SHOW TABLES'))
        if not names:
            self.skipTest('its tables differ on the two sides')
        for way in self.ways():
            with self.subTest(way=way):
                answer = self.full('--load', way)
                left = {gap['table'] for gap in answer.json['plan']['left_out']}
                if self.source.family == self.target.family:
                    self.assertEqual(left, set(), str(answer))
                self.expect_exit(answer, 6 if left else 0)
                self.assertLess(len(left), len(names), str(answer))
                for name in names:
                    if name in left:
                        continue
                    self.same_values(name)
                    self.assertEqual(answer.copies[name]['way'], way, str(answer))
                self.check_equal('--tables', ','.join(name for name in names if name not in left), modes=MODES)
                for name in names:
                    self.on_target(f'DROP TABLE IF EXISTS {name}')


def arriving(tests):
    """A class of test_types with those of its tests that consist of copies."""
    chosen = {name: test for name, test in vars(tests).items()
              if name.startswith('test_') and 'copies' in test.__code__.co_names}
    helpers = {name: value for name, value in vars(tests).items() if not name.startswith(('test_', '__'))}
    return type(f'{tests.__name__}Arrive', (Arriving,), {**helpers, **chosen})


for each in list(vars(test_types).values()):
    if isinstance(each, type) and issubclass(each, test_types.TypeTest) and each is not test_types.TypeTest:
        made = arriving(each)
        if any(name.startswith('test_') for name in vars(made)):
            globals()[made.__name__] = made
