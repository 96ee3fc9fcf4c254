/*
 * The promise under test: rows that clash in a unique key are written in an
 * order in which each gets through, or all at once; only those are left out
 * that clash with rows which are none of ours (serial.h has the four ways,
 * whose numbers are the tests').
 *
 * writer.c, exchange.c and apply.c are not linked: a list of rows takes the place of the
 * target, and refuses what a server with UNIQUE (u) would refuse.
 */
#include "exchange.h"
#include "serial.h"

#include "batch_samples.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 16, TOO_LONG = 1406, WITHOUT_END = 100 };

struct held {
	int id;
	int u;
};

static struct {
	struct held rows[ROOM];
	size_t count;
	int too_long;   /* a u that no row can hold; 0: none */
	size_t lost_at; /* the try at which the connection is lost; 0: none */
	size_t tries;
	struct buf story; /* of them: ids, and ! where they were refused */
} target;

static struct sample sample;
static struct buf rows_told;
static struct change_file *file;
static struct segment segment;
static struct meter meter;
static struct apply_request request;
static struct writer writer;
static struct table_result result;
static struct dbs_error err;

/* ------------------------------------------------------------------------
 * The target
 * --------------------------------------------------------------------- */

static struct held *find(int id)
{
	for (size_t i = 0; i < target.count; i++)
		if (target.rows[i].id == id)
			return &target.rows[i];
	return NULL;
}

static bool is_taken(int u, int id)
{
	for (size_t i = 0; i < target.count; i++)
		if (target.rows[i].u == u && target.rows[i].id != id)
			return true;
	return false;
}

static void hold(int id, int u)
{
	struct held *row = find(id);

	ck_assert_uint_lt(target.count, ROOM);
	if (!row)
		row = &target.rows[target.count++];
	*row = (struct held){id, u};
}

static struct held held_by(const struct change_record *record)
{
	OWNED(buf_release) struct buf tuple = BUF_INIT;
	struct held row;

	ck_assert(image_tuple(sample.subject.image, SOURCE, record->new_row,
			      &tuple));
	ck_assert_int_eq(sscanf(tuple.data, "(%d,%d)", &row.id, &row.u), 2);
	return row;
}

/* As an INSERT or UPDATE of one row. */
static enum dbs_rc put(struct held row, struct dbs_error *error)
{
	const unsigned number = is_taken(row.u, row.id)    ? DUPLICATE_KEY
				: row.u == target.too_long ? TOO_LONG
							   : 0;

	if (!number) {
		hold(row.id, row.u);
		return DBS_OK;
	}
	(void)dbs_fail(error, DBS_E_SERVER, "refused");
	error->server_errno = number;
	return DBS_E_SERVER;
}

/* One transaction. */
static enum dbs_rc put_all(const struct held *rows, size_t count,
			   struct dbs_error *error)
{
	struct held before[ROOM];
	const size_t before_count = target.count;
	enum dbs_rc rc = ++target.tries == target.lost_at
				 ? dbs_fail(error, DBS_E_LOST, "lost")
				 : DBS_OK;

	ck_assert_uint_lt(target.tries, WITHOUT_END);
	memcpy(before, target.rows, sizeof(before));
	for (size_t i = 0; i < count; i++) {
		rc = rc ? rc : put(rows[i], error);
		buf_addf(&target.story, "%s%d", i ? "+" : "", rows[i].id);
	}
	buf_adds(&target.story, rc ? "! " : " ");
	if (rc) {
		memcpy(target.rows, before, sizeof(before));
		target.count = before_count;
	}
	return rc;
}

enum dbs_rc writer_apply(struct writer *self, struct batch *batch,
			 struct dbs_error *error)
{
	struct held rows[ROOM];

	(void)self;
	ck_assert_msg(batch->checks_inserts, "rows of a former try are ours");
	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct change_record record = batch_record(batch, i);

		rows[i] = held_by(&record);
	}
	return put_all(rows, batch->rows.count, error);
}

enum dbs_rc exchange_patiently(struct writer *self,
			       const struct exchange_part *part,
			       struct dbs_error *error)
{
	OWNED(change_reader_drop) struct change_reader *reader =
		change_reader_new(part->segments, part->count);
	struct held rows[ROOM];
	struct held before[ROOM];
	struct change_record record;
	size_t row_count = 0;
	bool more = true;

