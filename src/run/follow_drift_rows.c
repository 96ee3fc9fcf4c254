/*
 * follow_drift_rows.c - suspects are compared: see follow_drift.h.
 *
 *	what differs is	named by the source	not named by it
 *	held		left			left
 *	strong		drift			drift
 *	weak, or all	written			drift
 *	no suspect	written			-
 *
 * Rows are known by the keys that comparing gives them, not by those of a log: two
 * texts may be one key ('a' and 'A').
 */
#include "follow_drift_part.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/touched.h"

#include <stdio.h>
#include <string.h>

/* Of one table. */
struct sifting {
	struct follow_session *session;
	struct link *link;
	size_t number;
	const struct follow_table *table;
	struct drift_table *drift;
	struct key_set *wanted; /* that the source names, and differ */
	struct segment to_write;
	struct segment strong; /* what differs of each kind of suspects */
	struct segment weak;
};

typedef enum dbs_rc take_row(struct sifting *sifting,
			     const struct change_record *record,
			     struct slice key, struct dbs_error *err);

/* ------------------------------------------------------------------------
 * Rows that differ
 * --------------------------------------------------------------------- */

static enum dbs_rc key_of(const struct sifting *sifting,
			  const struct change_record *record, struct buf *out,
			  struct dbs_error *err)
{
	buf_clear(out);
	if (drift_has_key(sifting->table))
		return change_record_key(record, sifting->table->subject->image,
					 out, err);
	buf_adds(out, DRIFT_KEYLESS);
	return DBS_OK;
}

static enum dbs_rc each(struct sifting *sifting, const struct segment *segment,
			take_row *take, struct dbs_error *err)
{
	OWNED(buf_release) struct buf key = BUF_INIT;
	OWNED(change_reader_drop) struct change_reader *reader = NULL;
	struct change_record record;
	bool more = true;

	if (!segment->file)
		return DBS_OK;
	reader = change_reader_new(segment, 1);
	for (;;) {
		enum dbs_rc rc = change_reader_next(reader, &record, &more,
						    err);

		if (!rc && more)
			rc = key_of(sifting, &record, &key, err);
		if (!rc && more)
			rc = take(sifting, &record,
				  (struct slice){key.data, key.length}, err);
		if (rc || !more)
			return rc;
	}
}

/* keys NULL: all rows */
static enum dbs_rc compare(struct sifting *sifting, struct key_set *keys,
			   struct segment *out, struct dbs_error *err)
{
	struct follow_session *session = sifting->session;
	const struct touched_wish wish = {
		.subject = sifting->table->subject,
		.sql = session->sqls[sifting->table->plan],
		.keys = sifting->table->whole ? NULL : keys,
		.cancel = session->base.walk.cancel,
		.meter = &session->meter,
	};
	struct touched_found found;
	enum dbs_rc rc = touched_compare(sifting->link, &wish, &found, err);

	/* nobody knows whether they are equal */
	if (!rc && found.unwritable)
		rc = follow_refuse_unwritable(sifting->table->subject->pair,
					      found.unwritable, err);
	if (!rc)
		*out = found.segment;
	return rc;
}

/* ------------------------------------------------------------------------
 * What they are
 * --------------------------------------------------------------------- */

static enum dbs_rc refuse_row(const struct sifting *sifting, struct slice key,
			      struct dbs_error *err)
{
	const struct pair *pair = sifting->table->subject->pair;
	OWNED(buf_release) struct buf shown = BUF_INIT;

	text_show_sql(&shown, key.data, key.length, 80);
	return dbs_fail(err, DBS_E_REFUSED,
			"the row %s of `%s`.`%s` on the target is not what the "
			"source has, and somebody else has written it (--drift "
			"stop)",
			shown.data, pair->database[TARGET],
			pair->table[TARGET]->name);
}

static enum dbs_rc refuse_more(struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_REFUSED,
			"more than %d rows of the target would be held: "
			"somebody else has written them (--drift overwrite, or "
			"--start-over)",
			DRIFT_MOST);
}

