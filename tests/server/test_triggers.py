"""C11: triggers of one table and one moment act in an order, which no run and no rollback loses.

A trigger is made beside another that has to be there: FOLLOWS, PRECEDES.
"""
import json
import re

from test_reshaping_copies import Reshaping

SCOPE = ('--objects', 'all', '--allow', 'triggers')


class Order(Reshaping):
    def triggers(self, place):
        return self.session(place).run(
            'SELECT EVENT_OBJECT_TABLE, EVENT_MANIPULATION, ACTION_TIMING, ACTION_ORDER, TRIGGER_NAME, ACTION_STATEMENT '
            f"FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '{self.db}' ORDER BY 1, 2, 3, 4")

    def names(self, place):
        return [row[4] for row in self.triggers(place)]

    def make(self, source, target, rows=True):
        """`source` and `target`: names and values of triggers, in their order."""
        for place, wanted, value in ((self.source, source, 1), (self.target, target, 2)):
            session = self.session(place)
            session.run('CREATE TABLE t (id INT PRIMARY KEY, v INT)')
            session.run(f'INSERT INTO t VALUES (1, {value if rows else 1})')
            for name, body in wanted:
                session.run(f'CREATE TRIGGER {name} BEFORE UPDATE ON t FOR EACH ROW SET @x = {body}')
        self.before = self.triggers(self.target)
        self.assertEqual(self.names(self.target), [name for name, _ in target], 'as it begins')

    def run_it(self, command, *options, exit_code=0):
        answer = self.dbsync(command, *self.urls(), '--json', '--yes', *SCOPE, *options, limit=90)
        self.expect_exit(answer, exit_code)
        self.nothing_is_left(answer)
        return json.loads(answer.out)

    def nothing_is_left(self, answer):
        run = re.search(r'2\d{7}-\d{6}-[0-9a-f]{6}', answer.out + answer.err)
        left = self.target.sql("SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE "
                               f"'dbsync_old_{run.group().replace('-', '_')}%'") if run else []
        self.assertEqual(left, [], str(answer))

    def undo(self, found):
        answer = self.expect_exit(self.dbsync('rollback', found['backup'], self.target.url(), '--yes', '--allow', 'triggers'), 0)
        self.assertEqual(self.triggers(self.target), self.before, str(answer))

    def check(self, source, target, *options, wanted=None, exit_code=0):
        """By each command: names in the order of the source, bodies too; and as before after a rollback."""
        self.make(source, target)
        for command in ('full-sync', 'incremental'):
            found = self.run_it(command, *options, exit_code=exit_code)
            if wanted:
                self.assertEqual(self.names(self.target), wanted, command)
            else:
                self.assertEqual(self.triggers(self.target), self.triggers(self.source), command)
            self.undo(found)

    def test_c11_two_that_differ(self):
        self.check([('a1', 1), ('a2', 2)], [('a1', 3), ('a2', 4)])

    def test_c11_first_differs(self):
        self.check([('a1', 1), ('a2', 2)], [('a1', 3), ('a2', 2)])

    def test_c11_last_differs(self):
        self.check([('a1', 1), ('a2', 2), ('a3', 3)], [('a1', 1), ('a2', 2), ('a3', 4)])

    def test_c11_other_order(self):
        self.check([('a1', 1), ('a2', 2)], [('a2', 2), ('a1', 1)])

    def test_c11_other_order_of_three(self):
        self.check([('c', 1), ('a', 2), ('b', 3)], [('b', 3), ('c', 1), ('a', 9)])

    def test_c11_one_comes_between(self):
        self.check([('z', 1), ('m', 2), ('a', 3)], [('z', 1), ('a', 3)])

    def test_c11_one_comes_first(self):
        self.check([('m', 2), ('a', 3), ('z', 1)], [('a', 3), ('z', 1)])

    def test_c11_one_that_goes_was_what_another_follows(self):
        self.check([('z', 1), ('a', 3)], [('m', 2), ('z', 1), ('a', 3)], '--drop-extra-objects')

    def test_c11_one_that_goes_stood_between(self):
        self.check([('a', 1), ('z', 4)], [('a', 1), ('m', 2), ('z', 3)], '--drop-extra-objects')

    def test_c11_one_that_stays_though_the_source_lacks_it(self):
        self.check([('z', 1), ('a', 4)], [('m', 2), ('z', 1), ('a', 3)], wanted=['m', 'z', 'a'], exit_code=6)

    def test_c11_run_that_dies_after_the_first(self):
        """What was made is as it was before: but not where it was."""
        for nth in range(1, 30):
            self.on_both('DROP TABLE IF EXISTS t')
            self.make([('a1', 1), ('a2', 2), ('a3', 3)], [('a1', 4), ('a2', 5), ('a3', 3)], rows=False)
            answer = self.stumble(*SCOPE, fault=f'remake.step:{nth}:kill')
            if answer.exit == 0:
                break
            self.undo({'backup': self.backups()[-1]})
        self.assertGreater(nth, 5)

    def test_c11_swap_that_fails_brings_them_back(self):
        self.make([('a1', 1), ('a2', 2)], [('z', 3), ('a1', 3), ('a2', 4)])
        answer = self.expect_exit(self.stumble_full('2:1114:RENAME TABLE'), 4)
        self.assertEqual(self.triggers(self.target), self.before, str(answer))
        self.nothing_is_left(answer)

    def test_c11_connection_that_is_lost_at_the_first_leaves_no_tables_behind(self):
        """What was replaced is in the backup point: it stays nowhere else when the run fails afterwards."""
        self.make([('a1', 1), ('a2', 2)], [('a1', 3), ('a2', 4)])
        answer = self.expect_exit(self.stumble_full('1:2013:TRIGGER `a1` BEFORE'), 4)
        self.assertEqual(self.target.sql("SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE "
                                         f"'{self.old_of(self.backups()[0])}'"), [], str(answer))
        self.undo({'backup': self.backups()[0]})

    def old_of(self, backup):
        found = json.loads(self.expect_exit(self.dbsync('backups', 'show', backup, '--json'), 0).out)
        return 'dbsync_old_' + re.search(r'2\d{7}-\d{6}-[0-9a-f]{6}', json.dumps(found)).group().replace('-', '_') + '%'

    def stumble_full(self, sql):
        running = self.start_write(*SCOPE, command='full-sync', env={'DBSYNC_FAULT_SQL': sql}, faults=True)
        return running.wait(60)
