/*
 * job.c - see job.h.
 *
 * Which digest (--digest auto): on a fast link the first range is streamed.
 * When the link could carry rows at twice that pace, it is the servers that
 * take the time, and streaming goes on.  Else the second range is digested by
 * the servers, and from then on the way that showed more rows per second goes
 * on; both are learnt further, so that a table whose ranges all differ (each
 * would be digested in vain and then streamed) falls back to streaming.  On a
 * link that could not even carry the rows at half the speed of the digests,
 * streaming is never tried.
 */
#include "job.h"

#include "by_keys.h"
#include "count.h"
#include "recorder.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/data/links.h"
#include "dbsync/data/row_count.h"
#include "dbsync/data/tile.h"
#include "dbsync/db/quote.h"

#include <stdint.h>
#include <string.h>

enum {
	RANGE_BYTES = 16 * 1024 * 1024,
	SPLIT_BYTES = 4 * 1024 * 1024, /* smaller tables stay whole */
	RANGES_PER_WORKER = 4,
	FEWEST_ROWS = 2000,     /* in a range, on purpose */
	LEAF_LEAST = 32 * 1024, /* what is streamed rather than narrowed: */
	LEAF_MOST = 256 * 1024, /* what the link carries in 5 ms */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t row_bytes(const struct pair *pair)
{
	return larger(pair->table[SOURCE]->row_bytes,
		      pair->table[TARGET]->row_bytes);
}

static uint64_t rows_each(const struct pair *pair, unsigned workers)
{
	const uint64_t rows = larger(pair->table[SOURCE]->rows,
				     pair->table[TARGET]->rows);
	const uint64_t bytes = row_bytes(pair);
	uint64_t each = RANGE_BYTES / bytes;

	if (rows * bytes < SPLIT_BYTES)
		return UINT64_MAX / 4;
	if (each > rows / (workers * RANGES_PER_WORKER))
		each = rows / (workers * RANGES_PER_WORKER);
	return larger(each, FEWEST_ROWS);
}

/* A user with grants on columns does not see that there are others. */
static enum dbs_rc check_grants(struct conn *conn, const char *database,
				const struct table *table,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT * FROM ");
	quote_table(&sql, database, table->name);
	buf_adds(&sql, " LIMIT 0");
	return conn_run(conn, sql.data, err);
}

static enum dbs_rc fail_lost(const char *database, const struct table *table,
			     const char *what, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_UNKNOWN,
			"`%s`.`%s`: the server has a column %s that it does "
			"not list",
			database, table->name, what);
}

/* Whether the server finds a column of that name in what FROM says. */
static enum dbs_rc finds(struct conn *conn, const char *name, const char *from,
			 bool *out, struct dbs_error *err)
{
	enum { NO_SUCH_COLUMN = 1054 };
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "SELECT %s FROM %s LIMIT 0", name, from);
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	*out = !rc;
	if (!rc || err->server_errno != NO_SUCH_COLUMN)
		return rc;
	dbs_error_clear(err);
	return DBS_OK;
}

/* A table of the columns that are listed, as the server tells names apart. */
static void add_listed(const struct table *table, struct buf *out)
{
	buf_adds(out, "(SELECT ");
	for (size_t i = 0; i < table->column_count; i++) {
		buf_adds(out, i ? ", 1 AS " : "1 AS ");
		quote_name(out, table->columns[i].name);
	}
	buf_adds(out, ") AS a");
}

/*
 * A column that only the other side lists is asked for by its name.  The server
 * may find one that is listed in another case, of letters that are not ASCII.
 */
static enum dbs_rc check_lack(struct conn *conn, const char *database,
			      const struct table *table, const char *column,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf from = BUF_INIT;
	OWNED(buf_release) struct buf listed = BUF_INIT;
	bool is_there = false;
	bool is_listed = false;

	quote_name(&name, column);
	quote_table(&from, database, table->name);
	add_listed(table, &listed);
	enum dbs_rc rc = finds(conn, name.data, from.data, &is_there, err);

	if (!rc && is_there)
		rc = finds(conn, name.data, listed.data, &is_listed, err);
	return !rc && is_there && !is_listed
		       ? fail_lost(database, table, name.data, err)
		       : rc;
}

/* What is not known of is not compared, and nobody would hear of it. */
static enum dbs_rc check_side(struct conn *conn, const struct pair *pair,
			      enum side side, struct dbs_error *err)
{
	const char *database = pair->database[side];
	const struct table *table = pair->table[side];
	enum dbs_rc rc = table->has_column_grants
				 ? check_grants(conn, database, table, err)
				 : DBS_OK;

