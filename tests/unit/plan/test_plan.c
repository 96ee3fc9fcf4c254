/*
 * The promise under test: parents come before children, whatever is left out
 * is said, and each guard speaks from its limit on, not before.
 */
#include "dbsync/plan/plan.h"

#include "model_samples.h"

#include "dbsync/base/own.h"
#include "dbsync/plan/reshape.h"
#include "dbsync/schema/structure.h"

#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

enum { MOST = 8 };

static struct arena *arena;
static struct plan *plan;
static struct finding findings[MOST];
static struct table *targets[MOST];
static size_t count;
static struct foreign_key keys[MOST];
static struct trigger triggers[MOST];
static struct relations relations;
static struct target_facts facts;
static struct plan_request request;

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
	request = (struct plan_request){.findings = findings,
					.facts = &facts,
					.max_delete_percent = 30};
}

static void end(void)
{
	plan_drop(&plan);
	arena_drop(&arena);
}

static struct finding *add_pair(const char *name, struct sample_pair wanted)
{
	struct finding *finding = &findings[count];
	struct subject *subject = arena_alloc(arena, sizeof(*subject));
	struct pair *pair = sample_pair(arena, wanted);

	ck_assert_uint_lt(count, MOST);
	targets[count] = (struct table *)(uintptr_t)pair->table[TARGET];
	targets[count]->name = name;
	*subject = (struct subject){.pair = pair, .image = image_make(pair)};
	*finding = (struct finding){.database[SOURCE] = "src",
				    .database[TARGET] = "dst",
				    .table = name,
				    .verdict = VERDICT_DIFFERENT,
				    .rows = {{10, 10}},
				    .subject = subject};
	count++;
	return finding;
}

static void set(struct finding *finding, enum change_kind kind, uint64_t rows)
{
	finding->changes[kind] = finding->records[kind] = rows;
}

/* A table with a key and one change. */
static struct finding *add(const char *name)
{
	struct finding *finding = add_pair(
		name, (struct sample_pair){.source_columns = "id int; a int",
					   .source_keys = "PRIMARY(id)"});

	set(finding, CHANGE_UPDATE, 1);
	return finding;
}

static struct foreign_key *refer(const char *child, const char *parent)
{
	struct foreign_key *key = &keys[relations.foreign_key_count++];

	*key = (struct foreign_key){.name = "fk",
				    .child_database = "dst",
				    .child = child,
				    .parent_database = "dst",
				    .parent = parent,
				    .delete_rule = "RESTRICT",
				    .update_rule = "RESTRICT"};
	return key;
}

static void make(void)
{
	plan_drop(&plan);
	request.finding_count = count;
	plan = plan_make(&request);
}

/* "a b c" */
static const char *order(void)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	make();
	for (size_t i = 0; i < plan->table_count; i++)
		buf_addf(&text, "%s%s", i ? " " : "",
			 plan->tables[i].target->name);
	return arena_strdup(arena, text.data);
}

/* ------------------------------------------------------------------------
 * Order
 * --------------------------------------------------------------------- */

static void add_four(void)
{
	add("a");
	add("b");
	add("c");
	add("d");
}

START_TEST(without_foreign_keys_tables_stay_in_their_order)
{
	add_four();
	ck_assert_str_eq(order(), "a b c d");
}
END_TEST

START_TEST(parents_come_before_children)
{
	add_four();
	refer("a", "d");
	refer("b", "a");
	ck_assert_str_eq(order(), "c d a b");
	ck_assert_uint_eq(plan->note_count, 0);
}
END_TEST

START_TEST(a_parent_in_another_database_of_that_name_is_not_meant)
{
	add_four();
	refer("a", "d")->parent_database = "other";
	ck_assert_str_eq(order(), "a b c d");
}
END_TEST

START_TEST(a_table_that_refers_to_itself_waits_for_nobody)
{
	add_four();
	refer("a", "a");
	ck_assert_str_eq(order(), "a b c d");
	ck_assert_uint_eq(plan->note_count, 0);
}
END_TEST

START_TEST(a_cycle_is_named_and_broken_at_its_first_name)
{
	add_four();
	refer("b", "c");
	refer("c", "d");
	refer("d", "b");
	ck_assert_str_eq(order(), "a b d c");
	ck_assert_uint_eq(plan->note_count, 1);
	ck_assert_str_eq(plan->notes[0],
			 "foreign keys form a cycle: b → c → d → b");
}
END_TEST

