/*
 * The promise under test: waits double from 100 ms to 5 s, a random half of
 * each, whatever the numbers; and a stop ends them at once.
 */
#include "dbsync/db/backoff.h"

#include <check.h>
#include <stdlib.h>

static const struct {
	unsigned attempt;
	uint32_t whole_ms;
} waits[] = {
	{1, 100},   {2, 200},     {3, 400},   {4, 800},
	{5, 1600},  {6, 3200},    {7, 5000},  {8, 5000},
	{50, 5000}, {1000, 5000}, {0, 100},   {32, 5000},
	{33, 5000}, {64, 5000},   {65, 5000}, {4294967295u, 5000},
};

START_TEST(a_wait_is_between_half_and_all_of_its_length)
{
	const uint32_t whole = waits[_i].whole_ms;

	for (uint32_t jitter = 0; jitter < 6000; jitter += 7) {
		const uint32_t ms = backoff_ms(waits[_i].attempt, jitter);

		ck_assert_uint_ge(ms, whole / 2);
		ck_assert_uint_le(ms, whole);
	}
}
END_TEST

START_TEST(both_bounds_of_a_wait_are_reached)
{
	const uint32_t whole = waits[_i].whole_ms;

	ck_assert_uint_eq(backoff_ms(waits[_i].attempt, 0), whole / 2);
	ck_assert_uint_eq(backoff_ms(waits[_i].attempt, whole / 2), whole);
}
END_TEST

START_TEST(any_jitter_stays_within_bounds)
{
	ck_assert_uint_le(backoff_ms(1, UINT32_MAX), 100);
	ck_assert_uint_ge(backoff_ms(1, UINT32_MAX), 50);
	ck_assert_uint_le(backoff_ms(9, UINT32_MAX), 5000);
	ck_assert_uint_ge(backoff_ms(9, UINT32_MAX), 2500);
}
END_TEST

START_TEST(a_cancelled_run_does_not_wait)
{
	struct cancel cancel = {false};
	struct dbs_error err = {0};

	cancel_request(&cancel);
	ck_assert_int_eq(backoff_wait(4294967295u, &cancel, &err),
			 DBS_E_CANCELLED);
	ck_assert_int_eq(err.code, DBS_E_CANCELLED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("backoff");
	TCase *tcase = tcase_create("backoff");
	SRunner *runner = srunner_create(suite);
	const int count = sizeof(waits) / sizeof(*waits);
	int failed;

	tcase_add_loop_test(tcase, a_wait_is_between_half_and_all_of_its_length,
			    0, count);
	tcase_add_loop_test(tcase, both_bounds_of_a_wait_are_reached, 0, count);
	tcase_add_test(tcase, any_jitter_stays_within_bounds);
	tcase_add_test(tcase, a_cancelled_run_does_not_wait);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
