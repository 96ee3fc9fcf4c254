"""Where a table differs, in the result and on the page; and the page in a browser.

The page is opened by Debian's chromium, without a window (support/browser.py).
Measured there is what a reader would see: that nothing is cut, hidden or too
pale, in all widths, by day and by night, and on paper.
"""
import html
import http.server
import math
import os
import re
import threading
import time
import unittest

import browser
from harness import MODES, once
from test_key_space import WIDE
from test_operation import OperationTest, Page
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
    @once
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

    @once
    def test_of_a_run_that_writes_it_is_that_of_before(self):
        self.fill()
        for again in ('changed', 'full'):
            keys = self.two_places()
            for answer in (self.expect_exit(self.dry_run(), 1), self.expect_exit(self.incremental('--verify', again), 0)):
                table, = answer.json['tables']
                self.expect_places(table, keys, answer)
            self.assertEqual(answer.json['still_different'], [], str(answer))
            self.assertNotIn('strip', self.expect_exit(self.verify(), 0).table('t'))

    @once
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

    @once
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


class Ear:
    """Stands where a browser takes a proxy to be, and hears what it asks for."""

    def __init__(self):
        heard = self.heard = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                heard.append(self.path)
                self.send_error(404)

            do_CONNECT = do_POST = do_HEAD = do_OPTIONS = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


# What a page does, from its first script on.
WATCH = """
window.calls = [];
for (const name of ['alert', 'confirm', 'prompt', 'fetch'])
    window[name] = text => calls.push(name + ' ' + text);
"""
# What there is on a page, unfolded, and where.
MEASURE = """(() => {
const root = document.documentElement, all = [...document.body.querySelectorAll('*')], width = innerWidth;
const isPaper = matchMedia('print').matches;
if (!isPaper)
    document.querySelectorAll('details').forEach(found => found.open = true);
const words = found => `${found.localName}.${found.getAttribute('class')}: ${found.textContent.trim().slice(0, 60)}`;
const drawn = all.filter(found => !found.closest('svg') && found.getBoundingClientRect().width);
const own = found => [...found.childNodes].filter(node => node.nodeType === 3 && node.data.trim());
function parts(color) {
    return color.match(/[0-9.]+/g).map(Number);
}
function light(color) {
    const [r, g, b] = parts(color).slice(0, 3).map(part => part / 255)
        .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
}
function paper(found) {
    for (; found; found = found.parentElement) {
        const color = getComputedStyle(found).backgroundColor;
        if (parts(color)[3] !== 0)
            return color;
    }
    return 'rgb(255,255,255)';
}
function contrast(one, other) {
    const two = [light(one), light(other)].sort((a, b) => a - b);
    return (two[1] + .05) / (two[0] + .05);
}
/* the words of a name, between dots, underscores, blanks and hyphens: each on one line, if it is not longer than that */
function broken(found) {
    return own(found).some(node => [...node.data.matchAll(/[^\\s._-]+/g)].some(word => {
        const range = document.createRange(), lines = new Set();
        range.setStart(node, word.index);
        range.setEnd(node, word.index + word[0].length);
        let long = 0;
        for (const box of range.getClientRects()) {
            lines.add(Math.round(box.top));
            long += box.width;
        }
        return lines.size > 1 && long <= found.closest('.name, .col, h1').clientWidth;
    }));
}
const at = found => found && found.getBoundingClientRect().toJSON();
const names = drawn.filter(found => found.matches('.name code, .col-name, h1 > span:not(.to)'));
return {
    calls: window.calls || [], title: document.title, scripts: document.scripts.length, width, isPaper,
    elements: [...new Set([...document.querySelectorAll('*')].map(found => found.localName))],
    handlers: all.filter(found => [...found.attributes].some(a => /^on|href|^src/.test(a.name))).length,
    loaded: performance.getEntriesByType('resource').length,
    needed: Math.max(root.scrollWidth, document.body.scrollWidth),
    outside: drawn.filter(found => at(found).right > width + .5 || at(found).left < -.5).map(words),
    cut: drawn.filter(found => found.scrollWidth > found.clientWidth + 1 && getComputedStyle(found).display !== 'inline'
                               && getComputedStyle(found).overflowX !== 'visible').map(words),
    broken: names.filter(broken).map(words), names: names.length,
    counts: drawn.filter(found => found.matches('.counts .num')).map(found => [found.innerText, at(found).left, at(found).right]),
    verdict: at(document.querySelector('.verdict')), limits: at(document.querySelector('.limits')),
    tables: at(document.querySelector('.t')), strip: at(document.querySelector('.strip')), bar: at(document.querySelector('.whole .bar')),
    row: at(document.querySelector('.strip') && document.querySelector('.strip').closest('summary')),
    above: drawn.filter(found => own(found).length && at(found).bottom <= at(document.querySelector('.verdict')).top).map(found => found.closest('p, h1').className),
    hidden: all.filter(found => found.matches('.body') && !at(found).height).length,
    is_dark: light(paper(document.body)) < .1,
    pale: drawn.filter(found => own(found).length && contrast(getComputedStyle(found).color, paper(found)) < 4.5).map(words),
    texts: drawn.filter(found => own(found).length).length,
    shapes: ['rect.diff', 'rect.same'].map(name => document.querySelector(name)).map(found => found && contrast(getComputedStyle(found).fill, paper(found.closest('svg')))),
};
})()"""
WIDTHS = 1280, 768, 360
PAPER = 680             # about what A4 has between its margins


