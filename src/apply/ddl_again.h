/*
 * ddl_again.h - a statement whose connection was lost may have been carried out, and
 * the server may still be at it.  Internal to apply.
 *
 *	ddl_look ─▶ the statement ─▶ DBS_E_LOST ─▶ ddl_come_back ─▶ ddl_look:
 *	another text, so it was carried out; the same, so it may be sent again
 */
#ifndef DBSYNC_APPLY_DDL_AGAIN_H
#define DBSYNC_APPLY_DDL_AGAIN_H

#include "ddl.h"

/*
 * A new session, once the server has ended that of before, which it goes on with
 * until its statement is over.  DBS_E_LOST: it takes longer than most_s (0: that
 * does not matter).
 */
enum dbs_rc ddl_come_back(struct ddl *ddl, unsigned most_s,
			  struct dbs_error *err);

/*
 * What SHOW CREATE TABLE says, without what rows change (AUTO_INCREMENT=…), for
 * mem_drop; NULL: there is no such table.
 */
enum dbs_rc ddl_look(struct ddl *ddl, const char *database, const char *table,
		     char **out, struct dbs_error *err);
#endif
