"""The configuration file, as somebody meets it: what is in force, jobs, mistakes, secrets."""
import json
import os
import re
from pathlib import Path

import harness
import test_writing

ROOT = Path(harness.__file__).resolve().parents[2]
SECRET = 'S3cret of the test'
MISSION = '''{
  "sync_settings": {
    "default_mode": "incremental",
    "backup_before_sync": true,
    "verify_after_sync": true,
    "max_retry_attempts": 3
  },
  "table_settings": {
    "exclude_tables": ["temp_*"],
    "force_full_sync_tables": ["settings"]
  }
}
'''


class ConfigTest(test_writing.WritingTest):
    once = True
    scope = ()

    def write(self, text, name='scripts/sync-config.json', mode=0o644):
        os.makedirs(os.path.join(self.program.folder, os.path.dirname(name)), exist_ok=True)
        return self.program.file(name, text if isinstance(text, str) else json.dumps(text), mode)

    def env_file(self, source=None, target=None):
        lines = []
        for prefix, place, database in (('DB', self.source, source or self.db), ('BACKUP_DB', self.target, target or self.db)):
            lines += [f'{prefix}_HOST=127.0.0.1', f'{prefix}_PORT={place.port}', f'{prefix}_NAME={database}',
                      f'{prefix}_USER={harness.USER}', f'{prefix}_PASSWORD={harness.PASSWORD}']
        self.program.file('.env', '\n'.join(lines) + '\n')

    def drifted(self):
        self.on_both('CREATE TABLE orders (id INT PRIMARY KEY, v INT)', 'CREATE TABLE temp_x (id INT PRIMARY KEY)',
                     'CREATE TABLE settings (id INT PRIMARY KEY)')
        self.on_source('INSERT INTO orders VALUES (1, 1), (2, 2)', 'INSERT INTO temp_x VALUES (1)', 'INSERT INTO settings VALUES (5)')
        self.on_target('INSERT INTO orders VALUES (1, 0)')

    def side(self, place, database=None, **more):
        return {'host': '127.0.0.1', 'port': place.port, 'user': harness.USER, 'database': database or self.db, **more}

    def shown(self, *words, env=None):
        """Value and origin of each line of `config show`."""
        answer = self.expect_exit(self.dbsync('config', 'show', *words, env=env), 0)
        lines = [re.split(r'\s{2,}', line.strip()) for line in answer.out.splitlines()[1:]]
        return {words[0].split()[0]: (words[0].split(None, 1)[1] if ' ' in words[0] else words[1], words[-1]) for words in lines}


