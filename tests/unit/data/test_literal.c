/*
 * The promise under test: a literal brings back the very value, is one word of
 * one line whatever the value holds, and a tuple is cut into what it was made
 * of; what is no tuple is refused.
 */
#include "dbsync/data/literal.h"

#include "value_samples.h"

#include <check.h>
#include <float.h>
#include <stdbool.h>
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

/* The literal, which is plain as the header says. */
static const char *literal(const char *charset, struct value value)
{
	buf_clear(&out);
	literal_write(&out, charset, value);
	ck_assert_uint_eq(strlen(out.data), out.length);
	ck_assert_uint_eq(strcspn(out.data, "\n\r\\"), out.length);
	ck_assert_ptr_null(strstr(out.data, "/*"));
	ck_assert_ptr_null(strstr(out.data, "*/"));
	ck_assert_ptr_eq(literal_skip(out.data, out.data + out.length),
			 out.data + out.length);
	return out.data;
}

/* ------------------------------------------------------------------------
 * Texts
 * --------------------------------------------------------------------- */

static const struct {
	const char *charset;
	const char *bytes;
	size_t length;
	const char *literal;
} texts[] = {
	{"utf8mb4", "", 0, "''"},
	{"", "abc", 3, "'abc'"},
	{"utf8mb4", "'", 1, "''''"},
	{"utf8mb4", "it's 'it'", 9, "'it''s ''it'''"},
	{"utf8mb4", "\"", 1, "'\"'"},
	{"utf8mb4", "gr\xc3\xbc\xc3\x9f", 6, "'gr\xc3\xbc\xc3\x9f'"},
	{"utf8mb3", "\xc3\xbc", 2, "'\xc3\xbc'"},
	{"utf8mb4", "a\\b", 3, "_utf8mb4 x'615c62'"},
	{"utf8mb4", "a\nb", 3, "_utf8mb4 x'610a62'"},
	{"utf8mb4", "\r", 1, "_utf8mb4 x'0d'"},
	{"utf8mb4", "\t", 1, "_utf8mb4 x'09'"},
	{"utf8mb4", "\x1a", 1, "_utf8mb4 x'1a'"},
	{"utf8mb4", "\x7f", 1, "_utf8mb4 x'7f'"},
	{"utf8mb4", "a\0b", 3, "_utf8mb4 x'610062'"},
	{"utf8mb4", "\0", 1, "_utf8mb4 x'00'"},
	{"utf8mb4", "/*", 2, "_utf8mb4 x'2f2a'"},
	{"utf8mb4", "a*/", 3, "_utf8mb4 x'612a2f'"},
	{"utf8mb4", "* /", 3, "'* /'"},
	{"utf8mb4", "-- x", 4, "'-- x'"},
	{"utf8mb4", "),(", 3, "'),('"},
	{"utf8mb4", "\xff", 1, "_utf8mb4 x'ff'"},
	{"utf8mb4", "\xc3", 1, "_utf8mb4 x'c3'"},
	{"utf8mb4", "\xed\xa0\x80", 3, "_utf8mb4 x'eda080'"},
	{"utf8mb4", "\xc0\xaf", 2, "_utf8mb4 x'c0af'"},
	{"latin1", "abc", 3, "'abc'"},
	{"latin1", "gr\xfc\xdf", 4, "_latin1 x'6772fcdf'"},
	{"latin1", "\xc3\xbc", 2, "_latin1 x'c3bc'"},
	{"koi8r", "x'", 2, "'x'''"},
	{"sjis", "\x83\x5c", 2, "_sjis x'835c'"},
	{"sjis", "abc", 3, "_sjis x'616263'"},
	{"gbk", "\xbf\x27", 2, "_gbk x'bf27'"},
	{"gbk", "\xd5\x5c", 2, "_gbk x'd55c'"},
	{"big5", "\xa5\x5c", 2, "_big5 x'a55c'"},
	{"utf16", "\0a", 2, "_utf16 x'0061'"},
	{"utf16", "''", 2, "_utf16 x'2727'"},
	{"utf16le", "a\0", 2, "_utf16le x'6100'"},
	{"ucs2", "ab", 2, "_ucs2 x'6162'"},
	{"utf32", "abcd", 4, "_utf32 x'61626364'"},
	{"swe7", "a", 1, "_swe7 x'61'"},
};

