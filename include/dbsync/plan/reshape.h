/*
 * reshape.h - how the structure of the target is to change: tables, steps,
 * and what speaks against them.
 *
 * Pure.  It is made in turns with those who can ask a server:
 *
 *	reshape_make     tables and their hazards, out of structures
 *	                 ─▶ apply/examine.h asks which rows are in danger
 *	reshape_order    the steps, in an order that works
 *	                 ─▶ apply/proof.h tries them on empty tables; a table
 *	                 whose steps fail is left out, and they are ordered again
 *	reshape_judge    the guards
 *
 * Steps come before the rows are written, but for foreign keys, which come
 * back when the rows are there:
 *
 *	drop foreign keys ─▶ drop tables ─▶ create tables ─▶ alter tables
 *	   ─▶ (rows) ─▶ add foreign keys ─▶ views, routines, triggers, events
 *
 * A key or a check that rows are in the way of, or that is over a column that is
 * yet to be filled, comes behind the rows too: those of the source fit.
 *
 * A foreign key over a column or a key that changes is lifted: servers refuse
 * to change either side of it.
 */
#ifndef DBSYNC_PLAN_RESHAPE_H
#define DBSYNC_PLAN_RESHAPE_H

#include "dbsync/base/vec.h"
#include "dbsync/plan/plan.h"
#include "dbsync/schema/object.h"
#include "dbsync/schema/structure.h"

enum reshape_kind {
	RESHAPE_NONE, /* equal; here for its foreign keys */
	RESHAPE_ALTER,
	RESHAPE_CREATE,
	RESHAPE_DROP,
};

enum proof {
	PROOF_UNASKED,
	PROOF_DONE,       /* tried on an empty table: it becomes as wanted */
	PROOF_IMPOSSIBLE, /* no privilege to try */
	PROOF_FAILED,     /* it does not: the table is left out */
};

struct reshape_hazard {
	const struct delta_clause *clause;
	enum hazard kind; /* one of the clause's two */
	const char *endangered;
	bool is_asked; /* the rows were asked … */
	uint64_t rows; /* … and so many are in danger */
	bool is_allowed;
	/* it waits for the rows, which will fit then */
	bool is_late;
};

struct reshape_table {
	const char *source_database;
	const char *database; /* of the target */
	const char *table;
	enum reshape_kind kind;
	const struct structure *structure;
	const struct table *model; /* of the target, before; NULL: none */
	const char *left_out;      /* why, or NULL */
	struct reshape_hazard *hazards;
	size_t hazard_count;
	bool is_saved;    /* all its rows go into the backup point */
	bool is_restored; /* and come out of one, in a rollback */
	/* a copy takes its place, by stage.h: it has no steps of its own */
	bool is_replaced;
	const char *copy_reason; /* why, where that is a choice; or NULL */
	/* only the target has it, and keeps it; here for its foreign keys */
	bool is_extra;
	bool lacks_keys;   /* foreign keys whose parent the target has not */
	const char *reach; /* the option by which its rows lie elsewhere */
	bool is_untried;   /* for that, and nobody has allowed it */
	/* its steps failed: its rows are let alone, too (set by the run) */
	bool is_given_up;
	/* AUTO_INCREMENT, which an ALTER may have lost; 0: leave it alone */
	uint64_t counter;
	/* the same of the source, for a column that counts behind the rows */
	uint64_t source_counter;
	/* what it is until the rows are there, and then; 0: nothing waits */
	const struct definition *const *late_states;
	size_t late_state_count;
	enum proof proof;
	const char *proof_text; /* why not, or NULL */
	/* definitions between before and after, as the server shows them */
	const char **states;
	size_t state_count;
};

enum reshape_phase {
	RESHAPE_LIFT, /* foreign keys go */
	RESHAPE_DROPS,
	RESHAPE_CREATES,
	RESHAPE_ALTERS,
	/* after tables were replaced by copies: */
	RESHAPE_RETURNS, /* keys of tables that stay and refer to them */
	/* after the rows: */
	RESHAPE_LATE_KEYS, /* what rows were in the way of: keys, checks */
	RESHAPE_LATE,      /* foreign keys come */
	RESHAPE_PHASES
};

