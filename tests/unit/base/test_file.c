/*
 * The promise under test: a name has a whole file or none, whatever happens
 * while it is written, and nobody else may read it.
 */
#include "dbsync/base/file.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include "scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static struct dbs_error err;
static struct buf text;
static struct file_draft draft;

static void begin(void)
{
	err = (struct dbs_error){0};
	text = (struct buf)BUF_INIT;
	draft = (struct file_draft)FILE_DRAFT_INIT;
	scratch_make();
}

static void end(void)
{
	file_draft_drop(&draft);
	buf_release(&text);
	scratch_drop();
}

static void write_draft(const char *name, const char *bytes)
{
	ck_assert_int_eq(file_draft_open(&draft, scratch_path(name), &err),
			 DBS_OK);
	ck_assert_int_eq(file_draft_write(&draft, bytes, strlen(bytes), &err),
			 DBS_OK);
	ck_assert_int_eq(file_draft_sync(&draft, &err), DBS_OK);
}

static void replace(const char *name, const char *bytes)
{
	ck_assert_int_eq(file_replace(scratch_path(name), bytes, strlen(bytes),
				      &err),
			 DBS_OK);
}

static void expect_file(const char *name, const char *bytes)
{
	scratch_read(scratch_path(name), &text);
	ck_assert_str_eq(text.data, bytes);
}

/* ------------------------------------------------------------------------
 * Drafts
 * --------------------------------------------------------------------- */

START_TEST(a_draft_has_no_name_until_it_is_kept)
{
	write_draft("a", "one");
	ck_assert_int_ne(access(scratch_path("a"), F_OK), 0);
	ck_assert_int_eq(file_draft_keep(&draft, true, &err), DBS_OK);
	expect_file("a", "one");
	file_draft_drop(&draft);
	expect_file("a", "one");
	ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(a_draft_that_is_dropped_leaves_nothing)
{
	write_draft("a", "one");
	ck_assert_uint_eq(scratch_count(), 1);
	file_draft_drop(&draft);
	ck_assert_uint_eq(scratch_count(), 0);
	ck_assert_int_eq(draft.fd, -1);
	file_draft_drop(&draft);
}
END_TEST

START_TEST(what_a_dead_process_left_is_in_nobodys_way)
{
	scratch_write(scratch_path("a.part"), "x", 1);
	scratch_write(scratch_path("a.1-00000000.part"), "x", 1);
	replace("a", "one");
	expect_file("a", "one");
	ck_assert_uint_eq(scratch_count(), 3);
}
END_TEST

/* The id of a process that was there. */
static long dead_process(void)
{
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child)
		_exit(EXIT_SUCCESS);
	ck_assert_int_eq(waitpid(child, NULL, 0), child);
	return (long)child;
}

START_TEST(what_a_dead_process_left_goes_with_the_next_draft)
{
	const long dead = dead_process();
	char left[64];
	char held[64];
	char other[64];
	char link[64];
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	(void)snprintf(left, sizeof(left), "b.sql.zst.%ld-00c0ffee.part", dead);
	(void)snprintf(held, sizeof(held), "c.%ld-00000000.part", dead);
	(void)snprintf(other, sizeof(other), "d.%ld-00000000.par", dead);
	(void)snprintf(link, sizeof(link), "e.%ld-00000000.part", dead);
	scratch_write(scratch_path(left), "x", 1);
	scratch_write(scratch_path(held), "x", 1);
	scratch_write(scratch_path(other), "x", 1);
	ck_assert_int_eq(symlink(other, scratch_path(link)), 0);
	/* one of another machine, whose processes we do not see */
	const int fd = open(scratch_path(held), O_RDWR | O_CLOEXEC);

	ck_assert_int_eq(fcntl(fd, F_OFD_SETLK, &lock), 0);
	replace("a", "one");
	ck_assert_int_ne(access(scratch_path(left), F_OK), 0);
	ck_assert_int_eq(access(scratch_path(held), F_OK), 0);
	ck_assert_int_eq(access(scratch_path(other), F_OK), 0);
	ck_assert_int_eq(access(scratch_path(link), F_OK), 0);
	(void)close(fd);
	file_sweep_drafts(scratch);
	ck_assert_int_ne(access(scratch_path(held), F_OK), 0);
	file_sweep_drafts(scratch_path("none"));
	ck_assert_uint_eq(scratch_count(), 3);
}
END_TEST

