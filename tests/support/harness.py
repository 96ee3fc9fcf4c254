"""harness - real servers, scratch databases and the dbsync program, for tests.

A *run* is one invocation of tests/server/run.py, or of one test file alone.
Its folder (the registry, named by DBSYNC_TEST_REGISTRY) remembers which servers
it has started, so that all its processes share them: one instance per name,
role and set of options.  They are started when first asked for and stopped by
stop_servers() when the run ends.

    Server     where a server is; sessions and URLs for it
    Session    a connection with a pinned environment, for writing test data
    Program    runs dbsync with a time limit; Answer is what came back
    Link       a TCP link with faults in front of a server
    ServerTest the base of the test classes: a pair of servers, databases of its
               own on both, assertions that tell the whole story

Environment: DBSYNC (the program, default build/release/dbsync),
DBSYNC_TEST_PAIR (default mariadb-10.11,mariadb-10.11), DBSYNC_TEST_SERVERS and
DBSYNC_TEST_LINK_PROXY (scripts to use instead of the project's own), CI=true (a
missing server is a failure instead of a skip).
"""
import atexit
import fcntl
import functools
import hashlib
import itertools
import json
import os
import pty
import select
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from urllib.parse import quote

import pymysql

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_PAIR = 'mariadb-10.11,mariadb-10.11'
USER = PASSWORD = 'dbsync'
START_LIMIT = 180
LOG_SIZE = '32M'        # binary logs are purged as soon as they are full: there is no disk under them
SPARE_SERVERS = 4       # servers with options of their own that outlive their test

# What test data is written with: nothing is converted, nothing is refused that
# a table could hold, and nothing is cut off unnoticed.
SQL_MODE = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'


# What MySQL 5.6 lacks, by how statements ask for it.  A test that needs one of
# these is skipped there, with the name of it as the reason.
SINCE_5_6 = {
    'generated columns': r'GENERATED ALWAYS|\w\)? AS \(.*\) *(STORED|VIRTUAL|PERSISTENT|,|\))',
    'JSON': r'[\w`] JSON\b|\bJSON_|CAST\(.* AS JSON\)',
    'CHECK': r'\bCHECK \(',
    'defaults that are expressions': r'DEFAULT \(',
    'invisible columns and keys': r'\bINVISIBLE\b|sql_generate_invisible',
    'common table expressions': r'(\bAS|^) *WITH (RECURSIVE )?\w+ ',
    'collations of Unicode 9': r'_0900_',
    'keys over expressions': r'\b(KEY|INDEX)( \w+)?( ON \w+)? ?\(\(',
    'descending keys': r'\b(KEY|INDEX)( \S+)? ?\([^()]* DESC\b',
    'options of accounts': r'^(CREATE|ALTER) USER .*(ACCOUNT|REQUIRE|WITH MAX_|PASSWORD EXPIRE)|^ALTER USER .* IDENTIFIED',
    'roles': r'\bROLE\b',
    'rights of their own for definers': r'SET_USER_ID|SET_ANY_DEFINER',
    'parsers of FULLTEXT keys': r'WITH PARSER',
    'options of tables': r'AUTOEXTEND_SIZE|COMPRESSION=',
    'modes of MariaDB': r'TIME_TRUNCATE_FRACTIONAL',
    'SRIDs': r'\bSRID\b',
    'RELEASE_ALL_LOCKS': r'RELEASE_ALL_LOCKS',
    'a list of variables by scope': r'performance_schema\.variables_metadata',
}
SINCE_5_6_BY_ERROR = {
    1071: 'keys of more than 767 bytes',
    1235: 'several triggers of one moment',
    1301: 'packets of more than 4 MiB, by default',
    1470: 'names of users of more than 16 characters',
}


def lacks(name, statement):
    """What the server of that name lacks for a statement; None: nothing."""
    if name != 'mysql-5.6':
        return None
    for ability, pattern in SINCE_5_6.items():
        if re.search(pattern, statement, re.IGNORECASE | re.DOTALL):
            return ability
    return None


class Unavailable(Exception):
    """A server cannot be had here; the text says why."""


# --------------------------------------------------------------------------
# The registry of a run
# --------------------------------------------------------------------------

def program_path():
    return os.environ.get('DBSYNC') or str(ROOT / 'build/release/dbsync')


def faults_path(is_sanitized=True):
    """A build with fault points: one that the sanitizers look at, or one that is as quick as users' own."""
    name, preset = ('DBSYNC_DEV', 'dev') if is_sanitized else ('DBSYNC_FAULTS', 'faults')
    path = os.environ.get(name) or str(ROOT / f'build/{preset}/dbsync')
    if not os.access(path, os.X_OK):
        missing = AssertionError if os.environ.get('CI') == 'true' else unittest.SkipTest
        raise missing(f'{path} is not there: `cmake --preset {preset}` and `cmake --build --preset {preset}` make it '
                      f'({name} names another)')
    return path


