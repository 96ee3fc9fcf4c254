/*
 * follow_drift.c - the target's log: see follow_drift.h.
 *
 * It is read one transaction after the other, since only its end says whose a
 * transaction was: that of a window has the place behind its rows.
 */
#include "follow_drift_part.h"

#include "by_log_part.h"
#include "changes_start.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/schema/load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct talk *talk_of(const struct follow_session *session)
{
	return session->base.walk.talk;
}

static struct conn *target_of(const struct follow_session *session)
{
	return walk_link(session->walk)->conn[TARGET];
}

/* ------------------------------------------------------------------------
 * Where it is
 * --------------------------------------------------------------------- */

/* What the server, or the user, lacks for it is why; what may pass is not. */
static enum dbs_rc excuse(enum dbs_rc rc, struct arena *arena,
			  const char **why_out, struct dbs_error *err)
{
	if (!rc || rc == DBS_E_CANCELLED || rc == DBS_E_CONNECT ||
	    rc == DBS_E_LOST || rc == DBS_E_RETRY)
		return rc;
	*why_out = arena_strdup(arena, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc check(struct conn *conn, const char **why_out,
			 struct dbs_error *err)
{
	enum dbs_rc rc = changes_check_server(conn, err);

	if (!rc && conn_server(conn)->family == SERVER_MYSQL)
		rc = follow_check_ids(conn, err);
	return rc ? rc : by_log_vouches(conn, why_out, err);
}

static enum dbs_rc find_place(struct conn *conn, const struct conn_setup *setup,
			      uint32_t server_id, struct log_place *out,
			      struct dbs_error *err)
{
	enum dbs_rc rc = changes_now(conn, out, err);

	if (!rc && !*out->at.file)
		rc = dbs_fail(err, DBS_E_DENIED,
			      "GRANT REPLICATION CLIENT ON *.* is needed to "
			      "know where its log ends");
	if (!rc)
		rc = changes_server_name(conn, out->server, sizeof(out->server),
					 err);
	return rc ? rc : changes_learn_birth(setup, server_id, out, err);
}

enum dbs_rc follow_drift_place(const struct conn_setup *setup,
			       uint32_t server_id, struct arena *arena,
			       struct buf *out, const char **why_out,
			       struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	struct log_place place = LOG_PLACE_INIT;

	*why_out = NULL;
	enum dbs_rc rc = conn_open(setup, &conn, err);

	if (rc)
		return rc;
	rc = excuse(check(conn, why_out, err), arena, why_out, err);
	if (!rc && !*why_out)
		rc = excuse(find_place(conn, setup, server_id, &place, err),
			    arena, why_out, err);
	if (!rc && !*why_out)
		log_place_write(&place, out);
	log_place_release(&place);
	return rc;
}

enum dbs_rc follow_drift_lack(const struct follow_request *request,
			      const char *why, struct dbs_error *err)
{
	if (request->drift != FOLLOW_DRIFT_AUTO)
		return dbs_fail(err, DBS_E_REFUSED,
				"--drift: what somebody else writes to the "
				"target cannot be noticed: %s",
				why);
	talk_note(request->sync.run.walk.talk,
		  "what somebody else writes to the target is not noticed, and "
		  "overwritten when the source changes the same row: %s",
		  why);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Suspects
 * --------------------------------------------------------------------- */

static void suspect_all(struct follow_drift *drift)
{
	for (size_t i = 0; i < drift->tables.count; i++) {
		drift_table(drift, i)->is_all = true;
		drift_table(drift, i)->owes = true;
	}
	drift->has_suspects = true;
}

static void suspect_rows(struct follow_drift *drift, size_t number,
			 const struct pair *pair, bool is_weak)
{
	struct drift_table *table = drift_table(drift, number);
	struct key_set *named = follow_keys(&drift->sets, number);
	const size_t count = named ? key_set_count(named) : 0;

	table->owes = true;
	drift->has_suspects = true;
	/* a map without rows: a foreign key may have changed any of them */
	if (!count || log_keys_of(drift->keys, pair->database[TARGET],
				  pair->table[TARGET]->name)
			      ->problem) {
		table->is_all = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		key_set_add(is_weak ? table->weak : table->strong,
			    key_set_at(named, i));
}

static void take_foreign(struct follow_session *session, bool is_weak,
			 const char **copy_out)
{
	struct follow_drift *drift = session->drift;

	/* what was prepared may have been committed now */
	drift->has_suspects = drift->has_suspects ||
			      log_tail_has_ended(drift->tail, NULL);
	for (size_t i = 0; i < session->tables.count; i++) {
		const struct follow_table *table = vec_at(&session->tables, i);
		const struct pair *pair = table->subject->pair;

		switch (log_window_touches(drift->window,
					   pair->database[TARGET],
					   pair->table[TARGET]->name)) {
		case TOUCH_NONE:
			break;
		case TOUCH_ROWS:
			suspect_rows(drift, i, pair, is_weak);
			break;
		case TOUCH_STRUCTURE:
			/* a table of that name in another database is another */
			if (!log_window_reshapes(drift->window,
						 pair->database[TARGET]))
				break;
			drift_table(drift, i)->is_all = true;
			drift->has_suspects = true;
			if (!is_weak)
				*copy_out = "a statement of somebody else has "
					    "changed structures of the target";
			break;
		}
	}
}

/* *foreign_out is set where it is somebody else's. */
static void take_transaction(struct follow_session *session, bool *foreign_out,
			     const char **copy_out)
{
	struct follow_drift *drift = session->drift;
	struct log_window *window = drift->window;
	const char *reason = log_window_reason(window);

	log_window_end(window);
	if (reason) {
		talk_note(talk_of(session),
			  "which rows of the target somebody else has written "
			  "is not known, so all are compared: %s",
			  reason);
		suspect_all(drift);
		*foreign_out = true;
	} else if (!log_window_touches(window, SCHEMA_OF_OURS, "follow")) {
		take_foreign(session,
			     log_point_order(log_tail_end(drift->tail),
					     &drift->until) <= 0,
			     copy_out);
		*foreign_out = true;
	}
	log_window_clear(window);
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

static enum dbs_rc find_end(const struct follow_session *session,
			    struct log_point *out, struct dbs_error *err)
{
	struct log_place place = LOG_PLACE_INIT;
	enum dbs_rc rc = changes_now(target_of(session), &place, err);

	*out = place.at;
	log_place_release(&place);
	if (rc || log_point_order(out, log_tail_end(session->drift->tail)) >= 0)
		return rc;
	return dbs_fail(err, DBS_E_SERVER,
			"target: its log ends before what was read of it: it "
			"was begun again (RESET MASTER)");
}

static enum dbs_rc read_to(struct follow_session *session,
			   const struct log_point *end, bool *foreign_out,
			   const char **copy_out, struct dbs_error *err)
{
	enum { SILENCES = 50 };
	struct follow_drift *drift = session->drift;
	unsigned silences = 0;

	while (log_point_order(log_tail_end(drift->tail), end) < 0) {
		const struct log_point before = *log_tail_end(drift->tail);
		bool any = false;
		enum dbs_rc rc = log_tail_wait(drift->tail, drift->window, &any,
					       err);

		if (rc)
			return rc;
		if (any || log_window_reason(drift->window))
			take_transaction(session, foreign_out, copy_out);
		silences = log_point_order(&before, log_tail_end(drift->tail))
				   ? 0
				   : silences + 1;
		if (silences == SILENCES)
			return dbs_fail(err, DBS_E_SERVER,
					"target: its log goes on, and nothing "
					"of that is sent");
	}
	return DBS_OK;
}

/* All that can be seen on the target by now. */
static enum dbs_rc read_log(struct follow_session *session,
			    const char **copy_out, struct dbs_error *err)
{
	struct follow_drift *drift = session->drift;
	struct log_point end;
	bool any_foreign = false;
	enum dbs_rc rc = find_end(session, &end, err);

	if (!rc)
		rc = read_to(session, &end, &any_foreign, copy_out, err);
	if (!rc && any_foreign)
		rc = follow_settle(target_of(session), drift->tail, err);
	if (rc)
		return rc;
	if (log_tail_birth(drift->tail))
		drift->read = (struct follow_spot){*log_tail_end(drift->tail),
						   log_tail_birth(drift->tail)};
	drift->glanced_ns = clock_ns();
	return DBS_OK;
}

/* Another session finds out what of the log is left. */
static enum dbs_rc read_on(struct follow_session *session,
			   const char **copy_out, struct dbs_error *err)
{
	enum dbs_rc rc = read_log(session, copy_out, err);

	if (rc == DBS_E_SERVER || rc == DBS_E_STRANGE || rc == DBS_E_UNKNOWN)
		(void)dbs_error_recode(err, rc = DBS_E_LOST);
	return rc;
}

enum dbs_rc follow_drift_glance(struct follow_session *session,
				const char **copy_out, struct dbs_error *err)
{
	const double often_s = 0.5;
	const struct follow_drift *drift = session->drift;

	if (!drift->tail || clock_since(drift->glanced_ns) < often_s)
		return DBS_OK;
	return read_on(session, copy_out, err);
}

enum dbs_rc drift_catch_up(struct follow_session *session,
			   const char **copy_out, struct dbs_error *err)
{
	return session->drift->tail ? read_on(session, copy_out, err) : DBS_OK;
}

/* ------------------------------------------------------------------------
 * Opening and closing
 * --------------------------------------------------------------------- */

static void open_tables(struct follow_session *session)
{
	struct follow_drift *drift = session->drift;
	struct vec wishes = VEC_INIT(struct log_keys_wish);

	for (size_t i = 0; i < session->tables.count; i++) {
		const struct follow_table *table = vec_at(&session->tables, i);
		const struct pair *pair = table->subject->pair;
		struct key_set *set = table->whole ? NULL : key_set_new();

		*(struct drift_table *)vec_push(
			&drift->tables) = (struct drift_table){
			.strong = key_set_new(),
			.weak = key_set_new(),
			.held = key_set_new(),
			.taken = key_set_new(),
			.drifted = key_set_new(),
			.freed = key_set_new(),
		};
		*(struct key_set **)vec_push(&drift->sets) = set;
		if (set)
			*(struct log_keys_wish *)vec_push(&wishes) =
				by_log_wish_of(session->arena, pair, TARGET,
					       pair->table[TARGET]->rows, set);
	}
	drift->keys = log_keys_new(wishes.items, wishes.count);
	drift->window = log_window_new(drift->keys);
	vec_release(&wishes);
}

/*
 * PLACE, or PLACE and another, up to which it may be an incremental run: that of the
 * end, where the run has not come to its own.
 */
static bool read_place(struct follow_drift *drift, const char *text,
		       const struct log_place *end, struct log_place *out)
{
	const char *space = strchr(text, ' ');
	OWNED(mem_drop)
	char *word = mem_strndup(text,
				 space ? (size_t)(space - text) : strlen(text));
	struct dbs_error bad = {0};
	struct log_place until = LOG_PLACE_INIT;
	bool is_one = !log_place_read(word, out, &bad) && *out->at.file &&
		      !strcmp(out->server, drift->server);

	if (is_one && space && !strcmp(space + 1, DRIFT_OPEN)) {
		drift->until = end->at;
	} else if (is_one && space) {
		is_one = !log_place_read(space + 1, &until, &bad);
		drift->until = until.at;
	}
	log_place_release(&until);
	return is_one;
}

static enum dbs_rc open_tail(struct follow_session *session,
			     const struct log_place *from, bool is_known,
			     const char **copy_out, struct dbs_error *err)
{
	struct follow_drift *drift = session->drift;

	log_tail_close(&drift->tail);
	/* and what was read of it is read again */
	log_window_drop(&drift->window);
	log_keys_clear(drift->keys);
	drift->window = log_window_new(drift->keys);
	drift->read = (struct follow_spot){from->at, from->birth};
	if (!is_known)
		suspect_all(drift);
	enum dbs_rc rc = log_tail_open(&session->base.target.setup, from,
				       session->server_id - 1, &drift->tail,
				       err);

	return rc ? rc : read_log(session, copy_out, err);
}

/* Where nobody knows what was written since, anything may have been. */
static enum dbs_rc open_somewhere(struct follow_session *session,
				  const char *now, const char **copy_out,
				  struct dbs_error *err)
{
	struct log_place from = LOG_PLACE_INIT;
	struct log_place end = LOG_PLACE_INIT;
	struct follow_drift *drift = session->drift;
	enum dbs_rc rc = log_place_read(now, &end, err);

	drift->server = arena_strdup(session->arena, end.server);
	const bool is_known = !rc &&
			      read_place(drift, session->mark.target_place,
					 &end, &from);

	if (is_known) {
		const char *why = NULL;

		rc = excuse(open_tail(session, &from, true, copy_out, err),
			    session->arena, &why, err);
		if (why)
			talk_note(talk_of(session),
				  "what somebody else has written to the "
				  "target since is not known, so all rows are "
				  "compared: %s",
				  why);
		drift->was_lost = why;
	}
	if (!rc && (!is_known || drift->was_lost))
		rc = open_tail(session, &end, false, copy_out, err);
	log_place_release(&from);
	log_place_release(&end);
	return rc;
}

enum dbs_rc follow_drift_open(struct follow_session *session,
			      const char **copy_out, struct dbs_error *err)
{
	const struct follow_request *request = session->request;
	struct follow_drift *drift = mem_zero(1, sizeof(*drift));
	OWNED(buf_release) struct buf now = BUF_INIT;
	const char *why = NULL;

	session->drift = drift;
	drift->how = request->drift ? request->drift : FOLLOW_DRIFT_HOLD;
	drift->tables = (struct vec)VEC_INIT(struct drift_table);
	drift->sets = (struct vec)VEC_INIT(struct key_set *);
	drift->first = (struct vec)VEC_INIT(struct window_statement);
	drift->words = arena_new();
	open_tables(session);
	enum dbs_rc rc = drift_keep_load(session, err);

	/* what is held has to be known */
	if (rc != DBS_E_REFUSED)
		rc = excuse(rc, session->arena, &why, err);

	if (!rc && !why)
		rc = follow_drift_place(&session->base.target.setup,
					session->server_id - 1, session->arena,
					&now, &why, err);
	drift_tell(session);
	if (!rc && why)
		return follow_drift_lack(request, why, err);
	return rc ? rc : open_somewhere(session, now.data, copy_out, err);
}

void follow_drift_close(struct follow_drift **drift)
{
	if (!*drift)
		return;
	log_tail_close(&(*drift)->tail);
	log_window_drop(&(*drift)->window);
	log_keys_drop(&(*drift)->keys);
	for (size_t i = 0; i < (*drift)->tables.count; i++) {
		struct drift_table *table = drift_table(*drift, i);

		key_set_drop(&table->strong);
		key_set_drop(&table->weak);
		key_set_drop(&table->held);
		key_set_drop(&table->taken);
		key_set_drop(&table->drifted);
		key_set_drop(&table->freed);
		key_set_drop(vec_at(&(*drift)->sets, i));
	}
	vec_release(&(*drift)->tables);
	vec_release(&(*drift)->sets);
	vec_release(&(*drift)->first);
	arena_drop(&(*drift)->words);
	mem_drop(drift);
}