START_TEST(a_draft_that_is_written_is_not_swept)
{
	write_draft("a", "one");
	const char *dash = strrchr(draft.part, '-');
	char name[64];

	/* as if its process were none of this machine */
	(void)snprintf(name, sizeof(name), "a.%ld%s", dead_process(), dash);
	ck_assert_int_eq(rename(draft.part, scratch_path(name)), 0);
	file_sweep_drafts(scratch);
	ck_assert_int_eq(access(scratch_path(name), F_OK), 0);
}
END_TEST

START_TEST(two_drafts_of_one_name_do_not_meet)
{
	struct file_draft other = FILE_DRAFT_INIT;

	write_draft("a", "one");
	ck_assert_int_eq(file_draft_open(&other, scratch_path("a"), &err),
			 DBS_OK);
	ck_assert_str_ne(draft.part, other.part);
	file_draft_drop(&other);
	ck_assert_int_eq(file_draft_keep(&draft, true, &err), DBS_OK);
	expect_file("a", "one");
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused_and_nothing_is_lost)
{
	scratch_write(scratch_path("a"), "old", 3);
	write_draft("a", "new");
	ck_assert_int_eq(file_draft_keep(&draft, true, &err), DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, EEXIST);
	expect_file("a", "old");
	dbs_error_clear(&err);
	file_draft_rename(&draft, scratch_path("b"));
	ck_assert_int_eq(file_draft_keep(&draft, true, &err), DBS_OK);
	expect_file("b", "new");
	ck_assert_uint_eq(scratch_count(), 2);
}
END_TEST

START_TEST(a_name_that_leads_nowhere_is_taken_too)
{
	ck_assert_int_eq(symlink("/nonexistent/x", scratch_path("a")), 0);
	write_draft("a", "new");
	ck_assert_int_eq(file_draft_keep(&draft, true, &err), DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, EEXIST);
}
END_TEST

START_TEST(a_draft_in_no_folder_names_it)
{
	ck_assert_int_eq(file_draft_open(&draft, scratch_path("no/a"), &err),
			 DBS_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "/no/a"));
	ck_assert_int_eq(draft.fd, -1);
}
END_TEST

START_TEST(files_are_for_their_owner_only)
{
	const mode_t before = umask(0);

	replace("a", "one");
	ck_assert_int_eq(file_make_folders(scratch_path("b/c"), &err), DBS_OK);
	ck_assert_uint_eq(scratch_mode(scratch_path("a")), 0600);
	ck_assert_uint_eq(scratch_mode(scratch_path("b")), 0700);
	ck_assert_uint_eq(scratch_mode(scratch_path("b/c")), 0700);
	(void)umask(before);
}
END_TEST

/* ------------------------------------------------------------------------
 * Replacing and reading
 * --------------------------------------------------------------------- */

