"""What goes wrong around a comparison: wrong requests, servers and links that
fail, settings of servers, replicas and writers.

The promise: a message that names what is at fault, the documented exit code, in
time, and never "equal" for what was not compared.
"""
import json
import os
import random
import signal
import subprocess
import time

from harness import (MODES, Background, Expect, ServerTest, free_port, once, program_path)


class TroubleTest(ServerTest):
    def table(self, name='t', rows=100, padding=0):
        self.on_both(f'CREATE TABLE {name} (id INT NOT NULL PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)')
        self.insert(name, ('id', 'v', 'pad'), [(n, n, f"REPEAT('x', {padding})") for n in range(rows)])

    def user(self, *grants, places=None, options=''):
        """An account of this test's own on both servers; {db} in a grant is the database."""
        name = f'u{self.db[9:]}'
        for place in places or (self.source, self.target):
            place.sql(f"DROP USER IF EXISTS '{name}'@'%'",
                      f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw-{name}' {options}",
                      *(f"GRANT {grant.format(db=self.db)} TO '{name}'@'%'" for grant in grants))
            self.addCleanup(place.sql, f"DROP USER IF EXISTS '{name}'@'%'")
        return name, f'pw-{name}'

    def queries_of(self, place, name):
        """What a user's connections are doing."""
        return place.sql("SELECT id, command, info FROM information_schema.processlist "
                         f"WHERE user='{name}' AND command NOT IN ('Sleep', 'Daemon')")

    def within(self, seconds, condition, what):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, f'not within {seconds} s: {what}')
            time.sleep(0.05)


class Requests(TroubleTest):
    @once
    def test_no_servers_named_is_a_wrong_use(self):
        self.expect_error(self.dbsync('verify'), 2)

    @once
    def test_misspelt_option_is_refused_with_a_suggestion(self):
        self.table()
        self.expect_error(self.verify('--paralel', '4', as_json=False), 2, '--paralel', '--parallel')

    @once
    def test_misspelt_command_is_refused_with_a_suggestion(self):
        self.expect_error(self.dbsync('verfy'), 2, 'verify')

    @once
    def test_option_that_needs_a_number_refuses_a_word(self):
        for options in (('--parallel', 'many'), ('--recheck', 'x'), ('--details', '-1'), ('--parallel', '0'),
                        ('--wait-replica=soon',)):
            self.expect_error(self.verify(*options, as_json=False), 2, options[0].split('=')[0])

    @once
    def test_unknown_word_for_an_option_names_those_it_takes(self):
        self.expect_error(self.verify('--digest', 'md5', as_json=False), 2, 'stream', 'server', 'auto')

    @once
    def test_unknown_key_in_a_url_is_refused_with_a_suggestion(self):
        self.expect_error(self.verify(source=self.source.url(self.db) + '?ssl-mod=required', as_json=False), 2, 'ssl-mode')

    @once
    def test_misspelt_table_is_refused_with_a_suggestion(self):
        self.table('customers')
        answer = self.expect_exit(self.verify('--tables', 'custmers', as_json=False), 2)
        self.assertIn('custmers', answer.text, str(answer))
        self.assertIn('customers', answer.text.replace('custmers', ''), str(answer))

    @once
    def test_misspelt_column_to_ignore_is_not_passed_over(self):
        self.table()
        answer = self.expect_exit(self.verify('--ignore-columns', 't.vv', as_json=False), 2)
        self.assertIn('vv', answer.text, str(answer))

    @once
    def test_same_server_and_database_is_refused(self):
        self.table()
        url = self.source.url(self.db)
        self.expect_error(self.verify(source=url, target=url, as_json=False), 3)

    @once
    def test_same_server_and_database_by_another_name_is_refused(self):
        self.table()
        self.expect_error(self.verify(source=self.source.url(self.db), as_json=False,
                                      target=self.source.url(self.db, host='localhost')), 3)

    @once
    def test_same_server_and_database_by_another_way_is_refused(self):
        self.table()
        link = self.link(self.source)
        self.expect_error(self.verify(source=self.source.url(self.db), target=link.url(self.db), as_json=False), 3)

    @once
    def test_two_databases_of_one_server_may_be_compared(self):
        other = self.new_database(self.source)
        for database in (self.db, other):
            self.source.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1), (2, 2)',
                            database=database)
        self.source.sql('UPDATE t SET v=0 WHERE id=2', database=other)
        self.check_tables({'t': Expect.of('id', update=[2])}, source=self.source.url(self.db),
                          target=self.source.url(other))


