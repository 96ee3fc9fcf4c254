/*
 * The promise under test: a buffer always ends in a NUL that it does not
 * count, keeps every byte that was added, and gives its memory away once.
 */
#include "dbsync/base/buf.h"

#include "dbsync/base/mem.h"

#include "death.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct buf buf;

static void begin(void)
{
	buf = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&buf);
}

static void expect(const char *bytes, size_t length)
{
	ck_assert_uint_eq(buf.length, length);
	ck_assert_mem_eq(buf.data, bytes, length);
	ck_assert_int_eq(buf.data[length], '\0');
}

START_TEST(a_new_buffer_is_an_empty_text)
{
	expect("", 0);
	buf_clear(&buf);
	buf_truncate(&buf, 0);
	buf_add(&buf, NULL, 0);
	buf_adds(&buf, "");
	expect("", 0);
	ck_assert_uint_eq(buf.capacity, 0);
}
END_TEST

START_TEST(what_is_added_stands_in_order)
{
	buf_adds(&buf, "one");
	buf_addc(&buf, ' ');
	buf_addf(&buf, "%d-%s", 2, "three");
	buf_add(&buf, "4444", 2);
	expect("one 2-three44", 13);
}
END_TEST

START_TEST(nul_bytes_are_bytes)
{
	buf_add(&buf, "a\0b", 3);
	buf_addc(&buf, '\0');
	buf_adds(&buf, "c");
	expect("a\0b\0c", 5);
}
END_TEST

START_TEST(every_length_keeps_its_bytes_and_its_nul)
{
	for (size_t i = 0; i < 3000; i++) {
		buf_addc(&buf, (char)('a' + i % 26));
		ck_assert_uint_eq(buf.length, i + 1);
		ck_assert_uint_lt(buf.length, buf.capacity);
		ck_assert_int_eq(buf.data[i + 1], '\0');
	}
	for (size_t i = 0; i < 3000; i++)
		ck_assert_int_eq(buf.data[i], (char)('a' + i % 26));
}
END_TEST

START_TEST(a_format_may_outgrow_the_buffer_by_far)
{
	buf_adds(&buf, "<");
	buf_addf(&buf, "%0*d", 100000, 1);
	buf_adds(&buf, ">");
	ck_assert_uint_eq(buf.length, 100002);
	ck_assert_str_eq(buf.data + 99999, "01>");
}
END_TEST

START_TEST(formats_of_every_length_around_a_growth_fit)
{
	for (int length = 0; length < 200; length++) {
		buf_clear(&buf);
		buf_addf(&buf, "%*s", length, "");
		ck_assert_uint_eq(buf.length, (size_t)length);
		ck_assert_int_eq(buf.data[length], '\0');
		buf_release(&buf);
		buf_addf(&buf, "%*s", length, "");
		ck_assert_uint_eq(strlen(buf.data), (size_t)length);
	}
}
END_TEST

START_TEST(clearing_keeps_the_memory)
{
	buf_adds(&buf, "something");
	const char *data = buf.data;

	buf_clear(&buf);
	expect("", 0);
	buf_adds(&buf, "else");
	ck_assert_ptr_eq(buf.data, data);
	expect("else", 4);
}
END_TEST

START_TEST(truncating_cuts_the_end_off)
{
	buf_adds(&buf, "something");
	buf_truncate(&buf, 4);
	expect("some", 4);
	buf_truncate(&buf, 4);
	expect("some", 4);
}
END_TEST

static void lengthen(void *self)
{
	(void)self;
	buf_truncate(&buf, buf.length + 1);
}

START_TEST(truncating_to_more_is_a_bug)
{
	buf_adds(&buf, "abc");
	expect_bug(lengthen, NULL, "truncating 3 to 4");
}
END_TEST

START_TEST(what_was_reserved_is_added_without_a_move)
{
	buf_reserve(&buf, 1000);
	const char *data = buf.data;

	expect("", 0);
	for (int i = 0; i < 1000; i++)
		buf_addc(&buf, 'x');
	ck_assert_ptr_eq(buf.data, data);
}
END_TEST