def together_path():
    """tests/together: under ThreadSanitizer where it was built so."""
    named = os.environ.get('DBSYNC_TOGETHER')
    for path in [named] if named else [str(ROOT / f'build/{preset}/tests/together') for preset in ('tsan', 'dev')]:
        if os.access(path, os.X_OK):
            return path
    missing = AssertionError if os.environ.get('CI') == 'true' else unittest.SkipTest
    raise missing('tests/together is not built: `cmake --build --preset dev` does (DBSYNC_TOGETHER names another)')


def servers_script():
    return os.environ.get('DBSYNC_TEST_SERVERS') or str(ROOT / 'scripts/servers')


def link_proxy_script():
    return os.environ.get('DBSYNC_TEST_LINK_PROXY') or str(ROOT / 'scripts/link-proxy')


def memory_folder():
    """A folder in memory when there is room for one: DDL is 20 times quicker there."""
    shm = Path('/dev/shm')
    if shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 4 << 30:
        return str(shm)
    return None


def open_registry():
    """Makes the folder of a run and names it to all processes started from here."""
    path = tempfile.mkdtemp(prefix='dbsync-tests-', dir=memory_folder())
    os.environ['DBSYNC_TEST_REGISTRY'] = path
    return Path(path)


def registry():
    path = os.environ.get('DBSYNC_TEST_REGISTRY')
    if path:
        return Path(path)
    path = open_registry()
    owner = os.getpid()
    atexit.register(lambda: os.getpid() == owner and stop_servers())
    return path


def key_file():
    """The key that signs the backup points of all tests, which is there before any of them."""
    path = Path(registry(), 'key')
    if not path.exists():
        part = Path(registry(), f'key.{os.getpid()}')
        with open(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), 'w', encoding='ascii') as out:
            out.write('dbsync-key-1 ' + '0123456789abcdef' * 4 + '\n')
        os.rename(part, path)
    return str(path)


def alive(pid):
    try:
        state = Path(f'/proc/{pid}/stat').read_text().rsplit(')', 1)[1].split()[0]
    except (OSError, IndexError):
        return False
    return state != 'Z'


