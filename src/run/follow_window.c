/*
 * follow_window.c - one step of follow_session.h.
 *
 *	log:     a ──────────── b ─────── b'          a: the target's place
 *	view:                   └── s ───┘            b ≤ s ≤ b'
 *
 * All rows that changed between a and s are among those that the log names up to
 * b'.  They are read as they are in s, and so the target becomes what the source
 * was in s: at no moment it shows what the source never was.  The place moves on to
 * b; what is named between b and b' is looked at once more by the next step.
 *
 * While a transaction that was prepared (XA) before s has not ended, its rows are
 * not seen, and nothing says when they will be: the place stays before it, and what
 * is named between b and b' is added to what was named before.
 *
 * A server whose log is begun again (RESET MASTER) goes on to send the file that it
 * has deleted, which says nothing any more: so where its log ends is asked for.
 */
#include "follow_session.h"

#include "by_log_part.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/data/touched.h"

#include <string.h>

static const struct talk *talk_of(const struct follow_session *session)
{
	return session->base.walk.talk;
}

/* What a window is made of; the changes live as long as it. */
struct window {
	struct follow_session *session;
	struct link link;
	struct vec found; /* struct follow_found */
	struct vec parts; /* struct window_part */
	struct table_result *results;
};

static void window_release(struct window *window)
{
	change_file_drop(&window->link.changes);
	if (window->results)
		table_results_release(window->results, window->found.count);
	mem_drop(&window->results);
	vec_release(&window->found);
	vec_release(&window->parts);
}

/* ------------------------------------------------------------------------
 * What is to be compared
 * --------------------------------------------------------------------- */

static bool is_any(const struct follow_session *session)
{
	for (unsigned i = FOLLOW_NOW; i <= FOLLOW_BEYOND; i++)
		if (!log_window_is_empty(session->stretch[i].window))
			return true;
	return false;
}

bool follow_session_names(const struct follow_session *session,
			  const char *database, const char *table)
{
	for (unsigned i = FOLLOW_NOW; i <= FOLLOW_BEYOND; i++)
		if (log_window_touches(session->stretch[i].window, database,
				       table))
			return true;
	return false;
}

static const char *source_at(const struct follow_session *session,
			     size_t number)
{
	return *(const char **)vec_at(&session->sources, number);
}

/* Of --tables, without wildcards: whatever else comes and goes does not matter. */
static bool are_names(const struct text_list *patterns)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (strpbrk(patterns->items[i], "*?[\\"))
			return false;
	return patterns->count;
}

static bool any_is_reshaped(const struct follow_session *session,
			    const struct log_window *window,
			    const struct text_list *names)
{
	for (size_t d = 0; d < session->sources.count; d++)
		for (size_t i = 0; i < names->count; i++) {
			const char *dot = strrchr(names->items[i], '.');
			const char *name = dot ? dot + 1 : names->items[i];

			if (log_window_touches(window, source_at(session, d),
					       name) == TOUCH_STRUCTURE)
				return true;
		}
	return false;
}

static bool is_reshaped(const struct follow_session *session,
			const struct log_window *window)
{
	const struct text_list *names = &session->base.walk.tables;

	if (are_names(names))
		return any_is_reshaped(session, window, names);
	for (size_t d = 0; d < session->sources.count; d++)
		if (log_window_reshapes(window, source_at(session, d)))
			return true;
	return false;
}

/* NULL: the log says which rows of any table may have changed. */
static const char *why_copy(const struct follow_session *session)
{
	for (unsigned i = FOLLOW_NOW; i <= FOLLOW_BEYOND; i++) {
		const struct log_window *window = session->stretch[i].window;

		if (log_window_reason(window))
			return log_window_reason(window);
		if (is_reshaped(session, window))
			return "a statement has changed structures of the "
			       "source";
	}
	return NULL;
}

/* What the second names is named by the first, too. */
static void join(struct vec *now, const struct vec *beyond, size_t number)
{
	struct key_set *into = follow_keys(now, number);
	struct key_set *from = follow_keys(beyond, number);
	const size_t count = key_set_count(from);

	for (size_t i = 0; i < count; i++)
		key_set_add(into, key_set_at(from, i));
}

