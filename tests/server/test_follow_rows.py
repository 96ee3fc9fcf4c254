"""dbsync follow: rows of all kinds, on each pair of servers; the place; parts of a database; structures.

The oracle is SELECT of both sides, and for some statements how many rows they change.
"""
import signal

from harness import each_pair, like_pairs
from test_crashes import until
from test_follow import FollowTest, found
from test_sources_of_trouble import TroubleTest

LONG_NAME = 'n' * 64
ODD_NAME = '`Ünï``code 1`'


class OneTest(FollowTest, TroubleTest):
    """One pair of databases; self.found is the object of the last call."""

    def follow(self, *options, **how):
        answer = super().follow(*options, **how)
        self.found = found(answer)
        return answer

    def begin(self, *options, **how):
        self.running = super().begin(*options, **how)
        return self.running

    def stop(self):
        self.running.signal(signal.SIGTERM)
        return self.expect_exit(self.running.wait(20), 7)

    def expect_soon(self, limit=20):
        """A live one brings it."""
        try:
            until(limit, self.is_equal, 'the target is what the source is')
        except AssertionError as problem:
            self.running.kill()
            raise AssertionError(f'{problem}: {self.state(self.source)}, {self.state(self.target)}\n{self.running.wait()}') from None

    def expect_compared(self, reason, *options):
        answer = self.expect_followed(*options, runs=1)
        self.assertIn(f'comparing the databases: {reason}', answer.err)

    def log_of(self, place):
        """Where its log ends."""
        is_new = place.family == 'mysql' and place.version >= (8, 4)
        return place.sql('SHOW BINARY LOG STATUS' if is_new else 'SHOW MASTER STATUS')[0][:2]

    def simple(self, *more):
        """Two tables that are followed."""
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'CREATE TABLE b (id INT PRIMARY KEY, v INT)',
                       'INSERT INTO a VALUES (1,1), (2,2)', 'INSERT INTO b VALUES (1,1), (2,2), (3,3)', *more)
        self.expect_followed(runs=1)


TABLES = (
    'CREATE TABLE plain (id INT PRIMARY KEY, v INT, note VARCHAR(60))',
    'CREATE TABLE uniq (id INT PRIMARY KEY, u INT UNIQUE, w VARCHAR(20) UNIQUE)',
    'CREATE TABLE auto (id INT AUTO_INCREMENT PRIMARY KEY, v INT)',
    'CREATE TABLE gen (id INT PRIMARY KEY, a INT, s INT GENERATED ALWAYS AS (a * 2) STORED, w INT GENERATED ALWAYS AS (a + 1) VIRTUAL)',
    'CREATE TABLE lob (id INT PRIMARY KEY, t LONGTEXT, b LONGBLOB)',
    'CREATE TABLE bag (a INT, b VARCHAR(20))',
    'CREATE TABLE parent (id INT PRIMARY KEY, v INT)',
    'CREATE TABLE child (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE CASCADE)',
    'CREATE TABLE word (w VARCHAR(20) PRIMARY KEY, v INT)',
    'CREATE TABLE two (a INT, b DECIMAL(9,2), c DATETIME(3), v INT, PRIMARY KEY (a, b, c))',
    f'CREATE TABLE {LONG_NAME} (id INT PRIMARY KEY, v INT)',
    f'CREATE TABLE {ODD_NAME} (id INT PRIMARY KEY, v INT)',
)
BAG = "INSERT INTO bag VALUES (1,'a'), (1,'a'), (1,'a'), (2,NULL), (2,NULL), (3,'')"
ROWS = (
    "INSERT INTO plain VALUES (1,1,'one'), (2,2,'two'), (3,3,'three'), (4,4,NULL), (5,5,'')",
    "INSERT INTO uniq VALUES (1,1,'a'), (2,2,'b'), (3,3,'c'), (4,4,NULL)",
    'INSERT INTO auto (v) VALUES (10), (20), (30)', 'INSERT INTO gen (id, a) VALUES (1,1), (2,2)',
    "INSERT INTO lob VALUES (1, REPEAT('x', 300000), REPEAT(x'00ff', 100000)), (2, '', NULL)", BAG,
    'INSERT INTO parent VALUES (1,1), (2,2), (3,3)', 'INSERT INTO child VALUES (1,1), (2,1), (3,2), (4,3)',
    "INSERT INTO word VALUES ('a',1), ('b',2), ('é',3)", "INSERT INTO two VALUES (1, 1.50, '2020-02-02 02:02:02.125', 1), (1, -0.25, '2020-02-02 02:02:02', 2)",
    f'INSERT INTO {LONG_NAME} VALUES (1,1), (2,2)', f'INSERT INTO {ODD_NAME} VALUES (1,1), (2,2)')
