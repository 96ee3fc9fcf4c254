"""Throttling: what a run waits for, and that it waits for nothing else."""
import json
import os
import signal
import time

import test_sources_of_trouble
from test_writing import WritingTest


class Waiting(WritingTest):
    scope = ()
    once = True

    def create(self, rows=2000, differing=50, width=100):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)')
        for start in range(0, rows, 2000):
            values = ','.join(f"({n},{n},REPEAT('x',{width}))" for n in range(start, min(start + 2000, rows)))
            self.on_both(f'INSERT INTO t VALUES {values}')
        self.on_target(f'UPDATE t SET v = -1 WHERE id < {differing}')

    def within(self, seconds, condition, what):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f'not within {seconds} s: {what}')
            time.sleep(0.05)

    def begin(self, command, *words):
        """It says on stderr what it waits for."""
        return self.program.start(command, *self.urls(), '--json', '--progress', 'json', *words)

    def still_waits(self, running, seconds=0.5):
        """It says so, and does not end all the same."""
        running.hear('"event":"waiting"')
        time.sleep(seconds)
        self.assertIsNone(running.process.poll(), 'it has ended instead of waiting')

    def reasons(self, answer):
        """What was waited for, and how often that was said."""
        lines = [json.loads(line) for line in answer.err.splitlines() if line.startswith('{')]
        return {line['reason'] for line in lines if line['event'] == 'waiting'}

    def pause(self):
        return self.program.file('pause', '')

    def test_pause_file(self):
        self.create()
        file = self.pause()
        running = self.begin('verify', '--pause-file', 'pause')
        running.hear('note: waiting: ')     # a note is worth what lasts for a while
        self.still_waits(running)
        os.unlink(file)
        answer = self.expect_exit(running.wait(20), 1)
        self.assertEqual(self.reasons(answer), {'the file pause exists (--pause-file)'}, str(answer))
        self.assertIn('note: waiting: the file pause exists', answer.err, str(answer))
        self.assertRegex(answer.err, r'note: going on, after \d', str(answer))
        self.assertEqual(json.loads(answer.out)['differences'], 50, str(answer))

    def test_stop_ends_the_waiting(self):
        self.create()
        self.pause()
        for command in (('verify',), ('incremental', '--yes'), ('full-sync', '--yes')):
            running = self.begin(*command, '--pause-file', 'pause')
            self.still_waits(running)
            running.signal(signal.SIGINT)
            answer = running.wait(20)
            self.assertEqual((answer.exit, answer.note), (7, ''), str(answer))

    def test_writing_stops_between_two_batches(self):
        """No transaction is open meanwhile: others may change the rows."""
        self.create(rows=30000, differing=30000)
        self.pause()
        os.unlink(os.path.join(self.program.folder, 'pause'))
        running = self.begin('incremental', '--yes', '--rate', 3, '--parallel', 1, '--copy-min-rows', 0,
                             '--pause-file', 'pause', '--max-delete-percent', 100)
        done = 'SELECT COUNT(*) FROM t WHERE v >= 0'
        self.within(60, lambda: self.on_target(done) != [('0',)], 'it has begun to write')
        self.pause()
        running.hear('"event":"waiting"')
        time.sleep(1)       # a batch that was under way
        before = self.on_target(done)
        self.still_waits(running, 2)
        self.assertEqual(self.on_target(done), before)
        self.assertNotEqual(before, [('30000',)])
        self.assertEqual(self.on_target("SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_rows_modified > 0"), [('0',)])
        os.unlink(os.path.join(self.program.folder, 'pause'))
        self.expect_exit(running.wait(120), 0)
        self.same_rows('t', count=30000)

    def test_rate_of_all_connections_together(self):
        """A lower bound, which holds on any machine: so many bytes cannot have come more quickly."""
        self.create(rows=8000, differing=0, width=300)
        answer = self.expect_exit(self.verify('--rate', 1.5, '--digest', 'stream', '--parallel', 4), 0)
        received = answer.json['bytes_received']
        self.assertGreater(received['source'] + received['target'], 4000000, str(answer))
        self.assertGreater(answer.seconds, (received['source'] + received['target']) / 1.5e6 - 0.5, str(answer))
        self.assertEqual(answer.json['rows_compared'], 8000, str(answer))

    def test_load_of_a_side(self):
        self.create()
        self.target = self.own_target('load')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)')
        sessions = [self.target.session(self.db) for _ in range(30)]
        running = self.begin('verify', '--max-load', 'Threads_connected=25')
        self.still_waits(running)
        for session in sessions:
            session.close()
        answer = self.expect_exit(running.wait(20), 1)
        self.assertTrue(all(reason.startswith('Threads_connected of the target is ') and '(--max-load 25)' in reason
                            for reason in self.reasons(answer)), str(answer))
        self.assertTrue(self.reasons(answer), str(answer))

    def own_target(self, role):
        target = self.server(self.target.name, f'{role}-{os.getpid()}')
        self.new_database(target, name=self.db)
        return target

    def test_replica_that_hangs_neither_lets_go_on_nor_keeps_from_ending(self):
        """A host that hangs, and does not die: it answers nothing, and closes nothing."""
        self.create(rows=10000, width=300)
        replica = self.server(self.target.name, f'hung-{os.getpid()}-of-{self.target.pid}')
        test_sources_of_trouble.Replicas.follow(self, replica, self.target)
        words = ('--max-lag', 1000, '--replicas', f'127.0.0.1:{replica.port}')
        running = self.start_hung(replica, words)
        try:
            running.hear('cannot be asked')     # the watch has lost its patience
            self.still_waits(running)
            running.signal(signal.SIGINT)
            answer = running.wait(15)
        finally:
            os.kill(replica.pid, signal.SIGCONT)
        self.assertEqual((answer.exit, answer.note), (7, ''), str(answer))
        self.assertIn('cannot be asked', answer.err, str(answer))

    def start_hung(self, replica, words):
        running = self.begin('verify', '--rate', 0.3, '--digest', 'stream', *words)
        running.hear('"event"')     # it has begun: the first look is behind it
        os.kill(replica.pid, signal.SIGSTOP)
        return running

    def test_side_that_dies_ends_the_run(self):
        self.create()
        self.target = self.own_target('dies')
        self.on_target('CREATE TABLE t (id INT PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)')
        file = self.pause()
        running = self.begin('verify', '--pause-file', 'pause', '--max-load', 'Threads_running=1000', '--retries', 2)
        self.still_waits(running)
        os.kill(self.target.pid, signal.SIGKILL)
        os.unlink(file)
        answer = running.wait(40)
        self.assertEqual((answer.exit, answer.note), (4, ''), str(answer))

    def test_views_are_renewed_though_connections_were_lost(self):
        self.create()
        file = self.pause()
        running = self.begin('verify', '--pause-file', 'pause', '--max-snapshot-age', 1)
        self.still_waits(running, 2.5)
        for place in (self.source, self.target):
            for number, in place.sql(f"SELECT id FROM information_schema.processlist WHERE db = '{self.db}' AND id <> CONNECTION_ID() "
                                     "AND command = 'Sleep' AND time > 1"):
                place.sql(f'KILL {number}')
        os.unlink(file)
        answer = self.expect_exit(running.wait(30), 1)
        self.assertEqual(json.loads(answer.out)['differences'], 50, str(answer))

    def test_nice(self):
        self.create()
        file = self.pause()
        running = self.begin('verify', '--pause-file', 'pause', '--nice')
        self.still_waits(running)
        with open(f'/proc/{running.process.pid}/stat', encoding='ascii') as stat:
            nice = int(stat.read().rsplit(')', 1)[1].split()[16])
        os.unlink(file)
        self.expect_exit(running.wait(20), 1)
        self.assertEqual(nice, min(19, os.nice(0) + 10))

    def test_words_that_make_no_sense(self):
        self.create()
        for words, text in ((('--max-lag', 5), '--max-lag requires --replicas: which servers should be checked?'),
                            (('--replicas', 'db3'), '--replicas requires --max-lag: by how much may they lag?'),
                            (('--max-lag', 5, '--replicas', 'user:geheim@db3'), '--replicas takes HOST[:PORT]; user and password are those of the target'),
                            (('--max-lag', 5, '--replicas', f'127.0.0.1:{self.target.port}'), 'names a server that is not a replica'),
                            (('--max-lag', 5, '--replicas', '127.0.0.1:1', '--retries', 1), '127.0.0.1:1'),
                            (('--max-load', 'Threads_running'), 'Threads_running=50'),
                            (('--max-load', 'Threads running=5'), 'Threads_running=50'),
                            (('--max-load', 'Threads_running=-5'), 'Threads_running=50'),
                            (('--max-load', 'Threads_runing=5'), 'no status variable `Threads_runing`'),
                            (('--max-load', 'Ssl_cipher=5'), 'that is a number'),
                            (('--rate', 'fast'), '--rate takes MB/S'),
                            (('--rate', '0.0001'), '--rate takes MB/S of at least 0.001, or 0, not `0.0001`'),
                            (('--nice=20',), '--nice')):
            answer = self.expect_error(self.verify(*words, as_json=False), 4 if '127.0.0.1:1' in words else 2, text)
            self.assertNotIn('geheim', answer.text)

    def test_views_are_renewed(self):
        """Every row is compared once all the same, and the report says what the views are worth."""
        self.create(rows=60000, differing=0, width=800)
        self.on_target('UPDATE t SET v = -1 WHERE id IN (0, 29999, 59999)')
        self.on_both('ANALYZE TABLE t')
        words = ('--max-snapshot-age', 1, '--rate', 30, '--digest', 'stream', '--parallel', 2)
        answer = self.expect_exit(self.verify(*words, '--details', 9), 1)
        self.assertEqual(answer.json['consistency'], {'source': 'renewed', 'target': 'renewed'}, str(answer))
        table = answer.table('t')
        self.assertEqual((table['update'], table['insert'], table['delete'], table['rows_source']), (3, 0, 0, 60000), str(answer))
        written = self.expect_exit(self.incremental(*words), 0)
        self.assertEqual(written.json['consistency']['source'], 'renewed', str(written))
        self.same_rows('t', count=60000)


