/*
 * tile.c - see tile.h.
 *
 *	level 0	the whole table             first and last key: 2 index dives
 *	        cut into up to 16           interpolation, here
 *	        how many rows in each?      one EXPLAIN of a UNION ALL
 *	level 1	those that are too large: the same again, all in one statement
 *	…	until none is, or nothing changes, or LEVELS
 *	end	neighbours that are small together become one
 *
 * Dense integers need level 0 only, cut at once into as many as wanted.
 *
 * The questions go to the side with more rows: it has the more work.  Rows of
 * the other side that lie outside are in the first and the last range.
 *
 * Bounds of text are in the order of an alphabet that is ours; both servers
 * confirm that it is theirs too, or the cut is given up.  A bound out of order
 * would put rows into no range or into two, and so would one that is misread:
 * in the end the rows on both sides of each bound are asked for
 * (bound_proof.h).
 */
#include "dbsync/data/tile.h"

#include "bound_proof.h"
#include "ends.h"
#include "join.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"

#include <stdlib.h>

enum {
	LEVELS = 14,
	PIECES = 16, /* of one range on one level */
	BATCH = 24,  /* ranges asked about in one statement */
	MOST_RANGES = 4096,
	DENSE = 4, /* key values per row, at most, to be dense */
};

struct tiler {
	const struct link *link;
	const struct subject *subject;
	const struct projection *projection; /* of the side that is asked */
	struct conn *conn;                   /* likewise */
	struct arena *arena;
};

/* ------------------------------------------------------------------------
 * Asking a server
 * --------------------------------------------------------------------- */

/* The ends of count (at most BATCH) ranges, in one statement. */
static enum dbs_rc find_ends(const struct tiler *tiler,
			     const struct range *ranges, size_t count,
			     struct ends *out, struct dbs_error *err)
{
	const struct pair *pair = tiler->subject->pair;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(buf_release) struct buf form = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	ends_form(&form, pair);
	for (size_t i = 0; i < count; i++) {
		ends_add(&sql, pair, tiler->projection, &ranges[i], i, false);
		ends_add(&sql, pair, tiler->projection, &ranges[i], i, true);
	}
	enum dbs_rc rc = conn_fetch(tiler->conn, sql.data, form.data, &rows,
				    err);
	const struct ends_answer answer = {pair, rows, count};

	return rc ? rc : ends_take(&answer, tiler->arena, out, err);
}