class InForce(ConfigTest):
    def test_files_of_the_script_that_it_replaces_are_read_as_they_are(self):
        self.drifted()
        self.write(MISSION)
        self.env_file()
        answer = self.expect_exit(self.dbsync('run', '--yes', '--json'), 0)
        found = json.loads(answer.out)
        self.assertEqual((found['command'], found['verdict']), ('incremental', 'equal'), str(answer))
        self.same_rows('orders', count=2)
        self.same_rows('settings', count=1)
        self.assertEqual([entry['table'] for entry in found['copies']['tables']], ['settings'])
        self.assertEqual(self.on_target('SELECT * FROM temp_x'), [])
        self.assertTrue(found['backup'].startswith('backups/database/backup_point_'), str(answer))
        self.expect_exit(self.dbsync('verify', '--quiet'), 0)
        self.expect_exit(self.dbsync('rollback', found['backup'], '--yes'), 0)
        self.assertEqual(self.on_target('SELECT * FROM orders'), [('1', '0')])

    def test_keys_do_what_their_options_do(self):
        for text, name, value in (({'sync_settings': {'backup_before_sync': False}}, 'no-backup', 'yes'),
                                  ({'sync_settings': {'verify_after_sync': False}}, 'verify', 'none'),
                                  ({'sync_settings': {'verify_after_sync': 'full'}}, 'verify', 'full'),
                                  ({'sync_settings': {'max_retry_attempts': 7}}, 'retries', '7'),
                                  ({'connections': {'max_retries': 6}}, 'retries', '6'),
                                  ({'batch': {'confirm_destructive': False}}, 'yes', 'yes'),
                                  ({'batch': {'max_concurrent': 2}}, 'parallel', '2'),
                                  ({'batch': {'show_progress': False}}, 'progress', 'none'),
                                  ({'table_settings': {'exclude_tables': ['a*', 'b']}}, 'exclude-tables', 'a*, b'),
                                  ({'options': {'max_changes': 9}}, 'max-changes', '9'),
                                  ({'options': {'allow-empty': 'x,y'}}, 'allow-empty', 'x, y'),
                                  ({'options': {'recheck_pause': 0.5}}, 'recheck-pause', '0.5'),
                                  ({'options': {'where': {'t': 'id < 3', 'u': 'a:b'}}}, 'where', 't:id < 3, u:a:b'),
                                  ({'options': {'ignore_columns': ['t.c']}}, 'ignore-columns', 't.c'),
                                  ({'options': {'ignore_columns': {'t': ['c', 'd'], 'u': 'e'}}}, 'ignore-columns', 't.c, t.d, u.e'),
                                  ({'options': {'quiet': True}}, 'quiet', 'yes')):
            with self.subTest(text=text):
                section, = text
                key, = text[section]
                self.write(text)
                self.assertEqual(self.shown('incremental')[name], (value, f'scripts/sync-config.json: {section}.{key}'))

    def test_command_line_goes_before_the_job_and_that_before_the_file(self):
        self.write({'options': {'max_changes': 1, 'tables': ['of_file'], 'details': 3},
                    'jobs': {'shop': {'options': {'max_changes': 2, 'tables': ['of_job']}, 'sync_settings': {'max_retry_attempts': 9}}}})
        found = self.shown('incremental', '--max-changes', 3, 'shop')
        self.assertEqual(found['max-changes'], ('3', '--max-changes'))
        self.assertEqual(found['tables'], ('of_job', 'scripts/sync-config.json: jobs.shop.options.tables'))
        self.assertEqual(found['details'], ('3', 'scripts/sync-config.json: options.details'))
        self.assertEqual(found['retries'][0], '9')
        self.assertEqual(found['digest'], ('auto', 'default'))
        self.assertEqual(self.shown('incremental', '--tables', 'mine', '--job', 'shop')['tables'], ('mine', '--tables'))
        self.assertEqual(self.shown('verify')['tables'][0], 'of_file')

    def test_servers_come_from_the_first_place_that_names_them(self):
        self.write({'source': 'mysql://u@file/a', 'target': 'mysql://u@file/b', 'connections': {'default_timeout': 2},
                    'jobs': {'shop': {'source': {'host': 'job', 'user': 'j', 'password': ''}}}}, mode=0o600)
        env = {'DBSYNC_SOURCE': 'mysql://u@environment/a'}
        self.assertEqual(self.shown('verify')['source'][1], 'scripts/sync-config.json')
        self.program.file('.env', 'DB_HOST=dotenv\n')
        self.assertEqual(self.shown('verify')['source'][1], '.env')
        self.assertEqual(self.shown('verify')['target'][1], 'scripts/sync-config.json')
        self.assertEqual(self.shown('verify', env=env)['source'][1], 'DBSYNC_SOURCE')
        self.assertEqual(self.shown('verify', 'shop', env=env)['source'][1], 'the job')
        found = self.shown('verify', 'mysql://u@line/a', 'mysql://u:secret@line/b', env=env)
        self.assertEqual((found['source'][1], found['target'][0]), ('the command line', 'u@line:3306/b, password ***'))

    def test_configuration_is_found_where_it_is_said_to_be(self):
        self.write({'options': {'details': 4}}, 'elsewhere.json')
        self.write({'options': {'details': 5}})
        self.assertEqual(self.shown('verify')['details'][0], '5')
        self.assertEqual(self.shown('verify', '--config', 'elsewhere.json')['details'], ('4', 'elsewhere.json: options.details'))
        self.assertEqual(self.shown('verify', env={'DBSYNC_CONFIG': 'elsewhere.json'})['details'][0], '4')
        self.assertEqual(self.shown('verify', '--config', '')['details'], ('0', 'default'))
        self.expect_error(self.dbsync('verify', '--config', 'nowhere.json'), 2, 'nowhere.json', 'no such file')

    def test_schema_in_the_tree_is_that_of_the_options(self):
        answer = self.expect_exit(self.dbsync('config', 'schema'), 0)
        self.assertEqual(answer.out, (ROOT / 'docs/config.schema.json').read_text(encoding='utf-8'), 'dbsync config schema > docs/config.schema.json')
        options = json.loads(answer.out)['properties']['options']['properties']
        for command in ('verify', 'dry-run', 'incremental', 'full-sync', 'rollback', 'backups', 'status', 'doctor', 'explain'):
            said = set(re.findall(r'^ +(?:-\w, )?--([a-z-]+)', self.dbsync(command, '--help').out, re.MULTILINE))
            self.assertEqual({name.replace('-', '_') for name in said} - set(options), {'help', 'config', 'job', 'all'}, command)