START_TEST(who_refers_to_a_cycle_waits_for_it)
{
	add_four();
	refer("b", "c");
	refer("c", "b");
	refer("a", "b");
	ck_assert_str_eq(order(), "d b a c");
	ck_assert_uint_eq(plan->note_count, 1);
}
END_TEST

START_TEST(a_table_that_has_no_changes_is_in_no_order)
{
	add_four();
	set(&findings[0], CHANGE_UPDATE, 0);
	findings[0].verdict = VERDICT_EQUAL;
	refer("b", "a");
	ck_assert_str_eq(order(), "b c d");
}
END_TEST

START_TEST(equal_tables_are_an_empty_plan)
{
	set(add("a"), CHANGE_UPDATE, 0);
	facts.is_read_only = true;
	make();
	ck_assert(plan_is_empty(plan));
	ck_assert_uint_eq(plan->guard_count, 0);
}
END_TEST

/* ------------------------------------------------------------------------
 * Gaps, counters, sums
 * --------------------------------------------------------------------- */

static void expect_gap(const char *reason)
{
	make();
	ck_assert_uint_eq(plan->gap_count, 1);
	ck_assert_str_eq(plan->gaps[0].table, "t");
	ck_assert_msg(strstr(plan->gaps[0].reason, reason) != NULL, "%s",
		      plan->gaps[0].reason);
}

static const struct {
	enum verdict verdict;
	const char *skipped;
	const char *reason;
} gaps[] = {
	{VERDICT_MISSING_ON_TARGET, NULL, "the target has no such table"},
	{VERDICT_MISSING_ON_SOURCE, NULL, "only the target has this table"},
	{VERDICT_INCOMPLETE, "a lost connection",
	 "it was not compared: a lost connection"},
	{VERDICT_UNDECIDED, NULL, "it was not compared: no verdict"},
};

START_TEST(a_table_that_is_left_out_is_a_gap_with_its_reason)
{
	struct finding *finding = add("t");

	finding->verdict = gaps[_i].verdict;
	finding->skipped = gaps[_i].skipped;
	expect_gap(gaps[_i].reason);
	ck_assert(plan_is_empty(plan));
}
END_TEST

/* Its structure is left out, and said by that; what else it lacks is said too. */
START_TEST(what_an_error_says_does_not_make_it_one_of_structures)
{
	const struct structure structure = {.unknown = "source"};
	const struct reshape_table *none[1];
	const struct reshape reshape = {.by_name = none};
	struct finding *finding = add("t");

	request.reshape = &reshape;
	finding->structure = &structure;
	finding->verdict = VERDICT_INCOMPLETE;
	finding->skipped = "the connection to the source was lost";
	expect_gap("the connection to the source was lost");
}
END_TEST

START_TEST(a_table_of_which_only_the_structure_is_unknown_is_said_once)
{
	const struct structure structure = {.unknown = "source"};
	const struct reshape_table *none[1];
	const struct reshape reshape = {.by_name = none};
	struct finding *finding = add("t");

	request.reshape = &reshape;
	finding->structure = &structure;
	finding->verdict = VERDICT_INCOMPLETE;
	finding->lacks_structure = true;
	finding->skipped = "its structure: source";
	make();
	ck_assert_uint_eq(plan->gap_count, 0);
}
END_TEST

START_TEST(a_table_whose_rows_cannot_be_written_is_left_out)
{
	struct finding *finding =
		add_pair("t", (struct sample_pair){.source_columns = "a int",
						   .target_columns = "b int"});

	set(finding, CHANGE_DELETE, 1);
	expect_gap("it cannot be written: the target has none");
	ck_assert(plan_is_empty(plan));
}
END_TEST

START_TEST(rows_and_columns_that_are_left_out_are_gaps_of_a_planned_table)
{
	static const struct pair_difference difference = {.column = "x",
							  .text = "only here"};
	struct finding *finding = add("t");

	finding->unwritable = 2;
	finding->changes[CHANGE_UPDATE] = 3;
	expect_gap("2 rows cannot be written");
	ck_assert_uint_eq(plan->table_count, 1);
	ck_assert_uint_eq(plan->skipped, 2);
	finding->unwritable = 0;
	expect_gap("run again");
	finding->changes[CHANGE_UPDATE] = 1;
	finding->differences = &difference;
	finding->difference_count = 1;
	expect_gap("its columns differ (`x`)");
}
END_TEST

