/*
 * delta.c - see delta.h: keys, constraints and options, and what statements
 * all clauses make.
 */
#include "delta_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/implicit.h"
#include "dbsync/schema/render.h"
#include "dbsync/schema/type.h"

#include <string.h>

void delta_add(struct differ *differ, struct delta_clause clause)
{
	clause.sql = arena_strdup(differ->arena, clause.sql);
	*(struct delta_clause *)vec_push(&differ->clauses) = clause;
}

static void add_drop(struct differ *differ, enum delta_phase phase,
		     const char *words, const char *name, const char *what)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "%s ", words);
	quote_name(&sql, name);
	delta_add(differ, (struct delta_clause){
				  .phase = phase,
				  .sql = sql.data,
				  .what = arena_printf(differ->arena, "%s `%s`",
						       what, name)});
}

/* ------------------------------------------------------------------------
 * Keys
 * --------------------------------------------------------------------- */

static bool same_part(const struct differ *differ, const struct def_part *a,
		      const struct def_part *b)
{
	if (!a->column != !b->column || strcmp(a->length, b->length) != 0 ||
	    a->is_descending != b->is_descending)
		return false;
	return a->column ? text_equal_nocase(a->column, b->column)
			 : expression_equal(a->expression, b->expression,
					    differ->arena);
}

static bool same_parts(const struct differ *differ, const struct def_key *a,
		       const struct def_key *b)
{
	if (a->kind != b->kind || a->part_count != b->part_count)
		return false;
	for (size_t i = 0; i < a->part_count; i++)
		if (!same_part(differ, &a->parts[i], &b->parts[i]))
			return false;
	return true;
}

/* Words in any case; what stands in quotes is somebody's own. */
static bool same_value(const char *a, const char *b)
{
	return strpbrk(a, "'`\"") ? !strcmp(a, b) : text_equal_nocase(a, b);
}

bool delta_same_options(const struct def_option *a, size_t a_count,
			const struct def_option *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++) {
		size_t k = 0;

		while (k < b_count &&
		       (!text_equal_nocase(a[i].name, b[k].name) ||
			!same_value(a[i].value, b[k].value)))
			k++;
		if (k == b_count)
			return false;
	}
	return true;
}

static void drop_key(struct differ *differ, const struct def_key *key,
		     enum delta_phase phase)
{
	if (key->kind == DEF_KEY_PRIMARY)
		delta_add(differ,
			  (struct delta_clause){.phase = phase,
						.sql = "DROP PRIMARY KEY",
						.what = "the primary key"});
	else
		add_drop(differ, phase, "DROP KEY", key->name, "key");
}

static bool is_unique(const struct def_key *key)
{
	return key->kind == DEF_KEY_PRIMARY || key->kind == DEF_KEY_UNIQUE;
}

static void add_key(struct differ *differ, const struct def_key *key,
		    enum delta_phase phase)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "ADD ");
	render_key(key, differ->family, &sql);
	delta_add(differ, (struct delta_clause){
				  .phase = phase,
				  .sql = sql.data,
				  .key = key,
				  .what = arena_printf(differ->arena,
						       "key `%s`", key->name),
				  .hazard = is_unique(key) ? HAZARD_UNIQUE
							   : HAZARD_NONE});
}

static void hide_key(struct differ *differ, const struct def_key *key)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const bool is_mariadb = differ->family == SERVER_MARIADB;

	buf_adds(&sql, "ALTER INDEX ");
	quote_name(&sql, key->name);
	if (key->is_hidden)
		buf_adds(&sql, is_mariadb ? " IGNORED" : " INVISIBLE");
	else
		buf_adds(&sql, is_mariadb ? " NOT IGNORED" : " VISIBLE");
	/* one that is not yet nullable is a primary key, which is never hidden */
	delta_add(differ, (struct delta_clause){
				  .phase = key->is_hidden && is_unique(key)
						   ? DELTA_ALONE
						   : DELTA_MAIN,
				  .sql = sql.data,
				  .what = arena_printf(differ->arena,
						       "key `%s`", key->name)});
}

