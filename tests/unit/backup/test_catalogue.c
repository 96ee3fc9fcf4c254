/*
 * The promise under test: every backup point of a folder is listed, damaged
 * ones too, and none goes that was to be kept.
 */
#include "dbsync/backup/catalogue.h"

#include "point_samples.h"
#include "sealed.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1000000, MOST = 8 };

static struct vec entries;
static struct dbs_error err;
static struct manifest whole;
static struct cancel cancel;

static void begin(void)
{
	scratch_make();
	entries = (struct vec)VEC_INIT(struct backup_entry);
	err = (struct dbs_error){0};
	cancel = (struct cancel){0};
}

static void end(void)
{
	catalogue_release(&entries);
	scratch_drop();
}

/* ------------------------------------------------------------------------
 * Choosing
 * --------------------------------------------------------------------- */

/*
 * "3 x9 20": ages of entries, the newest first, `x` for damaged ones.  The
 * letters say which go: `-` stays, `D` is doomed.
 */
static const struct {
	const char *ages;
	size_t keep;
	uint64_t older;
	const char *doomed;
} choices[] = {
	{"1 2 3", 0, 0, "DDD"},
	{"1 2 3", 2, 0, "--D"},
	{"1 2 3", 3, 0, "---"},
	{"1 2 3", 9, 0, "---"},
	{"1 2 3", 0, 2, "--D"},
	{"1 2 3", 0, 1, "-DD"},
	{"1 2 3", 2, 1, "--D"},
	{"1 2 3", 1, 2, "--D"},
	{"1 2 3", 0, 3, "---"},
	{"x1 2 3", 1, 0, "--D"},
	{"x1 x2 x3", 0, 0, "---"},
	{"1 x2 x3", 9, 1, "-DD"},
	{"1 x2 3 x9", 1, 5, "---D"},
	{"-5 -4", 0, 1, "--"},
	{"", 1, 1, ""},
};

START_TEST(old_ones_behind_those_to_keep_are_chosen)
{
	bool doomed[MOST] = {false};
	char seen[MOST + 1] = "";
	const char *at = choices[_i].ages;

	while (*at) {
		struct backup_entry *entry = vec_push(&entries);
		char *next = NULL;

		entry->manifest = *at == 'x' ? NULL : &whole;
		entry->made = NOW - strtol(at + (*at == 'x'), &next, 10);
		at = next + (*next == ' ');
	}
	catalogue_choose(&entries, choices[_i].keep, choices[_i].older, NOW,
			 doomed);
	for (size_t i = 0; i < entries.count; i++) {
		seen[i] = doomed[i] ? 'D' : '-';
		((struct backup_entry *)vec_at(&entries, i))->manifest = NULL;
	}
	ck_assert_str_eq(seen, choices[_i].doomed);
}
END_TEST

/* ------------------------------------------------------------------------
 * Listing
 * --------------------------------------------------------------------- */

static void add_point(const char *name, const char *created)
{
	struct buf text = BUF_INIT;

	buf_addf(&text,
		 "-- dbsync backup point, format 1\n-- manifest "
		 "{\"format\":1,\"run\":\"r\",\"created\":\"%s\","
		 "\"command\":\"c\",\"source\":\"s\",\"target\":\"t\","
		 "\"target_version\":\"v\",\"target_identity\":\"i\","
		 "\"allowed\":[],\"tables\":[]}\n",
		 created);
	sealed_trailer(&text);
	ck_assert_int_eq(sealed_write(scratch_path(name), &text, &err), DBS_OK);
	buf_release(&text);
}

static void load(size_t count)
{
	ck_assert_int_eq(catalogue_load(scratch, &cancel, &entries, &err),
			 DBS_OK);
	ck_assert_uint_eq(entries.count, count);
}

static const struct backup_entry *entry_at(size_t i)
{
	return vec_at(&entries, i);
}