class Jobs(ConfigTest):
    def pairs(self, count):
        """Databases of their own; one row is missing in each target."""
        names = [self.new_database(self.source) for _ in range(count)]
        for name in names:
            self.new_database(self.target, name=name)
            self.source.sql('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)', database=name)
            self.target.sql('CREATE TABLE t (id INT PRIMARY KEY)', database=name)
        return {f'job{n}': {'source': self.side(self.source, name, password=harness.PASSWORD),
                            'target': self.side(self.target, name, password=harness.PASSWORD)} for n, name in enumerate(names)}

    def test_one_of_twenty_fails_and_the_others_are_done(self):
        jobs = self.pairs(20)
        jobs['job7']['source']['database'] += '_that_is_not_there'
        self.write({'jobs': jobs}, mode=0o600)
        answer = self.dbsync('incremental', '--all', '--json', '--yes')
        self.expect_exit(answer, 4)
        found = json.loads(answer.out)
        self.assertEqual((found['command'], found['exit_status'], len(found['jobs'])), ('incremental', 4, 20))
        self.assertEqual({job['job']: job['exit_status'] for job in found['jobs']}, {f'job{n}': 4 if n == 7 else 0 for n in range(20)})
        self.assertIn('that_is_not_there', found['jobs'][7]['result']['error']['text'])
        self.assertEqual({job['result']['verdict'] for job in found['jobs'] if job['job'] != 'job7'}, {'equal'})
        text = self.expect_exit(self.dbsync('verify', 'job0', 'job7', 'job1'), 4)
        self.assertRegex(text.out, r'(?s)== job0 ==.*== job7 ==.*== job1 ==.*jobs:\n  job0: done \(exit status 0\)\n  job7: server \(exit status 4\)\n  job1: done')

    def test_json_that_the_file_asks_for_is_one_object_as_well(self):
        jobs = self.pairs(2)
        self.write({'jobs': jobs, 'options': {'json': True}}, mode=0o600)
        self.assertEqual(len(json.loads(self.expect_exit(self.dbsync('verify', '--all'), 1).out)['jobs']), 2)
        jobs['job1']['options'] = {'json': True}
        self.write({'jobs': jobs}, mode=0o600)
        self.assertEqual([job['result']['verdict'] for job in json.loads(self.dbsync('verify', '--all').out)['jobs']], ['different'] * 2)

    def test_one_job_has_the_answer_of_its_command(self):
        self.write({'jobs': self.pairs(1)}, mode=0o600)
        answer = self.expect_exit(self.dbsync('incremental', 'job0', '--json', '--yes'), 0)
        self.assertEqual(json.loads(answer.out)['verdict'], 'equal')
        backup = json.loads(answer.out)['backup']
        again = self.expect_exit(self.dbsync('rollback', backup, '--job', 'job0', '--yes', '--json'), 0)
        self.assertEqual(json.loads(again.out)['verdict'], 'restored')

    def test_what_cannot_be(self):
        self.write({'jobs': self.pairs(2)}, mode=0o600)
        self.expect_error(self.dbsync('verify', 'job3'), 2, 'no job `job3`', 'job0, job1')
        urls = self.urls()
        for words in (('job0', 'mysql://u@h/d'), ('--job', 'job0', *urls), ('--all', *urls)):
            self.expect_error(self.dbsync('verify', *words), 2, 'jobs or URLs')
        for words in (('--all', 'job3'), ('--all', '--job', 'job3')):
            self.expect_error(self.dbsync('verify', *words), 2, 'no job `job3`')
        self.expect_error(self.dbsync('backups', 'list', '--all'), 2, '--all is not for')
        self.expect_error(self.dbsync('rollback', 'x', '--job', 'job0,job1'), 2, 'one job at a time')
        self.expect_error(self.dbsync('verify', '--all', '--config', ''), 2, 'no configuration file')
        self.expect_error(self.dbsync('verify', '--job', 'x', '--config', ''), 2, 'no configuration file')


