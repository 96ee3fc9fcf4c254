/*
 * plan.h - what a run would do to the target, and what speaks against it.
 *
 * Pure: differences and facts in, steps and guards out; no connection is in
 * reach.  dry-run shows a plan, incremental carries the same one out.
 *
 *	1 backup point
 *	2 deletes, children before parents
 *	3 updates and inserts, parents before children
 *	4 AUTO_INCREMENT counters
 *	5 comparing again
 */
#ifndef DBSYNC_PLAN_PLAN_H
#define DBSYNC_PLAN_PLAN_H

#include "dbsync/data/finding.h"
#include "dbsync/data/row_sql.h"
#include "dbsync/plan/facts.h"

/* What may speak against a run; the order is that of the report. */
enum guard_kind {
	GUARD_READ_ONLY,         /* the target is read-only */
	GUARD_REPLICA,           /* the target replicates from another server */
	GUARD_EMPTY_SOURCE,      /* a table is empty on the source only */
	GUARD_DELETE_PERCENT,    /* too large a share would be deleted */
	GUARD_MAX_CHANGES,       /* too many rows would be changed */
	GUARD_TRIGGERS,          /* triggers would fire, or may be hidden */
	GUARD_CASCADE,           /* a rule would have changed other rows */
	GUARD_NON_TRANSACTIONAL, /* a batch could not be rolled back */
	GUARD_NO_KEY,            /* rows without identity */
	GUARD_VERSIONED,         /* the server keeps a history of changes */
	GUARD_PRIVILEGES,        /* looked at before there is a plan */
	GUARD_WHERE,             /* rows outside of a filter are not seen */
	GUARD_FOREIGN_DATA,      /* rows of a table would lie elsewhere */
	GUARD_DEFINERS,          /* code with the rights of somebody else */
	GUARD_UNSAFE,            /* an ALTER may lose values (reshape.h) */
	GUARD_UNPROVEN,          /* its statements could not be tried */
	GUARD_KINDS
};

struct guard {
	enum guard_kind kind;
	const char *database; /* of the target; NULL: the whole of it */
	const char *table;
	const char *text; /* what was found */
	const char *way;  /* the option that allows it */
	bool is_allowed;
};

/* A table of the target that is to be changed. */
struct plan_table {
	const struct finding *finding; /* as of the comparison */
	const struct table *target;
	uint64_t counter; /* AUTO_INCREMENT to be set, 0: none */
	uint64_t rows;    /* changes in all */
	bool is_serial;   /* rows may clash: one writer */
	bool is_whole;    /* new images have all columns, not the written */
};

/* A table that differs and is left as it is. */
struct plan_gap {
	const char *database;
	const char *table;
	const char *reason;
};

struct plan {
	struct arena *arena;
	struct plan_table *tables; /* parents before children */
	size_t table_count;
	struct guard *guards;
	size_t guard_count;
	struct plan_gap *gaps;
	size_t gap_count;
	struct plan_gap *kept; /* extra tables that the user wants to stay */
	size_t kept_count;
	const char **notes; /* cycles of foreign keys */
	size_t note_count;
	/* keys that nothing vouches for: to be checked when all is written */
	const struct foreign_key **doubtful;
	size_t doubtful_count;
	uint64_t changes[CHANGE_KINDS];
	uint64_t bytes;   /* of the changed rows as text */
	uint64_t skipped; /* differing rows that cannot be written */
	uint64_t coming;  /* rows of tables that are new, not in changes */
};

struct reshape; /* reshape.h */

struct plan_request {
	const struct finding *findings;
	size_t finding_count;
	/* tables that it makes or drops are no gaps; NULL: structures stay */
	const struct reshape *reshape;
	bool is_schema; /* rows were not compared, and are not planned for */
	/* rows are compared once more when structures have changed */
	bool foresees;
	const struct walk *walk;
	const struct target_facts *facts;
	unsigned max_delete_percent; /* 100: no limit */
	uint64_t max_changes;        /* 0: no limit */
	const struct guard *known;   /* before there was a plan */
	size_t known_count;
	struct text_list allow;       /* words of guard_word */
	struct text_list allow_empty; /* tables that may be empty */
	/* rollback: counters to be set, one for each finding, 0: none */
	const uint64_t *counters; /* NULL: at least the source's */
	bool is_whole;
	bool disarms;     /* triggers are away while rows are written … */
	bool disarms_all; /* … of tables too whose triggers the run changes */
	bool keeps_extra; /* tables that only the target has are no gaps */
};

struct plan *plan_make(const struct plan_request *request);
void plan_drop(struct plan **plan);

/* What rows of each of its tables are written with; mem_drop the array. */
const struct row_sql **plan_sqls(const struct plan *plan,
				 const struct server *target);

/* "triggers", "cascade" …: the word for --allow, and in JSON. */
const char *guard_word(enum guard_kind kind);

/* How many of them are in the way; the first, or NULL. */
size_t guards_refusals(const struct guard *guards, size_t count,
		       const struct guard **first_out);
size_t plan_refusals(const struct plan *plan, const struct guard **first_out);

/* Whether a difference is one that is wanted: its table is among kept. */
bool plan_keeps(const struct plan *plan, const struct finding *finding);

/* Whether there is anything to do. */
bool plan_is_empty(const struct plan *plan);
#endif
