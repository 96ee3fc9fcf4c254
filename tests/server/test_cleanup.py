"""dbsync cleanup: what runs that died have left on a server is listed, and dropped when somebody says so.

On servers of their own, as those of test_sweep: it would take what other tests leave.
"""
import json

from harness import Running, faults_path
from test_crashes import until
from test_sweep import HOURS, SweepTest, named

STRANGER = '0123456789abcdef'       # stands for a database that no test has


class Cleanup(SweepTest):
    def cleanup(self, *options, code=0, **how):
        return self.expect_exit(self.dbsync('cleanup', self.target.url(), *options, **how), code)

    def states(self, answer):
        return {entry['name']: (entry['kind'], entry['state']) for entry in json.loads(answer.out)['databases']}

    def leave_each(self):
        scratch, stage = named('scratch', HOURS), named('stage', HOURS, STRANGER)
        old = named('old', HOURS, STRANGER)
        self.leave(scratch, stage, old)
        self.target.sql(f'CREATE TABLE {old}.t (id INT)', f'INSERT INTO {old}.t VALUES (1), (2)', f'CREATE TABLE {stage}.t (id INT)')
        return scratch, stage, old

    def test_item_29_unused_ones_are_listed_and_dropped(self):
        scratch, stage, old = self.leave_each()
        found = {scratch: ('scratch', 'unused'), stage: ('copies', 'unused'), old: ('replaced', 'unused')}
        listed = self.cleanup('--dry-run', '--json')
        self.assertEqual(self.states(listed), found)
        self.assertEqual([(entry['tables'], entry['run'][-6:]) for entry in json.loads(listed.out)['databases'] if entry['name'] == old],
                         [(1, '1a2b3c')])
        self.assertEqual(self.found(), sorted(found), 'nothing is dropped')
        answer = self.cleanup('--yes')
        self.assertIn(f'{scratch}: dropped: ', answer.out)
        self.assertIn(f'{stage}: dropped: unfinished copies of run ', answer.out)
        self.assertIn(f'{old}: kept (--replaced drops it): replaced tables', answer.out)
        self.assertEqual(self.found(), [old])
        self.assertEqual(self.states(self.cleanup('--yes', '--replaced', '--json')), {old: ('replaced', 'dropped')})
        self.assertEqual(self.cleanup('--yes').out, 'nothing is left of other runs\n')

    def test_item_29_names_that_are_nearly_ours_are_others(self):
        names = ('dbsync_stage_20261121_041122', 'dbsync_old_mine', 'dbsync_stage_20261121_041122_1a2b3c_mine',
                 'xdbsync_stage_20261121_041122_1a2b3c')
        self.leave(*names)
        self.assertEqual(self.states(self.cleanup('--yes', '--replaced', '--json')), {})
        self.assertEqual(self.found(), sorted(name for name in names if not name.startswith('x')))

    def test_item_29_locks_of_a_run_or_of_its_target_keep_them(self):
        stage, old = named('stage', HOURS, STRANGER), named('old', HOURS, STRANGER)
        self.leave(stage, old)
        for lock in (stage.rsplit('_', 1)[0], f'dbsync.{STRANGER}'):
            with self.subTest(lock=lock), self.target.session() as session:
                session.run(f"SELECT GET_LOCK('{lock}', 0)")
                answer = self.cleanup('--yes', '--replaced', '--json')
                self.assertEqual(self.states(answer), {stage: ('copies', 'in use'), old: ('replaced', 'in use')})
                self.assertEqual(self.found(), [old, stage])
        self.cleanup('--yes', '--replaced')
        self.assertEqual(self.found(), [])

    def test_item_29_copies_of_a_run_that_is_killed_and_of_one_that_lives(self):
        self.program.file('pause', '')
        running = self.start_write('--pause-file', 'pause', command='full-sync')
        until(30, lambda: self.found('stage') or running.process.poll() is not None, 'it makes copies')
        self.assertEqual([state for _, state in self.states(self.cleanup('--yes', '--json')).values()], ['in use'])
        running.process.kill()
        running.process.wait()
        until(30, lambda: 'unused' in self.cleanup('--dry-run').out, 'the server has noticed')
        self.assertEqual([state for _, state in self.states(self.cleanup('--yes', '--json')).values()], ['dropped'])
        self.assertEqual(self.found(), [])

    def test_item_29_asks_on_a_terminal(self):
        scratch, stage, old = self.leave_each()
        status, said = self.program.paste(f'dbsync cleanup {self.target.url()}', agrees=False)
        self.assertEqual((status, self.found()), (7, sorted((scratch, stage, old))), said)
        self.assertIn(f'Drop 2 databases on dbsync@127.0.0.1:{self.target.port}? [y/N]', said)
        self.assertIn(' nothing was dropped', said)
        self.assertLess(said.index(f'{stage}: unused'), said.index('[y/N]'), 'what it is about is shown before')
        status, said = self.program.paste(f'dbsync cleanup {self.target.url()}')
        self.assertEqual((status, self.found()), (0, [old]), said)

    def test_item_29_nobody_to_ask(self):
        names = self.leave_each()
        self.expect_error(self.dbsync('cleanup', self.target.url()), 3,
                          'there is nobody to ask whether to drop 2 databases', '--yes', '--dry-run')
        self.assertEqual(self.found(), sorted(names))
        self.expect_error(self.dbsync('cleanup', 'a', 'b'), 2, '`dbsync cleanup` takes one target')

    def test_status_shows_no_cleanup(self):
        self.expect_exit(self.full(), 0)
        unreachable = f'mysql://nobody:pw@127.0.0.1:1/{self.db}'
        self.expect_exit(self.dbsync('cleanup', unreachable, '--retries', '1', '--log-file', 'cleanup.log'), 4)
        self.cleanup('--yes')
        answer = self.expect_exit(self.dbsync('status', '--json'), 0)
        self.assertEqual([run['command'] for run in json.loads(answer.out)['last']], ['full-sync'])
        with open(f'{self.program.folder}/cleanup.log') as log:
            self.assertIn('exit_status=4', log.read())

    def test_item_29_one_that_may_not_be_dropped(self):
        scratch, stage, old = self.leave_each()
        user = f'u{self.db[9:]}'
        self.target.sql(f"CREATE USER '{user}'@'%' IDENTIFIED BY 'pw'", f"GRANT ALL ON `{scratch}`.* TO '{user}'@'%'",
                        f"GRANT SELECT ON `{stage}`.* TO '{user}'@'%'")
        self.addCleanup(self.target.sql, f"DROP USER '{user}'@'%'")
        answer = self.dbsync('cleanup', self.target.url('', user, 'pw'), '--yes')
        self.expect_exit(answer, 6)
        self.assertIn(f'{scratch}: dropped', answer.out)
        self.assertRegex(answer.out, f'{stage}: FAILED: .*\n    .*denied')
        self.assertEqual(self.found(), sorted((stage, old)))

    def test_item_29_killed_between_two(self):
        self.leave_each()
        answer = Running([faults_path(), 'cleanup', self.target.url(), '--yes', '--replaced'],
                         self.program.environment({'DBSYNC_FAULT': 'cleanup.dropped:2:kill'}), self.program.folder).wait(60)
        self.assertEqual((answer.exit, len(self.found())), (-9, 1), str(answer))
        self.assertEqual([state for _, state in self.states(self.cleanup('--yes', '--replaced', '--json')).values()], ['dropped'])


del SweepTest       # whose tests are its own
