/*
 * The promise under test: a batch's statements are about the rows that are
 * ready and no others, and say how many rows the server has to count.
 */
#include "statement.h"

#include "batch_samples.h"

#include <check.h>
#include <stdlib.h>

static struct sample sample;
static struct buf out;

static void begin(void)
{
	sample_init(&sample, "id int; v int", "PRIMARY(id)");
	out = (struct buf)BUF_INIT;
}

static void begin_without_key(void)
{
	sample_init(&sample, "id int; v int", "");
	out = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&out);
	sample_release(&sample);
}

static void add(enum change_kind kind, const char *new_row, uint64_t after,
		const char *old_row, uint64_t before)
{
	ck_assert_int_eq(sample_add(&sample, kind, new_row, after, old_row,
				    before),
			 DBS_OK);
}

static void set_state(size_t row, enum row_state state)
{
	struct batch_row *at = vec_at(&sample.batch.rows, row);

	at->state = state;
}

/* All rows to be inserted, in one statement. */
static uint64_t insert_all(void)
{
	struct statement_place place = {0, 0};

	return statement_insert(&sample.batch, &place, STATEMENT_INSERT_BYTES,
				&out);
}

static void add_one_of_each(void)
{
	add(CHANGE_INSERT, "(1,10)", 1, NULL, 0);
	add(CHANGE_UPDATE, "(2,20)", 1, "(2,2)", 1);
	add(CHANGE_DELETE, NULL, 0, "(3,3)", 1);
}

START_TEST(each_kind_is_in_its_own_statement)
{
	add_one_of_each();
	ck_assert_uint_eq(statement_delete(&sample.batch, &out), 1);
	ck_assert_str_eq(out.data,
			 "DELETE FROM `dst`.`t` WHERE `id` IN (\n3\n)");
	buf_clear(&out);
	ck_assert_uint_eq(insert_all(), 1);
	ck_assert_str_eq(out.data, "INSERT INTO `dst`.`t` (`id`, `v`) VALUES"
				   "\n(1,10)");
}
END_TEST

/* As servers count INSERT … ON DUPLICATE KEY UPDATE. */
START_TEST(an_updated_row_counts_twice)
{
	add_one_of_each();
	add(CHANGE_UPDATE, "(4,40)", 1, "(4,4)", 1);
	ck_assert_uint_eq(statement_update(&sample.batch, &out), 4);
	ck_assert_str_eq(out.data,
			 "INSERT INTO `dst`.`t` (`id`, `v`) VALUES"
			 "\n(2,20),\n(4,40)\n"
			 "ON DUPLICATE KEY UPDATE `id` = VALUES(`id`), "
			 "`v` = VALUES(`v`)");
}
END_TEST

/* Deleted first, all of them: so values of unique keys may go round. */
START_TEST(updated_rows_are_exchanged_as_a_whole)
{
	add_one_of_each();
	add(CHANGE_UPDATE, "(4,2)", 1, "(4,4)", 1);
	ck_assert_uint_eq(statement_make_room(&sample.batch, &out), 2);
	ck_assert_str_eq(out.data,
			 "DELETE FROM `dst`.`t` WHERE `id` IN (\n2,\n4\n)");
	buf_clear(&out);
	ck_assert_uint_eq(statement_fill_room(&sample.batch, &out), 2);
	ck_assert_str_eq(out.data, "INSERT INTO `dst`.`t` (`id`, `v`) VALUES"
				   "\n(2,20),\n(4,2)");
}
END_TEST

START_TEST(rows_that_are_done_or_drifted_are_in_none)
{
	add_one_of_each();
	add_one_of_each();
	for (size_t row = 0; row < 3; row++)
		set_state(row, _i ? ROW_DONE : ROW_DRIFT);
	for (size_t row = 3; row < 6; row++)
		set_state(row, _i ? ROW_DRIFT : ROW_DONE);
	ck_assert_uint_eq(statement_delete(&sample.batch, &out), 0);
	ck_assert_uint_eq(insert_all(), 0);
	ck_assert_uint_eq(statement_update(&sample.batch, &out), 0);
	ck_assert_uint_eq(statement_make_room(&sample.batch, &out), 0);
	ck_assert_uint_eq(statement_fill_room(&sample.batch, &out), 0);
	ck_assert_uint_eq(batch_count(&sample.batch, ROW_READY, CHANGE_KINDS),
			  0);
}
END_TEST