START_TEST(backup_points_are_listed_the_newest_first)
{
	add_point("backup_point_a.sql.zst", "2026-11-20T00:00:00Z");
	add_point("backup_point_b.sql.zst", "2026-11-22T00:00:00Z");
	add_point("backup_point_c.sql.zst", "2026-11-21T00:00:00Z");
	add_point("backup_point_d.sql.zst", "2026-11-21T00:00:00Z");
	load(4);
	ck_assert_str_eq(entry_at(0)->name, "backup_point_b.sql.zst");
	ck_assert_str_eq(entry_at(1)->name, "backup_point_d.sql.zst");
	ck_assert_str_eq(entry_at(2)->name, "backup_point_c.sql.zst");
	ck_assert_str_eq(entry_at(3)->name, "backup_point_a.sql.zst");
	ck_assert_str_eq(entry_at(0)->path,
			 scratch_path("backup_point_b.sql.zst"));
	ck_assert_int_eq(entry_at(0)->made, 1795305600);
	ck_assert_int_eq(entry_at(0)->damage.code, DBS_OK);
	ck_assert_ptr_nonnull(entry_at(0)->manifest);
}
END_TEST

START_TEST(a_damaged_one_is_listed_with_what_is_wrong)
{
	scratch_write(scratch_path("backup_point_x.sql.zst"), "damage", 6);
	load(1);
	ck_assert_ptr_null(entry_at(0)->manifest);
	ck_assert_int_eq(entry_at(0)->damage.code, DBS_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(entry_at(0)->damage.text, "at byte 0"));
	ck_assert_uint_eq(entry_at(0)->bytes, 6);
	ck_assert_int_gt(entry_at(0)->made, 0);
}
END_TEST

START_TEST(a_moment_that_is_none_gives_way_to_that_of_the_file)
{
	add_point("backup_point_x.sql.zst", "yesterday");
	load(1);
	ck_assert_ptr_nonnull(entry_at(0)->manifest);
	ck_assert_int_gt(entry_at(0)->made, 1700000000);
}
END_TEST

static const char *const foreign[] = {
	"backup.sql.zst",
	"backup_point_a.sql",
	"backup_point_a.sql.zst.1-00000000.part",
	"backup_point_a.sql.zst.old",
	"my_backup_point_a.sql.zst",
	"Backup_point_a.sql.zst",
	".sql.zst",
};

START_TEST(files_of_others_are_not_listed)
{
	for (size_t i = 0; i < COUNT(foreign); i++)
		scratch_write(scratch_path(foreign[i]), "x", 1);
	load(0);
}
END_TEST

START_TEST(no_folder_is_an_empty_one)
{
	ck_assert_int_eq(catalogue_load(scratch_path("no"), &cancel, &entries,
					&err),
			 DBS_OK);
	ck_assert_uint_eq(entries.count, 0);
	scratch_write(scratch_path("file"), "x", 1);
	ck_assert_int_eq(catalogue_load(scratch_path("file"), &cancel, &entries,
					&err),
			 DBS_E_IO);
}
END_TEST

START_TEST(listing_stops_when_it_is_cancelled)
{
	add_point("backup_point_a.sql.zst", "2026-11-20T00:00:00Z");
	cancel_request(&cancel);
	ck_assert_int_eq(catalogue_load(scratch, &cancel, &entries, &err),
			 DBS_E_CANCELLED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("catalogue");
	TCase *tcase = tcase_create("catalogue");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, old_ones_behind_those_to_keep_are_chosen, 0,
			    (int)COUNT(choices));
	tcase_add_test(tcase, backup_points_are_listed_the_newest_first);
	tcase_add_test(tcase, a_damaged_one_is_listed_with_what_is_wrong);
	tcase_add_test(tcase,
		       a_moment_that_is_none_gives_way_to_that_of_the_file);
	tcase_add_test(tcase, files_of_others_are_not_listed);
	tcase_add_test(tcase, no_folder_is_an_empty_one);
	tcase_add_test(tcase, listing_stops_when_it_is_cancelled);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
