/*
 * The promise under test: one at a time is inside, and who waits outside hears
 * a stop although whoever is inside does not move.
 */
#include "dbsync/base/gate.h"

#include "dbsync/base/clock.h"

#include <check.h>
#include <stdlib.h>

struct visitor {
	struct gate *gate;
	struct cancel *cancel;
	enum dbs_rc rc;
	pthread_t thread;
};

static void *visit(void *self)
{
	struct visitor *visitor = self;
	struct dbs_error err = {0};

	visitor->rc = gate_enter(visitor->gate, visitor->cancel, &err);
	if (!visitor->rc)
		gate_leave(visitor->gate);
	return NULL;
}

static void begin(struct visitor *visitor)
{
	ck_assert_int_eq(pthread_create(&visitor->thread, NULL, visit, visitor),
			 0);
}

START_TEST(who_waits_enters_when_it_is_left)
{
	struct gate gate = GATE_INIT;
	struct cancel cancel = {false};
	struct visitor other = {&gate, &cancel, DBS_E_USAGE, 0};
	struct dbs_error err = {0};

	ck_assert_int_eq(gate_enter(&gate, &cancel, &err), DBS_OK);
	begin(&other);
	gate_leave(&gate);
	(void)pthread_join(other.thread, NULL);
	ck_assert_int_eq(other.rc, DBS_OK);
	ck_assert_int_eq(gate_enter(&gate, &cancel, &err), DBS_OK);
}
END_TEST

START_TEST(who_waits_hears_a_stop_while_another_is_inside)
{
	struct gate gate = GATE_INIT;
	struct cancel cancel = {false};
	struct visitor other = {&gate, &cancel, DBS_OK, 0};
	struct dbs_error err = {0};
	const uint64_t start = clock_ns();

	ck_assert_int_eq(gate_enter(&gate, &cancel, &err), DBS_OK);
	begin(&other);
	cancel_request(&cancel);
	(void)pthread_join(other.thread, NULL);
	ck_assert_int_eq(other.rc, DBS_E_CANCELLED);
	ck_assert_double_lt(clock_since(start), 5);
	/* who was stopped has not taken it away from who is inside */
	ck_assert(gate.is_taken);
}
END_TEST

START_TEST(after_a_stop_nobody_enters)
{
	struct gate gate = GATE_INIT;
	struct cancel cancel = {true};
	struct dbs_error err = {0};

	ck_assert_int_eq(gate_enter(&gate, &cancel, &err), DBS_E_CANCELLED);
	ck_assert(!gate.is_taken);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gate");
	TCase *tcase = tcase_create("gate");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, who_waits_enters_when_it_is_left);
	tcase_add_test(tcase, who_waits_hears_a_stop_while_another_is_inside);
	tcase_add_test(tcase, after_a_stop_nobody_enters);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
