/* by_log.c - see by_log.h. */
#include "dbsync/run/by_log.h"

#include "dbsync/base/clock.h"
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
			"does not log what it applies (SLAVE MONITOR)";
		return DBS_OK;
	}
	if (!rc && rows_count(replicas))
		*why_out = "it is a replica, and does not log what it applies "
			   "(log_slave_updates)";
	return rc;
}

/* *why_out NULL: the server is the one that it was, and logs everything. */
static enum dbs_rc check_server(struct by_log *by_log, struct conn *conn,
				const struct agreed_side *agreed,
				const char **why_out, struct dbs_error *err)
{
	char name[LOG_SERVER_MOST + 1];
	enum dbs_rc rc = unlogged_find(conn, why_out, err);

	if (!rc && !*why_out)
		rc = check_replica(conn, why_out, err);
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
			       const char *word, struct log_window **out,
			       const char **why_out, struct dbs_error *err)
{
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
	rc = log_window_read(&setup, &place, by_log->server_id, out, err);
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
				const char **why_out, struct dbs_error *err)
{
	const struct agreed_side *agreed = &by_log->agreement->side[side];
	const struct conn_setup setup = walk_conn_setup(by_log->request, side);
	struct log_window **windows = by_log->window[side];
	enum dbs_rc rc = log_witness_check(&setup, &agreed->witness,
					   by_log->server_id, why_out, err);

	if (!rc)
		rc = read_window(by_log, side, agreed->place,
				 &windows[BY_PLACE], why_out, err);
	return rc ? rc
		  : read_window(by_log, side, agreed->log,
				&windows[BY_POSITION], why_out, err);
}

static enum dbs_rc check_side(struct by_log *by_log, struct walk *walk,
			      enum side side, struct dbs_error *err)
{
	struct conn *conn = walk_link(walk)->conn[side];
	const char *why = NULL;
	enum dbs_rc rc = check_server(
		by_log, conn, &by_log->agreement->side[side], &why, err);

	if (!rc && !why)
		rc = read_windows(by_log, side, &why, err);
	if (!rc && why) {
		say_scan(by_log, side_name(side), why);
		by_log->agreement = NULL;
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

/* Whether it holds for one of the windows of a side. */
static bool any_window(const struct by_log *by_log, enum side side,
		       bool (*holds)(const struct log_window *window))
{
	for (unsigned i = 0; i < WAYS; i++)
		if (by_log->window[side][i] && holds(by_log->window[side][i]))
			return true;
	return false;
}

static bool has_something(const struct log_window *window)
{
	return !log_window_is_empty(window);
}

static const char *window_touches(const struct by_log *by_log, enum side side,
				  const char *database, const char *table)
{
	const char *what = NULL;

	for (unsigned i = 0; i < WAYS && !what; i++)
		if (by_log->window[side][i])
			what = log_window_touches(by_log->window[side][i],
						  database, table);
	return what;
}

/*
 * MySQL up to 9.5, and later with innodb_native_foreign_keys, logs nothing of
 * the rows that a foreign key changes: then a table that may have such keys is
 * read whenever anything was changed.
 */
static enum dbs_rc hides_cascades(struct conn *conn, bool *out,
				  struct dbs_error *err)
{
	enum { LOGS_THEM = 90600 };
	OWNED(rows_drop) struct rows *rows = NULL;

	*out = false;
	if (conn_server(conn)->family != SERVER_MYSQL)
		return DBS_OK;
	enum dbs_rc rc = conn_fetch(conn,
				    "SHOW GLOBAL VARIABLES LIKE "
				    "'innodb_native_foreign_keys'",
				    "tT", &rows, err);

	if (rc)
		return rc;
	const char *value = rows_count(rows) ? rows_text(rows, 0, 1) : NULL;

	*out = conn_server(conn)->version < LOGS_THEM || !value ||
	       strcmp(value, "OFF") != 0;
	return DBS_OK;
}

static enum dbs_rc has_cascades(struct conn *conn, const char *database,
				const char *table, bool *out,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_adds(&sql, "SHOW CREATE TABLE ");
	quote_table(&sql, database, table);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "1tt*", &rows, err);

	if (rc)
		return rc;
	const char *text = rows_text(rows, 0, 1);

	*out = strstr(text, " ON DELETE ") || strstr(text, " ON UPDATE ");
	return DBS_OK;
}

/* Of a table that neither log names. */
static enum dbs_rc check_cascades(const struct by_log *by_log,
				  struct walk *walk, const struct pair *pair,
				  const bool hides[SIDES], const char **why_out,
				  struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc && !*why_out;
	     side++) {
		bool has = false;

		if (!hides[side] || !any_window(by_log, side, has_something))
			continue;
		rc = has_cascades(walk_link(walk)->conn[side],
				  pair->database[side], pair->table[side]->name,
				  &has, err);
		if (!rc && has)
			*why_out = "a foreign key may have changed rows, which "
				   "the server does not log";
	}
	return rc;
}

