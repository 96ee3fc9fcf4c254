/*
 * The promise under test: rows of the two sides have one hash if and only if
 * all their columns are the same, whatever the types and the wires.
 */
#include "dbsync/data/row_hash.h"

#include "model_samples.h"
#include "value_samples.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 8 };

static struct arena *arena;
static struct buf scratch;

static void begin(void)
{
	arena = arena_new();
	scratch = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&scratch);
	arena_drop(&arena);
}

static struct pair *pair_of(const char *source, const char *target)
{
	return sample_pair(arena,
			   (struct sample_pair){.source_columns = source,
						.target_columns = target});
}

/* The hash of a row of these values (of the lengths, too, if any are long). */
static struct hash hash_of(const struct pair *pair, enum side side,
			   const struct value *values, size_t count)
{
	struct wire_column wires[MOST_CELLS] = {{0}};
	struct cell cells[MOST_CELLS];
	const struct row row = {wires, cells, count};

	ck_assert_uint_le(count, MOST_CELLS);
	for (size_t i = 0; i < count; i++) {
		wires[i] = *values[i].wire;
		cells[i] = values[i].cell;
	}
	return row_hash(pair, &row, side, &scratch);
}

static bool same_hash(struct hash a, struct hash b)
{
	return !hash_order(&a, &b);
}

static struct value text(const char *bytes)
{
	return bytes ? sample_text(arena, TYPE_CHAR, bytes)
		     : sample_null(arena, TYPE_CHAR);
}

static bool same_texts(const char *a, const char *b, const char *c,
		       const char *d)
{
	const struct pair *pair = pair_of("a text null; b text null", NULL);
	const struct value left[] = {text(a), text(b)};
	const struct value right[] = {text(c), text(d)};

	return same_hash(hash_of(pair, SOURCE, left, 2),
			 hash_of(pair, TARGET, right, 2));
}

START_TEST(equal_rows_have_one_hash)
{
	ck_assert(same_texts("a", "b", "a", "b"));
	ck_assert(same_texts(NULL, "", NULL, ""));
	ck_assert(same_texts(NULL, NULL, NULL, NULL));
}
END_TEST

START_TEST(hc_036_swapped_values_have_two)
{
	ck_assert(!same_texts("a", "b", "b", "a"));
}
END_TEST

START_TEST(hc_038_shifted_values_have_two)
{
	ck_assert(!same_texts("x0", "y", "x", "0y"));
	ck_assert(!same_texts("ab", "", "a", "b"));
	ck_assert(!same_texts("a,b", "c", "a", "b,c"));
	ck_assert(!same_texts("v", "v", "vv", ""));
}
END_TEST

START_TEST(hc_039_null_is_none_of_the_texts_that_look_like_it)
{
	ck_assert(!same_texts(NULL, "a", "", "a"));
	ck_assert(!same_texts(NULL, "a", "NULL", "a"));
	ck_assert(!same_texts(NULL, "a", "n", "a"));
	ck_assert(!same_texts(NULL, "a", "N", "a"));
	ck_assert(!same_texts(NULL, "a", "0", "a"));
}
END_TEST

START_TEST(hc_040_a_null_has_its_place)
{
	ck_assert(!same_texts(NULL, "a", "a", NULL));
	ck_assert(!same_texts(NULL, "", "", NULL));
	ck_assert(!same_texts(NULL, NULL, NULL, ""));
}
END_TEST

/* Small texts that have made others go wrong; NULL is one of them. */
static const char *const tricky[] = {
	NULL, "",  "n", "v",  "l",  "N",     "NULL",
	"0",  "1", ",", "nn", "vn", "v\x01",
};

enum { TRICKY = sizeof(tricky) / sizeof(*tricky) };

START_TEST(different_rows_of_tricky_texts_have_different_hashes)
{
	static struct hash hashes[TRICKY * TRICKY * TRICKY];
	const struct pair *pair =
		pair_of("a text null; b text null; c text null", NULL);
	size_t count = 0;

	for (size_t a = 0; a < TRICKY; a++)
		for (size_t b = 0; b < TRICKY; b++)
			for (size_t c = 0; c < TRICKY; c++) {
				const struct value row[] = {text(tricky[a]),
							    text(tricky[b]),
							    text(tricky[c])};

				hashes[count++] = hash_of(pair, SOURCE, row, 3);
			}
	qsort(hashes, count, sizeof(*hashes), hash_order);
	for (size_t i = 1; i < count; i++)
		ck_assert(!same_hash(hashes[i - 1], hashes[i]));
}
END_TEST

