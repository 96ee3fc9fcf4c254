/*
 * The promise under test: a result keeps every byte of every row, and NULL is
 * not an empty text.
 */
#include "dbsync/db/rows.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct rows *rows;

static void begin(void)
{
	rows = rows_new("");
}

static void end(void)
{
	rows_drop(&rows);
}

static void add(const char *a, const char *b)
{
	const char *const texts[] = {a, b};
	const size_t lengths[] = {a ? strlen(a) : 0, b ? strlen(b) : 0};

	struct dbs_error err = {0};

	ck_assert_int_eq(rows_add(rows, 2, texts, lengths, &err), DBS_OK);
}

START_TEST(a_new_result_has_no_rows)
{
	ck_assert_uint_eq(rows_count(rows), 0);
}
END_TEST

START_TEST(texts_come_back_from_their_places)
{
	add("a", "b");
	add("c", "d");
	ck_assert_uint_eq(rows_count(rows), 2);
	ck_assert_str_eq(rows_text(rows, 0, 0), "a");
	ck_assert_str_eq(rows_text(rows, 0, 1), "b");
	ck_assert_str_eq(rows_text(rows, 1, 0), "c");
	ck_assert_str_eq(rows_text(rows, 1, 1), "d");
}
END_TEST

START_TEST(null_is_not_an_empty_text)
{
	add(NULL, "");
	ck_assert_ptr_null(rows_text(rows, 0, 0));
	ck_assert_str_eq(rows_text(rows, 0, 1), "");
	ck_assert_uint_eq(rows_length(rows, 0, 1), 0);
}
END_TEST

START_TEST(a_text_may_contain_nul_and_ends_in_one)
{
	const char *const texts[] = {"a\0b"};
	const size_t lengths[] = {3};
	struct dbs_error err = {0};

	ck_assert_int_eq(rows_add(rows, 1, texts, lengths, &err), DBS_OK);
	ck_assert_uint_eq(rows_length(rows, 0, 0), 3);
	ck_assert_mem_eq(rows_text(rows, 0, 0), "a\0b", 4);
}
END_TEST

START_TEST(a_text_need_not_end_where_its_row_was_read)
{
	const char *const texts[] = {"abcdef"};
	const size_t lengths[] = {3};
	struct dbs_error err = {0};

	ck_assert_int_eq(rows_add(rows, 1, texts, lengths, &err), DBS_OK);
	ck_assert_str_eq(rows_text(rows, 0, 0), "abc");
}
END_TEST

START_TEST(texts_are_copies)
{
	char text[] = "before";

	add(text, NULL);
	memset(text, 'x', sizeof(text) - 1);
	ck_assert_str_eq(rows_text(rows, 0, 0), "before");
}
END_TEST

START_TEST(any_number_of_rows_keep_their_texts)
{
	char text[32];

	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		add(i % 3 ? text : NULL, text);
	}
	ck_assert_uint_eq(rows_count(rows), 3000);
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		ck_assert_pstr_eq(rows_text(rows, i, 0), i % 3 ? text : NULL);
		ck_assert_str_eq(rows_text(rows, i, 1), text);
		ck_assert_uint_eq(rows_length(rows, i, 1), strlen(text));
	}
}
END_TEST

START_TEST(dropping_leaves_null_and_may_be_repeated)
{
	struct rows *fresh = rows_new("");

	rows_drop(&fresh);
	ck_assert_ptr_null(fresh);
	rows_drop(&fresh);
}
END_TEST

/* Whether looking at the cell ends the process. */
static int ends_at(size_t row, size_t column)
{
	int status = 0;
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		(void)freopen("/dev/null", "w", stderr);
		(void)rows_text(rows, row, column);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 70;
}

START_TEST(a_cell_that_is_not_there_is_a_bug)
{
	add("a", "b");
	ck_assert(!ends_at(0, 1));
	ck_assert(ends_at(1, 0));
	ck_assert(ends_at(0, 2));
}
END_TEST

/* What rows_number makes of a text, or of no row at all. */
static enum dbs_rc number_is(const char *text, uint64_t *out)
{
	struct rows *one = rows_new("");
	struct dbs_error err = {0};
	const size_t length = text ? strlen(text) : 0;

	enum dbs_rc rc = rows_add(one, 1, &text, &length, &err);

	if (!rc)
		rc = rows_number(one, 0, 0, out, &err);

	rows_drop(&one);
	return rc;
}

START_TEST(a_number_is_read)
{
	uint64_t number = 7;

	ck_assert_int_eq(number_is("0", &number), DBS_OK);
	ck_assert_uint_eq(number, 0);
	ck_assert_int_eq(number_is("18446744073709551615", &number), DBS_OK);
	ck_assert_uint_eq(number, UINT64_MAX);
}
END_TEST