class Selection(TroubleTest):
    def test_chosen_and_excluded_tables(self):
        for name in ('orders', 'order_items', 'temp_a', 'temp_b'):
            self.table(name, rows=5)
        self.on_target('UPDATE temp_a SET v=-1', 'UPDATE order_items SET v=-1 WHERE id=1')
        answer = self.verify('--exclude-tables', 'temp_*', '--details', 10)
        self.expect_answer(answer, {'order_items': Expect.of('id', update=[1])})
        self.assertEqual(sorted(answer.tables), ['order_items', 'orders'], str(answer))
        answer = self.verify('--tables', f'{self.db}.ord*', '--exclude-tables', 'order_items')
        self.expect_answer(answer, {})
        self.assertEqual(sorted(answer.tables), ['orders'], str(answer))

    def test_where_limits_the_rows_on_both_sides(self):
        self.table()
        self.on_target('UPDATE t SET v=-1 WHERE id IN (10, 90)', 'DELETE FROM t WHERE id IN (11, 91)')
        for answer in self.check('--where', 't:id < 50', t=Expect.of('id', insert=[11], update=[10]), modes=MODES):
            self.assertEqual((answer.table('t')['rows_source'], answer.table('t')['rows_target']), (50, 49), str(answer))

    def test_where_that_is_no_sql_is_not_called_equal(self):
        self.table()
        answer = self.expect_exit(self.verify('--where', 't:id <<>> 5'), 2)
        self.assertIn('SQL syntax', answer.err, str(answer))

    def test_tables_that_only_one_side_has(self):
        self.table('both_have', rows=3)
        self.on_source('CREATE TABLE only_source (id INT PRIMARY KEY)', 'INSERT INTO only_source VALUES (1), (2)')
        self.on_target('CREATE TABLE only_target (id INT PRIMARY KEY)')
        for digest in ('stream', 'server'):
            answer = self.expect_exit(self.verify('--digest', digest), 1)
            self.assertEqual({name: entry['verdict'] for name, entry in answer.tables.items()},
                             {'both_have': 'equal', 'only_source': 'missing_on_target',
                              'only_target': 'missing_on_source'}, str(answer))

    def test_several_databases_in_one_run(self):
        second = self.new_database(name=self.db + '_b')
        third = self.new_database(self.source, name=self.db + '_c')
        renamed = self.new_database(self.target, name=self.db + '_d')
        for place, database in ((self.source, self.db), (self.target, self.db), (self.source, second),
                                (self.target, second), (self.source, third), (self.target, renamed)):
            place.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', 'INSERT INTO t VALUES (1, 1)', database=database)
        self.target.sql('UPDATE t SET v=2', database=renamed)
        answer = self.verify('--databases', f'{self.db},{self.db}_b*,{third}:{renamed}',
                             source=self.source.url(), target=self.target.url())
        self.expect_exit(answer, 1)
        self.assertEqual([(entry['database'], entry['verdict']) for entry in answer.json['tables']],
                         [(self.db, 'equal'), (second, 'equal'), (third, 'different')], str(answer))

    def test_views_are_no_tables(self):
        self.table(rows=3)
        self.on_both('CREATE VIEW w AS SELECT * FROM t')
        answer = self.check_equal()[0]
        self.assertEqual(list(answer.tables), ['t'], str(answer))

    def test_names_full_of_oddities(self):
        names = ['two  spaces', 'a.b', 'per%cent', 'tick`tick', "quo'te", 'dou"ble', 'back\\slash', 'ünïcödé', '0digits',
                 'x' * 64, 'select', '$dollar', '-dash', 'semi;colon']
        for name in names:
            quoted = '`' + name.replace('`', '``') + '`'
            self.on_both(f'CREATE TABLE {quoted} ({quoted} INT PRIMARY KEY, `v {quoted[1:-1][:50]}` INT)',
                         f'INSERT INTO {quoted} VALUES (1, 1), (2, 2)')
        self.on_target(*('UPDATE `{0}` SET `v {1}`=3 WHERE `{0}`=2'.format(
            name.replace('`', '``'), name.replace('`', '``')[:50]) for name in names))
        self.check_tables({name: Expect.of(name, update=[2]) for name in names}, modes=MODES)


