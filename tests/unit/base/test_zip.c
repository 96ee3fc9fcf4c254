/*
 * The promise under test: what comes out is what went in, or the reader says
 * where the file is damaged.
 */
#include "dbsync/base/zip.h"

#include "dbsync/base/mem.h"
#include "scratch.h"

#include <check.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FRAME = 32 << 20 };

static struct dbs_error err;
static struct buf text;   /* what went in */
static struct buf packed; /* the file */
static struct buf seen;   /* what came out */

static void begin(void)
{
	err = (struct dbs_error){0};
	text = packed = seen = (struct buf)BUF_INIT;
	scratch_make();
}

static void end(void)
{
	buf_release(&text);
	buf_release(&packed);
	buf_release(&seen);
	scratch_drop();
}

/* Writes text in pieces of so many bytes; packed is the file then. */
static void pack(size_t piece, int threads)
{
	struct file_draft draft = FILE_DRAFT_INIT;
	const char *path = scratch_path("z");

	ck_assert_int_eq(file_draft_open(&draft, path, &err), DBS_OK);
	struct zip_writer *writer = zip_writer_new(&draft, 3, threads);

	for (size_t at = 0; at < text.length; at += piece) {
		const size_t left = text.length - at;

		ck_assert_int_eq(zip_write(writer, text.data + at,
					   left < piece ? left : piece, &err),
				 DBS_OK);
	}
	ck_assert_int_eq(zip_finish(writer, &err), DBS_OK);
	zip_writer_drop(&writer);
	ck_assert_int_eq(file_draft_keep(&draft, false, &err), DBS_OK);
	file_draft_drop(&draft);
	scratch_read(path, &packed);
}

/* Reads an open file in pieces of so many bytes into seen. */
static enum dbs_rc read_all(struct zip_reader *reader, size_t piece)
{
	char *block = mem_alloc(piece);
	size_t count = 0;
	enum dbs_rc rc;

	buf_clear(&seen);
	while (!(rc = zip_read(reader, block, piece, &count, &err)) && count)
		buf_add(&seen, block, count);
	free(block);
	return rc;
}

static enum dbs_rc unpack(size_t piece)
{
	const char *path = scratch_path("z");

	dbs_error_clear(&err);
	scratch_write(path, packed.data, packed.length);
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct zip_reader *reader = zip_reader_new(fd, path);
	const enum dbs_rc rc = read_all(reader, piece);

	if (!rc)
		ck_assert_uint_eq(zip_offset(reader), packed.length);
	zip_reader_drop(&reader);
	(void)close(fd);
	return rc;
}

static void expect_text(void)
{
	ck_assert_uint_eq(seen.length, text.length);
	ck_assert_mem_eq(seen.data, text.data, text.length);
}

/* The same bytes in every run; some of them come again. */
static void fill(size_t count)
{
	uint64_t state = 1;

	buf_reserve(&text, count);
	for (size_t i = 0; i < count; i++) {
		state = state * 6364136223846793005u + 1442695040888963407u;
		buf_addc(&text, (char)(i % 97 < 40 ? 'x' : state >> 56));
	}
}

static const size_t counts[] = {
	0, 1, 2, 100, 131071, 131072, 131073, 1000000, 262144, 524289,
};

START_TEST(what_went_in_comes_out)
{
	fill(counts[_i]);
	pack(7777, 0);
	ck_assert_int_eq(unpack(65536), DBS_OK);
	expect_text();
}
END_TEST

START_TEST(pieces_of_any_size_are_one_text)
{
	fill(3000);
	pack(1, 0);
	ck_assert_int_eq(unpack(1), DBS_OK);
	expect_text();
	ck_assert_int_eq(unpack(2999), DBS_OK);
	expect_text();
}
END_TEST

START_TEST(threads_change_nothing_in_the_text)
{
	fill(1000000);
	pack(100000, 2);
	ck_assert_int_eq(unpack(100000), DBS_OK);
	expect_text();
}
END_TEST

START_TEST(a_text_of_several_frames_is_one_text)
{
	fill(FRAME + 100);
	pack(1 << 20, 0);
	ck_assert_int_eq(unpack(1 << 20), DBS_OK);
	expect_text();
}
END_TEST

START_TEST(nothing_is_an_empty_file)
{
	pack(1, 0);
	ck_assert_uint_eq(packed.length, 0);
}
END_TEST

/*
 * A bit that means nothing may be flipped (the window's size, what the format
 * reserves): then the text is the same.  Another text never comes out.
 */
START_TEST(one_bit_that_is_flipped_is_noticed_or_changes_nothing)
{
	size_t passed = 0;

	fill(120);
	pack(120, 0);
	for (size_t i = 0; i < packed.length * 8; i++) {
		packed.data[i / 8] ^= (char)(1 << i % 8);
		const enum dbs_rc rc = unpack(4096);

		packed.data[i / 8] ^= (char)(1 << i % 8);
		if (rc) {
			ck_assert_int_eq(rc, DBS_E_FORMAT);
			ck_assert_ptr_nonnull(
				strstr(err.text, "damaged at byte "));
			continue;
		}
		expect_text();
		passed++;
	}
	ck_assert_uint_lt(passed, 16);
}
END_TEST

START_TEST(a_file_that_ends_too_early_is_noticed_at_every_length)
{
	fill(120);
	pack(120, 0);
	const size_t whole = packed.length;

	for (packed.length = whole - 1; packed.length; packed.length--) {
		char at[64];

		ck_assert_int_eq(unpack(4096), DBS_E_FORMAT);
		(void)snprintf(at, sizeof(at), "damaged at byte %zu",
			       packed.length);
		ck_assert_ptr_nonnull(strstr(err.text, at));
	}
}
END_TEST

START_TEST(what_stands_behind_the_last_frame_is_noticed)
{
	fill(120);
	pack(120, 0);
	buf_adds(&packed, "more than four bytes");
	ck_assert_int_eq(unpack(4096), DBS_E_FORMAT);
}
END_TEST

START_TEST(a_frame_that_wants_too_much_memory_is_refused)
{
	/* magic, no flags, a window of 2^31 bytes, an empty last block */
	static const char hostile[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";

	buf_add(&packed, hostile, sizeof(hostile) - 1);
	ck_assert_int_eq(unpack(4096), DBS_E_FORMAT);
	ck_assert_ptr_nonnull(strstr(err.text, "memory"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("zip");
	TCase *tcase = tcase_create("zip");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 30);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, what_went_in_comes_out, 0,
			    (int)(sizeof(counts) / sizeof(*counts)));
	tcase_add_test(tcase, pieces_of_any_size_are_one_text);
	tcase_add_test(tcase, threads_change_nothing_in_the_text);
	tcase_add_test(tcase, a_text_of_several_frames_is_one_text);
	tcase_add_test(tcase, nothing_is_an_empty_file);
	tcase_add_test(tcase,
		       one_bit_that_is_flipped_is_noticed_or_changes_nothing);
	tcase_add_test(tcase,
		       a_file_that_ends_too_early_is_noticed_at_every_length);
	tcase_add_test(tcase, what_stands_behind_the_last_frame_is_noticed);
	tcase_add_test(tcase, a_frame_that_wants_too_much_memory_is_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