def stop_server(record):
    place = json.loads(record.read_text())
    subprocess.run([servers_script(), 'down', place['name'], '--port', str(place['port']), '--kill'],
                   stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    if alive(place['pid']):
        os.kill(place['pid'], signal.SIGKILL)
    record.unlink()


def stop_servers():
    """Stops every server this run has started, by its process id, and forgets the run."""
    folder = registry()
    for record in sorted(folder.glob('*.server')):
        stop_server(record)
    shutil.rmtree(folder, ignore_errors=True)
    os.environ.pop('DBSYNC_TEST_REGISTRY', None)


def ask_script(*words, env=None):
    answer = subprocess.run([servers_script(), *words], stdin=subprocess.DEVNULL, text=True,
                            capture_output=True, timeout=START_LIMIT, check=False,
                            env={**os.environ, **(env or {})})
    if answer.returncode:
        raise Unavailable(f"{' '.join(words)}: {answer.stderr.strip()[-800:]}")
    return answer.stdout.strip()


def start_server(name, folder, tls, options, env, node=None):
    words = ['up', name, '--port', 'auto', '--datadir', str(folder)]
    if tls:
        words.append('--tls')
    if node:
        words += ['--node', str(node)]
    # The kernel's AIO contexts would not last for as many servers as a run has.  Pages are not
    # written twice: no power fails, and a server that is killed leaves whole pages in the kernel.
    words += ['--', '--innodb-use-native-aio=OFF', '--innodb-doublewrite=OFF', f'--max-binlog-size={LOG_SIZE}', *options]
    url = ask_script(*words, env=env)
    port = url.rsplit(':', 1)[1].strip('/')
    pid = ask_script('dsn', name, '--port', port, '--format', 'pid')
    directory = ask_script('dsn', name, '--port', port, '--format', 'dir')
    return {'name': name, 'port': int(port), 'pid': int(pid), 'directory': directory}


node_number = itertools.count(1)
leases = {}             # of this process: the lock held on each server that its test uses


def server(name, role='source', options=(), tls=False, env=None):
    """The instance of that name, role and options; started when first asked for.

    It is this process's to use until release_servers().
    """
    folder = registry()
    key = f'{name}-{role}'
    if role not in ('source', 'target') or options or tls or env:
        how = repr((tls, tuple(options), sorted((env or {}).items())))
        key += f'-spare-{hashlib.sha1(how.encode()).hexdigest()[:6]}'
    record, failed = folder / f'{key}.server', folder / f'{key}.failed'
    if key not in leases:
        leases[key] = open(folder / f'{key}.lock', 'w', encoding='ascii')
        fcntl.flock(leases[key], fcntl.LOCK_SH)
    while not record.exists():
        # Between the two locks somebody else may start it, or stop it again.
        fcntl.flock(leases[key], fcntl.LOCK_EX)
        if failed.exists():
            raise Unavailable(failed.read_text())
        if not record.exists():
            try:
                found = start_server(name, folder / key, tls, options, env)
            except (Unavailable, OSError, subprocess.TimeoutExpired) as problem:
                failed.write_text(f'{name} is not available: {problem}')
                raise Unavailable(failed.read_text()) from problem
            record.write_text(json.dumps(found))
        fcntl.flock(leases[key], fcntl.LOCK_SH)
    os.utime(record)
    return Server(**json.loads(record.read_text()), role=role)


def restart_server(place, *options, kill=False):
    """Stops it, or kills it, and starts it again on its data; returns it."""
    port = str(place.port)
    ask_script('down', place.name, '--port', port, '--keep', *(('--kill',) if kill else ()))
    ask_script('up', place.name, '--port', port, '--datadir', str(place.directory), '--', '--innodb-use-native-aio=OFF', *options)
    place = Server(place.name, place.port, int(ask_script('dsn', place.name, '--port', port, '--format', 'pid')), place.directory, place.role)
    record = next(path for path in registry().glob('*.server') if json.loads(path.read_text())['port'] == place.port)
    record.write_text(json.dumps({**json.loads(record.read_text()), 'pid': place.pid}))
    return place


def start_node(name, of=None, options=()):
    """A node of a Galera cluster, of a new one or that of another node; this test's own.

    Returns it and what stops it again.
    """
    record = registry() / f'node-{os.getpid()}-{next(node_number)}.server'
    found = start_server(name, record.with_suffix(''), False, options, None, of.port if of else 'new')
    record.write_text(json.dumps(found))
    return Server(**found, role='node'), lambda: stop_server(record)


def release_servers():
    """Ends this process's use of servers.

    Those of the pairs stay; of the others only the last few do, for each takes
    memory, and a run asks for dozens of them.
    """
    while leases:
        leases.popitem()[1].close()
    used = {}
    for record in registry().glob('*-spare-*.server'):
        try:
            used[record] = record.stat().st_mtime
        except FileNotFoundError:
            pass            # another process has just stopped it
    for record in sorted(used, key=used.get, reverse=True)[SPARE_SERVERS:]:
        stop_unused(record)


def stop_unused(record):
    with open(record.with_suffix('.lock'), 'w', encoding='ascii') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if record.exists():
            stop_server(record)


# --------------------------------------------------------------------------
# Servers and sessions
# --------------------------------------------------------------------------

class Server:
    """Where a server is.  Cheap to copy; holds no connection."""

    def __init__(self, name, port, pid, directory, role=''):
        self.name, self.port, self.pid, self.role = name, port, pid, role
        self.directory = Path(directory)
        self.family = name.split('-')[0]

    @property
    def version(self):
        return tuple(int(part) for part in self.name.split('-')[1].split('.'))

    @property
    def ca(self):
        return str(self.directory / 'tls/ca.pem')

    @property
    def socket_path(self):
        return str(self.directory / 'mysqld.sock')

    def url(self, database='', user=USER, password=PASSWORD, host='127.0.0.1', port=None, **query):
        rest = '&'.join(f"{key.replace('_', '-')}={quote(str(value), safe='')}" for key, value in query.items())
        return (f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port or self.port}/"
                f"{quote(database, safe='')}{'?' if rest else ''}{rest}")

    def session(self, database=None, user=USER, password=PASSWORD, **settings):
        return Session(self, database, user, password, **settings)

    def sql(self, *statements, database=None):
        """Runs statements on a session of their own; returns the rows of the last."""
        with self.session(database) as session:
            for statement in statements[:-1]:
                session.run(statement)
            return session.run(statements[-1])

    def __str__(self):
        return f'{self.name}({self.role}) at 127.0.0.1:{self.port}'


def values_of(data):
    """Of the packet of a row, as texts; what is no UTF-8 keeps its bytes."""
    row, at, end = [], 0, len(data)
    while at < end:
        size = data[at]
        at += 1
        if size == 251:
            row.append(None)
            continue
        if size > 251:
            width = {252: 2, 253: 3, 254: 8}[size]
            size = int.from_bytes(data[at:at + width], 'little')
            at += width
        row.append(data[at:at + size].decode('utf-8', 'surrogateescape'))
        at += size
    return tuple(row)


