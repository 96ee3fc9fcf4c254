/*
 * ends.h - ask a server for the first and the last key of ranges.  Internal to
 * data.
 *
 * Each question is an index dive; many go into one statement:
 *
 *	ends_add(&sql, …, range 0, 0, false)	the first key of range 0
 *	ends_add(&sql, …, range 0, 0, true)	and its last
 *	… fetch, by ends_form …
 *	ends_take({pair, rows, count}, arena, ends)
 */
#ifndef DBSYNC_DATA_ENDS_H
#define DBSYNC_DATA_ENDS_H

#include "dbsync/data/range.h"
#include "dbsync/db/conn.h"

/* The first and the last key of a range; texts are NULL when it is empty. */
struct ends {
	struct key_text first;
	struct key_text last;
};

/* Appends a question; number says where in the array its answer belongs. */
void ends_add(struct buf *sql, const struct pair *pair,
	      const struct projection *projection, const struct range *range,
	      size_t number, bool is_last);
/* What the answer to such questions must be (conn.h). */
void ends_form(struct buf *out, const struct pair *pair);

/*
 * The answer: count ends, empty ones where there was none; in arena.
 * DBS_E_STRANGE when it is none to these questions.
 */
struct ends_answer {
	const struct pair *pair;
	const struct rows *rows;
	size_t count;
};
enum dbs_rc ends_take(const struct ends_answer *answer, struct arena *arena,
		      struct ends *out, struct dbs_error *err);
#endif
