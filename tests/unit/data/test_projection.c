/*
 * The promise under test: the SQL of both sides gives the same cells in the
 * same order, uses an index only where its order is wanted, and digests rows
 * so that no two different ones are one text.
 */
#include "dbsync/data/projection.h"

#include "model_samples.h"
#include "sql_value.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static struct arena *arena;

static void begin(void)
{
	arena = arena_new();
}

static void end(void)
{
	arena_drop(&arena);
}

static struct pair *same_pair(const char *columns, const char *keys)
{
	return sample_pair(arena,
			   (struct sample_pair){.source_columns = columns,
						.source_keys = keys});
}

static struct pair *pair_of(const char *source, const char *target,
			    const char *keys)
{
	return sample_pair(arena, (struct sample_pair){.source_columns = source,
						       .target_columns = target,
						       .source_keys = keys});
}

static const struct projection *source_of(const struct pair *pair)
{
	return projection_make(pair, SOURCE, "", 0);
}

static const struct projection *target_of(const struct pair *pair)
{
	return projection_make(pair, TARGET, "", 0);
}

static bool has(const char *sql, const char *part)
{
	return sql && strstr(sql, part) != NULL;
}

/* How many expressions a select list has: commas outside of brackets + 1. */
static size_t width_of(const char *select)
{
	const char *end = strstr(select, " FROM `");
	size_t width = 1;
	int depth = 0;

	ck_assert_ptr_nonnull(end);
	for (const char *p = select; p < end; p++) {
		depth += (*p == '(') - (*p == ')');
		width += *p == ',' && !depth;
	}
	ck_assert_int_eq(depth, 0);
	return width;
}

/* ------------------------------------------------------------------------
 * Reading rows
 * --------------------------------------------------------------------- */

START_TEST(both_sides_select_the_columns_of_the_pair_in_one_order)
{
	const struct pair *pair = pair_of("a int; B int; c int",
					  "c int; b int; d int; a int", "");

	ck_assert_str_eq(source_of(pair)->select,
			 "SELECT `a`, `B`, `c` FROM `src`.`t`");
	ck_assert_str_eq(target_of(pair)->select,
			 "SELECT `a`, `b`, `c` FROM `dst`.`t`");
}
END_TEST

START_TEST(a_row_has_columns_then_lengths_then_extras)
{
	const struct pair *pair = same_pair("k varchar(9); e enum('a'); "
					    "b longblob; j json; n int",
					    "PRIMARY(k,e,n)");

	ck_assert_uint_eq(pair->extra_count, 5);
	ck_assert_uint_eq(width_of(source_of(pair)->select), 10);
	ck_assert_uint_eq(width_of(target_of(pair)->select), 10);
	ck_assert(has(source_of(pair)->select, ", WEIGHT_STRING(`k`), "));
	ck_assert(has(source_of(pair)->select, ", CAST(`e` AS UNSIGNED) FROM"));
}
END_TEST

START_TEST(tables_without_a_common_column_still_have_rows)
{
	const struct pair *pair = pair_of("a int", "b int", "");

	ck_assert_str_eq(source_of(pair)->select, "SELECT 1 FROM `src`.`t`");
	ck_assert_str_eq(target_of(pair)->select, "SELECT 1 FROM `dst`.`t`");
}
END_TEST

START_TEST(hc_101_odd_names_are_quoted_everywhere)
{
	const struct pair *pair = same_pair("a`b int", "PRIMARY(a`b)");
	const struct projection *projection = source_of(pair);

	ck_assert_str_eq(projection->keys[0], "`a``b`");
	ck_assert_str_eq(projection->order, " ORDER BY `a``b`");
	ck_assert(has(projection->select, "SELECT `a``b` FROM"));
	ck_assert(!has(projection->digest, "`a`b`"));
}
END_TEST

START_TEST(hc_030_a_native_order_names_its_index_on_each_side)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = "id int",
					    .source_keys = "PRIMARY(id)",
					    .target_keys = "unique o`dd(id)"});

	ck_assert_str_eq(source_of(pair)->from,
			 " FROM `src`.`t` FORCE INDEX (`PRIMARY`)");
	ck_assert_str_eq(target_of(pair)->from,
			 " FROM `dst`.`t` FORCE INDEX (`o``dd`)");
	ck_assert_str_eq(target_of(pair)->order, " ORDER BY `id`");
}
END_TEST

