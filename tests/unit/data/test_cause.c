/*
 * The promise under test: what commonly makes two values of a row different is
 * recognised, whichever side has it, and what is not known is not guessed.
 */
#include "dbsync/data/cause.h"

#include "value_samples.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

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

static enum cause cause_of(enum type type, struct value a, struct value b)
{
	static const struct column plain = {.type_text = "t", .charset = ""};
	const struct pair_column column = {.kind = type_kind(type),
					   .on[SOURCE] = &plain,
					   .on[TARGET] = &plain};
	const bool is_text = column.kind == KIND_TEXT;
	const struct cell none = {NULL, 0};
	const struct cause_case which = {
		.column = &column,
		.value[SOURCE] = a,
		.value[TARGET] = b,
		.text[SOURCE] = is_text ? a.cell : none,
		.text[TARGET] = is_text ? b.cell : none,
	};

	buf_clear(&out);
	const enum cause cause = cause_find(&which, &out);

	ck_assert_int_eq(cause != CAUSE_UNKNOWN, out.length != 0);
	ck_assert_int_eq(cause != CAUSE_UNKNOWN, cause_word(cause) != NULL);
	return cause;
}

/* Both ways round. */
static void expect(enum cause wanted, enum type type, struct value a,
		   struct value b)
{
	ck_assert_int_eq(cause_of(type, a, b), wanted);
	ck_assert_int_eq(cause_of(type, b, a), wanted);
}

static const struct {
	enum cause cause;
	const char *source;
	const char *target;
} texts[] = {
	{CAUSE_BLANKS_END, "a", "a  "},
	{CAUSE_BLANKS_END, "a", "a\r\n"},
	{CAUSE_BLANKS_START, "a", "\ta"},
	{CAUSE_ENCODED_TWICE, "Zürich", "ZÃ¼rich"},
	{CAUSE_ENCODED_TWICE, "€", "â‚¬"},
	{CAUSE_REPLACED, "жук", "???"},
	{CAUSE_REPLACED, "a€b", "a?b"},
	{CAUSE_LINE_ENDS, "a\r\nb", "a\nb"},
	{CAUSE_UNSEEN, "ab",
	 "a\xe2\x80\x8b"
	 "b"},
	{CAUSE_UNSEEN, "a",
	 "\xef\xbb\xbf"
	 "a"},
	{CAUSE_NORMALISATION, "é", "e\xcc\x81"},
	{CAUSE_NORMALISATION, "ế", "e\xcc\x82\xcc\x81"},
	{CAUSE_NORMALISATION, "가", "\xe1\x84\x80\xe1\x85\xa1"},
	{CAUSE_LOOK_ALIKE, "payment", "p\xd0\xb0yment"},
	{CAUSE_LOOK_ALIKE, "a b",
	 "a\xc2\xa0"
	 "b"},
	{CAUSE_LOOK_ALIKE, "it's", "it\xe2\x80\x99s"},
	{CAUSE_CASE, "Straße", "STRAßE"},
	{CAUSE_CASE, "Жук", "жук"},
	{CAUSE_ACCENTS, "café", "cafe"},
	{CAUSE_SEVERAL, "Café", "cafe"},
	{CAUSE_CUT, "abcdef", "abc"},
	{CAUSE_CUT, "ab😀c", "ab"},
	{CAUSE_JSON, "{\"a\": 1, \"b\": 2}", "{\"b\":2,\"a\":1}"},
	{CAUSE_UNKNOWN, "shipped", "pending"},
	{CAUSE_UNKNOWN, "a?b", "acb"},
	{CAUSE_UNKNOWN, "", "abc"},
	{CAUSE_UNKNOWN, "a\xff", "a\xfe"},
};

START_TEST(texts_have_their_causes)
{
	expect(texts[_i].cause, TYPE_CHAR,
	       sample_text(arena, TYPE_CHAR, texts[_i].source),
	       sample_text(arena, TYPE_CHAR, texts[_i].target));
}
END_TEST

static const struct {
	enum cause cause;
	const char *source;
	const char *target;
} moments[] = {
	{CAUSE_TIME_ZONE, "2024-03-01 12:00:00", "2024-03-01 14:00:00"},
	{CAUSE_TIME_ZONE, "2024-12-31 23:00:00", "2025-01-01 04:30:00"},
	{CAUSE_TIME_ZONE, "2024-03-01 00:00:00", "2024-02-29 23:00:00"},
	{CAUSE_ZERO_DATE, "2024-03-01 12:00:00", "0000-00-00 00:00:00"},
	{CAUSE_FRACTION, "2024-03-01 12:00:00.5", "2024-03-01 12:00:00"},
	{CAUSE_FRACTION, "2024-03-01 12:00:00.9", "2024-03-01 12:00:01"},
	{CAUSE_TIME_OF_DAY, "2024-03-01 12:00:07", "2024-03-01 00:00:00"},
	{CAUSE_UNKNOWN, "2024-03-01 12:00:00", "2024-03-05 12:00:00"},
	{CAUSE_UNKNOWN, "2024-03-01 12:00:00", "2024-03-01 12:00:05"},
};

