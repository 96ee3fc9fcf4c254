"""HC-110: runs that die or fail while they change structures.

The promise is that of test_crashes.py, for structures too: until a backup point
is complete nothing is written; afterwards the same command again makes the
target equal, and a rollback makes it what it was: definitions, rows, counters.
Both are read by SHOW CREATE TABLE and plain SELECTs, not by dbsync.

The points that only rows pass are tested there; a point that CASES does not
know fails the tests here.
"""
import os
import re

import test_crashes
from test_crashes import FOLDERS, KILLED, OF_STRUCTURES, Faults, fault_points, fill

ALLOW = ('--allow', 'no-key', '--max-delete-percent', 100, '--allow-unsafe', 'all', '--drop-extra-tables',
         '--lock-wait', 10, '--renames', 'renamed.v:w')

# --------------------------------------------------------------------------
# The situation
# --------------------------------------------------------------------------

ORDER = 'CONSTRAINT of_order FOREIGN KEY (o) REFERENCES orders (id)'
# Name; of the source and of the target: columns, rows, changes.  None: no such table.
TABLES = (
    ('added', ("id INT PRIMARY KEY, v INT, extra VARCHAR(20) NOT NULL DEFAULT 'none'",
               "SELECT n, n*7, CONCAT('x', n) FROM {60}", ()),
     ('id INT PRIMARY KEY, v INT', 'SELECT n, n*7 FROM {70}', ('UPDATE {t} SET v=-1 WHERE id % 3 = 0',))),
    ('dropped', ('id INT PRIMARY KEY, v INT, stamp TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP',
                 "SELECT n, n, '2020-02-02 02:02:02' FROM {50}", ()),
     ('id INT PRIMARY KEY, v INT, old TEXT NOT NULL, stamp TIMESTAMP NULL ON UPDATE CURRENT_TIMESTAMP',
      "SELECT n, n, CONCAT('it\\'s line\\n', n), '2020-02-02 02:02:02' FROM {55}",
      ('UPDATE {t} SET v=-1, stamp=stamp WHERE id=4',))),
    # values that are cut, and a counter that goes down
    ('narrowed', ('id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(10), d DECIMAL(8,2), UNIQUE KEY u (name)',
                  "SELECT n+1, CONCAT('name ', n), n FROM {40}", ()),
     ('id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(60), d DECIMAL(12,4)',
      "SELECT n+1, CONCAT('name ', n, REPEAT('!', n)), n + 0.1234 FROM {45}",
      ('ALTER TABLE {t} AUTO_INCREMENT = 5000',))),
    # the type of both sides of a foreign key, and rows that only one order of writing allows
    ('orders', ('id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT', 'SELECT n+1, n FROM {30}',
                ('ALTER TABLE {t} AUTO_INCREMENT = 900',)),
     ('id INT AUTO_INCREMENT PRIMARY KEY, v INT', 'SELECT n+1, n FROM {34}', ('DELETE FROM {t} WHERE id IN (3, 4)',))),
    ('lines', (f'id INT PRIMARY KEY, o BIGINT, KEY o (o), {ORDER}', 'SELECT n, 1 + n % 30 FROM {60}', ()),
     (f'id INT PRIMARY KEY, o INT, KEY o (o), {ORDER}', 'SELECT n, 1 + n % 34 FROM {60}', ('DELETE FROM {t} WHERE o IN (3, 4)',))),
    ('made', ('id INT AUTO_INCREMENT PRIMARY KEY, o BIGINT, KEY o (o), CONSTRAINT of_made FOREIGN KEY (o) REFERENCES orders (id)',
              'SELECT n+1, 1 + n FROM {25}', ('ALTER TABLE {t} AUTO_INCREMENT = 77',)), None),
    ('gone', None, ('id INT AUTO_INCREMENT PRIMARY KEY, o INT, b BLOB, KEY o (o), '
                    'CONSTRAINT of_gone FOREIGN KEY (o) REFERENCES orders (id)', "SELECT n+1, 1, UNHEX('00ff2700') FROM {20}", ('ALTER TABLE {t} AUTO_INCREMENT = 60',))),
    ('indexed', ('id INT PRIMARY KEY, v INT, KEY v (v)', 'SELECT n, n FROM {50}', ()),
     ('id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {45}', ('UPDATE {t} SET v=-id WHERE id < 9', 'DELETE FROM {t} WHERE id > 40'))),
    ('rows', ('id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {50}', ()),
     ('id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {45}',
      ('UPDATE {t} SET v=-id WHERE id < 9', 'DELETE FROM {t} WHERE id > 40', 'INSERT INTO {t} VALUES (99, 99)'))),
    ('renamed', ('id INT PRIMARY KEY, w BIGINT, n INT, KEY w (w)', 'SELECT n, n, 1 FROM {50}', ()),
     ('id INT PRIMARY KEY, v INT, KEY w (v)', 'SELECT n, n FROM {45}', ('UPDATE {t} SET v=-id WHERE id < 9',))),
    ('empty', ('id INT PRIMARY KEY, v SMALLINT NOT NULL', None, ()), ('id INT PRIMARY KEY, v INT, w INT', None, ())),
    ('bag', ('a INT, b VARCHAR(5), c INT', "SELECT n % 9, 'b', 1 FROM {30}", ()),
     ('a INT, b VARCHAR(30)', "SELECT n % 7, IF(n % 2, 'b', 'longer than five') FROM {30}", ())),
    ('numbered', ('id INT AUTO_INCREMENT PRIMARY KEY, v INT', 'SELECT n+1, n FROM {20}',
                  ('ALTER TABLE {t} AUTO_INCREMENT = 500',)),
     ('id INT AUTO_INCREMENT PRIMARY KEY, v INT', 'SELECT n+1, n FROM {20}', ('ALTER TABLE {t} AUTO_INCREMENT = 70',))),
    # rows against a key and a check, which come behind the rows
    ('waiting', ('id INT AUTO_INCREMENT PRIMARY KEY, v INT, CONSTRAINT of_waiting CHECK (v > 0)', 'SELECT n+1, n+1 FROM {30}',
                 ('ALTER TABLE {t} AUTO_INCREMENT = 300',)),
     ('id INT, v INT', 'SELECT n % 20, n - 3 FROM {30}', ('UPDATE {t} SET id=NULL WHERE v > 24',))),
    ('same', ('id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {5}', ()),
     ('id INT PRIMARY KEY, v INT', 'SELECT n, n FROM {5}', ())),
)


