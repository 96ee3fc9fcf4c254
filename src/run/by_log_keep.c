/* by_log_keep.c - the agreement that a run leaves: see by_log.h. */
#include "by_log_part.h"

#include "dbsync/base/own.h"
#include "dbsync/data/subject.h"

#include "changes_start.h"

#include <string.h>
#include <time.h>

/* Of the view that was opened first; *why_out: why it is not known. */
static enum dbs_rc place_of(const struct walk *walk, enum side side,
			    struct log_place *out, const char **why_out,
			    struct dbs_error *err)
{
	const struct snapshot *snapshot = walk_snapshot(walk, side);
	if (snapshot->consistency != CONSISTENCY_SNAPSHOT) {
		*why_out = "not all was read in one snapshot";
		return DBS_OK;
	}
	if (!strncmp(snapshot->position, "gtid:", 5)) {
		if (!*snapshot->logged)
			*why_out = "the user may not ask where its log ends "
				   "(REPLICATION CLIENT)";
		return log_place_read(snapshot->position, out, err);
	}
	if (!log_point_read(snapshot->position, &out->at))
		*why_out = "its snapshot has no known place in its log";
	else if (!snapshot->is_placed)
		*why_out =
			"there were XA transactions, which are logged "
			"before they are seen, and commits could not be "
			"held back for a moment (RELOAD; not while one is prepared)";
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
enum { NEAR = 128 * 1024 };

static enum dbs_rc find_witness(const struct by_log *by_log, struct conn *conn,
				enum side side, struct log_place *place,
				struct log_witness *out, struct dbs_error *err)
{
	const struct conn_setup setup = walk_conn_setup(by_log->request, side);
	const struct log_window *window = by_log->window[side][BY_PLACE];
	struct log_point point;
	uint32_t birth = 0;

	if (window && by_log->agreement) {
		*out = *log_window_last(window)->at.file
			       ? *log_window_last(window)
			       : by_log->agreement->side[side].witness;
		if (!strcmp(out->at.file, place->at.file))
			place->birth = out->birth;
		return DBS_OK;
	}
	enum dbs_rc rc = point_of(conn, place, &point, err);

	if (rc || !*point.file)
		return rc;
	/* who does not go by the logs has no log sent over a slow link */
	rc = log_witness_find(&setup, &point,
			      by_log->options.from == CHANGES_SCAN ? NEAR
								   : UINT64_MAX,
			      by_log->server_id, out, &birth, err);
	if (!strcmp(point.file, place->at.file))
		place->birth = birth;
	return rc;
}

static enum dbs_rc learn_side(struct by_log *by_log, const struct walk *walk,
			      enum side side, struct log_place *place,
			      struct log_witness *witness, const char **why_out,
			      struct dbs_error *err)
{
	struct conn *conn = walk_link(walk)->conn[side];
	enum dbs_rc rc = place_of(walk, side, place, why_out, err);

	if (!rc && !*why_out)
		rc = by_log_vouches(conn, why_out, err);
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
	return DBS_OK;
}

/* FILE:POSITION as a word; the file may have any name. */
static const char *log_word(struct by_log *by_log, const char *logged)
{
	OWNED(buf_release) struct buf word = BUF_INIT;
	struct log_place place = LOG_PLACE_INIT;

	if (!log_point_read(logged, &place.at))
		return "";
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
	return rc || *why_out
		       ? rc
		       : by_log_hides_cascades(walk_link(walk)->conn[side],
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
			finding->rows_source};
	}
	agreement->tables = tables;
}

static bool is_held(const struct by_log *by_log)
{
	return by_log_any(by_log, SOURCE, log_window_is_held) ||
	       by_log_any(by_log, TARGET, log_window_is_held);
}

/* By a run that wrote what no log has, or by somebody who knows of such changes. */
static bool was_forgotten(const struct by_log *by_log)
{
	OWNED(buf_release) struct buf generation = BUF_INIT;

	agreement_generation(by_log->options.state_dir, &generation);
	return strcmp(generation.data, by_log->generation) != 0;
}

/* Who wants to go by the logs is to know why the next run cannot. */
static void say_not_kept(const struct by_log *by_log, const char *side,
			 const char *why)
{
	(by_log->options.from == CHANGES_SCAN ? talk_step : talk_note)(
		by_log->request->talk,
		"where the logs were is not kept: %s%s%s", side,
		*side ? ": " : "", why);
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
	agreement.generation = by_log->generation;
	if (!rc && !why)
		rc = agreement_save(by_log->options.state_dir, by_log->scope,
				    &agreement, &err);
	if (rc || why)
		say_not_kept(by_log,
			     why ? side_name(side ? side - 1 : SOURCE) : "",
			     why ? why : err.text);
}
