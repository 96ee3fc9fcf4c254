/*
 * The promise under test: no name and no value, whatever it contains, can end
 * its own quotes or mean something else.
 */
#include "dbsync/db/quote.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct buf out;

static void begin(void)
{
	out = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&out);
}

static void expect_name(const char *name, const char *quoted)
{
	buf_clear(&out);
	quote_name(&out, name);
	ck_assert_str_eq(out.data, quoted);
}

START_TEST(a_name_stands_in_backquotes)
{
	expect_name("orders", "`orders`");
	expect_name("", "``");
}
END_TEST

START_TEST(hc_101_odd_names_stay_what_they_are)
{
	expect_name("a`b", "`a``b`");
	expect_name("`", "````");
	expect_name("``", "``````");
	expect_name("`; DROP TABLE t; -- ", "```; DROP TABLE t; -- `");
	expect_name("two  spaces", "`two  spaces`");
	expect_name("trailing ", "`trailing `");
	expect_name("a.b", "`a.b`");
	expect_name("50%d", "`50%d`");
	expect_name("order", "`order`");
	expect_name("1st", "`1st`");
	expect_name("back\\slash", "`back\\slash`");
	expect_name("it's \"it\"", "`it's \"it\"`");
	expect_name("\xF0\x9F\x98\x80", "`\xF0\x9F\x98\x80`");
	expect_name("0123456789012345678901234567890123456789012345678901234567"
		    "890123",
		    "`012345678901234567890123456789012345678901234567890123456"
		    "7890123`");
}
END_TEST

START_TEST(hc_101_a_table_is_two_quoted_names)
{
	quote_table(&out, "a.b", "c`d");
	ck_assert_str_eq(out.data, "`a.b`.`c``d`");
}
END_TEST

START_TEST(what_is_quoted_is_appended)
{
	buf_adds(&out, "SELECT ");
	quote_name(&out, "a");
	buf_adds(&out, " = ");
	quote_bytes(&out, "a", 1);
	ck_assert_str_eq(out.data, "SELECT `a` = x'61'");
}
END_TEST

START_TEST(hc_079_no_value_leaves_its_quotes)
{
	char all[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	quote_bytes(&out, all, sizeof(all));
	ck_assert_uint_eq(out.length, 2 * sizeof(all) + 3);
	ck_assert_int_eq(strncmp(out.data, "x'", 2), 0);
	ck_assert_uint_eq(strspn(out.data + 2, "0123456789abcdef"),
			  2 * sizeof(all));
	ck_assert_str_eq(out.data + out.length - 5, "feff'");
}
END_TEST

START_TEST(hc_079_marks_of_sql_are_digits_in_a_value)
{
	quote_text(&out, "' \\ */ -- % \n");
	ck_assert_str_eq(out.data, "_utf8mb4 x'27205c202a2f202d2d2025200a'");
}
END_TEST

START_TEST(hc_080_an_empty_value_is_an_empty_string)
{
	quote_bytes(&out, "", 0);
	ck_assert_str_eq(out.data, "x''");
	buf_clear(&out);
	quote_bytes(&out, NULL, 0);
	ck_assert_str_eq(out.data, "x''");
	buf_clear(&out);
	quote_text(&out, "");
	ck_assert_str_eq(out.data, "_utf8mb4 x''");
}
END_TEST

START_TEST(a_nul_byte_is_not_the_end_of_a_value)
{
	quote_bytes(&out, "a\0b\0", 4);
	ck_assert_str_eq(out.data, "x'61006200'");
}
END_TEST

START_TEST(a_string_names_its_character_set)
{
	quote_string(&out, "latin1", "\xFF", 1);
	ck_assert_str_eq(out.data, "_latin1 x'ff'");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("quote");
	TCase *tcase = tcase_create("quote");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_name_stands_in_backquotes);
	tcase_add_test(tcase, hc_101_odd_names_stay_what_they_are);
	tcase_add_test(tcase, hc_101_a_table_is_two_quoted_names);
	tcase_add_test(tcase, what_is_quoted_is_appended);
	tcase_add_test(tcase, hc_079_no_value_leaves_its_quotes);
	tcase_add_test(tcase, hc_079_marks_of_sql_are_digits_in_a_value);
	tcase_add_test(tcase, hc_080_an_empty_value_is_an_empty_string);
	tcase_add_test(tcase, a_nul_byte_is_not_the_end_of_a_value);
	tcase_add_test(tcase, a_string_names_its_character_set);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