	(void)self;
	memcpy(before, target.rows, sizeof(before));
	while (!change_reader_next(reader, &record, &more, error) && more)
		rows[row_count++] = held_by(&record);
	/* deletes first: until it is inserted again, a row takes no value */
	for (size_t i = 0; i < row_count; i++)
		hold(rows[i].id, -rows[i].id);
	buf_adds(&target.story, "all:");
	const enum dbs_rc rc = put_all(rows, row_count, error);

	if (rc)
		memcpy(target.rows, before, sizeof(before));
	else
		part->result->written[CHANGE_UPDATE] += row_count;
	return rc;
}

void table_result_count(struct table_result *counted, const struct batch *batch)
{
	counted->written[CHANGE_UPDATE] += batch->rows.count;
}

/* ------------------------------------------------------------------------
 * A run
 * --------------------------------------------------------------------- */

static void begin_with(const char *keys)
{
	memset(&target, 0, sizeof(target));
	target.story = (struct buf)BUF_INIT;
	sample_init(&sample, "id int; u int", keys);
	atomic_store(&meter.rows, 0);
	request = (struct apply_request){.meter = &meter};
	writer = (struct writer){.request = &request};
	memset(&result, 0, sizeof(result));
	dbs_error_clear(&err);
	ck_assert_int_eq(change_file_new(&file, &err), DBS_OK);
	change_file_begin(file);
	rows_told = (struct buf)BUF_INIT;
}

static void begin(void)
{
	begin_with("PRIMARY(id)");
}

static void end(void)
{
	buf_release(&rows_told);
	buf_release(&target.story);
	change_file_drop(&file);
	sample_release(&sample);
}

/* Row id, of which the target has the value before, shall have another. */
static void change(int id, int before, int after)
{
	OWNED(buf_release) struct buf new_values = BUF_INIT;
	OWNED(buf_release) struct buf old_values = BUF_INIT;
	char new_row[32];
	char old_row[32];

	(void)snprintf(new_row, sizeof(new_row), "(%d,%d)", id, after);
	(void)snprintf(old_row, sizeof(old_row), "(%d,%d)", id, before);
	const struct change_record record = {
		.kind = CHANGE_UPDATE,
		.rows = {1, 1},
		.new_row = sample_values(new_row, &new_values),
		.old_row = sample_values(old_row, &old_values),
	};

	hold(id, before);
	ck_assert_int_eq(change_file_add(file, &record, &err), DBS_OK);
}

/* batch_rows changes are tried together; is_fixed: however quick that is. */
static enum dbs_rc run_pump(size_t batch_rows, bool is_fixed)
{
	struct pump pump;

	ck_assert_int_eq(change_file_end(file, &segment, &err), DBS_OK);
	pump_init(&pump, &sample.table, PHASE_PUT, UINT64_MAX);
	pump.most_rows = batch_rows;
	pump.is_fixed = is_fixed;
	const enum dbs_rc rc = serial_run(&writer, &pump, &segment, 1, &result,
					  &err);

	pump_release(&pump);
	return rc;
}

static enum dbs_rc run(size_t batch_rows)
{
	return run_pump(batch_rows, true);
}

/* "1=2 2=3": what the target has now, in the order of the changes. */
static const char *rows(void)
{
	buf_clear(&rows_told);
	for (size_t i = 0; i < target.count; i++)
		buf_addf(&rows_told, "%s%d=%d", i ? " " : "", target.rows[i].id,
			 target.rows[i].u);
	return rows_told.data;
}

static void expect_written(uint64_t count)
{
	ck_assert_uint_eq(result.written[CHANGE_UPDATE], count);
	ck_assert_uint_eq(result.refused, 0);
}

/* ------------------------------------------------------------------------
 * 1: batch by batch
 * --------------------------------------------------------------------- */

START_TEST(way_1_rows_in_nobodys_way_are_written_once)
{
	change(1, 1, 11);
	change(2, 2, 12);
	change(3, 3, 13);
	ck_assert_int_eq(run(2), DBS_OK);
	ck_assert_str_eq(target.story.data, "1+2 3 ");
	ck_assert_str_eq(rows(), "1=11 2=12 3=13");
	ck_assert_uint_eq(atomic_load(&meter.rows), 3);
	expect_written(3);
}
END_TEST

