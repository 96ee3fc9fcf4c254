"""What is left of a run: the log, metrics, commands of the user's.

That a password is in none of them is in test_secrets.py.
"""
import html.parser
import json
import os
import re
import time

import harness
import test_config

DAY = r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ'


class OperationTest(test_config.ConfigTest):
    def drift(self, rows=3):
        self.on_both('CREATE TABLE IF NOT EXISTS t (id INT PRIMARY KEY, v INT)', 'CREATE TABLE IF NOT EXISTS same (id INT PRIMARY KEY)')
        self.on_source('DELETE FROM t', *[f'INSERT INTO t VALUES ({n}, {n})' for n in range(rows)])
        self.on_target('DELETE FROM t', 'INSERT INTO t VALUES (0, 5), (77, 7)')

    def run_it(self, *options, command='incremental', exits=0, env=None, **sides):
        ours = (sides.get('source') or self.urls()[0], sides.get('target') or self.urls()[1])
        return self.expect_exit(self.dbsync(command, *ours, *(('--yes',) if command == 'incremental' else ()), *options, env=env), exits)

    def read(self, name):
        with open(os.path.join(self.program.folder, name), encoding='utf-8') as text:
            return text.read()

    def log(self, name='logs/x.log'):
        return self.read(name).splitlines()

    def events(self, lines):
        """What came of it; steps come as they are taken, in between."""
        return [event for event in (re.search(r' event=(\S+)', line).group(1) for line in lines) if event != 'step']


class Log(OperationTest):
    def test_there_is_none_unless_somebody_asks_for_it(self):
        self.drift()
        self.run_it()
        self.assertFalse(os.path.exists(os.path.join(self.program.folder, 'logs')))

    def test_a_line_for_each_step(self):
        self.drift()
        self.run_it('--log-file', 'logs/x.log')
        # what others have left on these servers is named, too
        steps = [line for line in self.log() if ' event=step ' in line]
        for text in ('source ', 'comparing ', 'backup point ', 'writing 4 rows', 'comparing 1 tables again'):
            self.assertTrue([line for line in steps if f'text="{text}' in line], steps)
        lines = [line for line in self.log() if ' event=note ' not in line and line not in steps]
        self.assertEqual(self.events(lines), ['begin', 'compared', 'backup', 'written', 'end'], lines)
        for line in lines:
            self.assertRegex(line, rf'^{DAY} info incremental event=')
        self.assertIn(f'database={self.db} table=t verdict=different', lines[1])
        self.assertIn('insert=2 update=1 delete=1', lines[3])
        self.assertRegex(lines[4], r'run=\d{8}-\d{6}-\w{6} verdict=equal rows_compared=\d+ rows_unread=0 differences=4 write_seconds=\S+ exit_status=0 seconds=')
        self.assertEqual(os.stat(os.path.join(self.program.folder, 'logs/x.log')).st_mode & 0o777, 0o600)

    def test_levels(self):
        self.drift()
        for level, wanted in (('debug', ['begin', 'compared', 'compared', 'end']), ('info', ['begin', 'compared', 'end']),
                              ('warning', ['end']), ('error', ['end'])):
            self.run_it('--log-file', f'{level}.log', '--log-level', level, command='verify', exits=1)
            self.assertEqual('event=step' in self.read(f'{level}.log'), level in ('debug', 'info'), level)
            self.assertEqual(self.events(self.log(f'{level}.log')), wanted, level)

    def test_lines_for_programs(self):
        self.drift()
        self.run_it('--log-file', 'x.log', '--log-format', 'json')
        lines = [line for line in map(json.loads, self.log('x.log')) if line['event'] not in ('note', 'step')]
        self.assertEqual([line['event'] for line in lines], ['begin', 'compared', 'backup', 'written', 'end'])
        self.assertEqual({(line['command'], line['job']) for line in lines}, {('incremental', None)})
        self.assertEqual((lines[3]['insert'], lines[3]['update'], lines[3]['delete'], lines[4]['exit_status']), (2, 1, 1, 0))

    def test_failures_and_notes_are_there(self):
        self.drift()
        self.run_it('--log-file', 'x.log', '--retries', 2, exits=4, source='mysql://u@127.0.0.1:1/d', command='verify')
        lines = self.log('x.log')
        self.assertEqual(self.events(lines), ['begin', 'note', 'end'])
        self.assertIn(' warning verify event=note text="source u@127.0.0.1:1', lines[1])
        self.assertIn(' error verify event=end exit_status=4', lines[2])
        self.assertIn("Can't connect", lines[2])

    def test_rotation(self):
        self.drift()
        folder = self.program.folder
        for n in range(4):
            with open(os.path.join(folder, 'x.log'), 'a', encoding='utf-8') as log:
                log.write(f'{n}' * 1024 * 1024 + '\n')
            self.run_it('--log-file', 'x.log', '--log-max-size', 1, '--log-keep', 2, command='verify', exits=1)
        self.assertEqual(sorted(name for name in os.listdir(folder) if name.startswith('x.log')), ['x.log', 'x.log.1', 'x.log.2'])
        self.assertEqual(self.events(self.log('x.log'))[-1], 'end')
        self.assertIn('3' * 100, self.read('x.log.1'))
        self.assertIn('2' * 100, self.read('x.log.2'))
        with open(os.path.join(folder, 'y.log'), 'w', encoding='utf-8') as log:
            log.write('y' * 2 * 1024 * 1024 + '\n')
        self.run_it('--log-file', 'y.log', '--log-max-size', 1, '--no-log-rotation', command='verify', exits=1)
        self.assertFalse(os.path.exists(os.path.join(folder, 'y.log.1')))

    def test_section_of_the_configuration(self):
        self.drift()
        self.write({'logging': {'level': 'INFO', 'file_rotation': True, 'max_log_files': 5}})
        self.run_it()
        self.assertEqual(self.events(self.log('logs/incremental-sync.log'))[-1], 'end')
        self.write({'logging': {'file': 'mine.log', 'level': 'Error'}})
        self.run_it(command='verify', exits=0)
        self.assertEqual(self.log('mine.log'), [])

    def test_log_that_cannot_be_written_is_an_error_before_the_run(self):
        self.drift()
        self.program.file('file', '')
        self.run_it('--log-file', 'file/x.log', exits=5)
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t'), [('2',)])


