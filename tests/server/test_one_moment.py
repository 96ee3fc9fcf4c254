"""What a verdict is of: one moment of a side, or less, and that the label says which.

A row that differs wanders from table to table, each time in one transaction: at
every instant there is exactly one.  Whoever calls both sides equal, and labels
that a snapshot, has not seen one moment.  DBSYNC_MOMENT_RUNS: how often it is
looked (12; docs/comparing.md has what 200 gave).
"""
import asyncio
import json
import os
import threading
from contextlib import contextmanager, suppress

from harness import only_with
from test_sources_of_trouble import TroubleTest

RUNS = int(os.environ.get('DBSYNC_MOMENT_RUNS', '12'))
TABLES = 120            # enough for eight workers
FEW = 20                # for two
EIGHT = ('--parallel', 8)
XA_USED = ('--max-connections=98',)     # a server of its own: it counts them


class MomentTest(TroubleTest):
    def two_databases(self, place, tables=TABLES):
        """Both on one server, with many small tables."""
        names = self.new_database(place), self.new_database(place)
        for name in names:
            with place.session(name) as session:
                session.run('SET SESSION sql_log_bin=0')
                for n in range(tables):
                    session.run(f'CREATE TABLE t{n} (id INT PRIMARY KEY, v INT)')
                    session.run(f'INSERT INTO t{n} VALUES (1, 1), (2, 2)')
        return names

    def spare(self, *options, name=None):
        # other processes hold all of theirs
        return self.server(name or self.source.name, f'moment-{os.getpid()}', options=options)

    @contextmanager
    def under_way(self, place, database, statement, seconds=0):
        """A statement that has gone on for so long, and does until this ends."""
        with place.session(database) as session:
            number = session.value('SELECT CONNECTION_ID()')

            def run():
                with suppress(Exception):       # it is interrupted
                    session.run(statement)

            thread = threading.Thread(target=run)
            thread.start()
            self.within(10 + seconds, lambda: place.sql(
                "SELECT 1 FROM information_schema.processlist WHERE state = 'User sleep' "
                f'AND id = {number} AND time >= {seconds}'), 'it goes on')
            try:
                yield
                self.assertTrue(thread.is_alive(), 'it goes on')
            finally:
                place.sql(f'KILL QUERY {number}')
                thread.join()

    def labels(self, place, names, account=(), *options):
        """Of a verify with eight workers."""
        answer = self.verify(*(options or EIGHT), source=place.url(names[0], *account), target=place.url(names[1], *account))
        self.expect_exit(answer, 0)
        return answer.json['consistency'], answer

    def reader(self, place, names, *more):
        """An account that may hold nobody up."""
        return self.user(*(f'SELECT ON `{name}`.*' for name in names), *more, places=[place])

    def expect_label(self, label, place, names, account=(), word=''):
        found, answer = self.labels(place, names, account)
        self.assertEqual(found, {'source': label, 'target': label}, str(answer))
        self.assertIn(word, answer.err, str(answer))
        return answer


@contextmanager
def wandering(place, database, begin='BEGIN', commit=('COMMIT',), tables=TABLES):
    """One row differs; it is never of no table, and never of two."""
    ending = threading.Event()
    with place.session(database) as session:
        session.run('UPDATE t0 SET v=-1 WHERE id=1')

    def write():
        at = number = 0
        with place.session(database) as session:
            while not ending.is_set():
                number += 1
                to = (at + 7) % tables
                session.run(begin.format(number))
                session.run(f'UPDATE t{at} SET v=1 WHERE id=1')
                session.run(f'UPDATE t{to} SET v=-1 WHERE id=1')
                for statement in commit:
                    session.run(statement.format(number))
                at = to

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        ending.set()
        writer.join()


