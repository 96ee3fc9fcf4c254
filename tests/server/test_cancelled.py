"""Ctrl-C while tables are compared: what is known by then is printed, and what is not compared is never called equal."""
import json
import signal

from test_sources_of_trouble import TroubleTest


class Comparing(TroubleTest):
    def setUp(self):
        super().setUp()
        for name in ('same', 'other'):
            self.table(name, padding=500)   # the largest come first
        self.table('slow')
        self.on_target('UPDATE other SET v = -1 WHERE id = 7')

    def stop(self, *words, command='verify', number=signal.SIGINT):
        """Two tables are compared, and the third is still being read."""
        running = self.program.start(command, *self.urls(), '--parallel', '2', '--digest', 'stream', '--progress', 'json',
                                     '--where', 'slow:SLEEP(0.05)=0', *words)
        self.addCleanup(running.kill)
        running.hear(f'"tables_done":2')
        running.signal(number)
        answer = self.expect_exit(running.wait(10), 7)
        self.assertIn('dbsync: cancelled: 1 of 3 tables were not compared', answer.err)
        return answer

    def expect_findings(self, answer):
        found = json.loads(answer.out)
        self.assertEqual({table['table']: (table['verdict'], table['update'], table['skipped']) for table in found['tables']},
                         {'same': ('equal', 0, None), 'other': ('different', 1, None),
                          'slow': ('incomplete', 0, 'the run was cancelled')})
        self.assertEqual((found['verdict'], found['error']['code'], found['error']['exit_status'], found['error']['text']),
                         ('incomplete', 'cancelled', 7, 'cancelled: 1 of 3 tables were not compared'))
        return found

    def test_verdicts_so_far_are_printed(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            answer = self.stop(number=number)
            self.assertRegex(answer.out, r'\n\S*same +equal +100 rows')
            self.assertRegex(answer.out, r'\n?\S*other +different +100 rows .*1 to update')
            self.assertRegex(answer.out, r'\n\S*slow +incomplete .*\n    not compared: the run was cancelled\n')
            self.assertIn('\n3 tables: 1 equal, 1 different, 1 incomplete; ', answer.out)
            self.assertIn('\ncancelled: 1 of 3 tables were not compared\n', answer.out)
            self.assertRegex(answer.out, r'\nverdict: incomplete.*\n$')

    def test_verdicts_so_far_as_json(self):
        self.assertEqual(self.expect_findings(self.stop('--json'))['command'], 'verify')

    def test_dry_run_and_incremental_print_them_too_and_write_nothing(self):
        for command, words in (('dry-run', ('--json',)), ('incremental', ('--json', '--yes'))):
            found = self.expect_findings(self.stop(*words, command=command))
            self.assertEqual((found['command'], found.get('plan')), (command, None))
        self.assertEqual(self.target.sql('SELECT v FROM other WHERE id = 7', database=self.db), [('-1',)])

    def test_page_says_so(self):
        self.stop('--report', 'page.html')
        with open(f'{self.program.folder}/page.html', encoding='utf-8') as page:
            text = page.read()
        self.assertIn('cancelled: 1 of 3 tables were not compared', text)

    def test_differences_that_wait_for_a_recheck_are_differences(self):
        running = self.start('--recheck', '3', '--recheck-pause', '60', '--progress', 'json')
        self.addCleanup(running.kill)
        running.hear('"rows":300')
        running.signal(signal.SIGINT)
        answer = self.expect_exit(running.wait(10), 7)
        self.assertIn('dbsync: cancelled: all tables were compared, but the run was not over', answer.err)
        self.assertEqual({table['table']: table['verdict'] for table in answer.json['tables']},
                         {'same': 'equal', 'other': 'different', 'slow': 'equal'})
        self.assertEqual(answer.json['verdict'], 'incomplete')


del TroubleTest     # whose tests are its own
