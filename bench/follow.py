"""follow - a target that stays equal: dbsync follow beside the server's own replication.

The same stretch of the source's log is applied by each tool, from the same rows on.
The target is durable (each commit is flushed), as one that matters is.
"""
import json
import re
import shlex
import statistics
import subprocess
import time

from rig import Failure
from turns import Meter, interleaved, ratio, say

DATABASE, BEFORE = 'bench_follow', 'bench_follow_before'
SINGLE, BULK, EACH = 20000, 20, 10000       # of 2,000,000 rows
THREADS = 4
RATE, SECONDS = 2000, 10                    # transactions per second, and how long
IDLE = 30                                   # transactions one by one
LEAST = 1000


class Asking:
    """A client that stays connected."""

    def __init__(self, rig, server):
        self.process = subprocess.Popen(server.client('--unbuffered', DATABASE), cwd=rig.folder, env=rig.env,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        rig.running.append(self.process)

    def say(self, text):
        self.process.stdin.write(text + '\n')
        self.process.stdin.flush()

    def ask(self, text):
        self.say(text)
        return self.process.stdout.readline().strip()

    def leave(self, rig):
        self.process.stdin.close()
        rig.end(self.process)


class Following:
    def __init__(self, rig, section):
        self.rig, self.section = rig, section
        self.meter = Meter(rig)
        share = rig.rows / 2000000
        self.single, self.bulk = max(LEAST, int(SINGLE * share)), max(1, int(BULK * share))
        self.windows = []

    def wrong(self, text):
        if text not in self.section.wrong:
            self.section.wrong.append(text)

    # The log -------------------------------------------------------------------

    def prepare(self):
        """The tables, on both sides, and as they are before anything is applied."""
        self.rig.source.sql(f'DROP DATABASE IF EXISTS {DATABASE}; CREATE DATABASE {DATABASE};')
        text = ('CREATE TABLE one (id INT PRIMARY KEY, v INT NOT NULL, pad CHAR(60) NOT NULL);'
                'CREATE TABLE many (id INT PRIMARY KEY, v INT NOT NULL, pad CHAR(60) NOT NULL);'
                'CREATE TABLE lag (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME(6) NOT NULL);'
                f"INSERT INTO one SELECT seq, 0, 'x' FROM seq_1_to_{self.single};")
        for server in self.rig.pair:
            server.sql(f'SET SESSION sql_log_bin=0; CREATE DATABASE IF NOT EXISTS {DATABASE}; '
                       f'USE {DATABASE}; {text}')
        self.rig.target.sql(f'SET SESSION sql_log_bin=0; CREATE DATABASE {BEFORE}; '
                            f'CREATE TABLE {BEFORE}.one AS SELECT * FROM {DATABASE}.one;')
        self.rig.target.sql('SET GLOBAL innodb_flush_log_at_trx_commit=1, sync_binlog=1;')
        self.rig.source.sql('SET GLOBAL innodb_flush_log_at_trx_commit=2, sync_binlog=0; RESET MASTER;')
        self.stretches = {'one': self.logged(f'''DELIMITER //
FOR i IN 1..{self.single} DO UPDATE {DATABASE}.one SET v = v + 1 WHERE id = 1 + i * 7919 % {self.single}; END FOR //
DELIMITER ;'''),
                          'many': self.logged(''.join(
                              f"INSERT INTO {DATABASE}.many SELECT seq, 1, 'y' FROM seq_{1 + n * EACH}_to_{(n + 1) * EACH};"
                              for n in range(self.bulk)))}
        self.right = {table: self.rig.source.checksum(DATABASE, table) for table in ('one', 'many')}

    def end(self):
        file, position = self.rig.source.sql('SHOW MASTER STATUS')[0][:2]
        return file, int(position)

    def logged(self, text):
        begin = self.end()
        self.rig.source.sql(text, DATABASE)
        return begin, self.end()

    def reset(self, table):
        """The target as before, and nothing of it to be flushed."""
        refill = f'INSERT INTO {DATABASE}.one SELECT * FROM {BEFORE}.one;' if table == 'one' else ''
        self.rig.target.sql(f'SET SESSION sql_log_bin=0; TRUNCATE TABLE {DATABASE}.{table}; {refill}')
        self.rig.target.settle()

    def check(self, name, table):
        if self.rig.target.checksum(DATABASE, table) != self.right[table]:
            self.wrong(f'{name} left rows of {table} different')

    # Tools ---------------------------------------------------------------------

    def follow(self, *options):
        return [str(self.rig.dbsync), 'follow', self.rig.source.url(DATABASE), self.rig.target.url(DATABASE),
                '--yes', '--no-backup', '--json', '--progress', 'none', *options]

    def dbsync(self, table):
        """From the place on; the stretch of the other table is of no interest to it."""
        (file, position), _ = self.stretches[table]
        self.reset(table)
        # what the other tools have written meanwhile is nobody's drift
        end = ':'.join(self.rig.target.sql('SHOW MASTER STATUS')[0][:2])
        self.rig.target.sql(f"UPDATE dbsync_state.follow SET place=REGEXP_REPLACE(place, '^[^@]*', '{file}:{position}'), "
                            f"target_place=REGEXP_REPLACE(SUBSTRING_INDEX(target_place, ' ', 1), '^[^@]*', '{end}')")
        only = ('--tables', table)
        seconds, text = self.meter.run(f'{table}, dbsync follow', self.follow('--until', 'caught-up', *only))
        report = json.loads(text)
        if report['verdict'] != 'caught-up' or report['incremental_runs']:
            raise Failure(f'dbsync follow: {report}')
        self.windows.append(report['windows'])
        self.check('dbsync', table)
        return seconds

    def native(self, table, threads):
        (file, position), (end_file, end) = self.stretches[table]
        self.reset(table)
        source = self.rig.source
        self.rig.target.sql(
            f"STOP SLAVE; SET GLOBAL slave_parallel_threads={threads}, slave_parallel_mode='optimistic'; "
            f"CHANGE MASTER TO master_host='127.0.0.1', master_port={source.port}, master_user='{source.user}', "
            f"master_password='{source.password}', master_log_file='{file}', master_log_pos={position}, "
            f"master_use_gtid=no; SET GLOBAL replicate_do_table='{DATABASE}.{table}';")
        began = time.perf_counter()
        answer = self.rig.target.sql(f"START SLAVE; SELECT MASTER_POS_WAIT('{end_file}', {end}, 600);")
        seconds = time.perf_counter() - began
        if answer[-1][-1] in ('NULL', '-1'):
            raise Failure(f'the replica has stopped: {answer}')
        self.rig.target.sql('STOP SLAVE; RESET SLAVE ALL;')
        self.check(f'replication with {threads} threads', table)
        return seconds

    def piped(self, table):
        (file, position), (_, end) = self.stretches[table]
        self.reset(table)
        source = shlex.join(['mariadb-binlog', '--no-defaults', '--host=127.0.0.1', f'--port={self.rig.source.port}',
                             f'--user={self.rig.source.user}', f'--password={self.rig.source.password}',
                             '--read-from-remote-server', f'--start-position={position}', f'--stop-position={end}', file])
        seconds, _ = self.meter.run(f'{table}, mariadb-binlog | mariadb',
                                    ['bash', '-c', f'set -o pipefail; {source} | {shlex.join(self.rig.target.client())}'])
        self.check('mariadb-binlog | mariadb', table)
        return seconds

    # What is measured ------------------------------------------------------------

    def stretch(self, runs, table, label, least):
        say(f'follow, {label}')
        self.rig.together([self.follow('--initial-only', '--tables', table)])
        seen = interleaved(runs, {'dbsync': lambda: self.dbsync(table),
                                  'native 1': lambda: self.native(table, 0),
                                  f'native {THREADS}': lambda: self.native(table, THREADS),
                                  'pipe': lambda: self.piped(table)})
        add = self.section.add
        add(f'{label}: dbsync follow', seen['dbsync'], 's')
        add(f'{label}: replication, 1 thread', seen['native 1'], 's')
        add(f'{label}: replication, {THREADS} threads (optimistic)', seen[f'native {THREADS}'], 's')
        add(f'{label}: mariadb-binlog \\| mariadb', seen['pipe'], 's')
        for name, bound in least.items():
            add(f'{label}: {name} / dbsync', ratio(seen[name], seen['dbsync']), 'ratio', ('>=', bound))

    def lags(self):
        """Of single transactions, and of a steady stream of them: seconds until seen."""
        say('follow, lag')
        process = self.rig.start(self.follow('--tables', 'lag'), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if 'caught up' in line:
                break
        writers = [Asking(self.rig, self.rig.source) for _ in range(4)]
        reader = Asking(self.rig, self.rig.target)
        idle = [self.one_lag(writers[0], reader) for _ in range(IDLE)]
        busy, rate = self.busy_lags(writers, reader)
        peak = re.search(r'VmHWM:\s+(\d+) kB', open(f'/proc/{process.pid}/status', encoding='ascii').read())[1]
        for asking in (*writers, reader):
            asking.leave(self.rig)
        process.terminate()
        process.communicate()
        self.rig.running.remove(process)
        self.section.add('lag of single transactions, p99', [self.p99(idle)], 's', ('<=', 0.3))
        self.section.add(f'lag under {rate:,.0f} transactions/s, p99', [self.p99(busy)], 's', ('<=', 1))
        self.section.add('peak memory of dbsync follow', [int(peak) / 1024], 'MiB', ('<=', 128))

    @staticmethod
    def p99(lags):
        return sorted(lags)[int(len(lags) * 0.99)] if len(lags) > 1 else lags[0]

    @staticmethod
    def one_lag(writer, reader):
        number = int(writer.ask('INSERT INTO lag (at) VALUES (NOW(6)); SELECT LAST_INSERT_ID();'))
        began = time.perf_counter()
        while (reader.ask('SELECT IFNULL(MAX(id), 0) FROM lag;') or '0') < str(number):
            if time.perf_counter() - began > 60:
                raise Failure('a transaction was not seen within 60 s')
        time.sleep(0.1)
        return time.perf_counter() - began - 0.1

    def busy_lags(self, writers, reader):
        batch = 10
        text = 'INSERT INTO lag (at) VALUES (NOW(6));' * batch
        lags, began, sent = [], time.perf_counter(), 0
        while time.perf_counter() - began < SECONDS:
            due = int((time.perf_counter() - began) * RATE)
            while sent < due:
                writers[sent // batch % len(writers)].say(text)
                sent += batch
            lags.append(float(reader.ask('SELECT TIMESTAMPDIFF(MICROSECOND, MAX(at), NOW(6)) / 1e6 FROM lag;')))
            time.sleep(0.02)
        return lags, sent / SECONDS

    def all(self, runs):
        self.prepare()
        self.rig.target.sql('DROP DATABASE IF EXISTS dbsync_state')
        self.stretch(runs, 'one', f'{self.single:,} one-row transactions',
                     {'native 1': 20, f'native {THREADS}': 4, 'pipe': 10})
        self.rig.target.sql('DROP DATABASE IF EXISTS dbsync_state')
        self.stretch(runs, 'many', f'{self.bulk} transactions of {EACH:,} rows', {'native 1': 0.7})
        self.rig.target.sql('DROP DATABASE IF EXISTS dbsync_state')
        self.lags()
        self.section.remark(f'Windows of dbsync follow: {statistics.median(self.windows):.0f} (median). ' + self.meter.told())


def follow(rig, runs, section):
    Following(rig, section).all(runs)
