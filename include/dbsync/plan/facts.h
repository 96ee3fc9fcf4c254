/*
 * facts.h - what a plan must know of the target besides its rows.
 *
 * Gathered by the floor above (apply/survey.h); all texts are borrowed and
 * live as long as the walk and the arena of the survey.
 */
#ifndef DBSYNC_PLAN_FACTS_H
#define DBSYNC_PLAN_FACTS_H

#include "dbsync/schema/relations.h"

struct target_facts {
	bool is_read_only;         /* read_only or super_read_only */
	const char *replicates;    /* "host:port" of its source, or NULL */
	const char *replica_doubt; /* why that could not be seen, or NULL */
	bool sees_triggers;        /* the user may see triggers */
	const char *binlog_format; /* "" when it writes none */
	const char *user;          /* user@host that this one is */
	const char *identity;      /* "host:port of itself, data directory" */
	const struct relations **relations; /* of each database */
	const char *const *databases;
	size_t database_count;
};
#endif