	for (size_t i = 0; i < pair->difference_count && !rc; i++) {
		const struct pair_difference *it = &pair->differences[i];

		if (it->lack && it->lacks == side)
			rc = check_lack(conn, database, table, it->lack, err);
	}
	if (!rc && table->lost_column) {
		OWNED(buf_release) struct buf what = BUF_INIT;

		buf_addf(&what, "with the number %zu", table->lost_column);
		rc = fail_lost(database, table, what.data, err);
	}
	return rc;
}

static enum dbs_rc check_columns(const struct subject *subject,
				 const struct link *link, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES && !rc; side++)
		rc = check_side(link->conn[side], subject->pair, side, err);
	return rc;
}

bool job_can_name(const struct pair *pair)
{
	return by_keys_can(pair) && image_make(pair)->key_count;
}

/*
 * Ranges of keys instead of ranges between keys.  Those that may be one to the
 * servers, though they are not the same text, have to be in one.
 */
static void plan_named(struct job *job, const struct server *target)
{
	enum { EACH = 20000 };
	const struct pair *pair = job->subject.pair;
	const size_t count = key_set_count(job->named);

	job->named_sql = row_sql_make(image_make(pair), pair->database[TARGET],
				      target, job->arena);
	job->named_each = by_keys_has_twins(pair) ? count + 1 : EACH;
	for (size_t from = 0; from < count; from += job->named_each)
		*(struct range *)vec_push(&job->ranges) = (struct range){
			.rows = count - from < job->named_each
					? count - from
					: job->named_each};
}

enum dbs_rc job_plan(struct job *job, const struct job_context *context,
		     const struct link *link, struct dbs_error *err)
{
	const struct pair *pair = job->subject.pair;
	enum dbs_rc rc = DBS_OK;

	if (pair->unknown)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"%s, which this version "
				"does not know",
				pair->unknown);
	rc = check_columns(&job->subject, link, err);
	if (!rc && job->named)
		plan_named(job, conn_server(link->conn[TARGET]));
	else if (!rc)
		rc = tile_plan(link, &job->subject,
			       rows_each(pair, context->workers), job->arena,
			       &job->ranges, err);
	if (rc) {
		/* half a plan is none */
		vec_truncate(&job->ranges, 0);
		return rc;
	}
	job->found = arena_alloc(job->arena,
				 job->ranges.count * sizeof(*job->found));
	for (size_t i = 0; i < job->ranges.count; i++)
		range_finding_init(&job->found[i]);
	count_begin(job, context);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Digests
 * --------------------------------------------------------------------- */

enum digest job_choose(const struct job *job, const struct job_context *context)
{
	const struct pair *pair = job->subject.pair;
	const enum digest wish = context->request->digest;
	const double link = context->link_bytes_per_s;
	const double carried = link / (double)row_bytes(pair);

	if (!pair->can_digest)
		return DIGEST_STREAM;
	if (wish != DIGEST_AUTO)
		return wish;
	if (link > 0 && link < LINKS_FAST && job->pace.server <= 0)
		return DIGEST_SERVER;
	if (job->pace.stream <= 0 &&
	    !(link > 0 && carried < job->pace.server / 2))
		return DIGEST_STREAM;
	/* digests spare the link, not the servers */
	if (job->pace.server <= 0 && carried > 2 * job->pace.stream)
		return DIGEST_STREAM;
	if (job->pace.server <= 0)
		return DIGEST_SERVER;
	return job->pace.server > job->pace.stream ? DIGEST_SERVER
						   : DIGEST_STREAM;
}

void job_learn(struct job *job, enum digest digest, uint64_t rows,
	       double seconds)
{
	double *rate = digest == DIGEST_STREAM ? &job->pace.stream
					       : &job->pace.server;
	const double seen = (double)(rows + 1) / (seconds + 1e-6);

	*rate = *rate > 0 ? (*rate + seen) / 2 : seen;
}

/* ------------------------------------------------------------------------
 * Comparing
 * --------------------------------------------------------------------- */

/* A digest is made of one text, which must fit into a packet. */
static enum dbs_rc check_packet(const struct subject *subject,
				const struct link *link, struct dbs_error *err)
{
	const uint64_t source = conn_packet_limit(link->conn[SOURCE]);
	const uint64_t target = conn_packet_limit(link->conn[TARGET]);
	const uint64_t limit = source < target ? source : target;

	/* the digest stands in the statement several times over */
	if (subject->projection[SOURCE]->digest_bytes < limit &&
	    strlen(subject->projection[SOURCE]->digest) < limit / 8 &&
	    strlen(subject->projection[TARGET]->digest) < limit / 8)
		return DBS_OK;
	return dbs_fail(
		err, DBS_E_LIMIT,
		"a row may have %llu bytes, max_allowed_packet is "
		"%llu",
		(unsigned long long)subject->projection[SOURCE]->digest_bytes,
		(unsigned long long)limit);
}

