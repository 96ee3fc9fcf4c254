/*
 * The promise under test: bounds between two keys lie strictly between them
 * and ascend, whatever the keys; where that cannot be had there are none.
 */
#include "dbsync/data/range.h"

#include "dbsync/base/own.h"

#include "key_samples.h"
#include "model_samples.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct key_space space;
static const struct bound *bounds;

static void begin(void)
{
	space = (struct key_space){.arena = arena_new()};
	bounds = NULL;
}

static void end(void)
{
	arena_drop(&space.arena);
}

static void use(const char *columns, const char *keys)
{
	space.pair = sample_pair(space.arena,
				 (struct sample_pair){.source_columns = columns,
						      .source_keys = keys});
	space.projection = projection_make(space.pair, SOURCE, "", 0);
	ck_assert_int_eq(space.pair->identity, IDENTITY_PRIMARY);
}

static struct sample_key_row row_of(const char *a, const char *b)
{
	return (struct sample_key_row){
		.parts = {{a, strlen(a)}, {b, b ? strlen(b) : 0}}};
}

/* Lives as long as the space. */
static const char *condition_of(const struct bound *low,
				const struct bound *high)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	range_condition(&out, space.projection, &(struct range){low, high, 0});
	return arena_strdup(space.arena, out.data);
}

static const char *at_least(const struct bound *bound)
{
	return condition_of(bound, NULL);
}

static const char *below(const struct bound *bound)
{
	return condition_of(NULL, bound);
}

static size_t cut_rows(const struct sample_key_row *first,
		       const struct sample_key_row *last, size_t wanted)
{
	const char *texts[2][KEY_PARTS];
	size_t lengths[2][KEY_PARTS];

	for (size_t i = 0; i < KEY_PARTS; i++) {
		texts[0][i] = first->parts[i].data;
		lengths[0][i] = first->parts[i].length;
		texts[1][i] = last->parts[i].data;
		lengths[1][i] = last->parts[i].length;
	}
	return range_cut(space.pair, (struct key_text){texts[0], lengths[0]},
			 (struct key_text){texts[1], lengths[1]}, wanted,
			 space.arena, &bounds);
}

static size_t cut(const char *first, const char *last, size_t wanted)
{
	const struct sample_key_row a = row_of(first, NULL);
	const struct sample_key_row b = row_of(last, NULL);

	return cut_rows(&a, &b, wanted);
}

/* Valid until the next call but one. */
static struct key_value literal_of(size_t i)
{
	static struct key_literal literals[2];
	struct key_literal *literal = &literals[i % 2];
	const char *end = key_literal(bounds[i].literal, literal);

	key_need(!*end, "more than a literal", bounds[i].literal);
	return key_literal_value(literal);
}

/* first < every bound < last, and each below the next. */
static void expect_between(struct key_value first, struct key_value last,
			   size_t count)
{
	const enum key_order order =
		space.pair->key[count ? bounds[0].column : 0].order;
	struct key_value before = first;

	for (size_t i = 0; i < count; i++) {
		const struct key_value here = literal_of(i);

		key_need(key_order_values(order, before, here) < 0,
			 "not above the one before", bounds[i].literal);
		before = here;
	}
	ck_assert_int_lt(key_order_values(order, before, last), 0);
}

static size_t cut_between(const char *first, const char *last, size_t wanted)
{
	const size_t count = cut(first, last, wanted);

	ck_assert_uint_le(count, wanted);
	expect_between((struct key_value){first, strlen(first)},
		       (struct key_value){last, strlen(last)}, count);
	return count;
}

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

START_TEST(integers_are_cut_evenly)
{
	use("id int", "PRIMARY(id)");
	ck_assert_uint_eq(cut("0", "100", 3), 3);
	ck_assert_str_eq(bounds[0].literal, "25");
	ck_assert_str_eq(bounds[1].literal, "50");
	ck_assert_str_eq(bounds[2].literal, "75");
	ck_assert_str_eq(at_least(&bounds[1]), "(`id` >= 50)");
	ck_assert_str_eq(below(&bounds[1]), "(`id` < 50)");
	ck_assert_uint_eq(bounds[1].column, 0);
	ck_assert_str_eq(bounds[1].first, "0");
	ck_assert_str_eq(bounds[1].last, "100");
}
END_TEST

