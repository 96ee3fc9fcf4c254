/*
 * compare_server.c - let the servers digest, and read only what differs.
 *
 *	digest of the range on both sides, at the same time
 *	  equal (count and digest) ─▶ equal, its rows are counted
 *	  small                    ─▶ stream it
 *	  else cut it, digest all pieces in one statement a side,
 *	  and do the same for each piece that differs
 *
 * What is not equal by digest is never called different by it: the stream at
 * the end decides, row by row, so both digests give the same answer.
 */
#include "dbsync/data/compare.h"

#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/tile.h"

#include <string.h>

enum {
	MOST_PIECES = 64,
	DEEPEST = 6, /* pieces of pieces; 64 each time should do */
	SMALL_ROWS = 64,
	CONDITION_BYTES = 4096, /* of SQL for the bounds of a range */
};

struct digest {
	uint64_t count;
	const char *value; /* of rows that live as long as the answer */
};

struct answer {
	struct rows *rows[SIDES];
};

static void answer_release(struct answer *answer)
{
	rows_drop(&answer->rows[SOURCE]);
	rows_drop(&answer->rows[TARGET]);
}

static void add_digests(struct buf *sql, const struct projection *projection,
			const struct vec *ranges)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct range *range = vec_at(ranges, i);
		OWNED(buf_release) struct buf condition = BUF_INIT;

		if (range->low || range->high)
			range_condition(&condition, projection, range);
		buf_addf(sql, "%sSELECT %zu, %s%s", i ? " UNION ALL " : "", i,
			 projection->digest, projection->from);
		projection_where(sql, projection,
				 condition.length ? condition.data : NULL);
	}
}

static enum dbs_rc ask(struct compare *compare, const struct vec *ranges,
		       struct answer *out, struct dbs_error *err)
{
	const struct link *link = compare->link;
	OWNED(buf_release) struct buf source = BUF_INIT;
	OWNED(buf_release) struct buf target = BUF_INIT;

	add_digests(&source, compare->subject->projection[SOURCE], ranges);
	add_digests(&target, compare->subject->projection[TARGET], ranges);
	enum dbs_rc rc = conn_fetch_both(link->conn[SOURCE], source.data,
					 &out->rows[SOURCE], link->conn[TARGET],
					 target.data, &out->rows[TARGET], "nnT",
					 err);

	if (!rc && (rows_count(out->rows[SOURCE]) != ranges->count ||
		    rows_count(out->rows[TARGET]) != ranges->count))
		rc = dbs_fail(err, DBS_E_STRANGE,
			      "%zu digests were requested, %zu and %zu "
			      "received",
			      ranges->count, rows_count(out->rows[SOURCE]),
			      rows_count(out->rows[TARGET]));
	return rc;
}

/* UNION ALL keeps no order that is promised: the first column numbers it. */
static enum dbs_rc digest_of(const struct rows *rows, size_t number,
			     struct digest *out, struct dbs_error *err)
{
	const size_t count = rows_count(rows);
	size_t is = count;

	for (size_t row = 0; row < count; row++) {
		const size_t at = (row + number) % count;
		enum dbs_rc rc = rows_place(rows, at, count, &is, err);

		if (rc)
			return rc;
		if (is != number)
			continue;
		out->value = rows_text(rows, at, 2);
		return rows_number(rows, at, 1, &out->count, err);
	}
	return dbs_fail(err, DBS_E_STRANGE,
			"the server's answer lacks a requested digest");
}

static bool same_digest(struct digest a, struct digest b)
{
	return a.count == b.count && a.value && b.value &&
	       !strcmp(a.value, b.value);
}

