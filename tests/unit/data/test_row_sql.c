/*
 * The promise under test: the statements name each row by its key and nothing
 * else, and a key is read back out of a predicate as it was written.
 */
#include "dbsync/data/row_sql.h"

#include "model_samples.h"
#include "value_samples.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static const struct image *image; /* of the newest row_sql */
static struct buf out;

static void begin(void)
{
	arena = arena_new();
	out = (struct buf)BUF_INIT;
}

static void end(void)
{
	buf_release(&out);
	arena_drop(&arena);
}

static const struct row_sql *sql_of(struct sample_pair wanted, bool has_alias)
{
	const struct server server = {.has_row_alias = has_alias};

	image = image_make(sample_pair(arena, wanted));
	return row_sql_make(image, "dst", &server, arena);
}

static const struct row_sql *plain_sql(const char *columns, const char *keys)
{
	return sql_of((struct sample_pair){.source_columns = columns,
					   .source_keys = keys},
		      false);
}

static struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

static struct slice slice_of_out(void)
{
	return (struct slice){out.data, out.length};
}

/* A predicate over two key tuples. */
static const char *where(const struct row_sql *sql, const char *a,
			 const char *b)
{
	buf_clear(&out);
	row_sql_where_begin(sql, &out);
	row_sql_where_row(sql, true, slice_of(a), &out);
	row_sql_where_row(sql, false, slice_of(b), &out);
	row_sql_where_end(sql, &out);
	return out.data;
}

/* Of the newest row_sql's table. */
static const char *key(const char *tuple, bool is_whole)
{
	struct buf row = BUF_INIT;
	const bool is_row = values_of_tuple(
		slice_of(tuple), is_whole ? image->count : image->written_count,
		&row);

	buf_clear(&out);
	const bool is_key =
		is_row &&
		image_key_tuple(image, is_whole ? TARGET : SOURCE,
				(struct values){row.data, row.length}, &out);

	buf_release(&row);
	return is_key ? out.data : NULL;
}

static const char *update(const struct row_sql *sql, bool is_whole)
{
	buf_clear(&out);
	row_sql_update_end(sql, is_whole, &out);
	return out.data;
}

START_TEST(rows_of_one_key_column_are_a_list)
{
	const struct row_sql *sql = plain_sql("a int; id int", "PRIMARY(id)");

	ck_assert_str_eq(row_sql_table(sql), "`dst`.`t`");
	ck_assert_str_eq(where(sql, "(1)", "('x')"), "`id` IN (\n1,\n'x'\n)");
	ck_assert_str_eq(key("(7,'a')", true), "('a')");
}
END_TEST

START_TEST(rows_of_several_key_columns_are_alternatives)
{
	const struct row_sql *sql = plain_sql("a int; b int; c int",
					      "PRIMARY(c,a)");

	ck_assert_str_eq(where(sql, "(1,2)", "(3,4)"),
			 "\n(`c` = 1 AND `a` = 2) OR\n(`c` = 3 AND `a` = 4)");
	ck_assert_str_eq(key("(1,2,3)", true), "(3,1)");
}
END_TEST

START_TEST(rows_without_a_key_are_known_by_all_their_bytes)
{
	const struct row_sql *sql = plain_sql(
		"a int null; b varchar(9) null collate latin1_swedish_ci; "
		"c json; d point",
		"");

	buf_clear(&out);
	row_sql_where_begin(sql, &out);
	row_sql_where_row(sql, true, slice_of("(NULL,'x','{}',x'00')"), &out);
	row_sql_where_end(sql, &out);
	ck_assert_str_eq(
		out.data,
		"\n(`a` <=> NULL AND CAST(`b` AS BINARY) <=> "
		"CAST(CONVERT('x' USING latin1) AS BINARY) AND "
		"CAST(CAST(`c` AS CHAR) AS BINARY) <=> CAST('{}' AS BINARY) "
		"AND CAST(`d` AS BINARY) <=> x'00')");
	ck_assert_str_eq(key("(1,'x','{}',NULL)", true), "(1,'x','{}',NULL)");
}
END_TEST

START_TEST(odd_names_are_quoted_everywhere)
{
	const struct row_sql *sql = plain_sql("a` int; b,) int", "PRIMARY(a`)");

	ck_assert_str_eq(where(sql, "(1)", "(2)"), "`a``` IN (\n1,\n2\n)");
	buf_clear(&out);
	row_sql_insert_begin(sql, true, &out);
	ck_assert_str_eq(out.data,
			 "INSERT INTO `dst`.`t` (`a```, `b,)`) VALUES");
	ck_assert_str_eq(update(sql, true),
			 "\nON DUPLICATE KEY UPDATE `a``` = VALUES(`a```), "
			 "`b,)` = VALUES(`b,)`)");
}
END_TEST

