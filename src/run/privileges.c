/* privileges.c - see privileges.h. */
#include "dbsync/run/privileges.h"

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

struct looker {
	const struct checkup *checkup;
	struct arena *arena;
	struct lack *out; /* the first that is found */
};

static void find_lack(const struct looker *looker,
		      const struct checkup_database *database,
		      const char *place, const struct need *need)
{
	OWNED(buf_release) struct buf missing = BUF_INIT;
	OWNED(buf_release) struct buf grant = BUF_INIT;
	OWNED(buf_release) struct buf own = BUF_INIT;

	if (looker->out->text || !surely_lacks(looker->checkup, database, need))
		return;
	if (!place)
		privileges_place(database->name, &own);
	privileges_missing(looker->checkup, database, need, &missing);
	privileges_grant(looker->checkup, place ? place : own.data, need,
			 &grant);
	looker->out->text = arena_printf(
		looker->arena,
		"the user of the target may not write %s: %s %s not granted",
		need->purpose, missing.data,
		strchr(missing.data, ',') ? "are" : "is");
	looker->out->grant = arena_strdup(looker->arena, grant.data);
}

static void look_at_database(const struct looker *looker,
			     const struct checkup_database *database,
			     unsigned writes)
{
	const struct need rows = NEED("rows", true, PRIVILEGE_SELECT,
				      PRIVILEGE_INSERT, PRIVILEGE_UPDATE,
				      PRIVILEGE_DELETE);
	const struct need structures = NEED("structures", true,
					    PRIVILEGE_SELECT, PRIVILEGE_ALTER);
	const struct need swaps = NEED("whole tables", true, PRIVILEGE_SELECT,
				       PRIVILEGE_INSERT, PRIVILEGE_CREATE,
				       PRIVILEGE_DROP, PRIVILEGE_ALTER);

	if (writes & WRITES_ROWS)
		find_lack(looker, database, NULL, &rows);
	if (writes & WRITES_STRUCTURES)
		find_lack(looker, database, NULL, &structures);
	if (writes & WRITES_COPIES)
		find_lack(looker, database, NULL, &swaps);
}

static void look_at_all(const struct looker *looker, unsigned writes)
{
	const struct checkup *checkup = looker->checkup;
	const size_t last = checkup->database_count - 1;
	const struct need copies =
		NEED("copies (full-sync --no-swap needs none)", true,
		     PRIVILEGE_SELECT, PRIVILEGE_INSERT, PRIVILEGE_UPDATE,
		     PRIVILEGE_DELETE, PRIVILEGE_CREATE, PRIVILEGE_DROP,
		     PRIVILEGE_ALTER, PRIVILEGE_INDEX, PRIVILEGE_REFERENCES,
		     PRIVILEGE_TRIGGER);
	/* without the others they are only needed now and then */
	const struct need least = NEED("copies", true, PRIVILEGE_SELECT,
				       PRIVILEGE_INSERT, PRIVILEGE_CREATE,
				       PRIVILEGE_DROP);

	for (size_t i = 0; i < last; i++)
		look_at_database(looker, &checkup->databases[i], writes);
	if ((writes & WRITES_COPIES) &&
	    surely_lacks(checkup, &checkup->databases[last], &least))
		find_lack(looker, &checkup->databases[last], PLACE_OWN,
			  &copies);
}

static bool is_allowed(const struct write_options *options)
{
	for (size_t i = 0; i < options->allow.count; i++)
		if (!strcmp(*(const char *const *)vec_at(&options->allow, i),
			    guard_word(GUARD_PRIVILEGES)))
			return true;
	return false;
}

enum dbs_rc privileges_look(const struct conn_setup *target,
			    struct text_list databases, unsigned writes,
			    const struct write_options *options,
			    struct arena *arena, struct lack *out,
			    struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	const char **names = arena_alloc(arena, (databases.count + 1) *
							sizeof(*names));
	struct checkup checkup = {0};
	const struct looker looker = {&checkup, arena, out};

	*out = (struct lack){NULL, NULL};
	if (!writes || is_allowed(options))
		return DBS_OK;
	for (size_t i = 0; i < databases.count; i++)
		names[i] = databases.items[i];
	names[databases.count] = "dbsync_stage_x";
	enum dbs_rc rc = conn_open(target, &conn, err);

	if (!rc)
		rc = checkup_privileges(conn, names, databases.count + 1, arena,
					&checkup, err);
	if (!rc)
		look_at_all(&looker, writes);
	return rc;
}

enum dbs_rc privileges_check(const struct conn_setup *target,
			     struct text_list databases, unsigned writes,
			     const struct write_options *options,
			     struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	struct lack lack;
	enum dbs_rc rc = privileges_look(target, databases, writes, options,
					 arena, &lack, err);

	if (rc || !lack.text)
		return rc;
	return dbs_fail(err, DBS_E_REFUSED,
			"%s; to allow it: %s (--allow privileges tries "
			"without)",
			lack.text, lack.grant);
}