/* What says that it cannot be left unread, whatever the logs have. */
static const char *reason_of(const struct pair *pair)
{
	if (pair->unknown || pair->difference_count)
		return "its columns differ";
	/* which rows that means may change with time, and with other tables */
	if (pair->where)
		return "--where";
	for (enum side side = SOURCE; side < SIDES; side++) {
		if (!table_has_views(pair->table[side]))
			return "its engine has no transactions";
		if (pair->table[side]->has_column_grants ||
		    pair->table[side]->lost_column)
			return "some of its columns may be hidden";
	}
	return NULL;
}

static const char *touched(const struct by_log *by_log, const struct pair *pair)
{
	const char *why = reason_of(pair);

	for (enum side side = SOURCE; side < SIDES && !why; side++) {
		const char *what = window_touches(by_log, side,
						  pair->database[side],
						  pair->table[side]->name);

		if (what)
			why = arena_printf(by_log->arena, "%s: %s",
					   side_name(side), what);
	}
	return why;
}

static enum dbs_rc decide(struct by_log *by_log, struct walk *walk,
			  size_t number, const bool hides[SIDES],
			  struct dbs_error *err)
{
	const struct pair *pair = walk_subject(walk, number)->pair;
	const struct agreed_table *agreed =
		agreement_table(by_log->agreement, pair->database[SOURCE],
				pair->table[SOURCE]->name);
	const char *why = agreed ? touched(by_log, pair)
				 : "it was not there when the databases were "
				   "last found equal";
	enum dbs_rc rc = why ? DBS_OK
			     : check_cascades(by_log, walk, pair, hides, &why,
					      err);

	if (rc)
		return rc;
	if (why) {
		walk_say_why(walk, number, why);
		return DBS_OK;
	}
	walk_leave_unread(walk, number, agreed->rows);
	by_log->result.unread++;
	by_log->result.rows_unread += agreed->rows;
	return DBS_OK;
}

static bool may_have_hidden(const struct by_log *by_log,
			    const struct walk *walk, enum side side)
{
	const struct conn *conn = walk_link(walk)->conn[side];

	return by_log->agreement->side[side].hides ||
	       (conn_server(conn)->family == SERVER_MYSQL &&
		any_window(by_log, side, log_window_was_restarted));
}

static enum dbs_rc decide_all(struct by_log *by_log, struct walk *walk,
			      struct dbs_error *err)
{
	bool hides[SIDES] = {false};
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc; side++)
		rc = hides_cascades(walk_link(walk)->conn[side], &hides[side],
				    err);
	/* the setting may have been another one meanwhile */
	for (enum side side = SOURCE; side < SIDES && !rc; side++)
		hides[side] = hides[side] ||
			      may_have_hidden(by_log, walk, side);
	for (size_t i = 0; !rc && walk_subject(walk, i); i++)
		rc = decide(by_log, walk, i, hides, err);
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
	if (by_log->options.from == CHANGES_SCAN || !by_log->options.state_dir)
		return DBS_OK;
	rc = find_agreement(by_log, err);
	for (enum side side = SOURCE; side < SIDES && !rc && by_log->agreement;
	     side++)
		rc = check_side(by_log, walk, side, err);
	if (rc || !by_log->agreement)
		return rc;
	by_log->result.is_used = true;
	by_log->result.agreed_since = by_log->agreement->scanned;
	return decide_all(by_log, walk, err);
}