# what is done: statements, and how many rows (insert, update, delete) that is on the target, where that is known
ROUNDS = {
    'rows that come': (ROWS, None),
    'rows that change': (("UPDATE plain SET v=v+1, note=CONCAT(COALESCE(note, ''), '!')",), (0, 5, 0)),
    'rows that go': (('DELETE FROM plain WHERE id > 3', f'DELETE FROM {LONG_NAME} WHERE id=1'), (0, 0, 3)),
    'values that stay': (('UPDATE plain SET v=v', "UPDATE plain SET v=v+1 WHERE id=1", "UPDATE plain SET v=v-1 WHERE id=1"), (0, 0, 0)),
    'a key that changes': (('UPDATE plain SET id=id+1000 WHERE id=1',), (1, 0, 1)),
    'keys that move on': (('UPDATE plain SET id=id+1 ORDER BY id DESC',), None),
    'a key that only its case changes': (("UPDATE word SET w=UPPER(w)",), None),
    'a key of three columns': (("UPDATE two SET b=b+1, c=c + INTERVAL 1 DAY WHERE v=1", 'INSERT INTO two VALUES (1, 99.99, NOW(3), 3)'), None),
    'unique values that change places': (('UPDATE uniq SET u=NULL, w=NULL WHERE id=1', "UPDATE uniq SET u=1, w='a' WHERE id=2",
                                          "UPDATE uniq SET u=2, w='b' WHERE id=1"), None),
    'unique values in a chain': (('UPDATE uniq SET u=u+1 ORDER BY u DESC', 'UPDATE uniq SET w=NULL', "UPDATE uniq SET w=CONCAT('w', u)"), None),
    'a unique value that another row takes over': (('DELETE FROM uniq WHERE id=3', 'INSERT INTO uniq VALUES (33, 4, NULL)'), None),
    'a transaction of several tables': (('BEGIN', 'UPDATE plain SET v=-1', 'DELETE FROM auto WHERE id=2', 'INSERT INTO gen (id, a) VALUES (9,9)', 'COMMIT'), (1, 3, 1)),
    'what is rolled back': (('BEGIN', 'DELETE FROM plain', 'DELETE FROM gen', 'ROLLBACK'), (0, 0, 0)),
    'a savepoint': (('BEGIN', 'UPDATE auto SET v=1', 'SAVEPOINT s', 'DELETE FROM auto', 'ROLLBACK TO s', 'INSERT INTO auto (v) VALUES (99)', 'COMMIT'), (1, 2, 0)),
    'numbers that the server gives': (('INSERT INTO auto (v) VALUES (1), (2)', 'INSERT INTO auto VALUES (1000, 3)', 'INSERT INTO auto (v) VALUES (4)'), (4, 0, 0)),
    'columns that are computed': (('UPDATE gen SET a=a+100',), (0, 3, 0)),
    'large values': (("UPDATE lob SET t=CONCAT(t, '!')", "INSERT INTO lob VALUES (3, REPEAT('y', 2000000), x'00')", 'UPDATE lob SET b=NULL WHERE id=1'), (1, 2, 0)),
    'rows of no key': (("DELETE FROM bag WHERE a=1 LIMIT 1", BAG, 'UPDATE bag SET b=b WHERE a=2', "UPDATE bag SET b='b' WHERE a=3 LIMIT 1"), None),
    'REPLACE and ON DUPLICATE KEY': (("REPLACE INTO uniq VALUES (50, 2, NULL)", 'INSERT INTO uniq VALUES (50, 77, NULL) ON DUPLICATE KEY UPDATE u=78'), None),
    'parents that go and change': (('DELETE FROM parent WHERE id=1', 'UPDATE parent SET id=20 WHERE id=2'), None),
    'names': ((f'UPDATE {LONG_NAME} SET v=v+1', f'UPDATE {ODD_NAME} SET v=v+1', f'DELETE FROM {ODD_NAME} WHERE id=1'), (0, 2, 1)),
    'a table that empties and fills again': (('DELETE FROM plain', "INSERT INTO plain SELECT id, v, 'n' FROM auto"), None),
}