START_TEST(a_tuple_of_another_width_has_no_key)
{
	(void)plain_sql("id int; a int", "PRIMARY(id)");

	ck_assert_ptr_null(key("(1)", true));
	ck_assert_ptr_null(key("(1,2,3)", true));
	ck_assert_ptr_null(key("(1,2);", true));
	ck_assert_ptr_null(key("", true));
}
END_TEST

/* `mine` is the target's only, `skip` was to be ignored. */
static const struct sample_pair wider = {
	.source_columns = "id int; skip int; a int",
	.target_columns = "mine int; id int; skip int; a int",
	.source_keys = "PRIMARY(id)",
	.ignored = "skip",
};

START_TEST(an_insert_names_all_columns_or_the_written_ones)
{
	const struct row_sql *sql = sql_of(wider, false);

	row_sql_insert_begin(sql, false, &out);
	row_sql_insert_row(true, slice_of("(1,2)"), &out);
	row_sql_insert_row(false, slice_of("(3,4)"), &out);
	ck_assert_str_eq(out.data, "INSERT INTO `dst`.`t` (`id`, `a`) VALUES\n"
				   "(1,2),\n(3,4)");
	buf_clear(&out);
	row_sql_insert_begin(sql, true, &out);
	ck_assert_str_eq(out.data, "INSERT INTO `dst`.`t` (`id`, `a`, `mine`, "
				   "`skip`) VALUES");
	ck_assert_str_eq(key("(1,2,3,4)", true), "(1)");
	ck_assert_str_eq(key("(1,2)", false), "(1)");
	ck_assert_ptr_null(key("(1,2)", true));
}
END_TEST

START_TEST(an_update_sets_what_is_compared_and_keeps_the_rest)
{
	ck_assert_str_eq(update(sql_of(wider, false), false),
			 "\nON DUPLICATE KEY UPDATE `id` = VALUES(`id`), "
			 "`a` = VALUES(`a`), `mine` = `dst`.`t`.`mine`, "
			 "`skip` = `dst`.`t`.`skip`");
	ck_assert_str_eq(update(sql_of(wider, false), true),
			 "\nON DUPLICATE KEY UPDATE `id` = VALUES(`id`), "
			 "`a` = VALUES(`a`), `mine` = VALUES(`mine`), "
			 "`skip` = VALUES(`skip`)");
}
END_TEST

START_TEST(a_server_with_row_aliases_gets_one)
{
	ck_assert_str_eq(update(sql_of(wider, true), false),
			 "\nAS dbsync_row ON DUPLICATE KEY UPDATE "
			 "`id` = dbsync_row.`id`, `a` = dbsync_row.`a`, "
			 "`mine` = `dst`.`t`.`mine`, "
			 "`skip` = `dst`.`t`.`skip`");
}
END_TEST

/* Of two tuples of the newest row_sql's table; NULL: they do not fit. */
static const char *merged(const char *news, size_t new_count, const char *olds,
			  size_t old_count)
{
	struct buf new_row = BUF_INIT;
	struct buf old_row = BUF_INIT;

	buf_clear(&out);
	ck_assert(values_of_tuple(slice_of(news), new_count, &new_row));
	ck_assert(values_of_tuple(slice_of(olds), old_count, &old_row));
	const bool fits = image_merged_tuple(
		image, (struct values){new_row.data, new_row.length},
		(struct values){old_row.data, old_row.length}, &out);

	buf_release(&new_row);
	buf_release(&old_row);
	return fits ? out.data : NULL;
}

START_TEST(a_merged_row_has_new_values_and_the_old_of_what_is_kept)
{
	ck_assert(!row_sql_needs_merge(plain_sql("id int", "PRIMARY(id)")));
	ck_assert(row_sql_needs_merge(sql_of(wider, false)));
	ck_assert_str_eq(merged("(1,'n')", 2, "(1,'o','m','s')", 4),
			 "(1,'n','m','s')");
	ck_assert_ptr_null(merged("(1)", 1, "(1,'o','m','s')", 4));
	ck_assert_ptr_null(merged("(1,'n')", 2, "(1)", 1));
}
END_TEST

/* ------------------------------------------------------------------------
 * Keys out of predicates
 * --------------------------------------------------------------------- */

static const struct {
	const char *columns;
	const char *keys;
	size_t width;
} tables[] = {
	{"a varchar(9)", "PRIMARY(a)", 1},
	{"a varchar(9); b int; c text", "PRIMARY(a,b)", 2},
	{"a varchar(9); b text; c json", "", 3},
	{"a`=1`AND varchar(9); OR int", "PRIMARY(OR,a`=1`AND)", 2},
};

enum { TABLES = sizeof(tables) / sizeof(*tables), ROUNDS = 200 };

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return *state ^ *state >> 29;
}

