"""Where a table differs, in the result and on the page; and the page in a browser.

The page is opened by Debian's chromium, without a window.  What is measured in
it is measured by a script that a copy of the page is given, in front of its
policy, which stays in force for all the rest.
"""
import html
import http.server
import json
import math
import os
import re
import shutil
import signal
import struct
import subprocess
import threading
import time
import zlib

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


# Runs in front of everything else; the policy forbids scripts only from there on.
MEASURE = '''<script>
const calls = [];
for (const name of ['alert', 'confirm', 'prompt', 'fetch'])
    window[name] = text => calls.push(name + ' ' + text);
function light(color) {
    const parts = color.match(/[0-9.]+/g).slice(0, 3).map(part => part / 255)
        .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4);
    return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2];
}
function contrast(selector, property) {
    const found = document.querySelector(selector);
    if (!found)
        return null;
    const paper = document.createElement('span');
    paper.style.backgroundColor = 'Canvas';
    document.body.append(paper);
    const two = [getComputedStyle(found)[property], getComputedStyle(paper).backgroundColor].map(light).sort((a, b) => a - b);
    paper.remove();
    return (two[1] + .05) / (two[0] + .05);
}
addEventListener('load', () => {
    const root = document.documentElement, verdict = document.querySelector('.verdict');
    const box = verdict.getBoundingClientRect();
    const outside = [...document.body.querySelectorAll('*')].filter(found => !found.closest('.wide, pre, svg'));
    root.dataset.measured = JSON.stringify({
        calls, title: document.title, scripts: document.scripts.length - 1,
        elements: [...new Set([...document.querySelectorAll('*')].map(found => found.localName))],
        handlers: [...document.querySelectorAll('*')].filter(found => [...found.attributes].some(a => /^on|href|^src/.test(a.name))).length,
        loaded: performance.getEntriesByType('resource').length,
        width: innerWidth, needed: Math.max(root.scrollWidth, document.body.scrollWidth),
        widest: Math.max(...outside.map(found => found.getBoundingClientRect().right)),
        is_seen: document.elementFromPoint(box.left + 5, box.top + box.height / 2) === verdict, bottom: box.bottom,
        above: outside.filter(found => found.getBoundingClientRect().bottom <= box.top && found.innerText.trim()).map(found => found.localName),
        strip: document.querySelector('.strip') && document.querySelector('.strip').getBoundingClientRect().toJSON(),
        is_dark: matchMedia('(prefers-color-scheme: dark)').matches,
        texts: ['.verdict', 'dd', 'td.different', 'td.equal', 'figcaption'].map(found => contrast(found, 'color')),
        shapes: ['rect.diff', 'rect.same'].map(found => contrast(found, 'fill')),
    });
});
</script>'''
FRAME = '''<!doctype html><html><body><iframe src="copy.html" width="{}" height="{}" style="border:0"></iframe><script>
addEventListener('load', () => document.documentElement.dataset.measured = frames[0].document.documentElement.dataset.measured);
</script></body></html>'''
HEIGHT = 740
DARK = '--blink-settings=preferredColorScheme=0'


