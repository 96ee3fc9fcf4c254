/*
 * walk.c - see walk.h.
 *
 *	connect ─▶ databases ─▶ not the same? ─▶ models ─▶ jobs
 *	   ─▶ more connections ─▶ snapshots ─▶ crew ─▶ findings
 *	                            ▲                    │ what differed
 *	                            └── pause ◀──────────┘ (recheck, N times)
 *
 * Tables that only one side has need no job: their rows are counted, once it
 * is certain that the table is absent and not merely hidden from the user.
 *
 * With --wait-replica the source's snapshot comes first, then the target is
 * waited for, then it is looked at: it holds at least what the source held.
 */
#include "dbsync/data/walk.h"

#include "choice.h"
#include "crew.h"
#include "links.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

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
	struct links links;
	struct vec databases; /* struct database_pair */
	struct vec jobs;      /* struct job * */
	struct vec findings;  /* struct finding: in the end, all of them */
	struct walk_summary summary;
	struct snapshot source_snapshot;
	struct snapshot target_snapshot;
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
	walk->databases = (struct vec)VEC_INIT(struct database_pair);
	walk->jobs = (struct vec)VEC_INIT(struct job *);
	walk->findings = (struct vec)VEC_INIT(struct finding);
	return walk;
}

void walk_drop(struct walk **walk)
{
	if (!*walk)
		return;
	for (size_t i = 0; i < (*walk)->jobs.count; i++)
		job_release(*(struct job **)vec_at(&(*walk)->jobs, i));
	links_release(&(*walk)->links);
	vec_release(&(*walk)->databases);
	vec_release(&(*walk)->jobs);
	vec_release(&(*walk)->findings);
	arena_drop(&(*walk)->arena);
	mem_drop(walk);
}

const struct finding *walk_findings(const struct walk *walk, size_t *count_out)
{
	*count_out = walk->findings.count;
	return walk->findings.items;
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

static void set_up(struct walk *walk)
{
	const struct walk_request *request = walk->request;
	const struct conn_setup setup = {
		.cancel = request->cancel,
		.talk = request->talk,
		.group = request->group,
		.attempts = request->attempts,
		.net_timeout_s = request->net_timeout_s,
	};

	walk->links.source_setup = setup;
	walk->links.source_setup.side = DBS_SIDE_SOURCE;
	walk->links.source_setup.dsn = request->source;
	walk->links.target_setup = setup;
	walk->links.target_setup.side = DBS_SIDE_TARGET;
	walk->links.target_setup.dsn = request->target;
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
		  dbs_side_name(conn_side(conn)));
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

	describe(link->source, &summary->source_server, summary->source_name,
		 sizeof(summary->source_name));
	describe(link->target, &summary->target_server, summary->target_name,
		 sizeof(summary->target_name));
	summary->source_cipher = cipher_of(walk, link->source);
	summary->target_cipher = cipher_of(walk, link->target);
	note_plain_text(walk, link->source);
	note_plain_text(walk, link->target);
	return DBS_OK;
}

static enum dbs_rc refuse_same(const struct walk *walk, struct dbs_error *err)
{
	bool is_same = false;
	enum dbs_rc rc = links_same_server(&walk->links, &is_same, err);

