/*
 * privileges.h - what a user lacks for a purpose, and the GRANT that mends it:
 * for doctor, and for commands that ask before the work.
 */
#ifndef DBSYNC_RUN_PRIVILEGES_H
#define DBSYNC_RUN_PRIVILEGES_H

#include "dbsync/apply/checkup.h"
#include "dbsync/run/sync_run.h"

/* What a set of privileges is for. */
struct need {
	const char *purpose;
	const enum checkup_privilege *privileges;
	size_t count;
	bool is_vital; /* without them a command does not work */
};

#define NEED(what, vital, ...)                                               \
	(struct need)                                                        \
	{                                                                    \
		.purpose = (what),                                           \
		.privileges = (const enum checkup_privilege[]){__VA_ARGS__}, \
		.count = sizeof((const enum checkup_privilege[]){            \
				 __VA_ARGS__}) /                             \
			 sizeof(enum checkup_privilege),                     \
		.is_vital = (vital),                                         \
	}

/* The places of databases of our own, as GRANT writes them. */
#define PLACE_OWN "`dbsync\\_%`.*"

/*
 * "SELECT, INSERT" of those that are missing, "" when none is; checkup NULL: of
 * all.  database may be NULL: of the whole server.
 */
void privileges_missing(const struct checkup *checkup,
			const struct checkup_database *database,
			const struct need *need, struct buf *out);

/* A database as GRANT writes it: `shop\_a`.* */
void privileges_place(const char *database, struct buf *out);

/*
 * All of them: on a server where the nearest pattern counts alone, a grant does
 * not add to another.
 */
void privileges_grant(const struct checkup *checkup, const char *place,
		      const struct need *need, struct buf *out);

/* What a run is going to write. */
enum writes {
	WRITES_ROWS = 1,
	WRITES_STRUCTURES = 2, /* alone: of tables that stay */
	WRITES_COPIES = 4,     /* whole tables, next to the target's */
};

struct lack {
	const char *text; /* what is missing; NULL: nothing, as far as is known */
	const char *grant; /* "GRANT … ON … TO …;" */
};

/*
 * What the user of the target is sure to lack; `--allow privileges` does not
 * ask.  Doubt (roles, grants on tables) is no lack.  Texts are in arena.
 */
enum dbs_rc privileges_look(const struct conn_setup *target,
			    struct text_list databases, unsigned writes,
			    const struct write_options *options,
			    struct arena *arena, struct lack *out,
			    struct dbs_error *err);
/* Both texts, as the error of a run that is refused for it. */
enum dbs_rc privileges_check(const struct conn_setup *target,
			     struct text_list databases, unsigned writes,
			     const struct write_options *options,
			     struct dbs_error *err);
#endif
