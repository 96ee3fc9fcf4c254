/*
 * The promise under test: each item is worked on once, whether there are
 * threads for it or not.
 */
#include "dbsync/base/workers.h"

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

static atomic_uint left;

static void leave(void)
{
	(void)atomic_fetch_add(&left, 1);
}

static void wish_for(const char *wish)
{
	if (wish)
		(void)setenv("DBSYNC_FAULT", wish, 1);
	else
		(void)unsetenv("DBSYNC_FAULT");
}

/* Says for each item: a thread of its own (t), or the caller's (c). */
static void work_under(void *self)
{
	const struct talk talk = {note, note, NULL};
	struct item items[COUNT] = {{0}};
	struct workers workers;

	wish_for(self);
	for (unsigned i = 0; i < COUNT; i++)
		items[i].caller = pthread_self();
	workers_init(&workers, &talk, leave);
	workers_run(&workers, work, items, COUNT, sizeof(*items));
	workers_run(&workers, work, items, 1, sizeof(*items));
	for (unsigned i = 0; i < COUNT; i++)
		if (atomic_load(&items[i].worked) != (i ? 1 : 2))
			(void)fprintf(stderr, "%u: %u times\n", i,
				      atomic_load(&items[i].worked));
		else
			(void)fputc(items[i].has_own ? 't' : 'c', stderr);
	(void)fprintf(stderr, " %u", atomic_load(&left));
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
	expect(NULL, "ctttt 4");
}
END_TEST

#ifdef DBSYNC_FAULTS
START_TEST(what_has_no_thread_is_done_by_the_caller)
{
	expect("thread.try:1:error+",
	       "only 1 of 5 threads are available (Resource temporarily "
	       "unavailable): continuing with them, but slower\nccccc 0");
	expect("thread.try:3:error",
	       "only 4 of 5 threads are available (Resource temporarily "
	       "unavailable): continuing with them, but slower\ncttct 3");
}
END_TEST

static void run_twice_two_times(void *self)
{
	const struct talk talk = {note, note, NULL};

	(void)self;
	wish_for("thread.try:1:error+");
	for (unsigned i = 0; i < 4; i++) {
		static struct workers workers;
		struct item items[COUNT] = {{0}};

		if (i % 2 == 0)
			workers_init(&workers, &talk, NULL);
		workers_run(&workers, work, items, COUNT, sizeof(*items));
	}
}

START_TEST(a_note_says_so_once_in_a_run_not_in_a_process)
{
	struct death death;
	unsigned notes = 0;

	death_of(run_twice_two_times, NULL, &death);
	ck_assert_int_eq(death.status, 0);
	for (const char *at = death.text; (at = strstr(at, "only 1 of 5"));
	     at++)
		notes++;
	ck_assert_uint_eq(notes, 2);
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
	Suite *suite = suite_create("workers");
	TCase *tcase = tcase_create("workers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, each_item_has_a_thread_but_the_first);
#ifdef DBSYNC_FAULTS
	tcase_add_test(tcase, what_has_no_thread_is_done_by_the_caller);
	tcase_add_test(tcase, a_note_says_so_once_in_a_run_not_in_a_process);
	tcase_add_test(tcase,
		       a_thread_that_is_needed_is_an_error_with_what_to_do);
#endif
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
