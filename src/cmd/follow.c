/* follow.c - `dbsync follow`: the target is made equal, and stays equal. */
#include "dbsync/cmd/command.h"

#include "console.h"
#include "host.h"
#include "invocation.h"
#include "moment.h"
#include "sync.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/follow_job.h"
#include "dbsync/run/report_value.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "follow"

struct follow {
	struct sync_options sync; /* of incremental runs */
	const char *until;
	int initial; /* the order of initial_words */
	bool initial_only;
	bool starts_over;
	int drift; /* enum follow_drift_how */
	unsigned server_id;
};

#define WALK offsetof(struct follow, sync.walk)
#define WRITE offsetof(struct follow, sync.write)
#define SHAPE offsetof(struct follow, sync.shape)
#define AT(field) offsetof(struct follow, field)

static const char *const initial_words[] = {"incremental", "full-sync", NULL};
static const char *const drift_words[] = {"auto", "hold", "overwrite", "stop",
					  NULL};

/* clang-format off */
static const struct option_row rows[] = {
	{"until", '\0', OPTION_TEXT, AT(until), "WHEN",
	 "stopped (default); caught-up: everything that the\n"
	 "source had committed when following began is on the\n"
	 "target; a time in UTC (2026-12-31T23:59:59Z), and what\n"
	 "was committed by then; a place: FILE:POSITION",
	 "How long", 0, 0, NULL, NULL},
	{"initial", '\0', OPTION_CHOICE, AT(initial), "HOW",
	 "how the target is made equal first: incremental\n"
	 "(default), or full-sync: as copies that are swapped in", NULL, 0, 0,
	 initial_words, NULL},
	{"initial-only", '\0', OPTION_FLAG, AT(initial_only), NULL,
	 "make the target equal, keep the place, and end", NULL, 0, 0,
	 NULL, NULL},
	{"start-over", '\0', OPTION_FLAG, AT(starts_over), NULL,
	 "compare all again, also where the target has a place\n"
	 "to go on from", NULL, 0, 0, NULL, NULL},
	{"drift", '\0', OPTION_CHOICE, AT(drift), "HOW",
	 "rows that somebody else writes to the target: hold:\n"
	 "they are left as they are, and listed; overwrite:\n"
	 "they are saved in a table first; stop: with exit\n"
	 "status 3; auto (default): hold, where the target's\n"
	 "log can be read", NULL, 0, 0, drift_words, NULL},
	WALK_ROWS_WHAT(WALK),
	{"data-only", '\0', OPTION_FLAG, WALK_AT(WALK, data_only), NULL,
	 "only rows, of the columns that both sides have", NULL, 0, 0,
	 NULL, NULL},
	WALK_ROWS_OBJECTS(WALK),
	{"digest", '\0', OPTION_CHOICE, WALK_AT(WALK, digest), "HOW",
	 "of incremental runs: stream, server, auto (default)",
	 "How to compare", 0, 0, digest_words, NULL},
	{"parallel", 'p', OPTION_UNSIGNED, WALK_AT(WALK, parallel), "N",
	 "workers of incremental runs (default: the cores of\n"
	 "this machine, at most 8)", NULL, 1, MOST_WORKERS, NULL, NULL},
	WRITE_ROWS(WRITE),
	SYNC_ROWS_LIMITS(0),
	SHAPE_ROWS(SHAPE),
	WALK_ROWS_BRAKE(WALK),
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "at the end, one JSON object on stdout (docs/json.md)",
	 "Output", 0, 0, NULL, NULL},
	{"progress", '\0', OPTION_CHOICE, WALK_AT(WALK, progress), "HOW",
	 "auto (default): on a terminal; none; json: lines on\n"
	 "stderr", NULL, 0, 0, progress_words, NULL},
	{"quiet", 'q', OPTION_FLAG, WALK_AT(WALK, quiet), NULL,
	 "no summary", NULL, 0, 0, NULL, NULL},
	{"server-id", '\0', OPTION_UNSIGNED, AT(server_id), "N",
	 "as which the log is read, with the next one, if the\n"
	 "chosen one is taken", "Servers", 1, 0xfffffff0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct follow *follow = options;

	sync_options_defaults(&follow->sync);
	/* a place to go on from costs nothing where it does not hold */
	follow->sync.walk.changes_from = CHANGES_AUTO;
	/* a table that goes from the source is no reason to end */
	follow->sync.shape.extra_tables = EXTRA_KEEP;
}

/* ------------------------------------------------------------------------
 * What is said meanwhile
 * --------------------------------------------------------------------- */

