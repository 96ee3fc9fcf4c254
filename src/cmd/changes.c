/* changes.c - `dbsync changes`: the changes of a server as a stream of JSON. */
#include "dbsync/cmd/command.h"

#include "changes_lines.h"
#include "changes_state.h"
#include "console.h"
#include "invocation.h"
#include "moment.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define COMMAND "changes"

struct changes {
	struct walk_options walk; /* servers, tables and output of it */
	const char *from;
	const char *until;
	bool follow;
	const char *state;
	bool transactions;
	bool no_ddl;
	unsigned server_id;
};

#define WALK offsetof(struct changes, walk)
#define AT(field) offsetof(struct changes, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"from", '\0', OPTION_TEXT, AT(from), "PLACE",
	 "now (default); snapshot: all rows first; or a place\n"
	 "that was printed, or FILE:POSITION", "What to read", 0, 0,
	 NULL, NULL},
	{"until", '\0', OPTION_TEXT, AT(until), "PLACE",
	 "now (default); a place; or a time in UTC:\n"
	 "2026-12-31T23:59:59Z", NULL, 0, 0, NULL, NULL},
	{"follow", 'f', OPTION_FLAG, AT(follow), NULL,
	 "wait for further changes until stopped", NULL, 0, 0, NULL, NULL},
	{"state", '\0', OPTION_TEXT, AT(state), "FILE",
	 "go on where the last call with this file ended\n"
	 "(--from is for the first one)", NULL, 0, 0, NULL, NULL},
	{"databases", '\0', OPTION_LIST, WALK_AT(WALK, databases), "LIST",
	 "these (globs) instead of the URL's database", NULL, 0, 0,
	 NULL, NULL},
	WALK_ROWS_TABLES(WALK),
	{"transactions", '\0', OPTION_FLAG, AT(transactions), NULL,
	 "lines for the begin and commit of each transaction", "Output", 0, 0,
	 NULL, NULL},
	{"no-ddl", '\0', OPTION_FLAG, AT(no_ddl), NULL,
	 "no lines for statements that change structures", NULL, 0, 0,
	 NULL, NULL},
	{"quiet", 'q', OPTION_FLAG, WALK_AT(WALK, quiet), NULL,
	 "no summary on stderr", NULL, 0, 0, NULL, NULL},
	{"server-id", '\0', OPTION_UNSIGNED, AT(server_id), "N",
	 "as which the log is read, if the chosen one is taken", "Servers",
	 1, 0xfffffffe, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	walk_options_defaults(&((struct changes *)options)->walk);
}

/* ------------------------------------------------------------------------
 * Lines on stdout
 * --------------------------------------------------------------------- */

struct lines {
	struct buf text; /* not written yet */
	const struct changes_state *state;
	uint64_t written_at;
	bool is_live;   /* somebody waits for each line */
	bool is_broken; /* a part was written, nobody knows how much */
};

enum { BLOCK = 256 * 1024 };

static enum dbs_rc write_out(struct lines *lines, struct dbs_error *err)
{
	const size_t length = lines->text.length;

	if (lines->is_broken)
		return dbs_fail(err, DBS_E_IO,
				"standard output could not be written");
	lines->is_broken = true;
	if (fwrite(lines->text.data, 1, length, stdout) != length ||
	    fflush(stdout))
		return dbs_fail_errno(err, errno,
				      "standard output cannot be written");
	lines->is_broken = false;
	buf_clear(&lines->text);
	lines->written_at = clock_ns();
	return DBS_OK;
}

static enum dbs_rc put(void *self, const struct change_item *item,
		       struct dbs_error *err)
{
	const double soon_s = 0.05;
	struct lines *lines = self;

	changes_line(&lines->text, item);
	return lines->text.length >= BLOCK ||
			       (lines->is_live &&
				clock_since(lines->written_at) > soon_s)
		       ? write_out(lines, err)
		       : DBS_OK;
}