class Rows(OneTest):
    @each_pair
    def test_everything_that_was_committed_before(self):
        self.on_source(*TABLES)
        self.expect_followed(runs=1)
        with self.source.session(self.db) as session:
            session.run('SET SESSION foreign_key_checks=1')
            for name, (statements, counts) in ROUNDS.items():
                with self.subTest(round=name):
                    for statement in statements:
                        session.run(statement)
                    answer = self.expect_followed()
                    if counts is not None:
                        self.assertEqual(tuple(self.found['rows_written'].values()), counts, str(answer))
        # and all of them in one window
        for place in (self.source, self.target):
            with place.session(self.db) as session:
                for name in ('child', *(text.split()[2] for text in TABLES if 'Ü' not in text), ODD_NAME):
                    session.run(f'DELETE FROM {name}')
        self.expect_followed()
        with self.source.session(self.db) as session:
            session.run('SET SESSION foreign_key_checks=1')
            for statements, _ in ROUNDS.values():
                for statement in statements:
                    session.run(statement)
        answer = self.expect_followed()
        self.assertEqual(self.found['windows'], 1, str(answer))

    @like_pairs
    def test_nothing_to_do(self):
        """Nothing is written, not even to the log of the target."""
        self.simple()
        self.expect_followed()
        mark, log = self.mark(), self.log_of(self.target)
        answer = self.expect_followed()
        self.assertEqual((self.found['windows'], self.found['transactions'], set(self.found['rows_written'].values())), (0, 0, {0}), str(answer))
        self.assertEqual((self.mark(), self.log_of(self.target)), (mark, log))

    @like_pairs
    def test_the_place(self):
        """It moves with each window, by one, and is that of the object; also past what is of other databases."""
        self.simple()
        self.expect_followed()
        places = [self.mark()]
        self.assertEqual(self.found['place'], places[0][0])
        for number in range(3):
            self.on_source('BEGIN', f'INSERT INTO a VALUES ({number + 10}, 0)', f'INSERT INTO b VALUES ({number + 10}, 0)', 'COMMIT')
            self.expect_followed()
            self.assertEqual((self.found['windows'], self.found['transactions'], self.found['place']), (1, 1, self.mark()[0]))
            places.append(self.mark())
        self.assertEqual([int(windows) - int(places[0][1]) for _, windows in places], [0, 1, 2, 3])
        self.assertEqual(len({place for place, _ in places}), 4)
        other = self.new_database(self.source)
        self.source.sql(f'CREATE TABLE {other}.t (id INT PRIMARY KEY)', f'INSERT INTO {other}.t VALUES (1)')
        self.expect_followed()
        self.assertEqual(self.found['windows'], 0)
        self.assertNotEqual(self.mark()[0], places[-1][0])
        scope, = self.target.sql(f"SELECT scope FROM dbsync_state.follow WHERE LOCATE(':{self.db},', scope)")[0]
        self.assertIn(f'127.0.0.1:{self.source.port}', scope)

    @like_pairs
    def test_the_object(self):
        self.simple()
        self.on_source('INSERT INTO a VALUES (8,8)', 'UPDATE a SET v=0 WHERE id=1', 'DELETE FROM b WHERE id=1')
        self.follow()
        self.assertLess(self.found.pop('seconds'), 60)
        self.assertRegex(self.found.pop('place'), r'^\S+:\d+')
        self.assertEqual(self.found, {'command': 'follow', 'verdict': 'caught-up', 'incremental_runs': 0, 'incremental_rows': 0, 'transactions': 3, 'windows': 1,
                                      'rows_written': {'insert': 1, 'update': 1, 'delete': 1}, 'held': 0, 'held_tables': [], 'overwritten': 0})