static enum dbs_rc add_drift(struct sifting *sifting,
			     const struct change_record *record,
			     struct slice key, struct dbs_error *err)
{
	struct follow_drift *drift = sifting->session->drift;
	struct drift_table *table = sifting->drift;
	OWNED(buf_release) struct buf shown = BUF_INIT;

	if (drift->how == FOLLOW_DRIFT_STOP)
		return refuse_row(sifting, key, err);
	if (key_set_has(table->drifted, key))
		return DBS_OK;
	if (!drift_overwrites(drift, sifting->table) &&
	    drift->held + drift->first.count >= DRIFT_MOST)
		return refuse_more(err);
	if (!table->first) {
		text_show_sql(&shown, key.data, key.length, 80);
		table->first = arena_strdup(drift->words, shown.data);
	}
	key_set_add(table->drifted, key);
	drift_keep_row(sifting->session, sifting->number,
		       drift_has_key(sifting->table) ? record->kind
						     : CHANGE_UPDATE,
		       key);
	return DBS_OK;
}

static enum dbs_rc take_strong(struct sifting *sifting,
			       const struct change_record *record,
			       struct slice key, struct dbs_error *err)
{
	return key_set_has(sifting->drift->held, key)
		       ? DBS_OK
		       : add_drift(sifting, record, key, err);
}

static enum dbs_rc take_weak(struct sifting *sifting,
			     const struct change_record *record,
			     struct slice key, struct dbs_error *err)
{
	return key_set_has(sifting->wanted, key)
		       ? DBS_OK
		       : take_strong(sifting, record, key, err);
}

static enum dbs_rc take_wanted(struct sifting *sifting,
			       const struct change_record *record,
			       struct slice key, struct dbs_error *err)
{
	(void)record;
	(void)err;
	key_set_add(sifting->wanted, key);
	return DBS_OK;
}

static enum dbs_rc compare_suspects(struct sifting *sifting,
				    struct dbs_error *err)
{
	struct drift_table *table = sifting->drift;
	const bool is_named_whole = sifting->table->touch == FOLLOW_WHOLE;
	enum dbs_rc rc = each(sifting, &sifting->to_write, take_wanted, err);

	if (!rc && key_set_count(table->strong))
		rc = compare(sifting, table->strong, &sifting->strong, err);
	if (!rc)
		rc = each(sifting, &sifting->strong, take_strong, err);
	/* what the source has changed as a whole is named by it, all of it */
	if (rc || is_named_whole ||
	    (!table->is_all && !key_set_count(table->weak)))
		return rc;
	rc = compare(sifting, table->is_all ? NULL : table->weak,
		     &sifting->weak, err);
	return rc ? rc : each(sifting, &sifting->weak, take_weak, err);
}

/* ------------------------------------------------------------------------
 * Rows that are held
 * --------------------------------------------------------------------- */

/* One that goes by another text than before is held by that, too. */
static enum dbs_rc take_still(struct sifting *sifting,
			      const struct change_record *record,
			      struct slice key, struct dbs_error *err)
{
	key_set_add(sifting->wanted, key);
	return sifting->table->whole ? DBS_OK
				     : take_strong(sifting, record, key, err);
}

static bool is_to_be_looked_at(const struct follow_drift *drift,
			       const struct drift_table *table)
{
	enum { FEW = 500 };
	const double often_s = 1;

	return table->owes && key_set_count(table->held) &&
	       (key_set_count(table->held) <= FEW ||
		clock_since(drift->looked_ns) > often_s);
}

static enum dbs_rc look_at_held(struct sifting *sifting, struct dbs_error *err)
{
	struct drift_table *table = sifting->drift;
	struct key_set *named = sifting->wanted;
	struct key_set *still = key_set_new();
	struct segment found = {.file = NULL};
	enum dbs_rc rc = compare(sifting, table->held, &found, err);