START_TEST(a_text_is_quoted_when_it_is_plain_and_hexadecimal_otherwise)
{
	ck_assert_str_eq(literal(texts[_i].charset,
				 sample_bytes(arena, TYPE_CHAR, texts[_i].bytes,
					      texts[_i].length)),
			 texts[_i].literal);
}
END_TEST

START_TEST(every_kind_of_text_is_written_alike)
{
	static const enum type types[] = {TYPE_CHAR, TYPE_TEXT, TYPE_ENUM,
					  TYPE_SET};

	for (size_t i = 0; i < COUNT(types); i++)
		ck_assert_str_eq(literal("latin1",
					 sample_text(arena, types[i], "\xe4")),
				 "_latin1 x'e4'");
	ck_assert_str_eq(literal("", sample_text(arena, TYPE_JSON, "{}")),
			 "'{}'");
	ck_assert_str_eq(literal("", sample_text(arena, TYPE_UUID, "0-1")),
			 "'0-1'");
	ck_assert_str_eq(literal("", sample_text(arena, TYPE_INET, "::1")),
			 "'::1'");
}
END_TEST

START_TEST(bytes_are_hexadecimal_without_a_character_set)
{
	static const enum type types[] = {TYPE_BINARY, TYPE_BLOB, TYPE_GEOMETRY,
					  TYPE_VECTOR};

	for (size_t i = 0; i < COUNT(types); i++) {
		ck_assert_str_eq(literal("", sample_bytes(arena, types[i],
							  "\0'\\/*", 5)),
				 "x'00275c2f2a'");
		ck_assert_str_eq(literal("",
					 sample_bytes(arena, types[i], "", 0)),
				 "x''");
	}
}
END_TEST

START_TEST(every_byte_alone_is_one_plain_literal)
{
	static const char *const charsets[] = {"utf8mb4", "latin1", "sjis",
					       "utf16", ""};

	for (int byte = 0; byte < 256; byte++) {
		const char text[] = {'a', (char)byte, 'b'};

		for (size_t i = 0; i < COUNT(charsets); i++)
			(void)literal(charsets[i],
				      sample_bytes(arena, TYPE_CHAR, text, 3));
	}
}
END_TEST

START_TEST(null_of_every_type_is_the_word)
{
	for (enum type type = TYPE_UNKNOWN; type <= TYPE_INET; type++)
		ck_assert_str_eq(literal("latin1", sample_null(arena, type)),
				 "NULL");
}
END_TEST

/* ------------------------------------------------------------------------
 * Numbers and moments
 * --------------------------------------------------------------------- */

START_TEST(integers_have_all_their_digits)
{
	ck_assert_str_eq(literal("",
				 sample_integer(arena, 8, true, UINT64_MAX)),
			 "18446744073709551615");
	ck_assert_str_eq(
		literal("", sample_integer(arena, 8, false, UINT64_C(1) << 63)),
		"-9223372036854775808");
	ck_assert_str_eq(literal("", sample_integer(arena, 1, false, 0xff)),
			 "-1");
	ck_assert_str_eq(literal("", sample_integer(arena, 1, true, 0xff)),
			 "255");
}
END_TEST

START_TEST(decimals_are_written_as_they_came)
{
	ck_assert_str_eq(literal("",
				 sample_text(arena, TYPE_DECIMAL,
					     "-0012.500000000000000000000")),
			 "-0012.500000000000000000000");
}
END_TEST

