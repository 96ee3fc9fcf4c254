"""drift - a second copy of a table on the target, which differs from the source
and can be made to differ in the same way again, any number of times.

What a tool has left behind does not matter to that: the drifted rows are kept
in another database, and restore() puts these there, whatever is there now.
CHECKSUM TABLE says before each run whether that worked.
"""
import random

from rig import GAPS, Failure

COPY, KEPT = 'bench_drift', 'bench_kept'
SEED = 20240229
UPDATED, DELETED, INSERTED = 1000, 200, GAPS
SCATTERED = {'update': UPDATED, 'insert': DELETED, 'delete': INSERTED}     # to repair it


class Drift:
    """COPY.table, made of the one in "bench", which is equal to the source's.

    Statements "make" let the copy drift, and fill KEPT.table with what "again"
    needs to do so once more.
    """

    def __init__(self, rig, table, make, again):
        self.table, self.source, self.target, self.again = table, rig.source, rig.target, again
        rig.load(table)
        self.right = self.source.checksum('bench', table)
        if self.target.checksum('bench', table) != self.right:
            raise Failure(f'{table} is not equal to begin with')
        self.quietly(''.join(f'DROP DATABASE IF EXISTS {name};CREATE DATABASE {name};'
                             for name in (COPY, KEPT)) + remade(table, 'bench') + make)
        self.drifted = self.target.checksum(COPY, table)
        if self.drifted == self.right:
            raise Failure(f'{table} did not drift')

    def quietly(self, text):
        return self.target.sql('SET SESSION sql_log_bin=0, unique_checks=0;' + text)

    def restore(self):
        """Before each run: the same rows, at rest, and an empty binary log."""
        self.quietly(f'{self.again}ANALYZE TABLE {COPY}.{self.table};RESET MASTER;')
        self.target.settle()
        if self.target.checksum(COPY, self.table) != self.drifted:
            raise Failure(f'{self.table} did not drift in the same way again')

    def left(self):
        """After a run: how many rows are not as the source has them."""
        if self.target.checksum(COPY, self.table) == self.right:
            return 0
        ours, theirs = f'{COPY}.{self.table} o', f'bench.{self.table} t'
        columns = [name for name, in self.target.sql(
            "SELECT column_name FROM information_schema.columns "
            f"WHERE table_schema='bench' AND table_name='{self.table}'")]
        same = ' AND '.join(f'BINARY o.{name} <=> BINARY t.{name}' for name in columns)
        return sum(int(self.target.value(f'SELECT COUNT(*) FROM {text}')) for text in (
            f'{theirs} LEFT JOIN {ours} ON o.id = t.id WHERE NOT ({same})',
            f'{ours} LEFT JOIN {theirs} ON o.id = t.id WHERE t.id IS NULL'))

    def forget(self):
        self.quietly(f'DROP DATABASE {COPY};DROP DATABASE {KEPT};RESET MASTER;')


def listed(ids):
    return ','.join(map(str, ids))


def remade(table, database):
    """Makes the copy anew, equal to the table of another database."""
    return (f'DROP TABLE IF EXISTS {COPY}.{table};'
            f'CREATE TABLE {COPY}.{table} LIKE {database}.{table};'
            f'INSERT INTO {COPY}.{table} SELECT * FROM {database}.{table};')


def some_rows(rig, table, changes, there, gone=()):
    """After statements "changes" (of database COPY), which have touched rows that
    are "there" now, and others that are "gone"."""
    delete = f'DELETE FROM {COPY}.{table} WHERE id IN ({listed(gone)});' if gone else ''
    return Drift(rig, table,
                 f'USE {COPY};{changes}CREATE TABLE {KEPT}.{table} LIKE {table};'
                 f'INSERT INTO {KEPT}.{table} SELECT * FROM {table} '
                 f'WHERE id IN ({listed(there)});',
                 f'{delete}REPLACE INTO {COPY}.{table} SELECT * FROM {KEPT}.{table};')


def all_rows(rig, table, assignment):
    """Every row has another value.  To make the table anew is quicker than to
    change it back."""
    return Drift(rig, table,
                 f'UPDATE {COPY}.{table} SET {assignment};'
                 f'RENAME TABLE {COPY}.{table} TO {KEPT}.{table};' + remade(table, KEPT),
                 remade(table, KEPT))


def no_rows(rig, table):
    empty = f'TRUNCATE TABLE {COPY}.{table};'
    return Drift(rig, table, empty, empty)


def scattered(rig):
    """Three statements that change, delete and insert rows all over sbtest1, and
    the ids that each touches."""
    step = rig.rows // GAPS
    chosen = random.Random(SEED).sample(range(1, rig.rows + 1), UPDATED + DELETED)
    ids = [seq + (seq - 1) // step for seq in chosen]
    updated, deleted = ids[:UPDATED], ids[UPDATED:]
    inserted = [number * (step + 1) for number in range(1, INSERTED + 1)]
    return ((f'UPDATE sbtest1 SET k=k+1 WHERE id IN ({listed(updated)});', updated),
            (f'DELETE FROM sbtest1 WHERE id IN ({listed(deleted)});', deleted),
            ('INSERT INTO sbtest1 VALUES ' + ','.join(f'({key},1,0,0)' for key in inserted) + ';',
             inserted))
