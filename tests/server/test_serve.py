"""`dbsync serve`: jobs of a configuration, followed and run at their times, and what HTTP says of them.

The oracle of rows is SELECT of both sides; that of HTTP is Python's http.client, or sockets where no client would
write such a thing.  What only the HTTP floor can get wrong is in tests/unit/serve/test_http.c.
"""
import http.client
import json
import os
import signal
import socket
import subprocess
import threading
import time

from harness import ServerTest, like_pairs, once, program_path
from test_crashes import until

TOKEN = 'correct-horse-battery-staple'


class Service:
    """`dbsync serve`, and a client of it."""

    def __init__(self, test, jobs, *options, token=True, env=None):
        self.test = test
        self.configure(jobs)
        words = ['serve', '--config', self.path, '--listen', '127.0.0.1:0', *options]
        if token:
            words += ['--token-file', test.program.file('token', TOKEN + '\n')]
        self.running = test.program.start(*words, env=env)
        test.addCleanup(self.running.kill)
        self.running.hear('listening on http')
        self.port = int(self.running.heard.decode().split('listening on http://127.0.0.1:')[1].split('\n')[0])

    def configure(self, jobs):
        self.path = self.test.program.file('serve.json', json.dumps({
            'options': {'state_dir': 'state', 'no_backup': True, 'max_delete_percent': 100}, 'jobs': jobs}))

    def ask(self, method, path, token=None, headers=None, limit=10):
        """(status, headers, body)"""
        client = http.client.HTTPConnection('127.0.0.1', self.port, timeout=limit)
        try:
            client.request(method, path, headers={**({'Authorization': f'Bearer {token}'} if token else {}), **(headers or {})})
            answer = client.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read().decode()
        finally:
            client.close()

    def health(self):
        status, _, body = self.ask('GET', '/health')
        answer = json.loads(body)
        self.test.assertEqual(status, 200 if answer['status'] == 'ok' else 503, body)
        return answer

    def status(self):
        return json.loads(self.ask('GET', '/status')[2])

    def job(self, name='shop'):
        return next(job for job in self.status()['jobs'] if job['name'] == name)

    def post(self, path, token=TOKEN):
        status, _, body = self.ask('POST', path, token)
        return status, json.loads(body)

    def wait(self, state, name='shop', limit=60):
        """Until the job is in that state."""
        until(limit, lambda: self.job(name)['state'] == state, f'{name} is {state}')
        return self.job(name)

    def stop(self, number=signal.SIGTERM):
        self.running.signal(number)
        return self.running.wait(60)


class ServeTest(ServerTest):
    not_for_old = 'its views have no place in a log'

    def setUp(self):
        super().setUp()
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)')

    def job(self, **more):
        source, target = self.urls()
        return {'source': source, 'target': target, **more}

    def serve(self, *options, token=True, env=None, **more):
        return Service(self, {'shop': self.job(**{'follow': True, **more})}, *options, token=token, env=env)

    def rows(self, place):
        return sorted(self.session(place).run('SELECT * FROM t'))

    def expect_follows(self, limit=30):
        """What the source writes now is on the target."""
        self.on_source('INSERT INTO t SELECT MAX(id) + 1, 7 FROM t')
        until(limit, lambda: self.rows(self.target) == self.rows(self.source), 'it does not follow')


