/*
 * The promise under test: what becomes of a row that is to be written is decided
 * by what the target has of it now (look.c has the table, whose numbers are the
 * tests').
 */
#include "look.h"

#include "batch_samples.h"
#include "fed_stream.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_hash.h"

#include <check.h>
#include <stdlib.h>

enum { ROOM = 256, WAY_INT = 10, BEFORE = 2, AFTER = 3, ANOTHER = 4 };

static struct sample sample;

/* What the target has: rows (id, v), one answer after the other. */
struct answers {
	uint8_t bytes[ROOM];
	size_t length;
};

static void add_answer(struct answers *answers)
{
	answers->bytes[answers->length++] = WAY_INT;
	answers->bytes[answers->length++] = WAY_INT;
}

static void add_row(struct answers *answers, uint8_t id, uint8_t v)
{
	const uint8_t row[] = {9, 0, id, 0, 0, 0, v, 0, 0, 0};

	ck_assert_uint_lt(answers->length + sizeof(row) + 1, ROOM);
	memcpy(answers->bytes + answers->length, row, sizeof(row));
	answers->length += sizeof(row);
}

static void end_answer(struct answers *answers)
{
	answers->bytes[answers->length++] = FED_NO_MORE;
}

static void look(const struct answers *answers, bool is_all)
{
	struct conn conn = {answers->bytes, answers->bytes + answers->length};
	struct dbs_error err = {0};

	ck_assert_msg(look_at_rows(&conn, &sample.batch, is_all, &err) ==
			      DBS_OK,
		      "%s", err.text);
}

/* As the comparison has it of a row. */
static uint64_t hash_of(uint8_t id, uint8_t v)
{
	OWNED(row_release) struct row row = {0};
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(buf_release) struct buf scratch = BUF_INIT;
	struct answers answers = {.length = 0};
	struct dbs_error err = {0};
	struct packet packet;
	bool more;

	add_answer(&answers);
	add_row(&answers, id, v);
	struct conn conn = {answers.bytes, answers.bytes + answers.length};

	ck_assert_int_eq(conn_stream(&conn, "", 2, &stream, &err), DBS_OK);
	row_begin(&row, stream);
	ck_assert_int_eq(stream_next(stream, &packet, &more, &err), DBS_OK);
	ck_assert_int_eq(row_read(&row, stream, &packet, &err), DBS_OK);
	return row_hash(sample.subject.pair, &row, TARGET, &scratch).low;
}

/* A change of row 1, of which the target had v BEFORE and gets AFTER. */
static struct batch_row *add_change(enum change_kind kind)
{
	static const uint64_t after[] = {1, 1, 0};
	static const uint64_t before[] = {0, 1, 1};
	const bool is_delete = kind == CHANGE_DELETE;
	const bool is_insert = kind == CHANGE_INSERT;

	ck_assert_int_eq(CHANGE_INSERT, 0);
	ck_assert_int_eq(CHANGE_DELETE, 2);
	ck_assert_int_eq(sample_add(&sample, kind, is_delete ? NULL : "(1,3)",
				    after[kind], is_insert ? NULL : "(1,2)",
				    before[kind]),
			 DBS_OK);
	struct batch_row *row = vec_at(&sample.batch.rows,
				       sample.batch.rows.count - 1);

	row->record.before = is_insert ? 0 : hash_of(1, BEFORE);
	row->record.after = is_delete ? 0 : hash_of(1, AFTER);
	return row;
}

static enum row_state state_of(enum change_kind kind, uint8_t v)
{
	const struct batch_row *row = add_change(kind);
	struct answers answers = {.length = 0};

	add_answer(&answers);
	if (v)
		add_row(&answers, 1, v);
	end_answer(&answers);
	look(&answers, true);
	return row->state;
}

static void begin(void)
{
	sample_init(&sample, "id int; v int", "PRIMARY(id)");
}

static void begin_without_key(void)
{
	sample_init(&sample, "id int; v int", "");
}

static void end(void)
{
	sample_release(&sample);
}

START_TEST(drift_1_row_that_is_as_it_shall_be_is_done)
{
	ck_assert_int_eq(state_of(_i ? CHANGE_INSERT : CHANGE_UPDATE, AFTER),
			 ROW_DONE);
}
END_TEST

START_TEST(drift_2_row_that_is_as_it_was_is_ready)
{
	ck_assert_int_eq(state_of(_i ? CHANGE_DELETE : CHANGE_UPDATE, BEFORE),
			 ROW_READY);
}
END_TEST

START_TEST(drift_3_row_that_is_another_is_left_alone)
{
	ck_assert_int_eq(state_of((enum change_kind)_i, ANOTHER), ROW_DRIFT);
}
END_TEST

/* Somebody has inserted the old row: it is none of ours. */
START_TEST(drift_3_row_to_be_inserted_that_is_there_is_left_alone)
{
	ck_assert_int_eq(state_of(CHANGE_INSERT, BEFORE), ROW_DRIFT);
}
END_TEST

