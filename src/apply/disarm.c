/*
 * disarm.c - see disarm.h.
 *
 * Whether a user may make a trigger again depends on its definer, on the binary
 * log, on grants that each version names in another way.  So the server is
 * asked: making one that is there already fails, and it says so last, when
 * nothing else is in the way.
 */
#include "dbsync/apply/disarm.h"

#include "ddl.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <string.h>

enum {
	ERROR_TRIGGER_EXISTS = 1359,
	/* the same, where a table has one trigger of a moment (MySQL 5.6) */
	ERROR_NOT_SUPPORTED = 1235,
};

struct disarmer {
	const struct reform_request *request;
	struct ddl_wish wish;
	struct ddl ddl;
};

static void disarmer_release(struct disarmer *disarmer)
{
	ddl_close(&disarmer->ddl);
}

static bool begins(const char *sql, const char *words)
{
	return !strncmp(sql, words, strlen(words));
}

/* All but what would change the target. */
static bool is_tried(const char *sql)
{
	return !begins(sql, "DROP ") && !begins(sql, "ALTER DATABASE ");
}

static enum dbs_rc try_statement(struct disarmer *disarmer, const char *sql,
				 struct dbs_error *err)
{
	enum dbs_rc rc = ddl_run_as_is(&disarmer->ddl, sql, err);

	if (rc && (err->server_errno == ERROR_TRIGGER_EXISTS ||
		   err->server_errno == ERROR_NOT_SUPPORTED)) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	return rc;
}

static enum dbs_rc try_one(struct disarmer *disarmer,
			   const struct reshape_object *object,
			   struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < object->kept.statement_count && !rc; i++)
		if (is_tried(object->kept.statements[i]))
			rc = try_statement(disarmer, object->kept.statements[i],
					   err);
	if (!dbs_is_refusal(rc))
		return rc;
	(void)dbs_error_context(
		err,
		"the trigger `%s`.`%s` must be dropped while rows are written, "
		"and this user may not create it again (drop it yourself, or "
		"run dbsync as its definer)",
		object->database, object->name);
	return dbs_error_recode(err, DBS_E_REFUSED);
}

static enum dbs_rc drop(struct disarmer *disarmer,
			const struct reshape_object *object,
			struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	enum dbs_rc rc = target_lock_check(disarmer->request->lock, err);

	buf_adds(&sql, "DROP TRIGGER IF EXISTS ");
	quote_table(&sql, object->database, object->name);
	buf_addf(&sql, " /* dbsync %s */", disarmer->request->run);
	if (!rc)
		rc = ddl_run(&disarmer->ddl, sql.data, false, err);
	fault_here(FAULT_DISARM_DROPPED);
	return rc ? dbs_error_context(err, "trigger `%s`.`%s`",
				      object->database, object->name)
		  : DBS_OK;
}

static struct ddl_wish wish_of(const struct reform_request *request)
{
	return (struct ddl_wish){request->target, request->no_binlog,
				 request->wait_s};
}

enum dbs_rc disarm_check(const struct reform_request *request,
			 struct dbs_error *err)
{
	const struct reshape *reshape = request->reshape;
	OWNED(disarmer_release) struct disarmer disarmer = {
		.request = request, .wish = wish_of(request)};
	enum dbs_rc rc = ddl_open(&disarmer.ddl, &disarmer.wish, err);

	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (reshape->objects[i].is_disarmed &&
		    !reshape->objects[i].was_away)
			rc = try_one(&disarmer, &reshape->objects[i], err);
	return rc;
}

enum dbs_rc disarm_take(const struct reform_request *request,
			struct dbs_error *err)
{
	const struct reshape *reshape = request->reshape;
	OWNED(disarmer_release) struct disarmer disarmer = {
		.request = request, .wish = wish_of(request)};
	enum dbs_rc rc = ddl_open(&disarmer.ddl, &disarmer.wish, err);

	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (reshape->objects[i].is_disarmed)
			rc = drop(&disarmer, &reshape->objects[i], err);
	if (!rc)
		fault_here(FAULT_DISARM_DONE);
	return rc;
}
