/* defaults.c - see defaults.h. */
#include "dbsync/apply/defaults.h"

#include "ddl.h"

#include "dbsync/base/own.h"
#include "dbsync/schema/object.h"

#include <string.h>

enum { WAIT_S = 60 };

/* Whether it is as the run left it: somebody may have altered it since. */
static enum dbs_rc is_left(struct ddl *ddl, const struct default_change *change,
			   struct arena *arena, bool *out,
			   struct dbs_error *err)
{
	const char *now = NULL;
	enum dbs_rc rc = object_default_read(ddl->conn, change->database, arena,
					     &now, err);

	*out = !rc && !strcmp(now, change->meanwhile);
	return rc;
}

enum dbs_rc defaults_set_back(const struct defaults_request *request,
			      const struct default_change *change,
			      struct dbs_error *err)
{
	const struct ddl_wish wish = {request->target, request->no_binlog,
				      WAIT_S};
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(ddl_close) struct ddl ddl = {0};
	const char *sql = NULL;
	bool left = false;
	enum dbs_rc rc = ddl_open(&ddl, &wish, err);

	if (!rc)
		rc = is_left(&ddl, change, arena, &left, err);
	if (rc || !left)
		return rc;
	sql = object_default_sql(conn_server(ddl.conn), change->database,
				 change->was, arena);
	rc = ddl_run_as_is(&ddl, sql, err);
	if (!rc)
		talk_note(request->target->talk,
			  "the default of the database `%s` was temporarily %s "
			  "when a run died, and was restored to %s",
			  change->database, change->meanwhile, change->was);
	return rc ? dbs_error_context(err,
				      "a run that died left the default of the "
				      "database `%s` changed, and it cannot be "
				      "restored (%s)",
				      change->database, sql)
		  : DBS_OK;
}
