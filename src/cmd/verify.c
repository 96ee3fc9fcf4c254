/* verify.c - `dbsync verify`: are two databases equal, and where not? */
#include "dbsync/cmd/command.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/cmd/report.h"
#include "dbsync/cmd/signals.h"

#include <sched.h>
#include <stddef.h>

enum { MOST_WORKERS = 64, DEFAULT_WORKERS = 8 };

struct verify {
	struct endpoint_options endpoints;
	struct vec databases;
	struct vec tables;
	struct vec exclude;
	struct vec where;
	struct vec ignore;
	int digest;
	bool no_snapshot;
	unsigned parallel;
	unsigned recheck;
	unsigned recheck_pause_ms;
	unsigned wait_replica_s;
	unsigned details;
	unsigned retries;
	unsigned net_timeout_s;
	bool json;
	int progress;
	bool quiet;
	bool help; /* cmd_main sees to it */
};

static const char *const digest_words[] = {"auto", "stream", "server", NULL};
static const char *const progress_words[] = {"auto", "none", "json", NULL};

#define AT(field) offsetof(struct verify, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"databases", '\0', OPTION_LIST, AT(databases), "LIST",
	 "a,b,c*,src:dst instead of the URLs' databases",
	 "What to compare", 0, 0, NULL, NULL},
	{"tables", 't', OPTION_LIST, AT(tables), "GLOBS",
	 "only these: orders,temp_*,shop.items", NULL, 0, 0, NULL, NULL},
	{"exclude-tables", 'x', OPTION_LIST, AT(exclude), "GLOBS",
	 "but not these", NULL, 0, 0, NULL, NULL},
	{"where", '\0', OPTION_WHERE, AT(where), "TABLE:EXPR",
	 "only rows of TABLE for which EXPR holds", NULL, 0, 0, NULL, NULL},
	{"ignore-columns", '\0', OPTION_COLUMNS, AT(ignore), "TABLE.COLUMN",
	 "leave columns out (the report names them)", NULL, 0, 0, NULL, NULL},

	{"digest", '\0', OPTION_CHOICE, AT(digest), "HOW",
	 "stream: read all rows; server: let servers digest\n"
	 "them; auto (default): whichever is quicker here",
	 "How to compare", 0, 0, digest_words, NULL},
	{"parallel", 'p', OPTION_UNSIGNED, AT(parallel), "N",
	 "workers; each has a connection to both sides\n"
	 "(default: the cores of this machine, at most 8)",
	 NULL, 1, MOST_WORKERS, NULL, NULL},
	{"no-snapshot", '\0', OPTION_FLAG, AT(no_snapshot), NULL,
	 "read without a consistent view (long runs on busy\n"
	 "servers); differences may be of time only", NULL, 0, 0, NULL, NULL},
	{"recheck", '\0', OPTION_UNSIGNED, AT(recheck), "N",
	 "look N times again at rows that differ; only those\n"
	 "that still do count", NULL, 0, 100, NULL, NULL},
	{"recheck-pause", '\0', OPTION_MILLIS, AT(recheck_pause_ms), "SECONDS",
	 "before each look (default 1)", NULL, 0, 3600, NULL, NULL},
	{"wait-replica", '\0', OPTION_UNSIGNED, AT(wait_replica_s), "SECONDS",
	 "the target replicates from the source: wait until it\n"
	 "has what the source's snapshot has (default 300)",
	 NULL, 1, 86400, NULL, "300"},

	{"details", 'd', OPTION_UNSIGNED, AT(details), "N",
	 "show the first N differing rows of each table",
	 "Output", 0, 100000, NULL, NULL},
	{"json", '\0', OPTION_FLAG, AT(json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	{"progress", '\0', OPTION_CHOICE, AT(progress), "HOW",
	 "auto (default): on a terminal; none; json: lines on\n"
	 "stderr", NULL, 0, 0, progress_words, NULL},
	{"quiet", 'q', OPTION_FLAG, AT(quiet), NULL,
	 "only what is not equal, and the verdict", NULL, 0, 0, NULL, NULL},

	{"env-file", '\0', OPTION_TEXT, AT(endpoints.env_file), "FILE",
	 "DB_HOST … and BACKUP_DB_HOST … (default ./.env)",
	 "Where the servers are", 0, 0, NULL, NULL},
	{"defaults-file", '\0', OPTION_TEXT, AT(endpoints.defaults_file), "FILE",
	 "option file in the form of my.cnf", NULL, 0, 0, NULL, NULL},
	{"defaults-group", '\0', OPTION_TEXT, AT(endpoints.defaults_group),
	 "NAME", "its section, besides [client] (file: ~/.my.cnf)",
	 NULL, 0, 0, NULL, NULL},
	{"retries", '\0', OPTION_UNSIGNED, AT(retries), "N",
	 "tries to connect, and to read a range (default 4)",
	 NULL, 1, 100, NULL, NULL},
	{"net-timeout", '\0', OPTION_UNSIGNED, AT(net_timeout_s), "SECONDS",
	 "silence of a server before it counts as lost\n"
	 "(default 3600; 0: no limit)", NULL, 0, 604800, NULL, NULL},
	{"help", 'h', OPTION_FLAG, AT(help), NULL, "this text",
	 NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

static unsigned cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	const unsigned count = (unsigned)CPU_COUNT(&set);

	return count < DEFAULT_WORKERS ? count : DEFAULT_WORKERS;
}

static void defaults(void *options)
{
	struct verify *verify = options;

	*verify = (struct verify){
		.databases = VEC_INIT(char *),
		.tables = VEC_INIT(char *),
		.exclude = VEC_INIT(char *),
		.where = VEC_INIT(struct table_option),
		.ignore = VEC_INIT(struct table_option),
		.parallel = cores(),
		.recheck_pause_ms = 1000,
		.retries = 4,
		.net_timeout_s = 3600,
	};
}

static struct text_list list_of(const struct vec *vec)
{
	return (struct text_list){vec->items, vec->count};
}

static struct option_list options_of(const struct vec *vec)
{
	return (struct option_list){vec->items, vec->count};
}

static int print_report(const struct verify *verify, const struct walk *walk,
			double seconds)
{
	struct report report = {
		.command = "verify",
		.summary = walk_summary(walk),
		.seconds = seconds,
		.is_quiet = verify->quiet,
	};

	report.findings = walk_findings(walk, &report.count);
	if (verify->json)
		report_json(&report);
	else
		report_text(&report);
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
	if (err->code == DBS_E_USAGE)
		mask_secrets(err);
	if (verify->json)
		report_json_error("verify", err);
	print_error(err);
	return exit_status_of(err->code);
}

static int compare(const struct verify *verify,
		   const struct walk_request *request,
		   struct progress **progress)
{
	OWNED(walk_drop) struct walk *walk = walk_new(request);
	const uint64_t start = clock_ns();
	struct dbs_error err = {0};

	progress_watch(*progress, walk);
	const enum dbs_rc rc = walk_run(walk, &err);

	progress_watch(*progress, NULL);
	progress_end(progress);
	return rc ? fail(verify, &err)
		  : print_report(verify, walk, clock_since(start));
}

static int run(void *options, const struct vec *operands)
{
	struct verify *verify = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {DSN_INIT,
							     DSN_INIT};
	struct dbs_error err = {0};

	if (endpoints_load(&verify->endpoints, operands, &endpoints, &err))
		return fail(verify, &err);

	struct cancel cancel = {false};
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = signals_begin(&cancel,
								   group);
	OWNED(progress_end) struct progress *progress = progress_begin(
		(enum progress_mode)verify->progress, verify->quiet);
	const struct walk_request request = {
		.source = &endpoints.source,
		.target = &endpoints.target,
		.cancel = &cancel,
		.talk = progress_talk(progress),
		.group = group,
		.databases = list_of(&verify->databases),
		.tables = list_of(&verify->tables),
		.exclude = list_of(&verify->exclude),
		.where = options_of(&verify->where),
		.ignore = options_of(&verify->ignore),
		.digest = (enum digest)verify->digest,
		.parallel = verify->parallel,
		.attempts = verify->retries,
		.net_timeout_s = verify->net_timeout_s,
		.no_snapshot = verify->no_snapshot,
		.recheck = verify->recheck,
		.recheck_pause_ms = verify->recheck_pause_ms,
		.wait_replica_s = verify->wait_replica_s,
		.details = verify->details,
	};

	return compare(verify, &request, &progress);
}

const struct command command_verify = {
	.name = "verify",
	.summary = "are two databases equal, and where not?",
	.operands = "[SOURCE TARGET]",
	.text = "Compares all rows of all tables and changes nothing.\n"
		"\n"
		"SOURCE and TARGET are URLs, or stand in DBSYNC_SOURCE and "
		"DBSYNC_TARGET:\n"
		"  mysql://user:password@host:port/database?ssl-mode=required\n"
		"  (ssl-mode: disabled, preferred, required, verify-ca,\n"
		"  verify-identity; also ssl-ca, ssl-cert, ssl-key, socket,\n"
		"  connect-timeout)\n"
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
	.defaults = defaults,
	.run = run,
};