# What stands in the file, and words of the answer (exit status 2).
MISTAKES = (
    ('{', 'not JSON'), ('[]', 'not a JSON object'), ('{} x', 'follows its end'), ('{"a" 1}', 'line 1'), ('', 'not JSON'),
    ('{"sync_setings": {}}', 'did you mean `sync_settings`'),
    ('{"sync_settings": 3}', 'takes an object'),
    ('{"sync_settings": {"backup_befor_sync": true}}', 'did you mean `backup_before_sync`'),
    ('{"sync_settings": {"backup_before_sync": "yes"}}', 'sync_settings: backup_before_sync: it takes true or false'),
    ('{"sync_settings": {"default_mode": "sync"}}', 'incremental, full-sync'),
    ('{"sync_settings": {"max_retry_attempts": 0}}', 'from 1 to 100'),
    ('{"sync_settings": {"max_retry_attempts": "3"}}', 'takes a number'),
    ('{"sync_settings": {"verify_after_sync": "al"}}', 'changed, full, none'),
    ('{"table_settings": {"exclude_tables": 3}}', 'a text or an array of texts'),
    ('{"table_settings": {"exclude_tables": [3]}}', 'texts in its array'),
    ('{"connections": {"default_timeout": -1}}', 'seconds from 1'),
    ('{"options": {"max_chnges": 3}}', 'did you mean `max-changes`'),
    ('{"options": {"max_changes": 1.5}}', 'takes a number'),
    ('{"options": {"help": true}}', 'no key `help`'),
    ('{"options": {"digest": "md5"}}', 'auto, stream, server'),
    ('{"source": 3}', 'a URL or an object'),
    ('{"source": {"hst": "a"}}', 'did you mean `host`'),
    ('{"source": {"port": "x"}}', 'port is not a number'),
    ('{"source": {"password": "a", "password_command": "b"}}', 'say one'),
    ('{"target": "mysql://a b"}', 'target'),
    ('{"jobs": {"a": {"jobs": {}}}}', 'no key `jobs`'),
    ('{"jobs": {"a": {"sync_settings": {"default_mode": "verify"}}}}', 'whole file'),
    ('{"jobs": {"--all": {}}}', 'cannot be the name of a job'),
    ('{"jobs": []}', 'named jobs'))


