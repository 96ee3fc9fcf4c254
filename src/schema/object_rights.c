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

/* A line of SHOW GRANTS about all of a database, or of all of them. */
struct grant {
	struct token user; /* or role */
	struct token host; /* of a user */
	unsigned shown;
	bool is_global;
	bool is_revoke; /* a partial one of MySQL */
};

static bool same_grantee(const struct grant *a, const struct grant *b)
{
	return token_equal(&a->user, &b->user) &&
	       token_equal(&a->host, &b->host);
}

/* GRANT … ON `database`.* TO …; all else is of less than a database. */
static bool read_grant(const struct tokens *tokens, const char *database,
		       struct arena *arena, struct grant *out)
{
	const struct token *items = tokens->items;
	size_t on = 0;

	while (on < tokens->count && !token_is(&items[on], "ON"))
		on++;
	/* a role has no host; behind an @ there is at least TOKEN_END */
	if (on + 7 > tokens->count || !token_is(&items[on + 2], ".") ||
	    !token_is(&items[on + 3], "*"))
		return false;
	out->is_revoke = !token_is(&items[0], "GRANT");
	out->is_global = token_is(&items[on + 1], "*");
	out->user = items[on + 5];
	out->host = token_is(&items[on + 6], "@") ? items[on + 7] : items[on];
	if (!out->is_global &&
	    !fits(token_name(&items[on + 1], arena), database))
		return false;
	for (size_t i = 1; i < on; i++)
		if (i == 1 || token_is(&items[i - 1], ","))
			out->shown |= shown_by(&items[i], out->is_global);
	return true;
}

/*
 * Of several patterns of one account that fit a database, servers look at the
 * most specific one alone, which is not for us to tell: what all of them show
 * is sure.
 */
static unsigned shown_surely(const struct vec *grants,
			     const struct grant *grant)
{
	unsigned shown = grant->shown;

	for (size_t i = 0; i < grants->count && !grant->is_global; i++) {
		const struct grant *other = vec_at(grants, i);

		if (!other->is_global && !other->is_revoke &&
		    same_grantee(other, grant))
			shown &= other->shown;
	}
	return shown;
}

enum dbs_rc object_rights(struct conn *conn, const char *database,
			  unsigned *sees_out, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(vec_release) struct vec grants = VEC_INIT(struct grant);
	enum dbs_rc rc = conn_fetch(conn, "SHOW GRANTS", "t", &rows, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *line = rows_text(rows, i, 0);
		struct dbs_error other = {0};
		struct grant grant = {0};
		struct tokens tokens;

		if (line &&
		    !tokens_read(line, strlen(line), arena, &tokens, &other) &&
		    read_grant(&tokens, database, arena, &grant))
			*(struct grant *)vec_push(&grants) = grant;
	}
	*sees_out = 0;
	for (size_t i = 0; i < grants.count; i++) {
		const struct grant *grant = vec_at(&grants, i);

		if (grant->is_revoke)
			*sees_out &= ~grant->shown;
		else
			*sees_out |= shown_surely(&grants, grant);
	}
	return DBS_OK;
}

/* CREATE alone; with another word it is another privilege. */
static bool is_create(const struct token *word)
{
	return token_is(word, "ALL") ||
	       (token_is(word, "CREATE") &&
		(token_is(word + 1, ",") || token_is(word + 1, "ON")));
}

bool object_grant_creates(const char *line, const char *database,
			  struct arena *arena)
{
	struct dbs_error err = {0};
	struct tokens tokens;
	bool creates = false;
	size_t on = 0;

	if (tokens_read(line, strlen(line), arena, &tokens, &err))
		return false;
	const struct token *items = tokens.items;

	while (on < tokens.count && !token_is(&items[on], "ON"))
		on++;
	if (on + 4 > tokens.count || !token_is(&items[0], "GRANT") ||
	    !token_is(&items[on + 2], ".") || !token_is(&items[on + 3], "*") ||
	    (!token_is(&items[on + 1], "*") &&
	     !fits(token_name(&items[on + 1], arena), database)))
		return false;
	for (size_t i = 1; i < on; i++)
		if (i == 1 || token_is(&items[i - 1], ","))
			creates = creates || is_create(&items[i]);
	return creates;
}

enum dbs_rc object_may_create(struct conn *conn, const char *database,
			      bool *out, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, "SHOW GRANTS", "t", &rows, err);

	*out = false;
	for (size_t i = 0; !rc && i < rows_count(rows); i++) {
		const char *line = rows_text(rows, i, 0);

		*out = *out ||
		       (line && object_grant_creates(line, database, arena));
	}
	return rc;
}