static void rename_key(struct differ *differ, const struct def_key *have,
		       const struct def_key *want)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "RENAME KEY ");
	quote_name(&sql, have->name);
	buf_adds(&sql, " TO ");
	quote_name(&sql, want->name);
	delta_add(differ,
		  (struct delta_clause){.phase = DELTA_MAIN,
					.sql = sql.data,
					.what = arena_printf(differ->arena,
							     "key `%s`",
							     want->name)});
}

/*
 * To a server a key of words or places that is dropped and added in one
 * statement with the same parts is the same key, whatever its options say; so these two
 * go apart.  Others may not: a counter or a foreign key may need one.
 */
static bool goes_before_it_comes(const struct def_key *key)
{
	return key->kind != DEF_KEY_PRIMARY && key->kind != DEF_KEY_UNIQUE &&
	       key->kind != DEF_KEY_PLAIN;
}

/* Whether it holds for a column of the key that stays. */
static bool any_part(const struct differ *differ, const struct def_key *key,
		     bool (*holds)(const struct def_column *have,
				   const struct def_column *want))
{
	for (size_t i = 0; i < key->part_count; i++) {
		const char *name = key->parts[i].column;
		const struct def_column *have =
			name ? definition_column(differ->have, name) : NULL;
		const struct def_column *want =
			name ? definition_column(differ->want, name) : NULL;

		if (have && want && holds(have, want))
			return true;
	}
	return false;
}

/*
 * MySQL changes no SRID under a key of places, and looks for one before a
 * statement begins: it goes before, and comes behind.
 */
static bool has_other_srid(const struct def_column *have,
			   const struct def_column *want)
{
	return strcmp(have->srid, want->srid) != 0;
}

static bool moves_srid(const struct differ *differ, const struct def_key *key)
{
	return key->kind == DEF_KEY_SPATIAL &&
	       any_part(differ, key, has_other_srid);
}

/*
 * MySQL takes the bytes of the number of an ENUM or SET for the length of a part
 * of the text that it becomes: a key of the column would be one of its prefix.
 */
static bool is_list_no_more(const struct def_column *have,
			    const struct def_column *want)
{
	return type_is_list(type_from_name(have->type)) &&
	       !type_is_list(type_from_name(want->type));
}

static bool becomes_prefix(const struct differ *differ,
			   const struct def_key *key)
{
	return differ->family == SERVER_MYSQL &&
	       any_part(differ, key, is_list_no_more);
}

/* Its columns up to one that it holds a part of; no key has more. */
enum { MOST_PARTS = 64 };

static size_t whole_columns(const struct def_key *key, const char **out)
{
	size_t count = 0;

	while (count < key->part_count && count < MOST_PARTS &&
	       key->parts[count].column && !*key->parts[count].length) {
		out[count] = key->parts[count].column;
		count++;
	}
	return count;
}

static bool has_new_part(const struct differ *differ, const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const struct def_part *part = &key->parts[i];

		if (part->column ? delta_is_made_anew(differ, part->column)
				 : delta_leans_on_new(differ, part->expression))
			return true;
	}
	return false;
}

/*
 * The name of a key may differ in its case alone.  On MariaDB that is let be:
 * to drop and add it in one statement leaves the old name, and 11.8 cannot read
 * the table any more after RENAME KEY (error 1030, until it is created again).
 */
static bool needs_rename(const struct differ *differ,
			 const struct def_key *have, const struct def_key *want)
{
	return strcmp(have->name, want->name) != 0 &&
	       differ->family != SERVER_MARIADB;
}

/* Whether a key that comes would do for a foreign key as well as this one. */
static bool is_overtaken(const struct differ *differ, const struct def_key *key)
{
	for (size_t i = 0; i < differ->want->key_count; i++) {
		const struct def_key *other = &differ->want->keys[i];
		const struct def_key *before = definition_key(differ->have,
							      other->name);
		const char *columns[MOST_PARTS];

		if (goes_before_it_comes(other) ||
		    (before && same_parts(differ, before, other)))
			continue;
		if (implicit_gives_way(key, columns,
				       whole_columns(other, columns)))
			return true;
	}
	return false;
}

