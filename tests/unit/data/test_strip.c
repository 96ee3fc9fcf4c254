/*
 * The promise under test: the cells of a strip are few, in the order of keys,
 * and lose nothing and double nothing of the ranges they are made of; bounds
 * are shown as people write keys.
 */
#include "dbsync/data/strip.h"

#include "dbsync/base/buf.h"

#include "model_samples.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 4096 };

static struct arena *arena;
static struct strip_cell ranges[MOST];
static struct bound bounds[MOST];
static struct buf text;

static void begin(void)
{
	arena = arena_new();
	text = (struct buf)BUF_INIT;
	memset(ranges, 0, sizeof(ranges));
	for (size_t i = 0; i < MOST; i++) {
		ranges[i].ranges = 1;
		ranges[i].low = i ? &bounds[i] : NULL;
	}
}

static void end(void)
{
	buf_release(&text);
	arena_drop(&arena);
}

static void fill(size_t count, uint64_t rows)
{
	for (size_t i = 0; i < count; i++)
		ranges[i].rows = (struct tally){{rows, rows}};
}

/* ------------------------------------------------------------------------
 * Cells
 * --------------------------------------------------------------------- */

START_TEST(few_ranges_have_a_cell_each)
{
	fill(STRIP_CELLS, 10);
	ranges[0].rows.seen[SOURCE] = 1000000;
	ranges[7].changes[CHANGE_UPDATE] = 3;
	const struct strip strip = strip_make(ranges, STRIP_CELLS, arena);

	ck_assert_uint_eq(strip.count, STRIP_CELLS);
	for (size_t i = 0; i < strip.count; i++) {
		ck_assert_ptr_eq(strip.cells[i].low, ranges[i].low);
		ck_assert_uint_eq(strip.cells[i].ranges, 1);
		ck_assert_uint_eq(strip.cells[i].changes[CHANGE_UPDATE],
				  i == 7 ? 3 : 0);
	}
}
END_TEST

START_TEST(a_table_in_one_piece_is_one_cell)
{
	fill(1, 5);
	const struct strip strip = strip_make(ranges, 1, arena);

	ck_assert_uint_eq(strip.count, 1);
	ck_assert_ptr_null(strip.cells[0].low);
	ck_assert_uint_eq(strip.cells[0].rows.seen[TARGET], 5);
	ck_assert_uint_eq(strip_make(ranges, 0, arena).count, 0);
}
END_TEST

START_TEST(equal_ranges_make_equal_cells)
{
	fill(MOST, 100);
	const struct strip strip = strip_make(ranges, MOST, arena);

	ck_assert_uint_eq(strip.count, STRIP_CELLS);
	for (size_t i = 0; i < strip.count; i++) {
		ck_assert_uint_eq(strip.cells[i].ranges, MOST / STRIP_CELLS);
		ck_assert_ptr_eq(strip.cells[i].low,
				 ranges[i * MOST / STRIP_CELLS].low);
	}
}
END_TEST

/* By number of ranges, the first cell would have half of the rows. */
START_TEST(cells_are_put_together_by_rows)
{
	fill(640, 1);
	for (size_t i = 0; i < 10; i++)
		ranges[i].rows.seen[SOURCE] = 1000;
	const struct strip strip = strip_make(ranges, 640, arena);

	for (size_t i = 0; i < 10; i++)
		ck_assert_uint_eq(strip.cells[i].ranges, 1);
	ck_assert_uint_le(strip.count, STRIP_CELLS);
	ck_assert_uint_gt(strip.cells[11].ranges, 50);
}
END_TEST

static uint64_t sum(const struct strip_cell *cells, size_t count,
		    uint64_t (*of)(const struct strip_cell *cell))
{
	uint64_t all = 0;

	for (size_t i = 0; i < count; i++)
		all += of(&cells[i]);
	return all;
}

static uint64_t ranges_of(const struct strip_cell *cell)
{
	return cell->ranges;
}

static uint64_t source_of(const struct strip_cell *cell)
{
	return cell->rows.seen[SOURCE];
}

static uint64_t target_of(const struct strip_cell *cell)
{
	return cell->rows.seen[TARGET];
}

static uint64_t inserts_of(const struct strip_cell *cell)
{
	return cell->changes[CHANGE_INSERT];
}

static uint64_t updates_of(const struct strip_cell *cell)
{
	return cell->changes[CHANGE_UPDATE];
}

static uint64_t deletes_of(const struct strip_cell *cell)
{
	return cell->changes[CHANGE_DELETE];
}

static uint64_t undone_of(const struct strip_cell *cell)
{
	return cell->undone;
}

static uint64_t undone_rows_of(const struct strip_cell *cell)
{
	return cell->undone_rows;
}

/* Sizes from none to a quarter of the table, the same in every run. */
static void fill_unevenly(size_t count)
{
	uint64_t state = count;

	for (size_t i = 0; i < count; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		const uint64_t rows = (state >> 40) >> (state >> 33) % 25;

		ranges[i].rows = (struct tally){{rows, rows / 2}};
		ranges[i].changes[CHANGE_INSERT] = state >> 60;
		ranges[i].changes[CHANGE_UPDATE] = i % 3;
		ranges[i].changes[CHANGE_DELETE] = i % 7;
		ranges[i].undone = i % 5 == 0;
		ranges[i].undone_rows = ranges[i].undone ? rows : 0;
	}
}

