/*
 * The promise under test: several commands of one process log, and keep what they
 * came to, each by itself.
 */
#include "invocation.h"

#include "scratch.h"

#include "dbsync/base/own.h"

#include <check.h>

static struct invocation one;
static struct invocation other;

static void open_log(struct invocation *invocation, const char *name,
		     bool is_verbose)
{
	const struct journal_options options = {
		.file = scratch_path(name),
		.level = JOURNAL_INFO,
		.is_verbose = is_verbose,
		.no_rotation = true,
	};
	struct dbs_error err = {0};

	ck_assert_int_eq(journal_open(invocation->journal, &options, &err),
			 DBS_OK);
	journal_about(invocation->journal, name, NULL);
}

static void begin(void)
{
	scratch_make();
	one = (struct invocation){.journal = journal_new()};
	other = (struct invocation){.journal = journal_new()};
	open_log(&one, "verify", true);
	open_log(&other, "rollback", false);
}

static void end(void)
{
	journal_drop(&one.journal);
	journal_drop(&other.journal);
	outcome_release(&one.outcome);
	outcome_release(&other.outcome);
	scratch_drop();
}

/* What stands behind the time of its only line. */
static void expect_log(const char *name, const char *text)
{
	OWNED(buf_release) struct buf found = BUF_INIT;

	scratch_read(scratch_path(name), &found);
	ck_assert_ptr_nonnull(strchr(found.data, ' '));
	ck_assert_str_eq(strchr(found.data, ' ') + 1, text);
}

START_TEST(each_writes_to_its_own_log)
{
	journal_text(one.journal, JOURNAL_INFO, "step", "a");
	journal_text(other.journal, JOURNAL_WARNING, "note", "b");
	expect_log("verify", "info verify event=step text=a\n");
	expect_log("rollback", "warning rollback event=note text=b\n");
}
END_TEST

START_TEST(one_that_ends_closes_its_own_log)
{
	journal_close(one.journal);
	journal_text(one.journal, JOURNAL_INFO, "step", "a");
	journal_text(other.journal, JOURNAL_INFO, "step", "b");
	expect_log("rollback", "info rollback event=step text=b\n");
	ck_assert_int_eq(access(scratch_path("verify"), F_OK), 0);
}
END_TEST

START_TEST(each_is_as_verbose_as_it_was_asked_to)
{
	ck_assert(journal_is_verbose(one.journal));
	ck_assert(!journal_is_verbose(other.journal));
}
END_TEST

START_TEST(each_keeps_what_it_came_to)
{
	one.outcome.is_collected = true;
	outcome_give(&one.outcome, json_object_new_int(1), true);
	outcome_give(&one.outcome, json_object_new_int(2), true);
	outcome_give(&other.outcome, json_object_new_int(3), false);
	ck_assert_int_eq(json_object_get_int(one.outcome.object), 2);
	ck_assert_int_eq(json_object_get_int(other.outcome.object), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("invocation");
	TCase *tcase = tcase_create("invocation");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, each_writes_to_its_own_log);
	tcase_add_test(tcase, one_that_ends_closes_its_own_log);
	tcase_add_test(tcase, each_is_as_verbose_as_it_was_asked_to);
	tcase_add_test(tcase, each_keeps_what_it_came_to);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
