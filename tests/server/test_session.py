"""Session variables: every one decided (docs/session.md), and pinned whatever the server says.

C8 and 10 of the findings: a server whose globals are all set the other way, and an
init_connect that sets them for those who are no superusers, change nothing in what a run does.
"""
import contextlib
import json
import os
import re
import socket
import threading

import harness
from harness import ROOT, ServerTest

MARIADB, MYSQL = 'mariadb', 'mysql'

# What a global is set to: as far from its pin as may be.  (name, value[, family])
HOSTILE = [
    ('autocommit', '0'), ('completion_type', '2'), ('transaction_isolation', "'SERIALIZABLE'"),
    ('tx_isolation', "'SERIALIZABLE'"), ('transaction_read_only', '1'), ('tx_read_only', '1'),
    ('innodb_snapshot_isolation', '1'),
    ('sql_mode', "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,IGNORE_SPACE,HIGH_NOT_PRECEDENCE,"
                 "NO_UNSIGNED_SUBTRACTION,REAL_AS_FLOAT,NO_DIR_IN_CREATE,ONLY_FULL_GROUP_BY,TRADITIONAL'"),
    ('time_zone', "'+05:30'"), ('character_set_collations', "'utf8mb4=utf8mb4_bin'"),
    ('default_collation_for_utf8mb4', 'utf8mb4_general_ci'), ('group_concat_max_len', '4'),
    ('max_sort_length', '64', MARIADB), ('max_sort_length', '4', MYSQL), ('sql_auto_is_null', '1'),
    ('div_precision_increment', '0'), ('default_week_format', '7'), ('lc_time_names', "'de_DE'"),
    ('block_encryption_mode', "'aes-256-cbc'"), ('default_regex_flags', "'EXTENDED,MULTILINE'"),
    ('system_versioning_asof', "'2001-01-01'"), ('system_versioning_insert_history', '1'),
    ('system_versioning_alter_history', "'KEEP'"), ('auto_increment_increment', '10'),
    ('auto_increment_offset', '7'), ('foreign_key_checks', '0'), ('unique_checks', '0'),
    ('check_constraint_checks', '0'), ('query_cache_type', '1'), ('wsrep_dirty_reads', '1'),
    ('sql_safe_updates', '1'), ('sql_select_limit', '1'), ('sql_big_selects', '0'), ('sql_buffer_result', '1'),
    ('max_statement_time', '30'), ('max_execution_time', '30000'), ('net_read_timeout', '2'),
    ('net_write_timeout', '2'), ('wait_timeout', '2'), ('idle_transaction_timeout', '1'),
    ('idle_readonly_transaction_timeout', '1'), ('idle_write_transaction_timeout', '1'),
    ('innodb_lock_wait_timeout', '1'), ('lock_wait_timeout', '1'), ('lc_messages', "'de_DE'"), ('sql_notes', '0'),
    ('sql_quote_show_create', '0'), ('show_create_table_verbosity', '1'),
    ('show_gipk_in_create_table_and_information_schema', '0'), ('information_schema_stats_expiry', '86400'),
    ('alter_algorithm', "'INSTANT'"), ('old_alter_table', "'INSTANT'", MARIADB), ('old_alter_table', '1', MYSQL),
    ('old_mode', "'ZERO_DATE_TIME_CAST'"), ('sql_if_exists', '1'), ('explicit_defaults_for_timestamp', '0'),
    ('innodb_strict_mode', '0'), ('innodb_compression_default', '1'), ('innodb_default_encryption_key_id', '5'),
    ('mhnsw_default_distance', "'cosine'"), ('mhnsw_default_m', '12'), ('restrict_fk_on_non_standard_key', '1'),
    ('sql_generate_invisible_primary_key', '1'), ('wsrep_osu_method', "'RSU'"),
]

CITED = {'sql_big_selects', 'query_cache_type', 'foreign_key_checks'}    # as the reason of another

# Nothing that a global could be set to.
NOT_GLOBAL = {'show_old_temporals', 'use_secondary_engine', 'show_create_table_skip_secondary_engine',
              'default_master_connection', 'sql_log_bin', 'skip_replication'}

