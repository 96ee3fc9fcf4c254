/*
 * The promise under test: a value is written so that SQL reads it back, so
 * that people can look at it safely, and in a canonical form that two values
 * share if and only if they are the same.
 */
#include "dbsync/data/value.h"

#include "value_samples.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct arena *arena;
static struct buf out;

static void begin(void)
{
	arena = arena_new();
	out = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&out);
	arena_drop(&arena);
}

static void expect_literal(const char *charset, struct value value,
			   const char *literal)
{
	const struct column column = {.charset = charset};

	buf_clear(&out);
	value_literal(&out, &column, value);
	ck_assert_str_eq(out.data, literal);
}

static void expect_show(struct value value, size_t limit, const char *words)
{
	buf_clear(&out);
	value_show(&out, value, limit);
	ck_assert_str_eq(out.data, words);
}

static struct value text(const char *bytes)
{
	return sample_text(arena, TYPE_CHAR, bytes);
}

/* ------------------------------------------------------------------------
 * Literals
 * --------------------------------------------------------------------- */

START_TEST(a_null_is_written_as_null)
{
	expect_literal("utf8mb4", sample_null(arena, TYPE_CHAR), "NULL");
	expect_literal("", sample_null(arena, TYPE_INTEGER), "NULL");
}
END_TEST

START_TEST(hc_006_numbers_are_written_exactly)
{
	expect_literal("", sample_integer(arena, 8, false, UINT64_C(1) << 63),
		       "-9223372036854775808");
	expect_literal("", sample_integer(arena, 8, true, UINT64_MAX),
		       "18446744073709551615");
	expect_literal("", sample_integer(arena, 1, false, 0), "0");
	expect_literal("", sample_text(arena, TYPE_DECIMAL, "-0012.500"),
		       "-0012.500");
	expect_literal("", sample_bytes(arena, TYPE_BIT, "\x01\x00", 2), "256");
}
END_TEST

START_TEST(hc_024_a_real_is_read_back_to_the_last_bit)
{
	static const double numbers[] = {
		0.0,
		-0.0,
		0.1,
		-1.7976931348623157e308,
		5e-324,
		1.0,
		1e-300,
		0.30000000000000004,
		9007199254740993.0,
	};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		buf_clear(&out);
		value_literal(&out, &(struct column){.charset = ""},
			      sample_double(arena, numbers[i]));
		const double again = strtod(out.data, NULL);

		ck_assert_mem_eq(&again, &numbers[i], sizeof(again));
		ck_assert_ptr_nonnull(strchr(out.data, 'e'));
	}
}
END_TEST

START_TEST(hc_025_moments_are_written_with_what_they_have)
{
	expect_literal("", sample_moment(arena, TYPE_DATE, "2024-02-29", 4),
		       "'2024-02-29'");
	expect_literal("", sample_moment(arena, TYPE_DATE, "0-0-0", 0),
		       "'0000-00-00'");
	expect_literal("", sample_moment(arena, TYPE_DATETIME, "2024-02-29", 4),
		       "'2024-02-29 00:00:00'");
	expect_literal("",
		       sample_moment(arena, TYPE_TIMESTAMP,
				     "2024-02-29 01:02:03.000045", 11),
		       "'2024-02-29 01:02:03.000045'");
	expect_literal("", sample_time(arena, "-838:59:59", 8), "'-838:59:59'");
	expect_literal("", sample_time(arena, "00:00:00", 0), "'00:00:00'");
	expect_literal("", sample_time(arena, "-00:00:00.000001", 12),
		       "'-00:00:00.000001'");
}
END_TEST

START_TEST(hc_019_digits_in_text_are_text)
{
	expect_literal("utf8mb4", text("601940318"),
		       "_utf8mb4 x'363031393430333138'");
}
END_TEST

START_TEST(hc_079_text_is_written_in_the_set_of_its_column)
{
	expect_literal("latin1", text("\xFF'\\"), "_latin1 x'ff275c'");
	expect_literal("", sample_text(arena, TYPE_UUID, "a"),
		       "_utf8mb4 x'61'");
	expect_literal("utf8mb4", text(""), "_utf8mb4 x''");
}
END_TEST