START_TEST(bits_and_years_are_numbers)
{
	struct value year = sample_integer(arena, 2, true, 0);

	ck_assert_str_eq(
		literal("", sample_bytes(arena, TYPE_BIT, "\xff\x00\x01", 3)),
		"16711681");
	ck_assert_str_eq(literal("", sample_bytes(arena, TYPE_BIT, "\0", 1)),
			 "0");
	ck_assert_str_eq(
		literal("",
			sample_bytes(arena, TYPE_BIT,
				     "\xff\xff\xff\xff\xff\xff\xff\xff", 8)),
		"18446744073709551615");
	year.type = TYPE_YEAR;
	ck_assert_str_eq(literal("", year), "0");
}
END_TEST

static const struct {
	enum type type;
	const char *text;
	size_t length;
	const char *literal;
} moments[] = {
	{TYPE_DATE, "2024-02-29", 4, "'2024-02-29'"},
	{TYPE_DATE, "0000-00-00", 0, "'0000-00-00'"},
	{TYPE_DATE, "2024-00-00", 4, "'2024-00-00'"},
	{TYPE_DATE, "0000-01-31", 4, "'0000-01-31'"},
	{TYPE_DATE, "2024-02-31", 4, "'2024-02-31'"},
	{TYPE_DATETIME, "0000-00-00 00:00:00", 0, "'0000-00-00 00:00:00'"},
	{TYPE_DATETIME, "2024-01-02 00:00:00", 4, "'2024-01-02 00:00:00'"},
	{TYPE_DATETIME, "2024-01-02 03:04:05", 7, "'2024-01-02 03:04:05'"},
	{TYPE_DATETIME, "9999-12-31 23:59:59.999999", 11,
	 "'9999-12-31 23:59:59.999999'"},
	{TYPE_TIMESTAMP, "1970-01-01 00:00:01.000001", 11,
	 "'1970-01-01 00:00:01.000001'"},
};

START_TEST(a_moment_keeps_its_parts_be_they_zero_or_odd)
{
	ck_assert_str_eq(literal("", sample_moment(arena, moments[_i].type,
						   moments[_i].text,
						   moments[_i].length)),
			 moments[_i].literal);
}
END_TEST

static const struct {
	const char *text;
	size_t length;
	const char *literal;
} times[] = {
	{"00:00:00", 0, "'00:00:00'"},
	{"01:02:03", 8, "'01:02:03'"},
	{"-01:02:03", 8, "'-01:02:03'"},
	{"838:59:59", 8, "'838:59:59'"},
	{"-838:59:59", 8, "'-838:59:59'"},
	{"-00:00:00.000001", 12, "'-00:00:00.000001'"},
};

START_TEST(a_time_keeps_its_sign_and_its_days)
{
	ck_assert_str_eq(literal("", sample_time(arena, times[_i].text,
						 times[_i].length)),
			 times[_i].literal);
}
END_TEST

static void expect_bits(double number)
{
	const double again = strtod(literal("", sample_double(arena, number)),
				    NULL);

	ck_assert_mem_eq(&again, &number, sizeof(number));
	ck_assert_ptr_nonnull(strchr(out.data, 'e')); /* no DECIMAL */
}

START_TEST(a_double_comes_back_bit_by_bit)
{
	static const double numbers[] = {
		0.0,
		-0.0,
		1.0,
		-1.5,
		0.1,
		1.0 / 3,
		DBL_MAX,
		-DBL_MAX,
		DBL_MIN,
		4.9e-324,
		-4.9e-324,
		2.2250738585072009e-308,
		1e22,
		1e23,
		9007199254740993.0,
		5e-324,
		123456789012345678.0,
	};

	for (size_t i = 0; i < COUNT(numbers); i++)
		expect_bits(numbers[i]);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state ^ *state >> 29;
}

START_TEST(random_doubles_come_back_bit_by_bit)
{
	uint64_t state = 7;

	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next_random(&state);
		double number = 0;

		/* servers store neither infinity nor NaN */
		if ((bits >> 52 & 0x7ff) == 0x7ff)
			bits ^= UINT64_C(1) << 62;
		memcpy(&number, &bits, sizeof(number));
		expect_bits(number);
	}
}
END_TEST