class Scopes(OneTest):
    @like_pairs
    def test_some_tables(self):
        self.on_source(*(f'CREATE TABLE {name} (id INT PRIMARY KEY, v INT)' for name in 'abc'))
        scopes = {'a': ('--tables', 'a'), 'bc': ('--exclude-tables', 'a')}
        for tables, options in scopes.items():
            self.follow(*options)
            self.assertEqual(self.found['incremental_runs'], 1)
            self.assertLessEqual(set(tables), set(self.state(self.target)))
        self.assertEqual(self.target.sql(f"SELECT COUNT(*) FROM dbsync_state.follow WHERE LOCATE(':{self.db},', scope)")[0][0], '2', 'places of their own')
        for number, (tables, options) in enumerate(scopes.items()):
            self.on_source(*(f'INSERT INTO {name} VALUES ({number}, 0)' for name in 'abc'))
            before = self.state(self.target)
            self.follow(*options)
            source, target = (self.state(self.source), self.state(self.target))
            self.assertEqual(self.found['incremental_runs'], 0)
            for name in 'abc':
                self.assertEqual(target[name], source[name] if name in tables else before[name], f'{name} with {options}')
        # a table by its name: others may come and change
        self.on_source('ALTER TABLE c ADD w INT', 'CREATE TABLE d (id INT)', 'INSERT INTO a VALUES (50,50)')
        self.follow(*scopes['a'])
        self.assertEqual((self.found['incremental_runs'], self.found['rows_written']['insert']), (0, 2))

    @like_pairs
    def test_some_rows_and_columns(self):
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT)', 'INSERT INTO a VALUES (1,1,1), (2,20,2), (3,3,3)')
        self.on_target('CREATE TABLE a (id INT PRIMARY KEY, v INT, w INT)')
        options = ('--where', 'a:v < 10', '--ignore-columns', 'a.w')

        def wanted():
            return [row[:2] for row in self.on_source('SELECT id, v FROM a WHERE v < 10 ORDER BY id')]

        for statement in ('DO 0', 'INSERT INTO a VALUES (4,4,4), (5,50,5)', 'UPDATE a SET v=v+8', 'UPDATE a SET v=v-11', 'DELETE FROM a WHERE id IN (1,5)', 'UPDATE a SET w=99'):
            with self.subTest(statement=statement):
                self.on_source(statement)
                answer = self.follow(*options)
                self.assertEqual(self.on_target('SELECT id, v FROM a ORDER BY id'), wanted(), str(answer))
                self.assertEqual(self.found['incremental_runs'], int(statement == 'DO 0'))
        self.assertEqual(self.on_target('SELECT DISTINCT w FROM a'), [(None,)])


class Structures(OneTest):
    @like_pairs
    def test_statements_that_change_structures(self):
        """Rows that come before and after them are there, too."""
        self.simple('CREATE TABLE c (id INT PRIMARY KEY, v INT)', 'INSERT INTO c VALUES (1,1)')
        dropping = ('--extra-tables', 'drop')
        for statements, options in (
                (('ALTER TABLE a ADD COLUMN w INT DEFAULT 5',), ()), (('ALTER TABLE a DROP COLUMN w',), ('--allow-unsafe', 'drop-column')),
                (('ALTER TABLE a ADD UNIQUE KEY (v)', 'UPDATE a SET v=id+100'), ()), (('CREATE TABLE d (id INT PRIMARY KEY)', 'INSERT INTO d VALUES (1)'), ()),
                (('DROP TABLE d',), dropping), (('TRUNCATE b',), ('--allow-empty', 'b')), (('RENAME TABLE c TO e', 'INSERT INTO e VALUES (77,7)'), dropping),
                (('CREATE TABLE c SELECT * FROM e', 'INSERT INTO c VALUES (78,8)'), ()), (('CREATE INDEX i ON e (v)', 'DROP INDEX i ON e'), ())):
            with self.subTest(statements=statements):
                self.on_source('INSERT INTO a (id, v) SELECT MAX(id)+1, MAX(id)+1000 FROM a', *statements, 'DELETE FROM b WHERE id=3')
                self.expect_compared('', *options)
                columns = [place.sql(f"SELECT table_name, column_name FROM information_schema.columns WHERE table_schema='{self.db}' ORDER BY 1, ordinal_position")
                           for place in (self.source, self.target)]
                self.assertEqual(*columns)
                self.on_source('INSERT INTO b VALUES (3,3)')
                self.expect_followed()

    @like_pairs
    def test_of_other_databases(self):
        self.simple()
        other = self.new_database(self.source)
        self.source.sql(f'CREATE TABLE {other}.a (id INT PRIMARY KEY)', f'INSERT INTO {other}.a VALUES (1)', f'DROP TABLE {other}.a')
        self.on_source('INSERT INTO a VALUES (8,8)')
        self.expect_followed()

    @like_pairs
    def test_while_it_runs(self):
        self.simple()
        self.begin()
        for number in range(3):
            self.on_source(f'ALTER TABLE a ADD COLUMN c{number} INT', f'INSERT INTO a (id, c{number}) VALUES ({number + 10}, 1)')
            self.expect_soon()
        self.assertEqual(self.stop().err.count('comparing the databases: '), 3)
