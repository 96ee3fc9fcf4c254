"""Runs that die, fail or are disturbed while they write.

The promise: until the backup point is complete nothing is written, whatever
happens; afterwards the same command again makes the target equal, and a
rollback makes it what it was, counters included.  What tables hold is read by
plain SELECTs, not by dbsync.

Every fault point of fault_list.h has a test of `incremental` and one of
`rollback`; a point that CASES does not know fails them.
"""
import itertools
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from collections import Counter, namedtuple
from pathlib import Path
from unittest import SkipTest

from harness import ROOT, Background, Running, ServerTest, faults_path, key_file
from test_regressions import SANITIZER_FOUND, numbers

KILLED = -signal.SIGKILL
RUN_LIMIT = 90
# An error, not a note, by the numbers that a client has for it.
LOST = re.compile(r'^dbsync: (?!note: ).*\((?:2006|2013|5014)\)', re.MULTILINE)
ALLOW = ('--allow', 'no-key', '--max-delete-percent', 100)
FOLDERS = ('--state-dir', 'state', '--backup-dir', 'backups')

# --------------------------------------------------------------------------
# The situation
# --------------------------------------------------------------------------

# Name, columns, rows of the source, what makes the target another.
LONG = "REPEAT('long value ', 30000)"
TABLES = (
    # several batches of all kinds, by several writers
    ('plain', 'id INT PRIMARY KEY, v INT, note VARCHAR(60) NOT NULL, stamp TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP',
     "SELECT n, n*7, CONCAT('note ', n), '2020-02-02 02:02:02' FROM {2600}",
     ('UPDATE {t} SET v=-1, stamp=stamp WHERE id % 2', 'DELETE FROM {t} WHERE id % 13 = 4',
      "INSERT INTO {t} SELECT n+5000, n, 'only here', NULL FROM {700}")),
    # values of unique keys that go round in a circle
    ('swaps', 'id INT PRIMARY KEY, u INT NOT NULL UNIQUE, w VARCHAR(20) UNIQUE, v INT',
     "SELECT n, n, CONCAT('w', n), n FROM {1200}",
     ('UPDATE {t} SET u=-1-u, w=NULL', 'UPDATE {t} SET u=(id+600) % 1200', "UPDATE {t} SET w=CONCAT('w', 1199-id)",
      "UPDATE {t} SET id=9000, w='free' WHERE id=700")),
    ('bag', 'a INT, b VARCHAR(20)',
     "SELECT n % 400, CONCAT('b', n % 7) FROM {900}",
     ('DELETE FROM {t} WHERE a < 100 LIMIT 150', "INSERT INTO {t} SELECT n % 3, 'only here' FROM {40}",
      "INSERT INTO {t} SELECT 399, 'b0' FROM {5}")),
    ('numbered', 'id INT AUTO_INCREMENT PRIMARY KEY, v INT',
     'SELECT n+1, n FROM {80}',
     ('UPDATE {t} SET v=v+1 WHERE id % 5 = 0', 'DELETE FROM {t} WHERE id > 60', 'ALTER TABLE {t} AUTO_INCREMENT = 70')),
    ('counted', 'id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT',
     'SELECT n+1, n FROM {20}', ('ALTER TABLE {t} AUTO_INCREMENT = 30',)),
    ('large', 'id INT PRIMARY KEY, x LONGTEXT NOT NULL',
     f"SELECT n, CONCAT({LONG}, n) FROM {{4}}",
     ("UPDATE {t} SET x=CONCAT(x, '!') WHERE id=1", 'DELETE FROM {t} WHERE id=2',
      f"INSERT INTO {{t}} VALUES (7, CONCAT({LONG}, 'only here'))")),
    ('moods', "id INT PRIMARY KEY, e ENUM('good','bad')",
     "SELECT n, ELT(1 + n % 3, 'good', 'bad', '') FROM {9}", ("UPDATE {t} SET e='good'",)),
    ('parent', 'id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {30}',
     ('DELETE FROM {t} WHERE id > 25', 'INSERT INTO {t} VALUES (99, 1)')),
    ('child', 'id INT PRIMARY KEY, p INT, FOREIGN KEY (p) REFERENCES parent (id)', 'SELECT n, n % 30 FROM {60}',
     ('DELETE FROM {t} WHERE p > 25', 'UPDATE {t} SET p=99 WHERE p=3')),
    ('same', 'id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {50}', ()),
)
COUNTERS = {'numbered': 500, 'counted': 900}     # on the source


def fill(text, table):
    return re.sub(r'\{(\d+)\}', lambda found: numbers(int(found.group(1))), text).replace('{t}', f'`{table}`')


