/*
 * The promise under test: what identifies a row, in which order it comes and
 * whether digests mean the same is decided from the two models alone, and what
 * cannot be compared is said.  The numbers are those of identities in pair.h.
 */
#include "dbsync/data/pair.h"

#include "model_samples.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;

static void begin(void)
{
	arena = arena_new();
}

static void end(void)
{
	arena_drop(&arena);
}

/* Both tables have the same columns; NULL keys are the source's. */
static struct pair *with_keys(const char *columns, const char *source_keys,
			      const char *target_keys)
{
	return sample_pair(arena,
			   (struct sample_pair){.source_columns = columns,
						.source_keys = source_keys,
						.target_keys = target_keys});
}

static struct pair *with_columns(const char *source, const char *target)
{
	return sample_pair(arena,
			   (struct sample_pair){.source_columns = source,
						.target_columns = target});
}

static void expect_key(const struct pair *pair, enum identity identity,
		       const char *text, const char *source_key,
		       const char *target_key)
{
	ck_assert_int_eq(pair->identity, identity);
	ck_assert_str_eq(pair->key_text, text);
	ck_assert_pstr_eq(pair->key_name[SOURCE], source_key);
	ck_assert_pstr_eq(pair->index[TARGET], target_key);
}

static void expect_rows(const struct pair *pair)
{
	expect_key(pair, IDENTITY_ROWS, "rows", NULL, NULL);
	ck_assert_uint_eq(pair->key_count, 0);
	ck_assert(!pair->is_native);
	ck_assert_uint_eq(pair->extra_count, 0);
}

static const char *key_column(const struct pair *pair, size_t i)
{
	ck_assert_uint_lt(i, pair->key_count);
	return pair->columns[pair->key[i].column].name;
}

/* ------------------------------------------------------------------------
 * Identity
 * --------------------------------------------------------------------- */

START_TEST(identity_1_is_the_primary_key)
{
	const struct pair *pair = with_keys("id int; a int", "PRIMARY(id)",
					    NULL);

	expect_key(pair, IDENTITY_PRIMARY, "primary", "PRIMARY", "PRIMARY");
	ck_assert(pair->is_native);
	ck_assert_uint_eq(pair->key_count, 1);
	ck_assert_str_eq(key_column(pair, 0), "id");
}
END_TEST

START_TEST(identity_1_comes_before_other_unique_keys)
{
	const struct pair *pair = with_keys("id int; a int",
					    "PRIMARY(id); unique u(a)", NULL);

	expect_key(pair, IDENTITY_PRIMARY, "primary", "PRIMARY", "PRIMARY");
}
END_TEST

START_TEST(identity_2_is_a_unique_key_where_there_is_no_primary_key)
{
	const struct pair *pair = with_keys("id int; a int",
					    "index i(a); unique u(id)", NULL);

	expect_key(pair, IDENTITY_UNIQUE, "unique:u", "u", "u");
	ck_assert(pair->is_native);
}
END_TEST

START_TEST(identity_2_is_taken_when_the_target_lacks_the_primary_key)
{
	const struct pair *pair = with_keys(
		"id int; a int", "PRIMARY(id); unique u(a)", "unique other(a)");

	expect_key(pair, IDENTITY_UNIQUE, "unique:u", "u", "other");
	ck_assert_str_eq(key_column(pair, 0), "a");
}
END_TEST

START_TEST(identity_2_may_be_the_primary_key_of_the_target)
{
	const struct pair *pair = with_keys("id int", "unique u(id)",
					    "PRIMARY(id)");

	expect_key(pair, IDENTITY_UNIQUE, "unique:u", "u", "PRIMARY");
}
END_TEST

START_TEST(identity_3_is_the_whole_row)
{
	expect_rows(with_keys("a int; b int", "", NULL));
	expect_rows(with_keys("a int; b int", "index i(a)", NULL));
}
END_TEST

START_TEST(hc_012_a_key_need_not_follow_the_columns)
{
	const struct pair *pair = with_keys("b int; a int", "PRIMARY(a,b)",
					    NULL);

	ck_assert_str_eq(key_column(pair, 0), "a");
	ck_assert_str_eq(key_column(pair, 1), "b");
	ck_assert_uint_eq(pair->key[0].column, 1);
	ck_assert(pair->is_native);
}
END_TEST

