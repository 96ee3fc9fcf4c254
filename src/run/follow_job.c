/*
 * follow_job.c - see follow_job.h.
 *
 *	no place ─▶ copy ─▶ session ─▶ step, step, step …
 *	               ▲        ▲            │
 *	               │        └── lost ────┤ (after a pause, for as long as it takes)
 *	               └── the log does not tell what was changed
 *
 * The place of a copy is taken before it begins: what is committed meanwhile may be
 * in the copy already, and is compared once more.
 */
#include "dbsync/run/follow_job.h"

#include "follow_session.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/backoff.h"
#include "dbsync/run/full_job.h"

#include <string.h>
#include <time.h>

struct follow_job {
	const struct follow_request *request;
	struct follow_result *result;
	struct arena *arena;
	const char *scope;
	const char *id;
	uint32_t server_id;
	struct follow_mark mark;
	bool has_mark;
	bool is_asked; /* the copy that comes */
	/* in a row, without anything that went well */
	unsigned failures;
	unsigned unreadable; /* logs */
	const char *refused; /* why a session was, as it was opened; or NULL */
	bool is_late;        /* the time has come when it is to end */
};

static void tell(const struct follow_job *job, enum follow_event event,
		 const char *text)
{
	const struct follow_audience *audience = job->request->audience;

	if (audience && audience->hears)
		audience->hears(audience->self, event, text);
}

/* ------------------------------------------------------------------------
 * The place
 * --------------------------------------------------------------------- */

/* Of the target, whose database may be made by the copy. */
static struct conn_setup bare_setup(const struct follow_job *job)
{
	struct conn_setup setup = walk_conn_setup(&job->request->sync.run.walk,
						  TARGET);

	setup.may_lack_database = true;
	return setup;
}

/* What is written on it is no part of a binary log, if that was asked for. */
static enum dbs_rc heed_binlog(const struct follow_job *job, struct conn *conn,
			       struct dbs_error *err)
{
	return job->request->sync.run.write->binlog == 1
		       ? conn_run(conn, "SET SESSION sql_log_bin = 0", err)
		       : DBS_OK;
}

static enum dbs_rc load_mark(struct follow_job *job, struct dbs_error *err)
{
	const struct conn_setup bare = bare_setup(job);
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&bare, &conn, err);

	return rc ? rc
		  : follow_mark_load(conn, job->id, job->arena, &job->mark,
				     &job->has_mark, err);
}

/*
 * Where the log of the target was before a copy; nothing: it cannot be read, which
 * is said when following begins.
 */
static enum dbs_rc take_target_place(struct follow_job *job, struct buf *out,
				     struct dbs_error *err)
{
	const struct conn_setup bare = bare_setup(job);
	const char *why = NULL;

	enum dbs_rc rc = follow_drift_place(&bare, job->server_id, job->arena,
					    out, &why, err);

	if (rc || !why || job->request->drift == FOLLOW_DRIFT_AUTO)
		return rc;
	return follow_drift_lack(job->request, why, err);
}

/* What is logged between the two places may be of the copy. */
static enum dbs_rc end_target_place(struct follow_job *job,
				    const struct conn_setup *setup,
				    struct buf *place, struct dbs_error *err)
{
	const char *why = NULL;

	if (!place->length)
		return DBS_OK;
	buf_addc(place, ' ');
	enum dbs_rc rc = follow_drift_place(setup, job->server_id, job->arena,
					    place, &why, err);

	if (why)
		buf_clear(place);
	return rc;
}

static enum dbs_rc store_mark(struct follow_job *job,
			      const struct log_place *place,
			      struct buf *target_place, struct dbs_error *err)
{
	const struct conn_setup setup =
		walk_conn_setup(&job->request->sync.run.walk, TARGET);
	OWNED(buf_release) struct buf word = BUF_INIT;
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&setup, &conn, err);

	log_place_write(place, &word);
	job->mark = (struct follow_mark){
		.id = job->id,
		.scope = job->scope,
		.server = arena_strdup(job->arena, place->server),
		.place = arena_strdup(job->arena, word.data),
	};
	if (!rc)
		rc = end_target_place(job, &setup, target_place, err);
	job->mark.target_place = arena_strndup(job->arena, target_place->data,
					       target_place->length);
	if (!rc)
		rc = heed_binlog(job, conn, err);
	fault_here(FAULT_FOLLOW_COPIED);
	if (!rc)
		rc = follow_mark_begin(conn, &job->mark, err);
	if (!rc)
		rc = follow_drift_forget(conn, job->id, err);
	job->has_mark = !rc;
	return rc;
}