START_TEST(what_is_no_number_is_refused_and_leaves_it_alone)
{
	uint64_t number = 7;

	ck_assert_int_eq(number_is(NULL, &number), DBS_E_STRANGE);
	ck_assert_int_eq(number_is("", &number), DBS_E_STRANGE);
	ck_assert_int_eq(number_is("-1", &number), DBS_E_STRANGE);
	ck_assert_int_eq(number_is("1x", &number), DBS_E_STRANGE);
	ck_assert_uint_eq(number, 7);
}
END_TEST

START_TEST(a_number_that_did_not_come_is_no_bug_of_ours)
{
	struct dbs_error err = {0};
	uint64_t number = 7;

	ck_assert_int_eq(rows_number(rows, 0, 0, &number, &err), DBS_E_STRANGE);
	ck_assert_ptr_nonnull(
		strstr(err.text, "the server's answer lacks a number in row"));
	add("1", "2");
	ck_assert_int_eq(rows_number(rows, 0, 2, &number, &err), DBS_E_STRANGE);
	ck_assert_int_eq(rows_number(rows, 1, 0, &number, &err), DBS_E_STRANGE);
	ck_assert_uint_eq(number, 7);
}
END_TEST

START_TEST(an_error_says_who_answered_and_what_was_asked)
{
	struct rows *one = rows_new("source h/d: SELECT 1");
	struct dbs_error err = {0};
	uint64_t number = 7;

	ck_assert_int_eq(rows_number(one, 0, 0, &number, &err), DBS_E_STRANGE);
	ck_assert_str_eq(err.text,
			 "source h/d: SELECT 1: the server's answer lacks a "
			 "number in row 1");
	rows_drop(&one);
}
END_TEST

START_TEST(a_text_of_any_length_is_kept_up_to_a_limit)
{
	enum { LENGTH = 40 * 1024 * 1024, MOST = ROWS_MOST / LENGTH };
	char *text = malloc(LENGTH);
	const char *const texts[] = {text};
	const size_t lengths[] = {LENGTH};
	struct dbs_error err = {0};

	ck_assert_ptr_nonnull(text);
	memset(text, 'x', LENGTH);
	for (size_t i = 0; i < MOST; i++)
		ck_assert_int_eq(rows_add(rows, 1, texts, lengths, &err),
				 DBS_OK);
	ck_assert_int_eq(rows_text(rows, MOST - 1, 0)[LENGTH - 1], 'x');
	ck_assert_int_eq(rows_text(rows, MOST - 1, 0)[LENGTH], 0);
	ck_assert_int_eq(rows_add(rows, 1, texts, lengths, &err), DBS_E_LIMIT);
	ck_assert_uint_eq(rows_count(rows), MOST);
	free(text);
}
END_TEST

START_TEST(a_place_is_one_of_those_that_were_asked_about)
{
	struct dbs_error err = {0};
	size_t place = 7;

	add("3", NULL);
	ck_assert_int_eq(rows_place(rows, 0, 4, &place, &err), DBS_OK);
	ck_assert_uint_eq(place, 3);
	ck_assert_int_eq(rows_place(rows, 0, 3, &place, &err), DBS_E_STRANGE);
	ck_assert_ptr_nonnull(strstr(
		err.text, "answer is about something that was not requested"));
	ck_assert_int_eq(rows_place(rows, 1, 3, &place, &err), DBS_E_STRANGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("rows");
	TCase *tcase = tcase_create("rows");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_new_result_has_no_rows);
	tcase_add_test(tcase, texts_come_back_from_their_places);
	tcase_add_test(tcase, null_is_not_an_empty_text);
	tcase_add_test(tcase, a_text_may_contain_nul_and_ends_in_one);
	tcase_add_test(tcase, a_text_need_not_end_where_its_row_was_read);
	tcase_add_test(tcase, texts_are_copies);
	tcase_add_test(tcase, any_number_of_rows_keep_their_texts);
	tcase_add_test(tcase, dropping_leaves_null_and_may_be_repeated);
	tcase_add_test(tcase, a_cell_that_is_not_there_is_a_bug);
	tcase_add_test(tcase, a_number_is_read);
	tcase_add_test(tcase, what_is_no_number_is_refused_and_leaves_it_alone);
	tcase_add_test(tcase, a_number_that_did_not_come_is_no_bug_of_ours);
	tcase_add_test(tcase, an_error_says_who_answered_and_what_was_asked);
	tcase_add_test(tcase, a_text_of_any_length_is_kept_up_to_a_limit);
	tcase_add_test(tcase, a_place_is_one_of_those_that_were_asked_about);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
