/* choice.c - see choice.h. */
#include "choice.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * Databases
 * --------------------------------------------------------------------- */

static void add_pair(struct vec *out, const char *source, const char *target)
{
	struct database_pair *pair = vec_push(out);

	pair->name[SOURCE] = source;
	pair->name[TARGET] = target;
}

static enum dbs_rc check_not_twice(const struct vec *pairs,
				   struct dbs_error *err)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const struct database_pair *a = vec_at(pairs, i);

		for (size_t k = 0; k < i; k++) {
			const struct database_pair *b = vec_at(pairs, k);

			if (!strcmp(a->name[TARGET], b->name[TARGET]))
				return dbs_fail(err, DBS_E_USAGE,
						"the target database `%s` is "
						"named for `%s` and for `%s`",
						a->name[TARGET],
						b->name[SOURCE],
						a->name[SOURCE]);
		}
	}
	return DBS_OK;
}

static enum dbs_rc add_matching(const char *pattern, struct conn *source,
				struct arena *arena, struct vec *out,
				struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	const size_t before = out->count;
	enum dbs_rc rc = schema_databases(source, &rows, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *name = rows_text(rows, i, 0);

		if (!text_glob(pattern, name, false))
			continue;
		name = arena_strdup(arena, name);
		add_pair(out, name, name);
	}
	if (out->count == before)
		return dbs_fail(err, DBS_E_USAGE,
				"no database of the source matches `%s` (those "
				"of the system are taken only when named)",
				pattern);
	return DBS_OK;
}

static enum dbs_rc add_spec(const char *spec, struct conn *source,
			    struct arena *arena, struct vec *out,
			    struct dbs_error *err)
{
	const char *colon = strchr(spec, ':');

	/* not quoted: there may be a password in it */
	if (strstr(spec, "://"))
		return dbs_fail(err, DBS_E_USAGE,
				"--databases takes names of databases, not "
				"URLs");
	if (!colon && text_is_glob(spec))
		return add_matching(spec, source, arena, out, err);
	if (!colon) {
		add_pair(out, spec, spec);
		return DBS_OK;
	}
	const char *name = arena_strndup(arena, spec, (size_t)(colon - spec));

	if (!*name || !colon[1])
		return dbs_fail(err, DBS_E_USAGE, "`%s` is not SOURCE:TARGET",
				spec);
	if (text_is_glob(name))
		return dbs_fail(err, DBS_E_USAGE,
				"`%s`: a pattern cannot be mapped to one name",
				spec);
	add_pair(out, name, colon + 1);
	return DBS_OK;
}

static enum dbs_rc from_urls(const struct walk_request *request,
			     struct vec *out, struct dbs_error *err)
{
	const char *source = request->dsn[SOURCE]->database;
	const char *target = request->dsn[TARGET]->database;

	if (!source && !target)
		return dbs_fail(err, DBS_E_USAGE,
				"no database is named: put it into the URLs "
				"(mysql://host/DATABASE) or use --databases");
	add_pair(out, source ? source : target, target ? target : source);
	return DBS_OK;
}

enum dbs_rc choose_databases(const struct walk_request *request,
			     struct conn *source, struct arena *arena,
			     struct vec *out, struct dbs_error *err)
{
	if (!request->databases.count)
		return from_urls(request, out, err);
	for (size_t i = 0; i < request->databases.count; i++) {
		enum dbs_rc rc = add_spec(request->databases.items[i], source,
					  arena, out, err);

		if (rc)
			return rc;
	}
	return check_not_twice(out, err);
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

bool choice_fits(const char *pattern, const char *database, const char *table)
{
	OWNED(buf_release) struct buf whole = BUF_INIT;

	if (text_glob(pattern, table, false))
		return true;
	buf_addf(&whole, "%s.%s", database, table);
	return text_glob(pattern, whole.data, false);
}

static bool fits_any(const struct text_list *patterns, const char *database,
		     const char *table)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (choice_fits(patterns->items[i], database, table))
			return true;
	return false;
}

bool choice_has_table(const struct walk_request *request, const char *database,
		      const char *table)
{
	return (!request->tables.count ||
		fits_any(&request->tables, database, table)) &&
	       !fits_any(&request->exclude, database, table);
}