START_TEST(nothing_is_lost_and_nothing_doubled)
{
	static uint64_t (*const all[])(const struct strip_cell *cell) = {
		ranges_of,  source_of,  target_of, inserts_of,
		updates_of, deletes_of, undone_of, undone_rows_of};
	const size_t count = (size_t)_i;

	fill_unevenly(count);
	const struct strip strip = strip_make(ranges, count, arena);

	ck_assert_uint_le(strip.count, STRIP_CELLS);
	for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++)
		ck_assert_uint_eq(sum(strip.cells, strip.count, all[k]),
				  sum(ranges, count, all[k]));
	ck_assert_ptr_null(strip.cells[0].low);
	for (size_t i = 1; i < strip.count; i++)
		ck_assert(strip.cells[i].low &&
			  (i == 1 ||
			   strip.cells[i].low > strip.cells[i - 1].low));
}
END_TEST

/* Whatever a server's EXPLAIN expects; so many rows that one is lost in them. */
START_TEST(estimates_without_sense_do_no_harm)
{
	for (size_t i = 0; i < STRIP_CELLS; i++)
		ranges[i].undone_rows = UINT64_MAX / 2;
	const struct strip strip = strip_make(ranges, STRIP_CELLS + 1, arena);

	ck_assert_uint_eq(strip.count, STRIP_CELLS);
	ck_assert_uint_eq(strip.cells[STRIP_CELLS - 1].ranges, 2);
}
END_TEST

/* ------------------------------------------------------------------------
 * Bounds
 * --------------------------------------------------------------------- */

static const char *shown(const char *columns, const char *key,
			 const char *const *literals, size_t count)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = columns,
					    .source_keys = key});
	const struct bound bound = range_bound(literals, count);

	buf_clear(&text);
	strip_show_bound(&text, pair, &bound);
	return text.data;
}

static const char *shown_one(const char *type, const char *literal)
{
	return shown(arena_printf(arena, "a %s", type), "PRIMARY(a)", &literal,
		     1);
}

START_TEST(bounds_are_shown_as_people_write_keys)
{
	static const char *const two[] = {"4", "_utf8mb4 x'6d61c3bc6c'"};

	ck_assert_str_eq(shown_one("bigint", "-123456"), "a=-123456");
	ck_assert_str_eq(shown_one("decimal(9,2)", "12.500000"), "a=12.500000");
	ck_assert_str_eq(shown_one("double", "1.25000000000000000e+03"),
			 "a=1250");
	ck_assert_str_eq(shown_one("date", "'2024-02-29'"), "a=2024-02-29");
	ck_assert_str_eq(shown_one("varbinary(9)", "x'00ff41'"), "a=0x00ff41");
	ck_assert_str_eq(shown_one("varchar(9)", "_utf8mb4 x''"), "a=");
	ck_assert_str_eq(shown("tenant int; name varchar(9)",
			       "PRIMARY(tenant,name)", two, 2),
			 "tenant=4, name=maül");
	ck_assert_str_eq(shown("tenant int; name varchar(9)",
			       "PRIMARY(tenant,name)", two, 1),
			 "tenant=4");
}
END_TEST

START_TEST(text_of_other_character_sets_is_shown_in_ours)
{
	ck_assert_str_eq(shown_one("varchar(9) collate latin1_bin",
				   "_latin1 x'6de96d65'"),
			 "a=méme");
	ck_assert_str_eq(shown_one("varchar(9)", "_utf8mb4 x'61ff0a'"),
			 "a=a\\xff\\n");
}
END_TEST

START_TEST(long_keys_are_cut)
{
	enum { WIDE = 100 };
	static const char *literals[] = {NULL, NULL, NULL, NULL};
	char *wide = arena_alloc(arena, 2 * WIDE + 1);

	memset(wide, '6', 2 * WIDE);
	for (size_t i = 0; i < 4; i++)
		literals[i] = arena_printf(arena, "_utf8mb4 x'%s'", wide);
	shown("a varchar(99); b varchar(99); c varchar(99); d varchar(99)",
	      "PRIMARY(a,b,c,d)", literals, 4);
	ck_assert_ptr_nonnull(strstr(text.data, "…(100 bytes), b=fff"));
	ck_assert_str_eq(text.data + text.length - strlen("), …"), "), …");
	ck_assert_uint_lt(text.length, 240);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("strip");
	TCase *tcase = tcase_create("strip");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, few_ranges_have_a_cell_each);
	tcase_add_test(tcase, a_table_in_one_piece_is_one_cell);
	tcase_add_test(tcase, equal_ranges_make_equal_cells);
	tcase_add_test(tcase, cells_are_put_together_by_rows);
	tcase_add_loop_test(tcase, nothing_is_lost_and_nothing_doubled, 1, 200);
	tcase_add_test(tcase, estimates_without_sense_do_no_harm);
	tcase_add_test(tcase, bounds_are_shown_as_people_write_keys);
	tcase_add_test(tcase, text_of_other_character_sets_is_shown_in_ours);
	tcase_add_test(tcase, long_keys_are_cut);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
