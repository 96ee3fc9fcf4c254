/*
 * by_log_tables.c - which tables are read, and which rows of them: see by_log.h.
 *
 *	not named by either log              not read
 *	rows of it are named                 those rows, by their keys
 *	anything else, or the keys do        all of it, and why
 *	not tell what was changed
 */
#include "by_log_part.h"

#include "dbsync/base/own.h"
#include "dbsync/data/subject.h"
#include "dbsync/db/quote.h"

#include <string.h>

bool by_log_any(const struct by_log *by_log, enum side side,
		bool (*holds)(const struct log_window *window))
{
	for (unsigned i = 0; i < WAYS; i++)
		if (by_log->window[side][i] && holds(by_log->window[side][i]))
			return true;
	return false;
}

static bool has_something(const struct log_window *window)
{
	return !log_window_is_empty(window);
}

static enum log_touch touch_of(const struct by_log *by_log, enum side side,
			       const char *database, const char *table)
{
	enum log_touch most = TOUCH_NONE;

	for (unsigned i = 0; i < WAYS; i++) {
		const enum log_touch touch =
			by_log->window[side][i]
				? log_window_touches(by_log->window[side][i],
						     database, table)
				: TOUCH_NONE;

		if (touch > most)
			most = touch;
	}
	return most;
}

/*
 * MySQL up to 9.5, and later with innodb_native_foreign_keys, logs nothing of
 * the rows that a foreign key changes: then a table that may have such keys is
 * read whenever anything was changed.
 */
enum dbs_rc by_log_hides_cascades(struct conn *conn, bool *out,
				  struct dbs_error *err)
{
	enum { LOGS_THEM = 90600 };
	OWNED(rows_drop) struct rows *rows = NULL;

	*out = false;
	if (conn_server(conn)->family != SERVER_MYSQL)
		return DBS_OK;
	enum dbs_rc rc = conn_fetch(conn,
				    "SHOW GLOBAL VARIABLES LIKE "
				    "'innodb_native_foreign_keys'",
				    "tT", &rows, err);

	if (rc)
		return rc;
	const char *value = rows_count(rows) ? rows_text(rows, 0, 1) : NULL;

	*out = conn_server(conn)->version < LOGS_THEM || !value ||
	       strcmp(value, "OFF") != 0;
	return DBS_OK;
}

static enum dbs_rc has_cascades(struct conn *conn, const char *database,
				const char *table, bool *out,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_adds(&sql, "SHOW CREATE TABLE ");
	quote_table(&sql, database, table);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "1tt*", &rows, err);

	if (rc)
		return rc;
	const char *text = rows_text(rows, 0, 1);

	*out = strstr(text, " ON DELETE ") || strstr(text, " ON UPDATE ");
	return DBS_OK;
}

/* Of a table that neither log names. */
static enum dbs_rc check_cascades(const struct by_log *by_log,
				  struct walk *walk, const struct pair *pair,
				  const bool hides[SIDES], const char **why_out,
				  struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc && !*why_out;
	     side++) {
		bool has = false;

		if (!hides[side] || !by_log_any(by_log, side, has_something))
			continue;
		rc = has_cascades(walk_link(walk)->conn[side],
				  pair->database[side], pair->table[side]->name,
				  &has, err);
		if (!rc && has)
			*why_out = "a foreign key may have changed rows, which "
				   "the server does not log";
	}
	return rc;
}

/* What says that it cannot be left unread, whatever the logs have. */
const char *by_log_reason_of(const struct pair *pair)
{
	if (pair->unknown || pair->difference_count)
		return "its columns differ";
	/* which rows that means may change with time, and with other tables */
	if (pair->where)
		return "--where";
	for (enum side side = SOURCE; side < SIDES; side++) {
		if (!table_has_views(pair->table[side]))
			return "its engine has no transactions";
		if (pair->table[side]->has_column_grants ||
		    pair->table[side]->lost_column)
			return "some of its columns may be hidden";
	}
	return NULL;
}

/* What the windows of both sides say of a table. */
struct touched {
	enum log_touch most;
	enum side side; /* where that was found first */
	bool took_back;
};

static struct touched touched(const struct by_log *by_log,
			      const struct pair *pair)
{
	struct touched found = {.most = TOUCH_NONE};

	for (enum side side = SOURCE; side < SIDES; side++) {
		const enum log_touch touch = touch_of(by_log, side,
						      pair->database[side],
						      pair->table[side]->name);

		if (touch > found.most) {
			found.most = touch;
			found.side = side;
		}
		found.took_back = found.took_back ||
				  (touch && by_log_any(by_log, side,
						       log_window_took_back));
	}
	return found;
}

/* ------------------------------------------------------------------------
 * Tables of which some rows are read
 * --------------------------------------------------------------------- */

