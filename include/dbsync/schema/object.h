/*
 * object.h - what a database has besides tables: its defaults, views, routines,
 * triggers and events; how those of two databases differ, and what makes the
 * target's the source's.
 *
 *	object_list_load   the names of one side, a few queries
 *	objects_compare    reads the definitions (one SHOW CREATE for each that
 *	                   is wanted) and compares; nothing is written
 *
 * What a user may not see is said to be unknown, of the object or of all its
 * kind; it is never taken for equal or for absent.
 *
 * Everything lives in the arena it is loaded into.
 */
#ifndef DBSYNC_SCHEMA_OBJECT_H
#define DBSYNC_SCHEMA_OBJECT_H

#include "dbsync/base/mem.h"
#include "dbsync/base/side.h"
#include "dbsync/db/conn.h"
#include "dbsync/schema/model.h"

#include <stdbool.h>
#include <stddef.h>

/* In the order in which they are made: each may need those before it. */
enum object_kind {
	OBJECT_DATABASE, /* its default character set and collation */
	OBJECT_FUNCTION,
	OBJECT_PROCEDURE,
	OBJECT_VIEW,
	OBJECT_TRIGGER,
	OBJECT_EVENT,
	OBJECT_KINDS,
};

/* What is asked for; tables are the walk's own. */
enum object_set {
	OBJECTS_TABLES = 1, /* and the defaults of their database */
	OBJECTS_VIEWS = 2,
	OBJECTS_ROUTINES = 4,
	OBJECTS_TRIGGERS = 8,
	OBJECTS_EVENTS = 16,
	OBJECTS_ALL = 31,
};

struct object {
	enum object_kind kind;
	bool is_invalid;            /* a view of what is not there */
	unsigned order;             /* of a trigger among its like, from 1 */
	const char *name;           /* of the database, for its defaults */
	const char *table;          /* of a trigger, else "" */
	const char *moment;         /* of a trigger: BEFORE INSERT */
	const char *definer;        /* user@host, as the server says it */
	bool acts_as_definer;       /* not as whoever uses it */
	const char *sql_mode;       /* "" for a view */
	const char *charset;        /* of the client that made it */
	const char *collation;      /* of that connection; of the database */
	const char *base_collation; /* of the database when it was made */
	const char *time_zone;      /* of an event, else "" */
	const char *status;         /* of an event: ENABLED, DISABLED, … */
	const char *create;  /* the bytes that SHOW CREATE gave, in charset */
	const char *unknown; /* why there is no definition, or NULL */
};

struct object_list {
	const char *database;
	struct object *items; /* sorted by kind and name */
	size_t count;
	unsigned set;       /* what was asked for; the defaults always are */
	unsigned hidden;    /* object_set: some of these may not be listed */
	bool folds_case;    /* names of views and triggers are as tables' */
	const char **users; /* user@host of all accounts; NULL: not shown */
	size_t user_count;
};

/* set is of enum object_set.  Fails only when the connection does. */
enum dbs_rc object_list_load(struct conn *conn, const char *database,
			     unsigned set, struct arena *arena,
			     struct object_list **out, struct dbs_error *err);

/* An object of the source, of the target, or of both. */
struct object_pair {
	enum object_kind kind;
	const char *name;  /* "*": all of the kind, with unknown */
	const char *table; /* of a trigger, else "" */
	const struct object *object[SIDES]; /* NULL: only the other has it */
	const char *unknown; /* why it cannot be compared or made, or NULL */
	const char *diff;    /* as diff -u shows it; "" when they are equal */
	/*
	 * What makes the target's the source's, to be run in this order on one
	 * session; none when nothing is to be done or it cannot be done.  They
	 * begin with the settings that it needs, end by taking these back, and
	 * leave the target's database as the session's default.  Bytes, in the
	 * character set of the object's client.
	 */
	const char *const *statements;
	size_t statement_count;
	const char *const *notes; /* what a person should know */
	size_t note_count;
};

struct objects_request {
	struct conn *conn[SIDES];
	struct object_list *list[SIDES];     /* definitions are added */
	const struct database *model[SIDES]; /* for names that are tables */
	/* whether an object is wanted; NULL: all are */
	bool (*is_chosen)(const void *self, const struct object *object);
	const void *self;
	bool drops; /* what only the target has gets statements as well */
	bool enables_events; /* else they arrive disabled */
};

/*
 * In the order in which the statements can be run.  Fails only when a
 * connection does.
 */
enum dbs_rc objects_compare(const struct objects_request *request,
			    struct arena *arena, const struct object_pair **out,
			    size_t *count_out, struct dbs_error *err);

/* How an object of a database is brought back as it is now. */
struct object_kept {
	enum object_kind kind;
	const char *name;
	const char *create;  /* the bytes that SHOW CREATE gave; NULL: it is not
				there, and its statement drops it */
	const char *unknown; /* why it cannot be brought back, or NULL */
	/* the default of the database when it was made, which it keeps; "" for
	   what keeps none */
	const char *base_collation;
	unsigned order; /* of a trigger among its like, from 1; else 0 */
	const char *const *statements; /* as those of an object_pair */
	size_t statement_count;
};

/*
 * Of those that names says (kind and name are used); the list is of this
 * connection's server and database.  Triggers that share a moment come out in
 * their order when they are all made in that order, those that names has not
 * being there.  Fails only when the connection does.
 */
enum dbs_rc objects_keep(struct conn *conn, struct object_list *list,
			 const struct object *names, size_t count,
			 struct arena *arena, struct object_kept *out,
			 struct dbs_error *err);

/* The default collation of a database, as base_collation says it. */
enum dbs_rc object_default_read(struct conn *conn, const char *database,
				struct arena *arena, const char **out,
				struct dbs_error *err);
/* The statement that sets it. */
const char *object_default_sql(const struct server *server,
			       const char *database, const char *collation,
			       struct arena *arena);
/* The collation that such a statement sets; NULL: it is another statement. */
const char *object_default_of(const char *sql, struct arena *arena);

/* FOLLOWS or PRECEDES in a statement that makes a trigger. */
struct object_neighbour {
	size_t at; /* in the statement … */
	size_t length;
	const char *name; /* in its quotes */
	bool follows;
};

/* false: it says neither. */
bool object_neighbour(const char *create, struct arena *arena,
		      struct object_neighbour *out);

/* As lines for a plain client, with a DELIMITER that none of them contains. */
void object_script(const char *const *statements, size_t count,
		   struct buf *out);

/* The statement that makes it with that default. */
const char *object_create_sql(const struct server *server, const char *database,
			      const char *collation, struct arena *arena);
/* Whether the user may make a database of that name, by SHOW GRANTS. */
enum dbs_rc object_may_create(struct conn *conn, const char *database,
			      bool *out, struct dbs_error *err);

/* OBJECT_KINDS when there is no such word. */
enum object_kind object_kind_of(const char *name);

/* Whether anything differs, as far as it is known. */
bool object_pair_differs(const struct object_pair *pair);

/* "database", "function", … */
const char *object_kind_name(enum object_kind kind);
/* The set that a kind belongs to. */
unsigned object_kind_set(enum object_kind kind);
#endif
