/*
 * The promise under test: a database's mark is the same in every version, for
 * runs of two versions keep each other away by it.
 */
#include "dbsync/db/mark.h"

#include <check.h>
#include <stdlib.h>

START_TEST(mark_stays_what_it_was)
{
	ck_assert_str_eq(database_mark("dst").text, "35a664500bd11d99");
	ck_assert_str_eq(database_mark("").text, "2d06800538d394c2");
}
END_TEST

START_TEST(names_that_some_servers_do_not_tell_apart_have_one_mark)
{
	ck_assert_str_eq(database_mark("Shop").text,
			 database_mark("shop").text);
	ck_assert_str_ne(database_mark("shop").text,
			 database_mark("shop2").text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mark");
	TCase *tests = tcase_create("mark");

	tcase_add_test(tests, mark_stays_what_it_was);
	tcase_add_test(tests,
		       names_that_some_servers_do_not_tell_apart_have_one_mark);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
