"""Hard cases HC-105 and HC-106: views, routines, triggers, events and the defaults of databases.

What differs is told with the statements that make it equal; they are run on the
target, and then nothing may be left to say.
"""
from harness import ServerTest

TABLES = ('CREATE TABLE t (id INT PRIMARY KEY, n VARCHAR(20), d DATETIME)',
          'CREATE TABLE u (id INT PRIMARY KEY, t_id INT)')

# one of each kind, and the same with another body
KINDS = {
    'view': ('v', 'CREATE VIEW v AS SELECT id, n FROM t WHERE id > 1',
             'CREATE VIEW v AS SELECT id, n FROM t WHERE id > 2'),
    'function': ('f', "CREATE FUNCTION f(a INT, b VARCHAR(9)) RETURNS VARCHAR(20) DETERMINISTIC COMMENT 'it''s' RETURN CONCAT(a, b)",
                 "CREATE FUNCTION f(a INT, b VARCHAR(9)) RETURNS VARCHAR(20) DETERMINISTIC COMMENT 'it''s' RETURN CONCAT(b, a)"),
    'procedure': ('p', "CREATE PROCEDURE p(IN a INT, OUT b INT) BEGIN -- don't\n SELECT 1 INTO b; END",
                  "CREATE PROCEDURE p(IN a INT, OUT b INT) SQL SECURITY INVOKER BEGIN -- don't\n SELECT 1 INTO b; END"),
    'trigger': ('g', 'CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.n = 1',
                'CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW SET NEW.n = 1'),
    'event': ('e', "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE COMMENT 'DO it' DO SELECT 1",
              "CREATE EVENT e ON SCHEDULE EVERY 2 DAY STARTS '2030-01-01 00:00:00' DISABLE COMMENT 'DO it' DO SELECT 1"),
}

# Two servers that print them differently must not make a difference of that.
SIMPLE_VIEWS = (
    'SELECT a.id + 1 AS x, (a.id + 1) * 2 AS y, -a.id AS z, 1 - (2 - a.id) AS w FROM t a',
    "SELECT concat(n, ' é ', upper(n)) AS c, n = 'it''s' AS q, n LIKE 'a%' AS l, n IS NULL AS s FROM t",
    "SELECT CASE WHEN id > 1 AND id < 5 THEN 'a' ELSE 'b' END AS c, id BETWEEN 1 AND 2 AS b, id IN (1, 2) AS i FROM t",
    'SELECT now() AS n, cast(d AS DATE) AS d, date_add(d, INTERVAL 1 DAY) AS i, coalesce(n, 1) AS c FROM t',
    'SELECT t.id, u.id AS uid, count(*) AS n FROM t LEFT JOIN u ON t.id = u.t_id AND u.id > 3 '
    'WHERE t.id > 2 AND EXISTS (SELECT 1 FROM u) GROUP BY t.id, u.id HAVING count(*) > 1 ORDER BY t.id DESC LIMIT 3',
    'SELECT id FROM t WHERE (id > 1 OR id < 0) AND n IS NOT NULL UNION ALL SELECT 1',
    'WITH q AS (SELECT id FROM t) SELECT id, (SELECT max(id) FROM u WHERE u.t_id = q.id) AS m FROM q',
    "SELECT o.id, c.t_id FROM t o JOIN u c ON c.id = o.id WHERE o.n IN ('pending', 'paid')",
    'SELECT c.n, COUNT(*) AS orders, SUM(o.id) AS revenue FROM u o JOIN t c ON c.id = o.t_id GROUP BY c.n',
)


