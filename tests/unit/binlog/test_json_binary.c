/*
 * The promise under test: the text is what the server prints, byte for byte
 * (json_binary.txt was recorded from MySQL 9.7); bytes that no server writes are
 * refused, read within their bounds, and never become a large text.
 */
#include "dbsync/binlog/json_binary.h"

#include "recorded.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define BYTES(literal) literal, sizeof(literal) - 1

static struct buf out;

static void begin(void)
{
	out = (struct buf)BUF_INIT;
	buf_adds(&out, "<");
}

static void end(void)
{
	buf_release(&out);
}

/* Of a copy that ends where the bytes end, for the sanitizers. */
static bool text_of(const void *bytes, size_t length)
{
	uint8_t *copy = malloc(length ? length : 1);

	ck_assert_ptr_nonnull(copy);
	if (length)
		memcpy(copy, bytes, length);
	buf_truncate(&out, 1);
	const bool is_json = json_binary_text(&out, copy, length);

	free(copy);
	ck_assert_int_eq(out.data[0], '<');
	ck_assert_uint_le(out.length - 1, json_binary_most(length));
	if (!is_json)
		ck_assert_uint_eq(out.length, 1);
	return is_json;
}

/* ------------------------------------------------------------------------
 * What servers write
 * --------------------------------------------------------------------- */

static struct recorded recorded_json(void)
{
	return recorded_open(BESIDE "json_binary.txt");
}

START_TEST(a_value_is_printed_as_the_server_does)
{
	OWNED(recorded_release) struct recorded line = recorded_json();

	while (recorded_next(&line, 0)) {
		ck_assert_msg(text_of(line.bytes.data, line.bytes.length),
			      "line %u is refused", line.number);
		ck_assert_msg(!strcmp(out.data + 1, line.text.data),
			      "line %u: %.200s", line.number, out.data + 1);
	}
	ck_assert_uint_gt(line.number, 200);
}
END_TEST

START_TEST(nothing_at_all_is_null)
{
	ck_assert(text_of("", 0));
	ck_assert_str_eq(out.data + 1, "null");
}
END_TEST

/* An update in place leaves such documents behind. */
START_TEST(order_and_gaps_do_not_matter)
{
	ck_assert(text_of(BYTES("\x02\x02\x00\x13\x00\x0c\x0e\x00\x0c\x0b\x00"
				"\xff\x01"
				"a"
				"\xff\x01"
				"b"
				"\xff\xff\xff")));
	ck_assert_str_eq(out.data + 1, "[\"b\", \"a\"]");
}
END_TEST

/* ------------------------------------------------------------------------
 * What no server writes
 * --------------------------------------------------------------------- */

enum { LONG = 300 };

START_TEST(what_ends_too_early_is_refused)
{
	OWNED(recorded_release) struct recorded line = recorded_json();

	while (recorded_next(&line, 0)) {
		const size_t length = line.bytes.length;

		for (size_t i = 1; i < length && i < LONG; i++)
			ck_assert_msg(!text_of(line.bytes.data, i),
				      "%zu bytes of line %u", i, line.number);
		ck_assert(length == 1 || !text_of(line.bytes.data, length - 1));
	}
}
END_TEST

START_TEST(a_damaged_byte_does_no_harm)
{
	OWNED(recorded_release) struct recorded line = recorded_json();
	static const char damage[] = {0,  1,   2,         3,        12,
				      15, 127, (char)128, (char)255};

	while (recorded_next(&line, 0)) {
		struct buf *bytes = &line.bytes;
		const size_t most = bytes->length < LONG ? 40 : 10;

		for (size_t i = 0; i < most && i < bytes->length; i++) {
			const char kept = bytes->data[i];

			for (size_t j = 0; j < sizeof(damage); j++) {
				bytes->data[i] = damage[j];
				(void)text_of(bytes->data, bytes->length);
			}
			bytes->data[i] = kept;
		}
	}
}
END_TEST