/* ------------------------------------------------------------------------
 * Beginning
 * --------------------------------------------------------------------- */

void by_log_begin(struct by_log *by_log, const struct by_log_options *options,
		  struct walk_request *request)
{
	OWNED(buf_release) struct buf scope = BUF_INIT;
	OWNED(buf_release) struct buf generation = BUF_INIT;
	enum { LEAST = 0x40000000, SPAN = 0x3ffffff0 };

	*by_log = (struct by_log){
		.options = *options,
		.hint = {by_log, look},
		.request = request,
		.arena = arena_new(),
		.server_id = LEAST + clock_jitter(SPAN),
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
	arena_drop(&by_log->arena);
}

/* ------------------------------------------------------------------------
 * Keeping
 * --------------------------------------------------------------------- */

/* Of the view that was opened first; *why_out: why it is not known. */
static enum dbs_rc place_of(const struct walk *walk, enum side side,
			    struct log_place *out, const char **why_out,
			    struct dbs_error *err)
{
	const struct snapshot *snapshot = walk_snapshot(walk, side);
	const char *colon = strrchr(snapshot->position, ':');
	const size_t length = colon ? (size_t)(colon - snapshot->position) : 0;

	if (snapshot->consistency != CONSISTENCY_SNAPSHOT) {
		*why_out = "not all was read in one snapshot";
		return DBS_OK;
	}
	if (!colon || length > LOG_FILE_MOST) {
		*why_out = "its snapshot has no known place in its log";
		return DBS_OK;
	}
	if (!strncmp(snapshot->position, "gtid:", 5)) {
		if (!*snapshot->logged)
			*why_out = "the user may not ask where its log ends "
				   "(REPLICATION CLIENT)";
		return log_place_read(snapshot->position, out, err);
	}
	memcpy(out->at.file, snapshot->position, length);
	out->at.position = strtoull(colon + 1, NULL, 10);
	return DBS_OK;
}

/* MySQL's places are sets; where they end in the log is asked for. */
static enum dbs_rc point_of(struct conn *conn, const struct log_place *place,
			    struct log_point *out, struct dbs_error *err)
{
	struct log_place end = LOG_PLACE_INIT;
	enum dbs_rc rc = DBS_OK;

	*out = place->at;
	if (*place->at.file)
		return DBS_OK;
	rc = changes_now(conn, &end, err);
	*out = end.at;
	log_place_release(&end);
	return rc;
}

/* The last transaction that was seen, or one that is looked for. */
static enum dbs_rc find_witness(const struct by_log *by_log, struct conn *conn,
				enum side side, const struct log_place *place,
				struct log_witness *out, struct dbs_error *err)
{
	const struct conn_setup setup = walk_conn_setup(by_log->request, side);
	const struct log_window *window = by_log->window[side][BY_PLACE];
	struct log_point point;

	if (window && *log_window_last(window)->at.file) {
		*out = *log_window_last(window);
		return DBS_OK;
	}
	if (window && by_log->agreement) {
		*out = by_log->agreement->side[side].witness;
		return DBS_OK;
	}
	enum dbs_rc rc = point_of(conn, place, &point, err);

	if (rc || !*point.file)
		return rc;
	return log_witness_find(&setup, &point, by_log->server_id, out, err);
}

static enum dbs_rc learn_side(struct by_log *by_log, const struct walk *walk,
			      enum side side, struct log_place *place,
			      struct log_witness *witness, const char **why_out,
			      struct dbs_error *err)
{
	struct conn *conn = walk_link(walk)->conn[side];
	enum dbs_rc rc = place_of(walk, side, place, why_out, err);

