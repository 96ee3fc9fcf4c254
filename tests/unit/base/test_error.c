/*
 * The promise under test: an error tells its cause whatever is put around it,
 * and our own mistakes end the process in every build.
 */
#include "dbsync/base/error.h"

#include "death.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_SIZE = sizeof(((struct dbs_error *)NULL)->text) };

static struct dbs_error err;

/* A text of count times the letter; valid until the next call with it. */
static const char *run_of(char letter, size_t count)
{
	static char texts[26][2048];
	char *text = texts[letter - 'a'];

	ck_assert_uint_lt(count, sizeof(texts[0]));
	memset(text, letter, count);
	text[count] = '\0';
	return text;
}

START_TEST(a_failure_returns_its_code_and_says_what_was_refused)
{
	err = (struct dbs_error){0};
	ck_assert_int_eq(dbs_fail(&err, DBS_E_LIMIT, "%d of %s", 7, "them"),
			 DBS_E_LIMIT);
	ck_assert_int_eq(err.code, DBS_E_LIMIT);
	ck_assert_str_eq(err.text, "7 of them");
}
END_TEST

START_TEST(a_new_failure_forgets_the_old_one)
{
	err = (struct dbs_error){.role = "target",
				 .sys_errno = EIO,
				 .server_errno = 1205,
				 .text = "old"};
	(void)dbs_fail(&err, DBS_E_USAGE, "new");
	ck_assert_ptr_null(err.role);
	ck_assert_int_eq(err.sys_errno, 0);
	ck_assert_uint_eq(err.server_errno, 0);
	ck_assert_str_eq(err.text, "new");
}
END_TEST

START_TEST(a_refusal_of_the_system_names_its_reason)
{
	ck_assert_int_eq(dbs_fail_errno(&err, ENOENT, "cannot open %s", "x"),
			 DBS_E_IO);
	ck_assert_int_eq(err.code, DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, ENOENT);
	ck_assert_str_eq(err.text, "cannot open x: No such file or directory");
}
END_TEST

START_TEST(a_text_that_is_too_long_is_cut)
{
	(void)dbs_fail(&err, DBS_E_USAGE, "%s", run_of('a', 2000));
	ck_assert_uint_eq(strlen(err.text), TEXT_SIZE - 1);
	(void)dbs_fail_errno(&err, EIO, "%s", run_of('a', 2000));
	ck_assert_uint_eq(strlen(err.text), TEXT_SIZE - 1);
	(void)dbs_fail_errno(&err, EIO, "%s", run_of('a', TEXT_SIZE - 5));
	ck_assert_uint_eq(strlen(err.text), TEXT_SIZE - 1);
}
END_TEST

START_TEST(context_says_where_in_front_of_what)
{
	(void)dbs_fail(&err, DBS_E_SERVER, "no such key");
	ck_assert_int_eq(dbs_error_context(&err, "table `%s`", "orders"),
			 DBS_E_SERVER);
	(void)dbs_error_context(&err, "source");
	ck_assert_str_eq(err.text, "source: table `orders`: no such key");
}
END_TEST

START_TEST(context_changes_nothing_but_the_text)
{
	err = (struct dbs_error){.code = DBS_E_LOST,
				 .role = "source",
				 .sys_errno = EPIPE,
				 .server_errno = 2013,
				 .text = "lost"};
	(void)dbs_error_context(&err, "here");
	ck_assert_int_eq(err.code, DBS_E_LOST);
	ck_assert(dbs_error_is_of(&err, SOURCE));
	ck_assert_int_eq(err.sys_errno, EPIPE);
	ck_assert_uint_eq(err.server_errno, 2013);
}
END_TEST

START_TEST(context_is_cut_and_the_cause_is_kept)
{
	const char *cause = run_of('c', 400);

	(void)dbs_fail(&err, DBS_E_SERVER, "%s", cause);
	(void)dbs_error_context(&err, "%s", run_of('w', 300));
	ck_assert_uint_eq(strlen(err.text), TEXT_SIZE - 1);
	ck_assert_str_eq(err.text + TEXT_SIZE - 1 - 400, cause);
	ck_assert_int_eq(strncmp(err.text, "www", 3), 0);
	ck_assert_int_eq(strncmp(err.text + TEXT_SIZE - 1 - 402, ": ", 2), 0);
}
END_TEST

