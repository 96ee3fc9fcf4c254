/*
 * load.h - read the model of a database from a server.
 *
 * A handful of queries, however many tables there are.
 */
#ifndef DBSYNC_SCHEMA_LOAD_H
#define DBSYNC_SCHEMA_LOAD_H

#include "dbsync/base/mem.h"
#include "dbsync/db/conn.h"
#include "dbsync/schema/model.h"

/* The model lives in arena.  DBS_E_CONNECT when there is no such database. */
enum dbs_rc schema_load(struct conn *conn, const char *database,
			struct arena *arena, const struct database **out,
			struct dbs_error *err);

/* Where there is no such database, an empty one. */
enum dbs_rc schema_load_if_there(struct conn *conn, const char *database,
				 struct arena *arena,
				 const struct database **out,
				 bool *is_there_out, struct dbs_error *err);

/* Names of all databases that the user sees but those of the system. */
enum dbs_rc schema_databases(struct conn *conn, struct rows **out,
			     struct dbs_error *err);

/* mysql, information_schema, performance_schema, sys, ndbinfo */
bool schema_is_system(const char *database);
/* What dbsync itself keeps on a server is one of them. */
#define SCHEMA_OF_OURS "dbsync_state"

/* What stands behind a name that is no table of the model. */
enum presence {
	PRESENCE_ABSENT, /* nothing */
	PRESENCE_HIDDEN, /* perhaps a table that the user may not see */
	PRESENCE_VIEW,
};

enum dbs_rc schema_presence(struct conn *conn, const char *database,
			    const char *table, enum presence *out,
			    struct dbs_error *err);

/*
 * Whether the user sees all tables and views of the database: lists silently
 * leave out those that he has no privilege on.
 */
enum dbs_rc schema_shows_all(struct conn *conn, const char *database, bool *out,
			     struct dbs_error *err);
#endif
