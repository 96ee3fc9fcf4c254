/* run_base.c - see run_base.h. */
#include "run_base.h"

#include "dbsync/base/clock.h"
#include "dbsync/run/interrupted.h"
#include "dbsync/run/moment_defaults.h"
#include "dbsync/run/state.h"
#include "dbsync/schema/object.h"

enum dbs_rc run_base_open(struct run_base *base, bool has_source,
			  struct dbs_error *err)
{
	const struct run_request *asked = base->asked;
	enum dbs_rc rc = brake_open(asked->brake, asked->audience, &base->brake,
				    err);

	sync_run_name(base->id);
	workers_init(&base->workers, asked->walk.talk, conn_thread_end);
	base->walk.workers = &base->workers;
	base->walk.run = asked->write ? base->id : NULL;
	base->walk.throttle = base->brake.throttle;
	if (has_source)
		base->source = walk_conn_setup(&base->walk, SOURCE);
	base->target.setup = walk_conn_setup(&base->walk, TARGET);
	base->target.is_unlogged = asked->write && asked->write->binlog == 1;
	base->target.arena = arena_new();
	base->start_ns = clock_ns();
	return rc ? rc
		  : brake_watch(&base->brake, has_source ? &base->source : NULL,
				&base->target.setup, err);
}

enum dbs_rc run_base_enter(struct run_base *base, unsigned writes,
			   struct dbs_error *err)
{
	const struct run_request *asked = base->asked;
	size_t forgotten = 0;
	enum dbs_rc rc = privileges_check(&base->target.setup,
					  base->target.databases, writes,
					  asked->write, err);

	if (!rc)
		rc = state_check_owner(asked->write->state_dir, err);
	/* what this run writes no log will name */
	if (!rc && base->target.is_unlogged)
		rc = agreement_forget(asked->write->state_dir, NULL, &forgotten,
				      err);
	if (!rc)
		rc = target_side_lock(&base->target, asked->write->state_dir,
				      base->id, asked->command, err);
	return rc ? rc
		  : moment_defaults_return(&base->target,
					   asked->write->state_dir,
					   &base->has_set_back, err);
}

enum dbs_rc run_base_heed(struct run_base *base, unsigned wait_s,
			  struct dbs_error *err)
{
	const struct interrupted_wish wish = {
		.state_dir = base->asked->write->state_dir,
		.audience = base->asked->audience,
		.wait_s = wait_s,
	};
	enum dbs_rc rc = interrupted_heed(&wish, &base->target,
					  &base->has_set_back, err);

	return rc ? rc : target_side_survey(&base->target, err);
}

struct sync_run run_base_run(const struct run_base *base,
			     const struct plan *plan)
{
	return (struct sync_run){
		.command = base->asked->command,
		.id = base->id,
		.request = &base->walk,
		.options = base->asked->write,
		.setup = &base->target.setup,
		.source = base->source.dsn ? &base->source : NULL,
		.audience = base->asked->audience,
		.facts = &base->target.facts,
		.noted = {base->asked->write->state_dir, base->id,
			  base->target.facts.identity},
		.plan = plan,
		.databases = base->target.databases.items,
		.database_count = base->target.databases.count,
		.lock = base->target.lock,
	};
}

unsigned run_usual_objects(enum scope scope)
{
	return scope == SCOPE_DATA ? OBJECTS_TABLES
				   : OBJECTS_TABLES | OBJECTS_VIEWS;
}

bool run_base_covers_all(const struct run_base *base)
{
	const struct walk_request *asked = &base->asked->walk;
	const unsigned usual = run_usual_objects(asked->scope);

	return !asked->tables.count && !asked->exclude.count &&
	       !asked->where.count && !asked->ignore.count &&
	       asked->scope != SCOPE_SCHEMA &&
	       (asked->objects & usual) == usual;
}

void run_base_compared(const struct run_base *base, const struct walk *walk,
		       struct run_result *result)
{
	result->verdict = RUN_PARTIAL;
	result->is_schema = base->walk.scope == SCOPE_SCHEMA;
	result->seconds = clock_since(base->start_ns);
	result->walk = walk;
	result->findings = walk_findings(walk, &result->finding_count);
}

void run_base_stopped(const struct run_base *base, struct walk *walk,
		      struct run_result *result, struct dbs_error *err)
{
	size_t missing = 0;

	if (err->code != DBS_E_CANCELLED || !walk || !walk_stop(walk))
		return;
	run_base_compared(base, walk, result);
	for (size_t i = 0; i < result->finding_count; i++)
		missing += result->findings[i].verdict == VERDICT_INCOMPLETE;
	if (missing)
		(void)dbs_fail(err, DBS_E_CANCELLED,
			       "cancelled: %zu of %zu tables were not compared",
			       missing, result->finding_count);
	else
		(void)dbs_fail(err, DBS_E_CANCELLED,
			       "cancelled: all tables were compared, but the "
			       "run was not over");
}

/* Who has compared while it wrote may have seen what was before. */
static void forget_again(const struct run_base *base)
{
	struct dbs_error ignored = {0};
	size_t count = 0;

	if (base->target.is_unlogged && base->target.lock)
		(void)agreement_forget(base->asked->write->state_dir, NULL,
				       &count, &ignored);
}

void run_base_quiet(struct run_base *base)
{
	brake_quiet(&base->brake);
	forget_again(base);
	target_lock_release(&base->target.lock);
}

void run_base_release(struct run_base *base)
{
	run_base_quiet(base);
	target_side_release(&base->target);
	brake_release(&base->brake);
}

void run_result_release(struct run_result *result)
{
	if (result->drop)
		result->drop(result->job);
	*result = (struct run_result){0};
}