class Writers(MomentTest):
    once = True

    def look(self, place, names, workers=8):
        for number in range(RUNS):
            answer = self.verify(*EIGHT, source=place.url(names[0]), target=place.url(names[1]))
            story = f'look {number}\n{answer}'
            self.assertEqual(answer.json['consistency'], {'source': 'snapshot', 'target': 'snapshot'}, story)
            self.assertEqual(answer.json['workers'], workers, story)
            self.assertEqual((answer.exit, answer.json['differences']), (1, 1), story)

    def test_writer_that_is_not_in_the_log(self):
        place = self.spare('--binlog-do-db=elsewhere')
        names = self.two_databases(place)
        with wandering(place, names[0]):
            self.look(place, names)

    def test_writer_that_is_not_in_the_log_of_mysql(self):
        place = self.spare('--binlog-do-db=elsewhere', name='mysql-9')
        names = self.two_databases(place, FEW)
        with wandering(place, names[0], tables=FEW):
            self.look(place, names, workers=2)

    @only_with('mariadb', 'MySQL opens all views under a lock')
    def test_writer_whose_commit_is_logged_before_it_is_seen(self):
        place = self.spare(*XA_USED)
        names = self.two_databases(place)
        with wandering(place, names[0], "XA START 'x{}'", ("XA END 'x{}'", "XA PREPARE 'x{}'", "XA COMMIT 'x{}'")):
            self.look(place, names)


class Settings(MomentTest):
    """What speaks against the position, seen by who may not hold commits back."""
    once = True
    logged = 'REPLICATION CLIENT ON *.*'

    def setUp(self):
        super().setUp()
        if self.source.family != 'mariadb':
            self.skipTest('MySQL opens all views under a lock')

    def expect_doubt(self, place, word, *grants):
        names = self.two_databases(place, FEW)
        self.expect_label('per-table', place, names, self.reader(place, names, *grants or (self.logged,)), word)
        self.expect_label('snapshot', place, names)

    def test_all_is_logged(self):
        place = self.spare()
        names = self.two_databases(place, FEW)
        self.expect_label('snapshot', place, names, self.reader(place, names, self.logged))

    def test_databases_that_are_left_out(self):
        self.expect_doubt(self.spare('--binlog-ignore-db=elsewhere'), 'databases are left out of it')

    def test_filters_that_the_user_may_not_see(self):
        self.expect_doubt(self.spare(), 'may not see whether databases are left out', 'USAGE ON *.*')

    def test_filters_are_shown_to_everybody_since_11_7(self):
        place = self.spare(name='mariadb-11.8')
        names = self.two_databases(place, FEW)
        self.expect_label('snapshot', place, names, self.reader(place, names))
        place = self.spare('--binlog-do-db=elsewhere', name='mariadb-11.8')
        names = self.two_databases(place, FEW)
        self.expect_label('per-table', place, names, self.reader(place, names), 'databases are left out of it')

    def test_no_log(self):
        self.expect_doubt(self.spare('--skip-log-bin'), 'nothing is logged')

    def test_replica_that_does_not_log_what_it_applies(self):
        place = self.spare('--relay-log=relay', '--server-id=77')
        place.sql("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='nobody'", 'START SLAVE SQL_THREAD')
        self.addCleanup(place.sql, 'STOP SLAVE', 'RESET SLAVE ALL')
        self.expect_doubt(place, 'what the replica applies is not logged')

    def test_xa_transactions(self):
        place = self.spare(*XA_USED)
        self.new_database(place, name=self.db)
        place.sql('CREATE TABLE x (id INT)', "XA START 'a'", 'INSERT INTO x VALUES (1)', "XA END 'a'", "XA PREPARE 'a'",
                  "XA COMMIT 'a'", database=self.db)
        self.expect_doubt(place, 'there were XA transactions')

    def test_run_that_keeps_out_of_the_log(self):
        place = self.spare()
        names = self.two_databases(place, FEW)
        account = self.reader(place, names, self.logged)
        running, go_on = self.begin_unlogged(place)
        self.within(20, lambda: self.holder(place, 0), 'it is known')
        self.expect_label('per-table', place, names, account, 'a run of dbsync with --binlog off writes')
        go_on()
        self.expect_exit(running.wait(60), 0)
        self.expect_label('snapshot', place, names, account)

    def begin_unlogged(self, place):
        """A run that keeps out of the log, held before it reads; and what lets it go on."""
        others = self.new_database(place), self.new_database(place)
        place.sql('CREATE TABLE w (id INT PRIMARY KEY)', 'INSERT INTO w VALUES (1)', database=others[0])
        pause = self.program.file('pause', '')
        running = self.program.start('incremental', place.url(others[0]), place.url(others[1]), '--yes', '--binlog', 'off',
                                     '--pause-file', 'pause')
        return running, lambda: os.unlink(pause)

    @staticmethod
    def holder(place, number):
        return place.sql(f"SELECT IS_USED_LOCK('dbsync.unlogged.{number}')")[0][0]

    def test_run_whose_number_another_took_has_the_next_that_is_free(self):
        """Its connection is lost, and all numbers are taken, until one is given back: no reason for it to end."""
        place = self.spare()
        running, go_on = self.begin_unlogged(place)
        self.within(20, lambda: self.holder(place, 0), 'it is known')
        with place.session() as rest, place.session() as heir:
            rest.run('DO ' + ', '.join(f"GET_LOCK('dbsync.unlogged.{number}', 0)" for number in range(1, 8)))
            waiting = threading.Thread(target=heir.run, args=("DO GET_LOCK('dbsync.unlogged.0', 30)",))
            waiting.start()
            before = self.holder(place, 0)
            self.within(20, lambda: place.sql("SELECT 1 FROM information_schema.processlist WHERE state='User lock'"), 'it waits')
            place.sql(f'KILL {before}')
            waiting.join()
            self.assertNotEqual(self.holder(place, 0), before)
            taken = self.holder(place, 3)
            rest.run("DO RELEASE_LOCK('dbsync.unlogged.3')")
            self.within(20, lambda: self.holder(place, 3) or running.process.poll() is not None, 'it has another')
            self.assertNotIn(self.holder(place, 3), (None, taken))
            go_on()
            self.expect_exit(running.wait(60), 0)

    def test_run_that_keeps_out_of_the_log_is_not_in_its_own_way(self):
        place = self.spare()
        names = self.two_databases(place, FEW)
        account = self.user(*(f'ALL ON `{name}`.*' for name in names), self.logged, 'BINLOG ADMIN, SLAVE MONITOR ON *.*', places=[place])
        place.sql('UPDATE t0 SET v=-1 WHERE id=1', database=names[0])
        answer = self.dbsync('incremental', *(place.url(name, *account) for name in names), '--yes', '--json', '--binlog', 'off',
                             '--verify', 'full', *EIGHT)
        self.expect_exit(answer, 0)
        self.assertEqual(json.loads(answer.out)['consistency'], {'source': 'snapshot', 'target': 'snapshot'}, str(answer))
        self.assertNotIn('--binlog off writes', answer.err)