static uint64_t leaf_bytes(const struct job_context *context)
{
	const double carried = context->link_bytes_per_s * 0.005;

	if (carried < LEAF_LEAST)
		return LEAF_LEAST;
	return carried < LEAF_MOST ? (uint64_t)carried : LEAF_MOST;
}

static enum dbs_rc run_digest(struct compare *compare,
			      const struct range *range, enum digest digest,
			      struct dbs_error *err)
{
	const struct pair *pair = compare->subject->pair;

	if (pair->identity == IDENTITY_ROWS)
		return compare_rows(compare, digest == DIGEST_SERVER, err);
	return digest == DIGEST_SERVER ? compare_server(compare, range, err)
				       : compare_stream(compare, range, err);
}

/* The keys of a range of what the logs name. */
static struct key_span span_of(const struct job *job, size_t number)
{
	const size_t count = key_set_count(job->named);
	const size_t from = number * job->named_each;

	return (struct key_span){job->named, from,
				 count - from < job->named_each
					 ? count
					 : from + job->named_each};
}

/* Of a range whose changes were written, perhaps only those rows. */
static enum dbs_rc run_range(struct compare *compare, const struct job *job,
			     size_t number, const struct segment *written,
			     uint64_t rows, enum digest digest,
			     struct dbs_error *err)
{
	const struct range *range = vec_at(&job->ranges, number);

	if (job->keys && by_keys_pays(job->subject.pair, written, rows))
		return by_keys_changed(compare, job->keys, written, err);
	if (job->named)
		return by_keys_named(compare, job->named_sql,
				     span_of(job, number), err);
	return run_digest(compare, range, digest, err);
}

/*
 * Rows that the source has not given are to be deleted: it has none, or they
 * were lost on the way.  Only where it counts what the view had that was read.
 */
static enum dbs_rc count_missing(struct compare *compare,
				 const struct walk_request *request,
				 const struct job *job, size_t number,
				 struct dbs_error *err)
{
	const struct subject *subject = compare->subject;

	if (request->no_snapshot ||
	    !table_has_views(subject->pair->table[SOURCE]))
		return DBS_OK;
	if (job->named)
		return by_keys_count(compare, job->named_sql,
				     span_of(job, number), err);
	return row_count_range(compare->link->conn[SOURCE],
			       subject->projection[SOURCE],
			       vec_at(&job->ranges, number),
			       compare->tally.seen[SOURCE], err);
}

