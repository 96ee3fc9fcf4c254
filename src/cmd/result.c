/* result.c - see result.h. */
#include "result.h"

#include "filters.h"
#include "invocation.h"
#include "sync_report.h"

#include "dbsync/cmd/command.h"

static void print(const struct sync_report *report, struct outcome *outcome,
		  bool is_json)
{
	if (!is_json)
		sync_report_text(report);
	sync_report_json(report, outcome, is_json);
}

static void print_compared(struct sync_report *report, struct outcome *outcome,
			   const struct walk_options *options)
{
	const struct run_result *result = report->result;
	const struct report compared = {
		.command = report->command,
		.summary = walk_summary(result->walk),
		.views = result->views,
		.findings = result->findings,
		.count = result->finding_count,
		.seconds = result->seconds,
		.is_quiet = report->is_quiet,
		.is_schema = result->is_schema,
		.filters = filters_of(options, result->walk),
		.by_log = result->by_log,
	};

	report->report = &compared;
	print(report, outcome, options->json);
	report->report = NULL;
	(void)json_object_put(compared.filters);
}

static int status_of(const struct run_result *result)
{
	if (result->is_refused)
		return EXIT_REFUSED;
	switch (result->verdict) {
	case RUN_EQUAL:
	case RUN_UNVERIFIED:
	case RUN_RESTORED:
		return EXIT_EQUAL;
	case RUN_DIFFERENT:
		return EXIT_DIFFERENT;
	case RUN_PARTIAL:
		break;
	}
	return EXIT_INCOMPLETE;
}

int result_print(const struct run_result *result, struct invocation *invocation,
		 const char *command, const struct walk_options *options,
		 const char *sql_file)
{
	struct sync_report report = {
		.command = command,
		.result = result,
		.sql_file = sql_file,
		.is_quiet = options->quiet,
	};

	if (result->walk)
		print_compared(&report, &invocation->outcome, options);
	else
		print(&report, &invocation->outcome, options->json);
	return status_of(result);
}