START_TEST(hc_006_integers_are_cut_between_their_limits)
{
	use("id bigint", "PRIMARY(id)");
	ck_assert_uint_eq(cut_between("-9223372036854775808",
				      "9223372036854775807", 1),
			  1);
	ck_assert_str_eq(bounds[0].literal, "-1");
	ck_assert_uint_eq(cut_between("-9223372036854775808",
				      "9223372036854775807", 4095),
			  4095);
	use("id bigint unsigned", "PRIMARY(id)");
	ck_assert_uint_eq(cut_between("0", "18446744073709551615", 1), 1);
	ck_assert_str_eq(bounds[0].literal, "9223372036854775807");
	ck_assert_uint_eq(cut_between("0", "18446744073709551615", 4095), 4095);
	ck_assert_uint_eq(cut_between("-9223372036854775808",
				      "18446744073709551615", 4095),
			  4095);
}
END_TEST

START_TEST(hc_006_neighbours_at_the_limits_are_not_cut)
{
	use("id bigint unsigned", "PRIMARY(id)");
	ck_assert_uint_eq(
		cut("18446744073709551614", "18446744073709551615", 9), 0);
	ck_assert_uint_eq(
		cut("-9223372036854775808", "-9223372036854775807", 9), 0);
	ck_assert_uint_eq(cut("-1", "0", 9), 0);
	ck_assert_uint_eq(cut("0", "1", 9), 0);
}
END_TEST

START_TEST(hc_007_integers_above_2_to_53_are_cut_exactly)
{
	use("id bigint", "PRIMARY(id)");
	ck_assert_uint_eq(
		cut_between("9007199254740992", "9007199254740994", 9), 1);
	ck_assert_str_eq(bounds[0].literal, "9007199254740993");
	ck_assert_uint_eq(cut("9007199254740992", "9007199254740993", 9), 0);
}
END_TEST

START_TEST(hc_009_negative_numbers_are_cut_as_others)
{
	use("id int", "PRIMARY(id)");
	ck_assert_uint_eq(cut_between("-100", "-1", 9), 9);
	ck_assert_uint_eq(cut_between("-3", "3", 100), 5);
	ck_assert_uint_eq(cut_between("-1", "1", 100), 1);
	ck_assert_str_eq(bounds[0].literal, "0");
}
END_TEST

START_TEST(more_bounds_than_numbers_are_as_many_as_numbers)
{
	use("id int(5) unsigned zerofill", "PRIMARY(id)");
	ck_assert_uint_eq(cut_between("00010", "00015", 1000), 4);
	ck_assert_uint_eq(cut("00010", "00015", 0), 0);
}
END_TEST

START_TEST(hc_008_decimals_are_cut_between_their_digits)
{
	use("id decimal(65,30)", "PRIMARY(id)");
	ck_assert_uint_eq(cut_between("0.5", "1000.75", 99), 99);
	ck_assert_uint_eq(cut_between("-99999999999999999999999999999999999."
				      "999999999999999999999999999999",
				      "99999999999999999999999999999999999."
				      "999999999999999999999999999999",
				      99),
			  99);
	ck_assert_uint_gt(cut_between("-0.000100", "0.000100", 99), 0);
	(void)cut_between("0.000001", "0.000003", 99);
	(void)cut_between("1.000000", "1.000001", 99);
	(void)cut_between("0.1", "0.100000000000000000000000000001", 99);
	(void)cut_between("12345678901234567890.1", "12345678901234567890.9",
			  99);
	(void)cut_between("-1.0000005", "-1.0000004", 99);
}
END_TEST

START_TEST(hc_024_reals_are_cut_between_their_bits)
{
	use("id double", "PRIMARY(id)");
	ck_assert_uint_eq(cut_between("-1.5", "2.5", 99), 99);
	ck_assert_uint_eq(cut_between("-1.7976931348623157e308",
				      "1.7976931348623157e308", 99),
			  99);
	ck_assert_uint_eq(cut_between("0", "1e-300", 99), 99);
	ck_assert_uint_eq(cut("1", "1.0000000000000002", 99), 0);
	ck_assert_uint_eq(cut("-0", "0", 99), 0);
}
END_TEST

