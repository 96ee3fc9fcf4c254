/* count.c - see count.h. */
#include "count.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_count.h"

void count_begin(struct job *job, const struct job_context *context)
{
	const struct pair *pair = job->subject.pair;

	if (!row_count_is_needed(pair, &job->ranges))
		job->count = COUNT_UNNEEDED;
	else if (context->request->no_snapshot ||
		 !table_is_transactional(pair->source) ||
		 !table_is_transactional(pair->target))
		job->count = COUNT_UNGUARDED;
	else
		job->count = COUNT_WANTED;
}

enum dbs_rc count_ask(struct job *job, const struct link *link,
		      struct dbs_error *err)
{
	OWNED(buf_release) struct buf source = BUF_INIT;
	OWNED(buf_release) struct buf target = BUF_INIT;
	OWNED(rows_drop) struct rows *source_rows = NULL;
	OWNED(rows_drop) struct rows *target_rows = NULL;

	row_count_sql(&source, job->subject.pair, true);
	row_count_sql(&target, job->subject.pair, false);
	enum dbs_rc rc = conn_fetch_both(link->source, source.data,
					 &source_rows, link->target,
					 target.data, &target_rows, "1n", err);

	struct tally counted = {0, 0};

	if (!rc)
		rc = rows_number(source_rows, 0, 0, &counted.source, err);
	if (!rc)
		rc = rows_number(target_rows, 0, 0, &counted.target, err);
	if (!rc)
		job->counted = counted;
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

void count_judge(struct job *job, bool is_one_view)
{
	struct tally sum;

	if (job->count != COUNT_DONE)
		return;
	if (!is_one_view || job->error.code || !sum_of(job, &sum)) {
		job->count = COUNT_UNGUARDED;
		return;
	}
	const size_t ranges = job->ranges.count;

	job->count = COUNT_SAME;
	if (!row_count_judge(DBS_SIDE_SOURCE, job->counted.source, sum.source,
			     ranges, &job->error))
		(void)row_count_judge(DBS_SIDE_TARGET, job->counted.target,
				      sum.target, ranges, &job->error);
}
