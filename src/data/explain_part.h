/*
 * explain_part.h - the parts of explain.c.  Internal to data.
 *
 *	key	texts of the command line ─▶ a condition for each side
 *	read	the row of one side, kept
 *	long	where two values part that nobody wants to fetch
 *	mend	the statement
 */
#ifndef DBSYNC_DATA_EXPLAIN_PART_H
#define DBSYNC_DATA_EXPLAIN_PART_H

#include "dbsync/data/explain.h"
#include "dbsync/data/subject.h"

/* One side of the row. */
struct explain_side {
	struct conn *conn;
	const struct subject *subject;
	enum side which;
	const char *condition; /* that finds the row */
	bool is_there;
	struct row row;       /* its memory is of the arena */
	const size_t *stored; /* cells of converted texts; SIZE_MAX: none */
	struct text_list on_update; /* columns that move by themselves */
	struct arena *arena;
};

/* explain_key.c */
enum dbs_rc explain_key_check(const struct pair *pair,
			      const struct explain_request *request,
			      struct dbs_error *err);
enum dbs_rc explain_key(struct explain_side *side, const char *const *texts,
			struct dbs_error *err);

/* explain_read.c */
enum dbs_rc explain_read(struct explain_side *side, struct dbs_error *err);

/* explain_long.c: pieces of both values around the place, from offset on. */
struct explain_pieces {
	uint64_t offset;
	struct cell cell[SIDES];
	uint64_t place; /* where they part, from the beginning of the value */
};

enum dbs_rc explain_long(const struct explain_side *source,
			 const struct explain_side *target, size_t column,
			 struct explain_pieces *out, struct dbs_error *err);

/* explain_mend.c */
void explain_mend(const struct explain_side *source,
		  const struct explain_side *target, struct explanation *out);
#endif