/* The state outlives a power cut, and so must a file of lines. */
static enum dbs_rc secure_output(struct dbs_error *err)
{
	struct stat status;

	if (fstat(STDOUT_FILENO, &status) || !S_ISREG(status.st_mode) ||
	    !fdatasync(STDOUT_FILENO))
		return DBS_OK;
	return dbs_fail_errno(err, errno, "standard output cannot be written");
}

/* A place is kept when what is before it has gone, not a moment sooner. */
static enum dbs_rc flush(void *self, const char *place, struct dbs_error *err)
{
	struct lines *lines = self;
	enum dbs_rc rc = write_out(lines, err);

	if (!rc && lines->state->path.length)
		rc = secure_output(err);
	fault_here(FAULT_CHANGES_WRITTEN);
	if (!rc)
		rc = changes_state_write(lines->state, place, err);
	fault_here(FAULT_CHANGES_STORED);
	return rc;
}

/* ------------------------------------------------------------------------
 * From where, until when
 * --------------------------------------------------------------------- */

static enum dbs_rc set_from(const struct changes *changes,
			    const struct changes_state *state,
			    struct changes_request *request,
			    struct log_place *place, struct dbs_error *err)
{
	const char *word = state->place.length ? state->place.data
			   : changes->from     ? changes->from
					       : "now";

	request->from = !strcmp(word, "now")        ? FROM_NOW
			: !strcmp(word, "snapshot") ? FROM_SNAPSHOT
						    : FROM_PLACE;
	request->place = place;
	if (request->from != FROM_PLACE)
		return DBS_OK;
	enum dbs_rc rc = log_place_read(word, place, err);

	return rc ? dbs_error_context(err, state->place.length ? "--state"
							       : "--from")
		  : DBS_OK;
}

static enum dbs_rc set_until(const struct changes *changes,
			     struct changes_request *request,
			     struct log_place *place, struct dbs_error *err)
{
	const char *word = changes->until;

	if (word && changes->follow)
		return dbs_fail(err, DBS_E_USAGE,
				"--follow has no end: give either it or "
				"--until");
	request->end = place;
	request->until = changes->follow ? UNTIL_STOPPED : UNTIL_END;
	if (!word || !strcmp(word, "now"))
		return DBS_OK;
	bool is_time = false;
	enum dbs_rc rc = moment_read(word, &is_time, &request->end_time, place,
				     err);

	request->until = is_time ? UNTIL_TIME : UNTIL_PLACE;
	return rc;
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static void print_summary(const struct changes_result *result)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	if (result->snapshot_rows) {
		text_count(&line, result->snapshot_rows);
		buf_adds(&line, result->snapshot_rows == 1
					? " row of the snapshot, "
					: " rows of the snapshot, ");
	}
	text_count(&line, result->rows + result->statements);
	buf_adds(&line, result->rows + result->statements == 1
				? " change in "
				: " changes in ");
	text_count(&line, result->transactions);
	buf_adds(&line, result->transactions == 1 ? " transaction; "
						  : " transactions; ");
	text_seconds(&line, result->seconds);
	(void)fprintf(stderr, "%s\n", line.data);
	if (result->place)
		(void)fprintf(stderr, "next place: %s\n", result->place);
}

/* All but what the options say by themselves. */
struct work {
	struct changes_state state;
	struct log_place from, until;
	struct endpoints endpoints;
	struct console console;
	struct lines lines;
	struct text_list one_database;
	const char *database;
};

static enum dbs_rc prepare(const struct changes *changes,
			   const struct vec *operands, struct work *work,
			   struct changes_request *request,
			   struct dbs_error *err)
{
	const char *const *names = operands->items;
	struct dsn *source = &work->endpoints.dsn[SOURCE];
	enum dbs_rc rc = set_until(changes, request, &work->until, err);