class Holds(MomentTest):
    """How commits are held back."""
    once = True

    def setUp(self):
        super().setUp()
        if self.source.family != 'mariadb':
            self.skipTest('MySQL has FLUSH TABLES WITH READ LOCK alone')
        self.place = self.spare('--binlog-ignore-db=elsewhere')
        self.names = self.two_databases(self.place, FEW)
        self.busy = self.new_database(self.place)
        self.place.sql('CREATE TABLE s (id INT)', 'INSERT INTO s VALUES (1)', database=self.busy)

    def test_statement_that_writes_for_long_is_not_waited_for(self):
        with self.under_way(self.place, self.busy, 'UPDATE s SET id = id + SLEEP(60)'):
            self.expect_label('snapshot', self.place, self.names)

    def test_backup_that_is_under_way_is_no_obstacle(self):
        with self.place.session() as session:
            session.run('BACKUP STAGE START')
            self.expect_label('snapshot', self.place, self.names)
            session.run('BACKUP STAGE END')

    def test_nothing_is_held_afterwards(self):
        self.expect_label('snapshot', self.place, self.names)
        with self.place.session() as session:
            session.run('SET lock_wait_timeout=1')
            session.run('BACKUP STAGE START')
            session.run('BACKUP STAGE END')
        self.place.sql('INSERT INTO s VALUES (2)', database=self.busy)


class LocksOfMySQL(MomentTest):
    """A lock of all tables that is given up keeps others from those that it waited for."""
    once = True

    def test_statement_that_goes_on_is_not_waited_for(self):
        place = self.spare(name='mysql-9')
        names = self.two_databases(place, FEW)
        with self.under_way(place, names[0], 'SELECT SLEEP(60) FROM t0', seconds=5):
            self.expect_label('per-table', place, names, word='a lock of all tables would wait for the statement of connection ')
            with place.session(names[0]) as other:
                other.run('SET max_execution_time=1000')
                self.assertEqual(len(other.run('SELECT * FROM t0')), 2)