struct reshape_step {
	enum reshape_phase phase;
	size_t table;
	const char *sql;       /* without a semicolon */
	const char *trial_sql; /* of a table in the scratch database */
	bool brings_back;      /* what a step before took away */
	/* a query of the rows that are in its way, if any are; or NULL */
	const char *against;
};

/* A view, a routine … that is created or dropped; or a database's defaults. */
struct reshape_object {
	const char *database; /* of the target */
	enum object_kind kind;
	const char *name;
	const char *table; /* of a trigger, else "" */
	/* user@host as whom it will act; NULL: as whoever uses it */
	const char *definer;
	const char *const *statements;
	size_t statement_count;
	const char *const *notes;
	size_t note_count;
	/*
	 * The default that its database has while it is made, whatever the
	 * statements say of that; NULL or "": they say it.
	 */
	const char *base_collation;
	struct object_kept kept; /* how it is brought back: apply/remake.h */
	bool is_carried;         /* created again just as it is */
	bool is_unmade;   /* a database that a run made: dropped, if empty */
	bool is_disarmed; /* a trigger, away while rows are written */
	/* kept is known: a run that was interrupted had taken it away */
	bool was_away;
};

struct reshape {
	struct arena *arena;
	enum server_family family;
	const char *options; /* "ALGORITHM=…, LOCK=…", or "" */
	const char *scratch; /* name of the scratch database */
	bool writes_rows;
	struct reshape_table *tables;
	size_t table_count;
	const struct reshape_table **by_name; /* the same, in order of names */
	struct reshape_step *steps;           /* in order */
	size_t step_count;
	struct reshape_object *objects; /* in order; last of all */
	size_t object_count;
	struct plan_gap *gaps; /* objects that cannot be synchronised */
	size_t gap_count;
	struct vec orphans; /* struct plan_gap: keys without a parent table */
	struct vec lost;    /* struct foreign_key: the same */
	const struct database *const *models; /* of the target */
	size_t model_count;
	struct guard *guards;
	size_t guard_count;
	bool can_prove; /* the steps were tried */
};

struct reshape_request {
	const struct finding *findings;
	size_t finding_count;
	const struct object_finding *objects;
	size_t object_count;
	const struct database *const *models; /* of the target's databases */
	size_t model_count;
	enum server_family family; /* of the target */
	const char *options;
	const char *scratch;
	bool drops_tables; /* those that only the target has */
	bool writes_rows;  /* behind the structures */
	bool saves_all; /* rows of all that change, whatever the hazards say */
	bool replaces;  /* all tables are copied again, equal or not */
	/* why some are copied, of each finding (copies.h); NULL: none is */
	const char *const *copied;
};

struct reshape *reshape_make(const struct reshape_request *request);
void reshape_drop(struct reshape **reshape);

void reshape_order(struct reshape *reshape);

/*
 * Leaves out tables that foreign keys of others keep from changing; to be asked
 * again when a table was left out.
 */
void reshape_heed_relatives(struct reshape *reshape,
			    const struct target_facts *facts);

/*
 * Triggers of tables that are replaced, which do not move with them: they are
 * created again, those of the reshape as it wants them, the others as they are.
 */
void reshape_carry_triggers(struct reshape *reshape,
			    const struct target_facts *facts);

/*
 * Triggers of tables that are dropped go with them, and are dropped by name as
 * well: so the backup point has them.
 */
void reshape_drop_triggers(struct reshape *reshape,
			   const struct target_facts *facts);

/*
 * Triggers of tables whose rows are written, or may be once structures have
 * changed: dropped, and created again when all is written.  request: what
 * the plan was made of, with all facts.  May be asked again.
 */
void reshape_disarm(struct reshape *reshape, const struct plan *plan,
		    const struct plan_request *request);
/* Whether there are any. */
bool reshape_is_disarmed(const struct reshape *reshape);
/* Whether this one is away while rows are written. */
bool reshape_disarms(const struct reshape *reshape,
		     const struct trigger *trigger);
/* Whether it will be: what reshape_disarm decides of a table that is written. */
bool reshape_may_disarm(const struct plan_request *request,
			const struct trigger *trigger);