def spelled(definition):
    """MySQL says of a column which character set it has, if that was once said, even that of its table."""
    found = re.search(r'DEFAULT CHARSET=(\w+)(?: COLLATE=(\w+))?', definition)
    if not found:
        return definition
    charset, collation = found.groups()
    definition = re.sub(rf' COLLATE {collation}\b(?=.*\n)', '', definition) if collation else definition
    return re.sub(rf' CHARACTER SET {charset}\b(?! COLLATE)', '', definition)


def uncounted(definition):
    return re.sub(r' AUTO_INCREMENT=\d+', '', definition)


class Reshaping(Faults):
    """A pair of databases whose structures differ in every way."""
    scope = ()

    def create(self):
        for name, *sides in TABLES:
            for place, side in zip((self.source, self.target), sides):
                session = self.session(place)
                if not side:
                    continue
                columns, rows, changes = side
                session.run(f'CREATE TABLE `{name}` ({columns})')
                if rows:
                    session.run(f'INSERT INTO `{name}` {fill(rows, name)}')
                for change in changes:
                    session.run(fill(change, name))
        self.wanted = self.dump(self.source)
        self.names = self.listed(self.target)
        self.keep()

    def listed(self, place):
        return [name for name, *_ in self.session(place).run('SHOW TABLES')]

    def differences(self, wanted, found):
        lines = [f'{name}: {"missing" if name in wanted else "too much"}' for name in sorted(set(wanted) ^ set(found))]
        both = [name for name in wanted if name in found]
        alike = {name: found[name][0] for name in both if spelled(found[name][0]) == spelled(wanted[name][0])}
        return lines + super().differences({name: (alike.get(name, wanted[name][0]), wanted[name][1]) for name in both}, found)

    def expect_equal(self, story):
        found = self.dump(self.target)
        self.assertEqual(sorted(found), sorted(self.wanted), f'tables\n{story}')
        super().expect_equal(story)
        if self.source.name != self.target.name:
            return
        for name, (definition, _) in self.wanted.items():
            self.assertEqual(spelled(uncounted(found[name][0])), spelled(uncounted(definition)),
                             f'{name} is not as on the source\n{story}')

    def words_of(self, command, file=None):
        if command == 'rollback':
            return (*super().words_of(command, file), '--lock-wait', 10)
        return ('incremental', *self.urls(), '--yes', '--parallel', 2, *ALLOW, *FOLDERS)

    def expect_stage(self, case, files, story):
        """`joined`: two backup points, each of which has all that was done so far."""
        wanted = {'before': (0,), 'after': (1,), 'joined': (2,), 'through': (1,), 'any': (0, 1, 2)}[case.stage]
        self.assertIn(len(files), wanted, f'backup points\n{story}')

    def expect_way_back(self, files, story):
        self.expect_all_undone(self.backups(), self.before, story)