/* long: one range, from what was known of it to its finding */
enum dbs_rc job_compare(struct job *job, size_t number, enum digest digest,
			const struct job_context *context,
			const struct link *link, struct dbs_error *err)
{
	const struct walk_request *request = context->request;
	struct range_finding *finding = &job->found[number];
	OWNED(recorder_release) struct recorder recorder = {
		.new_row = BUF_INIT, .old_row = BUF_INIT, .scratch = BUF_INIT};
	const bool is_recorded = link->changes && !context->is_again;
	const struct segment written = finding->segment;
	const uint64_t rows = finding->rows.seen[SOURCE] +
			      finding->rows.seen[TARGET];
	struct dbs_error ignored;

	/* reports still point to the details of before */
	struct arena *kept = own_take(&finding->kept);

	if (context->is_again && !kept)
		kept = own_take(&finding->arena);
	range_finding_release(finding);
	range_finding_init(finding);
	finding->kept = kept;
	/* a range that is lost on the way is repeated by the same keys */
	if (context->is_again)
		finding->segment = written;
	if (digest == DIGEST_SERVER &&
	    check_packet(&job->subject, link, &ignored))
		digest = DIGEST_STREAM;
	if (is_recorded)
		recorder_begin(&recorder, link, &job->subject);
	struct collector collector = {
		.finding = finding,
		.recorder = is_recorded ? &recorder : NULL,
		.known = job->known.count ? &job->known : NULL,
		.details = request->details,
		.keeps_identities = request->recheck > 0,
	};
	const struct sink sink = collector_sink(&collector);
	struct compare compare = {
		.link = link,
		.subject = &job->subject,
		.sink = &sink,
		.meter = context->meter,
		.cancel = request->cancel,
		.leaf_bytes = leaf_bytes(context),
	};
	enum dbs_rc rc = run_range(&compare, job, number, &written, rows,
				   digest, err);

	if (!rc && is_recorded && finding->changes[CHANGE_DELETE])
		rc = count_missing(&compare, request, job, number, err);
	if (!rc && is_recorded)
		rc = recorder_end(&recorder, link, &finding->segment, err);
	if (rc)
		return rc;
	finding->unwritable = recorder.unwritable;
	finding->rows = compare.tally;
	finding->digest = digest;
	range_finding_finish(finding);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The end
 * --------------------------------------------------------------------- */

static void take_details(struct job *job, const struct range_finding *found,
			 size_t most)
{
	struct finding *finding = &job->finding;
	struct detail *all = arena_alloc(
		job->arena,
		(finding->detail_count + found->details.count) * sizeof(*all));

	if (finding->detail_count)
		memcpy(all, finding->details,
		       finding->detail_count * sizeof(*all));
	for (size_t i = 0;
	     i < found->details.count && finding->detail_count < most; i++)
		all[finding->detail_count++] = *(
			const struct detail *)vec_at(&found->details, i);
	finding->details = all;
}

static uint64_t total(const struct finding *finding)
{
	return finding->changes[CHANGE_INSERT] +
	       finding->changes[CHANGE_UPDATE] +
	       finding->changes[CHANGE_DELETE];
}

/* The array has room for one of each range. */
static void add_segment(struct finding *finding, const struct segment *segment)
{
	for (size_t k = 0; k < CHANGE_KINDS; k++)
		finding->records[k] += segment->changes[k];
	finding->record_bytes += segment->bytes;
	finding->segments[finding->segment_count++] = *segment;
}

static void sum_up(struct job *job, const struct walk_request *request,
		   uint64_t by_digest[3], size_t *undone)
{
	struct finding *finding = &job->finding;

	for (size_t i = 0; i < job->ranges.count; i++) {
		const struct range_finding *found = &job->found[i];

		if (!found->is_done) {
			++*undone;
			continue;
		}
		finding->rows.seen[SOURCE] += found->rows.seen[SOURCE];
		finding->rows.seen[TARGET] += found->rows.seen[TARGET];
		for (size_t k = 0; k < CHANGE_KINDS; k++)
			finding->changes[k] += found->changes[k];
		by_digest[found->digest]++;
		finding->unwritable += found->unwritable;
		if (found->segment.file)
			add_segment(finding, &found->segment);
		if (found->details.count &&
		    finding->detail_count < request->details)
			take_details(job, found, request->details);
	}
	finding->ranges = job->ranges.count;
}

static const char *incomplete_reason(struct job *job, size_t undone)
{
	if (job->error.code)
		return arena_strdup(job->arena, job->error.text);
	return arena_printf(job->arena, "%zu of %zu ranges have no verdict",
			    undone, job->ranges.count);
}

static struct strip_cell cell_of(const struct range *range,
				 const struct range_finding *found)
{
	struct strip_cell cell = {.low = range->low, .ranges = 1};

	/* what a range without a verdict has met so far counts nowhere */
	if (!found->is_done) {
		cell.undone = 1;
		cell.undone_rows = range->rows;
		return cell;
	}
	cell.rows = found->rows;
	memcpy(cell.changes, found->changes, sizeof(cell.changes));
	return cell;
}

static struct strip strip_of(const struct job *job)
{
	const size_t count = job->ranges.count;
	OWNED(mem_drop) struct strip_cell *cells = mem_zero(count + 1,
							    sizeof(*cells));

	for (size_t i = 0; i < count; i++)
		cells[i] = cell_of(vec_at(&job->ranges, i), &job->found[i]);
	return strip_make(cells, count, job->arena);
}

/* One that was filled before counts from nothing again. */
static void clear_finding(struct job *job)
{
	struct finding *finding = &job->finding;

	finding->rows = (struct tally){{0, 0}};
	memset(finding->changes, 0, sizeof(finding->changes));
	memset(finding->records, 0, sizeof(finding->records));
	finding->record_bytes = 0;
	finding->unwritable = 0;
	finding->detail_count = 0;
	finding->skipped = NULL;
	finding->lacks_structure = false;
	finding->subject = &job->subject;
	finding->segment_count = 0;
	finding->segments = arena_alloc(job->arena,
					(job->ranges.count + 1) *
						sizeof(*finding->segments));
}

/* There may be fewer than were expected: what nobody logs is not known. */
static void leave_rest_unread(struct job *job)
{
	struct finding *finding = &job->finding;
	const uint64_t seen = finding->rows.seen[SOURCE];

	finding->rows_unread = job->named_of > seen ? job->named_of - seen : 0;
}

void job_conclude(struct job *job, const struct job_context *context)
{
	struct finding *finding = &job->finding;
	uint64_t by_digest[3] = {0, 0, 0};
	size_t undone = 0;

	count_judge(job, context->is_one_view);
	clear_finding(job);
	sum_up(job, context->request, by_digest, &undone);
	if (!context->is_again && !job->named)
		finding->strip = total(finding) || undone ? strip_of(job)
							  : (struct strip){0};
	if (job->named)
		leave_rest_unread(job);
	/* later only what was written is read */
	if (!context->is_again || !finding->rows_source)
		finding->rows_source = finding->rows_unread +
				       finding->rows.seen[SOURCE];
	finding->count = job->count;
	finding->digest = DIGEST_AUTO;
	if (by_digest[DIGEST_STREAM])
		finding->digest = DIGEST_STREAM;
	if (by_digest[DIGEST_SERVER] > by_digest[DIGEST_STREAM])
		finding->digest = DIGEST_SERVER;
	if (finding->read == READ_NONE && !job->ranges.count) {
		finding->verdict = VERDICT_EQUAL;
	} else if (job->error.code || undone || !job->ranges.count) {
		finding->verdict = VERDICT_INCOMPLETE;
		finding->skipped = incomplete_reason(job, undone);
	} else if (total(finding) || finding->difference_count) {
		finding->verdict = VERDICT_DIFFERENT;
	} else {
		finding->verdict = VERDICT_EQUAL;
	}
}

static bool is_overfull(const struct job *job)
{
	for (size_t i = 0; i < job->ranges.count; i++)
		if (job->found[i].is_overfull)
			return true;
	return false;
}

bool job_reopen(struct job *job, const struct talk *talk)
{
	if (job->error.code || !job->ranges.count || (!total(&job->finding)))
		return false;
	if (is_overfull(job)) {
		talk_note(talk,
			  "%s.%s has too many differences to look at each "
			  "again; they count as they are",
			  job->finding.database[SOURCE], job->finding.table);
		return false;
	}
	vec_truncate(&job->known, 0);
	for (size_t i = 0; i < job->ranges.count; i++) {
		struct range_finding *found = &job->found[i];

		for (size_t k = 0; k < found->known.count; k++)
			*(uint64_t *)vec_push(&job->known) = *(
				const uint64_t *)vec_at(&found->known, k);
		found->is_done = !range_finding_changes(found);
	}
	identities_sort(&job->known);
	job->next = 0;
	job->owner = NULL;
	job->state = JOB_READY;
	job->started_ns = clock_ns();
	return true;
}

/* What was read in part, or not at all, is planned again, as a whole. */
static bool read_all(struct job *job)
{
	job->finding.read = READ_ALL;
	job->finding.rows_unread = 0;
	job->finding.rows_source = 0;
	job->named = NULL;
	job->keys = NULL;
	for (size_t i = 0; i < job->ranges.count; i++)
		range_finding_release(&job->found[i]);
	vec_truncate(&job->ranges, 0);
	vec_truncate(&job->known, 0);
	job->next = 0;
	job->owner = NULL;
	job->state = JOB_WAITING;
	return true;
}

bool job_redo(struct job *job, bool all, const struct job_context *context,
	      const struct server *target)
{
	bool is_any = false;

	if (job->error.code)
		return false;
	if (all && job->finding.read != READ_ALL)
		return read_all(job);
	for (size_t i = 0; i < job->ranges.count; i++) {
		struct range_finding *found = &job->found[i];

		found->is_done = !all && !range_finding_changes(found);
		is_any = is_any || !found->is_done;
	}
	if (!is_any)
		return false;
	const struct image *image = job->subject.image;

	job->keys = all || !image || image->refusal
			    ? NULL
			    : row_sql_make(image,
					   job->subject.pair->database[TARGET],
					   target, job->arena);
	/* what is read in part is not what can be counted */
	if (all)
		count_begin(job, context);
	vec_truncate(&job->known, 0);
	job->next = 0;
	job->owner = NULL;
	job->state = JOB_READY;
	job->started_ns = clock_ns();
	return true;
}

void job_release(struct job *job)
{
	for (size_t i = 0; job->found && i < job->ranges.count; i++)
		range_finding_release(&job->found[i]);
	vec_release(&job->ranges);
	vec_release(&job->known);
	arena_drop(&job->arena);
}
