/* hold.c - see hold.h. */
#include "hold.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

static enum dbs_rc lock(struct ddl *ddl, const struct reshape_table *table,
			bool *held_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "LOCK TABLES ");
	quote_table(&sql, table->database, table->table);
	buf_adds(&sql, " WRITE");
	enum dbs_rc rc = ddl_run(ddl, sql.data, false, err);

	*held_out = !rc;
	if (rc != DBS_E_DENIED && rc != DBS_E_SERVER)
		return rc;
	talk_note(ddl->wish->setup->talk,
		  "`%s`.`%s` cannot be locked (%s): what others write to it "
		  "just before it changes is not in the backup point",
		  table->database, table->table, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

enum dbs_rc hold_compare(struct ddl *ddl, const struct table *model,
			 const char *database, const struct dump_total *kept,
			 bool *same_out, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	const struct dump *dump = NULL;
	struct dump_total now = {0};
	enum dbs_rc rc = dump_make(model, database, conn_server(ddl->conn),
				   arena, &dump, err);

	if (!rc)
		rc = dump_look(dump, ddl->conn, &now, err);
	*same_out = !rc && now.rows == kept->rows &&
		    now.packets == kept->packets;
	return rc;
}

static enum dbs_rc check(struct ddl *ddl, const struct reshape_table *table,
			 const struct dump_total *kept, struct dbs_error *err)
{
	bool is_same = false;
	enum dbs_rc rc = hold_compare(ddl, table->model, table->database, kept,
				      &is_same, err);

	if (rc || is_same)
		return rc;
	return dbs_fail(err, DBS_E_CHANGED,
			"somebody wrote to it since the backup point was made: "
			"left alone; run again");
}

enum dbs_rc hold_take(struct ddl *ddl, const struct reshape_table *table,
		      const struct dump_total *kept, bool *held_out,
		      struct dbs_error *err)
{
	enum dbs_rc rc = lock(ddl, table, held_out, err);

	fault_here(FAULT_HOLD_LOCKED);
	if (!rc && kept->rows != DUMP_UNKNOWN)
		rc = check(ddl, table, kept, err);
	if (rc)
		hold_release(ddl, held_out);
	return rc;
}

void hold_release(struct ddl *ddl, bool *held)
{
	struct dbs_error ignored = {0};

	if (*held && !conn_is_broken(ddl->conn))
		(void)conn_run(ddl->conn, "UNLOCK TABLES", &ignored);
	*held = false;
}