class Crash(ServerTest):
    """A pair of databases that differ in every way, and a program that stumbles."""
    once = True             # minutes, even on the everyday pair

    def setUp(self):
        super().setUp()
        self.sanitized, self.quick = faults_path(), faults_path(is_sanitized=False)
        self.folder = Path(self.program.folder)
        self.backup_dir = self.folder / 'backups'

    # Tables --------------------------------------------------------------------

    def create(self):
        """Both databases, and a copy of the target's to make it again from."""
        self.names = [name for name, *_ in TABLES]
        for name, columns, rows, changes in TABLES:
            self.on_both(f'CREATE TABLE `{name}` ({columns})')
            self.on_source(f'INSERT IGNORE INTO `{name}` {fill(rows, name)}')
            self.on_target(f'INSERT IGNORE INTO `{name}` {fill(rows, name)}', *(fill(change, name) for change in changes))
            if name in COUNTERS:
                self.on_source(f'ALTER TABLE `{name}` AUTO_INCREMENT = {COUNTERS[name]}')
        self.wanted = self.dump(self.source)
        self.keep()

    def keep(self):
        """What the target is now is what reset() makes of it."""
        self.before = self.dump(self.target)
        self.copy = self.new_database(self.target)
        for name in self.names:
            self.on_target(f'CREATE TABLE `{self.copy}`.`{name}` LIKE `{name}`',
                           f'INSERT INTO `{self.copy}`.`{name}` SELECT * FROM `{name}`')

    def reset(self):
        """Makes the target what it was: those tables again that a rollback, or nobody yet, has not left so."""
        found = self.dump(self.target)
        stale = [name for name in found if found[name] != self.before.get(name)]
        for name in reversed(stale):
            self.on_target(f'DROP TABLE `{name}`')
        for name in self.names:
            if name in stale or name not in found:
                self.on_target(self.before[name][0], f'INSERT IGNORE INTO `{name}` SELECT * FROM `{self.copy}`.`{name}`')
        for name in ('backups', 'state'):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        if set(found) != set(self.names) or stale:
            self.assertEqual(self.differences(self.before, self.dump(self.target)), [],
                             'the test cannot make its target again')

    def listed(self, _):
        """The tables of a side; where structures change, those that are there."""
        return self.names

    def dump(self, place):
        """{table: (its definition with the counter, its rows)}"""
        session = self.session(place)
        return {name: (session.run(f'SHOW CREATE TABLE `{name}`')[0][1], Counter(session.run(f'SELECT * FROM `{name}`')))
                for name in self.listed(place)}

    @staticmethod
    def counter(definition):
        found = re.search(r' AUTO_INCREMENT=(\d+)', definition)
        return int(found.group(1)) if found else 1

    @staticmethod
    def row_differences(name, wanted, found):
        return [f'{name}: {title} {count} times: {str(row)[:120]}'
                for title, rows in (('missing', wanted - found), ('too much', found - wanted))
                for row, count in list(rows.items())[:4]]

    def differences(self, wanted, found):
        lines = []
        for name in wanted:
            if wanted[name][0] != found[name][0]:
                lines.append(f'{name}: defined\n  {found[name][0]}\n  instead of\n  {wanted[name][0]}')
            lines += self.row_differences(name, wanted[name][1], found[name][1])
        return lines

    def expect_before(self, story):
        """The target is the very same as before the run."""
        self.assertEqual(self.differences(self.before, self.dump(self.target)), [], f'not as before the run\n{story}')

    def expect_equal(self, story):
        found, lines = self.dump(self.target), []
        for name, (definition, rows) in self.wanted.items():
            lines += self.row_differences(name, rows, found[name][1])
            if self.counter(found[name][0]) < self.counter(definition):
                lines.append(f'{name}: AUTO_INCREMENT {self.counter(found[name][0])} < {self.counter(definition)}')
        self.assertEqual(lines, [], f'not as on the source\n{story}')

    # The program ---------------------------------------------------------------

    def begin(self, *words, fault=None, sql=None, wrap=(), env=None):
        log = self.folder / 'faults.log'
        log.unlink(missing_ok=True)
        extra = {'DBSYNC_FAULT_LOG': str(log), **(env or {})}
        if fault:
            extra['DBSYNC_FAULT'] = fault
        if sql:
            extra['DBSYNC_FAULT_SQL'] = sql
        whole = self.program.environment(extra)
        for name in ('ASAN_OPTIONS', 'UBSAN_OPTIONS'):
            whole[name] = ':'.join(filter(None, [whole.get(name), f'exitcode={SANITIZER_FOUND}']))
        # Memory is looked at where a run has to tidy up; there is nothing to find in one that is killed,
        # or goes well as the tests of the everyday build do.
        is_sanitized = sql or wrap or (fault and not fault.endswith((':kill', ':stall')))
        binary = self.sanitized if is_sanitized else self.quick
        running = Running([*wrap, binary, *map(str, words)], whole, str(self.folder))
        running.words = [*(f'{name}={value}' for name, value in extra.items()), *running.words]
        return running

    def end(self, running, limit=RUN_LIMIT):
        answer = running.wait(limit)
        self.assertEqual(answer.note, '', f'it did not end\n{answer}')
        self.assertNotIn(answer.exit, (SANITIZER_FOUND, 70, -signal.SIGABRT, -signal.SIGSEGV), str(answer))
        return answer

    def run_program(self, *words, limit=RUN_LIMIT, **how):
        return self.end(self.begin(*words, **how), limit)

    def words_of(self, command, file=None):
        if command == 'rollback':
            return ('rollback', file, self.target.url(), '--yes', '--parallel', 2, *FOLDERS)
        return ('incremental', *self.urls(), *self.scope, '--yes', '--parallel', 2, *ALLOW, *FOLDERS)

    def incremental(self, *options, **how):
        return self.run_program(*self.words_of('incremental'), *options, **how)

    def rollback(self, file, *options, **how):
        return self.run_program(*self.words_of('rollback', file), *options, **how)

    def reached(self):
        """The fault points that the last run has passed."""
        log = self.folder / 'faults.log'
        return set(log.read_text().split()) if log.exists() else set()

    # Files -------------------------------------------------------------------

    def backups(self):
        """The oldest first; their names tell seconds only."""
        return sorted(map(str, self.backup_dir.glob('backup_point_*.sql.zst')), key=lambda path: os.stat(path).st_mtime_ns)

    def expect_clean_folder(self, story, is_killed=False):
        """Every file is a backup point that is whole; only a kill may leave an unfinished one."""
        names = sorted(os.listdir(self.backup_dir)) if self.backup_dir.exists() else []
        kept = [name for name in names if not (is_killed and name.endswith('.part'))]
        self.assertEqual(kept, sorted(map(os.path.basename, self.backups())), f'leftovers\n{story}')
        listed = self.run_program('backups', 'list', '--json', '--backup-dir', 'backups')
        self.expect_exit(listed, 0)
        found = json.loads(listed.out)['backups']
        self.assertEqual(sorted(os.path.basename(entry['file']) for entry in found), kept, f'{listed}\n{story}')
        self.assertTrue(all(entry['damage'] is None for entry in found), f'{listed}\n{story}')

    def open_runs(self):
        """Those that sync-state.json says have not ended."""
        path = self.folder / 'state/sync-state.json'
        runs = json.loads(path.read_text())['runs'] if path.exists() else []
        return [run['run'] for run in runs if not run['ended']]


# --------------------------------------------------------------------------
# Fault points
# --------------------------------------------------------------------------

def fault_points():
    text = (ROOT / 'include/dbsync/base/fault_list.h').read_text()
    return re.findall(r'^FAULT\([A-Z_]+,\s*"([a-z.]+)"', text, re.MULTILINE)


# no structures change here: test_reshaping_crashes.py
OF_STRUCTURES = ('proof.table', 'hold.locked', 'reform.step', 'reform.done', 'reform.rows', 'reform.late', 'backup.join', 'restore.empty',
                 'restore.rows', 'disarm.dropped', 'disarm.done', 'remake.step', 'remake.default')