START_TEST(hc_014_a_key_in_another_order_is_sorted_without_an_index)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = "a int; b int",
					    .source_keys = "PRIMARY(b,a)",
					    .target_keys = "PRIMARY(a,b)"});

	ck_assert_str_eq(source_of(pair)->from, " FROM `src`.`t`");
	ck_assert_str_eq(target_of(pair)->from, " FROM `dst`.`t`");
	ck_assert_str_eq(source_of(pair)->order, " ORDER BY `b`, `a`");
	ck_assert_str_eq(target_of(pair)->order, " ORDER BY `b`, `a`");
}
END_TEST

START_TEST(hc_015_another_collation_is_sorted_by_bytes)
{
	const struct pair *pair =
		pair_of("k varchar(9) collate utf8mb4_0900_ai_ci",
			"k varchar(9) collate utf8mb4_bin", "PRIMARY(k)");

	ck_assert_str_eq(source_of(pair)->from, " FROM `src`.`t`");
	ck_assert_str_eq(source_of(pair)->keys[0], "CAST(`k` AS BINARY)");
	ck_assert_str_eq(source_of(pair)->order,
			 " ORDER BY CAST(`k` AS BINARY)");
	ck_assert_str_eq(target_of(pair)->order,
			 " ORDER BY CAST(`k` AS BINARY)");
}
END_TEST

START_TEST(hc_023_members_are_sorted_by_index_and_compared_by_number)
{
	const struct pair *pair = same_pair("e enum('b','a')", "PRIMARY(e)");

	ck_assert_str_eq(source_of(pair)->order, " ORDER BY `e`");
	ck_assert_str_eq(source_of(pair)->keys[0], "CAST(`e` AS UNSIGNED)");
	ck_assert(has(source_of(pair)->from, "FORCE INDEX"));
}
END_TEST

START_TEST(hc_028_rows_without_identity_have_no_order_and_no_index)
{
	const struct pair *pair = same_pair("a int; b text", "index i(a)");

	ck_assert_str_eq(source_of(pair)->order, "");
	ck_assert_str_eq(source_of(pair)->from, " FROM `src`.`t`");
}
END_TEST

START_TEST(hc_033_a_long_value_comes_as_its_hash_and_its_length)
{
	const struct pair *pair = same_pair("b longblob null; a text", "");
	const char *select = source_of(pair)->select;

	ck_assert(has(select, "LENGTH(`b`) > 262144, UNHEX(SHA2(`b`, 256))"));
	ck_assert(!has(select, "SHA2(`a`"));
	ck_assert_uint_eq(width_of(select), 3);
}
END_TEST

START_TEST(hc_017_the_weight_of_a_space_comes_along_where_it_pads)
{
	const char *pads =
		source_of(same_pair("k varchar(9)", "PRIMARY(k)"))->select;
	const char *not_pads =
		source_of(same_pair("k varchar(9) collate utf8mb4_0900_ai_ci",
				    "PRIMARY(k)"))
			->select;

	ck_assert(has(pads, "WEIGHT_STRING(CONVERT(' ' USING utf8mb4) COLLATE "
			    "utf8mb4_general_ci)"));
	ck_assert(has(not_pads, "WEIGHT_STRING(`k`), '' FROM"));
}
END_TEST

/* A sort by an index has all weights: a longer text would have none. */
START_TEST(a_server_that_sorts_by_few_weights_is_given_room_for_all)
{
	static const char columns[] =
		"k varchar(9) collate utf8mb4_spanish2_ci; a int";
	const struct sample_pair by_index = {.source_columns = columns,
					     .source_keys = "PRIMARY(k)",
					     .source_cuts_weights = true};
	struct sample_pair sorted = by_index;
	const struct pair *pair = sample_pair(arena, by_index);

	ck_assert_str_eq(source_of(pair)->order, " ORDER BY `k`");
	sorted.source_keys = "PRIMARY(k,a)";
	sorted.target_keys = "PRIMARY(a,k)";
	pair = sample_pair(arena, sorted);
	ck_assert_str_eq(source_of(pair)->order,
			 " ORDER BY CAST(`k` AS CHAR(72) CHARACTER SET "
			 "utf8mb4) COLLATE utf8mb4_spanish2_ci, `a`");
	ck_assert_str_eq(target_of(pair)->order, " ORDER BY `k`, `a`");
}
END_TEST

