/*
 * The promise under test: two JSON texts have the same form if and only if
 * they mean the same, and no text, however broken, does more than be refused.
 */
#include "dbsync/data/json_value.h"

#include <check.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The form of text, or "refused"; valid until the next call. */
static const char *form_of_bytes(const char *text, size_t length)
{
	static char kept[4096];
	struct buf out = BUF_INIT;
	struct dbs_error err = {0};
	enum dbs_rc rc;
	char *exact = malloc(length + !length);

	/* a piece of memory of its own, so that reading behind it shows */
	ck_assert_ptr_nonnull(exact);
	memcpy(exact, text, length);
	buf_adds(&out, "kept ");
	rc = json_canonical(exact, length, &out, &err);
	free(exact);
	ck_assert_int_eq(strncmp(out.data, "kept ", 5), 0);
	if (rc) {
		ck_assert_int_eq(rc, DBS_E_FORMAT);
		ck_assert_int_eq(err.code, DBS_E_FORMAT);
		ck_assert_str_eq(out.data, "kept ");
	}
	ck_assert_uint_lt(out.length, sizeof(kept));
	memcpy(kept, rc ? "refused" : out.data + 5,
	       rc ? sizeof("refused") : out.length - 4);
	buf_release(&out);
	return kept;
}

static const char *form_of(const char *text)
{
	return form_of_bytes(text, strlen(text));
}

static bool same(const char *a, const char *b)
{
	bool there = json_same(a, strlen(a), b, strlen(b));

	ck_assert_int_eq(there, json_same(b, strlen(b), a, strlen(a)));
	return there;
}

START_TEST(order_of_keys_does_not_matter)
{
	ck_assert_str_eq(form_of("{\"b\":1,\"a\":2,\"aa\":3}"),
			 "{\"a\":2,\"aa\":3,\"b\":1}");
	ck_assert(same("{\"b\":{\"y\":1,\"x\":[{\"d\":0,\"c\":0}]},\"a\":2}",
		       "{\"a\":2,\"b\":{\"x\":[{\"c\":0,\"d\":0}],\"y\":1}}"));
}
END_TEST

START_TEST(order_of_items_matters)
{
	ck_assert(!same("[1,2]", "[2,1]"));
	ck_assert(!same("[1,2]", "[1,2,2]"));
	ck_assert(!same("[]", "{}"));
	ck_assert(!same("[[]]", "[]"));
}
END_TEST

START_TEST(white_space_does_not_matter)
{
	ck_assert_str_eq(form_of(" \t\r\n{ \"a\" : [ 1 , 2 , { } , [ ] ] } \n"),
			 "{\"a\":[1,2,{},[]]}");
	ck_assert_str_eq(form_of("\f1"), "refused");
	ck_assert_str_eq(form_of("\xC2\xA0"
				 "1"),
			 "refused");
}
END_TEST

START_TEST(white_space_in_strings_matters)
{
	ck_assert(!same("\"a b\"", "\"a  b\""));
	ck_assert(!same("{\"a \":1}", "{\"a\":1}"));
}
END_TEST

START_TEST(of_equal_keys_the_last_one_counts)
{
	ck_assert_str_eq(form_of("{\"a\":1,\"b\":2,\"a\":3}"),
			 "{\"a\":3,\"b\":2}");
	ck_assert_str_eq(form_of("{\"a\":1,\"a\":2}"), "{\"a\":2}");
	ck_assert_str_eq(form_of("{\"b\":0,\"a\":1,\"\\u0061\":2,\"a\":3}"),
			 "{\"a\":3,\"b\":0}");
	ck_assert(!same("{\"a\":1,\"a\":2}", "{\"a\":1}"));
}
END_TEST

START_TEST(keys_that_are_beginnings_of_others_are_keys)
{
	ck_assert_str_eq(form_of("{\"ab\":1,\"a!\":4,\"a\":2,\"\":3}"),
			 "{\"\":3,\"a\":2,\"a!\":4,\"ab\":1}");
}
END_TEST

START_TEST(whole_doubles_are_no_integers)
{
	ck_assert(!same("1.0", "1"));
	ck_assert(!same("1e2", "100"));
	ck_assert(same("1e2", "100.0"));
	ck_assert(same("1E+2", "100.00"));
	ck_assert(same("1.50", "1.5"));
	ck_assert(same("-0", "0"));
	ck_assert(!same("-0.0", "0"));
	ck_assert(!same("-0.0", "0.0"));
	ck_assert(same("0e9", "0.0"));
	ck_assert(!same("-5.0", "-5"));
	ck_assert(!same("{\"a\":1.0}", "{\"a\":1}"));
	ck_assert(!same("9007199254740992", "9007199254740992.0"));
	ck_assert_str_eq(form_of("9007199254740992.0"), "9007199254740992.0");
	ck_assert(!same("1.0", "1.5"));
	ck_assert(!same("-5", "5"));
}
END_TEST

