/* child.h: commands of the user's. */
#include "dbsync/base/child.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static struct buf output;
static struct dbs_error err;

static void begin(void)
{
	output = (struct buf)BUF_INIT;
	err = (struct dbs_error){0};
}

static void end(void)
{
	buf_release(&output);
}

static enum dbs_rc run(const char *command, const char *input)
{
	static char word[] = "WORD=of the wish";
	static char *const env[] = {word, NULL};
	const struct child_wish wish = {
		.command = command,
		.env = env,
		.input = input,
		.input_length = input ? strlen(input) : 0,
		.output_limit = 1000,
		.seconds = 1,
		.is_apart = true,
	};

	return child_run(&wish, &output, &err);
}

START_TEST(what_it_prints_is_kept_up_to_the_limit)
{
	ck_assert_int_eq(run("echo one; echo two >&2", NULL), DBS_OK);
	ck_assert_str_eq(output.data, "one\n");
	buf_clear(&output);
	ck_assert_int_eq(run("head -c 100000 /dev/zero | tr '\\0' x", NULL),
			 DBS_OK);
	ck_assert_uint_eq(output.length, 1000);
}
END_TEST

START_TEST(it_reads_all_of_its_input_or_none)
{
	char *large = mem_alloc(1000001);

	memset(large, 'y', 1000000);
	large[1000000] = '\0';
	ck_assert_int_eq(run("wc -c", large), DBS_OK);
	ck_assert_str_eq(output.data, "1000000\n");
	ck_assert_int_eq(run("exit 0", large), DBS_OK);
	buf_clear(&output);
	ck_assert_int_eq(run("cat", NULL), DBS_OK);
	ck_assert_uint_eq(output.length, 0);
	mem_drop(&large);
}
END_TEST

START_TEST(it_has_our_environment_and_that_of_the_wish)
{
	ck_assert_int_eq(setenv("WORD", "ours", 1), 0);
	ck_assert_int_eq(setenv("OTHER", "ours too", 1), 0);
	ck_assert_int_eq(run("echo \"$WORD, $OTHER\"", NULL), DBS_OK);
	ck_assert_str_eq(output.data, "of the wish, ours too\n");
}
END_TEST

START_TEST(it_has_what_the_user_set_and_not_what_is_ours_alone)
{
	static const char say[] = "printf '%s %s' \"$OURS\" \"${OURS+set}\"";

	ck_assert(!unsetenv("OURS"));
	child_set_ours("OURS", "of this process");
	ck_assert_str_eq(getenv("OURS"), "of this process");
	ck_assert_int_eq(run(say, NULL), DBS_OK);
	ck_assert_str_eq(output.data, " ");
	buf_clear(&output);
	ck_assert(!setenv("OURS", "of the user", 1));
	child_set_ours("OURS", "of this process");
	ck_assert_int_eq(run(say, NULL), DBS_OK);
	ck_assert_str_eq(output.data, "of the user set");
}
END_TEST

START_TEST(how_it_ends_is_told)
{
	ck_assert_int_eq(run("exit 3", NULL), DBS_E_REFUSED);
	ck_assert_str_eq(err.text, "it failed (exit status 3)");
	ck_assert_int_eq(run("kill -TERM $$", NULL), DBS_E_REFUSED);
	ck_assert_str_eq(err.text, "signal 15 ended it");
}
END_TEST

START_TEST(how_it_ends_is_told_where_nobody_is_told_of_children)
{
	struct sigaction before;
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	ck_assert_int_eq(sigaction(SIGCHLD, &ignore, &before), 0);
	ck_assert_int_eq(run("exit 3", NULL), DBS_E_REFUSED);
	ck_assert_str_eq(err.text, "it failed (exit status 3)");
	ck_assert_int_eq(run("sh -c 'exit 4'; exit $?", NULL), DBS_E_REFUSED);
	ck_assert_str_eq(err.text, "it failed (exit status 4)");
	ck_assert_int_eq(run("exit 0", NULL), DBS_OK);
	ck_assert_int_eq(sigaction(SIGCHLD, &before, NULL), 0);
}
END_TEST

START_TEST(its_time_is_limited_and_that_of_its_children)
{
	const uint64_t start = clock_ns();

	ck_assert_int_eq(run("sleep 30 | cat", NULL), DBS_E_LIMIT);
	ck_assert_str_eq(err.text,
			 "it had not ended after 1 s, and was killed");
	ck_assert(clock_since(start) < 10);
}
END_TEST

START_TEST(signals_that_we_block_are_not_blocked_in_it)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(run("kill -TERM $$; echo survived", NULL),
			 DBS_E_REFUSED);
	ck_assert_uint_eq(output.length, 0);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("child");
	TCase *tests = tcase_create("child");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, what_it_prints_is_kept_up_to_the_limit);
	tcase_add_test(tests, it_reads_all_of_its_input_or_none);
	tcase_add_test(tests, it_has_our_environment_and_that_of_the_wish);
	tcase_add_test(tests,
		       it_has_what_the_user_set_and_not_what_is_ours_alone);
	tcase_add_test(tests, how_it_ends_is_told);
	tcase_add_test(tests,
		       how_it_ends_is_told_where_nobody_is_told_of_children);
	tcase_add_test(tests, its_time_is_limited_and_that_of_its_children);
	tcase_add_test(tests, signals_that_we_block_are_not_blocked_in_it);
	suite_add_tcase(suite, tests);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
