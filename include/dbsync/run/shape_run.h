/*
 * shape_run.h - the structural part of a run that writes: options, plan, and
 * what came of it.
 *
 *	structures ─▶ hazards ─▶ rows in danger? ─▶ steps ─▶ proof ─▶ guards
 */
#ifndef DBSYNC_RUN_SHAPE_RUN_H
#define DBSYNC_RUN_SHAPE_RUN_H

#include "dbsync/apply/reform.h"
#include "dbsync/data/walk.h"

/* What becomes of tables that only the target has; the order of extra_words. */
enum extra_tables {
	EXTRA_ERROR, /* they stay, are left out, and change the exit status */
	EXTRA_KEEP,  /* they stay, and are named */
	EXTRA_DROP,
};

struct shape_options {
	struct vec allow_unsafe; /* words of hazard_word, or all */
	bool allow_unproven;
	int extra_tables; /* enum extra_tables */
	bool drops_objects;
	bool enables_events;
	bool keeps_databases; /* --no-create-database */
	unsigned lock_wait_s;
	int algorithm;
	int lock;
};

extern const char *const extra_words[];
extern const char *const algorithm_words[];
extern const char *const lock_words[];

void shape_options_defaults(struct shape_options *options);

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
	bool replaces; /* tables are copied again: nothing is to be proven */
	const char *const *copied; /* why some are, of each finding, or NULL */
};

enum dbs_rc shape_run_plan(struct shape_run *shapes,
			   const struct shape_wish *wish,
			   struct dbs_error *err);
/* Without a change: triggers may be taken away all the same. */
void shape_run_plan_none(struct shape_run *shapes, enum server_family family,
			 unsigned wait_s);
void shape_run_release(struct shape_run *shapes);

/*
 * Whether there is something to change, beyond triggers that are away while
 * rows are written; false without a reshape.
 */
bool shape_run_has_steps(const struct shape_run *shapes);
/* Whether there are such triggers. */
bool shape_run_disarms(const struct shape_run *shapes);
/* Tables whose steps failed: their rows are not to be written either. */
void shape_run_give_up(struct shape_run *shapes);
/* Results of the reshape, once it is there, and again when it has grown. */
void shape_run_prepare(struct shape_run *shapes);
/* Whether a table was not brought to what it should be. */
bool shape_run_is_partial(const struct shape_run *shapes);
#endif