class Objects(ServerTest):
    def setUp(self):
        super().setUp()
        # what is not compared here: sessions begin with another collation on each version
        self.on_both("SET NAMES utf8mb4 COLLATE utf8mb4_general_ci", *TABLES)

    def look(self, kinds='all', *options, exit_code=None, **urls):
        answer = self.verify('--schema-only', '--objects', kinds, *options, **urls)
        if exit_code is not None:
            self.expect_exit(answer, exit_code)
        return answer

    def found(self, answer, kind, name):
        entries = [entry for entry in answer.json['objects'] if (entry['kind'], entry['name']) == (kind, name)]
        self.assertEqual(len(entries), 1, f'{kind} {name}\n{answer}')
        return entries[0]

    def verdict(self, answer, kind, name):
        return self.found(answer, kind, name)['verdict']

    def apply(self, answer):
        """The statements of all objects, in their order, on one session that has no database."""
        with self.target.session() as session:
            before = session.run('SELECT @@sql_mode, @@character_set_client, @@collation_connection, @@time_zone')
            for entry in answer.json['objects']:
                for statement in entry['statements']:
                    session.run(statement)
            after = session.run('SELECT @@sql_mode, @@character_set_client, @@collation_connection, @@time_zone')
        self.assertEqual(before, after, 'settings that were not taken back')

    def comes_out_equal(self, answer, kinds='all', **urls):
        self.expect_exit(answer, 1)
        self.apply(answer)
        again = self.look(kinds, exit_code=0, **urls)
        self.assertEqual({entry['verdict'] for entry in again.json['objects']}, {'equal'}, str(again))
        return again

    def user(self, place, *grants):
        """A user of that server with these grants on the database, and its URL."""
        name = f'u{self.db[8:]}'
        place.sql(f"DROP USER IF EXISTS '{name}'", f"CREATE USER '{name}' IDENTIFIED BY 'pw'",
                  *(f"GRANT {grant} ON `{self.db}`.* TO '{name}'" for grant in grants))
        self.addCleanup(place.sql, f"DROP USER '{name}'")
        return place.url(self.db, user=name, password='pw')

    # Kinds -------------------------------------------------------------------

    def test_equal_objects_of_each_kind_are_equal(self):
        for _, create, _ in KINDS.values():
            self.on_both(create)
        answer = self.look(exit_code=0)
        for kind, (name, _, _) in KINDS.items():
            self.assertEqual(self.verdict(answer, kind, name), 'equal', str(answer))

    def test_hc_105_hc_106_objects_that_the_target_lacks_are_made(self):
        for _, create, _ in KINDS.values():
            self.on_source(create)
        answer = self.look(exit_code=1)
        for kind, (name, _, _) in KINDS.items():
            self.assertEqual(self.verdict(answer, kind, name), 'missing_on_target', str(answer))
        self.comes_out_equal(answer)

    def test_hc_105_hc_106_objects_that_differ_become_the_source_s(self):
        for _, create, other in KINDS.values():
            self.on_source(create)
            self.on_target(other)
        answer = self.look(exit_code=1)
        for kind, (name, _, _) in KINDS.items():
            entry = self.found(answer, kind, name)
            self.assertEqual(entry['verdict'], 'different', str(answer))
            self.assertIn('\n-', entry['diff'])
        self.comes_out_equal(answer)

    def test_objects_that_only_the_target_has_are_named_and_left(self):
        for _, create, _ in KINDS.values():
            self.on_target(create)
        answer = self.look(exit_code=1)
        for kind, (name, _, _) in KINDS.items():
            entry = self.found(answer, kind, name)
            self.assertEqual((entry['verdict'], entry['statements']), ('missing_on_source', []), str(answer))

    def test_text_names_what_differs_and_how(self):
        name, create, other = KINDS['view']
        self.on_source(create)
        self.on_target(other)
        answer = self.expect_exit(self.verify('--schema-only', as_json=False), 1)
        self.assertIn(f'view {self.db}.{name}  different', answer.out)
        self.assertIn('+where `t`.`id` > 1', answer.out)
        self.assertIn('> CREATE OR REPLACE ', answer.out)

    def test_defaults_of_the_database_are_compared_and_made(self):
        self.on_source(f'ALTER DATABASE `{self.db}` CHARACTER SET latin1 COLLATE latin1_bin')
        answer = self.look('tables', exit_code=1)
        self.assertEqual(self.verdict(answer, 'database', self.db), 'different')
        self.comes_out_equal(answer, 'tables')

    def test_routine_keeps_the_default_of_the_database_it_was_made_under(self):
        self.on_source(f'ALTER DATABASE `{self.db}` CHARACTER SET latin1 COLLATE latin1_bin', KINDS['procedure'][1],
                       f'ALTER DATABASE `{self.db}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')
        self.on_target(KINDS['procedure'][1])
        answer = self.look(exit_code=1)
        self.assertIn('+database collation: latin1_bin', self.found(answer, 'procedure', 'p')['diff'])
        self.comes_out_equal(answer)

    # Views -------------------------------------------------------------------

    def test_simple_views_are_equal_however_servers_print_them(self):
        for number, query in enumerate(SIMPLE_VIEWS):
            self.on_both(f'CREATE VIEW v{number} AS {query}')
        answer = self.look('views', exit_code=0)
        self.assertEqual(len(answer.json['objects']), len(SIMPLE_VIEWS))

    def test_parentheses_that_matter_make_a_difference(self):
        pairs = (('(id + 1) * 2', 'id + 1 * 2'), ('1 - (2 - id)', '1 - 2 - id'),
                 ('(id = 1 OR id = 2) AND id = 3', 'id = 1 OR id = 2 AND id = 3'),
                 ('(id = 1) IN (1, 2)', 'id = (1 IN (1, 2))'), ('-(id + 1)', '-id + 1'))
        for number, (here, there) in enumerate(pairs):
            self.on_source(f'CREATE VIEW v{number} AS SELECT {here} AS x FROM t')
            self.on_target(f'CREATE VIEW v{number} AS SELECT {there} AS x FROM t')
        answer = self.look('views')
        for number, pair in enumerate(pairs):
            self.assertIn(self.verdict(answer, 'view', f'v{number}'), ('different', 'incomplete'), f'{pair}\n{answer}')

    def test_hc_105_views_are_made_after_what_they_are_made_of(self):
        self.on_source(KINDS['function'][1], 'CREATE VIEW z AS SELECT f(id, n) AS x FROM t',
                       'CREATE VIEW m AS SELECT x FROM z', 'CREATE VIEW a AS SELECT m.x FROM m JOIN z ON m.x = z.x')
        answer = self.look(exit_code=1)
        order = [entry['name'] for entry in answer.json['objects'] if entry['kind'] in ('function', 'view')]
        self.assertEqual(order, ['f', 'z', 'm', 'a'])
        self.comes_out_equal(answer)

    def test_hc_105_definer_that_the_target_lacks_is_named_and_kept(self):
        self.user(self.source, 'ALL')
        name = f'u{self.db[8:]}'
        self.on_source(f"CREATE DEFINER='{name}'@'%' VIEW v AS SELECT id FROM t",
                       f"CREATE DEFINER='{name}'@'%' PROCEDURE p() SELECT 1")
        answer = self.look(exit_code=1)
        for kind, object_name in (('view', 'v'), ('procedure', 'p')):
            self.assertIn(f'the definer {name}@% does not exist on the target',
                          self.found(answer, kind, object_name)['notes'])
        self.comes_out_equal(answer)

    def test_hc_105_security_and_definer_are_compared(self):
        self.on_source('CREATE SQL SECURITY INVOKER VIEW v AS SELECT id FROM t')
        self.on_target('CREATE SQL SECURITY DEFINER VIEW v AS SELECT id FROM t')
        self.comes_out_equal(self.look())

    def test_hc_105_invalid_view_is_named_and_stops_nothing(self):
        self.on_both('CREATE TABLE gone (id INT)', 'CREATE VIEW lost AS SELECT * FROM gone', 'DROP TABLE gone')
        self.on_source('CREATE TABLE gone (id INT)', 'CREATE VIEW only_here AS SELECT * FROM gone', 'DROP TABLE gone',
                       KINDS['view'][1])
        answer = self.look(exit_code=1)
        self.assertEqual(self.verdict(answer, 'view', 'lost'), 'equal')
        self.assertEqual(self.verdict(answer, 'view', 'v'), 'missing_on_target')
        for name in ('lost', 'only_here'):
            self.assertIn('invalid', ' '.join(self.found(answer, 'view', name)['notes']))
        self.assertEqual(self.found(answer, 'view', 'only_here')['statements'], [])

    def test_view_here_and_table_there_is_incomplete(self):
        self.on_source('CREATE VIEW x AS SELECT id FROM t')
        self.on_target('CREATE TABLE x (id INT PRIMARY KEY)')
        answer = self.look('views', exit_code=6)
        self.assertEqual(self.found(answer, 'view', 'x')['skipped'], 'on the target this is a table')

    def test_tables_and_exclude_tables_choose_views_and_triggers(self):
        for kind in ('view', 'trigger'):
            self.on_source(KINDS[kind][1])
        self.on_source('CREATE VIEW w AS SELECT id FROM u', 'CREATE TRIGGER h AFTER DELETE ON u FOR EACH ROW SET @x = 1')
        names = [entry['name'] for entry in self.look('views,triggers', '--tables', 'w,t').json['objects']]
        self.assertEqual(names, ['w', 'g'])
        names = [entry['name'] for entry in self.look('views,triggers', '--exclude-tables', 'w,t').json['objects']]
        self.assertEqual(names, ['v', 'h'])

    def test_database_of_another_name_is_taken_for_the_source_s(self):
        other = self.new_database(self.target, name=f'{self.db}_there')
        self.target.sql(*TABLES, database=other)
        self.on_source(f'CREATE VIEW v AS SELECT x.id, `{self.db}`.t.n FROM `{self.db}`.t, `{self.db}`.u x',
                       f'CREATE VIEW w AS SELECT t.id FROM t JOIN information_schema.tables `{self.db}`',
                       f'CREATE TRIGGER `{self.db}`.g BEFORE INSERT ON `{self.db}`.t FOR EACH ROW SET NEW.n = 1')
        target = self.target.url(other)
        self.comes_out_equal(self.look('views,triggers', target=target), 'views,triggers', target=target)
        for name in 'vw':
            shown = self.target.sql(f'SHOW CREATE VIEW `{other}`.{name}', database='mysql')[0][1]
            self.assertIn(f'`{other}`.`t`', shown)
            self.assertNotIn(f'`{self.db}`.`t`', shown)

    # Routines, triggers, events ------------------------------------------------

    def test_hc_106_routine_made_under_ansi_quotes_keeps_its_mode(self):
        for place in (self.source, self.target):
            session = place.session(self.db, sql_mode='ANSI_QUOTES' if place is self.source else '')
            self.addCleanup(session.close)
            session.run('SET NAMES utf8mb4 COLLATE utf8mb4_general_ci')
            session.run('CREATE PROCEDURE p() SELECT "id" FROM t')
        self.on_source("SET sql_mode = 'PIPES_AS_CONCAT,ANSI_QUOTES'",
                       'CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1 || 2',
                       'CREATE TRIGGER g BEFORE INSERT ON "t" FOR EACH ROW SET NEW."n" = 1 || 2')
        answer = self.look(exit_code=1)
        self.assertIn('+sql_mode: ANSI_QUOTES', self.found(answer, 'procedure', 'p')['diff'])
        self.comes_out_equal(answer)

    def test_hc_106_routine_made_by_a_client_of_another_charset_keeps_it(self):
        self.on_source('SET character_set_client = latin1', KINDS['procedure'][1],
                       'SET character_set_client = utf8mb4')
        self.on_target(KINDS['procedure'][1])
        answer = self.look(exit_code=1)
        self.assertIn('+character_set_client: latin1', self.found(answer, 'procedure', 'p')['diff'])
        self.comes_out_equal(answer)

    def test_definition_that_is_not_utf8_is_told_and_compared(self):
        for place, letter in ((self.source, b'\xe9'), (self.target, b'\xe8')):
            session = self.session(place)
            session.run('SET character_set_client = latin1')
            with session.link.cursor() as cursor:
                cursor.execute(b"CREATE PROCEDURE p() SELECT '" + letter + b"'")
        diff = self.found(self.look(exit_code=1), 'procedure', 'p')['diff']
        self.assertIn('E8', diff.upper())
        self.assertIn('E9', diff.upper())

    def of_two_families(self):
        if self.source.family == self.target.family:
            self.skipTest('of two families')
        return self.source.family == 'mariadb'

    def test_hc_106_mode_that_the_target_lacks_is_left_out_and_noted(self):
        mode = 'NO_AUTO_CREATE_USER' if self.of_two_families() else 'TIME_TRUNCATE_FRACTIONAL'
        self.on_source(f"SET sql_mode = 'STRICT_ALL_TABLES,{mode}'", KINDS['procedure'][1])
        again = self.comes_out_equal(self.look())
        self.assertIn(mode, ' '.join(self.found(again, 'procedure', 'p')['notes']))

    def test_hc_106_mode_that_means_something_and_is_lacking_is_incomplete(self):
        if not self.of_two_families():
            self.skipTest('MySQL has none that matters')
        self.on_source("SET sql_mode = 'EMPTY_STRING_IS_NULL'", KINDS['procedure'][1])
        entry = self.found(self.look(exit_code=6), 'procedure', 'p')
        self.assertIn('EMPTY_STRING_IS_NULL', entry['skipped'])
        self.assertEqual(entry['statements'], [])

    def test_collation_that_the_target_lacks_becomes_its_nearest(self):
        collation = 'utf8mb4_uca1400_nopad_ai_ci' if self.of_two_families() else 'utf8mb4_0900_ai_ci'
        self.on_source(f'SET collation_connection = {collation}', *(create for _, create, _ in KINDS.values()))
        self.comes_out_equal(self.look())

    def test_hc_106_event_that_runs_arrives_disabled(self):
        create = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' ENABLE DO SELECT 1"
        self.on_source(create)
        again = self.comes_out_equal(self.look())
        self.assertIn('it runs on the source and is disabled on the target', self.found(again, 'event', 'e')['notes'])
        self.assertEqual(self.target.sql(f"SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '{self.db}'"),
                         [('DISABLED',)])

    def test_hc_106_event_that_runs_on_the_target_alone_is_stopped(self):
        create = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' %s DO SELECT 1"
        self.on_source(create % 'DISABLE')
        self.on_target(create % 'ENABLE')
        self.comes_out_equal(self.look())

    def test_l7_event_that_rests_on_replicas_is_not_one_that_rests_for_good(self):
        create = "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' %s DO SELECT 1"
        for here, there in (('DISABLE ON SLAVE', 'DISABLE'), ('DISABLE', 'DISABLE ON SLAVE'), ('DISABLE ON SLAVE', 'ENABLE')):
            with self.subTest(here=here, there=there):
                for place, how in ((self.source, here), (self.target, there)):
                    place.sql('DROP EVENT IF EXISTS e', create % how, database=self.db)
                answer = self.look()
                self.assertEqual(self.found(answer, 'event', 'e')['verdict'], 'different', str(answer))
                self.comes_out_equal(answer)
                (status,), = self.target.sql(f"SELECT STATUS FROM information_schema.EVENTS WHERE EVENT_SCHEMA = '{self.db}'")
                self.assertEqual('SIDE_DISABLED' in status, here == 'DISABLE ON SLAVE', status)

    def test_hc_106_event_keeps_its_time_zone(self):
        self.on_source("SET time_zone = '+05:00'", KINDS['event'][1])
        self.on_target(KINDS['event'][1])
        answer = self.look()
        self.assertIn('+time_zone: +05:00', self.found(answer, 'event', 'e')['diff'])
        self.comes_out_equal(answer)

    def triggers(self, place):
        return [row[0] for row in place.sql(
            f"SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = '{self.db}' "
            'ORDER BY ACTION_ORDER')]

    def test_triggers_come_out_in_the_order_of_the_source(self):
        create = 'CREATE TRIGGER {0} BEFORE INSERT ON t FOR EACH ROW {1} SET NEW.n = 1'
        for here, there in ((('a', 'b', 'c'), ('c', 'a', 'b')), (('a', 'b', 'c'), ('a', 'c')), (('a', 'b', 'c'), ('c',))):
            for place, names in ((self.source, here), (self.target, there)):
                place.sql(*(f'DROP TRIGGER IF EXISTS {name}' for name in 'abc'), 'DO 1', database=self.db)
                place.sql(*(create.format(name, '') for name in names), database=self.db)
            self.comes_out_equal(self.look())
            self.assertEqual(self.triggers(self.target), list(here))

    def test_names_of_all_sorts(self):
        for name in ('a b', 'a`b', "a'b\"c", 'é€ü', 'x' * 64, 'from', 'a.b'):
            quoted = '`' + name.replace('`', '``') + '`'
            self.on_source(f"CREATE VIEW {quoted} AS SELECT id AS {quoted}, '😀' AS emoji FROM t",
                           f"CREATE PROCEDURE {quoted}() SELECT '😀'",
                           f"CREATE FUNCTION {quoted}() RETURNS INT DETERMINISTIC RETURN 1",
                           f"CREATE TRIGGER {quoted} BEFORE INSERT ON t FOR EACH ROW SET NEW.n = '😀'",
                           f"CREATE EVENT {quoted} ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01 00:00:00' DISABLE DO SELECT '😀'")
        self.comes_out_equal(self.look())

    # What may not be seen --------------------------------------------------------

    def test_what_the_user_may_not_list_is_incomplete(self):
        url = self.user(self.target, 'SELECT')
        answer = self.look('routines,triggers,events', exit_code=6, target=url)
        for kind in ('procedure', 'trigger', 'event'):
            self.assertIn('of the target may not see all of them', self.found(answer, kind, '*')['skipped'])

    def test_object_missing_where_the_user_may_not_look_is_incomplete(self):
        self.on_source(KINDS['procedure'][1])
        answer = self.look('routines', exit_code=6, target=self.user(self.target, 'SELECT'))
        self.assertEqual(self.verdict(answer, 'procedure', 'p'), 'incomplete')

    def test_definition_that_the_user_may_not_read_is_incomplete(self):
        self.on_both(KINDS['procedure'][1], KINDS['view'][1])
        answer = self.look('views,routines', exit_code=6, source=self.user(self.source, 'SELECT, EXECUTE'))
        for kind, name in (('procedure', 'p'), ('view', 'v')):
            entry = self.found(answer, kind, name)
            self.assertEqual(entry['verdict'], 'incomplete', str(answer))
            self.assertIn('the source does not show its definition', entry['skipped'])

    def test_user_with_all_on_the_database_sees_all(self):
        self.on_both(KINDS['view'][1], KINDS['trigger'][1], KINDS['event'][1])
        self.look('views,triggers,events', exit_code=0, source=self.user(self.source, 'ALL'))

    # The option --------------------------------------------------------------------

    def test_objects_names_the_nearest_kind(self):
        self.expect_error(self.look('view,tables'), 2, '`view` is not one of', 'did you mean views?')

    def test_objects_and_data_only_exclude_each_other(self):
        self.expect_error(self.verify('--data-only', '--objects', 'views'), 2, '--data-only')

    def test_default_is_tables_and_views(self):
        for _, create, _ in KINDS.values():
            self.on_source(create)
        answer = self.expect_exit(self.verify('--schema-only'), 1)
        self.assertEqual([(entry['kind'], entry['verdict']) for entry in answer.json['objects']],
                         [('database', 'equal'), ('view', 'missing_on_target')])

    def test_objects_alone_leave_tables_out(self):
        self.on_source('CREATE TABLE only_here (id INT PRIMARY KEY)')
        answer = self.look('views', exit_code=0)
        self.assertEqual(answer.json['tables'], [])
