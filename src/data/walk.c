/*
 * walk.c - see walk.h.
 *
 *	connect ─▶ databases ─▶ not the same? ─▶ models ─▶ jobs
 *	   ─▶ more connections ─▶ snapshots ─▶ crew ─▶ findings
 *	                            ▲                    │ what differed
 *	                            └── pause ◀──────────┘ (recheck, N times)
 *
 * With --wait-replica the source's snapshot comes first, then the target is
 * waited for, then it is looked at: it holds at least what the source held.
 */
#include "dbsync/data/walk.h"

#include "crew.h"
#include "dbsync/data/links.h"
#include "inventory.h"
#include "objects.h"
#include "structures.h"

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

struct walk {
	const struct walk_request *request;
	struct arena *arena;
	bool is_open;
	struct links links;
	struct inventory inventory;
	struct walk_summary summary;
	struct snapshot snapshot[SIDES];
	/* what was read so far, in views */
	enum consistency views[SIDES];
	struct vec moments; /* struct moment */
	struct job_context context;
	struct meter meter;
	atomic_size_t jobs_ended;
	atomic_size_t jobs_total;
	atomic_ullong rows_expected;
};

struct walk *walk_new(const struct walk_request *request)
{
	struct walk *walk = mem_zero(1, sizeof(*walk));

	walk->request = request;
	walk->arena = arena_new();
	walk->moments = (struct vec)VEC_INIT(struct moment);
	inventory_init(&walk->inventory, request, walk->arena);
	return walk;
}

void walk_drop(struct walk **walk)
{
	if (!*walk)
		return;
	links_release(&(*walk)->links);
	inventory_release(&(*walk)->inventory);
	vec_release(&(*walk)->moments);
	arena_drop(&(*walk)->arena);
	mem_drop(walk);
}

void walk_close(struct walk *walk)
{
	links_release(&walk->links);
}