# no table is copied as a whole here: test_full_crashes.py
OF_COPIES = ('load.feed', 'load.commit', 'load.keys', 'load.done', 'swap.before', 'swap.triggers', 'swap.keys', 'swap.done', 'swap.old')
# of no run: test_cleanup.py
OF_COMMANDS = ('cleanup.dropped',)
# no place of a log is at stake here: test_log_crashes.py
OF_LOGS = ('changes.written', 'changes.stored', 'follow.copied', 'follow.compared', 'follow.marked', 'follow.written', 'agreement.save', 'agreement.saved', 'agreement.generation', 'agreement.removed')


class Case(namedtuple('Case', 'nth action stage exit')):
    """One stumble: 'NTH:ACTION STAGE [EXIT]'.

    Stages: `before` the backup point is complete, `after` it, `through`: the run
    copes with it; `any`: that depends on what other threads do meanwhile.  Without
    EXIT, an error `any` is one of whichever statement comes by: see expect_exit_of_facts.
    """

    @classmethod
    def read(cls, text):
        (wish, stage, *exits) = text.split()
        nth, action = wish.split(':')
        known = KILLED if action == 'kill' else 0 if stage == 'through' else int(exits[0]) if exits else None
        return cls(int(nth), action, stage, known)


class Faults(Crash):
    """Base of the two below; has no tests of its own."""
    cases = {}

    def check_point(self, point):
        """All that CASES says of a point; that it says of others what is true, is check_passed."""
        if point not in self.cases:
            self.fail(f'{point} is a new fault point: say in test_crashes.py what becomes of a run that stumbles there')
        if not self.cases[point]:
            return
        self.create()
        for text in self.cases[point]:
            case = Case.read(text)
            with self.subTest(case=f'{point} {text}'):
                # a loss that lasts is tried again often, and waited for
                patience = ('--retries', 1) if case.action == 'error+' else ()
                self.check_case(case, f'{point}:{case.nth}:{case.action}', patience)
                self.assertIn(point, self.reached_first, f'{point} was never reached\n{self.first_story}')

    def stumble(self, case, answer, is_done):
        """What is true of every run that stumbled, where is_done is what one that did not would leave; returns its story."""
        self.first_story = story = f'{case}\n{answer}'
        self.reached_first = self.reached()
        if case.exit is None:
            self.expect_exit_of_facts(answer, is_done)
        else:
            self.assertEqual(answer.exit, case.exit, f'exit code\n{story}')
        self.expect_clean_folder(story, case.action == 'kill')
        return story

    def expect_exit_of_facts(self, answer, is_done):
        """The exit status says what others find: 4 if a loss is named that ended the run, else 0 if all is done, or 6."""
        is_lost = bool(LOST.search(answer.err))
        self.expect_exit(answer, 4 if is_lost else 0 if self.holds(is_done) else 6)
        if 'everything was written' in answer.err:
            is_done(answer)

    @staticmethod
    def holds(expectation):
        try:
            expectation('')
        except AssertionError:
            return False
        return True

    def expect_stage(self, case, files, story):
        if case.stage != 'any':
            self.assertEqual(len(files), 0 if case.stage == 'before' else 1, f'backup points\n{story}')

    def expect_named(self, runs, answer, story):
        """The command after an interrupted run names it, and how to undo it."""
        for run in runs:
            self.assertRegex(answer.err, rf'run {run} .*was interrupted.*dbsync rollback \S*backup_point_',
                             f'{answer}\n{story}')
        self.assertEqual(self.open_runs(), [], f'still called interrupted\n{answer}\n{story}')

    def expect_undone(self, file, story):
        runs = self.open_runs()
        answer = self.expect_exit(self.rollback(file), 0)
        self.expect_before(f'{answer}\n{story}')
        self.expect_named(runs, answer, story)
        return answer

    def expect_all_undone(self, files, wanted, story):
        """Those of several runs, the last one first."""
        for path in reversed(files):
            self.expect_exit(self.rollback(path), 0)
        self.assertEqual(self.differences(wanted, self.dump(self.target)), [], f'not undone\n{story}')

    def expect_between(self, story):
        """What is true of a target that a run has left, wherever it stumbled; rows of each batch are their own."""

    def expect_way_back(self, files, story):
        """From a run that was repeated; the backup point of the first has all that it needs."""
        if files:
            self.expect_undone(files[0], story)

    def expect_repeated(self, story):
        runs = self.open_runs()
        answer = self.expect_exit(self.incremental(), 0)
        self.expect_equal(f'{answer}\n{story}')
        self.expect_named(runs, answer, story)


class IncrementalFaults(Faults):
    cases = {
        'thread.start': ('2:error before 4',),
        'thread.try': ('1:error+ through',),
        'db.connect': ('1:kill before', '3:kill before', '1:error through', '3:error through', '1:error+ before 4',
                       '5:kill any', '6:kill any', '6:error+ any 4'),
        'db.query': ('1:kill before', '3:kill before', '1:error before 4', '3:error before 4', '1:error+ before 4',
                     *(f'{nth}:kill any' for nth in (60, 120, 170, 230)),
                     *(f'{nth}:error any' for nth in (60, 120, 170, 230)),
                     '150:error+ any 4', '200:error+ any 4'),
        'db.stream': ('1:kill before', '3:kill before', '2000:kill before', '1:error through', '3:error through',
                      '1:error+ before 4', '12000:kill any', '12000:error any'),
        'db.snapshot': ('1:kill before', '1:error through'),
        'data.bound': (),       # what is read, not what is written: test_bounds
        'data.spill': (),       # 8 MiB of hashes: LargeBag
        'data.change': ('1:kill before', '3:kill before', '1:error before 5', '3:error before 5', '1:error+ before 5'),
        'file.write': ('1:kill before', '1:error before 5', '1:error+ before 5'),
        'file.sync': ('1:kill before', '1:error before 5', '2:kill after', '2:error before 5'),
        'file.keep': ('1:kill before', '2:kill after', '3:kill after'),
        'backup.check': ('1:kill before', '1:error before 5'),
        'backup.done': ('1:kill after',),
        'apply.begin': ('1:kill after', '3:kill after', '9:kill after', '1:error through', '3:error through',
                        '9:error through', '1:error+ after 4', '5:error+ after 4'),
        'apply.deleted': ('1:kill after', '3:kill after', '1:error through', '3:error through', '1:error+ after 4'),
        'apply.written': ('1:kill after', '3:kill after', '9:kill after', '1:error through', '3:error through',
                          '1:error+ after 4'),
        'apply.committed': ('1:kill after', '3:kill after', '1:error through', '3:error through', '9:error through',
                            '3:error+ after 4'),
        'apply.exchange': ('1:kill after', '1:error through', '1:error+ after 4'),
        'apply.counter': ('1:kill after', '2:kill after', '1:error through', '2:error through', '1:error+ through'),
        'apply.done': ('1:kill after',),
        'lock.check': (),       # looked at every three seconds: SlowRuns
        'state.write': ('1:kill after', '1:error before 5', '2:kill after', '2:error through'),
        **dict.fromkeys(OF_STRUCTURES + OF_COPIES + OF_COMMANDS + OF_LOGS, ()),
    }

    def check_case(self, case, fault, patience):
        self.reset()
        answer = self.incremental(*patience, fault=fault)
        story, files = self.stumble(case, answer, self.expect_equal), self.backups()
        self.expect_stage(case, files, story)
        self.expect_between(story)
        if not files:
            self.expect_before(story)
            self.expect_repeated(story)
            return
        if answer.exit == 0:
            self.expect_equal(story)
        else:
            self.expect_undone(files[case.nth % len(files)], story)
            self.reset()
            answer = self.incremental(*patience, fault=fault)
            story, files = f'{fault}\n{answer}', self.backups()
        self.expect_repeated(story)
        self.expect_way_back(files, story)