static void hears(void *self, enum follow_event event, const char *text)
{
	const struct console *console = self;
	const struct talk *talk = progress_talk(console->progress);
	const struct host *host = console->host;

	if (host) {
		OWNED(mem_drop) char *safe = mem_strdup(text);

		mask_text(safe);
		host->follows->hears(host->follows->self, event, safe);
	}

	switch (event) {
	case FOLLOW_BEGINS:
		talk_note(talk, "following the source from %s", text);
		break;
	case FOLLOW_COPIES:
		talk_note(talk, "comparing the databases: %s", text);
		break;
	case FOLLOW_CAUGHT:
		talk_note(talk, "caught up with the source");
		break;
	case FOLLOW_WAITS:
		talk_note(talk, "%s; trying again", text);
		break;
	}
}

/* ------------------------------------------------------------------------
 * What came of it
 * --------------------------------------------------------------------- */

static const char *verdict_of(const struct follow_result *result)
{
	return result->held           ? "held"
	       : result->is_caught_up ? "caught-up"
				      : "equal";
}

static struct json_object *held_tables(const struct follow_result *result)
{
	struct json_object *tables = json_object_new_array();

	for (size_t i = 0; i < result->tables.count; i++) {
		const struct follow_held *held = vec_at(&result->tables, i);
		struct json_object *table = json_object_new_object();

		report_add(table, "database", report_string(held->database));
		report_add(table, "table", report_string(held->table));
		report_add(table, "state", report_string("held"));
		report_add(table, "rows", report_count(held->rows));
		(void)json_object_array_add(tables, table);
	}
	return tables;
}

static struct json_object *object_of(const struct follow_result *result)
{
	struct json_object *object = json_object_new_object();
	struct json_object *written = json_object_new_object();

	for (int k = 0; k < CHANGE_KINDS; k++)
		report_add(written, report_change_name((enum change_kind)k),
			   report_count(result->written[k]));
	report_add(object, "command", report_string(COMMAND));
	report_add(object, "verdict", report_string(verdict_of(result)));
	report_add(object, "place", report_string(result->place));
	report_add(object, "incremental_runs", report_count(result->copies));
	report_add(object, "incremental_rows", report_count(result->copied));
	report_add(object, "transactions", report_count(result->transactions));
	report_add(object, "windows", report_count(result->windows));
	report_add(object, "rows_written", written);
	report_add(object, "held", report_count(result->held));
	report_add(object, "held_tables", held_tables(result));
	report_add(object, "overwritten", report_count(result->overwritten));
	report_add(object, "seconds", report_seconds(result->seconds));
	return object;
}

static void print_held(const struct follow_result *result)
{
	for (size_t i = 0; i < result->tables.count; i++) {
		const struct follow_held *held = vec_at(&result->tables, i);
		OWNED(buf_release) struct buf line = BUF_INIT;

		text_show(&line, held->database, strlen(held->database), 64);
		buf_addc(&line, '.');
		text_show(&line, held->table, strlen(held->table), 64);
		buf_adds(&line, ": ");
		text_count(&line, held->rows);
		buf_adds(&line, held->rows == 1 ? " row held" : " rows held");
		(void)printf("%s\n", line.data);
	}
}

static void print_summary(const struct follow_result *result)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	uint64_t written = 0;

	for (int k = 0; k < CHANGE_KINDS; k++)
		written += result->written[k];
	text_count(&line, result->transactions);
	buf_adds(&line, result->transactions == 1 ? " transaction read, "
						  : " transactions read, ");
	text_count(&line, written);
	buf_adds(&line,
		 written == 1 ? " row written in " : " rows written in ");
	text_count(&line, result->windows);
	buf_adds(&line, result->windows == 1 ? " window; " : " windows; ");
	text_seconds(&line, result->seconds);
	(void)printf("%s\n", line.data);
	print_held(result);
	if (result->place)
		(void)printf("place: %s\n", result->place);
	(void)printf("verdict: %s\n", verdict_of(result));
}

static int finish(const struct follow *follow, struct invocation *invocation,
		  const struct follow_result *result)
{
	const struct walk_options *walk = &follow->sync.walk;

	outcome_give(&invocation->outcome, object_of(result), walk->json);
	if (!walk->json && !walk->quiet)
		print_summary(result);
	return result->held ? EXIT_INCOMPLETE : EXIT_EQUAL;
}