START_TEST(hc_014_a_key_in_another_order_identifies_and_is_not_native)
{
	const struct pair *pair = with_keys("a int; b int", "PRIMARY(a,b)",
					    "PRIMARY(b,a)");

	expect_key(pair, IDENTITY_PRIMARY, "primary", "PRIMARY", NULL);
	ck_assert(!pair->is_native);
	ck_assert_str_eq(key_column(pair, 0), "a");
}
END_TEST

START_TEST(hc_014_a_key_in_the_same_order_is_preferred)
{
	const struct pair *pair = with_keys("a int; b int", "PRIMARY(a,b)",
					    "PRIMARY(b,a); unique u(a,b)");

	expect_key(pair, IDENTITY_PRIMARY, "primary", "PRIMARY", "u");
	ck_assert(pair->is_native);
}
END_TEST

START_TEST(a_key_without_an_order_identifies_and_is_not_native)
{
	const struct pair *pair = with_keys("a int", "PRIMARY(a) hash",
					    "PRIMARY(a)");

	expect_key(pair, IDENTITY_PRIMARY, "primary", "PRIMARY", NULL);
	ck_assert(!pair->is_native);
	ck_assert(!with_keys("a int", "PRIMARY(a)", "unique u(a) hash")
			   ->is_native);
	ck_assert(with_keys("a int", "PRIMARY(a)", "unique u(a)")->is_native);
}
END_TEST

START_TEST(hc_026_a_key_that_may_be_null_identifies_nothing)
{
	expect_rows(with_keys("a int null; b int", "unique u(a)", NULL));
	expect_rows(with_keys("a int; b int null", "unique u(a,b)", NULL));
	expect_rows(sample_pair(
		arena, (struct sample_pair){.source_columns = "a int",
					    .target_columns = "a int null",
					    .source_keys = "unique u(a)"}));
}
END_TEST

START_TEST(hc_027_a_key_on_a_prefix_or_an_expression_identifies_nothing)
{
	expect_rows(with_keys("a varchar(9); b int", "unique u(a(3))", NULL));
	expect_rows(with_keys("a varchar(9); b int", "unique u(b,!)", NULL));
	expect_rows(with_keys("a varchar(9)", "PRIMARY(a)", "unique u(a(3))"));
	expect_rows(with_keys("a int", "PRIMARY(a)", "unique u(!)"));
}
END_TEST

START_TEST(hc_028_no_key_at_all_makes_a_multiset)
{
	expect_rows(with_columns("a int; b text null", "b text null; a int"));
}
END_TEST

START_TEST(hc_031_a_key_on_one_side_only_identifies_nothing)
{
	expect_rows(with_keys("a int", "PRIMARY(a)", ""));
	expect_rows(with_keys("a int", "", "PRIMARY(a)"));
	expect_rows(with_keys("a int", "PRIMARY(a)", "index i(a)"));
	expect_rows(sample_pair(
		arena, (struct sample_pair){
			       .source_columns = "my_row_id bigint; a int",
			       .source_keys = "PRIMARY(my_row_id)",
			       .target_columns = "a int",
			       .target_keys = ""}));
}
END_TEST

START_TEST(a_key_over_more_or_fewer_columns_is_another_key)
{
	expect_rows(with_keys("a int; b int", "PRIMARY(a)", "PRIMARY(a,b)"));
	expect_rows(with_keys("a int; b int", "PRIMARY(a,b)", "PRIMARY(a)"));
	expect_rows(with_keys("a int; b int", "PRIMARY(a)", "PRIMARY(b)"));
}
END_TEST

START_TEST(a_key_of_values_that_cannot_be_compared_identifies_nothing)
{
	expect_rows(sample_pair(
		arena, (struct sample_pair){.source_columns = "a int; b int",
					    .target_columns = "a text; b int",
					    .source_keys = "PRIMARY(a)"}));
}
END_TEST

/* ------------------------------------------------------------------------
 * Columns
 * --------------------------------------------------------------------- */