class Mistakes(ConfigTest):
    def test_each_is_named_with_its_place(self):
        for text, word in MISTAKES:
            with self.subTest(text=text):
                self.write(text)
                for words in (('config', 'check'), ('verify',)):
                    self.expect_error(self.dbsync(*words), 2, 'scripts/sync-config.json', word)

    def test_item_28_check_names_all_of_them_at_once(self):
        self.program.file('many.json', json.dumps({
            'sync_settings': {'default_mode': 'nonsense', 'max_retry_attempts': 'x'}, 'nokey': 1, 'table_settings': {'exclude_tables': 5},
            'jobs': {'shop': {'options': {'parallel': -3, 'paralel': 1}}, '-x': {}}}))
        answer = self.expect_exit(self.dbsync('config', 'check', '--config', 'many.json'), 2)
        said = [line for line in answer.err.splitlines() if line.startswith('dbsync: ')]
        self.assertEqual([line.split(': ')[1] for line in said], ['`many.json`'] * 7, str(answer))
        for words in ('sync_settings: default_mode: it takes one of', 'sync_settings: max_retry_attempts: ', '`nokey`', 'table_settings: exclude_tables: ',
                      'jobs: shop: options: parallel: ', 'jobs: shop: options: ', '`-x` cannot be the name of a job'):
            self.assertTrue([line for line in said if words in line], f'{words}\n{answer}')
        run = self.expect_exit(self.dbsync('verify', '--config', 'many.json'), 2)
        self.assertEqual(len([line for line in run.err.splitlines() if line.startswith('dbsync: ')]), 1, str(run))

    def test_check_says_that_all_is_well(self):
        answer = self.expect_exit(self.dbsync('config', 'check'), 0)
        self.assertIn('no configuration file', answer.out)
        self.write('/* a comment */ ' + MISSION.replace('"sync_settings"', '// another\n"sync_settings"'))
        self.assertIn(': valid; jobs: ', self.expect_exit(self.dbsync('config', 'check'), 0).out)
        self.expect_error(self.dbsync('config', 'chekc'), 2, 'did you mean `check`')
        self.expect_error(self.dbsync('config'), 2, 'check, show, mode or schema')
        self.expect_error(self.dbsync('config', 'check', 'x'), 2, 'not `x`')

    def test_errors_are_objects_for_programs(self):
        self.write({'options': {'nothing': 1}})
        answer = self.expect_exit(self.dbsync('verify', '--json'), 2)
        self.assertEqual(json.loads(answer.out)['error']['code'], 'usage')
        for words in (('run', '--json', '--config', 'nowhere'), ('run', '--json', '--nothing', '--config', ''), ('verify', '--nothing', '--json')):
            answer = self.expect_exit(self.dbsync(*words), 2)
            self.assertEqual(json.loads(answer.out)['error']['code'], 'usage', str(answer))


class Secrets(ConfigTest):
    def user(self, place):
        name = f'c{self.db[9:]}'
        place.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{SECRET}'", f"GRANT ALL ON `{self.db}`.* TO '{name}'@'%'")
        self.addCleanup(place.sql, f"DROP USER '{name}'@'%'")
        return name

    def test_password_that_others_may_read_is_refused(self):
        for sides in ({'source': f'mysql://u:{SECRET.split()[0]}@h/d'}, {'target': {'password': SECRET}},
                      {'jobs': {'a': {'target': {'url': f'mysql://u:{SECRET.split()[0]}@h/d'}}}}):
            self.write(sides, mode=0o640)
            answer = self.expect_error(self.dbsync('config', 'check'), 3, 'chmod', 'password_command')
            self.assertNotIn(SECRET.split()[0], answer.text)
            self.write(sides, mode=0o600)
            self.assertNotIn(SECRET.split()[0], self.expect_exit(self.dbsync('config', 'show', 'verify'), 0).text)

    def test_password_in_the_wrong_place_is_not_repeated(self):
        word = SECRET.split()[0]
        self.write({'jobs': {'a': {}}})
        for words in (('config', 'check', '--config', f'mysql://u:{word}@h/x'), ('config', 'check', f'mysql://u:{word}@h'), ('verify', f'u:{word}@h/x'),
                      ('run', '--config', f'mysql://u:{word}@h/x'), ('rollback', f'mysql://u:{word}@h/x'), ('rollback', f'mysql://u:{word}@h/x', '--json')):
            answer = self.dbsync(*words)
            self.assertNotIn(word, answer.out + answer.err, str(words))
            self.expect_exit(answer, 2)

    def test_password_is_what_a_command_prints(self):
        self.drifted()
        name = self.user(self.source)
        self.program.file('secret', SECRET + '\nsecond line\n')
        self.write({'source': self.side(self.source, user=name, password_command='cat secret'),
                    'target': self.side(self.target, password_command=f'printf {harness.PASSWORD}')})
        answer = self.expect_exit(self.dbsync('verify', '--data-only'), 1)
        self.assertNotIn(SECRET, answer.text)
        self.assertNotIn(SECRET, self.expect_exit(self.dbsync('config', 'show', 'verify'), 0).text)
        for command, word in (('false', 'it failed (exit status 1)'), ('true', 'it printed nothing'), ('no-such-program-x', 'it failed (exit status 127)')):
            self.write({'source': self.side(self.source, user=name, password_command=command), 'target': self.side(self.target)})
            self.expect_error(self.dbsync('verify'), 3, 'source', 'password_command', word)