bool choice_has_tables(const struct walk_request *request)
{
	return !request->objects || (request->objects & OBJECTS_TABLES);
}

bool choice_has_objects(const struct walk_request *request)
{
	return request->objects && request->scope != SCOPE_DATA;
}

static bool fits_a_table(const char *pattern, const char *name,
			 const struct database *database)
{
	for (size_t i = 0; i < database->table_count; i++)
		if (choice_fits(pattern, name, database->tables[i].name))
			return true;
	return false;
}

/* Views are chosen by the same words as tables. */
static bool fits_a_view(const char *pattern, const char *name,
			const struct object_list *list)
{
	for (size_t i = 0; list && i < list->count; i++)
		if (list->items[i].kind == OBJECT_VIEW &&
		    choice_fits(pattern, name, list->items[i].name))
			return true;
	return false;
}

static bool fits_in(const char *pattern, const struct database_pair *pair)
{
	return fits_a_table(pattern, pair->name[SOURCE], pair->model[SOURCE]) ||
	       fits_a_table(pattern, pair->name[SOURCE], pair->model[TARGET]) ||
	       fits_a_view(pattern, pair->name[SOURCE],
			   pair->objects[SOURCE]) ||
	       fits_a_view(pattern, pair->name[SOURCE], pair->objects[TARGET]);
}

bool choice_fits_somewhere(const char *pattern, const struct vec *pairs)
{
	for (size_t i = 0; i < pairs->count; i++)
		if (fits_in(pattern, vec_at(pairs, i)))
			return true;
	return false;
}

/* database.table of another database than this one. */
static bool is_elsewhere(const char *pattern, const char *database)
{
	const char *dot = strchr(pattern, '.');
	const size_t length = dot ? (size_t)(dot - pattern) : 0;

	return dot && (strlen(database) != length ||
		       memcmp(pattern, database, length) != 0);
}

bool choice_names_all(const struct walk_request *request,
		      const struct database_pair *pair)
{
	const struct text_list *tables = &request->tables;

	for (size_t i = 0; i < tables->count; i++)
		if (text_is_glob(tables->items[i]) ||
		    (!fits_in(tables->items[i], pair) &&
		     !is_elsewhere(tables->items[i], pair->name[SOURCE])))
			return false;
	return tables->count > 0;
}

static void collect_tables(const struct vec *pairs, struct vec *names)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const struct database_pair *pair = vec_at(pairs, i);
		const struct database *both[] = {pair->model[SOURCE],
						 pair->model[TARGET]};

		for (size_t k = 0; k < 2; k++)
			for (size_t t = 0; t < both[k]->table_count; t++)
				*(const char **)vec_push(
					names) = both[k]->tables[t].name;
	}
}

enum dbs_rc choice_no_such_table(const char *option, const char *pattern,
				 const struct vec *pairs, struct dbs_error *err)
{
	OWNED(vec_release) struct vec names = VEC_INIT(const char *);
	const char *dot = strchr(pattern, '.');
	const char *nearest;

	collect_tables(pairs, &names);
	nearest = text_nearest(dot ? dot + 1 : pattern, names.items,
			       names.count);
	return dbs_fail(err, DBS_E_USAGE, "%s: no table fits `%s`%s%s%s",
			option, pattern, nearest ? "; did you mean `" : "",
			nearest ? nearest : "", nearest ? "`?" : "");
}

static enum dbs_rc check_patterns(const char *option,
				  const struct text_list *patterns,
				  const struct vec *pairs,
				  struct dbs_error *err)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (!choice_fits_somewhere(patterns->items[i], pairs))
			return choice_no_such_table(option, patterns->items[i],
						    pairs, err);
	return DBS_OK;
}

static void collect_columns(const struct table *table, struct vec *names)
{
	for (size_t i = 0; i < table->column_count; i++)
		*(const char **)vec_push(names) = table->columns[i].name;
}