static bool is_unknown(const struct follow_session *session,
		       const struct pair *pair)
{
	for (unsigned i = FOLLOW_NOW; i <= FOLLOW_BEYOND; i++)
		if (log_keys_of(session->stretch[i].keys,
				pair->database[SOURCE],
				pair->table[SOURCE]->name)
			    ->problem)
			return true;
	return false;
}

/* A map without rows is of rows that a foreign key may have changed. */
static enum follow_touch touch_of(struct follow_session *session, size_t number)
{
	const struct follow_table *table = vec_at(&session->tables, number);
	struct follow_stretch *stretch = session->stretch;

	const struct pair *pair = table->subject->pair;

	if (!follow_session_names(session, pair->database[SOURCE],
				  pair->table[SOURCE]->name))
		return FOLLOW_UNTOUCHED;
	if (table->whole || is_unknown(session, pair))
		return FOLLOW_WHOLE;
	join(&stretch[FOLLOW_NOW].sets, &stretch[FOLLOW_BEYOND].sets, number);
	join(&stretch[FOLLOW_NOW].moved, &stretch[FOLLOW_BEYOND].moved, number);
	return key_set_count(follow_keys(&stretch[FOLLOW_NOW].sets, number))
		       ? FOLLOW_KEYS
		       : FOLLOW_UNTOUCHED;
}

static enum dbs_rc choose(struct follow_session *session, struct dbs_error *err)
{
	for (size_t i = 0; i < session->tables.count; i++)
		((struct follow_table *)vec_at(&session->tables, i))->touch =
			touch_of(session, i);
	return follow_cascades_spread(session, err);
}

/* ------------------------------------------------------------------------
 * Comparing
 * --------------------------------------------------------------------- */

enum dbs_rc follow_refuse_unwritable(const struct pair *pair, uint64_t count,
				     struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_REFUSED,
			"%llu rows of `%s`.`%s` cannot be written: they have "
			"texts that the target's character set does not have, "
			"or are larger than its max_allowed_packet allows",
			(unsigned long long)count, pair->database[TARGET],
			pair->table[TARGET]->name);
}

static bool has_changes(const struct segment *segment)
{
	return segment->changes[CHANGE_INSERT] ||
	       segment->changes[CHANGE_UPDATE] ||
	       segment->changes[CHANGE_DELETE];
}

static enum dbs_rc compare_table(struct window *window, size_t number,
				 struct dbs_error *err)
{
	struct follow_session *session = window->session;
	const struct follow_table *table = vec_at(&session->tables, number);
	const struct touched_wish wish = {
		.subject = table->subject,
		.sql = session->sqls[table->plan],
		.keys = table->touch == FOLLOW_KEYS
				? follow_keys(&session->stretch[FOLLOW_NOW].sets,
					      number)
				: NULL,
		.cancel = session->base.walk.cancel,
		.meter = &session->meter,
	};
	struct touched_found found;
	enum dbs_rc rc = touched_compare(&window->link, &wish, &found, err);

	if (!rc && found.unwritable)
		rc = follow_refuse_unwritable(table->subject->pair,
					      found.unwritable, err);
	if (rc || !found.segment.file)
		return rc;
	if (has_changes(&found.segment))
		*(struct follow_found *)vec_push(&window->found) =
			(struct follow_found){number, found.segment};
	return DBS_OK;
}

static void make_parts(struct window *window)
{
	const struct follow_session *session = window->session;

	window->results = mem_zero(window->found.count + 1,
				   sizeof(*window->results));
	for (size_t i = 0; i < window->found.count; i++) {
		const struct follow_found *found = vec_at(&window->found, i);
		const struct follow_table *table = vec_at(&session->tables,
							  found->table);

		if (has_changes(&found->segment))
			*(struct window_part *)vec_push(&window->parts) =
				(struct window_part){table->plan,
						     found->segment,
						     &window->results[i]};
	}
}

static enum dbs_rc compare(struct window *window, const char **copy_out,
			   struct dbs_error *err)
{
	struct follow_session *session = window->session;
	const struct link *link = walk_link(session->walk);
	enum dbs_rc rc = choose(session, err);

