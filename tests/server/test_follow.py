"""`dbsync follow`: the target is made equal, and stays equal, by the log of the source.

The oracle is SELECT of both sides.  What foreign keys change is in test_follow_cascades, what a kill leaves in
test_follow_passages, and random writers are in tests/property/follow_seeds.py.
"""
import json
import os
import signal
import subprocess
import time
from collections import Counter

from harness import ServerTest, like_pairs, once, only_with, program_path
from test_crashes import until

MOST = ('--max-delete-percent', 100)


def found(answer):
    return json.loads(answer.out)


class FollowTest(ServerTest):
    not_for_old = 'its views have no place in a log'

    def two_servers(self, source, target):
        """Their own: their logs are reset and purged."""
        return tuple(self.server(name, self.role(side)) for side, name in enumerate((source, target)))

    def role(self, side):
        return f'by-log-{os.getpid()}-{side}'

    # What is run ---------------------------------------------------------------

    def words(self, *options, urls=None):
        return ('follow', *(urls or self.urls()), '--yes', '--no-backup', '--json', '--state-dir', 'state', *MOST, *options)

    def follow(self, *options, code=0, until='caught-up', limit=60, urls=None):
        answer = self.dbsync(*self.words(*(('--until', until) if until else ()), *options, urls=urls), limit=limit)
        self.expect_exit(answer, code)
        return answer

    def begin(self, *options, urls=None):
        """One that goes on; it has caught up."""
        running = self.program.start(*self.words(*options, urls=urls))
        self.addCleanup(running.kill)
        running.hear('caught up with the source')
        return running

    # What there is -------------------------------------------------------------

    def tables(self, place, database=None):
        return sorted(name for name, in self.session(place, database).run('SHOW TABLES'))

    def state(self, place, database=None):
        """Rows of all tables, as multisets: those of a table without a key, too."""
        session = self.session(place, database)
        return {name: Counter(session.run('SELECT * FROM `' + name.replace('`', '``') + '`')) for name in self.tables(place, database)}

    def expect_equal(self, story=''):
        self.assertEqual(self.state(self.target), self.state(self.source), f'target, source\n{story}')

    def expect_followed(self, *options, runs=0, **how):
        """Whatever the source has is on the target, without an incremental run, or after so many."""
        answer = self.follow(*options, **how)
        self.expect_equal(answer)
        self.assertEqual((found(answer)['verdict'], found(answer)['incremental_runs']), ('caught-up', runs), str(answer))
        return answer

    def is_equal(self):
        return self.state(self.target) == self.state(self.source)

    def mark(self):
        """(place, windows) of this pair of databases."""
        return self.target.sql("SELECT place, windows FROM dbsync_state.follow WHERE scope LIKE "
                               f"'%:{self.source.port}/%:{self.db}, %:{self.target.port}/%:{self.db},%'")[0]