START_TEST(hc_008_decimals_finer_than_doubles_still_ascend)
{
	use("id decimal(20,0)", "PRIMARY(id)");
	(void)cut_between("1234567890185875456", "1234567890185878272", 97);
	(void)cut_between("1234567890241779200", "1234567890241782272", 73);
}
END_TEST

START_TEST(hc_024_neighbouring_reals_still_ascend)
{
	use("id double", "PRIMARY(id)");
	ck_assert_uint_le(cut_between("1", "1.0000000000000004", 99), 1);
}
END_TEST

/* ------------------------------------------------------------------------
 * Dates
 * --------------------------------------------------------------------- */

static bool is_date(const char *literal)
{
	static const int days[] = {31, 28, 31, 30, 31, 30,
				   31, 31, 30, 31, 30, 31};
	int year = 0;
	int month = 0;
	int day = 0;

	if (sscanf(literal, "'%4d-%2d-%2d", &year, &month, &day) != 3 ||
	    year < 1 || year > 9999 || month < 1 || month > 12 || day < 1)
		return false;
	const bool is_leap = year % 4 == 0 &&
			     (year % 100 != 0 || year % 400 == 0);

	return day <= days[month - 1] + (month == 2 && is_leap);
}

START_TEST(hc_025_dates_are_cut_into_dates)
{
	use("d date", "PRIMARY(d)");
	const size_t count = cut_between("0001-01-01", "9999-12-31", 40000);

	ck_assert_uint_eq(count, 40000);
	for (size_t i = 0; i < count; i++)
		key_need(is_date(bounds[i].literal) &&
				 strlen(bounds[i].literal) == 12,
			 "no date", bounds[i].literal);
}
END_TEST

START_TEST(every_day_of_a_leap_year_is_a_bound)
{
	use("d date", "PRIMARY(d)");
	ck_assert_uint_eq(cut_between("2023-12-31", "2025-01-01", 366), 366);
	ck_assert_str_eq(bounds[0].literal, "'2024-01-01'");
	ck_assert_str_eq(bounds[58].literal, "'2024-02-28'");
	ck_assert_str_eq(bounds[59].literal, "'2024-02-29'");
	ck_assert_str_eq(bounds[60].literal, "'2024-03-01'");
	ck_assert_str_eq(bounds[365].literal, "'2024-12-31'");
	ck_assert_uint_eq(cut_between("1900-02-28", "1900-03-02", 9), 1);
	ck_assert_str_eq(bounds[0].literal, "'1900-03-01'");
	ck_assert_uint_eq(cut("2024-02-28", "2024-02-29", 9), 0);
}
END_TEST

START_TEST(hc_025_moments_are_cut_with_and_without_fractions)
{
	use("d datetime(6)", "PRIMARY(d)");
	const size_t count = cut_between("0001-01-01 00:00:00.000001",
					 "9999-12-31 23:59:59.999999", 9999);

	ck_assert_uint_eq(count, 9999);
	for (size_t i = 0; i < count; i++)
		key_need(is_date(bounds[i].literal), "no date",
			 bounds[i].literal);
	(void)cut_between("2024-01-01 00:00:00.5", "2024-01-01 00:00:01.5", 9);
	(void)cut_between("2024-01-01 00:00:00.9", "2024-01-01 00:00:02.1", 9);
	ck_assert_uint_eq(cut_between("2024-01-01 23:59:58",
				      "2024-01-02 00:00:02", 99),
			  3);
	ck_assert_str_eq(bounds[0].literal, "'2024-01-01 23:59:59'");
	ck_assert_str_eq(bounds[1].literal, "'2024-01-02 00:00:00'");
	ck_assert_uint_eq(
		cut("2024-01-01 00:00:00.1", "2024-01-01 00:00:00.9", 9), 0);
}
END_TEST

static const char *const no_dates[] = {
	"0000-00-00 00:00:00", "2024-00-15 00:00:00", "2024-01-00 00:00:00"};

/* Keys of that kind are in the first range; the others are not held up. */
START_TEST(hc_055_behind_dates_that_are_none_bounds_are_dates)
{
	use("d datetime", "PRIMARY(d)");
	const size_t count = cut(no_dates[_i], "2025-01-01 00:00:00", 9);

	ck_assert_uint_eq(count, 9);
	for (size_t i = 0; i < count; i++)
		key_need(is_date(bounds[i].literal) &&
				 strcmp(bounds[i].literal, "'1000-") >= 0,
			 "no date", bounds[i].literal);
	ck_assert_uint_eq(cut("nonsense", "2025-01-01 00:00:00", 9), 0);
}
END_TEST