@like_pairs
class Serving(ServeTest):
    def test_a_job_is_copied_followed_and_told_of(self):
        service = self.serve()
        service.wait('ok')
        self.expect_follows()
        health = service.health()
        self.assertEqual(health['status'], 'ok')
        self.assertEqual([(job['name'], job['state']) for job in health['jobs']], [('shop', 'ok')])
        self.assertIsInstance(health['jobs'][0]['lag_seconds'], (int, float))
        self.assertEqual(service.ask('GET', '/ready')[0], 200)
        follow = service.job()['follow']
        self.assertEqual((follow['doing'], follow['incremental_runs'], follow['rows_written']['insert']), ('following', 1, 1))
        self.assertEqual([(table['database'], table['table'], table['rows_written']['insert']) for table in service.job()['tables']],
                         [(self.db, 't', 1)])
        answer = service.stop()
        self.assertEqual((answer.exit, answer.out), (0, ''), answer)

    def test_a_pause_holds_until_it_is_resumed(self):
        service = self.serve()
        service.wait('ok')
        self.assertEqual(service.post('/jobs/shop/pause'), (202, {'accepted': 'pause'}))
        self.assertEqual(service.wait('held')['reason'], 'it is paused')
        until(30, lambda: service.job()['follow']['doing'] == 'idle', 'it is so')
        self.on_source('INSERT INTO t VALUES (10, 10)')
        time.sleep(1)
        self.assertEqual(len(self.rows(self.target)), 2)
        self.assertGreater(service.job()['lag_seconds'], 0)
        self.assertEqual(service.ask('GET', '/health')[0], 503)
        self.assertEqual(service.post('/jobs/shop/resume')[0], 202)
        service.wait('ok')
        until(30, lambda: len(self.rows(self.target)) == 3, 'it is so')

    def test_a_restart_follows_anew_without_a_copy(self):
        service = self.serve()
        service.wait('ok')
        for path in ('/jobs/shop/restart', '/restart_replication'):
            before = service.job()['follow']['since']
            time.sleep(1.1)
            self.assertEqual(service.post(path)[0], 202)
            until(30, lambda: service.job()['follow']['since'] > before and service.job()['state'] == 'ok', 'it is so')
            self.expect_follows()
        self.assertEqual([service.job()['follow'][name] for name in ('restarts', 'incremental_runs')], [2, 1], service.stop())

    def test_a_command_is_run_when_it_is_asked_for_and_proves_tables(self):
        service = self.serve()
        service.wait('ok')
        self.assertIsNone(service.job()['run']['last'])
        self.assertEqual(service.post('/jobs/shop/run')[0], 202)
        until(30, lambda: service.job()['run']['last'], 'it is so')
        run = service.job()['run']
        self.assertEqual((run['command'], run['runs'], run['failed'], run['last']['exit_status'], run['last']['text']),
                         ('verify', 1, 0, 0, 'verify: equal'))
        self.assertEqual([(table['table'], bool(table['proven'])) for table in service.job()['tables']], [('t', True)])
        # one that somebody else has taken away is found by the next one, and somebody has to decide
        self.on_target('DELETE FROM t WHERE id = 1')
        service.post('/jobs/shop/run')
        until(30, lambda: service.job()['run']['runs'] == 2, 'it was run again')
        self.assertEqual([service.job()['run']['last'][name] for name in ('exit_status', 'text')], [1, 'verify: different'])
        self.assertEqual(service.health()['status'], 'held')

    def test_rows_that_others_have_written_are_held_and_told(self):
        service = self.serve()
        service.wait('ok')
        self.on_target('UPDATE t SET v = 99 WHERE id = 1')
        held = service.wait('held')
        self.assertIn('rows are held', held['reason'])
        self.assertEqual([(table['table'], table['held_rows']) for table in held['tables']], [('t', 1)])
        self.assertIn('dbsync_follow_held_rows{job="shop"} 1\n', service.ask('GET', '/metrics')[2])
        # the others go on
        self.on_source('UPDATE t SET v = 5 WHERE id = 1', 'INSERT INTO t VALUES (50, 50)')
        until(30, lambda: len(self.rows(self.target)) == 3, 'another row is there')
        self.assertEqual(service.job()['follow']['held_rows'], 1)
        self.on_target('UPDATE t SET v = 5 WHERE id = 1')
        service.wait('ok')
        self.assertEqual([table['held_rows'] for table in service.job()['tables']], [0])


