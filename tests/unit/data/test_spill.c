/*
 * The promise under test: everything that was added comes back, sorted, by its
 * leading bits, whether it was held in memory or in files.
 */
#include "dbsync/data/spill.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 3000, LAST = SPILL_PARTS - 1 };

/* What the leading bits of a part count. */
static const uint64_t span = UINT64_MAX / SPILL_PARTS + 1;

static struct spill *spill;
static struct vec part;
static struct dbs_error err;

static void begin(void)
{
	part = (struct vec)VEC_INIT(struct hash);
	err = (struct dbs_error){0};
}

static void end(void)
{
	spill_drop(&spill);
	vec_release(&part);
}

/* The same numbers in every run. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state ^ *state >> 29;
}

/* Few values of each half, so that some hashes are equal. */
static struct hash hash_at(size_t i)
{
	uint64_t state = i % (COUNT / 2) * 7919 + 1;
	const uint64_t high = next_random(&state) & 0xff000000000000ffu;

	return (struct hash){high, next_random(&state) & 3};
}

static void add(uint64_t high, uint64_t low)
{
	ck_assert_int_eq(spill_add(spill, (struct hash){high, low}, &err),
			 DBS_OK);
}

static void sort(unsigned number)
{
	ck_assert_int_eq(spill_sort(spill, number, &part, &err), DBS_OK);
}

/* What spill should give, made without it. */
static void expect_all(struct hash *expected, size_t count)
{
	size_t at = 0;

	qsort(expected, count, sizeof(*expected), hash_order);
	for (unsigned i = 0; i < SPILL_PARTS; i++) {
		sort(i);
		ck_assert_uint_le(at + part.count, count);
		if (part.count)
			ck_assert_mem_eq(part.items, expected + at,
					 part.count * sizeof(*expected));
		at += part.count;
	}
	ck_assert_uint_eq(at, count);
}

/* In bytes: files for every hash, for every second, for some, for none. */
static const size_t limits[] = {0, 1, 16, 32, 1000, 16000, 1 << 20};

START_TEST(everything_comes_back_sorted_whatever_the_memory)
{
	static struct hash hashes[COUNT];

	spill = spill_new(limits[_i]);
	for (size_t i = 0; i < COUNT; i++) {
		hashes[i] = hash_at(i);
		add(hashes[i].high, hashes[i].low);
	}
	expect_all(hashes, COUNT);
}
END_TEST

START_TEST(a_part_has_the_hashes_of_its_leading_bits)
{
	spill = spill_new(limits[_i]);
	add(2 * span - 1, 1);
	add(2 * span, 2);
	add(0, 3);
	add(UINT64_MAX, 4);
	sort(1);
	ck_assert_uint_eq(part.count, 1);
	ck_assert_uint_eq(((struct hash *)vec_at(&part, 0))->low, 1);
	sort(0);
	ck_assert_uint_eq(((struct hash *)vec_at(&part, 0))->low, 3);
	sort(LAST);
	ck_assert_uint_eq(((struct hash *)vec_at(&part, 0))->low, 4);
	sort(3);
	ck_assert_uint_eq(part.count, 0);
}
END_TEST

START_TEST(equal_hashes_are_all_kept)
{
	spill = spill_new(limits[_i]);
	for (int i = 0; i < 100; i++)
		add(7, 7);
	sort(0);
	ck_assert_uint_eq(part.count, 100);
}
END_TEST

START_TEST(sorting_replaces_what_the_array_held)
{
	spill = spill_new(limits[_i]);
	add(5, 0);
	add(UINT64_MAX, 0);
	sort(0);
	sort(LAST);
	ck_assert_uint_eq(part.count, 1);
	ck_assert_uint_eq(((struct hash *)vec_at(&part, 0))->high, UINT64_MAX);
}
END_TEST

