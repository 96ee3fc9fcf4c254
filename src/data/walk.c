/*
 * walk.c - see walk.h.
 *
 *	connect ─▶ databases ─▶ not the same? ─▶ models ─▶ jobs
 *	   ─▶ more connections ─▶ views ─▶ crew ─▶ findings
 *	                            ▲                 │ what differed
 *	                            └── pause ◀───────┘ (recheck, N times)
 */
#include "dbsync/data/walk.h"

#include "objects.h"
#include "structures.h"
#include "walk_part.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WORKER_BYTES = 2 * 1024 * 1024, /* less than that wants no worker */
	WORKER_TABLES = 16,             /* but so many tables do */
};

struct walk *walk_new(const struct walk_request *request)
{
	struct walk *walk = mem_zero(1, sizeof(*walk));

	walk->request = request;
	walk->arena = arena_new();
	views_init(&walk->views, request, &walk->links);
	inventory_init(&walk->inventory, request, walk->arena);
	return walk;
}

void walk_drop(struct walk **walk)
{
	if (!*walk)
		return;
	links_release(&(*walk)->links);
	inventory_release(&(*walk)->inventory);
	views_release(&(*walk)->views);
	arena_drop(&(*walk)->arena);
	mem_drop(walk);
}

void walk_close(struct walk *walk)
{
	links_release(&walk->links);
}

struct job *walk_job(const struct walk *walk, size_t number)
{
	return *(struct job **)vec_at(&walk->inventory.jobs, number);
}

const char *walk_missing(const struct walk *walk, const char **database_out)
{
	const struct inventory *inventory = &walk->inventory;

	for (size_t i = 0; i < inventory->databases.count; i++) {
		const struct database_pair *pair = vec_at(&inventory->databases,
							  i);
		const struct database *sources = pair->model[SOURCE];

		*database_out = pair->name[TARGET];
		for (size_t t = 0; t < sources->table_count; t++)
			if (!database_find_table(pair->model[TARGET],
						 sources->tables[t].name) &&
			    choice_has_table(inventory->request,
					     pair->name[SOURCE],
					     sources->tables[t].name))
				return sources->tables[t].name;
	}
	return NULL;
}

const struct finding *walk_findings(const struct walk *walk, size_t *count_out)
{
	*count_out = walk->inventory.findings.count;
	return walk->inventory.findings.items;
}

void walk_forget_objects(struct walk *walk)
{
	walk->inventory.lists_objects = true;
}

const struct object_finding *walk_objects(const struct walk *walk,
					  size_t *count_out)
{
	*count_out = walk->inventory.objects.count;
	return walk->inventory.objects.items;
}

const struct walk_summary *walk_summary(const struct walk *walk)
{
	return &walk->summary;
}

void walk_progress(const struct walk *walk, struct walk_progress *out)
{
	const struct job *job = atomic_load(&walk->begun);

	out->database = job ? job->finding.database[SOURCE] : NULL;
	out->table = job ? job->finding.table : NULL;
	out->rows = atomic_load(&walk->meter.rows);
	out->bytes = atomic_load(&walk->meter.bytes);
	out->rows_expected = atomic_load(&walk->rows_expected);
	out->tables_done = atomic_load(&walk->jobs_ended);
	out->tables = atomic_load(&walk->jobs_total);
}

/* ------------------------------------------------------------------------
 * Connecting
 * --------------------------------------------------------------------- */

struct conn_setup walk_conn_setup(const struct walk_request *request,
				  enum side side)
{
	return (struct conn_setup){
		.dsn = request->dsn[side],
		.role = side_name(side),
		.cancel = request->cancel,
		.talk = request->talk,
		.workers = request->workers,
		.group = request->group,
		.run = request->run,
		.throttle = request->throttle,
		.attempts = request->attempts,
		.net_timeout_s = request->net_timeout_s,
		.may_lack_database = side == TARGET && request->makes_databases,
	};
}

