/*
 * bound_proof.c - see bound_proof.h.
 *
 * The order of texts is asked of literals, each against the next.
 *
 * Whether a bound b is read well is asked of the rows, through the index that
 * the ranges are read by:
 *
 *	last row of key < b     the row before
 *	first row of key >= b   the row behind
 *	a row between the two?  it would be in neither part
 *
 * The two rows are values that the column holds, so nothing can be misread in
 * the third question.  Were both the same row, it would be in both parts.  All
 * bounds of a table are asked about in few statements, on both sides at once;
 * the user's WHERE is left out: it might hide the row that tells.
 */
#include "bound_proof.h"

#include "ends.h"
#include "join.h"

#include "dbsync/base/own.h"

#include <string.h>

enum { BATCH = 32 /* bounds in one statement */ };

/* ------------------------------------------------------------------------
 * Order
 * --------------------------------------------------------------------- */

static void add_step(struct buf *sql, const struct column *column,
		     const char *left, const char *right)
{
	buf_addf(sql, "%s(%s COLLATE %s < %s COLLATE %s)",
		 sql->length ? " AND " : "SELECT ", left, column->collation,
		 right, column->collation);
}

static void proof_sql(const struct pair *pair, enum side side,
		      const struct bound *bounds, size_t count, struct buf *sql)
{
	const struct pair_column *column =
		&pair->columns[pair->key[bounds->column].column];
	const struct column *own = column->on[side];

	add_step(sql, own, bounds[0].first, bounds[0].literal);
	for (size_t i = 1; i < count; i++)
		add_step(sql, own, bounds[i - 1].literal, bounds[i].literal);
	add_step(sql, own, bounds[count - 1].literal, bounds[0].last);
}

static bool says_yes(const struct rows *rows)
{
	const char *text = rows_count(rows) ? rows_text(rows, 0, 0) : NULL;

	return text && *text == '1';
}

enum dbs_rc bounds_ascend(const struct link *link,
			  const struct subject *subject,
			  const struct bound *bounds, size_t count, bool *out,
			  struct dbs_error *err)
{
	const struct pair *pair = subject->pair;
	OWNED(buf_release) struct buf source = BUF_INIT;
	OWNED(buf_release) struct buf target = BUF_INIT;
	OWNED(rows_drop) struct rows *source_rows = NULL;
	OWNED(rows_drop) struct rows *target_rows = NULL;

	*out = true;
	if (!range_needs_proof(pair, bounds->column))
		return DBS_OK;
	proof_sql(pair, SOURCE, bounds, count, &source);
	proof_sql(pair, TARGET, bounds, count, &target);
	enum dbs_rc rc = conn_fetch_both(link->conn[SOURCE], source.data,
					 &source_rows, link->conn[TARGET],
					 target.data, &target_rows, "1N", err);

	if (!rc)
		*out = says_yes(source_rows) && says_yes(target_rows);
	return rc;
}

/* ------------------------------------------------------------------------
 * The rows before and behind
 * --------------------------------------------------------------------- */

/* One side's answers about some bounds. */
struct asked {
	struct conn *conn;
	const struct pair *pair;
	struct projection projection; /* without the user's WHERE */
	struct arena *arena;
	struct buf sql;          /* the next question */
	struct rows *rows;       /* the last answer */
	struct ends ends[BATCH]; /* last: before the bound; first: behind it */
	bool is_misread[BATCH];
};

static void add_neighbours(struct asked *asked,
			   const struct bound *const *bounds, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct range below = {.high = bounds[i]};
		const struct range above = {.low = bounds[i]};

		ends_add(&asked->sql, asked->pair, &asked->projection, &below,
			 i, true);
		ends_add(&asked->sql, asked->pair, &asked->projection, &above,
			 i, false);
	}
}

static bool same_key(struct key_text a, struct key_text b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a.lengths[i] != b.lengths[i] ||
		    memcmp(a.texts[i], b.texts[i], a.lengths[i]) != 0)
			return false;
	return true;
}

/* Appends whether a row lies between the two that enclose bound i. */
static void add_gap(struct asked *asked, const struct bound *bound, size_t i)
{
	struct buf *sql = &asked->sql;
	const struct ends *ends = &asked->ends[i];
	const size_t columns = bound->column + 1;
	struct bound before;
	struct bound behind;
	struct range gap = {0};

	if (ends->last.texts) {
		before = range_at(asked->pair, ends->last, columns,
				  asked->arena);
		gap.low = &before;
	}
	if (ends->first.texts) {
		behind = range_at(asked->pair, ends->first, columns,
				  asked->arena);
		gap.high = &behind;
	}
	asked->is_misread[i] = gap.low && gap.high &&
			       same_key(ends->last, ends->first, columns);
	buf_addf(sql, "%sSELECT %zu, EXISTS(SELECT 1%s WHERE ",
		 sql->length ? " UNION ALL " : "", i, asked->projection.from);
	range_gap(sql, &asked->projection, &gap);
	buf_addc(sql, ')');
}

