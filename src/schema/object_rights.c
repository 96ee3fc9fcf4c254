/*
 * object_rights.c - of which objects a user is sure to see all.
 *
 * The lists of INFORMATION_SCHEMA silently leave out what the user has no
 * privilege on; so an empty list says nothing unless the user has a privilege
 * on the whole database that shows everything.  SHOW GRANTS says so, with
 * those of the active roles.  Views are like tables: whoever may read the
 * database sees them.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/schema/token.h"

#include <string.h>

/* LIKE, as the names of databases in grants are matched. */
static bool fits(const char *pattern, const char *name)
{
	for (; *pattern; pattern++, name++) {
		if (*pattern == '%') {
			for (;; name++) {
				if (fits(pattern + 1, name))
					return true;
				if (!*name)
					return false;
			}
		}
		if (*pattern == '\\' && pattern[1])
			pattern++;
		else if (*pattern == '_' && *name)
			continue;
		if (*pattern != *name)
			return false;
	}
	return !*name;
}

/* What a privilege on the whole database shows. */
static unsigned shown_by(const struct token *word, bool is_global)
{
	if (token_is(word, "ALL"))
		return OBJECTS_ALL;
	if (token_is(word, "TRIGGER"))
		return OBJECTS_TRIGGERS;
	if (token_is(word, "EVENT"))
		return OBJECTS_EVENTS;
	if (token_is(word, "EXECUTE") || token_is(word, "SHOW_ROUTINE"))
		return OBJECTS_ROUTINES;
	if ((token_is(word, "CREATE") || token_is(word, "ALTER")) &&
	    token_is(word + 1, "ROUTINE"))
		return OBJECTS_ROUTINES;
	if (token_is(word, "SHOW") && token_is(word + 1, "CREATE"))
		return OBJECTS_ROUTINES;
	if (token_is(word, "SELECT"))
		return OBJECTS_VIEWS | (is_global ? OBJECTS_ROUTINES : 0);
	return 0;
}

void object_grant(const char *line, const char *database, struct arena *arena,
		  unsigned *sees)
{
	struct dbs_error err = {0};
	struct tokens tokens;
	unsigned shown = 0;
	size_t on = 0;

	if (tokens_read(line, strlen(line), arena, &tokens, &err))
		return;
	const struct token *items = tokens.items;

	while (on < tokens.count && !token_is(&items[on], "ON"))
		on++;
	/* GRANT … ON `database`.*; all else is of less than a database */
	if (on + 4 > tokens.count || !token_is(&items[on + 2], ".") ||
	    !token_is(&items[on + 3], "*"))
		return;
	const bool is_global = token_is(&items[on + 1], "*");

	if (!is_global && !fits(token_name(&items[on + 1], arena), database))
		return;
	for (size_t i = 1; i < on; i++)
		if (i == 1 || token_is(&items[i - 1], ","))
			shown |= shown_by(&items[i], is_global);
	if (token_is(&items[0], "GRANT"))
		*sees |= shown;
	else
		*sees &= ~shown; /* REVOKE: a partial one of MySQL */
}

enum dbs_rc object_rights(struct conn *conn, const char *database,
			  unsigned *sees_out, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, "SHOW GRANTS", &rows, err);

	if (rc)
		return rc;
	*sees_out = 0;
	for (size_t i = 0; i < rows_count(rows); i++)
		object_grant(rows_text(rows, i, 0), database, arena, sees_out);
	return DBS_OK;
}