def cases_of(**texts):
    """Of all points, in their order; those that have no texts are tested in test_crashes.py."""
    known = {name.replace('_', '.'): tuple(text.split(', ')) for name, text in texts.items()}
    return {point: known.get(point, ()) for point in fault_points()}


class IncrementalReshaping(Reshaping, test_crashes.IncrementalFaults):
    cases = cases_of(
        db_connect='2:error through, 12:error+ any 4',
        db_query=', '.join([*(f'{nth}:kill any' for nth in (100, 240, 380)),
                            *(f'{nth}:error any' for nth in (150, 300, 440)), '330:error+ any 4']),
        db_stream='700:kill any, 700:error through',
        file_write='1:error before 5, 3:error any 5',
        file_sync='1:error before 5, 2:kill any, 3:error any 5',
        file_keep='1:kill before, 2:kill any, 3:kill any, 4:kill any',
        backup_check='1:error before 5, 2:error after 5, 2:kill after',
        backup_done='1:kill after, 2:kill joined',
        backup_join='1:kill joined',
        apply_written='2:kill after, 2:error through',
        apply_committed='3:kill after',
        apply_counter='2:kill after',
        apply_done='1:kill after',
        state_write='1:error before 5, 1:kill after, 2:error any 5, 2:kill joined',
        proof_table='1:kill before, 5:kill before',
        hold_locked='1:kill after, 2:kill after',
        reform_step=', '.join(f'{nth}:kill after' for nth in (1, 4, 7, 10, 13)),
        reform_done=', '.join(f'{nth}:kill after' for nth in (2, 5, 11, 12)),
        reform_rows='1:kill after',
        reform_late='1:kill after')


class RollbackReshaping(Reshaping, test_crashes.RollbackFaults):
    cases = cases_of(
        db_connect='1:error through, 5:error+ any 4',
        db_query=', '.join([*(f'{nth}:kill any' for nth in (60, 130, 220)),
                            *(f'{nth}:error any' for nth in (90, 160, 240))]),
        file_write='1:error before 5',
        file_keep='1:kill before, 3:kill after',
        backup_check='1:error before 5',
        backup_done='1:kill after',
        apply_written='1:kill after, 1:error through',
        apply_committed='2:kill after',
        apply_counter='1:kill after',
        apply_done='1:kill after',
        state_write='1:error before 5, 1:kill after',
        hold_locked='1:kill after, 3:kill after',
        reform_step=', '.join(f'{nth}:kill after' for nth in (1, 6, 9, 13)),
        reform_done=', '.join(f'{nth}:kill after' for nth in (4, 8, 12)),
        reform_late='1:kill after',
        restore_empty='1:kill after',
        restore_rows='1:kill after, 2:kill after, 4:kill after')


class Renamed(Reshaping):
    """HC-097: between a rename and the change behind it; undoing begins with the rename, too."""
    once = False

    def setUp(self):
        super().setUp()
        if self.source.name != self.target.name:
            self.skipTest('undone by the target alone: as on the other pairs')

    def create(self):
        for place, columns, rows in ((self.source, 'id INT PRIMARY KEY, w BIGINT, KEY w (w)', 50), (self.target, 'id INT PRIMARY KEY, v INT', 45)):
            session = self.session(place)
            session.run(f'CREATE TABLE renamed ({columns})')
            session.run('INSERT INTO renamed VALUES ' + ','.join(f'({n},{n})' for n in range(rows)))
        self.wanted = self.dump(self.source)
        self.names = self.listed(self.target)
        self.keep()

    def test_run_that_dies_between_is_undone_or_repeated(self):
        self.create()
        for number, fault in enumerate(f'{point}:{nth}:kill' for point in ('reform.step', 'reform.done') for nth in (1, 2)):
            with self.subTest(fault=fault):
                self.reset()
                answer = self.expect_exit(self.incremental(fault=fault), KILLED)
                if number % 2:
                    self.expect_repeated(answer)
                self.expect_all_undone(self.backups(), self.before, answer)

    def test_rollback_that_dies_between_is_repeated(self):
        self.create()
        for fault in (f'{point}:{nth}:kill' for point in ('reform.step', 'reform.done') for nth in (1, 2)):
            with self.subTest(fault=fault):
                self.reset()
                self.expect_exit(self.incremental(), 0)
                file = self.backups()[-1]
                answer = self.expect_exit(self.rollback(file, fault=fault), KILLED)
                self.expect_exit(self.rollback(file), 0)
                self.expect_before(answer)