START_TEST(columns_are_paired_by_name_without_case)
{
	const struct pair *pair = with_columns("Id int; b int; c int",
					       "c int; B int; ID int");

	ck_assert_uint_eq(pair->column_count, 3);
	ck_assert_uint_eq(pair->difference_count, 0);
	ck_assert_str_eq(pair->columns[0].name, "Id");
	ck_assert_str_eq(pair->columns[0].on[TARGET]->name, "ID");
	ck_assert_str_eq(pair->columns[1].name, "b");
	ck_assert_uint_eq(pair->columns[2].on[TARGET]->ordinal, 1);
}
END_TEST

START_TEST(a_column_of_one_side_is_a_difference)
{
	const struct pair *pair = with_columns("id int; a int",
					       "id int; b int");

	ck_assert_uint_eq(pair->column_count, 1);
	ck_assert_uint_eq(pair->difference_count, 2);
	ck_assert_str_eq(pair->differences[0].column, "a");
	ck_assert_str_eq(pair->differences[0].text, "only on the source");
	ck_assert_str_eq(pair->differences[1].column, "b");
	ck_assert_str_eq(pair->differences[1].text, "only on the target");
}
END_TEST

START_TEST(values_of_two_kinds_are_a_difference)
{
	const struct pair *pair = with_columns("id int; a int(11)",
					       "id int; a varchar(9)");

	ck_assert_uint_eq(pair->column_count, 1);
	ck_assert_uint_eq(pair->difference_count, 1);
	ck_assert_str_eq(pair->differences[0].column, "a");
	ck_assert_str_eq(pair->differences[0].text,
			 "`int(11)` on the source, `varchar(9)` on the "
			 "target: not comparable");
}
END_TEST

START_TEST(a_type_that_nobody_knows_is_said)
{
	ck_assert_str_eq(
		with_columns("id int; a xmltype", "id int; a text")->unknown,
		"column `a` has the type `xmltype`");
	ck_assert_str_eq(
		with_columns("id int; a text", "id int; a xmltype(9)")->unknown,
		"column `a` has the type `xmltype(9)`");
	ck_assert_ptr_null(with_columns("id int", "id int")->unknown);
}
END_TEST

START_TEST(tables_without_a_common_column_are_a_pair_all_the_same)
{
	const struct pair *pair = with_columns("a int", "b int");

	ck_assert_uint_eq(pair->column_count, 0);
	ck_assert_uint_eq(pair->difference_count, 2);
	expect_rows(pair);
}
END_TEST

static struct pair *ignoring(const char *names, const char *source,
			     const char *target)
{
	return sample_pair(arena,
			   (struct sample_pair){.source_columns = source,
						.source_keys = "PRIMARY(id)",
						.target_columns = target,
						.ignored = names});
}

START_TEST(an_ignored_column_is_left_out_and_named)
{
	const struct pair *pair = ignoring("B,nowhere", "a int; b int; id int",
					   NULL);

	ck_assert_uint_eq(pair->column_count, 2);
	ck_assert_str_eq(pair->columns[0].name, "a");
	ck_assert_str_eq(key_column(pair, 0), "id");
	ck_assert_uint_eq(pair->key[0].column, 1);
	ck_assert_uint_eq(pair->ignored_count, 1);
	ck_assert_str_eq(pair->ignored[0], "b");
}
END_TEST

START_TEST(an_ignored_column_of_one_side_is_no_difference)
{
	const struct pair *pair = ignoring("a,b", "id int; a int",
					   "id int; b int");

	ck_assert_uint_eq(pair->column_count, 1);
	ck_assert_uint_eq(pair->difference_count, 0);
	ck_assert_uint_eq(pair->ignored_count, 2);
}
END_TEST

START_TEST(an_ignored_column_of_another_kind_is_no_difference)
{
	const struct pair *pair = ignoring("a", "id int; a int",
					   "id int; a text");

	ck_assert_uint_eq(pair->ignored_count, 1);
	ck_assert_uint_eq(pair->difference_count, 0);
}
END_TEST

START_TEST(an_ignored_column_of_an_unknown_type_does_not_matter)
{
	const struct pair *pair = ignoring("a", "id int; a xmltype",
					   "id int; a xmltype");

	ck_assert_uint_eq(pair->ignored_count, 1);
	ck_assert_ptr_null(pair->unknown);
}
END_TEST

