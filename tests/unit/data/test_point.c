/*
 * The promise under test: a bound is a value that the columns of both sides can
 * hold, and lies strictly between the keys that it was made of.
 */
#include "dbsync/data/range.h"

#include "dbsync/base/own.h"

#include "model_samples.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { WANTED = 40 };

static struct arena *arena;
static const struct bound *bounds;

static void begin(void)
{
	arena = arena_new();
	bounds = NULL;
}

static void end(void)
{
	arena_drop(&arena);
}

/* Up to WANTED bounds of a key of one column. */
static size_t cut(const char *source, const char *target, const char *first,
		  const char *last)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = source,
					    .target_columns = target,
					    .source_keys = "PRIMARY(k)",
					    .target_keys = "PRIMARY(k)"});
	const size_t lengths[] = {strlen(first), strlen(last)};

	ck_assert_int_eq(pair->identity, IDENTITY_PRIMARY);
	return range_cut(pair, (struct key_text){&first, &lengths[0]},
			 (struct key_text){&last, &lengths[1]}, WANTED, arena,
			 &bounds);
}

/* What is between the quotes of '…' or x'…' at the end of a literal. */
static const char *inside(const char *literal)
{
	char *text = arena_strdup(arena, strchr(literal, '\'') + 1);

	text[strlen(text) - 1] = '\0';
	return text;
}

/* Numbers as they are, dates without their quotes. */
static const char *bare(const char *literal)
{
	return *literal == '\'' ? inside(literal) : literal;
}

static const struct {
	const char *source;
	const char *target;
	const char *first; /* the keys */
	const char *last;
	const char *low; /* the bounds: from low to high, both included */
	const char *high;
} numbers[] = {
	{"k year", NULL, "0000", "2155", "1901", "2155"},
	{"k year", NULL, "0", "1950", "1901", "1950"},
	{"k year", "k int", "0", "2155", "1901", "2155"},
	{"k int", "k tinyint", "-5000", "5000", "-128", "127"},
	{"k bigint", "k smallint unsigned", "-9", "99999", "0", "65535"},
	{"k bit(3)", "k bigint", "0", "4000", "0", "7"},
	{"k decimal(9,0)", "k tinyint", "-300", "200", "-128", "127"},
	{"k decimal(3,1)", "k decimal(9,4)", "-5000", "5000", "-99.9", "99.9"},
	{"k decimal(9,2) unsigned", "k decimal(9,2)", "-9", "9", "0", "9"},
	{"k float", "k double", "-1e300", "1e300", "-3.5e38", "3.5e38"},
};

START_TEST(numbers_fit_into_both_columns)
{
	const double low = strtod(numbers[_i].low, NULL);
	const double high = strtod(numbers[_i].high, NULL);
	const size_t count = cut(numbers[_i].source, numbers[_i].target,
				 numbers[_i].first, numbers[_i].last);

	ck_assert_uint_gt(count, 0);
	for (size_t i = 0; i < count; i++) {
		const double point = strtod(bounds[i].literal, NULL);

		ck_assert_msg(point >= low && point <= high, "%s",
			      bounds[i].literal);
	}
}
END_TEST

START_TEST(decimals_have_no_digits_that_a_column_would_round)
{
	size_t count = cut("k decimal(9,4)", "k decimal(9,1)", "0.0003", "7");

	ck_assert_uint_gt(count, 9);
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(strlen(strchr(bounds[i].literal, '.')), 2);
	count = cut("k decimal(9,4)", "k int", "0.5", "9.5");
	ck_assert_uint_eq(count, 9);
	for (size_t i = 0; i < count; i++)
		ck_assert_ptr_null(strchr(bounds[i].literal, '.'));
}
END_TEST

START_TEST(a_double_beside_a_float_is_cut_where_a_float_is)
{
	const size_t count = cut("k double", "k float", "0.1", "7.7");

	ck_assert_uint_gt(count, 9);
	for (size_t i = 0; i < count; i++) {
		const double point = strtod(bounds[i].literal, NULL);

		ck_assert((double)(float)point == point);
	}
	ck_assert_uint_eq(cut("k float(7,4)", NULL, "0.1", "7.7"), 0);
}
END_TEST

