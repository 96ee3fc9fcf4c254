/*
 * walk_request.h - what a walk is asked for: which servers, databases, tables,
 * rows and columns, how to read them, and what to keep of what differs.
 *
 * Borrowed: all that it points to outlives the walk.
 */
#ifndef DBSYNC_DATA_WALK_REQUEST_H
#define DBSYNC_DATA_WALK_REQUEST_H

#include "dbsync/base/cancel.h"
#include "dbsync/base/side.h"
#include "dbsync/base/talk.h"
#include "dbsync/base/vec.h"
#include "dbsync/db/conn.h"

#include <string.h>

enum digest { DIGEST_AUTO, DIGEST_STREAM, DIGEST_SERVER };

/* For tables that match pattern (`t*`, `db.t*`): a condition or a column. */
struct table_option {
	const char *pattern;
	const char *value;
};

/* Whether such a pattern is of a table. */
bool choice_fits(const char *pattern, const char *database, const char *table);

struct text_list {
	const char *const *items;
	size_t count;
};

struct option_list {
	const struct table_option *items;
	size_t count;
};

/* All of a vec of these. */
static inline struct text_list text_list_of(const struct vec *vec)
{
	return (struct text_list){vec->items, vec->count};
}

static inline bool text_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strcmp(list->items[i], text))
			return true;
	return false;
}

static inline struct option_list option_list_of(const struct vec *vec)
{
	return (struct option_list){vec->items, vec->count};
}

/*
 * Patterns that may fit nothing.  That is a note; but a name without wildcards
 * that somebody has just typed (from NULL) is an error.
 */
struct loose_patterns {
	const char *option; /* --NAME */
	const char *from;   /* the configuration's path, or NULL */
	struct text_list patterns;
};

enum { MOST_LOOSE = 4 };

struct walk;

/*
 * Somebody who may know that rows are equal without reading them.  look is
 * called once, when the views are open and nothing was read, and calls
 * walk_leave_unread.
 */
struct walk_hint {
	void *self;
	enum dbs_rc (*look)(void *self, struct walk *walk,
			    struct dbs_error *err);
	bool may_hold; /* commits, to know the place of a view in the log */
};

/* What of a table is compared. */
enum scope { SCOPE_ALL, SCOPE_DATA, SCOPE_SCHEMA };

struct walk_request {
	const struct dsn *dsn[SIDES];
	const struct cancel *cancel;
	const struct talk *talk;
	struct workers *workers; /* the run's */
	struct conn_group *group;
	const char *run;            /* NULL: one that does not write */
	struct throttle *throttle;  /* may be NULL */
	struct text_list databases; /* a, c*, src:dst; none: the URLs' */
	struct text_list tables;    /* none: all */
	struct text_list exclude;
	struct option_list where;
	struct option_list ignore;
	struct option_list renames; /* TABLE.OLD, NEW */
	struct loose_patterns loose[MOST_LOOSE];
	size_t loose_count;
	bool is_checked; /* all words fitted before structures were changed */
	enum digest digest;
	unsigned parallel; /* at least 1 */
	unsigned attempts; /* to connect, and to read a range */
	unsigned net_timeout_s;
	bool no_snapshot;
	unsigned max_snapshot_age_s; /* 0: one for all */
	unsigned recheck;            /* how often to look again */
	unsigned recheck_pause_ms;
	unsigned wait_replica_s; /* 0: not */
	size_t details;          /* differing rows to keep, per table */
	bool keeps_changes;      /* as segments of change files */
	enum scope scope;
	unsigned objects;    /* object_set (object.h); 0: tables alone */
	bool drops_objects;  /* statements for what only the target has */
	bool enables_events; /* else they arrive disabled */
	/* which tables need not be read; NULL: all are */
	const struct walk_hint *hint;
	/* a database that the target lacks is one without tables … */
	bool makes_databases;
	bool leaves_databases; /* … or DBS_E_REFUSED */
};

/* For connections of the same run to one of the two sides. */
struct conn_setup walk_conn_setup(const struct walk_request *request,
				  enum side side);
#endif