class Points(Reshaping):
    def test_cases_say_which_points_a_run_passes(self):
        self.create()
        for cases, words in ((IncrementalReshaping.cases, ()), (RollbackReshaping.cases, ('rollback',))):
            answer = self.rollback(self.backups()[0]) if words else self.incremental()
            self.expect_exit(answer, 0)
            self.assertLessEqual({point for point in cases if cases[point]}, self.reached(), str(answer))
            self.assertLessEqual(set(OF_STRUCTURES) & self.reached(), {point for point in cases if cases[point]}, str(answer))


class EveryPair(Reshaping):
    """As above where statements differ: fewer, since DDL of MySQL takes ten times as long."""
    once = False
    faults = ('proof.table:3:kill', 'reform.step:7:kill', 'reform.done:10:kill', 'reform.rows:1:kill', 'reform.late:1:kill', 'reform.step:13:kill')
    of_rollback = ('reform.step:4:kill', 'reform.done:11:kill', 'restore.rows:2:kill')

    def test_run_that_was_killed_is_undone_or_repeated(self):
        self.create()
        for number, fault in enumerate(self.faults):
            with self.subTest(fault=fault):
                self.reset()
                answer = self.expect_exit(self.incremental(fault=fault), KILLED)
                files = self.backups()
                if not files:
                    self.expect_before(answer)
                if files and number % 2:
                    self.expect_undone(files[-1], answer)
                else:
                    self.expect_repeated(answer)
                    self.expect_all_undone(self.backups(), self.before, answer)

    def test_rollback_that_was_killed_is_repeated_and_undone(self):
        self.create()
        for fault in self.of_rollback:
            with self.subTest(fault=fault):
                self.reset()
                self.expect_exit(self.incremental(), 0)
                first, synced = self.backups()[0], self.dump(self.target)
                answer = self.expect_exit(self.rollback(first, fault=fault), KILLED)
                self.expect_undone(first, answer)
                self.expect_all_undone([path for path in self.backups() if path != first], synced, answer)


# Statement, its passages, what becomes of the run: by a connection that is cut.
CUTS = (('CREATE DATABASE', (1,), 'before'), ('`dbsync_scratch_', (2, 30), 'before'),
        ('SHOW CREATE TABLE', (3,), 'before'), ('SHOW CREATE TABLE', (66,), 'after'), ('SELECT EXISTS', (1,), 'before'),
        ('DROP FOREIGN KEY', (2,), 'through'), ('DROP TABLE `{db}`', (1,), 'through'),
        ('CREATE TABLE `{db}`.`made` (', (1,), 'through'), ('ALTER TABLE `{db}`', (4,), 'through'),
        ('ALTER TABLE `{db}`.`waiting`', (1, 2), 'through'), ('ALTER TABLE `{db}`.`lines` ADD CONSTRAINT', (1,), 'through'))
# The exit status; the statement.
OF_ROLLBACK = ((0, '2:2013:DELETE FROM `{db}`'), (0, '2:2013:ALTER TABLE `{db}`'), (0, '1:2013:DROP TABLE `{db}`'),
               (0, '1:2013:CREATE TABLE `{db}`.`gone` ('), (0, '2:2013:START TRANSACTION'), (0, '2:2013:ADD CONSTRAINT'))
FULL = 1114