/* ------------------------------------------------------------------------
 * Copies
 * --------------------------------------------------------------------- */

static enum dbs_rc refuse_differences(struct follow_job *job,
				      const struct run_result *copied,
				      struct dbs_error *err)
{
	const struct finding *findings = copied->left ? copied->left
						      : copied->findings;
	const size_t count = copied->left ? copied->left_count
					  : copied->finding_count;
	const char *first = NULL;
	size_t others = 0;

	job->result->is_incomplete = true;
	for (size_t i = 0; i < count; i++) {
		if (findings[i].verdict == VERDICT_EQUAL)
			continue;
		if (first)
			others++;
		else
			first = findings[i].table;
	}
	return dbs_fail(err, DBS_E_LIMIT,
			"the target could not be made equal%s%s%s (%zu more): "
			"`dbsync incremental` with the same options says what "
			"is in the way",
			first ? ": `" : "", first ? first : "",
			first ? "` differs" : "", others);
}

static enum dbs_rc take_place(struct follow_job *job, struct log_place *place,
			      struct dbs_error *err)
{
	const struct conn_setup setup =
		walk_conn_setup(&job->request->sync.run.walk, SOURCE);
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&setup, &conn, err);

	/* before all is copied, not when it is to be followed */
	if (!rc)
		rc = follow_check_source(conn, err);
	return rc ? rc
		  : follow_place_now(conn, &setup, job->server_id, place, err);
}

/* Only what nobody follows yet is copied as a whole. */
static enum dbs_rc make_equal(const struct follow_job *job,
			      struct run_result *out, struct dbs_error *err)
{
	const struct sync_request *sync = &job->request->sync;
	const struct full_request full = {
		.run = sync->run,
		.shape = sync->shape,
		.max_delete_percent = sync->max_delete_percent,
		.allow_empty = sync->allow_empty,
	};

	return job->request->is_full && (job->is_asked || !job->has_mark)
		       ? full_job_run(&full, out, err)
		       : sync_job_run(sync, out, err);
}

static enum dbs_rc copy_once(struct follow_job *job,
			     const struct log_place *place,
			     struct buf *target_place, struct dbs_error *err)
{
	OWNED(run_result_release) struct run_result copied = {0};
	enum dbs_rc rc = make_equal(job, &copied, err);

	if (rc)
		return rc;
	if (copied.verdict != RUN_EQUAL)
		return refuse_differences(job, &copied, err);
	if (copied.was_written && copied.run)
		job->result->copied += sync_run_written(copied.run);
	job->result->copies++;
	return store_mark(job, place, target_place, err);
}

/* "": one of several. */
static const char *target_database(const struct follow_job *job)
{
	const struct walk_request *walk = &job->request->sync.run.walk;
	const char *database = walk->dsn[TARGET]->database;

	return walk->databases.count || !database ? "" : database;
}

/* Who asks for a copy, or overwrites drift, gets it also where rows are held. */
static enum dbs_rc begin_copy(struct follow_job *job, const char *why,
			      struct dbs_error *err)
{
	const enum follow_drift_how how = job->request->drift;
	const struct conn_setup bare = bare_setup(job);
	OWNED(conn_close) struct conn *conn = NULL;

	enum dbs_rc rc = conn_open(&bare, &conn, err);

	if (!rc && !job->is_asked && how != FOLLOW_DRIFT_OVERWRITE &&
	    how != FOLLOW_DRIFT_STOP)
		rc = follow_drift_guard(conn, job->has_mark ? job->id : NULL,
					target_database(job), err);
	if (rc == DBS_E_REFUSED)
		return dbs_error_context(err, "%s", why);
	if (!job->has_mark)
		return rc;
	if (!rc)
		rc = heed_binlog(job, conn, err);
	return rc ? rc : follow_drift_begin_copy(conn, job->id, err);
}

static enum dbs_rc copy(struct follow_job *job, const char *why,
			struct dbs_error *err)
{
	enum { IN_VAIN = 3 };
	struct log_place place = LOG_PLACE_INIT;
	OWNED(buf_release) struct buf target_place = BUF_INIT;

	if (job->unreadable >= IN_VAIN)
		return dbs_fail(err, DBS_E_SERVER,
				"the source's log could not be read %d times, "
				"also after the databases were compared: %s",
				IN_VAIN, why);
	enum dbs_rc rc = begin_copy(job, why, err);

