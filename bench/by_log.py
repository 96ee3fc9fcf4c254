"""by_log - what the binary logs say: comparing by them, and reading them.

Comparing: a copy on the target that is equal to the source, and known to be
(dbsync keeps an agreement), is changed by statements that the target logs.  All
of it is made anew before each run, and outside of its time.

Reading: rows are logged once, and each tool reads the same file of the log.
"""
import json
import random
import shlex
import shutil
from collections import Counter

from drift import COPY, DELETED, INSERTED, SCATTERED, SEED, UPDATED, listed, scattered
from rig import Failure
from turns import Meter, interleaved, ratio, say

BEFORE = 'bench_before'         # rows of a copy, as they were before it was changed
LOGGED = 'bench_log'
ROUND = 10000                   # rows of each table in it


def scattered_orders(rows):
    """As scattered(), in orders, whose numbers have no gaps: what is inserted lies
    behind the others."""
    ids = random.Random(SEED).sample(range(1, rows + 1), UPDATED + DELETED)
    updated, deleted = ids[:UPDATED], ids[UPDATED:]
    inserted = [rows + 10 * number for number in range(1, INSERTED + 1)]
    return ((f'UPDATE orders SET total=total+1 WHERE id IN ({listed(updated)});', updated),
            (f'DELETE FROM orders WHERE id IN ({listed(deleted)});', deleted),
            ('INSERT INTO orders (id, status, total, ordered_at, flags) VALUES ' +
             ','.join(f"({key},'paid',1,'2026-01-01',b'1')" for key in inserted) + ';', inserted))


def empty_logs(rig):
    """But for a transaction each, by which they are known again."""
    for server in rig.pair:
        server.sql('RESET MASTER; CREATE DATABASE IF NOT EXISTS bench_mark; '
                   'CREATE TABLE IF NOT EXISTS bench_mark.mark (n INT) ENGINE=InnoDB; '
                   'INSERT INTO bench_mark.mark VALUES (1);')


# --------------------------------------------------------------------------
# Comparing
# --------------------------------------------------------------------------

class Changed:
    """A copy of a table in another database of the target, or of the same name."""

    def __init__(self, rig, section, meter, table, changes, database='bench', copy=COPY):
        self.rig, self.section, self.meter = rig, section, meter
        self.table, self.database, self.copy, self.changes = table, database, copy, changes
        self.read = Counter()
        self.kept = f'{BEFORE}.{copy}_{table}'
        (_, updated), (_, deleted), (_, self.inserted) = changes
        text = f'CREATE DATABASE IF NOT EXISTS {BEFORE};'
        if copy != database:
            text += (f'CREATE DATABASE IF NOT EXISTS {copy};'
                     f'CREATE TABLE {copy}.{table} LIKE {database}.{table};'
                     f'INSERT INTO {copy}.{table} SELECT * FROM {database}.{table};')
        rig.target.sql('SET SESSION sql_log_bin=0, unique_checks=0;' + text +
                       f'CREATE TABLE {self.kept} AS SELECT * FROM {copy}.{table} '
                       f'WHERE id IN ({listed(updated + deleted)});')
        self.right = rig.source.checksum(database, table)
        empty_logs(rig)

    def wrong(self, text):
        if text not in self.section.wrong:
            self.section.wrong.append(text)

    def command(self, how, *options):
        return self.rig.command('incremental', '--yes', '--tables', self.table, '--changes-from',
                                how, *options, database=self.database, copy=self.copy)

    def report(self, text):
        report = json.loads(text)
        if report.get('verdict') != 'equal':
            raise Failure(f'dbsync says {report.get("verdict")} after incremental')
        if report['backup']:
            (self.rig.folder / report['backup']).unlink()
        return report

    def agree(self):
        """Equal, and known to be: whatever the run before has left."""
        self.rig.target.sql(f'REPLACE INTO {self.copy}.{self.table} SELECT * FROM {self.kept};'
                            f'DELETE FROM {self.copy}.{self.table} '
                            f'WHERE id IN ({listed(self.inserted)});')
        self.report(self.rig.together([self.command('binlog')])[1][0])
        self.rig.target.settle()

    def change(self):
        self.agree()
        counts = self.rig.target.sql(''.join(f'{text}SELECT ROW_COUNT();'
                                             for text, _ in self.changes), self.copy)
        if counts != [[str(len(ids))] for _, ids in self.changes]:
            raise Failure(f'changed, deleted, inserted {counts} rows')
        self.rig.target.settle()

    def used_log(self, report):
        if report['changes_from'] != 'binlog':
            raise Failure('the agreement was not used')
        return report['tables'][0]['read']

    def idle(self):
        self.agree()
        seconds, text = self.meter.run(f'`{self.table}`, nothing changed', self.command('binlog'))
        if self.used_log(self.report(text)) != 'none':
            self.wrong(f'{self.table} was read, and nothing had changed')
        return seconds

    def connected(self):
        """The same, from when both servers have been reached."""
        self.agree()
        return self.rig.behind(self.command('binlog', '--verbose'), 'dbsync: target ')

    def repaired(self, name, how):
        self.change()
        seconds, text = self.meter.run(f'`{self.table}`, {name}', self.command(how))
        report = self.report(text)
        written = [table['rows'] for table in report['written']]
        if written != [SCATTERED]:
            self.wrong(f'dbsync ({name}) wrote {written}, but {SCATTERED} is right')
        if self.rig.target.checksum(self.copy, self.table) != self.right:
            self.wrong(f'dbsync ({name}) left rows of {self.table} different')
        return seconds, report

    def by_log(self):
        seconds, report = self.repaired('by the log', 'binlog')
        self.read[self.used_log(report)] += 1
        return seconds

    def scan(self):
        return self.repaired('all rows', 'scan')[0]

    def pt_table_sync(self):
        self.change()
        return self.meter.run(f'`{self.table}`, pt-table-sync', self.rig.pt_table_sync(
            self.table, self.copy, '--execute'), (0, 2))[0]

    def told_read(self):
        return ' and '.join(f'"{how}" in {count} runs' for how, count in self.read.most_common())

    def forget(self):
        text = f'DROP TABLE {self.kept};'
        if self.copy != self.database:
            text += f'DROP DATABASE {self.copy};'
        self.rig.target.sql('SET SESSION sql_log_bin=0;' + text)