/* … and one to be deleted has got another value. */
START_TEST(drift_3_row_to_be_deleted_that_was_changed_is_left_alone)
{
	ck_assert_int_eq(state_of(CHANGE_DELETE, AFTER), ROW_DRIFT);
}
END_TEST

START_TEST(drift_4_row_that_is_not_there)
{
	static const enum row_state wanted[CHANGE_KINDS] = {
		[CHANGE_INSERT] = ROW_READY,
		[CHANGE_UPDATE] = ROW_DRIFT,
		[CHANGE_DELETE] = ROW_DONE,
	};

	ck_assert_int_eq(state_of((enum change_kind)_i, 0), wanted[_i]);
}
END_TEST

/* What nobody asks about has its first state. */
START_TEST(rows_to_be_inserted_are_ready_unless_all_are_asked_for)
{
	const struct batch_row *row = add_change(CHANGE_INSERT);
	const struct answers none = {.length = 0};

	look(&none, false);
	ck_assert_int_eq(row->state, ROW_READY);
}
END_TEST

/* Equal keys may be written in two ways: then the server decides. */
START_TEST(a_row_of_another_key_text_is_asked_for_by_itself)
{
	struct answers answers = {.length = 0};

	(void)add_change(CHANGE_UPDATE);
	(void)add_change(CHANGE_UPDATE);
	struct batch_row *row = vec_at(&sample.batch.rows, 0);

	row[0].key_hash++;
	row[1].key_hash--;
	add_answer(&answers);
	add_row(&answers, 1, BEFORE);
	end_answer(&answers);
	add_answer(&answers);
	add_row(&answers, 1, BEFORE);
	end_answer(&answers);
	add_answer(&answers);
	end_answer(&answers);
	look(&answers, true);
	ck_assert_int_eq(row[0].state, ROW_READY);
	ck_assert_int_eq(row[1].state, ROW_DRIFT);
}
END_TEST

START_TEST(what_only_the_target_has_of_a_deleted_row_is_drift)
{
	struct batch_row *row = add_change(CHANGE_DELETE);
	struct answers answers = {.length = 0};

	row->record.rest++;
	add_answer(&answers);
	add_row(&answers, 1, BEFORE);
	end_answer(&answers);
	look(&answers, true);
	ck_assert_int_eq(row->state, ROW_DRIFT);
}
END_TEST

/* Rows that there are, of which 2 were and 5 shall be. */
START_TEST(without_a_key_the_number_of_copies_decides)
{
	static const struct {
		uint64_t there;
		enum row_state state;
	} cases[] = {{5, ROW_DONE},
		     {2, ROW_READY},
		     {0, ROW_DRIFT},
		     {3, ROW_DRIFT},
		     {6, ROW_DRIFT}};
	struct answers answers = {.length = 0};

	ck_assert_int_eq(sample_add(&sample, CHANGE_INSERT, "(1,2)", 5, "(1,2)",
				    2),
			 DBS_OK);
	struct batch_row *row = vec_at(&sample.batch.rows, 0);

	row->record.before = hash_of(1, BEFORE);
	add_answer(&answers);
	for (uint64_t i = 0; i < cases[_i].there; i++)
		add_row(&answers, 1, BEFORE);
	add_row(&answers, 1, ANOTHER);
	end_answer(&answers);
	look(&answers, true);
	ck_assert_int_eq(row->state, cases[_i].state);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("look");
	TCase *keyed = tcase_create("with a key");
	TCase *bag = tcase_create("without a key");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(keyed, begin, end);
	tcase_add_loop_test(keyed, drift_1_row_that_is_as_it_shall_be_is_done,
			    0, 2);
	tcase_add_loop_test(keyed, drift_2_row_that_is_as_it_was_is_ready, 0,
			    2);
	tcase_add_loop_test(keyed, drift_3_row_that_is_another_is_left_alone, 0,
			    CHANGE_KINDS);
	tcase_add_test(keyed,
		       drift_3_row_to_be_inserted_that_is_there_is_left_alone);
	tcase_add_test(
		keyed,
		drift_3_row_to_be_deleted_that_was_changed_is_left_alone);
	tcase_add_loop_test(keyed, drift_4_row_that_is_not_there, 0,
			    CHANGE_KINDS);
	tcase_add_test(keyed,
		       rows_to_be_inserted_are_ready_unless_all_are_asked_for);
	tcase_add_test(keyed, a_row_of_another_key_text_is_asked_for_by_itself);
	tcase_add_test(keyed,
		       what_only_the_target_has_of_a_deleted_row_is_drift);
	suite_add_tcase(suite, keyed);
	tcase_add_checked_fixture(bag, begin_without_key, end);
	tcase_add_loop_test(bag, without_a_key_the_number_of_copies_decides, 0,
			    5);
	suite_add_tcase(suite, bag);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
