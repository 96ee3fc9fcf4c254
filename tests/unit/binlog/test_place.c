/* The promise under test: a place is a word, and the word is the place again. */
#include "dbsync/binlog/place.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct log_place place;
static struct dbs_error error;

static void begin(void)
{
	place = (struct log_place)LOG_PLACE_INIT;
	error = (struct dbs_error){0};
}

static void end(void)
{
	log_place_release(&place);
}

START_TEST(words_come_back)
{
	static const char *const words[] = {
		"binlog.000001:4",
		"binlog.000042:5711+3@6b0e24e3.1",
		"my%20log%3A.1:18446744073709551614@0.17",
		"b.1:4294967300@ffffffff.cbecf2b8-ed27-11f1-aeec-02fc00000001"
		"~b.0:99",
		"gtid:",
		"gtid:cbecf2b8-ed27-11f1-aeec-02fc00000001:1-5:7,"
		"dbecf2b8-ed27-11f1-aeec-02fc00000001:1",
	};
	OWNED(buf_release) struct buf word = BUF_INIT;

	ck_assert_int_eq(log_place_read(words[_i], &place, &error), DBS_OK);
	log_place_write(&place, &word);
	ck_assert_str_eq(word.data, words[_i]);
}
END_TEST

START_TEST(others_are_refused)
{
	static const char *const words[] = {
		"",
		"a",
		":4",
		"a:",
		"a:3",
		"a:x",
		"a:4+",
		"a:4@",
		"a:4@1",
		"a:4@1.",
		"a:4~",
		"a:4~b",
		"a:4 ",
		"a%:4",
		"a%0:4",
		"a%00:4",
		"a:-4",
		"gtid:x",
		"a:4@1.z",
		"a:4@100000000.1",
		"a:18446744073709551615",
	};

	ck_assert_int_eq(log_place_read(words[_i], &place, &error),
			 DBS_E_USAGE);
	ck_assert_ptr_nonnull(
		strstr(error.text, "is not a place in a binary log"));
}
END_TEST

START_TEST(a_long_name_is_refused)
{
	char word[LOG_FILE_MOST + 8] = "";

	memset(word, 'a', LOG_FILE_MOST + 1);
	memcpy(word + LOG_FILE_MOST + 1, ":4", sizeof(":4"));
	ck_assert_int_eq(log_place_read(word, &place, &error), DBS_E_USAGE);
	ck_assert_int_eq(log_place_read(word + 1, &place, &error), DBS_OK);
}
END_TEST

START_TEST(later_files_are_behind)
{
	static const struct {
		struct log_point a, b;
		int order;
	} cases[] = {
		{{"b.000001", 4}, {"b.000001", 5}, -1},
		{{"b.000002", 4}, {"b.000001", 5}, 1},
		{{"b.999999", 9}, {"b.1000000", 4}, -1},
		{{"b.000001", 7}, {"b.000001", 7}, 0},
		{{"", 0}, {"b.1", 4}, -1},
	};
	const int order = log_point_order(&cases[_i].a, &cases[_i].b);

	ck_assert_int_eq(order < 0 ? -1 : order > 0, cases[_i].order);
}
END_TEST

START_TEST(a_set_is_encoded)
{
	/* what COM_BINLOG_DUMP_GTID of two servers' transactions has */
	static const unsigned char bytes[] =
		"\2\0\0\0\0\0\0\0"
		"\xcb\xec\xf2\xb8\xed\x27\x11\xf1\xae\xec\x02\xfc\0\0\0\1"
		"\2\0\0\0\0\0\0\0"
		"\1\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0"
		"\7\0\0\0\0\0\0\0\x8\0\0\0\0\0\0\0"
		"\xdb\xec\xf2\xb8\xed\x27\x11\xf1\xae\xec\x02\xfc\0\0\0\1"
		"\1\0\0\0\0\0\0\0"
		"\1\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0";
	OWNED(buf_release) struct buf set = BUF_INIT;

	ck_assert_int_eq(
		gtid_set_encode("cbecf2b8-ed27-11f1-aeec-02fc00000001:1-5:7,"
				"dbecf2b8-ed27-11f1-aeec-02fc00000001:1",
				&set, &error),
		DBS_OK);
	ck_assert_uint_eq(set.length, sizeof(bytes) - 1);
	ck_assert_mem_eq(set.data, bytes, set.length);
}
END_TEST

START_TEST(a_set_with_tags_is_encoded)
{
	static const unsigned char bytes[] =
		"\1\2\0\0\0\0\0\1"
		"\xcb\xec\xf2\xb8\xed\x27\x11\xf1\xae\xec\x02\xfc\0\0\0\1"
		"\0"
		"\1\0\0\0\0\0\0\0"
		"\1\0\0\0\0\0\0\0\6\0\0\0\0\0\0\0"
		"\xcb\xec\xf2\xb8\xed\x27\x11\xf1\xae\xec\x02\xfc\0\0\0\1"
		"\x6tag"
		"\1\0\0\0\0\0\0\0"
		"\2\0\0\0\0\0\0\0\3\0\0\0\0\0\0\0";
	OWNED(buf_release) struct buf set = BUF_INIT;

	ck_assert_int_eq(
		gtid_set_encode("cbecf2b8-ed27-11f1-aeec-02fc00000001:1-5:TAG:2",
				&set, &error),
		DBS_OK);
	ck_assert_uint_eq(set.length, sizeof(bytes) - 1);
	ck_assert_mem_eq(set.data, bytes, set.length);
}
END_TEST

START_TEST(a_set_that_is_none_is_refused)
{
	static const char *const sets[] = {
		"cbecf2b8-ed27-11f1-aeec-02fc00000001",
		"cbecf2b8-ed27-11f1-aeec-02fc00000001:",
		"cbecf2b8-ed27-11f1-aeec-02fc00000001:5-1",
		"cbecf2b8-ed27-11f1-aeec-02fc00000001:0",
		"cbecf2b8-ed27-11f1-aeec-02fc00000001:tag",
		"cbecf2b8-ed27-11f1-aeec-02fc00000001:t-g:1",
		"cbecf2b8:1",
	};
	OWNED(buf_release) struct buf set = BUF_INIT;

	ck_assert_int_eq(gtid_set_encode(sets[_i], &set, &error),
			 DBS_E_UNKNOWN);
	ck_assert_ptr_nonnull(strstr(error.text, "is not a set"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("place");
	TCase *tcase = tcase_create("place");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, words_come_back, 0, 6);
	tcase_add_loop_test(tcase, others_are_refused, 0, 21);
	tcase_add_test(tcase, a_long_name_is_refused);
	tcase_add_loop_test(tcase, later_files_are_behind, 0, 5);
	tcase_add_test(tcase, a_set_is_encoded);
	tcase_add_test(tcase, a_set_with_tags_is_encoded);
	tcase_add_loop_test(tcase, a_set_that_is_none_is_refused, 0, 7);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