class Connections(TroubleTest):
    def test_wrong_password_is_said_and_not_shown(self):
        self.table()
        answer = self.verify(source=self.source.url(self.db, password='s3cret-wrong'), as_json=False)
        self.expect_error(answer, 4, '1045')
        self.assertNotIn('s3cret', answer.text, str(answer))

    def test_password_with_special_characters_works_and_is_not_shown(self):
        self.table()
        name = f'u{self.db[9:]}'
        for place in (self.source, self.target):
            place.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'p@s:s/w,o#r?d%41+&'", f"GRANT SELECT ON *.* TO '{name}'@'%'")
            self.addCleanup(place.sql, f"DROP USER '{name}'@'%'")
        urls = [place.url(self.db, name, 'p@s:s/w,o#r?d%41+&') for place in (self.source, self.target)]
        answer = self.expect_exit(self.verify(source=urls[0], target=urls[1]), 0)
        self.assertNotIn('p@s', answer.text, str(answer))
        self.assertNotIn('p%40s', answer.text, str(answer))

    def test_password_is_wiped_from_the_process_list(self):
        self.table(rows=2000, padding=400)
        link = self.link(self.source)
        link.say('rate 100')
        running = self.start('--digest', 'stream', source=link.url(self.db, *self.user('SELECT ON *.*')))
        self.addCleanup(running.kill)
        time.sleep(0.5)
        with open(f'/proc/{running.process.pid}/cmdline', 'rb') as found:
            words = found.read()
        running.kill()
        running.wait()
        self.assertIn(b'verify', words)
        self.assertNotIn(b'pw-u', words)

    @once
    def test_unknown_host_fails_and_is_named(self):
        answer = self.verify(source=self.source.url(self.db, host='no-such-host.invalid'), as_json=False, limit=60)
        self.expect_error(answer, 4, 'no-such-host.invalid')

    def test_closed_port_fails_soon_and_is_named(self):
        port = free_port()
        answer = self.verify(target=self.target.url(self.db, port=port), as_json=False, limit=60)
        self.expect_error(answer, 4, str(port))
        self.assertLess(answer.seconds, 45, str(answer))

    def test_link_that_refuses_fails_within_the_limit(self):
        self.table()
        link = self.link(self.source)
        link.say('refuse')
        answer = self.verify(source=link.url(self.db), as_json=False, limit=90)
        self.expect_error(answer, 4)
        self.assertLess(answer.seconds, 60, str(answer))

    def test_unknown_database_is_named(self):
        for side in ('source', 'target'):
            place = getattr(self, side)
            answer = self.expect_exit(self.verify(**{side: place.url('no_such_database')}, as_json=False), 4)
            self.assertIn('no_such_database', answer.text, str(answer))

    def test_table_that_may_not_be_read_is_named_and_the_others_are_compared(self):
        self.table('open_table')
        self.table('closed_table')
        self.on_target('UPDATE open_table SET v=-1 WHERE id=5')
        # The table is seen, its rows are not.
        name, password = self.user('SELECT ON `{db}`.open_table', 'INSERT ON `{db}`.closed_table', places=(self.source,))
        answer = self.verify('--details', 5, source=self.source.url(self.db, name, password))
        self.expect_exit(answer, 6)
        self.assertEqual(answer.verdict, 'incomplete', str(answer))
        self.assertEqual(answer.table('closed_table')['verdict'], 'incomplete', str(answer))
        self.assertTrue(answer.table('closed_table')['skipped'], str(answer))
        self.expect_table(answer, 'open_table', Expect.of('id', update=[5]))

    def test_connection_cut_in_mid_stream_is_made_again(self):
        self.table(rows=4000, padding=500)
        self.on_target('UPDATE t SET v=-1 WHERE id IN (0, 3999)')
        link = self.link(self.source)
        link.say('cutafter 1000000')
        answer = self.verify('--digest', 'stream', '--details', 5, source=link.url(self.db), limit=120)
        self.expect_answer(answer, {'t': Expect.of('id', update=[0, 3999])})

    def test_connections_cut_again_and_again_are_made_again(self):
        self.table(rows=6000, padding=300)
        self.on_target('UPDATE t SET v=-1 WHERE id IN (0, 5999)')
        link = self.link(self.target)
        link.say('rate 1500')
        running = self.start('--details', 5, '--parallel', 2, '--digest', 'stream', target=link.url(self.db))
        self.addCleanup(running.kill)
        for _ in range(3):
            time.sleep(0.4)
            link.say('cut')
        link.say('rate 0')
        self.expect_answer(running.wait(120), {'t': Expect.of('id', update=[0, 5999])})

    def test_frozen_link_and_an_interrupt_end_within_two_seconds(self):
        self.table(rows=4000, padding=500)
        name, password = self.user('SELECT ON *.*', 'PROCESS ON *.*')
        link = self.link(self.source)
        link.say('rate 300')
        running = self.start('--digest', 'stream', source=link.url(self.db, user=name, password=password),
                             target=self.target.url(self.db, name, password))
        self.addCleanup(running.kill)
        self.within(20, lambda: self.source.sql(f"SELECT id FROM information_schema.processlist WHERE user='{name}'"),
                    'connected')
        time.sleep(0.5)
        link.say('freeze')
        time.sleep(0.3)
        asked = time.monotonic()
        running.signal(signal.SIGINT)
        answer = running.wait(30)
        self.assertLess(time.monotonic() - asked, 2.0, f'too slow to cancel\n{answer}')
        self.expect_exit(answer, 7)
        link.say('cut')
        for place in (self.source, self.target):
            self.within(5, lambda: not self.queries_of(place, name), f'no query left on {place}')

    def test_interrupt_kills_the_queries_on_the_servers(self):
        self.table(rows=2000)
        name, password = self.user('SELECT ON *.*', 'PROCESS ON *.*')
        running = self.start('--where', 't:SLEEP(0.05)=0', '--digest', 'server',
                             source=self.source.url(self.db, name, password),
                             target=self.target.url(self.db, name, password))
        self.addCleanup(running.kill)
        self.within(20, lambda: [row for row in self.queries_of(self.source, name) if row[2] and 'SLEEP' in row[2]],
                    'the slow query runs')
        running.signal(signal.SIGTERM)
        self.expect_exit(running.wait(10), 7)
        for place in (self.source, self.target):
            self.within(3, lambda: not self.queries_of(place, name), f'no query left on {place}')

    def test_server_digest_moves_few_bytes_over_the_link(self):
        self.table(rows=6000, padding=500)
        link = self.link(self.target)
        link.say('bytes reset')
        self.expect_exit(self.verify('--digest', 'server', target=link.url(self.db)), 0)
        moved = int(link.say('bytes').split('from=')[1].split()[0])
        self.assertLess(moved, 300_000, 'bytes from the target, of 3 MB of data')

    def test_crash_of_a_server_is_no_verdict(self):
        place = self.server(self.target.name, f'crash-{self.db}')
        self.new_database(place, name=self.db)
        self.target = place
        self.table(rows=20000, padding=1000)    # more than the link and the sockets can hold
        link = self.link(place)
        link.say('rate 3000')
        running = self.start('--digest', 'stream', target=link.url(self.db))
        self.addCleanup(running.kill)
        time.sleep(1)
        os.kill(place.pid, signal.SIGKILL)
        answer = running.wait(90)
        self.expect_exit(answer, 4)
        self.assertEqual(answer.json['error']['side'], 'target', str(answer))


