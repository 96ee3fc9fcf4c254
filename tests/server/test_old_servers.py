"""Servers that lack what others have.

Most of it is shown by the rest of the suite on the pairs with MySQL 5.6; here is
what no other test would notice.
"""
import os
import random
import signal
import time
from pathlib import Path

from harness import Background, ServerTest, once
from test_crashes import Crash, until, waits_for_row


class Runs(ServerTest):
    def processes(self, words):
        return self.target.sql("SELECT ID FROM information_schema.processlist WHERE ID <> CONNECTION_ID() "
                               f"AND info LIKE '{words}'")

    def two_databases(self):
        other = self.new_database()
        for name in (self.db, other):
            self.source.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1,1), (2,2)', database=name)
            self.target.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1,9)', database=name)
        return self.db, other

    def test_15_locks_of_several_databases_are_held_together(self):
        """Before MySQL 5.7 a session has one lock of GET_LOCK: the next lets go of it."""
        first, other = self.two_databases()
        holder = self.target.session(other)
        self.addCleanup(holder.close)
        holder.run('BEGIN')
        holder.run('SELECT * FROM t WHERE id=1 FOR UPDATE')
        running = self.program.start('incremental', self.source.url(), self.target.url(), '--databases', f'{first},{other}',
                                     '--data-only', '--yes', '--state-dir', 'a')
        until(30, lambda: waits_for_row(self.target, other) or running.process.poll() is not None, 'the run waits for the row')
        for name in (first, other):
            answer = self.dbsync('incremental', self.source.url(), self.target.url(), '--databases', name, '--yes',
                                 '--state-dir', 'b', '--backup-dir', 'c')
            self.expect_error(answer, 3, 'another run writes to the target: connection')
        holder.run('ROLLBACK')
        self.expect_exit(running.wait(60), 0)

    def test_15_copies_of_several_databases_are_nobody_elses_to_drop(self):
        first, other = self.two_databases()
        third = self.new_database()
        holder = self.target.session(other)
        self.addCleanup(holder.close)
        holder.run('BEGIN')
        holder.run('SELECT * FROM t')
        running = self.program.start('full-sync', self.source.url(), self.target.url(), '--databases', f'{first},{other}',
                                     '--yes', '--state-dir', 'a')
        until(30, lambda: self.processes('RENAME TABLE%') or running.process.poll() is not None, 'the swap waits')
        answer = self.dbsync('incremental', self.source.url(), self.target.url(), '--databases', third, '--yes',
                             '--state-dir', 'b', '--backup-dir', 'c')
        holder.run('ROLLBACK')
        self.expect_exit(answer, 0)
        self.assertNotIn('left behind', answer.err)
        self.expect_exit(running.wait(90), 0)
        self.assertEqual(self.target.sql('SELECT * FROM t', database=first), [('1', '1'), ('2', '2')])

    def test_15_rollback_without_a_database_in_the_url_brings_foreign_keys_back(self):
        """MySQL 5.6 looks for a parent that is named alone in the database that is selected (1046)."""
        self.on_both('CREATE TABLE p (id INT PRIMARY KEY)')
        self.on_source('CREATE TABLE c (id INT PRIMARY KEY, p INT)')
        self.on_target('CREATE TABLE c (id INT PRIMARY KEY, p INT, CONSTRAINT k FOREIGN KEY (p) REFERENCES p (id))')
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes'), 0)
        file, = Path(self.program.folder, 'backups/database').glob('*.zst')
        self.expect_exit(self.dbsync('rollback', file, self.target.url(), '--yes'), 0)
        self.assertIn('CONSTRAINT `k` FOREIGN KEY', self.target.sql('SHOW CREATE TABLE c', database=self.db)[0][1])

    def test_15_doctor_knows_the_version(self):
        answer = self.expect_exit(self.dbsync('doctor', *self.urls()), 0)
        self.assertNotIn('not tested with so old a version', answer.text)

    def test_15_servers_of_a_busy_machine_are_streamed_from(self):
        """What they answer late is not their link: --digest auto took their digests then."""
        self.source = self.server(self.source.name, 'busy-source')
        self.target = self.server(self.target.name, 'busy-target')
        self.db = self.new_database()
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(1000))')
        self.insert('t', ('id', 'v'), [(n, "REPEAT('x', 900)") for n in range(500)])

        def doze(ending):
            while not ending.is_set():
                os.kill(self.source.pid, signal.SIGSTOP)
                time.sleep(random.uniform(0, 0.02))
                os.kill(self.source.pid, signal.SIGCONT)
                time.sleep(random.uniform(0, 0.0005))
        dozing = Background(doze)
        try:
            answers = [self.verify('--digest', 'auto', limit=120) for _ in range(5)]
        finally:
            dozing.stop()
        self.assertEqual([answer.table('t')['digest'] for answer in answers], ['stream'] * 5)


class Late(Crash):
    once = False

    def test_15_query_that_ended_before_it_was_killed(self):
        """MySQL 5.6 then interrupted whatever was prepared on that connection."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1,1), (2,2)')
        stumbles = 0
        for number in range(24, 64):
            answer = self.run_program('verify', *self.urls(), '--data-only', '--parallel', 2, fault=f'db.query:{number}:error')
            stumbles += 'reading the range again' in answer.err
            self.assertNotIn('1317', answer.text)
        self.assertGreater(stumbles, 0, 'no run stumbled while it read')


class OldTls(ServerTest):
    @once
    def test_15_tls_that_openssl_refuses_is_explained(self):
        place = self.server('mysql-5.6', 'old-tls', tls=True)
        answer = self.dbsync('verify', place.url('mysql'), self.target.url('mysql'))
        self.expect_error(answer, 4, 'TLS/SSL error', "its TLS version is older than this machine's OpenSSL supports",
                          'ssl-mode=disabled')
        answer = self.dbsync('doctor', place.url('mysql', ssl_mode='disabled'), self.target.url('mysql'))
        self.assertIn('MySQL 5.6', answer.out)