START_TEST(more_may_be_added_after_sorting)
{
	spill = spill_new(limits[_i]);
	add(3, 0);
	add(1, 0);
	sort(0);
	add(2, 0);
	add(4, 0);
	sort(0);
	ck_assert_uint_eq(part.count, 4);
	for (size_t i = 0; i < 4; i++)
		ck_assert_uint_eq(((struct hash *)vec_at(&part, i))->high,
				  i + 1);
}
END_TEST

START_TEST(files_are_where_the_user_wants_them)
{
	ck_assert_int_eq(setenv("TMPDIR", "/dev/null", 1), 0);
	spill = spill_new(0);
	ck_assert_int_eq(spill_add(spill, (struct hash){1, 1}, &err), DBS_E_IO);
	ck_assert_ptr_nonnull(strstr(err.text, "`/dev/null` (TMPDIR)"));
	ck_assert_int_eq(unsetenv("TMPDIR"), 0);
}
END_TEST

START_TEST(nothing_added_is_nothing_given)
{
	spill = spill_new(0);
	for (unsigned i = 0; i < SPILL_PARTS; i++) {
		sort(i);
		ck_assert_uint_eq(part.count, 0);
	}
	spill_drop(&spill);
	ck_assert_ptr_null(spill);
	spill_drop(&spill);
}
END_TEST

START_TEST(hashes_are_ordered_as_numbers_of_128_bits)
{
	static const struct hash ascending[] = {
		{0, 0}, {0, 1},          {0, UINT64_MAX},          {1, 0},
		{1, 1}, {UINT64_MAX, 0}, {UINT64_MAX, UINT64_MAX},
	};
	const size_t count = sizeof(ascending) / sizeof(*ascending);

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < count; k++) {
			const int order = hash_order(&ascending[i],
						     &ascending[k]);

			ck_assert_int_eq((order > 0) - (order < 0),
					 (i > k) - (i < k));
		}
}
END_TEST

#ifdef DBSYNC_FAULTS

/* In a program of its own: the wish is read once per process. */
static int meet_a_full_disk(void)
{
	spill = spill_new(0);
	const enum dbs_rc rc = spill_add(spill, (struct hash){1, 1}, &err);

	const bool is_told = rc == DBS_E_IO && err.code == rc &&
			     err.sys_errno && strstr(err.text, "TMPDIR");

	spill_drop(&spill);
	return is_told ? EXIT_SUCCESS : EXIT_FAILURE;
}

START_TEST(a_file_that_cannot_be_written_is_an_error_of_the_system)
{
	int status = 0;
	const pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (!child) {
		(void)setenv("DBSYNC_FAULT", "data.spill:1:error", 1);
		(void)execl("/proc/self/exe", "spill", "full", (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

#endif

/* What the program is when it is called with a word. */
static int run_as(const char *word)
{
#ifdef DBSYNC_FAULTS
	if (!strcmp(word, "full"))
		return meet_a_full_disk();
#endif
	(void)fprintf(stderr, "there is no `%s`\n", word);
	return EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return run_as(argv[1]);
	Suite *suite = suite_create("spill");
	TCase *tcase = tcase_create("spill");
	SRunner *runner = srunner_create(suite);
	const int count = sizeof(limits) / sizeof(*limits);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase,
			    everything_comes_back_sorted_whatever_the_memory, 0,
			    count);
	tcase_add_loop_test(tcase, a_part_has_the_hashes_of_its_leading_bits, 0,
			    count);
	tcase_add_loop_test(tcase, equal_hashes_are_all_kept, 0, count);
	tcase_add_loop_test(tcase, sorting_replaces_what_the_array_held, 0,
			    count);
	tcase_add_loop_test(tcase, more_may_be_added_after_sorting, 0, count);
	tcase_add_test(tcase, files_are_where_the_user_wants_them);
	tcase_add_test(tcase, nothing_added_is_nothing_given);
	tcase_add_test(tcase, hashes_are_ordered_as_numbers_of_128_bits);
#ifdef DBSYNC_FAULTS
	tcase_add_test(tcase,
		       a_file_that_cannot_be_written_is_an_error_of_the_system);
#endif
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