class Changes(TroubleTest):
    """Tables that change while they are read."""

    def slow(self, change, *options):
        self.table('other', rows=10)
        self.table(rows=20000, padding=1000)    # more than the link and the sockets can hold
        link = self.link(self.source)
        link.say('rate 3000')
        running = self.start('--digest', 'stream', *options, source=link.url(self.db))
        self.addCleanup(running.kill)
        # what is read before them is some kB
        self.within(60, lambda: int(link.say('bytes').split('from=')[1].split()[0]) > 2_000_000, 'rows of t are on their way')
        done = Background(lambda _: self.source.sql(change, database=self.db))
        time.sleep(0.3)
        link.say('rate 0')
        answer = running.wait(120)
        done.stop()
        return answer

    # The snapshot holds DDL back until all is read: then equal is the truth.

    def test_table_dropped_while_it_is_read_is_not_called_equal_by_chance(self):
        self.expect_answer(self.slow('DROP TABLE t'), {})
        self.assertEqual(self.on_source("SHOW TABLES LIKE 't'"), [])

    def test_table_altered_while_it_is_read_is_not_called_equal_by_chance(self):
        self.expect_answer(self.slow('ALTER TABLE t ADD COLUMN extra INT NOT NULL DEFAULT 5, ALGORITHM=COPY'), {})
        self.assertEqual(self.on_source('SELECT DISTINCT extra FROM t'), [('5',)])

    def test_hc_004_table_emptied_while_it_is_read(self):
        self.expect_answer(self.slow('TRUNCATE TABLE t'), {})
        self.assertEqual(self.on_source('SELECT COUNT(*) FROM t'), [('0',)])

    def test_hc_113_rows_written_while_they_are_read_are_outside_the_snapshot(self):
        answer = self.slow('UPDATE t SET v=-1')
        self.expect_answer(answer, {})
        self.assertEqual(answer.json['consistency']['source'], 'snapshot', str(answer))

    def test_consistency_is_named(self):
        self.table()
        answer = self.expect_exit(self.verify('--parallel', 3), 0)
        self.assertEqual(answer.json['consistency'], {'source': 'snapshot', 'target': 'snapshot'}, str(answer))
        answer = self.expect_exit(self.verify('--no-snapshot'), 0)
        self.assertEqual(answer.json['consistency'], {'source': 'none', 'target': 'none'}, str(answer))

    def test_hc_114_without_privileges_for_locks_the_label_is_honest(self):
        self.table()
        name, password = self.user('SELECT ON `{db}`.*')
        answer = self.verify('--parallel', 3, source=self.source.url(self.db, name, password),
                             target=self.target.url(self.db, name, password))
        self.expect_exit(answer, 0)
        for side in ('source', 'target'):
            self.assertIn(answer.json['consistency'][side], ('snapshot', 'per-table', 'none'), str(answer))

    def test_hc_115_recheck_clears_what_a_writer_only_delays(self):
        self.table(rows=2000)
        self.on_target('UPDATE t SET v=-1 WHERE id=1999')

        def write(ending):
            # A replica half a second behind, in small.
            rng, late = random.Random(5), []
            with self.source.session(self.db) as source, self.target.session(self.db) as target:
                while not ending.is_set() or late:
                    now = time.monotonic()
                    if not ending.is_set():
                        row, value = rng.randrange(1999), rng.randrange(10**6)
                        source.run(f'UPDATE t SET v={value} WHERE id={row}')
                        late.append((now + 0.5, row, value))
                    while late and (late[0][0] <= now or ending.is_set()):
                        _, row, value = late.pop(0)
                        target.run(f'UPDATE t SET v={value} WHERE id={row}')
                    time.sleep(0.01)
        writer = Background(write)
        try:
            time.sleep(1)
            plain = self.verify('--details', 1000)
            checked = self.verify('--recheck', 8, '--recheck-pause', 0.7, '--details', 1000, limit=120)
        finally:
            writer.stop()
        self.expect_exit(plain, 1)
        self.assertGreater(plain.json['differences'], 5, str(plain))
        self.expect_answer(checked, {'t': Expect.of('id', update=[1999])})

    def test_recheck_keeps_every_real_difference(self):
        self.table(rows=2000)
        self.on_target('UPDATE t SET v=-1 WHERE id IN (0, 1000)', 'DELETE FROM t WHERE id=5',
                       "INSERT INTO t VALUES (5000, 1, '')")
        self.check('--recheck', 2, '--recheck-pause', 0.2, modes=MODES,
                   t=Expect.of('id', insert=[5], update=[0, 1000], delete=[5000]))


