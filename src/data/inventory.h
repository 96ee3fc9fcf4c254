/*
 * inventory.h - what there is to compare: databases, tables, jobs.  Internal
 * to the data floor.
 *
 * Tables that only one side has need no job: their rows are counted (within
 * the snapshot), once it is certain that the table is absent and not merely
 * hidden from the user.
 */
#ifndef DBSYNC_DATA_INVENTORY_H
#define DBSYNC_DATA_INVENTORY_H

#include "choice.h"
#include "dbsync/data/links.h"
#include "job.h"

struct inventory {
	const struct walk_request *request;
	struct arena *arena;
	struct vec arenas; /* struct arena *: of threads that loaded things */
	const struct server *server[SIDES];
	struct vec databases; /* struct database_pair */
	struct vec jobs;      /* struct job * */
	struct vec findings;  /* struct finding */
	struct vec objects;   /* struct object_finding */
	bool lists_objects;   /* the lists of the databases are out of date */
	struct vec idle;      /* const char *: patterns that fit nothing */
	uint64_t rows;        /* expected on the source */
};

void inventory_init(struct inventory *inventory,
		    const struct walk_request *request, struct arena *arena);
void inventory_release(struct inventory *inventory);
/* For one thread, as long as the inventory lives. */
struct arena *inventory_new_arena(struct inventory *inventory);

/* Databases, models and jobs; what the user named wrongly is DBS_E_USAGE. */
enum dbs_rc inventory_load(struct inventory *inventory,
			   const struct links *links, struct dbs_error *err);

/* Findings for the tables that only one side has. */
enum dbs_rc inventory_count_missing(struct inventory *inventory,
				    const struct link *link,
				    struct dbs_error *err);
#endif
