/*
 * compare_rows.c - tables without a key: multisets of rows.
 *
 * There is no order to merge by, so every row becomes a hash of what it means,
 * and the hashes of both sides are compared as sorted lists with counts:
 *
 *	1 (with digests) count and sum of digests on both servers: equal? done
 *	2 stream both sides, in any order ──▶ two spills
 *	3 part by part, sorted: a hash that one side has more often is so many
 *	  inserts or deletes
 *	4 for those whose rows are wanted, stream again and show them
 *
 * An update is an insert and a delete here: without a key nothing says that
 * the two rows are one.  Under SUM, unlike BIT_XOR, pairs of equal rows do not
 * cancel out.
 */
#include "dbsync/data/compare.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_hash.h"
#include "dbsync/data/spill.h"
#include "dbsync/data/wires.h"

#include <stdlib.h>
#include <string.h>

enum {
	SPILL_BYTES = 8 * 1024 * 1024, /* of each side */
	LOOK_EVERY = 512,
	WANTED_MOST = 65536, /* so many hashes are looked for at once */
};

/* A hash whose rows are to be shown, and how many of them still. */
struct wanted {
	struct hash hash;
	enum change_kind kind;
	uint64_t left;
	uint64_t rows[SIDES]; /* 0, both: a row of it was shown */
};

struct work {
	struct compare *compare;
	struct spill *spill[SIDES];
	struct vec wanted; /* struct wanted, ascending */
	size_t shown;      /* hashes that were wanted before these */
	struct buf scratch;
};

static void work_release(struct work *work)
{
	spill_drop(&work->spill[SOURCE]);
	spill_drop(&work->spill[TARGET]);
	vec_release(&work->wanted);
	buf_release(&work->scratch);
}

/* ------------------------------------------------------------------------
 * 1 Digests
 * --------------------------------------------------------------------- */

static void sum_sql(const struct projection *projection, struct buf *sql)
{
	buf_addf(sql, "SELECT %s%s", projection->sum, projection->from);
	projection_where(sql, projection, NULL);
}

static bool same_cell(const struct rows *a, const struct rows *b, size_t column)
{
	const char *left = rows_text(a, 0, column);
	const char *right = rows_text(b, 0, column);

	/* the sum of no rows is NULL; the counts have been compared */
	return left && right ? !strcmp(left, right) : left == right;
}

static enum dbs_rc sums_equal(struct compare *compare, bool *out,
			      struct dbs_error *err)
{
	const struct subject *subject = compare->subject;
	OWNED(buf_release) struct buf source = BUF_INIT;
	OWNED(buf_release) struct buf target = BUF_INIT;
	OWNED(rows_drop) struct rows *source_rows = NULL;
	OWNED(rows_drop) struct rows *target_rows = NULL;

	sum_sql(subject->projection[SOURCE], &source);
	sum_sql(subject->projection[TARGET], &target);
	enum dbs_rc rc = conn_fetch_both(compare->link->conn[SOURCE],
					 source.data, &source_rows,
					 compare->link->conn[TARGET],
					 target.data, &target_rows, "1nT", err);
	uint64_t count = 0;