class RollbackFaults(Faults):
    cases = {
        'thread.start': ('2:error before 4',),
        'thread.try': ('1:error+ through',),
        'db.connect': ('1:kill before', '1:error through', '1:error+ before 4', '3:kill before', '3:error through',
                       '5:kill after', '5:error through', '5:error+ after 4'),
        'db.query': ('1:kill before', '3:kill before', '1:error any', '3:error any', '1:error+ before 4',
                     *(f'{nth}:kill any' for nth in (40, 80, 120)),
                     *(f'{nth}:error any' for nth in (40, 80, 120)), '90:error+ any 4'),
        'db.stream': ('1:kill before', '3:kill before', '1:error any', '3:error any', '1:error+ before 4',
                      '6000:kill any', '6000:error any'),
        'db.snapshot': (),
        'data.bound': (),       # what is read, not what is written: test_bounds
        'data.spill': (),
        'data.change': ('1:kill before', '3:kill before', '1:error before 5', '3:error before 5', '1:error+ before 5'),
        'file.write': ('1:kill before', '1:error before 5'),
        'file.sync': ('1:kill before', '1:error before 5', '2:kill after', '2:error before 5'),
        # the name of the second is that of the run before it
        'file.keep': ('1:kill before', '2:kill any', '3:kill after'),
        'backup.check': ('1:kill before', '1:error before 5'),
        'backup.done': ('1:kill after',),
        'apply.begin': ('1:kill after', '3:kill after', '9:kill after', '1:error through', '3:error through',
                        '1:error+ after 4'),
        'apply.deleted': ('1:kill after', '3:kill after', '1:error through', '3:error through', '1:error+ after 4'),
        'apply.written': ('1:kill after', '3:kill after', '9:kill after', '1:error through', '3:error through',
                          '1:error+ after 4'),
        'apply.committed': ('1:kill after', '3:kill after', '1:error through', '3:error through', '3:error+ after 4'),
        'apply.exchange': ('1:kill after', '1:error through', '1:error+ after 4'),
        'apply.counter': ('1:kill after', '2:kill after', '1:error through', '2:error through', '1:error+ through'),
        'apply.done': ('1:kill after',),
        'lock.check': (),
        'state.write': ('1:kill after', '1:error before 5', '2:kill after', '2:error through'),
        **dict.fromkeys(OF_STRUCTURES + OF_COPIES + OF_COMMANDS + OF_LOGS, ()),
    }

    def check_case(self, case, fault, patience):
        self.reset()
        self.expect_exit(self.incremental(), 0)
        first, synced = self.backups()[0], self.dump(self.target)
        answer = self.rollback(first, *patience, fault=fault)
        story = self.stumble(case, answer, self.expect_before)
        files = [path for path in self.backups() if path != first]
        self.expect_stage(case, files, story)
        if not files:
            self.assertEqual(self.differences(synced, self.dump(self.target)), [], f'not as before the rollback\n{story}')
        if answer.exit == 0:
            self.expect_before(story)
        self.expect_undone(first, story)
        self.expect_all_undone([path for path in self.backups() if path != first], synced, f'of the rollback\n{story}')


def add_tests():
    """A test method for each fault point of the list, and of CASES."""
    for base in (IncrementalFaults, RollbackFaults):
        for point in fault_points():
            def test(self, point=point):
                self.check_point(point)
            test.__name__ = f'test_{point.replace(".", "_")}'
            setattr(base, test.__name__, test)


add_tests()


class Points(Faults):
    def test_cases_say_which_points_a_run_passes(self):
        self.create()
        for cases, words in ((IncrementalFaults.cases, ()), (RollbackFaults.cases, ('rollback',))):
            self.assertEqual(list(cases), fault_points(), 'CASES has the points of fault_list.h in their order')
            answer = self.rollback(self.backups()[0]) if words else self.incremental()
            self.expect_exit(answer, 0)
            # whether it keeps where the logs are depends on what others did on these servers
            self.assertEqual(self.reached() - set(OF_LOGS), {point for point in cases if cases[point]}, str(answer))


class Bugs(Faults):
    once = True

    def test_bug_in_the_middle_of_writing_is_70_and_can_be_undone_or_repeated(self):
        self.create()
        for makes_good in (self.rollback_of, self.repeat):
            self.reset()
            answer = self.begin(*self.words_of('incremental'), fault='apply.deleted:2:bug').wait(RUN_LIMIT)
            self.expect_exit(answer, 70)
            for words in ('dbsync: a bug at src/base/fault.c:', 'Please report', '`dbsync status`', 'apply.deleted'):
                self.assertIn(words, answer.err, str(answer))
            self.assertNotIn(str(ROOT), answer.err.split('\n')[0], 'the source is named as the project names it')
            self.assertEqual(len(self.backups()), 1, str(answer))
            makes_good(str(answer))

    def rollback_of(self, story):
        self.expect_undone(self.backups()[0], story)

    def repeat(self, story):
        self.expect_repeated(story)


