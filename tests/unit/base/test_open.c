/*
 * The promise under test: nothing that stands under a name makes us wait for
 * ever, or write to a file that is not ours.
 */
#include "dbsync/base/file.h"
#include "dbsync/base/open.h"

#include "scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>

static struct dbs_error err;
static struct buf text;
static int fd;

static void begin(void)
{
	err = (struct dbs_error){0};
	text = (struct buf)BUF_INIT;
	fd = -1;
	scratch_make();
	scratch_write(scratch_path("file"), "precious", 8);
	ck_assert_int_eq(symlink("file", scratch_path("link")), 0);
	ck_assert_int_eq(mkfifo(scratch_path("pipe"), 0600), 0);
}

static void end(void)
{
	if (fd >= 0)
		(void)close(fd);
	buf_release(&text);
	scratch_drop();
}

static void expect_no_file(enum dbs_rc rc, const char *kind)
{
	ck_assert_int_eq(rc, DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, 0);
	ck_assert_ptr_nonnull(strstr(err.text, kind));
	ck_assert_int_eq(fd, -1);
}

START_TEST(only_files_are_read)
{
	const char *link = scratch_path("link");

	expect_no_file(open_to_read(scratch_path("pipe"), OPEN_FILE, &fd, NULL,
				    &err),
		       "is a pipe");
	expect_no_file(open_to_read(scratch, OPEN_FILE, &fd, NULL, &err),
		       "is a folder");
	expect_no_file(open_to_read("/dev/zero", OPEN_PIPE, &fd, NULL, &err),
		       "is a device");
	expect_no_file(open_to_read(link, OPEN_NO_LINK, &fd, NULL, &err),
		       "is a symbolic link");
	ck_assert_int_eq(open_to_read(link, OPEN_FILE, &fd, NULL, &err),
			 DBS_OK);
	ck_assert_int_eq(file_read_open(fd, link, 100, &text, &err), DBS_OK);
	ck_assert_str_eq(text.data, "precious");
}
END_TEST

START_TEST(no_file_is_no_error)
{
	ck_assert_int_eq(open_to_read(scratch_path("no"), OPEN_FILE, &fd, NULL,
				      &err),
			 DBS_OK);
	ck_assert_int_eq(fd, -1);
}
END_TEST

START_TEST(a_pipe_is_read_to_its_end)
{
	int ends[2];
	char name[32];

	ck_assert_int_eq(pipe(ends), 0);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	ck_assert_int_eq(open_to_read(name, OPEN_PIPE, &fd, NULL, &err),
			 DBS_OK);
	ck_assert_int_eq(write(ends[1], "secret", 6), 6);
	(void)close(ends[1]);
	ck_assert_int_eq(file_read_open(fd, name, 100, &text, &err), DBS_OK);
	ck_assert_str_eq(text.data, "secret");
	(void)close(ends[0]);
}
END_TEST

START_TEST(a_pipe_that_nobody_writes_to_is_given_up)
{
	ck_assert_int_eq(open_to_read(scratch_path("pipe"), OPEN_PIPE, &fd,
				      NULL, &err),
			 DBS_OK);
	ck_assert_int_eq(file_read_open(fd, "pipe", 100, &text, &err),
			 DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, ETIMEDOUT);
}
END_TEST

START_TEST(only_files_of_ours_are_written_to)
{
	const int flags = O_WRONLY | O_APPEND;
	const char *other = scratch_path("other");

	expect_no_file(open_own(scratch_path("link"), flags, &fd, &err),
		       "is a symbolic link");
	expect_no_file(open_own(scratch_path("pipe"), flags, &fd, &err),
		       "is a pipe");
	expect_no_file(open_own(scratch, flags, &fd, &err), "is a folder");
	ck_assert_int_eq(link(scratch_path("file"), other), 0);
	expect_no_file(open_own(other, flags, &fd, &err), "hard link");
	ck_assert_int_eq(open_own(scratch_path("new"), flags, &fd, &err),
			 DBS_OK);
	ck_assert_uint_eq(scratch_mode(scratch_path("new")), 0600);
	scratch_read(scratch_path("file"), &text);
	ck_assert_str_eq(text.data, "precious");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("open");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("open");
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, only_files_are_read);
	tcase_add_test(tcase, no_file_is_no_error);
	tcase_add_test(tcase, a_pipe_is_read_to_its_end);
	tcase_add_test(tcase, a_pipe_that_nobody_writes_to_is_given_up);
	tcase_add_test(tcase, only_files_of_ours_are_written_to);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
