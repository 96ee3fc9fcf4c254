"""dbsync follow --drift: what somebody else writes to the target.

The oracle is what the other one has written: held rows are on the target as it left them, and all else is what the source
has; overwritten rows are in dbsync_state.drift, as statements that make them again.
"""
import os
import signal
import time

from harness import Running, each_pair, faults_path, like_pairs
from test_crashes import until
from test_follow_rows import OneTest

OVERWRITE = ('--drift', 'overwrite')


class DriftTest(OneTest):
    def simple(self, *more):
        super().simple("CREATE TABLE w (k VARCHAR(20), n INT, v VARCHAR(20), b VARBINARY(20), PRIMARY KEY (k, n))",
                       "INSERT INTO w VALUES ('a',1,'x',x'00ff'), ('b',2,'y',NULL), ('é',3,'z',x'')", 'CREATE TABLE bag (v INT)', 'INSERT INTO bag VALUES (1), (1), (2)', *more)

    def drift(self, state='held'):
        return self.target.sql("SELECT table_name, row_key, what FROM dbsync_state.drift WHERE database_name = "
                               f"'{self.db}' AND state = '{state}' ORDER BY number")

    def rows(self, place, table='a'):
        return self.session(place).run(f'SELECT * FROM `{table}` ORDER BY 1, 2')

    def expect_held(self, *rows, **how):
        answer = self.follow(code=6, **how)
        self.assertEqual((self.found['verdict'], self.found['held'], self.found['incremental_runs']), ('held', len(rows), 0), str(answer))
        self.assertEqual(sorted(self.drift()), sorted(rows), str(answer))
        return answer