/* Sets the rows of count (at most BATCH) ranges to what EXPLAIN expects. */
static enum dbs_rc estimate(const struct tiler *tiler, struct range *ranges,
			    size_t count, struct dbs_error *err)
{
	const struct server *server = conn_server(tiler->conn);
	const size_t column = server->has_explain_partitions ? 9 : 8;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	for (size_t i = 0; i < count; i++) {
		OWNED(buf_release) struct buf condition = BUF_INIT;

		range_condition(&condition, tiler->projection, &ranges[i]);
		buf_addf(&sql, "%s(SELECT 1%s",
			 i ? " UNION ALL " : "EXPLAIN FORMAT=TRADITIONAL ",
			 tiler->projection->from);
		projection_where(&sql, tiler->projection, condition.data);
		buf_adds(&sql, ")");
	}
	enum dbs_rc rc = conn_fetch(
		tiler->conn, sql.data,
		server->has_explain_partitions ? "TTTTTTTTTT*" : "TTTTTTTTT*",
		&rows, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < count && i < rows_count(rows); i++) {
		const char *text = rows_text(rows, i, column);

		ranges[i].rows = text ? strtoull(text, NULL, 10) : 0;
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Cutting
 * --------------------------------------------------------------------- */

static void add_range(struct vec *out, const struct bound *low,
		      const struct bound *high, uint64_t rows)
{
	*(struct range *)vec_push(out) = (struct range){low, high, rows};
}

/* Appends the pieces of range to out: itself when it cannot be cut. */
static enum dbs_rc cut_between(const struct tiler *tiler,
			       const struct range *range, struct ends ends,
			       size_t pieces, struct vec *out,
			       struct dbs_error *err)
{
	const struct bound *bounds = NULL;
	bool ascend = false;
	size_t count = ends.first.texts && pieces > 1
			       ? range_cut(tiler->subject->pair, ends.first,
					   ends.last, pieces - 1, tiler->arena,
					   &bounds)
			       : 0;

	if (count) {
		enum dbs_rc rc = bounds_ascend(tiler->link, tiler->subject,
					       bounds, count, &ascend, err);

		if (rc)
			return rc;
	}
	if (!ascend)
		count = 0;
	const uint64_t each = range->rows / (count + 1);

	for (size_t i = 0; i <= count; i++)
		add_range(out, i ? &bounds[i - 1] : range->low,
			  i < count ? &bounds[i] : range->high, each);
	return DBS_OK;
}

static size_t pieces_for(const struct range *range, uint64_t rows_each,
			 size_t most)
{
	const uint64_t pieces = range->rows / rows_each + 1;

	return pieces < most ? pieces : most;
}

/* Cuts the too large ones among count ranges (one batch); out gets all. */
static enum dbs_rc cut_batch(const struct tiler *tiler,
			     const struct range *ranges, size_t count,
			     uint64_t rows_each, struct vec *out,
			     struct dbs_error *err)
{
	struct ends ends[BATCH];
	enum dbs_rc rc = find_ends(tiler, ranges, count, ends, err);

	for (size_t i = 0; i < count && !rc; i++) {
		const size_t before = out->count;

		rc = cut_between(tiler, &ranges[i], ends[i],
				 pieces_for(&ranges[i], rows_each, PIECES), out,
				 err);
		if (rc || out->count == before + 1)
			continue;
		rc = estimate(tiler, vec_at(out, before), out->count - before,
			      err);
	}
	return rc;
}

static bool is_too_large(const struct range *range, uint64_t rows_each)
{
	return range->rows > rows_each * 2;
}

/* One level over all ranges of from; *changed_out says whether any was cut. */
static enum dbs_rc cut_level(const struct tiler *tiler, const struct vec *from,
			     uint64_t rows_each, struct vec *out,
			     struct dbs_error *err)
{
	for (size_t i = 0; i < from->count;) {
		const struct range *ranges = vec_at(from, i);
		size_t count = 0;
		enum dbs_rc rc = DBS_OK;

		if (!is_too_large(ranges, rows_each)) {
			add_range(out, ranges->low, ranges->high, ranges->rows);
			i++;
			continue;
		}
		while (i + count < from->count && count < BATCH &&
		       is_too_large(&ranges[count], rows_each))
			count++;
		rc = cut_batch(tiler, ranges, count, rows_each, out, err);
		if (rc)
			return rc;
		i += count;
	}
	return DBS_OK;
}

static bool is_small(const void *context, const struct range *last,
		     const struct range *next, size_t i)
{
	const uint64_t *rows_each = context;

	(void)i;
	return last->rows + next->rows <= *rows_each;
}

static bool is_dense(const struct pair *pair, struct ends ends, uint64_t rows)
{
	if (!ends.first.texts || pair->key_count != 1 ||
	    pair->key[0].order != ORDER_INTEGER)
		return false;
	const long double first = strtold(ends.first.texts[0], NULL);
	const long double last = strtold(ends.last.texts[0], NULL);

	return last - first < (long double)rows * DENSE;
}

static enum dbs_rc refine(const struct tiler *tiler, uint64_t rows_each,
			  struct vec *ranges, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (int level = 0; level < LEVELS && !rc; level++) {
		struct vec next = VEC_INIT(struct range);
		const size_t before = ranges->count;

		if (before >= MOST_RANGES)
			break;
		rc = cut_level(tiler, ranges, rows_each, &next, err);
		if (rc) {
			vec_release(&next);
			break;
		}
		vec_release(ranges);
		*ranges = next;
		if (ranges->count == before)
			break;
	}
	join_ranges(ranges, is_small, &rows_each);
	return rc;
}

/* Whatever reads these ranges has to notice. */
static void lose_first(const struct vec *ranges)
{
	struct range *first = vec_at(ranges, 0);

	first->low = first->high;
}

static void choose_side(struct tiler *tiler)
{
	const struct subject *subject = tiler->subject;
	const bool is_target = subject->pair->table[TARGET]->rows >
			       subject->pair->table[SOURCE]->rows;

	tiler->conn = is_target ? tiler->link->conn[TARGET]
				: tiler->link->conn[SOURCE];
	tiler->projection = is_target ? subject->projection[TARGET]
				      : subject->projection[SOURCE];
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

enum dbs_rc tile_plan(const struct link *link, const struct subject *subject,
		      uint64_t rows_each, struct arena *arena, struct vec *out,
		      struct dbs_error *err)
{
	const struct pair *pair = subject->pair;
	struct tiler tiler = {.link = link, .subject = subject, .arena = arena};
	const struct range whole = {.rows = larger(pair->table[SOURCE]->rows,
						   pair->table[TARGET]->rows)};
	struct ends ends;
	enum dbs_rc rc;

	choose_side(&tiler);
	if (!pair->is_native || !is_too_large(&whole, rows_each)) {
		add_range(out, NULL, NULL, whole.rows);
		return DBS_OK;
	}
	rc = find_ends(&tiler, &whole, 1, &ends, err);
	if (rc)
		return rc;
	if (is_dense(pair, ends, whole.rows))
		return cut_between(&tiler, &whole, ends,
				   pieces_for(&whole, rows_each, MOST_RANGES),
				   out, err);
	add_range(out, NULL, NULL, whole.rows);
	rc = refine(&tiler, rows_each, out, err);
	if (!rc)
		rc = bounds_drop_misread(link, subject, out, err);
	if (!rc && out->count > 1 && fault_error(FAULT_DATA_BOUND))
		lose_first(out);
	return rc;
}

enum dbs_rc tile_cut(const struct link *link, const struct subject *subject,
		     const struct range *range, size_t pieces,
		     struct arena *arena, struct vec *out,
		     struct dbs_error *err)
{
	struct tiler tiler = {.link = link, .subject = subject, .arena = arena};
	struct ends ends = {{NULL, NULL}, {NULL, NULL}};
	enum dbs_rc rc = DBS_OK;

	choose_side(&tiler);
	if (subject->pair->is_native)
		rc = find_ends(&tiler, range, 1, &ends, err);
	return rc ? rc : cut_between(&tiler, range, ends, pieces, out, err);
}
