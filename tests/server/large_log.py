#!/usr/bin/python3
"""large_log.py - a binary log above 4 GiB: its positions have more than 32 bits (HC-203).

usage: tests/server/large_log.py [--servers A,B...] [--gib N]

A file is larger than max_binlog_size (1 GiB at most) by one transaction, and by those that are committed
together with it.  So each server writes one of N GiB (default 4.2) and two small ones behind it, and
each line of all three leads on.  Needs 4 times N GiB in TMPDIR and some minutes for each server;
scripts/test does not run it.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'property'), str(HERE.parent / 'support')]

import harness  # noqa: E402  (its folder has just been named)
from test_log_cases import LogCase as Base  # noqa: E402

GIB, ROW = 1 << 30, 1 << 20
SERVERS = 'mariadb-10.5,mariadb-10.11,mariadb-11.8,mysql-9'


class LargeLog(Base):
    size = 0        # bytes

    def two_servers(self, source, target):
        place = self.server(source, 'large', options=('--max-binlog-size=1G', '--loose-innodb-log-file-size=1G', '--loose-innodb-redo-log-capacity=2G', '--innodb-buffer-pool-size=512M'))
        return place, place

    def dbsync(self, *words, **how):
        return super().dbsync(*words, **{**how, 'limit': 600})

    def fill(self):
        """Writes that transaction and, in the same file, the small ones; all but the last statement of each before its COMMIT."""
        name = self.new_database(self.place)
        self.place.sql('CREATE TABLE numbers (n INT PRIMARY KEY)', 'CREATE TABLE large (n INT PRIMARY KEY, data LONGBLOB)',
                       'INSERT INTO numbers VALUES ' + ','.join(f'({n})' for n in range(self.size // ROW + 1)), database=name)
        if self.family == 'mariadb' and self.place.version >= (11, 7):
            # else it has a file of its own: test_log_cases
            self.place.sql(f'SET GLOBAL binlog_large_commit_threshold={2 ** 63}')
        if self.family == 'mariadb':
            # they wait for each other
            self.place.sql('SET GLOBAL binlog_commit_wait_count=3', 'SET GLOBAL binlog_commit_wait_usec=60000000')
        else:
            # the others come while it is written, and before the file is left
            self.place.sql('SET GLOBAL binlog_group_commit_sync_delay=1000000')
        work = (('INSERT INTO a VALUES (10,0)', f"INSERT INTO {name}.large SELECT n, REPEAT('x', {ROW}) FROM {name}.numbers", 'UPDATE a SET v=7 WHERE id=10'),
                ('INSERT INTO a VALUES (11,1), (12,2)',), ('DELETE FROM a WHERE id=1',))
        sessions = [self.place.session(self.db) for _ in work]
        commits = []
        for session, statements in zip(sessions, work):
            for statement in ('BEGIN', *statements):
                session.run(statement)
        for session in sessions:
            commits.append(harness.Background(lambda _, session=session: session.run('COMMIT')))
            time.sleep(0.7)
        for session, commit in zip(sessions, commits):
            commit.stop(600)
            session.close()

    @staticmethod
    def position(line):
        return int(line['place'].split('@')[0].rpartition(':')[2].partition('+')[0])

    def runTest(self):
        self.agree()
        before = self.now()
        self.changes('--state', 'place')
        self.fill()
        lines = self.changes('--from', before)
        self.assertEqual([(line['kind'], line['key']['id']) for line in lines],
                         [('insert', 10), ('update', 10), ('insert', 11), ('insert', 12), ('delete', 1)])
        self.assertEqual({line['place'].split(':')[0] for line in lines}, {before.split(':')[0]}, 'the file is the same')
        for line in lines[1:]:
            self.assertGreater(self.position(line), self.size)
        for number, line in enumerate(lines):
            self.assertEqual(self.changes('--from', line['place']), lines[number + 1:])
        self.assertEqual(self.changes('--state', 'place'), lines)
        self.assertEqual(self.changes('--state', 'place'), [])
        self.named((3, 0, 1))


def main():
    made = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    made.add_argument('--servers', default=SERVERS)
    made.add_argument('--gib', type=float, default=4.2)
    asked = made.parse_args()
    LargeLog.size = int(asked.gib * GIB)
    # not in memory: it may be all that there is
    harness.memory_folder = lambda: None
    needed = 4 * LargeLog.size
    if shutil.disk_usage(tempfile.gettempdir()).free < needed:
        sys.exit(f'large_log.py: {needed / GIB:.1f} GiB are needed in {tempfile.gettempdir()} (TMPDIR)')
    found = 0
    for name in asked.servers.split(','):
        os.environ['DBSYNC_TEST_PAIR'] = f'{name},{name}'
        print(name, flush=True)
        found |= not unittest.TextTestRunner().run(LargeLog()).wasSuccessful()
        harness.stop_servers()
    sys.exit(found)


if __name__ == '__main__':
    main()
