"""Bounds of ranges that a server reads otherwise than they were meant.

A table is cut into ranges, and each row must lie in exactly one of them, on both
sides.  Every table here is cut (check_in_ranges looks); the differences sit where
a bound that is misread loses rows or counts them twice.
"""
from harness import MODES, TWO_MODES, Expect, ServerTest, each_pair
from test_writing import WritingTest

# Rows of half a kilobyte, so that some thousand of them are cut into ranges.
WIDE = ", wide BINARY(255) NOT NULL DEFAULT '', wider BINARY(255) NOT NULL DEFAULT ''"


# An older server has a TIMESTAMP change with its row, unless told otherwise.
STAMP = "TIMESTAMP DEFAULT '2000-01-01 00:00:00'"


class Cut(ServerTest):
    def numbers(self, session, count):
        """A table n of 0 … count - 1, made by the server."""
        session.run('DROP TABLE IF EXISTS n')
        session.run('CREATE TABLE n (n INT PRIMARY KEY)')
        session.run('INSERT INTO n VALUES (0)')
        have = 1
        while have < count:
            more = min(have, count - have)
            session.run(f'INSERT INTO n SELECT n + {have} FROM n WHERE n < {more}')
            have += more

    def filled(self, table, ddl, insert, count):
        """The same rows on both sides: INSERT … SELECT of the numbers n."""
        for place in (self.source, self.target):
            session = self.session(place)
            self.numbers(session, count)
            session.run(ddl)
            session.run(f'INSERT INTO {table} {insert}')
            session.run('DROP TABLE n')
            session.run(f'ANALYZE TABLE {table}')

    def check_cut(self, table, expect, modes=MODES):
        for answer in self.check(modes=modes, **{table: expect}):
            entry = answer.table(table)
            self.assertGreater(entry['ranges'], 1, f'ranges\n{answer}')
            for side, place in (('source', self.source), ('target', self.target)):
                rows = int(self.session(place).value(f'SELECT COUNT(*) FROM {table}'))
                self.assertEqual(entry[f'rows_{side}'], rows, f'rows of the {side}\n{answer}')


class Years(WritingTest, Cut):
    DDL = f'CREATE TABLE y (y YEAR NOT NULL, id INT NOT NULL, v INT{WIDE}, PRIMARY KEY (y, id))'

    @each_pair
    def test_c1_rows_of_the_year_0000_lie_in_a_range(self):
        self.filled('y', self.DDL, "(y, id, v) SELECT IF(n < 50, 0, 1901 + n % 250), n, 1 FROM n", 12_000)
        self.on_target('UPDATE y SET v = 2 WHERE y = 0 AND id < 10', 'DELETE FROM y WHERE y = 0 AND id = 49')
        self.check_cut('y', Expect(insert=1, update=10), modes=(*MODES, ('auto', 2)))
        self.expect_written(self.incremental('--verify', 'full'), y=(1, 10, 0))
        self.same_rows('y', 'y, id, v', 'id', 12_000)

    def test_row_before_a_bound_is_the_year_0000_by_its_number(self):
        """As bound_proof.c writes it: a number of four digits is no year of two."""
        rows = "INSERT INTO y (y, id, v) VALUES (0, 1, 1), (0, 2, 1), (1901, 1, 1)"
        for place in (self.source, self.target):
            session = self.session(place)
            session.run(self.DDL)
            session.run(rows)
            for last, wanted in ((1, '1'), (2, '0')):
                self.assertEqual(session.value(
                    f'SELECT EXISTS(SELECT 1 FROM y WHERE (y >= 0000 AND (y > 0000 OR (y = 0000 AND (id > {last})))) '
                    'AND (y <= 1901 AND (y < 1901 OR (y = 1901 AND (id < 1)))))'), wanted)

    @each_pair
    def test_c1_years_of_two_digits_are_no_bounds(self):
        self.filled('y', self.DDL, "(y, id, v) SELECT IF(n < 5000, 0, 2155), n, 1 FROM n", 10_000)
        self.on_target('UPDATE y SET v = 2 WHERE id IN (3, 9999)')
        self.check_cut('y', Expect(update=2))

    def test_c1_a_year_alone_is_the_key(self):
        self.filled('y', 'CREATE TABLE y (y YEAR NOT NULL PRIMARY KEY, v INT, b MEDIUMBLOB)',
                    "SELECT IF(n = 0, 0, 1900 + n), n, REPEAT('x', 40000) FROM n", 256)
        self.on_target('UPDATE y SET v = -1 WHERE y IN (0, 1901, 2155)')
        self.check(modes=TWO_MODES, y=Expect.of('y', update=[('0', '0000'), '1901', '2155']))