START_TEST(a_counter_is_raised_to_the_sources_and_never_lowered)
{
	struct finding *finding = add("t");
	struct table *source = (struct table *)(uintptr_t)
				       finding->subject->pair->table[SOURCE];

	set(finding, CHANGE_UPDATE, 0);
	finding->verdict = VERDICT_EQUAL;
	source->auto_increment = 12;
	targets[0]->auto_increment = 11;
	make();
	ck_assert_uint_eq(plan->table_count, 1);
	ck_assert_uint_eq(plan->tables[0].counter, 12);
	targets[0]->auto_increment = 12;
	make();
	ck_assert(plan_is_empty(plan));
	targets[0]->auto_increment = 0;
	make();
	ck_assert(plan_is_empty(plan));
}
END_TEST

START_TEST(a_rollback_sets_the_counters_that_it_was_given)
{
	static const uint64_t counters[] = {0, 7};

	add("a");
	add("b");
	request.counters = counters;
	request.is_whole = true;
	make();
	ck_assert_uint_eq(plan->tables[0].counter, 0);
	ck_assert_uint_eq(plan->tables[1].counter, 7);
	ck_assert(plan->tables[1].is_whole);
}
END_TEST

START_TEST(changes_of_all_tables_are_summed)
{
	set(add("a"), CHANGE_INSERT, 2);
	set(add("b"), CHANGE_DELETE, 3);
	findings[0].record_bytes = 10;
	findings[1].record_bytes = 20;
	make();
	ck_assert_uint_eq(plan->changes[CHANGE_INSERT], 2);
	ck_assert_uint_eq(plan->changes[CHANGE_UPDATE], 2);
	ck_assert_uint_eq(plan->changes[CHANGE_DELETE], 3);
	ck_assert_uint_eq(plan->bytes, 30);
	ck_assert_uint_eq(plan->tables[1].rows, 4);
}
END_TEST

START_TEST(rows_that_may_clash_have_one_writer)
{
	set(add_pair("a",
		     (struct sample_pair){
			     .source_columns = "id int; a int",
			     .source_keys = "PRIMARY(id); unique u(a)"}),
	    CHANGE_INSERT, 1);
	set(add_pair("b", (struct sample_pair){.source_columns = "a int"}),
	    CHANGE_INSERT, 1);
	add("c");
	make();
	ck_assert(plan->tables[0].is_serial);
	ck_assert(plan->tables[1].is_serial);
	ck_assert(!plan->tables[2].is_serial);
}
END_TEST

START_TEST(a_key_to_a_table_that_is_not_compared_is_doubtful)
{
	add("a");
	add("b");
	refer("a", "b");
	refer("a", "stranger");
	refer("other", "another");
	make();
	ck_assert_uint_eq(plan->doubtful_count, 1);
	ck_assert_ptr_eq(plan->doubtful[0], &keys[1]);
	findings[1].verdict = VERDICT_INCOMPLETE;
	make();
	ck_assert_uint_eq(plan->doubtful_count, 2);
}
END_TEST

/* ------------------------------------------------------------------------
 * Guards
 * --------------------------------------------------------------------- */

static const struct guard *guard_of(enum guard_kind kind)
{
	make();
	for (size_t i = 0; i < plan->guard_count; i++)
		if (plan->guards[i].kind == kind)
			return &plan->guards[i];
	return NULL;
}

static void expect_guard(enum guard_kind kind, const char *text)
{
	const struct guard *guard = guard_of(kind);

	ck_assert_ptr_nonnull(guard);
	ck_assert_msg(strstr(guard->text, text) != NULL, "%s", guard->text);
	ck_assert(!guard->is_allowed);
}

static const struct {
	uint64_t rows; /* of the target */
	uint64_t deletes;
	unsigned most;
	const char *way; /* NULL: no guard */
} shares[] = {
	{1000, 1000, 30, NULL},
	{1000, 301, 30, NULL},
	{1001, 300, 30, NULL}, /* 29.97 % */
	{1001, 301, 30, "--max-delete-percent 31"},
	{2000, 600, 30, NULL}, /* 30.0 % */
	{2000, 601, 30, "--max-delete-percent 31"},
	{2000, 2000, 30, "--max-delete-percent 100"},
	{2000, 2000, 99, "--max-delete-percent 100"},
	{2000, 2000, 100, NULL},
	{2000, 1, 0, "--max-delete-percent 1"},
	{2000, 0, 0, NULL},
};