class Output(TroubleTest):
    def test_json_is_one_object_and_talk_goes_elsewhere(self):
        self.table()
        answer = self.expect_exit(self.verify('--progress', 'json'), 0)
        self.assertEqual(set(answer.json) & {'command', 'verdict', 'tables', 'rows_compared', 'differences',
                                             'consistency', 'servers', 'seconds'},
                         {'command', 'verdict', 'tables', 'rows_compared', 'differences', 'consistency', 'servers',
                          'seconds'}, str(answer))
        for line in answer.err.splitlines():
            json.loads(line)

    def test_hc_133_rows_are_counted_for_every_table(self):
        self.table('a', rows=7)
        self.table('b', rows=11)
        answer = self.expect_exit(self.verify(), 0)
        self.assertEqual({name: (entry['rows_source'], entry['rows_target']) for name, entry in answer.tables.items()},
                         {'a': (7, 7), 'b': (11, 11)}, str(answer))
        self.assertEqual(answer.json['rows_compared'], 18, str(answer))

    def test_errors_in_json_are_one_object(self):
        for url in (self.source.url(self.db, password='wrong'), self.source.url(self.db, port=free_port())):
            answer = self.expect_exit(self.verify(source=url), 4)
            self.assertEqual(set(answer.json), {'command', 'error'}, str(answer))
            self.assertTrue(answer.json['error']['code'], str(answer))
            self.assertTrue(answer.json['error']['text'], str(answer))

    @once
    def test_refusal_in_json_is_one_object(self):
        url = self.source.url(self.db)
        answer = self.expect_exit(self.verify(source=url, target=url), 3)
        self.assertTrue(answer.json['error']['text'], str(answer))

    def test_text_report_names_what_differs(self):
        self.table('good_one', rows=3)
        self.table('bad_one', rows=3)
        self.on_target('DELETE FROM bad_one WHERE id=2')
        answer = self.expect_exit(self.verify(as_json=False), 1)
        self.assertIn('bad_one', answer.out, str(answer))

    def test_nothing_is_written_anywhere(self):
        self.table()
        self.on_target('UPDATE t SET v=-1 WHERE id=5')
        name, password = self.user('SELECT ON *.*')
        self.expect_exit(self.verify(source=self.source.url(self.db, name, password),
                                     target=self.target.url(self.db, name, password)), 1)
        self.assertEqual(self.program.files(), [])
        self.assertEqual(self.on_target('SELECT v FROM t WHERE id=5'), [('-1',)])

    @once
    def test_full_disk_for_the_report_is_not_success(self):
        self.table()
        with open('/dev/full', 'wb') as full:
            process = subprocess.run([program_path(), 'verify', *self.urls(), '--json'], stdout=full,
                                     stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
                                     env=self.program.environment(), timeout=60, check=False)
        self.assertEqual(process.returncode, 5, process.stderr.decode())


class Encryption(TroubleTest):
    not_for_old = 'its TLS is older than what OpenSSL takes (test_old_servers)'
    def setUp(self):
        super().setUp()
        self.secure = self.server(self.source.name, 'tls', tls=True)
        self.new_database(self.secure, name=self.db)
        self.table(rows=10)
        self.secure.sql('CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)',
                        'INSERT INTO t VALUES ' + ','.join(f"({n},{n},'')" for n in range(10)), database=self.db)

    def plain_server(self, name):
        """One that cannot speak TLS."""
        options = {'mysql': ['--tls-version='], 'mariadb': ['--skip-ssl']}[name.split('-')[0]]
        place = self.server(name, 'plain', options=options)
        self.new_database(place, name=self.db)
        place.sql('CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)',
                  'INSERT INTO t VALUES ' + ','.join(f"({n},{n},'')" for n in range(10)), database=self.db)
        return place

    def through(self, place, **query):
        return self.verify(source=place.url(self.db, **query), as_json=False)

    def test_hc_119_tls_that_is_required_of_a_server_without_it_fails(self):
        place = self.plain_server(self.source.name)
        self.expect_exit(self.through(place, ssl_mode='disabled'), 0)
        self.expect_exit(self.through(place, ssl_mode='preferred'), 0)
        self.expect_error(self.through(place, ssl_mode='required'), 4, 'tls')

    def test_hc_119_required_tls_is_used(self):
        name = f'u{self.db[9:]}'
        self.secure.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw' REQUIRE SSL", f"GRANT SELECT ON *.* TO '{name}'@'%'")
        self.addCleanup(self.secure.sql, f"DROP USER '{name}'@'%'")
        self.expect_exit(self.verify(source=self.secure.url(self.db, name, 'pw', ssl_mode='required')), 0)
        self.expect_exit(self.verify(source=self.secure.url(self.db, name, 'pw', ssl_mode='disabled')), 4)

    def test_hc_119_right_ca_and_name_pass(self):
        for mode in ('verify-ca', 'verify-identity'):
            self.expect_exit(self.through(self.secure, ssl_mode=mode, ssl_ca=self.secure.ca), 0)

    def test_hc_119_ca_alone_means_that_the_name_is_checked(self):
        self.expect_exit(self.through(self.secure, ssl_ca=self.secure.ca), 0)
        other = self.server(self.source.name, 'tls-other', tls=True)
        self.expect_exit(self.through(self.secure, ssl_ca=other.ca), 4)

    def test_hc_119_wrong_ca_fails(self):
        other = self.server(self.source.name, 'tls-other', tls=True)
        for mode in ('verify-ca', 'verify-identity'):
            self.expect_error(self.through(self.secure, ssl_mode=mode, ssl_ca=other.ca), 4)

    def test_hc_119_certificate_of_another_host_fails_by_identity_only(self):
        # 127.0.0.2 is this machine too, but not in the certificate.
        self.expect_exit(self.verify(source=self.secure.url(self.db, host='127.0.0.1', ssl_mode='verify-identity',
                                                            ssl_ca=self.secure.ca)), 0)
        link = self.server(self.source.name, 'tls-any', tls=True, options=['--bind-address=0.0.0.0'])
        self.new_database(link, name=self.db)
        link.sql('CREATE TABLE t (id INT NOT NULL PRIMARY KEY, v INT, pad VARCHAR(1000) NOT NULL)',
                 'INSERT INTO t VALUES ' + ','.join(f"({n},{n},'')" for n in range(10)), database=self.db)
        self.expect_exit(self.verify(source=link.url(self.db, host='127.0.0.2', ssl_mode='verify-ca', ssl_ca=link.ca)), 0)
        self.expect_exit(self.verify(source=link.url(self.db, host='127.0.0.2', ssl_mode='verify-identity',
                                                     ssl_ca=link.ca)), 4)

    def test_28_connection_that_is_cut_is_no_matter_of_ssl_mode(self):
        link = self.link(self.secure)
        for bytes_until in (200, 2500):     # within the handshake, and behind it
            with self.subTest(bytes_until=bytes_until):
                def cut(ending, until=bytes_until):
                    while not ending.wait(0.02):
                        link.say(f'cutafter {until}')

                cutter = Background(cut)
                answer = self.verify('--retries', 1, '--parallel', 1, source=link.url(self.db, ssl_mode='required'), as_json=False)
                cutter.stop()
                self.expect_exit(answer, 4)
                self.assertNotIn('see ssl-mode', answer.err, str(answer))
                self.assertRegex(answer.err, 'was cut|[Ll]ost connection|gone away', str(answer))

    def test_hc_119_missing_ca_file_is_named(self):
        answer = self.expect_exit(self.through(self.secure, ssl_mode='verify-ca', ssl_ca='/no/such/ca.pem'), 5)
        self.assertIn('/no/such/ca.pem', answer.text, str(answer))