const struct finding *walk_findings(const struct walk *walk, size_t *count_out)
{
	*count_out = walk->inventory.findings.count;
	return walk->inventory.findings.items;
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

static void set_up(struct walk *walk)
{
	walk->links.setup[SOURCE] = walk_conn_setup(walk->request, SOURCE);
	walk->links.setup[TARGET] = walk_conn_setup(walk->request, TARGET);
}

static void describe(const struct conn *conn, struct server *server, char *name,
		     size_t size)
{
	OWNED(buf_release) struct buf shown = BUF_INIT;

	*server = *conn_server(conn);
	dsn_show(conn_setup(conn)->dsn, &shown);
	(void)snprintf(name, size, "%s", shown.data);
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

static const char *cipher_of(struct walk *walk, const struct conn *conn)
{
	const char *cipher = conn_tls_cipher(conn);

	return cipher ? arena_strdup(walk->arena, cipher) : NULL;
}

static enum dbs_rc connect_first(struct walk *walk, struct dbs_error *err)
{
	struct walk_summary *summary = &walk->summary;
	enum dbs_rc rc = links_open_first(&walk->links, err);

	if (rc)
		return rc;
	const struct link *link = &walk->links.items[0];

	describe(link->conn[SOURCE], &summary->server[SOURCE],
		 summary->name[SOURCE], sizeof(summary->name[SOURCE]));
	describe(link->conn[TARGET], &summary->server[TARGET],
		 summary->name[TARGET], sizeof(summary->name[TARGET]));
	summary->cipher[SOURCE] = cipher_of(walk, link->conn[SOURCE]);
	summary->cipher[TARGET] = cipher_of(walk, link->conn[TARGET]);
	talk_step(walk->request->talk, "source %s: %s %s",
		  summary->name[SOURCE],
		  server_family_name(summary->server[SOURCE].family),
		  summary->server[SOURCE].text);
	talk_step(walk->request->talk, "target %s: %s %s",
		  summary->name[TARGET],
		  server_family_name(summary->server[TARGET].family),
		  summary->server[TARGET].text);
	note_plain_text(walk, link->conn[SOURCE]);
	note_plain_text(walk, link->conn[TARGET]);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Workers and snapshots
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
		wanted += job_bytes(*(struct job **)vec_at(
				  &walk->inventory.jobs, i)) /
			  WORKER_BYTES;
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

static enum dbs_rc wait_for_replica(struct walk *walk, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];
	OWNED(mem_drop) char *gtid = NULL;
	enum dbs_rc rc = snapshot_gtid(link->conn[SOURCE],
				       &walk->snapshot[SOURCE], &gtid, err);

	return rc ? rc
		  : snapshot_wait(link->conn[TARGET], gtid,
				  walk->request->wait_replica_s, err);
}

static void add_moment(struct walk *walk, enum side side,
		       const struct snapshot *snapshot)
{
	*(struct moment *)vec_push(&walk->moments) =
		(struct moment){side, snapshot->opened, snapshot->consistency};
}

static enum dbs_rc open_target(struct walk *walk, struct conn *const *target,
			       struct dbs_error *err)
{
	enum dbs_rc rc = snapshot_open(target, walk->links.count,
				       &walk->snapshot[TARGET], err);

	if (!rc)
		add_moment(walk, TARGET, &walk->snapshot[TARGET]);
	return rc;
}

static enum dbs_rc open_snapshots(struct walk *walk, struct dbs_error *err)
{
	OWNED(mem_drop) struct conn **source = links_side(&walk->links, SOURCE);
	OWNED(mem_drop) struct conn **target = links_side(&walk->links, TARGET);
	const unsigned count = walk->links.count;
	enum dbs_rc rc = DBS_OK;

	walk->snapshot[SOURCE].consistency = CONSISTENCY_NONE;
	walk->snapshot[TARGET].consistency = CONSISTENCY_NONE;
	if (!walk->request->no_snapshot || walk->request->wait_replica_s)
		rc = snapshot_open(source, count, &walk->snapshot[SOURCE], err);
	if (!rc && walk->request->wait_replica_s)
		rc = wait_for_replica(walk, err);
	if (!rc && !walk->request->no_snapshot) {
		add_moment(walk, SOURCE, &walk->snapshot[SOURCE]);
		return open_target(walk, target, err);
	}
	/* one that was only needed for its position */
	snapshot_close(source, count);
	walk->snapshot[SOURCE].consistency = CONSISTENCY_NONE;
	return rc;
}

static void close_side(const struct walk *walk, enum side side)
{
	OWNED(mem_drop) struct conn **conns = links_side(&walk->links, side);

	snapshot_close(conns, walk->links.count);
}

static void close_snapshots(const struct walk *walk)
{
	close_side(walk, SOURCE);
	close_side(walk, TARGET);
}

/* What is read in several ways is worth what the worst of them is. */
static void lower(enum consistency *label, enum consistency most)
{
	if (*label > most)
		*label = most;
}

/* One moment, as long as the views are not too old for the servers' sake. */
static enum dbs_rc run_crew_once(struct walk *walk, bool *is_late_out,
				 struct dbs_error *err)
{
	const bool has_views = !walk->request->no_snapshot;
	const uint64_t age_s = walk->request->max_snapshot_age_s;
	struct crew crew = {
		.context = &walk->context,
		.links = walk->links.items,
		.jobs = walk->inventory.jobs.items,
		.job_count = walk->inventory.jobs.count,
		.has_views = has_views,
		.jobs_ended = &walk->jobs_ended,
		.consistency[SOURCE] = walk->snapshot[SOURCE].consistency,
		.consistency[TARGET] = walk->snapshot[TARGET].consistency,
		.until_ns = has_views && age_s ? clock_ns() + age_s * 1000000000
					       : 0,
	};
	enum dbs_rc rc = crew_run(&crew, err);

	/* one of them may have been lost */
	walk->snapshot[SOURCE].consistency = crew.consistency[SOURCE];
	walk->snapshot[TARGET].consistency = crew.consistency[TARGET];
	lower(&walk->views[SOURCE], crew.consistency[SOURCE]);
	lower(&walk->views[TARGET], crew.consistency[TARGET]);
	*is_late_out = crew.is_late;
	return rc;
}

/* A loss shows when something is asked. */
static enum dbs_rc reopen_if_lost(struct conn *conn, struct dbs_error *err)
{
	struct dbs_error ignored = {0};

	if (!conn_is_broken(conn))
		(void)conn_run(conn, "DO 0", &ignored);
	return conn_is_broken(conn) ? conn_reopen(conn, err) : DBS_OK;
}

/* Those that were lost while nothing was asked of them. */
static enum dbs_rc reopen_broken(const struct walk *walk, struct dbs_error *err)
{
	for (unsigned i = 0; i < walk->links.count; i++) {
		const struct link *link = &walk->links.items[i];
		enum dbs_rc rc = reopen_if_lost(link->conn[SOURCE], err);

		if (!rc)
			rc = reopen_if_lost(link->conn[TARGET], err);
		if (rc)
			return rc;
	}
	return DBS_OK;
}

/* Goes on in new views, when the throttle lets it. */
static enum dbs_rc renew(struct walk *walk, struct dbs_error *err)
{
	close_snapshots(walk);
	enum dbs_rc rc = throttle_wait(walk->request->throttle,
				       walk->request->cancel, err);

	if (!rc)
		rc = reopen_broken(walk, err);
	return rc ? rc : open_snapshots(walk, err);
}

static bool has_work(const struct walk *walk)
{
	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		if ((*(struct job **)vec_at(&walk->inventory.jobs, i))->state !=
		    JOB_ENDED)
			return true;
	return false;
}

/* Whether each table was read in one view from its first range to its last. */
static bool has_one_view(const struct walk *walk)
{
	return walk->views[SOURCE] >= CONSISTENCY_PER_TABLE &&
	       walk->views[TARGET] >= CONSISTENCY_PER_TABLE;
}

/* What was read before and what comes now are of different moments. */
static void expect_renewed(struct walk *walk)
{
	lower(&walk->views[SOURCE], CONSISTENCY_RENEWED);
	lower(&walk->views[TARGET], CONSISTENCY_RENEWED);
}

/* Nothing of what was read before counts any more. */
static void expect_all(struct walk *walk)
{
	walk->views[SOURCE] = CONSISTENCY_SNAPSHOT;
	walk->views[TARGET] = CONSISTENCY_SNAPSHOT;
}

static enum dbs_rc run_crew(struct walk *walk, struct dbs_error *err)
{
	bool is_late = false;
	enum dbs_rc rc = run_crew_once(walk, &is_late, err);

	while (!rc && is_late && has_work(walk)) {
		expect_renewed(walk);
		talk_step(walk->request->talk,
			  "going on with new views: these are older than %u s",
			  walk->request->max_snapshot_age_s);
		rc = renew(walk, err);
		if (!rc)
			rc = run_crew_once(walk, &is_late, err);
	}
	walk->context.is_one_view = has_one_view(walk);
	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		job_conclude(*(struct job **)vec_at(&walk->inventory.jobs, i),
			     &walk->context);
	return rc;
}

/* ------------------------------------------------------------------------
 * Looking again, and the end
 * --------------------------------------------------------------------- */

static size_t reopen_jobs(struct walk *walk)
{
	size_t reopened = 0;

	for (size_t i = 0; i < walk->inventory.jobs.count; i++) {
		struct job *job = *(struct job **)vec_at(&walk->inventory.jobs,
							 i);

		reopened += job_reopen(job, walk->request->talk);
	}
	atomic_fetch_sub(&walk->jobs_ended, reopened);
	return reopened;
}

static enum dbs_rc look_again(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (unsigned i = 0; i < walk->request->recheck && !rc; i++) {
		if (!reopen_jobs(walk))
			break;
		expect_renewed(walk);
		close_snapshots(walk);
		rc = cancel_sleep(walk->request->cancel,
				  walk->request->recheck_pause_ms, err);
		if (!rc)
			rc = reopen_broken(walk, err);
		if (!rc)
			rc = open_snapshots(walk, err);
		if (!rc)
			rc = run_crew(walk, err);
	}
	return rc;
}

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
		*(struct finding *)vec_push(findings) =
			(*(struct job **)vec_at(&walk->inventory.jobs, i))
				->finding;
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
static void label(struct walk *walk, struct finding *finding)
{
	if (!finding->subject)
		return;
	const struct pair *pair = finding->subject->pair;

	finding->consistency[SOURCE] = table_has_views(pair->table[SOURCE])
					       ? walk->views[SOURCE]
					       : CONSISTENCY_NONE;
	finding->consistency[TARGET] = table_has_views(pair->table[TARGET])
					       ? walk->views[TARGET]
					       : CONSISTENCY_NONE;
	lower(&walk->summary.consistency[SOURCE], finding->consistency[SOURCE]);
	lower(&walk->summary.consistency[TARGET], finding->consistency[TARGET]);
}

static void label_all(struct walk *walk)
{
	struct walk_summary *summary = &walk->summary;

	summary->views[SOURCE] = walk->views[SOURCE];
	summary->views[TARGET] = walk->views[TARGET];
	summary->consistency[SOURCE] = walk->views[SOURCE];
	summary->consistency[TARGET] = walk->views[TARGET];
	summary->moments = walk->moments.items;
	summary->moment_count = walk->moments.count;
	for (size_t i = 0; i < walk->inventory.findings.count; i++)
		label(walk, vec_at(&walk->inventory.findings, i));
}

static void finish(struct walk *walk)
{
	walk->summary.bytes[SOURCE] = 0;
	walk->summary.bytes[TARGET] = 0;
	for (unsigned i = 0; i < walk->links.count; i++) {
		const struct link *link = &walk->links.items[i];

		walk->summary.bytes[SOURCE] += conn_bytes_received(
			link->conn[SOURCE]);
		walk->summary.bytes[TARGET] += conn_bytes_received(
			link->conn[TARGET]);
	}
	add_findings(walk);
	label_all(walk);
}

enum dbs_rc walk_open(struct walk *walk, struct dbs_error *err)
{
	struct inventory *inventory = &walk->inventory;

	if (walk->is_open)
		return DBS_OK;
	walk->is_open = true;
	set_up(walk);
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
	return &(*(struct job **)vec_at(&walk->inventory.jobs, number))->subject;
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
		  consistency_name(walk->snapshot[SOURCE].consistency),
		  consistency_name(walk->snapshot[TARGET].consistency));
}

/* Structures alone: no rows, so neither workers nor snapshots. */
static enum dbs_rc run_schema(struct walk *walk, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];
	enum dbs_rc rc = inventory_count_missing(&walk->inventory, link, err);

	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		(*(struct job **)vec_at(&walk->inventory.jobs, i))
			->finding.verdict = VERDICT_EQUAL;
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
		finish(walk);
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
		rc = open_snapshots(walk, err);
	if (!rc)
		rc = count_missing(walk, err);
	expect_all(walk);
	if (!rc)
		say_begin(walk);
	if (!rc)
		rc = run_crew(walk, err);
	if (!rc)
		rc = look_again(walk, err);
	if (rc)
		return rc;
	/* the source's view is needed once more, by walk_again */
	if (!walk->request->keeps_changes)
		close_side(walk, SOURCE);
	close_side(walk, TARGET);
	finish(walk);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Again, after the target was written to
 * --------------------------------------------------------------------- */

/* Leaves the findings of tables that only one side has. */
static void forget_findings(struct walk *walk)
{
	struct vec *findings = &walk->inventory.findings;
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = vec_at(findings, i);

		if (!finding->subject)
			((struct finding *)findings->items)[kept++] = *finding;
	}
	vec_truncate(findings, kept);
}