/* ------------------------------------------------------------------------
 * Bytes and text
 * --------------------------------------------------------------------- */

static size_t cut_bytes(const char *first, size_t first_length,
			const char *last, size_t last_length, size_t wanted)
{
	const struct sample_key_row a = {{{first, first_length}}};
	const struct sample_key_row b = {{{last, last_length}}};
	const size_t count = cut_rows(&a, &b, wanted);

	expect_between(a.parts[0], b.parts[0], count);
	return count;
}

START_TEST(hc_021_bytes_are_cut_behind_their_common_prefix)
{
	use("k binary(16)", "PRIMARY(k)");
	ck_assert_uint_eq(cut_bytes("abcdefghijkl\0\0\0\0", 16,
				    "abcdefghijkl\xff\0\0\0", 16, 254),
			  254);
	ck_assert_str_eq(bounds[0].literal,
			 "x'6162636465666768696a6b6c01000000'");
	ck_assert_uint_eq(cut_bytes("", 0, "\xff\xff\xff\xff", 4, 1000), 1000);
	ck_assert_uint_eq(cut_bytes("a", 1, "a\0\0\0\2", 5, 9), 1);
	(void)cut_bytes("a", 1, "a\0", 2, 9);
	(void)cut_bytes("a", 1, "a\0\0\0\0\0", 6, 9);
}
END_TEST

START_TEST(hc_022_quotes_and_marks_in_bytes_are_digits_in_a_literal)
{
	use("k varbinary(16)", "PRIMARY(k)");
	ck_assert_uint_eq(cut_bytes("'),\0", 4, "'),\xff", 4, 200), 200);
	ck_assert_uint_eq(cut_bytes("\x27", 1, "\xf9\x6d\xd7", 3, 200), 200);
	ck_assert_uint_eq(cut_bytes("a\\' OR 1--", 10, "b", 1, 50), 50);
}
END_TEST

START_TEST(hc_018_texts_are_cut_behind_their_common_prefix)
{
	use("k varchar(99) collate utf8mb4_bin", "PRIMARY(k)");
	ck_assert_uint_eq(cut_between("https://example.org/a",
				      "https://example.org/z", 20),
			  20);
	ck_assert_int_eq(strncmp(bounds[0].literal,
				 "_utf8mb4 x'68747470733a2f2f", 26),
			 0);
	ck_assert_uint_eq(cut_between("0a1b2c3d-0000", "ffffffff-ffff", 999),
			  999);
}
END_TEST

START_TEST(texts_without_case_are_cut_over_letters_of_one_case)
{
	use("k varchar(99)", "PRIMARY(k)");
	ck_assert_uint_eq(cut_between("Alpha", "zulu", 50), 50);
	ck_assert_uint_eq(cut_between("A", "C", 9), 9);
	for (size_t i = 0; i < 9; i++) {
		const struct key_value value = literal_of(i);

		ck_assert_uint_eq(
			strspn(value.data,
			       "0123456789abcdefghijklmnopqrstuvwxyz"),
			value.length);
	}
}
END_TEST

START_TEST(hc_019_digits_in_text_are_cut_as_text)
{
	use("k varchar(20) collate latin1_swedish_ci", "PRIMARY(k)");
	ck_assert_uint_eq(cut_between("100000000", "601940318", 5), 5);
	ck_assert_int_eq(strncmp(bounds[0].literal, "_latin1 x'", 10), 0);
}
END_TEST

START_TEST(a_text_without_padding_is_cut_as_text)
{
	use("k varchar(20) collate utf8mb4_0900_bin", "PRIMARY(k)");
	ck_assert_int_eq(space.pair->key[0].order, ORDER_BYTES);
	ck_assert_uint_eq(cut_between("a", "z", 20), 20);
	for (size_t i = 0; i < 20; i++) {
		const struct key_value value = literal_of(i);

		for (size_t k = 0; k < value.length; k++)
			ck_assert_int_lt((unsigned char)value.data[k], 128);
	}
}
END_TEST

