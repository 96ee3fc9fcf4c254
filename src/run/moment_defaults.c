/* moment_defaults.c - see moment_defaults.h. */
#include "dbsync/run/moment_defaults.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/state.h"

/* ------------------------------------------------------------------------
 * Of a run
 * --------------------------------------------------------------------- */

static enum dbs_rc change(const void *self, const struct default_change *change,
			  struct dbs_error *err)
{
	const struct moment_run *run = self;
	OWNED(mem_drop)
	char *lock = target_lock_path(run->state_dir, run->identity,
				      change->database);

	return state_default_changes(run->state_dir, run->id, lock, change,
				     err);
}

static enum dbs_rc done(const void *self, struct dbs_error *err)
{
	const struct moment_run *run = self;

	return state_defaults_are_back(run->state_dir, run->id, NULL, err);
}

struct default_notes moment_defaults_notes(const struct moment_run *run)
{
	return (struct default_notes){
		.self = run, .change = change, .done = done};
}

/* ------------------------------------------------------------------------
 * Of those that died
 * --------------------------------------------------------------------- */

static enum dbs_rc set_back(const struct target_side *target, const char *lock,
			    const struct state_default *left,
			    struct dbs_error *err)
{
	const struct defaults_request request = {
		.target = &target->setup,
		.no_binlog = target->is_unlogged,
	};
	const struct default_change change = {left->database, left->was,
					      left->meanwhile};
	enum dbs_rc rc = defaults_set_back(&request, &change, err);

	return rc ? rc
		  : state_defaults_are_back(left->folder, left->run, lock, err);
}

static enum dbs_rc return_of(const struct target_side *target,
			     const char *state_dir, const char *database,
			     bool *any_out, struct dbs_error *err)
{
	OWNED(state_defaults_drop) struct vec left = VEC_INIT(
		struct state_default);
	OWNED(mem_drop)
	char *lock = target_lock_path(state_dir, target->facts.identity,
				      database);
	enum dbs_rc rc = state_defaults(state_dir, lock, &left, err);

	for (size_t i = 0; i < left.count && !rc; i++)
		rc = set_back(target, lock, vec_at(&left, i), err);
	*any_out = *any_out || left.count;
	return rc;
}

enum dbs_rc moment_defaults_return(const struct target_side *target,
				   const char *state_dir, bool *any_out,
				   struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < target->databases.count && !rc; i++)
		rc = return_of(target, state_dir, target->databases.items[i],
			       any_out, err);
	return rc;
}