	if (!rc)
		rc = rows_number(source_rows, 0, 0, &count, err);
	if (rc)
		return rc;
	*out = same_cell(source_rows, target_rows, 0) &&
	       same_cell(source_rows, target_rows, 1);
	if (*out) {
		compare->tally.seen[SOURCE] = count;
		compare->tally.seen[TARGET] = count;
		atomic_fetch_add(&compare->meter->rows, count);
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * 2 Streaming
 * --------------------------------------------------------------------- */

typedef enum dbs_rc see_row(struct work *work, const struct row *row,
			    enum side side, struct hash hash,
			    struct dbs_error *err);

static enum dbs_rc each_row(struct work *work, enum side side, see_row *see,
			    struct dbs_error *err)
{
	struct compare *compare = work->compare;
	const struct subject *subject = compare->subject;
	const struct projection *projection = subject->projection[side];
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	struct packet packet;
	bool more = false;

	buf_adds(&sql, projection->select);
	projection_where(&sql, projection, NULL);
	enum dbs_rc rc = conn_stream(compare->link->conn[side], sql.data,
				     projection->width, &stream, err);

	if (!rc)
		rc = wires_check_pair(stream, subject->pair, side, err);
	if (rc)
		return rc;
	row_begin(&row, stream);
	for (uint64_t i = 1;; i++) {
		rc = stream_next(stream, &packet, &more, err);
		if (rc || !more)
			return rc;
		rc = row_read(&row, stream, &packet, err);
		if (!rc)
			rc = compare_check_long(subject->pair, &row, side, err);
		if (!rc)
			rc = see(work, &row, side,
				 row_hash(subject->pair, &row, side,
					  &work->scratch),
				 err);
		if (!rc && i % LOOK_EVERY == 0)
			rc = cancel_check(compare->cancel, err);
		if (rc)
			return rc;
	}
}

static enum dbs_rc keep_hash(struct work *work, const struct row *row,
			     enum side side, struct hash hash,
			     struct dbs_error *err)
{
	struct compare *compare = work->compare;

	(void)row;
	if (side == SOURCE) {
		compare->tally.seen[SOURCE]++;
		atomic_fetch_add_explicit(&compare->meter->rows, 1,
					  memory_order_relaxed);
	} else {
		compare->tally.seen[TARGET]++;
	}
	return spill_add(work->spill[side], hash, err);
}

/* ------------------------------------------------------------------------
 * 3 Showing rows
 * --------------------------------------------------------------------- */

static enum dbs_rc show_wanted(struct work *work, const struct row *row,
			       enum side side, struct hash hash,
			       struct dbs_error *err)
{
	const struct sink *sink = work->compare->sink;
	struct wanted *wanted = bsearch(&hash, work->wanted.items,
					work->wanted.count, sizeof(*wanted),
					hash_order);
	const enum change_kind kind = side == SOURCE ? CHANGE_INSERT
						     : CHANGE_DELETE;

	if (!wanted || wanted->kind != kind || !wanted->left)
		return DBS_OK;
	wanted->left--;
	const struct change change = {
		.kind = kind,
		.identity = hash.low,
		.rows[SOURCE] = wanted->rows[SOURCE],
		.rows[TARGET] = wanted->rows[TARGET],
		.row[SOURCE] = side == SOURCE ? row : NULL,
		.row[TARGET] = side == SOURCE ? NULL : row,
	};

	wanted->rows[SOURCE] = 0;
	wanted->rows[TARGET] = 0;
	return sink->take(sink->self, work->compare->subject, &change, err);
}

static enum dbs_rc show_all(struct work *work, struct dbs_error *err)
{
	enum dbs_rc rc = each_row(work, SOURCE, show_wanted, err);

	if (!rc)
		rc = each_row(work, TARGET, show_wanted, err);
	work->shown += work->wanted.count;
	vec_truncate(&work->wanted, 0);
	return rc;
}

/* ------------------------------------------------------------------------
 * 4 Comparing the spills
 * --------------------------------------------------------------------- */

static enum dbs_rc judge(struct work *work, struct hash hash, uint64_t source,
			 uint64_t target, struct dbs_error *err)
{
	const struct sink *sink = work->compare->sink;
	const bool is_insert = source > target;
	const struct change change = {
		.kind = is_insert ? CHANGE_INSERT : CHANGE_DELETE,
		.identity = hash.low,
		.count = is_insert ? source - target : target - source,
	};
	enum dbs_rc rc = DBS_OK;

	if (source == target)
		return DBS_OK;
	if (work->wanted.count == WANTED_MOST)
		rc = show_all(work, err);
	if (rc)
		return rc;
	if (work->shown + work->wanted.count < sink->rows_wanted)
		*(struct wanted *)vec_push(&work->wanted) = (struct wanted){
			hash, change.kind, change.count, {source, target}};
	return sink->take(sink->self, work->compare->subject, &change, err);
}

/* How many hashes from *at on are equal to hash; moves *at behind them. */
static uint64_t run_of(const struct vec *hashes, size_t *at, struct hash hash)
{
	const size_t start = *at;

	while (*at < hashes->count && !hash_order(vec_at(hashes, *at), &hash))
		++*at;
	return *at - start;
}

static struct hash lesser(const struct vec *a, size_t i, const struct vec *b,
			  size_t j)
{
	const struct hash *left = i < a->count ? vec_at(a, i) : NULL;
	const struct hash *right = j < b->count ? vec_at(b, j) : NULL;

	if (!right || (left && hash_order(left, right) <= 0))
		return *left;
	return *right;
}

static enum dbs_rc compare_part(struct work *work, unsigned part,
				struct dbs_error *err)
{
	OWNED(vec_release) struct vec source = VEC_INIT(struct hash);
	OWNED(vec_release) struct vec target = VEC_INIT(struct hash);
	enum dbs_rc rc = spill_sort(work->spill[SOURCE], part, &source, err);
	size_t i = 0;
	size_t j = 0;

	if (!rc)
		rc = spill_sort(work->spill[TARGET], part, &target, err);
	while (!rc && (i < source.count || j < target.count)) {
		const struct hash hash = lesser(&source, i, &target, j);
		const uint64_t sources = run_of(&source, &i, hash);
		const uint64_t targets = run_of(&target, &j, hash);

		rc = judge(work, hash, sources, targets, err);
	}
	return rc;
}

enum dbs_rc compare_rows(struct compare *compare, bool is_digest,
			 struct dbs_error *err)
{
	OWNED(work_release) struct work work = {
		.compare = compare,
		.spill[SOURCE] = spill_new(SPILL_BYTES),
		.spill[TARGET] = spill_new(SPILL_BYTES),
		.wanted = VEC_INIT(struct wanted),
		.scratch = BUF_INIT,
	};
	bool is_equal = false;
	enum dbs_rc rc = DBS_OK;

	if (is_digest)
		rc = sums_equal(compare, &is_equal, err);
	if (rc || is_equal)
		return rc;
	rc = each_row(&work, SOURCE, keep_hash, err);
	if (!rc)
		rc = each_row(&work, TARGET, keep_hash, err);
	for (unsigned part = 0; part < SPILL_PARTS && !rc; part++)
		rc = compare_part(&work, part, err);
	return rc || !work.wanted.count ? rc : show_all(&work, err);
}