class Metrics(OperationTest):
    def samples(self, name='m.prom'):
        found = {}
        for line in self.read(name).splitlines():
            if not line.startswith('#'):
                key, value = line.rsplit(' ', 1)
                found[key] = float(value)
        return found

    def test_numbers_of_the_last_runs(self):
        self.drift()
        self.run_it('--metrics-file', 'm.prom', command='verify', exits=1)
        self.run_it('--metrics-file', 'm.prom')
        found = self.samples()
        verify, sync = '{command="verify",job=""}', '{command="incremental",job=""}'
        self.assertEqual((found['dbsync_exit_status' + verify], found['dbsync_exit_status' + sync]), (1, 0))
        self.assertEqual((found['dbsync_differences' + sync], found['dbsync_rows_written' + sync], found['dbsync_tables' + sync]), (4, 4, 2))
        self.assertNotIn('dbsync_last_success_timestamp_seconds' + verify, found)
        self.assertLess(abs(found['dbsync_last_success_timestamp_seconds' + sync] - time.time()), 60)
        self.assertEqual((found['dbsync_errors' + verify], found['dbsync_errors' + sync]), (1, 0))
        self.assertGreater(found['dbsync_backup_bytes' + sync], 100)
        # one TYPE for each name, in front of its samples
        text = self.read('m.prom')
        names = re.findall(r'^# TYPE (\S+) gauge$', text, re.MULTILINE)
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual([name for line in text.splitlines() for name in re.findall(r'^(?:# TYPE )?(dbsync_\w+)', line)],
                         sorted((name for line in text.splitlines() for name in re.findall(r'^(?:# TYPE )?(dbsync_\w+)', line)), key=names.index))
        self.assertEqual(os.stat(os.path.join(self.program.folder, 'm.prom')).st_mode & 0o777, 0o644)

    def test_failure_leaves_the_time_of_the_last_success(self):
        self.drift()
        self.run_it('--metrics-file', 'm.prom')
        before = self.samples()['dbsync_last_success_timestamp_seconds{command="incremental",job=""}']
        self.run_it('--metrics-file', 'm.prom', '--retries', 1, exits=4, source='mysql://u@127.0.0.1:1/d')
        found = self.samples()
        self.assertEqual(found['dbsync_last_success_timestamp_seconds{command="incremental",job=""}'], before)
        self.assertEqual((found['dbsync_exit_status{command="incremental",job=""}'], found['dbsync_errors{command="incremental",job=""}']), (4, 1))

    def test_refused_run_tells_what_it_had_found(self):
        self.drift()
        self.run_it('--metrics-file', 'm.prom', '--max-changes', 1, '--report', 'page.html', exits=3)
        found = self.samples()
        label = '{command="incremental",job=""}'
        self.assertEqual([found[f'dbsync_{name}{label}'] for name in
                          ('exit_status', 'tables', 'differences', 'rows_written', 'errors')], [3, 2, 4, 0, 1])
        self.assertGreater(found['dbsync_rows_compared' + label], 0)
        result = json.loads(self.run_it('--json', '--max-changes', 1, exits=3).out)
        self.assertEqual((result['error']['code'], result['differences'], len(result['tables'])), ('refused', 4, 2))
        self.assertIn('to allow it: --max-changes', self.read('page.html'))

    def test_jobs_have_their_own(self):
        self.drift()
        side = {'source': self.side(self.source, password=harness.PASSWORD), 'target': self.side(self.target, password=harness.PASSWORD)}
        self.write({'jobs': {'a "b"': side, 'c': side}, 'options': {'metrics_file': 'm.prom', 'yes': True}}, mode=0o600)
        self.expect_exit(self.dbsync('incremental', '--all'), 0)
        found = self.samples()
        self.assertEqual(found['dbsync_rows_written{command="incremental",job="a \\"b\\""}'], 4)
        self.assertEqual(found['dbsync_rows_written{command="incremental",job="c"}'], 0)

    def test_file_that_cannot_be_written_changes_no_result(self):
        self.drift()
        answer = self.run_it('--metrics-file', '/proc/nothing/m.prom')
        self.assertIn('note: metrics: ', answer.err)


