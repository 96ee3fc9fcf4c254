/*
 * The promise under test: copies refer to copies, what stays keeps its keys,
 * everything moves in one statement, and what cannot come into force is said
 * before it is copied.
 */
#include "dbsync/plan/stage.h"

#include "dbsync/base/own.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

static struct arena *arena;
static struct finding findings[MOST];
static struct table models[MOST];
static size_t count;
static struct database database;
static struct foreign_key keys[MOST];
static struct trigger triggers[MOST];
static struct relations relations;
static struct target_facts facts;
static struct reshape *reshape;
static struct stage *stage;

static void begin(void)
{
	static const struct relations *all[] = {&relations};
	static const char *const databases[] = {"dst"};

	arena = arena_new();
	count = 0;
	relations = (struct relations){keys, 0, triggers, 0};
	facts = (struct target_facts){.sees_triggers = true,
				      .relations = all,
				      .databases = databases,
				      .database_count = 1};
}

static void end(void)
{
	stage_drop(&stage);
	reshape_drop(&reshape);
	arena_drop(&arena);
}

static const struct definition *defined(const char *name, const char *inside)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const struct definition *out = NULL;
	struct dbs_error err = {0};

	if (!inside)
		return NULL;
	buf_addf(&text,
		 "CREATE TABLE `%s` (\n  `id` int(11) NOT NULL,\n"
		 "  PRIMARY KEY (`id`)%s%s\n) ENGINE=InnoDB",
		 name, *inside ? ",\n  " : "", inside);
	ck_assert_msg(!definition_read(text.data, text.length, SERVER_MARIADB,
				       arena, &out, &err),
		      "%s", err.text);
	return out;
}

/* What stands behind the key of each side; NULL: it has no such table. */
static void add_table(const char *name, const char *source, const char *target)
{
	struct structure *structure = arena_alloc(arena, sizeof(*structure));

	ck_assert_uint_lt(count, MOST);
	*structure = (struct structure){
		.table[SOURCE] = source ? name : NULL,
		.table[TARGET] = target ? name : NULL,
		.want = defined(name, source),
		.have = defined(name, target),
		.diff = "",
	};
	findings[count] = (struct finding){
		.database[SOURCE] = "src",
		.database[TARGET] = "dst",
		.table = name,
		.structure = structure,
	};
	models[count] = (struct table){
		.name = name,
		.engine = "InnoDB",
		.rows = 10 * (count + 1),
		.row_bytes = 100,
		.auto_increment = 70 + count,
	};
	count++;
}

/* Of tables that stand on the target. */
static void add_key(const char *name, const char *child, const char *parent)
{
	static const char *columns[] = {"id"};
	struct foreign_key *key = &keys[relations.foreign_key_count++];

	*key = (struct foreign_key){
		.name = name,
		.child_database = "dst",
		.child = child,
		.parent_database = "dst",
		.parent = parent,
		.delete_rule = "",
		.update_rule = "",
		.child_columns = columns,
		.parent_columns = columns,
		.column_count = 1,
	};
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(((const struct table *)a)->name,
		      ((const struct table *)b)->name);
}

static void make(bool drops_tables)
{
	static const struct database *all[] = {&database};
	const struct reshape_request request = {
		.findings = findings,
		.finding_count = count,
		.models = all,
		.model_count = 1,
		.family = SERVER_MARIADB,
		.options = "",
		.scratch = "scratch",
		.drops_tables = drops_tables,
		.replaces = true,
	};

	qsort(models, count, sizeof(*models), compare_names);
	database = (struct database){
		.name = "dst", .tables = models, .table_count = count};
	reshape = reshape_make(&request);
	reshape_heed_relatives(reshape, &facts);
	reshape_order(reshape);
	stage = stage_make(reshape, all, "20261121-041122-1a2b3c");
}

static const struct stage_table *copy_of(const char *name)
{
	for (size_t i = 0; i < stage->table_count; i++)
		if (!strcmp(stage->tables[i].table->table, name))
			return &stage->tables[i];
	return NULL;
}

/* XXH3 of "dst" */
#define MARK "35a664500bd11d99"
#define OLD "`dbsync_old_20261121_041122_1a2b3c_" MARK "`"
#define STAGE "`dbsync_stage_20261121_041122_1a2b3c_" MARK "`"

START_TEST(everything_goes_before_anything_comes)
{
	add_table("a", "", "");
	add_table("b", "", "");
	add_table("c", "", NULL);
	make(false);
	/* the largest first */
	ck_assert_str_eq(stage->swap,
			 "RENAME TABLE `dst`.`b` TO " OLD ".`b`, "
			 "`dst`.`a` TO " OLD ".`a`, " STAGE
			 ".`c` TO `dst`.`c`, " STAGE ".`b` TO `dst`.`b`, " STAGE
			 ".`a` TO `dst`.`a`");
	ck_assert_uint_eq(reshape->step_count, 0);
	ck_assert(!reshape_is_empty(reshape));
}
END_TEST

