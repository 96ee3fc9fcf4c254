/*
 * The promise under test: a file is believed only when nobody but its user and
 * root can have written it, nor have put it where it was found.
 */
#include "dbsync/base/owner.h"

#include "dbsync/base/own.h"

#include "scratch.h"

#include <check.h>

enum { NOBODY = 65534 };

static struct buf folder;
static const char *path;

static void begin(void)
{
	folder = (struct buf)BUF_INIT;
	scratch_make();
	ck_assert_int_eq(mkdir(scratch_path("a"), 0700), 0);
	path = scratch_path("a/file");
	scratch_write(path, "x", 1);
}

static void end(void)
{
	buf_release(&folder);
	scratch_drop();
}

static const char *doubt_of_file(mode_t mode)
{
	struct stat info;

	ck_assert_int_eq(chmod(path, mode), 0);
	ck_assert_int_eq(stat(path, &info), 0);
	return owner_doubt(&info);
}

static const char *doubt_of_folder(const char *name, mode_t mode)
{
	ck_assert_int_eq(chmod(scratch_path(name), mode), 0);
	buf_clear(&folder);
	return owner_doubt_of_folders(path, &folder);
}

START_TEST(a_file_of_ours_is_believed)
{
	ck_assert_ptr_null(doubt_of_file(0600));
	ck_assert_ptr_null(doubt_of_file(0644));
	ck_assert_str_eq(doubt_of_file(0664), "others may write to it");
	ck_assert_str_eq(doubt_of_file(0606), "others may write to it");
}
END_TEST

START_TEST(a_file_of_root_is_believed_and_one_of_others_is_not)
{
	struct stat info = {.st_mode = S_IFREG | 0600, .st_uid = 0};

	ck_assert_ptr_null(owner_doubt(&info));
	info.st_uid = geteuid() + 1;
	ck_assert_str_eq(owner_doubt(&info),
			 "it belongs to another user, who may write to it");
	info.st_mode = S_IFDIR | 0700;
	ck_assert_ptr_nonnull(owner_doubt(&info));
	info.st_mode = S_IFIFO | 0600;
	ck_assert_ptr_null(owner_doubt(&info));
}
END_TEST

START_TEST(a_user_is_said_as_sudo_takes_it)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	owner_name(0, &text);
	owner_name(54321, &text);
	ck_assert_str_eq(text.data, "root#54321");
}
END_TEST

START_TEST(folders_that_others_may_write_to_are_named)
{
	ck_assert_ptr_null(doubt_of_folder("a", 0755));
	ck_assert_ptr_null(
		owner_doubt_of_folders(scratch_path("a/none/x"), &folder));
	ck_assert_str_eq(doubt_of_folder("a", 0777), "others may write to it");
	ck_assert_str_eq(folder.data, scratch_path("a"));
	/* in /tmp and the like each has what is theirs */
	ck_assert_ptr_null(doubt_of_folder("a", 01777));
	ck_assert_ptr_null(doubt_of_folder("a", 0700));
	ck_assert_ptr_nonnull(doubt_of_folder(".", 0720));
	ck_assert_str_eq(folder.data, scratch);
	ck_assert_ptr_nonnull(
		owner_doubt_of_folders(scratch_path("a/none/x"), &folder));
}
END_TEST

START_TEST(a_link_has_the_folders_that_it_leads_to)
{
	ck_assert_int_eq(mkdir(scratch_path("b"), 0700), 0);
	ck_assert_int_eq(symlink(path, scratch_path("b/file")), 0);
	path = scratch_path("b/file");
	ck_assert_ptr_null(doubt_of_folder("a", 0700));
	ck_assert_ptr_nonnull(doubt_of_folder("a", 0777));
	ck_assert_str_eq(folder.data, scratch_path("a"));
}
END_TEST

START_TEST(a_folder_of_somebody_else_is_not_believed)
{
	ck_assert_int_eq(chown(scratch_path("a"), NOBODY, NOBODY), 0);
	ck_assert_str_eq(doubt_of_folder("a", 01777),
			 "it belongs to another user, who may write to it");
	ck_assert_str_eq(folder.data, scratch_path("a"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("owner");
	SRunner *runner = srunner_create(suite);
	TCase *tcase = tcase_create("owner");
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_file_of_ours_is_believed);
	tcase_add_test(tcase,
		       a_file_of_root_is_believed_and_one_of_others_is_not);
	tcase_add_test(tcase, a_user_is_said_as_sudo_takes_it);
	tcase_add_test(tcase, folders_that_others_may_write_to_are_named);
	tcase_add_test(tcase, a_link_has_the_folders_that_it_leads_to);
	/* only root can give a folder away */
	if (!geteuid())
		tcase_add_test(tcase,
			       a_folder_of_somebody_else_is_not_believed);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
