"""Where in its key space a table differs, in the result and on the page."""
import math
import os
import re
import time

from harness import MODES, once
from test_key_space import WIDE
from test_operation import Page
from test_writing import WritingTest

MANY = 10_000           # rows; with WIDE, enough for several ranges


class Strip(WritingTest):
    def fill(self, name='t', ids=range(MANY)):
        self.on_both(f'CREATE TABLE {name} (id INT NOT NULL PRIMARY KEY, v INT NOT NULL{WIDE})')
        self.insert(name, ('id', 'v'), [(n, n) for n in ids])
        for place in (self.source, self.target):
            place.sql(f'ANALYZE TABLE {name}', database=self.db)

    def two_places(self):
        self.on_target('UPDATE t SET v=-1 WHERE id=1500', 'DELETE FROM t WHERE id BETWEEN 8900 AND 8909')
        return [1500, *range(8900, 8910)]

    @staticmethod
    def cells(table):
        """(low, high, cell) of the strip of a table whose key is one number."""
        strip = table['strip']
        lows = [-1 if cell['from'] is None else int(re.fullmatch(r'id=(\d+)', cell['from'])[1]) for cell in strip]
        return list(zip(lows, [*lows[1:], math.inf], strip))

    def expect_places(self, table, keys, answer):
        """The strip is of the whole table, and differs where these keys are and nowhere else."""
        cells = self.cells(table)
        self.assertGreater(len(cells), 3, str(answer))
        self.assertIsNone(table['strip'][0]['from'], str(answer))
        self.assertEqual([low for low, _, _ in cells], sorted({low for low, _, _ in cells}), str(answer))
        for low, high, cell in cells:
            self.assertEqual(cell['insert'] + cell['update'] + cell['delete'], len([key for key in keys if low <= key < high]),
                             f'changes in {low} ... {high}\n{answer}')
        for name in ('rows_source', 'rows_target', 'insert', 'update', 'delete', 'ranges'):
            self.assertEqual(sum(cell[name] for cell in table['strip']), table[name], f'{name}\n{answer}')
    def test_cells_that_differ_are_those_of_the_keys_that_differ(self):
        self.fill()
        self.fill('same')
        keys = self.two_places()
        for digest, parallel in MODES:
            for recheck in ((), ('--recheck', 2, '--recheck-pause', 0)):
                answer = self.expect_exit(self.verify('--digest', digest, '--parallel', parallel, *recheck), 1)
                self.expect_places(answer.table('t'), keys, answer)
                self.assertEqual(len([cell for cell in answer.table('t')['strip'] if cell['insert'] or cell['update']]), 2, str(answer))
                self.assertEqual([cell['undone'] + cell['undone_rows'] for cell in answer.table('t')['strip'] if cell['undone']], [])
                self.assertNotIn('strip', answer.table('same'), str(answer))

    @once
    def test_what_is_gone_when_looked_at_again_is_gone_from_the_strip(self):
        self.fill()
        keys = self.two_places()
        running = self.start('--recheck', 1, '--recheck-pause', 2.5, '--progress', 'none')
        time.sleep(1.2)
        self.on_target('UPDATE t SET v=id WHERE id=1500')
        answer = self.expect_exit(running.wait(), 1)
        self.assertGreater(answer.seconds, 2.4, f'there was no pause\n{answer}')
        self.expect_places(answer.table('t'), keys[1:], answer)

    def test_of_a_run_that_writes_it_is_that_of_before(self):
        self.fill()
        for again in ('changed', 'full'):
            keys = self.two_places()
            for answer in (self.expect_exit(self.dry_run(), 1), self.expect_exit(self.incremental('--verify', again), 0)):
                table, = answer.json['tables']
                self.expect_places(table, keys, answer)
            self.assertEqual(answer.json['still_different'], [], str(answer))
            self.assertNotIn('strip', self.expect_exit(self.verify(), 0).table('t'))

    def test_table_in_one_piece_is_one_cell(self):
        self.on_both('CREATE TABLE few (id INT PRIMARY KEY, v INT)', 'INSERT INTO few VALUES (1, 1), (2, 2)',
                     'CREATE TABLE keyless (v INT)', 'INSERT INTO keyless VALUES (1), (1)')
        self.on_target('UPDATE few SET v=5 WHERE id=2', 'INSERT INTO keyless VALUES (1)')
        answer = self.expect_exit(self.verify('--report', 'r.html'), 1)
        nothing = {'from': None, 'ranges': 1, 'insert': 0, 'update': 0, 'delete': 0, 'undone': 0, 'undone_rows': 0}
        self.assertEqual(answer.table('few')['strip'], [{**nothing, 'rows_source': 2, 'rows_target': 2, 'update': 1}], str(answer))
        self.assertEqual(answer.table('keyless')['strip'], [{**nothing, 'rows_source': 2, 'rows_target': 3, 'delete': 1}], str(answer))
        with open(os.path.join(self.program.folder, 'r.html'), encoding='utf-8') as page:
            self.assertNotIn('svg', {tag for tag, _ in Page(page.read()).tags})

    @once
    def test_range_that_fails_is_an_undone_cell(self):
        self.fill()
        keys = self.two_places()
        low = self.cells(self.verify('--digest', 'stream').table('t'))[-1][0]
        self.on_target('UPDATE t SET v=-1 WHERE id=9999')
        running = self.start_write('--digest', 'stream', '--retries', 1, '--report', 'r.html', command='verify', yes=False, faults=True,
                                   env={'DBSYNC_FAULT_SQL': f'1+:1105:`id` >= {low}'})
        answer = self.expect_exit(running.wait(), 6)
        table = answer.table('t')
        self.assertEqual(table['verdict'], 'incomplete', str(answer))
        *others, last = table['strip']
        self.assertEqual((last['from'], last['undone'], last['rows_source'], last['update']), (f'id={low}', 1, 0, 0), str(answer))
        self.assertTrue(1000 < last['undone_rows'] < 4000, str(answer))
        self.assertEqual(sum(cell['insert'] + cell['update'] for cell in others), len([key for key in keys if key < low]), str(answer))
        with open(os.path.join(self.program.folder, 'r.html'), encoding='utf-8') as page:
            page = Page(page.read())
        rects = [attrs['class'] for tag, attrs in page.tags if tag == 'rect']
        self.assertEqual(rects.count('undone'), 1, rects)
        self.assertEqual(len(rects), len(table['strip']), 'what was not compared is not shown as equal')
        self.assertIn(f'1 of {len(rects)} parts of the key space differ; not compared to the end: 1', page.text)

    def test_page_has_a_strip_of_it(self):
        # ranges of equally many keys, of which most have few rows
        self.fill(ids=[*range(9950), *range(9950, 34_950, 500)])
        self.two_places()
        answer = self.expect_exit(self.verify('--report', 'r.html'), 1)
        with open(os.path.join(self.program.folder, 'r.html'), encoding='utf-8') as text:
            text = text.read()
        page = Page(text)
        cells = self.cells(answer.table('t'))
        rects = [(attrs['class'], float(attrs['x']), float(attrs['width'])) for tag, attrs in page.tags if tag == 'rect']
        wanted = ['diff' if cell['insert'] or cell['update'] else 'same' for _, _, cell in cells]
        self.assertEqual([kind for kind, _, _ in rects], wanted, str(answer))
        # side by side, from one end to the other, as wide as there are rows, and never too narrow to be seen
        shares = [max(cell['rows_source'] / MANY, 0.01) for _, _, cell in cells]
        self.assertTrue(min(shares) == 0.01 and max(shares) > 0.5, str(answer))
        at = 0
        for (_, x, width), share in zip(rects, shares):
            self.assertAlmostEqual(x, at, delta=0.1)
            self.assertAlmostEqual(width, 1000 * share / sum(shares), delta=1)
            at += width
        self.assertAlmostEqual(at, 1000, delta=0.5)
        label, = [attrs['aria-label'] for tag, attrs in page.tags if tag == 'svg']
        self.assertEqual(label, f'2 of {len(cells)} parts of the key space differ')
        titles = re.findall(r'<title>(id=.*|the first key.*)</title>', text)
        self.assertEqual(len(titles), len(cells))
        for title, kind, (low, high, cell) in zip(titles, wanted, cells):
            for bound in (cell['from'] or 'the first key', 'the last key' if high == math.inf else f'id={high}'):
                self.assertIn(bound, title)
            self.assertEqual(title.endswith(', equal'), kind == 'same', title)
        self.assertIn(label, page.text)