static void add_random(struct buf *tuple, uint64_t *state)
{
	static const char nasty[] = "',) AND OR=`";
	char bytes[20];
	size_t length = next_random(state) % sizeof(bytes);

	for (size_t i = 0; i < length; i++) {
		const uint64_t bits = next_random(state);

		bytes[i] = bits & 4096 ? nasty[bits % (sizeof(nasty) - 1)]
				       : (char)bits;
	}
	literal_write(tuple, "utf8mb4",
		      sample_bytes(arena, TYPE_CHAR, bytes, length));
}

START_TEST(a_key_is_read_back_out_of_its_predicate)
{
	const struct row_sql *sql = plain_sql(tables[_i % TABLES].columns,
					      tables[_i % TABLES].keys);
	uint64_t state = (uint64_t)_i;
	struct buf tuple = BUF_INIT;
	struct buf again = BUF_INIT;

	for (size_t i = 0; i < tables[_i % TABLES].width; i++) {
		buf_addc(&tuple, i ? ',' : '(');
		add_random(&tuple, &state);
	}
	buf_addc(&tuple, ')');
	row_sql_where_row(sql, true, (struct slice){tuple.data, tuple.length},
			  &out);
	ck_assert(row_sql_parse_key(
		sql, (struct slice){out.data + 1, out.length - 1}, &again));
	ck_assert_str_eq(again.data, tuple.data);
	buf_release(&tuple);
	buf_release(&again);
}
END_TEST

static const char *const no_single[] = {"",       "1,2",     "1)", "(1)",
					"1 OR 1", "1; DROP", "'a", "SLEEP(1)"};

START_TEST(what_is_no_key_of_one_column_is_refused)
{
	const struct row_sql *sql = plain_sql("id int", "PRIMARY(id)");

	ck_assert(!row_sql_parse_key(sql, slice_of(no_single[_i]), &out));
}
END_TEST

static const char *const no_pair[] = {
	"",
	"(`a` = 1)",
	"(`a` = 1 AND `b` = 2",
	"(`a` = 1 AND `b` = 2))",
	"(`b` = 1 AND `a` = 2)",
	"(`a` = 1 OR `b` = 2)",
	"(`a` = 1 AND `b` = 2) OR 1",
	"(`a` = 1 AND `b` = (SELECT 1))",
	"(`a` = 1 AND `b` = )",
};

START_TEST(what_is_no_key_of_two_columns_is_refused)
{
	const struct row_sql *sql = plain_sql("a int; b int", "PRIMARY(a,b)");

	ck_assert(!row_sql_parse_key(sql, slice_of(no_pair[_i]), &out));
}
END_TEST

START_TEST(a_key_at_the_very_end_of_memory_is_no_more_than_that)
{
	const struct row_sql *sql = plain_sql("a int; b int", "PRIMARY(a,b)");
	static const char text[] = "(`a` = 1 AND `b` = 2)";
	const size_t most = sizeof(text) - 1;

	for (size_t length = 1; length <= most; length++) {
		char *exact = malloc(length);

		ck_assert_ptr_nonnull(exact);
		memcpy(exact, text, length);
		buf_clear(&out);
		ck_assert_int_eq(
			row_sql_parse_key(sql, (struct slice){exact, length},
					  &out),
			length == most);
		free(exact);
	}
	ck_assert_str_eq(slice_of_out().data, "(1,2)");
}
END_TEST

static TCase *statement_case(void)
{
	TCase *tcase = tcase_create("statements");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, rows_of_one_key_column_are_a_list);
	tcase_add_test(tcase, rows_of_several_key_columns_are_alternatives);
	tcase_add_test(tcase, rows_without_a_key_are_known_by_all_their_bytes);
	tcase_add_test(tcase, odd_names_are_quoted_everywhere);
	tcase_add_test(tcase, a_tuple_of_another_width_has_no_key);
	tcase_add_test(tcase, an_insert_names_all_columns_or_the_written_ones);
	tcase_add_test(tcase,
		       an_update_sets_what_is_compared_and_keeps_the_rest);
	tcase_add_test(tcase, a_server_with_row_aliases_gets_one);
	tcase_add_test(tcase,
		       a_merged_row_has_new_values_and_the_old_of_what_is_kept);
	return tcase;
}

static TCase *key_case(void)
{
	TCase *tcase = tcase_create("keys");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase, a_key_is_read_back_out_of_its_predicate, 0,
			    ROUNDS * TABLES);
	tcase_add_loop_test(tcase, what_is_no_key_of_one_column_is_refused, 0,
			    (int)(sizeof(no_single) / sizeof(*no_single)));
	tcase_add_loop_test(tcase, what_is_no_key_of_two_columns_is_refused, 0,
			    (int)(sizeof(no_pair) / sizeof(*no_pair)));
	tcase_add_test(tcase,
		       a_key_at_the_very_end_of_memory_is_no_more_than_that);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("row_sql");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, statement_case());
	suite_add_tcase(suite, key_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