class Texts(Cut):
    # Two letters that are one: each pair of them in a column of two characters.
    CODES = "CONCAT(CHAR(97 + p DIV 26 USING latin1), CHAR(97 + p % 26 USING latin1))"

    def check_contractions(self, collation, letters):
        ddl = (f'CREATE TABLE d (k CHAR(2) CHARACTER SET utf8mb4 COLLATE {collation} NOT NULL, id INT NOT NULL, v INT, '
               f'p VARCHAR(900) CHARACTER SET latin1, PRIMARY KEY (k, id))')
        self.filled('d', ddl, f"SELECT {self.CODES}, id, 0, REPEAT('x', 700) "
                              "FROM (SELECT n DIV 12 p, n % 12 id FROM n) i WHERE p BETWEEN 2 AND 673", 676 * 12)
        wanted = [f"'{code}'" for code in letters]
        self.on_target(f"UPDATE d SET v = 1 WHERE CONCAT(k) IN ({', '.join(wanted)}) AND id < 5")
        self.check_cut('d', Expect(update=5 * len(letters)), modes=TWO_MODES)

    @each_pair
    def test_c1a_a_bound_that_is_longer_than_its_column(self):
        ddl = ('CREATE TABLE d (k CHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_danish_ci NOT NULL, id INT NOT NULL, v INT, '
               'p VARCHAR(900) CHARACTER SET latin1, PRIMARY KEY (k, id)) ENGINE=InnoDB')
        self.filled('d', ddl, f"SELECT c, id, 0, REPEAT('x', 700) FROM (SELECT {self.CODES} c, id FROM "
                              "(SELECT n DIV 37 p, n % 37 id FROM n) i) j WHERE c BETWEEN 'ac' AND 'tv'", 676 * 37)
        self.on_target("UPDATE d SET v = 1 WHERE CONCAT(k) = 'cm'", "DELETE FROM d WHERE CONCAT(k) = 'cx' AND id = 1")
        self.on_both('ANALYZE TABLE d')
        self.check_cut('d', Expect(insert=1, update=37))

    def test_c1a_danish_double_a(self):
        self.check_contractions('utf8mb4_danish_ci', ('ca', 'cb', 'cm', 'cz', 'da', 'ga', 'za'))

    def test_c1a_slovak_ch(self):
        self.check_contractions('utf8mb4_slovak_ci', ('cg', 'ch', 'ci', 'hz', 'ia', 'dz', 'dh'))

    def test_c1a_spanish_ll(self):
        self.check_contractions('utf8mb4_spanish2_ci', ('ch', 'ci', 'll', 'lm', 'lz', 'ma'))

    @each_pair
    def test_c1a_newer_collations(self):
        """Of one family each: Unicode 9 and 14, and Norwegian, which only these two have."""
        letters = ('ca', 'cg', 'ch', 'ci', 'cm', 'cz', 'ia', 'za')
        servers = {self.source.name, self.target.name}
        for collation, having in (('utf8mb4_cs_0900_ai_ci', {'mysql-9'}), ('utf8mb4_nb_0900_as_cs', {'mysql-9'}),
                                  ('utf8mb4_uca1400_danish_ai_ci', {'mariadb-10.11', 'mariadb-11.8'}),
                                  ('utf8mb4_uca1400_slovak_nopad_as_cs', {'mariadb-10.11', 'mariadb-11.8'})):
            if servers <= having:
                with self.subTest(collation):
                    self.on_both('DROP TABLE IF EXISTS d')
                    self.check_contractions(collation, letters)

    def test_c1a_czech_contractions_of_a_charset_of_one_byte(self):
        self.filled('d', 'CREATE TABLE d (k CHAR(2) CHARACTER SET latin2 COLLATE latin2_croatian_ci NOT NULL, id INT NOT NULL, '
                         'v INT, p VARCHAR(900) CHARACTER SET latin1, PRIMARY KEY (k, id))',
                    f"SELECT {self.CODES}, id, 0, REPEAT('x', 700) "
                    "FROM (SELECT n DIV 12 p, n % 12 id FROM n) i WHERE p BETWEEN 2 AND 673", 676 * 12)
        self.on_target("UPDATE d SET v = 1 WHERE CONCAT(k) IN ('lj', 'lk', 'nj', 'nk', 'dz') AND id < 5")
        if self.source.family == self.target.family:
            self.check_cut('d', Expect(update=25), modes=TWO_MODES)
        else:       # one name, two orders: in one piece
            self.check(modes=TWO_MODES, d=Expect(update=25))

    def test_c1a_danish_in_the_older_charset_of_the_target(self):
        """The bound must fit into the narrower column of the two."""
        rows = "SELECT {}, id, 0, REPEAT('x', 700) FROM (SELECT n DIV 12 p, n % 12 id FROM n) i WHERE p BETWEEN 2 AND 673"
        self.filled('d', 'CREATE TABLE d (k VARCHAR(2) CHARACTER SET utf8mb4 COLLATE utf8mb4_danish_ci NOT NULL, id INT NOT NULL, '
                         'v INT, p VARCHAR(900) CHARACTER SET latin1, PRIMARY KEY (k, id))', rows.format(self.CODES), 676 * 12)
        self.on_source('ALTER TABLE d MODIFY k VARCHAR(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_danish_ci NOT NULL')
        self.on_target("UPDATE d SET v = 1 WHERE CONCAT(k) IN ('ca', 'cm', 'cz') AND id < 5")
        self.check_cut('d', Expect(update=15), modes=TWO_MODES)