START_TEST(moments_have_their_causes)
{
	expect(moments[_i].cause, TYPE_DATETIME,
	       sample_moment(arena, TYPE_DATETIME, moments[_i].source, 11),
	       sample_moment(arena, TYPE_DATETIME, moments[_i].target, 11));
}
END_TEST

START_TEST(times_have_their_causes)
{
	expect(CAUSE_TIME_ZONE, TYPE_TIME, sample_time(arena, "12:00:00.0", 8),
	       sample_time(arena, "13:00:00.0", 8));
	expect(CAUSE_FRACTION, TYPE_TIME, sample_time(arena, "12:00:00.5", 12),
	       sample_time(arena, "12:00:00.0", 8));
	expect(CAUSE_UNKNOWN, TYPE_TIME, sample_time(arena, "12:00:00.0", 8),
	       sample_time(arena, "12:00:07.0", 8));
}
END_TEST

static const struct {
	enum cause cause;
	const char *source;
	const char *target;
} decimals[] = {
	{CAUSE_SCALE, "1.2345", "1.23"},
	{CAUSE_SCALE, "0.6", "1"},
	{CAUSE_SIGN, "7", "-7"},
	{CAUSE_CLIPPED, "5000000000", "2147483647"},
	{CAUSE_CLIPPED, "123456.78", "9999.99"},
	{CAUSE_CLIPPED, "-5", "0"},
	{CAUSE_UNKNOWN, "5", "0"},
	{CAUSE_UNKNOWN, "5", "6"},
};

START_TEST(numbers_have_their_causes)
{
	expect(decimals[_i].cause, TYPE_DECIMAL,
	       sample_text(arena, TYPE_DECIMAL, decimals[_i].source),
	       sample_text(arena, TYPE_DECIMAL, decimals[_i].target));
}
END_TEST

START_TEST(floats_have_their_causes)
{
	expect(CAUSE_FLOAT, TYPE_DOUBLE, sample_double(arena, 0.1),
	       sample_double(arena, (double)0.1f));
	expect(CAUSE_MINUS_ZERO, TYPE_DOUBLE, sample_double(arena, 0.0),
	       sample_double(arena, -0.0));
	expect(CAUSE_SIGN, TYPE_DOUBLE, sample_double(arena, 1.5),
	       sample_double(arena, -1.5));
	expect(CAUSE_UNKNOWN, TYPE_DOUBLE, sample_double(arena, 1.5),
	       sample_double(arena, 1.6));
}
END_TEST

START_TEST(nothing_and_null_are_two_things)
{
	expect(CAUSE_NULL_EMPTY, TYPE_CHAR, sample_null(arena, TYPE_CHAR),
	       sample_text(arena, TYPE_CHAR, ""));
	expect(CAUSE_NULL, TYPE_CHAR, sample_null(arena, TYPE_CHAR),
	       sample_text(arena, TYPE_CHAR, "0"));
	expect(CAUSE_NULL_EMPTY, TYPE_INTEGER, sample_null(arena, TYPE_INTEGER),
	       sample_integer(arena, 4, false, 0));
	expect(CAUSE_NULL, TYPE_INTEGER, sample_null(arena, TYPE_INTEGER),
	       sample_integer(arena, 4, false, 5));
}
END_TEST

START_TEST(bytes_have_their_causes)
{
	expect(CAUSE_ZERO_BYTES, TYPE_BINARY,
	       sample_bytes(arena, TYPE_BINARY, "\1", 1),
	       sample_bytes(arena, TYPE_BINARY, "\1\0\0", 3));
	expect(CAUSE_CUT, TYPE_BLOB, sample_text(arena, TYPE_BLOB, "abc"),
	       sample_text(arena, TYPE_BLOB, "ab"));
	expect(CAUSE_UNKNOWN, TYPE_BLOB, sample_text(arena, TYPE_BLOB, "abc"),
	       sample_text(arena, TYPE_BLOB, "abd"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cause");
	TCase *tcase = tcase_create("cause");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, texts_have_their_causes, 0,
			    sizeof(texts) / sizeof(*texts));
	tcase_add_loop_test(tcase, moments_have_their_causes, 0,
			    sizeof(moments) / sizeof(*moments));
	tcase_add_test(tcase, times_have_their_causes);
	tcase_add_loop_test(tcase, numbers_have_their_causes, 0,
			    sizeof(decimals) / sizeof(*decimals));
	tcase_add_test(tcase, floats_have_their_causes);
	tcase_add_test(tcase, nothing_and_null_are_two_things);
	tcase_add_test(tcase, bytes_have_their_causes);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
