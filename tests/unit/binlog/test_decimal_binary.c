/*
 * The promise under test: the bytes of a DECIMAL become the text that servers
 * print, and bytes that no server writes are refused.
 */
#include "dbsync/binlog/decimal_binary.h"

#include "recorded.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

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

struct vector {
	unsigned precision, scale;
	const char *bytes;
	size_t length;
};

#define BYTES(literal) literal, sizeof(literal) - 1

static bool text_of(struct vector vector)
{
	return decimal_binary_text(&out, (const uint8_t *)vector.bytes,
				   vector.length, vector.precision,
				   vector.scale);
}

/* decimal_binary.txt is of MySQL 9.7; MariaDB 11.8 gives the same file. */
START_TEST(a_number_is_printed_as_the_servers_do)
{
	OWNED(recorded_release)
	struct recorded line = recorded_open(BESIDE "decimal_binary.txt");

	while (recorded_next(&line, 2)) {
		struct vector vector = {.bytes = line.bytes.data,
					.length = line.bytes.length};

		ck_assert_int_eq(sscanf(line.line, "%u %u", &vector.precision,
					&vector.scale),
				 2);
		buf_truncate(&out, 1);
		ck_assert_uint_eq(decimal_binary_size(vector.precision,
						      vector.scale),
				  vector.length);
		ck_assert(text_of(vector));
		ck_assert_str_eq(out.data + 1, line.text.data);
	}
	ck_assert_uint_gt(line.number, 200);
}
END_TEST

/* Its bits say so, but no server does. */
START_TEST(a_zero_has_no_sign)
{
	const struct vector zero = {3, 1, BYTES("\x7f\xff")};

	ck_assert(text_of(zero));
	ck_assert_str_eq(out.data + 1, "0.0");
}
END_TEST

/* A group has one byte too few or too many, or a number above its digits. */
static const struct vector garbage[] = {
	{14, 4, BYTES("\x81\x0d\xfb\x38\xd2\x04")},
	{14, 4, BYTES("\x81\x0d\xfb\x38\xd2\x04\xd2\x00")},
	{14, 4, BYTES("")},
	{1, 0, BYTES("\x8a")},
	{1, 0, BYTES("\x75")},
	{1, 0, BYTES("\x00")},
	{1, 1, BYTES("\x8a")},
	{9, 0, BYTES("\xbb\x9a\xca\x00")},
	{18, 9, BYTES("\x80\x00\x00\x00\x3b\x9a\xca\x00")},
	{0, 0, BYTES("")},
	{2, 3, BYTES("\x80\x00")},
	{82, 0, BYTES("\x80")},
};

START_TEST(what_no_server_writes_is_refused)
{
	ck_assert(!text_of(garbage[_i]));
	ck_assert_str_eq(out.data, "<");
}
END_TEST

START_TEST(there_is_a_size_of_types_only)
{
	ck_assert_uint_eq(decimal_binary_size(0, 0), 0);
	ck_assert_uint_eq(decimal_binary_size(3, 4), 0);
	ck_assert_uint_eq(decimal_binary_size(DECIMAL_BINARY_DIGITS + 1, 0), 0);
	ck_assert_uint_eq(decimal_binary_size(DECIMAL_BINARY_DIGITS, 0), 36);
	ck_assert_uint_eq(decimal_binary_size(65, 30), 30);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decimal_binary");
	TCase *tcase = tcase_create("numbers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_number_is_printed_as_the_servers_do);
	tcase_add_test(tcase, a_zero_has_no_sign);
	tcase_add_loop_test(tcase, what_no_server_writes_is_refused, 0,
			    (int)COUNT(garbage));
	tcase_add_test(tcase, there_is_a_size_of_types_only);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