class LargeBag(Faults):
    """data.spill: more rows without a key than memory has room for."""
    once = True
    cases = {'data.spill': ('1:kill before', '3:error before 5')}
    check_case = IncrementalFaults.check_case

    def dump(self, place):
        """As above, rows by groups of many."""
        session = self.session(place)
        groups = session.run('SELECT b, a DIV 10000 AS d, COUNT(*), SUM(a), SUM(a*a), MAX(a) FROM t GROUP BY b, d')
        return {'t': (session.run('SHOW CREATE TABLE t')[0][1], Counter(groups))}

    def create(self):
        self.names = ['t']
        for place in (self.source, self.target):
            self.session(place).run('SET SESSION sql_log_bin=0')
        self.on_both('CREATE TABLE t (a INT, b INT)', f'INSERT INTO t SELECT n, n % 7 FROM {numbers(540000)}')
        self.on_target('UPDATE t SET b=-1 WHERE a IN (5, 500000)')
        self.wanted = self.dump(self.source)
        self.keep()

    def test_spill_file_cannot_be_written(self):
        self.check_point('data.spill')


class SlowRuns(Faults):
    """lock.check: a run that lasts longer than the three seconds between two looks at its lock."""
    cases = {'lock.check': ('1:kill after', '1:error through')}

    def held(self, *words, fault=None, meanwhile=None):
        """A run whose writers wait for a row until the lock was looked at."""
        holder = self.target.session(self.db)
        self.addCleanup(holder.close)
        holder.run('BEGIN')
        holder.run('SELECT * FROM plain WHERE id=1 FOR UPDATE')
        running = self.begin(*words, fault=fault)
        until(20, lambda: running.process.poll() is not None or 'lock.check' in self.reached(), 'a look at the lock')
        if meanwhile:
            meanwhile(running)
        time.sleep(0.3)
        holder.run('ROLLBACK')
        return self.end(running)

    def check_case(self, case, fault, patience):
        self.reset()
        answer = self.held(*self.words_of('incremental'), *patience, fault=fault)
        story, files = self.stumble(case, answer, self.expect_equal), self.backups()
        self.expect_stage(case, files, story)
        if answer.exit == 0:
            self.expect_equal(story)
        self.expect_repeated(story)
        answer = self.held(*self.words_of('rollback', files[0]), fault=fault)
        story = self.stumble(case, answer, self.expect_before)
        if answer.exit == 0:
            self.expect_before(story)
        self.expect_undone(files[0], story)

    def test_look_at_the_lock(self):
        self.check_point('lock.check')

    # HC-131 ---------------------------------------------------------------------

    def test_hc_131_second_run_is_refused_and_says_who_writes(self):
        self.create()
        holder = self.target.session(self.db)
        self.addCleanup(holder.close)
        holder.run('BEGIN')
        holder.run('SELECT * FROM plain WHERE id=1 FOR UPDATE')
        first = self.begin(*self.words_of('incremental'))
        try:
            until(20, lambda: waits_for_row(self.target, self.db), 'the first run waits for the row')
            here = self.expect_error(self.incremental(), 3, 'another run', self.db, 'dbsync incremental')
            file = self.backups()[0]
            self.expect_error(self.rollback(file), 3, 'another run')
            elsewhere = self.run_program(*self.words_of('incremental'), '--state-dir', 'other')
            self.expect_error(elsewhere, 3, 'another run', 'connection')
            self.assertEqual(self.backups(), [file], f'{here}\n{elsewhere}')
        finally:
            holder.run('ROLLBACK')
        answer = self.expect_exit(self.end(first), 0)
        self.expect_equal(answer)

    def test_hc_131_lock_that_somebody_else_got_stops_the_run(self):
        self.create()
        thief = self.target.session(self.db)
        self.addCleanup(thief.close)

        def wait(running):
            self.steal(thief, running)
            time.sleep(3.5)

        answer = self.held(*self.words_of('incremental'), meanwhile=wait)
        self.expect_error(answer, 4, 'the lock on the target cannot be kept', 'rollback')
        file = self.backups()[0]
        self.expect_error(self.rollback(file), 3, 'another run')
        thief.run('DO RELEASE_ALL_LOCKS()')
        self.expect_undone(file, answer)

    def test_stop_while_the_lock_is_in_doubt_is_a_stop(self):
        self.create()
        thief, holder = self.target.session(self.db), self.target.session(self.db)
        for session in (thief, holder):
            self.addCleanup(session.close)
        holder.run('BEGIN')
        holder.run('SELECT * FROM plain WHERE id=1 FOR UPDATE')
        running = self.begin(*self.words_of('incremental'))
        until(20, lambda: waits_for_row(self.target, self.db), 'the run waits for the row')
        self.steal(thief, running)
        until(10, lambda: self.target.sql('SELECT 1 FROM information_schema.processlist WHERE info LIKE '
                                          "'SELECT GET_LOCK%'"), 'the run wants its lock back')
        running.signal(signal.SIGINT)
        time.sleep(0.3)
        holder.run('ROLLBACK')
        answer = self.end(running)
        self.expect_error(answer, 7, 'cancelled', 'rollback')
        self.assertNotIn('cannot be kept', answer.err)
        thief.run('DO RELEASE_ALL_LOCKS()')
        self.expect_undone(self.backups()[0], answer)

    def steal(self, thief, running):
        """The lock is the thief's, and the run is about to find that out."""
        refused = self.run_program(*self.words_of('incremental'), '--state-dir', 'other')
        self.assertIsNone(running.process.poll(), f'the run has ended already\n{refused}')
        number, name = re.search(r'connection (\d+) of .* has the lock (\S+);', refused.err).groups()
        taken = Background(lambda _: thief.run(f"SELECT GET_LOCK('{name}', 20)"))
        until(10, lambda: self.target.sql('SELECT 1 FROM information_schema.processlist WHERE info LIKE '
                                          "'SELECT GET_LOCK%'"), 'the thief waits')
        self.target.sql(f'KILL {number}')
        taken.stop()


def until(seconds, condition, what):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f'not within {seconds} s: {what}')
        time.sleep(0.02)


def waits_for_row(place, database):
    """Some transaction of a run waits for a lock.  The server looks anew only when nobody has asked for 0.1 s."""
    time.sleep(0.15)
    return place.sql("SELECT 1 FROM information_schema.innodb_trx WHERE trx_state='LOCK WAIT' "
                     f"AND LOCATE('{database}', trx_query)")


# --------------------------------------------------------------------------
# Runs that are killed
# --------------------------------------------------------------------------

