/* cleanup_job.c - see cleanup_job.h. */
#include "dbsync/run/cleanup_job.h"

/* Without the database that the target names: it may be one that is not there. */
static struct conn_setup setup_of(const struct cleanup_request *request)
{
	return (struct conn_setup){
		.dsn = request->target,
		.role = side_name(TARGET),
		.cancel = request->cancel,
		.talk = request->talk,
		.group = request->group,
		.attempts = request->attempts,
		.net_timeout_s = request->net_timeout_s,
		.may_lack_database = true,
	};
}

enum dbs_rc cleanup_list(const struct cleanup_request *request,
			 struct cleanup_result *result, struct dbs_error *err)
{
	const struct conn_setup setup = setup_of(request);

	*result = (struct cleanup_result){.arena = arena_new()};
	return leftovers_list(&setup, result->arena, &result->leftovers, err);
}

enum dbs_rc cleanup_drop(const struct cleanup_request *request,
			 struct cleanup_result *result, struct dbs_error *err)
{
	const struct conn_setup setup = setup_of(request);

	return leftovers_drop(&setup, request->with_replaced,
			      &result->leftovers, err);
}

void cleanup_result_release(struct cleanup_result *result)
{
	arena_drop(&result->arena);
}

size_t cleanup_count(const struct cleanup_request *request,
		     const struct cleanup_result *result)
{
	size_t count = 0;

	for (size_t i = 0; i < result->leftovers.count; i++)
		count += leftover_goes(&result->leftovers.items[i],
				       request->with_replaced);
	return count;
}