static void settle_key(struct differ *differ, const struct def_key *key)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	implicit_settle(key, differ->family, &sql);
	delta_add(differ, (struct delta_clause){
				  .phase = DELTA_MAIN,
				  .sql = sql.data,
				  .what = arena_printf(differ->arena,
						       "key `%s`", key->name)});
}

static void change_key(struct differ *differ, const struct def_key *have,
		       const struct def_key *want)
{
	const bool same_columns = same_parts(differ, have, want);
	const bool same_options =
		delta_same_options(have->options, have->option_count,
				   want->options, want->option_count);

	const bool moves = moves_srid(differ, have) || moves_srid(differ, want);

	if (same_columns && same_options && !moves &&
	    !has_new_part(differ, have) && !becomes_prefix(differ, have)) {
		if (needs_rename(differ, have, want))
			rename_key(differ, have, want);
		if (have->is_hidden != want->is_hidden)
			hide_key(differ, want);
		else if (!needs_rename(differ, have, want) &&
			 is_overtaken(differ, have))
			settle_key(differ, have);
		return;
	}
	drop_key(differ, have, moves ? DELTA_DROP_KEYS : DELTA_MAIN);
	add_key(differ, want,
		moves || (same_columns && goes_before_it_comes(want))
			? DELTA_ALONE
			: DELTA_MAIN);
}

static void diff_keys(struct differ *differ)
{
	size_t fulltext = 0;

	for (size_t i = 0; i < differ->have->key_count; i++)
		if (!definition_key(differ->want, differ->have->keys[i].name))
			drop_key(differ, &differ->have->keys[i],
				 moves_srid(differ, &differ->have->keys[i])
					 ? DELTA_DROP_KEYS
					 : DELTA_MAIN);
	for (size_t i = 0; i < differ->want->key_count; i++) {
		const struct def_key *want = &differ->want->keys[i];
		const struct def_key *have = definition_key(differ->have,
							    want->name);

		if (have) {
			change_key(differ, have, want);
			continue;
		}
		/* InnoDB builds one full text index in a statement */
		fulltext += want->kind == DEF_KEY_FULLTEXT;
		add_key(differ, want,
			(want->kind == DEF_KEY_FULLTEXT && fulltext > 1) ||
					moves_srid(differ, want)
				? DELTA_ALONE
				: DELTA_MAIN);
	}
}

/* ------------------------------------------------------------------------
 * Constraints
 * --------------------------------------------------------------------- */

static bool same_names(const char *const *a, size_t a_count,
		       const char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!text_equal_nocase(a[i], b[i]))
			return false;
	return true;
}

static bool same_foreign_key(const struct def_foreign_key *a,
			     const struct def_foreign_key *b)
{
	return same_names(a->columns, a->column_count, b->columns,
			  b->column_count) &&
	       same_names(a->parent_columns, a->parent_column_count,
			  b->parent_columns, b->parent_column_count) &&
	       !strcmp(a->parent_database, b->parent_database) &&
	       !strcmp(a->parent, b->parent) &&
	       text_equal_nocase(a->on_delete, b->on_delete) &&
	       text_equal_nocase(a->on_update, b->on_update);
}

bool delta_has_foreign_key(const struct definition *definition,
			   const struct def_foreign_key *key)
{
	for (size_t i = 0; i < definition->foreign_key_count; i++)
		if (text_equal_nocase(definition->foreign_keys[i].name,
				      key->name) &&
		    same_foreign_key(&definition->foreign_keys[i], key))
			return true;
	return false;
}

static struct delta_clause clause_of(const struct differ *differ,
				     const struct def_foreign_key *key)
{
	return (struct delta_clause){.what = arena_printf(differ->arena,
							  "foreign key `%s`",
							  key->name),
				     .foreign_key = key};
}