START_TEST(hc_020_bytes_are_written_as_bytes)
{
	expect_literal("", sample_text(arena, TYPE_BINARY, "0xabc"),
		       "x'3078616263'");
	expect_literal("", sample_bytes(arena, TYPE_BLOB, "\0\xff\0", 3),
		       "x'00ff00'");
	expect_literal("", sample_bytes(arena, TYPE_BLOB, "", 0), "x''");
}
END_TEST

/* ------------------------------------------------------------------------
 * For people
 * --------------------------------------------------------------------- */

START_TEST(people_see_numbers_and_dates_as_servers_write_them)
{
	expect_show(sample_integer(arena, 4, false, (uint64_t)-7), 99, "-7");
	expect_show(sample_text(arena, TYPE_DECIMAL, "1.50"), 99, "1.50");
	expect_show(sample_bytes(arena, TYPE_BIT, "\x05", 1), 99, "5");
	expect_show(sample_moment(arena, TYPE_DATE, "2024-02-29", 4), 99,
		    "2024-02-29");
	expect_show(sample_moment(arena, TYPE_DATETIME, "2024-02-29 1:2:3", 7),
		    99, "2024-02-29 01:02:03");
	expect_show(sample_time(arena, "-838:59:59", 8), 99, "-838:59:59");
}
END_TEST

START_TEST(people_see_the_shortest_text_of_a_real)
{
	expect_show(sample_double(arena, 0.1), 99, "0.1");
	expect_show(sample_double(arena, 0.1 + 0.2), 99, "0.30000000000000004");
	expect_show(sample_float(arena, 0.1f), 99, "0.1");
	expect_show(sample_float(arena, 14.22035f), 99, "14.22035");
	expect_show(sample_double(arena, -0.0), 99, "-0");
	expect_show(sample_double(arena, 1e300), 99, "1e+300");
	expect_show(sample_float(arena, 16777216.0f), 99, "16777216");
}
END_TEST

START_TEST(hc_039_people_can_tell_null_from_text)
{
	expect_show(sample_null(arena, TYPE_CHAR), 99, "NULL");
	expect_show(text(""), 99, "");
	expect_show(text("NULL"), 99, "NULL");
}
END_TEST

START_TEST(nothing_that_is_shown_touches_the_terminal)
{
	expect_show(text("a\n\t\r\\\x1b[31m\x7f"), 99,
		    "a\\n\\t\\r\\\\\\x1b[31m\\x7f");
	expect_show(text("\xE2\x80\xAE"), 99, "\\u{202E}");
	expect_show(text("\xFF"), 99, "\\xff");
}
END_TEST

START_TEST(long_values_are_cut_with_their_length)
{
	expect_show(text("abcdefghij"), 4, "abcd\xE2\x80\xA6(10 bytes)");
	expect_show(text("abcd"), 4, "abcd");
	expect_show(sample_text(arena, TYPE_BLOB, "abcdefghij"), 8,
		    "0x6162\xE2\x80\xA6(10 bytes)");
	expect_show(sample_bytes(arena, TYPE_BLOB, "\0\xff", 2), 8, "0x00ff");
}
END_TEST

/* ------------------------------------------------------------------------
 * The canonical form
 * --------------------------------------------------------------------- */

enum { MOST = 40 };

/* Values of one kind of column, some of them the same. */
struct sample_set {
	struct pair_column column;
	struct value values[MOST];
	size_t count;
};

static void add(struct sample_set *set, struct value value)
{
	ck_assert_uint_lt(set->count, MOST);
	set->values[set->count++] = value;
}

static void canonical(const struct sample_set *set, size_t i, struct buf *to)
{
	buf_clear(to);
	value_canonical(to, &set->column, set->values[i]);
}

