"""The page of `dbsync serve` in a browser: what it says of jobs as they go well and badly, its buttons, and how it looks.

The oracle is what the test has done to the servers and to the service, not what /status says of it.
"""
import http.server
import json
import threading
import time
import unittest

import browser
from harness import once
from test_crashes import until
from test_report import MEASURE, WIDTHS, Ear
from test_serve import TOKEN, ServeTest, Service

MARKUP = '<img src=x onerror=alert(1)>'
# What is under way when the page is opened would hide what a page asks for later.
WATCHED = ('Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled', 'Network.requestWillBeSent')
KEYS = {'Enter': 13, 'Escape': 27, 'Tab': 9}


class Watcher(browser.Browser):
    """Keeps what the page asked for, and what the browser complains about."""

    def __init__(self, *words):
        self.heard = []
        super().__init__(*words)
        for domain in ('Log', 'Runtime', 'Network'):
            self.call(f'{domain}.enable')

    def receive(self):
        message = super().receive()
        if message.get('method') in WATCHED:
            self.heard.append(message)
        return message

    def complaints(self):
        self.value('1')
        return [message['params'] for message in self.heard if message['method'] != 'Network.requestWillBeSent']

    def asked(self):
        self.value('1')     # what comes before its answer is heard
        return [message['params']['request']['url'] for message in self.heard if message['method'] == 'Network.requestWillBeSent']

    def open(self, url, width=1280, height=900, is_dark=False):
        self.resize(width, height, is_dark)
        self.seen.clear()
        self.call('Page.navigate', url=url)
        self.wait_for('Page.loadEventFired')

    def resize(self, width=1280, height=900, is_dark=False):
        self.call('Emulation.setDeviceMetricsOverride', width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call('Emulation.setEmulatedMedia', media='screen',
                  features=[{'name': 'prefers-color-scheme', 'value': 'dark' if is_dark else 'light'}])

    def press(self, key):
        for kind in ('rawKeyDown', 'char', 'keyUp') if key == 'Enter' else ('rawKeyDown', 'keyUp'):
            self.call('Input.dispatchKeyEvent', type=kind, key=key, code=key, windowsVirtualKeyCode=KEYS[key], text='\r' if kind == 'char' else '')

    def type(self, text):
        self.call('Input.insertText', text=text)


@unittest.skipUnless(browser.PROGRAM, browser.MISSING)
class PageTest(ServeTest):
    def setUp(self):
        super().setUp()
        self.ear = Ear()
        self.addCleanup(self.ear.close)
        # what is not of this machine goes to the proxy
        self.browser = Watcher(self.program.environment(), f'--proxy-server=http://127.0.0.1:{self.ear.server.server_port}')
        self.addCleanup(self.browser.close)
        self.value = self.browser.value

    def open(self, port, **how):
        self.origin = f'http://127.0.0.1:{port}'
        self.browser.open(f'{self.origin}/', **how)
        until(10, lambda: self.value('document.querySelector(".job, .old .verdict") !== null'), 'the page is filled')

    def text(self, selector):
        return self.value(f'(document.querySelector({json.dumps(selector)}) || {{}}).innerText')

    def verdict(self):
        """Word, colour and sign of the state of all."""
        return self.value('''(() => { const verdict = document.getElementById('verdict');
            return [verdict.textContent, verdict.className, getComputedStyle(verdict, '::before').content.replace(/"/g, '')]; })()''')

    def wait_for(self, state, limit=30):
        until(limit, lambda: self.verdict()[0] == state, f'the page says {state}')

    def click(self, selector):
        until(10, lambda: self.value(f'document.querySelector({json.dumps(selector)}) !== null'), f'there is {selector}')
        self.value(f'(() => {{ const found = document.querySelector({json.dumps(selector)}); found.focus(); found.click(); }})()')

    def said(self, text, limit=10):
        until(limit, lambda: text in self.text('.said'), f'the page says {text}: {self.text(".said")}')

    def expect_quiet(self):
        """No complaint, and no request to another place."""
        self.assertEqual(self.browser.complaints(), [])
        self.assertEqual([url for url in self.browser.asked() if not url.startswith((self.origin + '/', 'data:'))], [])
        self.assertGreater(len(self.browser.asked()), 3)
        self.assertEqual(self.value('window.wasRun'), None)


@once
class States(PageTest):
    def test_says_how_it_goes(self):
        link = self.link(self.source)
        service = Service(self, {'shop': {'source': link.url(self.db), 'target': self.target.url(self.db), 'follow': True, 'schedule': '0 4 * * *'}})
        service.wait('ok')
        self.open(service.port)
        self.wait_for('ok')
        self.assertEqual(self.verdict(), ['ok', 'verdict ok', '✓'])
        self.assertEqual(self.text('#lead'), '1 job, ok')
        self.expect_growing_age()
        self.on_source('INSERT INTO t VALUES (3, 3), (4, 4)')
        until(20, lambda: '2 inserted' in self.text('.job'), 'rows written are counted')
        self.assertIn('following for', self.text('.job'))
        self.expect_run(service)
        self.expect_pause(service)
        self.expect_quiet()
        link.say('refuse')
        self.wait_for('lagging', 4)
        self.assertEqual(self.verdict(), ['lagging', 'verdict lagging', '…'])
        self.wait_for('broken')
        self.assertEqual(self.verdict(), ['broken', 'verdict broken', '×'])
        self.assertEqual(self.text('#bad'), 'broken shop')
        self.assertIn('waiting for', self.text('.job'))
        self.assertIn('error', self.text('.folds'))
        link.say('accept')
        self.wait_for('ok')
        self.assertEqual(self.text('#bad'), '')
        self.expect_quiet()
        self.expect_silence_is_said(service)

    def expect_growing_age(self):
        before = self.text('#fresh')
        until(5, lambda: self.text('#fresh') != before, 'the page goes on')

    def expect_run(self, service):
        """A command is run by the button, with the keyboard alone; what it proved is there."""
        self.assertIn('not yet found equal', self.text('.folds'))
        self.click('[data-wish=run]')
        self.assertEqual(self.value('document.activeElement.id'), 'token')
        self.browser.press('Escape')
        self.assertEqual(self.value('[document.activeElement.dataset.wish, document.getElementById("token")]'), ['run', None])
        self.browser.press('Enter')
        self.browser.type('not-the-token-at-all')
        self.browser.press('Enter')
        self.said('the token is needed')
        self.assertEqual(self.value('sessionStorage.length'), 0, 'a wrong token is forgotten')
        # (of the answer: this one is wanted)
        self.browser.heard = [message for message in self.browser.heard
                              if '403' not in message['params'].get('entry', {}).get('text', '')]
        self.browser.press('Enter')
        self.browser.type(TOKEN)
        self.browser.press('Enter')
        self.said('run: accepted')
        self.assertEqual(self.value('[sessionStorage.length, localStorage.length, document.cookie]'), [1, 0, ''])
        until(30, lambda: self.text('.mark.ok') == 'equal', 'the run went well')
        self.assertIn('✓', self.value('getComputedStyle(document.querySelector(".mark"), "::before").content'))
        until(5, lambda: 'the oldest proof' in self.text('.folds'), 'its proof is there')
        self.click('.folds summary')
        until(5, lambda: self.text('tbody tr') is not None, 'the tables are there')
        self.assertRegex(self.text('tbody tr'), rf'^{self.db}\.t\s+(just now|\d+ s ago)\s+2 inserted$')

    def expect_pause(self, service):
        self.click('[data-wish=pause]')
        self.wait_for('held')
        self.assertEqual(self.verdict(), ['held', 'verdict held', '!'])
        self.assertEqual(service.job()['paused'], True)
        self.assertEqual(self.text('.why'), 'it is paused')
        self.assertEqual(self.value('document.activeElement.dataset.wish'), 'resume', 'the focus stays')
        self.browser.press('Enter')
        self.wait_for('ok')

    def expect_silence_is_said(self, service):
        """What is not answered any more is not shown as if it were."""
        service.running.kill()
        self.wait_for('no answer', 12)
        self.assertRegex(self.text('#lead'), r'^Since \d\d:\d\d:\d\d, the service cannot be reached\. The values below are from then\.$')
        self.assertEqual((self.text('#fresh'), self.verdict()[1:]), ('', ['verdict lost', '?']))
        shown = self.value('''['.job .state', '.now'].map(name => getComputedStyle(document.querySelector(name), '::before').content)''')
        self.assertEqual(shown, ['"was "', '"was "'])
        self.assertEqual(self.value('document.title'), 'no answer - dbsync serve')
        # the same port again, with another answer
        again = Canned(service.port, {'status': 'ok', 'jobs': []})
        self.addCleanup(again.close)
        self.wait_for('ok', 10)
        self.assertEqual((self.text('#lead'), self.text('#jobs')), ('no jobs', ''))

    def test_without_a_token_file_there_are_no_buttons(self):
        service = Service(self, {'shop': self.job(command='verify')}, token=False)
        self.open(service.port)
        self.wait_for('ok')
        self.assertIn('--token-file', self.text('#fresh'))
        self.assertEqual(self.value('[...document.querySelectorAll("button")].filter(found => found.offsetWidth).length'), 0)
        self.assertIn('none yet', self.text('.job'))
        self.expect_quiet()


class Canned:
    """A service that says what it is told to; it needs a token, or has no stream, where it is told so."""
    whole = {'reason': None, 'dbsync': '1', 'now': '2026-01-02T03:04:05Z', 'started': '2026-01-01T00:00:00Z', 'stopping': False,
             'takes_requests': True, 'lagging_after_seconds': 30}

    def __init__(self, port, status, page=None, token=None, has_stream=True):
        body, self.posts = json.dumps({**self.whole, **status}), []
        posts = self.posts

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, code, kind, text, length=True):
                self.send_response(code)
                self.send_header('Content-Type', kind)
                if length:
                    self.send_header('Content-Length', str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self):
                wants_stream = 'event-stream' in self.headers.get('Accept', '')
                if self.path in (page or {}):
                    self.answer(200, *page[self.path])
                elif token and self.headers.get('Authorization') != f'Bearer {token}':
                    self.answer(401, 'application/json', '{"error": "the token is needed"}')
                elif wants_stream and not has_stream:
                    self.answer(503, 'application/json', '{"error": "too many streams"}')
                elif wants_stream:
                    self.answer(200, 'text/event-stream', f'data: {body}\n\n', False)
                else:
                    self.answer(200, 'application/json', body)

            def do_POST(self):
                posts.append((self.path, self.headers.get('Authorization')))
                self.answer(202, 'application/json', '{}')

            def log_message(self, *_):
                pass

        http.server.ThreadingHTTPServer.allow_reuse_address = True
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', port), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def follow(**more):
    return {'doing': 'following', 'since': '2026-01-02T02:04:05Z', 'reason': None, 'next': None, 'failures': 0, 'windows': 1, 'transactions': 1,
            'rows_written': {'insert': 123456, 'update': 2345, 'delete': 12}, 'behind_transactions': 0, 'behind_bytes': 0,
            'incremental_runs': 1, 'restarts': 0, 'lag_step_seconds': 10, 'lag_history': [0.5] * 360, **more}