	for (enum side side = SOURCE; side < SIDES; side++)
		window->link.conn[side] = link->conn[side];
	for (size_t i = 0; i < session->tables.count && !rc; i++) {
		const struct follow_table *table = vec_at(&session->tables, i);

		if (table->touch == FOLLOW_UNTOUCHED)
			continue;
		if (!window->link.changes)
			rc = change_file_new(&window->link.changes, err);
		if (!rc)
			rc = compare_table(window, i, err);
	}
	if (!rc)
		rc = follow_drift_sift(session, &window->link, &window->found,
				       copy_out, err);
	if (!rc && !*copy_out)
		make_parts(window);
	return rc;
}

/* ------------------------------------------------------------------------
 * Writing
 * --------------------------------------------------------------------- */

static void count_written(struct window *window)
{
	const struct follow_session *session = window->session;
	struct follow_pulse *pulse = session->request->pulse;
	struct follow_result *result = session->result;

	for (size_t i = 0; i < window->parts.count; i++) {
		const struct window_part *part = vec_at(&window->parts, i);
		const struct finding *table =
			session->plan->tables[part->table].finding;

		for (size_t k = 0; k < CHANGE_KINDS; k++)
			result->written[k] += window->results[i].written[k];
		if (pulse)
			follow_pulse_count(pulse, table->database[TARGET],
					   finding_target_name(table),
					   window->results[i].written);
	}
	result->windows++;
}

static enum dbs_rc put(struct window *window, const struct follow_spot *at,
		       struct dbs_error *err)
{
	struct follow_session *session = window->session;
	OWNED(buf_release) struct buf place = BUF_INIT;
	const struct follow_spot before = session->written;

	session->written = *at;
	follow_session_place(session, &place);
	session->written = before;
	fault_here(FAULT_FOLLOW_COMPARED);
	struct window_content content = {
		.parts = window->parts.items,
		.count = window->parts.count,
		.place = place.data,
	};

	follow_drift_add_content(session, &content);
	enum dbs_rc rc = window_write(session->writer, &content, &session->mark,
				      err);

	if (rc)
		return rc;
	fault_here(FAULT_FOLLOW_WRITTEN);
	session->written = *at;
	session->written_ns = clock_ns();
	if (window->parts.count)
		count_written(window);
	return DBS_OK;
}

/* Of a log that has nothing of these databases the place is stored now and then. */
static bool is_worth_it(const struct window *window)
{
	const double often_s = 1;

	return window->parts.count ||
	       follow_drift_has_content(window->session) ||
	       clock_since(window->session->written_ns) > often_s;
}

static enum dbs_rc bring(struct follow_session *session,
			 const struct follow_spot *at, const char **copy_out,
			 struct dbs_error *err)
{
	OWNED(window_release) struct window window = {
		.session = session,
		.found = VEC_INIT(struct follow_found),
		.parts = VEC_INIT(struct window_part),
	};
	enum dbs_rc rc = compare(&window, copy_out, err);

	if (!rc && !*copy_out && is_worth_it(&window))
		rc = put(&window, at, err);
	if (!rc && !*copy_out)
		follow_drift_written(session);
	return rc;
}