START_TEST(a_prefix_that_is_not_ascii_is_not_cut)
{
	use("k varchar(20) collate utf8mb4_bin", "PRIMARY(k)");
	ck_assert_uint_eq(cut("\xC3\xA9"
			      "a",
			      "\xC3\xA9"
			      "z",
			      9),
			  0);
	ck_assert_uint_eq(cut("\xC3\xA8", "\xC3\xA9", 9), 0);
}
END_TEST

static const struct {
	const char *columns;
	const char *first;
	const char *last;
} uncut[] = {
	{"k time", "-838:59:59", "838:59:59"},
	{"k enum('a','b','c')", "1", "3"},
	{"k set('a','b','c')", "1", "7"},
	{"k uuid", "00000000-0000-0000-0000-000000000000",
	 "ffffffff-ffff-ffff-ffff-ffffffffffff"},
	{"k varchar(9) collate utf16_bin", "a", "z"},
};

START_TEST(what_cannot_be_interpolated_is_not_cut)
{
	use(uncut[_i].columns, "PRIMARY(k)");
	ck_assert_uint_eq(cut(uncut[_i].first, uncut[_i].last, 9), 0);
}
END_TEST

static const struct {
	const char *columns;
	const char *value;
} equals[] = {
	{"k int", "7"},
	{"k decimal(9,2)", "7.50"},
	{"k double", "0.1"},
	{"k datetime", "2024-01-01 00:00:00"},
	{"k binary(4)", "abcd"},
	{"k varchar(9)", "abc"},
	{"k varchar(9) collate utf8mb4_bin", ""},
	{"k enum('a')", "1"},
};

START_TEST(equal_keys_are_not_cut)
{
	use(equals[_i].columns, "PRIMARY(k)");
	ck_assert_uint_eq(cut(equals[_i].value, equals[_i].value, 9), 0);
}
END_TEST

/* ------------------------------------------------------------------------
 * Keys of several columns
 * --------------------------------------------------------------------- */

START_TEST(hc_013_a_bound_goes_as_far_as_the_columns_that_are_equal)
{
	use("a int; b varchar(9)", "PRIMARY(a,b)");
	const struct sample_key_row first = row_of("7", "aaa");
	const struct sample_key_row last = row_of("7", "zzz");
	const struct sample_key_row other = row_of("9", "aaa");

	ck_assert_uint_eq(cut_rows(&first, &last, 5), 5);
	ck_assert_uint_eq(bounds[0].column, 1);
	ck_assert_int_eq(strncmp(at_least(&bounds[0]), "(`a` >= 7 AND ", 14),
			 0);
	ck_assert_uint_eq(cut_rows(&first, &other, 5), 1);
	ck_assert_uint_eq(bounds[0].column, 0);
	ck_assert_str_eq(at_least(&bounds[0]), "(`a` >= 8)");
}
END_TEST

START_TEST(a_column_that_cannot_be_cut_stops_the_cut)
{
	use("a enum('x','y'); b int", "PRIMARY(a,b)");
	const struct sample_key_row first = row_of("1", "1");
	const struct sample_key_row last = row_of("1", "100");
	const struct sample_key_row other = row_of("2", "100");

	ck_assert_uint_eq(cut_rows(&first, &last, 5), 0);
	ck_assert_uint_eq(cut_rows(&first, &other, 5), 0);
}
END_TEST

START_TEST(hc_011_a_bound_of_several_columns_is_written_out)
{
	static const char *const literals[] = {"1", "2", "3"};

	use("a int; b int; c int", "PRIMARY(a,b,c)");
	const struct bound bound = range_bound(literals, 3);

	ck_assert_str_eq(at_least(&bound),
			 "(`a` >= 1 AND (`a` > 1 OR (`a` = 1 AND (`b` >= 2 AND "
			 "(`b` > 2 OR (`b` = 2 AND (`c` >= 3)))))))");
	ck_assert_str_eq(below(&bound),
			 "(`a` <= 1 AND (`a` < 1 OR (`a` = 1 AND (`b` <= 2 AND "
			 "(`b` < 2 OR (`b` = 2 AND (`c` < 3)))))))");
	ck_assert_str_eq(bound.literal, "3");
	ck_assert_uint_eq(bound.column, 2);
}
END_TEST