/* Whether a table that the pattern fits has the column; gathers the names. */
static bool has_column(const struct table_option *option,
		       const struct vec *pairs, struct vec *names)
{
	for (size_t i = 0; i < pairs->count; i++) {
		const struct database_pair *pair = vec_at(pairs, i);
		const struct database *both[] = {pair->model[SOURCE],
						 pair->model[TARGET]};

		for (size_t k = 0; k < 2; k++) {
			for (size_t t = 0; t < both[k]->table_count; t++) {
				const struct table *table = &both[k]->tables[t];

				if (!choice_fits(option->pattern,
						 pair->name[SOURCE],
						 table->name))
					continue;
				if (table_find_column(table, option->value))
					return true;
				collect_columns(table, names);
			}
		}
	}
	return false;
}

/* TABLE.OLD of an option, taken apart; false: there is no dot in it. */
static bool split_rename(const struct table_option *option, struct buf *table,
			 const char **from_out)
{
	const char *dot = strrchr(option->pattern, '.');

	if (!dot || dot == option->pattern || !dot[1])
		return false;
	buf_add(table, option->pattern, (size_t)(dot - option->pattern));
	*from_out = dot + 1;
	return true;
}

/* It may be gone, when it was renamed before. */
static bool is_old_name(const struct walk_request *request, const char *column)
{
	for (size_t i = 0; i < request->renames.count; i++) {
		OWNED(buf_release) struct buf pattern = BUF_INIT;
		const char *from = NULL;

		if (split_rename(&request->renames.items[i], &pattern, &from) &&
		    text_equal_nocase(from, column))
			return true;
	}
	return false;
}

static enum dbs_rc check_columns(const struct walk_request *request,
				 const struct vec *pairs, struct dbs_error *err)
{
	for (size_t i = 0; i < request->ignore.count; i++) {
		const struct table_option *option = &request->ignore.items[i];
		OWNED(vec_release) struct vec names = VEC_INIT(const char *);

		if (has_column(option, pairs, &names) ||
		    is_old_name(request, option->value))
			continue;
		const char *nearest = text_nearest(option->value, names.items,
						   names.count);

		return dbs_fail(err, DBS_E_USAGE,
				"--ignore-columns: `%s` has no column "
				"`%s`%s%s%s",
				option->pattern, option->value,
				nearest ? "; did you mean `" : "",
				nearest ? nearest : "", nearest ? "`?" : "");
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Columns under new names
 * --------------------------------------------------------------------- */

struct renames choice_renames(const struct walk_request *request,
			      const char *database, const char *table,
			      struct arena *arena)
{
	const struct option_list *all = &request->renames;
	struct rename *items = arena_alloc(arena,
					   (all->count + 1) * sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++) {
		OWNED(buf_release) struct buf pattern = BUF_INIT;
		const char *from = NULL;

		if (split_rename(&all->items[i], &pattern, &from) &&
		    choice_fits(pattern.data, database, table))
			items[count++] = (struct rename){from,
							 all->items[i].value};
	}
	return (struct renames){items, count};
}

/*
 * The old name may be gone, when it was done before; but the new one must be
 * there.
 */
static enum dbs_rc check_rename(const struct table_option *option,
				const struct vec *pairs, struct dbs_error *err)
{
	OWNED(buf_release) struct buf pattern = BUF_INIT;
	OWNED(vec_release) struct vec names = VEC_INIT(const char *);
	const char *from = NULL;

	if (!split_rename(option, &pattern, &from))
		return dbs_fail(err, DBS_E_USAGE,
				"--renames takes TABLE.OLD:NEW, not `%s:%s`",
				option->pattern, option->value);
	if (!choice_fits_somewhere(pattern.data, pairs))
		return choice_no_such_table("--renames", pattern.data, pairs,
					    err);

	const struct table_option now = {pattern.data, option->value};

	if (has_column(&now, pairs, &names))
		return DBS_OK;
	const char *nearest = text_nearest(option->value, names.items,
					   names.count);

	return dbs_fail(err, DBS_E_USAGE,
			"--renames %s:%s: `%s` has no column `%s`%s%s%s",
			option->pattern, option->value, pattern.data,
			option->value, nearest ? "; did you mean `" : "",
			nearest ? nearest : "", nearest ? "`?" : "");
}

static enum dbs_rc check_renames(const struct walk_request *request,
				 const struct vec *pairs, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < request->renames.count && !rc; i++)
		rc = check_rename(&request->renames.items[i], pairs, err);
	return rc;
}

static enum dbs_rc check_options(const char *name,
				 const struct option_list *options,
				 const struct vec *pairs, struct dbs_error *err)
{
	for (size_t i = 0; i < options->count; i++)
		if (!choice_fits_somewhere(options->items[i].pattern, pairs))
			return choice_no_such_table(
				name, options->items[i].pattern, pairs, err);
	return DBS_OK;
}

const char *choice_where(const struct walk_request *request,
			 const char *database, const char *table)
{
	const char *where = NULL;

	for (size_t i = 0; i < request->where.count; i++)
		if (choice_fits(request->where.items[i].pattern, database,
				table))
			where = request->where.items[i].value;
	return where;
}

enum { UNKNOWN_COLUMN = 1054 };

/*
 * Whether the server's no is about the condition, not about the table: which may
 * be damaged, or its engine not there.  A column may be one that the target is to
 * get.
 */
static bool is_about_condition(enum dbs_rc rc, enum side side,
			       const struct dbs_error *err)
{
	static const unsigned of_tables[] = {1016, 1017, 1030, 1034,
					     1194, 1195, 1286, 1932};
	enum { FIRST_OF_SERVER = 1000 }; /* below: of engines */

	if (err->server_errno == UNKNOWN_COLUMN)
		return side == SOURCE;
	for (size_t i = 0; i < sizeof(of_tables) / sizeof(*of_tables); i++)
		if (err->server_errno == of_tables[i])
			return false;
	return rc == DBS_E_SERVER && err->server_errno >= FIRST_OF_SERVER;
}

static enum dbs_rc try_where(struct conn *conn, enum side side,
			     const char *database, const char *table,
			     const char *where, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *none = NULL;
	struct dbs_error found = {0};

	buf_adds(&sql, "SELECT 1 FROM ");
	quote_table(&sql, database, table);
	buf_addf(&sql, " WHERE (%s) LIMIT 0", where);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "?n", &none, &found);

	if (rc && is_about_condition(rc, side, &found))
		return dbs_fail(err, DBS_E_USAGE, "--where %s:%s: %s", table,
				where, found.text);
	/* what else is wrong with the table is said where it is compared */
	if (dbs_is_fatal(rc)) {
		*err = found;
		return rc;
	}
	return DBS_OK;
}