static enum dbs_rc look_at_target(struct walk *walk, struct dbs_error *err)
{
	OWNED(mem_drop) struct conn **target = links_side(&walk->links, TARGET);

	if (walk->request->no_snapshot)
		return DBS_OK;
	for (unsigned i = 0; i < walk->links.count; i++) {
		enum dbs_rc rc = reopen_if_lost(target[i], err);

		if (rc)
			return rc;
	}
	return open_target(walk, target, err);
}

enum dbs_rc walk_again(struct walk *walk, bool all, struct dbs_error *err)
{
	size_t reopened = 0;

	walk->context.is_again = true;
	forget_findings(walk);
	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		reopened += job_redo(
			*(struct job **)vec_at(&walk->inventory.jobs, i), all,
			&walk->context, &walk->summary.server[TARGET]);
	atomic_fetch_sub(&walk->jobs_ended, reopened);
	if (reopened && all)
		expect_all(walk);
	else if (reopened)
		/* ranges that were equal are of the view before this one */
		lower(&walk->views[TARGET], CONSISTENCY_RENEWED);
	enum dbs_rc rc = look_at_target(walk, err);

	talk_step(walk->request->talk, "comparing %zu tables again", reopened);
	if (!rc)
		rc = run_crew(walk, err);
	if (rc)
		return rc;
	close_snapshots(walk);
	finish(walk);
	return DBS_OK;
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