class Lag(test_sources_of_trouble.Replicas):
    """HC-117: a replica of the target that cannot keep up."""

    def test_replica_that_stands_or_lags_is_waited_for(self):
        words = ('--max-lag', 2, '--replicas', f'127.0.0.1:{self.target.port}')
        target = self.server(self.source.name, 'target')
        self.new_database(target, name=self.db)
        target.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', database=self.db)
        urls = (self.source.url(self.db), target.url(self.db))
        self.expect_exit(self.dbsync('verify', *urls, *words), 1)
        self.target.sql(self.words['pause'])
        running = self.program.start('incremental', *urls, '--yes', '--progress', 'json', *words)
        running.hear('does not replicate')
        time.sleep(0.5)
        self.assertIsNone(running.process.poll(), 'it did not wait')
        self.assertEqual(target.sql('SELECT COUNT(*) FROM t', database=self.db), [('0',)])
        self.target.sql(self.words['go'])
        answer = self.expect_exit(running.wait(30), 0)
        self.assertIn('does not replicate', answer.err, str(answer))
        self.assertEqual(target.sql('SELECT COUNT(*) FROM t', database=self.db), [('500',)])


# those of Replicas are run where they stand
for inherited in [name for name in dir(test_sources_of_trouble.Replicas) if name.startswith('test_')]:
    setattr(Lag, inherited, None)