START_TEST(deletes_above_the_share_are_refused_and_not_at_it)
{
	struct finding *finding = add("t");
	const struct guard *guard;

	set(finding, CHANGE_DELETE, shares[_i].deletes);
	finding->rows = (struct tally){{1, shares[_i].rows}};
	request.max_delete_percent = shares[_i].most;
	guard = guard_of(GUARD_DELETE_PERCENT);
	ck_assert_int_eq(guard != NULL, shares[_i].way != NULL);
	if (guard)
		ck_assert_str_eq(guard->way, shares[_i].way);
}
END_TEST

START_TEST(the_option_that_is_named_is_enough)
{
	struct finding *finding = add("t");

	set(finding, CHANGE_DELETE, 301);
	finding->rows = (struct tally){{1, 1001}};
	request.max_delete_percent = 31;
	ck_assert_ptr_null(guard_of(GUARD_DELETE_PERCENT));
}
END_TEST

START_TEST(rows_that_were_not_read_count_for_the_share)
{
	struct finding *finding = add("t");

	set(finding, CHANGE_DELETE, 500);
	finding->rows = (struct tally){{0, 500}};
	finding->rows_unread = 501;
	expect_guard(GUARD_DELETE_PERCENT, "500 of 1001 rows");
	finding->rows_unread = 5000;
	ck_assert_ptr_null(guard_of(GUARD_DELETE_PERCENT));
	ck_assert_ptr_null(guard_of(GUARD_EMPTY_SOURCE));
}
END_TEST

static struct finding *add_emptied(const char *name, uint64_t rows)
{
	struct finding *finding = add(name);

	set(finding, CHANGE_UPDATE, 0);
	set(finding, CHANGE_DELETE, rows);
	finding->rows = (struct tally){{0, rows}};
	return finding;
}

START_TEST(an_empty_source_is_refused_for_a_single_row)
{
	add_emptied("t", 1);
	expect_guard(GUARD_EMPTY_SOURCE, "all 1 rows");
	ck_assert_str_eq(guard_of(GUARD_EMPTY_SOURCE)->way, "--allow-empty t");
	ck_assert_ptr_null(guard_of(GUARD_DELETE_PERCENT));
	findings[0].rows.seen[SOURCE] = 1;
	ck_assert_ptr_null(guard_of(GUARD_EMPTY_SOURCE));
	findings[0].rows.seen[SOURCE] = 0;
	/* rows that were not read are on both sides */
	findings[0].rows_unread = 1;
	ck_assert_ptr_null(guard_of(GUARD_EMPTY_SOURCE));
	findings[0].rows_unread = 0;
	request.max_delete_percent = 100;
	ck_assert_ptr_null(guard_of(GUARD_EMPTY_SOURCE));
}
END_TEST

static const struct {
	const char *pattern;
	bool is_allowed;
} empties[] = {
	{"logs", true},  {"log*", true}, {"l?gs", true},  {"src.logs", true},
	{"s*.l*", true}, {"log", false}, {"LOGS", false}, {"dst.logs", false},
	{"", false},     {"*x*", false}, {"*", true},
};

START_TEST(tables_that_may_be_empty_are_named_by_a_pattern)
{
	add_emptied("logs", 5000);
	request.allow_empty = (struct text_list){&empties[_i].pattern, 1};
	ck_assert_int_eq(guard_of(GUARD_EMPTY_SOURCE) == NULL,
			 empties[_i].is_allowed);
	ck_assert_ptr_null(guard_of(GUARD_DELETE_PERCENT));
}
END_TEST

START_TEST(more_changes_than_the_most_are_refused_and_not_as_many)
{
	set(add("a"), CHANGE_INSERT, 5);
	set(add("b"), CHANGE_DELETE, 3);
	request.max_changes = 10;
	ck_assert_ptr_null(guard_of(GUARD_MAX_CHANGES));
	request.max_changes = 9;
	expect_guard(GUARD_MAX_CHANGES, "10 rows would be changed");
	ck_assert_str_eq(guard_of(GUARD_MAX_CHANGES)->way, "--max-changes 10");
	request.max_changes = 0;
	ck_assert_ptr_null(guard_of(GUARD_MAX_CHANGES));
}
END_TEST