class ServerErrors(Reshaping):
    def test_connection_that_is_cut(self):
        self.create()
        for statement, passages, stage in CUTS:
            for nth in passages:
                with self.subTest(statement=statement, nth=nth):
                    self.check_cut(f'{nth}:2013:{statement}'.format(db=self.db), stage)

    def check_cut(self, sql, stage):
        self.reset()
        answer = self.incremental(sql=sql)
        self.expect_exit(answer, 0 if stage == 'through' else 4)
        files = self.backups()
        self.expect_clean_folder(answer)
        self.assertEqual(self.open_runs(), [], f'it ended in order\n{answer}')
        self.assertEqual(len(files), int(stage != 'before'), f'backup points\n{answer}')
        if not files:
            self.expect_before(answer)
        self.expect_repeated(answer)
        self.expect_all_undone(self.backups(), self.before, answer)

    def test_connection_of_a_rollback_that_is_cut(self):
        self.create()
        for exit_code, sql in OF_ROLLBACK:
            with self.subTest(sql=sql):
                self.reset()
                self.expect_exit(self.incremental(), 0)
                first = self.backups()[0]
                answer = self.expect_exit(self.rollback(first, sql=sql.format(db=self.db)), exit_code)
                self.assertEqual(self.open_runs(), [], f'it ended in order\n{answer}')
                self.expect_undone(first, answer)

    def test_statement_that_fails_concerns_its_table_alone(self):
        self.create()
        # what is not dropped still refers to its parent, which cannot be altered then
        for table, statement, others in (('indexed', 'ALTER TABLE {t} ', ()), ('made', 'CREATE TABLE {t} (', ()),
                                         ('gone', 'DROP TABLE {t} ', ('orders', 'lines', 'made'))):
            with self.subTest(table=table):
                self.reset()
                sql = f'1:{FULL}:' + statement.replace('{t}', f'`{self.db}`.`{table}`')
                answer = self.expect_error(self.incremental(sql=sql), 6, table, str(FULL))
                found = self.dump(self.target)
                left = {name for name in {*found, *self.wanted} if not self.is_equal(name, found)}
                self.assertLessEqual({table}, left, str(answer))
                self.assertLessEqual(left, {table, *others}, str(answer))
                self.expect_undone(self.backups()[-1], answer)

    def is_equal(self, name, found):
        sides = [side[name] for side in (found, self.wanted) if name in side]
        return len(sides) == 2 and sides[0][1] == sides[1][1] and len({spelled(uncounted(side[0])) for side in sides}) == 1


class Drift(Reshaping):
    def test_hc_122_table_altered_after_the_run_is_not_rolled_back(self):
        self.create()
        self.expect_exit(self.incremental(), 0)
        first = self.backups()[0]
        self.on_target('ALTER TABLE narrowed ADD COLUMN mine INT')
        left = self.dump(self.target)
        answer = self.expect_error(self.rollback(first), 3, 'narrowed', 'altered', '--force')
        self.assertEqual(self.differences(left, self.dump(self.target)), [], str(answer))
        self.on_target('ALTER TABLE narrowed DROP COLUMN mine')
        self.expect_undone(first, answer)

    def test_unproven_run_that_was_killed_is_undone(self):
        """What its steps come by is known without a scratch database."""
        self.create()
        for fault in ('reform.step:3:kill', 'reform.step:12:kill'):
            with self.subTest(fault=fault):
                self.reset()
                denied = {'sql': '1+:1044:CREATE DATABASE'}
                self.expect_error(self.incremental(**denied), 3, '--allow-unproven')
                self.expect_before('refused')
                answer = self.expect_exit(self.incremental('--allow-unproven', fault=fault, **denied), KILLED)
                self.expect_undone(self.backups()[-1], answer)


class Scratch(Reshaping):
    """On servers of their own: elsewhere, runs of other tests sweep too."""

    def setUp(self):
        super().setUp()
        self.target = self.server(self.target.name, f'scratch-{os.getpid()}')
        self.new_database(self.target, name=self.db)

    def scratches(self):
        return [name for name, in self.target.sql("SHOW DATABASES LIKE 'dbsync\\_scratch\\_%'")]

    def test_scratch_database_of_a_run_that_died_is_dropped_and_named(self):
        self.create()
        self.expect_exit(self.incremental(fault='proof.table:3:kill'), KILLED)
        left = self.scratches()
        self.assertEqual(len(left), 1)
        self.target.sql('CREATE DATABASE dbsync_scratch_of_mine', 'CREATE DATABASE dbsync_scratch_20261121_041122_1a2b3c')
        with self.target.session() as owner:
            owner.run("DO GET_LOCK('dbsync_scratch_20261121_041122_1a2b3c', 0)")
            answer = self.expect_exit(self.incremental(), 0)
            self.assertEqual(self.scratches(), ['dbsync_scratch_20261121_041122_1a2b3c', 'dbsync_scratch_of_mine'], str(answer))
        self.assertIn(left[0], answer.err, str(answer))
        self.assertNotIn('1a2b3c', answer.err, 'it is in use')
        answer = self.expect_exit(self.incremental(), 0)
        self.assertEqual(self.scratches(), ['dbsync_scratch_of_mine'], str(answer))
        self.target.sql('DROP DATABASE dbsync_scratch_of_mine')

        for sql in ('3:2013:`dbsync_scratch_', '20:1114:`dbsync_scratch_', '1:1114:CREATE DATABASE'):
            self.reset()
            self.incremental(sql=sql)
            answer = self.incremental()
            self.assertEqual(self.scratches(), [], str(answer))
