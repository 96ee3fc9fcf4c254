/* ddl_again.c - see ddl_again.h. */
#include "ddl_again.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <string.h>

enum { LOOK_MS = 200, ERROR_NO_SUCH_TABLE = 1146 };

/* Whether the connection that may still be at it is gone. */
static enum dbs_rc is_gone(struct conn *conn, uint64_t id, bool *gone_out,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t count = 1;

	buf_addf(&sql,
		 "SELECT COUNT(*) FROM INFORMATION_SCHEMA.PROCESSLIST WHERE "
		 "ID = %" PRIu64,
		 id);
	enum dbs_rc rc = conn_fetch_number(conn, sql.data, &count, err);

	/* it is asked again */
	if (rc && conn_cannot_list(err)) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	*gone_out = !rc && !count;
	return rc;
}

static enum dbs_rc wait_for_end(struct ddl *ddl, uint64_t id, unsigned most_s,
				struct dbs_error *err)
{
	const uint64_t start = clock_ns();
	bool is_over = false;
	enum dbs_rc rc = DBS_OK;

	while (!rc && !is_over) {
		rc = is_gone(ddl->conn, id, &is_over, err);
		if (!rc && !is_over && most_s && clock_since(start) > most_s)
			return dbs_fail(err, DBS_E_LOST,
					"the connection of a statement was "
					"lost, and the server is still at it");
		if (!rc && !is_over)
			rc = cancel_sleep(ddl->wish->setup->cancel, LOOK_MS,
					  err);
	}
	return rc;
}

enum dbs_rc ddl_come_back(struct ddl *ddl, unsigned most_s,
			  struct dbs_error *err)
{
	const struct ddl_wish *wish = ddl->wish;
	const uint64_t id = conn_id(ddl->conn);

	ddl_close(ddl);
	enum dbs_rc rc = ddl_open(ddl, wish, err);

	return rc ? rc : wait_for_end(ddl, id, most_s, err);
}

/* Inserts of others move it, and that is no change of the structure. */
static void forget_counter(char *text)
{
	static const char name[] = " AUTO_INCREMENT=";
	char *at = strstr(text, name);

	if (!at)
		return;
	const char *end = at + strlen(name);

	end += strspn(end, "0123456789");
	memmove(at, end, strlen(end) + 1);
}

enum dbs_rc ddl_look(struct ddl *ddl, const char *database, const char *table,
		     char **out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	*out = NULL;
	buf_adds(&sql, "SHOW CREATE TABLE ");
	quote_table(&sql, database, table);
	enum dbs_rc rc = conn_fetch(ddl->conn, sql.data, "tt", &rows, err);

	if (rc && err->server_errno == ERROR_NO_SUCH_TABLE) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (rc || !rows_count(rows))
		return rc;
	*out = mem_strdup(rows_text(rows, 0, 1));
	forget_counter(*out);
	return DBS_OK;
}