/* Every value against every other. */
static void expect_agreement(const struct sample_set *set, size_t *same_out)
{
	struct buf a = BUF_INIT;
	struct buf b = BUF_INIT;

	*same_out = 0;
	for (size_t i = 0; i < set->count; i++)
		for (size_t k = 0; k < set->count; k++) {
			const bool same = value_same(
				&set->column, set->values[i], set->values[k]);

			canonical(set, i, &a);
			canonical(set, k, &b);
			ck_assert_msg((a.length == b.length &&
				       !memcmp(a.data, b.data, a.length)) ==
					      same,
				      "values %zu and %zu: %s", i, k,
				      same ? "same" : "not the same");
			*same_out += same && i != k;
		}
	buf_release(&a);
	buf_release(&b);
}

START_TEST(numbers_have_one_form_each)
{
	static const char *const texts[] = {"0",
					    "-0.00",
					    "000",
					    "1",
					    "1.0",
					    "01",
					    "-1",
					    "-1.0",
					    "10",
					    "0.1",
					    "0.10",
					    ".1",
					    "0.01",
					    "100",
					    "-10",
					    "-0.1",
					    "1.01",
					    "11",
					    "18446744073709551615",
					    "-9223372036854775808"};
	struct sample_set set = {.column = {.kind = KIND_NUMBER}};
	size_t same = 0;

	for (size_t i = 0; i < COUNT(texts); i++)
		add(&set, sample_text(arena, TYPE_DECIMAL, texts[i]));
	add(&set, sample_integer(arena, 1, false, 0));
	add(&set, sample_integer(arena, 8, true, UINT64_MAX));
	add(&set, sample_integer(arena, 8, false, UINT64_C(1) << 63));
	add(&set, sample_integer(arena, 8, true, UINT64_C(1) << 63));
	add(&set, sample_integer(arena, 2, false, (uint64_t)-1));
	add(&set, sample_integer(arena, 2, true, 100));
	add(&set, sample_bytes(arena, TYPE_BIT, "\0\x0a", 2));
	expect_agreement(&set, &same);
	ck_assert_uint_gt(same, 20);
}
END_TEST

START_TEST(reals_have_one_form_each)
{
	static const double numbers[] = {0.0, -0.0,   1.0, -1.0,
					 0.5, 5e-324, 0.1, 1e300};
	size_t same[2] = {0, 0};

	for (int folds = 0; folds < 2; folds++) {
		struct sample_set set = {
			.column = {.kind = KIND_REAL, .folds_zero = folds}};

		for (size_t i = 0; i < COUNT(numbers); i++)
			add(&set, sample_double(arena, numbers[i]));
		for (size_t i = 0; i < 5; i++)
			add(&set, sample_float(arena, (float)numbers[i]));
		add(&set, sample_float(arena, 0.1f));
		expect_agreement(&set, &same[folds]);
	}
	ck_assert_uint_gt(same[0], 0);
	ck_assert_uint_gt(same[1], same[0]);
}
END_TEST

START_TEST(moments_have_one_form_each)
{
	static const size_t lengths[] = {0, 4, 7, 11};
	static const char *const texts[] = {"0-0-0",
					    "2024-02-29",
					    "2024-02-29 00:00:01",
					    "2024-02-29 01:00:00",
					    "2024-02-29 00:00:00.000001",
					    "2024-02-29 00:01:00"};
	struct sample_set set = {.column = {.kind = KIND_MOMENT}};
	size_t same = 0;

	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t k = 0; k < COUNT(lengths); k++)
			add(&set, sample_moment(arena, TYPE_DATETIME, texts[i],
						lengths[k]));
	add(&set, sample_moment(arena, TYPE_DATE, texts[1], 4));
	expect_agreement(&set, &same);
	ck_assert_uint_gt(same, 10);
}
END_TEST