/* Whether each column of the key is of one type on both sides, and readable. */
static bool has_plain_key(const struct pair *pair)
{
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];
		const struct column *source = column->on[SOURCE];
		const struct column *target = column->on[TARGET];

		if (source->type != target->type ||
		    !log_keys_can_read(source) || !log_keys_can_read(target))
			return false;
	}
	return true;
}

bool by_log_can_name(const struct pair *pair)
{
	return !by_log_reason_of(pair) && has_plain_key(pair) &&
	       !pair->table[SOURCE]->is_versioned &&
	       !pair->table[TARGET]->is_versioned &&
	       !pair->table[SOURCE]->is_sequence && walk_can_name(pair);
}

struct log_keys_wish by_log_wish_of(struct arena *arena,
				    const struct pair *pair, enum side side,
				    uint64_t rows, struct key_set *keys)
{
	enum { FEW = 1000, SHARE = 10 };
	const struct table *table = pair->table[side];
	size_t *key = arena_alloc(arena, pair->key_count * sizeof(*key));

	for (size_t i = 0; i < pair->key_count; i++)
		key[i] = (size_t)(pair->columns[pair->key[i].column].on[side] -
				  table->columns);
	return (struct log_keys_wish){
		.database = pair->database[side],
		.table = table,
		.key = key,
		.key_count = pair->key_count,
		.keys = keys,
		/* reading all of it is cheaper than by many keys */
		.most = rows / SHARE > FEW ? rows / SHARE : FEW,
	};
}

/* Their tables have keys that are taken out of the logs, if these have any. */
static void add_wishes(struct by_log *by_log, const struct walk *walk,
		       struct vec wishes[SIDES])
{
	for (size_t i = 0; walk_subject(walk, i); i++) {
		const struct pair *pair = walk_subject(walk, i)->pair;
		const struct agreed_table *agreed = agreement_table(
			by_log->agreement, pair->database[SOURCE],
			pair->table[SOURCE]->name);

		if (!agreed || !by_log_can_name(pair))
			continue;
		struct key_set *keys = key_set_new();

		*(struct key_set **)vec_push(&by_log->sets) = keys;
		for (enum side side = SOURCE; side < SIDES; side++)
			*(struct log_keys_wish *)vec_push(&wishes[side]) =
				by_log_wish_of(by_log->arena, pair, side,
					       agreed->rows, keys);
	}
}

void by_log_wish(struct by_log *by_log, const struct walk *walk)
{
	struct vec wishes[SIDES] = {VEC_INIT(struct log_keys_wish),
				    VEC_INIT(struct log_keys_wish)};

	add_wishes(by_log, walk, wishes);
	for (enum side side = SOURCE; side < SIDES; side++) {
		for (unsigned i = 0; i < WAYS; i++)
			by_log->keys[side][i] = log_keys_new(
				wishes[side].items, wishes[side].count);
		vec_release(&wishes[side]);
	}
}

/* Sets of keys stay: what a walk reads by is borrowed. */
void by_log_drop_wishes(struct by_log *by_log)
{
	for (enum side side = SOURCE; side < SIDES; side++)
		for (unsigned i = 0; i < WAYS; i++)
			log_keys_drop(&by_log->keys[side][i]);
}

/*
 * What the servers do to rows of a table with such keys is not in the log of
 * MariaDB; of MySQL it depends.
 */
static enum dbs_rc check_hidden(struct walk *walk, const struct pair *pair,
				const bool hides[SIDES], const char **why_out,
				struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc && !*why_out;
	     side++) {
		struct conn *conn = walk_link(walk)->conn[side];
		bool has = false;

		if (!hides[side] && conn_server(conn)->family == SERVER_MYSQL)
			continue;
		rc = has_cascades(conn, pair->database[side],
				  pair->table[side]->name, &has, err);
		if (!rc && has)
			*why_out = "rows were changed, and a foreign key may "
				   "have changed others";
	}
	return rc;
}

static const struct log_keys_wish *wish_of(const struct by_log *by_log,
					   const struct pair *pair,
					   enum side side, unsigned way)
{
	return log_keys_of(by_log->keys[side][way], pair->database[side],
			   pair->table[side]->name);
}

/* What kept its keys from being taken; "": they were not wanted. */
static const char *problem_of(const struct by_log *by_log,
			      const struct pair *pair)
{
	const char *what = NULL;

	for (enum side side = SOURCE; side < SIDES; side++)
		for (unsigned i = 0; i < WAYS && !what; i++) {
			const struct log_keys_wish *wish = wish_of(by_log, pair,
								   side, i);

			what = wish ? wish->problem : "";
		}
	return what;
}

static const char *say(struct by_log *by_log, const struct touched *found,
		       const char *what)
{
	return arena_printf(by_log->arena, "%s: %s", side_name(found->side),
			    what);
}