static int give_up(const struct follow *follow, struct invocation *invocation,
		   const struct follow_result *result, struct dbs_error *err)
{
	const struct walk_options *walk = &follow->sync.walk;
	const int status = walk_options_fail(walk, invocation, COMMAND, err);

	if (err->code == DBS_E_CANCELLED && !walk->json && !walk->quiet &&
	    result->place)
		print_summary(result);
	return status;
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static enum dbs_rc set_until(const struct follow *follow,
			     struct follow_request *request,
			     struct log_place *place, struct dbs_error *err)
{
	const char *word = follow->until ? follow->until : "stopped";
	bool is_time = false;

	if (follow->initial_only && follow->until)
		return dbs_fail(err, DBS_E_USAGE,
				"give either --initial-only or --until");
	request->until = follow->initial_only        ? FOLLOW_COPIED
			 : strcmp(word, "caught-up") ? FOLLOW_ON
						     : FOLLOW_CAUGHT_UP;
	if (!strcmp(word, "stopped") || !strcmp(word, "caught-up"))
		return DBS_OK;
	enum dbs_rc rc = moment_read(word, &is_time, &request->end_time, place,
				     err);

	request->until = is_time ? FOLLOW_TIME : FOLLOW_PLACE;
	request->end = &place->at;
	return rc;
}

static int work(const struct follow *follow, struct invocation *invocation,
		const struct endpoints *endpoints)
{
	const struct sync_options *sync = &follow->sync;
	OWNED(console_close) struct console console = {0};
	OWNED(follow_result_release) struct follow_result result = {0};
	struct follow_audience audience = {&console, hears};
	OWNED(follow_pulse_release) struct follow_pulse own;
	const struct host *host = invocation->host;
	struct follow_request request = {
		.sync = sync_request_of(sync, COMMAND),
		.server_id = follow->server_id,
		.is_full = follow->initial == 1,
		.starts_over = follow->starts_over,
		.drift = (enum follow_drift_how)follow->drift,
		.audience = &audience,
		.pulse = host ? host->pulse : &own,
	};
	OWNED(log_place_release) struct log_place end = LOG_PLACE_INIT;
	struct dbs_error err = {0};

	follow_pulse_init(&own);
	/* a host goes on until it ends it */
	enum dbs_rc rc = host ? DBS_OK
			      : set_until(follow, &request, &end, &err);

	if (!rc)
		rc = console_open(&console, invocation, &sync->walk,
				  &endpoints->dsn[TARGET], &err);

	if (!rc)
		rc = walk_options_objects(&sync->walk,
					  &request.sync.run.walk.objects, &err);
	if (!rc) {
		console_attend(&console, endpoints, &request.sync.run);
		progress_watch_follow(console.progress, request.pulse);
		rc = follow_job_run(&request, &result, &err);
		progress_watch_follow(console.progress, NULL);
	}
	console_quiet(&console);
	return rc ? give_up(follow, invocation, &result, &err)
		  : finish(follow, invocation, &result);
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct follow *follow = options;
	const struct sync_options *sync = &follow->sync;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	struct dbs_error err = {0};

	if (walk_options_check(&sync->walk, &err) ||
	    shape_options_check(&sync->shape, &err) ||
	    endpoints_load(&sync->walk.endpoints, operands, &endpoints, &err) ||
	    write_options_check(&sync->write, &err))
		return walk_options_fail(&sync->walk, invocation, COMMAND,
					 &err);
	return work(follow, invocation, &endpoints);
}

const struct command command_follow = {
	.name = COMMAND,
	.summary = "keep the target equal, by the source's binary log",
	.operands = "[SOURCE TARGET]",
	.text = "Makes the target equal as `dbsync incremental` does, then "
		"reads the binary log of the\n"
		"source: the rows that it names are read again, compared, and "
		"written to the target in\n"
		"one transaction with the place up to which that is "
		"(docs/follow.md).  The next call goes\n"
		"on from there.\n"
		"\n"
		"The source's user needs REPLICATION SLAVE and REPLICATION "
		"CLIENT; the target's, rights\n"
		"on `dbsync\\_%`.*, where the place is kept.\n"
		"\n"
		"Exit status: 0 the end was reached, 2 usage, 3 refused, 4 "
		"server or network, 5 files,\n"
		"6 the target could not be made equal, or rows are held, 7 stopped.\n"
		"\n"
		"Examples:\n"
		"  dbsync follow mysql://u@db1/shop mysql://u@db2/shop --yes\n"
		"  dbsync follow --until caught-up --json\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct follow),
	.endpoints = offsetof(struct follow, sync.walk.endpoints),
	.takes_jobs = true,
	.defaults = defaults,
	.run = run,
};