static void note_plain_text(const struct walk *walk, const struct conn *conn)
{
	const struct dsn *dsn = conn_setup(conn)->dsn;

	if (dsn->tls != DSN_TLS_PREFERRED || dsn->socket ||
	    conn_tls_cipher(conn) || !strncmp(dsn->host, "127.", 4) ||
	    !strcmp(dsn->host, "::1") || !strcmp(dsn->host, "localhost"))
		return;
	talk_note(walk->request->talk,
		  "the connection to the %s is not encrypted: the server "
		  "offers no TLS (ssl-mode=disabled to accept that silently)",
		  conn_role(conn));
}

static void describe(struct walk *walk, enum side side)
{
	const struct conn *conn = walk->links.items[0].conn[side];
	const char *cipher = conn_tls_cipher(conn);
	struct walk_summary *summary = &walk->summary;
	OWNED(buf_release) struct buf name = BUF_INIT;

	dsn_show(conn_setup(conn)->dsn, &name);
	(void)snprintf(summary->name[side], sizeof(summary->name[side]), "%s",
		       name.data);
	summary->server[side] = *conn_server(conn);
	summary->cipher[side] = cipher ? arena_strdup(walk->arena, cipher)
				       : NULL;
	talk_step(walk->request->talk, "%s %s: %s %s", side_name(side),
		  summary->name[side],
		  server_family_name(summary->server[side].family),
		  summary->server[side].text);
	note_plain_text(walk, conn);
}

static enum dbs_rc connect_first(struct walk *walk, struct dbs_error *err)
{
	for (enum side side = SOURCE; side < SIDES; side++)
		walk->links.setup[side] = walk_conn_setup(walk->request, side);
	enum dbs_rc rc = links_open_first(&walk->links, err);

	for (enum side side = SOURCE; side < SIDES && !rc; side++)
		describe(walk, side);
	return rc;
}

/* ------------------------------------------------------------------------
 * Workers
 * --------------------------------------------------------------------- */

static uint64_t job_bytes(const struct job *job)
{
	const struct pair *pair = job->subject.pair;
	const uint64_t source = table_bytes(pair->table[SOURCE]);
	const uint64_t target = table_bytes(pair->table[TARGET]);

	return source > target ? source : target;
}

static int order_jobs(const void *a, const void *b)
{
	const uint64_t left = job_bytes(*(struct job *const *)a);
	const uint64_t right = job_bytes(*(struct job *const *)b);

	return (left < right) - (left > right); /* the largest first */
}

/* As many as are asked for, but no more than there is work for. */
static unsigned workers_for(const struct walk *walk)
{
	uint64_t wanted = 1 + (walk->inventory.jobs.count +
			       walk->inventory.findings.count) /
				      WORKER_TABLES;

	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		wanted += job_bytes(walk_job(walk, i)) / WORKER_BYTES;
	return wanted < walk->request->parallel ? (unsigned)wanted
						: walk->request->parallel;
}

static enum dbs_rc open_workers(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = links_open_more(&walk->links, workers_for(walk), err);

	if (!rc && walk->request->keeps_changes)
		rc = links_keep_changes(&walk->links, err);
	if (!rc && walk->request->digest != DIGEST_STREAM)
		rc = links_measure(&walk->links,
				   &walk->context.link_bytes_per_s, err);
	walk->context.request = walk->request;
	walk->context.meter = &walk->meter;
	walk->context.workers = walk->links.count;
	walk->summary.workers = walk->links.count;
	return rc;
}

