/* count.c - see count.h. */
#include "count.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_count.h"

void count_begin(struct job *job, const struct job_context *context)
{
	const struct pair *pair = job->subject.pair;

	if (job->named || !row_count_is_needed(pair, &job->ranges))
		job->count = COUNT_UNNEEDED;
	else if (context->request->no_snapshot ||
		 !table_is_transactional(pair->table[SOURCE]) ||
		 !table_is_transactional(pair->table[TARGET]))
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

	row_count_sql(&source, job->subject.pair, SOURCE);
	row_count_sql(&target, job->subject.pair, TARGET);
	enum dbs_rc rc = conn_fetch_both(link->conn[SOURCE], source.data,
					 &source_rows, link->conn[TARGET],
					 target.data, &target_rows, "1n", err);

	struct tally counted = {{0, 0}};

	if (!rc)
		rc = rows_number(source_rows, 0, 0, &counted.seen[SOURCE], err);
	if (!rc)
		rc = rows_number(target_rows, 0, 0, &counted.seen[TARGET], err);
	if (!rc)
		job->counted = counted;
	return rc;
}

/* What the ranges hold; false: one of them has no verdict. */
static bool sum_of(const struct job *job, struct tally *out)
{
	struct tally sum = {{0, 0}};

	for (size_t i = 0; i < job->ranges.count; i++) {
		if (!job->found[i].is_done)
			return false;
		sum.seen[SOURCE] += job->found[i].rows.seen[SOURCE];
		sum.seen[TARGET] += job->found[i].rows.seen[TARGET];
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
	if (!row_count_judge(SOURCE, job->counted.seen[SOURCE],
			     sum.seen[SOURCE], ranges, &job->error))
		(void)row_count_judge(TARGET, job->counted.seen[TARGET],
				      sum.seen[TARGET], ranges, &job->error);
}
