"""dbsync doctor: what works, what will not, and what to grant."""
import json
import os
import re

import test_config
from test_config import ROOT


class Doctor(test_config.ConfigTest):
    once = False

    def user(self, place, number, *grants):
        name = f'd{number}{self.db[9:]}'
        place.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY 'pw'", *(f"GRANT {grant} TO '{name}'@'%'" for grant in grants))
        self.addCleanup(place.sql, f"DROP USER IF EXISTS '{name}'@'%'")
        return name

    def doctor(self, source, target, exits):
        answer = self.expect_exit(self.dbsync('doctor', source, target, '--json'), exits)
        found = json.loads(answer.out)
        self.assertEqual(found['exit_status'], exits)
        return found['remarks'], answer

    @staticmethod
    def levels(remarks, level):
        return [(remark['about'], remark['text']) for remark in remarks if remark['level'] == level]

    def test_what_is_missing_is_granted_by_its_own_words(self):
        reader = self.user(self.source, 1, f'SELECT ON `{self.db}`.*')
        writer = self.user(self.target, 2, f'INSERT ON `{self.db}`.*')
        urls = self.source.url(self.db, reader, 'pw'), self.target.url(self.db, writer, 'pw')
        remarks, answer = self.doctor(*urls, 6)
        failed, = self.levels(remarks, 'fail')
        self.assertEqual(failed[0], 'target')
        self.assertIn('SELECT, UPDATE, DELETE, ALTER, TRIGGER', failed[1])
        self.assertNotIn('INSERT', failed[1])
        for remark in remarks:
            if remark['mend'] and remark['mend'].startswith('GRANT'):
                {'source': self.source, 'target': self.target}[remark['about']].sql(remark['mend'].rstrip(';'))
        remarks, answer = self.doctor(*urls, 0)
        self.assertEqual([remark for remark in remarks if (remark['mend'] or '').startswith('GRANT')], [], str(answer))
        # and they are enough
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        if self.target.family == 'mariadb':
            # MySQL's own users, such as the one of these tests, define things for their kin alone
            self.on_source('CREATE VIEW v AS SELECT * FROM t')
        self.expect_exit(self.dbsync('incremental', *urls, '--yes', '--allow', 'definers'), 0)
        self.on_target('DELETE FROM t')
        self.expect_exit(self.dbsync('full-sync', *urls, '--yes', '--allow', 'definers'), 0)
        self.same_rows('t', count=1)

    def test_grants_in_the_tree_are_enough(self):
        reader, writer = f'r{self.db[9:]}', f'w{self.db[9:]}'
        text = (ROOT / 'sql/grants.sql').read_text(encoding='utf-8').replace('shop', self.db).replace('dbsync_reader', reader).replace('dbsync_writer', writer)
        statements = [part.strip() for part in re.sub(r'^--.*$', '', text, flags=re.MULTILINE).split(';') if part.strip()]
        for place in {self.source.port: self.source, self.target.port: self.target}.values():
            by_hand = [f"GRANT REPLICATION CLIENT ON *.* TO '{writer}'@'%'"] if place.name == 'mysql-5.6' else []
            place.sql(*statements, *by_hand)
            for name in (reader, writer):
                self.addCleanup(place.sql, f"DROP USER IF EXISTS '{name}'@'%'")
        urls = self.source.url(self.db, reader, 'change this 1!'), self.target.url(self.db, writer, 'change this 2!')
        remarks, answer = self.doctor(*urls, 0)
        self.assertEqual([remark['text'] for remark in remarks if 'not granted' in remark['text']], [], str(answer))
        self.on_source('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        self.expect_exit(self.dbsync('full-sync', *urls, '--yes'), 0)
        found = json.loads(self.expect_exit(self.dbsync('verify', *urls, '--json'), 0).out)
        self.assertEqual(found['consistency']['source'], 'snapshot')

    def test_names_of_a_server_are_shown_safely_in_grants_too(self):
        name = self.new_database(name=self.db + '\x1b[31m')
        writer = self.user(self.target, 3)
        self.target.sql(f"GRANT SELECT ON `{name}`.* TO '{writer}'@'%'")
        answer = self.dbsync('doctor', self.source.url(name), self.target.url(name, writer, 'pw'))
        self.assertRegex(answer.out, r'GRANT SELECT, INSERT[A-Z, ]* ON `\S+\\x1b\[31m`\.\* TO')
        self.assertNotIn('\x1b', answer.out)
        self.assertIn(r'ON `dbsync\_%`.* TO', answer.out)

    def test_text_and_servers_that_are_not_to_be_had(self):
        text = self.expect_exit(self.dbsync('doctor', *self.urls()), 0)
        for word in ('source ok    connects as', 'target ok    connects as', 'max_allowed_packet', 'clock: ', 'link: ', '--digest auto begins with', 'free for backup points'):
            self.assertIn(word, text.out)
        remarks, _ = self.doctor('mysql://u@127.0.0.1:1/d', self.urls()[1], 4)
        self.assertEqual([about for about, _ in self.levels(remarks, 'fail')], ['source'])
        self.assertTrue(any(remark['about'] == 'target' and 'connects as' in remark['text'] for remark in remarks))
        remarks, _ = self.doctor(self.urls()[0], self.target.url(self.db + '_not'), 4)
        self.assertIn('Unknown database', self.levels(remarks, 'fail')[0][1])
        remarks, _ = self.doctor(self.source.url(), self.target.url(), 0)
        self.assertIn('no database is named', self.levels(remarks, 'note')[0][1])

    def test_way_that_rows_of_full_sync_would_take(self):
        """On a server whose settings are this test's own."""
        place = self.server(self.target.name, f'doctor-{os.getpid()}', options=('--binlog-format=ROW', '--local-infile=0'))
        self.new_database(place, name=self.db)
        cases = [('ROW', 0, 'loads with arrays of rows' if place.family == 'mariadb' else 'loads with INSERT'), ('STATEMENT', 0, 'loads with INSERT'),
                 ('STATEMENT', 1, 'loads with LOAD DATA')]
        for binlog_format, local_infile, expected in cases:
            with self.subTest(binlog_format=binlog_format, local_infile=local_infile):
                place.sql(f"SET GLOBAL binlog_format = '{binlog_format}'", f'SET GLOBAL local_infile = {local_infile}')
                remarks, answer = self.doctor(self.source.url(), place.url(), 0)
                said = [remark['text'] for remark in remarks if remark['about'] == 'target' and 'full-sync loads' in remark['text']]
                self.assertEqual(len(said), 1, str(answer))
                self.assertIn(expected, said[0])

    def test_item_28_packet_of_the_target_that_is_smaller(self):
        small = self.server(self.target.name, f'packet-{os.getpid()}', options=('--max-allowed-packet=16M',))
        large = self.server(self.target.name, f'packets-{os.getpid()}', options=('--max-allowed-packet=128M',))
        for place in (small, large):
            self.new_database(place, name=self.db)
        found, _ = self.doctor(large.url(self.db), small.url(self.db), 0)
        self.assertIn(('both', 'note', 'max_allowed_packet: 134.2 MB on the source, 16.8 MB on the target: larger rows of the source cannot be written'),
                      [tuple(remark[key] for key in ('about', 'level', 'text')) for remark in found])
        self.assertNotIn('cannot be written', json.dumps(self.doctor(small.url(self.db), large.url(self.db), 0)[0]))

    def test_tables_that_only_the_target_has(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)')
        self.on_target('CREATE TABLE import_leftover (id INT PRIMARY KEY)')
        urls = self.source.url(self.db), self.target.url(self.db)
        said = [remark for remark in self.doctor(*urls, 0)[0] if 'import_leftover' in remark['text']]
        self.assertEqual([(remark['level'], remark['mend']) for remark in said], [('note', '--extra-tables keep, or drop')])
        self.assertIn('exit status 6', said[0]['text'])
        kept = json.loads(self.expect_exit(self.dbsync('doctor', *urls, '--json', '--extra-tables', 'keep'), 0).out)['remarks']
        self.assertEqual([remark['level'] for remark in kept if 'import_leftover' in remark['text']], ['ok'])
        for options in (('--exclude-tables', 'import_*'), ('--tables', 't')):
            answer = self.expect_exit(self.dbsync('doctor', *urls, '--json', *options), 0)
            self.assertNotIn('import_leftover', answer.out, str(answer))
