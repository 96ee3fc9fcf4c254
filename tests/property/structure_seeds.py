#!/usr/bin/python3
"""structure_seeds.py - random pairs of definitions: what verify says has to make them equal.

usage: tests/property/structure_seeds.py [--seeds N] [--start S] [--pair A,B] [--keep] [--seconds T]
                                         [--only NUMBER]

Every seed is a database of 25 tables; each of them is on the source and, changed in
a few places or another one altogether, on the target.  The statements that `verify
--schema-only --json` reports are executed in order by a plain session.  Then

- verify has nothing more to say;
- SHOW CREATE TABLE of both sides is the same text, and INFORMATION_SCHEMA says the
  same of all columns (servers of one version; but for the counter, the order of keys,
  and whether MySQL says of a column which character set it has from its table);
- tables made anew from the source, in a database of their own, are the same as those
  that were altered; on a server of the same version their types are said in the same
  words, with widths of numbers (MariaDB) and without the character set that a table's
  default gives (MySQL).

Half of the targets hold a few rows.  A statement that the server refuses because of
them must have been announced by a hazard; it is said again to the table without rows.

--only NUMBER  of the tables of a seed this one
"""
import difflib
import random
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]

import harness  # noqa: E402  (its folder has just been named)
import seeds  # noqa: E402
from structures import Table, name_of, string  # noqa: E402

TABLES = 25
TRIES = 12          # until a table can be created
# What a server says when a row is in the way.
OF_ROWS = {1022, 1048, 1062, 1138, 1171, 1263, 1264, 1265, 1292, 1364, 1366, 1367, 1406, 1416, 1525, 1526, 1586, 1690, 1846, 1048, 1977,
           3140, 3156, 3643, 3751, 3819, 4025, 4078, 4079, 1863, 1411, 1441, 1300, 3854, 6136, 6135, 1215}


def code_of(problem):
    found = re.search(r': \((\d+),', str(problem))
    return int(found.group(1)) if found else 0


def plain(text):
    """Without the widths that say nothing: of integers, but for a boolean and what is filled up with zeros.

    Bytes of a default in the form of texts; of texts not the character set, which MySQL chooses by itself, as it does
    whether a negative number is -(3).
    """
    text = text and re.sub(r"_(utf8mb[34]|ascii|latin\d|cp1251)(\\?')", r'\2', text)
    text = text and str(text).replace("\\'", "''")
    text = text and re.sub(r'-\((\d+)\)', r'-\1', text)
    text = text and re.sub(r"\bX'((?:[2-7][0-9A-F])*)'", lambda found: string(bytes.fromhex(found[1]).decode()), text)
    return text and re.sub(r'(?!tinyint\(1\)(?! unsigned))\b((?:tiny|small|medium|big)?int)\(\d+\)(?!(?: unsigned)? zerofill)', r'\1', text)


class Pair:
    """One table on both sides."""

    def __init__(self, number, source, target):
        self.number, self.name, self.source, self.target = number, source.name, source, target
        self.has_rows = False