START_TEST(numbers_are_not_strings)
{
	ck_assert(!same("1", "\"1\""));
	ck_assert(!same("true", "1"));
	ck_assert(!same("null", "\"null\""));
	ck_assert(!same("false", "null"));
}
END_TEST

START_TEST(integers_keep_all_bits_up_to_int64_and_uint64)
{
	static const char *const exact[] = {
		"9007199254740993",     "9223372036854775807",
		"9223372036854775808",  "18446744073709551614",
		"18446744073709551615", "-9223372036854775807",
		"-9223372036854775808",
	};

	for (size_t i = 0; i < sizeof(exact) / sizeof(*exact); i++)
		ck_assert_str_eq(form_of(exact[i]), exact[i]);
	ck_assert(!same("9007199254740993", "9007199254740992"));
	ck_assert(!same("18446744073709551615", "18446744073709551614"));
}
END_TEST

START_TEST(integers_beyond_64_bits_are_doubles)
{
	ck_assert_str_eq(form_of("18446744073709551616"),
			 "1.8446744073709552e+19");
	ck_assert_str_eq(form_of("-9223372036854775809"),
			 "-9.2233720368547758e+18");
	ck_assert_str_eq(form_of("100000000000000000000"), "1e+20");
	ck_assert(same("1e20", "100000000000000000000"));
}
END_TEST

START_TEST(doubles_are_equal_when_their_bits_are)
{
	ck_assert_str_eq(form_of("0.1"), "0.10000000000000001");
	ck_assert(same("0.1", "1e-1"));
	ck_assert(same("0.1", "0.1000000000000000055511151231257827"));
	ck_assert(!same("0.1", "0.10000000000000002"));
	ck_assert(same("9007199254740993.0", "9007199254740992.0"));
	ck_assert(!same("9007199254740993.0", "9007199254740993"));
	ck_assert_str_eq(form_of("9007199254740991.0"), "9007199254740991.0");
	ck_assert_str_eq(form_of("5e-324"), "4.9406564584124654e-324");
	ck_assert_str_eq(form_of("1e-400"), "0.0");
}
END_TEST

START_TEST(a_number_above_all_doubles_is_kept_as_it_is)
{
	ck_assert_str_eq(form_of("1e400"), "1e400");
	ck_assert(same("[1e400]", "[ 1e400 ]"));
	ck_assert(!same("1e400", "1e401"));
	ck_assert(!same("1e400", "-1e400"));
	ck_assert_str_eq(form_of("[1.7976931348623157e308,1e400,1]"),
			 "[1.7976931348623157e+308,1e400,1]");
}
END_TEST

START_TEST(the_decimal_point_is_no_matter_of_locale)
{
	static const char *const with_comma[] = {"de_DE.UTF-8", "de_DE.utf8",
						 "fr_FR.UTF-8", "de_DE"};
	bool is_set = false;

	for (size_t i = 0; i < 4 && !is_set; i++)
		is_set = setlocale(LC_NUMERIC, with_comma[i]) != NULL;
	ck_assert_str_eq(form_of("[1.5,2.25e0]"), "[1.5,2.25]");
	(void)setlocale(LC_NUMERIC, "C");
}
END_TEST

START_TEST(escapes_are_a_way_of_writing_only)
{
	ck_assert_str_eq(form_of("\"\\u0041\\/\\u00e9\\u20AC\""),
			 "\"A/\xC3\xA9\xE2\x82\xAC\"");
	ck_assert_str_eq(form_of("\"\\b\\f\\n\\r\\t\""),
			 "\"\\u0008\\u000c\\u000a\\u000d\\u0009\"");
	ck_assert(same("\"\\n\"", "\"\\u000A\""));
	ck_assert_str_eq(form_of("\"\\\"\\\\\\u0022\\u005c\""),
			 "\"\\\"\\\\\\\"\\\\\"");
	ck_assert(!same("\"\\\\n\"", "\"\\n\""));
	ck_assert_str_eq(form_of("\"\\u0000\""), "\"\\u0000\"");
	ck_assert_str_eq(form_of("\"\\u001F\\u0020\""), "\"\\u001f \"");
	ck_assert_str_eq(form_of("\"\x7F\""), "\"\x7F\"");
}
END_TEST

