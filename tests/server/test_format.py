"""Backup points of each format that was ever released: they are read, and restored on a real server.

What lies in tests/format, and how another one comes there: tests/format/README.md.
"""
import re
import shutil
from pathlib import Path

import harness
from test_writing import WritingTest

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ROOT / 'tests/format'
FAMILIES = ('mariadb', 'mysql')


def database_of(case):
    """A backup point names its database, so that every run of a case has the same."""
    return f'dbsync_format_{case}'


def cases():
    """(format, case), of all that are there."""
    return sorted((folder.parent.name, folder.name) for folder in FORMATS.glob('*/*/'))


class Golden(WritingTest):
    """Expected is what `before.sql` makes, which no dbsync has written."""
    scope = ()
    like_pairs = True

    def setUp(self):
        super().setUp()
        key = shutil.copy(FORMATS / 'key', Path(self.program.folder, 'key'))
        Path(key).chmod(0o600)
        self.env = {'DBSYNC_KEY_FILE': key}

    def make(self, place, name, file):
        self.new_database(place, name=name)
        with open(file, 'rb') as text:
            self.plain_client(text, name, place=place)

    # What a database holds, by plain statements -------------------------------

    def contents(self, name):
        with self.target.session(name) as session:
            tables = [table for table, in session.run("SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() "
                                                      "AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1")]
            return {'objects': self.objects(session, name), **{table: self.table(session, table) for table in tables}}

    @staticmethod
    def table(session, table):
        """Its definition, and its rows with all their bytes and digits, as many as there are."""
        forms = [{'float': f'`{column}` * 1e0', 'double': f'`{column}`'}.get(kind, f'CAST(`{column}` AS BINARY)')
                 if kind not in ('bit', 'point', 'binary', 'varbinary', 'blob') else f'HEX(`{column}`)'
                 for column, kind in session.run('SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() '
                                                 f"AND TABLE_NAME = '{table}' ORDER BY ORDINAL_POSITION")]
        rows = sorted(map(repr, session.run(f"SELECT {', '.join(forms)} FROM `{table}`")))
        # MySQL may say, or not, of a column which character set it has from its table
        return re.sub(r' CHARACTER SET \w+(?= COLLATE)', '', session.run(f'SHOW CREATE TABLE `{table}`')[0][1]), rows

    @staticmethod
    def objects(session, name):
        found = [session.run('SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = DATABASE()')]
        for columns, table, schema in (
                ('TABLE_NAME, VIEW_DEFINITION, SECURITY_TYPE, DEFINER', 'VIEWS', 'TABLE_SCHEMA'),
                ('ROUTINE_NAME, ROUTINE_TYPE, DTD_IDENTIFIER, ROUTINE_DEFINITION, SQL_MODE, DEFINER, DATABASE_COLLATION', 'ROUTINES', 'ROUTINE_SCHEMA'),
                ('SPECIFIC_NAME, ORDINAL_POSITION, PARAMETER_NAME, DTD_IDENTIFIER, COLLATION_NAME', 'PARAMETERS', 'SPECIFIC_SCHEMA'),
                ('TRIGGER_NAME, EVENT_OBJECT_TABLE, ACTION_TIMING, EVENT_MANIPULATION, ACTION_ORDER, ACTION_STATEMENT, SQL_MODE, DEFINER, '
                 'DATABASE_COLLATION', 'TRIGGERS', 'TRIGGER_SCHEMA'),
                ('EVENT_NAME, EVENT_DEFINITION, INTERVAL_VALUE, STARTS, STATUS, DEFINER, DATABASE_COLLATION', 'EVENTS', 'EVENT_SCHEMA')):
            rows = session.run(f'SELECT {columns} FROM information_schema.{table} WHERE {schema} = DATABASE() ORDER BY 1, 2')
            found.append([tuple(text.replace(f'`{name}`', '`db`') if isinstance(text, str) else text for text in row) for row in rows])
        return found

    # The promise ---------------------------------------------------------------

    def check_case(self, version, case):
        folder, name = FORMATS / version / case, database_of(case)
        point = folder / f'{self.target.family}.sql.zst'
        if not point.exists():
            self.skipTest(f'{case} is not of {self.target.family}')
        self.expect_exit(self.dbsync('backups', 'verify', point, env=self.env), 0)
        wanted = self.contents_of(folder / 'before.sql')
        self.make(self.target, name, folder / 'after.sql')
        self.assertNotEqual(self.contents(name), wanted, 'it has something to bring back')
        answer = self.expect_exit(self.dbsync('rollback', point, self.target.url(name), '--yes', '--any-server', '--json', env=self.env, limit=180), 0)
        self.assertEqual(self.contents(name), wanted, str(answer))

    def contents_of(self, file):
        """What a database holds that a file of statements has made."""
        expected = harness.new_database_name()
        self.make(self.target, expected, file)
        return self.contents(expected)


def test_of(version, case):
    def test(self):
        self.check_case(version, case)
    test.__doc__ = f'tests/format/{version}/{case}'
    return test


for each in cases():
    setattr(Golden, f'test_format_{each[0]}_{each[1]}', test_of(*each))


class Every(harness.unittest.TestCase):
    """A format of which there is no backup point here is one that nobody can promise to read."""
    once = True

    def test_format_of_this_version_has_its_backup_points(self):
        found = re.search(r'BACKUP_FORMAT = (\d+)', (ROOT / 'include/dbsync/backup/manifest.h').read_text(encoding='utf-8'))
        newest = int(found[1])
        have = {(version, family) for version, case in cases() for family in FAMILIES
                if (FORMATS / version / case / f'{family}.sql.zst').exists()}
        self.assertEqual(have, {(str(version), family) for version in range(1, newest + 1) for family in FAMILIES})
        self.assertGreaterEqual({case for version, case in cases() if version == str(newest)},
                                {case for version, case in cases() if version == '1'}, 'a format has the cases of the one before')


if __name__ == '__main__':
    harness.unittest.main()
