"""L2: --triggers suspend: triggers of the target are dropped while rows are written, and come back whatever happens."""
import json
import signal
import time
from pathlib import Path

from harness import once
from test_undo_triggers import KILLED, TriggersAway

SUSPEND = ('--triggers', 'suspend', '--max-delete-percent', 100)
KILLS = ('disarm.dropped:1', 'disarm.dropped:2', 'disarm.done:1', 'apply.done:1', 'remake.step:1', 'remake.step:2')


class Suspended(TriggersAway):
    """Both sides have the triggers, as sakila has; those of the target would change what is written."""

    def create(self):
        for place in (self.source, self.target):
            session = self.session(place)
            for statement in ('CREATE TABLE film (id INT PRIMARY KEY, title VARCHAR(50), changed DATETIME)',
                              'CREATE TABLE film_text (id INT PRIMARY KEY, title VARCHAR(50))',
                              'CREATE TABLE same (id INT PRIMARY KEY, v INT)', 'INSERT INTO same VALUES (1, 1)',
                              "CREATE TRIGGER ins_film AFTER INSERT ON film FOR EACH ROW INSERT INTO film_text VALUES (NEW.id, NEW.title)",
                              "CREATE TRIGGER upd_film BEFORE UPDATE ON film FOR EACH ROW SET NEW.changed = NOW(), NEW.title = UPPER(NEW.title)",
                              "CREATE TRIGGER del_film AFTER DELETE ON film FOR EACH ROW DELETE FROM film_text WHERE id = OLD.id",
                              "CREATE TRIGGER ins_same BEFORE INSERT ON same FOR EACH ROW SET NEW.v = NEW.v + 1"):
                session.run(statement)
        self.on_source("INSERT INTO film VALUES (1, 'one', '2010-10-10'), (2, 'two', '2011-11-11'), (3, 'three', NULL)",
                       'DELETE FROM film_text WHERE id = 3')
        self.on_target("INSERT INTO film VALUES (1, 'eins', '2001-01-01'), (4, 'four', '2001-01-01')")
        self.before = self.all()
        self.made = self.created()

    def created(self):
        return dict(self.session(self.target).run(
            'SELECT TRIGGER_NAME, CREATED FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE()'))

    def expect_equal(self, answer):
        for table in ('film', 'film_text', 'same'):
            self.same_rows(table)
        self.assertEqual(self.triggers(), self.before[1], str(answer))
        self.assertEqual(self.away(), [])

    def undo(self, answer, exit_code=0):
        self.assertEqual(self.program.paste(answer.json['undo'])[0], exit_code)
        self.expect_before(answer)

    # The promise -------------------------------------------------------------

    def test_l2_converges_and_is_undone(self):
        self.create()
        self.expect_error(self.incremental('--max-delete-percent', 100), 3, '--allow triggers', '--triggers suspend')
        self.expect_before('refused')
        answer = self.expect_exit(self.incremental(*SUSPEND), 0)
        self.expect_equal(answer)
        self.assertEqual(self.created()['ins_same'], self.made['ins_same'], 'whose table is equal stays')
        self.expect_exit(self.incremental(*SUSPEND), 0)
        self.undo(answer)

    def test_l2_allowed_to_fire_they_have_their_way(self):
        self.create()
        self.expect_exit(self.incremental('--allow', 'triggers', '--max-delete-percent', 100), 6)

    def test_l2_rows_alone(self):
        self.create()
        answer = self.expect_exit(self.incremental(*SUSPEND, '--data-only'), 0)
        self.expect_equal(answer)
        self.undo(answer)

    def test_l2_of_a_table_that_is_altered(self):
        """Its rows are compared when it is; which triggers are away is settled before."""
        self.create()
        self.on_source('ALTER TABLE film ADD COLUMN length INT', 'ALTER TABLE same ADD COLUMN w INT NOT NULL DEFAULT 3')
        self.on_target('ALTER TABLE film ADD COLUMN gone INT')
        self.before = self.all()
        answer = self.expect_exit(self.incremental(*SUSPEND, '--allow-unsafe', 'drop-column'), 0)
        self.expect_equal(answer)
        self.undo(answer)

    def test_l2_structures_alone_take_none_away(self):
        self.create()
        self.on_source('ALTER TABLE film ADD COLUMN length INT')
        made = self.created()
        self.expect_exit(self.incremental(*SUSPEND, '--schema-only'), 0)
        self.assertEqual(self.created(), made)

    def test_l2_table_whose_triggers_the_run_changes_as_well(self):
        """Their order would be nobody's, and their texts may be of other columns: first these, then the rows."""
        self.create()
        self.on_source('DROP TRIGGER upd_film', "CREATE TRIGGER upd_film BEFORE UPDATE ON film FOR EACH ROW SET NEW.changed = '2020-02-02'",
                       'CREATE TRIGGER new_film BEFORE INSERT ON film FOR EACH ROW SET NEW.id = NEW.id')
        answer = self.incremental(*SUSPEND, '--objects', 'all')
        self.expect_error(answer, 3, 'does not apply to a table whose triggers the run changes', '--schema-only --objects triggers')
        self.expect_before(answer)
        first = self.expect_exit(self.incremental('--schema-only', '--objects', 'triggers'), 0)
        answer = self.expect_exit(self.incremental(*SUSPEND, '--objects', 'all'), 0)
        texts = {row[0]: row[5] for row in self.triggers()}
        self.assertEqual(sorted(texts), ['del_film', 'ins_film', 'ins_same', 'new_film', 'upd_film'])
        self.assertIn('2020-02-02', texts['upd_film'])
        for table in ('film', 'film_text', 'same'):
            self.same_rows(table)
        self.assertEqual(self.program.paste(answer.json['undo'])[0], 0)
        self.undo(first)

    def test_l2_order_of_triggers_of_one_moment(self):
        self.create()
        if self.target.name == 'mysql-5.6':
            self.skipTest('mysql-5.6 has no several triggers of one moment')
        for name in ('z1', 'a2', 'm3'):
            self.on_target(f'CREATE TRIGGER {name} BEFORE UPDATE ON film FOR EACH ROW SET NEW.id = NEW.id')
        self.before = self.all()
        self.expect_equal(self.expect_exit(self.incremental(*SUSPEND), 0))

    def test_l2_statements_in_a_file(self):
        self.create()
        path = Path(self.program.folder, 'plan.sql')
        answer = self.expect_exit(self.dry_run(*SUSPEND, '--sql', path), 1)
        self.assertIn('dropped while rows are written', json.dumps(answer.json['plan']['objects']))
        self.expect_before(answer)
        with open(path, 'rb') as text:
            self.plain_client(text)
        self.expect_equal(path.read_text())

    # What is refused ---------------------------------------------------------

    @once
    def test_l2_without_a_backup_point(self):
        self.create()
        self.expect_error(self.incremental(*SUSPEND, '--no-backup'), 3, '--no-backup')
        self.expect_before('refused')

    def test_l2_who_may_not_make_them_takes_none_away(self):
        self.create()
        user = self.user(f'ALL ON `{self.db}`.*', 'PROCESS ON *.*')
        for words in (), ('--data-only',):
            self.expect_error(self.incremental(*SUSPEND, '--allow', 'replica', *words, target=user), 3, 'may not create it again')
            self.expect_before('refused')

    def test_l2_table_that_is_dropped_takes_its_triggers_with_it(self):
        self.create()
        self.on_source('DROP TABLE same')
        self.expect_error(self.incremental(*SUSPEND, '--extra-tables', 'drop'), 3, '`ins_same`', '--allow triggers')
        for words in SUSPEND, ('--tables', 'same', '--max-delete-percent', 100):
            answer = self.expect_exit(self.incremental(*words, '--extra-tables', 'drop', '--allow', 'triggers'), 0)
            self.undo(answer)

    # What may go wrong meanwhile ----------------------------------------------

    @once
    def test_l2_killed_anywhere_the_next_run_brings_them_back(self):
        self.create()
        for altered in (False, True):
            if altered:
                self.on_source('ALTER TABLE film ADD COLUMN length INT')
                self.on_target('ALTER TABLE film ADD COLUMN gone INT')
                self.before = self.all()
            for point in KILLS:
                with self.subTest(point=point, altered=altered):
                    first = self.stumble(*SUSPEND, '--allow-unsafe', 'drop-column', fault=f'{point}:kill')
                    self.expect_exit(first, KILLED)
                    self.assertEqual(len(self.away()), 1)
                    seen = self.expect_exit(self.dbsync('status'), 6)
                    self.assertIn('the next run that writes restores them', seen.out + seen.err)
                    was = self.triggers()
                    self.dry_run('--tables', 'same')
                    self.assertEqual(self.triggers(), was, 'who only looks brings nothing back')
                    answer = self.expect_exit(self.incremental('--tables', 'same'), 0)
                    self.assertEqual(self.triggers(), self.before[1], f'{first}\n{answer}')
                    self.assertEqual(self.away(), [])
                    self.expect_exit(self.rollback(self.backups()[-1]), 0)
                    self.expect_before(answer)

    @once
    def test_l2_killed_run_is_undone_by_its_backup_point(self):
        self.create()
        for point in KILLS:
            with self.subTest(point=point):
                self.expect_exit(self.stumble(*SUSPEND, fault=f'{point}:kill'), KILLED)
                answer = self.expect_exit(self.rollback(self.backups()[-1]), 0)
                self.expect_before(answer)
                self.assertEqual(self.away(), [])

    @once
    def test_l2_killed_run_and_the_order_of_triggers(self):
        """One that comes back alone would come last."""
        self.create()
        for name in ('z1', 'a2', 'm3'):
            self.on_target(f'CREATE TRIGGER {name} BEFORE UPDATE ON film FOR EACH ROW SET NEW.id = NEW.id')
        self.before = self.all()
        for number in range(1, 6):
            with self.subTest(number=number):
                self.expect_exit(self.stumble(*SUSPEND, fault=f'disarm.dropped:{number}:kill'), KILLED)
                answer = self.expect_exit(self.incremental('--tables', 'same'), 0)
                self.assertEqual(self.triggers(), self.before[1], str(answer))

    @once
    def test_l2_killed_run_and_a_table_that_is_dropped_since(self):
        self.create()
        self.expect_exit(self.stumble(*SUSPEND, fault='disarm.done:1:kill'), KILLED)
        for place in (self.on_source, self.on_target):
            place('DROP TABLE film')
        answer = self.expect_exit(self.incremental('--tables', 'same'), 0)
        self.assertIn('is not restored: its table is gone', answer.err)
        self.assertEqual(self.away(), [])

    @once
    def test_l2_killed_run_of_rows_alone_is_repeated(self):
        self.create()
        self.expect_exit(self.stumble(*SUSPEND, '--data-only', fault='disarm.done:1:kill'), KILLED)
        self.expect_equal(self.expect_exit(self.incremental(*SUSPEND, '--data-only'), 0))
        self.expect_exit(self.dbsync('status'), 0)

    @once
    def test_l2_killed_run_with_a_state_elsewhere(self):
        """What is away is everybody's matter."""
        self.create()
        self.expect_exit(self.stumble(*SUSPEND, '--state-dir', 'elsewhere', fault='disarm.done:1:kill'), KILLED)
        answer = self.expect_exit(self.incremental('--tables', 'same'), 0)
        self.assertEqual(self.triggers(), self.before[1], str(answer))

    @once
    def test_l2_killed_run_of_two_databases(self):
        """Each of them knows of it, and brings back what is its own."""
        self.create()
        other = self.new_database(self.source, self.target)
        pairs = ','.join(f'{name}:{name}' for name in (other, self.db))
        killed = self.stumble(*SUSPEND, '--databases', pairs, fault='disarm.done:1:kill')
        self.expect_exit(killed, KILLED)
        self.assertEqual(len(self.triggers()), 1)
        answer = self.expect_exit(self.incremental('--tables', 'same'), 0)
        self.assertEqual(self.triggers(), self.before[1], f'{killed}\n{answer}')

    def test_l2_table_that_cannot_be_dropped_keeps_its_triggers(self):
        self.create()
        self.on_source('DROP TABLE same')
        with self.target.session(self.db) as holder:
            holder.run('BEGIN')
            holder.run('SELECT * FROM same')
            answer = self.incremental('--tables', 'same', '--extra-tables', 'drop', '--allow', 'triggers', '--lock-wait', 1)
            self.expect_exit(answer, 6)
        self.expect_before(answer)

    @once
    def test_l2_run_that_fails_before_it_takes_any_away(self):
        """Nobody waits for what was never gone."""
        self.create()
        self.on_source('ALTER TABLE same ADD COLUMN w INT')
        answer = self.stumble(*SUSPEND, '--retries', 1, sql='1+:2013:ADD COLUMN `w`')
        self.assertNotEqual(answer.exit, 0, str(answer))
        self.assertEqual((self.triggers(), self.away()), (self.before[1], []), str(answer))

    @once
    def test_l2_killed_run_and_a_full_sync(self):
        self.create()
        self.expect_exit(self.stumble(*SUSPEND, fault='disarm.done:1:kill'), KILLED)
        answer = self.expect_exit(self.start_write('--allow', 'triggers', command='full-sync').wait(60), 0)
        self.expect_equal(answer)

    @once
    def test_l2_trigger_of_a_killed_run_that_cannot_be_made_holds_the_next_run_up(self):
        """And no other trigger."""
        self.create()
        self.expect_exit(self.stumble(*SUSPEND, fault='disarm.done:1:kill'), KILLED)
        answer = self.stumble('--tables', 'same', sql='1+:1419:BEFORE UPDATE')
        self.expect_error(answer, 3, 'dropped triggers of the target', '`upd_film` cannot be made')
        self.assertEqual([row[0] for row in self.triggers()], ['del_film', 'ins_film', 'ins_same'], str(answer))
        self.expect_equal(self.expect_exit(self.incremental(*SUSPEND), 0))

    @once
    def test_l2_backup_point_of_somebody_else_makes_no_trigger(self):
        """Its statements would be run with the rights of this user."""
        self.create()
        self.expect_exit(self.stumble(*SUSPEND, fault='disarm.done:1:kill'), KILLED)
        point, = self.backups()
        whole = Path(point).read_bytes()
        stranger = Path(self.program.folder, 'stranger.key')
        self.program.run('key', 'export', env={'DBSYNC_KEY_FILE': str(stranger)})
        self.expect_error(self.incremental(*SUSPEND, env={'DBSYNC_KEY_FILE': str(stranger)}), 3, 'dropped triggers of the target', 'MAC by the key')
        Path(point).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        self.expect_error(self.incremental(*SUSPEND), 5, 'dropped triggers of the target', 'is damaged')
        self.assertEqual([row[0] for row in self.triggers()], ['ins_same'])
        Path(point).write_bytes(whole)
        self.expect_equal(self.expect_exit(self.incremental(*SUSPEND), 0))

    @once
    def test_l2_run_that_fails_brings_them_back_at_once(self):
        self.create()
        for fault in ('1+:1064:INSERT INTO `', '1+:2013:INSERT INTO `', '1:1064:DROP TRIGGER'):
            with self.subTest(fault=fault):
                answer = self.stumble(*SUSPEND, '--retries', 1, sql=fault)
                self.assertEqual(answer.exit, 6 if 'INSERT' in fault and '1064' in fault else 4, str(answer))
                self.assertEqual(self.triggers(), self.before[1], str(answer))
                self.assertEqual(self.away(), [])

    @once
    def test_l2_run_that_is_stopped_brings_them_back_at_once(self):
        self.create()
        with self.target.session(self.db) as holder:
            holder.run('LOCK TABLES film_text READ')
            running = self.start_write(*SUSPEND)
            deadline = time.monotonic() + 30
            while len(self.triggers()) > 1 and time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(len(self.triggers()), 1)
            running.signal(signal.SIGINT)
            answer = self.expect_exit(running.wait(60), 7)
        self.assertEqual(self.triggers(), self.before[1], str(answer))

    @once
    def test_l2_trigger_that_could_not_be_brought_back_is_named(self):
        self.create()
        answer = self.expect_exit(self.stumble(*SUSPEND, sql='2+:1419:BEFORE UPDATE'), 6)
        self.assertIn('upd_film', answer.out)
        self.assertEqual(len(self.away()), 1)
        answer = self.expect_exit(self.incremental('--tables', 'same'), 0)
        self.assertEqual(self.triggers(), self.before[1], str(answer))
