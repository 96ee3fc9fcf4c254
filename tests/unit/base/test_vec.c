/*
 * The promise under test: items survive growth, new ones are zero even where
 * old ones were, and an index out of range is noticed.
 */
#include "dbsync/base/vec.h"

#include "death.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct item {
	uint64_t number;
	char tail[13]; /* an odd size */
};

static struct vec vec;

static void begin(void)
{
	vec = (struct vec)VEC_INIT(struct item);
}

static void end(void)
{
	vec_release(&vec);
}

static void push(uint64_t number)
{
	struct item *item = vec_push(&vec);

	item->number = number;
	memset(item->tail, (int)(number % 127), sizeof(item->tail));
}

START_TEST(a_new_array_has_no_items)
{
	ck_assert_uint_eq(vec.count, 0);
	ck_assert_uint_eq(vec.item_size, sizeof(struct item));
	vec_truncate(&vec, 0);
}
END_TEST

static int order(const void *key, const void *item)
{
	const uint64_t wanted = *(const uint64_t *)key;
	const uint64_t is = ((const struct item *)item)->number;

	return (wanted > is) - (wanted < is);
}

/* Whatever comes in whatever order is there once, in order. */
START_TEST(items_are_found_where_they_are_inserted)
{
	bool is_found = false;

	for (uint64_t i = 0; i < 3000; i++) {
		const uint64_t number = i * 7919 % 1000;
		const size_t at = vec_search(&vec, &number, order, &is_found);

		ck_assert_int_eq(is_found, i >= 1000);
		if (!is_found)
			((struct item *)vec_insert(&vec, at))->number = number;
		ck_assert_uint_eq(((struct item *)vec_at(&vec, at))->number,
				  number);
	}
	ck_assert_uint_eq(vec.count, 1000);
	for (size_t i = 0; i < 1000; i++)
		ck_assert_uint_eq(((struct item *)vec_at(&vec, i))->number, i);
	const uint64_t last = 5000;

	ck_assert_uint_eq(vec_search(&vec, &last, order, &is_found), 1000);
	ck_assert(!is_found);
}
END_TEST

START_TEST(items_survive_growth)
{
	for (uint64_t i = 0; i < 5000; i++)
		push(i);
	ck_assert_uint_eq(vec.count, 5000);
	for (size_t i = 0; i < 5000; i++) {
		const struct item *item = vec_at(&vec, i);

		ck_assert_uint_eq(item->number, i);
		ck_assert_int_eq(item->tail[12], (char)(i % 127));
	}
}
END_TEST

START_TEST(a_new_item_is_zero_where_an_old_one_was)
{
	static const struct item zero;

	push(UINT64_MAX);
	push(UINT64_MAX);
	vec_truncate(&vec, 0);
	ck_assert_mem_eq(vec_push(&vec), &zero, sizeof(zero));
	ck_assert_mem_eq(vec_push(&vec), &zero, sizeof(zero));
	ck_assert_mem_eq(vec_push(&vec), &zero, sizeof(zero));
}
END_TEST

START_TEST(truncating_keeps_the_first_items_and_the_memory)
{
	for (uint64_t i = 0; i < 20; i++)
		push(i);
	const void *items = vec.items;

	vec_truncate(&vec, 3);
	ck_assert_uint_eq(vec.count, 3);
	ck_assert_ptr_eq(vec.items, items);
	ck_assert_uint_eq(((struct item *)vec_at(&vec, 2))->number, 2);
}
END_TEST

START_TEST(a_released_array_is_a_new_one)
{
	push(1);
	vec_release(&vec);
	ck_assert_uint_eq(vec.count, 0);
	vec_release(&vec);
	push(2);
	ck_assert_uint_eq(((struct item *)vec_at(&vec, 0))->number, 2);
}
END_TEST

static void look_behind(void *self)
{
	(void)self;
	(void)vec_at(&vec, vec.count);
}

static void lengthen(void *self)
{
	(void)self;
	vec_truncate(&vec, vec.count + 1);
}

START_TEST(an_index_out_of_range_is_a_bug)
{
	expect_bug(look_behind, NULL, "item 0 of 0");
	push(1);
	expect_bug(look_behind, NULL, "item 1 of 1");
}
END_TEST

START_TEST(truncating_to_more_is_a_bug)
{
	push(1);
	expect_bug(lengthen, NULL, "truncating 1 items to 2");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("vec");
	TCase *tcase = tcase_create("vec");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_new_array_has_no_items);
	tcase_add_test(tcase, items_survive_growth);
	tcase_add_test(tcase, items_are_found_where_they_are_inserted);
	tcase_add_test(tcase, a_new_item_is_zero_where_an_old_one_was);
	tcase_add_test(tcase, truncating_keeps_the_first_items_and_the_memory);
	tcase_add_test(tcase, a_released_array_is_a_new_one);
	tcase_add_test(tcase, an_index_out_of_range_is_a_bug);
	tcase_add_test(tcase, truncating_to_more_is_a_bug);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
