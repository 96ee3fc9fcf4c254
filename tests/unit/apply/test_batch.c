/*
 * The promise under test: a batch has its own copies of the rows it got, knows
 * them by their keys, and is never taken for shorter than its statements are.
 */
#include "batch.h"

#include "batch_samples.h"
#include "statement.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>

static struct sample sample;

static void begin(void)
{
	sample_init(&sample, "id int; v varchar(99)", "PRIMARY(id)");
}

static void end(void)
{
	sample_release(&sample);
}

static const char *key_of(size_t row)
{
	const struct slice key = batch_key(&sample.batch, row);

	return arena_printf(sample.arena, "%.*s", (int)key.length, key.data);
}

START_TEST(rows_are_copies)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	ck_assert_int_eq(sample_add(&sample, CHANGE_INSERT, "(1,'a')", 1, NULL,
				    0),
			 DBS_OK);
	/* enough to move what was kept */
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(sample_add(&sample, CHANGE_INSERT,
					    "(2,'bbbbbbbbbb')", 1, NULL, 0),
				 DBS_OK);
	statement_tuple(&sample.batch, 0, true, &out);
	ck_assert_str_eq(out.data, "\n(1,'a')");
	ck_assert_str_eq(key_of(0), "(1)");
}
END_TEST

START_TEST(the_key_is_of_the_row_that_is_there)
{
	/* keys that are equal may be written in two ways */
	ck_assert_int_eq(sample_add(&sample, CHANGE_UPDATE, "(01,'new')", 1,
				    "(1,'old')", 1),
			 DBS_OK);
	ck_assert_str_eq(key_of(0), "(1)");
	ck_assert_int_eq(sample_add(&sample, CHANGE_INSERT, "(7,'n')", 1, NULL,
				    0),
			 DBS_OK);
	ck_assert_str_eq(key_of(1), "(7)");
}
END_TEST

START_TEST(a_row_that_does_not_fit_is_a_damaged_file)
{
	struct dbs_error err = {0};
	const struct change_record record = {
		.kind = CHANGE_DELETE,
		.rows[TARGET] = 1,
		.old_row = {"\1", 1},
	};

	ck_assert_int_eq(batch_add(&sample.batch, &record, &err), DBS_E_IO);
}
END_TEST

START_TEST(rows_are_counted_by_state_and_kind)
{
	sample_add(&sample, CHANGE_INSERT, "(1,'a')", 1, NULL, 0);
	sample_add(&sample, CHANGE_DELETE, NULL, 0, "(2,'b')", 1);
	sample_add(&sample, CHANGE_DELETE, NULL, 0, "(3,'c')", 1);
	struct batch_row *row = vec_at(&sample.batch.rows, 2);

	row->state = ROW_DRIFT;
	ck_assert_uint_eq(batch_count(&sample.batch, ROW_READY, CHANGE_KINDS),
			  2);
	ck_assert_uint_eq(batch_count(&sample.batch, ROW_READY, CHANGE_DELETE),
			  1);
	ck_assert_uint_eq(batch_count(&sample.batch, ROW_DRIFT, CHANGE_DELETE),
			  1);
	batch_clear(&sample.batch);
	ck_assert_uint_eq(batch_count(&sample.batch, ROW_READY, CHANGE_KINDS),
			  0);
}
END_TEST

START_TEST(no_statement_is_longer_than_the_batch_says)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct statement_place place = {0, 0};

	sample_add(&sample, CHANGE_INSERT, "(1,'aaaa')", 5, "(1,'aaaa')", 2);
	sample_add(&sample, CHANGE_UPDATE, "(2,'b')", 1, "(2,'c')", 1);
	sample_add(&sample, CHANGE_DELETE, NULL, 0, "(3,'d')", 1);
	(void)statement_insert(&sample.batch, &place, STATEMENT_INSERT_BYTES,
			       &out);
	(void)statement_update(&sample.batch, &out);
	(void)statement_delete(&sample.batch, &out);
	ck_assert_uint_gt(batch_bytes(&sample.batch), out.length);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batch");
	TCase *tcase = tcase_create("batch");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, rows_are_copies);
	tcase_add_test(tcase, the_key_is_of_the_row_that_is_there);
	tcase_add_test(tcase, a_row_that_does_not_fit_is_a_damaged_file);
	tcase_add_test(tcase, rows_are_counted_by_state_and_kind);
	tcase_add_test(tcase, no_statement_is_longer_than_the_batch_says);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
