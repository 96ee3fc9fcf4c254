/* privileges.c - see privileges.h. */
#include "privileges.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <string.h>

void privileges_missing(const struct checkup *checkup,
			const struct checkup_database *database,
			const struct need *need, struct buf *out)
{
	for (size_t i = 0; i < need->count; i++)
		if (!checkup ||
		    !checkup_may(checkup, database, need->privileges[i]))
			buf_addf(out, "%s%s", out->length ? ", " : "",
				 checkup_privilege_name(need->privileges[i]));
}

void privileges_place(const char *database, struct buf *out)
{
	OWNED(buf_release) struct buf literal = BUF_INIT;

	/* GRANT takes `_` and `%` for wildcards */
	for (const char *c = database; *c; c++) {
		if (*c == '_' || *c == '%' || *c == '\\')
			buf_addc(&literal, '\\');
		buf_addc(&literal, *c);
	}
	quote_name(out, literal.data ? literal.data : "");
	buf_adds(out, ".*");
}

void privileges_grant(const struct checkup *checkup, const char *place,
		      const struct need *need, struct buf *out)
{
	OWNED(buf_release) struct buf all = BUF_INIT;

	privileges_missing(NULL, NULL, need, &all);
	buf_addf(out, "GRANT %s ON %s TO %s;", all.data, place, checkup->user);
}

/* ------------------------------------------------------------------------
 * Before the work
 * --------------------------------------------------------------------- */

static bool is_probed(enum checkup_privilege privilege)
{
	return privilege == PRIVILEGE_SELECT || privilege == PRIVILEGE_INSERT ||
	       privilege == PRIVILEGE_UPDATE || privilege == PRIVILEGE_DELETE;
}

/*
 * Whether one of them is certain to be missing.  Those that the server itself
 * was asked about are known whatever the roles.
 */
static bool surely_lacks(const struct checkup *checkup,
			 const struct checkup_database *database,
			 const struct need *need)
{
	for (size_t i = 0; i < need->count; i++) {
		const enum checkup_privilege privilege = need->privileges[i];
		const bool is_known = !checkup->has_roles ||
				      (is_probed(privilege) &&
				       database->is_there);

		if (is_known && !checkup_may(checkup, database, privilege) &&
		    !(database->tables & (1u << privilege)))
			return true;
	}
	return false;
}

static enum dbs_rc refuse_lack(const struct checkup *checkup,
			       const struct checkup_database *database,
			       const char *place, const struct need *need,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf missing = BUF_INIT;
	OWNED(buf_release) struct buf grant = BUF_INIT;
	OWNED(buf_release) struct buf own = BUF_INIT;

	if (!surely_lacks(checkup, database, need))
		return DBS_OK;
	if (!place)
		privileges_place(database->name, &own);
	privileges_missing(checkup, database, need, &missing);
	privileges_grant(checkup, place ? place : own.data, need, &grant);
	return dbs_fail(err, DBS_E_REFUSED,
			"the user of the target may not write %s: %s %s not "
			"granted; to allow it: %s (--allow privileges tries "
			"without)",
			need->purpose, missing.data,
			strchr(missing.data, ',') ? "are" : "is", grant.data);
}

static enum dbs_rc check_database(const struct checkup *checkup,
				  const struct checkup_database *database,
				  unsigned writes, struct dbs_error *err)
{
	const struct need rows = NEED("rows", true, PRIVILEGE_SELECT,
				      PRIVILEGE_INSERT, PRIVILEGE_UPDATE,
				      PRIVILEGE_DELETE);
	const struct need structures = NEED("structures", true,
					    PRIVILEGE_SELECT, PRIVILEGE_ALTER);
	const struct need swaps = NEED("whole tables", true, PRIVILEGE_SELECT,
				       PRIVILEGE_INSERT, PRIVILEGE_CREATE,
				       PRIVILEGE_DROP, PRIVILEGE_ALTER);
	enum dbs_rc rc = DBS_OK;

	if (writes & WRITES_ROWS)
		rc = refuse_lack(checkup, database, NULL, &rows, err);
	if (!rc && (writes & WRITES_STRUCTURES))
		rc = refuse_lack(checkup, database, NULL, &structures, err);
	if (!rc && (writes & WRITES_COPIES))
		rc = refuse_lack(checkup, database, NULL, &swaps, err);
	return rc;
}

static enum dbs_rc check_all(const struct checkup *checkup, unsigned writes,
			     struct dbs_error *err)
{
	const size_t last = checkup->database_count - 1;
	const struct need copies =
		NEED("copies (full-sync --no-swap needs none)", true,
		     PRIVILEGE_SELECT, PRIVILEGE_INSERT, PRIVILEGE_UPDATE,
		     PRIVILEGE_DELETE, PRIVILEGE_CREATE, PRIVILEGE_DROP,
		     PRIVILEGE_ALTER, PRIVILEGE_INDEX, PRIVILEGE_REFERENCES,
		     PRIVILEGE_TRIGGER);
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < last && !rc; i++)
		rc = check_database(checkup, &checkup->databases[i], writes,
				    err);
	/* without the others they are only needed now and then */
	const struct need least = NEED("copies", true, PRIVILEGE_SELECT,
				       PRIVILEGE_INSERT, PRIVILEGE_CREATE,
				       PRIVILEGE_DROP);

	if (rc || !(writes & WRITES_COPIES) ||
	    !surely_lacks(checkup, &checkup->databases[last], &least))
		return rc;
	return refuse_lack(checkup, &checkup->databases[last], PLACE_OWN,
			   &copies, err);
}

static bool is_allowed(const struct write_options *options)
{
	for (size_t i = 0; i < options->allow.count; i++)
		if (!strcmp(*(const char *const *)vec_at(&options->allow, i),
			    guard_word(GUARD_PRIVILEGES)))
			return true;
	return false;
}

enum dbs_rc privileges_check(const struct conn_setup *target,
			     struct text_list databases, unsigned writes,
			     const struct write_options *options,
			     struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(conn_close) struct conn *conn = NULL;
	const char **names = arena_alloc(arena, (databases.count + 1) *
							sizeof(*names));
	struct checkup checkup = {0};

	if (!writes || is_allowed(options))
		return DBS_OK;
	for (size_t i = 0; i < databases.count; i++)
		names[i] = databases.items[i];
	names[databases.count] = "dbsync_stage_x";
	enum dbs_rc rc = conn_open(target, &conn, err);

	if (!rc)
		rc = checkup_privileges(conn, names, databases.count + 1, arena,
					&checkup, err);
	return rc ? rc : check_all(&checkup, writes, err);
}
