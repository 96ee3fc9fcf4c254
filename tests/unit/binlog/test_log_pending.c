/*
 * The promise under test: the changes of a transaction come back as they were
 * added, however many bytes they are, and what is rolled back does not, unless
 * its table cannot roll back; also across the border between file and memory.
 */
#include "dbsync/binlog/log_pending.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 60, LARGE = 700 * 1000 }; /* together more than memory takes */

static const struct log_table keeps = {.name = "keeps"};
static const struct log_table goes = {.name = "goes", .is_transactional = true};

static struct log_pending *pending;
static struct dbs_error error;
static char *large;
static struct buf seen; /* a letter for each that came back */

static void begin(void)
{
	pending = log_pending_new();
	error = (struct dbs_error){0};
	large = mem_zero(LARGE, 1);
	seen = (struct buf)BUF_INIT;
}

static void end(void)
{
	log_pending_drop(&pending);
	mem_drop(&large);
	buf_release(&seen);
}

/* Its bytes are all the same letter. */
static void add(const struct log_table *table, char letter, size_t size)
{
	memset(large, letter, size);
	const struct logged item = {
		.kind = LOGGED_UPDATE,
		.time = 7,
		.table = table,
		.before = {large, size / 3},
		.after = {large, size - size / 3},
	};

	ck_assert_int_eq(log_pending_add(pending, &item, &error), DBS_OK);
}

static void check_bytes(struct values values, char letter)
{
	for (size_t i = 0; i < values.length; i++)
		if (values.data[i] != letter)
			ck_abort_msg("byte %zu is %d, not %d", i,
				     values.data[i], letter);
}

static enum dbs_rc take(void *self, const struct logged *item, bool is_last,
			struct dbs_error *err)
{
	const size_t *count = self;

	(void)err;
	const char letter = *item->after.data;

	check_bytes(item->before, letter);
	check_bytes(item->after, letter);
	ck_assert_uint_eq(item->time, 7);
	ck_assert_ptr_eq(item->table, letter >= 'a' ? &goes : &keeps);
	buf_addc(&seen, letter);
	ck_assert_int_eq(is_last, seen.length == *count);
	return DBS_OK;
}

static void check_all(const char *letters)
{
	size_t count = strlen(letters);

	buf_clear(&seen);
	ck_assert_int_eq(log_pending_each(pending, take, &count, &error),
			 DBS_OK);
	ck_assert_str_eq(count ? seen.data : "", letters);
	ck_assert_int_eq(log_pending_is_empty(pending), !count);
}

static void roll_back(const char *name)
{
	ck_assert_int_eq(log_pending_rollback(pending, name, &error), DBS_OK);
}

START_TEST(they_come_back_in_order)
{
	check_all("");
	add(&goes, 'a', 10);
	add(&keeps, 'A', 10);
	check_all("aA");
	check_all("aA");
	log_pending_clear(pending);
	check_all("");
}
END_TEST

START_TEST(many_bytes_come_back)
{
	OWNED(buf_release) struct buf letters = BUF_INIT;

	for (unsigned i = 0; i < MANY; i++) {
		const char letter = (char)('a' + i % 26);

		add(&goes, letter, i % 3 ? LARGE - i : 10);
		buf_addc(&letters, letter);
	}
	check_all(letters.data);
	log_pending_clear(pending);
	add(&goes, 'z', 10);
	check_all("z");
}
END_TEST

START_TEST(a_savepoint_of_the_same_name_replaces_the_first)
{
	log_pending_savepoint(pending, "s");
	add(&goes, 'a', 10);
	log_pending_savepoint(pending, "s");
	add(&goes, 'b', 10);
	roll_back("s");
	check_all("a");
	/* it stays */
	add(&goes, 'c', 10);
	roll_back("s");
	check_all("a");
}
END_TEST

START_TEST(savepoints_have_letters_beyond_ascii)
{
	log_pending_savepoint(pending, "first \xc3\xa4");
	add(&goes, 'a', 10);
	log_pending_savepoint(pending, "first \xc3\xa4");
	add(&goes, 'b', 10);
	log_pending_savepoint(pending, "first");
	log_pending_savepoint(pending, "first ");
	log_pending_savepoint(pending, "last\xc3\xa4 \xc3\xa4");
	log_pending_savepoint(pending, "first \xc3\xa4\xc3\xa4");
	add(&goes, 'c', 10);
	roll_back("first \xc3\xa4");
	check_all("a");
}
END_TEST

