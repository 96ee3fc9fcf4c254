"""Nodes of a Galera cluster: what others write, and what is written to one of them.

A node's binary log tells of what it applies from the others only where
log_slave_updates is on, which it is not by default: without, its rows change and
its position stands still.
"""
import json
import os
import threading
from contextlib import contextmanager

from harness import Unavailable, start_node
from test_one_moment import EIGHT, FEW, RUNS, MomentTest, wandering

NAME = 'mariadb-10.11'
LOOKS = max(RUNS // 3, 2)
LOGS_ALL = ('--log-slave-updates=ON',)


class ClusterTest(MomentTest):
    once = True

    def node(self, *options, of=None):
        try:
            place, stop = start_node(NAME, of, options)
        except Unavailable as problem:
            if os.environ.get('CI') == 'true':
                self.fail(str(problem))
            self.skipTest(str(problem))
        self.addCleanup(stop)
        return place

    def two_nodes(self, *options):
        first = self.node(*options)
        return first, self.node(*options, of=first)

    def wait_for(self, place):
        """Until a node has applied what the others have committed by now."""
        place.sql('SET SESSION wsrep_sync_wait=1', 'SELECT 1')

    def many_tables(self, place, tables=FEW):
        """Two equal databases, on every node."""
        names = self.new_database(place), self.new_database(place)
        for name in names:
            with place.session(name) as session:
                for n in range(tables):
                    session.run(f'CREATE TABLE t{n} (id INT PRIMARY KEY, v INT)')
                    session.run(f'INSERT INTO t{n} VALUES (1, 1), (2, 2)')
        return names

    def look_at(self, place, names, label, account=(), word=''):
        """Many verifies while one row differs at every moment."""
        for number in range(LOOKS):
            answer = self.verify(*EIGHT, source=place.url(names[0], *account), target=place.url(names[1], *account))
            story = f'look {number}\n{answer}'
            self.assertEqual(answer.json['consistency'], {'source': label, 'target': label}, story)
            self.assertIn(word, answer.err, story)
            if label == 'snapshot':
                self.assertEqual((answer.exit, answer.json['differences']), (1, 1), story)


class Moments(ClusterTest):
    def test_writer_on_another_node(self):
        first, second = self.two_nodes()
        names = self.many_tables(first)
        account = self.reader(first, names, 'REPLICATION CLIENT ON *.*')
        self.wait_for(second)
        self.assertEqual(second.sql('SELECT @@log_slave_updates'), [('0',)])
        with wandering(first, names[0], tables=FEW):
            self.look_at(second, names, 'snapshot')
            self.look_at(second, names, 'per-table', account, 'what other nodes of the cluster write is not logged')

    def test_writer_on_another_node_that_is_in_the_log(self):
        first, second = self.two_nodes(*LOGS_ALL)
        names = self.many_tables(first)
        account = self.reader(first, names, 'REPLICATION CLIENT ON *.*')
        self.wait_for(second)
        with wandering(first, names[0], tables=FEW):
            self.look_at(second, names, 'snapshot', account)


class Writing(ClusterTest):
    """One node is the target; the other has what it has, at every end of a run."""

    def setUp(self):
        super().setUp()
        self.first, self.second = self.two_nodes()
        self.name = self.new_database(self.source)
        self.new_database(self.first, name=self.name)
        with self.source.session(self.name) as session:
            session.run('CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(20) NOT NULL, n INT NOT NULL DEFAULT 5)')
            session.run('CREATE TABLE c (id INT AUTO_INCREMENT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id))')
            session.run('CREATE TABLE fresh (id INT PRIMARY KEY, v TEXT)')
            session.insert('p', ('id', 'v', 'n'), [(str(n), "'right'", '5') for n in range(3000)])
            session.insert('c', ('id', 'p'), [(str(n + 1), str(n)) for n in range(3000)])
            session.run("INSERT INTO fresh VALUES (1, 'x')")
        with self.first.session(self.name) as session:
            session.run('CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(20) NOT NULL)')
            session.run('CREATE TABLE c (id INT AUTO_INCREMENT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES p (id))')
            session.run('CREATE TABLE busy (id INT AUTO_INCREMENT PRIMARY KEY, v INT)')
            session.insert('p', ('id', 'v'), [(str(n), "'wrong'") for n in range(0, 4000, 2)])
            session.insert('c', ('id', 'p'), [(str(n + 1), str(n)) for n in range(0, 4000, 2)])

    def content(self, place):
        with place.session(self.name) as session:
            tables = session.run(f"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{self.name}' "
                                 "AND TABLE_NAME <> 'busy' ORDER BY 1")
            return {table: (session.run(f'SHOW CREATE TABLE {table}'), session.run(f'SELECT * FROM {table} ORDER BY 1'))
                    for (table,) in tables}

    def rows(self, place):
        return {table: rows for table, (_, rows) in self.content(place).items()}

    @contextmanager
    def busy(self):
        """Transactions of the other node meanwhile, in a table that is nobody's else."""
        ending = threading.Event()
        failures = []

        def write():
            try:
                with self.second.session(self.name) as session:
                    while not ending.is_set():
                        session.run('INSERT INTO busy (v) VALUES (1)')
            except Exception as problem:        # pylint: disable=broad-exception-caught
                failures.append(problem)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            yield
        finally:
            ending.set()
            writer.join()
        self.assertEqual(failures, [])

    def run_and_undo(self, *command):
        """While the other node writes: there and back, on both nodes."""
        before = self.content(self.first)
        with self.busy():
            answer = self.dbsync(*command, self.source.url(self.name), self.first.url(self.name), '--yes', '--json',
                                 '--extra-tables', 'keep', '--max-delete-percent', 100)
            self.expect_exit(answer, 0)
            self.wait_for(self.second)
            self.assertEqual(self.rows(self.first), self.rows(self.source))
            self.assertEqual(self.content(self.second), self.content(self.first))
            undone = self.dbsync('rollback', json.loads(answer.out)['backup'], self.first.url(), '--yes')
            self.expect_exit(undone, 0)
            self.wait_for(self.second)
        self.assertEqual(self.content(self.first), before)
        self.assertEqual(self.content(self.second), before)

    def test_incremental(self):
        self.run_and_undo('incremental')

    def test_full_sync(self):
        self.run_and_undo('full-sync', '--exclude-tables', 'busy')
