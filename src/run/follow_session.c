/* follow_session.c - see follow_session.h; a step is in follow_window.c. */
#include "follow_session.h"

#include "by_log_part.h"
#include "changes_start.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/data/subject.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

/* A finding as it would be had one row of the table changed. */
static struct finding expected(const struct subject *subject)
{
	const struct pair *pair = subject->pair;
	struct finding finding = {
		.table = pair->table[SOURCE]->name,
		.verdict = VERDICT_DIFFERENT,
		.key = pair->key_text,
		.differences = pair->differences,
		.difference_count = pair->difference_count,
		.subject = subject,
	};

	for (enum side side = SOURCE; side < SIDES; side++)
		finding.database[side] = pair->database[side];
	finding.changes[CHANGE_UPDATE] = 1;
	finding.records[CHANGE_UPDATE] = 1;
	return finding;
}

static size_t count_tables(const struct walk *walk)
{
	size_t count = 0;

	while (walk_subject(walk, count))
		count++;
	return count;
}

/* A plan for whatever may come: what speaks against it is said now. */
static void make_plan(struct follow_session *session)
{
	const struct write_options *write = session->request->sync.run.write;
	const size_t count = count_tables(session->walk);

	session->findings = mem_alloc((count + 1) * sizeof(struct finding));
	for (size_t i = 0; i < count; i++)
		session->findings[i] = expected(walk_subject(session->walk, i));
	const struct plan_request request = {
		.findings = session->findings,
		.finding_count = count,
		.walk = session->walk,
		.facts = &session->base.target.facts,
		.max_delete_percent = 100,
		.allow = text_list_of(&write->allow),
	};

	session->plan = plan_make(&request);
	session->sqls = plan_sqls(session->plan,
				  &walk_summary(session->walk)->server[TARGET]);
}

static enum dbs_rc check_plan(const struct follow_session *session,
			      struct dbs_error *err)
{
	struct sync_run run = run_base_run(&session->base, session->plan);
	const struct plan_gap *gap = session->plan->gaps;

	if (session->plan->gap_count)
		return dbs_fail(err, DBS_E_REFUSED,
				"`%s`.`%s` cannot be followed: %s (leave it "
				"out: --exclude-tables)",
				gap->database, gap->table, gap->reason);
	return sync_run_refuse(&run, err);
}

/* Nobody says so when a table was dropped while nobody followed. */
static enum dbs_rc check_missing(const struct follow_session *session,
				 struct dbs_error *err)
{
	const char *database = NULL;
	const char *table = walk_missing(session->walk, &database);

	return table ? dbs_fail(err, DBS_E_REFUSED,
				"the target lacks `%s`.`%s`, which the source "
				"has",
				database, table)
		     : DBS_OK;
}

static size_t place_in_plan(const struct plan *plan,
			    const struct subject *subject)
{
	size_t at = 0;

	while (plan->tables[at].finding->subject != subject)
		at++;
	return at;
}

static const char *why_whole(const struct pair *pair)
{
	const char *reason = by_log_reason_of(pair);

	if (pair->identity == IDENTITY_ROWS)
		return "it has no key";
	if (reason)
		return reason;
	return by_log_can_name(pair) ? NULL
				     : "its keys cannot be read out of the log";
}

static void add_table(struct follow_session *session,
		      const struct subject *subject)
{
	const struct pair *pair = subject->pair;
	const char *whole = why_whole(pair);

	*(struct follow_table *)vec_push(
		&session->tables) = (struct follow_table){
		.subject = subject,
		.plan = place_in_plan(session->plan, subject),
		.whole = whole,
	};
	if (whole)
		talk_note(session->base.walk.talk,
			  "`%s`.`%s` is compared as a whole whenever it may "
			  "have changed: %s",
			  pair->database[SOURCE], pair->table[SOURCE]->name,
			  whole);
}

static enum dbs_rc add_tables(struct follow_session *session,
			      struct dbs_error *err)
{
	for (size_t i = 0; walk_subject(session->walk, i); i++)
		add_table(session, walk_subject(session->walk, i));
	return follow_cascades_find(session, err);
}

/* ------------------------------------------------------------------------
 * The log
 * --------------------------------------------------------------------- */

static void open_stretch(struct follow_session *session,
			 struct follow_stretch *stretch)
{
	struct vec wishes = VEC_INIT(struct log_keys_wish);