START_TEST(what_the_target_is_may_speak_against_it)
{
	add("t");
	make();
	ck_assert_uint_eq(plan->guard_count, 0);
	facts.is_read_only = true;
	expect_guard(GUARD_READ_ONLY, "read-only");
	facts.replicates = "h:3306";
	expect_guard(GUARD_REPLICA, "replica of h:3306");
	facts.replicates = NULL;
	facts.replica_doubt = "denied";
	expect_guard(GUARD_REPLICA, "could not be seen (denied)");
}
END_TEST

START_TEST(triggers_of_written_tables_are_named)
{
	add("t");
	triggers[0] = (struct trigger){"dst", "t", "x", "BEFORE INSERT"};
	triggers[1] = (struct trigger){"dst", "other", "y", "AFTER DELETE"};
	relations.trigger_count = 2;
	expect_guard(GUARD_TRIGGERS, "`x` (BEFORE INSERT)");
	ck_assert_ptr_null(strstr(guard_of(GUARD_TRIGGERS)->text, "`y`"));
	relations.trigger_count = 0;
	ck_assert_ptr_null(guard_of(GUARD_TRIGGERS));
	facts.sees_triggers = false;
	expect_guard(GUARD_TRIGGERS, "may not see triggers");
}
END_TEST

START_TEST(a_rule_that_would_have_acted_on_strangers_is_told)
{
	struct foreign_key *key = refer("stranger", "t");

	add("t");
	key->delete_rule = "CASCADE";
	ck_assert_ptr_null(guard_of(GUARD_CASCADE));
	set(&findings[0], CHANGE_DELETE, 1);
	expect_guard(GUARD_CASCADE, "ON DELETE CASCADE");
	key->delete_rule = "NO ACTION";
	key->update_rule = "SET NULL";
	expect_guard(GUARD_CASCADE, "ON UPDATE SET NULL");
	add("stranger");
	ck_assert_ptr_null(guard_of(GUARD_CASCADE));
}
END_TEST

START_TEST(what_a_table_is_may_speak_against_it)
{
	add("t");
	targets[0]->engine = "innodb";
	make();
	ck_assert_uint_eq(plan->guard_count, 0);
	targets[0]->engine = "MyISAM";
	expect_guard(GUARD_NON_TRANSACTIONAL, "MyISAM");
	targets[0]->is_versioned = true;
	expect_guard(GUARD_VERSIONED, "history");
}
END_TEST

START_TEST(a_large_table_without_a_key_is_refused_and_a_small_one_is_not)
{
	set(add_pair("k", (struct sample_pair){.source_columns = "a int"}),
	    CHANGE_INSERT, 1);
	targets[0]->rows = 16;
	targets[0]->row_bytes = 1 << 20;
	ck_assert_ptr_null(guard_of(GUARD_NO_KEY));
	targets[0]->rows = 17;
	expect_guard(GUARD_NO_KEY, "no key");
}
END_TEST

START_TEST(deletes_under_a_filter_are_refused_and_other_changes_are_not)
{
	struct finding *finding = add_pair(
		"t", (struct sample_pair){.source_columns = "id int; a int",
					  .source_keys = "PRIMARY(id)",
					  .where = "a > 3"});

	set(finding, CHANGE_INSERT, 1);
	ck_assert_ptr_null(guard_of(GUARD_WHERE));
	set(finding, CHANGE_DELETE, 1);
	expect_guard(GUARD_WHERE, "outside of the filter");
}
END_TEST

/* Five reasons at once. */
static void add_trouble(void)
{
	add_emptied("t", 2000);
	targets[0]->engine = "MyISAM";
	targets[0]->is_versioned = true;
	facts.is_read_only = true;
	request.max_changes = 1;
}

START_TEST(all_guards_are_listed_at_once)
{
	const struct guard *first = NULL;

	add_trouble();
	make();
	ck_assert_uint_eq(plan->guard_count, 5);
	ck_assert_uint_eq(plan_refusals(plan, &first), 5);
	ck_assert_ptr_eq(first, &plan->guards[0]);
	ck_assert_int_eq(first->kind, GUARD_READ_ONLY);
	ck_assert_ptr_null(first->table);
	ck_assert_str_eq(plan->guards[4].table, "t");
}
END_TEST

