"""Limits that the README names: what is said of them, that nothing is lost, and that it is not called equal."""
from harness import ServerTest, not_with_old


class Limits(ServerTest):
    scope = ()

    def incremental(self, code):
        answer = self.dbsync('incremental', *self.urls(), '--yes', '--allow', 'no-key', '--state-dir', 'state')
        return self.expect_exit(answer, code)

    @not_with_old('it has no JSON')
    def test_l4_json_without_a_key_between_families(self):
        if (self.source.family, self.target.family) != ('mariadb', 'mysql'):
            self.skipTest('of MariaDB and MySQL, in this order')
        self.on_both('CREATE TABLE t (j JSON)', 'CREATE TABLE u (id INT PRIMARY KEY, j JSON)')
        self.on_source("""INSERT INTO t VALUES ('{"a": 1}')""", """INSERT INTO u VALUES (1, '{"a": 1}')""")
        answer = self.incremental(6)
        self.assertIn('t: ', answer.text)
        self.assertIn('JSON', answer.text)
        # the others are written
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t'), [('0',)])
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM u'), [('1',)])
        self.assertEqual(self.verify(as_json=False).exit, 1)

    def test_l5_a_view_where_the_other_side_has_a_table(self):
        self.on_both('CREATE TABLE t (id INT PRIMARY KEY)', 'INSERT INTO t VALUES (1)')
        self.on_source('CREATE TABLE x (id INT PRIMARY KEY)', 'CREATE VIEW y AS SELECT id FROM t')
        self.on_target('CREATE VIEW x AS SELECT id FROM t', 'CREATE TABLE y (id INT PRIMARY KEY)', 'INSERT INTO y VALUES (7)')
        answer = self.incremental(6)
        for name in ('x', 'y'):
            self.assertRegex(answer.text, rf'{name}.*view')
        self.assertEqual(self.on_target('SELECT id FROM y'), [('7',)])
        self.assertEqual(self.on_target("SELECT TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME='x'"), [('VIEW',)])
        self.assertEqual(self.verify(as_json=False).exit, 6)
