/*
 * inventory.c - see inventory.h.
 *
 *	databases ─▶ not one and the same? ─▶ models of both sides
 *	   ─▶ a finding where a user may not see all tables
 *	   ─▶ a job for each table that both have
 *	   ─▶ a finding for each that only one has
 */
#include "inventory.h"

#include "hidden.h"
#include "loose.h"
#include "objects.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"
#include "dbsync/schema/object.h"
#include "dbsync/schema/token.h"

#include <stdlib.h>
#include <string.h>

/* With lower_case_table_names on one side only. */
#define SAME_NAME \
	"where case does not matter, its name is that of another table"

/*
 * A database that is written to is read by no pair: what was read of it would be
 * what it no longer is.
 */
static enum dbs_rc refuse_read(const struct vec *pairs, size_t number,
			       bool folds, struct dbs_error *err)
{
	const struct database_pair *written = vec_at(pairs, number);

	for (size_t i = 0; i < pairs->count; i++) {
		const struct database_pair *read = vec_at(pairs, i);

		if (folds ? !text_equal_nocase(read->name[SOURCE],
					       written->name[TARGET])
			  : strcmp(read->name[SOURCE], written->name[TARGET]) !=
				    0)
			continue;
		if (i == number)
			return dbs_fail(err, DBS_E_REFUSED,
					"source and target are the same: "
					"database `%s` on the same server",
					read->name[SOURCE]);
		return dbs_fail(err, DBS_E_REFUSED,
				"database `%s` is the target of `%s` and the "
				"source of `%s`, on the same server",
				read->name[SOURCE], written->name[SOURCE],
				read->name[TARGET]);
	}
	return DBS_OK;
}