# Of those that docs/session.md leaves alone: odd, and to no effect.
ODD = [
    ('character_set_server', 'latin1'), ('collation_server', 'latin1_german1_ci'), ('max_join_size', '1'),
    ('interactive_timeout', '1'), ('default_storage_engine', 'MyISAM'), ('default_tmp_storage_engine', 'MyISAM'),
    ('low_priority_updates', '1'), ('innodb_table_locks', '0'), ('session_track_schema', '1'),
    ('session_track_state_change', '1'), ('session_track_system_variables', "'*'"),
    ('session_track_transaction_info', "'CHARACTERISTICS'"), ('session_track_gtids', "'ALL_GTIDS'"),
    ('sql_warnings', '1'), ('max_error_count', '0'), ('explain_format', "'JSON'"), ('big_tables', '1'),
    ('eq_range_index_dive_limit', '1'), ('join_cache_level', '0'), ('profiling', '1'),
    ('binlog_row_image', "'MINIMAL'"), ('sort_buffer_size', '32768'), ('max_seeks_for_key', '1'),
    ('optimizer_search_depth', '0'), ('use_stat_tables', "'NEVER'"), ('updatable_views_with_limit', '0'),
    ('cte_max_recursion_depth', '1'), ('max_recursive_iterations', '1'), ('enable_cascade_triggers', '1'),
]

# Set by an init_connect, of sessions whose user is no superuser.
BY_INIT_CONNECT = ('SET NAMES latin1', "SET SESSION default_master_connection = 'x'",
                   'SET SESSION show_create_table_skip_secondary_engine = 1', 'BEGIN')

FIRST = """CREATE TABLE k (id int PRIMARY KEY AUTO_INCREMENT, v varchar(40), d decimal(20,10), ts timestamp NULL,
    g decimal(20,10) AS (d / 3) VIRTUAL, w int AS (WEEK) VIRTUAL)
CREATE TABLE h (a int, b varchar(20))
CREATE TABLE parent (id int PRIMARY KEY, name varchar(20) NOT NULL, UNIQUE (name))
CREATE TABLE child (id int PRIMARY KEY, p int, CONSTRAINT child_p FOREIGN KEY (p) REFERENCES parent (id))
CREATE TABLE odd (`order` int PRIMARY KEY, `a"b` text, e enum('x','y','') NOT NULL)"""

ON_SOURCE = """CREATE TABLE s (id int PRIMARY KEY, n bigint NOT NULL, extra varchar(30) NOT NULL DEFAULT 'none')
CREATE TABLE fresh (a int, t timestamp NULL, u timestamp NOT NULL DEFAULT '2001-02-03 04:05:06', z text)
INSERT INTO k (id, v, d, ts) VALUES (1, 'a\\\\b', 1, '2024-01-01 00:30:00'), (2, 'two', 2.5, NULL), (4, 'q"''', 7, '2024-12-30 23:00:00')
INSERT INTO h VALUES (1, 'x'), (1, 'x'), (2, 'y'), (NULL, 'z')
INSERT INTO parent VALUES (1, 'one'), (2, 'two')
INSERT INTO child VALUES (1, 1), (2, 2), (3, NULL)
INSERT INTO odd VALUES (1, 'trail  ', 'x'), (2, 'a\\nb', 'y')
INSERT INTO s (id, n) SELECT id, id * 1000000000000 FROM k
INSERT INTO fresh (a, z) VALUES (1, 'x'), (1, 'x'), (2, NULL)
CREATE VIEW both_sides AS SELECT k.id, k.v FROM k WHERE k.v <> ''
CREATE PROCEDURE p1(a varchar(9)) SELECT concat(a, 'x')"""

ON_TARGET = """CREATE TABLE s (id int PRIMARY KEY, n int, gone char(3))
CREATE TABLE surplus (a int)
INSERT INTO k (id, v, d, ts) VALUES (1, 'a', 1, '2024-01-01 00:30:00'), (3, 'three', 3, '2020-02-29 12:00:00'), (4, 'q"''', 7, '2024-12-30 23:00:00')
INSERT INTO h VALUES (1, 'x'), (1, 'x'), (1, 'x'), (3, 'w')
INSERT INTO parent VALUES (2, 'one'), (1, 'two'), (9, 'nine')
INSERT INTO child VALUES (1, 2), (4, 9)
INSERT INTO odd VALUES (1, 'trail', 'x'), (3, '', 'y')
INSERT INTO s VALUES (1, 5, 'abc'), (2, NULL, NULL)
INSERT INTO surplus VALUES (1)"""

GRANTS = ('SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW, '
          'CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT, LOCK TABLES, PROCESS, RELOAD, REPLICATION CLIENT, '
          'REPLICATION SLAVE')