static void drop_foreign_key(struct differ *differ,
			     const struct def_foreign_key *key)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct delta_clause clause = clause_of(differ, key);

	buf_adds(&sql, "DROP FOREIGN KEY ");
	quote_name(&sql, key->name);
	clause.phase = DELTA_DROP_FOREIGN_KEYS;
	clause.sql = sql.data;
	delta_add(differ, clause);
}

static void add_foreign_key(struct differ *differ,
			    const struct def_foreign_key *key)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct delta_clause clause = clause_of(differ, key);

	buf_adds(&sql, "ADD ");
	render_foreign_key(key, &sql);
	clause.phase = DELTA_ADD_FOREIGN_KEYS;
	clause.sql = sql.data;
	clause.settles = arena_alloc(differ->arena,
				     (differ->want->key_count + 1) *
					     sizeof(*clause.settles));
	clause.settle_count = implicit_find(differ->have, differ->want, key,
					    clause.settles);
	delta_add(differ, clause);
}

static void diff_foreign_keys(struct differ *differ)
{
	for (size_t i = 0; i < differ->have->foreign_key_count; i++)
		if (!delta_has_foreign_key(differ->want,
					   &differ->have->foreign_keys[i]))
			drop_foreign_key(differ,
					 &differ->have->foreign_keys[i]);
	for (size_t i = 0; i < differ->want->foreign_key_count; i++)
		if (!delta_has_foreign_key(differ->have,
					   &differ->want->foreign_keys[i]))
			add_foreign_key(differ, &differ->want->foreign_keys[i]);
}

/* A check without a name is any check that says the same. */
static bool has_check(const struct differ *differ,
		      const struct definition *definition,
		      const struct def_check *check)
{
	for (size_t i = 0; i < definition->check_count; i++) {
		const struct def_check *other = &definition->checks[i];

		if (*other->name && *check->name &&
		    !text_equal_nocase(other->name, check->name))
			continue;
		if (other->is_unenforced == check->is_unenforced &&
		    expression_equal(other->expression, check->expression,
				     differ->arena))
			return true;
	}
	return false;
}

/* The rows are asked before anything is renamed. */
const char *delta_against(const struct differ *differ, const char *check)
{
	const struct renames back = renames_reverse(differ->renames,
						    differ->arena);

	return arena_printf(differ->arena, "NOT (%s)",
			    renames_expression(&back, check, differ->arena));
}

/*
 * An ALTER of MySQL keeps checks as it has bound them to the former columns: of
 * a TIME that becomes a number, `t` > -5 would be `t` > TIME'-00:00:05'.
 */
static bool is_bound_to_time(const struct differ *differ,
			     const struct def_check *check)
{
	if (differ->family != SERVER_MYSQL)
		return false;
	for (size_t i = 0; i < differ->have->column_count; i++) {
		const struct def_column *have = &differ->have->columns[i];
		const enum type type = type_from_name(have->type);
		const struct def_column *want = definition_column(differ->want,
								  have->name);

		if ((type == TYPE_YEAR || type == TYPE_TIME ||
		     type_kind(type) == KIND_MOMENT) &&
		    want && type_from_name(want->type) != type &&
		    expression_names(check->expression, have->name,
				     differ->arena))
			return true;
	}
	return false;
}

static bool is_check_made_anew(const struct differ *differ,
			       const struct def_check *check)
{
	return delta_leans_on_new(differ, check->expression) ||
	       is_bound_to_time(differ, check);
}

static void diff_checks(struct differ *differ)
{
	for (size_t i = 0; i < differ->have->check_count; i++) {
		const struct def_check *check = &differ->have->checks[i];

		if (!has_check(differ, differ->want, check) ||
		    is_check_made_anew(differ, check))
			add_drop(differ, DELTA_MAIN, "DROP CONSTRAINT",
				 check->name, "check");
	}
	for (size_t i = 0; i < differ->want->check_count; i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;
		const struct def_check *check = &differ->want->checks[i];

		if (has_check(differ, differ->have, check) &&
		    !is_check_made_anew(differ, check))
			continue;
		buf_adds(&sql, "ADD ");
		render_check(check, &sql);
		delta_add(differ,
			  (struct delta_clause){
				  .phase = DELTA_MAIN,
				  .sql = sql.data,
				  .what = arena_printf(differ->arena,
						       "check `%s`",
						       check->name),
				  .check = check,
				  .hazard = check->is_unenforced ? HAZARD_NONE
								 : HAZARD_CHECK,
				  .endangered = delta_against(
					  differ, check->expression)});
	}
}