	if (!rc && !*why_out)
		rc = unlogged_find(conn, why_out, err);
	if (!rc && !*why_out)
		rc = check_replica(conn, why_out, err);
	if (!rc && !*why_out)
		rc = changes_server_name(conn, place->server,
					 sizeof(place->server), err);
	if (!rc && !*why_out)
		rc = find_witness(by_log, conn, side, place, witness, err);
	if (rc || *why_out)
		return rc;
	if (!*witness->at.file)
		*why_out =
			"its log has no transaction near that place by which "
			"it is known again";
	else if (!strcmp(witness->at.file, place->at.file))
		place->birth = witness->birth;
	return DBS_OK;
}

/* FILE:POSITION as a word; the file may have any name. */
static const char *log_word(struct by_log *by_log, const char *logged)
{
	OWNED(buf_release) struct buf word = BUF_INIT;
	struct log_place place = LOG_PLACE_INIT;
	const char *colon = strrchr(logged, ':');
	const size_t length = colon ? (size_t)(colon - logged) : 0;

	if (!colon || length > LOG_FILE_MOST)
		return "";
	memcpy(place.at.file, logged, length);
	place.at.position = strtoull(colon + 1, NULL, 10);
	log_place_write(&place, &word);
	return arena_strdup(by_log->arena, word.data);
}

static enum dbs_rc keep_side(struct by_log *by_log, const struct walk *walk,
			     enum side side, struct agreed_side *out,
			     const char **why_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf word = BUF_INIT;
	struct log_place place = LOG_PLACE_INIT;
	enum dbs_rc rc = learn_side(by_log, walk, side, &place, &out->witness,
				    why_out, err);

	log_place_write(&place, &word);
	out->server = arena_strdup(by_log->arena, place.server);
	out->place = arena_strdup(by_log->arena, word.data);
	out->log = log_word(by_log, walk_snapshot(walk, side)->logged);
	log_place_release(&place);
	return rc || *why_out ? rc
			      : hides_cascades(walk_link(walk)->conn[side],
					       &out->hides, err);
}

static void take_tables(struct by_log *by_log, const struct walk *walk,
			struct agreement *agreement)
{
	size_t count = 0;
	const struct finding *findings = walk_findings(walk, &count);
	struct agreed_table *tables =
		arena_alloc(by_log->arena, (count + 1) * sizeof(*tables));

	for (size_t i = 0; i < count; i++) {
		const struct finding *finding = &findings[i];

		if (!finding->subject || finding->verdict != VERDICT_EQUAL)
			continue;
		tables[agreement->table_count++] = (struct agreed_table){
			finding->database[SOURCE], finding->table,
			finding->is_unread ? finding->rows_unread
					   : finding->rows.seen[SOURCE]};
	}
	agreement->tables = tables;
}

static bool is_held(const struct by_log *by_log)
{
	return any_window(by_log, SOURCE, log_window_is_held) ||
	       any_window(by_log, TARGET, log_window_is_held);
}

/* By a run that wrote what no log has, or by somebody who knows of such changes. */
static bool was_forgotten(const struct by_log *by_log)
{
	OWNED(buf_release) struct buf generation = BUF_INIT;

	agreement_generation(by_log->options.state_dir, &generation);
	return strcmp(generation.data, by_log->generation) != 0;
}

void by_log_keep(struct by_log *by_log, const struct walk *walk)
{
	struct agreement agreement = {.agreed = (uint64_t)time(NULL)};
	struct dbs_error err = {0};
	const char *why = NULL;
	enum dbs_rc rc = DBS_OK;
	enum side side = SOURCE;

	if (!by_log->options.state_dir || !walk_is_connected(walk) ||
	    was_forgotten(by_log))
		return;
	agreement.scanned = by_log->result.is_used ? by_log->result.agreed_since
						   : agreement.agreed;
	/* what is prepared is in no view, and in the log already */
	if (is_held(by_log))
		why = "a transaction is prepared (XA) and has not ended";
	for (; side < SIDES && !rc && !why; side++)
		rc = keep_side(by_log, walk, side, &agreement.side[side], &why,
			       &err);
	take_tables(by_log, walk, &agreement);
	if (!rc && !why)
		rc = agreement_save(by_log->options.state_dir, by_log->scope,
				    &agreement, &err);
	if (rc || why)
		talk_step(talk_of(by_log),
			  "where the logs were is not kept: %s%s%s",
			  why ? side_name(side ? side - 1 : SOURCE) : "",
			  why ? ": " : "", why ? why : err.text);
}