class Others(Cut):
    def check_key(self, kind, value, count=10_000, target_kind=None, change='id % 1667 = 0'):
        """A key (k, id) where k is of that kind and comes of the number n."""
        ddl = f'CREATE TABLE t (k {kind} NOT NULL, id INT NOT NULL, v INT{WIDE}, PRIMARY KEY (k, id))'
        self.filled('t', ddl, f'(k, id, v) SELECT {value}, n, 1 FROM n', count)
        if target_kind:
            self.on_target(f'ALTER TABLE t MODIFY k {target_kind} NOT NULL')
        changed = int(self.session(self.target).value(f'SELECT COUNT(*) FROM t WHERE {change}'))
        self.on_target(f'UPDATE t SET v = 2 WHERE {change}')
        self.check_cut('t', Expect(update=changed), modes=TWO_MODES)

    def test_binary_of_a_fixed_length(self):
        self.check_key('BINARY(2)', "UNHEX(LPAD(HEX(n % 65521), 4, '0'))")

    def test_binary_of_two_lengths(self):
        self.check_key('VARBINARY(3)', "UNHEX(LPAD(HEX(n * 1400), 6, '0'))", target_kind='VARBINARY(30)')

    def test_binary_that_is_shorter_than_a_bound(self):
        self.check_key('VARBINARY(1)', "CHAR(n % 256)")

    def test_decimals_of_a_coarse_scale(self):
        self.check_key('DECIMAL(3,1)', '(n % 1999 - 999) / 10')

    def test_decimals_of_two_scales(self):
        self.check_key('DECIMAL(12,6)', '(n - 5000) * 2.000001', target_kind='DECIMAL(20,9)')

    def test_decimals_and_integers(self):
        self.check_key('DECIMAL(9,0)', '(n - 5000) * 3', target_kind='INT')

    def test_integers_of_two_sizes(self):
        self.check_key('SMALLINT', 'n - 5000', target_kind='BIGINT')

    def test_bits(self):
        self.check_key('BIT(64)', 'CAST(n AS UNSIGNED) * 900000000000000')

    def test_floats(self):
        self.check_key('FLOAT', '(n - 5000) / 8')

    def test_floats_that_are_hardly_there(self):
        self.check_key('DOUBLE', '(n - 5000) * 4.9406564584124654e-324')

    def test_floats_from_end_to_end(self):
        self.check_key('DOUBLE', '(n - 5000) / 5000 * 1.7976931348623157e308')

    def test_dates_of_nothing_and_of_the_first_years(self):
        self.check_key('DATE', "CASE n % 7 WHEN 0 THEN '0000-00-00' WHEN 1 THEN '2024-00-15' WHEN 2 THEN '0001-01-01' "
                               "WHEN 3 THEN '2024-02-31' ELSE DATE_ADD('1000-01-01', INTERVAL n * 160 DAY) END")

    def test_moments_around_a_change_of_the_clocks(self):
        self.check_key(STAMP, 'FROM_UNIXTIME(1 + n * 100000)')

    def test_timestamps_and_datetimes(self):
        self.check_key(STAMP, 'FROM_UNIXTIME(1729990000 + n)', target_kind='DATETIME(3)')

    def test_datetimes_beyond_what_a_timestamp_holds(self):
        ddl = f'CREATE TABLE t (k DATETIME NOT NULL, id INT NOT NULL, v INT{WIDE}, PRIMARY KEY (k, id))'
        self.filled('t', ddl, "(k, id, v) SELECT DATE_ADD('1990-01-01', INTERVAL n HOUR), n, 1 FROM n", 10_000)
        self.on_target('ALTER TABLE t MODIFY k ' + STAMP + ' NOT NULL')
        # a source whose moments the target cannot hold
        self.on_source("INSERT INTO t (k, id, v) SELECT DATE_ADD('2200-01-01', INTERVAL id DAY), id, 5 FROM t",
                       'ANALYZE TABLE t')
        self.on_target('UPDATE t SET v = 2 WHERE id % 1667 = 0')
        self.check_cut('t', Expect(insert=10_000, update=6), modes=TWO_MODES)

    def test_datetimes_and_dates(self):
        self.check_key('DATETIME', "DATE_ADD('2000-01-01', INTERVAL n DAY)", target_kind='DATE')

    def test_times_of_both_signs(self):
        ddl = f'CREATE TABLE t (k TIME NOT NULL, id INT NOT NULL, v INT{WIDE}, PRIMARY KEY (k, id))'
        self.filled('t', ddl, '(k, id, v) SELECT SEC_TO_TIME((n - 5000) * 600), n, 1 FROM n', 10_000)
        self.on_target('UPDATE t SET v = 2 WHERE id % 1667 = 0')
        self.check(modes=TWO_MODES, t=Expect(update=6))


