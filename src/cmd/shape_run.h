/*
 * shape_run.h - the structural part of a run that writes: options, plan, and
 * what came of it.  Internal to cmd.
 *
 *	structures ─▶ hazards ─▶ rows in danger? ─▶ steps ─▶ proof ─▶ guards
 */
#ifndef DBSYNC_CMD_SHAPE_RUN_H
#define DBSYNC_CMD_SHAPE_RUN_H

#include "walk_options.h"

#include "dbsync/apply/reform.h"

struct shape_options {
	struct vec allow_unsafe; /* words of hazard_word, or all */
	bool allow_unproven;
	bool drops_tables;
	bool drops_objects;
	bool enables_events;
	bool keeps_databases; /* --no-create-database */
	unsigned lock_wait_s;
	int algorithm;
	int lock;
};

extern const char *const algorithm_words[];
extern const char *const lock_words[];

#define SHAPE_AT(base, field) ((base) + offsetof(struct shape_options, field))

/* clang-format off */
#define SHAPE_ROWS_EXTRA(base) \
	{"drop-extra-tables", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, drops_tables), NULL, \
	 "drop tables that only the target has (their rows go\n" \
	 "into the backup point)", NULL, 0, 0, NULL, NULL}, \
	{"drop-extra-objects", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, drops_objects), NULL, \
	 "drop views, routines, triggers, events that only the\n" \
	 "target has (of the kinds of --objects)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"enable-events", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, enables_events), NULL, \
	 "events that run on the source run on the target too\n" \
	 "(else they arrive disabled)", NULL, 0, 0, NULL, NULL}, \
	{"no-create-database", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, keeps_databases), NULL, \
	 "refuse to make a database that the target lacks", \
	 NULL, 0, 0, NULL, NULL}, \
	{"lock-wait", '\0', OPTION_UNSIGNED, SHAPE_AT(base, lock_wait_s), \
	 "SECONDS", \
	 "for a table that somebody uses, before it is left\n" \
	 "as it is (default 60)", NULL, 1, 86400, NULL, NULL}

#define SHAPE_ROWS(base) \
	{"allow-unsafe", '\0', OPTION_LIST, SHAPE_AT(base, allow_unsafe), \
	 "KINDS", \
	 "ALTERs that may lose values: drop-column, narrow,\n" \
	 "type, charset, ... (dry-run names them), or all", \
	 "Structures", 0, 0, NULL, NULL}, \
	{"allow-unproven", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, allow_unproven), NULL, \
	 "ALTERs that could not be tried on an empty table\n" \
	 "before (no CREATE privilege)", NULL, 0, 0, NULL, NULL}, \
	SHAPE_ROWS_EXTRA(base), \
	{"alter-algorithm", '\0', OPTION_CHOICE, SHAPE_AT(base, algorithm), \
	 "HOW", "of ALTER TABLE: default, instant, inplace, copy", \
	 NULL, 0, 0, algorithm_words, NULL}, \
	{"alter-lock", '\0', OPTION_CHOICE, SHAPE_AT(base, lock), "HOW", \
	 "of ALTER TABLE: default, none, shared, exclusive", \
	 NULL, 0, 0, lock_words, NULL}
/* clang-format on */

void shape_options_defaults(struct shape_options *options);
/* Words of --allow-unsafe that are no hazards. */
enum dbs_rc shape_options_check(const struct shape_options *options,
				struct dbs_error *err);

struct shape_run {
	struct arena *arena;
	struct reshape *reshape;       /* NULL: structures are left alone */
	struct reform_result *results; /* of each table of the reshape */
	struct reform_result *made;    /* of each object of it */
	struct dump_total *kept; /* rows in the backup point, of each table */
	unsigned wait_s;         /* for metadata locks */
	double seconds;
	bool was_written;
	bool has_returned; /* keys that copies were in the way of are back */
	bool is_ended;     /* late steps were run */
};

struct shape_wish {
	const struct shape_options *options;
	const struct conn_setup *setup; /* of the target */
	const struct walk *walk;        /* has findings and models */
	const struct target_facts *facts;
	const char *run;
	struct text_list allow; /* words of guard_word */
	bool proves;            /* in a scratch database; dry-run does not */
	bool writes_rows;       /* behind the structures */
	bool replaces; /* tables are copied anew: nothing is to be proven */
	const char *const *copied; /* why some are, of each finding, or NULL */
};

enum dbs_rc shape_run_plan(struct shape_run *shapes,
			   const struct shape_wish *wish,
			   struct dbs_error *err);
void shape_run_release(struct shape_run *shapes);

/* Whether there is something to do; false without a reshape. */
bool shape_run_has_steps(const struct shape_run *shapes);
/* Tables whose steps failed: their rows are not to be written either. */
void shape_run_give_up(struct shape_run *shapes);
/* Results of the reshape, once it is there. */
void shape_run_prepare(struct shape_run *shapes);
/* Whether a table was not brought to what it should be. */
bool shape_run_is_partial(const struct shape_run *shapes);

/* For "ALGORITHM=INPLACE, LOCK=NONE", or "". */
const char *shape_options_clauses(const struct shape_options *options,
				  struct arena *arena);
#endif
