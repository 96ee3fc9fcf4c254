/*
 * The promise under test: the exit status says what kind of thing went wrong,
 * as README and design D14 have it, and never that all is equal when it is not.
 */
#include "dbsync/cmd/command.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	enum dbs_rc rc;
	int status;
} statuses[] = {
	{DBS_OK, 0},          {DBS_E_USAGE, 2},  {DBS_E_REFUSED, 3},
	{DBS_E_CONNECT, 4},   {DBS_E_LOST, 4},   {DBS_E_RETRY, 4},
	{DBS_E_SERVER, 4},    {DBS_E_DENIED, 4}, {DBS_E_CHANGED, 4},
	{DBS_E_STRANGE, 4},   {DBS_E_FORMAT, 5}, {DBS_E_IO, 5},
	{DBS_E_UNKNOWN, 6},   {DBS_E_LIMIT, 6},  {DBS_E_RESOURCE, 4},
	{DBS_E_CANCELLED, 7},
};

START_TEST(an_error_has_the_status_of_its_kind)
{
	ck_assert_int_eq(exit_status_of(statuses[_i].rc), statuses[_i].status);
}
END_TEST

START_TEST(every_error_has_a_status)
{
	ck_assert_uint_eq(sizeof(statuses) / sizeof(*statuses),
			  DBS_E_CANCELLED + 1);
	for (int rc = DBS_OK + 1; rc <= DBS_E_CANCELLED; rc++) {
		const int status = exit_status_of((enum dbs_rc)rc);

		ck_assert_int_ge(status, EXIT_USAGE);
		ck_assert_int_le(status, EXIT_CANCELLED);
	}
}
END_TEST

START_TEST(what_is_no_error_is_a_bug)
{
	ck_assert_int_eq(exit_status_of((enum dbs_rc)(DBS_E_CANCELLED + 1)),
			 70);
}
END_TEST

START_TEST(numbers_are_those_that_scripts_rely_on)
{
	ck_assert_int_eq(EXIT_EQUAL, 0);
	ck_assert_int_eq(EXIT_DIFFERENT, 1);
	ck_assert_int_eq(EXIT_USAGE, 2);
	ck_assert_int_eq(EXIT_REFUSED, 3);
	ck_assert_int_eq(EXIT_SERVER, 4);
	ck_assert_int_eq(EXIT_FILES, 5);
	ck_assert_int_eq(EXIT_INCOMPLETE, 6);
	ck_assert_int_eq(EXIT_CANCELLED, 7);
	ck_assert_int_eq(EXIT_BUG, 70);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exit_status");
	TCase *tcase = tcase_create("exit_status");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tcase, an_error_has_the_status_of_its_kind, 0,
			    sizeof(statuses) / sizeof(*statuses));
	tcase_add_test(tcase, every_error_has_a_status);
	tcase_add_test(tcase, what_is_no_error_is_a_bug);
	tcase_add_test(tcase, numbers_are_those_that_scripts_rely_on);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