def documented():
    """(names that are pinned, names that are not), of docs/session.md."""
    text = (ROOT / 'docs/session.md').read_text(encoding='utf-8')
    pinned, rest = text.split('## Files for plain clients')[0].split('## Part of the connection')
    lines = [line for line in pinned.split('## Pinned')[1].splitlines() if line.startswith('| `')]
    pinned = [name for line in lines for name in re.findall('`([a-z0-9_]+)`', line.split('|')[1])]
    cells = [line.split('|')[1] if line.startswith('|') else line for line in rest.splitlines()]
    return pinned, [name for cell in cells for name in re.findall('`([a-z0-9_]+)`', cell)]


def in_program():
    text = (ROOT / 'src/db/pins.c').read_text(encoding='utf-8')
    return list(dict.fromkeys(re.findall(r'^\t\{"([a-z0-9_]+)", ', text, re.MULTILINE)))


def session_variables(place):
    if place.family == MARIADB:
        sql = "SELECT LOWER(VARIABLE_NAME) FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE <> 'GLOBAL'"
    else:
        sql = "SELECT VARIABLE_NAME FROM performance_schema.variables_metadata WHERE VARIABLE_SCOPE <> 'GLOBAL'"
    return {name for name, in place.sql(sql)}


class TheList(ServerTest):
    needs_program = False

    @harness.once
    def test_item_10_document_and_program_have_the_same_pins(self):
        pinned, _ = documented()
        self.assertEqual(sorted(pinned), sorted(in_program()))

    @harness.once
    def test_item_10_every_pin_has_a_value_that_is_tried(self):
        tried = {name for name, *_ in HOSTILE}
        self.assertEqual(set(in_program()) - tried, NOT_GLOBAL)

    def test_item_10_every_session_variable_of_the_servers_is_decided(self):
        """Fails when a server brings one that docs/session.md does not know."""
        pinned, others = documented()
        self.assertEqual(set(pinned) & set(others) - CITED, set(), 'both')
        for place in (self.source, self.target):
            self.assertEqual(session_variables(place) - set(pinned) - set(others), set(), str(place))


class Rewriting:
    """A relay on the way to a server that writes some bytes of what is asked as others, as many."""

    def __init__(self, place, old, new):
        self.place, self.old, self.new = place, old, new
        self.ear = socket.create_server(('127.0.0.1', 0))
        self.port = self.ear.getsockname()[1]
        threading.Thread(target=self.take, daemon=True).start()

    def take(self):
        while True:
            try:
                asking, _ = self.ear.accept()
            except OSError:
                return
            asked = socket.create_connection(('127.0.0.1', self.place.port))
            for one, other, changes in ((asking, asked, True), (asked, asking, False)):
                threading.Thread(target=self.pump, args=(one, other, changes), daemon=True).start()

    def pump(self, one, other, changes):
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data.replace(self.old, self.new) if changes else data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def close(self):
        self.ear.close()