class Kills(Faults):
    def test_killed_at_any_instant(self):
        self.create()
        for number in range(8):
            pause = random.uniform(0.02, 0.35)
            self.reset()
            running = self.begin(*self.words_of('incremental'), fault='state.write:2:stall')    # it does not end by itself
            time.sleep(pause)
            running.kill()
            answer = self.expect_exit(self.end(running), KILLED)
            story, files = f'killed after {pause:.3f} s\n{answer}', self.backups()
            self.expect_clean_folder(story, True)
            if not files:
                self.expect_before(story)
            if number % 2 and files:
                self.expect_undone(files[0], story)
            else:
                self.expect_repeated(story)

    def test_hc_125_killed_again_while_it_is_repeated(self):
        self.create()
        files = []
        for fault in ('apply.written:2:kill', 'apply.committed:2:kill', 'apply.exchange:1:kill', 'apply.counter:1:kill'):
            answer = self.expect_exit(self.incremental(fault=fault), KILLED)
            files += [path for path in self.backups() if path not in files]
            self.assertEqual(len(self.open_runs()), len(files), str(answer))
        self.expect_repeated('killed four times')
        for path in reversed(files):
            self.expect_exit(self.rollback(path), 0)
        self.expect_before('each of four backup points was rolled back')

    def test_hc_125_stopped_by_a_signal_ends_in_order(self):
        self.create()
        for number in (signal.SIGINT, signal.SIGTERM):
            self.reset()
            holder = self.target.session(self.db)
            self.addCleanup(holder.close)
            holder.run('BEGIN')
            holder.run('SELECT * FROM plain WHERE id=1 FOR UPDATE')
            running = self.begin(*self.words_of('incremental'))
            until(20, lambda: waits_for_row(self.target, self.db), 'the run waits for the row')
            running.signal(number)
            answer = self.expect_error(self.end(running, 20), 7, 'dbsync rollback')
            holder.run('ROLLBACK')
            self.assertEqual(self.open_runs(), [], f'ended, and not interrupted\n{answer}')
            self.expect_clean_folder(answer)
            self.expect_undone(self.backups()[0], answer)

    def test_hc_122_run_of_other_tables_does_not_make_good_an_interrupted_one(self):
        self.create()
        self.expect_exit(self.incremental(fault='apply.written:3:kill'), KILLED)
        runs = self.open_runs()
        self.assertEqual(len(runs), 1)
        for tables in ('same', 'moods'):
            answer = self.expect_exit(self.incremental('--tables', tables), 0)
            self.assertIn(f'run {runs[0]} ', answer.err, str(answer))
            self.assertEqual(self.open_runs(), runs, f'it is not made good yet\n{answer}')
        self.expect_repeated('after all')

    def test_hc_122_table_altered_after_an_interrupted_run_is_not_rolled_back(self):
        self.create()
        self.expect_exit(self.incremental(fault='apply.done:1:kill'), KILLED)
        self.on_target('ALTER TABLE plain MODIFY v BIGINT')
        left = self.dump(self.target)
        answer = self.expect_error(self.rollback(self.backups()[0]), 3, 'plain', 'altered')
        self.assertEqual(self.differences(left, self.dump(self.target)), [], str(answer))
        self.on_target('ALTER TABLE plain MODIFY v INT')
        self.expect_undone(self.backups()[0], answer)


# --------------------------------------------------------------------------
# Errors of the server
# --------------------------------------------------------------------------

# With the numbers of their passages; those who only read end their transactions with the first COMMITs.
STATEMENTS = (('FOR UPDATE', (1, 4)), ('DELETE FROM', (1,)), ('INSERT INTO', (1, 4)), ('COMMIT', (9, 12)),
              ('ALTER TABLE', (1,)))


class ServerErrors(Faults):
    def check_passing(self, number):
        self.create()
        for statement, passages in STATEMENTS:
            for nth in passages:
                with self.subTest(statement=statement, nth=nth):
                    self.reset()
                    answer = self.expect_exit(self.incremental(sql=f'{nth}:{number}:{statement}'), 0)
                    self.expect_equal(answer)
                    if statement != 'ALTER TABLE':
                        self.assertIn('writing the batch again', answer.err, str(answer))
        self.expect_undone(self.backups()[0], answer)

    def test_lock_wait_is_tried_again(self):
        self.check_passing(1205)

    def test_deadlock_is_tried_again(self):
        self.check_passing(1213)

    def test_server_gone_away_is_tried_again(self):
        self.check_passing(2006)

    def test_lost_connection_is_tried_again(self):
        self.check_passing(2013)

    def check_lasting(self, number, exit_code, *words, statements=('DELETE FROM', 'INSERT INTO'), passages=('1+', '3+')):
        """Said, not written in part, and undone by a rollback."""
        self.create()
        for statement in statements:
            for nth in passages:
                with self.subTest(statement=statement, nth=nth):
                    self.reset()
                    answer = self.incremental('--retries', 1, sql=f'{nth}:{number}:{statement}')
                    self.expect_exit(answer, exit_code)
                    for word in words:
                        self.assertIn(word, answer.text, str(answer))
                    self.expect_clean_folder(answer)
                    self.assertEqual(self.open_runs(), [], f'it ended in order\n{answer}')
                    self.expect_undone(self.backups()[0], answer)
                    self.reset()
                    self.incremental('--retries', 1, sql=f'{nth}:{number}:{statement}')
                    self.expect_repeated(answer)

    def test_lock_wait_that_lasts(self):
        self.check_lasting(1205, 6, '1205')

    def test_loss_that_lasts(self):
        self.check_lasting(2013, 4, 'writing the batch again', statements=('INSERT INTO',))

    def test_clash_that_lasts(self):
        self.check_lasting(1062, 6, '1062', statements=('INSERT INTO',))

    def test_packet_too_large(self):
        self.check_lasting(1153, 6, '1153')

    def test_server_that_became_read_only(self):
        self.check_lasting(1290, 6, '1290')

    def test_too_many_connections(self):
        self.check_lasting(1040, 4, '1040', statements=('unique_checks = 1',), passages=('1+', '2+'))

    def test_clash_that_passes(self):
        self.create()
        answer = self.expect_exit(self.incremental(sql='1:1062:INSERT INTO'), 0)
        self.expect_equal(answer)


# --------------------------------------------------------------------------
# Files
# --------------------------------------------------------------------------