class Hooks(OperationTest):
    def hook(self, name):
        return (f'--{name}', f'{{ echo "{name} $DBSYNC_COMMAND/$DBSYNC_JOB/$DBSYNC_VERDICT/$DBSYNC_EXIT_STATUS/$DBSYNC_BACKUP/$DBSYNC_ERROR"; '
                             f'cat; echo; }} >> hooks')

    def hooks(self):
        text = self.read('hooks') if os.path.exists(os.path.join(self.program.folder, 'hooks')) else ''
        if text:
            os.remove(os.path.join(self.program.folder, 'hooks'))
        lines = text.splitlines()
        return [(head, json.loads(body)) for head, body in zip(lines[::2], lines[1::2])]

    def test_who_is_called_and_what_they_are_told(self):
        self.drift()
        every = [word for name in ('on-success', 'on-failure', 'after-sync') for word in self.hook(name)]
        self.run_it(*every, command='verify', exits=1)
        (head, body), = self.hooks()
        self.assertEqual(head, 'on-failure verify//different/1//')
        self.assertEqual((body['verdict'], body['tables'][1]['table']), ('different', 't'))
        answer = self.run_it(*every)
        first, second = self.hooks()
        backup = re.search(r'backup point: (\S+)', answer.out).group(1)
        self.assertEqual((first[0], second[0]), (f'after-sync incremental//equal/0/{backup}/', f'on-success incremental//equal/0/{backup}/'))
        self.assertEqual(first[1]['backup'], backup)
        self.run_it(*every, '--retries', 1, exits=4, source='mysql://u@127.0.0.1:1/d')
        first, second = self.hooks()
        self.assertRegex(second[0], r"^on-failure incremental///4//source u@127.0.0.1:1: Can't connect")
        self.assertEqual(second[1]['error']['code'], 'server')
        self.run_it(*every, command='dry-run')
        self.assertEqual([head.split()[0] for head, _ in self.hooks()], ['on-success'])

    def test_one_that_fails_or_hangs_changes_no_result(self):
        self.drift()
        answer = self.run_it('--after-sync', 'echo said; exit 3', '--json')
        self.assertIn('said', answer.err)
        self.assertEqual(json.loads(answer.out)['verdict'], 'equal')
        self.assertIn('note: the command of after-sync: it failed (exit status 3)', answer.err)
        start = time.monotonic()
        answer = self.run_it('--on-success', 'sleep 50 | cat', '--hook-timeout', 1, command='verify')
        self.assertIn('had not ended after 1 s', answer.err)
        self.assertLess(time.monotonic() - start, 20)


class Page(html.parser.HTMLParser):
    """A page: its tags are closed, and its texts are kept."""
    empty = {'meta', 'br', 'wbr'}

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.empty:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

    def handle_data(self, data):
        self.text.append(data)


