"""rig - what the bench runs on: two servers, their data, commands and clocks.

Everything lives in one temporary folder; the servers come from scripts/servers
and listen on 127.0.0.1.  leave() ends every process that was started here, each
by its own id, and is called however the bench ends.
"""
import json
import os
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SERVER = 'mariadb-10.11'
SERVER_OPTIONS = [
    '--innodb-buffer-pool-size=2G', '--innodb-log-file-size=512M',
    '--max-allowed-packet=64M', '--performance-schema=OFF',
    '--innodb-io-capacity=20000',       # for settle()
]
PATIENCE = 1800                 # seconds that any one command may take
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
GAPS = 100                      # ids of sbtest1 that no row has


class Failure(Exception):
    """Something went wrong, so there is no figure."""


def clean_env(home):
    """No settings of the user reach a tool that is measured."""
    return {'PATH': os.environ['PATH'] + ':/usr/sbin', 'LC_ALL': 'C.UTF-8',
            'HOME': str(home), 'TMPDIR': str(home), 'TZ': 'UTC'}


def ended(process, seconds):
    """Waits for a process to end, and says whether it has.  Popen.wait() with a
    timeout looks only every 50 ms, which is too rough for a clock."""
    fd = os.pidfd_open(process.pid)
    try:
        return bool(select.select([fd], [], [], seconds)[0])
    finally:
        os.close(fd)


class Server:
    """One of the two servers; side is "source" or "target"."""

    def __init__(self, rig, side, url):
        self.rig, self.side = rig, side
        self.base, self.port = url, int(re.search(r':(\d+)/$', url)[1])
        self.user, self.password = re.match(r'mysql://(.*?):(.*)@', url).groups()
        self.pid = int(rig.servers('dsn', SERVER, '--port', str(self.port), '--format', 'pid'))
        self.config = rig.folder / f'{side}.cnf'
        self.config.write_text(
            f'[client]\nhost=127.0.0.1\nport={self.port}\nuser={self.user}\n'
            f'password={self.password}\ndefault-character-set=utf8mb4\n')

    def url(self, database, port=None):
        return self.base.replace(f':{self.port}/', f':{port or self.port}/') + database

    def dsn(self, database, table):
        """As the Percona tools want it."""
        return (f'h=127.0.0.1,P={self.port},u={self.user},p={self.password},'
                f'D={database},t={table}')

    def client(self, *args):
        return ['mariadb', f'--defaults-file={self.config}', '--batch',
                '--skip-column-names', *args]

    def sql(self, text, database=''):
        """Runs statements; the rows of their results, as lists of texts."""
        done = subprocess.run(self.client(*filter(None, [database])), input=text, text=True,
                              capture_output=True, env=self.rig.env, check=False)
        if done.returncode:
            raise Failure(f'{self.side}: {done.stderr.strip()}')
        return [line.split('\t') for line in done.stdout.splitlines()]

    def value(self, text):
        return self.sql(text)[0][-1]

    def checksum(self, database, table):
        return self.value(f'CHECKSUM TABLE {database}.{table}')

    def statements(self):
        """Statements executed and statements prepared since the start; asking
        executes one."""
        rows = dict(self.sql("SHOW GLOBAL STATUS WHERE Variable_name IN "
                             "('Questions', 'Com_stmt_prepare')"))
        return int(rows['Questions']), int(rows['Com_stmt_prepare'])

    def cpu(self):
        """Seconds of CPU that it has used."""
        fields = Path(f'/proc/{self.pid}/stat').read_text().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def settle(self):
        """Waits until old row versions are gone and what was loaded has been
        written, so that neither purge nor page cleaner works while something is
        measured."""
        self.sql('SET GLOBAL innodb_max_dirty_pages_pct=0, innodb_max_dirty_pages_pct_lwm=0')
        deadline = time.monotonic() + 300
        for status, most in (('Innodb_history_list_length', 100),
                             ('Innodb_buffer_pool_pages_dirty', 200)):
            while int(self.value(f"SHOW GLOBAL STATUS LIKE '{status}'")) > most:
                if time.monotonic() > deadline:
                    raise Failure(f'{self.side}: {status} is above {most} after 300 s')
                time.sleep(0.2)
        self.sql('SET GLOBAL innodb_max_dirty_pages_pct=90')


