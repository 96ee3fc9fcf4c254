"""A connection that is lost while the server changes a structure: the server goes on with it, and dbsync finds out."""
import time

from test_crashes import until
from test_reshaping import ReshapingTest


class Altering(ReshapingTest):
    def setUp(self):
        super().setUp()
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY, pad VARCHAR(200) NOT NULL)')
        self.on_source('ALTER TABLE t ADD COLUMN v INT NOT NULL DEFAULT 7')
        self.way = self.link(self.target)

    def begin(self, *options):
        return self.start_write('--copy-min-rows', '0', '--alter-algorithm', 'copy', *options, target=self.way.url(self.db))

    def altering(self, state):
        return self.target.sql("SELECT ID FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE%' "
                               f"AND LOCATE('{self.db}', info) AND state LIKE '{state}'")

    def fill(self, powers):
        """2 ** powers rows, made by the servers."""
        for place in (self.source, self.target):
            session = self.session(place)
            session.run('SET SESSION sql_log_bin=0')
            session.run("INSERT INTO t (id, pad) VALUES (0, REPEAT('x', 200))")
            for power in range(powers):
                session.run(f'INSERT INTO t (id, pad) SELECT id + {1 << power}, pad FROM t')
            session.run('SET SESSION sql_log_bin=1')

    def test_alter_that_the_server_finishes_is_not_sent_again(self):
        self.fill(17)
        running = self.begin('--verbose')
        until(60, lambda: self.altering('%copy%') or self.altering('%altering%'), 'the server is at it')
        self.way.say('cut')
        answer = self.expect_exit(running.wait(60), 0)
        self.assertRegex(answer.err, rf'`{self.db}`.`t`: .*waiting until the server is no longer at it: ALTER TABLE ')
        self.assertIn(f'`{self.db}`.`t`: the server has carried it out', answer.err)
        self.same_structure(answer)

    def test_alter_that_waited_for_a_lock_is_sent_again(self):
        self.fill(3)
        with self.target.session(self.db) as holder:
            holder.run('START TRANSACTION')
            holder.run('SELECT * FROM t')
            running = self.begin()
            until(30, lambda: self.altering('%metadata lock%'), 'the ALTER waits for the table')
            self.way.say('cut')
            running.hear('is no longer at it')
            time.sleep(0.5)
            holder.run('ROLLBACK')
            answer = self.expect_exit(running.wait(60), 0)
        self.assertRegex(answer.err, f'`{self.db}`.`t`: (it was not carried out: trying again|the server has carried it out)')
        self.same_structure(answer)

    def test_server_that_cannot_be_reached_again_is_said(self):
        self.fill(17)
        running = self.begin('--retries', '1')
        until(60, lambda: self.altering('%copy%') or self.altering('%altering%'), 'the server is at it')
        self.way.say('refuse')
        answer = running.wait(60)
        self.expect_error(answer, 4, f'`{self.db}`.`t`: the connection was lost while its structure changed; the server may have finished '
                          'that, and a run again finds out: ', 'what was written can be undone: dbsync rollback ')
        self.way.say('accept')
        until(60, lambda: not self.altering('%'), 'the server has finished')
        self.expect_exit(self.incremental(), 0)

    def same_structure(self, answer):
        """But for the width of an INT, which not all servers show."""
        here, there = ([tuple(cell and cell.replace('int(11)', 'int') for cell in row) for row in self.session(place).run('SHOW COLUMNS FROM t')]
                       for place in (self.source, self.target))
        self.assertEqual(there, here, str(answer))


del ReshapingTest       # whose tests are its own