START_TEST(a_condition_has_the_ends_that_its_range_has)
{
	static const char *const one[] = {"1"};
	static const char *const nine[] = {"9"};
	const struct bound low = range_bound(one, 1);
	const struct bound high = range_bound(nine, 1);

	use("a int", "PRIMARY(a)");
	ck_assert_str_eq(condition_of(NULL, NULL), "1");
	ck_assert_str_eq(condition_of(&low, NULL), "(`a` >= 1)");
	ck_assert_str_eq(condition_of(NULL, &high), "(`a` < 9)");
	ck_assert_str_eq(condition_of(&low, &high), "(`a` >= 1) AND (`a` < 9)");
}
END_TEST

START_TEST(only_the_order_of_texts_must_be_asked)
{
	use("a varchar(9); b varchar(9) collate utf8mb4_bin; c int; d date; "
	    "e binary(9)",
	    "PRIMARY(a,b,c,d,e)");
	ck_assert(range_needs_proof(space.pair, 0));
	ck_assert(range_needs_proof(space.pair, 1));
	ck_assert(!range_needs_proof(space.pair, 2));
	ck_assert(!range_needs_proof(space.pair, 3));
	ck_assert(!range_needs_proof(space.pair, 4));
}
END_TEST

static TCase *number_case(void)
{
	TCase *tcase = tcase_create("numbers");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, integers_are_cut_evenly);
	tcase_add_test(tcase, hc_006_integers_are_cut_between_their_limits);
	tcase_add_test(tcase, hc_006_neighbours_at_the_limits_are_not_cut);
	tcase_add_test(tcase, hc_007_integers_above_2_to_53_are_cut_exactly);
	tcase_add_test(tcase, hc_009_negative_numbers_are_cut_as_others);
	tcase_add_test(tcase, more_bounds_than_numbers_are_as_many_as_numbers);
	tcase_add_test(tcase, hc_008_decimals_are_cut_between_their_digits);
	tcase_add_test(tcase, hc_024_reals_are_cut_between_their_bits);
	tcase_add_test(tcase, hc_008_decimals_finer_than_doubles_still_ascend);
	tcase_add_test(tcase, hc_024_neighbouring_reals_still_ascend);
	tcase_add_test(tcase, hc_025_dates_are_cut_into_dates);
	tcase_add_test(tcase, every_day_of_a_leap_year_is_a_bound);
	tcase_add_test(tcase,
		       hc_025_moments_are_cut_with_and_without_fractions);
	tcase_add_loop_test(tcase,
			    hc_055_behind_dates_that_are_none_bounds_are_dates,
			    0, (int)COUNT(no_dates));
	return tcase;
}

static TCase *text_case(void)
{
	TCase *tcase = tcase_create("text");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, hc_021_bytes_are_cut_behind_their_common_prefix);
	tcase_add_test(
		tcase,
		hc_022_quotes_and_marks_in_bytes_are_digits_in_a_literal);
	tcase_add_test(tcase, hc_018_texts_are_cut_behind_their_common_prefix);
	tcase_add_test(tcase,
		       texts_without_case_are_cut_over_letters_of_one_case);
	tcase_add_test(tcase, hc_019_digits_in_text_are_cut_as_text);
	tcase_add_test(tcase, a_text_without_padding_is_cut_as_text);
	tcase_add_test(tcase, a_prefix_that_is_not_ascii_is_not_cut);
	tcase_add_loop_test(tcase, what_cannot_be_interpolated_is_not_cut, 0,
			    (int)COUNT(uncut));
	tcase_add_loop_test(tcase, equal_keys_are_not_cut, 0,
			    (int)COUNT(equals));
	return tcase;
}

static TCase *bound_case(void)
{
	TCase *tcase = tcase_create("bounds");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(
		tcase,
		hc_013_a_bound_goes_as_far_as_the_columns_that_are_equal);
	tcase_add_test(tcase, a_column_that_cannot_be_cut_stops_the_cut);
	tcase_add_test(tcase, hc_011_a_bound_of_several_columns_is_written_out);
	tcase_add_test(tcase, a_condition_has_the_ends_that_its_range_has);
	tcase_add_test(tcase, only_the_order_of_texts_must_be_asked);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("range");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, number_case());
	suite_add_tcase(suite, text_case());
	suite_add_tcase(suite, bound_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
