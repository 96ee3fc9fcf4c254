/*
 * walk.h - go through all tables of some pairs of databases and compare them.
 *
 * What is wanted is in walk_request.h, what was found in finding.h.
 *
 * This is the walk that verify, dry-run and incremental share: connect, load
 * both schemas, pair the tables, take a snapshot of each side, cut tables into
 * ranges, let workers compare them, and look again at what differed.
 *
 *	walk_new      copies nothing: the request must outlive the walk
 *	walk_open     may come first, to know the databases
 *	walk_run      does it all; afterwards the findings are complete
 *	walk_findings what it has found, sorted by database and table
 *	walk_drop
 *
 * Threads: walk_run starts its workers and ends them.  Meanwhile another
 * thread may call walk_progress; nothing else.
 *
 * What is wrong with one table is a finding about that table (incomplete, with
 * a reason); walk_run fails only when the walk as a whole cannot go on.
 */
#ifndef DBSYNC_DATA_WALK_H
#define DBSYNC_DATA_WALK_H

#include "dbsync/data/finding.h"

struct walk_progress {
	uint64_t rows;
	uint64_t rows_expected; /* the servers' estimate */
	uint64_t bytes;
	size_t tables_done;
	size_t tables;
	const char *database; /* of the table begun last; NULL: none was */
	const char *table;
};

struct walk;
struct link;    /* subject.h */
struct pair;    /* pair.h */
struct key_set; /* key_set.h */

struct walk *walk_new(const struct walk_request *request);
void walk_drop(struct walk **walk);
/*
 * The first part of walk_run, for those who need the target's databases before
 * anything is compared: connects and loads the models.
 */
enum dbs_rc walk_open(struct walk *walk, struct dbs_error *err);
/* Once opened: the tables that both sides have, by number; NULL: no more. */
const struct subject *walk_subject(const struct walk *walk, size_t number);
/*
 * Of a table by its number, called by the request's hint: its rows are not read,
 * and count as equal; so many there are.  Or only those with the keys, which
 * live as long as the walk (a table that walk_can_name).  Or all are read, and why
 * (NULL: nobody asked).
 */
void walk_leave_unread(struct walk *walk, size_t number, uint64_t rows);
bool walk_can_name(const struct pair *pair);
void walk_read_keys(struct walk *walk, size_t number, struct key_set *keys,
		    uint64_t rows);
void walk_say_why(struct walk *walk, size_t number, const char *why);
/* Of the views that were opened first; its position is of before all reading. */
const struct snapshot *walk_snapshot(const struct walk *walk, enum side side);
/* Likewise: its first connections. */
const struct link *walk_link(const struct walk *walk);
bool walk_is_connected(const struct walk *walk);
enum dbs_rc walk_run(struct walk *walk, struct dbs_error *err);
/*
 * After walk_run was cancelled: the findings are what was compared by then, and
 * the other tables incomplete.  False: no comparison of rows had begun.
 */
bool walk_stop(struct walk *walk);
/*
 * Gives the connections and the changes back; findings and models stay.  What
 * the target's tables were locked by is gone then.
 */
void walk_close(struct walk *walk);
/*
 * After the target was written to: compares again, in the same view of the
 * source and a new one of the target, what differed (where that was little, row
 * by row) or everything.  Changes are not kept any more.
 */
enum dbs_rc walk_again(struct walk *walk, bool all, struct dbs_error *err);
/* Names on the target, once opened; the array is in the walk's arena. */
struct text_list walk_target_databases(const struct walk *walk);
/*
 * The model of a database that was walked, of either side; NULL: none.  It is
 * called by its name on the target.
 */
const struct database *walk_model(const struct walk *walk, enum side side,
				  const char *target_database);
/* A table of the source that is chosen and that the target lacks; NULL: none. */
const char *walk_missing(const struct walk *walk, const char **database_out);
const struct finding *walk_findings(const struct walk *walk, size_t *count_out);
/*
 * What differs besides tables, in the order in which the statements are to be
 * run; database by database.  Empty when request->objects asks for none.
 */
const struct object_finding *walk_objects(const struct walk *walk,
					  size_t *count_out);
/* Those that walk_open saw are out of date: they are listed again by walk_run. */
void walk_forget_objects(struct walk *walk);
/* Whether a pattern of request->loose fits nothing; once opened. */
bool walk_fits_nothing(const struct walk *walk, const char *pattern);
const struct walk_summary *walk_summary(const struct walk *walk);
void walk_progress(const struct walk *walk, struct walk_progress *out);
#endif