/* Whether there is more to do than to take triggers away and bring them back. */
bool reshape_changes(const struct reshape *reshape);
/* One that does not come from comparing both sides; copied. */
void reshape_add_object(struct reshape *reshape,
			const struct reshape_object *object);

/*
 * The objects in the order in which they are brought back by a client, or by
 * the statements of a backup point: triggers as they acted.  In the arena.
 */
const struct reshape_object **reshape_kept_order(const struct reshape *reshape,
						 struct arena *arena);

/* Whether a trigger is created again as it is wanted, or dropped. */
bool reshape_makes_trigger(const struct reshape *reshape,
			   const struct trigger *trigger);

/* Whether a table's wanted key refers to something, once all is done. */
bool reshape_has_parent(const struct reshape *reshape,
			const struct reshape_table *table,
			const struct def_foreign_key *key);
/* Why a table has to do without that key. */
const char *reshape_no_parent(const char *key, const char *parent,
			      struct arena *arena);
/* Otherwise it is made without that key, and this is a gap of the plan. */
void reshape_leave_out_key(struct reshape *reshape,
			   const struct reshape_table *table,
			   const struct def_foreign_key *key);

/*
 * Whether what its rows are, and how they differ from the source's, is the same
 * before and after its steps: no column changes, and no row is in the way.
 */
bool reshape_keeps_rows(const struct reshape_table *table);

/*
 * Whether rows that are equal before an ALTER may differ after it; not of one
 * that only makes columns wider.
 */
bool reshape_may_change_rows(const struct reshape_table *table);

/* Whether a step comes after the rows, or the copies. */
bool reshape_is_late(const struct reshape_step *step);

/* Foreign keys are lifted from tables that stay as they are. */
bool reshape_has_steps(const struct reshape *reshape,
		       const struct reshape_table *table);

/*
 * The way back: what this reshape changes as it was, for backup points.  Of
 * those tables alone; steps in order.  It borrows from the first.
 */
struct reshape *reshape_reverse(const struct reshape *reshape);

/*
 * Whether the rows of a table are a matter of its structure alone: it is made
 * by the run (and undone by dropping it), or all its rows are kept.
 */
bool reshape_owns_rows(const struct reshape *reshape, const char *database,
		       const char *table);
/* Whether undoing brings back all rows of a table. */
bool reshape_restores_rows(const struct reshape_table *table);

/* Of all that the run is about, changed or not; NULL: none of that name. */
const struct reshape_table *reshape_member(const struct reshape *reshape,
					   const char *database,
					   const char *table);

/* Whether a copy takes its place in this run … */
bool reshape_is_replaced(const struct reshape_table *table);
/* … also of one that the run is not about: false then. */
bool reshape_replaces(const struct reshape *reshape, const char *database,
		      const char *table);

/* Of a table that is to change; NULL: none of that name. */
const struct reshape_table *reshape_find(const struct reshape *reshape,
					 const char *database,
					 const char *table);

struct reshape_limits {
	struct text_list allow_unsafe; /* words of hazard_word, or "all" */
	bool allow_unproven;
	struct text_list allow; /* words of guard_word */
	const char *user;       /* user@host that this one is on the target */
};

/* Tables whose rows would lie elsewhere; before any statement is tried. */
void reshape_find_foreign(struct reshape *reshape,
			  const struct reshape_limits *limits);

/* The guards. */
void reshape_judge(struct reshape *reshape,
		   const struct reshape_limits *limits);

/* Whether there is nothing to do, nor rows to be kept. */
bool reshape_is_empty(const struct reshape *reshape);
/* Whether there is nothing of tables to do. */
bool reshape_leaves_tables(const struct reshape *reshape);

/* Whether it takes values away, and not only stands in the way. */
bool hazard_loses_values(enum hazard kind);

/* Whether rows may suffer: those that were asked for, or cannot be asked. */
bool hazard_is_real(const struct reshape_hazard *hazard);

/* "alter", "create", "drop" */
const char *reshape_word(enum reshape_kind kind);
const char *proof_word(enum proof proof);
#endif