def job(name, **more):
    return {'name': name, 'state': 'ok', 'lag_seconds': 0.4, 'reason': None, 'paused': False, 'follow': follow(), 'run': None, 'tables': [],
            'errors': [], **more}


def tables(count):
    return [{'database': 'shop', 'table': f'customer_notification_preferences_{n}', 'rows_written': {'insert': n, 'update': 0, 'delete': 0},
             'proven': None if n % 9 else '2026-01-01T01:04:05Z'} for n in range(count)]


@once
class Looks(PageTest):
    def served(self):
        """The page as the program has it."""
        service = Service(self, {'shop': self.job(command='verify')})
        page = {}
        for path in ('/', '/page.css', '/page.js'):
            status, headers, body = service.ask('GET', path)
            self.assertEqual(status, 200, body)
            page[path] = (headers['Content-Type'], body)
        service.stop()
        return page

    def canned(self, status, **how):
        canned = Canned(0, status, self.served(), **how)
        self.addCleanup(canned.close)
        return canned

    def test_names_are_text(self):
        self.on_source(f'CREATE TABLE `{MARKUP}` (id INT PRIMARY KEY)', f'INSERT INTO `{MARKUP}` VALUES (1)')
        service = Service(self, {MARKUP: self.job(follow=True),
                                 '</code><script>alert(2)</script>': self.job(command='verify')})
        service.wait('ok', MARKUP)
        self.on_source(f'INSERT INTO `{MARKUP}` VALUES (2)')
        self.browser.call('Page.addScriptToEvaluateOnNewDocument', source='window.alert = text => { window.wasRun = text; };')
        self.open(service.port)
        self.value('document.querySelectorAll("details").forEach(found => { found.open = true; })')
        until(5, lambda: MARKUP in (self.text('tbody') or ''), 'the tables are there')
        self.assertEqual(self.value('[...document.querySelectorAll("h2")].map(found => found.textContent)'),
                         [MARKUP, '</code><script>alert(2)</script>'])
        self.assertEqual(self.value('["img", "script", "iframe"].map(name => document.getElementsByTagName(name).length)'), [0, 1, 0])
        # the name of the job is one part of the path
        self.click('[data-wish=pause]')
        self.browser.type(TOKEN)
        self.browser.press('Enter')
        self.said('pause: accepted')
        until(10, lambda: service.job(MARKUP)['paused'], 'it is that job')
        self.expect_quiet()

    def test_readable_in_each_width_by_day_and_by_night(self):
        long = 'warehouse-of-the-northern-region-and-of-all-others_' * 3
        error = {'at': '2026-01-02T02:59:05Z', 'text': 'target: ' + 'x' * 200 + ' cannot connect to db2.example.org: Connection refused'}
        run = {'doing': 'running', 'since': '2026-01-02T03:00:05Z', 'reason': None, 'next': '2026-01-03T04:00:00Z', 'failures': 0, 'command': 'verify',
               'schedule': '0 4 * * *', 'runs': 12, 'failed': 3,
               'last': {'began': '2026-01-01T04:00:00Z', 'ended': '2026-01-01T04:01:00Z', 'exit_status': 1, 'text': 'verify: different'}}
        gaps = [-1] * 100 + [0.5] * 50 + [-1, 100, -1] + [40.0] * 50
        canned = self.canned({'status': 'broken', 'jobs': [
            job('shop', run=run, tables=tables(20)), job(long, state='lagging', lag_seconds=75, reason='the target is behind',
                                                         follow=follow(behind_transactions=9, behind_bytes=2e6, lag_history=gaps)),
            job('crm', state='held', paused=True, reason='it is paused', tables=[{**tables(1)[0], 'table': 'W' * 64}]),
            job('billing', state='broken', reason=error['text'], errors=[error] * 3,
                follow=follow(doing='waiting', failures=3, next='2026-01-02T03:04:09Z', lag_history=[]))]})
        self.open(canned.port)
        self.click('[data-wish=pause]')
        for width in WIDTHS:
            for is_dark in (False, True):
                with self.subTest(width=width, is_dark=is_dark):
                    self.browser.resize(width, 900, is_dark)
                    self.value('document.querySelectorAll("details").forEach(found => { found.open = true; })')
                    until(5, lambda: self.value('document.querySelectorAll("tbody tr").length') == 21, 'the tables are there')
                    self.expect_readable(self.value(MEASURE), width, is_dark)
        self.expect_graphs()
        self.expect_faults_are_found()
        self.expect_quiet()

    def expect_readable(self, seen, width, is_dark):
        self.assertEqual((seen['width'], seen['is_dark'], seen['handlers'] <= 6), (width, is_dark, True))
        self.assertLessEqual(seen['needed'], width, 'the page scrolls sideways')
        self.assertEqual((seen['outside'], [text for text in seen['cut'] if not text.startswith('p.unseen')]), ([], []), 'outside, cut')
        self.assertEqual(seen['pale'], [], f'texts of too little contrast, of {seen["texts"]}')
        self.assertGreater(seen['texts'], 100)
        self.assertLess(seen['verdict']['bottom'], 200)

    def expect_graphs(self):
        """Stairs with gaps; a point between two of them is there."""
        line, label, scale = self.value('''(() => { const graph = document.querySelectorAll('figure')[1];
            return [graph.querySelector('.line').getAttribute('d'), graph.querySelector('svg').getAttribute('aria-label'), graph.innerText]; })()''')
        self.assertEqual(line.count('M'), 3, line)
        self.assertTrue(line.startswith('M257 '), line)
        self.assertTrue(line.endswith('H360'), line)
        self.assertRegex(line, r'M308 4\.0H309')
        self.assertEqual(label, 'lag of the last hour: highest 100 s, not known for 17 min')
        self.assertIn('dashed line 30 s', scale)
        self.assertIn('not measured yet', self.value('document.querySelectorAll("figure")[3].innerText'))

    def expect_faults_are_found(self):
        """Each of them, made on purpose."""
        for fault, style in (('outside', '.job{width:2000px}'), ('cut', '.job dd{overflow:hidden;white-space:nowrap;width:2em}'), ('pale', '.lead{color:var(--card)}')):
            self.value(f'(() => {{ const sheet = new CSSStyleSheet(); sheet.replaceSync({json.dumps(style)}); document.adoptedStyleSheets = [sheet]; }})()')
            self.assertTrue(self.value(MEASURE)[fault], fault)

    def test_many_jobs_and_tables_are_quick(self):
        jobs = [job(f'job{n}', tables=tables(2000 if n == 7 else 40)) for n in range(50)]
        canned = self.canned({'status': 'ok', 'jobs': jobs}, has_stream=False)
        self.browser.heard.clear()
        self.open(canned.port)
        self.wait_for('ok')
        self.assertEqual(self.text('#lead'), '50 jobs, all ok')
        self.assertIn('asked every 5 s', self.text('#fresh'))
        self.assertEqual(self.value('document.querySelectorAll("tbody tr").length'), 0, 'what is folded is not there')
        self.value('document.querySelectorAll(".job")[7].querySelector("details").open = true')
        until(10, lambda: self.value('document.querySelectorAll("tbody tr").length') == 2000, 'the tables are there')
        first = self.value('window.kept = document.querySelector("tbody tr"), kept.innerText')
        self.assertRegex(first, r'preferences_0\s+26 h ago\s+none')
        self.assertEqual(self.value('document.querySelectorAll("tbody tr")[10].innerText').split()[0], 'shop.customer_notification_preferences_10',
                         'numbers are in their order')
        asked = len(self.browser.asked())
        until(10, lambda: len(self.browser.asked()) > asked, 'it asks again')
        time.sleep(0.5)
        self.assertTrue(self.value('kept === document.querySelector("tbody tr") && kept.isConnected'), 'nodes are kept')

    def test_where_the_token_is_needed_to_look_it_is_asked_for(self):
        canned = self.canned({'status': 'ok', 'jobs': [job('a/b')]}, token=TOKEN)
        self.open(canned.port)
        until(5, lambda: self.value('document.activeElement.id') == 'token', 'the token is asked for')
        self.assertEqual((self.verdict()[0], self.text('#lead')), ('no answer', 'the service answers: the token is needed'))
        self.browser.type(TOKEN)
        self.browser.press('Enter')
        self.wait_for('ok')
        self.click('[data-wish=pause]')
        self.said('pause: accepted')
        self.assertEqual(canned.posts, [('/jobs/a%2Fb/pause', f'Bearer {TOKEN}')])