	for (size_t i = 0; i < walk->databases.count && is_same && !rc; i++) {
		const struct database_pair *pair = vec_at(&walk->databases, i);

		if (text_equal_nocase(pair->source, pair->target))
			rc = dbs_fail(err, DBS_E_REFUSED,
				      "source and target are the same: "
				      "database `%s` on the same server",
				      pair->source);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Models and jobs
 * --------------------------------------------------------------------- */

static enum dbs_rc load_models(struct walk *walk, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];

	for (size_t i = 0; i < walk->databases.count; i++) {
		struct database_pair *pair = vec_at(&walk->databases, i);
		enum dbs_rc rc = schema_load(link->source, pair->source,
					     walk->arena, &pair->source_model,
					     err);

		if (!rc)
			rc = schema_load(link->target, pair->target,
					 walk->arena, &pair->target_model, err);
		if (rc)
			return rc;
	}
	return choice_check(walk->request, &walk->databases, err);
}

static const char *where_of(const struct walk_request *request,
			    const char *database, const char *table)
{
	const char *where = NULL;

	for (size_t i = 0; i < request->where.count; i++)
		if (choice_fits(request->where.items[i].pattern, database,
				table))
			where = request->where.items[i].value;
	return where;
}

static struct text_list ignored_of(struct walk *walk, const char *database,
				   const char *table)
{
	const struct option_list *all = &walk->request->ignore;
	const char **items = arena_alloc(walk->arena,
					 (all->count + 1) * sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < all->count; i++)
		if (choice_fits(all->items[i].pattern, database, table))
			items[count++] = all->items[i].value;
	return (struct text_list){items, count};
}

static struct finding finding_of(const struct database_pair *pair,
				 const struct table *table)
{
	return (struct finding){
		.source_database = pair->source,
		.target_database = pair->target,
		.table = table->name,
		.key = "rows",
	};
}

static struct job *new_job(struct walk *walk, const struct database_pair *dbs,
			   const struct table *source,
			   const struct table *target)
{
	const struct text_list ignored = ignored_of(walk, dbs->source,
						    source->name);
	const struct pair_wish wish = {
		.source_server = &walk->summary.source_server,
		.target_server = &walk->summary.target_server,
		.source_database = dbs->source,
		.target_database = dbs->target,
		.where = where_of(walk->request, dbs->source, source->name),
		.ignored = ignored.items,
		.ignored_count = ignored.count,
	};
	struct job *job = arena_alloc(walk->arena, sizeof(*job));
	struct pair *pair = pair_make(walk->arena, source, target, &wish);

	job->arena = arena_new();
	job->ranges = (struct vec)VEC_INIT(struct range);
	job->known = (struct vec)VEC_INIT(uint64_t);
	job->subject.pair = pair;
	job->subject.source = projection_make(pair, true);
	job->subject.target = projection_make(pair, false);
	job->finding = finding_of(dbs, source);
	job->finding.key = pair->key_text;
	job->finding.ignored = pair->ignored;
	job->finding.ignored_count = pair->ignored_count;
	job->finding.differences = pair->differences;
	job->finding.difference_count = pair->difference_count;
	return job;
}

static void add_jobs(struct walk *walk, const struct database_pair *pair)
{
	for (size_t i = 0; i < pair->source_model->table_count; i++) {
		const struct table *source = &pair->source_model->tables[i];
		const struct table *target =
			database_find_table(pair->target_model, source->name);

		if (!target || !choice_has_table(walk->request, pair->source,
						 source->name))
			continue;
		*(struct job **)vec_push(&walk->jobs) = new_job(walk, pair,
								source, target);
		atomic_fetch_add(&walk->rows_expected, source->rows);
	}
}

/* ------------------------------------------------------------------------
 * Tables that one side does not have
 * --------------------------------------------------------------------- */

static enum dbs_rc count_rows(struct conn *conn, const char *database,
			      const char *table, const char *where,
			      uint64_t *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *text = NULL;

	buf_adds(&sql, "SELECT COUNT(*) FROM ");
	quote_table(&sql, database, table);
	if (where)
		buf_addf(&sql, " WHERE (%s)", where);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, &text, err);

	if (!rc)
		*out = text ? strtoull(text, NULL, 10) : 0;
	return rc;
}

static bool concerns_table(enum dbs_rc rc)
{
	return rc == DBS_E_DENIED || rc == DBS_E_CHANGED ||
	       rc == DBS_E_SERVER || rc == DBS_E_RETRY;
}