@once
class Times(ServeTest):
    def test_what_has_a_schedule_is_run_at_its_time(self):
        """Within the minute that begins next: fifteen seconds are waited for at most twice."""
        service = self.serve(follow=False, schedule='* * * * *', command='incremental')
        self.assertEqual(service.health()['status'], 'ok')
        due = service.job()['run']['next']
        self.assertRegex(due, r'T\d\d:\d\d:00Z$')
        until(75, lambda: service.job()['run']['last'], 'it was not run')
        self.assertEqual(service.job()['run']['last']['began'][:17], due[:17])
        self.assertEqual(self.rows(self.target), self.rows(self.source))
        self.assertEqual(service.job()['run']['last']['text'], 'incremental: equal')
        self.assertIsNone(service.job()['follow'])

    def test_what_is_wrong_with_a_job_is_said_before_anything_begins(self):
        lock = 'a job that is followed has the lock on its target: its command can be verify or dry-run, and not incremental'
        for job, words in (({'schedule': '61 * * * *'}, 'a range, a list of these, or a step (*/5)'),
                           ({'schedule': '0 4 *'}, 'is no schedule: it takes minute, hour, day, month and weekday, as crontab does'),
                           ({'schedule': '0 4 * * * root'}, 'is no schedule: something follows its five fields'),
                           ({'schedule': 5}, 'it takes a text, as crontab has it'),
                           ({'follow': 'yes'}, 'true or false'), ({'follow': True, 'command': 'incremental'}, lock),
                           ({'command': 'rollback'}, 'it takes one of incremental'), ({'scheduled': '@daily'}, 'schedule')):
            path = self.program.file('bad.json', json.dumps({'jobs': {'shop': self.job(**job)}}))
            for command in (('serve', '--config', path, '--listen', 'none'), ('config', 'check', '--config', path)):
                answer = self.dbsync(*command)
                self.expect_exit(answer, 2)
                self.assertIn(words, answer.err)
                self.assertIn('shop', answer.err)

    def test_a_configuration_without_jobs_serves_nothing(self):
        path = self.program.file('none.json', '{}')
        self.assertIn('there is nothing to serve', self.expect_exit(self.dbsync('serve', '--config', path), 2).err)
        self.assertIn('--config', self.expect_exit(self.dbsync('serve'), 2).err)