START_TEST(who_reads_a_file_that_is_replaced_reads_the_old_one)
{
	char seen[8] = "";

	replace("a", "old");
	const int fd = open(scratch_path("a"), O_RDONLY | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	replace("a", "new!");
	ck_assert_int_eq(read(fd, seen, sizeof(seen) - 1), 3);
	ck_assert_str_eq(seen, "old");
	expect_file("a", "new!");
	(void)close(fd);
}
END_TEST

START_TEST(a_file_that_cannot_be_replaced_stays_and_leaves_no_part)
{
	ck_assert_int_eq(file_make_folders(scratch_path("a"), &err), DBS_OK);
	ck_assert_int_eq(file_replace(scratch_path("a"), "x", 1, &err),
			 DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, EISDIR);
	ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

static void expect_led_to(const char *from, const char *to)
{
	buf_clear(&text);
	ck_assert_int_eq(file_follow_links(from, &text, &err), DBS_OK);
	ck_assert_str_eq(text.data, to);
}

START_TEST(links_are_followed_to_a_file_that_need_not_be_there)
{
	OWNED(mem_drop) char *file = mem_strdup(scratch_path("b/file"));

	ck_assert_int_eq(file_make_folders(scratch_path("b"), &err), DBS_OK);
	ck_assert_int_eq(symlink("file", scratch_path("b/near")), 0);
	ck_assert_int_eq(symlink("b/near", scratch_path("far")), 0);
	ck_assert_int_eq(symlink(scratch_path("far"), scratch_path("whole")),
			 0);
	expect_led_to(scratch_path("b/near"), file);
	expect_led_to(scratch_path("far"), file);
	expect_led_to(scratch_path("whole"), file);
	replace("b/file", "x");
	expect_led_to(scratch_path("whole"), file);
	expect_led_to(scratch_path("b/file"), file);
	expect_led_to("none", "none");
}
END_TEST

START_TEST(links_in_a_circle_lead_to_no_file)
{
	ck_assert_int_eq(symlink("b", scratch_path("a")), 0);
	ck_assert_int_eq(symlink("a", scratch_path("b")), 0);
	ck_assert_int_eq(file_follow_links(scratch_path("a"), &text, &err),
			 DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, ELOOP);
}
END_TEST

START_TEST(a_file_is_read_up_to_the_limit_and_not_above)
{
	bool found = false;

	replace("a", "12345");
	ck_assert_int_eq(file_read(scratch_path("a"), 5, &text, &found, &err),
			 DBS_OK);
	ck_assert(found);
	ck_assert_str_eq(text.data, "12345");
	buf_clear(&text);
	ck_assert_int_eq(file_read(scratch_path("a"), 4, &text, &found, &err),
			 DBS_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(err.text, "4 bytes"));
}
END_TEST

START_TEST(no_file_is_no_error)
{
	bool found = true;

	ck_assert_int_eq(file_read(scratch_path("a"), 5, &text, &found, &err),
			 DBS_OK);
	ck_assert(!found);
	ck_assert_int_eq(file_read(scratch, 5, &text, &found, &err), DBS_E_IO);
}
END_TEST

START_TEST(folders_are_made_with_those_above_them)
{
	ck_assert_int_eq(file_make_folders(scratch_path("a//b/c/"), &err),
			 DBS_OK);
	ck_assert_int_eq(access(scratch_path("a/b/c"), F_OK), 0);
	ck_assert_int_eq(file_make_folders(scratch_path("a/b"), &err), DBS_OK);
	ck_assert_int_eq(file_make_folders("/", &err), DBS_OK);
	ck_assert_int_eq(file_make_folders(".", &err), DBS_OK);
	replace("f", "x");
	ck_assert_int_eq(file_make_folders(scratch_path("f"), &err), DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, ENOTDIR);
	ck_assert_int_eq(file_make_folders(scratch_path("f/g"), &err),
			 DBS_E_IO);
}
END_TEST

START_TEST(an_unnamed_file_is_in_no_folder)
{
	int fd = -1;
	char seen[4] = "";

	ck_assert_int_eq(setenv("TMPDIR", scratch, 1), 0);
	ck_assert_int_eq(file_open_unnamed(&fd, &err), DBS_OK);
	ck_assert_uint_eq(scratch_count(), 0);
	ck_assert_int_eq(file_write_at(fd, "abc", 3, 7, &err), DBS_OK);
	ck_assert_int_eq(file_read_at(fd, seen, 3, 7, &err), DBS_OK);
	ck_assert_str_eq(seen, "abc");
	ck_assert_int_eq(file_read_at(fd, seen, 3, 8, &err), DBS_E_IO);
	ck_assert_int_eq(err.sys_errno, EIO);
	(void)close(fd);
	ck_assert_int_eq(setenv("TMPDIR", scratch_path("no"), 1), 0);
	ck_assert_int_eq(file_open_unnamed(&fd, &err), DBS_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "TMPDIR"));
	ck_assert_int_eq(unsetenv("TMPDIR"), 0);
}
END_TEST

/* ------------------------------------------------------------------------
 * Locks
 * --------------------------------------------------------------------- */

START_TEST(the_second_who_locks_is_told_who_was_first)
{
	const char *path = scratch_path("lock");
	int first = -1;
	int second = -1;

	ck_assert_int_eq(file_lock(path, "pid 7", &first, &text, &err), DBS_OK);
	ck_assert_int_ge(first, 0);
	ck_assert(file_is_locked(path));
	ck_assert_int_eq(file_lock(path, "pid 8", &second, &text, &err),
			 DBS_OK);
	ck_assert_int_eq(second, -1);
	ck_assert_str_eq(text.data, "pid 7");
	ck_assert_uint_eq(scratch_mode(path), 0600);
	file_unlock(&first);
	ck_assert_int_eq(first, -1);
}
END_TEST

START_TEST(a_lock_that_was_let_go_can_be_taken)
{
	const char *path = scratch_path("lock");
	int fd = -1;

	ck_assert(!file_is_locked(path));
	ck_assert_int_eq(file_lock(path, "by a longer text", &fd, &text, &err),
			 DBS_OK);
	file_unlock(&fd);
	ck_assert(!file_is_locked(path));
	ck_assert_int_eq(file_lock(path, "by me", &fd, &text, &err), DBS_OK);
	ck_assert_int_ge(fd, 0);
	expect_file("lock", "by me");
	file_unlock(&fd);
	file_unlock(&fd);
}
END_TEST

/* A file of somebody, under the name of a lock. */
static void expect_refusal(const char *path, const char *reason)
{
	int fd = -1;

	dbs_error_clear(&err);
	ck_assert_int_eq(file_lock(path, "by me", &fd, &text, &err), DBS_E_IO);
	ck_assert_int_eq(fd, -1);
	ck_assert_ptr_nonnull(strstr(err.text, reason));
	expect_file("victim", "precious");
}

START_TEST(what_is_no_lock_stays_as_it_was)
{
	int fd = -1;

	scratch_write(scratch_path("victim"), "precious", 8);
	expect_refusal(scratch_path("victim"), "not a lock of dbsync");
	ck_assert_int_eq(symlink("victim", scratch_path("lock")), 0);
	expect_refusal(scratch_path("lock"), "is a symbolic link");
	ck_assert(!file_is_locked(scratch_path("lock")));
	ck_assert_int_eq(link(scratch_path("victim"), scratch_path("other")),
			 0);
	expect_refusal(scratch_path("other"), "hard link");
	ck_assert_int_eq(mkfifo(scratch_path("pipe"), 0600), 0);
	expect_refusal(scratch_path("pipe"), "is a pipe");
	ck_assert(!file_is_locked(scratch_path("pipe")));
	expect_refusal(scratch, "is a folder");
	/* one without words is only locked */
	ck_assert_int_eq(unlink(scratch_path("other")), 0);
	ck_assert_int_eq(file_lock(scratch_path("victim"), "", &fd, &text,
				   &err),
			 DBS_OK);
	ck_assert_int_ge(fd, 0);
	expect_file("victim", "precious");
	file_unlock(&fd);
}
END_TEST

START_TEST(a_lock_ends_with_its_process)
{
	const char *path = scratch_path("lock");
	int status = 0;
	int fd = -1;
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		const bool taken = !file_lock(path, "child", &fd, &text,
					      &err) &&
				   fd >= 0 && file_is_locked(path);

		_exit(taken ? EXIT_SUCCESS : EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
	ck_assert(!file_is_locked(path));
	expect_file("lock", "child");
}
END_TEST

#ifdef DBSYNC_FAULTS

/* Replaces `a` by `new` in a process of its own that meets a fault. */
static int replace_with(const char *fault)
{
	int status = 0;
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		(void)setenv("DBSYNC_FAULT", fault, 1);
		(void)execl("/proc/self/exe", "file", scratch_path("a"),
			    (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	return status;
}

static const char *const faults[] = {"file.write:1:error", "file.sync:1:error"};

START_TEST(a_full_disk_leaves_the_old_file_and_no_part)
{
	replace("a", "old");
	ck_assert_int_eq(WEXITSTATUS(replace_with(faults[_i])), DBS_E_IO);
	expect_file("a", "old");
	ck_assert_uint_eq(scratch_count(), 1);
}
END_TEST

START_TEST(a_process_that_dies_before_it_gives_the_name_leaves_the_old_file)
{
	replace("a", "old");
	ck_assert(WIFSIGNALED(replace_with("file.keep:1:kill")));
	expect_file("a", "old");
	replace("a", "new");
	expect_file("a", "new");
}
END_TEST

#endif

static TCase *draft_case(void)
{
	TCase *tcase = tcase_create("drafts");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_draft_has_no_name_until_it_is_kept);
	tcase_add_test(tcase, a_draft_that_is_dropped_leaves_nothing);
	tcase_add_test(tcase, what_a_dead_process_left_is_in_nobodys_way);
	tcase_add_test(tcase,
		       what_a_dead_process_left_goes_with_the_next_draft);
	tcase_add_test(tcase, a_draft_that_is_written_is_not_swept);
	tcase_add_test(tcase, two_drafts_of_one_name_do_not_meet);
	tcase_add_test(tcase,
		       a_name_that_is_taken_is_refused_and_nothing_is_lost);
	tcase_add_test(tcase, a_name_that_leads_nowhere_is_taken_too);
	tcase_add_test(tcase, a_draft_in_no_folder_names_it);
	tcase_add_test(tcase, files_are_for_their_owner_only);
	return tcase;
}

static TCase *file_case(void)
{
	TCase *tcase = tcase_create("files");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase,
		       who_reads_a_file_that_is_replaced_reads_the_old_one);
	tcase_add_test(tcase,
		       a_file_that_cannot_be_replaced_stays_and_leaves_no_part);
	tcase_add_test(tcase,
		       links_are_followed_to_a_file_that_need_not_be_there);
	tcase_add_test(tcase, links_in_a_circle_lead_to_no_file);
	tcase_add_test(tcase, a_file_is_read_up_to_the_limit_and_not_above);
	tcase_add_test(tcase, no_file_is_no_error);
	tcase_add_test(tcase, folders_are_made_with_those_above_them);
	tcase_add_test(tcase, an_unnamed_file_is_in_no_folder);
	tcase_add_test(tcase, the_second_who_locks_is_told_who_was_first);
	tcase_add_test(tcase, a_lock_that_was_let_go_can_be_taken);
	tcase_add_test(tcase, what_is_no_lock_stays_as_it_was);
	tcase_add_test(tcase, a_lock_ends_with_its_process);
#ifdef DBSYNC_FAULTS
	tcase_add_loop_test(tcase, a_full_disk_leaves_the_old_file_and_no_part,
			    0, 2);
	tcase_add_test(
		tcase,
		a_process_that_dies_before_it_gives_the_name_leaves_the_old_file);
#endif
	return tcase;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return (int)file_replace(argv[1], "new", 3, &err);
	Suite *suite = suite_create("file");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, draft_case());
	suite_add_tcase(suite, file_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