START_TEST(an_ignored_column_of_the_key_still_identifies)
{
	const struct pair *pair = ignoring("id", "a int; id varchar(9)", NULL);

	ck_assert_int_eq(pair->identity, IDENTITY_PRIMARY);
	ck_assert_uint_eq(pair->column_count, 2);
	ck_assert(pair->columns[1].is_ignored);
	ck_assert(!pair->columns[0].is_ignored);
	ck_assert_str_eq(pair->ignored[0], "id");
}
END_TEST

START_TEST(the_period_of_a_versioned_table_is_left_out)
{
	const struct pair *pair = with_columns(
		"id int; row_start timestamp(6) period; row_end timestamp(6) "
		"period",
		"id int");

	ck_assert_uint_eq(pair->column_count, 1);
	ck_assert_uint_eq(pair->difference_count, 0);
	ck_assert_uint_eq(pair->ignored_count, 2);
}
END_TEST

START_TEST(utf8_and_utf8mb3_are_two_names_of_one_set)
{
	const struct pair *pair = sample_pair(
		arena,
		(struct sample_pair){.source_columns = "a varchar(9) collate "
						       "utf8_general_ci",
				     .target_columns = "a varchar(9) collate "
						       "utf8mb3_general_ci",
				     .source_keys = "PRIMARY(a)"});

	ck_assert(!pair->columns[0].is_convert);
	ck_assert_int_eq(pair->key[0].order, ORDER_WEIGHT);
	ck_assert(pair->is_native);
}
END_TEST

START_TEST(hc_057_other_character_sets_are_converted)
{
	ck_assert(with_columns("a text collate latin1_bin",
			       "a text collate utf8mb4_bin")
			  ->columns[0]
			  .is_convert);
	ck_assert(with_columns("a text collate utf8mb3_bin",
			       "a text collate utf8mb4_bin")
			  ->columns[0]
			  .is_convert);
	ck_assert(!with_columns("a text collate utf8mb4_bin",
				"a enum('x') collate utf8mb4_general_ci")
			   ->columns[0]
			   .is_convert);
	ck_assert(!with_columns("a json", "a longtext collate latin1_bin")
			   ->columns[0]
			   .is_convert);
}
END_TEST

START_TEST(hc_053_json_against_text_is_compared_by_meaning)
{
	const struct pair *pair = with_columns("a json; b json",
					       "a longtext; b json");

	ck_assert(pair->columns[0].is_json);
	ck_assert(!pair->columns[0].is_long);
	ck_assert(!pair->columns[1].is_json);
	ck_assert(pair->columns[1].is_long);
}
END_TEST

START_TEST(hc_033_columns_that_may_be_large_are_long)
{
	const struct pair *pair = with_columns(
		"a text; b mediumtext; c blob; d blob; e int; f varchar(16000)",
		"a text; b mediumtext; c longblob; d blob; e int; "
		"f varchar(16000)");

	ck_assert(!pair->columns[0].is_long);
	ck_assert(pair->columns[1].is_long);
	ck_assert(pair->columns[2].is_long);
	ck_assert(!pair->columns[3].is_long);
	ck_assert(!pair->columns[4].is_long);
	ck_assert(!pair->columns[5].is_long);
	ck_assert_uint_eq(pair->extra_count, 2);
}
END_TEST

START_TEST(hc_041_zeros_are_folded_between_families_only)
{
	struct sample_pair wanted = {.source_columns = "a double; b float; "
						       "c int",
				     .source_family = SERVER_MYSQL,
				     .target_family = SERVER_MARIADB};
	const struct pair *pair = sample_pair(arena, wanted);

	ck_assert(pair->columns[0].folds_zero);
	ck_assert(pair->columns[1].folds_zero);
	ck_assert(!pair->columns[2].folds_zero);
	wanted.target_family = SERVER_MYSQL;
	ck_assert(!sample_pair(arena, wanted)->columns[0].folds_zero);
}
END_TEST

/* Widths of integers are what some servers show, and not all. */
static const struct {
	const char *source;
	const char *target;
	bool is_lossy;
} types[] = {
	{"a int", "a int(11)", false},
	{"a bigint unsigned", "a bigint(20) unsigned", false},
	{"a int unsigned", "a int(8) unsigned zerofill", false},
	{"a year", "a year(4)", false},
	{"a bigint unsigned", "a bigint(20)", true},
	{"a bigint", "a int(11)", true},
	{"a int unsigned", "a mediumint unsigned", true},
	{"a varchar(9)", "a varchar(8)", true},
};