	if (rc)
		return rc;
	tell(job, FOLLOW_COPIES, why);
	rc = take_place(job, &place, err);
	if (!rc)
		rc = take_target_place(job, &target_place, err);
	if (!rc)
		rc = copy_once(job, &place, &target_place, err);
	job->is_asked = job->is_asked && rc;
	log_place_release(&place);
	return rc;
}

/* ------------------------------------------------------------------------
 * Following
 * --------------------------------------------------------------------- */

/* At that time it is asked once more where the log ends. */
static enum dbs_rc check_time(struct follow_job *job,
			      struct follow_session *session,
			      struct dbs_error *err)
{
	if (job->request->until != FOLLOW_TIME || job->is_late ||
	    (uint64_t)time(NULL) < job->request->end_time)
		return DBS_OK;
	job->is_late = true;
	return follow_session_aim(session, err);
}

static bool has_ended(const struct follow_job *job,
		      const struct follow_session *session)
{
	switch (job->request->until) {
	case FOLLOW_CAUGHT_UP:
		return follow_session_is_caught_up(session);
	case FOLLOW_TIME:
		return job->is_late && follow_session_is_caught_up(session);
	case FOLLOW_PLACE:
		return session->has_read &&
		       log_point_order(&session->place.at, job->request->end) >=
			       0;
	case FOLLOW_ON:
	case FOLLOW_COPIED:
		break;
	}
	return false;
}

static void tell_caught(struct follow_job *job,
			const struct follow_session *session, bool *was_told)
{
	if (*was_told || !follow_session_is_caught_up(session))
		return;
	*was_told = true;
	job->failures = 0;
	job->unreadable = 0;
	job->result->is_caught_up = true;
	tell(job, FOLLOW_CAUGHT, "");
}

static enum dbs_rc step_on(struct follow_job *job,
			   struct follow_session *session,
			   const char **copy_out, struct dbs_error *err)
{
	bool was_told = false;
	/* what a session before this one was to catch up with is behind this goal */
	enum dbs_rc rc = check_time(job, session, err);

	tell_caught(job, session, &was_told);
	while (!rc && !*copy_out && !has_ended(job, session)) {
		const uint64_t windows = session->mark.windows;

		rc = follow_session_step(session, copy_out, err);
		if (rc || *copy_out)
			break;
		if (session->mark.windows != windows)
			job->failures = 0;
		tell_caught(job, session, &was_told);
		rc = check_time(job, session, err);
	}
	if (!rc && !*copy_out)
		rc = follow_session_store(session, err);
	return rc;
}

static void keep_place(struct follow_job *job,
		       const struct follow_session *session)
{
	struct buf place = BUF_INIT;

	follow_session_place(session, &place);
	if (!place.length)
		return;
	mem_drop(&job->result->place);
	job->result->place = buf_detach(&place);
}

static void pulse_is(const struct follow_job *job, bool is_following)
{
	if (job->request->pulse)
		atomic_store(&job->request->pulse->is_following, is_following);
}

/*
 * Structures that are not alike may have been changed since the place: a copy makes
 * them so, or else the next session is refused for the same reason.
 */
static void excuse(struct follow_job *job, enum dbs_rc *rc, const char **why,
		   struct dbs_error *err)
{
	if (*rc != DBS_E_REFUSED ||
	    (job->refused && !strcmp(job->refused, err->text)))
		return;
	job->refused = arena_strdup(job->arena, err->text);
	*why = job->refused;
	dbs_error_clear(err);
	*rc = DBS_OK;
}

/* Until it is over, or has to be compared again: then *why_out lives in arena. */
static enum dbs_rc follow(struct follow_job *job, const char **why_out,
			  struct dbs_error *err)
{
	struct follow_session session;
	struct dbs_error ignored = {0};
	const char *why = NULL;
	enum dbs_rc rc = follow_session_open(&session, job->request, &job->mark,
					     job->server_id + 1, job->result,
					     &why, err);

	if (!rc && !why) {
		tell(job, FOLLOW_BEGINS, job->mark.place);
		pulse_is(job, true);
		rc = step_on(job, &session, &why, err);
		pulse_is(job, false);
	}
	/* stopped: what was passed by need not be read again */
	if (rc == DBS_E_CANCELLED && session.tail)
		(void)follow_session_store(&session, &ignored);
	keep_place(job, &session);
	follow_drift_report(&session, job->result);
	job->unreadable += session.is_unreadable;
	if (session.is_refused)
		excuse(job, &rc, &why, err);
	else if (!rc)
		job->refused = NULL;
	*why_out = why ? arena_strdup(job->arena, why) : NULL;
	follow_session_close(&session);
	return rc;
}