START_TEST(hc_057_other_character_sets_are_converted_on_their_side)
{
	const struct pair *pair = pair_of(
		"a varchar(9) collate latin1_bin; b text; c json",
		"a varchar(9) collate utf8mb4_bin; b text; c longtext", "");

	ck_assert(has(source_of(pair)->select, "CONVERT(`a` USING utf8mb4)"));
	ck_assert(!has(source_of(pair)->select, "CONVERT(`b`"));
	ck_assert(!has(target_of(pair)->select, "CONVERT(`a` USING latin1)"));
}
END_TEST

START_TEST(hc_059_uuid_and_inet_are_read_as_text)
{
	const struct pair *pair = pair_of("a uuid; b inet6; c json",
					  "a char(36); b varchar(39); c json",
					  "");

	ck_assert(has(source_of(pair)->select,
		      "CAST(`a` AS CHAR), CAST(`b` AS CHAR)"));
	ck_assert(!has(target_of(pair)->select, "CAST(`a`"));
}
END_TEST

START_TEST(conditions_are_joined_in_brackets)
{
	struct buf out = BUF_INIT;
	struct projection projection = {.where = NULL};

	projection_where(&out, &projection, NULL);
	ck_assert_str_eq(out.data, "");
	projection_where(&out, &projection, "id < 3");
	ck_assert_str_eq(out.data, " WHERE (id < 3)");
	buf_clear(&out);
	projection.where = "a = 1 OR b = 2";
	projection_where(&out, &projection, NULL);
	ck_assert_str_eq(out.data, " WHERE (a = 1 OR b = 2)");
	buf_clear(&out);
	projection_where(&out, &projection, "id < 3 OR 1");
	ck_assert_str_eq(out.data, " WHERE (a = 1 OR b = 2) AND (id < 3 OR 1)");
	buf_release(&out);
}
END_TEST

START_TEST(the_condition_of_the_user_is_kept)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = "a int",
					    .where = "a > 3"});

	ck_assert_str_eq(source_of(pair)->where, "a > 3");
	ck_assert_ptr_null(source_of(same_pair("a int", ""))->where);
}
END_TEST

/* ------------------------------------------------------------------------
 * Digests
 * --------------------------------------------------------------------- */

START_TEST(what_cannot_be_digested_has_no_digest)
{
	const struct projection *projection = source_of(
		same_pair("a point", ""));

	ck_assert_ptr_null(projection->digest);
	ck_assert_ptr_null(projection->sum);
}
END_TEST

START_TEST(hc_047_a_digest_counts_and_comes_as_xor_or_sum)
{
	const struct projection *projection = source_of(same_pair("a int", ""));

	ck_assert_int_eq(strncmp(projection->digest, "COUNT(*), BIT_XOR(", 18),
			 0);
	ck_assert_int_eq(strncmp(projection->sum, "COUNT(*), SUM(", 14), 0);
	ck_assert_str_eq(projection->digest + 18, projection->sum + 14);
}
END_TEST

/* The text behind the nth CRC32 of a digest, for a row. */
static struct sql_value text_of(const struct projection *projection, int nth,
				const struct sql_row *row)
{
	const char *at = projection->digest;

	for (int i = 0; at && i <= nth; i++)
		at = strstr(i ? at + 1 : at, "CRC32(");
	sql_need(at != NULL, "no digest", projection->from);
	return sql_value_of(arena, at, row);
}

static int compare_texts(const void *a, const void *b)
{
	const struct sql_value *left = a;
	const struct sql_value *right = b;
	const size_t common = left->length < right->length ? left->length
							   : right->length;
	const int order = memcmp(left->data, right->data, common);

	return order ? order
		     : (left->length > right->length) -
			       (left->length < right->length);
}

enum { WIDTH = 3, MOST_VALUES = 16 };

/* Every row of three columns with values out of three lists (NULL ends). */
struct space {
	const char *names[WIDTH];
	struct sql_value lists[WIDTH][MOST_VALUES];
	size_t counts[WIDTH];
};

