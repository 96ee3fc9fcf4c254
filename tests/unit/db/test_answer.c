/*
 * The promise under test: an answer that is none to what was asked is told
 * apart before anybody reads it, with what was found and what was expected.
 */
#include "dbsync/db/answer.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <string.h>

static bool columns(const char *form, size_t width, const char *expected)
{
	OWNED(buf_release) struct buf why = BUF_INIT;
	const bool is_right = answer_columns(form, width, &why);

	ck_assert_str_eq(why.length ? why.data : "", expected);
	return is_right;
}

static bool row(const char *form, const char *a, const char *b,
		const char *expected)
{
	OWNED(buf_release) struct buf why = BUF_INIT;
	const char *const texts[] = {a, b};
	const size_t lengths[] = {a ? strlen(a) : 0, b ? strlen(b) : 0};
	const bool is_right = answer_row(form, 2, texts, lengths, &why);

	ck_assert_str_eq(why.length ? why.data : "", expected);
	return is_right;
}

static bool end(const char *form, size_t rows, const char *expected)
{
	OWNED(buf_release) struct buf why = BUF_INIT;
	const bool is_right = answer_end(form, rows, &why);

	ck_assert_str_eq(why.length ? why.data : "", expected);
	return is_right;
}

START_TEST(nothing_is_expected_without_a_form)
{
	ck_assert(columns(NULL, 0, ""));
	ck_assert(columns(NULL, 7, ""));
	ck_assert(row(NULL, NULL, NULL, ""));
	ck_assert(end(NULL, 3, ""));
}
END_TEST

START_TEST(columns_are_as_many_as_letters)
{
	ck_assert(columns("tn", 2, ""));
	ck_assert(columns("1tn", 2, ""));
	ck_assert(columns("?T", 1, ""));
	ck_assert(!columns("tn", 1, "1 columns, expected 2"));
	ck_assert(!columns("tn", 3, "3 columns, expected 2"));
	ck_assert(!columns("1t", 0, "0 columns, expected 1"));
}
END_TEST

START_TEST(more_columns_are_none_too_many_where_that_is_said)
{
	ck_assert(columns("tT*", 2, ""));
	ck_assert(columns("tT*", 9, ""));
	ck_assert(!columns("tT*", 1, "1 columns, expected at least 2"));
	ck_assert(columns("*", 1, ""));
	ck_assert(!columns("*", 0, "0 columns, expected at least 1"));
}
END_TEST

START_TEST(null_comes_only_where_it_may)
{
	ck_assert(row("tt", "a", "", ""));
	ck_assert(row("TN", NULL, NULL, ""));
	ck_assert(row("t*", "a", NULL, ""));
	ck_assert(!row("tt", "a", NULL,
		       "NULL in column 2 of row 3, expected a text"));
	ck_assert(!row("nt", NULL, "a",
		       "NULL in column 1 of row 3, expected digits"));
}
END_TEST

START_TEST(a_number_is_digits)
{
	ck_assert(row("nN", "0", "18446744073709551615", ""));
	ck_assert(!row("tn", "a", "-1",
		       "something else in column 2 of row 3, expected digits"));
	ck_assert(!row("tN", "a", "",
		       "something else in column 2 of row 3, expected digits"));
	ck_assert(!row("tn", "a", "118446744073709551615",
		       "something else in column 2 of row 3, expected digits"));
}
END_TEST

START_TEST(a_word_is_letters_digits_and_low_lines)
{
	ck_assert(row("wW", "utf8mb4_uca1400_ai_ci", NULL, ""));
	ck_assert(row("wW", "", "Big5", ""));
	ck_assert(!row("tw", "a", "x COLLATE y",
		       "something else in column 2 of row 3, expected a word"));
	ck_assert(!row("tw", "a", NULL,
		       "NULL in column 2 of row 3, expected a word"));
}
END_TEST

START_TEST(rows_are_as_many_as_they_may_be)
{
	ck_assert(end("t", 0, ""));
	ck_assert(end("t", 9, ""));
	ck_assert(end("1t", 1, ""));
	ck_assert(!end("1t", 0, "0 rows, expected one"));
	ck_assert(!end("1t", 2, "2 rows, expected one"));
	ck_assert(end("?t", 0, ""));
	ck_assert(end("?t", 1, ""));
	ck_assert(!end("?t", 2, "2 rows, expected one at most"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("answer");
	TCase *tcase = tcase_create("answer");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, nothing_is_expected_without_a_form);
	tcase_add_test(tcase, columns_are_as_many_as_letters);
	tcase_add_test(tcase,
		       more_columns_are_none_too_many_where_that_is_said);
	tcase_add_test(tcase, null_comes_only_where_it_may);
	tcase_add_test(tcase, a_number_is_digits);
	tcase_add_test(tcase, a_word_is_letters_digits_and_low_lines);
	tcase_add_test(tcase, rows_are_as_many_as_they_may_be);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