	sifting->wanted = still;
	if (!rc)
		rc = each(sifting, &found, take_still, err);
	sifting->wanted = named;
	table->is_seen = !rc;
	for (size_t i = 0; i < key_set_count(table->held) && !rc; i++)
		if (!key_set_has(still, key_set_at(table->held, i)))
			key_set_add(table->freed, key_set_at(table->held, i));
	key_set_drop(&still);
	return rc;
}

/* ------------------------------------------------------------------------
 * What is to be written
 * --------------------------------------------------------------------- */

static enum dbs_rc put_wanted(struct sifting *sifting,
			      const struct change_record *record,
			      struct slice key, struct dbs_error *err)
{
	return key_set_has(sifting->drift->held, key) ||
			       key_set_has(sifting->drift->drifted, key)
		       ? DBS_OK
		       : change_file_add(sifting->link->changes, record, err);
}

/* A row may be named by both kinds of suspects, and is written once. */
static enum dbs_rc put_drifted(struct sifting *sifting,
			       const struct change_record *record,
			       struct slice key, struct dbs_error *err)
{
	if (!key_set_has(sifting->drift->drifted, key) ||
	    key_set_has(sifting->wanted, key))
		return DBS_OK;
	key_set_add(sifting->wanted, key);
	sifting->drift->overwrites++;
	return change_file_add(sifting->link->changes, record, err);
}

static enum dbs_rc put_all(struct sifting *sifting, struct segment *out,
			   struct dbs_error *err)
{
	const bool overwrites = drift_overwrites(sifting->session->drift,
						 sifting->table);

	change_file_begin(sifting->link->changes);
	enum dbs_rc rc = each(sifting, &sifting->to_write, put_wanted, err);

	key_set_clear(sifting->wanted);
	if (!rc && overwrites)
		rc = each(sifting, &sifting->strong, put_drifted, err);
	if (!rc && overwrites)
		rc = each(sifting, &sifting->weak, put_drifted, err);
	return rc ? rc : change_file_end(sifting->link->changes, out, err);
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

static struct follow_found *find(const struct vec *found, size_t number)
{
	for (size_t i = 0; i < found->count; i++) {
		struct follow_found *at = vec_at(found, i);

		if (at->table == number)
			return at;
	}
	return NULL;
}

static bool is_suspect(const struct drift_table *table)
{
	return table->is_all || key_set_count(table->strong) ||
	       key_set_count(table->weak);
}

static enum dbs_rc sift_rows(struct sifting *sifting, struct vec *found,
			     struct dbs_error *err)
{
	struct drift_table *table = sifting->drift;
	struct follow_found *named = find(found, sifting->number);
	struct segment left;

	if (named)
		sifting->to_write = named->segment;
	enum dbs_rc rc = compare_suspects(sifting, err);

	if (!rc && is_to_be_looked_at(sifting->session->drift, table))
		rc = look_at_held(sifting, err);
	if (rc || (!key_set_count(table->drifted) &&
		   (!named || !key_set_count(table->held))))
		return rc;
	rc = put_all(sifting, &left, err);
	if (rc)
		return rc;
	if (!named) {
		named = vec_push(found);
		named->table = sifting->number;
	}
	named->segment = left;
	return DBS_OK;
}

static enum dbs_rc sift_table(struct follow_session *session, struct link *link,
			      size_t number, struct vec *found,
			      struct dbs_error *err)
{
	struct drift_table *drift = drift_table(session->drift, number);
	const struct follow_table *table = vec_at(&session->tables, number);
	struct sifting sifting = {
		.session = session,
		.link = link,
		.number = number,
		.table = table,
		.drift = drift,
	};
	enum dbs_rc rc = DBS_OK;