class Two:
    """One address, and two servers behind it, by turns."""

    def __init__(self, *ports):
        self.ports, self.number, self.ready = ports, 0, threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True)
        self.thread.start()
        self.ready.wait()

    async def serve(self):
        self.loop, self.end = asyncio.get_running_loop(), asyncio.Event()
        async with await asyncio.start_server(self.pair, '127.0.0.1', 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            self.ready.set()
            await self.end.wait()

    async def pair(self, reader, writer):
        port = self.ports[self.number % len(self.ports)]
        self.number += 1
        there = await asyncio.open_connection('127.0.0.1', port)
        await asyncio.gather(self.pass_on(reader, there[1]), self.pass_on(there[0], writer), return_exceptions=True)

    @staticmethod
    async def pass_on(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    def close(self):
        self.loop.call_soon_threadsafe(self.end.set)
        self.thread.join(10)


class Labels(MomentTest):
    once = True

    def test_several_servers_behind_one_address(self):
        for n in range(40):
            self.on_both(f'CREATE TABLE t{n} (id INT PRIMARY KEY)')
        two = Two(self.source.port, self.target.port)
        self.addCleanup(two.close)
        answer = self.verify('-p', 2, source=self.source.url(self.db, port=two.port))
        self.expect_exit(answer, 0)
        self.assertEqual(answer.json['consistency'], {'source': 'per-table', 'target': 'snapshot'}, str(answer))
        self.assertIn('the connections to the source are of several servers', answer.err)

    def moments(self, answer):
        found = answer.json['moments']
        for moment in found:
            self.assertRegex(moment['at'], r'^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
        return [(moment['side'], moment['consistency']) for moment in found]

    def test_second_look_is_another_moment(self):
        self.table()
        both = [('source', 'snapshot'), ('target', 'snapshot')]
        again = '--recheck', 1, '--recheck-pause', 0.1
        answer = self.expect_exit(self.verify(*again), 0)
        self.assertEqual(answer.json['consistency'], {'source': 'snapshot', 'target': 'snapshot'}, str(answer))
        self.assertEqual(self.moments(answer), both)
        self.on_target('UPDATE t SET v=-1 WHERE id=5')
        answer = self.expect_exit(self.verify(*again), 1)
        self.assertEqual(answer.json['consistency'], {'source': 'renewed', 'target': 'renewed'}, str(answer))
        self.assertEqual(self.moments(answer), both * 2)
        answer = self.expect_exit(self.verify(*again, as_json=False), 1)
        self.assertIn('consistency: source renewed, target renewed', answer.out, str(answer))
        self.assertRegex(answer.out, r'views of the target: 20\S+Z \(snapshot\), 20\S+Z \(snapshot\)\n')

    def test_target_that_was_written_to_was_seen_twice(self):
        for options, label in (((), 'renewed'), (('--verify', 'full'), 'snapshot'), (('--verify', 'none'), 'snapshot')):
            self.on_both('DROP TABLE IF EXISTS t')
            self.table()
            self.on_target('UPDATE t SET v=-1 WHERE id=5')
            answer = self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--json', *options), 0)
            self.assertEqual(json.loads(answer.out)['consistency'], {'source': 'snapshot', 'target': label}, str(answer))
        self.on_target('UPDATE t SET v=-1 WHERE id=5')
        answer = self.expect_exit(self.dbsync('dry-run', *self.urls()), 1)
        self.assertIn('consistency: source snapshot, target snapshot', answer.out, str(answer))

    def test_tables_without_views_are_of_no_moment(self):
        self.table()
        self.on_both('CREATE TABLE m (id INT PRIMARY KEY) ENGINE=MyISAM', 'INSERT INTO m VALUES (1)')
        for workers in (1, 4):
            answer = self.expect_exit(self.verify('--parallel', workers), 0)
            self.assertEqual(answer.json['consistency'], {'source': 'none', 'target': 'none'}, str(answer))
            self.assertEqual(answer.table('t')['consistency'], {'source': 'snapshot', 'target': 'snapshot'}, str(answer))
            self.assertEqual(answer.table('m')['consistency'], {'source': 'none', 'target': 'none'}, str(answer))
        answer = self.expect_exit(self.verify('--parallel', 1, as_json=False), 0)
        self.assertIn('no view: MyISAM on the source, MyISAM on the target', answer.out, str(answer))
        answer = self.expect_exit(self.dbsync('full-sync', *self.urls(), '--yes', '--json'), 0)
        self.assertEqual(json.loads(answer.out)['copies']['consistency'], 'none', str(answer))