START_TEST(a_float_comes_back_bit_by_bit)
{
	static const float numbers[] = {0.0f,        -0.0f,   0.1f,
					16777217.0f, FLT_MAX, -FLT_MAX,
					FLT_MIN,     1e-45f,  3.4028235e38f};

	for (size_t i = 0; i < COUNT(numbers); i++) {
		const char *text = literal("", sample_float(arena, numbers[i]));
		const float again = (float)strtod(text, NULL);

		ck_assert_mem_eq(&again, &numbers[i], sizeof(again));
	}
}
END_TEST

START_TEST(a_float_is_written_so_that_it_equals_its_own_column)
{
	ck_assert_double_eq(strtod(literal("", sample_float(arena, 0.1f)),
				   NULL),
			    (double)0.1f);
}
END_TEST

/* ------------------------------------------------------------------------
 * Tuples
 * --------------------------------------------------------------------- */

enum { WIDTH = 5 };

static struct value random_value(uint64_t *state)
{
	static const enum type types[] = {TYPE_CHAR, TYPE_BLOB, TYPE_JSON};
	const uint64_t choice = next_random(state) % 8;
	char bytes[12];
	size_t length = next_random(state) % sizeof(bytes);

	if (choice == 0)
		return sample_null(arena, TYPE_CHAR);
	if (choice == 1)
		return sample_integer(arena, 8, false, next_random(state));
	if (choice == 2)
		return sample_double(arena, (double)next_random(state) / 3);
	for (size_t i = 0; i < length; i++) {
		static const char nasty[] = "',()\\/*_x \n;\0";
		const uint64_t bits = next_random(state);

		bytes[i] = bits & 256 ? nasty[bits % sizeof(nasty)]
				      : (char)bits;
	}
	return sample_bytes(arena, types[choice % COUNT(types)], bytes, length);
}

static struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

static const char *const charsets[] = {"utf8mb4", "latin1", "sjis", "utf16"};

START_TEST(a_tuple_is_cut_into_what_it_was_made_of)
{
	uint64_t state = (uint64_t)_i + 1;
	struct buf tuple = BUF_INIT;
	char *literals[WIDTH];
	struct slice parts[WIDTH];

	for (size_t i = 0; i < WIDTH; i++) {
		literals[i] = arena_strdup(
			arena, literal(charsets[next_random(&state) % 4],
				       random_value(&state)));
		buf_addf(&tuple, "%c%s", i ? ',' : '(', literals[i]);
	}
	buf_addc(&tuple, ')');
	ck_assert(literal_split((struct slice){tuple.data, tuple.length}, parts,
				WIDTH));
	for (size_t i = 0; i < WIDTH; i++) {
		ck_assert_uint_eq(parts[i].length, strlen(literals[i]));
		ck_assert_mem_eq(parts[i].data, literals[i], parts[i].length);
	}
	ck_assert(!literal_split((struct slice){tuple.data, tuple.length},
				 parts, WIDTH - 1));
	ck_assert(!literal_split((struct slice){tuple.data, tuple.length - 1},
				 parts, WIDTH));
	buf_release(&tuple);
}
END_TEST

static const char *const garbage[] = {
	"",
	"(",
	")",
	"()",
	"1",
	"(1",
	"1)",
	"(1))",
	"((1)",
	"(1,)",
	"(,1)",
	"(1 )",
	"( 1)",
	"(1,2)",
	"(1); DROP TABLE t",
	"(1); DROP TABLE t; (1)",
	"(1) -- (1)",
	"(1)--)",
	"(')",
	"(''')",
	"('a'b)",
	"('a' 'b')",
	"('a''')b)",
	"('a'),('b')",
	"(\"a\")",
	"(`a`)",
	"(@a)",
	"(@@version)",
	"(SLEEP(1))",
	"(SELECT 1)",
	"(1+(1))",
	"(1=1)",
	"(1 OR 1)",
	"(1;2)",
	"(1/*)",
	"(1#)",
	"(_utf8mb4  x'61')",
	"(_utf8mb4 y'61')",
	"(_utf8mb4 x)",
	"(NULL NULL)",
	"(x '61')",
	"(1\n)",
};

