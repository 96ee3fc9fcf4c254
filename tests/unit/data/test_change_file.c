/*
 * The promise under test: changes come back as they were added, segment by
 * segment, and nothing of a segment that was not ended.
 */
#include "dbsync/data/change_file.h"

#include "dbsync/base/mem.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BIG = 3 << 20 };

static struct dbs_error err;
static struct change_file *file;
static struct change_reader *reader;

static void begin(void)
{
	err = (struct dbs_error){0};
	ck_assert_int_eq(change_file_new(&file, &err), DBS_OK);
}

static void end(void)
{
	change_reader_drop(&reader);
	change_file_drop(&file);
}

/* Record number i; every seventh is larger than a block. */
static struct change_record record_at(uint64_t i, struct buf *texts)
{
	const size_t length = i % 7 == 6 ? BIG : (size_t)(i % 50);

	buf_clear(texts);
	buf_reserve(texts, length + 64);
	for (size_t k = 0; k < length; k++)
		buf_addc(texts, (char)(k * i));
	buf_addf(texts, "%llu", (unsigned long long)i);
	return (struct change_record){
		.kind = (enum change_kind)(i % CHANGE_KINDS),
		.rows[SOURCE] = i,
		.rows[TARGET] = i / 2,
		.before = ~i,
		.after = i << 40,
		.rest = i * 3,
		.new_row = {texts->data, texts->length / 3},
		.old_row = {texts->data + texts->length / 3,
			    texts->length - texts->length / 3},
	};
}

static void add(uint64_t from, uint64_t to)
{
	struct buf texts = BUF_INIT;

	for (uint64_t i = from; i < to; i++) {
		const struct change_record record = record_at(i, &texts);

		ck_assert_int_eq(change_file_add(file, &record, &err), DBS_OK);
	}
	buf_release(&texts);
}

static struct segment segment_of(uint64_t from, uint64_t to)
{
	struct segment segment;

	change_file_begin(file);
	add(from, to);
	ck_assert_int_eq(change_file_end(file, &segment, &err), DBS_OK);
	return segment;
}

static void expect(uint64_t from, uint64_t to)
{
	struct buf texts = BUF_INIT;
	struct change_record seen;
	bool more = false;

	for (uint64_t i = from; i < to; i++) {
		const struct change_record wanted = record_at(i, &texts);

		ck_assert_int_eq(change_reader_next(reader, &seen, &more, &err),
				 DBS_OK);
		ck_assert(more);
		ck_assert_int_eq(seen.kind, wanted.kind);
		ck_assert_uint_eq(seen.rows[SOURCE], wanted.rows[SOURCE]);
		ck_assert_uint_eq(seen.rows[TARGET], wanted.rows[TARGET]);
		ck_assert_uint_eq(seen.before, wanted.before);
		ck_assert_uint_eq(seen.after, wanted.after);
		ck_assert_uint_eq(seen.rest, wanted.rest);
		ck_assert_uint_eq(seen.new_row.length, wanted.new_row.length);
		ck_assert_uint_eq(seen.old_row.length, wanted.old_row.length);
		ck_assert_mem_eq(seen.new_row.data, wanted.new_row.data,
				 wanted.new_row.length);
		ck_assert_mem_eq(seen.old_row.data, wanted.old_row.data,
				 wanted.old_row.length);
	}
	buf_release(&texts);
}

static void expect_end(void)
{
	struct change_record seen;
	bool more = true;

	ck_assert_int_eq(change_reader_next(reader, &seen, &more, &err),
			 DBS_OK);
	ck_assert(!more);
}

START_TEST(changes_come_back_as_they_were_added)
{
	const struct segment segment = segment_of(0, 20);

	reader = change_reader_new(&segment, 1);
	expect(0, 20);
	expect_end();
	expect_end();
}
END_TEST

START_TEST(many_small_changes_fill_blocks_without_a_gap)
{
	struct segment segment;

	change_file_begin(file);
	for (uint64_t i = 0; i < 7000; i++)
		add(i * 7, i * 7 + 6);
	ck_assert_int_eq(change_file_end(file, &segment, &err), DBS_OK);
	reader = change_reader_new(&segment, 1);
	for (uint64_t i = 0; i < 7000; i++)
		expect(i * 7, i * 7 + 6);
	expect_end();
}
END_TEST

