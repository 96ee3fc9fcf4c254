/* compared.c - see compared.h. */
#include "compared.h"

#include "filters.h"
#include "invocation.h"

#include "dbsync/cmd/failure.h"
#include "dbsync/cmd/report.h"

#include <stdio.h>

static void print(const struct run_result *result,
		  struct invocation *invocation, const char *command,
		  const struct walk_options *options,
		  const struct dbs_error *stop)
{
	struct report report = {
		.command = command,
		.summary = walk_summary(result->walk),
		.findings = result->findings,
		.count = result->finding_count,
		.seconds = result->seconds,
		.is_quiet = options->quiet,
		.is_schema = result->is_schema,
		.filters = filters_of(options, result->walk),
		.stop = stop,
		.by_log = result->by_log,
	};

	report.objects = walk_objects(result->walk, &report.object_count);
	/* the plan that a run is refused for was shown */
	if (!options->json && !(stop && stop->code == DBS_E_REFUSED))
		report_text(&report);
	report_json(&report, &invocation->outcome, options->json);
	(void)json_object_put(report.filters);
}

void compared_print(const struct run_result *result,
		    struct invocation *invocation, const char *command,
		    const struct walk_options *options)
{
	print(result, invocation, command, options, NULL);
}

int compared_fail(const struct run_result *result,
		  struct invocation *invocation, const char *command,
		  const struct walk_options *options, struct dbs_error *err)
{
	if (!result->walk)
		return walk_options_fail(options, invocation, command, err);
	print(result, invocation, command, options, err);
	(void)fflush(stdout);
	print_error(command, err);
	return exit_status_of(err->code);
}