class Files(Crash):
    """HC-126: what cannot be written is known before the target is written to."""
    once = True

    def check_refused(self, *options, words=(), **how):
        answer = self.incremental(*options, **how)
        self.expect_error(answer, 5, *words)
        self.expect_before(answer)
        self.assertEqual(self.backups(), [], str(answer))
        self.assertEqual(self.open_runs(), [], str(answer))
        return answer

    def test_folder_of_backup_points_below_a_file(self):
        self.create()
        self.program.file('file', 'text')
        self.check_refused('--backup-dir', 'file/backups', words=('file',))
        self.check_refused('--backup-dir', 'file', words=('file',))
        self.check_refused('--state-dir', 'file/state', words=('file',))
        self.assertEqual((self.folder / 'file').read_text(), 'text')

    def test_folders_that_may_not_be_written_to(self):
        self.create()
        other = self.unprivileged()
        key = self.program.file('a-key', Path(key_file()).read_text(encoding='ascii'))
        if other:       # root's, and for them to read
            os.chown(key, 0, 65534)
            os.chmod(key, 0o640)
        for option, name in (('--backup-dir', 'backups'), ('--state-dir', 'state')):
            with self.subTest(option=option):
                for folder in ('backups', 'state'):
                    (self.folder / folder).mkdir(exist_ok=True)
                    os.chmod(self.folder / folder, 0o555 if folder == name else 0o755)
                    if other:
                        os.chown(self.folder / folder, 65534, 65534)
                answer = self.check_refused(wrap=other, env={'DBSYNC_FAULT_LOG': '/dev/null', 'TMPDIR': '/tmp', 'DBSYNC_KEY_FILE': 'a-key'},
                                            words=('permission denied', name))
                self.assertEqual(os.listdir(self.backup_dir), [], str(answer))

    def unprivileged(self):
        """The words that run the program as somebody who may not write everywhere."""
        os.chmod(self.folder, 0o777)
        if os.getuid():
            return ()
        words = ('setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups')
        probe = subprocess.run([*words, self.sanitized, '--version'], cwd=self.folder, capture_output=True, check=False)
        if probe.returncode:
            raise SkipTest(f'root may write everywhere, and somebody else cannot run {self.sanitized}')
        return words

    @staticmethod
    def small_disk(folder, size):
        """The words that run the program with a small file system of its own there; it says what is left in it."""
        words = ('unshare', '--mount', 'sh', '-c',
                 f'mkdir -p {folder} && mount -t tmpfs -o size={size},mode=0700 none {folder} || exit 77; "$@"; code=$?; '
                 f'echo "left: $(ls -A {folder} | wc -l)" >&2; exit $code', 'sh')
        return words

    def test_hc_126_disk_full(self):
        self.create()
        for folder, env in (('backups', {}), ('tmp', {'TMPDIR': 'tmp'})):
            with self.subTest(folder=folder):
                answer = self.incremental(wrap=self.small_disk(folder, '32k'), env=env)
                if answer.exit == 77 or answer.err.startswith('unshare: '):
                    raise SkipTest('no file system can be mounted here')
                self.expect_error(answer, 5, 'no space left', 'left: 0')
                self.expect_before(answer)
                self.assertEqual(self.open_runs(), [], str(answer))

    def test_file_larger_than_is_allowed(self):
        self.create()
        for size in (8192, 65536):
            with self.subTest(size=size):
                answer = self.check_refused(wrap=('prlimit', f'--fsize={size}'), words=('file too large',))
                self.expect_clean_folder(answer)

    def test_folder_for_temporary_files_is_missing(self):
        self.create()
        self.check_refused(env={'TMPDIR': '/nowhere'}, words=('TMPDIR', '/nowhere'))


def zstd(*options, data):
    return subprocess.run(['zstd', '-q', '-c', *options], input=data, capture_output=True, check=True).stdout


def flipped(data, at):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 0xff]) + data[at + 1:]