START_TEST(segments_are_read_in_any_order_and_again)
{
	const struct segment a = segment_of(0, 8);
	const struct segment b = segment_of(8, 9);
	const struct segment none = segment_of(0, 0);
	const struct segment c = segment_of(9, 30);
	const struct segment order[] = {c, none, a, {0}, b, a};

	reader = change_reader_new(order, 6);
	expect(9, 30);
	expect(0, 8);
	expect(8, 9);
	expect(0, 8);
	expect_end();
}
END_TEST

START_TEST(segments_of_several_files_are_one_stream)
{
	struct change_file *first = file;
	struct segment both[2];

	both[0] = segment_of(0, 3);
	file = NULL;
	ck_assert_int_eq(change_file_new(&file, &err), DBS_OK);
	both[1] = segment_of(3, 9);
	reader = change_reader_new(both, 2);
	expect(0, 9);
	expect_end();
	change_file_drop(&first);
}
END_TEST

START_TEST(a_segment_without_an_end_is_forgotten)
{
	struct segment both[2];

	both[0] = segment_of(0, 3);
	change_file_begin(file);
	add(100, 110); /* more than a block: some of it is in the file */
	both[1] = segment_of(3, 6);
	ck_assert_uint_eq(both[1].offset, both[0].end);
	reader = change_reader_new(both, 2);
	expect(0, 6);
	expect_end();
}
END_TEST

START_TEST(a_segment_counts_its_rows_and_bytes)
{
	static const struct change_record records[] = {
		{.kind = CHANGE_INSERT, .rows[SOURCE] = 1},
		{.kind = CHANGE_INSERT, .rows[SOURCE] = 5, .rows[TARGET] = 2},
		{.kind = CHANGE_UPDATE,
		 .rows[SOURCE] = 1,
		 .rows[TARGET] = 1,
		 .new_row = {"(1)", 3},
		 .old_row = {"(22)", 4}},
		{.kind = CHANGE_DELETE, .rows[SOURCE] = 1, .rows[TARGET] = 8},
	};
	struct segment segment;

	change_file_begin(file);
	for (size_t i = 0; i < 4; i++)
		ck_assert_int_eq(change_file_add(file, &records[i], &err),
				 DBS_OK);
	ck_assert_int_eq(change_file_end(file, &segment, &err), DBS_OK);
	ck_assert_uint_eq(segment.changes[CHANGE_INSERT], 4);
	ck_assert_uint_eq(segment.changes[CHANGE_UPDATE], 1);
	ck_assert_uint_eq(segment.changes[CHANGE_DELETE], 7);
	ck_assert_uint_eq(segment.bytes, 7);
}
END_TEST

START_TEST(no_segments_are_no_changes)
{
	reader = change_reader_new(NULL, 0);
	expect_end();
}
END_TEST

START_TEST(a_segment_that_is_not_there_is_an_error)
{
	struct segment segment = segment_of(0, 2);
	struct change_record seen;
	bool more = false;

	segment.offset = segment.end;
	segment.end += 100;
	reader = change_reader_new(&segment, 1);
	ck_assert_int_eq(change_reader_next(reader, &seen, &more, &err),
			 DBS_E_IO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("change_file");
	TCase *tcase = tcase_create("change_file");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, changes_come_back_as_they_were_added);
	tcase_add_test(tcase, many_small_changes_fill_blocks_without_a_gap);
	tcase_add_test(tcase, segments_are_read_in_any_order_and_again);
	tcase_add_test(tcase, segments_of_several_files_are_one_stream);
	tcase_add_test(tcase, a_segment_without_an_end_is_forgotten);
	tcase_add_test(tcase, a_segment_counts_its_rows_and_bytes);
	tcase_add_test(tcase, no_segments_are_no_changes);
	tcase_add_test(tcase, a_segment_that_is_not_there_is_an_error);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