@once
class Trouble(ServeTest):
    def through_link(self):
        """A service whose source is behind a link with faults; it has caught up."""
        link = self.link(self.source)
        service = Service(self, {'shop': {**self.job(follow=True), 'source': link.url(self.db)}})
        service.wait('ok')
        return link, service

    def test_a_source_that_is_away_is_broken_and_is_waited_for(self):
        link, service = self.through_link()
        link.say('refuse')
        broken = service.wait('broken')
        self.assertEqual(broken['follow']['doing'], 'waiting')
        self.assertTrue(broken['errors'])
        self.assertGreaterEqual(broken['lag_seconds'], 5)
        self.on_source('INSERT INTO t VALUES (60, 60)')
        link.say('accept')
        service.wait('ok')
        until(30, lambda: self.rows(self.target) == self.rows(self.source), 'what was written meanwhile is there')

    def test_a_job_that_cannot_begin_is_tried_again(self):
        """A target whose database nobody may make; then somebody does."""
        service = Service(self, {'shop': {**self.job(), 'source': self.source.url('not_there'), 'follow': True}})
        held = service.wait('broken')
        self.assertGreaterEqual(held['follow']['failures'], 1)
        self.assertIn('not_there', held['reason'])
        self.source.sql('CREATE DATABASE not_there')
        self.addCleanup(self.source.sql, 'DROP DATABASE not_there')
        service.wait('ok')

    def test_a_reload_keeps_what_is_as_it_was(self):
        service = self.serve()
        service.wait('ok')
        since = service.job()['follow']['since']
        time.sleep(1.1)
        both = {'shop': self.job(follow=True), 'second': self.job(schedule='@yearly', command='verify')}
        service.configure(both)
        service.running.signal(signal.SIGHUP)
        until(30, lambda: len(service.status()['jobs']) == 2, 'it is so')
        self.assertEqual(service.job()['follow']['since'], since)
        # another definition is another job: stopped, and begun
        service.configure({'shop': self.job(follow=True, options={'retries': 7})})
        service.running.signal(signal.SIGHUP)
        until(30, lambda: len(service.status()['jobs']) == 1 and service.job()['follow']['since'] > since, 'it is so')
        service.wait('ok')
        # one that is not valid changes nothing, and is said
        service.test.program.file('serve.json', '{"jobs": {"shop": {"follow": 3}}}')
        service.running.signal(signal.SIGHUP)
        until(30, lambda: service.health()['status'] == 'held', 'it is so')
        self.assertIn('true or false', service.health()['reason'])
        self.assertEqual(service.job()['state'], 'ok')
        self.expect_follows()

    def test_a_job_under_another_name_goes_on_at_once(self):
        """The lock on its target is free when the old one has ended."""
        service = self.serve()
        service.wait('ok')
        service.configure({'renamed': self.job(follow=True)})
        service.running.signal(signal.SIGHUP)
        until(20, lambda: [(job['name'], job['state']) for job in service.status()['jobs']] == [('renamed', 'ok')], 'it goes on')

    def test_a_server_that_says_nothing_is_broken(self):
        link, service = self.through_link()
        link.say('freeze')
        broken = service.wait('broken', limit=30)
        self.assertIn('has not answered for more than ten seconds', broken['reason'])
        self.assertGreater(broken['lag_seconds'], 9)
        link.say('thaw')
        service.wait('ok')

    def test_a_job_that_goes_is_stopped(self):
        service = self.serve()
        service.wait('ok')
        service.configure({'second': self.job(schedule='@yearly', command='verify')})
        service.running.signal(signal.SIGHUP)
        until(30, lambda: [job['name'] for job in service.status()['jobs']] == ['second'], 'it is so')
        # its lock is free again
        self.expect_exit(self.dbsync('incremental', *self.urls(), '--yes', '--no-backup'), 0)

    def test_what_is_being_written_is_there_when_it_was_stopped(self):
        service = self.serve()
        service.wait('ok')
        stop = threading.Event()
        writer = threading.Thread(target=self.write_until, args=(stop,))
        writer.start()
        try:
            time.sleep(1)
            answer = service.stop()
        finally:
            stop.set()
            writer.join()
        self.assertEqual(answer.exit, 0, answer)
        again = self.serve()
        again.wait('ok')
        until(30, lambda: self.rows(self.target) == self.rows(self.source), 'it is so')
        self.assertEqual(again.job()['follow']['incremental_runs'], 0)

    def write_until(self, stop):
        session = self.session(self.source)
        while not stop.is_set():
            session.run('INSERT INTO t SELECT MAX(id) + 1, 8 FROM t')

    def test_servers_that_do_not_answer_hold_up_no_stop(self):
        """Connections that are frozen are shut after five seconds."""
        link, service = self.through_link()
        link.say('freeze')
        self.on_source('INSERT INTO t VALUES (60, 60)')
        time.sleep(1)
        began = time.monotonic()
        answer = service.stop()
        self.assertEqual(answer.exit, 0, answer)
        self.assertLess(time.monotonic() - began, 30)