static bool names_renamed(const struct differ *differ, const char *expression)
{
	for (size_t i = 0; i < differ->renames->count; i++)
		if (expression_names(expression, differ->renames->items[i].from,
				     differ->arena))
			return true;
	return false;
}

/*
 * MySQL renames no column that a check names (3959), unless the check goes and
 * comes in the same statement.  have: before the renames.
 */
static void rename_checks(struct differ *differ, const struct definition *have)
{
	if (differ->family != SERVER_MYSQL)
		return;
	for (size_t i = 0; i < have->check_count; i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;
		const struct def_check *check = &differ->have->checks[i];

		if (!names_renamed(differ, have->checks[i].expression))
			continue;
		add_drop(differ, DELTA_RENAME, "DROP CONSTRAINT", check->name,
			 "check");
		buf_adds(&sql, "ADD ");
		render_check(check, &sql);
		delta_add(differ, (struct delta_clause){
					  .phase = DELTA_RENAME,
					  .sql = sql.data,
					  .what = arena_printf(differ->arena,
							       "check `%s`",
							       check->name)});
	}
}

/* ------------------------------------------------------------------------
 * Options
 * --------------------------------------------------------------------- */

/* What an option is set to, to be as if it had never been said. */
static const char *unsaid(const struct def_option *option)
{
	static const struct {
		const char *name;
		const char *value;
	} values[] = {
		{"COMMENT", "''"},        {"KEY_BLOCK_SIZE", "0"},
		{"MAX_ROWS", "0"},        {"MIN_ROWS", "0"},
		{"AVG_ROW_LENGTH", "0"},  {"CHECKSUM", "0"},
		{"DELAY_KEY_WRITE", "0"}, {"AUTOEXTEND_SIZE", "0"},
		{"INSERT_METHOD", "NO"},  {"COMPRESSION", "''"},
		{"CONNECTION", "''"},     {"UNION", "()"},
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		if (text_equal_nocase(option->name, values[i].name))
			return values[i].value;
	return "DEFAULT";
}

static void set_option(struct differ *differ, struct def_option option)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const bool is_engine = text_equal_nocase(option.name, "ENGINE");

	render_option(&option, &sql);
	delta_add(differ,
		  (struct delta_clause){
			  .phase = DELTA_MAIN,
			  .sql = sql.data,
			  .what = arena_printf(differ->arena, "option %s",
					       option.name),
			  .hazard = is_engine ? HAZARD_ENGINE : HAZARD_NONE});
}

static void diff_options(struct differ *differ)
{
	const struct definition *have = differ->have;
	const struct definition *want = differ->want;
	/* options of an engine in backquotes are unknown words to another */
	const bool same_engine =
		text_equal_nocase(definition_option(have, "ENGINE"),
				  definition_option(want, "ENGINE"));

	for (size_t i = 0; i < have->option_count; i++)
		if (!*definition_option(want, have->options[i].name) &&
		    (same_engine || *have->options[i].name != '`'))
			set_option(differ, (struct def_option){
						   have->options[i].name,
						   unsaid(&have->options[i])});
	for (size_t i = 0; i < want->option_count; i++)
		if (!same_value(want->options[i].value,
				definition_option(have, want->options[i].name)))
			set_option(differ, want->options[i]);
}

/* ------------------------------------------------------------------------
 * The whole
 * --------------------------------------------------------------------- */

static struct delta_clause *sort_clauses(struct differ *differ)
{
	const struct delta_clause *clauses = differ->clauses.items;
	struct delta_clause *sorted = arena_alloc(
		differ->arena, (differ->clauses.count + 1) * sizeof(*sorted));
	size_t count = 0;