static size_t space_size(const struct space *space)
{
	return space->counts[0] * space->counts[1] * space->counts[2];
}

static void space_row(const struct space *space, size_t number,
		      struct sql_value values[WIDTH])
{
	for (size_t i = 0; i < WIDTH; i++) {
		values[i] = space->lists[i][number % space->counts[i]];
		number /= space->counts[i];
	}
}

static void set_list(struct space *space, size_t column, const char *name,
		     const char *const *texts, size_t count)
{
	space->names[column] = name;
	space->counts[column] = count;
	for (size_t i = 0; i < count; i++)
		space->lists[column][i] = sql_text(texts[i]);
}

/* No two rows of the space have one text behind the nth CRC32. */
static void expect_all_different(const struct space *space,
				 const struct projection *projection, int nth)
{
	const size_t count = space_size(space);
	struct sql_value *texts = arena_alloc(arena, count * sizeof(*texts));
	struct sql_value values[WIDTH];
	const struct sql_row row = {space->names, values, WIDTH};

	for (size_t i = 0; i < count; i++) {
		space_row(space, i, values);
		texts[i] = text_of(projection, nth, &row);
		sql_need(texts[i].data != NULL, "a NULL", projection->digest);
	}
	qsort(texts, count, sizeof(*texts), compare_texts);
	for (size_t i = 1; i < count; i++)
		sql_need(compare_texts(&texts[i - 1], &texts[i]) != 0,
			 "two rows are one text", texts[i].data);
	ck_assert_uint_gt(count, 100);
}

/* What has made others go wrong: marks, counts and words of the form itself. */
static const char *const tricky[] = {
	NULL, "", "N", "0", "1", ",", "1,", ",1", "N,", "1,N", "0,", "d", "r",
};
static const char *const numbers[] = {NULL, "0", "1", "10", "-1", "1.5"};

static const char *const texts_of_columns[] = {
	"a varchar(9) null; b varchar(9) null; c varchar(9) null",
	"a char(9) null; b char(9) null collate latin1_bin; c char(9) null",
	"a text null; b longtext null; c varbinary(9) null",
	"a uuid null; b set('a') null; c json null",
};

START_TEST(hc_038_039_040_no_two_rows_of_texts_are_one_text)
{
	const struct pair *pair = same_pair(texts_of_columns[_i], "");
	struct space space;

	set_list(&space, 0, "a", tricky, COUNT(tricky));
	set_list(&space, 1, "b", tricky, COUNT(tricky));
	set_list(&space, 2, "c", tricky, COUNT(tricky));
	expect_all_different(&space, source_of(pair), 0);
	expect_all_different(&space, target_of(pair), 1);
}
END_TEST

static const char *const mixed_columns[] = {
	"a decimal(9,1) null; b varchar(9) null; c decimal(9,1) null",
	"a varchar(9) null; b decimal(9,1) null; c varchar(9) null",
	"a int null; b double null; c varchar(9) null",
	"a bit(9) null; b time null; c blob null",
};

START_TEST(hc_038_039_040_no_two_rows_of_numbers_and_texts_are_one_text)
{
	const struct pair *pair = same_pair(mixed_columns[_i], "");
	struct space space;

	for (size_t i = 0; i < WIDTH; i++) {
		static const char *const names[WIDTH] = {"a", "b", "c"};
		const bool is_text = pair->columns[i].kind == KIND_TEXT ||
				     pair->columns[i].kind == KIND_BYTES;

		set_list(&space, i, names[i], is_text ? tricky : numbers,
			 is_text ? COUNT(tricky) : COUNT(numbers));
	}
	expect_all_different(&space, source_of(pair), 0);
	expect_all_different(&space, source_of(pair), 1);
}
END_TEST

static const char *const names[] = {"a", "b"};