class Configuration(TroubleTest):
    def test_urls_from_the_environment(self):
        self.table()
        source, target = self.urls()
        self.expect_exit(self.dbsync('verify', '--json', env={'DBSYNC_SOURCE': source, 'DBSYNC_TARGET': target}), 0)

    def env_file(self, **changes):
        values = {'DB_HOST': '127.0.0.1', 'DB_PORT': self.source.port, 'DB_NAME': self.db, 'DB_USER': 'dbsync',
                  'DB_PASSWORD': 'dbsync', 'BACKUP_DB_HOST': '127.0.0.1', 'BACKUP_DB_PORT': self.target.port,
                  'BACKUP_DB_NAME': self.db, 'BACKUP_DB_USER': 'dbsync', 'BACKUP_DB_PASSWORD': 'dbsync', **changes}
        return '# made by a test\n' + ''.join(f'{key}={value}\n' for key, value in values.items())

    def test_v9_env_file_that_others_may_write_or_own_is_refused(self):
        self.table()
        path = self.program.file('settings.env', self.env_file())
        read = lambda: self.dbsync('verify', '--env-file', path)
        self.assertNotIn('note: `', self.expect_exit(read(), 0).err)
        for mode in (0o644, 0o640):
            os.chmod(path, mode)
            note = self.expect_exit(read(), 0).err
            self.assertEqual(note.count('holds a password, and others may read it: chmod 600 helps'), 1, note)
        for mode in (0o620, 0o602, 0o666):
            os.chmod(path, mode)
            self.expect_error(read(), 3, 'others may write to it; chmod 600 helps')
        os.chmod(path, 0o600)
        if not os.geteuid():
            os.chown(path, 12345, -1)
            self.expect_error(read(), 3, 'it belongs to another user, who may write to it')

    def test_env_file_of_the_old_script_is_read(self):
        self.table()
        path = self.program.file('settings.env', self.env_file())
        answer = self.expect_exit(self.dbsync('verify', '--json', '--env-file', path), 0)
        self.assertEqual(answer.table('t')['rows_source'], 100, str(answer))

    def test_env_file_in_the_working_folder_is_read(self):
        self.table()
        self.program.file('.env', self.env_file(DB_PASSWORD='"dbsync"', BACKUP_DB_PASSWORD="'dbsync'"))
        self.expect_exit(self.dbsync('verify', '--json'), 0)

    @once
    def test_env_file_that_is_missing_is_named(self):
        self.expect_error(self.dbsync('verify', '--env-file', '/no/such/.env'), 5, '/no/such/.env')

    def test_option_file_and_its_group_are_read(self):
        self.table()
        path = self.program.file('my.cnf', '[client]\nuser=nobody\npassword=wrong\n[nightly]\nuser=dbsync\npassword="dbsync"\n')
        source, target = (f'mysql://127.0.0.1:{place.port}/{self.db}' for place in (self.source, self.target))
        words = ('verify', source, target, '--json', '--defaults-file', path)
        self.expect_exit(self.dbsync(*words, '--defaults-group', 'nightly'), 0)
        self.expect_exit(self.dbsync(*words), 4)

    @once
    def test_option_file_that_others_can_read_is_refused(self):
        path = self.program.file('my.cnf', '[client]\nuser=dbsync\npassword=dbsync\n', mode=0o644)
        answer = self.dbsync('verify', *self.urls(), '--defaults-file', path)
        self.expect_error(answer, 3, 'chmod 600')

    def test_no_password_and_no_terminal_is_no_prompt(self):
        self.table()
        url = f'mysql://dbsync@127.0.0.1:{self.source.port}/{self.db}'
        answer = self.verify(source=url, as_json=False, limit=30)
        self.expect_exit(answer, 4)
        self.assertLess(answer.seconds, 20, str(answer))

    def test_unix_socket_works(self):
        self.table()
        urls = [f'mysql://dbsync:dbsync@localhost/{self.db}?socket={place.socket_path}'
                for place in (self.source, self.target)]
        self.expect_exit(self.verify(source=urls[0], target=urls[1]), 0)


# The defaults that a server may have, all of them at once.
STRANGE = ['--sql-mode=ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,STRICT_ALL_TABLES,NO_ZERO_DATE,'
           'NO_ZERO_IN_DATE,PAD_CHAR_TO_FULL_LENGTH,HIGH_NOT_PRECEDENCE,IGNORE_SPACE,NO_UNSIGNED_SUBTRACTION',
           '--autocommit=0', '--default-time-zone=-11:30', '--group-concat-max-len=64', '--init-connect=SET NAMES latin1',
           '--character-set-server=latin1', '--collation-server=latin1_german1_ci', '--div-precision-increment=2',
           '--transaction-isolation=READ-UNCOMMITTED', '--net-write-timeout=2', '--net-read-timeout=2',
           '--wait-timeout=3', '--lc-time-names=de_DE']