static enum dbs_rc try_side(const struct walk_request *request,
			    struct conn *conn, const struct database_pair *pair,
			    enum side side, struct dbs_error *err)
{
	const struct database *model = pair->model[side];
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; model && i < model->table_count && !rc; i++) {
		const char *table = model->tables[i].name;
		const char *where = choice_where(request, pair->name[SOURCE],
						 table);

		if (where &&
		    choice_has_table(request, pair->name[SOURCE], table))
			rc = try_where(conn, side, pair->name[side], table,
				       where, err);
	}
	return rc;
}

enum dbs_rc choice_try_where(const struct walk_request *request,
			     const struct link *link, const struct vec *pairs,
			     struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; request->where.count && i < pairs->count && !rc;
	     i++) {
		const struct database_pair *pair = vec_at(pairs, i);

		rc = try_side(request, link->conn[SOURCE], pair, SOURCE, err);
		if (!rc)
			rc = try_side(request, link->conn[TARGET], pair, TARGET,
				      err);
	}
	return rc;
}

enum dbs_rc choice_check(const struct walk_request *request,
			 const struct vec *pairs, struct dbs_error *err)
{
	enum dbs_rc rc = check_patterns("--tables", &request->tables, pairs,
					err);

	if (!rc)
		rc = check_options("--where", &request->where, pairs, err);
	if (!rc)
		rc = check_options("--ignore-columns", &request->ignore, pairs,
				   err);
	if (!rc)
		rc = check_columns(request, pairs, err);
	if (!rc)
		rc = check_renames(request, pairs, err);
	return rc;
}