class Following(FollowTest):
    def setUp(self):
        super().setUp()
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v VARCHAR(20), u INT UNIQUE)',
                       "INSERT INTO a VALUES (1, 'x', 1), (2, 'y', 2), (3, 'z', 3), (4, 'w', 4)",
                       'CREATE TABLE n (v INT, w VARCHAR(10))', "INSERT INTO n VALUES (1, 'a'), (1, 'a'), (2, NULL)")

    # What changes ----------------------------------------------------------------

    def test_first_it_is_made_equal(self):
        answer = self.expect_followed(runs=1)
        self.assertIn('comparing the databases: nothing says up to where the target is written', answer.err)
        self.assertEqual(found(answer)['incremental_rows'], 7, str(answer))
        place, windows = self.mark()
        # what was written to the target is read out of its log, and compared once more
        self.assertEqual((place, windows), (found(answer)['place'], '2'))
        again = self.expect_followed()
        self.assertEqual((found(again)['windows'], found(again)['transactions'], self.mark()[1]), (0, 0, '2'), str(again))

    @like_pairs
    def test_statements_of_every_kind(self):
        self.on_source('CREATE TABLE g (id INT PRIMARY KEY AUTO_INCREMENT, a INT, b INT AS (a + 1) STORED, c INT AS (a * 2) VIRTUAL, t LONGTEXT)',
                       "CREATE TABLE k (a VARCHAR(20) COLLATE utf8mb4_general_ci, b DECIMAL(10,2), v INT, PRIMARY KEY (a, b))",
                       "INSERT INTO k VALUES ('a', 1.5, 1), ('b', 2, 2)")
        self.follow()
        for statements in (("INSERT INTO a VALUES (5, 'new', 5)", "UPDATE a SET v = 'changed' WHERE id IN (1, 2)", 'DELETE FROM a WHERE id = 3'),
                           ('UPDATE a SET id = 30 WHERE id = 4',),                                           # another key
                           ('UPDATE a SET u = NULL', 'UPDATE a SET u = 2 WHERE id = 1', 'UPDATE a SET u = 1 WHERE id = 2'),     # they swap
                           ('UPDATE a SET u = u + 100 WHERE u IS NOT NULL ORDER BY u DESC', 'UPDATE a SET u = u + 1 ORDER BY u DESC'),  # a chain
                           ('START TRANSACTION', "INSERT INTO n VALUES (1, 'a'), (7, 'b')", 'DELETE FROM n WHERE v = 2', "UPDATE a SET v = 'both'", 'COMMIT'),
                           ('START TRANSACTION', 'DELETE FROM a', 'ROLLBACK', "INSERT INTO n VALUES (8, 'c')"),
                           ('START TRANSACTION', "INSERT INTO a VALUES (50, 's', 50)", 'SAVEPOINT one', 'DELETE FROM n', 'ROLLBACK TO one', 'COMMIT'),
                           ('INSERT INTO g (a, t) VALUES (1, NULL), (2, REPEAT("long", 500000))', 'UPDATE g SET a = a + 10 WHERE id = 1'),
                           ("UPDATE k SET a = 'A' WHERE a = 'a'", "REPLACE INTO k VALUES ('b', 2.00, 7), ('é', 0.01, 1)"),
                           ('DELETE FROM n WHERE v = 1 LIMIT 1', 'DELETE FROM k')):
            with self.subTest(statements=statements):
                self.on_source(*statements)
                self.expect_followed()

    def test_rows_that_are_named_and_equal_are_not_written(self):
        self.follow()
        self.on_source("UPDATE a SET v = 'other' WHERE id = 1", "UPDATE a SET v = 'x' WHERE id = 1", "INSERT INTO a VALUES (9, 'z', 9)", 'DELETE FROM a WHERE id = 9')
        answer = self.expect_followed()
        self.assertEqual((found(answer)['windows'], found(answer)['transactions'], found(answer)['rows_written']),
                         (0, 4, {'insert': 0, 'update': 0, 'delete': 0}), str(answer))

    def test_large_transaction(self):
        self.on_source('CREATE TABLE big (id INT PRIMARY KEY, v INT, pad CHAR(60))')
        self.follow()
        digits = '(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)'
        self.on_source("INSERT INTO big SELECT a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d, 1, 'x' FROM "
                       f"{digits} a, {digits} b, {digits} c, {digits} d, (SELECT 0 d UNION SELECT 1 UNION SELECT 2) e")
        answer = self.expect_followed()
        self.assertEqual((found(answer)['windows'], found(answer)['rows_written']['insert']), (1, 30000), str(answer))
        self.on_source('UPDATE big SET v = v + 1 WHERE id % 3 = 0', 'DELETE FROM big WHERE id % 7 = 0')
        self.expect_followed()

    def test_databases_under_other_names_and_some_tables(self):
        other = self.new_database(self.target, name=f'{self.db}_o')
        self.on_source('CREATE TABLE b (id INT PRIMARY KEY)', 'CREATE TABLE `o d"d``é` (`k``ey` INT PRIMARY KEY, v INT)')
        options = ('--databases', f'{self.db}:{other}', '--exclude-tables', 'b')
        self.follow(*options)
        self.on_source('INSERT INTO b VALUES (1)', "UPDATE a SET v = 'm'", 'INSERT INTO `o d"d``é` VALUES (1, 1)')
        answer = self.follow(*options)
        source, target = self.state(self.source), self.state(self.target, other)
        self.assertEqual(source.pop('b'), Counter([('1',)]))
        self.assertEqual(target, source, str(answer))

    def test_filters_of_rows_and_columns(self):
        options = ('--tables', 'a', '--where', 'a:id < 10', '--ignore-columns', 'a.v')
        self.follow(*options)
        self.on_target("UPDATE a SET v = 'mine' WHERE id = 1", "INSERT INTO a VALUES (10, 'kept', 99)")
        self.on_source("UPDATE a SET v = 'theirs', u = 77 WHERE id = 1", "INSERT INTO a VALUES (11, 'out', 11)")
        self.follow(*options)
        self.assertEqual(self.on_target('SELECT * FROM a ORDER BY id'),
                         [('1', 'mine', '77'), ('2', None, '2'), ('3', None, '3'), ('4', None, '4'), ('10', 'kept', '99')])

    # What the log does not tell ----------------------------------------------------

    @like_pairs
    def test_structures_that_change_are_met_by_an_incremental_run(self):
        self.follow()
        for statements in (("ALTER TABLE a ADD COLUMN w INT DEFAULT 7", "INSERT INTO a (id, u) VALUES (20, 20)"),
                           ('CREATE TABLE new (id INT PRIMARY KEY)', 'INSERT INTO new VALUES (1)'),
                           ('TRUNCATE TABLE n', 'INSERT INTO n VALUES (5, NULL)'), ('RENAME TABLE new TO newer',), ('DROP TABLE newer',)):
            with self.subTest(statements=statements):
                self.on_source(*statements)
                answer = self.expect_followed('--drop-extra-tables', '--allow-unsafe', 'all', runs=1)
                self.assertIn('comparing the databases: ', answer.err)
                self.assertEqual(self.tables(self.target), self.tables(self.source))

    def test_table_that_goes_from_the_source_stays(self):
        self.follow()
        self.on_source('RENAME TABLE n TO m', 'INSERT INTO m VALUES (3, NULL)')
        answer = self.follow()
        self.assertEqual(self.tables(self.target), ['a', 'm', 'n'], str(answer))
        self.on_source('DROP TABLE m')
        self.follow('--extra-tables', 'drop')
        self.expect_equal()

    def test_what_could_lose_values_is_refused(self):
        self.follow()
        before = self.state(self.target)
        self.on_source('ALTER TABLE a DROP COLUMN v')
        self.expect_error(self.follow(code=3), 3, '--allow-unsafe')
        self.assertEqual(self.state(self.target), before)

    def test_with_names_of_tables_others_may_come_and_go(self):
        self.follow('--tables', 'a')
        self.on_source('CREATE TABLE other (id INT)', 'DROP TABLE other', 'UPDATE a SET u = 55 WHERE id = 1')
        answer = self.follow('--tables', 'a')
        self.assertEqual((found(answer)['incremental_runs'], found(answer)['rows_written']['update']), (0, 1), str(answer))
        self.on_source('ALTER TABLE a ADD COLUMN w INT')
        self.assertEqual(found(self.follow('--tables', 'a'))['incremental_runs'], 1)

    def test_statements_instead_of_rows(self):
        self.follow()
        with self.source.session(self.db) as session:
            session.run('SET SESSION binlog_format = STATEMENT')
            session.run("UPDATE a SET v = 'by statement'")
        self.assertIn('a session that does not log rows (binlog_format)', self.expect_followed(runs=1).err)

    def test_log_that_is_gone(self):
        for how in (self.purge, self.reset):
            with self.subTest(how.__name__):
                self.follow()
                self.on_source("UPDATE a SET v = 'before' WHERE id = 1")
                how()
                self.on_source("UPDATE a SET v = CONCAT(v, '!') WHERE id = 2")
                self.assertIn('comparing the databases: ', self.expect_followed(runs=1).err)

    def purge(self):
        def is_done():
            self.source.sql(f"PURGE BINARY LOGS TO '{self.source.sql(self.status())[0][0]}'")
            return len(self.source.sql('SHOW BINARY LOGS')) == 1

        self.source.sql('FLUSH BINARY LOGS')
        until(20, is_done, 'nobody reads the file')

    def status(self):
        return 'SHOW BINARY LOG STATUS' if self.source.family == 'mysql' else 'SHOW MASTER STATUS'

    def reset(self):
        self.source.sql('RESET BINARY LOGS AND GTIDS' if self.source.family == 'mysql' else 'RESET MASTER')

    def test_place_that_somebody_has_changed(self):
        self.follow()
        for place in ('rubbish', '', 'gtid:x', "binlog.000001:4@00000001.77", '~' * 60000):
            with self.subTest(place=place[:30]):
                self.on_source('UPDATE a SET u = u + 1000 WHERE id = 1')
                self.target.sql(f"UPDATE dbsync_state.follow SET place = '{place}' WHERE scope LIKE '%{self.db}%'")
                self.expect_followed(runs=1)

    # Somebody else on the target: see test_follow_drift ------------------------------------------------------

    def test_without_its_log_a_row_of_the_target_is_overwritten_when_the_source_changes_it(self):
        self.without_log()
        self.follow()
        self.on_target("UPDATE a SET v = 'mine' WHERE id IN (1, 2)", 'DELETE FROM a WHERE id = 3', "INSERT INTO a VALUES (8, 'mine', 8)")
        self.on_source("UPDATE a SET u = 101 WHERE id = 1", 'UPDATE a SET u = 103 WHERE id = 3', "INSERT INTO a VALUES (8, 'theirs', 9)")
        self.follow()
        self.assertEqual(self.on_target('SELECT * FROM a ORDER BY id'),
                         [('1', 'x', '101'), ('2', 'mine', '2'), ('3', 'z', '103'), ('4', 'w', '4'), ('8', 'theirs', '9')])

    def test_row_that_somebody_else_changes_at_this_moment_is_compared_again(self):
        self.follow()
        self.on_source("UPDATE a SET v = 'theirs' WHERE id = 1")
        with self.target.session(self.db) as other:
            other.run('START TRANSACTION')
            other.run("UPDATE a SET v = 'mine' WHERE id = 1")
            running = self.program.start(*self.words('--until', 'caught-up'))
            self.addCleanup(running.kill)
            until(20, lambda: self.target.sql(f"SELECT 1 FROM information_schema.PROCESSLIST WHERE DB = '{self.db}' AND INFO LIKE '%FOR UPDATE%' "
                                              'AND ID <> CONNECTION_ID()'), 'it waits for the row')
            other.run('COMMIT')
        answer = self.expect_exit(running.wait(30), 6)
        self.assertEqual(self.on_target('SELECT v FROM a WHERE id = 1'), [('mine',)], str(answer))
        self.assertRegex(answer.err, r'the row \(?1\)? of `.*`\.`a` was changed while it was about to be written; comparing again')
        self.expect_followed('--drift', 'overwrite')

    def test_two_that_follow_do_not_both_write(self):
        running = self.begin()
        self.target.sql(f"UPDATE dbsync_state.follow SET windows = windows + 100 WHERE scope LIKE '%{self.db}%'")
        self.on_source("UPDATE a SET v = 'later'")
        running.hear('the place up to which the target was written is not what it was: another one follows the same source')
        until(30, self.is_equal, 'it goes on from what the other one has left')
        running.signal(signal.SIGINT)
        self.expect_exit(running.wait(10), 7)

    def without_log(self):
        self.target = self.server(self.target.name, 'no-log', options=('--skip-log-bin',))
        self.new_database(self.target, name=self.db)

    def test_without_its_log_a_row_in_the_way_is_found_by_comparing_all(self):
        self.without_log()
        self.follow()
        self.on_target("INSERT INTO a VALUES (9, 'mine', 77)")
        self.on_source("INSERT INTO a VALUES (10, 'theirs', 77)")
        self.assertIn('comparing the databases: a row of the target is in the way', self.expect_followed(runs=1).err)

    # How it ends -------------------------------------------------------------------------

    def test_initial_only_and_start_over(self):
        answer = self.follow('--initial-only', until=None)
        self.assertEqual((found(answer)['verdict'], found(answer)['incremental_runs'], found(answer)['place']), ('equal', 1, self.mark()[0]), str(answer))
        self.on_target("UPDATE a SET v = 'mine' WHERE id = 1")
        self.assertEqual(found(self.follow(code=6))['incremental_runs'], 0)
        self.expect_followed('--start-over', runs=1)
        self.expect_error(self.follow('--initial-only', code=2), 2, 'give either --initial-only or --until')

    def test_a_table_that_the_target_has_lost_meanwhile(self):
        self.follow()
        self.on_target('DROP TABLE a')
        self.assertRegex(self.expect_followed(runs=1).err, 'the target lacks `.*`.`a`, which the source has')
        self.on_source("UPDATE a SET v = 'one'")
        self.expect_followed()

    def test_closed_descriptors(self):
        """What it opens is not what it prints to."""
        words = [self.words('--until', 'caught-up'), self.words('--until', 'caught-up', '--start-over', '--log-file', 'log')]
        for each in words:
            done = subprocess.run(['sh', '-c', 'exec "$0" "$@" 0<&- 1>&- 2>&-', program_path(), *map(str, each)], check=False, timeout=60,
                                  cwd=self.program.folder, env=self.program.environment())
            self.assertEqual(done.returncode, 0)
        self.expect_equal()

    def test_first_copy_as_a_whole(self):
        """full-sync has no limit of changes; what comes later is no copy."""
        self.expect_error(self.follow('--max-changes', 1, code=3), 3, '--max-changes')
        whole = ('--max-changes', 1, '--initial', 'full-sync')
        self.expect_followed(*whole, runs=1)
        self.on_source("UPDATE a SET v = 'one'")
        self.expect_followed(*whole)
        self.expect_followed('--start-over', *whole, runs=1)

    def test_until_a_place_and_a_time(self):
        self.follow()
        self.on_source("UPDATE a SET v = 'one'")
        status = self.source.sql(self.status())[0]
        self.expect_followed(until=f'{status[0]}:{status[1]}')
        self.on_source("UPDATE a SET v = 'two'")
        began = time.time()
        self.expect_followed(until=time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(began + 2)))
        self.assertGreaterEqual(time.time(), int(began) + 2)
        self.expect_error(self.follow(until='tomorrow', code=2), 2, '--until', '`tomorrow` is not a place in a binary log')

    @like_pairs
    def test_goes_on_until_it_is_stopped(self):
        running = self.begin('--progress', 'json')
        for number in range(3):
            self.on_source(f"UPDATE a SET v = 'live {number}'", f"INSERT INTO n VALUES ({number}, 'n')")
            until(15, self.is_equal, 'the change is there')
        running.hear('"event":"following","lag_seconds":0.0')
        began = time.monotonic()
        running.signal(signal.SIGTERM)
        answer = self.expect_exit(running.wait(10), 7)
        self.assertLess(time.monotonic() - began, 5, str(answer))
        self.on_source("UPDATE a SET v = 'later'")
        self.expect_followed()

    def test_idle_it_costs_nothing(self):
        running = self.begin()
        before = self.cpu(running)
        time.sleep(2)
        self.assertLess(self.cpu(running) - before, 0.4)
        running.signal(signal.SIGINT)
        self.expect_exit(running.wait(5), 7)

    @staticmethod
    def cpu(running):
        with open(f'/proc/{running.process.pid}/stat', encoding='ascii') as text:
            fields = text.read().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    @like_pairs
    def test_connections_that_are_killed(self):
        running = self.begin()
        for place in (self.source, self.target, self.source):
            for number, in place.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE USER = 'dbsync' AND ID <> CONNECTION_ID() "
                                     f"AND (DB = '{self.db}' OR COMMAND LIKE 'Binlog Dump%')"):
                try:
                    place.sql(f'KILL {number}')
                except AssertionError:      # it has gone already
                    pass
            self._sessions.clear()
            self.on_source("UPDATE a SET v = CONCAT(LEFT(v, 10), '.')", 'INSERT INTO n VALUES (1, NULL)')
            until(30, self.is_equal, 'it goes on')
        running.signal(signal.SIGINT)
        self.expect_exit(running.wait(10), 7)

    def test_others_are_kept_away_meanwhile(self):
        running = self.begin()
        self.expect_error(self.dbsync('incremental', *self.urls(), '--yes', '--state-dir', 'state'), 3, 'follow')
        self.expect_error(self.follow(code=3), 3, 'follow')
        self.expect_exit(self.dbsync('verify', *self.urls(), '--quiet'), 0)
        running.signal(signal.SIGINT)
        self.expect_exit(running.wait(5), 7)

    # What it asks for ------------------------------------------------------------------------

    def user(self, place, *grants):
        name = f'f{self.db[9:]}'
        place.sql(f"DROP USER IF EXISTS '{name}'@'%'", f"CREATE USER '{name}'@'%' IDENTIFIED BY 'x'", *(f"GRANT {grant} TO '{name}'@'%'" for grant in grants))
        self.addCleanup(place.sql, f"DROP USER IF EXISTS '{name}'@'%'")
        return place.url(self.db, user=name, password='x')

    def test_privileges_that_are_missing(self):
        client = 'REPLICATION CLIENT'
        source, target = self.urls()
        escaped = self.db.replace('_', '\\_')
        end, seen = ('BINLOG MONITOR', f'{client}, SLAVE MONITOR') if self.source.family == 'mariadb' else (client, client)
        for more, words in (('', end), (f'{seen}, ', 'REPLICATION SLAVE')):
            with self.subTest(words=words):
                url = self.user(self.source, f'SELECT, SHOW VIEW, TRIGGER, EVENT ON `{escaped}`.*', f'{more}RELOAD ON *.*')
                self.expect_error(self.follow(urls=(url, target), code=4), 4, 'GRANT', words)
                self.assertEqual(self.state(self.target), {}, 'it is said before anything is copied')
        own = self.user(self.target, f'ALL ON `{escaped}`.*', f'{client}, REPLICATION SLAVE ON *.*')
        self.expect_error(self.follow('--data-only', urls=(source, own), code=4), 4, 'the place of follow is kept on the target: GRANT ALL ON `dbsync\\_%`.* is needed')

    def test_trigger_of_the_target(self):
        self.follow()
        self.on_both('CREATE TABLE seen (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
        self.follow('--exclude-tables', 'seen')
        self.on_target('CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW INSERT INTO seen (v) VALUES (NEW.id)')
        self.on_source("INSERT INTO a VALUES (60, 'x', 60)")
        self.expect_error(self.follow('--exclude-tables', 'seen', code=3), 3, 'trigger', '--allow triggers')
        self.follow('--exclude-tables', 'seen', '--allow', 'triggers')
        self.assertEqual(self.on_target('SELECT v FROM seen'), [('60',)])

    @only_with('mysql', 'MariaDB has ids always')
    def test_transactions_without_ids(self):
        for mode in ('ON_PERMISSIVE', 'OFF_PERMISSIVE', 'OFF'):
            self.source.sql(f'SET GLOBAL gtid_mode = {mode}')
        try:
            self.expect_error(self.follow(code=4), 4, 'gtid_mode', 'SET GLOBAL gtid_mode = ON')
        finally:
            for mode in ('OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'):
                self.source.sql(f'SET GLOBAL gtid_mode = {mode}')
        self.expect_followed(runs=1)

    def test_database_of_the_place_is_nobody_elses(self):
        self.follow()
        source, target = self.source.url('dbsync_state'), self.target.url('dbsync_state')
        self.source.sql('CREATE DATABASE IF NOT EXISTS dbsync_state')
        self.expect_error(self.dbsync('incremental', source, target, '--yes'), 3, 'dbsync_state')
        answer = self.dbsync('verify', self.source.url(), self.target.url(), '--databases', 'dbsync*', '--json')
        self.assertNotIn('dbsync_state', {table['database'] for table in json.loads(answer.out)['tables']}, str(answer))

    # Transactions in two phases ---------------------------------------------------------------

    def test_prepared_transaction_is_written_once_it_is_committed(self):
        self.follow()
        with self.source.session(self.db) as session:
            for statement in ("XA START 'one'", "UPDATE a SET v = 'prepared' WHERE id = 1", "INSERT INTO n VALUES (99, 'p')", "XA END 'one'", "XA PREPARE 'one'"):
                session.run(statement)
            place = self.mark()[0]
            self.on_source("UPDATE a SET v = 'meanwhile' WHERE id = 2")
            self.expect_followed()
            self.assertEqual(self.mark()[0], place, 'what is prepared is behind the place')
            session.run("XA COMMIT 'one'")
        answer = self.expect_followed()
        self.assertEqual(self.on_target('SELECT v FROM a WHERE id = 1'), [('prepared',)], str(answer))
        self.assertNotEqual(self.mark()[0], place)


class Once(FollowTest):
    def setUp(self):
        super().setUp()
        self.on_source('CREATE TABLE a (id INT PRIMARY KEY, v INT)', 'INSERT INTO a VALUES (1, 1)')

    @once
    def test_words_for_people(self):
        words = [word for word in self.words('--until', 'caught-up') if word != '--json']
        answer = self.expect_exit(self.dbsync(*words), 0)
        self.assertRegex(answer.out, r'^0 transactions read, 0 rows written in 0 windows; \S+ s\nplace: \S+:\d+@\S+\nverdict: caught-up\n$')
        self.on_source('UPDATE a SET v = 2')
        answer = self.expect_exit(self.dbsync(*words), 0)
        self.assertRegex(answer.out, r'^1 transaction read, 1 row written in 1 window; ')
        self.assertEqual(self.expect_exit(self.dbsync(*words, '--quiet'), 0).out, '')