class Result(pymysql.connections.MySQLResult):
    """Rows read in one loop: tests read millions, and PyMySQL's own way, four calls for each value, takes four times as long."""

    def _read_rowdata_packet(self):
        link, rows = self.connection, []
        while True:
            data = self.next_packet(link)
            if data[0] == 255:
                pymysql.protocol.MysqlPacket(data, link.encoding).raise_for_error()
            if data[0] == 254 and self._check_packet_is_eof(pymysql.protocol.MysqlPacket(data, link.encoding)):
                break
            rows.append(values_of(data))
        self.affected_rows, self.rows, self.connection = len(rows), rows, None

    @staticmethod
    def next_packet(link):
        data, size = b'', 0xffffff
        while size == 0xffffff:
            try:
                head = link._rfile.read(4)
                size = int.from_bytes(head[:3], 'little')
                part = link._rfile.read(size)
            except OSError as problem:
                raise pymysql.OperationalError(2013, str(problem)) from problem
            if len(head) < 4 or len(part) < size:
                raise pymysql.OperationalError(2013, 'the server has gone away')
            link._next_seq_id = (head[3] + 1) % 256
            data = data + part if data else part
        return data


class Connection(pymysql.connections.Connection):
    def _read_query_result(self, unbuffered=False):
        self._result = None
        result = Result(self)
        result.read()
        self._result = result
        if result.server_status is not None:
            self.server_status = result.server_status
        return result.affected_rows


class Session:
    """One connection that writes exactly what it is told and reads it back as text."""

    def __init__(self, place, database, user, password, time_zone='+00:00', sql_mode=SQL_MODE):
        self.place = place
        self.link = Connection(host='127.0.0.1', port=place.port, user=user, password=password,
                                    database=database, charset='utf8mb4', autocommit=True,
                                    connect_timeout=20, read_timeout=300, write_timeout=300,
                                    max_allowed_packet=1 << 30, conv={})
        self.run(f"SET SESSION time_zone='{time_zone}', sql_mode='{sql_mode}', autocommit=1, "
                 f"foreign_key_checks=0, unique_checks=1, wait_timeout=28800, net_read_timeout=600, "
                 f"net_write_timeout=600{self.patience(place)}")

    def as_it_was(self, statement):
        """What MySQL 5.6 has other words for, or none."""
        if self.place.name != 'mysql-5.6':
            return statement
        for new, old in (('CHANGE REPLICATION SOURCE', 'CHANGE MASTER'), ('SOURCE_', 'MASTER_'),
                         ('SHOW REPLICA ', 'SHOW SLAVE '), ('RESET REPLICA', 'RESET SLAVE'),
                         ('STOP REPLICA', 'STOP SLAVE'), ('START REPLICA', 'START SLAVE'),
                         ('SHOW BINARY LOG STATUS', 'SHOW MASTER STATUS')):
            if statement.startswith(('CHANGE', 'SHOW', 'RESET', 'STOP', 'START')):
                statement = statement.replace(new, old)
        found = re.match(r'(CREATE USER IF NOT EXISTS|DROP USER IF EXISTS)\b(.*)', statement, re.DOTALL)
        if not found:
            return statement
        words, rest = found.groups()
        name = re.match(r"\s*'?(.*?)'?(?:@'?([^' ]+)'?)?(?:\s|$)", rest)
        there = self.run(f"SELECT 1 FROM mysql.user WHERE User='{name[1]}' AND Host='{name[2] or '%'}'")
        if bool(there) == words.startswith('CREATE'):
            return 'DO 0'
        return f"{words.split(' IF')[0]}{rest}"

    @staticmethod
    def patience(place):
        if place.family == 'mariadb':
            return ', max_statement_time=0'
        return ', max_execution_time=0' if place.version >= (5, 7) else ''

    def run(self, statement):
        if lacks(self.place.name, statement):
            raise unittest.SkipTest(f'{self.place.name} has no {lacks(self.place.name, statement)}')
        with self.link.cursor() as cursor:
            try:
                cursor.execute(self.as_it_was(statement))
            except pymysql.MySQLError as problem:
                if self.place.name == 'mysql-5.6' and problem.args[0] in SINCE_5_6_BY_ERROR:
                    raise unittest.SkipTest(f'mysql-5.6 has no {SINCE_5_6_BY_ERROR[problem.args[0]]}') from problem
                raise AssertionError(f'{self.place}: {problem}\n  in: {statement[:700]}') from problem
            return list(cursor.fetchall())

    def value(self, statement):
        return self.run(statement)[0][0]

    def insert(self, table, columns, rows, at_once=500):
        """Rows of ready-made SQL literals, many to a statement.

        Not written to the binary log, which would grow by all the data of a run.
        """
        head = f"INSERT INTO {table} ({', '.join(columns)}) VALUES "
        self.run('SET SESSION sql_log_bin=0')
        for start in range(0, len(rows), at_once):
            self.run(head + ','.join('(' + ','.join(row) + ')' for row in rows[start:start + at_once]))
        self.run('SET SESSION sql_log_bin=1')

    def close(self):
        try:
            self.link.close()
        except pymysql.MySQLError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


