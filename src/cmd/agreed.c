/*
 * agreed.c - `dbsync agreed show|forget`: which pairs were equal, and where their
 * logs were then (run/agreement.h).
 */
#include "dbsync/cmd/command.h"

#include "invocation.h"
#include "report_object.h"
#include "walk_options.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/agreement.h"
#include "dbsync/run/report_value.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "agreed"

struct agreed {
	struct walk_options walk; /* output of it */
};

#define WALK offsetof(struct agreed, walk)

/* clang-format off */
static const struct option_row rows[] = {
	{"state-dir", '\0', OPTION_TEXT, WALK_AT(WALK, state_dir), "FOLDER",
	 "where they are kept (default: docs/operations.md)", "Options", 0, 0,
	 NULL, NULL},
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	{"help", 'h', OPTION_FLAG, WALK_AT(WALK, help), NULL, "this text",
	 NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

static void defaults(void *options)
{
	walk_options_defaults(&((struct agreed *)options)->walk);
}

/* ------------------------------------------------------------------------
 * show
 * --------------------------------------------------------------------- */

struct listing {
	struct json_object *array;
	bool is_text;
};

static void show_text(const struct agreement_entry *entry)
{
	const struct agreement *agreement = entry->agreement;
	OWNED(buf_release) struct buf line = BUF_INIT;
	char agreed[REPORT_TIME];
	char scanned[REPORT_TIME];

	report_time((time_t)agreement->agreed, agreed);
	report_time((time_t)agreement->scanned, scanned);
	text_show(&line, entry->scope, strlen(entry->scope), 2000);
	(void)printf("%s\n", line.data);
	(void)printf("  equal %s; all rows compared %s; %zu tables\n", agreed,
		     scanned, agreement->table_count);
	for (enum side side = SOURCE; side < SIDES; side++)
		(void)printf("  %s: %s\n", side_name(side),
			     agreement->side[side].place);
}

static void show_one(void *self, const struct agreement_entry *entry)
{
	struct listing *listing = self;
	const struct agreement *agreement = entry->agreement;
	struct json_object *object = json_object_new_object();
	char at[REPORT_TIME];

	if (listing->is_text)
		show_text(entry);
	report_add(object, "scope", report_string(entry->scope));
	report_time((time_t)agreement->agreed, at);
	report_add(object, "agreed", report_string(at));
	report_time((time_t)agreement->scanned, at);
	report_add(object, "scanned", report_string(at));
	report_add(object, "source",
		   report_string(agreement->side[SOURCE].place));
	report_add(object, "target",
		   report_string(agreement->side[TARGET].place));
	report_add(object, "tables", report_count(agreement->table_count));
	(void)json_object_array_add(listing->array, object);
}

static enum dbs_rc show(const struct agreed *agreed,
			struct invocation *invocation, struct dbs_error *err)
{
	struct json_object *object = json_object_new_object();
	struct listing listing = {json_object_new_array(), !agreed->walk.json};
	const enum dbs_rc rc = agreement_each(agreed->walk.state_dir, show_one,
					      &listing, err);

	if (!rc && listing.is_text && !json_object_array_length(listing.array))
		(void)puts("no run has kept where the logs were when both "
			   "sides were equal");
	report_add(object, "command", report_string(COMMAND));
	report_add(object, "agreements", listing.array);
	if (rc)
		(void)json_object_put(object);
	else
		outcome_give(&invocation->outcome, object, agreed->walk.json);
	return rc;
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static enum dbs_rc forget(const struct agreed *agreed,
			  struct invocation *invocation, struct dbs_error *err)
{
	struct json_object *object = json_object_new_object();
	size_t count = 0;
	const enum dbs_rc rc = agreement_forget(agreed->walk.state_dir, NULL,
						&count, err);

	if (!rc && !agreed->walk.json)
		(void)printf("%zu forgotten: the next comparison reads all "
			     "rows\n",
			     count);
	report_add(object, "command", report_string(COMMAND));
	report_add(object, "forgotten", report_count(count));
	if (rc)
		(void)json_object_put(object);
	else
		outcome_give(&invocation->outcome, object, agreed->walk.json);
	return rc;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct agreed *agreed = options;
	const char *const *words = operands->items;
	const char *word = operands->count ? words[0] : "show";
	struct dbs_error err = {0};
	enum dbs_rc rc = DBS_OK;

	if (operands->count > 1 ||
	    (strcmp(word, "show") != 0 && strcmp(word, "forget") != 0))
		rc = dbs_fail(&err, DBS_E_USAGE,
			      "`dbsync agreed` takes show or forget");
	else
		rc = *word == 's' ? show(agreed, invocation, &err)
				  : forget(agreed, invocation, &err);
	return rc ? walk_options_fail(&agreed->walk, invocation, COMMAND, &err)
		  : EXIT_EQUAL;
}

const struct command command_agreed = {
	.name = COMMAND,
	.summary = "show or forget where the logs were when both sides were "
		   "equal",
	.operands = "[show|forget]",
	.text = "A run that finds both sides equal keeps where their binary "
		"logs were.  With\n"
		"--changes-from binlog or auto, later runs of the same scope "
		"read only rows that\n"
		"the logs name since (docs/changes.md).\n"
		"\n"
		"  show    lists what is kept (default)\n"
		"  forget  removes it: the next comparison reads all rows; "
		"after changes that no\n"
		"          log has (sql_log_bin=0), or a restored server\n"
		"\n"
		"Exit status: 0 done, 2 usage, 5 files.\n"
		"\n"
		"Examples:\n"
		"  dbsync agreed\n"
		"  dbsync agreed forget\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct agreed),
	.endpoints = COMMAND_NO_ENDPOINTS,
	.is_question = true,
	.defaults = defaults,
	.run = run,
};