static const struct {
	const char *source;
	const char *target;
	const char *first;
	const char *last;
	const char *low;
	const char *high;
	size_t length;
} moments[] = {
	{"k date", NULL, "0000-00-00", "2024-12-31", "1000-01-01", "2024-12-31",
	 10},
	{"k date", NULL, "0001-01-01", "9999-12-31", "1000-01-01", "9999-12-31",
	 10},
	{"k datetime(3)", NULL, "2024-00-15 00:00:00", "2024-02-31 10:00:00",
	 "2024-01-01 00:00:00", "2024-03-03 00:00:00", 19},
	{"k datetime", "k timestamp", "0000-00-00 00:00:00",
	 "9999-12-31 23:59:59", "1970-01-01 00:00:01", "2038-01-19 03:14:07",
	 19},
	{"k timestamp", "k datetime", "0000-00-00 00:00:00",
	 "2106-02-07 06:28:15", "1970-01-01 00:00:01", "2038-01-19 03:14:07",
	 19},
	{"k datetime", "k date", "2000-01-01 00:00:00", "2001-01-01 12:00:00",
	 "2000-01-02", "2001-01-01", 10},
};

START_TEST(moments_fit_into_both_columns)
{
	const size_t count = cut(moments[_i].source, moments[_i].target,
				 moments[_i].first, moments[_i].last);

	ck_assert_uint_gt(count, 9);
	for (size_t i = 0; i < count; i++) {
		const char *text = bare(bounds[i].literal);

		ck_assert_uint_eq(strlen(text), moments[_i].length);
		ck_assert_str_ge(text, moments[_i].low);
		ck_assert_str_le(text, moments[_i].high);
	}
}
END_TEST

static const struct {
	const char *source;
	const char *target;
	const char *first;
	const char *last;
	size_t most; /* hexadecimal digits of a bound */
	size_t least;
} strings[] = {
	{"k char(2)", NULL, "ac", "tv", 4, 4},
	{"k varchar(1)", NULL, "a", "z", 2, 2},
	{"k varchar(9)", "k varchar(2)", "ac", "tvxxxxxxx", 4, 4},
	{"k varchar(9)", NULL, "a", "z", 6, 6},
	{"k varbinary(9)", "k varbinary(2)", "ac", "tvxxxxxxx", 4, 4},
	{"k binary(6)", NULL, "ac1234", "tv1234", 12, 12},
	{"k varbinary(9)", "k binary(6)", "ac1234", "tv1234", 12, 12},
};

START_TEST(strings_are_no_longer_than_both_columns)
{
	const size_t count = cut(strings[_i].source, strings[_i].target,
				 strings[_i].first, strings[_i].last);

	ck_assert_uint_gt(count, 9);
	for (size_t i = 0; i < count; i++) {
		const size_t length = strlen(inside(bounds[i].literal));

		ck_assert_uint_le(length, strings[_i].most);
		ck_assert_uint_ge(length, strings[_i].least);
	}
}
END_TEST

START_TEST(columns_of_two_fixed_lengths_are_not_cut)
{
	ck_assert_uint_eq(cut("k binary(6)", "k varbinary(2)", "ac", "tv"), 0);
	ck_assert_uint_eq(cut("k binary(6)", "k binary(2)", "ac", "tv"), 0);
}
END_TEST

START_TEST(only_integers_are_plain)
{
	static const struct {
		const char *source;
		const char *target;
		bool is_plain;
	} kinds[] = {
		{"k int", NULL, true},      {"k int", "k bigint", true},
		{"k year", NULL, false},    {"k int", "k year", false},
		{"k bit(9)", NULL, false},  {"k date", NULL, false},
		{"k float", NULL, false},   {"k decimal(5,0)", "k int", false},
		{"k char(9)", NULL, false},
	};
	const char *literals[] = {"1"};
	const struct bound bound = range_bound(literals, 1);

	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct pair *pair = sample_pair(
			arena,
			(struct sample_pair){.source_columns = kinds[i].source,
					     .target_columns = kinds[i].target,
					     .source_keys = "PRIMARY(k)",
					     .target_keys = "PRIMARY(k)"});

		ck_assert_msg(range_is_plain(pair, &bound) == kinds[i].is_plain,
			      "%s", kinds[i].source);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("point");
	TCase *tcase = tcase_create("points");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, numbers_fit_into_both_columns, 0,
			    (int)COUNT(numbers));
	tcase_add_test(tcase,
		       decimals_have_no_digits_that_a_column_would_round);
	tcase_add_test(tcase, a_double_beside_a_float_is_cut_where_a_float_is);
	tcase_add_loop_test(tcase, moments_fit_into_both_columns, 0,
			    (int)COUNT(moments));
	tcase_add_loop_test(tcase, strings_are_no_longer_than_both_columns, 0,
			    (int)COUNT(strings));
	tcase_add_test(tcase, columns_of_two_fixed_lengths_are_not_cut);
	tcase_add_test(tcase, only_integers_are_plain);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