START_TEST(copies_refer_to_copies_and_to_what_stays)
{
	static const char source[] =
		"CONSTRAINT `k` FOREIGN KEY (`id`) REFERENCES `p` (`id`),\n  "
		"CONSTRAINT `l` FOREIGN KEY (`id`) REFERENCES `x` (`id`),\n  "
		"CONSTRAINT `m` FOREIGN KEY (`id`) REFERENCES `none` (`id`)";

	add_table("p", "", "");
	add_table("c", source, "");
	add_table("x", NULL, "");
	make(false);
	const char *create = copy_of("c")->create;

	ck_assert_ptr_nonnull(strstr(create, "REFERENCES " STAGE ".`p`"));
	ck_assert_ptr_nonnull(strstr(create, "REFERENCES `dst`.`x`"));
	ck_assert_ptr_null(strstr(create, "`none`"));
	ck_assert_uint_eq(reshape->orphans.count, 1);
	ck_assert_ptr_null(copy_of("x"));
}
END_TEST

START_TEST(keys_of_what_stays_are_lifted_and_come_back)
{
	add_table("p", "", "");
	add_table("x", NULL,
		  "CONSTRAINT `k` FOREIGN KEY (`id`) REFERENCES `p` (`id`)");
	add_key("k", "x", "p");
	make(false);
	ck_assert_uint_eq(reshape->step_count, 2);
	ck_assert_str_eq(reshape->steps[0].sql,
			 "ALTER TABLE `dst`.`x` DROP FOREIGN KEY `k`");
	ck_assert(reshape_is_late(&reshape->steps[1]));
	ck_assert_ptr_nonnull(strstr(reshape->steps[1].sql, "ADD CONSTRAINT"));
	ck_assert_ptr_nonnull(copy_of("p"));
}
END_TEST

START_TEST(parent_of_a_table_that_is_no_part_of_the_run_is_left_alone)
{
	add_table("p", "", "");
	add_key("k", "elsewhere", "p");
	make(false);
	ck_assert_uint_eq(stage->table_count, 0);
	ck_assert_ptr_nonnull(strstr(reshape->tables[0].left_out, "elsewhere"));
}
END_TEST

START_TEST(name_of_a_constraint_that_stays_is_taken)
{
	static const char key[] =
		"CONSTRAINT `K` FOREIGN KEY (`id`) REFERENCES `p` (`id`)";

	add_table("p", "", "");
	add_table("c", key, NULL);
	add_table("x", NULL,
		  "CONSTRAINT `k` FOREIGN KEY (`id`) REFERENCES `x` (`id`)");
	make(false);
	ck_assert_ptr_null(copy_of("c"));
	ck_assert_ptr_nonnull(copy_of("p"));
}
END_TEST

START_TEST(table_that_is_dropped_is_dropped_by_a_step)
{
	add_table("a", "", "");
	add_table("x", NULL, "");
	make(true);
	ck_assert_uint_eq(reshape->step_count, 1);
	ck_assert_str_eq(reshape->steps[0].sql, "DROP TABLE `dst`.`x`");
	ck_assert_ptr_null(copy_of("x"));
}
END_TEST

START_TEST(numbers_go_on_where_the_source_is)
{
	add_table("a", "", "");
	make(false);
	ck_assert_str_eq(copy_of("a")->count,
			 "ALTER TABLE " STAGE ".`a` AUTO_INCREMENT = 70");
}
END_TEST

static size_t refusals(uint64_t before, uint64_t after, unsigned percent,
		       const char *allow)
{
	const char *words[] = {allow};
	const struct stage_limits limits = {
		.max_delete_percent = percent,
		.allow = {words, allow != NULL},
	};
	const struct guard *first = NULL;

	reshape->guard_count = 0;
	stage_judge(stage, &before, &after, reshape, &limits);
	return guards_refusals(reshape->guards, reshape->guard_count, &first);
}

START_TEST(guards_speak_from_their_limit_on)
{
	add_table("a", "", "");
	make(false);
	ck_assert_uint_eq(refusals(0, 0, 30, NULL), 0);
	ck_assert_uint_eq(refusals(1, 0, 30, NULL), 1);
	ck_assert_uint_eq(refusals(1, 0, 100, NULL), 0);
	ck_assert_uint_eq(refusals(1, 0, 30, "empty-source"), 0);
	ck_assert_uint_eq(refusals(1000, 1, 30, NULL), 0);
	ck_assert_uint_eq(refusals(2000, 1400, 30, NULL), 0);
	ck_assert_uint_eq(refusals(2000, 1399, 30, NULL), 1);
	ck_assert_uint_eq(refusals(2000, 1399, 31, NULL), 0);
	ck_assert_uint_eq(refusals(2000, 1399, 30, "delete-percent"), 0);
	ck_assert_uint_eq(refusals(2000, 4000, 0, NULL), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stage");
	TCase *tests = tcase_create("stage");

	tcase_add_checked_fixture(tests, begin, end);
	tcase_add_test(tests, everything_goes_before_anything_comes);
	tcase_add_test(tests, copies_refer_to_copies_and_to_what_stays);
	tcase_add_test(tests, keys_of_what_stays_are_lifted_and_come_back);
	tcase_add_test(
		tests,
		parent_of_a_table_that_is_no_part_of_the_run_is_left_alone);
	tcase_add_test(tests, name_of_a_constraint_that_stays_is_taken);
	tcase_add_test(tests, table_that_is_dropped_is_dropped_by_a_step);
	tcase_add_test(tests, numbers_go_on_where_the_source_is);
	tcase_add_test(tests, guards_speak_from_their_limit_on);
	suite_add_tcase(suite, tests);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_NORMAL);
	const int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