class Link:
    """A proxy in front of a server; see scripts/link-proxy."""

    def __init__(self, rig, server, *settings):
        self.rig, self.control = rig, rig.folder / f'link-{server.side}'
        self.process = rig.start([str(ROOT / 'scripts/link-proxy'), '0', str(server.port),
                                  str(self.control)], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line.strip().isdigit():
            raise Failure('link-proxy did not start')
        self.port = int(line)
        for setting in settings:
            self.send(*setting.split())

    def send(self, *words):
        return self.rig.output([str(ROOT / 'scripts/link-proxy'), '--send',
                                str(self.control), *words])

    def bytes_from_server(self):
        """Since the last call."""
        return int(re.search(r'from=(\d+)', self.send('bytes', 'reset'))[1])

    def stop(self):
        self.send('stop')
        self.rig.end(self.process)


class Rig:
    """The folder, the servers, and every process that runs."""

    def __init__(self, say, dbsync, rows):
        self.say, self.rows = say, rows
        self.folder = Path(tempfile.mkdtemp(prefix='dbsync-bench-'))
        self.dbsync = shutil.copy2(dbsync, self.folder / 'dbsync')   # may be built anew
        self.env = clean_env(self.folder)
        self.running, self.loaded, self.pair, self.ports = [], set(), [], []

    # Processes

    def start(self, command, **kwargs):
        process = subprocess.Popen(command, cwd=self.folder, env=self.env,
                                   stdin=subprocess.DEVNULL, **kwargs)
        self.running.append(process)
        return process

    def end(self, process):
        """Waits for a process that should end by itself, but not for ever."""
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self.running.remove(process)

    def output(self, command):
        done = subprocess.run(command, capture_output=True, text=True, env=self.env,
                              cwd=self.folder, check=False)
        if done.returncode:
            raise Failure(f'{Path(command[0]).name}: {done.stderr.strip()}')
        return done.stdout.strip()

    def together(self, commands, statuses=(0,)):
        """Runs commands at the same time: seconds until the last has ended, and
        what each has printed.  Files take the output, so nobody waits for us."""
        files = [(tempfile.TemporaryFile('w+', dir=self.folder),
                  tempfile.TemporaryFile('w+', dir=self.folder)) for _ in commands]
        began = time.perf_counter()
        processes = [self.start(command, stdout=out, stderr=err)
                     for command, (out, err) in zip(commands, files)]
        for process in processes:
            if not ended(process, PATIENCE):
                raise Failure(f'{Path(process.args[0]).name} has not ended after {PATIENCE} s')
        seconds = time.perf_counter() - began
        texts = []
        for process, (out, err) in zip(processes, files):
            process.wait()
            self.running.remove(process)
            out.seek(0)
            err.seek(0)
            if process.returncode not in statuses:
                raise Failure(f'{Path(process.args[0]).name} ended with status '
                              f'{process.returncode}: {err.read().strip()[-400:]}')
            texts.append(out.read())
        return seconds, texts

    def watched(self, command, statuses=(0,), pause=0.01):
        """Runs a command: seconds, what it has printed, and the largest resident
        set it had, in MiB.

        The kernel's account at the end of a process also counts this program,
        out of which it was started; so it is taken only when it is above that,
        and else the high-water mark that was read last while it ran.
        """
        with tempfile.TemporaryFile('w+', dir=self.folder) as out, \
                tempfile.TemporaryFile('w+', dir=self.folder) as err:
            began, mark = time.perf_counter(), 0
            process = self.start(command, stdout=out, stderr=err)
            status = Path(f'/proc/{process.pid}/status')
            while not ended(process, pause):
                seen = re.search(r'^VmHWM:\s+(\d+) kB', status.read_text(), re.MULTILINE)
                mark = max(mark, int(seen[1])) if seen else mark
            seconds = time.perf_counter() - began
            _, code, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(code)
            self.running.remove(process)
            out.seek(0)
            err.seek(0)
            if process.returncode not in statuses:
                raise Failure(f'dbsync ended with status {process.returncode}: '
                              f'{err.read().strip()[-400:]}')
            text = out.read()
        if usage.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
            mark = usage.ru_maxrss
        return seconds, text, mark / 1024

    def behind(self, command, begin):
        """Runs a command: seconds from when it said on stderr a line that begins so."""
        with tempfile.TemporaryFile('w+', dir=self.folder) as out:
            process = self.start(command, stdout=out, stderr=subprocess.PIPE, text=True)
            began, said = None, []
            for line in process.stderr:
                said.append(line)
                if line.startswith(begin) and began is None:
                    began = time.perf_counter()
            process.wait()
            seconds = time.perf_counter() - (began or 0)
            process.stderr.close()
            self.running.remove(process)
        if process.returncode or began is None:
            raise Failure(f'dbsync ended with status {process.returncode}: '
                          f'{"".join(said).strip()[-400:]}')
        return seconds

    def peak(self, command):
        """The largest resident set of a command, in MiB."""
        return self.watched(command, pause=0.002)[2]

    def cpu(self):
        """Seconds of CPU used: by all, and by us and the servers."""
        ticks = [int(word) for word in Path('/proc/stat').read_text().split('\n')[0].split()[1:9]]
        own = sum(usage.ru_utime + usage.ru_stime for usage in map(
            resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))
        busy = sum(ticks) - ticks[3] - ticks[4]
        return (busy / os.sysconf('SC_CLK_TCK'),
                own + sum(server.cpu() for server in self.pair))

    # Servers and data

    def servers(self, *args):
        """scripts/servers keeps its cache in the real home, hence the real
        environment.  A signal to us waits until it is done, for a server that
        we know nothing of would stay."""
        def unblock():
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            done = subprocess.run([str(ROOT / 'scripts/servers'), *args], text=True,
                                  stdout=subprocess.PIPE, preexec_fn=unblock, check=False)
            if done.returncode:
                raise Failure(f'scripts/servers {args[0]} failed')
            if args[0] == 'up':
                self.ports.append(re.search(r':(\d+)/$', done.stdout.strip())[1])
        finally:
            unblock()
        return done.stdout.strip()

    def open(self):
        for side in ('source', 'target'):
            url = self.servers('up', SERVER, '--port', 'auto', '--', *SERVER_OPTIONS)
            self.pair.append(Server(self, side, url.split('\n')[-1]))
        self.source, self.target = self.pair

    def run_sql(self, server_texts, database):
        """Runs statements at servers, at all of them at once."""
        jobs = []
        for number, (server, text) in enumerate(server_texts):
            file = self.folder / f'job-{number}.sql'
            file.write_text("SET SESSION sql_log_bin=0, unique_checks=0, foreign_key_checks=0, "
                            f"time_zone='+00:00', character_set_client=utf8mb4;\n{text}")
            jobs.append(server.client(database, '-e', f'source {file}'))
        self.together(jobs)

    def load(self, table, database='bench', servers=None, rows=None):
        """Makes sure that a table of data/ is there, complete and at rest."""
        rows = rows or self.rows
        servers = [server for server in servers or self.pair
                   if (server, database, table) not in self.loaded]
        if not servers:
            return
        began = time.monotonic()
        text = (ROOT / 'bench/data' / f'{table}.sql').read_text()
        text = text.replace('GAP', str(rows // GAPS)).replace('ROWS', str(rows))
        text += f'\nANALYZE TABLE {table};\n'
        for server in servers:
            server.sql(f'CREATE DATABASE IF NOT EXISTS {database}')
        self.run_sql([(server, text) for server in servers], database)
        for server in servers:
            server.settle()
            self.loaded.add((server, database, table))
        self.say(f'loaded {database}.{table} in {time.monotonic() - began:.0f} s')

    def drop(self, database):
        """What was loaded into a database."""
        for server in self.pair:
            server.sql(f'SET SESSION sql_log_bin=0; DROP DATABASE {database}')
        self.loaded = {key for key in self.loaded if key[1] != database}

    def data_bytes(self, database, table):
        """Of both servers' clustered indexes, as they know them."""
        return sum(int(server.value(
            f"SELECT data_length FROM information_schema.tables WHERE table_schema='{database}' "
            f"AND table_name='{table}'")) for server in self.pair)

    # Programs

    def pt_table_sync(self, table, database='bench', what='--print'):
        """--print only tells what it would do; the other settings are its own."""
        return ['pt-table-sync', what, self.source.dsn('bench', table),
                self.target.dsn(database, table)]

    def command(self, name, *options, database='bench', copy=None, ports=(None, None)):
        """Of dbsync, for a database and that of the target, or another one there."""
        return [str(self.dbsync), name, self.source.url(database, ports[0]),
                self.target.url(copy or database, ports[1]), '--json',
                '--progress', 'none', *options]

    def verify(self, *options, **where):
        return self.command('verify', *options, **where)

    def verified(self, command, verdict='equal'):
        """Seconds, and the report, which must have that verdict."""
        seconds, (text,) = self.together([command], (0, 1))
        report = json.loads(text)
        if report.get('verdict') != verdict:
            raise Failure(f'dbsync says {report.get("verdict")} where {verdict} is right')
        return seconds, report

    def synced(self, table, copy):
        """Makes a table of another database of the target equal to the source's:
        seconds, the report, and the peak of memory in MiB.  The backup point is
        written and compared is again, as always; it is deleted afterwards."""
        seconds, text, peak = self.watched(
            self.command('incremental', '--yes', '--tables', table, copy=copy))
        report = json.loads(text)
        if report.get('verdict') != 'equal':
            raise Failure(f'dbsync says {report.get("verdict")} after incremental')
        if not report['backup']:
            raise Failure('dbsync wrote no backup point')
        (self.folder / report['backup']).unlink()
        return seconds, report, peak

    def leave(self, keep):
        for process in self.running:
            if process.poll() is None:
                process.kill()
                process.wait()
        for port in self.ports:
            if keep:
                self.say(f'kept {self.servers("dsn", SERVER, "--port", port)}  end it with: '
                         f'scripts/servers down {SERVER} --port {port}')
            else:
                self.servers('down', SERVER, '--port', port, '--kill')
        shutil.rmtree(self.folder, ignore_errors=True)