/* One moment, as long as the views are not too old for the servers' sake. */
static enum dbs_rc run_crew_once(struct walk *walk, bool *is_late_out,
				 struct dbs_error *err)
{
	const bool has_views = !walk->request->no_snapshot;
	const uint64_t age_s = walk->request->max_snapshot_age_s;
	struct views *views = &walk->views;
	struct crew crew = {
		.context = &walk->context,
		.links = walk->links.items,
		.jobs = walk->inventory.jobs.items,
		.job_count = walk->inventory.jobs.count,
		.has_views = has_views,
		.jobs_ended = &walk->jobs_ended,
		.begun = &walk->begun,
		.consistency = {views->snapshot[SOURCE].consistency,
				views->snapshot[TARGET].consistency},
		.until_ns = has_views && age_s ? clock_ns() + age_s * 1000000000
					       : 0,
	};
	enum dbs_rc rc = crew_run(&crew, err);

	for (enum side side = SOURCE; side < SIDES; side++) {
		/* one of them may have been lost */
		views->snapshot[side].consistency = crew.consistency[side];
		views_lower(views, side, crew.consistency[side]);
	}
	*is_late_out = crew.is_late;
	return rc;
}

/* Goes on in new views, when the throttle lets it. */
static enum dbs_rc renew(struct walk *walk, struct dbs_error *err)
{
	views_close_all(&walk->views);
	enum dbs_rc rc = throttle_wait(walk->request->throttle,
				       walk->request->cancel, err);

	return rc ? rc : views_renew(&walk->views, err);
}

static bool has_work(const struct walk *walk)
{
	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		if (walk_job(walk, i)->state != JOB_ENDED)
			return true;
	return false;
}

enum dbs_rc walk_run_crew(struct walk *walk, struct dbs_error *err)
{
	bool is_late = false;
	enum dbs_rc rc = run_crew_once(walk, &is_late, err);

	while (!rc && is_late && has_work(walk)) {
		views_expect_renewed(&walk->views);
		talk_step(walk->request->talk,
			  "continuing with new views: these are older than %u "
			  "s",
			  walk->request->max_snapshot_age_s);
		rc = renew(walk, err);
		if (!rc)
			rc = run_crew_once(walk, &is_late, err);
	}
	walk->context.is_one_view = views_are_one(&walk->views);
	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		job_conclude(walk_job(walk, i), &walk->context);
	return rc;
}

/* ------------------------------------------------------------------------
 * The end
 * --------------------------------------------------------------------- */

static int order_findings(const void *a, const void *b)
{
	const struct finding *left = a;
	const struct finding *right = b;
	const int databases = strcmp(left->database[SOURCE],
				     right->database[SOURCE]);

	return databases ? databases : strcmp(left->table, right->table);
}

static void add_findings(struct walk *walk)
{
	struct vec *findings = &walk->inventory.findings;

	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		*(struct finding *)vec_push(
			findings) = walk_job(walk, i)->finding;
	for (size_t i = 0; i < findings->count; i++)
		structure_judge(vec_at(findings, i), walk->arena);
	if (findings->count)
		qsort(findings->items, findings->count, sizeof(struct finding),
		      order_findings);
}

/*
 * A view is one of tables whose engine has views.  Of a side as a whole the least
 * holds.
 */
static void label(struct walk *walk, struct finding *finding, enum side side)
{
	enum consistency *least = &walk->summary.consistency[side];

	if (!finding->subject)
		return;
	finding->consistency[side] =
		table_has_views(finding->subject->pair->table[side])
			? walk->views.read[side]
			: CONSISTENCY_NONE;
	if (*least > finding->consistency[side])
		*least = finding->consistency[side];
}

static void finish_side(struct walk *walk, enum side side)
{
	struct walk_summary *summary = &walk->summary;
	const struct vec *findings = &walk->inventory.findings;

	summary->bytes[side] = 0;
	for (unsigned i = 0; i < walk->links.count; i++)
		summary->bytes[side] += conn_bytes_received(
			walk->links.items[i].conn[side]);
	summary->views[side] = walk->views.read[side];
	summary->consistency[side] = walk->views.read[side];
	for (size_t i = 0; i < findings->count; i++)
		label(walk, vec_at(findings, i), side);
}