class Report(OperationTest):
    def page(self, name='r.html'):
        return Page(self.read(name))

    def test_what_was_compared_as_a_page(self):
        evil = '<script>alert(1)</script>'
        self.on_both("CREATE TABLE `<b>x</b>` (id INT PRIMARY KEY, v VARCHAR(99), `<i>` INT)", 'CREATE TABLE equal (id INT PRIMARY KEY)')
        self.on_source(f"INSERT INTO `<b>x</b>` VALUES (1, '{evil}', 1), (2, '&amp;', 2), (3, NULL, 3)", 'ALTER TABLE equal ADD COLUMN w INT')
        self.on_target("INSERT INTO `<b>x</b>` VALUES (1, 'before', 1), (2, '\"quoted\"', 2), (4, '', 4)")
        self.run_it('--report', 'r.html', '--details', 5, '--ignore-columns', '<b>x</b>.<i>', command='verify', exits=1)
        page = self.page()
        text = ' '.join(page.text)
        for word in (evil, '&amp;', '"quoted"', '<b>x</b>', 'different', 'rows that differed', 'columns left out: <i>', '+  `w` int', 'exit status', 'view: snapshot'):
            self.assertIn(word, text)
        tags = {tag for tag, _ in page.tags}
        self.assertFalse(tags & {'script', 'img', 'link', 'iframe', 'b', 'i'}, tags)
        self.assertIn(('p', {'class': 'verdict different'}), page.tags)
        policy, = [attrs['content'] for tag, attrs in page.tags if attrs.get('http-equiv') == 'Content-Security-Policy']
        self.assertIn("default-src 'none'", policy)
        self.assertNotRegex(self.read('r.html'), r'(?i)(src|href)=')
        self.assertEqual(os.stat(os.path.join(self.program.folder, 'r.html')).st_mode & 0o777, 0o600)

    def look(self, verdict, *words, source=True):
        """The page of r.html: its head, with databases, servers, moment and verdict, and then these words, in this order."""
        page = self.page()
        text = re.sub(r'\s+', ' ', ''.join(Page(self.read('r.html').split('<body>')[1].split('</body>')[0]).text))
        kind = re.sub(' .*', '', verdict)
        self.assertIn(('p', {'class': f'verdict {kind}'}), page.tags)
        pair = f'{self.db} → {self.db}' if source else self.db
        self.assertRegex(text, rf'UTC · took \S+( s)? {re.escape(pair)} .*@127\.0\.0\.1:{self.target.port}(, \w+ [\d.]+)? {re.escape(verdict)} ')
        at = 0
        for word in words:
            self.assertIn(word, text[at:], text)
            at = text.index(word, at) + len(word)
        tables = [attrs['class'].split()[1] for tag, attrs in page.tags if tag == 'details' and attrs.get('class', '').startswith('t ')]
        return tables, text

    def test_page_of_each_kind_of_run(self):
        self.drift()
        self.on_both('INSERT INTO same VALUES (1)')
        self.run_it('--report', 'sub.x/r.html', command='verify', exits=1)
        self.run_it('--report', 'r.html', '--where', 't:id<50', command='verify', exits=1)
        tables, _ = self.look('different', 'differ, in 1 of 2 tables.', 'Not compared, or left as it is', 'filter --where t:id<50 (command line)',
                              'rows differ', '1 table needs attention', f'{self.db}.t', '+2 insert', '~1 update', '1 table is equal', f'{self.db}.same')
        self.assertEqual(tables, ['different'])
        self.run_it('--report', 'r.html', '--tables', 'same', command='verify')
        tables, _ = self.look('equal (filtered)', '1 row is equal, in 1 table.', 'filter --tables same', '1 row equal', '1 table is equal')
        self.assertEqual(tables, [])
        self.run_it('--report', 'r.html', command='dry-run', exits=1)
        _, text = self.look('different', 'Nothing was written.', 'No filter was set, and no table was left out.', '−1 delete')
        self.assertNotIn('written', text.replace('Nothing was written', ''))
        self.on_target('ALTER TABLE t ADD COLUMN w INT NOT NULL DEFAULT 1')
        self.run_it('--report', 'r.html', exits=3)
        tables, _ = self.look('refused', 'column `w`: its contents are lost', 'Nothing was written.', '1 table needs attention', 'exit status3')
        self.assertEqual(tables, ['different'])
        self.run_it('--report', 'r.html', command='dry-run', exits=3)
        self.look('different', '1 structure differs.', 'the run would be refused', 'Guards', 'refused', 'column `w`', 'structure', '- `w` int')
        self.on_target('ALTER TABLE t DROP COLUMN w')
        self.run_it('--report', 'r.html')
        tables, text = self.look('equal', '4 of 5 rows differed', '4 rows were written in 1 table.', 'rows differed', '1 table changed by this run', 'written',
                                 '+2 inserted', '1 table is equal', 'backup point', 'dbsync rollback ')
        self.assertEqual(tables, ['written'])
        self.assertNotIn('attention', text)
        backup = re.search(r'backup point(\S+)', text)[1]
        self.expect_exit(self.dbsync('rollback', backup, self.urls()[1], '--yes', '--report', 'r.html'), 0)
        tables, _ = self.look('restored', '4 rows were restored in 1 table.', '4 rows restored', 'restored', '+1 inserted', '−2 deleted', source=False)
        self.assertEqual(tables, ['restored'])
        self.expect_exit(self.dbsync('full-sync', *self.urls(), '--yes', '--report', 'r.html', '--max-delete-percent', 100), 0)
        tables, text = self.look('equal', '4 rows were copied in 2 tables; swapped in.', '4 rows copied and read back', 'copied')
        self.assertEqual(tables, ['written'] * 2)
        self.assertNotIn('is equal', text)

    def test_page_of_a_run_that_failed(self):
        self.run_it('--report', 'r.html', '--retries', 1, exits=4, source=f'mysql://u:hush@127.0.0.1:1/{self.db}')
        _, text = self.look('failed', "Can't connect", 'exit status4')
        self.assertIn('u@127.0.0.1:1', text)
        self.assertNotIn('hush', self.read('r.html'))
        self.expect_exit(self.dbsync('verify', 'mysql://u:hush@h:1:2/d', self.urls()[1], '--report', 'r.html'), 2)
        self.assertNotIn('hush', self.read('r.html'))

    def test_each_job_has_its_own(self):
        self.drift()
        side = {'source': self.side(self.source, password=harness.PASSWORD), 'target': self.side(self.target, password=harness.PASSWORD)}
        self.write({'jobs': {'a/b': side, 'c': side}, 'options': {'report': 'out.d/nightly.html'}}, mode=0o600)
        os.makedirs(os.path.join(self.program.folder, 'out.d'))
        self.dbsync('verify', '--all')
        self.assertEqual(sorted(os.listdir(os.path.join(self.program.folder, 'out.d'))), ['nightly-a_b.html', 'nightly-c.html'])


