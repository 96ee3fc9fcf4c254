/*
 * The promise under test: columns are found whatever their case, tables only
 * where the server does not tell cases apart either.
 */
#include "dbsync/schema/model.h"

#include <check.h>
#include <stdlib.h>

static const struct column columns[] = {
	{.name = "id"},
	{.name = "Name"},
	{.name = "na"},
	{.name = "n\xC3\xA9"},
};

static const struct table orders = {
	.name = "orders", .columns = columns, .column_count = 4};

/* Sorted by bytes, as schema_load sorts them. */
static const struct table tables[] = {
	{.name = "Orders"}, {.name = "a"},  {.name = "order"},
	{.name = "orders"}, {.name = "z1"}, {.name = "\xC3\xA9"},
};

static const struct database exact = {
	.name = "shop", .tables = tables, .table_count = 6};

static const struct database folding = {
	.name = "shop", .tables = tables, .table_count = 6, .folds_case = true};

START_TEST(a_column_is_found_by_its_name)
{
	ck_assert_ptr_eq(table_find_column(&orders, "id"), &columns[0]);
	ck_assert_ptr_eq(table_find_column(&orders, "Name"), &columns[1]);
	ck_assert_ptr_eq(table_find_column(&orders, "n\xC3\xA9"), &columns[3]);
}
END_TEST

START_TEST(a_column_is_found_without_case)
{
	ck_assert_ptr_eq(table_find_column(&orders, "ID"), &columns[0]);
	ck_assert_ptr_eq(table_find_column(&orders, "nAmE"), &columns[1]);
}
END_TEST

START_TEST(an_exact_name_is_preferred)
{
	static const struct column twins[] = {{.name = "A"}, {.name = "a"}};
	const struct table table = {.columns = twins, .column_count = 2};

	ck_assert_ptr_eq(table_find_column(&table, "a"), &twins[1]);
	ck_assert_ptr_eq(table_find_column(&table, "A"), &twins[0]);
}
END_TEST

static const struct {
	const char *type_text;
	enum type type;
	bool is_ambiguous;
} members[] = {
	{"enum('a','')", TYPE_ENUM, true},
	{"enum('','a')", TYPE_ENUM, true},
	{"enum('')", TYPE_ENUM, true},
	{"set('a','b','')", TYPE_SET, true},
	{"enum('it''s','')", TYPE_ENUM, true},
	{"enum('''','')", TYPE_ENUM, true},
	{"enum('a','b')", TYPE_ENUM, false},
	{"enum('''')", TYPE_ENUM, false},
	{"enum('''a','b''')", TYPE_ENUM, false},
	{"enum('a'',''','b')", TYPE_ENUM, false},
	{"enum('('''')')", TYPE_ENUM, false},
	{"set('x')", TYPE_SET, false},
	{"varchar(9)", TYPE_CHAR, false},
};

START_TEST(an_empty_member_makes_a_column_ambiguous)
{
	const struct column column = {.type_text = members[_i].type_text,
				      .type = members[_i].type};

	ck_assert_msg(column_is_ambiguous(&column) == members[_i].is_ambiguous,
		      "%s", members[_i].type_text);
}
END_TEST

START_TEST(a_column_that_is_not_there_is_null)
{
	static const struct table empty = {.name = "empty"};

	ck_assert_ptr_null(table_find_column(&orders, "i"));
	ck_assert_ptr_null(table_find_column(&orders, "idd"));
	ck_assert_ptr_null(table_find_column(&orders, ""));
	ck_assert_ptr_null(table_find_column(&empty, "id"));
}
END_TEST

START_TEST(every_table_is_found_by_its_name)
{
	for (size_t i = 0; i < exact.table_count; i++) {
		const char *name = tables[i].name;

		ck_assert_ptr_eq(database_find_table(&exact, name), &tables[i]);
		ck_assert_ptr_eq(database_find_table(&folding, name),
				 &tables[i]);
	}
}
END_TEST

START_TEST(a_server_that_tells_cases_apart_has_no_other_table)
{
	ck_assert_ptr_null(database_find_table(&exact, "ORDERS"));
	ck_assert_ptr_null(database_find_table(&exact, "A"));
	ck_assert_ptr_null(database_find_table(&exact, "Z1"));
}
END_TEST

START_TEST(a_server_that_folds_case_finds_tables_without_it)
{
	ck_assert_ptr_eq(database_find_table(&folding, "A"), &tables[1]);
	ck_assert_ptr_eq(database_find_table(&folding, "ORDER"), &tables[2]);
	ck_assert_ptr_eq(database_find_table(&folding, "Z1"), &tables[4]);
}
END_TEST

START_TEST(a_table_that_is_not_there_is_null)
{
	static const struct database empty = {.name = "empty",
					      .folds_case = true};

	ck_assert_ptr_null(database_find_table(&exact, ""));
	ck_assert_ptr_null(database_find_table(&exact, "zz"));
	ck_assert_ptr_null(database_find_table(&folding, "ord"));
	ck_assert_ptr_null(database_find_table(&folding, "zz"));
	ck_assert_ptr_null(database_find_table(&empty, "a"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("model");
	TCase *tcase = tcase_create("model");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tcase, a_column_is_found_by_its_name);
	tcase_add_test(tcase, a_column_is_found_without_case);
	tcase_add_test(tcase, an_exact_name_is_preferred);
	tcase_add_test(tcase, a_column_that_is_not_there_is_null);
	tcase_add_loop_test(tcase, an_empty_member_makes_a_column_ambiguous, 0,
			    (int)(sizeof(members) / sizeof(*members)));
	tcase_add_test(tcase, every_table_is_found_by_its_name);
	tcase_add_test(tcase,
		       a_server_that_tells_cases_apart_has_no_other_table);
	tcase_add_test(tcase, a_server_that_folds_case_finds_tables_without_it);
	tcase_add_test(tcase, a_table_that_is_not_there_is_null);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
