/*
 * sweep.c - see sweep.h and scratch_database.h.
 *
 * Each is locked by the connection that made it.  Where that lock is free, the
 * run may live all the same: connections are lost, and others are opened, and
 * for a moment a run has no lock on the server at all.
 *
 *	dbsync_scratch_RUN	lives no longer than that connection: what is
 *				tried there has failed with it
 *	dbsync_stage_RUN_MARK,	of one of our databases: no run but ours writes
 *	dbsync_old_RUN_MARK	to it, for we have its lock (a run that lost it
 *				to us ends)
 *	those of another	theirs, for as long as that may last: a week.
 *	database		Then both locks have to be free
 *	those without a mark	of a version that made no marks: the same, but
 *				that a run which the caller knows to be over has
 *				left them
 */
#include "dbsync/apply/sweep.h"

#include "scratch_database.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/mark.h"
#include "dbsync/db/quote.h"
#include "dbsync/plan/stage.h"

#include <string.h>
#include <time.h>

enum {
	WAIT_S = 5,
	MOMENT_LENGTH = 15, /* 20261121_041122 */
	PATIENCE_S = 7 * 24 * 3600,
};

/* ------------------------------------------------------------------------
 * Whether somebody uses it
 * --------------------------------------------------------------------- */

struct sweeper {
	struct ddl ddl;
	const struct talk *talk;
	struct text_list databases;
	bool is_over;                  /* the run: the caller knows */
	char since[MOMENT_LENGTH + 1]; /* what is older has no owner */
};

static bool is_ours(const struct sweeper *sweeper, const char *name)
{
	const char *mark = scratch_mark(name);

	for (size_t i = 0; mark && i < sweeper->databases.count; i++)
		if (!strncmp(database_mark(sweeper->databases.items[i]).text,
			     mark, DATABASE_MARK))
			return true;
	return !mark && sweeper->is_over;
}

static bool is_scratch(const char *name)
{
	return !strncmp(name, SCRATCH_PREFIX, strlen(SCRATCH_PREFIX));
}

static enum dbs_rc is_left(struct sweeper *sweeper, const char *name,
			   bool *left_out, struct dbs_error *err)
{
	const bool ours = is_ours(sweeper, name) || is_scratch(name);

	*left_out = false;
	if (!ours && strncmp(scratch_after_kind(name), sweeper->since,
			     MOMENT_LENGTH) >= 0)
		return DBS_OK;
	return scratch_is_free(sweeper->ddl.conn, name, !ours, left_out, err);
}

/* ------------------------------------------------------------------------
 * Taking it away
 * --------------------------------------------------------------------- */

/* They hold rows.  While their run lives, it holds the lock of its stage. */
static enum dbs_rc name_old(struct sweeper *sweeper, const char *name,
			    struct dbs_error *err)
{
	bool is_removed = false;
	enum dbs_rc rc = scratch_remove_empty(&sweeper->ddl, name, &is_removed,
					      err);

	if (dbs_is_refusal(rc)) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	if (!rc && !is_removed)
		talk_note(sweeper->talk,
			  "`%s` holds tables that a full-sync replaced, and "
			  "could not compare with its backup point, or found "
			  "changed since: when nothing of them is needed, "
			  "`dbsync cleanup --replaced` drops it",
			  name);
	return rc;
}

static enum dbs_rc drop(struct sweeper *sweeper, const char *name,
			struct dbs_error *err)
{
	enum dbs_rc rc = scratch_remove(&sweeper->ddl, name, err);

	if (dbs_is_refusal(rc)) {
		talk_note(sweeper->talk,
			  "the scratch database `%s` was left behind by a run "
			  "that died, and cannot be dropped: %s",
			  name, err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc)
		talk_note(sweeper->talk,
			  "dropped the scratch database `%s`, left behind by a "
			  "run that died",
			  name);
	return rc;
}

static enum dbs_rc sweep_one(struct sweeper *sweeper, const char *name,
			     struct dbs_error *err)
{
	const bool is_old = !strncmp(name, STAGE_OLD_PREFIX,
				     strlen(STAGE_OLD_PREFIX));
	bool left = false;
	enum dbs_rc rc = is_left(sweeper, name, &left, err);

	if (rc || !left)
		return rc;
	return is_old ? name_old(sweeper, name, err) : drop(sweeper, name, err);
}

/* Runs are named by the time at which they begin, in UTC. */
static void be_patient(struct sweeper *sweeper)
{
	const time_t since = time(NULL) - PATIENCE_S;
	struct tm utc;

	(void)gmtime_r(&since, &utc);
	(void)strftime(sweeper->since, sizeof(sweeper->since), "%Y%m%d_%H%M%S",
		       &utc);
}

/* run: a pattern, as it stands in names of databases. */
static enum dbs_rc sweep(struct sweeper *sweeper,
			 const struct conn_setup *setup, const char *run,
			 struct dbs_error *err)
{
	const struct ddl_wish wish = {.setup = setup, .wait_s = WAIT_S};
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = ddl_open(&sweeper->ddl, &wish, err);

	sweeper->talk = setup->talk;
	be_patient(sweeper);
	scratch_add_list(&sql, run);
	if (!rc)
		rc = conn_fetch(sweeper->ddl.conn, sql.data, "t", &rows, err);
	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		rc = sweep_one(sweeper, rows_text(rows, i, 0), err);
	ddl_close(&sweeper->ddl);
	return rc;
}

enum dbs_rc sweep_target(const struct conn_setup *setup,
			 struct text_list databases, struct dbs_error *err)
{
	struct sweeper sweeper = {.databases = databases};

	return sweep(&sweeper, setup, SCRATCH_ANY_RUN, err);
}

enum dbs_rc sweep_run(const struct conn_setup *setup,
		      struct text_list databases, const char *run,
		      struct dbs_error *err)
{
	struct sweeper sweeper = {.databases = databases, .is_over = true};
	OWNED(mem_drop) char *name = mem_strdup(run);

	/* it comes out of a file: nothing but its letters is a pattern */
	if (strlen(run) != SCRATCH_RUN_LENGTH ||
	    strspn(run, "0123456789abcdef-") != SCRATCH_RUN_LENGTH)
		return DBS_OK;
	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return sweep(&sweeper, setup, name, err);
}