class Hold(DriftTest):
    @each_pair
    def test_rows_that_others_write_are_left_and_listed(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1', 'DELETE FROM a WHERE id=2', 'INSERT INTO a VALUES (7,70)')
        self.on_source('INSERT INTO a VALUES (8,8)', 'UPDATE b SET v=20 WHERE id=2')
        answer = self.expect_held(('a', '(1)', 'changed'), ('a', '(2)', 'missing'), ('a', '(7)', 'extra'))
        self.assertEqual(self.found['held_tables'], [{'database': self.db, 'table': 'a', 'state': 'held', 'rows': 3}])
        self.assertRegex(answer.err, r'3 rows of `.*`\.`a` are held, the first one is \(\d\)')
        self.assertEqual(self.rows(self.target), [('1', '50'), ('7', '70'), ('8', '8')])
        self.assertEqual(self.rows(self.target, 'b'), self.rows(self.source, 'b'), 'what nobody else wrote is written')
        # also when the source changes them
        self.on_source('UPDATE a SET v=v+1', 'INSERT INTO a VALUES (7,7)')
        answer = self.expect_held(('a', '(1)', 'changed'), ('a', '(2)', 'missing'), ('a', '(7)', 'extra'))
        self.assertNotIn('somebody else', answer.err, 'a row is named once')
        self.assertEqual(self.rows(self.target), [('1', '50'), ('7', '70'), ('8', '9')])

    @each_pair
    def test_rows_that_are_equal_again_are_let_go(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1', 'DELETE FROM a WHERE id=2', "UPDATE w SET v='mine' WHERE n=3")
        self.expect_held(('a', '(1)', 'changed'), ('a', '(2)', 'missing'), *[row for row in self.held_of('w')])
        self.on_target('INSERT INTO a VALUES (2,2)', "UPDATE w SET v='z' WHERE n=3")
        self.on_source('UPDATE a SET v=50 WHERE id=1')
        answer = self.expect_followed()
        self.assertRegex(answer.err, r'`a`: 2 rows that were held are equal')
        self.assertEqual((self.found['held'], self.drift()), (0, []))
        self.on_source('UPDATE a SET v=51 WHERE id=1')
        self.expect_followed()

    def held_of(self, table):
        """Of keys that are texts the literal differs by server."""
        self.follow(code=6)
        return [row for row in self.drift() if row[0] == table]

    @each_pair
    def test_a_live_one_notices_without_the_source(self):
        self.simple()
        self.begin()
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        until(20, lambda: self.drift() == [('a', '(1)', 'changed')], 'it is listed')
        self.on_source('UPDATE a SET v=100+id')
        until(20, lambda: ('2', '102') in self.rows(self.target), 'the other row is written')
        self.assertEqual(self.rows(self.target), [('1', '50'), ('2', '102')])
        self.on_target('UPDATE a SET v=101 WHERE id=1')
        until(20, lambda: self.drift() == [], 'it is let go')
        self.on_source('UPDATE a SET v=1')
        self.expect_soon()
        self.stop()

    @like_pairs
    def test_both_change_one_row(self):
        self.simple()
        self.on_source('UPDATE a SET v=20 WHERE id=1', "UPDATE w SET v='theirs' WHERE n=1")
        self.on_target('UPDATE a SET v=50 WHERE id=1', "UPDATE w SET k='A' WHERE n=1")
        self.follow(code=6)
        self.assertEqual(self.rows(self.target), [('1', '50'), ('2', '2')])
        self.assertEqual([(name, what) for name, _, what in self.drift()], [('a', 'changed'), ('w', 'changed')])
        self.assertEqual(self.rows(self.target, 'w')[0][:3], ('A', '1', 'x'))

    @like_pairs
    def test_what_others_write_and_is_equal_is_no_drift(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1', 'UPDATE a SET v=1 WHERE id=1', 'INSERT INTO a VALUES (9,9)', 'DELETE FROM bag WHERE v=2', 'INSERT INTO bag VALUES (2)')
        self.on_source('INSERT INTO a VALUES (9,9)')
        self.expect_followed()
        self.on_source('UPDATE a SET v=9 WHERE id=1')
        self.expect_followed()
        self.assertEqual(self.drift(), [])

    @like_pairs
    def test_changes_in_flight_are_no_drift(self):
        """Its own writes come back through the target's log, also those of the first copy."""
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1,1), (2,2)')
        self.follow('--initial-only', until=None)
        self.on_source('UPDATE a SET v=v+1')
        self.begin()
        for number in range(30):
            self.on_source(f'UPDATE a SET v=v+{number}', f'INSERT INTO a VALUES ({number + 10},0)', f'DELETE FROM a WHERE id={number + 8}')
        self.expect_soon()
        self.stop()
        self.expect_followed()
        self.assertEqual(self.drift(), [])

    @like_pairs
    def test_what_was_written_during_the_first_copy(self):
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1,1), (2,2)')
        self.follow('--initial-only', until=None)
        place = self.target.sql(f"SELECT target_place FROM dbsync_state.follow WHERE scope LIKE '%{self.db}%'")[0][0]
        self.assertRegex(place, r'^\S+:\d+@\S+ \S+:\d+@\S+$')
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        # as if it had been during the copy
        later = f"{self.log_of(self.target)[0]}:{self.log_of(self.target)[1]}"
        self.target.sql(f"UPDATE dbsync_state.follow SET target_place = CONCAT(SUBSTRING_INDEX(target_place, ' ', 1), ' {later}') WHERE scope LIKE '%{self.db}%'")
        self.on_source('UPDATE a SET v=20 WHERE id=2')
        self.expect_held(('a', '(1)', 'changed'))
        self.assertEqual(self.rows(self.target), [('1', '50'), ('2', '20')], 'what the copy wrote and the source changed is no drift')

    @like_pairs
    def test_what_a_copy_that_died_has_written(self):
        self.simple()
        self.on_target('UPDATE b SET v=50 WHERE id=3')
        self.on_source('UPDATE a SET v=9')
        env = self.program.environment({'DBSYNC_FAULT': 'follow.copied:1:kill'})
        running = Running([faults_path(is_sanitized=False), *map(str, self.words('--until', 'caught-up', '--start-over'))], env, self.program.folder)
        self.addCleanup(running.kill)
        self.expect_exit(running.wait(30), -signal.SIGKILL)
        self.assertEqual((self.rows(self.target), self.rows(self.target, 'b')), (self.rows(self.source), self.rows(self.source, 'b')))
        self.on_target('UPDATE b SET v=50 WHERE id=2')
        self.on_source('UPDATE a SET v=10')
        self.expect_held(('b', '(2)', 'changed'))
        self.assertEqual(self.rows(self.target), self.rows(self.source), 'what the copy wrote is no drift')

    @like_pairs
    def test_table_without_a_key(self):
        self.simple()
        self.on_target('DELETE FROM bag WHERE v=2')
        answer = self.expect_held(('bag', '()', 'changed'))
        self.assertRegex(answer.err, r'`bag` is held: somebody else has written to it on the target, and it has no key')
        self.on_source('INSERT INTO bag VALUES (5)', 'INSERT INTO a VALUES (5,5)')
        self.expect_held(('bag', '()', 'changed'))
        self.assertEqual(self.rows_of_bag(), [('1',), ('1',)])
        self.assertEqual(self.rows(self.target), self.rows(self.source))
        self.on_target('INSERT INTO bag VALUES (2), (5)')
        self.expect_followed()
        self.on_source('DELETE FROM bag')
        self.expect_followed()

    def rows_of_bag(self):
        return self.on_target('SELECT v FROM bag ORDER BY v')

    @like_pairs
    def test_key_that_no_log_names(self):
        self.simple("CREATE TABLE e (k ENUM('a','b','c') PRIMARY KEY, v INT)", "INSERT INTO e VALUES ('a',1), ('b',2)")
        self.on_target("UPDATE e SET v=50 WHERE k='a'")
        self.follow(code=6)
        self.assertEqual([(name, what) for name, _, what in self.drift()], [('e', 'changed')])
        self.on_source('UPDATE e SET v=v+1', "INSERT INTO e VALUES ('c',3)")
        self.follow(code=6)
        self.assertEqual(self.rows(self.target, 'e'), [('a', '50'), ('b', '3'), ('c', '3')])
        self.on_target("UPDATE e SET v=2 WHERE k='a'")
        self.expect_followed()

    @like_pairs
    def test_rows_that_a_foreign_key_of_the_target_changes(self):
        self.simple('CREATE TABLE p (id INT PRIMARY KEY)', 'CREATE TABLE c (id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id) ON DELETE SET NULL)',
                    'INSERT INTO p VALUES (1), (2)', 'INSERT INTO c VALUES (1,1), (2,2)')
        self.on_target('SET foreign_key_checks=1', 'DELETE FROM p WHERE id=1', 'SET foreign_key_checks=0')
        self.expect_held(('c', '(1)', 'changed'), ('p', '(1)', 'missing'))
        self.on_source('UPDATE c SET p=NULL WHERE id=1')
        self.expect_held(('p', '(1)', 'missing'))

    @like_pairs
    def test_one_row_of_a_live_one_that_both_change(self):
        self.simple()
        self.begin()
        for number in range(5):
            self.on_target(f'UPDATE b SET v={number + 50} WHERE id=1')
            self.on_source(f'UPDATE b SET v={number + 20}', f'INSERT INTO a VALUES ({number + 10},0)')
            until(20, lambda n=number: (str(n + 10), '0') in self.rows(self.target) and self.drift(), 'both are seen')
            self.assertEqual(self.rows(self.target, 'b')[0], ('1', str(number + 50)))
            self.on_target(f'UPDATE b SET v={number + 20} WHERE id=1')
            until(20, lambda: self.is_equal() and not self.drift(), 'it is let go')
        self.stop()

    @like_pairs
    def test_comparing_the_databases_does_not_overwrite_held_rows(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.expect_held(('a', '(1)', 'changed'))
        self.on_source('ALTER TABLE b ADD w INT')
        self.expect_error(self.follow_refused(), 3, 'comparing the databases would overwrite what is held: the row (1) of', '(0 more; `dbsync_state`.`drift` lists them); --start-over does it, and --drift overwrite')
        self.assertEqual(self.rows(self.target), [('1', '50'), ('2', '2')])
        self.expect_followed('--start-over', runs=1)
        self.assertEqual((self.drift(), self.drift('overwritten')), ([], [('a', '(1)', 'changed')]))

    def follow_refused(self, *options):
        return self.dbsync(*self.words('--until', 'caught-up', *options))

    @like_pairs
    def test_held_row_in_the_way(self):
        self.simple('CREATE TABLE u (id INT PRIMARY KEY, k INT UNIQUE)', 'INSERT INTO u VALUES (1,1)')
        self.on_target('INSERT INTO u VALUES (9,77)')
        self.on_source('INSERT INTO u VALUES (10,77)')
        self.expect_error(self.follow_refused(), 3, 'a row of the target is in the way, and rows that somebody else has written there are held', '--drift overwrite')
        self.assertEqual(self.rows(self.target, 'u'), [('1', '1'), ('9', '77')])
        self.expect_followed(*OVERWRITE)

    @like_pairs
    def test_record_that_is_no_key(self):
        """Whoever may write to that table would have it run on both servers, and their row called equal."""
        self.simple()
        self.follow()
        self.on_target("UPDATE a SET v=50 WHERE id=1", "UPDATE w SET v='mine' WHERE n=3")
        self.follow(code=6)
        for table, key in (('a', '(1)) OR SLEEP(20) OR ((1)'), ('a', ''), ('a', '('), ('a', '(1,2)'), ('w', '(1)'), ('w', "('a',1) OR (1)")):
            self.target.sql(f"UPDATE dbsync_state.drift SET row_key = '{key.replace(chr(39), chr(39) * 2)}' WHERE database_name = '{self.db}' "
                            f"AND table_name = '{table}'")
            answer = self.follow(code=3)
            self.assertIn('is no key of that table', answer.err)
            self.assertLess(answer.seconds, 15)
            self.target.sql(f"UPDATE dbsync_state.drift SET row_key = IF(table_name = 'a', '(1)', '(''é'',3)') WHERE database_name = '{self.db}'")
        self.follow(code=6)

    def test_rows_that_another_choice_of_tables_holds(self):
        self.simple()
        self.follow()
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.follow(code=6)
        answer = self.follow('--exclude-tables', 'bag', code=3)
        self.assertIn('comparing the databases would overwrite what is held: the row (1)', answer.err)
        self.assertIn(('1', '50'), self.rows(self.target))
        self.follow('--exclude-tables', 'bag', '--start-over')

    def test_rows_that_are_too_large_to_be_compared(self):
        """Nobody says that they are equal."""
        self.simple('CREATE TABLE large (id INT PRIMARY KEY, t LONGBLOB)', "INSERT INTO large VALUES (1, 'x')")
        self.follow()
        size = int(self.target.sql('SELECT @@max_allowed_packet')[0][0]) * 9 // 16
        self.on_target(f"UPDATE large SET t = REPEAT(x'ff', {size})")
        answer = self.follow(code=3)
        self.assertRegex(answer.err, '1 rows of .*large.* cannot be written')

    def test_structure_of_another_database(self):
        """A table of the same name there is another one."""
        self.simple()
        running = self.begin()
        other = self.new_database(self.target)
        self.target.sql('CREATE TABLE a (id INT)', 'ALTER TABLE a ADD COLUMN v INT', 'DROP TABLE a', database=other)
        self.on_target('INSERT INTO a VALUES (90, 90)')     # what it has noticed is behind all these
        running.hear('held')
        self.assertNotIn(b'structures', running.heard)

    def test_structure_that_others_change(self):
        self.simple()
        running = self.begin('--allow-unsafe', 'all')
        self.on_target('ALTER TABLE a ADD x INT')
        running.hear('comparing the databases: a statement of somebody else has changed structures of the target')
        self.expect_soon()
        self.on_source('UPDATE a SET v=20')
        self.expect_soon()
        self.assertNotIn('held', self.stop().err)


class Overwrite(DriftTest):
    def again(self):
        """What was overwritten, made again in another table of that name."""
        return [text for text, in self.target.sql(f"SELECT row_was FROM dbsync_state.drift WHERE database_name = '{self.db}' AND state = 'overwritten' AND what <> 'missing' ORDER BY number")]

    @each_pair
    def test_rows_are_saved_and_overwritten(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1', 'DELETE FROM a WHERE id=2', 'INSERT INTO a VALUES (7,70)',
                       r"UPDATE w SET v='it''s \\ é', b=x'00' WHERE n=1", 'UPDATE w SET v=NULL, b=NULL WHERE n=3')
        self.on_source('UPDATE b SET v=20 WHERE id=2')
        wanted = [self.rows(self.target), self.rows(self.target, 'w')]
        answer = self.expect_followed(*OVERWRITE)
        self.assertEqual((self.found['held'], self.found['overwritten']), (0, 5), str(answer))
        self.assertEqual([row for row in self.drift('overwritten') if row[0] == 'a'], [('a', '(1)', 'changed'), ('a', '(2)', 'missing'), ('a', '(7)', 'extra')])
        self.on_target('DELETE FROM a WHERE id IN (1,2,7)', 'DELETE FROM w WHERE n IN (1,3)', *self.again())
        self.assertEqual([self.rows(self.target), self.rows(self.target, 'w')], wanted)

    @like_pairs
    def test_values_of_all_types(self):
        self.simple("CREATE TABLE t (id INT PRIMARY KEY, f FLOAT, d DOUBLE, n DECIMAL(20,5), bi BIT(9), s SET('a','b'), dt DATETIME(6), ti TIME(3), y YEAR, l BLOB, "
                    "c CHAR(5) CHARACTER SET latin1, g INT AS (id * 2) STORED, u BIGINT UNSIGNED)", 'INSERT INTO t (id) VALUES (1), (2)')
        self.on_target("UPDATE t SET f=0.1, d=-1.5e300, n=-12345.678, bi=b'101010101', s='a,b', dt='2020-02-02 02:02:02.123456', ti='-01:02:03.5', y=1999, l=x'00ff27', "
                       "c='é', u=18446744073709551615 WHERE id=1")
        wanted = self.rows(self.target, 't')
        self.expect_followed(*OVERWRITE)
        self.on_target('DELETE FROM t WHERE id=1', *self.again())
        self.assertEqual(self.rows(self.target, 't'), wanted)

    @like_pairs
    def test_rows_that_were_held(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1', 'UPDATE a SET v=60 WHERE id=2')
        self.expect_held(('a', '(1)', 'changed'), ('a', '(2)', 'changed'))
        self.on_target('UPDATE a SET v=2 WHERE id=2')
        self.expect_followed(*OVERWRITE)
        self.assertEqual((self.drift(), self.drift('overwritten')), ([], [('a', '(1)', 'changed')]))

    @like_pairs
    def test_what_is_old_goes(self):
        self.simple()
        for value in (50, 60):
            self.on_target(f'UPDATE a SET v={value} WHERE id=1')
            self.expect_followed(*OVERWRITE)
            self.target.sql(f"UPDATE dbsync_state.drift SET since = since - INTERVAL {value - 25} DAY WHERE database_name = '{self.db}'")
        self.on_target('UPDATE a SET v=70 WHERE id=2')
        self.expect_followed(*OVERWRITE)
        self.assertEqual(self.drift('overwritten'), [('a', '(2)', 'changed')])

    @like_pairs
    def test_saved_and_written_are_one_transaction(self):
        self.simple()
        for point, is_there in (('apply.exchange', False), ('follow.marked', False), ('apply.committed', True)):
            with self.subTest(point=point):
                self.on_target('UPDATE a SET v=50 WHERE id=1')
                env = self.program.environment({'DBSYNC_FAULT': f'{point}:1:kill'})
                running = Running([faults_path(is_sanitized=False), *map(str, self.words('--until', 'caught-up', *OVERWRITE))], env, self.program.folder)
                self.addCleanup(running.kill)
                self.expect_exit(running.wait(30), -signal.SIGKILL)
                self.assertEqual((self.rows(self.target)[0], len(self.drift('overwritten'))), (('1', '1'), 1) if is_there else (('1', '50'), 0))
                self.expect_followed(*OVERWRITE)
                self.assertEqual(len(self.drift('overwritten')), 1)
                self.target.sql(f"DELETE FROM dbsync_state.drift WHERE database_name = '{self.db}'")


class Stop(DriftTest):
    @like_pairs
    def test_it_ends_and_writes_nothing(self):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.on_source('UPDATE b SET v=20 WHERE id=2')
        self.expect_error(self.dbsync(*self.words('--until', 'caught-up', '--drift', 'stop')), 3, '--drift stop', f'the row (1) of `{self.db}`.`a` on the target is not what the source has, and somebody else has written it')
        self.assertEqual((self.rows(self.target), self.rows(self.target, 'b')[1]), ([('1', '50'), ('2', '2')], ('2', '2')))
        self.on_target('UPDATE a SET v=1 WHERE id=1')
        self.expect_followed('--drift', 'stop')


class Logs(DriftTest):
    """Of the target: what they do not tell."""

    def lost(self, *statements, words='so all rows are compared'):
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.target.sql(*statements)
        self.on_source('UPDATE b SET v=20 WHERE id=2', 'UPDATE a SET v=20 WHERE id=2')
        answer = self.expect_held(('a', '(1)', 'changed'))
        self.assertIn(words, answer.err)
        self.assertEqual((self.rows(self.target), self.rows(self.target, 'b')), ([('1', '50'), ('2', '20')], self.rows(self.source, 'b')))

    def own_target(self):
        self.target = self.server(self.target.name, f'drift-{os.getpid()}')
        self.new_database(self.target, name=self.db)

    @like_pairs
    def test_begun_again(self):
        self.own_target()
        self.lost('RESET BINARY LOGS AND GTIDS' if self.target.family == 'mysql' else 'RESET MASTER')

    @like_pairs
    def test_begun_again_under_a_live_one(self):
        self.own_target()
        self.simple()
        running = self.begin()
        self.on_target('FLUSH BINARY LOGS', 'UPDATE a SET v=50 WHERE id=1')
        until(20, self.drift, 'it is held')
        self.target.sql('RESET BINARY LOGS AND GTIDS' if self.target.family == 'mysql' else 'RESET MASTER')
        running.hear('target: its log ends before what was read of it: it was begun again (RESET MASTER)')
        self.on_target('UPDATE a SET v=60 WHERE id=2')
        until(30, lambda: len(self.drift()) == 2, 'that is seen, too')
        self.on_source('UPDATE b SET v=20')
        until(20, lambda: self.rows(self.target, 'b') == self.rows(self.source, 'b'), 'it follows')
        self.assertEqual(self.rows(self.target), [('1', '50'), ('2', '60')])
        self.stop()

    @like_pairs
    def test_purged(self):
        self.own_target()
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.target.sql('FLUSH BINARY LOGS')
        until(20, self.purge_target, 'nobody reads it')
        self.on_source('UPDATE b SET v=20 WHERE id=2')
        self.assertIn('so all rows are compared', self.expect_held(('a', '(1)', 'changed')).err)

    def purge_target(self):
        self.target.sql(f"PURGE BINARY LOGS TO '{self.log_of(self.target)[0]}'")
        return len(self.target.sql('SHOW BINARY LOGS')) == 1

    @like_pairs
    def test_statements_instead_of_rows(self):
        self.simple()
        with self.target.session(self.db) as session:
            session.run('SET SESSION binlog_format = STATEMENT')
            session.run('UPDATE a SET v=50 WHERE id=1')
        answer = self.expect_held(('a', '(1)', 'changed'))
        self.assertIn('so all are compared: a session that does not log rows', answer.err)

    @like_pairs
    def test_transaction_that_is_prepared(self):
        self.simple()
        with self.target.session(self.db) as session:
            for statement in ("XA START 'd'", 'UPDATE a SET v=50 WHERE id=1', "XA END 'd'", "XA PREPARE 'd'"):
                session.run(statement)
            self.on_source('UPDATE b SET v=20 WHERE id=2')
            self.expect_followed()
            session.run("XA COMMIT 'd'")
        self.assertNotIn('all are compared', self.expect_held(('a', '(1)', 'changed')).err, 'it is known which row that was')

    @like_pairs
    def test_transaction_that_is_prepared_under_a_live_one(self):
        self.simple()
        self.begin()
        with self.target.session(self.db) as session:
            for statement in ("XA START 'l'", 'UPDATE a SET v=50 WHERE id=1', "XA END 'l'", "XA PREPARE 'l'"):
                session.run(statement)
            self.on_source('UPDATE b SET v=20 WHERE id=2')
            self.expect_soon()
            time.sleep(1.5)
            session.run("XA COMMIT 'l'")
        until(20, lambda: self.drift() == [('a', '(1)', 'changed')], 'it is held')
        self.on_source('UPDATE a SET v=20')
        until(20, lambda: self.rows(self.target) == [('1', '50'), ('2', '20')], 'the other row is written')
        self.stop()

    @like_pairs
    def test_none(self):
        """It follows as it always did, unless it was asked to notice."""
        self.target = self.server(self.target.name, 'no-log', options=('--skip-log-bin',))
        self.new_database(self.target, name=self.db)
        self.expect_error(self.dbsync(*self.words('--until', 'caught-up', '--drift', 'hold')), 3, '--drift: what somebody else writes to the target cannot be noticed: ', 'it writes no binary log')
        self.assertEqual(self.state(self.target), {})
        self.simple()
        self.on_target('UPDATE a SET v=50 WHERE id=1', 'UPDATE a SET v=50 WHERE id=2')
        self.on_source('UPDATE a SET v=20 WHERE id=1')
        answer = self.follow()
        self.assertIn('what somebody else writes to the target is not noticed, and overwritten when the source changes the same row: ', answer.err)
        self.assertEqual(self.rows(self.target), [('1', '20'), ('2', '50')])

    @like_pairs
    def test_rights(self):
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1,1)')
        monitor = 'SLAVE MONITOR, BINLOG MONITOR ON *.*' if self.target.family == 'mariadb' else 'REPLICATION CLIENT ON *.*'
        name, password = self.user('ALL ON `' + self.db.replace('_', '\\_') + '`.*', 'ALL ON `dbsync\\_%`.*', monitor, places=(self.target,))
        urls = [self.source.url(self.db), self.target.url(self.db, user=name, password=password)]
        self.urls = lambda: urls
        self.expect_error(self.dbsync(*self.words('--until', 'caught-up', '--drift', 'hold')), 3, 'GRANT REPLICATION SLAVE ON *.*')
        self.assertIn('is not noticed', self.follow().err)
        self.target.sql(f"GRANT REPLICATION SLAVE ON *.* TO '{name}'@'%'")
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.expect_held(('a', '(1)', 'changed'))

    @like_pairs
    def test_place_of_the_version_before(self):
        self.own_target()
        self.simple()
        self.target.sql('ALTER TABLE dbsync_state.follow DROP COLUMN target_place', 'DROP TABLE dbsync_state.drift')
        self.on_target('UPDATE a SET v=50 WHERE id=1')
        self.expect_held(('a', '(1)', 'changed'))
        self.expect_held(('a', '(1)', 'changed'))