START_TEST(the_cause_survives_any_number_of_long_contexts)
{
	(void)dbs_fail(&err, DBS_E_SERVER, "the cause");
	for (int i = 0; i < 10; i++)
		(void)dbs_error_context(&err, "%s", run_of('w', 150));
	ck_assert_uint_le(strlen(err.text), TEXT_SIZE - 1);
	ck_assert_str_eq(err.text + strlen(err.text) - 11, ": the cause");
}
END_TEST

START_TEST(a_cause_without_room_gets_no_context)
{
	for (size_t left = 0; left <= 2; left++) {
		const char *cause = run_of('c', TEXT_SIZE - 1 - left);

		(void)dbs_fail(&err, DBS_E_SERVER, "%s", cause);
		ck_assert_int_eq(dbs_error_context(&err, "where"),
				 DBS_E_SERVER);
		ck_assert_str_eq(err.text, cause);
	}
}
END_TEST

START_TEST(percent_signs_in_texts_are_texts)
{
	(void)dbs_fail(&err, DBS_E_SERVER, "%s", "100%n%s");
	(void)dbs_error_context(&err, "%s", "50%d");
	ck_assert_str_eq(err.text, "50%d: 100%n%s");
}
END_TEST

START_TEST(recoding_keeps_the_story)
{
	err = (struct dbs_error){.code = DBS_E_SERVER,
				 .role = "target",
				 .server_errno = 1146,
				 .text = "no such table"};
	ck_assert_int_eq(dbs_error_recode(&err, DBS_E_CHANGED), DBS_E_CHANGED);
	ck_assert_int_eq(err.code, DBS_E_CHANGED);
	ck_assert(dbs_error_is_of(&err, TARGET));
	ck_assert_uint_eq(err.server_errno, 1146);
	ck_assert_str_eq(err.text, "no such table");
}
END_TEST

START_TEST(clearing_leaves_no_trace)
{
	static const struct dbs_error none;

	(void)dbs_fail_errno(&err, EIO, "cannot");
	dbs_error_clear(&err);
	ck_assert_mem_eq(&err, &none, sizeof(err));
}
END_TEST

START_TEST(sides_have_names)
{
	ck_assert_str_eq(side_name(SOURCE), "source");
	ck_assert_str_eq(side_name(TARGET), "target");
}
END_TEST

static void make_bug(void *self)
{
	DBS_BUG(*(const int *)self == 3, "three is %d", 3);
}

START_TEST(a_bug_ends_with_70_and_says_where)
{
	int three = 3;

	expect_bug(make_bug, &three, "test_error.c:");
	expect_bug(make_bug, &three, ": three is 3\n");
	expect_bug(make_bug, &three, "`dbsync status` says how");
}
END_TEST

START_TEST(no_bug_goes_on)
{
	int four = 4;
	struct death death;

	death_of(make_bug, &four, &death);
	ck_assert_int_eq(death.status, 0);
	ck_assert_str_eq(death.text, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("error");
	TCase *tcase = tcase_create("error");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase,
		       a_failure_returns_its_code_and_says_what_was_refused);
	tcase_add_test(tcase, a_new_failure_forgets_the_old_one);
	tcase_add_test(tcase, a_refusal_of_the_system_names_its_reason);
	tcase_add_test(tcase, a_text_that_is_too_long_is_cut);
	tcase_add_test(tcase, context_says_where_in_front_of_what);
	tcase_add_test(tcase, context_changes_nothing_but_the_text);
	tcase_add_test(tcase, context_is_cut_and_the_cause_is_kept);
	tcase_add_test(tcase, the_cause_survives_any_number_of_long_contexts);
	tcase_add_test(tcase, a_cause_without_room_gets_no_context);
	tcase_add_test(tcase, percent_signs_in_texts_are_texts);
	tcase_add_test(tcase, recoding_keeps_the_story);
	tcase_add_test(tcase, clearing_leaves_no_trace);
	tcase_add_test(tcase, sides_have_names);
	tcase_add_test(tcase, a_bug_ends_with_70_and_says_where);
	tcase_add_test(tcase, no_bug_goes_on);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