START_TEST(way_1_a_row_that_the_target_cannot_hold_is_left_out_alone)
{
	target.too_long = 12;
	change(1, 1, 11);
	change(2, 2, 12);
	change(3, 3, 13);
	ck_assert_int_eq(run(3), DBS_OK);
	ck_assert_str_eq(target.story.data, "1+2+3! 1 2! 3 ");
	ck_assert_str_eq(rows(), "1=11 2=2 3=13");
	ck_assert_uint_eq(result.refused, 1);
	ck_assert_uint_eq(result.refusal.server_errno, TOO_LONG);
	ck_assert_uint_eq(result.written[CHANGE_UPDATE], 2);
}
END_TEST

START_TEST(way_1_a_row_of_those_may_wait_for_another_all_the_same)
{
	target.too_long = 12;
	change(2, 2, 12);
	change(1, 1, 3); /* waits for row 3 */
	change(3, 3, 13);
	ck_assert_int_eq(run(3), DBS_OK);
	ck_assert_str_eq(target.story.data, "2+1+3! 2! 1! 3 1 ");
	ck_assert_str_eq(rows(), "2=2 1=3 3=13");
	ck_assert_uint_eq(result.refused, 1);
	ck_assert_uint_eq(result.written[CHANGE_UPDATE], 2);
}
END_TEST

START_TEST(way_1_any_other_error_ends_it)
{
	target.lost_at = 2;
	change(1, 1, 11);
	change(2, 2, 12);
	change(3, 3, 13);
	ck_assert_int_eq(run(1), DBS_E_LOST);
	ck_assert_str_eq(target.story.data, "1 2! ");
	ck_assert_str_eq(err.text, "lost");
	expect_written(1);
}
END_TEST

/* ------------------------------------------------------------------------
 * 2: there and back
 * --------------------------------------------------------------------- */

START_TEST(way_2_a_chain_gets_through_from_its_end)
{
	change(1, 1, 2);
	change(2, 2, 3);
	change(3, 3, 4);
	ck_assert_int_eq(run(1), DBS_OK);
	ck_assert_str_eq(target.story.data, "1! 2! 3 2 1 ");
	ck_assert_str_eq(rows(), "1=2 2=3 3=4");
	ck_assert_uint_eq(atomic_load(&meter.rows), 3);
	expect_written(3);
}
END_TEST

START_TEST(way_2_a_chain_that_goes_to_and_fro_takes_more_passes)
{
	change(1, 1, 3); /* waits for 3, which waits for 2, and that for 4 */
	change(2, 2, 4);
	change(3, 3, 2);
	change(4, 4, 5);
	ck_assert_int_eq(run(1), DBS_OK);
	ck_assert_str_eq(target.story.data, "1! 2! 3! 4 3! 2 1! 1! 3 1 ");
	ck_assert_str_eq(rows(), "1=3 2=4 3=2 4=5");
	expect_written(4);
}
END_TEST

START_TEST(way_2_a_batch_that_was_put_aside_is_tried_as_it_was)
{
	change(1, 1, 4); /* waits for row 4 */
	change(2, 2, 12);
	change(3, 3, 13);
	change(4, 4, 14);
	ck_assert_int_eq(run(2), DBS_OK);
	ck_assert_str_eq(target.story.data, "1+2! 3+4 1+2 ");
	ck_assert_str_eq(rows(), "1=4 2=12 3=13 4=14");
	expect_written(4);
}
END_TEST

START_TEST(way_2_any_other_error_ends_it)
{
	target.lost_at = 4;
	change(1, 1, 2);
	change(2, 2, 3);
	change(3, 3, 4);
	ck_assert_int_eq(run(1), DBS_E_LOST);
	ck_assert_str_eq(target.story.data, "1! 2! 3 2! ");
	ck_assert_str_eq(rows(), "1=1 2=2 3=4");
	expect_written(1);
}
END_TEST

/* ------------------------------------------------------------------------
 * 3: all at once
 * --------------------------------------------------------------------- */

START_TEST(way_3_rows_that_change_places_are_written_at_once)
{
	change(1, 1, 2);
	change(2, 2, 1);
	ck_assert_int_eq(run(1), DBS_OK);
	/* once there and once back without success */
	ck_assert_str_eq(target.story.data, "1! 2! 2! 1! 1! 2! all:1+2 ");
	ck_assert_str_eq(rows(), "1=2 2=1");
	expect_written(2);
}
END_TEST