STRANGE_OWN = {
    'mariadb': ['--max-statement-time=2', '--explicit-defaults-for-timestamp=0', '--optimizer-switch=index_merge=off'],
    'mysql': ['--max-execution-time=2000', '--sql-generate-invisible-primary-key=ON'],
}


class Settings(TroubleTest):
    """HC-111: nothing depends on the defaults of a server."""
    not_for_old = 'it has other settings, and does not start with these'

    def strange_pair(self):
        self.target = self.server(self.target.name, 'strange', options=STRANGE + STRANGE_OWN[self.target.family])
        self.db = self.new_database()
        self.user_name, self.user_password = self.user('SELECT ON *.*', 'PROCESS ON *.*')   # not exempt from init_connect

    def urls(self):
        if not hasattr(self, 'user_name'):
            return super().urls()
        return tuple(place.url(self.db, self.user_name, self.user_password) for place in (self.source, self.target))

    COLUMNS = ("id INT NOT NULL, c CHAR(9) CHARACTER SET utf8mb4, v VARCHAR(20) CHARACTER SET utf8mb4, t TIMESTAMP NULL, "
               "d DATE, f DOUBLE, n DECIMAL(20,8), b BLOB, u INT UNSIGNED")

    def fill(self):
        self.on_both(f'CREATE TABLE t ({self.COLUMNS}, PRIMARY KEY (id))')
        words = ["'a'", "'back\\\\slash'", "_utf8mb4 X'C3A9F09F9880'", "'\"'", "''", "'it''s'", "'a|b'", "'é'"]
        self.insert('t', ('id', 'c', 'v', 't', 'd', 'f', 'n', 'b', 'u'),
                    [(str(n), words[n % 8].replace("'back\\\\slash'", "'b\\\\s'"), words[n % 8],
                      "'2024-07-01 12:00:00'", "'0000-00-00'" if n % 3 else "'2024-01-00'", f'{n}.1e0', f'{n}.12345678',
                      f"X'00{n % 256:02X}FF'", str(n)) for n in range(600)])

    def test_hc_111_settings_of_the_server_change_no_verdict(self):
        self.strange_pair()
        self.fill()
        self.check_equal(modes=MODES)
        self.on_target("UPDATE t SET v='x' WHERE id IN (1, 599)", "UPDATE t SET t='2024-07-01 12:00:01' WHERE id=2",
                       'UPDATE t SET n=n+0.00000001 WHERE id=3', "UPDATE t SET c=CONCAT(c, '.') WHERE id=4")
        self.check(t=Expect.of('id', update=[1, 2, 3, 4, 599]), modes=MODES)

    def test_hc_111_text_keys_under_settings_of_the_server(self):
        self.strange_pair()
        self.on_both('CREATE TABLE t (k VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PRIMARY KEY, '
                     'v INT)')
        words = ["a'b", 'a"b', 'a\\b', 'a\\', "a''", 'a||b', '\\', "\\'", 'plain']
        self.insert('t', ('k', 'v'), [(f"_utf8mb4 X'{word.encode().hex()}'", 1) for word in words]
                    + [(f"'{n}'", 1) for n in range(3000)])
        self.on_target("UPDATE t SET v=2 WHERE k IN (_utf8mb4 X'5C', _utf8mb4 X'612262')",
                       "DELETE FROM t WHERE k=_utf8mb4 X'5C27'")
        self.check(t=Expect.of('k', insert=["\\'"], update=['\\', 'a"b']), modes=MODES)

    def test_hc_112_short_timeouts_of_the_server_lose_no_stream(self):
        # The server gives up after 2 s in which it cannot send, and after 3 s of silence.
        self.strange_pair()
        self.table(rows=8000, padding=500)
        link = self.link(self.source)
        link.say('rate 600')
        answer = self.verify('--digest', 'stream', source=link.url(self.db), target=self.urls()[1], limit=120)
        self.expect_answer(answer, {})
        self.assertGreater(answer.seconds, 4, 'the test was not slow enough to mean anything')

    def test_hc_046_packet_limit_of_the_server_is_kept(self):
        place = self.server(self.target.name, 'packet-target', options=('--max-allowed-packet=1M',))
        database = self.new_database(place)
        self.on_source('CREATE TABLE t (id VARCHAR(200) NOT NULL PRIMARY KEY, v INT)')
        place.sql('CREATE TABLE t (id VARCHAR(200) NOT NULL PRIMARY KEY, v INT)', database=database)
        rows = [(f"'{n:0200d}'", str(n)) for n in range(6000)]
        self.session(self.source).insert('t', ('id', 'v'), rows)
        with place.session(database) as session:
            session.insert('t', ('id', 'v'), [(key, '-1') for key, _ in rows])
        answer = self.verify('--digest', 'server', '--details', 3, target=place.url(database))
        self.assertEqual(answer.counts('t'), (0, 6000, 0), str(answer))

    def limited(self, option):
        name = f'u{self.db[9:]}'
        for place in (self.source, self.target):
            place.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw' WITH {option}", f"GRANT SELECT ON *.* TO '{name}'@'%'")
            self.addCleanup(place.sql, f"DROP USER '{name}'@'%'")
        return {'source': self.source.url(self.db, name, 'pw'), 'target': self.target.url(self.db, name, 'pw')}

    def test_hc_121_user_with_few_connections_gets_fewer_workers(self):
        for n in range(6):
            self.table(f't{n}', rows=500)
        self.on_target('UPDATE t3 SET v=-1 WHERE id=250')
        urls = self.limited('MAX_USER_CONNECTIONS 2')
        answer = self.verify('--parallel', 8, '--details', 5, **urls)
        self.expect_answer(answer, {'t3': Expect.of('id', update=[250])})

    def test_hc_121_server_with_few_connections_gets_fewer_workers(self):
        place = self.server(self.target.name, f'narrow-{os.getpid()}', options=['--max-connections=10'])
        database = self.new_database(place)
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1), (2)')
        place.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)', database=database)
        name = f'n{self.db[9:]}'
        place.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", f"GRANT SELECT ON *.* TO '{name}'@'%'")
        busy = [place.session(database, name, 'pw') for _ in range(7)]
        try:
            answer = self.verify('--parallel', 16, target=place.url(database, name, 'pw'))
        finally:
            for session in busy:
                session.close()
        self.expect_exit(answer, 1)
        self.assertEqual(answer.counts('t'), (1, 0, 0), str(answer))

    def test_no_connection_left_at_all_is_an_error(self):
        self.table()
        urls = self.limited('MAX_USER_CONNECTIONS 1')
        holder = self.target.session(self.db, urls['target'].split('//')[1].split(':')[0], 'pw')
        try:
            answer = self.verify(**urls, limit=120)
        finally:
            holder.close()
        self.expect_exit(answer, 4)