START_TEST(what_was_tried_is_added_without_a_move)
{
	struct dbs_error err = {0};

	ck_assert(!buf_try(&buf, 1000, "a text", &err));
	const char *data = buf.data;

	for (size_t i = 0; i < 1000; i++)
		buf_addc(&buf, 'x');
	ck_assert_ptr_eq(buf.data, data);
}
END_TEST

START_TEST(more_than_there_can_be_is_refused_and_changes_nothing)
{
	struct dbs_error err = {0};

	buf_adds(&buf, "kept");
	ck_assert_int_eq(buf_try(&buf, SIZE_MAX, "a text", &err), DBS_E_LIMIT);
	ck_assert_int_eq(buf_try(&buf, (size_t)1 << 40, "a text", &err),
			 DBS_E_LIMIT);
	ck_assert_msg(!strncmp(err.text, "a text needs ", 13), "%s", err.text);
	ck_assert_str_eq(buf.data, "kept");
}
END_TEST

START_TEST(detached_memory_is_the_callers)
{
	buf_adds(&buf, "mine");
	char *text = buf_detach(&buf);

	expect("", 0);
	buf_adds(&buf, "yours");
	ck_assert_str_eq(text, "mine");
	mem_drop(&text);
	expect("yours", 5);
}
END_TEST

START_TEST(an_empty_buffer_detaches_a_text_of_its_own)
{
	char *text = buf_detach(&buf);

	ck_assert_str_eq(text, "");
	ck_assert_ptr_ne(text, buf_empty);
	mem_drop(&text);
}
END_TEST

START_TEST(a_released_buffer_is_a_new_one)
{
	buf_adds(&buf, "text");
	buf_release(&buf);
	expect("", 0);
	buf_release(&buf);
	buf_adds(&buf, "again");
	expect("again", 5);
}
END_TEST

START_TEST(bytes_become_two_hexadecimal_digits_each)
{
	buf_adds(&buf, "0x");
	buf_addhex(&buf, "\x00\x0f\xf0\xff\x7f", 5);
	expect("0x000ff0ff7f", 12);
	buf_addhex(&buf, NULL, 0);
	expect("0x000ff0ff7f", 12);
}
END_TEST

START_TEST(nobody_writes_into_the_common_empty_text)
{
	buf_reserve(&buf, 1);
	buf_addc(&buf, 'x');
	buf_truncate(&buf, 0);
	ck_assert_int_eq(buf_empty[0], '\0');
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("buf");
	TCase *tcase = tcase_create("buf");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_new_buffer_is_an_empty_text);
	tcase_add_test(tcase, what_is_added_stands_in_order);
	tcase_add_test(tcase, nul_bytes_are_bytes);
	tcase_add_test(tcase, every_length_keeps_its_bytes_and_its_nul);
	tcase_add_test(tcase, a_format_may_outgrow_the_buffer_by_far);
	tcase_add_test(tcase, formats_of_every_length_around_a_growth_fit);
	tcase_add_test(tcase, clearing_keeps_the_memory);
	tcase_add_test(tcase, truncating_cuts_the_end_off);
	tcase_add_test(tcase, truncating_to_more_is_a_bug);
	tcase_add_test(tcase, what_was_reserved_is_added_without_a_move);
	tcase_add_test(tcase, what_was_tried_is_added_without_a_move);
	tcase_add_test(tcase,
		       more_than_there_can_be_is_refused_and_changes_nothing);
	tcase_add_test(tcase, detached_memory_is_the_callers);
	tcase_add_test(tcase, an_empty_buffer_detaches_a_text_of_its_own);
	tcase_add_test(tcase, a_released_buffer_is_a_new_one);
	tcase_add_test(tcase, bytes_become_two_hexadecimal_digits_each);
	tcase_add_test(tcase, nobody_writes_into_the_common_empty_text);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