/* NULL: its wishes have its keys. */
static const char *why_not_by_keys(struct by_log *by_log,
				   const struct pair *pair,
				   const struct touched *found)
{
	const char *problem = problem_of(by_log, pair);

	if (problem && !*problem)
		return say(by_log, found, "rows were changed");
	if (problem)
		return arena_printf(by_log->arena,
				    "%s: rows were changed, and %s",
				    side_name(found->side), problem);
	if (found->took_back)
		return say(by_log, found,
			   "rows were changed, and some of that was rolled "
			   "back");
	const struct log_keys_wish *wish = wish_of(by_log, pair, SOURCE,
						   BY_PLACE);
	const size_t count = key_set_count(wish->keys);

	if (!count)
		return say(by_log, found,
			   "the log names it, but none of its rows");
	return count > wish->most
		       ? say(by_log, found, "many of its rows were changed")
		       : NULL;
}

/*
 * From where the log was at the last view to where it was at this one: between
 * sets of transactions there is no such end.
 */
static uint64_t rows_now(const struct by_log *by_log, const struct pair *pair,
			 const struct agreed_table *agreed)
{
	const struct log_keys_wish *source = wish_of(
		by_log, pair, SOURCE,
		by_log->window[SOURCE][BY_POSITION] ? BY_POSITION : BY_PLACE);
	const uint64_t rows = agreed->rows + source->inserted;

	return rows > source->deleted ? rows - source->deleted : 0;
}

static enum dbs_rc decide_touched(struct by_log *by_log, struct walk *walk,
				  size_t number, const struct touched *found,
				  const bool hides[SIDES],
				  const struct agreed_table *agreed,
				  struct dbs_error *err)
{
	const struct pair *pair = walk_subject(walk, number)->pair;
	const struct log_keys_wish *wish = wish_of(by_log, pair, SOURCE,
						   BY_PLACE);
	const char *why = why_not_by_keys(by_log, pair, found);
	enum dbs_rc rc = why ? DBS_OK
			     : check_hidden(walk, pair, hides, &why, err);

	if (rc)
		return rc;
	if (why)
		walk_say_why(walk, number, why);
	else
		walk_read_keys(walk, number, wish->keys,
			       rows_now(by_log, pair, agreed));
	return DBS_OK;
}

/* NULL: that depends on its rows. */
static const char *why_all(struct by_log *by_log, const struct pair *pair,
			   const struct agreed_table *agreed,
			   const struct touched *found)
{
	if (!agreed)
		return "it was not there when the databases were last found "
		       "equal";
	if (by_log_reason_of(pair))
		return by_log_reason_of(pair);
	return found->most == TOUCH_STRUCTURE
		       ? say(by_log, found,
			     "a statement that changes structures names it")
		       : NULL;
}

static enum dbs_rc decide(struct by_log *by_log, struct walk *walk,
			  size_t number, const bool hides[SIDES],
			  struct dbs_error *err)
{
	const struct pair *pair = walk_subject(walk, number)->pair;
	const struct agreed_table *agreed =
		agreement_table(by_log->agreement, pair->database[SOURCE],
				pair->table[SOURCE]->name);
	const struct touched found = touched(by_log, pair);
	const char *why = why_all(by_log, pair, agreed, &found);

	if (!why && found.most == TOUCH_ROWS)
		return decide_touched(by_log, walk, number, &found, hides,
				      agreed, err);
	enum dbs_rc rc = why ? DBS_OK
			     : check_cascades(by_log, walk, pair, hides, &why,
					      err);

	if (rc)
		return rc;
	if (why)
		walk_say_why(walk, number, why);
	else
		walk_leave_unread(walk, number, agreed->rows);
	return DBS_OK;
}

static bool may_have_hidden(const struct by_log *by_log,
			    const struct walk *walk, enum side side)
{
	const struct conn *conn = walk_link(walk)->conn[side];

	return by_log->agreement->side[side].hides ||
	       (conn_server(conn)->family == SERVER_MYSQL &&
		by_log_any(by_log, side, log_window_was_restarted));
}

enum dbs_rc by_log_decide(struct by_log *by_log, struct walk *walk,
			  struct dbs_error *err)
{
	bool hides[SIDES] = {false};
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc; side++)
		rc = by_log_hides_cascades(walk_link(walk)->conn[side],
					   &hides[side], err);
	/* the setting may have been another one meanwhile */
	for (enum side side = SOURCE; side < SIDES && !rc; side++)
		hides[side] = hides[side] ||
			      may_have_hidden(by_log, walk, side);
	for (size_t i = 0; !rc && walk_subject(walk, i); i++)
		rc = decide(by_log, walk, i, hides, err);
	return rc;
}