START_TEST(a_value_might_become_another_one)
{
	const struct pair *pair = with_columns(types[_i].source,
					       types[_i].target);

	ck_assert_msg(pair_is_lossy(pair) == types[_i].is_lossy, "%s, %s",
		      types[_i].source, types[_i].target);
}
END_TEST

START_TEST(a_pair_keeps_what_it_was_made_of)
{
	const struct pair *pair = sample_pair(
		arena, (struct sample_pair){.source_columns = "a int",
					    .where = "a > 3"});

	ck_assert_str_eq(pair->database[SOURCE], "src");
	ck_assert_str_eq(pair->database[TARGET], "dst");
	ck_assert_str_eq(pair->where, "a > 3");
	ck_assert_ptr_null(with_columns("a int", "a int")->where);
}
END_TEST

static TCase *identity_case(void)
{
	TCase *tcase = tcase_create("identity");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, identity_1_is_the_primary_key);
	tcase_add_test(tcase, identity_1_comes_before_other_unique_keys);
	tcase_add_test(
		tcase,
		identity_2_is_a_unique_key_where_there_is_no_primary_key);
	tcase_add_test(
		tcase,
		identity_2_is_taken_when_the_target_lacks_the_primary_key);
	tcase_add_test(tcase, identity_2_may_be_the_primary_key_of_the_target);
	tcase_add_test(tcase, identity_3_is_the_whole_row);
	tcase_add_test(tcase, hc_012_a_key_need_not_follow_the_columns);
	tcase_add_test(
		tcase,
		hc_014_a_key_in_another_order_identifies_and_is_not_native);
	tcase_add_test(tcase, hc_014_a_key_in_the_same_order_is_preferred);
	tcase_add_test(tcase,
		       a_key_without_an_order_identifies_and_is_not_native);
	tcase_add_test(tcase, hc_026_a_key_that_may_be_null_identifies_nothing);
	tcase_add_test(
		tcase,
		hc_027_a_key_on_a_prefix_or_an_expression_identifies_nothing);
	tcase_add_test(tcase, hc_028_no_key_at_all_makes_a_multiset);
	tcase_add_test(tcase, hc_031_a_key_on_one_side_only_identifies_nothing);
	tcase_add_test(tcase, a_key_over_more_or_fewer_columns_is_another_key);
	tcase_add_test(
		tcase,
		a_key_of_values_that_cannot_be_compared_identifies_nothing);
	return tcase;
}

static TCase *column_case(void)
{
	TCase *tcase = tcase_create("columns");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, columns_are_paired_by_name_without_case);
	tcase_add_test(tcase, a_column_of_one_side_is_a_difference);
	tcase_add_test(tcase, values_of_two_kinds_are_a_difference);
	tcase_add_test(tcase, a_type_that_nobody_knows_is_said);
	tcase_add_test(tcase,
		       tables_without_a_common_column_are_a_pair_all_the_same);
	tcase_add_test(tcase, an_ignored_column_is_left_out_and_named);
	tcase_add_test(tcase, an_ignored_column_of_one_side_is_no_difference);
	tcase_add_test(tcase,
		       an_ignored_column_of_another_kind_is_no_difference);
	tcase_add_test(tcase,
		       an_ignored_column_of_an_unknown_type_does_not_matter);
	tcase_add_test(tcase, an_ignored_column_of_the_key_still_identifies);
	tcase_add_test(tcase, the_period_of_a_versioned_table_is_left_out);
	tcase_add_test(tcase, utf8_and_utf8mb3_are_two_names_of_one_set);
	tcase_add_test(tcase, hc_057_other_character_sets_are_converted);
	tcase_add_test(tcase, hc_053_json_against_text_is_compared_by_meaning);
	tcase_add_test(tcase, hc_033_columns_that_may_be_large_are_long);
	tcase_add_test(tcase, hc_041_zeros_are_folded_between_families_only);
	tcase_add_loop_test(tcase, a_value_might_become_another_one, 0,
			    sizeof(types) / sizeof(*types));
	tcase_add_test(tcase, a_pair_keeps_what_it_was_made_of);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("pair");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, identity_case());
	suite_add_tcase(suite, column_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