/* ------------------------------------------------------------------------
 * What goes wrong
 * --------------------------------------------------------------------- */

static bool may_pass(enum dbs_rc rc)
{
	return rc == DBS_E_LOST || rc == DBS_E_CONNECT || rc == DBS_E_RETRY ||
	       rc == DBS_E_CHANGED;
}

/* Servers may be away for hours; but one that refuses us does so at once. */
static enum dbs_rc wait_for(struct follow_job *job, enum dbs_rc rc,
			    struct dbs_error *err)
{
	enum { MOST_CHANGED = 5, LONGEST = 8 };
	const struct cancel *cancel = job->request->sync.run.walk.cancel;
	/* structures may change while they are compared */
	const bool is_changed = rc == DBS_E_CHANGED ||
				(rc == DBS_E_LIMIT &&
				 job->result->is_incomplete);

	if ((!may_pass(rc) && !is_changed) ||
	    (is_changed && job->failures >= MOST_CHANGED))
		return rc;
	tell(job, FOLLOW_WAITS, err->text);
	job->result->is_incomplete = false;
	dbs_error_clear(err);
	job->failures++;
	return backoff_wait(job->failures < LONGEST ? job->failures : LONGEST,
			    cancel, err);
}

static enum dbs_rc go_on(struct follow_job *job, const char **why,
			 bool *is_over, struct dbs_error *err)
{
	enum dbs_rc rc = load_mark(job, err);

	*is_over = false;
	if (!rc && !job->has_mark && !*why)
		*why = "nothing says up to where the target is written";
	if (!rc && *why)
		rc = copy(job, *why, err);
	if (rc)
		return rc;
	*why = NULL;
	*is_over = job->request->until == FOLLOW_COPIED;
	if (*is_over)
		return DBS_OK;
	rc = follow(job, why, err);
	*is_over = !rc && !*why;
	return rc;
}

static enum dbs_rc run(struct follow_job *job, struct dbs_error *err)
{
	const struct follow_request *request = job->request;
	/* where nothing is followed, that is all that is asked for */
	const char *why = request->starts_over ||
					  request->until == FOLLOW_COPIED
				  ? "it was asked for"
				  : NULL;
	job->is_asked = why;
	bool has_begun = false;
	bool is_over = false;
	enum dbs_rc rc = DBS_OK;

	while (!rc && !is_over) {
		rc = go_on(job, &why, &is_over, err);
		has_begun = has_begun || job->has_mark;
		if (rc && has_begun)
			rc = wait_for(job, rc, err);
	}
	return rc;
}

static void name_job(struct follow_job *job)
{
	OWNED(buf_release) struct buf scope = BUF_INIT;
	OWNED(buf_release) struct buf id = BUF_INIT;

	agreement_scope(&job->request->sync.run.walk, &scope);
	text_fingerprint(&id, scope.data, scope.length);
	job->scope = arena_strdup(job->arena, scope.data);
	job->id = arena_strdup(job->arena, id.data);
}

enum dbs_rc follow_job_run(const struct follow_request *request,
			   struct follow_result *result, struct dbs_error *err)
{
	const uint64_t start = clock_ns();
	struct follow_job job = {
		.request = request,
		.result = result,
		.arena = arena_new(),
		.server_id = request->server_id ? request->server_id
						: log_reader_any_id(),
	};

	*result = (struct follow_result){
		.tables = VEC_INIT(struct follow_held)};
	name_job(&job);
	enum dbs_rc rc = run(&job, err);

	if (job.has_mark && !result->place)
		result->place = mem_strdup(job.mark.place);
	arena_drop(&job.arena);
	result->seconds = clock_since(start);
	return rc;
}

void follow_result_release(struct follow_result *result)
{
	mem_drop(&result->place);
	follow_held_release(&result->tables);
}

void follow_held_release(struct vec *tables)
{
	for (size_t i = 0; i < tables->count; i++) {
		struct follow_held *held = vec_at(tables, i);

		mem_drop(&held->database);
		mem_drop(&held->table);
	}
	vec_release(tables);
	*tables = (struct vec)VEC_INIT(struct follow_held);
}