START_TEST(way_3_only_what_is_left_is_written_at_once)
{
	change(1, 1, 2);
	change(2, 2, 1);
	change(3, 3, 4); /* a chain beside the circle */
	change(4, 4, 5);
	ck_assert_int_eq(run(1), DBS_OK);
	ck_assert_str_eq(target.story.data,
			 "1! 2! 3! 4 3 2! 1! 1! 2! 2! 1! all:1+2 ");
	ck_assert_str_eq(rows(), "1=2 2=1 3=4 4=5");
	expect_written(4);
}
END_TEST

START_TEST(way_3_any_other_error_ends_it)
{
	target.lost_at = 7;
	change(1, 1, 2);
	change(2, 2, 1);
	ck_assert_int_eq(run(1), DBS_E_LOST);
	ck_assert_str_eq(target.story.data, "1! 2! 2! 1! 1! 2! all:1+2! ");
	ck_assert_str_eq(rows(), "1=1 2=2");
	expect_written(0);
}
END_TEST

/* ------------------------------------------------------------------------
 * 4: row by row
 * --------------------------------------------------------------------- */

START_TEST(way_4_only_the_row_that_clashes_with_another_is_left_out)
{
	hold(9, 5); /* none of ours */
	change(1, 1, 11);
	change(2, 2, 5);
	change(3, 3, 13);
	ck_assert_int_eq(run_pump(3, false), DBS_E_SERVER);
	ck_assert_str_eq(target.story.data,
			 "1+2+3! 1+2+3! 1+2+3! all:1+2+3! 1 2! 3 ");
	ck_assert_str_eq(rows(), "9=5 1=11 2=2 3=13");
	ck_assert_str_eq(err.text,
			 "1 rows conflict with rows of the target that "
			 "the run does not change: refused");
	ck_assert_uint_eq(err.server_errno, DUPLICATE_KEY);
	ck_assert_uint_eq(atomic_load(&meter.rows), 2);
	expect_written(2);
}
END_TEST

START_TEST(way_4_a_circle_in_anothers_way_stays_as_it_is)
{
	hold(9, 5);
	change(1, 1, 2);
	change(2, 2, 1);
	change(3, 3, 5);
	ck_assert_int_eq(run(1), DBS_E_SERVER);
	ck_assert_str_eq(rows(), "9=5 1=1 2=2 3=3");
	ck_assert_ptr_nonnull(strstr(err.text, "3 rows conflict"));
	expect_written(0);
}
END_TEST

START_TEST(way_4_rows_without_a_key_are_not_tried_all_at_once)
{
	end();
	begin_with("");
	hold(9, 5);
	change(1, 1, 5);
	ck_assert_int_eq(run(1), DBS_E_SERVER);
	ck_assert_ptr_null(strstr(target.story.data, "all:"));
	ck_assert_ptr_nonnull(strstr(err.text, "1 rows conflict"));
	ck_assert_str_eq(rows(), "9=5 1=1");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("serial");
	TCase *tcase = tcase_create("serial");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, way_1_rows_in_nobodys_way_are_written_once);
	tcase_add_test(
		tcase,
		way_1_a_row_that_the_target_cannot_hold_is_left_out_alone);
	tcase_add_test(tcase,
		       way_1_a_row_of_those_may_wait_for_another_all_the_same);
	tcase_add_test(tcase, way_1_any_other_error_ends_it);
	tcase_add_test(tcase, way_2_a_chain_gets_through_from_its_end);
	tcase_add_test(tcase,
		       way_2_a_chain_that_goes_to_and_fro_takes_more_passes);
	tcase_add_test(tcase,
		       way_2_a_batch_that_was_put_aside_is_tried_as_it_was);
	tcase_add_test(tcase, way_2_any_other_error_ends_it);
	tcase_add_test(tcase,
		       way_3_rows_that_change_places_are_written_at_once);
	tcase_add_test(tcase, way_3_only_what_is_left_is_written_at_once);
	tcase_add_test(tcase, way_3_any_other_error_ends_it);
	tcase_add_test(
		tcase,
		way_4_only_the_row_that_clashes_with_another_is_left_out);
	tcase_add_test(tcase, way_4_a_circle_in_anothers_way_stays_as_it_is);
	tcase_add_test(tcase,
		       way_4_rows_without_a_key_are_not_tried_all_at_once);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
