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

/* Names of all databases that the user sees but those of the system. */
enum dbs_rc schema_databases(struct conn *conn, struct rows **out,
			     struct dbs_error *err);

/* mysql, information_schema, performance_schema, sys, ndbinfo */
bool schema_is_system(const char *database);

/*
 * Whether a table that the model does not have is really absent
 * (*absent_out), or only hidden from a user without privileges.
 */
enum dbs_rc schema_is_absent(struct conn *conn, const char *database,
			     const char *table, bool *absent_out,
			     struct dbs_error *err);
#endif