	drift->owes = drift->owes || table->touch != FOLLOW_UNTOUCHED;
	if (!is_suspect(drift) && !key_set_count(drift->held))
		return DBS_OK;
	if (!link->changes)
		rc = change_file_new(&link->changes, err);
	sifting.wanted = key_set_new();
	if (!rc)
		rc = sift_rows(&sifting, found, err);
	key_set_drop(&sifting.wanted);
	return rc;
}

static void begin(struct follow_drift *drift)
{
	arena_drop(&drift->words);
	drift->words = arena_new();
	vec_truncate(&drift->first, 0);
	drift->place = NULL;
	for (size_t i = 0; i < drift->tables.count; i++) {
		struct drift_table *table = drift_table(drift, i);

		key_set_clear(table->drifted);
		key_set_clear(table->freed);
		table->is_seen = false;
		table->first = NULL;
		table->overwrites = 0;
	}
}

static bool is_prepared(const struct follow_drift *drift)
{
	return drift->window && log_window_is_held(drift->window);
}

/* Behind all that was compared; while something is prepared, before it. */
static void set_place(struct follow_session *session)
{
	struct follow_drift *drift = session->drift;
	OWNED(buf_release) struct buf word = BUF_INIT;
	struct log_place place = LOG_PLACE_INIT;

	if (!drift->tail || is_prepared(drift))
		return;
	place.at = drift->read.at;
	place.birth = drift->read.birth;
	(void)snprintf(place.server, sizeof(place.server), "%s", drift->server);
	log_place_write(&place, &word);
	log_place_release(&place);
	drift->place = arena_strdup(drift->words, word.data);
}

enum dbs_rc follow_drift_sift(struct follow_session *session, struct link *link,
			      struct vec *found, const char **copy_out,
			      struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	begin(session->drift);
	if (found->count || session->drift->has_suspects)
		rc = drift_catch_up(session, copy_out, err);
	if (rc || *copy_out)
		return rc;
	for (size_t i = 0; i < session->tables.count && !rc; i++)
		rc = sift_table(session, link, i, found, err);
	if (rc)
		return rc;
	drift_keep_freed(session);
	set_place(session);
	return DBS_OK;
}

void follow_drift_add_content(struct follow_session *session,
			      struct window_content *content)
{
	const struct follow_drift *drift = session->drift;