static const struct {
	const char *bytes;
	size_t length;
} garbage[] = {
	{BYTES("\x04")},                     /* no literal */
	{BYTES("\x04\x03")},                 /* none of the literals */
	{BYTES("\x0d\x00")},                 /* no such type */
	{BYTES("\x0e\x00")},                 /* nor this */
	{BYTES("\x10\x00\x00\x00\x00")},     /* nor this */
	{BYTES("\xff\x00")},                 /* nor this */
	{BYTES("\x0b\0\0\0\0\0\0\xf0\x7f")}, /* infinity */
	{BYTES("\x0b\0\0\0\0\0\0\xf8\x7f")}, /* not a number */
	{BYTES("\x0c\x02"
	       "a")},                            /* a string that ends early */
	{BYTES("\x0c\x80\x80\x80\x80\x80\x00")}, /* a length of 6 bytes */
	{BYTES("\x0c\xff\xff\xff\xff\x7f")},     /* of more than there is */
	{BYTES("\x0c\x80")},                     /* of no last byte */
	{BYTES("\x0f")},                         /* no type of a column */
	{BYTES("\x0f\x0f")},                     /* no length */
	{BYTES("\x0f\x0f\x01")},                 /* no bytes */
	{BYTES("\x0f\xf6\x00")},                 /* a DECIMAL without type */
	{BYTES("\x0f\xf6\x02\x05\x02")},         /* without bytes */
	{BYTES("\x0f\xf6\x03\x00\x00\x80")},     /* of no digits */
	{BYTES("\x0f\xf6\x03\xff\x00\x80")},     /* of too many */
	{BYTES("\x0f\xf6\x03\x01\x00\x8a")},     /* one digit: 10 */
	{BYTES("\x0f\x0a\x07\0\0\0\0\0\0\0")},   /* a date of 7 bytes */
	{BYTES("\x0f\x0b\x09\0\0\0\0\0\0\0\0\0")},     /* a time of 9 */
	{BYTES("\x0f\x0a\x08\0\0\0\0\0\0\0\x80")},     /* a date below 0 */
	{BYTES("\x0f\x0a\x08\0\0\0\0\0\0\0\x7f")},     /* year 10002 */
	{BYTES("\x0f\x0c\x08\0\0\0\0\x80\x01\0\0")},   /* 24:00:00 */
	{BYTES("\x0f\x0c\x08\0\0\0\0\x0f\0\0\0")},     /* 60 minutes */
	{BYTES("\x0f\x0c\x08\0\0\0\x3c\0\0\0\0")},     /* 60 seconds */
	{BYTES("\x0f\x0c\x08\x40\x42\x0f\0\0\0\0\0")}, /* 1000000 */
	{BYTES("\x0f\x0b\x08\0\0\0\0\x70\x34\0\0")},   /* 839:00:00 */
	{BYTES("\x0f\x0b\x08\0\0\0\0\0\0\x40\0")},     /* more than hours */
	{BYTES("\x0f\x0b\x08\0\0\0\0\0\0\0\x80")},     /* the least number */
	{BYTES("\x02\x01\x00\x04\x00")},             /* no place for an entry */
	{BYTES("\x02\x01\x00\x07\x00\x04\x03")},     /* longer than it is */
	{BYTES("\x02\x01\x00\x07\x00\x04\x03\x00")}, /* no such literal */
	{BYTES("\x02\x00\x00\x03\x00")},             /* ends in its size */
	{BYTES("\x00\x00\x00\x05\x00")},             /* longer than it is */
	{BYTES("\x03\xff\xff\xff\xff\xff\xff\xff\xff")},
	{BYTES("\x03\xff\xff\xff\xff\x08\x00\x00\x00")},
	/* an offset into the entries, one to itself, one behind the end */
	{BYTES("\x02\x01\x00\x0d\x00\x0c\x05\x00"
	       "aaaaaa")},
	{BYTES("\x02\x01\x00\x09\x00\x0c\x04\x00\x01"
	       "a")},
	{BYTES("\x02\x01\x00\x07\x00\x02\x00\x00")},
	{BYTES("\x02\x01\x00\x07\x00\x0c\x07\x00")},
	{BYTES("\x02\x01\x00\x07\x00\x0c\xff\xff")},
	/* a value that is in the document but not in the array */
	{BYTES("\x02\x01\x00\x08\x00\x0c\x07\x00\x01"
	       "a")},
	/* keys: in the entries, behind the end, longer than what is left */
	{BYTES("\x00\x01\x00\x0c\x00\x04\x00\x01\x00\x04\x00\x00"
	       "a")},
	{BYTES("\x00\x01\x00\x0c\x00\x0d\x00\x00\x00\x04\x00\x00"
	       "a")},
	{BYTES("\x00\x01\x00\x0c\x00\x0b\x00\x02\x00\x04\x00\x00"
	       "a")},
	/* the same string, key, empty array twice */
	{BYTES("\x02\x02\x00\x0f\x00\x0c\x0a\x00\x0c\x0a\x00\x04"
	       "aaaa")},
	{BYTES("\x00\x02\x00\x16\x00\x12\x00\x04\x00\x12\x00\x04\x00\x04\x00"
	       "\x00\x04\x00\x00"
	       "aaaa")},
	{BYTES("\x02\x02\x00\x0e\x00\x02\x0a\x00\x02\x0a\x00\x00\x00\x04"
	       "\x00")},
};