@unittest.skipUnless(browser.PROGRAM, browser.MISSING)
class InBrowser(OperationTest):
    """The page of a database full of markup, as a browser shows it."""
    markup = ('<script>alert(1)</script>', '"><img src=http://evil.test/v onerror=alert(2)>', "'><svg onload=alert(3)>",
              '</title></style></table></svg><script>fetch("http://evil.test/s")</script>', '<iframe src=http://evil.test/f></iframe>',
              '&lt;script&gt;alert(4)&lt;/script&gt;', '<meta http-equiv=refresh content="0;url=http://evil.test/m">',
              'W' * 200, '<p class=verdict>equal')
    names = 'customer_notification.preferences_history', 'W' * 64, 'ordinary', 'with blank and-hyphen'

    def setUp(self):
        super().setUp()
        self.ear = Ear()
        self.addCleanup(self.ear.close)
        self.browser = browser.Browser(self.program.environment(), f'--proxy-server=http://127.0.0.1:{self.ear.server.server_port}')
        self.addCleanup(self.browser.close)
        self.browser.call('Page.addScriptToEvaluateOnNewDocument', source=WATCH)

    def write_page(self):
        """A table of several ranges whose names, keys and values are markup; another of another structure; others with long names."""
        name, key, column = "<script>document.title='owned'</script>", '"><img src=http://evil.test/c onerror=alert(5)>', "<b>'&"
        self.on_both(f'CREATE TABLE `{name}` (`{key}` VARCHAR(60) COLLATE utf8mb4_bin PRIMARY KEY, `{column}` TEXT{WIDE})',
                     f"CREATE TABLE `{'long_' * 12}` (id INT PRIMARY KEY)", 'CREATE TABLE same (id INT PRIMARY KEY)',
                     *(f'CREATE TABLE `{name}` (id INT PRIMARY KEY, v LONGTEXT, b VARBINARY(400), n DECIMAL(60,20))' for name in self.names))
        self.insert(f'`{name}`', (f'`{key}`',), [(f"'<script>alert(6)</script>{n:05}'",) for n in range(MANY)])
        for place in (self.source, self.target):
            place.sql(f'ANALYZE TABLE `{name}`', database=self.db)
        session = self.session(self.target)
        for n, text in enumerate(self.markup):
            session.run(f"UPDATE `{name}` SET `{column}`=X'{text.encode().hex()}' WHERE `{key}`='<script>alert(6)</script>{n * 7:05}'")
        for long in self.names:
            self.on_source(f"INSERT INTO `{long}` VALUES (1, REPEAT('word ', 900), REPEAT(X'00FF', 200), 1), (2, REPEAT('w', 900), NULL, 1e39), (3, 'a', 'b', 2)")
            self.on_target(f"INSERT INTO `{long}` VALUES (1, CONCAT(REPEAT('word ', 800), 'z'), REPEAT(X'00FE', 200), 2), (2, REPEAT('v', 900), X'00', 1e38)")
        self.on_target(f"ALTER TABLE `{'long_' * 12}` ADD COLUMN `</pre><script>alert(7)</script>` INT COMMENT '{'<script>alert(8)</script>' * 9}'",
                       'CREATE VIEW `<script>alert(9)</script>` AS SELECT 1 AS `<img src=http://evil.test/w>`')
        self.run_it('--report', 'r.html', '--details', 20, '--ignore-columns', f'{self.names[2]}.n', command='verify', exits=1)
        return self.read('r.html')

    def measure(self, name='r.html', **how):
        self.browser.show(os.path.join(self.program.folder, name), **how)
        return self.browser.value(MEASURE)

    def measure_text(self, text):
        self.program.file('copy.html', text)
        return self.measure('copy.html')

    def evil(self):
        return [path for path in self.ear.heard if 'evil.test' in path]

    def expect_harmless(self, seen):
        self.assertEqual((seen['calls'], seen['title'], seen['scripts'], seen['handlers'], seen['loaded']), ([], 'dbsync verify: different', 0, 0, 0))
        self.assertFalse({'img', 'iframe', 'b', 'frame', 'object'} & set(seen['elements']), seen['elements'])
        self.assertEqual(self.evil(), [])

    def expect_readable(self, seen, width):
        self.assertEqual(seen['width'], width)
        self.assertLessEqual(seen['needed'], width, 'the page scrolls sideways')
        self.assertEqual((seen['outside'], seen['cut'], seen['broken']), ([], [], []), 'outside, cut, broken in a word')
        self.assertGreater(seen['names'], 6)
        self.assertGreater(len(seen['counts']), 6)
        for text, left, right in seen['counts']:
            self.assertTrue(text and 0 <= left < right <= width, seen['counts'])
        self.assertEqual(seen['pale'], [], f'texts of too little contrast, of {seen["texts"]}')
        self.assertEqual(seen['hidden'], 0)

    def test_markup_from_servers_is_shown_and_does_nothing(self):
        text = self.write_page()
        shown = ''.join(Page(text).text)
        for markup in self.markup[:-2]:
            self.assertIn(markup, shown)
        self.assertIn('"><img src=http://evil.test/c onerror', ' '.join(re.findall(r'<title>(.*) … ', html.unescape(text))), 'names in the strip')
        self.expect_harmless(self.measure())
        # the same, had it not been escaped, and without the policy: it is heard and seen
        naked = self.measure_text(html.unescape(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', '', text)).replace('http-equiv=refresh', ''))
        self.assertTrue({'alert 1', 'alert 6'} & set(naked['calls']), naked)
        self.assertNotEqual((naked['scripts'], naked['title']), (0, 'dbsync verify: different'))
        self.assertTrue(self.evil(), self.ear.heard)
        # the policy alone
        self.ear.heard.clear()
        seen = self.measure_text(html.unescape(text).replace('http-equiv=refresh', ''))
        self.assertGreater(seen['scripts'], 0, 'this page is not escaped')
        self.assertEqual((seen['calls'], self.evil()), ([], []))

    def test_readable_in_each_width_by_day_by_night_and_on_paper(self):
        text = self.write_page()
        self.expect_faults_are_found(text)
        for width in WIDTHS:
            for is_dark in (False, True):
                with self.subTest(width=width, is_dark=is_dark):
                    seen = self.measure(width=width, is_dark=is_dark)
                    self.assertEqual((seen['is_dark'], seen['isPaper']), (is_dark, False))
                    self.expect_readable(seen, width)
                    self.expect_harmless(seen)
                    self.expect_at_a_glance(seen, width)
        with self.subTest('paper'):
            seen = self.measure(width=PAPER, is_dark=True, media='print')
            self.assertEqual((seen['is_dark'], seen['isPaper']), (False, True))
            self.expect_readable(seen, PAPER)
            self.assertTrue(self.browser.paper().startswith(b'%PDF-'))

    def expect_at_a_glance(self, seen, width):
        """The verdict and what it does not speak of come first, then the bar of the run, then tables with their strips in their rows."""
        verdict, limits, bar, tables, strip, row = (seen[name] for name in ('verdict', 'limits', 'bar', 'tables', 'strip', 'row'))
        self.assertLess(verdict['bottom'], 240, seen['verdict'])
        self.assertLessEqual(set(seen['above']), {'what', '', 'servers'}, 'what is above the verdict')
        if width > 1000:
            self.assertLess(abs(limits['top'] - verdict['top']), 60, 'beside the verdict')
        self.assertTrue(verdict['bottom'] < bar['top'] < bar['bottom'] < tables['top'], seen)
        self.assertLess(limits['bottom'], bar['bottom'])
        self.assertTrue(row['top'] < strip['top'] < strip['bottom'] <= row['bottom'] + 1, seen)
        self.assertGreater(strip['width'], width * (0.7 if width < 1000 else 0.2))
        self.assertGreater(min(seen['shapes']), 3, f'contrast of shapes\n{seen["shapes"]}')

    def expect_faults_are_found(self, text):
        """Each of them, made on purpose."""
        wide = self.measure_text(text.replace('<main>', '<main><div style="width:2000px">wide</div>'))
        self.assertGreater(wide['needed'], 1280)
        self.assertTrue(wide['outside'])
        css = {'cut': '.name{overflow:hidden;white-space:nowrap}', 'broken': '.name code{display:block;width:13ch;word-break:break-all}', 'pale': '.lead{color:#999}'}
        for fault, style in css.items():
            self.assertTrue(self.measure_text(text.replace('</style>', style + '</style>'))[fault], fault)