START_TEST(what_is_no_tuple_of_one_literal_is_refused)
{
	struct slice part;

	ck_assert_msg(!literal_split(slice_of(garbage[_i]), &part, 1), "%s",
		      garbage[_i]);
}
END_TEST

/* A row of a table of which no column holds a value. */
START_TEST(a_tuple_of_nothing_is_no_other)
{
	struct slice part;

	ck_assert(literal_split(slice_of("()"), &part, 0));
	ck_assert(!literal_split(slice_of("(1)"), &part, 0));
	ck_assert(!literal_split(slice_of("("), &part, 0));
}
END_TEST

/* literal_write makes none of these; a made-up backup point could. */
static const char *const disguised[] = {
	"('\\')",  "('a\nb')", "('/*')",         "('*/')",
	"(TRUE)",  "(a.b)",    "(CURRENT_USER)", "(1+1)",
	"(id-id)", "(x'zz')",  "(nocharset'a')",
};

START_TEST(sql_that_looks_like_a_literal_is_refused)
{
	struct slice part;

	ck_assert_msg(!literal_split(slice_of(disguised[_i]), &part, 1), "%s",
		      disguised[_i]);
}
END_TEST

/* To a server that reads backslashes the first string ends in the second. */
START_TEST(a_backslash_cannot_move_the_end_of_a_string)
{
	struct slice parts[2];

	ck_assert(!literal_split(slice_of("('\\','),(SLEEP(9),1) -- ')"), parts,
				 2));
}
END_TEST

START_TEST(nothing_behind_the_end_is_looked_at)
{
	char *exact = malloc(3);

	ck_assert_ptr_nonnull(exact);
	memcpy(exact, "(1)", 3);
	ck_assert_ptr_eq(literal_skip(exact + 1, exact + 2), exact + 2);
	ck_assert_ptr_null(literal_skip(exact + 3, exact + 3));
	free(exact);
}
END_TEST

static TCase *write_case(void)
{
	TCase *tcase = tcase_create("writing");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(
		tcase,
		a_text_is_quoted_when_it_is_plain_and_hexadecimal_otherwise, 0,
		(int)COUNT(texts));
	tcase_add_test(tcase, every_kind_of_text_is_written_alike);
	tcase_add_test(tcase, bytes_are_hexadecimal_without_a_character_set);
	tcase_add_test(tcase, every_byte_alone_is_one_plain_literal);
	tcase_add_test(tcase, null_of_every_type_is_the_word);
	tcase_add_test(tcase, integers_have_all_their_digits);
	tcase_add_test(tcase, decimals_are_written_as_they_came);
	tcase_add_test(tcase, bits_and_years_are_numbers);
	tcase_add_loop_test(tcase, a_moment_keeps_its_parts_be_they_zero_or_odd,
			    0, (int)COUNT(moments));
	tcase_add_loop_test(tcase, a_time_keeps_its_sign_and_its_days, 0,
			    (int)COUNT(times));
	tcase_add_test(tcase, a_double_comes_back_bit_by_bit);
	tcase_add_test(tcase, random_doubles_come_back_bit_by_bit);
	tcase_add_test(tcase, a_float_comes_back_bit_by_bit);
	tcase_add_test(tcase,
		       a_float_is_written_so_that_it_equals_its_own_column);
	return tcase;
}

static TCase *cut_case(void)
{
	TCase *tcase = tcase_create("cutting");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, a_tuple_is_cut_into_what_it_was_made_of, 0,
			    2000);
	tcase_add_loop_test(tcase, what_is_no_tuple_of_one_literal_is_refused,
			    0, (int)COUNT(garbage));
	tcase_add_loop_test(tcase, sql_that_looks_like_a_literal_is_refused, 0,
			    (int)COUNT(disguised));
	tcase_add_test(tcase, a_tuple_of_nothing_is_no_other);
	tcase_add_test(tcase, a_backslash_cannot_move_the_end_of_a_string);
	tcase_add_test(tcase, nothing_behind_the_end_is_looked_at);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("literal");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, write_case());
	suite_add_tcase(suite, cut_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
