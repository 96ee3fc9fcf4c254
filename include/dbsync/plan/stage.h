/*
 * stage.h - where copies of tables are made, and how they take effect.
 *
 * Pure.  For each database of the target there are two others:
 *
 *	dbsync_stage_RUN_MARK	the copies, until they are whole and checked
 *	dbsync_old_RUN_MARK	what they replaced, until that is safe
 *
 * The mark (mark.h) says for which database they are, so that a later run knows
 * whether it may drop what it finds (sweep.h).
 *
 * One RENAME TABLE moves all tables out to the second and all copies in from
 * the first, so that readers see the old ones or the new ones.  Foreign keys
 * between tables of the run go with them: a copy refers to the copy of its
 * parent from the beginning.
 */
#ifndef DBSYNC_PLAN_STAGE_H
#define DBSYNC_PLAN_STAGE_H

#include "dbsync/plan/reshape.h"

#define STAGE_PREFIX "dbsync_stage_"
#define STAGE_OLD_PREFIX "dbsync_old_"

struct stage_database {
	const char *target;
	const char *stage;
	const char *old;
};

struct stage_table {
	const struct reshape_table *table;
	const struct stage_database *database;
	const char *create;
	const char *count; /* sets its AUTO_INCREMENT, or NULL */
	bool is_replaced;  /* the target has one of its name */
	uint64_t bytes;    /* of the source, as its server estimates them */
	uint64_t work;     /* what it takes: bytes, and some for each value */
};

struct stage {
	struct arena *arena;
	struct stage_database *databases;
	size_t database_count;
	struct stage_table *tables; /* those that take the most first */
	size_t table_count;
	const char *swap; /* the RENAME TABLE */
};

/*
 * Of all tables of the reshape that are replaced; keys without a parent are
 * left out, and said in it.  sources: models of the source's databases, in
 * the order of the reshape's models.
 */
struct stage *stage_make(struct reshape *reshape,
			 const struct database *const *sources,
			 const char *run);
/* Where copies for a database are made, the number-th of a run. */
const char *stage_database_name(struct arena *arena, const char *run,
				const char *database, size_t number);
void stage_drop(struct stage **stage);

struct stage_limits {
	unsigned max_delete_percent; /* 100: none */
	uint64_t max_changes;        /* rows; 0: none */
	uint64_t changes; /* those that are known of, but for new tables */
	struct text_list allow_empty;
	struct text_list allow; /* words of guard_word */
};

/*
 * Guards of copies that have no rows, or far fewer than what they replace; they
 * are added to those of the reshape.  before, after: rows of each table.
 */
void stage_judge(const struct stage *stage, const uint64_t *before,
		 const uint64_t *after, struct reshape *reshape,
		 const struct stage_limits *limits);
#endif