/* The name of one that is set, of one to go back to, whether servers differ. */
static const struct {
	const char *set, *back;
	bool is_open;
} likes[] = {
	{"\xc3\xa4", "\xc3\x84", true},
	{"\xc3\xa4", "a", true},
	{"x\xc3\x9f", "xs", true},
	{"\xe2\x84\xaa", "k", true},
	{"x\xc3\x9f", "xss", false},
	{"x\xc3\xa4", "y\xc3\xa4", false},
	{"{", "[", false},
	{"s", "s ", false},
	{"s", "sa", false},
	{"", "s", false},
};

START_TEST(letters_beyond_ascii_leave_open_which_savepoint_it_is)
{
	log_pending_savepoint(pending, likes[_i].back);
	add(&goes, 'a', 10);
	log_pending_savepoint(pending, likes[_i].set);
	add(&goes, 'b', 10);
	if (!likes[_i].is_open) {
		roll_back(likes[_i].back);
		check_all("");
		return;
	}
	ck_assert_int_eq(log_pending_rollback(pending, likes[_i].back, &error),
			 DBS_E_STRANGE);
	ck_assert_msg(strstr(error.text, "the same one depends on the server"),
		      "%s", error.text);
	roll_back(likes[_i].set);
	check_all("a");
}
END_TEST

START_TEST(later_savepoints_go_with_an_earlier_one)
{
	add(&goes, 'a', 10);
	log_pending_savepoint(pending, "s");
	add(&goes, 'b', 10);
	log_pending_savepoint(pending, "t");
	roll_back("s");
	ck_assert_int_eq(log_pending_rollback(pending, "t", &error),
			 DBS_E_STRANGE);
	check_all("a");
	roll_back(NULL);
	check_all("");
	error = (struct dbs_error){0};
	ck_assert_int_eq(log_pending_rollback(pending, "s", &error),
			 DBS_E_STRANGE);
}
END_TEST

START_TEST(what_cannot_roll_back_stays)
{
	add(&goes, 'a', 10);
	add(&keeps, 'A', 10);
	log_pending_savepoint(pending, "s");
	add(&goes, 'b', 10);
	add(&keeps, 'B', 10);
	roll_back("s");
	check_all("aAB");
	roll_back(NULL);
	check_all("AB");
}
END_TEST

/* A savepoint behind each; back to the _i-th, wherever it lies. */
START_TEST(savepoints_lie_in_the_file_or_in_memory)
{
	OWNED(buf_release) struct buf letters = BUF_INIT;
	char name[16];

	for (int i = 0; i < MANY; i++) {
		const bool is_lasting = i % 7 == 0;
		const char letter = (char)((is_lasting ? 'A' : 'a') + i % 26);

		add(is_lasting ? &keeps : &goes, letter, LARGE);
		if (i <= _i || is_lasting)
			buf_addc(&letters, letter);
		(void)snprintf(name, sizeof(name), "s%d", i);
		log_pending_savepoint(pending, name);
	}
	(void)snprintf(name, sizeof(name), "s%d", _i);
	roll_back(name);
	check_all(letters.data);
	for (int i = 0; i < 30; i++) {
		add(&goes, 'z', LARGE);
		buf_addc(&letters, 'z');
	}
	check_all(letters.data);
	roll_back(name);
	buf_truncate(&letters, letters.length - 30);
	check_all(letters.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log_pending");
	TCase *tcase = tcase_create("log_pending");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, they_come_back_in_order);
	tcase_add_test(tcase, many_bytes_come_back);
	tcase_add_test(tcase, a_savepoint_of_the_same_name_replaces_the_first);
	tcase_add_test(tcase, savepoints_have_letters_beyond_ascii);
	tcase_add_loop_test(
		tcase, letters_beyond_ascii_leave_open_which_savepoint_it_is, 0,
		sizeof(likes) / sizeof(*likes));
	tcase_add_test(tcase, later_savepoints_go_with_an_earlier_one);
	tcase_add_test(tcase, what_cannot_roll_back_stays);
	tcase_add_loop_test(tcase, savepoints_lie_in_the_file_or_in_memory, 22,
			    26);
	suite_add_tcase(suite, tcase);
	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