START_TEST(copies_of_which_none_stays_go_together)
{
	add(CHANGE_DELETE, NULL, 0, "(1,1)", 3);
	add(CHANGE_DELETE, NULL, 2, "(2,2)", 5);
	ck_assert_uint_eq(statement_delete(&sample.batch, &out), 3);
	ck_assert_ptr_nonnull(strstr(out.data, "<=> 1 AND"));
	ck_assert_ptr_null(strstr(out.data, "<=> 2 AND"));
}
END_TEST

START_TEST(copies_of_which_some_stay_go_by_number)
{
	add(CHANGE_DELETE, NULL, 0, "(1,1)", 3);
	add(CHANGE_DELETE, NULL, 2, "(2,2)", 5);
	ck_assert_uint_eq(statement_delete_some(&sample.batch, 0, &out), 0);
	buf_clear(&out);
	ck_assert_uint_eq(statement_delete_some(&sample.batch, 1, &out), 3);
	ck_assert_ptr_nonnull(strstr(out.data, "`id` <=> 2 AND `v` <=> 2"));
	ck_assert_str_eq(strstr(out.data, " LIMIT"), " LIMIT 3");
	set_state(1, ROW_DRIFT);
	ck_assert_uint_eq(statement_delete_some(&sample.batch, 1, &out), 0);
}
END_TEST

START_TEST(copies_that_lack_are_inserted_each)
{
	add(CHANGE_INSERT, "(1,1)", 3, "(1,1)", 1);
	add(CHANGE_INSERT, "(2,2)", 1, NULL, 0);
	ck_assert_uint_eq(insert_all(), 3);
	ck_assert_str_eq(out.data, "INSERT INTO `dst`.`t` (`id`, `v`) VALUES"
				   "\n(1,1),\n(1,1),\n(2,2)");
}
END_TEST

/* One row at least, whatever its size; the next statement goes on behind it. */
START_TEST(an_insert_ends_where_it_is_long_enough)
{
	struct statement_place place = {0, 0};

	add(CHANGE_INSERT, "(1,1)", 2, NULL, 0);
	add(CHANGE_INSERT, "(2,2)", 1, NULL, 0);
	for (int i = 0; i < 3; i++) {
		buf_clear(&out);
		ck_assert_uint_eq(
			statement_insert(&sample.batch, &place, 1, &out), 1);
		ck_assert_ptr_nonnull(
			strstr(out.data, i < 2 ? "\n(1,1)" : "\n(2,2)"));
	}
	buf_clear(&out);
	ck_assert_uint_eq(statement_insert(&sample.batch, &place, 1, &out), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statement");
	TCase *keyed = tcase_create("with a key");
	TCase *bag = tcase_create("without a key");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(keyed, begin, end);
	tcase_add_test(keyed, each_kind_is_in_its_own_statement);
	tcase_add_test(keyed, an_updated_row_counts_twice);
	tcase_add_test(keyed, updated_rows_are_exchanged_as_a_whole);
	tcase_add_loop_test(keyed, rows_that_are_done_or_drifted_are_in_none, 0,
			    2);
	suite_add_tcase(suite, keyed);
	tcase_add_checked_fixture(bag, begin_without_key, end);
	tcase_add_test(bag, copies_of_which_none_stays_go_together);
	tcase_add_test(bag, copies_of_which_some_stay_go_by_number);
	tcase_add_test(bag, copies_that_lack_are_inserted_each);
	tcase_add_test(bag, an_insert_ends_where_it_is_long_enough);
	suite_add_tcase(suite, bag);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