static void count_equal(struct compare *compare, uint64_t rows)
{
	const uint64_t bytes = rows *
			       compare->subject->pair->table[SOURCE]->row_bytes;

	compare->tally.seen[SOURCE] += rows;
	compare->tally.seen[TARGET] += rows;
	atomic_fetch_add_explicit(&compare->meter->rows, rows,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&compare->meter->bytes, bytes,
				  memory_order_relaxed);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t range_bytes(const struct compare *compare,
			    const struct range *range)
{
	const struct pair *pair = compare->subject->pair;

	return range->rows * larger(pair->table[SOURCE]->row_bytes,
				    pair->table[TARGET]->row_bytes);
}

static bool is_small(const struct compare *compare, const struct range *range)
{
	return range->rows <= SMALL_ROWS ||
	       range_bytes(compare, range) <= 2 * compare->leaf_bytes;
}

/* How many digests one statement may have (max_allowed_packet). */
static size_t statement_pieces(const struct compare *compare)
{
	const struct projection *source = compare->subject->projection[SOURCE];
	const uint64_t limit =
		conn_packet_limit(compare->link->conn[SOURCE]) <
				conn_packet_limit(compare->link->conn[TARGET])
			? conn_packet_limit(compare->link->conn[SOURCE])
			: conn_packet_limit(compare->link->conn[TARGET]);
	const size_t each = strlen(source->digest) + strlen(source->from) +
			    (source->where ? strlen(source->where) : 0) +
			    CONDITION_BYTES;

	return limit / 2 / each;
}

/* So many that each can be streamed, were they all to differ. */
static size_t pieces_for(const struct compare *compare,
			 const struct range *range)
{
	const size_t most = statement_pieces(compare);
	const uint64_t pieces =
		range_bytes(compare, range) / compare->leaf_bytes + 2;

	if (pieces > most)
		return most;
	return pieces < MOST_PIECES ? pieces : MOST_PIECES;
}

static enum dbs_rc narrow(struct compare *compare, const struct range *range,
			  struct tally counted, struct dbs_error *err);

/* What a server counted in all ranges. */
static enum dbs_rc count_all(const struct rows *rows, uint64_t *out,
			     struct dbs_error *err)
{
	uint64_t number = 0;
	enum dbs_rc rc = DBS_OK;

	for (size_t row = 0; row < rows_count(rows) && !rc; row++) {
		rc = rows_number(rows, row, 1, &number, err);
		*out += number;
	}
	return rc;
}

static enum dbs_rc compare_each(struct compare *compare, struct vec *ranges,
				const struct answer *answer,
				struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < ranges->count && !rc; i++) {
		struct range *range = vec_at(ranges, i);
		struct digest source = {0};
		struct digest target = {0};

		rc = cancel_check(compare->cancel, err);
		if (!rc)
			rc = digest_of(answer->rows[SOURCE], i, &source, err);
		if (!rc)
			rc = digest_of(answer->rows[TARGET], i, &target, err);
		if (rc)
			break;
		if (same_digest(source, target)) {
			count_equal(compare, source.count);
			continue;
		}
		const struct tally counted = {{source.count, target.count}};

		range->rows = larger(source.count, target.count);
		rc = narrow(compare, range, counted, err);
	}
	return rc;
}

/*
 * Pieces hold the rows that the whole was counted to have, or their bounds are
 * not read as they are meant; then there are no pieces.  (Nor are there where
 * others write, and nothing is read in one view.)
 */
static enum dbs_rc compare_pieces(struct compare *compare,
				  const struct range *whole,
				  struct tally counted, struct vec *pieces,
				  struct dbs_error *err)
{
	OWNED(answer_release) struct answer answer = {{NULL, NULL}};
	enum dbs_rc rc = ask(compare, pieces, &answer, err);

	struct tally sum = {{0, 0}};

	if (!rc)
		rc = count_all(answer.rows[SOURCE], &sum.seen[SOURCE], err);
	if (!rc)
		rc = count_all(answer.rows[TARGET], &sum.seen[TARGET], err);
	if (rc)
		return rc;
	if (sum.seen[SOURCE] != counted.seen[SOURCE] ||
	    sum.seen[TARGET] != counted.seen[TARGET])
		return compare_stream(compare, whole, err);
	compare->depth++;
	rc = compare_each(compare, pieces, &answer, err);
	compare->depth--;
	return rc;
}

/* A range whose digests differ: into pieces, or row by row. */
static enum dbs_rc narrow(struct compare *compare, const struct range *range,
			  struct tally counted, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(vec_release) struct vec pieces = VEC_INIT(struct range);
	enum dbs_rc rc = DBS_OK;

	if (!is_small(compare, range) && compare->depth < DEEPEST)
		rc = tile_cut(compare->link, compare->subject, range,
			      pieces_for(compare, range), arena, &pieces, err);
	if (rc)
		return rc;
	if (pieces.count < 2)
		return compare_stream(compare, range, err);
	return compare_pieces(compare, range, counted, &pieces, err);
}

enum dbs_rc compare_server(struct compare *compare, const struct range *range,
			   struct dbs_error *err)
{
	OWNED(vec_release) struct vec one = VEC_INIT(struct range);
	OWNED(answer_release) struct answer answer = {{NULL, NULL}};

	*(struct range *)vec_push(&one) = *range;
	enum dbs_rc rc = ask(compare, &one, &answer, err);

	return rc ? rc : compare_each(compare, &one, &answer, err);
}