START_TEST(surrogate_pairs_are_joined_and_lone_ones_kept)
{
	ck_assert_str_eq(form_of("\"\\uD83D\\uDE00\""), "\"\xF0\x9F\x98\x80\"");
	ck_assert(same("\"\\ud83d\\ude00\"", "\"\xF0\x9F\x98\x80\""));
	ck_assert_str_eq(form_of("\"\\uDBFF\\uDFFF\""), "\"\xF4\x8F\xBF\xBF\"");
	ck_assert_str_eq(form_of("\"\\uD83D\""), "\"\\ud83d\"");
	ck_assert_str_eq(form_of("\"\\uDE00\\uD83D\""), "\"\\ude00\\ud83d\"");
	ck_assert_str_eq(form_of("\"\\uD83D\\u0041\""), "\"\\ud83dA\"");
	ck_assert_str_eq(form_of("\"\\uD83D\\uD83D\\uDE00\""),
			 "\"\\ud83d\xF0\x9F\x98\x80\"");
	ck_assert_str_eq(form_of("\"\\uD83D\\n\""), "\"\\ud83d\\u000a\"");
	ck_assert(!same("\"\\uD83D\"", "\"\\\\ud83d\""));
}
END_TEST

static const char *const malformed[] = {
	"",
	" ",
	"nul",
	"nulll",
	"True",
	"01",
	"-",
	"+1",
	"1.",
	".5",
	"1e",
	"1e+",
	"--1",
	"-01",
	"0x10",
	"NaN",
	"Infinity",
	"1 2",
	"1,",
	"[",
	"[1",
	"[1,",
	"[1,]",
	"[,1]",
	"[1 2]",
	"[1}",
	"]",
	"{",
	"{1:2}",
	"{\"a\"}",
	"{\"a\":}",
	"{\"a\":1,}",
	"{\"a\":1 \"b\":2}",
	"{,}",
	"{\"a\":1]",
	"{a:1}",
	"{'a':1}",
	"\"",
	"\"a",
	"\"\\",
	"\"\\\"",
	"\"\\x41\"",
	"\"\\u12\"",
	"\"\\u12g4\"",
	"\"\\u 123\"",
	"\"\\uD83D\\u12\"",
	"\"a\nb\"",
	"\"\x1F\"",
	"// 1",
	"/* */1",
	"\xEF\xBB\xBFnull",
	"\"\xC3\"",
	"\"\xED\xA0\x80\"",
	"\"\xC0\xAF\"",
	"\"\xF4\x90\x80\x80\"",
};

START_TEST(malformed_text_is_refused)
{
	ck_assert_str_eq(form_of(malformed[_i]), "refused");
}
END_TEST

START_TEST(malformed_texts_are_the_same_only_byte_for_byte)
{
	ck_assert(same("{broken", "{broken"));
	ck_assert(!same("{broken", "{ broken"));
	ck_assert(!same("[1,2", "[1, 2"));
	ck_assert(!same("", "null"));
	ck_assert(same("", ""));
}
END_TEST

START_TEST(a_zero_byte_ends_nothing)
{
	ck_assert_str_eq(form_of_bytes("1\0", 2), "refused");
	ck_assert_str_eq(form_of_bytes("\"a\0b\"", 5), "refused");
	ck_assert_str_eq(form_of_bytes("\0", 1), "refused");
	ck_assert(!json_same("1\0", 2, "1", 1));
}
END_TEST

START_TEST(a_text_cut_anywhere_is_refused)
{
	static const char text[] =
		"{\"k\\u00e9y\":[1.5e+10,-0,true,false,null,{\"z\":"
		"\"\\uD83D\\uDE00\\\"\xE2\x82\xAC\"},[]],\"a\":{}}";

	for (size_t length = 0; length < sizeof(text) - 1; length++)
		ck_assert_str_eq(form_of_bytes(text, length), "refused");
	ck_assert_str_ne(form_of(text), "refused");
}
END_TEST

static void nest(struct buf *text, unsigned depth, const char *open,
		 const char *close)
{
	buf_clear(text);
	for (unsigned i = 0; i < depth; i++)
		buf_adds(text, open);
	buf_addc(text, '1');
	for (unsigned i = 0; i < depth; i++)
		buf_adds(text, close);
}