	if (!rc && operands->count > 1)
		rc = dbs_fail(err, DBS_E_USAGE,
			      "`dbsync changes` takes one source");
	if (!rc)
		rc = endpoints_load_one(&changes->walk.endpoints, SOURCE,
					operands->count ? names[0] : NULL,
					source, err);
	if (!rc)
		rc = changes_state_open(&work->state, changes->state, err);
	if (!rc)
		rc = set_from(changes, &work->state, request, &work->from, err);
	request->source = source;
	work->database = source->database;
	request->databases = text_list_of(&changes->walk.databases);
	if (!request->databases.count && work->database)
		request->databases = (struct text_list){&work->database, 1};
	return rc;
}

static enum dbs_rc work_on(const struct changes *changes,
			   struct invocation *invocation, struct work *work,
			   struct changes_request *request,
			   struct changes_result *result, struct dbs_error *err)
{
	const struct change_sink sink = {&work->lines, put, flush};
	enum dbs_rc rc = console_open(&work->console, invocation,
				      &changes->walk, request->source, err);

	if (rc)
		return rc;
	work->lines.state = &work->state;
	work->lines.is_live = changes->follow;
	request->cancel = work->console.cancel;
	request->group = work->console.group;
	request->talk = progress_talk(work->console.progress);
	request->sink = &sink;
	return changes_job_run(request, result, err);
}

static void release(struct work *work)
{
	console_close(&work->console);
	endpoints_clear(&work->endpoints);
	changes_state_close(&work->state);
	log_place_release(&work->from);
	log_place_release(&work->until);
	buf_release(&work->lines.text);
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct changes *changes = options;
	OWNED(changes_result_release) struct changes_result result = {0};
	OWNED(release) struct work work = {
		.state = CHANGES_STATE_INIT,
		.from = LOG_PLACE_INIT,
		.until = LOG_PLACE_INIT,
		.endpoints = {{DSN_INIT, DSN_INIT}},
		.lines = {.text = BUF_INIT},
	};
	struct changes_request request = {
		.attempts = changes->walk.retries,
		.net_timeout_s = changes->walk.net_timeout_s,
		.tables = text_list_of(&changes->walk.tables),
		.exclude = text_list_of(&changes->walk.exclude),
		.server_id = changes->server_id,
		.with_statements = !changes->no_ddl,
		.with_transactions = changes->transactions,
	};
	struct dbs_error err = {0};
	enum dbs_rc rc = prepare(changes, operands, &work, &request, &err);

	if (!rc)
		rc = work_on(changes, invocation, &work, &request, &result,
			     &err);
	console_quiet(&work.console);
	if (!rc && !changes->walk.quiet)
		print_summary(&result);
	return rc ? walk_options_fail(&changes->walk, invocation, COMMAND, &err)
		  : EXIT_EQUAL;
}

const struct command command_changes = {
	.name = COMMAND,
	.summary = "print the changes of a server as JSON lines",
	.operands = "[SOURCE]",
	.text = "Reads the binary log of the source and prints one JSON object "
		"per changed row, in\n"
		"the order of commits: whole transactions only, none twice "
		"(docs/changes.md).  Writes\n"
		"nothing to the server.\n"
		"\n"
		"SOURCE is a URL, or is set by DBSYNC_SOURCE or .env; its user "
		"needs REPLICATION\n"
		"SLAVE, and SELECT on the tables.  Without a database in the "
		"URL, all are read.\n"
		"\n"
		"Each line has a place: --from PLACE goes on behind that line.  "
		"--state FILE keeps\n"
		"the last one, and begins there the next time.\n"
		"\n"
		"Exit status: 0 the end was reached, 2 usage, 4 server or "
		"network, or the log cannot\n"
		"be read from there (purged), 5 files, 6 an event is of a kind "
		"that is not known,\n"
		"7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync changes --from snapshot --state shop.place "
		"mysql://u@db1/shop\n"
		"  dbsync changes --follow --state shop.place | consumer\n"
		"  dbsync changes --from binlog.000042:4 --tables orders --until "
		"now\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct changes),
	.endpoints = offsetof(struct changes, walk.endpoints),
	.is_question = true,
	.defaults = defaults,
	.run = run,
};