/* Who else writes to the target may be at it at this moment. */
static enum dbs_rc bring_patiently(struct follow_session *session,
				   const struct follow_spot *at,
				   const char **copy_out, struct dbs_error *err)
{
	enum { TRIES = 5, PAUSE_MS = 50 };
	enum dbs_rc rc = bring(session, at, copy_out, err);

	for (unsigned i = 1; rc == DBS_E_CHANGED && i < TRIES; i++) {
		talk_note(talk_of(session), "%s; comparing again", err->text);
		dbs_error_clear(err);
		rc = cancel_sleep(session->base.walk.cancel, PAUSE_MS * i, err);
		if (!rc)
			rc = bring(session, at, copy_out, err);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * A step
 * --------------------------------------------------------------------- */

static bool is_held(const struct follow_session *session)
{
	return log_window_is_held(session->stretch[FOLLOW_NOW].window);
}

static void move_on(struct follow_session *session)
{
	const struct follow_stretch now = session->stretch[FOLLOW_NOW];

	log_window_clear(now.window);
	session->stretch[FOLLOW_NOW] = session->stretch[FOLLOW_BEYOND];
	session->stretch[FOLLOW_BEYOND] = now;
}

/* The place stays, and with it all that was named behind it. */
static void stay(struct follow_session *session)
{
	struct follow_stretch *now = &session->stretch[FOLLOW_NOW];
	const struct follow_stretch *beyond = &session->stretch[FOLLOW_BEYOND];

	for (size_t i = 0; i < now->sets.count; i++)
		if (follow_keys(&now->sets, i)) {
			join(&now->sets, &beyond->sets, i);
			join(&now->moved, &beyond->moved, i);
		}
	log_keys_absorb(now->keys, beyond->keys);
	log_window_absorb(now->window, beyond->window);
	log_window_clear(beyond->window);
}

/* What is wrong with the log makes it say nothing; what the wire does may pass. */
static enum dbs_rc excuse(struct follow_session *session, enum dbs_rc rc,
			  const char **copy_out, struct dbs_error *err)
{
	if (rc != DBS_E_SERVER && rc != DBS_E_STRANGE && rc != DBS_E_UNKNOWN)
		return rc;
	session->is_unreadable = true;
	*copy_out = arena_strdup(session->arena, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc look(struct follow_session *session,
			struct follow_moment *moment, const char **copy_out,
			struct dbs_error *err)
{
	struct conn *source = walk_link(session->walk)->conn[SOURCE];
	struct log_window *now = session->stretch[FOLLOW_NOW].window;
	struct log_window *beyond = session->stretch[FOLLOW_BEYOND].window;
	struct log_point ignored;
	enum dbs_rc rc = DBS_OK;

	/* nothing was read of the log that would show that it is another one */
	if (!is_any(session))
		rc = follow_check_log(source, session->tail, &ignored, err);
	if (!rc)
		rc = follow_view(source, session->tail, now, moment, err);
	log_window_go_on(beyond, now);
	if (!rc)
		rc = log_tail_reach(session->tail, beyond, &moment->seen, err);
	log_window_end(now);
	log_window_end(beyond);
	if (rc)
		return excuse(session, rc, copy_out, err);
	*copy_out = why_copy(session);
	return DBS_OK;
}

/* A row that somebody else has put there: comparing all finds it. */
static enum dbs_rc excuse_clash(struct follow_session *session, enum dbs_rc rc,
				const char **copy_out, struct dbs_error *err)
{
	enum { DUPLICATE_KEY = 1062 };

	if (rc != DBS_E_SERVER || err->server_errno != DUPLICATE_KEY)
		return rc;
	const struct dbs_error clash = *err;

	if (follow_drift_holds(session))
		return dbs_fail(err, DBS_E_REFUSED,
				"a row of the target is in the way, and rows "
				"that somebody else has written there are held "
				"(--drift overwrite writes over them): %s",
				clash.text);
	*copy_out = arena_printf(session->arena,
				 "a row of the target is in the way: %s",
				 err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc take_window(struct follow_session *session,
			       const char **copy_out, struct dbs_error *err)
{
	struct conn *source = walk_link(session->walk)->conn[SOURCE];
	struct follow_moment moment = {.safe = session->place.at};
	enum dbs_rc rc = look(session, &moment, copy_out, err);

	if (rc || *copy_out)
		return rc;
	const struct follow_spot safe = {moment.safe, moment.birth};
	/* of a file that has just begun nobody knows when that was */
	const bool moves = !is_held(session) && safe.birth;

	rc = bring_patiently(session, moves ? &safe : &session->written,
			     copy_out, err);
	rc = excuse_clash(session, rc, copy_out, err);
	if (!rc)
		rc = conn_run(source, "COMMIT", err);
	if (rc || *copy_out)
		return rc;
	if (safe.birth)
		session->place = safe;
	session->is_due = !log_window_is_empty(
		session->stretch[FOLLOW_BEYOND].window);
	if (moves)
		move_on(session);
	else
		stay(session);
	return DBS_OK;
}

/* Events that are no transactions: the place may move on behind them. */
static void pass_by(struct follow_session *session)
{
	const struct follow_spot end = {*log_tail_end(session->tail),
					log_tail_birth(session->tail)};

	if (end.birth && (is_held(session) || !is_any(session)))
		session->place = end;
}

static bool is_stuck(struct follow_session *session)
{
	const struct log_point *at = log_tail_end(session->tail);

	return *session->longer_to.file &&
	       !log_point_order(at, &session->stuck_at) &&
	       log_point_order(at, &session->longer_to) < 0;
}

/* Now and then, when the server has nothing to say. */
static enum dbs_rc check_log(struct follow_session *session,
			     struct dbs_error *err)
{
	const double often_s = 2;

	if (clock_since(session->checked_ns) < often_s)
		return DBS_OK;
	if (is_stuck(session))
		return dbs_fail(err, DBS_E_LOST,
				"source: its log goes on, and nothing of that "
				"is sent: it was begun again (RESET MASTER)");
	session->checked_ns = clock_ns();
	session->stuck_at = *log_tail_end(session->tail);
	return follow_check_log(walk_link(session->walk)->conn[SOURCE],
				session->tail, &session->longer_to, err);
}

/* Waits until something is named; false: nothing is. */
static enum dbs_rc wait_named(struct follow_session *session, bool *any_out,
			      const char **copy_out, struct dbs_error *err)
{
	struct log_window *now = session->stretch[FOLLOW_NOW].window;
	enum dbs_rc rc = DBS_OK;

	/* what was named behind the last view waits for another one */
	*any_out = session->is_due || follow_drift_is_due(session) ||
		   log_window_reason(now) ||
		   (!log_window_is_empty(now) && !is_held(session));
	if (*any_out)
		return DBS_OK;
	rc = excuse(session, log_tail_wait(session->tail, now, any_out, err),
		    copy_out, err);
	session->has_read = !rc && !*copy_out;
	if (!session->has_read || *any_out)
		return rc;
	rc = check_log(session, err);
	if (!rc)
		rc = follow_drift_glance(session, copy_out, err);
	*any_out = !rc && !*copy_out && follow_drift_is_due(session);
	return rc;
}

/* What was read of the log since the place; of its file. */
static uint64_t bytes_behind(const struct follow_session *session)
{
	const struct log_point *end = log_tail_end(session->tail);
	const struct log_point *at = &session->place.at;

	return !strcmp(end->file, at->file) && end->position > at->position
		       ? end->position - at->position
		       : 0;
}

/* A transaction that was read is missing on the target until the window is there. */
static void beat(const struct follow_session *session, bool is_behind)
{
	struct follow_pulse *pulse = session->request->pulse;
	const uint64_t unwritten = log_tail_transactions(session->tail) -
				   session->counted;
	const double since = (double)log_tail_time(session->tail) +
			     session->ahead_s;

	if (!pulse)
		return;
	atomic_store(&pulse->transactions,
		     session->result->transactions + unwritten);
	atomic_store(&pulse->windows, session->result->windows);
	atomic_store(&pulse->heard_ns, clock_ns());
	atomic_store(&pulse->behind_transactions, is_behind ? unwritten : 0);
	atomic_store(&pulse->behind_bytes,
		     is_behind ? bytes_behind(session) : 0);
	if (!is_behind)
		atomic_store(&pulse->behind_since_ms, 0);
	else if (!atomic_load(&pulse->behind_since_ms))
		atomic_store(&pulse->behind_since_ms,
			     (unsigned long long)(since * 1000));
}

enum dbs_rc follow_session_step(struct follow_session *session,
				const char **copy_out, struct dbs_error *err)
{
	bool any = false;
	enum dbs_rc rc = throttle_wait(session->base.walk.throttle,
				       session->base.walk.cancel, err);

	*copy_out = NULL;
	if (!rc)
		rc = cancel_check(session->base.walk.cancel, err);
	if (!rc)
		rc = wait_named(session, &any, copy_out, err);
	if (rc || *copy_out)
		return rc;
	beat(session, any);
	if (any)
		rc = take_window(session, copy_out, err);
	else
		pass_by(session);
	if (!rc)
		beat(session, false);
	session->result->transactions += log_tail_transactions(session->tail) -
					 session->counted;
	session->counted = log_tail_transactions(session->tail);
	return rc;
}

enum dbs_rc follow_session_store(struct follow_session *session,
				 struct dbs_error *err)
{
	OWNED(window_release) struct window window = {
		.session = session,
		.found = VEC_INIT(struct follow_found),
		.parts = VEC_INIT(struct window_part),
	};

	follow_drift_reset(session);
	if (is_held(session) ||
	    log_point_order(&session->place.at, &session->written.at) <= 0)
		return DBS_OK;
	return put(&window, &session->place, err);
}
