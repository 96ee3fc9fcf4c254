/*
 * The promise under test: each item is worked on once, whether there are
 * threads for it or not.
 */
#include "dbsync/db/gang.h"

#include "death.h"

#include "dbsync/base/thread.h"

#include <check.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 5 };

struct item {
	unsigned number;
	atomic_uint worked;
	bool has_own; /* thread */
	pthread_t caller;
};

static void work(void *self)
{
	struct item *item = self;

	item->has_own = !pthread_equal(pthread_self(), item->caller);
	(void)atomic_fetch_add(&item->worked, 1);
}

static void note(void *self, const char *text)
{
	(void)self;
	(void)fprintf(stderr, "%s\n", text);
}

/* Says for each item: a thread of its own (t), or the caller's (c). */
static void work_under(void *self)
{
	const char *wish = self;
	const struct talk talk = {note, note, NULL};
	struct item items[COUNT] = {{0}};

	if (wish)
		(void)setenv("DBSYNC_FAULT", wish, 1);
	else
		(void)unsetenv("DBSYNC_FAULT");
	for (unsigned i = 0; i < COUNT; i++)
		items[i].caller = pthread_self();
	gang_run(work, items, COUNT, sizeof(*items), &talk);
	gang_run(work, items, 1, sizeof(*items), &talk);
	for (unsigned i = 0; i < COUNT; i++)
		if (atomic_load(&items[i].worked) != (i ? 1 : 2))
			(void)fprintf(stderr, "%u: %u times\n", i,
				      atomic_load(&items[i].worked));
		else
			(void)fputc(items[i].has_own ? 't' : 'c', stderr);
}

static void expect(const char *wish, const char *text)
{
	struct death death;
	char copy[64];

	(void)snprintf(copy, sizeof(copy), "%s", wish ? wish : "");
	death_of(work_under, wish ? copy : NULL, &death);
	ck_assert_int_eq(death.status, 0);
	ck_assert_str_eq(death.text, text);
}

START_TEST(each_item_has_a_thread_but_the_first)
{
	expect(NULL, "ctttt");
}
END_TEST

#ifdef DBSYNC_FAULTS
START_TEST(what_has_no_thread_is_done_by_the_caller)
{
	expect("thread.try:1:error+",
	       "only 1 of 5 threads are to be had (Resource temporarily "
	       "unavailable): going on with them, more slowly\nccccc");
	expect("thread.try:3:error",
	       "only 4 of 5 threads are to be had (Resource temporarily "
	       "unavailable): going on with them, more slowly\ncttct");
}
END_TEST

static void *do_nothing(void *self)
{
	return self;
}

static void start_without(void *self)
{
	pthread_t thread;
	struct dbs_error err = {0};

	(void)setenv("DBSYNC_FAULT", "thread.start:1:error", 1);
	if (thread_start(&thread, do_nothing, self, &err) == DBS_E_RESOURCE)
		(void)fputs(err.text, stderr);
}

START_TEST(a_thread_that_is_needed_is_an_error_with_what_to_do)
{
	struct death death;

	death_of(start_without, NULL, &death);
	ck_assert_int_eq(death.status, 0);
	ck_assert_msg(strstr(death.text, "ulimit -u"), "%s", death.text);
	ck_assert_msg(strstr(death.text, "TasksMax"), "%s", death.text);
}
END_TEST
#endif

int main(void)
{
	Suite *suite = suite_create("gang");
	TCase *tcase = tcase_create("gang");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, each_item_has_a_thread_but_the_first);
#ifdef DBSYNC_FAULTS
	tcase_add_test(tcase, what_has_no_thread_is_done_by_the_caller);
	tcase_add_test(tcase,
		       a_thread_that_is_needed_is_an_error_with_what_to_do);
#endif
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