	content->first = drift->first.items;
	content->first_count = drift->first.count;
	content->target_place = drift->place;
}

bool follow_drift_has_content(const struct follow_session *session)
{
	return session->drift->first.count || session->drift->has_suspects;
}

/* ------------------------------------------------------------------------
 * Once it is written
 * --------------------------------------------------------------------- */

static void say(const struct follow_session *session, size_t number)
{
	const struct follow_drift *drift = session->drift;
	const struct drift_table *table = drift_table(drift, number);
	const struct follow_table *of = vec_at(&session->tables, number);
	const struct pair *pair = of->subject->pair;
	const struct talk *talk = session->base.walk.talk;
	const size_t count = key_set_count(table->drifted);
	const size_t freed = key_set_count(table->freed);
	const bool has_key = drift_has_key(of);
	const char *word = drift_overwrites(drift, of) ? "overwritten" : "held";

	if (count && !has_key)
		talk_note(talk,
			  "`%s`.`%s` is held: somebody else has written to it "
			  "on the target, and it has no key by which rows are "
			  "told apart",
			  pair->database[TARGET], pair->table[TARGET]->name);
	else if (count == 1)
		talk_note(talk,
			  "the row %s of `%s`.`%s` is %s: somebody else has "
			  "written it on the target",
			  table->first, pair->database[TARGET],
			  pair->table[TARGET]->name, word);
	else if (count)
		talk_note(talk,
			  "%zu rows of `%s`.`%s` are %s, the first one is %s: "
			  "somebody else has written them on the target",
			  count, pair->database[TARGET],
			  pair->table[TARGET]->name, word, table->first);
	if (freed)
		talk_note(talk, "`%s`.`%s`: %zu row%s that %s held %s equal",
			  pair->database[TARGET], pair->table[TARGET]->name,
			  freed, freed == 1 ? "" : "s",
			  freed == 1 ? "was" : "were",
			  freed == 1 ? "is" : "are");
}

/* What is held from now on. */
static void keep_held(struct follow_session *session, size_t number)
{
	struct follow_drift *drift = session->drift;
	struct drift_table *table = drift_table(drift, number);
	struct key_set *old = table->held;
	const size_t before = key_set_count(old);

	if (!key_set_count(table->freed) &&
	    (drift_overwrites(drift, vec_at(&session->tables, number)) ||
	     !key_set_count(table->drifted)))
		return;
	table->held = key_set_new();
	for (size_t i = 0; i < before; i++)
		if (!key_set_has(table->freed, key_set_at(old, i)))
			key_set_add(table->held, key_set_at(old, i));
	if (!drift_overwrites(drift, vec_at(&session->tables, number)))
		for (size_t i = 0; i < key_set_count(table->drifted); i++)
			key_set_add(table->held, key_set_at(table->drifted, i));
	drift->held += key_set_count(table->held);
	drift->held -= before;
	key_set_drop(&old);
}

static void forget(struct drift_table *table)
{
	key_set_clear(table->strong);
	key_set_clear(table->weak);
	table->is_all = false;
}

void drift_tell(const struct follow_session *session)
{
	struct follow_pulse *pulse = session->request->pulse;
	struct follow_result now = {.tables = VEC_INIT(struct follow_held)};

	if (!pulse)
		return;
	if (session->drift->held)
		follow_drift_report(session, &now);
	follow_pulse_hold(pulse, now.tables.items, now.tables.count);
	follow_held_release(&now.tables);
}

void follow_drift_written(struct follow_session *session)
{
	struct follow_drift *drift = session->drift;

	for (size_t i = 0; i < drift->tables.count; i++) {
		struct drift_table *table = drift_table(drift, i);

		say(session, i);
		session->result->overwritten += table->overwrites;
		keep_held(session, i);
		if (table->is_seen) {
			table->owes = false;
			drift->looked_ns = clock_ns();
		}
		if (!key_set_count(table->held))
			table->owes = false;
		key_set_clear(table->taken);
		/* what is prepared has changed nothing yet */
		if (!is_prepared(drift))
			forget(table);
	}
	drift->has_suspects = false;
	if (drift->first.count)
		drift->trim = NULL;
	begin(drift);
	drift_tell(session);
}

void follow_drift_reset(struct follow_session *session)
{
	begin(session->drift);
}

bool follow_drift_holds(const struct follow_session *session)
{
	const struct follow_drift *drift = session->drift;

	return drift->how == FOLLOW_DRIFT_HOLD &&
	       (drift->held || drift->first.count);
}

bool follow_drift_is_due(const struct follow_session *session)
{
	const struct follow_drift *drift = session->drift;

	if (drift->has_suspects)
		return true;
	for (size_t i = 0; i < drift->tables.count && drift->held; i++)
		if (is_to_be_looked_at(drift, drift_table(drift, i)))
			return true;
	return false;
}

bool follow_drift_is_settled(const struct follow_session *session)
{
	const struct follow_drift *drift = session->drift;

	if (drift->has_suspects)
		return false;
	for (size_t i = 0; i < drift->tables.count && drift->held; i++)
		if (drift_table(drift, i)->owes &&
		    key_set_count(drift_table(drift, i)->held))
			return false;
	return true;
}

void follow_drift_report(const struct follow_session *session,
			 struct follow_result *result)
{
	const struct follow_drift *drift = session->drift;

	follow_held_release(&result->tables);
	result->held = 0;
	for (size_t i = 0; drift && i < drift->tables.count; i++) {
		const struct follow_table *table = vec_at(&session->tables, i);
		const struct pair *pair = table->subject->pair;
		const size_t count = key_set_count(drift_table(drift, i)->held);

		if (!count)
			continue;
		result->held += count;
		*(struct follow_held *)vec_push(
			&result->tables) = (struct follow_held){
			mem_strdup(pair->database[TARGET]),
			mem_strdup(pair->table[TARGET]->name), count};
	}
}