void walk_finish(struct walk *walk)
{
	walk->is_finished = true;
	add_findings(walk);
	for (enum side side = SOURCE; side < SIDES; side++)
		finish_side(walk, side);
	walk->summary.moments = walk->views.moments.items;
	walk->summary.moment_count = walk->views.moments.count;
}

/* ------------------------------------------------------------------------
 * The walk
 * --------------------------------------------------------------------- */

enum dbs_rc walk_open(struct walk *walk, struct dbs_error *err)
{
	struct inventory *inventory = &walk->inventory;

	if (walk->is_open)
		return DBS_OK;
	walk->is_open = true;
	enum dbs_rc rc = connect_first(walk, err);

	if (!rc)
		rc = inventory_load(inventory, &walk->links, err);
	if (rc)
		return rc;
	atomic_store(&walk->jobs_total, inventory->jobs.count);
	atomic_store(&walk->rows_expected, inventory->rows);
	if (inventory->jobs.count)
		qsort(inventory->jobs.items, inventory->jobs.count,
		      sizeof(struct job *), order_jobs);
	return DBS_OK;
}

const struct subject *walk_subject(const struct walk *walk, size_t number)
{
	if (number >= walk->inventory.jobs.count)
		return NULL;
	return &walk_job(walk, number)->subject;
}

bool walk_is_connected(const struct walk *walk)
{
	return walk->links.count;
}

const struct link *walk_link(const struct walk *walk)
{
	return &walk->links.items[0];
}

static void say_begin(const struct walk *walk)
{
	OWNED(buf_release) struct buf rows = BUF_INIT;

	text_count(&rows, walk->inventory.rows);
	talk_step(walk->request->talk,
		  "comparing %zu tables, about %s rows, on %u connections to "
		  "each side (consistency: source %s, target %s)",
		  walk->inventory.jobs.count, rows.data, walk->links.count,
		  consistency_name(walk->views.snapshot[SOURCE].consistency),
		  consistency_name(walk->views.snapshot[TARGET].consistency));
}

/* Structures alone: no rows, so neither workers nor snapshots. */
static enum dbs_rc run_schema(struct walk *walk, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];
	enum dbs_rc rc = inventory_count_missing(&walk->inventory, link, err);

	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		walk_job(walk, i)->finding.verdict = VERDICT_EQUAL;
	if (!rc)
		rc = links_open_more(&walk->links, workers_for(walk), err);
	/* that may have moved them */
	link = &walk->links.items[0];
	if (!rc)
		rc = structures_of_jobs(&walk->inventory, &walk->links, err);
	if (!rc)
		rc = structures_of_missing(&walk->inventory, &walk->links, err);
	if (!rc)
		rc = objects_find(&walk->inventory, link, err);
	if (!rc)
		walk_finish(walk);
	return rc;
}

static enum dbs_rc read_structures(struct walk *walk, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];
	enum dbs_rc rc = DBS_OK;

	if (walk->request->scope != SCOPE_DATA)
		rc = structures_of_jobs(&walk->inventory, &walk->links, err);
	return rc ? rc : objects_find(&walk->inventory, link, err);
}

static enum dbs_rc count_missing(struct walk *walk, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];
	enum dbs_rc rc = inventory_count_missing(&walk->inventory, link, err);

	return rc || walk->request->scope == SCOPE_DATA
		       ? rc
		       : structures_of_missing(&walk->inventory, &walk->links,
					       err);
}

/* ------------------------------------------------------------------------
 * Tables that need not be read
 * --------------------------------------------------------------------- */

const struct snapshot *walk_snapshot(const struct walk *walk, enum side side)
{
	return &walk->first[side];
}

void walk_leave_unread(struct walk *walk, size_t number, uint64_t rows)
{
	struct job *job = walk_job(walk, number);

	job->finding.read = READ_NONE;
	job->finding.rows_unread = rows;
	job->state = JOB_ENDED;
	atomic_fetch_add(&walk->jobs_ended, 1);
}

