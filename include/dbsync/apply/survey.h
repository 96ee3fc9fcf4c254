/*
 * survey.h - ask the target what a plan must know of it.  Only reads.
 */
#ifndef DBSYNC_APPLY_SURVEY_H
#define DBSYNC_APPLY_SURVEY_H

#include "dbsync/plan/facts.h"

/*
 * The facts live in arena; databases: names on the target.  DBS_E_REFUSED when
 * one of them is the server's own.
 */
enum dbs_rc survey_target(struct conn *conn, const char *const *databases,
			  size_t count, struct arena *arena,
			  struct target_facts *out, struct dbs_error *err);
#endif