class Replicas(TroubleTest):
    """A primary and a real replica of it, of the pair's own kind."""
    not_for_old = 'it has no GTIDs unless it is started with them'

    def setUp(self):
        super().setUp()
        name = self.source.name
        gtids = ('--gtid-mode=ON', '--log-slave-updates', '--enforce-gtid-consistency') if name == 'mysql-5.6' else ()
        self.source = self.server(name, 'primary', options=gtids)
        self.target = self.server(name, f'replica-{os.getpid()}-of-{self.source.pid}', options=gtids)
        self.follow(self.target, self.source)
        self.db = self.new_database(self.source)
        self.source.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', database=self.db)
        self.source.sql('INSERT INTO t VALUES ' + ','.join(f'({n},{n})' for n in range(500)), database=self.db)
        self.within(30, self.caught_up, 'the replica follows')

    def follow(self, replica, primary):
        if replica.family == 'mysql':
            self.words = {'stop': 'STOP REPLICA', 'pause': 'STOP REPLICA SQL_THREAD', 'go': 'START REPLICA'}
            change = ("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT={}, SOURCE_USER='dbsync', "
                      "SOURCE_PASSWORD='dbsync', SOURCE_AUTO_POSITION=1")
            if replica.name != 'mysql-5.6':
                change += ', GET_SOURCE_PUBLIC_KEY=1'
        else:
            self.words = {'stop': 'STOP SLAVE', 'pause': 'STOP SLAVE SQL_THREAD', 'go': 'START SLAVE'}
            change = ("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={}, MASTER_USER='dbsync', "
                      "MASTER_PASSWORD='dbsync', MASTER_USE_GTID=slave_pos")
        replica.sql(self.words['stop'], change.format(primary.port), self.words['go'])
        self.addCleanup(replica.sql, self.words['go'])

    def caught_up(self):
        found = self.target.sql(f"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='{self.db}'")
        return found == [('1',)] and self.target.sql('SELECT COUNT(*) FROM t', database=self.db) == [('500',)]

    def behind(self):
        """The replica stops applying, and the primary goes on."""
        self.target.sql(self.words['pause'])
        self.source.sql('UPDATE t SET v=v+1', 'DELETE FROM t WHERE id<10', database=self.db)

    def test_hc_117_replica_that_is_behind_differs(self):
        self.behind()
        answer = self.expect_exit(self.verify(), 1)
        self.assertEqual(answer.counts('t'), (0, 490, 10), str(answer))

    def test_hc_117_waiting_for_the_replica_finds_it_equal(self):
        self.behind()
        later = Background(lambda _: (time.sleep(1.5), self.target.sql(self.words['go'])))
        answer = self.verify('--wait-replica=30', limit=60)
        later.stop()
        self.expect_answer(answer, {})
        self.assertEqual(answer.table('t')['rows_target'], 490, str(answer))
        self.assertGreater(answer.seconds, 1, str(answer))

    def test_hc_117_waiting_for_the_replica_still_finds_a_real_difference(self):
        self.target.sql('SET SESSION sql_log_bin=0', f'UPDATE `{self.db}`.t SET v=-1 WHERE id=77')
        answer = self.verify('--wait-replica=30', '--details', 5, limit=60)
        self.expect_answer(answer, {'t': Expect.of('id', update=[77])})

    def test_hc_117_replica_that_never_comes_is_no_verdict(self):
        self.behind()
        answer = self.verify('--wait-replica=1', limit=60)
        self.expect_error(answer, 6, 'it has not caught up with the source in time')
        self.assertLess(answer.seconds, 20, str(answer))

    def test_waiting_for_a_server_that_is_no_replica_is_said(self):
        self.target.sql(self.words['stop'])
        stranger = self.server(self.source.name, 'target')
        self.new_database(stranger, name=self.db)
        stranger.sql('CREATE TABLE t (id INT PRIMARY KEY, v INT)', database=self.db)
        answer = self.verify('--wait-replica=5', target=stranger.url(self.db), as_json=False, limit=60)
        self.expect_error(answer, 2, '--wait-replica was given, but it is not a replica')