class OnTheWay(ServerTest):
    """What is between dbsync and a server may filter what a session is asked and told."""

    def through(self, old, new):
        relay = Rewriting(self.source, old, new)
        self.addCleanup(relay.close)
        url = self.source.url(self.db, port=relay.port, ssl_mode='disabled')
        return self.dbsync('verify', url, self.target.url(self.db))

    @harness.only_with('mariadb', 'a password of MySQL does not cross a plain wire')
    def test_10_variable_that_all_servers_have_is_not_left_out(self):
        """Was a pin less, without a word: TIMESTAMPs of another time zone."""
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.expect_exit(self.through(b"'time_zone'", b"'time_zone'"), 0)
        for name in (b'time_zone', b'sql_mode', b'autocommit'):
            self.expect_error(self.through(b"'%s'" % name, b"'%sX'" % name[:-1]), 4, 'the server does not show its variables')

    @harness.only_with('mariadb', 'a password of MySQL does not cross a plain wire')
    def test_10_texts_that_would_be_converted_are_refused(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.expect_error(self.through(b'character_set_results = NULL', b'character_set_results = utf8'), 4,
                          'the session variable `character_set_results` is `utf8')


class Hostile(ServerTest):
    """One story on servers as they come, and again on the same servers with everything set otherwise."""
    scope = ()

    def setUp(self):
        super().setUp()
        self.spoiled = []
        names = harness.current_pair()
        # of this pair alone: nobody else may meet them
        self.source, self.target = (self.own(name, f'{role}-{names[1 - place]}') for place, (name, role) in
                                    enumerate(zip(names, ('from', 'to'))))

    def own(self, name, role):
        options = ['--query-cache-size=1M', '--query-cache-type=ON'] if name.startswith('mariadb') else []
        return self.server(name, role, options=(*options, '--max-connections=150'))

    def data(self):
        name = self.new_database(self.source, self.target)
        for place, own in ((self.source, ON_SOURCE), (self.target, ON_TARGET)):
            with place.session(name) as session:
                for statement in FIRST.replace('\n    ', ' ').replace('WEEK', self.week()).splitlines() + own.splitlines():
                    session.run(statement)
        return name

    def week(self):
        """MySQL keeps the default of its day in the definition."""
        return 'week(ts)' if self.source.family == self.target.family == MARIADB else 'week(ts, 3)'

    def urls_of(self, name, user):
        return [place.url(name, *user) for place in (self.source, self.target)]

    # Making servers hostile ----------------------------------------------------

    def wishes(self, place):
        has = session_variables(place)
        return [(name, value) for name, value, *family in HOSTILE + ODD
                if name in has and (not family or family[0] == place.family)
                and not (name == 'old_mode' and place.family == MYSQL)]

    def spoil(self, place, user):
        """Of a key that a server makes by itself only a superuser can rid itself: see below."""
        wishes, session, before = self.wishes(place), place.session(), {}
        wishes = [wish for wish in wishes if user == harness.USER or wish[0] != 'sql_generate_invisible_primary_key']
        orders = [f'SET SESSION {name} = {value}' for name, value in wishes if name != 'autocommit']
        orders = [order for order in (*orders, *BY_INIT_CONNECT) if self.may(place, order)]
        self.spoiled.append((session, before))
        before.update((name, session.value(f'SELECT @@GLOBAL.{name}')) for name, _ in wishes)
        for name, value in wishes:
            session.run(f'SET GLOBAL {name} = {value}')
        session.run('SET GLOBAL init_connect = ' + self.quoted('; '.join(orders)))

    @staticmethod
    def quoted(text):
        return "'" + text.replace('\\', '\\\\').replace("'", "''") + "'"

    @staticmethod
    def may(place, order):
        """What it may not do would end its session."""
        with place.session(None, 'lowly', 'lowly') as session:
            try:
                session.run(order)
            except AssertionError:
                return False
        return True

    @staticmethod
    def soothe(session, before):
        session.run("SET GLOBAL init_connect = ''")
        for name, value in before.items():
            if name == 'system_versioning_asof':
                session.run(f'SET GLOBAL {name} = DEFAULT')
                continue
            number = value is not None and re.fullmatch(r'-?\d+(\.\d+)?', value)
            session.run(f'SET GLOBAL {name} = ' + ('NULL' if value is None else
                                                     value if number else Hostile.quoted(value)))
        session.close()

    def account(self, user, grants):
        for place in (self.source, self.target):
            place.sql(f"DROP USER IF EXISTS '{user}'@'%'", f"CREATE USER '{user}'@'%' IDENTIFIED BY '{user}'",
                      f"GRANT {grants} ON *.* TO '{user}'@'%'")

    # The story -------------------------------------------------------------------

    def told(self, title, answer, exit_code):
        """What a run did, without what differs from run to run."""
        self.assertEqual(answer.exit, exit_code, f'{title}\n{answer}')
        found = json.loads(re.sub(r'dbsync_t_\d+_\d+', 'db', answer.out))
        tables = {entry['table']: (entry['verdict'], entry['insert'], entry['update'], entry['delete'],
                                   entry['rows_source'], entry['rows_target'], entry['skipped'])
                  for entry in found.get('tables', [])}
        written = {entry['table']: (entry['rows'], entry['error'], entry['refusal'])
                   for entry in found.get('written') or []}
        copies = {entry['table']: (entry['rows'], entry['checked'])
                  for entry in (found.get('copies') or {}).get('tables', [])}
        plan = found.get('plan') or {}
        shapes = [(entry['table'], entry['kind'], entry['left_out'], len(entry['statements']))
                  for entry in plan.get('structures') or []]
        objects = [(entry['name'], entry['verdict']) for entry in found.get('objects', [])]
        guards = sorted((entry['kind'], entry['table']) for entry in plan.get('guards', []))
        return title, answer.exit, found['verdict'], tables, written, copies, shapes, objects, guards

    def backup(self):
        return self.program.backups()[-1]

    def steps(self, name, user):
        source, target = self.urls_of(name, user)
        back = undo = ('--allow', 'no-key,empty-source,delete-percent,cascade,replica', '--yes')
        scope = () if user[0] == harness.USER else ('--objects', 'tables')   # it may make no views of others
        undo += scope
        allow = (*undo, '--allow-unsafe', 'all', '--drop-extra-tables')
        steps = []

        def step(title, *words, exit_code=0):
            steps.append(self.told(title, self.dbsync(*words, '--json', limit=120), exit_code))

        step('verify', 'verify', source, target, *scope, '--digest', 'stream', exit_code=1)
        step('verify by digests', 'verify', source, target, *scope, '--digest', 'server', exit_code=1)
        step('dry-run', 'dry-run', source, target, '--prove', *allow, exit_code=1)
        step('incremental', 'incremental', source, target, *allow)
        step('verify after', 'verify', source, target, *scope)
        step('rollback', 'rollback', self.backup(), target, *back)
        step('verify after rollback', 'verify', source, target, *scope, exit_code=1)
        step('full-sync', 'full-sync', source, target, *undo, '--drop-extra-tables')
        step('verify after full-sync', 'verify', source, target, *scope)
        step('rollback of full-sync', 'rollback', self.backup(), target, *back)
        step('verify in the end', 'verify', source, target, *scope, exit_code=1)
        step('incremental again', 'incremental', source, target, *allow)
        self.restore_plainly(self.backup(), user)
        step('verify what the client restored', 'verify', source, target, *scope, exit_code=1)
        return steps

    def restore_plainly(self, file, user=(harness.USER, harness.PASSWORD)):
        """By the client alone, whose session is as the server would have it (but see docs/session.md, last section)."""
        if self.target.family == MYSQL and user[0] != harness.USER:
            self.target.sql('SET GLOBAL sql_generate_invisible_primary_key = 0')
        super().restore_plainly(file, user)

    def contents(self, name):
        with self.target.session(name) as session:
            found = {}
            for table, in session.run("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = "
                                      "DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1"):
                columns = [column for column, in session.run(
                    "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND "
                    f"TABLE_NAME = '{table}' AND COLUMN_NAME NOT IN ('g', 'w') ORDER BY ORDINAL_POSITION")]
                names = ', '.join('`' + column + '`' for column in columns)
                found[table] = (session.run(f'SHOW CREATE TABLE `{table}`'),
                                sorted(map(repr, session.run(f'SELECT {names} FROM `{table}`'))))
            return found

    def calm(self):
        while self.spoiled:
            self.soothe(*self.spoiled.pop())

    def test_c8_hostile_globals_and_init_connect_change_nothing(self):
        """To a superuser, whom an init_connect leaves alone, and to another user."""
        self.account('lowly', GRANTS)
        for user in ((harness.USER, harness.PASSWORD), ('lowly', 'lowly')):
            with self.subTest(user[0]):
                friendly, hostile = self.data(), self.data()
                wanted = self.steps(friendly, user)
                try:
                    for place in (self.source, self.target):
                        self.spoil(place, user[0])
                    found = self.steps(hostile, user)
                finally:
                    self.calm()
                for before, after in zip(wanted, found):
                    self.assertEqual(after, before)
                self.assertEqual(self.contents(hostile), self.contents(friendly))
        if self.target.family == MYSQL:
            self.key_that_the_server_makes()

    def key_that_the_server_makes(self):
        """A user who may not turn that off gets 6 and the table's name, never another table."""
        name, session = self.data(), self.target.session()
        self.spoiled.append((session, {'sql_generate_invisible_primary_key': '0'}))
        session.run('SET GLOBAL sql_generate_invisible_primary_key = 1')
        try:
            answer = self.dbsync('incremental', *self.urls_of(name, ('lowly', 'lowly')), '--tables', 'fresh', '--json',
                                 '--objects', 'tables', '--yes', '--allow', 'no-key,replica')
        finally:
            self.calm()
        self.expect_exit(answer, 6)
        left_out = {entry['table'] for entry in json.loads(answer.out)['plan']['left_out']}
        self.assertEqual(left_out, {'fresh'}, str(answer))
        self.assertEqual(self.target.sql(f"SHOW TABLES FROM `{name}` LIKE 'fresh'"), [])
