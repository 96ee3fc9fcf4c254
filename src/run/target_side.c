/* target_side.c - see target_side.h. */
#include "dbsync/run/target_side.h"

#include "dbsync/apply/survey.h"
#include "dbsync/base/own.h"

enum dbs_rc target_side_survey(struct target_side *side, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&side->setup, &conn, err);

	return rc ? rc
		  : survey_target(conn, side->databases.items,
				  side->databases.count, side->arena,
				  &side->facts, err);
}

enum dbs_rc target_side_lock(struct target_side *side, const char *state_dir,
			     const char *run, const char *command,
			     struct dbs_error *err)
{
	const struct target_lock_wish wish = {
		.setup = &side->setup,
		.databases = side->databases.items,
		.database_count = side->databases.count,
		.identity = side->facts.identity,
		.folder = state_dir,
		.run = run,
		.command = command,
		.is_unlogged = side->is_unlogged,
	};

	return target_lock_take(&wish, &side->lock, err);
}

void target_side_release(struct target_side *side)
{
	target_lock_release(&side->lock);
	arena_drop(&side->arena);
}