static enum dbs_rc refuse_same(const struct inventory *inventory,
			       const struct links *links, struct dbs_error *err)
{
	bool is_same = false;
	OWNED(mem_drop) char *fold = NULL;
	enum dbs_rc rc = links_same_server(links, &is_same, err);

	if (!rc && is_same)
		rc = conn_fetch_text(links->items[0].conn[SOURCE],
				     "SELECT @@lower_case_table_names", "1n",
				     &fold, err);
	const bool folds = fold && *fold != '0';

	for (size_t i = 0; i < inventory->databases.count && is_same && !rc;
	     i++)
		rc = refuse_read(&inventory->databases, i, folds, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Models and jobs
 * --------------------------------------------------------------------- */

/* The model of one side, which takes seconds where tables are many. */
struct loading {
	struct conn *conn;
	const char *database;
	struct arena *arena;
	bool may_lack; /* the database */
	bool lacks;
	const struct database *model;
	struct dbs_error error; /* code DBS_OK: none */
};

static void load(void *self)
{
	struct loading *loading = self;
	bool is_there = true;

	if (loading->may_lack)
		(void)schema_load_if_there(loading->conn, loading->database,
					   loading->arena, &loading->model,
					   &is_there, &loading->error);
	else
		(void)schema_load(loading->conn, loading->database,
				  loading->arena, &loading->model,
				  &loading->error);
	loading->lacks = !is_there;
}

/* Where structures are made, the database is, too. */
static bool makes_databases(const struct walk_request *request)
{
	return request->makes_databases && request->scope != SCOPE_DATA &&
	       (request->objects & OBJECTS_TABLES);
}

static enum dbs_rc check_lack(const struct inventory *inventory,
			      struct conn *conn, const char *database,
			      struct dbs_error *err)
{
	bool may = false;

	if (inventory->request->leaves_databases)
		return dbs_fail(err, DBS_E_REFUSED,
				"the target has no database `%s`, and "
				"--no-create-database forbids creating it",
				database);
	enum dbs_rc rc = object_may_create(conn, database, &may, err);

	if (rc || may)
		return rc;
	return dbs_fail(err, DBS_E_REFUSED,
			"the target has no database `%s`, or none that its "
			"user may see, and the user may not create it: GRANT "
			"CREATE ON `%s`.* TO that user",
			database, database);
}

/* Both servers at once. */
static enum dbs_rc load_pair(struct inventory *inventory,
			     const struct link *link,
			     struct database_pair *pair, struct dbs_error *err)
{
	struct loading sides[] = {
		{.conn = link->conn[TARGET],
		 .database = pair->name[TARGET],
		 .arena = inventory->arena,
		 .may_lack = makes_databases(inventory->request)},
		{.conn = link->conn[SOURCE],
		 .database = pair->name[SOURCE],
		 .arena = inventory_new_arena(inventory)},
	};
	const struct loading *target = &sides[0];
	const struct loading *source = &sides[1];

	workers_run(inventory->request->workers, load, sides, 2,
		    sizeof(*sides));
	pair->model[SOURCE] = source->model;
	pair->model[TARGET] = target->model;
	if (!source->error.code && !target->error.code)
		return target->lacks ? check_lack(inventory, link->conn[TARGET],
						  pair->name[TARGET], err)
				     : DBS_OK;
	*err = source->error.code ? source->error : target->error;
	return err->code;
}

static enum dbs_rc check_words(struct inventory *inventory,
			       const struct link *link, struct dbs_error *err)
{
	enum dbs_rc rc = choice_check(inventory->request, &inventory->databases,
				      err);

	if (!rc)
		rc = choice_try_where(inventory->request, link,
				      &inventory->databases, err);
	return rc ? rc
		  : loose_check(inventory->request, link, &inventory->databases,
				&inventory->idle, err);
}

static enum dbs_rc load_models(struct inventory *inventory,
			       const struct links *links, struct dbs_error *err)
{
	const struct link *link = &links->items[0];

	for (size_t i = 0; i < inventory->databases.count; i++) {
		struct database_pair *pair = vec_at(&inventory->databases, i);
		enum dbs_rc rc = load_pair(inventory, link, pair, err);

		if (!rc && choice_has_objects(inventory->request))
			rc = objects_list(inventory, link, pair, err);
		if (rc)
			return rc;
	}
	return inventory->request->is_checked
		       ? DBS_OK
		       : check_words(inventory, link, err);
}

static struct text_list ignored_of(struct inventory *inventory,
				   const char *database, const char *table)
{
	const struct option_list *all = &inventory->request->ignore;
	const char **items = arena_alloc(inventory->arena,
					 (all->count + 1) * sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		if (choice_fits(all->items[i].pattern, database, table))
			items[count++] = all->items[i].value;
	return (struct text_list){items, count};
}

static bool has_both(const struct table *table, const char *a, const char *b)
{
	return table_find_column(table, a) && table_find_column(table, b);
}

/* Both names on one side: nobody knows which column is which. */
static void note_renames(const struct inventory *inventory,
			 const struct pair *pair, const struct renames *said)
{
	for (size_t i = 0; i < said->count; i++) {
		const char *from = said->items[i].from;
		const char *to = said->items[i].to;
		const bool has_source = has_both(pair->table[SOURCE], from, to);

		if (text_equal_nocase(from, to))
			talk_note(inventory->request->talk,
				  "`%s`.`%s`: no rename of `%s` to `%s`: names "
				  "of columns are case-insensitive",
				  pair->database[TARGET],
				  pair->table[TARGET]->name, from, to);
		else if (has_source || has_both(pair->table[TARGET], from, to))
			talk_note(inventory->request->talk,
				  "`%s`.`%s`: no rename of `%s` to `%s`: the "
				  "%s has both columns",
				  pair->database[TARGET],
				  pair->table[TARGET]->name, from, to,
				  side_name(has_source ? SOURCE : TARGET));
	}
}

static struct finding finding_of(const struct database_pair *pair,
				 const struct table *table)
{
	return (struct finding){
		.database[SOURCE] = pair->name[SOURCE],
		.database[TARGET] = pair->name[TARGET],
		.table = table->name,
		.key = "rows",
	};
}

static struct job *new_job(struct inventory *inventory,
			   const struct database_pair *dbs,
			   const struct table *source,
			   const struct table *target)
{
	const struct text_list ignored =
		ignored_of(inventory, dbs->name[SOURCE], source->name);
	const struct pair_wish wish = {
		.server[SOURCE] = inventory->server[SOURCE],
		.server[TARGET] = inventory->server[TARGET],
		.database[SOURCE] = dbs->name[SOURCE],
		.database[TARGET] = dbs->name[TARGET],
		.where = choice_where(inventory->request, dbs->name[SOURCE],
				      source->name),
		.ignored = ignored.items,
		.ignored_count = ignored.count,
		.renames = choice_renames(inventory->request, dbs->name[SOURCE],
					  source->name, inventory->arena),
	};
	struct job *job = arena_alloc(inventory->arena, sizeof(*job));
	struct pair *pair = pair_make(inventory->arena, source, target, &wish);

	note_renames(inventory, pair, &wish.renames);

	job->arena = arena_new();
	job->ranges = (struct vec)VEC_INIT(struct range);
	job->known = (struct vec)VEC_INIT(uint64_t);
	job->subject.pair = pair;
	if (inventory->request->keeps_changes)
		job->subject.image = image_make(pair);
	job->subject.projection[SOURCE] = projection_make(pair, SOURCE, "", 0);
	job->subject.projection[TARGET] = projection_make(
		pair, TARGET,
		job->subject.image ? job->subject.image->extra_select : "",
		job->subject.image ? job->subject.image->extra_count : 0);
	job->finding = finding_of(dbs, source);
	job->finding.key = pair->key_text;
	job->finding.renames = &pair->renames;
	job->finding.ignored = pair->ignored;
	job->finding.ignored_count = pair->ignored_count;
	job->finding.differences = pair->differences;
	job->finding.difference_count = pair->difference_count;
	return job;
}

static size_t count_chosen(const struct walk_request *request,
			   const char *database, const struct database *model)
{
	size_t count = 0;

	for (size_t i = 0; i < model->table_count; i++)
		count += choice_has_table(request, database,
					  model->tables[i].name);
	return count;
}

static void add_incomplete(struct inventory *inventory,
			   const struct database_pair *pair,
			   const struct table *table, const char *reason)
{
	struct finding *finding = vec_push(&inventory->findings);

	*finding = finding_of(pair, table);
	finding->verdict = VERDICT_INCOMPLETE;
	finding->skipped = reason;
}

static void add_jobs(struct inventory *inventory, struct database_pair *pair)
{
	const struct database *sources = pair->model[SOURCE];
	const struct database *targets = pair->model[TARGET];

	pair->used[SOURCE] = arena_alloc(inventory->arena,
					 sources->table_count + 1);
	pair->used[TARGET] = arena_alloc(inventory->arena,
					 targets->table_count + 1);
	for (size_t i = 0; i < sources->table_count; i++) {
		const struct table *source = &sources->tables[i];
		const struct table *target = database_find_table(targets,
								 source->name);

		if (!target ||
		    !choice_has_table(inventory->request, pair->name[SOURCE],
				      source->name))
			continue;
		bool *used = &pair->used[TARGET][target - targets->tables];

		pair->used[SOURCE][i] = true;
		if (*used) {
			add_incomplete(inventory, pair, source, SAME_NAME);
			continue;
		}
		*used = true;
		*(struct job **)vec_push(&inventory->jobs) =
			new_job(inventory, pair, source, target);
		inventory->rows += source->rows;
	}
}

/* ------------------------------------------------------------------------
 * Tables that one side does not have
 * --------------------------------------------------------------------- */

static enum dbs_rc count_rows(struct conn *conn, const char *database,
			      const char *table, const char *where,
			      uint64_t *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT COUNT(*) FROM ");
	quote_table(&sql, database, table);
	if (where)
		buf_addf(&sql, " WHERE (%s)", where);
	return conn_fetch_number(conn, sql.data, out, err);
}

static bool concerns_table(enum dbs_rc rc)
{
	return rc == DBS_E_DENIED || rc == DBS_E_CHANGED ||
	       rc == DBS_E_SERVER || rc == DBS_E_RETRY;
}

/* Why a name without a table does not prove that there is none; or NULL. */
static const char *obstacle(enum presence presence, bool on_source)
{
	switch (presence) {
	case PRESENCE_HIDDEN:
		return on_source ? "the user of the target may not see this "
				   "table there"
				 : "the user of the source may not see this "
				   "table there";
	case PRESENCE_VIEW:
		return on_source ? "on the target this is a view"
				 : "on the source this is a view";
	case PRESENCE_ABSENT:
		break;
	}
	return NULL;
}

/* Counts the rows of a table that the other side really does not have. */
static enum dbs_rc count_missing(struct inventory *inventory,
				 const struct link *link,
				 struct finding *finding, bool on_source,
				 struct dbs_error *err)
{
	uint64_t *rows = on_source ? &finding->rows.seen[SOURCE]
				   : &finding->rows.seen[TARGET];

	finding->verdict = on_source ? VERDICT_MISSING_ON_TARGET
				     : VERDICT_MISSING_ON_SOURCE;
	if (inventory->request->scope == SCOPE_SCHEMA)
		return DBS_OK;
	enum dbs_rc rc = count_rows(
		on_source ? link->conn[SOURCE] : link->conn[TARGET],
		on_source ? finding->database[SOURCE]
			  : finding->database[TARGET],
		finding->table,
		choice_where(inventory->request, finding->database[SOURCE],
			     finding->table),
		rows, err);

	if (rc)
		finding->verdict = VERDICT_INCOMPLETE;
	else
		finding->changes[on_source ? CHANGE_INSERT : CHANGE_DELETE] =
			*rows;
	return rc;
}

/* Fills in what is known of a table that only one side shows. */
static enum dbs_rc judge_missing(struct inventory *inventory,
				 const struct link *link,
				 struct finding *finding, bool on_source,
				 struct dbs_error *err)
{
	enum presence presence = PRESENCE_HIDDEN;
	enum dbs_rc rc = schema_presence(on_source ? link->conn[TARGET]
						   : link->conn[SOURCE],
					 on_source ? finding->database[TARGET]
						   : finding->database[SOURCE],
					 finding->table, &presence, err);

	finding->verdict = VERDICT_INCOMPLETE;
	if (!rc)
		finding->skipped = obstacle(presence, on_source);
	if (!rc && !finding->skipped)
		rc = count_missing(inventory, link, finding, on_source, err);
	if (!concerns_table(rc))
		return rc;
	finding->skipped = arena_strdup(inventory->arena, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc add_missing_of(struct inventory *inventory,
				  const struct link *link,
				  const struct database_pair *pair,
				  bool on_source, struct dbs_error *err)
{
	const struct database *has = on_source ? pair->model[SOURCE]
					       : pair->model[TARGET];
	const struct database *lacks = on_source ? pair->model[TARGET]
						 : pair->model[SOURCE];
	const bool *used = on_source ? pair->used[SOURCE] : pair->used[TARGET];

	for (size_t i = 0; i < has->table_count; i++) {
		const struct table *table = &has->tables[i];

		if (used[i] ||
		    !choice_has_table(inventory->request, pair->name[SOURCE],
				      table->name))
			continue;
		if (database_find_table(lacks, table->name)) {
			add_incomplete(inventory, pair, table, SAME_NAME);
			continue;
		}
		struct finding finding = finding_of(pair, table);
		enum dbs_rc rc = judge_missing(inventory, link, &finding,
					       on_source, err);

		if (rc)
			return rc;
		*(struct finding *)vec_push(&inventory->findings) = finding;
	}
	return DBS_OK;
}

enum dbs_rc inventory_count_missing(struct inventory *inventory,
				    const struct link *link,
				    struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (!choice_has_tables(inventory->request))
		return DBS_OK;
	for (size_t i = 0; i < inventory->databases.count && !rc; i++) {
		const struct database_pair *pair = vec_at(&inventory->databases,
							  i);

		rc = add_missing_of(inventory, link, pair, true, err);
		if (!rc)
			rc = add_missing_of(inventory, link, pair, false, err);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * All of it
 * --------------------------------------------------------------------- */

void inventory_init(struct inventory *inventory,
		    const struct walk_request *request, struct arena *arena)
{
	*inventory = (struct inventory){
		.request = request,
		.arena = arena,
		.arenas = VEC_INIT(struct arena *),
		.databases = VEC_INIT(struct database_pair),
		.jobs = VEC_INIT(struct job *),
		.findings = VEC_INIT(struct finding),
		.objects = VEC_INIT(struct object_finding),
		.idle = VEC_INIT(const char *),
	};
}

void inventory_release(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->jobs.count; i++)
		job_release(*(struct job **)vec_at(&inventory->jobs, i));
	vec_release(&inventory->databases);
	vec_release(&inventory->jobs);
	vec_release(&inventory->findings);
	vec_release(&inventory->objects);
	vec_release(&inventory->idle);
	for (size_t i = 0; i < inventory->arenas.count; i++)
		arena_drop(vec_at(&inventory->arenas, i));
	vec_release(&inventory->arenas);
}

struct arena *inventory_new_arena(struct inventory *inventory)
{
	struct arena *arena = arena_new();

	*(struct arena **)vec_push(&inventory->arenas) = arena;
	return arena;
}

/* Nothing compared must not look like everything equal. */
static enum dbs_rc check_not_vacuous(const struct inventory *inventory,
				     struct dbs_error *err)
{
	size_t source = 0;
	size_t target = 0;
	size_t chosen = 0;

	for (size_t i = 0; i < inventory->databases.count; i++) {
		const struct database_pair *pair = vec_at(&inventory->databases,
							  i);

		source += pair->model[SOURCE]->table_count;
		target += pair->model[TARGET]->table_count;
		chosen += count_chosen(inventory->request, pair->name[SOURCE],
				       pair->model[SOURCE]) +
			  count_chosen(inventory->request, pair->name[SOURCE],
				       pair->model[TARGET]) +
			  objects_views(inventory->request, pair);
	}
	if (!source && !target)
		talk_note(inventory->request->talk,
			  "neither side has a table, or none that its user "
			  "may see");
	if (chosen || (!source && !target) || inventory->request->is_checked)
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"--tables and --exclude-tables leave nothing to "
			"compare (tables of the source: %zu, of the target: "
			"%zu)",
			source, target);
}

/* As the server spells them, for that is what its own lists are searched by. */
static void settle_names(struct inventory *inventory, const struct link *link)
{
	for (size_t i = 0; i < inventory->databases.count; i++) {
		struct database_pair *pair = vec_at(&inventory->databases, i);

		if (conn_lowers_names(link->conn[SOURCE]))
			pair->name[SOURCE] = token_lower(
				pair->name[SOURCE], strlen(pair->name[SOURCE]),
				inventory->arena);
		if (conn_lowers_names(link->conn[TARGET]))
			pair->name[TARGET] = token_lower(
				pair->name[TARGET], strlen(pair->name[TARGET]),
				inventory->arena);
	}
}

enum dbs_rc inventory_load(struct inventory *inventory,
			   const struct links *links, struct dbs_error *err)
{
	const struct link *link = &links->items[0];
	enum dbs_rc rc = choose_databases(inventory->request,
					  link->conn[SOURCE], inventory->arena,
					  &inventory->databases, err);

	inventory->server[SOURCE] = conn_server(link->conn[SOURCE]);
	inventory->server[TARGET] = conn_server(link->conn[TARGET]);
	if (!rc)
		settle_names(inventory, link);
	if (!rc)
		rc = refuse_same(inventory, links, err);
	if (!rc)
		rc = load_models(inventory, links, err);
	if (!rc)
		rc = hidden_find(inventory, link, err);
	if (rc || !choice_has_tables(inventory->request))
		return rc;
	rc = check_not_vacuous(inventory, err);
	for (size_t i = 0; i < inventory->databases.count && !rc; i++)
		add_jobs(inventory, vec_at(&inventory->databases, i));
	return rc;
}
