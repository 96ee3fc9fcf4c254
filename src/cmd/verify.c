/* verify.c - `dbsync verify`: are two databases equal, and where not? */
#include "dbsync/cmd/command.h"

#include "compared.h"
#include "console.h"
#include "host.h"
#include "invocation.h"

#include "dbsync/base/own.h"
#include "dbsync/run/verify_job.h"

#include <stddef.h>

#define COMMAND "verify"

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
	 "SECONDS", "the target is a replica of the source: wait until it\n"
	 "has what the source's snapshot has (default 300)",
	 NULL, 1, 86400, NULL, "300"},
	{"state-dir", '\0', OPTION_TEXT, WALK_AT(WALK, state_dir), "FOLDER",
	 "where it is kept that both sides were equal\n"
	 "(default: docs/operations.md)", NULL, 0, 0, NULL, NULL},
	WALK_ROWS_BRAKE(WALK),
	WALK_ROWS_OUTPUT(WALK),
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	walk_options_defaults(&((struct verify *)options)->walk);
}

/* What is on its way to the target when it is compared is there a moment later. */
static void heed_host(const struct host *host, struct walk_request *request)
{
	enum { LOOKS = 5 };

	if (host && host->is_followed && !request->recheck)
		request->recheck = LOOKS;
}

static int status_of(const struct run_result *result)
{
	return result->verdict == RUN_EQUAL       ? EXIT_EQUAL
	       : result->verdict == RUN_DIFFERENT ? EXIT_DIFFERENT
						  : EXIT_INCOMPLETE;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct verify *verify = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	OWNED(console_close) struct console console = {0};
	OWNED(run_result_release) struct run_result result = {0};
	struct run_request request = {
		.command = COMMAND,
		.walk = walk_options_request(&verify->walk),
		.brake = &verify->walk.brake,
		.by_log = walk_options_by_log(&verify->walk,
					      verify->walk.state_dir),
	};
	struct dbs_error err = {0};
	enum dbs_rc rc = walk_options_check(&verify->walk, &err);

	heed_host(invocation->host, &request.walk);
	if (!rc)
		rc = endpoints_load(&verify->walk.endpoints, operands,
				    &endpoints, &err);
	if (!rc)
		rc = console_open(&console, invocation, &verify->walk,
				  &endpoints.dsn[TARGET], &err);
	if (!rc)
		rc = walk_options_objects(&verify->walk, &request.walk.objects,
					  &err);
	if (!rc) {
		console_attend(&console, &endpoints, &request);
		rc = verify_job_run(&request, &result, &err);
	}
	console_quiet(&console);
	if (rc)
		return compared_fail(&result, invocation, COMMAND,
				     &verify->walk, &err);
	compared_print(&result, invocation, COMMAND, &verify->walk);
	return status_of(&result);
}

const struct command command_verify = {
	.name = "verify",
	.summary = "compare two databases and report where they differ",
	.operands = "[SOURCE TARGET]",
	.text = "Compares the structure and all rows of all tables, and with "
		"--objects\n"
		"other objects of a database, and changes nothing.\n"
		"\n"
		"SOURCE and TARGET are URLs, or are set in DBSYNC_SOURCE and "
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
