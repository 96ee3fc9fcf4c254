/*
 * walk.h - go through all tables of some pairs of databases and compare them.
 *
 * This is the walk that verify, dry-run and incremental share: connect, load
 * both schemas, pair the tables, take a snapshot of each side, cut tables into
 * ranges, let workers compare them, and look again at what differed.
 *
 *	walk_new      copies nothing: the request must outlive the walk
 *	walk_open     may come first, to know the databases
 *	walk_run      does it all; afterwards the findings are complete
 *	walk_tables   the findings, sorted by database and table
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

#include "dbsync/base/cancel.h"
#include "dbsync/base/talk.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/change_file.h"
#include "dbsync/data/difference.h"
#include "dbsync/data/strip.h"
#include "dbsync/db/conn.h"
#include "dbsync/db/snapshot.h"

enum digest { DIGEST_AUTO, DIGEST_STREAM, DIGEST_SERVER };

/* For tables that match pattern (`t*`, `db.t*`): a condition or a column. */
struct table_option {
	const char *pattern;
	const char *value;
};

/* Whether such a pattern is of a table. */
bool choice_fits(const char *pattern, const char *database, const char *table);

struct text_list {
	const char *const *items;
	size_t count;
};

struct option_list {
	const struct table_option *items;
	size_t count;
};

/* All of a vec of these. */
static inline struct text_list text_list_of(const struct vec *vec)
{
	return (struct text_list){vec->items, vec->count};
}

static inline struct option_list option_list_of(const struct vec *vec)
{
	return (struct option_list){vec->items, vec->count};
}

/*
 * Patterns that may fit nothing.  That is a note; but a name without wildcards
 * that somebody has just typed (from NULL) is an error.
 */
struct loose_patterns {
	const char *option; /* --NAME */
	const char *from;   /* the configuration's path, or NULL */
	struct text_list patterns;
};

enum { MOST_LOOSE = 4 };

/* What of a table is compared. */
enum scope { SCOPE_ALL, SCOPE_DATA, SCOPE_SCHEMA };

struct walk_request {
	const struct dsn *dsn[SIDES];
	const struct cancel *cancel;
	const struct talk *talk;
	struct workers *workers; /* the run's */
	struct conn_group *group;
	const char *run;            /* NULL: one that does not write */
	struct throttle *throttle;  /* may be NULL */
	struct text_list databases; /* a, c*, src:dst; none: the URLs' */
	struct text_list tables;    /* none: all */
	struct text_list exclude;
	struct option_list where;
	struct option_list ignore;
	struct option_list renames; /* TABLE.OLD, NEW */
	struct loose_patterns loose[MOST_LOOSE];
	size_t loose_count;
	bool is_checked; /* all words fitted before structures were changed */
	enum digest digest;
	unsigned parallel; /* at least 1 */
	unsigned attempts; /* to connect, and to read a range */
	unsigned net_timeout_s;
	bool no_snapshot;
	unsigned max_snapshot_age_s; /* 0: one for all */
	unsigned recheck;            /* how often to look again */
	unsigned recheck_pause_ms;
	unsigned wait_replica_s; /* 0: not */
	size_t details;          /* differing rows to keep, per table */
	bool keeps_changes;      /* as segments of change files */
	enum scope scope;
	unsigned objects;    /* object_set (object.h); 0: tables alone */
	bool drops_objects;  /* statements for what only the target has */
	bool enables_events; /* else they arrive disabled */
	/* a database that the target lacks is one without tables … */
	bool makes_databases;
	bool leaves_databases; /* … or DBS_E_REFUSED */
};

enum verdict {
	VERDICT_UNDECIDED,
	VERDICT_EQUAL,
	VERDICT_DIFFERENT,
	VERDICT_INCOMPLETE,
	VERDICT_MISSING_ON_TARGET,
	VERDICT_MISSING_ON_SOURCE,
};

/* A differing row, as texts for people (value_show). */
struct detail_value {
	const char *column;
	const char *text[SIDES];  /* NULL: SQL NULL; of a row that is not there,
				     which the change's kind says, NULL too */
	bool is_text;             /* characters, not a number or bytes */
	struct difference place;  /* where both part, of bytes and texts */
	const char *found[SIDES]; /* what is there (difference.h); or NULL */
};