@once
class Told(ServeTest):
    """Those that are told without asking."""

    def test_a_command_hears_of_each_state(self):
        heard = os.path.join(self.program.folder, 'heard')
        service = self.serve('--on-state', f'echo "$DBSYNC_JOB $DBSYNC_STATE $DBSYNC_REASON" >> {heard}')
        service.wait('ok')
        service.post('/jobs/shop/pause')
        service.wait('held')
        answer = service.stop()
        with open(heard, encoding='utf-8') as lines:
            self.assertEqual([line.strip() for line in lines], ['shop lagging', 'shop ok', 'shop held it is paused'], answer)

    def test_a_command_that_takes_long_holds_up_nothing(self):
        service = self.serve('--on-state', 'sleep 20')
        began = time.monotonic()
        service.wait('ok')
        self.expect_follows()
        self.assertLess(time.monotonic() - began, 15)

    def test_a_command_that_hangs_does_not_hold_up_the_end(self):
        service = self.serve('--on-state', 'sleep 60')
        service.wait('ok')
        service.running.signal(signal.SIGTERM)
        # its stderr is open for as long as the command has it
        self.assertEqual(service.running.process.wait(20), 0)

    def test_a_command_has_no_connections(self):
        heard = os.path.join(self.program.folder, 'heard')
        service = self.serve('--on-state', f'ls -l /proc/$$/fd >> {heard}')
        service.wait('ok')
        service.stop()
        with open(heard, encoding='utf-8') as lines:
            text = lines.read()
        self.assertIn('/dev/null', text)
        self.assertNotIn('socket', text)

    def test_who_does_not_read_stops_nothing(self):
        """stderr is a pipe that is full."""
        place = os.path.join(self.program.folder, 'sock')
        path = self.program.file('serve.json', json.dumps({'options': {'state_dir': 'state', 'no_backup': True}, 'jobs': {'shop': self.job(follow=True)}}))
        reads, writes = os.pipe()
        os.set_blocking(writes, False)
        try:
            while True:
                os.write(writes, b'x' * 4096)
        except BlockingIOError:
            os.set_blocking(writes, True)
        running = subprocess.Popen([program_path(), 'serve', '--config', path, '--listen', f'unix:{place}'], stderr=writes, stdin=subprocess.DEVNULL,
                                   cwd=self.program.folder, env=self.program.environment())
        self.addCleanup(lambda: running.poll() is None and running.kill())
        self.addCleanup(os.close, reads)
        self.addCleanup(os.close, writes)
        self.on_source('INSERT INTO t VALUES (30, 30)')
        until(30, lambda: sorted(self.tables_of_target()) == ['t'] and self.rows(self.target) == self.rows(self.source), 'it follows')
        running.terminate()
        self.assertEqual(running.wait(20), 0)

    def tables_of_target(self):
        return [name for name, in self.session(self.target).run('SHOW TABLES')]

    def test_systemd_is_told(self):
        path = os.path.join(self.program.folder, 'notify')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.bind(path)
            sock.settimeout(10)
            service = self.serve(follow=False, env={'NOTIFY_SOCKET': path})
            said = [sock.recv(1000).decode() for _ in range(2)]
            self.assertEqual(said, ['READY=1', 'WATCHDOG=1'])
            service.running.signal(signal.SIGHUP)
            while 'RELOADING=1' not in said[-1]:
                said.append(sock.recv(1000).decode())
            self.assertRegex(said[-1], r'^RELOADING=1\nMONOTONIC_USEC=\d+$')
            self.assertEqual(sock.recv(1000), b'READY=1')
            service.running.signal(signal.SIGTERM)
            while said[-1] != 'STOPPING=1':
                said.append(sock.recv(1000).decode())