START_TEST(types_and_wires_of_the_sides_do_not_matter)
{
	const struct pair *pair =
		pair_of("a int; b decimal(9,2); c date; d bit(8)",
			"a bigint unsigned; b int; "
			"c datetime; d int");
	const struct value left[] = {sample_integer(arena, 4, false, 7),
				     sample_text(arena, TYPE_DECIMAL, "-12.00"),
				     sample_moment(arena, TYPE_DATE,
						   "2024-02-29", 4),
				     sample_bytes(arena, TYPE_BIT, "\x05", 1)};
	const struct value right[] = {
		sample_integer(arena, 8, true, 7),
		sample_integer(arena, 4, false, (uint64_t)-12),
		sample_moment(arena, TYPE_DATETIME, "2024-02-29", 11),
		sample_integer(arena, 4, false, 5)};
	const struct value other[] = {sample_integer(arena, 8, true, 7),
				      sample_integer(arena, 4, false, 12),
				      sample_moment(arena, TYPE_DATETIME,
						    "2024-02-29", 11),
				      sample_integer(arena, 4, false, 5)};

	ck_assert(same_hash(hash_of(pair, SOURCE, left, 4),
			    hash_of(pair, TARGET, right, 4)));
	ck_assert(!same_hash(hash_of(pair, SOURCE, left, 4),
			     hash_of(pair, TARGET, other, 4)));
}
END_TEST

START_TEST(hc_033_the_length_of_a_long_value_counts)
{
	const struct pair *pair = pair_of("a int; b longblob null", NULL);
	const struct value id = sample_integer(arena, 4, false, 1);
	const struct value blob = sample_text(arena, TYPE_BLOB, "hash");
	const struct value small[] = {id, blob,
				      sample_integer(arena, 8, false, 4)};
	const struct value large[] = {id, blob,
				      sample_integer(arena, 8, false, 300000)};
	const struct value null[] = {id, sample_null(arena, TYPE_BLOB),
				     sample_null(arena, TYPE_INTEGER)};

	ck_assert(pair->columns[1].is_long);
	ck_assert(!same_hash(hash_of(pair, SOURCE, small, 3),
			     hash_of(pair, TARGET, large, 3)));
	ck_assert(!same_hash(hash_of(pair, SOURCE, small, 3),
			     hash_of(pair, TARGET, null, 3)));
	ck_assert(same_hash(hash_of(pair, SOURCE, null, 3),
			    hash_of(pair, TARGET, null, 3)));
}
END_TEST

START_TEST(a_length_is_a_number_of_any_width)
{
	const struct pair *pair = pair_of("b longblob", NULL);
	const struct value blob = sample_text(arena, TYPE_BLOB, "hash");
	const struct value narrow[] = {blob,
				       sample_integer(arena, 4, false, 300000)};
	const struct value wide[] = {blob,
				     sample_integer(arena, 8, false, 300000)};

	ck_assert(same_hash(hash_of(pair, SOURCE, narrow, 2),
			    hash_of(pair, TARGET, wide, 2)));
}
END_TEST

START_TEST(what_was_hashed_before_leaves_no_trace)
{
	const struct pair *pair = pair_of("a text", NULL);
	const struct value first[] = {text("first")};
	const struct value second[] = {text("a longer second one")};
	const struct hash before = hash_of(pair, SOURCE, first, 1);

	(void)hash_of(pair, SOURCE, second, 1);
	ck_assert(same_hash(before, hash_of(pair, SOURCE, first, 1)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("row_hash");
	TCase *tcase = tcase_create("row_hash");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, equal_rows_have_one_hash);
	tcase_add_test(tcase, hc_036_swapped_values_have_two);
	tcase_add_test(tcase, hc_038_shifted_values_have_two);
	tcase_add_test(tcase,
		       hc_039_null_is_none_of_the_texts_that_look_like_it);
	tcase_add_test(tcase, hc_040_a_null_has_its_place);
	tcase_add_test(tcase,
		       different_rows_of_tricky_texts_have_different_hashes);
	tcase_add_test(tcase, types_and_wires_of_the_sides_do_not_matter);
	tcase_add_test(tcase, hc_033_the_length_of_a_long_value_counts);
	tcase_add_test(tcase, a_length_is_a_number_of_any_width);
	tcase_add_test(tcase, what_was_hashed_before_leaves_no_trace);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
