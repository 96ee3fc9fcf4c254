/* count.c - see count.h. */
#include "count.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>

static bool has_doubtful_bound(const struct job *job)
{
	for (size_t i = 1; i < job->ranges.count; i++) {
		const struct range *range = vec_at(&job->ranges, i);

		if (!range_is_plain(job->subject.pair, range->low))
			return true;
	}
	return false;
}

void count_begin(struct job *job, const struct job_context *context)
{
	const struct pair *pair = job->subject.pair;

	if (!has_doubtful_bound(job))
		job->count = COUNT_UNNEEDED;
	else if (context->request->no_snapshot ||
		 !table_is_transactional(pair->source) ||
		 !table_is_transactional(pair->target))
		job->count = COUNT_UNGUARDED;
	else
		job->count = COUNT_WANTED;
}

static void add_count(struct buf *sql, const struct pair *pair, bool is_source)
{
	buf_adds(sql, "SELECT COUNT(*) FROM ");
	quote_table(sql,
		    is_source ? pair->source_database : pair->target_database,
		    is_source ? pair->source->name : pair->target->name);
	if (pair->where)
		buf_addf(sql, " WHERE (%s)", pair->where);
}

static uint64_t number_of(const struct rows *rows)
{
	return strtoull(rows_text(rows, 0, 0), NULL, 10);
}

enum dbs_rc count_ask(struct job *job, const struct link *link,
		      struct dbs_error *err)
{
	OWNED(buf_release) struct buf source = BUF_INIT;
	OWNED(buf_release) struct buf target = BUF_INIT;
	OWNED(rows_drop) struct rows *source_rows = NULL;
	OWNED(rows_drop) struct rows *target_rows = NULL;

	add_count(&source, job->subject.pair, true);
	add_count(&target, job->subject.pair, false);
	enum dbs_rc rc = conn_fetch_both(link->source, source.data,
					 &source_rows, link->target,
					 target.data, &target_rows, err);

	if (!rc)
		job->counted = (struct tally){number_of(source_rows),
					      number_of(target_rows)};
	return rc;
}

/* What the ranges hold; false: one of them has no verdict. */
static bool sum_of(const struct job *job, struct tally *out)
{
	struct tally sum = {0, 0};

	for (size_t i = 0; i < job->ranges.count; i++) {
		if (!job->found[i].is_done)
			return false;
		sum.source += job->found[i].rows.source;
		sum.target += job->found[i].rows.target;
	}
	*out = sum;
	return true;
}

static void complain(struct job *job, const char *side, uint64_t counted,
		     uint64_t read)
{
	(void)dbs_fail(&job->error, DBS_E_UNKNOWN,
		       "the %s has %" PRIu64 " rows, and %" PRIu64
		       " of them were read in %zu ranges: it does not read a "
		       "bound of its keys as it was meant",
		       side, counted, read, job->ranges.count);
}

void count_judge(struct job *job, bool is_one_view)
{
	struct tally sum;

	if (job->count != COUNT_DONE)
		return;
	if (!is_one_view || job->error.code || !sum_of(job, &sum)) {
		job->count = COUNT_UNGUARDED;
		return;
	}
	job->count = COUNT_SAME;
	if (sum.source != job->counted.source)
		complain(job, "source", job->counted.source, sum.source);
	else if (sum.target != job->counted.target)
		complain(job, "target", job->counted.target, sum.target);
}
