/*
 * The promise under test: pieces of an arena are aligned, empty and their
 * own; what outsiders size has a limit; and a process without memory ends
 * with a status of its own.
 */
#include "dbsync/base/mem.h"

#include "death.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGN = 16, MANY = 5000 };

static struct arena *arena;
static struct dbs_error err;

/* Under a sanitizer, too much memory is NULL and not the end. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void begin(void)
{
	arena = arena_new();
	err = (struct dbs_error){0};
}

static void end(void)
{
	arena_drop(&arena);
}

static void expect_all(const void *piece, unsigned char byte, size_t size)
{
	const unsigned char *bytes = piece;

	size_t same = 0;

	while (same < size && bytes[same] == byte)
		same++;
	ck_assert_uint_eq(same, size);
}

START_TEST(pieces_of_an_arena_are_aligned_for_anything)
{
	for (size_t size = 0; size < 300; size++)
		ck_assert_uint_eq((uintptr_t)arena_alloc(arena, size) % ALIGN,
				  0);
}
END_TEST

START_TEST(pieces_of_an_arena_are_zeroed)
{
	for (size_t size = 0; size < 300; size++) {
		unsigned char *piece = arena_alloc(arena, size);

		expect_all(piece, 0, size);
		memset(piece, 0xff, size);
	}
}
END_TEST

START_TEST(pieces_of_an_arena_do_not_overlap)
{
	static unsigned char *pieces[MANY];

	for (size_t i = 0; i < MANY; i++) {
		pieces[i] = arena_alloc(arena, i % 97);
		memset(pieces[i], (int)(i % 251), i % 97);
	}
	for (size_t i = 0; i < MANY; i++)
		expect_all(pieces[i], (unsigned char)(i % 251), i % 97);
}
END_TEST

START_TEST(a_piece_may_be_larger_than_any_block)
{
	const size_t large = (size_t)5 << 20;
	char *before = arena_strdup(arena, "before");
	unsigned char *first = arena_alloc(arena, large);
	unsigned char *second = arena_alloc(arena, large + 1);

	memset(first, 1, large);
	memset(second, 2, large + 1);
	char *after = arena_strdup(arena, "after");

	expect_all(first, 1, large);
	expect_all(second, 2, large + 1);
	ck_assert_str_eq(before, "before");
	ck_assert_str_eq(after, "after");
}
END_TEST

START_TEST(sizes_around_a_block_fit)
{
	for (size_t size = 4000; size < 4200; size++) {
		struct arena *fresh = arena_new();

		memset(arena_alloc(fresh, size), 1, size);
		memset(arena_alloc(fresh, size), 2, size);
		arena_drop(&fresh);
	}
}
END_TEST

START_TEST(texts_of_an_arena_are_copies)
{
	char text[] = "orders";
	char *whole = arena_strdup(arena, text);
	char *part = arena_strndup(arena, text, 3);

	memset(text, 'x', sizeof(text) - 1);
	ck_assert_str_eq(whole, "orders");
	ck_assert_str_eq(part, "ord");
	ck_assert_str_eq(arena_strndup(arena, "", 0), "");
	ck_assert_mem_eq(arena_strndup(arena, "a\0b", 3), "a\0b", 4);
}
END_TEST

START_TEST(a_formatted_text_has_any_length)
{
	char *text = arena_printf(arena, "%0*d|%s", 9000, 7, "end");

	ck_assert_uint_eq(strlen(text), 9004);
	ck_assert_str_eq(text + 8999, "7|end");
	ck_assert_str_eq(arena_printf(arena, "%s", ""), "");
}
END_TEST

START_TEST(dropping_an_arena_leaves_null_and_may_be_repeated)
{
	struct arena *fresh = arena_new();

	arena_drop(&fresh);
	ck_assert_ptr_null(fresh);
	arena_drop(&fresh);
}
END_TEST

START_TEST(memory_up_to_the_limit_is_given)
{
	void *mem = NULL;

	ck_assert_int_eq(mem_try(&mem, 100, 100, "a row", &err), DBS_OK);
	memset(mem, 'a', 100);
	ck_assert_int_eq(mem_try(&mem, 5000, 5000, "a row", &err), DBS_OK);
	expect_all(mem, 'a', 100);
	ck_assert_int_eq(err.code, DBS_OK);
	mem_drop(&mem);
}
END_TEST

START_TEST(memory_above_the_limit_is_refused_and_the_old_kept)
{
	void *mem = mem_strdup("old");
	void *before = mem;

	ck_assert_int_eq(mem_try(&mem, 101, 100, "a row", &err), DBS_E_LIMIT);
	ck_assert_ptr_eq(mem, before);
	ck_assert_str_eq(mem, "old");
	ck_assert_str_eq(err.text,
			 "a row needs 101 bytes, at most 100 are allowed");
	mem_drop(&mem);
}
END_TEST

START_TEST(memory_that_is_not_there_is_refused_and_the_old_kept)
{
	void *mem = mem_strdup("old");

	ck_assert_int_eq(mem_try(&mem, SIZE_MAX / 4, SIZE_MAX, "a row", &err),
			 DBS_E_LIMIT);
	ck_assert_str_eq(mem, "old");
	ck_assert_ptr_nonnull(strstr(err.text, "there is no memory left"));
	mem_drop(&mem);
}
END_TEST

START_TEST(no_bytes_at_all_are_memory_too)
{
	void *mem = NULL;
	void *none = mem_alloc(0);
	void *zero = mem_zero(0, 8);

	ck_assert_int_eq(mem_try(&mem, 0, 0, "a row", &err), DBS_OK);
	ck_assert_ptr_nonnull(mem);
	ck_assert_ptr_nonnull(none);
	ck_assert_ptr_nonnull(zero);
	mem_drop(&mem);
	mem_drop(&none);
	mem_drop(&zero);
}
END_TEST

START_TEST(small_pieces_are_zeroed_grown_and_copied)
{
	unsigned char *zero = mem_zero(7, 11);
	char *text = mem_strndup("abcdef", 3);

	expect_all(zero, 0, 77);
	text = mem_grow(text, 1000);
	ck_assert_str_eq(text, "abc");
	mem_drop(&zero);
	mem_drop(&text);
	ck_assert_ptr_null(text);
	mem_drop(&text);
}
END_TEST

START_TEST(a_wiped_secret_is_gone)
{
	char secret[] = "hunter2";

	mem_wipe(secret, strlen(secret));
	expect_all(secret, 0, sizeof(secret));
	mem_wipe(NULL, 0);
}
END_TEST

static void want_too_much(void *self)
{
	const size_t *size = self;

	(void)mem_alloc(*size);
}

START_TEST(a_process_without_memory_ends_with_status_70)
{
	size_t size = SIZE_MAX / 4;
	struct death death;

	death_of(want_too_much, &size, &death);
	ck_assert(WIFEXITED(death.status));
	ck_assert_int_eq(WEXITSTATUS(death.status), 70);
	ck_assert_ptr_nonnull(strstr(death.text, "dbsync: out of memory"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("mem");
	TCase *tcase = tcase_create("mem");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, pieces_of_an_arena_are_aligned_for_anything);
	tcase_add_test(tcase, pieces_of_an_arena_are_zeroed);
	tcase_add_test(tcase, pieces_of_an_arena_do_not_overlap);
	tcase_add_test(tcase, a_piece_may_be_larger_than_any_block);
	tcase_add_test(tcase, sizes_around_a_block_fit);
	tcase_add_test(tcase, texts_of_an_arena_are_copies);
	tcase_add_test(tcase, a_formatted_text_has_any_length);
	tcase_add_test(tcase,
		       dropping_an_arena_leaves_null_and_may_be_repeated);
	tcase_add_test(tcase, memory_up_to_the_limit_is_given);
	tcase_add_test(tcase,
		       memory_above_the_limit_is_refused_and_the_old_kept);
	tcase_add_test(tcase,
		       memory_that_is_not_there_is_refused_and_the_old_kept);
	tcase_add_test(tcase, no_bytes_at_all_are_memory_too);
	tcase_add_test(tcase, small_pieces_are_zeroed_grown_and_copied);
	tcase_add_test(tcase, a_wiped_secret_is_gone);
	tcase_add_test(tcase, a_process_without_memory_ends_with_status_70);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