class Status(OperationTest):
    def status(self, exits=0):
        answer = self.expect_exit(self.dbsync('status', '--json'), exits)
        return json.loads(answer.out)

    def test_what_became_of_the_last_runs(self):
        self.drift()
        self.assertIn('no runs are recorded', self.expect_exit(self.dbsync('status'), 0).out)
        self.run_it(command='verify', exits=1)
        self.assertEqual(self.program.files(), [], 'verify writes nothing where there is no state')
        self.run_it('--retries', 1, exits=4, source='mysql://u@127.0.0.1:1/d')
        last, = self.status(6)['last']
        self.assertEqual((last['command'], last['exit_status'], last['verdict'], last['tables']), ('incremental', 4, None, []))
        self.assertIn("Can't connect", self.expect_exit(self.dbsync('status'), 6).out)
        self.run_it()
        last, = self.status()['last']
        self.assertEqual((last['verdict'], last['differences'], last['is_success']), ('equal', 4, True))
        self.assertEqual({table['table']: (table['rows'], table['changes'], table['digest']) for table in last['tables']},
                         {'same': (0, 0, 'stream'), 't': (3, 4, 'stream')})
        self.run_it(command='verify')
        self.run_it()
        found = self.status()
        self.assertEqual([last['command'] for last in found['last']], ['verify', 'incremental'])
        self.assertEqual((found['well'], found['interrupted']), (True, []))
        text = self.expect_exit(self.dbsync('status'), 0).out
        self.assertRegex(text, rf'(?m)^incremental +- +equal +{DAY}  \S+ s, 3 rows, 0 differed, dbsync@127')

    def test_jobs_are_told_apart_and_an_interrupted_run_is_named(self):
        self.drift()
        side = {'source': self.side(self.source, password=harness.PASSWORD), 'target': self.side(self.target, password=harness.PASSWORD)}
        self.write({'jobs': {'a': side, 'b': side}, 'options': {'yes': True}}, mode=0o600)
        self.expect_exit(self.dbsync('incremental', '--all'), 0)
        self.assertEqual([last['job'] for last in self.status()['last']], ['a', 'b'])
        self.drift()
        running = self.start_write(faults=True, env={'DBSYNC_FAULT': 'apply.written:1:kill'})
        self.assertEqual(running.wait(30).exit, -9)
        found = self.status(6)
        self.assertEqual((found['well'], len(found['interrupted'])), (False, 1))
        text = self.expect_exit(self.dbsync('status'), 6).out
        self.assertRegex(text, r'INTERRUPTED: run \S+ \(dbsync incremental on .*\n  repeat it, or undo it: dbsync rollback /')
        self.expect_error(self.dbsync('status', 'x'), 2, 'no operands')
        self.program.file('sync/sync-state.json', 'x')
        self.expect_error(self.dbsync('status'), 5, 'not a state file')