class Counts(WritingTest, Cut):
    """The independent count: what was read in ranges against COUNT(*)."""
    KINDS = (('VARCHAR(20)', "CONCAT('k', n)"), ('DATETIME', "DATE_ADD('2020-01-01', INTERVAL n HOUR)"), ('YEAR', '1901 + n % 255'),
             ('DECIMAL(12,2)', 'n * 1.25'), ('VARBINARY(9)', 'LPAD(n, 9, 0)'), ('DOUBLE', 'n / 7'), ('BIT(20)', 'n'))

    def fill(self, table, kind, value, engine='InnoDB'):
        self.filled(table, f'CREATE TABLE {table} (k {kind} NOT NULL, id INT NOT NULL, v INT{WIDE}, PRIMARY KEY (k, id)) '
                           f'ENGINE={engine}', f'(k, id, v) SELECT {value}, n, 1 FROM n', 12_000)

    def with_fault(self, *options):
        return self.start_write(*options, command='verify', yes=False, faults=True,
                                env={'DBSYNC_FAULT': 'data.bound:1:error+'}).wait(60)

    @each_pair
    def test_c1_a_bound_that_is_wrong_on_purpose_is_noticed(self):
        for number, (kind, value) in enumerate(self.KINDS):
            self.fill(f't{number}', kind, value)
        for digest, parallel in MODES:
            answer = self.with_fault('--digest', digest, '--parallel', parallel)
            self.expect_exit(answer, 6)
            for number in range(len(self.KINDS)):
                entry = answer.table(f't{number}')
                self.assertEqual(entry['verdict'], 'incomplete', str(answer))
                self.assertRegex(entry['skipped'], r"^the source has 12000 rows, and \d+ of them were read in \d+ ranges: "
                                                   "it does not read a bound of its keys as it was meant$")

    def test_c1_incremental_writes_nothing_to_a_table_that_was_miscounted(self):
        self.fill('t', *self.KINDS[0])
        self.on_target('UPDATE t SET v = 2')
        self.expect_exit(self.stumble(fault='data.bound:1:error+'), 6)
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t WHERE v = 2'), [('12000',)])

    def fill_large(self):
        """More than 64 MiB, which several connections copy and keep in ranges."""
        self.scope = ()
        self.filled('t', 'CREATE TABLE t (k VARCHAR(20) CHARACTER SET latin1 PRIMARY KEY, v INT, p MEDIUMTEXT CHARACTER SET latin1)',
                    "SELECT CONCAT('k', n), 1, REPEAT('x', 10000) FROM n", 8_000)

    def test_c1_a_copy_that_lacks_a_range_does_not_come_into_force(self):
        self.fill_large()
        self.on_target('UPDATE t SET v = 2')
        answer = self.expect_exit(self.stumble('--parallel', 2, command='full-sync', fault='data.bound:1:error+'), 6)
        self.assertRegex(answer.text, r'the source has 8000 rows, and \d+ of them were read in \d+ ranges')
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t WHERE v = 2'), [('8000',)])

    def test_c1_a_backup_point_that_lacks_a_range_is_none(self):
        self.fill_large()
        self.on_both('CREATE TABLE other (id INT PRIMARY KEY)', 'INSERT INTO other VALUES (1)')
        self.on_source('DROP TABLE t')
        answer = self.expect_exit(self.stumble('--parallel', 2, '--drop-extra-tables', fault='data.bound:1:error+'), 6)
        self.assertRegex(answer.text, r'the target has 8000 rows, and \d+ of them were read in \d+ ranges')
        self.assertEqual(self.on_target('SELECT COUNT(*) FROM t'), [('8000',)])

    def test_c1_what_is_counted_and_what_is_not(self):
        self.fill('texts', *self.KINDS[0])
        self.fill('quick', *self.KINDS[0], engine='MyISAM')
        self.filled('integers', f'CREATE TABLE integers (id INT PRIMARY KEY, v INT{WIDE})', '(id, v) SELECT n, 1 FROM n', 12_000)
        self.on_both('CREATE TABLE small (k CHAR(9) PRIMARY KEY)')
        wanted = {'texts': 'same', 'quick': 'no view', 'integers': 'not needed', 'small': 'not needed'}
        for digest, parallel in MODES:
            answer = self.expect_exit(self.verify('--digest', digest, '--parallel', parallel), 0)
            self.assertEqual({name: entry['counted'] for name, entry in answer.tables.items()}, wanted, str(answer))
        for options in (('--no-snapshot',), ('--where', 'texts:v = 1')):
            answer = self.expect_exit(self.verify(*options), 0)
            self.assertEqual(answer.table('texts')['counted'], 'no view' if len(options) == 1 else 'same', str(answer))

    def test_c1_views_that_are_renewed_guard_no_count(self):
        """Nor is that an error: the report says that nobody counted."""
        self.fill('t', *self.KINDS[0])
        words = ('--max-snapshot-age', 1, '--rate', 4, '--digest', 'stream', '--parallel', 2)
        answer = self.expect_exit(self.verify(*words), 0)
        self.assertEqual(answer.json['consistency'], {'source': 'renewed', 'target': 'renewed'}, str(answer))
        self.assertEqual(answer.table('t')['counted'], 'no view', str(answer))

    def test_c1_a_full_verification_counts_anew(self):
        self.fill('t', *self.KINDS[0])
        self.on_target('UPDATE t SET v = 2 WHERE id < 9', "DELETE FROM t WHERE id = 77")
        self.expect_written(self.incremental('--verify', 'full'), t=(1, 9, 0))
        self.check_equal()


class Sets(Cut):
    @each_pair
    def test_c1c_a_set_of_64_members_under_a_descending_key(self):
        members = ','.join(f"'m{n}'" for n in range(64))
        descends = 'DESC' if self.source.family == self.target.family == 'mysql' else ''
        self.on_both(f'CREATE TABLE s (g INT NOT NULL, k SET({members}) NOT NULL, id INT NOT NULL, v INT, '
                     f'UNIQUE (g, k {descends}, id))')
        values = [0, 1, 2**63, 2**63 + 1, 2**62, 2**64 - 1]
        self.insert('s', ('g', 'k', 'id', 'v'), [(g, k, n, 1) for n, k in enumerate(values) for g in range(3)])
        self.on_target('DELETE FROM s WHERE id = 5 AND g = 1', 'UPDATE s SET v = 2 WHERE id = 3 AND g = 2')
        self.check(modes=TWO_MODES, s=Expect(insert=1, update=1))