class Damage(Crash):
    """HC-126: nothing is undone from a file that is not what was written."""
    once = True

    def setUp(self):
        super().setUp()
        self.create()
        self.expect_exit(self.incremental(), 0)
        self.file = Path(self.backups()[0])
        self.data, self.synced = self.file.read_bytes(), self.dump(self.target)
        self.text = zstd('-d', data=self.data)

    def check(self, damaged):
        """{what was done: the bytes of the file}"""
        for title, data in damaged.items():
            with self.subTest(damage=title):
                self.assertNotEqual(data, self.data, 'the test damages nothing')
                path = self.folder / 'damaged.sql.zst'
                path.write_bytes(data)
                for words in (self.words_of('rollback', path), ('backups', 'verify', path)):
                    answer = self.run_program(*words)
                    self.expect_error(answer, 5, 'damaged.sql.zst')
                    self.assertRegex(answer.err, r'\b(byte|line) \d+', str(answer))
                self.assertEqual(self.differences(self.synced, self.dump(self.target)), [], title)
                self.assertEqual(self.backups(), [str(self.file)], title)
        self.expect_exit(self.rollback(self.file), 0)
        self.expect_before('the whole file')

    def test_hc_126_one_byte_changed(self):
        size = len(self.data)
        places = {'magic': 0, 'end of the magic': 3, 'descriptor': 4, 'window': 5, 'first block': 6, 'first literals': 12,
                  'checksum': -1, 'start of the checksum': -4, 'last block': -6}
        places.update((f'{part} of 9', size * part // 9) for part in range(1, 9))
        self.check({title: flipped(self.data, at) for title, at in places.items()})

    def test_hc_126_truncated(self):
        size = len(self.data)
        lengths = {0, 1, 3, 4, 5, 6, 18, size - 5, size - 4, size - 1, *(size * part // 7 for part in range(1, 7))}
        self.check({f'{length} of {size} bytes': self.data[:length] for length in sorted(lengths)})

    def test_altered_text(self):
        lines = self.text.splitlines(keepends=True)
        row = next(number for number, line in enumerate(lines) if line.startswith(b'(') and b' /* u ' in line)
        digit = re.search(rb'\d', lines[row])
        other = lines[row][:digit.start()] + b'%d' % ((int(digit.group()) + 1) % 10) + lines[row][digit.end():]
        texts = {
            'a value': lines[:row] + [other] + lines[row + 1:],
            'a row is missing': lines[:row] + lines[row + 1:],
            'a row twice': lines[:row] + [lines[row]] + lines[row:],
            'a hash': [re.sub(rb'/\* u [0-9a-f]', b'/* u x', line) if number == row else line
                       for number, line in enumerate(lines)],
            'manifest': [line.replace(b'"run":"', b'"run":"x') for line in lines],
            'first line': lines[1:],
            'without its trailer': lines[:-1],
            'half of its lines': lines[:len(lines) // 2],
            'half a line': [self.text[:len(self.text) // 2]],
            'more after the trailer': lines + [b'-- more\n'],
            'bytes of the trailer': lines[:-1] + [lines[-1].replace(b'"bytes":', b'"bytes":1')],
            'digest of the trailer': lines[:-1] + [re.sub(rb'(?<="xxh3":").', lambda m: b'%x' % (int(m[0], 16) ^ 1),
                                                          lines[-1])],
            'empty': [b''],
        }
        damaged = {title: zstd('--check', data=b''.join(parts)) for title, parts in texts.items()}
        damaged['twice'] = self.data * 2
        damaged['another frame'] = self.data + zstd(data=b'-- more\n')
        damaged['rubbish after it'] = self.data + b'rubbish'
        damaged['not packed'] = self.text
        self.check(damaged)

    def test_what_is_no_file(self):
        for name in ('missing.sql.zst', self.folder, '/dev/null'):
            with self.subTest(name=str(name)):
                self.expect_error(self.rollback(name), 5, os.path.basename(str(name)))
        self.assertEqual(self.differences(self.synced, self.dump(self.target)), [])


# --------------------------------------------------------------------------
# Others who write
# --------------------------------------------------------------------------

class Company(Faults):
    def test_hc_116_writer_on_the_source_is_caught_up_with(self):
        self.create()

        numbers_used = itertools.count(1)

        def write(ending):
            with self.source.session(self.db) as session:
                while not ending.is_set():
                    number = next(numbers_used)
                    session.run(f'UPDATE plain SET v=v+1 WHERE id IN ({number % 2600}, {number * 7 % 2600})')
                    session.run(f'DELETE FROM plain WHERE id={number * 11 % 2600}')
                    session.run(f"INSERT INTO plain VALUES ({20000 + number}, 0, 'new', NULL)")
                    session.run(f'UPDATE swaps SET u=u+10000 WHERE id={number * 3 % 1200}')
                    session.run('DELETE FROM bag LIMIT 1')
                    session.run('INSERT INTO numbered (v) VALUES (1)')

        for fault in (None, 'apply.written:3:kill', None):
            writer = Background(write)
            try:
                answer = self.incremental(fault=fault)
            finally:
                writer.stop()
            self.expect_exit(answer, KILLED if fault else 0)
            self.wanted = self.dump(self.source)
            self.assertNotEqual(self.dump(self.target)['plain'][1], self.wanted['plain'][1],
                                'the writer wrote nothing meanwhile')
        self.expect_repeated('three runs beside a writer')
        for path in reversed(self.backups()):
            self.expect_exit(self.rollback(path), 0)
        self.expect_before('all backup points were rolled back')

    def change_meanwhile(self, *changes, rows='id IN (1, 3)', words=None):
        """A run in whose way somebody changes rows between its comparing and its writing."""
        with self.target.session(self.db) as other:
            other.run('BEGIN')
            other.run(f'SELECT * FROM plain WHERE {rows} FOR UPDATE')
            running = self.begin(*(words or self.words_of('incremental')))
            until(20, lambda: waits_for_row(self.target, self.db), 'the run waits for the row')
            for change in changes:
                other.run(change)
            other.run('COMMIT')
        return self.end(running)

    def test_hc_128_row_that_somebody_changed_meanwhile_is_left_alone(self):
        self.create()
        answer = self.change_meanwhile("UPDATE plain SET note='mine' WHERE id=1", 'DELETE FROM plain WHERE id=3')
        self.expect_exit(answer, 6)
        self.assertRegex(answer.out, r'plain: .*\b2\b', str(answer))
        self.assertEqual(self.on_target('SELECT id, v, note FROM plain WHERE id IN (1, 3)'),
                         [('1', '-1', 'mine')], str(answer))
        wanted, found = self.wanted['plain'][1], self.dump(self.target)['plain'][1]
        self.assertEqual((sum((wanted - found).values()), sum((found - wanted).values())), (2, 1), str(answer))
        self.assertEqual(self.open_runs(), [], str(answer))
        first = self.backups()[0]

        refused = self.expect_error(self.rollback(first), 3, '--force', 'changed')
        self.assertEqual(self.backups(), [first], str(refused))
        self.assertEqual(self.on_target('SELECT id, v, note FROM plain WHERE id IN (1, 3)'),
                         [('1', '-1', 'mine')], str(refused))
        forced = self.expect_exit(self.rollback(first, '--force'), 0)
        self.expect_before(forced)
        self.expect_repeated(forced)

    def test_row_that_somebody_else_brought_up_to_date_is_not_written_again(self):
        self.create()
        answer = self.change_meanwhile("UPDATE plain SET v=id*7, stamp=stamp WHERE id=1",
                                       "UPDATE plain SET v=id*7, stamp=stamp WHERE id=3")
        self.expect_exit(answer, 0)
        self.expect_equal(answer)
        self.expect_undone(self.backups()[0], answer)

    def test_row_that_somebody_else_inserted_meanwhile_is_not_overwritten(self):
        self.create()
        answer = self.change_meanwhile("INSERT INTO plain VALUES (4, 0, 'mine', NULL)", rows='id IN (1)')
        self.expect_exit(answer, 6)
        self.assertEqual(self.on_target('SELECT note FROM plain WHERE id=4'), [('mine',)], str(answer))
        self.expect_repeated(answer)

    def test_hc_128_row_changed_after_the_run_is_not_rolled_back(self):
        self.create()
        self.expect_exit(self.incremental(), 0)
        first = self.backups()[0]
        self.on_target("UPDATE plain SET note='mine' WHERE id=1", "INSERT INTO plain VALUES (5001, 0, 'mine', NULL)",
                       "UPDATE swaps SET v=-7 WHERE id=5", "INSERT INTO bag VALUES (2, 'b2')")
        left = self.dump(self.target)
        refused = self.expect_error(self.rollback(first), 3, '--force', 'plain', 'swaps', 'bag')
        self.assertEqual(self.differences(left, self.dump(self.target)), [], str(refused))

    def test_hc_128_row_changed_while_it_is_rolled_back_is_left_alone(self):
        self.create()
        self.expect_exit(self.incremental(), 0)
        first = self.backups()[0]
        answer = self.change_meanwhile("UPDATE plain SET note='mine' WHERE id=1",
                                       words=self.words_of('rollback', first))
        self.expect_exit(answer, 6)
        self.assertEqual(self.on_target('SELECT v, note FROM plain WHERE id=1'), [('7', 'mine')], str(answer))
        self.expect_error(self.rollback(first), 3, '--force')
        self.on_target("UPDATE plain SET note='note 1', stamp='2020-02-02 02:02:02' WHERE id=1")
        self.expect_undone(first, answer)
