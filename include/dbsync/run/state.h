/*
 * state.h - sync-state.json: which runs there were, and how they ended.
 *
 * A run that writes says so before its first write and when it has ended.  An
 * entry without an end whose lock nobody holds is an interrupted run: its
 * process was killed, or the machine.  The file is replaced as a whole, under
 * a lock of its own, since runs on several targets may share it.
 *
 * The folder is that of state_place.h, or of --state-dir.  What was interrupted
 * on a target is looked for in all folders that are known to the user's one
 * place, and resolved in all of them.
 */
#ifndef DBSYNC_RUN_STATE_H
#define DBSYNC_RUN_STATE_H

#include "dbsync/apply/defaults.h"
#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"
#include "dbsync/base/talk.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/walk_request.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct state_run {
	const char *id;
	const char *command;
	const char *source;
	const char *target;
	const char *databases;  /* a,b */
	const char *backup;     /* path, or NULL: none was written */
	const char *undo;       /* the line that undoes it from any folder */
	const char *repeat;     /* of a rollback: its own such line, or NULL */
	const char *lock;       /* path of the lock of its first database */
	struct text_list locks; /* of all its databases */
	bool has_shapes;        /* it changes structures */
	bool takes_triggers;    /* away, until state_rearmed */
};

/*
 * DBS_E_REFUSED: somebody else may write to the folder, or to its state, and so
 * hide what was interrupted, or make it up.  For commands that write; one that
 * only looks shows what it finds.  Nothing is there yet: DBS_OK.
 */
enum dbs_rc state_check_owner(const char *folder, struct dbs_error *err);

/* Enters the run; it is writing from now on. */
enum dbs_rc state_begin(const char *folder, const struct state_run *run,
			struct dbs_error *err);

/* The run has another backup point now, which takes the place of the first. */
enum dbs_rc state_backup(const char *folder, const char *id, const char *backup,
			 const char *undo, struct dbs_error *err);

/* The run has ended: outcome "done", "partly" or "failed". */
enum dbs_rc state_end(const char *folder, const char *id, const char *outcome,
		      uint64_t changes, struct dbs_error *err);

/*
 * What was interrupted on this lock has been found to be in order, triggers
 * that were away are back; has_shapes: structures too.
 */
enum dbs_rc state_repaired(const char *folder, const char *lock,
			   bool has_shapes, struct dbs_error *err);

/* A run that was interrupted, or took triggers away that are perhaps not back. */
struct state_trouble {
	char *folder; /* of its state */
	char *run;
	char *command;
	char *backup; /* path */
	char *undo;   /* "dbsync rollback FILE …": the line that undoes it */
	char *repeat; /* of a rollback: that line again; NULL: not known */
};

void state_trouble_clear(struct state_trouble *trouble);

/*
 * The last run of this command that was interrupted on this lock, which the
 * caller holds; all NULL: there is none.  state_trouble_clear it.
 */
enum dbs_rc state_interrupted(const char *folder, const char *lock,
			      const char *command, struct state_trouble *out,
			      struct dbs_error *err);

/*
 * Runs that took triggers away on this lock, which the caller holds (NULL: on
 * any), in all folders, the newest first; out: of struct state_trouble.
 */
enum dbs_rc state_triggers_away(const char *folder, const char *lock,
				struct vec *out, struct dbs_error *err);
void state_away_drop(struct vec *away);
/*
 * Backup points that runs which did not end in order need, by their whole
 * paths, in all folders: to be undone, to be repeated, to bring triggers back.
 */
enum dbs_rc state_needed(const char *folder, struct vec *paths,
			 struct dbs_error *err);
void state_needed_drop(struct vec *paths);
bool state_is_needed(const struct vec *paths, const char *path);

/* What this run took away is back. */
enum dbs_rc state_rearmed(const char *folder, const char *id,
			  struct dbs_error *err);

/* The default of a database that a run changed for a moment. */
struct state_default {
	char *folder; /* of its state */
	char *run;
	char *database;
	char *was; /* collations */
	char *meanwhile;
};

/* What is noted already is not noted twice.  lock: that of the database. */
enum dbs_rc state_default_changes(const char *folder, const char *id,
				  const char *lock,
				  const struct default_change *change,
				  struct dbs_error *err);
/* What this run changed is set back; of this lock alone, or NULL: all of it. */
enum dbs_rc state_defaults_are_back(const char *folder, const char *id,
				    const char *lock, struct dbs_error *err);
/*
 * What runs have changed on this lock, which the caller holds, in all folders;
 * out: of struct state_default.
 */
enum dbs_rc state_defaults(const char *folder, const char *lock,
			   struct vec *out, struct dbs_error *err);
void state_defaults_drop(struct vec *changes);

/*
 * What became of the last run of a command, a job and a pair of servers, in the
 * place of the one before; entry: an object of command, job, source, target.  makes: also
 * where there is no state yet.  DBS_E_REFUSED: state_check_owner.
 */
enum dbs_rc state_last(const char *folder, bool makes,
		       struct json_object *entry, struct dbs_error *err);

/*
 * What is in the state of the folder old goes into that of folder, unless a run
 * of it still writes; the old file keeps its text under another name.
 */
enum dbs_rc state_take_over(const char *old, const char *folder,
			    struct dbs_error *err);

/* All that is known; NULL: nothing is.  The caller's. */
enum dbs_rc state_read(const char *folder, struct json_object **out,
		       struct dbs_error *err);
/* Of an item of "runs": it neither ended in order nor goes on. */
bool state_is_interrupted(struct json_object *run);
/*
 * Of one that is: "repeat it, or undo it: dbsync rollback FILE …", and which
 * defaults of databases it left changed.
 */
void state_ways_out(struct json_object *run, struct buf *out);

/* Says which runs were interrupted and what can be done. */
enum dbs_rc state_tell(const char *folder, const struct talk *talk,
		       struct dbs_error *err);
#endif
