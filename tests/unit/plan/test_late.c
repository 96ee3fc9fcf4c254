/*
 * The promise under test: what waits for the rows comes behind them, each
 * constraint in a statement of its own that brings what belongs to it; what it
 * takes the place of goes with that, as long as it can stay until then.
 */
#include "late.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NOT_NULL "`a` int NOT NULL, `b` int NOT NULL"

/* Statements before the rows, " | ", and one for each constraint behind them. */
static const struct {
	const char *have;
	const char *want;
	const char *statements;
} tables[] = {
	{NOT_NULL, NOT_NULL ", PRIMARY KEY (`a`)", " | ADD PRIMARY KEY (`a`)"},
	/* it stays */
	{NOT_NULL ", PRIMARY KEY (`a`,`b`)", NOT_NULL ", PRIMARY KEY (`a`)",
	 " | DROP PRIMARY KEY, ADD PRIMARY KEY (`a`)"},
	{NOT_NULL ", UNIQUE KEY `u` (`a`,`b`)", NOT_NULL ", PRIMARY KEY (`a`)",
	 " | DROP KEY `u`, ADD PRIMARY KEY (`a`)"},
	{NOT_NULL ", KEY `k` (`a`)", NOT_NULL ", UNIQUE KEY `k` (`a`)",
	 " | DROP KEY `k`, ADD UNIQUE KEY `k` (`a`)"},
	/* rows may be the same under it */
	{NOT_NULL ", PRIMARY KEY (`b`)", NOT_NULL ", PRIMARY KEY (`a`)",
	 "DROP PRIMARY KEY | ADD PRIMARY KEY (`a`)"},
	/* a column of it goes, or may be NULL */
	{"`a` int NOT NULL, `c` int NOT NULL, PRIMARY KEY (`a`,`c`)",
	 "`a` int NOT NULL, PRIMARY KEY (`a`)",
	 "DROP COLUMN `c`, DROP PRIMARY KEY | ADD PRIMARY KEY (`a`)"},
	{NOT_NULL ", PRIMARY KEY (`a`,`b`)",
	 "`a` int NOT NULL, `b` int NULL DEFAULT NULL, PRIMARY KEY (`a`)",
	 "MODIFY COLUMN `b` int NULL DEFAULT NULL, DROP PRIMARY KEY"
	 " | ADD PRIMARY KEY (`a`)"},
	/* a counter and NOT NULL come with their key */
	{"`a` int NULL DEFAULT NULL",
	 "`a` int NOT NULL AUTO_INCREMENT, PRIMARY KEY (`a`)",
	 " | MODIFY COLUMN `a` int NOT NULL AUTO_INCREMENT,"
	 " ADD PRIMARY KEY (`a`)"},
	/* one after the other */
	{NOT_NULL ", CONSTRAINT `c` CHECK (`a` > 1)",
	 NOT_NULL ", UNIQUE KEY `u` (`b`), CONSTRAINT `c` CHECK (`a` > 2)",
	 "DROP CONSTRAINT `c` | ADD UNIQUE KEY `u` (`b`)"
	 " | ADD CONSTRAINT `c` CHECK (`a` > 2)"},
	/* of MariaDB: the column's own */
	{"`a` int NULL DEFAULT NULL CHECK (`a` > 1)",
	 "`a` int NULL DEFAULT NULL CHECK (`a` > 2)",
	 "MODIFY COLUMN `a` int NULL DEFAULT NULL"
	 " | MODIFY COLUMN `a` int NULL DEFAULT NULL CHECK (`a` > 2)"},
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

static const struct definition *defined(const char *parts)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const struct definition *out = NULL;
	struct dbs_error err = {0};

	/* as a server shows it: each part has its line */
	buf_adds(&text, "CREATE TABLE `t` (\n  ");
	for (; *parts; parts++)
		if (strncmp(parts, ", ", 2) != 0)
			buf_addc(&text, *parts);
		else
			buf_adds(&text, (parts++, ",\n  "));
	buf_adds(&text, "\n) ENGINE=InnoDB");
	ck_assert_msg(!definition_read(text.data, text.length, SERVER_MARIADB,
				       arena, &out, &err),
		      "%s: %s", text.data, err.text);
	return out;
}

/* All that rows could be against is waited for. */
static void let_wait(struct reshape_table *table)
{
	const struct delta *delta = &table->structure->delta;

	table->hazards = arena_alloc(arena, (2 * delta->count + 1) *
						    sizeof(*table->hazards));
	for (size_t i = 0; i < delta->count; i++) {
		const struct delta_clause *clause = &delta->clauses[i];
		const enum hazard kinds[] = {
			clause->hazard,
			clause->brings_check ? HAZARD_CHECK : HAZARD_NONE};

		for (size_t k = 0; k < COUNT(kinds); k++)
			if (kinds[k] == HAZARD_UNIQUE ||
			    kinds[k] == HAZARD_CHECK ||
			    kinds[k] == HAZARD_NOT_NULL)
				table->hazards[table->hazard_count++] =
					(struct reshape_hazard){
						.clause = clause,
						.kind = kinds[k],
						.is_late = true};
	}
}

static void add_statements(const struct definition *have,
			   const struct definition *want, struct buf *out)
{
	static const char before[] = "ALTER TABLE `t` ";
	struct delta delta;
	struct delta_statements statements;

	delta_make(have, want, NULL, SERVER_MARIADB, arena, &delta);
	delta_statements(&delta, "`t`", "", arena, &statements);
	ck_assert_uint_le(statements.count, 1);
	if (statements.count)
		buf_adds(out, statements.items[0] + strlen(before));
}

START_TEST(constraints_come_behind_the_rows)
{
	OWNED(buf_release) struct buf found = BUF_INIT;
	struct structure structure = {
		.have = defined(tables[_i].have),
		.want = defined(tables[_i].want),
	};
	struct reshape_table table = {.kind = RESHAPE_ALTER,
				      .database = "d",
				      .table = "t",
				      .structure = &structure};

	structure.renamed = structure.have;
	delta_make(structure.have, structure.want, NULL, SERVER_MARIADB, arena,
		   &structure.delta);
	let_wait(&table);
	const struct late late = late_states(&table, arena);

	ck_assert_uint_ge(late.count, 2);
	add_statements(structure.have, late.states[0], &found);
	for (size_t i = 1; i < late.count; i++) {
		buf_adds(&found, " | ");
		add_statements(late.states[i - 1], late.states[i], &found);
		ck_assert_ptr_nonnull(late.against[i]);
	}
	ck_assert_str_eq(found.data, tables[_i].statements);
	ck_assert(structure_is_same(late.states[late.count - 1], structure.want,
				    SERVER_MARIADB));
}
END_TEST

START_TEST(nothing_waits_where_rows_are_against_nothing)
{
	const struct structure structure = {.have = defined(NOT_NULL),
					    .want = defined(NOT_NULL)};
	const struct reshape_table table = {.structure = &structure};

	ck_assert_uint_eq(late_states(&table, arena).count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("late");
	TCase *tests = tcase_create("late");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_loop_test(tests, constraints_come_behind_the_rows, 0,
			    COUNT(tables));
	tcase_add_test(tests, nothing_waits_where_rows_are_against_nothing);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