/* A row of two columns has one text on both sides, whatever these are. */
static void expect_one_text(const struct pair *pair, const char *source_a,
			    const char *target_a, const char *b)
{
	const struct sql_value source[] = {sql_text(source_a), sql_text(b)};
	const struct sql_value target[] = {sql_text(target_a), sql_text(b)};

	for (int nth = 0; nth < 2; nth++) {
		const struct sql_value left =
			text_of(source_of(pair), nth,
				&(struct sql_row){names, source, 2});
		const struct sql_value right =
			text_of(target_of(pair), nth,
				&(struct sql_row){names, target, 2});

		ck_assert_msg(!compare_texts(&left, &right), "`%s` and `%s`",
			      left.data, right.data);
	}
}

START_TEST(a_side_that_may_be_null_writes_values_as_the_other_does)
{
	expect_one_text(pair_of("a text; b int null", "a text null; b int", ""),
			"x", "x", "1");
	expect_one_text(pair_of("a text; b int null", "a text null; b int", ""),
			"", "", "0");
}
END_TEST

START_TEST(a_side_of_many_collations_writes_values_as_the_other_does)
{
	expect_one_text(pair_of("a text; b text",
				"a text; b text collate utf8mb4_unicode_ci",
				""),
			"x", "x", "N");
	expect_one_text(pair_of("a char(9); b text", "a uuid; b text", ""), "x",
			"x", "N");
}
END_TEST

START_TEST(hc_056_zerofill_on_either_side_is_taken_off)
{
	expect_one_text(pair_of("a int(5) unsigned zerofill; b int",
				"a int(11) unsigned; b int", ""),
			"00007", "7", "1");
	expect_one_text(pair_of("a int; b int null",
				"a int(5) unsigned zerofill null; b int null",
				""),
			"0", "00000", NULL);
}
END_TEST

START_TEST(hc_050_bits_are_digested_as_numbers)
{
	const struct pair *pair = pair_of("a bit(8) null; b year",
					  "a int; b int", "");

	ck_assert(has(source_of(pair)->digest, "`a` + 0"));
	ck_assert(has(source_of(pair)->digest, "`b` + 0"));
	ck_assert(!has(target_of(pair)->digest, "`a` + 0"));
}
END_TEST

START_TEST(hc_042_reals_are_digested_with_all_their_digits)
{
	const struct pair *pair = same_pair("a float; b double null", "");

	ck_assert(has(source_of(pair)->digest, "`a` * 1e0"));
	ck_assert(has(source_of(pair)->digest, "COALESCE(`b` * 1e0, 'N')"));
}
END_TEST

START_TEST(a_digest_of_no_columns_is_sql_all_the_same)
{
	static const struct sql_row none = {NULL, NULL, 0};
	const struct pair *pair = pair_of("a int", "b int", "");

	ck_assert_ptr_nonnull(text_of(source_of(pair), 0, &none).data);
	ck_assert_ptr_nonnull(text_of(source_of(pair), 1, &none).data);
}
END_TEST

START_TEST(hc_046_a_row_that_cannot_be_digested_is_not_skipped)
{
	const char *digest = source_of(same_pair("a longtext", ""))->digest;
	const char *end = strrchr(digest, ',');

	/* CONCAT_WS is NULL then, and BIT_XOR passes NULL over */
	ck_assert_ptr_eq(strstr(digest, "BIT_XOR(COALESCE(CRC32("),
			 digest + strlen("COUNT(*), "));
	ck_assert_str_eq(end, ", UUID_SHORT()))");
}
END_TEST

static const struct {
	const char *source;
	const char *target;
} widths[] = {
	{"a varchar(9); b varbinary(20)", NULL},
	{"a varchar(16000) null; b tinytext null", NULL},
	{"a text; b longblob", NULL},
	{"a varchar(16383); b decimal(65,30)", NULL},
	{"a varchar(9) collate latin1_bin; b text", "a text; b tinytext"},
};

START_TEST(hc_046_no_digested_text_is_longer_than_said)
{
	const struct pair *pair = pair_of(widths[_i].source, widths[_i].target,
					  "");
	const struct projection *projection = source_of(pair);
	struct sql_value values[2];

	for (size_t i = 0; i < 2; i++) {
		const uint64_t most = pair->columns[i].on[SOURCE]->max_bytes;
		const size_t length = most > 100000 ? 100000
				      : most        ? (size_t)most
						    : 70;
		char *bytes = arena_alloc(arena, length + 1);

		memset(bytes, '7', length);
		values[i] = (struct sql_value){bytes, length};
	}
	const struct sql_value text =
		text_of(projection, 0, &(struct sql_row){names, values, 2});

	ck_assert_uint_le(text.length, projection->digest_bytes);
	ck_assert_uint_eq(projection->digest_bytes,
			  target_of(pair)->digest_bytes);
}
END_TEST