children = set()        # processes of this one that have to end with it


def end_children():
    for process in list(children):
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        children.discard(process)


class Link:
    """A TCP link with faults to a server: 127.0.0.1:port leads to place."""

    def __init__(self, place):
        self.place, self.port = place, free_port()
        self.folder = tempfile.mkdtemp(prefix='link-', dir=registry())
        self.control = os.path.join(self.folder, 'control')
        self.process = subprocess.Popen([link_proxy_script(), str(self.port), str(place.port), self.control],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        children.add(self.process)
        deadline = time.monotonic() + 15
        while not os.path.exists(self.control):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Unavailable(f'{link_proxy_script()} does not start')
            time.sleep(0.01)

    def say(self, command):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(10)
            sock.connect(self.control)
            sock.sendall(command.encode() + b'\n')
            answer = sock.makefile().read().strip()
        if answer.startswith('error'):
            raise AssertionError(f'link-proxy, {command}: {answer}')
        return answer

    def url(self, database='', user=USER, password=PASSWORD, **query):
        return self.place.url(database, user, password, port=self.port, **query)

    def close(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        children.discard(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


class Background:
    """A function that runs beside the test until stop(); its exception fails the test."""

    def __init__(self, work):
        self.ending, self.problem = threading.Event(), None
        self.thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self.thread.start()

    def _run(self, work):
        try:
            work(self.ending)
        except BaseException as problem:  # handed to stop()
            self.problem = problem

    def stop(self, limit=60):
        self.ending.set()
        self.thread.join(limit)
        if self.problem:
            raise self.problem
        if self.thread.is_alive():
            raise AssertionError(f'background work did not end within {limit} s')


# --------------------------------------------------------------------------
# The program
# --------------------------------------------------------------------------

class Answer:
    """What one run of dbsync gave.  str(answer) is the whole story, for failures."""

    def __init__(self, words, exit_code, out, err, seconds, note=''):
        self.words, self.exit = words, exit_code
        self.out, self.err, self.seconds, self.note = out, err, seconds, note

    @property
    def json(self):
        try:
            found = json.loads(self.out)
        except ValueError as problem:
            raise AssertionError(f'stdout is not one JSON value ({problem})\n{self}') from None
        if not isinstance(found, dict) or found.get('command') != 'verify':
            raise AssertionError(f'stdout is not the object of verify\n{self}')
        return found

    @property
    def verdict(self):
        return self.json.get('verdict')

    @property
    def tables(self):
        return {entry['table']: entry for entry in self.json['tables']}

    def table(self, name, database=None):
        found = [entry for entry in self.json['tables']
                 if entry['table'] == name and database in (None, entry['database'])]
        if len(found) != 1:
            raise AssertionError(f'{len(found)} entries for table {name}, 1 expected\n{self}')
        return found[0]

    def counts(self, name):
        entry = self.table(name)
        return entry['insert'], entry['update'], entry['delete']

    @property
    def text(self):
        return self.out + self.err

    def __str__(self):
        def shown(text):
            return text if len(text) < 12000 else text[:9000] + '\n[...]\n' + text[-3000:]
        return (f"command: {' '.join(shlex.quote(word) for word in self.words)}\n"
                f'exit {self.exit} after {self.seconds:.2f} s {self.note}\n'
                f'--- stdout\n{shown(self.out)}\n--- stderr\n{shown(self.err)}\n---')


class Running:
    """dbsync under way."""

    def __init__(self, words, env, cwd):
        self.words, self.began, self.heard = words, time.monotonic(), b''
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=cwd, env=env, start_new_session=True)
        children.add(self.process)

    def signal(self, number):
        os.kill(self.process.pid, number)

    def hear(self, text, limit=60):
        """Goes on when it has said so on stderr."""
        deadline = time.monotonic() + limit
        while text.encode() not in self.heard:
            left = max(0, deadline - time.monotonic())
            if not select.select([self.process.stderr], [], [], left)[0]:
                raise AssertionError(f'not said within {limit} s: {text}\n{self.heard}')
            said = os.read(self.process.stderr.fileno(), 65536)
            if not said:
                raise AssertionError(f'it has ended and not said: {text}\n{self.heard}')
            self.heard += said

    def wait(self, limit=60):
        note = ''
        try:
            out, err = self.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            note = f'(killed: still running after {limit} s)'
            self.kill()
            out, err = self.process.communicate()
        except BaseException:
            self.kill()
            raise
        children.discard(self.process)
        return Answer(self.words, self.process.returncode, out.decode('utf-8', 'replace'),
                      (self.heard + err).decode('utf-8', 'replace'), time.monotonic() - self.began, note)

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)


class Program:
    """dbsync in an empty folder of its own, with an environment that holds nothing of the caller's."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix='run-', dir=registry())

    def environment(self, extra=None):
        env = {key: value for key, value in os.environ.items()
               if not key.startswith(('DBSYNC', 'MYSQL', 'MARIADB', 'DB_', 'BACKUP_DB', 'XDG_STATE', 'STATE_'))}
        env.update(HOME=self.folder, LC_ALL='C.UTF-8', DBSYNC_KEY_FILE=key_file())
        env.update({key: os.environ[key] for key in ('ASAN_OPTIONS', 'UBSAN_OPTIONS') if key in os.environ})
        env.update(extra or {})
        return env

    def start(self, *words, env=None):
        return Running([program_path(), *map(str, words)], self.environment(env), self.folder)

    def run(self, *words, env=None, limit=60):
        return self.start(*words, env=env).wait(limit)

    def paste(self, line, password=PASSWORD, limit=60, agrees=True):
        """A line that dbsync printed, in a shell on a terminal, where somebody types a password and agrees, or not."""
        env = self.environment({'PATH': f"{os.path.dirname(program_path())}:{os.environ['PATH']}"})
        child, terminal = pty.fork()
        if not child:
            os.chdir(self.folder)
            os.execvpe('/bin/sh', ['sh', '-c', line], env)
        said, answers = b'', {b'Password of': password, b'[y/N]': 'y' if agrees else 'n'}
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            try:
                said += os.read(terminal, 65536) if select.select([terminal], [], [], 1)[0] else b''
            except OSError:     # the other end is closed
                break
            for question in [question for question in answers if question in said]:
                time.sleep(0.3)     # what is typed before the echo is off is thrown away
                os.write(terminal, answers.pop(question).encode() + b'\n')
        else:
            os.kill(child, signal.SIGKILL)
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode('utf-8', 'replace')

    def file(self, name, text, mode=0o600):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as out:
            out.write(text)
        os.chmod(path, mode)
        return path

    def files(self):
        return sorted(str(path.relative_to(self.folder)) for path in Path(self.folder).rglob('*') if path.is_file())

    def backups(self):
        """What lies in backups/, the newest last; names tell seconds only, and _10 sorts before _2."""
        return sorted((str(path) for path in Path(self.folder, 'backups').rglob('*') if path.is_file()),
                      key=lambda path: os.stat(path).st_mtime_ns)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


# --------------------------------------------------------------------------
# What is expected
# --------------------------------------------------------------------------

class Expect:
    """The differences of one table: numbers, and the keys when they are given.

    keys holds (change, {column: text, ...}); a text may be a tuple of spellings
    that are all right.
    """

    def __init__(self, insert=0, update=0, delete=0, keys=None, key=None):
        self.counts = (insert, update, delete)
        self.keys, self.key = keys, key

    @classmethod
    def of(cls, column, insert=(), update=(), delete=(), key=None):
        """Changes of a table whose key is one column, given by the texts of its keys."""
        keys = [(change, {column: value if isinstance(value, tuple) else str(value)})
                for change, values in (('insert', insert), ('update', update), ('delete', delete))
                for value in values]
        return cls(len(insert), len(update), len(delete), keys, key)


def spelled(text):
    """Hexadecimal digits in lower case; letters that details show as their codes, as letters."""
    if not isinstance(text, str):
        return text
    text = re.sub(r'\\u\{([0-9A-F]{4,6})\}', lambda found: chr(int(found[1], 16)), text)
    return text.lower() if text[:2].lower() == '0x' else text


def shown(text):
    """As dbsync shows a text to people: on one line, nothing hidden."""
    return ''.join({'\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r', '\0': '\\0'}.get(letter, letter) for letter in text)


def key_spellings(change, key):
    columns = sorted(key)
    options = [value if isinstance(value, tuple) else (value,) for value in (key[column] for column in columns)]
    options = [tuple(dict.fromkeys([*value, *map(shown, value)])) for value in options]
    for choice in itertools.product(*options):
        yield change, tuple(zip(columns, map(spelled, choice)))


def key_differences(expected, details):
    """What is missing and what is too much in a list of details, as texts."""
    names, wanted = {}, []
    for number, (change, key) in enumerate(expected):
        wanted.append(f'{change} {key}')
        for spelling in key_spellings(change, key):
            names[spelling] = number
    left, extra = set(range(len(wanted))), []
    for entry in details:
        spelling = entry['change'], tuple(sorted((column, spelled(text)) for column, text in entry['key'].items()))
        number = names.get(spelling)
        if number in left:
            left.remove(number)
        else:
            extra.append(f"{entry['change']} {entry['key']}")
    return [wanted[number] for number in sorted(left)], extra


MODES = tuple(itertools.product(('stream', 'server'), (1, 4)))
TWO_MODES = (('stream', 1), ('server', 4))


# --------------------------------------------------------------------------
# Test cases
# --------------------------------------------------------------------------

def current_pair():
    return tuple((os.environ.get('DBSYNC_TEST_PAIR') or DEFAULT_PAIR).split(','))


database_number = itertools.count(1)


def new_database_name():
    return f'dbsync_t_{os.getpid()}_{next(database_number)}'


class ServerTest(unittest.TestCase):
    """One test on a pair of servers, with databases of its own.

    self.source, self.target  the servers        self.db  a database on both
    """
    longMessage = True
    maxDiff = None
    once = False            # True: not repeated for every pair of a matrix
    each_server = False     # True: once with each server that the pairs have, as a pair with itself
    not_for_old = ''        # why its tests are not for MySQL 5.6
    needs_program = True
    scope = ('--data-only',)    # of rows; tests of structures say ()

    def setUp(self):
        if self.needs_program and not os.access(program_path(), os.X_OK):
            raise AssertionError(f'{program_path()} is not there (DBSYNC names another)')
        self.addCleanup(release_servers)
        names = current_pair()
        if self.not_for_old and 'mysql-5.6' in names:
            self.skipTest(f'mysql-5.6: {self.not_for_old}')
        self.source, self.target = self.two_servers(names[0], names[-1])
        self.program = Program()
        self.addCleanup(self.program.close)
        self._sessions = {}
        self.addCleanup(self._close_sessions)
        self.db = self.new_database()

    def two_servers(self, source, target):
        return self.server(source, 'source'), self.server(target, 'target')

    def server(self, name, role, **how):
        try:
            return server(name, role, **how)
        except Unavailable as problem:
            if os.environ.get('CI') == 'true':
                self.fail(str(problem))
            raise unittest.SkipTest(str(problem)) from None

    def link(self, place):
        try:
            link = Link(place)
        except (Unavailable, OSError) as problem:
            if os.environ.get('CI') == 'true':
                self.fail(str(problem))
            raise unittest.SkipTest(str(problem)) from None
        self.addCleanup(link.close)
        return link

    def _close_sessions(self):
        for session in self._sessions.values():
            session.close()

    def new_database(self, *places, name=None):
        """A database, empty, on these servers (default: the pair), dropped after the test."""
        name = name or new_database_name()
        for place in places or (self.source, self.target):
            place.sql(f'DROP DATABASE IF EXISTS `{name}`',
                      f'CREATE DATABASE `{name}` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci')
            self.addCleanup(self._drop_database, place, name)
        return name

    @staticmethod
    def _drop_database(place, name):
        if alive(place.pid):
            place.sql(f'DROP DATABASE IF EXISTS `{name}`', 'PURGE BINARY LOGS BEFORE NOW()')

    def session(self, place, database=None):
        key = place.port, database or self.db
        if key not in self._sessions:
            self._sessions[key] = place.session(key[1])
        return self._sessions[key]

    def on_source(self, *statements):
        return [self.session(self.source).run(statement) for statement in statements][-1]

    def on_target(self, *statements):
        return [self.session(self.target).run(statement) for statement in statements][-1]

    def on_both(self, *statements):
        self.on_source(*statements)
        self.on_target(*statements)

    def insert(self, table, columns, rows, source=True, target=True):
        """Rows of SQL literals; anything that is not a string becomes its decimal text."""
        rows = [tuple('NULL' if value is None else value if isinstance(value, str) else repr(value)
                      for value in row) for row in rows]
        for wanted, place in ((source, self.source), (target, self.target)):
            if wanted:
                self.session(place).insert(table, columns, rows)

    # The program -----------------------------------------------------------

    def urls(self):
        return self.source.url(self.db), self.target.url(self.db)

    def start(self, *options, source=None, target=None, env=None, as_json=True):
        ours = self.urls()
        scope = () if {'--schema-only', '--data-only'} & set(options) else self.scope
        return self.program.start('verify', source or ours[0], target or ours[1],
                                  *(('--json',) if as_json else ()), *scope, *options, env=env)

    def verify(self, *options, source=None, target=None, env=None, limit=60, as_json=True):
        return self.start(*options, source=source, target=target, env=env, as_json=as_json).wait(limit)

    def dbsync(self, *words, env=None, limit=60):
        return self.program.run(*words, env=env, limit=limit)

    # The plain client, as the documents call it -----------------------------

    def plain_client(self, stdin, *options, user=(USER, PASSWORD), limit=120, place=None):
        """Runs SQL out of an open file on the target, or another server, which has to succeed."""
        done = subprocess.run(['mariadb', '--no-defaults', '-h127.0.0.1', f'-P{(place or self.target).port}', f'-u{user[0]}', f'-p{user[1]}',
                               '--comments', '--default-character-set=utf8mb4', *options],
                              stdin=stdin, capture_output=True, text=True, errors='replace', timeout=limit, check=False)
        self.assertEqual(done.returncode, 0, f'{done.args}\n{done.stderr}')

    def run_changes(self, *options):
        """What dry-run --sql has written."""
        with open(os.path.join(self.program.folder, 'changes.sql'), 'rb') as text:
            self.plain_client(text, *options)

    def restore_plainly(self, point, user=(USER, PASSWORD)):
        """As somebody would who has no dbsync at hand: zstdcat | mariadb."""
        with subprocess.Popen(['zstdcat', os.path.join(self.program.folder, point)], stdout=subprocess.PIPE) as unpacked:
            self.plain_client(unpacked.stdout, user=user)
        self.assertEqual(unpacked.returncode, 0, f'zstdcat {point}')

    # Assertions --------------------------------------------------------------

    def expect_exit(self, answer, code):
        self.assertEqual(answer.exit, code, f'exit code\n{answer}')
        return answer

    def expect_exit_of_verdicts(self, answer):
        """Of verify: what it says of tables and objects, and nothing else, makes its exit status."""
        verdicts = {entry['verdict'] for entry in answer.json['tables'] + answer.json.get('objects', [])}
        return self.expect_exit(answer, 6 if 'incomplete' in verdicts else 1 if verdicts - {'equal'} else 0)

    def expect_error(self, answer, code, *words):
        """Exit code, and these words in the talk (any case)."""
        self.expect_exit(answer, code)
        for word in words:
            self.assertIn(word.lower(), answer.text.lower(), str(answer))
        return answer

    def expect_table(self, answer, name, expect):
        entry = answer.table(name)
        self.assertEqual((entry['insert'], entry['update'], entry['delete']), expect.counts,
                         f'(insert, update, delete) of {name}\n{answer}')
        self.assertEqual(entry['verdict'], 'different' if any(expect.counts) else 'equal',
                         f'verdict of {name}\n{answer}')
        if expect.key is not None:
            self.assertEqual(entry['key'], expect.key, f'key of {name}\n{answer}')
        if expect.keys is not None:
            missing, extra = key_differences(expect.keys, entry['details'])
            self.assertEqual((missing, extra), ([], []), f'(missing, unexpected) details of {name}\n{answer}')

    def expect_answer(self, answer, expected):
        """Every table of the run: those named with their differences, the others equal."""
        different = any(any(expect.counts) for expect in expected.values())
        self.expect_exit(answer, 1 if different else 0)
        self.assertEqual(answer.verdict, 'different' if different else 'equal', str(answer))
        listed = answer.tables
        self.assertLessEqual(set(expected), set(listed), f'tables without a verdict\n{answer}')
        for name in listed:
            self.expect_table(answer, name, expected.get(name, Expect()))
        self.assertEqual(answer.json['differences'],
                         sum(sum(expect.counts) for expect in expected.values()), str(answer))

    def check(self, *options, modes=TWO_MODES, limit=60, **expected):
        """verify by both digests says exactly what is expected; returns the answers."""
        return self.check_tables(expected, *options, modes=modes, limit=limit)

    def check_tables(self, expected, *options, modes=TWO_MODES, limit=60, **urls):
        answers = []
        for digest, parallel in modes:
            answer = self.verify('--digest', digest, '--parallel', parallel, '--details', 20000, *options,
                                 limit=limit, **urls)
            self.expect_answer(answer, expected)
            answers.append(answer)
        return answers

    def check_equal(self, *options, modes=TWO_MODES, limit=60, **urls):
        return self.check_tables({}, *options, modes=modes, limit=limit, **urls)


def not_with_old(reason):
    """Skips a test when a server of the pair is MySQL 5.6; the reason says what it lacks."""
    def mark(test):
        @functools.wraps(test)
        def guarded(self):
            if 'mysql-5.6' in current_pair():
                self.skipTest(f'mysql-5.6: {reason}')
            test(self)
        return guarded
    return mark


def once(test):
    """Marks a test that is not repeated for every pair of a matrix."""
    test.once = True
    return test


def like_pairs(test):
    """Marks a test for one pair of each family and no mixed one: the first two of a matrix."""
    test.like_pairs = True
    return test


def each_pair(test):
    """Marks a test for every pair of a matrix, whatever its module has a share of."""
    test.each_pair = True
    return test


def only_with(family, reason):
    """Skips a test unless both servers are of that family; the reason says why and where it is shown."""
    def mark(test):
        def guarded(self):
            families = {name.split('-')[0] for name in current_pair()}
            if families != {family}:
                self.skipTest(reason)
            test(self)
        guarded.__name__, guarded.__doc__ = test.__name__, test.__doc__
        return guarded
    return mark
