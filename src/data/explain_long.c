/*
 * explain_long.c - where two values part that the walk knows as hashes; see
 * explain_part.h.
 *
 * Values of any size stay on their servers: halves are asked for their hashes
 * until a piece is left that is small enough to be fetched.
 */
#include "explain_part.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { PIECE = 4096, AROUND = 64 };

static void add_select(const struct explain_side *side, size_t column,
		       const char *expression, struct buf *out)
{
	const struct pair *pair = side->subject->pair;
	OWNED(buf_release) struct buf value = BUF_INIT;

	projection_value(&value, &pair->columns[column], side->which);
	/* a cast of more than max_allowed_packet is NULL */
	if (pair->columns[column].kind == KIND_BYTES)
		buf_addf(out, "SELECT %s FROM (SELECT %s AS v FROM ",
			 expression, value.data);
	else
		buf_addf(out,
			 "SELECT %s FROM (SELECT CAST(%s AS BINARY) AS v FROM ",
			 expression, value.data);
	if (side->which == SOURCE)
		quote_table(out, pair->database[SOURCE],
			    pair->table[SOURCE]->name);
	else
		quote_table(out, pair->database[TARGET],
			    pair->table[TARGET]->name);
	buf_addf(out, " WHERE %s) AS dbsync_value", side->condition);
}

/* The same expression of both; *out is false when an answer is missing. */
static enum dbs_rc ask(const struct explain_side *source,
		       const struct explain_side *target, size_t column,
		       const char *expression, struct rows *answers[2],
		       struct dbs_error *err)
{
	OWNED(buf_release) struct buf here = BUF_INIT;
	OWNED(buf_release) struct buf there = BUF_INIT;

	add_select(source, column, expression, &here);
	add_select(target, column, expression, &there);
	enum dbs_rc rc = conn_fetch_both(source->conn, here.data, &answers[0],
					 target->conn, there.data, &answers[1],
					 "?T", err);

	if (rc)
		return rc;
	for (size_t i = 0; i < 2; i++)
		if (!rows_count(answers[i]) || !rows_text(answers[i], 0, 0))
			return dbs_fail(
				err, DBS_E_LIMIT,
				"a value of column `%s` of the %s is "
				"larger than its max_allowed_packet",
				source->subject->pair->columns[column].name,
				i ? "target" : "source");
	return DBS_OK;
}

static void drop_both(struct rows *answers[2])
{
	rows_drop(&answers[0]);
	rows_drop(&answers[1]);
}

static enum dbs_rc shorter_length(const struct explain_side *source,
				  const struct explain_side *target,
				  size_t column, uint64_t *out,
				  struct dbs_error *err)
{
	struct rows *answers[2] = {NULL, NULL};
	uint64_t here = 0;
	uint64_t there = 0;
	enum dbs_rc rc = ask(source, target, column, "LENGTH(v)", answers, err);

	if (!rc)
		rc = rows_number(answers[0], 0, 0, &here, err);
	if (!rc)
		rc = rows_number(answers[1], 0, 0, &there, err);
	if (!rc)
		*out = here < there ? here : there;
	drop_both(answers);
	return rc;
}

static enum dbs_rc is_same(const struct explain_side *source,
			   const struct explain_side *target, size_t column,
			   uint64_t low, uint64_t high, bool *out,
			   struct dbs_error *err)
{
	struct rows *answers[2] = {NULL, NULL};
	OWNED(buf_release) struct buf hash = BUF_INIT;

	buf_addf(&hash, "SHA2(SUBSTRING(v, %" PRIu64 ", %" PRIu64 "), 256)",
		 low + 1, high - low);
	enum dbs_rc rc = ask(source, target, column, hash.data, answers, err);

	if (!rc)
		*out = !strcmp(rows_text(answers[0], 0, 0),
			       rows_text(answers[1], 0, 0));
	drop_both(answers);
	return rc;
}

static enum dbs_rc fetch(const struct explain_side *source,
			 const struct explain_side *target, size_t column,
			 uint64_t low, struct explain_pieces *out,
			 struct dbs_error *err)
{
	struct rows *answers[2] = {NULL, NULL};
	struct cell *cells[2] = {&out->cell[SOURCE], &out->cell[TARGET]};
	OWNED(buf_release) struct buf piece = BUF_INIT;

	out->offset = low > AROUND ? low - AROUND : 0;
	buf_addf(&piece, "SUBSTRING(v, %" PRIu64 ", %d)", out->offset + 1,
		 PIECE + 2 * AROUND);
	enum dbs_rc rc = ask(source, target, column, piece.data, answers, err);

	for (size_t i = 0; i < 2 && !rc; i++) {
		const size_t length = rows_length(answers[i], 0, 0);

		cells[i]->data = (const uint8_t *)arena_strndup(
			source->arena, rows_text(answers[i], 0, 0), length);
		cells[i]->length = length;
	}
	drop_both(answers);
	return rc;
}

enum dbs_rc explain_long(const struct explain_side *source,
			 const struct explain_side *target, size_t column,
			 struct explain_pieces *out, struct dbs_error *err)
{
	uint64_t low = 0;
	uint64_t high = 0;
	enum dbs_rc rc = shorter_length(source, target, column, &high, err);

	/* all before low is the same; they part before high, or at its end */
	while (!rc && high - low > PIECE) {
		const uint64_t middle = low + (high - low) / 2;
		bool same = false;

		rc = is_same(source, target, column, low, middle, &same, err);
		if (same)
			low = middle;
		else
			high = middle;
	}
	if (!rc)
		rc = fetch(source, target, column, low, out, err);
	if (rc)
		return rc;
	out->place =
		out->offset +
		difference_of_bytes(out->cell[SOURCE], out->cell[TARGET]).byte;
	return DBS_OK;
}
