/*
 * The promise under test: rows that do not come in the order of their key end
 * the comparison, wherever in a stream they are, so that a server that gives
 * one row again and again is not read for ever.
 */
#include "dbsync/data/compare.h"

#include "fed_stream.h"
#include "model_samples.h"

#include <check.h>

enum { ROOM = 4096, WAY_INT = 10, WAY_UNSIGNED = 14 };

static const uint8_t no_rows[] = {WAY_INT, FED_NO_MORE};
static uint64_t taken;
static const char *target_columns; /* NULL: as the source's */

static enum dbs_rc count_change(void *self, const struct subject *subject,
				const struct change *change,
				struct dbs_error *err)
{
	(void)self;
	(void)subject;
	(void)change;
	(void)err;
	taken++;
	return DBS_OK;
}

/* Rows of an int, one behind the other, and no end where 0xff is left out. */
static size_t rows_of(const uint8_t *ids, size_t count, uint8_t out[ROOM])
{
	size_t length = 0;

	out[length++] = WAY_INT;
	for (size_t i = 0; i < count; i++) {
		const uint8_t row[] = {5, 0, ids[i], 0, 0, 0};

		ck_assert_uint_lt(length + sizeof(row), ROOM);
		memcpy(out + length, row, sizeof(row));
		length += sizeof(row);
	}
	return length;
}

static enum dbs_rc compare(struct conn source, struct conn target,
			   struct dbs_error *err)
{
	const struct sample_pair wanted = {.source_columns = "id int",
					   .source_keys = "PRIMARY(id)",
					   .target_columns = target_columns};
	struct arena *arena = arena_new();
	const struct pair *pair = sample_pair(arena, wanted);
	const struct subject subject = {
		.pair = pair,
		.projection[SOURCE] = projection_make(pair, SOURCE, "", 0),
		.projection[TARGET] = projection_make(pair, TARGET, "", 0),
	};
	const struct link link = {{&source, &target}, NULL};
	const struct sink sink = {.take = count_change};
	const struct cancel never = {false};
	const struct range all = {0};
	struct meter meter = {0};
	struct compare compare = {.link = &link,
				  .subject = &subject,
				  .sink = &sink,
				  .meter = &meter,
				  .cancel = &never};

	taken = 0;
	const enum dbs_rc rc = compare_stream(&compare, &all, err);

	arena_drop(&arena);
	return rc;
}

static struct conn fed(const uint8_t *bytes, size_t length)
{
	return (struct conn){bytes, bytes + length};
}

static enum dbs_rc compare_with_nothing(const uint8_t *ids, size_t count,
					enum side side, struct dbs_error *err)
{
	uint8_t bytes[ROOM];
	const struct conn rows = fed(bytes, rows_of(ids, count, bytes));
	const struct conn none = fed(no_rows, sizeof(no_rows));

	return side == SOURCE ? compare(rows, none, err)
			      : compare(none, rows, err);
}

START_TEST(rows_that_one_side_has_more_are_all_changes)
{
	struct dbs_error err = {0};

	ck_assert_int_eq(compare_with_nothing((uint8_t[]){1, 2, 9}, 3, _i,
					      &err),
			 DBS_OK);
	ck_assert_uint_eq(taken, 3);
}
END_TEST

START_TEST(a_key_that_comes_again_ends_them)
{
	struct dbs_error err = {0};

	ck_assert_int_eq(compare_with_nothing((uint8_t[]){1, 2, 2, 2, 3}, 5, _i,
					      &err),
			 DBS_E_STRANGE);
	ck_assert_uint_eq(taken, 2);
	ck_assert_str_eq(err.text, "two rows of `t` for one key");
}
END_TEST

START_TEST(a_key_that_descends_ends_them)
{
	struct dbs_error err = {0};

	ck_assert_int_eq(compare_with_nothing((uint8_t[]){1, 5, 4}, 3, _i,
					      &err),
			 DBS_E_UNKNOWN);
	ck_assert_uint_eq(taken, 2);
	ck_assert_msg(strstr(err.text, "order"), "%s", err.text);
}
END_TEST

START_TEST(a_key_that_comes_again_before_those_of_the_other_side_ends_them)
{
	struct dbs_error err = {0};
	uint8_t many[ROOM];
	uint8_t one[ROOM];
	const size_t many_length = rows_of((uint8_t[]){1, 1, 1}, 3, many);
	const size_t one_length = rows_of((uint8_t[]){7}, 1, one);

	ck_assert_int_eq(compare(fed(many, many_length), fed(one, one_length),
				 &err),
			 DBS_E_STRANGE);
	ck_assert_uint_eq(taken, 1);
}
END_TEST

/* Whichever side has the other order: no row is both missing and superfluous. */
START_TEST(a_row_that_both_sides_have_in_two_places_ends_them)
{
	struct dbs_error err = {0};
	uint8_t here[ROOM];
	uint8_t there[ROOM];
	const size_t length = rows_of((uint8_t[]){3, 1, 4}, 3, here);
	const struct conn odd = fed(here, length);
	const struct conn right = fed(there,
				      rows_of((uint8_t[]){1, 3, 4}, 3, there));

	ck_assert_int_eq(_i == SOURCE ? compare(odd, right, &err)
				      : compare(right, odd, &err),
			 DBS_E_UNKNOWN);
	ck_assert_uint_eq(taken, 1);
	ck_assert_msg(strstr(err.text, "orders"), "%s", err.text);
}
END_TEST

/* What each server sends is held against its own columns. */
START_TEST(sides_of_different_types_are_each_read_as_their_own)
{
	struct dbs_error err = {0};
	uint8_t here[ROOM];
	uint8_t there[ROOM];
	const uint8_t ids[] = {1, 2, 3};
	const struct conn source = fed(here, rows_of(ids, 3, here));
	const struct conn target = fed(there, rows_of(ids, 2, there));

	target_columns = "id int unsigned";
	there[0] = WAY_UNSIGNED;
	const enum dbs_rc rc = compare(source, target, &err);
	const uint64_t found = taken;
	const enum dbs_rc other = compare(target, source, &err);

	target_columns = NULL;
	ck_assert_msg(rc == DBS_OK, "%s", err.text);
	ck_assert_uint_eq(found, 1);
	ck_assert_int_eq(other, DBS_E_STRANGE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compare_stream");
	TCase *order = tcase_create("order");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(order, rows_that_one_side_has_more_are_all_changes,
			    0, 2);
	tcase_add_loop_test(order, a_key_that_comes_again_ends_them, 0, 2);
	tcase_add_loop_test(order, a_key_that_descends_ends_them, 0, 2);
	tcase_add_test(
		order,
		a_key_that_comes_again_before_those_of_the_other_side_ends_them);
	tcase_add_loop_test(order,
			    a_row_that_both_sides_have_in_two_places_ends_them,
			    0, 2);
	tcase_add_test(order,
		       sides_of_different_types_are_each_read_as_their_own);
	suite_add_tcase(suite, order);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
