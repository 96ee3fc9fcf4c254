/*
 * The promise under test: an ALTER that only makes columns wider changes no row
 * that is there, and whatever else may happen to a column is taken for a change.
 */
#include "dbsync/plan/reshape.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	const char *have;
	const char *want;
	bool may_change;
} pairs[] = {
	{"varchar(50)", "varchar(50)", false},
	{"varchar(50)", "varchar(100)", false},
	{"varchar(100)", "varchar(50)", true},
	{"varchar(50) NOT NULL", "varchar(100)", false},
	{"varchar(50)", "varchar(100) NOT NULL", true},
	{"varchar(50) NOT NULL", "varchar(50)", false},
	{"varchar(50) DEFAULT 'a'", "varchar(100) DEFAULT 'b'", false},
	{"varchar(50) CHARACTER SET latin1",
	 "varchar(100) CHARACTER SET utf8mb4", true},
	{"varchar(50) CHARACTER SET latin1",
	 "varchar(100) CHARACTER SET latin1", false},
	{"varchar(50) COLLATE latin1_bin",
	 "varchar(100) COLLATE latin1_swedish_ci", true},
	{"varchar(50)", "char(100)", true},
	{"char(50)", "varchar(50)", true},
	{"varchar(50)", "text", true},
	{"char(5)", "char(6)", false},
	{"char(6)", "char(5)", true},
	{"varbinary(5)", "varbinary(6)", false},
	{"varbinary(6)", "varbinary(5)", true},
	{"binary(5)", "binary(6)", true},
	{"varbinary(5)", "varchar(6)", true},
	{"tinytext", "longtext", false},
	{"longtext", "text", true},
	{"text", "mediumblob", true},
	{"blob", "mediumblob", false},
	{"mediumblob", "blob", true},
	{"int(11)", "bigint(20)", false},
	{"int(11)", "int(5)", false},
	{"bigint(20)", "int(11)", true},
	{"int(10) unsigned", "bigint(20) unsigned", false},
	{"int(10) unsigned", "bigint(20)", true},
	{"int(11)", "bigint(20) unsigned", true},
	{"int(5) unsigned zerofill", "bigint(5) unsigned zerofill", true},
	{"int(5) unsigned", "bigint(5) unsigned zerofill", true},
	{"int(11) NOT NULL", "bigint(20) NOT NULL AUTO_INCREMENT", true},
	{"int(11)", "decimal(20,0)", true},
	{"int(11)", "double", true},
	{"decimal(10,2)", "decimal(12,4)", false},
	{"decimal(10,2)", "decimal(10,4)", true},
	{"decimal(10,2)", "decimal(12,1)", true},
	{"decimal(10,2)", "decimal(12,2)", false},
	{"float", "double", true},
	{"float(7,2)", "float(9,2)", true},
	{"datetime", "datetime(6)", false},
	{"datetime(6)", "datetime(3)", true},
	{"datetime(3)", "timestamp(6)", true},
	{"timestamp NOT NULL", "timestamp(3) NOT NULL", false},
	{"time(1)", "time(2)", false},
	{"date", "datetime", true},
	{"year(4)", "int(11)", true},
	{"bit(5)", "bit(6)", true},
	{"enum('a')", "enum('a','b')", true},
	{"set('a')", "set('a','b')", true},
};

static struct arena *arena;

static void begin(void)
{
	arena = arena_new();
}

static void end(void)
{
	arena_drop(&arena);
}

static const struct definition *defined(const char *column, const char *more)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const struct definition *out = NULL;
	struct dbs_error err = {0};

	buf_addf(&text, "CREATE TABLE `t` (\n  `v` %s%s\n) ENGINE=InnoDB",
		 column, more);
	ck_assert_msg(!definition_read(text.data, text.length, SERVER_MARIADB,
				       arena, &out, &err),
		      "%s", err.text);
	return out;
}

static bool may_change(const char *have, const char *have_more,
		       const char *want, const char *want_more)
{
	const struct structure structure = {
		.have = defined(have, have_more),
		.want = defined(want, want_more),
	};
	const struct reshape_table table = {.kind = RESHAPE_ALTER,
					    .structure = &structure};

	return reshape_may_change_rows(&table);
}

START_TEST(only_wider_columns_change_no_row)
{
	ck_assert_msg(may_change(pairs[_i].have, "", pairs[_i].want, "") ==
			      pairs[_i].may_change,
		      "%s -> %s", pairs[_i].have, pairs[_i].want);
}
END_TEST

START_TEST(column_that_comes_beside_a_wider_one_changes_rows)
{
	ck_assert(may_change("int(11)", "", "bigint(20)", ",\n  `w` int(11)"));
	ck_assert(!may_change("int(11)", ",\n  `w` int(11)", "bigint(20)", ""));
}
END_TEST

START_TEST(what_is_computed_of_a_wider_column_may_be_something_else)
{
	static const char computed[] = ",\n  `w` varchar(99) GENERATED ALWAYS "
				       "AS (concat(`v`)) STORED";

	ck_assert(
		may_change("decimal(5,1)", computed, "decimal(9,3)", computed));
	ck_assert(!may_change("decimal(5,1)", computed, "decimal(5,1)",
			      computed));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("reshape_rows");
	TCase *tests = tcase_create("reshape_rows");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_loop_test(tests, only_wider_columns_change_no_row, 0,
			    COUNT(pairs));
	tcase_add_test(tests,
		       column_that_comes_beside_a_wider_one_changes_rows);
	tcase_add_test(
		tests,
		what_is_computed_of_a_wider_column_may_be_something_else);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