START_TEST(times_have_one_form_each)
{
	static const size_t lengths[] = {0, 8, 12};
	static const char *const texts[] = {
		"00:00:00",   "-00:00:00",        "24:00:00",
		"-24:00:00",  "00:00:24",         "838:59:59",
		"-838:59:59", "-00:00:00.000001", "00:00:00.000001"};
	struct sample_set set = {.column = {.kind = KIND_TIME}};
	size_t same = 0;

	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t k = 0; k < COUNT(lengths); k++)
			add(&set, sample_time(arena, texts[i], lengths[k]));
	expect_agreement(&set, &same);
	ck_assert_uint_gt(same, 10);
}
END_TEST

START_TEST(texts_have_one_form_each)
{
	static const char *const texts[] = {"",   "a", "A",    "a ",
					    " a", "0", "-0.0", "ab"};
	struct sample_set set = {.column = {.kind = KIND_TEXT}};
	size_t same = 0;

	for (size_t i = 0; i < COUNT(texts); i++) {
		add(&set, text(texts[i]));
		add(&set, sample_text(arena, TYPE_ENUM, texts[i]));
	}
	add(&set, sample_bytes(arena, TYPE_CHAR, "a\0", 2));
	expect_agreement(&set, &same);
	ck_assert_uint_eq(same, COUNT(texts) * 2);
}
END_TEST

START_TEST(hc_052_json_has_one_form_each)
{
	static const char *const texts[] = {"{}",
					    "{ }",
					    "[]",
					    "1",
					    "1.0",
					    "1e0",
					    "-0",
					    "0",
					    "\"a\"",
					    "\"\\u0061\"",
					    "{\"a\":1,\"b\":2}",
					    "{\"b\":2, \"a\":1}",
					    "{\"a\":1}",
					    "{",
					    "{ ",
					    "",
					    "null",
					    " null ",
					    "01"};
	struct sample_set set = {
		.column = {.kind = KIND_TEXT, .is_json = true}};
	size_t same = 0;

	for (size_t i = 0; i < COUNT(texts); i++)
		add(&set, text(texts[i]));
	expect_agreement(&set, &same);
	ck_assert_uint_gt(same, 8);
}
END_TEST

START_TEST(a_form_is_appended)
{
	const struct pair_column json = {.kind = KIND_TEXT, .is_json = true};

	buf_adds(&out, "before:");
	value_canonical(&out, &json, text("{"));
	value_canonical(&out, &json, text("[ 1 ]"));
	ck_assert_str_eq(out.data, "before:{[1]");
}
END_TEST

static TCase *literal_case(void)
{
	TCase *tcase = tcase_create("literal");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_null_is_written_as_null);
	tcase_add_test(tcase, hc_006_numbers_are_written_exactly);
	tcase_add_test(tcase, hc_024_a_real_is_read_back_to_the_last_bit);
	tcase_add_test(tcase, hc_025_moments_are_written_with_what_they_have);
	tcase_add_test(tcase, hc_019_digits_in_text_are_text);
	tcase_add_test(tcase, hc_079_text_is_written_in_the_set_of_its_column);
	tcase_add_test(tcase, hc_020_bytes_are_written_as_bytes);
	return tcase;
}

static TCase *show_case(void)
{
	TCase *tcase = tcase_create("show");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase,
		       people_see_numbers_and_dates_as_servers_write_them);
	tcase_add_test(tcase, people_see_the_shortest_text_of_a_real);
	tcase_add_test(tcase, hc_039_people_can_tell_null_from_text);
	tcase_add_test(tcase, nothing_that_is_shown_touches_the_terminal);
	tcase_add_test(tcase, long_values_are_cut_with_their_length);
	return tcase;
}

static TCase *canonical_case(void)
{
	TCase *tcase = tcase_create("canonical");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, numbers_have_one_form_each);
	tcase_add_test(tcase, reals_have_one_form_each);
	tcase_add_test(tcase, moments_have_one_form_each);
	tcase_add_test(tcase, times_have_one_form_each);
	tcase_add_test(tcase, texts_have_one_form_each);
	tcase_add_test(tcase, hc_052_json_has_one_form_each);
	tcase_add_test(tcase, a_form_is_appended);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("value_text");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, literal_case());
	suite_add_tcase(suite, show_case());
	suite_add_tcase(suite, canonical_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