def beside_all(rig, runs, section, table, changes):
    """By the log, beside an idle run, a comparison of all rows, and pt-table-sync."""
    rig.load(table)
    say(f'by-log, {table}')
    meter = Meter(rig)
    changed = Changed(rig, section, meter, table, changes)
    seen = interleaved(runs, {'idle': changed.idle, 'connected': changed.connected,
                              'by log': changed.by_log, 'scan': changed.scan,
                              'pt-table-sync': changed.pt_table_sync})
    changed.forget()
    more = [a - b for a, b in zip(seen['by log'], seen['idle'])]
    for label, name in (('nothing changed: dbsync incremental --changes-from binlog', 'idle'),
                        ('1,300 rows changed: the same', 'by log'),
                        ('1,300 rows changed: dbsync incremental, all rows', 'scan'),
                        ('1,300 rows changed: pt-table-sync --execute', 'pt-table-sync')):
        section.add(f'`{table}`, {label}', seen[name], 's')
    section.add(f'`{table}`, nothing changed: after both servers were reached',
                seen['connected'], 's', ('<=', 0.15))
    section.add(f'`{table}`: by the log, more than when nothing changed', more, 's', ('<=', 0.3))
    section.add(f'`{table}`: all rows / by the log', ratio(seen['scan'], seen['by log']),
                'ratio', ('>=', 10))
    section.add(f'`{table}`: pt-table-sync / by the log',
                ratio(seen['pt-table-sync'], seen['by log']), 'ratio', ('>=', 40))
    section.remark(f'`{table}`: the report says of the table that was changed that it read '
                   f'{changed.told_read()}. {meter.told()}')


