/* verify.c - `dbsync verify`: are two databases equal, and where not? */
#include "dbsync/cmd/command.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/cmd/report.h"
#include "dbsync/cmd/signals.h"

#include "filters.h"
#include "walk_options.h"

#include <stddef.h>

struct verify {
	struct walk_options walk;
};

#define WALK offsetof(struct verify, walk)

/* clang-format off */
static const struct option_row rows[] = {
	WALK_ROWS_WHAT(WALK),
	WALK_ROWS_SCOPE(WALK),
	WALK_ROWS_HOW(WALK),
	{"wait-replica", '\0', OPTION_UNSIGNED, WALK_AT(WALK, wait_replica_s),
	 "SECONDS", "the target replicates from the source: wait until it\n"
	 "has what the source's snapshot has (default 300)",
	 NULL, 1, 86400, NULL, "300"},
	WALK_ROWS_BRAKE(WALK),
	WALK_ROWS_OUTPUT(WALK),
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	walk_options_defaults(&((struct verify *)options)->walk);
}

static int print_report(const struct verify *verify, const struct walk *walk,
			double seconds)
{
	struct report report = {
		.command = "verify",
		.summary = walk_summary(walk),
		.seconds = seconds,
		.is_quiet = verify->walk.quiet,
		.is_schema = verify->walk.schema_only,
		.filters = filters_of(&verify->walk, walk),
	};

	report.findings = walk_findings(walk, &report.count);
	report.objects = walk_objects(walk, &report.object_count);
	if (!verify->walk.json)
		report_text(&report);
	report_json(&report, verify->walk.json);
	(void)json_object_put(report.filters);
	switch (report_verdict(&report)) {
	case VERDICT_EQUAL:
		return EXIT_EQUAL;
	case VERDICT_DIFFERENT:
	case VERDICT_MISSING_ON_TARGET:
	case VERDICT_MISSING_ON_SOURCE:
		return EXIT_DIFFERENT;
	case VERDICT_UNDECIDED:
	case VERDICT_INCOMPLETE:
		break;
	}
	return EXIT_INCOMPLETE;
}

static int fail(const struct verify *verify, struct dbs_error *err)
{
	return walk_options_fail(&verify->walk, "verify", err);
}

static int compare(const struct verify *verify,
		   const struct walk_request *request, struct brake *brake,
		   struct progress **progress)
{
	OWNED(walk_drop) struct walk *walk = walk_new(request);
	const uint64_t start = clock_ns();
	struct dbs_error err = {0};

	progress_watch(*progress, walk);
	const enum dbs_rc rc = walk_run(walk, &err);

	progress_watch(*progress, NULL);
	brake_quiet(brake);
	progress_end(progress);
	return rc ? fail(verify, &err)
		  : print_report(verify, walk, clock_since(start));
}

static int compare_braked(const struct verify *verify,
			  struct walk_request *request,
			  struct progress **progress)
{
	const struct brake_options *options = &verify->walk.brake;
	OWNED(brake_release) struct brake brake;
	struct dbs_error err = {0};

	if (brake_open(options, *progress, &brake, &err))
		return fail(verify, &err);
	request->throttle = brake.throttle;
	const struct conn_setup source = walk_conn_setup(request,
							 DBS_SIDE_SOURCE);
	const struct conn_setup target = walk_conn_setup(request,
							 DBS_SIDE_TARGET);

	if (brake_watch(&brake, &source, &target, &err))
		return fail(verify, &err);
	return compare(verify, request, &brake, progress);
}

static int run(void *options, const struct vec *operands)
{
	struct verify *verify = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {DSN_INIT,
							     DSN_INIT};
	struct dbs_error err = {0};

	if (walk_options_check(&verify->walk, &err) ||
	    endpoints_load(&verify->walk.endpoints, operands, &endpoints, &err))
		return fail(verify, &err);

	struct cancel cancel = {false};
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = NULL;

	if (signals_begin(&cancel, group, &signals, &err))
		return fail(verify, &err);
	OWNED(progress_end) struct progress *progress = progress_begin(
		(enum progress_mode)verify->walk.progress, verify->walk.quiet);
	struct walk_request request = walk_options_request(&verify->walk);

	if (walk_options_objects(&verify->walk, &request.objects, &err))
		return fail(verify, &err);
	request.source = &endpoints.source;
	request.target = &endpoints.target;
	request.cancel = &cancel;
	request.talk = progress_talk(progress);
	request.group = group;
	return compare_braked(verify, &request, &progress);
}

const struct command command_verify = {
	.name = "verify",
	.summary = "are two databases equal, and where not?",
	.operands = "[SOURCE TARGET]",
	.text = "Compares the structure and all rows of all tables, and what\n"
		"else there is in a database (--objects), and changes nothing.\n"
		"\n"
		"SOURCE and TARGET are URLs, or stand in DBSYNC_SOURCE and "
		"DBSYNC_TARGET:\n"
		"  mysql://user:password@host:port/database?ssl-mode=required\n"
		"  (ssl-mode: disabled, preferred, required, verify-ca,\n"
		"  verify-identity; also ssl-ca, ssl-cert, ssl-key,\n"
		"  enable-cleartext-plugin, socket, connect-timeout)\n"
		"\n"
		"Exit status: 0 equal, 1 different, 2 usage, 3 refused, 4 "
		"server or network,\n"
		"5 files, 6 something could not be compared, 7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync verify mysql://u@db1/shop mysql://u@db2/shop\n"
		"  dbsync verify --tables 'order*' --details 10\n"
		"  dbsync verify --databases 'shop:shop_copy,crm' --json\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct verify),
	.endpoints = offsetof(struct verify, walk.endpoints),
	.takes_jobs = true,
	.defaults = defaults,
	.run = run,
};
