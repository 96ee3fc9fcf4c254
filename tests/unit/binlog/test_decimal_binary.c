/*
 * The promise under test: the bytes of a DECIMAL become the text that servers
 * print, and bytes that no server writes are refused.
 */
#include "dbsync/binlog/decimal_binary.h"

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
	const char *text;
};

#define BYTES(literal) literal, sizeof(literal) - 1

/* The samples of the header. */
static const struct vector vectors[] = {
	{14, 4, BYTES("\x81\x0d\xfb\x38\xd2\x04\xd2"), "1234567890.1234"},
	{14, 4, BYTES("\x7e\xf2\x04\xc7\x2d\xfb\x2d"), "-1234567890.1234"},
};

static bool text_of(struct vector vector)
{
	return decimal_binary_text(&out, (const uint8_t *)vector.bytes,
				   vector.length, vector.precision,
				   vector.scale);
}

START_TEST(a_number_is_printed_as_the_servers_do)
{
	const struct vector vector = vectors[_i];

	ck_assert_uint_eq(decimal_binary_size(vector.precision, vector.scale),
			  vector.length);
	ck_assert(text_of(vector));
	ck_assert_str_eq(out.data + 1, vector.text);
}
END_TEST

/* A group has one byte too few or too many, or a number above its digits. */
static const struct vector garbage[] = {
	{14, 4, BYTES("\x81\x0d\xfb\x38\xd2\x04"), NULL},
	{14, 4, BYTES("\x81\x0d\xfb\x38\xd2\x04\xd2\x00"), NULL},
	{14, 4, BYTES(""), NULL},
	{1, 0, BYTES("\x8a"), NULL},
	{1, 0, BYTES("\x75"), NULL},
	{1, 0, BYTES("\x00"), NULL},
	{1, 1, BYTES("\x8a"), NULL},
	{9, 0, BYTES("\xbb\x9a\xca\x00"), NULL},
	{18, 9, BYTES("\x80\x00\x00\x00\x3b\x9a\xca\x00"), NULL},
	{0, 0, BYTES(""), NULL},
	{2, 3, BYTES("\x80\x00"), NULL},
	{82, 0, BYTES("\x80"), NULL},
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
	tcase_add_loop_test(tcase, a_number_is_printed_as_the_servers_do, 0,
			    (int)COUNT(vectors));
	tcase_add_loop_test(tcase, what_no_server_writes_is_refused, 0,
			    (int)COUNT(garbage));
	tcase_add_test(tcase, there_is_a_size_of_types_only);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
