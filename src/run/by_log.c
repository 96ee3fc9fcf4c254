/* by_log.c - see by_log.h. */
#include "by_log_part.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/subject.h"
#include "dbsync/db/quote.h"
#include "dbsync/db/unlogged.h"

#include "changes_start.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const struct talk *talk_of(const struct by_log *by_log)
{
	return by_log->request->talk;
}

/* Why all rows are read; in one line, and the run goes on. */
static void say_scan(const struct by_log *by_log, const char *side,
		     const char *why)
{
	talk_note(talk_of(by_log), "all rows are read: %s%s%s", side,
		  *side ? ": " : "", why);
}

/* ------------------------------------------------------------------------
 * Whether the agreement still holds
 * --------------------------------------------------------------------- */

static enum dbs_rc find_agreement(struct by_log *by_log, struct dbs_error *err)
{
	const char *why = NULL;
	enum dbs_rc rc = agreement_load(by_log->options.state_dir,
					by_log->scope, by_log->arena,
					&by_log->agreement, &why, err);

	if (rc) {
		/* a folder that cannot be read holds nothing */
		say_scan(by_log, "", err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (why)
		say_scan(by_log, "", why);
	if (!by_log->agreement || by_log->options.from != CHANGES_AUTO)
		return DBS_OK;
	const uint64_t now = (uint64_t)time(NULL);
	const uint64_t scanned = by_log->agreement->scanned;

	if (scanned <= now && now - scanned <= by_log->options.scan_every_s)
		return DBS_OK;
	say_scan(by_log, "",
		 "the last comparison of all rows is older than "
		 "--scan-every");
	by_log->agreement = NULL;
	return DBS_OK;
}

/*
 * A replica of MariaDB that does not log what it applies, and is not one at this
 * moment, may have been one since.
 */
static enum dbs_rc check_replica(struct conn *conn, const char **why_out,
				 struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(rows_drop) struct rows *replicas = NULL;

	if (conn_server(conn)->family == SERVER_MYSQL)
		return DBS_OK;
	enum dbs_rc rc = conn_fetch(conn,
				    "SELECT @@GLOBAL.log_slave_updates, "
				    "@@GLOBAL.gtid_slave_pos",
				    "1tt", &rows, err);

	if (rc || !strcmp(rows_text(rows, 0, 0), "1"))
		return rc;
	if (rows_length(rows, 0, 1)) {
		*why_out = "it has been a replica, and does not log what it "
			   "applies (log_slave_updates)";
		return DBS_OK;
	}
	rc = conn_fetch(conn, server_replica_sql(conn_server(conn)), "*",
			&replicas, err);
	if (rc == DBS_E_DENIED || rc == DBS_E_SERVER) {
		dbs_error_clear(err);
		*why_out =
			"the user may not see whether it is a replica, which "
			"does not log what it applies (GRANT SLAVE MONITOR ON "
			"*.*)";
		return DBS_OK;
	}
	if (!rc && rows_count(replicas))
		*why_out = "it is a replica, and does not log what it applies "
			   "(log_slave_updates)";
	return rc;
}

enum dbs_rc by_log_vouches(struct conn *conn, const char **why_out,
			   struct dbs_error *err)
{
	enum dbs_rc rc = unlogged_writes(conn, why_out, err);

	return rc || *why_out ? rc : check_replica(conn, why_out, err);
}

/* *why_out NULL: the server is the one that it was, and logs everything. */
static enum dbs_rc check_server(struct by_log *by_log, struct conn *conn,
				const struct agreed_side *agreed,
				const char **why_out, struct dbs_error *err)
{
	char name[LOG_SERVER_MOST + 1];
	enum dbs_rc rc = by_log_vouches(conn, why_out, err);

	if (rc || *why_out)
		return rc;
	rc = changes_server_name(conn, name, sizeof(name), err);
	if (!rc && strcmp(name, agreed->server) != 0)
		*why_out = arena_printf(by_log->arena,
					"it is server %s, and was %s when the "
					"databases were last found equal",
					name, agreed->server);
	return rc;
}

/* word "": there is no such window. */
static enum dbs_rc read_window(struct by_log *by_log, enum side side,
			       unsigned way, const char *word,
			       const struct log_point *view,
			       const char **why_out, struct dbs_error *err)
{
	struct log_window **out = &by_log->window[side][way];
	const struct conn_setup setup = walk_conn_setup(by_log->request, side);
	struct log_place place = LOG_PLACE_INIT;
	struct dbs_error bad = {0};
	enum dbs_rc rc = DBS_OK;

	if (!*word || *why_out)
		return DBS_OK;
	if (log_place_read(word, &place, &bad)) {
		*why_out = arena_strdup(by_log->arena, bad.text);
		return DBS_OK;
	}
	rc = log_window_read(&setup, &place, view, by_log->server_id,
			     by_log->keys[side][way], out, err);
	log_place_release(&place);
	if (!rc)
		*why_out = log_window_reason(*out);
	return rc;
}

/*
 * MySQL sends by transactions only files that may have some that are wanted: one
 * with transactions that have no id, or without its end, may be left out.  By
 * position it leaves out what was logged before and committed after.  So both are
 * read.
 */
static enum dbs_rc read_windows(struct by_log *by_log, enum side side,
				const struct log_point *view,
				const char **why_out, struct dbs_error *err)
{
	const struct agreed_side *agreed = &by_log->agreement->side[side];
	const struct conn_setup setup = walk_conn_setup(by_log->request, side);
	enum dbs_rc rc = log_witness_check(&setup, &agreed->witness,
					   by_log->server_id, why_out, err);

	if (!rc)
		rc = read_window(by_log, side, BY_PLACE, agreed->place, view,
				 why_out, err);
	return rc ? rc
		  : read_window(by_log, side, BY_POSITION, agreed->log, view,
				why_out, err);
}

/* Where the log was when the view was opened; no file: that is not known. */
static struct log_point view_of(const struct walk *walk, enum side side)
{
	const struct snapshot *snapshot = walk_snapshot(walk, side);
	struct log_point point = {.position = 0};

	if (!log_point_read(*snapshot->logged ? snapshot->logged
					      : snapshot->position,
			    &point))
		*point.file = '\0';
	return point;
}

static enum dbs_rc check_side(struct by_log *by_log, struct walk *walk,
			      enum side side, struct dbs_error *err)
{
	struct conn *conn = walk_link(walk)->conn[side];
	const struct log_point view = view_of(walk, side);
	const char *why = NULL;
	enum dbs_rc rc = check_server(
		by_log, conn, &by_log->agreement->side[side], &why, err);

	if (!rc && !why)
		rc = read_windows(by_log, side, &view, &why, err);
	if (!rc && why) {
		say_scan(by_log, side_name(side), why);
		by_log->agreement = NULL;
	}
	return rc;
}

static void drop_windows(struct by_log *by_log)
{
	for (enum side side = SOURCE; side < SIDES; side++)
		for (unsigned i = 0; i < WAYS; i++)
			log_window_drop(&by_log->window[side][i]);
}

static enum dbs_rc look(void *self, struct walk *walk, struct dbs_error *err)
{
	struct by_log *by_log = self;
	enum dbs_rc rc = DBS_OK;

	/* of a second walk: what was known is older, and still true */
	by_log->result = (struct by_log_result){0};
	by_log->agreement = NULL;
	drop_windows(by_log);
	by_log_drop_wishes(by_log);
	if (by_log->options.from == CHANGES_SCAN || !by_log->options.state_dir)
		return DBS_OK;
	rc = find_agreement(by_log, err);
	if (!rc && by_log->agreement)
		by_log_wish(by_log, walk);
	for (enum side side = SOURCE; side < SIDES && !rc && by_log->agreement;
	     side++)
		rc = check_side(by_log, walk, side, err);
	if (rc || !by_log->agreement)
		return rc;
	by_log->result.is_used = true;
	by_log->result.agreed_since = by_log->agreement->scanned;
	return by_log_decide(by_log, walk, err);
}

/* ------------------------------------------------------------------------
 * Beginning
 * --------------------------------------------------------------------- */

void by_log_begin(struct by_log *by_log, const struct by_log_options *options,
		  struct walk_request *request)
{
	OWNED(buf_release) struct buf scope = BUF_INIT;
	OWNED(buf_release) struct buf generation = BUF_INIT;

	*by_log = (struct by_log){
		.options = *options,
		.hint = {by_log, look, options->from != CHANGES_SCAN},
		.request = request,
		.arena = arena_new(),
		.server_id = log_reader_any_id(),
		.sets = VEC_INIT(struct key_set *),
	};
	agreement_scope(request, &scope);
	by_log->scope = arena_strdup(by_log->arena, scope.data);
	if (options->state_dir)
		agreement_generation(options->state_dir, &generation);
	by_log->generation = arena_strdup(by_log->arena, generation.data);
	request->hint = &by_log->hint;
}

void by_log_release(struct by_log *by_log)
{
	drop_windows(by_log);
	by_log_drop_wishes(by_log);
	for (size_t i = 0; i < by_log->sets.count; i++)
		key_set_drop(vec_at(&by_log->sets, i));
	vec_release(&by_log->sets);
	arena_drop(&by_log->arena);
}

struct by_log_result by_log_sum(const struct by_log *by_log,
				const struct walk *walk)
{
	struct by_log_result result = by_log->result;
	size_t count = 0;
	const struct finding *findings = walk_findings(walk, &count);

	for (size_t i = 0; i < count; i++) {
		result.unread += findings[i].read != READ_ALL;
		result.rows_unread += findings[i].rows_unread;
	}
	return result;
}