def sizes(rig, runs, section):
    """The same changes in a table that is ten times as large."""
    say('by-log, orders of two sizes')
    meter, changed = Meter(rig), {}
    for name, rows in (('bench_large', 5 * rig.rows), ('bench_small', rig.rows // 2)):
        rig.load('orders', name, rows=rows)
        changed[rows] = Changed(rig, section, meter, 'orders', scattered_orders(rows), name, name)
    seen = interleaved(runs, {rows: one.by_log for rows, one in changed.items()})
    for rows in changed:
        section.add(f'`orders` of {rows:,} rows, 1,300 changed: by the log', seen[rows], 's')
    section.add('large / small', ratio(*seen.values()), 'ratio', ('<=', 1.2))
    for one in changed.values():
        one.forget()
        rig.drop(one.database)


# --------------------------------------------------------------------------
# Reading
# --------------------------------------------------------------------------

class Log:
    """A file of the source's log, that of some changes of a table in LOGGED.  After
    all of them the rows are what they were."""

    def __init__(self, rig, section, meter):
        self.rig, self.section, self.meter = rig, section, meter
        self.state, self.kept = rig.folder / 'state', rig.folder / 'state-kept'
        self.file, self.rows = None, 0

    def write(self, text, rows):
        """Behind the place that dbsync has kept, so that what follows may be read
        from there any number of times."""
        for folder in (self.state, self.kept):
            shutil.rmtree(folder, ignore_errors=True)
        self.rig.verified(self.verify())
        self.rig.source.sql('FLUSH BINARY LOGS')
        shutil.copytree(self.state, self.kept)
        self.file = self.rig.source.sql('SHOW MASTER STATUS')[0][0]
        self.rig.source.sql(f'DELIMITER //\n{text}//', LOGGED)
        self.rig.source.settle()
        self.rows = rows

    def write_bulk(self, table, rounds):
        self.write(f'BEGIN NOT ATOMIC FOR n IN 1..{rounds} DO '
                   f'UPDATE {table} SET changed=1-changed; END FOR; END', rounds * ROUND)

    def write_single(self, count):
        self.write(f'BEGIN NOT ATOMIC FOR n IN 1..{count} DO UPDATE other SET changed=changed+1 '
                   f'WHERE id=1+n*7 MOD {ROUND}; END FOR; END', count)

    def verify(self):
        return self.rig.verify('--tables', 'logged', '--changes-from', 'binlog', '--state-dir',
                               str(self.state), database=LOGGED)

    def drain(self, name, is_read):
        shutil.rmtree(self.state)
        shutil.copytree(self.kept, self.state)
        seconds, text = self.meter.run(f'{name}, dbsync', self.verify())
        report = json.loads(text)
        if (report.get('verdict'), report['changes_from']) != ('equal', 'binlog'):
            raise Failure(f'dbsync says {report.get("verdict")} by {report["changes_from"]}')
        if (report['tables'][0]['read'] != 'none') != is_read:
            self.section.wrong.append(f'dbsync read "{report["tables"][0]["read"]}" of the table')
        return seconds

    def binlog(self, *options):
        source = self.rig.source
        return ['mariadb-binlog', '--no-defaults', '--host=127.0.0.1', f'--port={source.port}',
                f'--user={source.user}', f'--password={source.password}',
                '--read-from-remote-server', *options, self.file]

    def raw(self, name):
        folder = self.rig.folder / 'raw'
        folder.mkdir()
        seconds, _ = self.meter.run(f'{name}, mariadb-binlog --raw',
                                    self.binlog('--raw', f'--result-file={folder}/'))
        shutil.rmtree(folder)
        return seconds

    def lines(self, name, command):
        """Through a pipe, as who reads lines does."""
        pipe = shlex.join(map(str, command)) + ' | wc -l'
        seconds, text = self.meter.run(name, ['bash', '-o', 'pipefail', '-c', pipe])
        return seconds, int(text)

    def json(self, name):
        seconds, count = self.lines(f'{name}, dbsync changes', [
            self.rig.dbsync, 'changes', '--quiet', '--from', f'{self.file}:4', '--until', 'now',
            self.rig.source.url(LOGGED)])
        if count != self.rows:
            self.section.wrong.append(f'dbsync changes printed {count:,} lines, but {self.rows:,} '
                                      'rows were changed')
        return seconds

    def text(self, name):
        return self.lines(f'{name}, mariadb-binlog -v',
                          self.binlog('-v', '--base64-output=decode-rows'))[0]

    def rate(self, seconds):
        return [self.rows / value for value in seconds]


def draining(runs, section, log, name, is_read):
    """Beside a tool that only copies the log."""
    seen = interleaved(runs, {'dbsync': lambda: log.drain(name, is_read), 'raw': lambda: log.raw(name)})
    label = f'{log.rows:,} rows logged, {name}: '
    section.add(f'{label}dbsync verify --changes-from binlog', seen['dbsync'], 's')
    section.add(f'{label}mariadb-binlog -R --raw', seen['raw'], 's')
    section.add(f'{label}dbsync', log.rate(seen['dbsync']), 'rows/s')
    section.add(f'{label}mariadb-binlog --raw / dbsync', ratio(seen['raw'], seen['dbsync']),
                'ratio', ('>=', 1))


def printing(runs, section, log, name, least=None):
    """Beside a tool that prints the log as text."""
    seen = interleaved(runs, {'JSON': lambda: log.json(name), 'text': lambda: log.text(name),
                              'raw': lambda: log.raw(name)})
    label = f'{log.rows:,} rows, {name}: '
    section.add(f'{label}dbsync changes', seen['JSON'], 's')
    section.add(f'{label}mariadb-binlog -R -v', seen['text'], 's')
    section.add(f'{label}mariadb-binlog -R --raw', seen['raw'], 's')
    section.add(f'{label}dbsync changes', log.rate(seen['JSON']), 'rows/s', ('>=', 200000))
    section.add(f'{label}mariadb-binlog -v / dbsync changes', ratio(seen['text'], seen['JSON']),
                'ratio', least)


def reading(rig, runs, section):
    rig.load('logged', LOGGED)
    empty_logs(rig)
    log = Log(rig, section, Meter(rig))
    rounds = max(2, rig.rows // 2 // ROUND // 2 * 2)
    for name, table in (('of a table that is not compared', 'other'),
                        ('of a table that is compared', 'logged')):
        say(f'by-log, logging {rounds * ROUND:,} rows {name}')
        log.write_bulk(table, rounds)
        draining(runs, section, log, name, table == 'logged')
        if table == 'logged':
            printing(runs, section, log, 'in bulk')
    say('by-log, logging single rows')
    log.write_single(rig.rows // 10)
    printing(runs, section, log, 'one in each transaction', ('>=', 10))
    section.remark(log.meter.told())


# --------------------------------------------------------------------------
# The part
# --------------------------------------------------------------------------

def by_log(rig, runs, section):
    beside_all(rig, runs, section, 'sbtest1', scattered(rig))
    beside_all(rig, runs, section, 'orders', scattered_orders(rig.rows))
    sizes(rig, runs, section)
    reading(rig, runs, section)
    if not section.wrong:
        section.remark('In every run dbsync wrote exactly the 1,300 rows that differed, CHECKSUM '
                       'TABLE found nothing left, and dbsync changes printed each row once.')
