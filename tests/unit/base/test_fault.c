/*
 * The promise under test: a build with faults stumbles exactly where and when
 * it was told to; any other build never does.
 */
#include "dbsync/base/fault.h"

#include "death.h"

#include <check.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

START_TEST(points_have_names_of_their_own)
{
	for (int i = 0; i < FAULT_POINT_COUNT; i++) {
		const char *name = fault_name((enum fault_point)i);

		ck_assert_msg(strchr(name, '.'), "%s names no floor", name);
		ck_assert_msg(!strchr(name, ':'), "%s cannot be asked", name);
		ck_assert_uint_lt(strlen(name), 64);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(name, fault_name((enum fault_point)k));
	}
}
END_TEST

#ifdef DBSYNC_FAULTS

/* What a child is told, and the point that it passes a few times. */
struct passage {
	const char *wish; /* NULL: none */
	const char *log;  /* likewise */
	enum fault_point point;
	unsigned times;
};

/* Says 1 or 0 on stderr for every passage. */
static void pass(void *self)
{
	const struct passage *passage = self;

	(void)unsetenv("DBSYNC_FAULT");
	(void)unsetenv("DBSYNC_FAULT_LOG");
	if (passage->wish)
		(void)setenv("DBSYNC_FAULT", passage->wish, 1);
	if (passage->log)
		(void)setenv("DBSYNC_FAULT_LOG", passage->log, 1);
	for (unsigned i = 0; i < passage->times; i++)
		(void)fputs(fault_error(passage->point) ? "1" : "0", stderr);
}

static void expect_passages(const char *wish, enum fault_point point,
			    const char *results)
{
	struct passage passage = {wish, NULL, point, (unsigned)strlen(results)};
	struct death death;

	death_of(pass, &passage, &death);
	ck_assert_int_eq(death.status, 0);
	ck_assert_str_eq(death.text, results);
}

START_TEST(without_a_wish_nothing_stumbles)
{
	for (int i = 0; i < FAULT_POINT_COUNT; i++)
		expect_passages(NULL, (enum fault_point)i, "000");
}
END_TEST

START_TEST(an_error_comes_once_at_the_nth_passage)
{
	expect_passages("db.query:1:error", FAULT_DB_QUERY, "10000");
	expect_passages("db.query:3:error", FAULT_DB_QUERY, "00100");
}
END_TEST

START_TEST(errors_come_from_the_nth_passage_on)
{
	expect_passages("data.spill:1:error+", FAULT_DATA_SPILL, "1111");
	expect_passages("data.spill:3:error+", FAULT_DATA_SPILL, "0011");
}
END_TEST

START_TEST(only_the_point_that_was_named_stumbles)
{
	expect_passages("db.query:1:error+", FAULT_DB_STREAM, "000");
	expect_passages("db:1:error+", FAULT_DB_QUERY, "000");
}
END_TEST

START_TEST(a_kill_kills_at_the_nth_passage)
{
	struct passage passage = {"db.query:3:kill", NULL, FAULT_DB_QUERY, 9};
	struct death death;

	death_of(pass, &passage, &death);
	ck_assert(WIFSIGNALED(death.status));
	ck_assert_int_eq(WTERMSIG(death.status), SIGKILL);
	ck_assert_str_eq(death.text, "00");
}
END_TEST

START_TEST(a_bug_is_met_at_the_nth_passage)
{
	struct passage passage = {"db.query:3:bug", NULL, FAULT_DB_QUERY, 9};

	expect_bug(pass, &passage, "db.query");
}
END_TEST

/* Stalls in a child of its own, which is killed when it is seen to. */
static void stall(void *self)
{
	int ends[2];
	char text[8] = "";

	if (pipe(ends))
		return;
	const pid_t child = fork();

	if (!child) {
		(void)dup2(ends[1], STDERR_FILENO);
		pass(self);
		_exit(0);
	}
	const ssize_t first = read(ends[0], text, 1);
	struct pollfd more = {.fd = ends[0], .events = POLLIN};

	(void)fprintf(stderr, "%zd%s%d", first, text, poll(&more, 1, 30));
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
}

START_TEST(a_stall_stalls_at_the_nth_passage)
{
	struct passage passage = {"db.query:2:stall", NULL, FAULT_DB_QUERY, 2};
	struct death death;

	death_of(stall, &passage, &death);
	ck_assert_str_eq(death.text, "100");
}
END_TEST

