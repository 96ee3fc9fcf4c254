/*
 * agreement.h - that two databases were equal at two places of their logs, kept in
 * a file beside the state: agreements/SCOPE.json.
 *
 * A run that finds that all is equal keeps one; a later run of the same scope may
 * then leave unread what neither log names since.  One that is damaged, of
 * another version or of another scope is none.
 */
#ifndef DBSYNC_RUN_AGREEMENT_H
#define DBSYNC_RUN_AGREEMENT_H

#include "dbsync/base/mem.h"
#include "dbsync/binlog/log_touch.h"
#include "dbsync/data/walk_request.h"

/* How one side was. */
struct agreed_side {
	const char *server; /* its uuid, or server id */
	const char *place;  /* place.h */
	const char *log;    /* MySQL: where the log ended then; else "" */
	bool hides;         /* rows that foreign keys change are not logged */
	struct log_witness witness;
};

struct agreed_table {
	const char *database; /* of the source */
	const char *table;
	uint64_t rows;
};

struct agreement {
	uint64_t scanned; /* when all rows were compared, seconds since 1970 */
	uint64_t agreed;  /* when it was made */
	/* agreement_generation when the run began, or NULL; not in the file */
	const char *generation;
	struct agreed_side side[SIDES];
	const struct agreed_table *tables;
	size_t table_count;
};

/*
 * Which servers, databases, tables, rows and columns a run is about, as one
 * text; the same text is the same scope.
 */
void agreement_scope(const struct walk_request *request, struct buf *out);

/*
 * *out NULL: there is none, and *why_out says why (in arena).  An error only of
 * the folder.
 */
enum dbs_rc agreement_load(const char *state_dir, const char *scope,
			   struct arena *arena, const struct agreement **out,
			   const char **why_out, struct dbs_error *err);
/*
 * Unless all were forgotten since its generation: whoever forgets them at this
 * moment removes the file, or it is removed here.
 */
enum dbs_rc agreement_save(const char *state_dir, const char *scope,
			   const struct agreement *agreement,
			   struct dbs_error *err);
/*
 * A word that is another one after all were forgotten: a run that began before
 * must not keep what it has found.  "" when none ever were.
 */
void agreement_generation(const char *state_dir, struct buf *out);
/* Of that scope; NULL: all of them.  How many were removed. */
enum dbs_rc agreement_forget(const char *state_dir, const char *scope,
			     size_t *count_out, struct dbs_error *err);

/* Calls take for each file of the folder that is an agreement. */
struct agreement_entry {
	const char *scope;
	const struct agreement *agreement;
};
enum dbs_rc agreement_each(const char *state_dir,
			   void (*take)(void *self,
					const struct agreement_entry *entry),
			   void *self, struct dbs_error *err);

/* The table of that name; NULL: it is not in it. */
const struct agreed_table *agreement_table(const struct agreement *agreement,
					   const char *database,
					   const char *table);
#endif