/* Fills in what is known of a table that only one side shows. */
static enum dbs_rc judge_missing(struct walk *walk, struct finding *finding,
				 bool on_source, struct dbs_error *err)
{
	const struct link *link = &walk->links.items[0];
	struct conn *has = on_source ? link->source : link->target;
	struct conn *lacks = on_source ? link->target : link->source;
	uint64_t *rows = on_source ? &finding->rows.source
				   : &finding->rows.target;
	bool is_absent = false;
	enum dbs_rc rc = schema_is_absent(lacks,
					  on_source ? finding->target_database
						    : finding->source_database,
					  finding->table, &is_absent, err);

	if (rc)
		return rc;
	finding->verdict = on_source ? VERDICT_MISSING_ON_TARGET
				     : VERDICT_MISSING_ON_SOURCE;
	if (!is_absent) {
		finding->verdict = VERDICT_INCOMPLETE;
		finding->skipped = arena_printf(
			walk->arena,
			"the user of the %s may not see this table there",
			on_source ? "target" : "source");
		return DBS_OK;
	}
	rc = count_rows(has,
			on_source ? finding->source_database
				  : finding->target_database,
			finding->table,
			where_of(walk->request, finding->source_database,
				 finding->table),
			rows, err);
	if (concerns_table(rc)) {
		finding->verdict = VERDICT_INCOMPLETE;
		finding->skipped = arena_strdup(walk->arena, err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	finding->changes[on_source ? CHANGE_INSERT : CHANGE_DELETE] = *rows;
	return rc;
}

static enum dbs_rc add_missing_of(struct walk *walk,
				  const struct database_pair *pair,
				  bool on_source, struct dbs_error *err)
{
	const struct database *has = on_source ? pair->source_model
					       : pair->target_model;
	const struct database *lacks = on_source ? pair->target_model
						 : pair->source_model;

	for (size_t i = 0; i < has->table_count; i++) {
		const struct table *table = &has->tables[i];

		if (database_find_table(lacks, table->name) ||
		    !choice_has_table(walk->request, pair->source, table->name))
			continue;
		struct finding finding = finding_of(pair, table);
		enum dbs_rc rc = judge_missing(walk, &finding, on_source, err);

		if (rc)
			return rc;
		*(struct finding *)vec_push(&walk->findings) = finding;
	}
	return DBS_OK;
}

static enum dbs_rc add_missing(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < walk->databases.count && !rc; i++) {
		const struct database_pair *pair = vec_at(&walk->databases, i);

		rc = add_missing_of(walk, pair, true, err);
		if (!rc)
			rc = add_missing_of(walk, pair, false, err);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Workers and snapshots
 * --------------------------------------------------------------------- */

static uint64_t job_bytes(const struct job *job)
{
	const struct pair *pair = job->subject.pair;
	const uint64_t source = pair->source->rows * pair->source->row_bytes;
	const uint64_t target = pair->target->rows * pair->target->row_bytes;

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
	uint64_t wanted = 1 + walk->jobs.count / WORKER_TABLES;

	for (size_t i = 0; i < walk->jobs.count; i++)
		wanted += job_bytes(*(struct job **)vec_at(&walk->jobs, i)) /
			  WORKER_BYTES;
	return wanted < walk->request->parallel ? (unsigned)wanted
						: walk->request->parallel;
}

static enum dbs_rc open_workers(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = links_open_more(&walk->links, workers_for(walk), err);

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
	enum dbs_rc rc = snapshot_gtid(link->source, &walk->source_snapshot,
				       &gtid, err);

	return rc ? rc
		  : snapshot_wait(link->target, gtid,
				  walk->request->wait_replica_s, err);
}

static enum dbs_rc open_snapshots(struct walk *walk, struct dbs_error *err)
{
	OWNED(mem_drop) struct conn **source = links_side(&walk->links, true);
	OWNED(mem_drop) struct conn **target = links_side(&walk->links, false);
	const unsigned count = walk->links.count;
	enum dbs_rc rc = DBS_OK;

	walk->source_snapshot.consistency = CONSISTENCY_NONE;
	walk->target_snapshot.consistency = CONSISTENCY_NONE;
	if (!walk->request->no_snapshot || walk->request->wait_replica_s)
		rc = snapshot_open(source, count, &walk->source_snapshot, err);
	if (!rc && walk->request->wait_replica_s)
		rc = wait_for_replica(walk, err);
	if (!rc && !walk->request->no_snapshot)
		rc = snapshot_open(target, count, &walk->target_snapshot, err);
	return rc;
}

static void close_snapshots(const struct walk *walk)
{
	OWNED(mem_drop) struct conn **source = links_side(&walk->links, true);
	OWNED(mem_drop) struct conn **target = links_side(&walk->links, false);

	snapshot_close(source, walk->links.count);
	snapshot_close(target, walk->links.count);
}

static enum dbs_rc run_crew(struct walk *walk, struct dbs_error *err)
{
	const bool has_views = !walk->request->no_snapshot;
	struct crew crew = {
		.context = &walk->context,
		.links = walk->links.items,
		.jobs = walk->jobs.items,
		.job_count = walk->jobs.count,
		.source_snapshot = has_views ? &walk->source_snapshot : NULL,
		.target_snapshot = has_views ? &walk->target_snapshot : NULL,
		.jobs_ended = &walk->jobs_ended,
		.source_consistency = walk->source_snapshot.consistency,
		.target_consistency = walk->target_snapshot.consistency,
	};
	enum dbs_rc rc = crew_run(&crew, err);

	walk->summary.source_consistency = crew.source_consistency;
	walk->summary.target_consistency = crew.target_consistency;
	for (size_t i = 0; i < walk->jobs.count; i++)
		job_conclude(*(struct job **)vec_at(&walk->jobs, i),
			     walk->request);
	return rc;
}

/* ------------------------------------------------------------------------
 * Looking again, and the end
 * --------------------------------------------------------------------- */

static size_t reopen_jobs(struct walk *walk)
{
	size_t reopened = 0;

	for (size_t i = 0; i < walk->jobs.count; i++) {
		struct job *job = *(struct job **)vec_at(&walk->jobs, i);

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
		close_snapshots(walk);
		rc = cancel_sleep(walk->request->cancel,
				  walk->request->recheck_pause_ms, err);
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
	const int databases = strcmp(left->source_database,
				     right->source_database);

	return databases ? databases : strcmp(left->table, right->table);
}

static void finish(struct walk *walk)
{
	for (unsigned i = 0; i < walk->links.count; i++) {
		const struct link *link = &walk->links.items[i];

		walk->summary.bytes_source += conn_bytes_received(link->source);
		walk->summary.bytes_target += conn_bytes_received(link->target);
	}
	for (size_t i = 0; i < walk->jobs.count; i++)
		*(struct finding *)vec_push(&walk->findings) =
			(*(struct job **)vec_at(&walk->jobs, i))->finding;
	if (walk->findings.count)
		qsort(walk->findings.items, walk->findings.count,
		      sizeof(struct finding), order_findings);
}

static enum dbs_rc prepare(struct walk *walk, struct dbs_error *err)
{
	set_up(walk);
	enum dbs_rc rc = connect_first(walk, err);

	if (!rc)
		rc = choose_databases(walk->request,
				      walk->links.items[0].source, walk->arena,
				      &walk->databases, err);
	if (!rc)
		rc = refuse_same(walk, err);
	if (!rc)
		rc = load_models(walk, err);
	if (rc)
		return rc;
	for (size_t i = 0; i < walk->databases.count; i++)
		add_jobs(walk, vec_at(&walk->databases, i));
	atomic_store(&walk->jobs_total, walk->jobs.count);
	if (walk->jobs.count)
		qsort(walk->jobs.items, walk->jobs.count, sizeof(struct job *),
		      order_jobs);
	return open_workers(walk, err);
}

enum dbs_rc walk_run(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = prepare(walk, err);

	if (!rc)
		rc = open_snapshots(walk, err);
	if (!rc)
		rc = add_missing(walk, err);
	if (!rc)
		rc = run_crew(walk, err);
	if (!rc)
		rc = look_again(walk, err);
	if (rc)
		return rc;
	close_snapshots(walk);
	finish(walk);
	return DBS_OK;
}