START_TEST(a_wish_that_makes_no_sense_is_a_bug)
{
	struct passage odd = {"db.query:1:explode", NULL, FAULT_DB_QUERY, 1};
	struct passage half = {"db.query", NULL, FAULT_DB_QUERY, 1};

	expect_bug(pass, &odd, "has no action `explode`");
	expect_bug(pass, &half, "is not name:nth:action");
}
END_TEST

START_TEST(a_log_names_each_point_that_was_reached_once)
{
	char path[] = "/tmp/dbsync_fault_XXXXXX";
	struct passage first = {NULL, path, FAULT_DB_QUERY, 5};
	struct passage second = {NULL, path, FAULT_DB_SNAPSHOT, 1};
	struct death death;
	char text[100] = "";
	const int file = mkstemp(path);

	ck_assert_int_ge(file, 0);
	death_of(pass, &first, &death);
	death_of(pass, &second, &death);
	ck_assert_int_gt(read(file, text, sizeof(text) - 1), 0);
	(void)close(file);
	(void)unlink(path);
	ck_assert_str_eq(text, "db.query\ndb.snapshot\n");
}
END_TEST

static void *pass_once(void *point)
{
	(void)fault_error(*(const enum fault_point *)point);
	return NULL;
}

/* Says on stderr what somebody writes to a FIFO, if it is within a second. */
static void tell_log(const char *path)
{
	char text[100];
	struct pollfd log = {.fd = open(path, O_RDONLY | O_NONBLOCK),
			     .events = POLLIN};
	const ssize_t size = poll(&log, 1, 1000) > 0
				     ? read(log.fd, text, sizeof(text))
				     : 0;

	if (size > 0)
		(void)write(STDERR_FILENO, text, (size_t)size);
	_exit(0);
}

/*
 * Who writes to a FIFO waits for somebody to read it: so long one thread is in
 * the middle of writing the name, and the other comes to the same point.
 */
static void pass_together(void *self)
{
	const struct passage *passage = self;
	enum fault_point point = passage->point;
	pthread_t threads[2];

	(void)setenv("DBSYNC_FAULT", passage->wish, 1);
	(void)setenv("DBSYNC_FAULT_LOG", passage->log, 1);
	if (!fork()) {
		(void)usleep(100 * 1000);
		tell_log(passage->log);
	}
	for (int i = 0; i < 2; i++)
		(void)pthread_create(&threads[i], NULL, pass_once, &point);
	for (int i = 0; i < 2; i++)
		(void)pthread_join(threads[i], NULL);
}

START_TEST(a_kill_waits_for_the_log_of_another_thread)
{
	char folder[] = "/tmp/dbsync_fault_XXXXXX";
	char path[64];
	struct passage passage = {"db.query:1:kill", path, FAULT_DB_QUERY, 1};
	struct death death;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/log", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	death_of(pass_together, &passage, &death);
	(void)unlink(path);
	(void)rmdir(folder);
	ck_assert(WIFSIGNALED(death.status));
	ck_assert_str_eq(death.text, "db.query\n");
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, without_a_wish_nothing_stumbles);
	tcase_add_test(tcase, an_error_comes_once_at_the_nth_passage);
	tcase_add_test(tcase, errors_come_from_the_nth_passage_on);
	tcase_add_test(tcase, only_the_point_that_was_named_stumbles);
	tcase_add_test(tcase, a_bug_is_met_at_the_nth_passage);
	tcase_add_test(tcase, a_kill_kills_at_the_nth_passage);
	tcase_add_test(tcase, a_stall_stalls_at_the_nth_passage);
	tcase_add_test(tcase, a_wish_that_makes_no_sense_is_a_bug);
	tcase_add_test(tcase, a_log_names_each_point_that_was_reached_once);
	tcase_add_test(tcase, a_kill_waits_for_the_log_of_another_thread);
}

#else

START_TEST(a_build_without_faults_does_not_stumble)
{
	(void)setenv("DBSYNC_FAULT", "db.query:1:error+", 1);
	ck_assert(!fault_error(FAULT_DB_QUERY));
}
END_TEST

static void add_tests(TCase *tcase)
{
	tcase_add_test(tcase, a_build_without_faults_does_not_stumble);
}

#endif

int main(void)
{
	Suite *suite = suite_create("fault");
	TCase *tcase = tcase_create("fault");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, points_have_names_of_their_own);
	add_tests(tcase);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