class SeedTest(seeds.SeedTest):
    """One seed."""

    script = 'structure_seeds.py'
    only = None

    def make(self, rng, names):
        return []       # when there are servers to try them on

    def story(self, made):
        lines = [super().story([])]
        for pair in made:
            lines.append(f'{pair.name}:\nsource: {pair.source.ddl()}\ntarget: {pair.target.ddl()}')
        return '\n'.join(lines)

    # Setting up ------------------------------------------------------------------

    def creates(self, place, table):
        try:
            self.session(place).run(table.ddl())
        except AssertionError:
            return False
        return True

    def new_pair(self, number):
        """A pair that both servers take."""
        families = {self.source.family, self.target.family}
        for attempt in range(TRIES):
            rng = random.Random(f'{self.seed} {number} {attempt}')
            source = Table(f't{number}', rng, families)
            target = Table(f't{number}', rng, families) if rng.random() < 0.12 else source.mutated()
            if not self.creates(self.source, source):
                continue
            if not self.creates(self.target, target):
                self.on_source(f'DROP TABLE {name_of(source.name)}')
                continue
            pair = Pair(number, source, target)
            if rng.random() < 0.5:
                self.fill(pair)
            return pair
        self.fail(f'table {number} of seed {self.seed}: {TRIES} tries, and none can be created')
        return None

    def fill(self, pair):
        """Rows of defaults and numbers, as far as the table has it."""
        for number in (1, 2, 3):
            columns = [column for column in pair.target.columns if not column.generated and column.kind in ('int', 'text', 'decimal', 'float')]
            try:
                self.on_target(f"INSERT IGNORE INTO {name_of(pair.name)} ({', '.join(name_of(column.name) for column in columns)}) "
                               f"VALUES ({', '.join([str(10 * number)] * len(columns))})")
                pair.has_rows = True
            except AssertionError:
                pass

    # The statements ------------------------------------------------------------

    def apply(self, answer, made, problems):
        session = self.session(self.target)
        for pair in made:
            structure = answer.table(pair.name)['structure']
            for statement in structure['statements']:
                try:
                    session.run(statement)
                except AssertionError as problem:
                    self.try_without_rows(session, statement, pair, structure, problem, problems)

    def try_without_rows(self, session, statement, pair, structure, problem, problems):
        if pair.has_rows and code_of(problem) in OF_ROWS:
            # a partition that is missing keeps the old ones, and all rows
            if not structure['hazards'] and code_of(problem) != 1526:
                problems.append((pair, f'{problem}\n  without a hazard'))
            session.run(f'DELETE FROM {name_of(pair.name)}')
            try:
                session.run(statement)
                return
            except AssertionError as again:
                problem = again
        problems.append((pair, f"{problem}\n  of {structure['statements']}"))

    # What the servers say ---------------------------------------------------------

    def shown(self, place, table, database=None):
        """SHOW CREATE TABLE, with what may differ taken out."""
        text = self.session(place, database).run(f'SHOW CREATE TABLE {name_of(table)}')[0][1]
        text = plain(re.sub(r' (AUTO_INCREMENT=\d+|ROW_FORMAT=(DYNAMIC|DEFAULT))', '', text))
        text = re.sub(r' /\* `.*\*/', '', text)     # options of another engine
        if 'ENGINE=InnoDB' in text:
            text = re.sub(r' USING (BTREE|HASH)', '', text)
        if 'ENGINE=Aria' not in text:
            text = re.sub(r' PAGE_CHECKSUM=\d', '', text)
        lines = text.split('\n')
        if place.family == 'mysql':
            lines = [re.sub(r"^(  `(?:[^`]|``)*` \w+(?:\((?:[^')]|'(?:[^']|'')*')*\))?)(?: CHARACTER SET \w+)?(?: COLLATE \w+)?", r'\1', line)
                     for line in lines]
        keys = sorted(line.rstrip(',') for line in lines if re.match(r'  (UNIQUE |FULLTEXT |SPATIAL )?KEY|  CONSTRAINT', line))
        if place.family == 'mariadb':   # there the name of a key stays in the case that it has
            keys = sorted(re.sub(r'KEY `(?:[^`]|``)*`', lambda found: found.group(0).upper(), line) for line in keys)
        rest = [line.rstrip(',') for line in lines if not re.match(r'  (UNIQUE |FULLTEXT |SPATIAL )?KEY|  CONSTRAINT', line)]
        return '\n'.join(rest + keys)

    def columns(self, place, table, database=None):
        rows = self.session(place).run(
            'SELECT ORDINAL_POSITION, COLUMN_NAME, COLUMN_DEFAULT, IS_NULLABLE, COLUMN_TYPE, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, '
            'GENERATION_EXPRESSION, COLUMN_COMMENT FROM INFORMATION_SCHEMA.COLUMNS '
            f"WHERE TABLE_SCHEMA = '{database or self.db}' AND TABLE_NAME = '{table}' ORDER BY 1")
        return [tuple(map(plain, row)) for row in rows]

    def said(self, place, table, database=None):
        """The types of SHOW CREATE TABLE, word by word."""
        text = self.session(place, database).run(f'SHOW CREATE TABLE {name_of(table)}')[0][1]
        return re.findall(r"^  `(?:[^`]|``)*` \w+(?:\((?:[^')]|'(?:[^']|'')*')*\))?(?: unsigned| zerofill| CHARACTER SET \w+| COLLATE \w+)*", text, re.M)

    def compare_said(self, pair, fresh, problems):
        left, right = self.said(self.source, pair.name), self.said(self.target, pair.name, fresh)
        if left != right:
            lines = difflib.unified_diff(left, right, 'source', 'target', lineterm='', n=0)
            problems.append((pair, 'made anew, its types are said otherwise\n' + '\n'.join(lines)))

    def compare_shown(self, pair, one, other, what, problems):
        try:
            wanted, found = ((self.shown(*side), self.columns(*side)) for side in (one, other))
        except AssertionError as problem:
            problems.append((pair, f'{what}: {problem}'))
            return
        for title, left, right in zip(('SHOW CREATE TABLE', 'columns'), wanted, found):
            if left != right:
                left, right = (side.split('\n') if isinstance(side, str) else map(str, side) for side in (left, right))
                lines = difflib.unified_diff(list(left), list(right), *('source', 'target'), lineterm='', n=0)
                problems.append((pair, f'{what}: {title}\n' + '\n'.join(lines)))
                return

    # The promises -----------------------------------------------------------------

    def compare(self, made):
        problems = []
        for number in range(TABLES) if self.only is None else [self.only]:
            made.append(self.new_pair(number))
        before = self.verify('--schema-only')
        self.expect_exit_of_verdicts(before)
        self.apply(before, made, problems)
        after = self.verify('--schema-only')
        self.check_all(made, before, after, problems)
        fresh = self.check_copies(made, problems)
        for pair in made:
            # two versions print one definition in two ways
            if self.source.name == self.target.name:
                self.compare_shown(pair, (self.source, pair.name), (self.target, pair.name), 'altered', problems)
                self.compare_said(pair, fresh, problems)
            self.compare_shown(pair, (self.target, pair.name), (self.target, pair.name, fresh), 'made anew', problems)
        if problems:
            made[:] = [pair for pair in made if any(pair is other for other, _ in problems)]
            raise AssertionError('\n'.join(f'{"#" * 20} {pair.name} ({pair.number}): {text}' for pair, text in problems))

    def check_all(self, made, before, after, problems):
        for pair in made:
            first, structure = before.table(pair.name)['structure'], after.table(pair.name)['structure']
            if structure['verdict'] != 'equal':
                problems.append((pair, f"still differs: {structure['diff'] or structure['skipped']}\n  after {first['statements']}"))

    def check_copies(self, made, problems):
        """In a database that has none of the tables they are created."""
        fresh = self.new_database(self.target)
        urls = {'source': self.source.url(self.db), 'target': self.target.url(fresh)}
        session = self.session(self.target, fresh)
        answer = self.verify('--schema-only', **urls)
        for pair in made:
            for statement in answer.table(pair.name)['structure']['statements']:
                try:
                    session.run(statement)
                except AssertionError as problem:
                    problems.append((pair, f'made anew: {problem}'))
        after = self.verify('--schema-only', **urls)
        for pair in made:
            structure = after.table(pair.name)['structure']
            if structure['verdict'] != 'equal':
                problems.append((pair, f"made anew, still differs: {structure['diff'] or structure['skipped']}"))
        return fresh


def seed_case(seed):
    case = SeedTest('runTest')
    case.seed = seed
    return case


def main():
    parser = seeds.parser('random pairs of definitions, and the statements that make them equal')
    parser.add_argument('--only', type=int)
    asked = parser.parse_args()
    SeedTest.only = asked.only
    return seeds.main(asked, seed_case)


if __name__ == '__main__':
    sys.exit(main())