START_TEST(hc_046_conversion_makes_a_text_longer)
{
	const char *wide = "a text collate latin1_bin";
	const struct pair *same = same_pair(wide, "");
	const struct pair *converted = pair_of(wide, "a text", "");

	ck_assert(!has(source_of(same)->digest, "SHA2"));
	ck_assert(has(source_of(converted)->digest, "SHA2"));
	ck_assert(has(target_of(converted)->digest, "SHA2"));
	const struct pair *narrow = pair_of(
		"a varchar(9000) collate latin1_bin", "a varchar(9000)", "");

	ck_assert(has(source_of(narrow)->digest, "SHA2") ||
		  source_of(narrow)->digest_bytes >= 36000);
}
END_TEST

static TCase *read_case(void)
{
	TCase *tcase = tcase_create("reading");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase,
		       both_sides_select_the_columns_of_the_pair_in_one_order);
	tcase_add_test(tcase, a_row_has_columns_then_lengths_then_extras);
	tcase_add_test(tcase, tables_without_a_common_column_still_have_rows);
	tcase_add_test(tcase, hc_101_odd_names_are_quoted_everywhere);
	tcase_add_test(tcase,
		       hc_030_a_native_order_names_its_index_on_each_side);
	tcase_add_test(
		tcase,
		hc_014_a_key_in_another_order_is_sorted_without_an_index);
	tcase_add_test(tcase, hc_015_another_collation_is_sorted_by_bytes);
	tcase_add_test(
		tcase,
		hc_023_members_are_sorted_by_index_and_compared_by_number);
	tcase_add_test(tcase,
		       hc_028_rows_without_identity_have_no_order_and_no_index);
	tcase_add_test(tcase,
		       hc_033_a_long_value_comes_as_its_hash_and_its_length);
	tcase_add_test(tcase,
		       hc_017_the_weight_of_a_space_comes_along_where_it_pads);
	tcase_add_test(
		tcase,
		a_server_that_sorts_by_few_weights_is_given_room_for_all);
	tcase_add_test(tcase,
		       hc_057_other_character_sets_are_converted_on_their_side);
	tcase_add_test(tcase, hc_059_uuid_and_inet_are_read_as_text);
	tcase_add_test(tcase, conditions_are_joined_in_brackets);
	tcase_add_test(tcase, the_condition_of_the_user_is_kept);
	return tcase;
}

static TCase *digest_case(void)
{
	TCase *tcase = tcase_create("digest");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, what_cannot_be_digested_has_no_digest);
	tcase_add_test(tcase, hc_047_a_digest_counts_and_comes_as_xor_or_sum);
	tcase_add_loop_test(tcase,
			    hc_038_039_040_no_two_rows_of_texts_are_one_text, 0,
			    (int)COUNT(texts_of_columns));
	tcase_add_loop_test(
		tcase,
		hc_038_039_040_no_two_rows_of_numbers_and_texts_are_one_text, 0,
		(int)COUNT(mixed_columns));
	tcase_add_test(tcase,
		       a_side_that_may_be_null_writes_values_as_the_other_does);
	tcase_add_test(
		tcase,
		a_side_of_many_collations_writes_values_as_the_other_does);
	tcase_add_test(tcase, hc_056_zerofill_on_either_side_is_taken_off);
	tcase_add_test(tcase, hc_050_bits_are_digested_as_numbers);
	tcase_add_test(tcase, hc_042_reals_are_digested_with_all_their_digits);
	tcase_add_test(tcase, a_digest_of_no_columns_is_sql_all_the_same);
	tcase_add_test(tcase,
		       hc_046_a_row_that_cannot_be_digested_is_not_skipped);
	tcase_add_loop_test(tcase, hc_046_no_digested_text_is_longer_than_said,
			    0, (int)COUNT(widths));
	tcase_add_test(tcase, hc_046_conversion_makes_a_text_longer);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("projection");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, read_case());
	suite_add_tcase(suite, digest_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