bool walk_can_name(const struct pair *pair)
{
	return job_can_name(pair);
}

void walk_read_keys(struct walk *walk, size_t number, struct key_set *keys,
		    uint64_t rows)
{
	struct job *job = walk_job(walk, number);

	job->finding.read = READ_KEYS;
	job->named = keys;
	job->named_of = rows;
}

void walk_say_why(struct walk *walk, size_t number, const char *why)
{
	walk_job(walk, number)->finding.why_read = arena_strdup(walk->arena,
								why);
}

static enum dbs_rc take_hint(struct walk *walk, struct dbs_error *err)
{
	const struct walk_hint *hint = walk->request->hint;

	for (enum side side = SOURCE; side < SIDES; side++)
		walk->first[side] = walk->views.snapshot[side];
	return hint ? hint->look(hint->self, walk, err) : DBS_OK;
}

enum dbs_rc walk_run(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = walk_open(walk, err);

	if (!rc && (walk->request->scope == SCOPE_SCHEMA ||
		    !choice_has_tables(walk->request)))
		return run_schema(walk, err);
	if (!rc)
		rc = open_workers(walk, err);
	if (!rc)
		rc = read_structures(walk, err);
	if (!rc)
		rc = views_open(&walk->views, err);
	if (!rc)
		rc = count_missing(walk, err);
	views_forget(&walk->views);
	if (!rc)
		rc = take_hint(walk, err);
	if (!rc)
		say_begin(walk);
	walk->is_comparing = !rc;
	if (!rc)
		rc = walk_run_crew(walk, err);
	if (!rc)
		rc = walk_recheck(walk, err);
	if (rc)
		return rc;
	/* the source's view is needed once more, by walk_again */
	if (!walk->request->keeps_changes)
		views_close(&walk->views, SOURCE);
	views_close(&walk->views, TARGET);
	walk_finish(walk);
	return DBS_OK;
}

/* Of tables without a verdict the reason is that nobody went on. */
static void stop_job(struct job *job)
{
	struct finding *finding = &job->finding;

	if (job->error.code || (finding->verdict != VERDICT_UNDECIDED &&
				finding->verdict != VERDICT_INCOMPLETE))
		return;
	finding->verdict = VERDICT_INCOMPLETE;
	finding->skipped = "the run was cancelled";
}

bool walk_stop(struct walk *walk)
{
	if (!walk->is_comparing)
		return false;
	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		stop_job(walk_job(walk, i));
	if (!walk->is_finished)
		walk_finish(walk);
	return true;
}

bool walk_fits_nothing(const struct walk *walk, const char *pattern)
{
	const struct vec *idle = &walk->inventory.idle;

	for (size_t i = 0; i < idle->count; i++)
		if (!strcmp(*(const char *const *)vec_at(idle, i), pattern))
			return true;
	return false;
}

struct text_list walk_target_databases(const struct walk *walk)
{
	const size_t count = walk->inventory.databases.count;
	const char **names = arena_alloc(walk->arena,
					 (count + 1) * sizeof(*names));

	for (size_t i = 0; i < count; i++)
		names[i] = ((const struct database_pair *)vec_at(
				    &walk->inventory.databases, i))
				   ->name[TARGET];
	return (struct text_list){names, count};
}

static const struct database_pair *pair_of(const struct walk *walk,
					   const char *target_database)
{
	for (size_t i = 0; i < walk->inventory.databases.count; i++) {
		const struct database_pair *pair =
			vec_at(&walk->inventory.databases, i);

		if (!strcmp(pair->name[TARGET], target_database))
			return pair;
	}
	return NULL;
}

const struct database *walk_model(const struct walk *walk, enum side side,
				  const char *target_database)
{
	const struct database_pair *pair = pair_of(walk, target_database);

	return pair ? pair->model[side] : NULL;
}
