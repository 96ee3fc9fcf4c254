/*
 * The promise under test: equal texts give nothing; otherwise the hunks, taken
 * as instructions, make the second text out of the first.
 */
#include "dbsync/base/diff.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	const char *before;
	const char *after;
	const char *diff;
} samples[] = {
	{"", "", ""},
	{"a\nb\n", "a\nb\n", ""},
	{"a\nb", "a\nb\n", ""},
	{"a\n", "", "@@ -1,1 +0,0 @@\n-a\n"},
	{"", "a\n", "@@ -0,0 +1,1 @@\n+a\n"},
	{"a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n"},
	{"1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
	 "@@ -6,3 +6,4 @@\n 6\n 7\n 8\n+9\n"},
	{"1\n2\n3\n4\n5\n6\n7\n8\n9\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n",
	 "@@ -1,3 +1,4 @@\n+0\n 1\n 2\n 3\n@@ -6,4 +7,3 @@\n 6\n 7\n 8\n-9\n"},
	{"1\n2\n3\n4\n5\n6\n7\n", "0\n1\n2\n3\n4\n5\n6\n",
	 "@@ -1,7 +1,7 @@\n+0\n 1\n 2\n 3\n 4\n 5\n 6\n-7\n"},
};

START_TEST(the_hunks_are_those_of_diff)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	diff_unified(&out, samples[_i].before, samples[_i].after);
	ck_assert_str_eq(out.data, samples[_i].diff);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state >> 33;
}

static void random_text(struct buf *out, uint64_t *state)
{
	const size_t lines = next_random(state) % 30;

	for (size_t i = 0; i < lines; i++)
		buf_addf(out, "%c\n", 'a' + (int)(next_random(state) % 4));
}

/* The next line of a text, which is stepped over; one letter each. */
static char take_line(const char **at)
{
	const char letter = **at;

	ck_assert(letter != '\0');
	*at += 2;
	return letter;
}

/* Applies hunks to before; what a patch that does not fit would do fails. */
static void patch(const char *before, const char *diff, struct buf *out)
{
	const char *at = before;
	size_t line = 1;

	while (*diff) {
		size_t start = 0;
		size_t count = 0;

		ck_assert_int_eq(sscanf(diff, "@@ -%zu,%zu ", &start, &count),
				 2);
		start += count == 0;
		for (; line < start; line++)
			buf_addf(out, "%c\n", take_line(&at));
		for (diff = strchr(diff, '\n') + 1; *diff && *diff != '@';
		     diff += 3) {
			if (*diff != '+') {
				ck_assert_int_eq(take_line(&at), diff[1]);
				line++;
			}
			if (*diff != '-')
				buf_addf(out, "%c\n", diff[1]);
		}
	}
	buf_adds(out, at);
}

START_TEST(hunks_make_the_second_text_of_the_first)
{
	uint64_t state = (uint64_t)_i + 1;
	OWNED(buf_release) struct buf before = BUF_INIT;
	OWNED(buf_release) struct buf after = BUF_INIT;
	OWNED(buf_release) struct buf diff = BUF_INIT;
	OWNED(buf_release) struct buf made = BUF_INIT;

	random_text(&before, &state);
	random_text(&after, &state);
	diff_unified(&diff, before.data, after.data);
	patch(before.data, diff.data, &made);
	ck_assert_str_eq(made.data, after.data);
}
END_TEST

START_TEST(texts_too_long_for_the_table_are_still_told_right)
{
	OWNED(buf_release) struct buf before = BUF_INIT;
	OWNED(buf_release) struct buf after = BUF_INIT;
	OWNED(buf_release) struct buf diff = BUF_INIT;
	OWNED(buf_release) struct buf made = BUF_INIT;

	for (int i = 0; i < 3000; i++) {
		buf_addf(&before, "%c\n", 'a' + i % 7);
		buf_addf(&after, "%c\n", 'A' + i % 5);
	}
	diff_unified(&diff, before.data, after.data);
	patch(before.data, diff.data, &made);
	ck_assert_str_eq(made.data, after.data);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diff");
	TCase *tcase = tcase_create("diff");
	SRunner *runner = NULL;

	tcase_add_loop_test(tcase, the_hunks_are_those_of_diff, 0,
			    (int)COUNT(samples));
	tcase_add_loop_test(tcase, hunks_make_the_second_text_of_the_first, 0,
			    500);
	tcase_add_test(tcase,
		       texts_too_long_for_the_table_are_still_told_right);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