START_TEST(nesting_is_read_to_200_and_no_deeper)
{
	struct buf text = BUF_INIT;

	nest(&text, 200, "[", "]");
	ck_assert_str_eq(form_of(text.data), text.data);
	nest(&text, 201, "[", "]");
	ck_assert_str_eq(form_of(text.data), "refused");
	nest(&text, 200, "{\"a\":", "}");
	ck_assert_str_eq(form_of(text.data), text.data);
	nest(&text, 201, "{\"a\":", "}");
	ck_assert_str_eq(form_of(text.data), "refused");
	nest(&text, 1000000, "[", "");
	ck_assert_str_eq(form_of(text.data), "refused");
	buf_release(&text);
}
END_TEST

START_TEST(brackets_side_by_side_are_not_nested)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "[[]");
	for (unsigned i = 0; i < 500; i++)
		buf_adds(&text, ",{}");
	buf_addc(&text, ']');
	ck_assert_str_eq(form_of(text.data), text.data);
	buf_release(&text);
}
END_TEST

START_TEST(errors_say_where_and_quote_nothing)
{
	static const char text[] = "{\"secret\": \"hunter2\", oops}";
	struct buf out = BUF_INIT;
	struct dbs_error err = {0};

	ck_assert_int_eq(json_canonical(text, sizeof(text) - 1, &out, &err),
			 DBS_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.text, "at byte 22"));
	ck_assert_ptr_null(strstr(err.text, "hunter2"));
	ck_assert_ptr_null(strstr(err.text, "oops"));
	buf_release(&out);
}
END_TEST

START_TEST(the_form_of_a_form_is_itself)
{
	static const char text[] =
		"{\"z\":[0.1,1e300,-2.5e-8,18446744073709551615,1e400],"
		"\"a\":\"\\ud800\\n\\\\\xF0\x9F\x98\x80\",\"a\":{\"c\":1}}";
	char *once = strdup(form_of(text));

	ck_assert_str_ne(once, "refused");
	ck_assert_str_eq(form_of(once), once);
	free(once);
}
END_TEST

START_TEST(many_unsorted_and_repeated_keys_take_no_time)
{
	struct buf text = BUF_INIT;
	struct buf out = BUF_INIT;
	struct dbs_error err = {0};

	buf_addc(&text, '{');
	for (unsigned i = 200000; i > 0; i--)
		buf_addf(&text, "\"%u\":%u,", i % 1000, i);
	buf_adds(&text, "\"x\":0}");
	ck_assert_int_eq(json_canonical(text.data, text.length, &out, &err),
			 DBS_OK);
	ck_assert_int_eq(strncmp(out.data, "{\"0\":1000,\"1\":1,", 16), 0);
	buf_release(&text);
	buf_release(&out);
}
END_TEST

static Suite *json_value_suite(void)
{
	Suite *suite = suite_create("json_value");
	TCase *equal = tcase_create("equal");
	TCase *refused = tcase_create("refused");

	tcase_add_test(equal, order_of_keys_does_not_matter);
	tcase_add_test(equal, order_of_items_matters);
	tcase_add_test(equal, white_space_does_not_matter);
	tcase_add_test(equal, white_space_in_strings_matters);
	tcase_add_test(equal, of_equal_keys_the_last_one_counts);
	tcase_add_test(equal, keys_that_are_beginnings_of_others_are_keys);
	tcase_add_test(equal, whole_doubles_are_no_integers);
	tcase_add_test(equal, numbers_are_not_strings);
	tcase_add_test(equal, integers_keep_all_bits_up_to_int64_and_uint64);
	tcase_add_test(equal, integers_beyond_64_bits_are_doubles);
	tcase_add_test(equal, doubles_are_equal_when_their_bits_are);
	tcase_add_test(equal, a_number_above_all_doubles_is_kept_as_it_is);
	tcase_add_test(equal, the_decimal_point_is_no_matter_of_locale);
	tcase_add_test(equal, escapes_are_a_way_of_writing_only);
	tcase_add_test(equal, surrogate_pairs_are_joined_and_lone_ones_kept);
	tcase_add_test(equal, the_form_of_a_form_is_itself);
	tcase_add_test(equal, many_unsorted_and_repeated_keys_take_no_time);
	suite_add_tcase(suite, equal);

	tcase_add_loop_test(refused, malformed_text_is_refused, 0,
			    sizeof(malformed) / sizeof(*malformed));
	tcase_add_test(refused,
		       malformed_texts_are_the_same_only_byte_for_byte);
	tcase_add_test(refused, a_zero_byte_ends_nothing);
	tcase_add_test(refused, a_text_cut_anywhere_is_refused);
	tcase_add_test(refused, nesting_is_read_to_200_and_no_deeper);
	tcase_add_test(refused, brackets_side_by_side_are_not_nested);
	tcase_add_test(refused, errors_say_where_and_quote_nothing);
	suite_add_tcase(suite, refused);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(json_value_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