START_TEST(what_no_server_writes_is_refused)
{
	ck_assert(!text_of(garbage[_i].bytes, garbage[_i].length));
}
END_TEST

/* So many arrays around a number, which needs none. */
static bool nested(size_t depth)
{
	enum { HEAD = 4, ENTRY = 3, LEVEL = HEAD + ENTRY };
	struct buf bytes = BUF_INIT;

	buf_addc(&bytes, 2);
	for (size_t i = depth; i > 0; i--) {
		const size_t size = i * LEVEL;
		const char level[LEVEL] = {1,
					   0,
					   (char)(size & 0xff),
					   (char)(size >> 8),
					   i == 1 ? 4 : 2,
					   i == 1 ? 1 : LEVEL,
					   0};

		buf_add(&bytes, level, LEVEL);
	}
	const bool is_json = text_of(bytes.data, bytes.length);

	buf_release(&bytes);
	return is_json;
}

START_TEST(containers_nest_as_deep_as_in_the_server)
{
	ck_assert(nested(1));
	ck_assert_str_eq(out.data + 1, "[true]");
	ck_assert(nested(100));
	ck_assert(!nested(101));
	ck_assert(!nested(9000));
}
END_TEST

/* Each level twice the one below: 2^n values in 10 n bytes. */
START_TEST(a_tree_that_shares_its_branches_does_not_grow)
{
	enum { LEVELS = 60, HEAD = 4, ENTRY = 3, LEVEL = HEAD + 2 * ENTRY };
	struct buf bytes = BUF_INIT;

	buf_addc(&bytes, 2);
	for (size_t i = LEVELS; i > 0; i--) {
		const size_t size = i * LEVEL + HEAD;
		const char level[LEVEL] = {2,
					   0,
					   (char)(size & 0xff),
					   (char)(size >> 8),
					   2,
					   LEVEL,
					   0,
					   2,
					   LEVEL,
					   0};

		buf_add(&bytes, level, LEVEL);
	}
	buf_add(&bytes, "\0\0\x04", HEAD);
	ck_assert(!text_of(bytes.data, bytes.length));
	buf_release(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("json_binary");
	TCase *tcase = tcase_create("values");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_value_is_printed_as_the_server_does);
	tcase_add_test(tcase, nothing_at_all_is_null);
	tcase_add_test(tcase, order_and_gaps_do_not_matter);
	tcase_add_test(tcase, what_ends_too_early_is_refused);
	tcase_add_test(tcase, a_damaged_byte_does_no_harm);
	tcase_add_loop_test(tcase, what_no_server_writes_is_refused, 0,
			    (int)COUNT(garbage));
	tcase_add_test(tcase, containers_nest_as_deep_as_in_the_server);
	tcase_add_test(tcase, a_tree_that_shares_its_branches_does_not_grow);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
