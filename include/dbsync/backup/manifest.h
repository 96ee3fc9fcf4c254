/*
 * manifest.h - what a backup point says of itself, on its second line.
 *
 * Everything that a rollback needs besides the rows: which server and tables
 * it is of, how their rows were hashed, and where their counters stood.  All
 * strings live in the manifest's arena.
 */
#ifndef DBSYNC_BACKUP_MANIFEST_H
#define DBSYNC_BACKUP_MANIFEST_H

#include "dbsync/plan/plan.h"
#include "dbsync/plan/reshape.h"

enum { BACKUP_FORMAT = 1 };

struct manifest_column {
	const char *name;
	const char *type;      /* int(11), varchar(20) … */
	const char *collation; /* or "" */
};

struct manifest_table {
	const char *database;
	const char *table;
	const struct manifest_column *columns; /* of the image, in its order */
	size_t column_count;
	size_t written_count;
	const struct pair_form *forms; /* how rows were hashed */
	size_t form_count;
	const char *const *key; /* none: rows without identity */
	size_t key_count;
	uint64_t counter; /* AUTO_INCREMENT before the run, 0: it has none */
	uint64_t changes[CHANGE_KINDS]; /* of the run */
};

/* A table whose structure the run changed, made or dropped. */
struct manifest_shape {
	const char *database;
	const char *table;
	const char *kind;        /* reshape_word */
	const char *before;      /* CREATE TABLE; NULL: it was made */
	const char *after;       /* NULL: it was dropped */
	struct text_list states; /* between the two, and the last one again */
	struct renames renames;  /* of its columns, from before to after */
	bool is_saved;           /* its rows are in the backup point, all */
	uint64_t counter;        /* AUTO_INCREMENT before the run, 0: none */
	uint64_t counter_after;  /* what the run sets it to, 0: as it was */
};

/* A view, routine … that the run created again or dropped. */
struct manifest_object {
	const char *database;
	const char *kind; /* object_kind_name */
	const char *name;
	const char *table;     /* of a trigger, else "" */
	const char *before;    /* as SHOW CREATE gave it; NULL: none */
	const char *collation; /* the database's when it was made; "", NULL */
	struct text_list statements; /* that bring it back */
};

struct manifest {
	struct arena *arena;
	const char *run;     /* 20261121-041122-1a2b3c */
	const char *created; /* 2026-11-21T04:11:22Z */
	const char *command;
	const char *source; /* user@host:port, or the backup point undone */
	const char *target;
	const char *target_version;
	const char *target_identity; /* target_facts.identity */
	const char *key; /* that signs it; "": none; NULL: it does not say */
	struct text_list allowed; /* guards that the run was let pass */
	struct manifest_table *tables;
	size_t table_count;
	struct manifest_shape *shapes;
	size_t shape_count;
	struct manifest_object *objects;
	size_t object_count;
};

struct manifest_wish {
	const char *run;
	const char *command;
	const char *source;
	const char *target;
	const char *target_version;
	const struct target_facts *facts;
	const char *key;               /* that signs it, or "" */
	const struct plan *plan;       /* NULL: no rows yet */
	const struct reshape *reshape; /* NULL: no structures */
	struct text_list allow; /* guards that the run might have passed */
};

struct manifest *manifest_of_plan(const struct manifest_wish *wish);
void manifest_drop(struct manifest **manifest);

/* One line of JSON, without a line break. */
void manifest_write(const struct manifest *manifest, struct buf *out);
/* DBS_E_FORMAT says what is missing or wrong. */
enum dbs_rc manifest_parse(const char *json, struct manifest **out,
			   struct dbs_error *err);
#endif