	stretch->sets = (struct vec)VEC_INIT(struct key_set *);
	stretch->moved = (struct vec)VEC_INIT(struct key_set *);
	for (size_t i = 0; i < session->tables.count; i++) {
		const struct follow_table *table = vec_at(&session->tables, i);
		const struct pair *pair = table->subject->pair;
		struct key_set *set = table->whole ? NULL : key_set_new();
		struct key_set *moved = table->whole ? NULL : key_set_new();

		*(struct key_set **)vec_push(&stretch->sets) = set;
		*(struct key_set **)vec_push(&stretch->moved) = moved;
		if (table->whole)
			continue;
		struct log_keys_wish *wish = vec_push(&wishes);

		*wish = by_log_wish_of(session->arena, pair, SOURCE,
				       pair->table[SOURCE]->rows, set);
		wish->moved = moved;
	}
	stretch->keys = log_keys_new(wishes.items, wishes.count);
	stretch->window = log_window_new(stretch->keys);
	vec_release(&wishes);
}

static void close_stretch(struct follow_stretch *stretch)
{
	log_window_drop(&stretch->window);
	log_keys_drop(&stretch->keys);
	for (size_t i = 0; i < stretch->sets.count; i++) {
		key_set_drop(vec_at(&stretch->sets, i));
		key_set_drop(vec_at(&stretch->moved, i));
	}
	vec_release(&stretch->sets);
	vec_release(&stretch->moved);
}

enum dbs_rc follow_check_source(struct conn *conn, struct dbs_error *err)
{
	const char *why = NULL;
	enum dbs_rc rc = changes_check_server(conn, err);

	if (!rc)
		rc = by_log_vouches(conn, &why, err);
	if (!rc && why)
		rc = dbs_fail(err, DBS_E_SERVER, "source: %s", why);
	return rc;
}

static enum dbs_rc check_source(struct follow_session *session,
				const char **copy_out, struct dbs_error *err)
{
	struct conn *conn = walk_link(session->walk)->conn[SOURCE];
	char name[LOG_SERVER_MOST + 1];
	enum dbs_rc rc = follow_check_source(conn, err);

	if (!rc)
		rc = changes_server_name(conn, name, sizeof(name), err);
	if (rc || !strcmp(name, session->mark.server))
		return rc;
	*copy_out = arena_printf(session->arena,
				 "the source is server %s, and the place is of "
				 "the log of server %s",
				 name, session->mark.server);
	return DBS_OK;
}

/* Whole seconds are enough: the log has no more. */
static enum dbs_rc compare_clocks(struct follow_session *session,
				  struct dbs_error *err)
{
	uint64_t seconds = 0;
	enum dbs_rc rc =
		conn_fetch_number(walk_link(session->walk)->conn[SOURCE],
				  "SELECT UNIX_TIMESTAMP()", &seconds, err);

	session->ahead_s = rc ? 0 : (double)time(NULL) - (double)seconds;
	return rc;
}

static enum dbs_rc open_tail(struct follow_session *session,
			     const struct log_place *from,
			     struct dbs_error *err)
{
	enum dbs_rc rc = compare_clocks(session, err);

	if (!rc)
		rc = follow_session_aim(session, err);
	session->place = (struct follow_spot){from->at, from->birth};
	session->written = session->place;
	return rc ? rc
		  : log_tail_open(&session->base.source, from,
				  session->server_id, &session->tail, err);
}

