"""full - both tables into a database of the target, by dbsync and by others.

Before each run, and outside of its time, the database is made anew (or holds
what is to be replaced), pages are written and the binary log is emptied.  After
each run CHECKSUM TABLE has to give the source's sums.
"""
import json
import shlex
import shutil

from rig import Failure

TABLES = ('sbtest1', 'orders')
COPY = 'bench_copy'


class Copying:
    """What each run told besides its time."""

    def __init__(self, rig, section, workers):
        self.rig, self.section, self.workers = rig, section, workers
        self.reports, self.peaks = [], []

    def wrong(self, text):
        if text not in self.section.wrong:
            self.section.wrong.append(text)

    def empty(self):
        target = self.rig.target
        target.sql(f'SET foreign_key_checks=0; DROP DATABASE IF EXISTS {COPY}; CREATE DATABASE {COPY}; RESET MASTER')
        target.settle()

    def check(self, name):
        for table in TABLES:
            if self.rig.source.checksum('bench', table) != self.rig.target.checksum(COPY, table):
                self.wrong(f'{name} left {table} different')

    def dbsync(self, *options):
        def run():
            self.empty()
            return self.full_sync(*options)
        return run

    def full_sync(self, *options):
        words = ['full-sync', '--yes', '--parallel', str(self.workers), '--tables', ','.join(TABLES), *options]
        seconds, text, peak = self.rig.watched(self.rig.command(*words, copy=COPY))
        report = json.loads(text)
        if report.get('verdict') not in ('equal', 'unverified'):
            raise Failure(f'dbsync says {report.get("verdict")} after full-sync')
        (self.rig.folder / report['backup']).unlink()
        self.reports.append(report)
        self.peaks.append(peak)
        self.check('dbsync')
        return seconds

    def over_a_copy(self):
        """The tables are there already, and go into the backup point."""
        self.rig.target.sql('RESET MASTER')
        self.rig.target.settle()
        return self.full_sync('--binlog', 'off')

    def options(self, server):
        return ['--host=127.0.0.1', f'--port={server.port}', f'--user={server.user}', f'--password={server.password}',
                f'--threads={self.workers}']

    def mydumper(self):
        """myloader writes no binary log unless it is told to."""
        self.empty()
        folder = self.rig.folder / 'mydumper'
        shutil.rmtree(folder, ignore_errors=True)
        steps = (['mydumper', *self.options(self.rig.source), '--database=bench', f'--regex=^bench\\.({"|".join(TABLES)})$',
                  f'--outputdir={folder}'],
                 ['myloader', *self.options(self.rig.target), f'--database={COPY}', f'--directory={folder}'])
        seconds, _ = self.rig.together([['bash', '-c', ' && '.join(map(shlex.join, steps))]])
        shutil.rmtree(folder, ignore_errors=True)
        self.check('myloader')
        return seconds

    def dump(self):
        self.empty()
        source, target = (['--defaults-file=' + str(server.config)] for server in self.rig.pair)
        pipe = ' | '.join(map(shlex.join, (
            ['mariadb-dump', *source, '--opt', '--single-transaction', 'bench', *TABLES],
            ['mariadb', *target, '--init-command=SET sql_log_bin=0', COPY])))
        seconds, _ = self.rig.together([['bash', '-o', 'pipefail', '-c', pipe]])
        self.check('mariadb-dump')
        return seconds

    def of_all(self, name):
        return [report[name] for report in self.reports]