	for (int phase = 0; phase < DELTA_PHASES; phase++)
		for (size_t i = 0; i < differ->clauses.count; i++)
			if ((int)clauses[i].phase == phase)
				sorted[count++] = clauses[i];
	return sorted;
}

void delta_make(const struct definition *have, const struct definition *want,
		const struct renames *renames, enum server_family family,
		struct arena *arena, struct delta *out)
{
	static const struct renames none = {NULL, 0};
	struct differ differ = {
		.want = want,
		.renames = renames ? renames : &none,
		.family = family,
		.arena = arena,
		.clauses = VEC_INIT(struct delta_clause),
	};

	differ.have = renames_definition(differ.renames, have, arena);
	delta_renames(&differ, have);
	rename_checks(&differ, have);
	diff_foreign_keys(&differ);
	diff_checks(&differ);
	delta_columns(&differ);
	diff_keys(&differ);
	diff_options(&differ);
	delta_partitions(&differ);
	out->clauses = sort_clauses(&differ);
	out->count = differ.clauses.count;
	out->family = family;
	vec_release(&differ.clauses);
}

/* It stands behind all other clauses, without a comma. */
static bool is_partitioning(const struct delta_clause *clause)
{
	return !strncmp(clause->sql, "PARTITION BY ", 13) ||
	       !strcmp(clause->sql, "REMOVE PARTITIONING");
}

/* Keys that the foreign keys of a statement would replace, each once. */
static void add_settles(const struct delta *delta, size_t first, size_t last,
			struct buf *sql)
{
	OWNED(vec_release) struct vec done = VEC_INIT(const struct def_key *);

	for (size_t i = first; i <= last; i++) {
		const struct delta_clause *clause = &delta->clauses[i];

		for (size_t k = 0; k < clause->settle_count; k++) {
			const struct def_key *key = clause->settles[k];
			const struct def_key **keys = done.items;
			size_t at = 0;

			while (at < done.count && keys[at] != key)
				at++;
			if (at < done.count)
				continue;
			*(const struct def_key **)vec_push(&done) = key;
			buf_adds(sql, ", ");
			implicit_settle(key, delta->family, sql);
		}
	}
}

void delta_statements(const struct delta *delta, const char *table,
		      const char *options, struct arena *arena,
		      struct delta_statements *out)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	out->items = arena_alloc(arena,
				 (delta->count + 1) * sizeof(*out->items));
	out->phases = arena_alloc(arena,
				  (delta->count + 1) * sizeof(*out->phases));
	out->count = 0;
	for (size_t i = 0, first = 0; i < delta->count; i++) {
		const struct delta_clause *clause = &delta->clauses[i];
		const bool is_first = i == 0 || clause->phase == DELTA_ALONE ||
				      clause[-1].phase != clause->phase;
		const bool is_last = i + 1 == delta->count ||
				     clause[1].phase != clause->phase ||
				     clause->phase == DELTA_ALONE;

		if (is_first)
			buf_addf(&sql, "ALTER TABLE %s%s%s", table,
				 *options ? " " : "", options);
		buf_addf(&sql, "%s %s",
			 (is_first && !*options) || is_partitioning(clause)
				 ? ""
				 : ",",
			 clause->sql);
		first = is_first ? i : first;
		if (!is_last)
			continue;
		add_settles(delta, first, i, &sql);
		out->items[out->count] = arena_strdup(arena, sql.data);
		out->phases[out->count++] = clause->phase;
		buf_clear(&sql);
	}
}

void delta_prepend(struct delta_statements *statements, const char *sql,
		   struct arena *arena)
{
	const size_t count = statements->count;
	const struct delta_statements old = *statements;

	statements->items = arena_alloc(arena,
					(count + 1) * sizeof(*old.items));
	statements->phases = arena_alloc(arena,
					 (count + 1) * sizeof(*old.phases));
	for (size_t i = 0; i < count; i++) {
		statements->items[i + 1] = old.items[i];
		statements->phases[i + 1] = old.phases[i];
	}
	statements->items[0] = arena_strdup(arena, sql);
	statements->phases[0] = DELTA_MAIN;
	statements->count = count + 1;
}