/* Who may write to the target may have written anything there. */
static enum dbs_rc open_log(struct follow_session *session,
			    const char **copy_out, struct dbs_error *err)
{
	struct log_place from = LOG_PLACE_INIT;
	struct dbs_error bad = {0};
	enum dbs_rc rc = DBS_OK;

	if (log_place_read(session->mark.place, &from, &bad) || !*from.at.file)
		*copy_out = "what the target has for its place is none";
	else
		rc = open_tail(session, &from, err);
	/* before anything is compared by what the log names */
	if (!rc && !*copy_out && log_point_order(&session->goal, &from.at) < 0)
		*copy_out = "the source's log ends before the place: it was "
			    "begun again (RESET MASTER)";
	log_place_release(&from);
	if (rc || *copy_out)
		return rc;
	open_stretch(session, &session->stretch[FOLLOW_NOW]);
	open_stretch(session, &session->stretch[FOLLOW_BEYOND]);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Opening and closing
 * --------------------------------------------------------------------- */

static void name_sources(struct follow_session *session)
{
	const struct text_list targets = walk_target_databases(session->walk);

	for (size_t i = 0; i < targets.count; i++) {
		const struct database *model = walk_model(session->walk, SOURCE,
							  targets.items[i]);

		if (model)
			*(const char **)vec_push(
				&session->sources) = model->name;
	}
}

static enum dbs_rc open_target(struct follow_session *session,
			       struct dbs_error *err)
{
	struct run_base *base = &session->base;

	const struct shape_options *shape = session->request->sync.shape;

	base->target.databases = walk_target_databases(session->walk);
	enum dbs_rc rc = target_side_survey(&base->target, err);

	if (!rc)
		rc = run_base_enter(base, WRITES_ROWS, err);
	return rc ? rc : run_base_heed(base, shape->lock_wait_s, err);
}

static void open_writer(struct follow_session *session)
{
	const struct run_request *asked = session->base.asked;

	session->apply = (struct apply_request){
		.plan = session->plan,
		.sqls = session->sqls,
		.setup = &session->base.target.setup,
		.lock = session->base.target.lock,
		.run = session->base.id,
		.workers = 1,
		.attempts = asked->walk.attempts,
		.no_binlog = asked->write->binlog == 1,
		.meter = &session->meter,
	};
	session->writer = window_writer_new(&session->apply);
}

enum dbs_rc follow_session_open(struct follow_session *session,
				const struct follow_request *request,
				const struct follow_mark *mark,
				uint32_t server_id,
				struct follow_result *result,
				const char **copy_out, struct dbs_error *err)
{
	*copy_out = NULL;
	*session = (struct follow_session){
		.request = request,
		.result = result,
		.base = {.asked = &request->sync.run,
			 .walk = request->sync.run.walk},
		.arena = arena_new(),
		.sources = VEC_INIT(const char *),
		.tables = VEC_INIT(struct follow_table),
		.cascades = VEC_INIT(struct follow_cascade),
		.mark = *mark,
		.server_id = server_id,
	};
	session->base.walk.keeps_changes = true;
	session->base.walk.objects = 0;
	enum dbs_rc rc = run_base_open(&session->base, true, err);

	session->walk = walk_new(&session->base.walk);
	if (!rc)
		rc = walk_open(session->walk, err);
	if (!rc)
		rc = check_source(session, copy_out, err);
	if (!rc && !*copy_out)
		rc = open_target(session, err);
	if (rc || *copy_out)
		return rc;
	name_sources(session);
	make_plan(session);
	rc = check_missing(session, err);
	if (!rc)
		rc = check_plan(session, err);
	session->is_refused = rc;
	if (!rc)
		rc = add_tables(session, err);
	if (!rc)
		rc = open_log(session, copy_out, err);
	if (rc || *copy_out)
		return rc;
	open_writer(session);
	return follow_drift_open(session, copy_out, err);
}

void follow_session_close(struct follow_session *session)
{
	log_tail_close(&session->tail);
	follow_drift_close(&session->drift);
	close_stretch(&session->stretch[FOLLOW_NOW]);
	close_stretch(&session->stretch[FOLLOW_BEYOND]);
	window_writer_drop(&session->writer);
	mem_drop(&session->sqls);
	plan_drop(&session->plan);
	mem_drop(&session->findings);
	vec_release(&session->tables);
	vec_release(&session->sources);
	vec_release(&session->cascades);
	walk_drop(&session->walk);
	run_base_release(&session->base);
	arena_drop(&session->arena);
}

void follow_session_place(const struct follow_session *session, struct buf *out)
{
	struct log_place place = LOG_PLACE_INIT;

	if (!session->tail)
		return;
	place.at = session->written.at;
	place.birth = session->written.birth;
	(void)snprintf(place.server, sizeof(place.server), "%s",
		       session->mark.server);
	log_place_write(&place, out);
	log_place_release(&place);
}

enum dbs_rc follow_session_aim(struct follow_session *session,
			       struct dbs_error *err)
{
	return follow_end(walk_link(session->walk)->conn[SOURCE],
			  &session->goal, err);
}

bool follow_session_is_caught_up(const struct follow_session *session)
{
	return session->has_read && follow_drift_is_settled(session) &&
	       log_point_order(&session->place.at, &session->goal) >= 0;
}
