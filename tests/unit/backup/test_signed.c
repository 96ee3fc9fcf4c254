/*
 * The promise under test: only who has the key can make a backup point of
 * which it is said that it is this installation's.
 */
#include "dbsync/backup/key.h"
#include "dbsync/backup/point.h"

#include "dbsync/base/own.h"
#include "point_samples.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct sample_points points;
static struct backup_reader *reader;
static struct keys *keys;
static struct dbs_error err;
static struct buf packed;

static const struct sample_pair table = {
	.source_columns = "id int; a varchar(9) null",
	.source_keys = "PRIMARY(id)"};
static const struct sample_change changes[] = {
	{CHANGE_UPDATE, 1, 1, 0x21, 0x22, "(7,'new')", "(7,'old')"},
};

static void begin(void)
{
	scratch_make();
	sample_points_begin(&points);
	err = (struct dbs_error){0};
	packed = (struct buf)BUF_INIT;
	ck_assert_int_eq(setenv("DBSYNC_KEY_FILE", scratch_path("key"), 1), 0);
	ck_assert_int_eq(keys_make(&keys, &err), DBS_OK);
	ck_assert_uint_eq(keys->count, 1);
	points.keys = keys;
	sample_points_add(&points, table, "s", changes, 1);
	ck_assert_int_eq(sample_points_write(&points), DBS_OK);
	scratch_read(points.path, &packed);
}

static void end(void)
{
	backup_close(&reader);
	keys_drop(&keys);
	sample_points_end(&points);
	buf_release(&packed);
	scratch_drop();
}

/* Of the bytes in packed; DBS_OK and *out, or what refuses them. */
static enum dbs_rc judge(const struct keys *by, enum backup_trust *out)
{
	const char *path = scratch_path("made-up");

	backup_close(&reader);
	dbs_error_clear(&err);
	scratch_write(path, packed.data, packed.length);
	enum dbs_rc rc = backup_open(path, &reader, &err);

	return rc ? rc : backup_judge(reader, by, out, &err);
}

START_TEST(what_was_signed_is_known_again)
{
	enum backup_trust whose = BACKUP_UNSIGNED;

	ck_assert_int_eq(judge(keys, &whose), DBS_OK);
	ck_assert_int_eq(whose, BACKUP_OURS);
	ck_assert_str_eq(backup_key_id(reader), keys->items[0].id);
	ck_assert_str_eq(backup_manifest(reader)->key, keys->items[0].id);
	ck_assert_int_eq(judge(NULL, &whose), DBS_OK);
	ck_assert_int_eq(whose, BACKUP_FOREIGN);
}
END_TEST

/* Also those bits that mean nothing to zstd. */
START_TEST(no_byte_can_be_changed)
{
	for (size_t i = 0; i < packed.length; i++) {
		enum backup_trust whose = BACKUP_UNSIGNED;

		packed.data[i] ^= (char)(1 << i % 8);
		const enum dbs_rc rc = judge(keys, &whose);

		packed.data[i] ^= (char)(1 << i % 8);
		if (rc)
			ck_assert_int_eq(rc, DBS_E_FORMAT);
		else
			ck_assert_int_eq(whose, BACKUP_LOST);
	}
}
END_TEST

START_TEST(nothing_can_be_cut_off)
{
	const size_t whole = packed.length;

	for (size_t length = 0; length < whole; length++) {
		enum backup_trust whose = BACKUP_OURS;

		packed.length = length;
		if (!judge(keys, &whose))
			ck_assert_int_eq(whose, BACKUP_LOST);
		else
			ck_assert_int_eq(err.code, DBS_E_FORMAT);
	}
	packed.length = whole;
}
END_TEST

START_TEST(another_key_signs_as_another)
{
	enum backup_trust whose = BACKUP_OURS;
	struct keys *others = NULL;

	ck_assert_int_eq(setenv("DBSYNC_KEY_FILE", scratch_path("other"), 1),
			 0);
	ck_assert_int_eq(keys_make(&others, &err), DBS_OK);
	ck_assert_str_ne(others->items[0].id, keys->items[0].id);
	ck_assert_int_eq(judge(others, &whose), DBS_OK);
	ck_assert_int_eq(whose, BACKUP_FOREIGN);
	/* one that says to be ours */
	memcpy(others->items[0].id, keys->items[0].id, KEY_ID + 1);
	ck_assert_int_eq(judge(others, &whose), DBS_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.text, "was altered since it was "
					       "signed"));
	keys_drop(&others);
}
END_TEST

START_TEST(a_key_that_is_there_is_the_key)
{
	struct keys *again = NULL;

	ck_assert_uint_eq(scratch_mode(scratch_path("key")), 0600);
	ck_assert_int_eq(keys_make(&again, &err), DBS_OK);
	ck_assert_str_eq(again->items[0].id, keys->items[0].id);
	ck_assert_mem_eq(again->items[0].bytes, keys->items[0].bytes,
			 MAC_KEY_BYTES);
	keys_drop(&again);
}
END_TEST

static Suite *suite_signed(void)
{
	Suite *suite = suite_create("signed");
	TCase *tcase = tcase_create("signed");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_was_signed_is_known_again);
	tcase_add_test(tcase, no_byte_can_be_changed);
	tcase_add_test(tcase, nothing_can_be_cut_off);
	tcase_add_test(tcase, another_key_signs_as_another);
	tcase_add_test(tcase, a_key_that_is_there_is_the_key);
	suite_add_tcase(suite, tcase);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(suite_signed());

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