START_TEST(guards_that_are_allowed_are_listed_and_marked)
{
	static const char *const words[] = {"versioned", "read-only",
					    "non-transactional"};
	const struct guard *first = NULL;

	add_trouble();
	request.allow = (struct text_list){words, 3};
	make();
	ck_assert_uint_eq(plan->guard_count, 5);
	ck_assert_uint_eq(plan_refusals(plan, &first), 2);
	ck_assert_int_eq(first->kind, GUARD_MAX_CHANGES);
	ck_assert(plan->guards[0].is_allowed);
	ck_assert_str_eq(plan->guards[0].way, "--allow read-only");
}
END_TEST

START_TEST(every_guard_has_a_word_of_its_own)
{
	for (enum guard_kind a = 0; a < GUARD_KINDS; a++)
		for (enum guard_kind b = 0; b < a; b++)
			ck_assert_str_ne(guard_word(a), guard_word(b));
}
END_TEST

static TCase *order_case(void)
{
	TCase *tcase = tcase_create("order");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, without_foreign_keys_tables_stay_in_their_order);
	tcase_add_test(tcase, parents_come_before_children);
	tcase_add_test(tcase,
		       a_parent_in_another_database_of_that_name_is_not_meant);
	tcase_add_test(tcase, a_table_that_refers_to_itself_waits_for_nobody);
	tcase_add_test(tcase, a_cycle_is_named_and_broken_at_its_first_name);
	tcase_add_test(tcase, who_refers_to_a_cycle_waits_for_it);
	tcase_add_test(tcase, a_table_that_has_no_changes_is_in_no_order);
	tcase_add_test(tcase, equal_tables_are_an_empty_plan);
	tcase_add_loop_test(tcase,
			    a_table_that_is_left_out_is_a_gap_with_its_reason,
			    0, (int)COUNT(gaps));
	tcase_add_test(tcase,
		       what_an_error_says_does_not_make_it_one_of_structures);
	tcase_add_test(
		tcase,
		a_table_of_which_only_the_structure_is_unknown_is_said_once);
	tcase_add_test(tcase, a_table_whose_rows_cannot_be_written_is_left_out);
	tcase_add_test(
		tcase,
		rows_and_columns_that_are_left_out_are_gaps_of_a_planned_table);
	tcase_add_test(tcase,
		       a_counter_is_raised_to_the_sources_and_never_lowered);
	tcase_add_test(tcase, a_rollback_sets_the_counters_that_it_was_given);
	tcase_add_test(tcase, changes_of_all_tables_are_summed);
	tcase_add_test(tcase, rows_that_may_clash_have_one_writer);
	tcase_add_test(tcase,
		       a_key_to_a_table_that_is_not_compared_is_doubtful);
	return tcase;
}

static TCase *guard_case(void)
{
	TCase *tcase = tcase_create("guards");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_loop_test(tcase,
			    deletes_above_the_share_are_refused_and_not_at_it,
			    0, (int)COUNT(shares));
	tcase_add_test(tcase, the_option_that_is_named_is_enough);
	tcase_add_test(tcase, rows_that_were_not_read_count_for_the_share);
	tcase_add_test(tcase, an_empty_source_is_refused_for_a_single_row);
	tcase_add_loop_test(tcase,
			    tables_that_may_be_empty_are_named_by_a_pattern, 0,
			    (int)COUNT(empties));
	tcase_add_test(tcase,
		       more_changes_than_the_most_are_refused_and_not_as_many);
	tcase_add_test(tcase, what_the_target_is_may_speak_against_it);
	tcase_add_test(tcase, triggers_of_written_tables_are_named);
	tcase_add_test(tcase,
		       a_rule_that_would_have_acted_on_strangers_is_told);
	tcase_add_test(tcase, what_a_table_is_may_speak_against_it);
	tcase_add_test(
		tcase,
		a_large_table_without_a_key_is_refused_and_a_small_one_is_not);
	tcase_add_test(
		tcase,
		deletes_under_a_filter_are_refused_and_other_changes_are_not);
	tcase_add_test(tcase, all_guards_are_listed_at_once);
	tcase_add_test(tcase, guards_that_are_allowed_are_listed_and_marked);
	tcase_add_test(tcase, every_guard_has_a_word_of_its_own);
	return tcase;
}

int main(void)
{
	Suite *suite = suite_create("plan");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, order_case());
	suite_add_tcase(suite, guard_case());
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