struct detail {
	enum change_kind kind;
	struct detail_value *key; /* source and target are the same */
	size_t key_count;
	struct detail_value *columns; /* those that differ */
	size_t column_count;
};

struct structure; /* structure.h */

/* Whether the rows of a table were counted in a second way, and why not. */
enum count_state {
	COUNT_UNNEEDED,  /* no bound of its ranges can be misread */
	COUNT_UNGUARDED, /* there is no one view to count in */
	COUNT_WANTED,    /* the others: on the way */
	COUNT_ASKED,
	COUNT_DONE,
	COUNT_SAME, /* as many as were read, or it is incomplete */
};

struct finding {
	const char *database[SIDES];
	const char *table;
	enum verdict verdict;
	const char *key;    /* "primary", "unique:NAME", "rows" */
	enum digest digest; /* the one most ranges used; AUTO: none */
	struct tally rows;
	uint64_t changes[CHANGE_KINDS];
	uint64_t ranges;
	enum count_state count;
	double seconds;
	const char *skipped;  /* why it is incomplete, or NULL */
	bool lacks_structure; /* for which it alone is incomplete */
	/* at most what the walk's views are; of tables on one side alone: none */
	enum consistency consistency[SIDES];
	const struct renames *renames; /* of columns, in force; or NULL */
	const char *const *ignored;
	size_t ignored_count;
	const struct pair_difference *differences; /* in the columns */
	size_t difference_count;
	const struct detail *details;
	size_t detail_count;
	const struct structure *structure; /* NULL: was not looked at */
	struct strip strip; /* no cells: no row differs, as far as is known */

	/* with keeps_changes; they live as long as the walk */
	const struct subject *subject; /* NULL: only one side has the table */
	struct segment *segments;      /* in the order of keys */
	size_t segment_count;
	uint64_t records[CHANGE_KINDS];
	uint64_t record_bytes;
	uint64_t unwritable; /* rows that the target cannot hold */
};

/* What the target calls the table, or would call it. */
const char *finding_target_name(const struct finding *finding);

struct object_pair; /* object.h */

struct object_finding {
	const char *database[SIDES];
	enum verdict verdict;
	const struct object_pair *pair;
};

/* When views of a side were opened, and what they are. */
struct moment {
	enum side side;
	time_t at;
	enum consistency consistency;
};

struct walk_summary {
	struct server server[SIDES];
	char name[SIDES][256];               /* user@host:port */
	const char *cipher[SIDES];           /* NULL: no TLS */
	enum consistency consistency[SIDES]; /* the least of all tables' */
	enum consistency views[SIDES]; /* what the views are, for those tables
					  whose engine has any */
	const struct moment *moments;  /* in the order in which they came */
	size_t moment_count;
	unsigned workers;
	uint64_t bytes[SIDES]; /* received from there */
};

struct walk_progress {
	uint64_t rows;
	uint64_t rows_expected; /* the servers' estimate */
	uint64_t bytes;
	size_t tables_done;
	size_t tables;
};

/* For connections of the same run to one of the two sides. */
struct conn_setup walk_conn_setup(const struct walk_request *request,
				  enum side side);

struct walk;
struct link; /* subject.h */

struct walk *walk_new(const struct walk_request *request);
void walk_drop(struct walk **walk);
/*
 * The first part of walk_run, for those who need the target's databases before
 * anything is compared: connects and loads the models.
 */
enum dbs_rc walk_open(struct walk *walk, struct dbs_error *err);
/* Once opened: the tables that both sides have, by number; NULL: no more. */
const struct subject *walk_subject(const struct walk *walk, size_t number);
/* Likewise: its first connections. */
const struct link *walk_link(const struct walk *walk);
enum dbs_rc walk_run(struct walk *walk, struct dbs_error *err);
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
const struct finding *walk_findings(const struct walk *walk, size_t *count_out);
/*
 * What differs besides tables, in the order in which the statements are to be
 * run; database by database.  Empty when request->objects asks for none.
 */
const struct object_finding *walk_objects(const struct walk *walk,
					  size_t *count_out);
/* Whether a pattern of request->loose fits nothing; once opened. */
bool walk_fits_nothing(const struct walk *walk, const char *pattern);
const struct walk_summary *walk_summary(const struct walk *walk);
void walk_progress(const struct walk *walk, struct walk_progress *out);
#endif