/* A bound of which nothing is said is not one that is read well. */
static enum dbs_rc take_gaps(struct asked *asked, size_t count,
			     struct dbs_error *err)
{
	bool is_told[BATCH] = {false};
	enum dbs_rc rc = DBS_OK;

	for (size_t row = 0; row < rows_count(asked->rows) && !rc; row++) {
		size_t i = 0;
		uint64_t is_gap = 0;

		rc = rows_place(asked->rows, row, count, &i, err);
		if (!rc)
			rc = rows_number(asked->rows, row, 1, &is_gap, err);
		is_told[i] = is_told[i] || !rc;
		if (is_gap)
			asked->is_misread[i] = true;
	}
	for (size_t i = 0; i < count && !rc; i++)
		if (!is_told[i])
			rc = dbs_fail(err, DBS_E_STRANGE,
				      "the server's answer lacks a requested "
				      "bound");
	return rc;
}

static struct asked asked_of(const struct link *link,
			     const struct subject *subject, enum side side,
			     struct arena *arena)
{
	struct asked asked = {
		.conn = link->conn[side],
		.pair = subject->pair,
		.projection = side == SOURCE ? *subject->projection[SOURCE]
					     : *subject->projection[TARGET],
		.arena = arena,
		.sql = BUF_INIT,
	};

	asked.projection.where = NULL;
	return asked;
}

/* Asks both sides what was written for each, at once, and forgets it. */
static enum dbs_rc ask_both(struct asked *asked, const char *form,
			    struct dbs_error *err)
{
	struct asked *source = &asked[0];
	struct asked *target = &asked[1];

	rows_drop(&source->rows);
	rows_drop(&target->rows);
	enum dbs_rc rc = conn_fetch_both(source->conn, source->sql.data,
					 &source->rows, target->conn,
					 target->sql.data, &target->rows, form,
					 err);

	buf_clear(&source->sql);
	buf_clear(&target->sql);
	return rc;
}

/* Sets is_misread of both sides for count (at most BATCH) bounds. */
static enum dbs_rc judge(struct asked *asked, const struct bound *const *bounds,
			 size_t count, struct dbs_error *err)
{
	OWNED(buf_release) struct buf form = BUF_INIT;

	ends_form(&form, asked->pair);
	for (size_t side = 0; side < 2; side++)
		add_neighbours(&asked[side], bounds, count);
	enum dbs_rc rc = ask_both(asked, form.data, err);

	for (size_t side = 0; side < 2 && !rc; side++) {
		const struct ends_answer answer = {asked[side].pair,
						   asked[side].rows, count};

		rc = ends_take(&answer, asked[side].arena, asked[side].ends,
			       err);
		for (size_t i = 0; i < count && !rc; i++)
			add_gap(&asked[side], bounds[i], i);
	}
	if (!rc)
		rc = ask_both(asked, "nn", err);
	for (size_t side = 0; side < 2 && !rc; side++)
		rc = take_gaps(&asked[side], count, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Ranges
 * --------------------------------------------------------------------- */

/* The next bounds that want a proof, from range *at on; their ranges. */
static size_t take_bounds(const struct pair *pair, const struct vec *ranges,
			  size_t *at, const struct bound **bounds,
			  size_t *places)
{
	size_t count = 0;

	for (; *at < ranges->count && count < BATCH; ++*at) {
		const struct range *range = vec_at(ranges, *at);

		if (!range->low || range_is_plain(pair, range->low))
			continue;
		bounds[count] = range->low;
		places[count++] = *at;
	}
	return count;
}

static bool is_misread(const void *context, const struct range *last,
		       const struct range *next, size_t i)
{
	const bool *misread = context;

	(void)last;
	(void)next;
	return misread[i];
}

static void asked_release(struct asked *asked)
{
	buf_release(&asked->sql);
	rows_drop(&asked->rows);
}

enum dbs_rc bounds_drop_misread(const struct link *link,
				const struct subject *subject,
				struct vec *ranges, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(mem_drop) bool *is_joined = mem_zero(ranges->count + 1,
						   sizeof(*is_joined));
	struct asked asked[2] = {asked_of(link, subject, SOURCE, arena),
				 asked_of(link, subject, TARGET, arena)};
	const struct bound *bounds[BATCH];
	size_t places[BATCH];
	enum dbs_rc rc = DBS_OK;

	for (size_t at = 0, count = 1; count && !rc;) {
		count = take_bounds(subject->pair, ranges, &at, bounds, places);
		if (count)
			rc = judge(asked, bounds, count, err);
		for (size_t i = 0; i < count && !rc; i++)
			is_joined[places[i]] = asked[0].is_misread[i] ||
					       asked[1].is_misread[i];
	}
	if (!rc)
		join_ranges(ranges, is_misread, is_joined);
	asked_release(&asked[0]);
	asked_release(&asked[1]);
	return rc;
}
