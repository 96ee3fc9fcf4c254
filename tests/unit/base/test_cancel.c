/*
 * The promise under test: a stop that was asked for is noticed by checks and
 * by waits, from any thread, and nothing is noticed before.
 */
#include "dbsync/base/cancel.h"

#include "dbsync/base/clock.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>

static struct cancel cancel;
static struct dbs_error err;

static void begin(void)
{
	cancel = (struct cancel){false};
	err = (struct dbs_error){.code = DBS_E_IO, .text = "untouched"};
}

static void expect_untouched(void)
{
	ck_assert_int_eq(err.code, DBS_E_IO);
	ck_assert_str_eq(err.text, "untouched");
}

START_TEST(nothing_is_cancelled_before_somebody_asks)
{
	ck_assert(!cancel_requested(&cancel));
	ck_assert_int_eq(cancel_check(&cancel, &err), DBS_OK);
	expect_untouched();
}
END_TEST

START_TEST(a_request_is_seen_and_stays)
{
	cancel_request(&cancel);
	cancel_request(&cancel);
	ck_assert(cancel_requested(&cancel));
	ck_assert_int_eq(cancel_check(&cancel, &err), DBS_E_CANCELLED);
	ck_assert_int_eq(err.code, DBS_E_CANCELLED);
	ck_assert_str_eq(err.text, "cancelled");
	ck_assert_int_eq(cancel_check(&cancel, &err), DBS_E_CANCELLED);
}
END_TEST

START_TEST(no_wait_at_all_is_fine)
{
	ck_assert_int_eq(cancel_sleep(&cancel, 0, &err), DBS_OK);
	expect_untouched();
}
END_TEST

START_TEST(a_short_wait_waits_and_ends)
{
	const uint64_t start = clock_ns();

	ck_assert_int_eq(cancel_sleep(&cancel, 3, &err), DBS_OK);
	ck_assert_uint_ge(clock_ns() - start, 3000000);
	expect_untouched();
}
END_TEST

START_TEST(a_cancelled_wait_does_not_begin)
{
	const uint64_t start = clock_ns();

	cancel_request(&cancel);
	ck_assert_int_eq(cancel_sleep(&cancel, UINT32_MAX, &err),
			 DBS_E_CANCELLED);
	ck_assert_double_lt(clock_since(start), 1);
}
END_TEST

static void *request(void *self)
{
	cancel_request(self);
	return NULL;
}

START_TEST(a_wait_ends_when_another_thread_asks)
{
	const uint64_t start = clock_ns();
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, request, &cancel), 0);
	ck_assert_int_eq(cancel_sleep(&cancel, 60000, &err), DBS_E_CANCELLED);
	ck_assert_double_lt(clock_since(start), 30);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cancel");
	TCase *tcase = tcase_create("cancel");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, NULL);
	tcase_add_test(tcase, nothing_is_cancelled_before_somebody_asks);
	tcase_add_test(tcase, a_request_is_seen_and_stays);
	tcase_add_test(tcase, no_wait_at_all_is_fine);
	tcase_add_test(tcase, a_short_wait_waits_and_ends);
	tcase_add_test(tcase, a_cancelled_wait_does_not_begin);
	tcase_add_test(tcase, a_wait_ends_when_another_thread_asks);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