class Browser(OperationTest):
    """The page of a database full of markup, as a browser shows it."""
    markup = ('<script>alert(1)</script>', '"><img src=http://evil.test/v onerror=alert(2)>', "'><svg onload=alert(3)>",
              '</title></style></table></svg><script>fetch("http://evil.test/s")</script>', '<iframe src=http://evil.test/f></iframe>',
              '&lt;script&gt;alert(4)&lt;/script&gt;', '<meta http-equiv=refresh content="0;url=http://evil.test/m">',
              'W' * 200, '<p class=verdict>equal')

    def setUp(self):
        self.chromium = shutil.which('chromium')
        if not self.chromium:
            self.skipTest("there is no chromium (Debian's package of that name)")
        super().setUp()
        self.ear = Ear()
        self.addCleanup(self.ear.close)

    def write_page(self):
        """A table of several ranges whose names, keys and values are markup; another of another structure."""
        name, key, column = "<script>document.title='owned'</script>", '"><img src=http://evil.test/c onerror=alert(5)>', "<b>'&"
        self.on_both(f'CREATE TABLE `{name}` (`{key}` VARCHAR(60) COLLATE utf8mb4_bin PRIMARY KEY, `{column}` TEXT{WIDE})',
                     f"CREATE TABLE `{'long_' * 12}` (id INT PRIMARY KEY)", 'CREATE TABLE same (id INT PRIMARY KEY)')
        self.insert(f'`{name}`', (f'`{key}`',), [(f"'<script>alert(6)</script>{n:05}'",) for n in range(MANY)])
        for place in (self.source, self.target):
            place.sql(f'ANALYZE TABLE `{name}`', database=self.db)
        session = self.session(self.target)
        for n, text in enumerate(self.markup):
            session.run(f"UPDATE `{name}` SET `{column}`=X'{text.encode().hex()}' WHERE `{key}`='<script>alert(6)</script>{n * 7:05}'")
        self.on_target(f"ALTER TABLE `{'long_' * 12}` ADD COLUMN `</pre><script>alert(7)</script>` INT COMMENT '{'<script>alert(8)</script>' * 9}'",
                       'CREATE VIEW `<script>alert(9)</script>` AS SELECT 1 AS `<img src=http://evil.test/w>`')
        self.run_it('--report', 'r.html', '--details', 20, command='verify', exits=1)
        return self.read('r.html')

    def browse(self, text, *options, width=1000):
        """What is measured in a page; in a frame, for a window is never narrower than 500."""
        self.program.file('copy.html', text.replace('<head>', '<head>' + MEASURE, 1))
        page = self.program.file('frame.html', FRAME.format(width, HEIGHT))
        dom = self.run_browser(*options, '--allow-file-access-from-files', '--dump-dom', f'file://{page}')
        found = re.search(r'data-measured="([^"]*)"', dom)
        self.assertTrue(found, 'the measuring script has not run')
        return json.loads(html.unescape(found[1]))

    def first_point(self, *options, width):
        """Red, green and blue of the upper left point of a picture of the page."""
        page, picture = (os.path.join(self.program.folder, name) for name in ('r.html', 'page.png'))
        self.run_browser(*options, f'--window-size={width},{HEIGHT}', f'--screenshot={picture}', f'file://{page}')
        with open(picture, 'rb') as file:
            data = file.read()
        self.assertEqual(data[:8], b'\x89PNG\r\n\x1a\n')
        self.assertEqual(struct.unpack('>II', data[16:24]), (width, HEIGHT))
        at, packed = 8, b''
        while at < len(data):
            length, = struct.unpack('>I', data[at:at + 4])
            packed += data[at + 8:at + 8 + length] if data[at + 4:at + 8] == b'IDAT' else b''
            at += length + 12
        # whatever the filter of a first line is, its first point is as it is
        return tuple(zlib.decompress(packed)[1:4])

    def run_browser(self, *options):
        folder = os.path.join(self.program.folder, 'chromium')
        words = [self.chromium, '--headless', '--disable-gpu', '--disable-dev-shm-usage', '--hide-scrollbars', '--no-first-run',
                 '--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-breakpad',
                 *(('--no-sandbox',) if os.getuid() == 0 else ()),
                 f'--user-data-dir={folder}', f'--proxy-server=http://127.0.0.1:{self.ear.server.server_port}', *options]
        browser = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding='utf-8',
                                   errors='replace', env=self.program.environment(), start_new_session=True)
        try:
            out, err = browser.communicate(timeout=60)
        finally:
            try:
                os.killpg(browser.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.assertEqual(browser.returncode, 0, err)
        return out

    def evil(self):
        return [path for path in self.ear.heard if 'evil.test' in path]

    def expect_harmless(self, seen):
        self.assertEqual((seen['calls'], seen['title'], seen['scripts'], seen['handlers'], seen['loaded']), ([], 'dbsync verify: different', 0, 0, 0))
        self.assertFalse({'img', 'iframe', 'b', 'frame', 'object'} & set(seen['elements']), seen['elements'])
        self.assertEqual(self.evil(), [])

    def expect_readable(self, seen, width):
        self.assertEqual(seen['width'], width)
        self.assertLessEqual(seen['needed'], width, 'the page scrolls sideways')
        self.assertLessEqual(seen['widest'], width, 'something stands out')
        self.assertTrue(seen['is_seen'] and seen['bottom'] < 200, f'the verdict comes first\n{seen}')
        self.assertEqual(seen['above'], ['h1'], 'what is above the verdict')
        self.assertGreater(seen['strip']['width'], width * 0.85)
        self.assertGreater(min(seen['texts']), 4.5, f'contrast of texts\n{seen}')
        self.assertGreater(min(seen['shapes']), 3, f'contrast of shapes\n{seen}')

    def test_markup_from_servers_is_shown_and_does_nothing(self):
        text = self.write_page()
        shown = ' '.join(Page(text).text)
        for markup in self.markup[:-2]:
            self.assertIn(markup, shown)
        self.assertIn('"><img src=http://evil.test/c onerror', ' '.join(re.findall(r'<title>(.*) … ', html.unescape(text))), 'names in the strip')
        self.expect_harmless(self.browse(text))
        # the same, had it not been escaped, and without the policy: it is heard and seen
        naked = self.browse(html.unescape(re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', '', text)).replace('http-equiv=refresh', ''))
        self.assertTrue({'alert 1', 'alert 6'} & set(naked['calls']), naked)
        self.assertNotEqual((naked['scripts'], naked['title']), (0, 'dbsync verify: different'))
        self.assertTrue(self.evil(), self.ear.heard)

    def test_policy_alone_keeps_it_from_doing_anything(self):
        text = html.unescape(self.write_page()).replace('http-equiv=refresh', '')
        seen = self.browse(text)
        self.assertGreater(seen['scripts'], 0, 'this page is not escaped')
        self.assertEqual((seen['calls'], self.evil()), ([], []))

    def test_readable_wide_and_on_a_phone_by_day_and_by_night(self):
        text = self.write_page()
        for width in (1000, 360):
            for options in ((), (DARK,)):
                with self.subTest(width=width, dark=bool(options)):
                    seen, colour = self.browse(text, *options, width=width), self.first_point(*options, width=width)
                    self.assertEqual(seen['is_dark'], bool(options))
                    self.assertTrue(max(colour) < 64 if options else min(colour) > 192, colour)
                    self.expect_readable(seen, width)
                    self.expect_harmless(seen)