@once
class Http(ServeTest):
    def setUp(self):
        super().setUp()
        self.service = self.serve(follow=False)

    def test_whoever_asks_needs_the_token(self):
        for token in (None, '', 'wrong', TOKEN[:-1], TOKEN + 'x', TOKEN.upper()):
            status, answer = self.service.post('/jobs/shop/run', token)
            self.assertEqual(status, 403, token)
            self.assertNotIn(TOKEN, json.dumps(answer))
        status, _, _ = self.service.ask('POST', '/jobs/shop/run', headers={'Authorization': f'Basic {TOKEN}'})
        self.assertEqual(status, 403)
        self.assertEqual(self.service.job()['run']['runs'], 0)
        self.assertEqual(self.service.post('/jobs/shop/run')[0], 202)
        until(30, lambda: self.service.job()['run']['runs'] == 1, 'it is so')

    def test_without_a_token_nobody_can_ask(self):
        service = Service(self, {'shop': self.job()}, token=False)
        status, answer = service.post('/jobs/shop/run', TOKEN)
        self.assertEqual(status, 403)
        self.assertIn('--token-file', answer['error'])

    def test_what_is_not_there_is_said(self):
        self.assertEqual(self.service.post('/jobs/none/run')[0], 404)
        self.assertEqual(self.service.post('/jobs/shop/dance')[0], 404)
        self.assertEqual(self.service.post('/jobs//run')[0], 404)
        self.assertEqual(self.service.ask('GET', '/none')[0], 404)
        status, headers, _ = self.service.ask('GET', '/jobs/shop/run')
        self.assertEqual((status, headers['Allow']), (405, 'POST'))
        status, headers, _ = self.service.ask('POST', '/health')
        self.assertEqual((status, headers['Allow']), (405, 'GET, HEAD'))
        self.assertEqual(self.service.post('/jobs/shop/restart')[0], 409)
        self.assertEqual(self.service.post('/restart_replication')[0], 409)

    def test_a_name_that_a_page_may_have_led_here_needs_the_token(self):
        for host in ('evil.example', 'evil.example:80', 'localhost.evil.example'):
            self.assertEqual(self.service.ask('GET', '/status', headers={'Host': host})[0], 401, host)
            self.assertEqual(self.service.ask('GET', '/status', TOKEN, headers={'Host': host})[0], 200, host)
            self.assertEqual(self.service.ask('GET', '/', headers={'Host': host})[0], 200, host)
            self.assertEqual(self.service.ask('GET', '/metrics', headers={'Host': host})[0], 401, host)
            status, _, body = self.service.ask('GET', '/health', headers={'Host': host})
            self.assertEqual((status, json.loads(body)), (200, {'status': 'ok'}))
        for host in ('localhost', 'localhost:1', '127.0.0.1', '[::1]:8306'):
            self.assertEqual(self.service.ask('GET', '/status', headers={'Host': host})[0], 200, host)

    def test_metrics_are_those_of_prometheus(self):
        self.service.post('/jobs/shop/run')
        until(30, lambda: self.service.job()['run']['runs'] == 1, 'it is so')
        status, headers, text = self.service.ask('GET', '/metrics')
        self.assertEqual((status, headers['Content-Type'][:24]), (200, 'text/plain; version=0.0.'))
        samples = [line for line in text.splitlines() if not line.startswith('#')]
        for line in samples:
            self.assertRegex(line, r'^[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+$')
        self.assertIn('dbsync_run_total{job="shop"} 1', samples)
        self.assertIn('dbsync_job_state{job="shop",state="ok"} 1', samples)
        self.assertIn(f'dbsync_table_proof_age_seconds{{job="shop",database="{self.db}",table="t"}}', text)
        for name in {line.split('{')[0].split(' ')[0] for line in samples}:
            self.assertIn(f'# TYPE {name} ', text)

    def test_a_stream_tells_each_second(self):
        client = http.client.HTTPConnection('127.0.0.1', self.service.port, timeout=10)
        self.addCleanup(client.close)
        client.request('GET', '/status', headers={'Accept': 'text/event-stream'})
        answer = client.getresponse()
        self.assertEqual((answer.status, answer.getheader('Content-Type')), (200, 'text/event-stream'))
        times, data = [], b''
        while len(times) < 3:
            line = answer.readline()
            if line.startswith(b'data: '):
                times.append(json.loads(line[6:])['now'])
        self.assertEqual(len(set(times)), 3, times)

    def test_a_thousand_requests_at_once_are_answered(self):
        answers, barrier = [], threading.Barrier(100)

        def ask():
            barrier.wait()
            for _ in range(10):
                answers.append(self.service.ask('GET', '/health', limit=30)[0])
        threads = [threading.Thread(target=ask) for _ in range(100)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual((len(answers), set(answers)), (1000, {200}))

    def test_slow_clients_hold_up_nobody(self):
        slow = [socket.create_connection(('127.0.0.1', self.service.port)) for _ in range(200)]
        self.addCleanup(lambda: [connection.close() for connection in slow])
        for connection in slow:
            connection.sendall(b'GET /health HTTP/1.1\r\nHost: localhost\r\nX: ')
        began = time.monotonic()
        self.assertEqual(self.service.ask('GET', '/health')[0], 200)
        self.assertLess(time.monotonic() - began, 2)


@once
class Places(ServeTest):
    def test_a_token_that_others_may_read_is_refused(self):
        path = self.program.file('serve.json', json.dumps({'jobs': {'shop': self.job()}}))
        for text, mode, code, words in ((TOKEN, 0o644, 3, 'others may read it'), (TOKEN, 0o666, 3, 'chmod go-w'),
                                        ('short', 0o600, 2, 'a token has at least 16'), ('two\nlines', 0o600, 2, 'more than one line'),
                                        ('with spaces in between', 0o600, 2, 'without spaces')):
            token = self.program.file('token', text, mode)
            answer = self.expect_exit(self.dbsync('serve', '--config', path, '--token-file', token), code)
            self.assertIn(words, answer.err)
            self.assertNotIn(text, answer.err)
        answer = self.expect_exit(self.dbsync('serve', '--config', path, '--token-file', 'none'), 2)
        self.assertIn('there is no such file', answer.err)

    def test_a_socket_of_a_file_is_the_users_alone(self):
        path = self.program.file('serve.json', json.dumps({'jobs': {'shop': self.job()}}))
        place = os.path.join(self.program.folder, 'sock')
        running = self.program.start('serve', '--config', path, '--listen', f'unix:{place}')
        self.addCleanup(running.kill)
        running.hear('listening on unix:')
        self.assertEqual(os.stat(place).st_mode & 0o777, 0o600)
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(place)
            sock.sendall(b'GET /health HTTP/1.0\r\n\r\n')
            self.assertIn(b'"name":"shop"', sock.makefile('rb').read())
        # another one cannot take it, and what is no socket stays
        answer = self.expect_exit(self.dbsync('serve', '--config', path, '--listen', f'unix:{place}'), 5)
        self.assertIn('Address already in use', answer.err)
        running.kill()
        running.wait()
        again = self.program.start('serve', '--config', path, '--listen', f'unix:{place}')
        again.hear('listening on unix:')
        again.signal(signal.SIGTERM)
        again.wait()
        self.assertFalse(os.path.exists(place))
        self.program.file('sock', 'of somebody')
        answer = self.expect_exit(self.dbsync('serve', '--config', path, '--listen', f'unix:{place}'), 5)
        self.assertIn('is no socket', answer.err)
        self.assertTrue(os.path.exists(place))

    def test_a_network_that_others_can_read_is_named(self):
        path = self.program.file('serve.json', json.dumps({'jobs': {'shop': self.job()}}))
        for place, is_named in (('127.0.0.1:0', False), ('[::1]:0', False), ('0.0.0.0:0', True)):
            running = self.program.start('serve', '--config', path, '--listen', place)
            running.hear('listening on http')
            running.signal(signal.SIGTERM)
            answer = running.wait()
            self.assertEqual(('there is no TLS' in answer.err, answer.exit), (is_named, 0), answer)

    def test_places_that_make_no_sense_are_refused(self):
        path = self.program.file('serve.json', json.dumps({'jobs': {'shop': self.job()}}))
        for place, code in (('8306', 2), ('localhost', 2), ('localhost:', 2), (':8306', 2), ('localhost:99999', 2), ('::1:8306', 2),
                            ('no.such.host.invalid:80', 2), ('192.0.2.1:8306', 5), (f'127.0.0.1:{self.source.port}', 5), ('unix:', 2)):
            answer = self.expect_exit(self.dbsync('serve', '--config', path, '--listen', place), code)
            self.assertIn('listen', answer.err)

    def test_options_that_make_no_sense_are_refused(self):
        path = self.program.file('serve.json', json.dumps({'jobs': {'shop': self.job()}}))
        for words, said in ((('mysql://a@b/c',), 'takes no operands'), (('--tls-cert', 'x'), '--tls-cert and --tls-key go together'), (('--lagging-after', 0), 'lagging-after')):
            self.assertIn(said, self.expect_exit(self.dbsync('serve', '--config', path, *words), 2).err)

    def test_no_password_is_told(self):
        service = self.serve()
        service.wait('ok')
        everything = ''.join(service.ask('GET', path)[2] for path in ('/', '/health', '/status', '/metrics'))
        self.assertNotIn(':dbsync@', everything)
        answer = service.stop()
        self.assertNotIn(':dbsync@', answer.err)
        self.assertNotIn(TOKEN, answer.err + everything)
