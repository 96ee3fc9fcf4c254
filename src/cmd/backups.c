/* backups.c - `dbsync backups list|show|verify|prune`. */
#include "dbsync/cmd/command.h"

#include "invocation.h"
#include "point_show.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/signals.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/backups_job.h"
#include "dbsync/run/report_value.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct backups {
	const char *folder;
	unsigned keep;
	const char *older_than;
	const char *state_dir; /* set by the runner, when nobody says it */
	bool json;
	bool dry;
	bool help; /* cmd_main sees to it */
};

#define AT(field) offsetof(struct backups, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"backup-dir", '\0', OPTION_TEXT, AT(folder), "FOLDER",
	 "where they are (default " BACKUP_PLACE "; list: also\n"
	 "where known runs have stored others)",
	 "Options", 0, 0, NULL, NULL},
	{"keep", '\0', OPTION_UNSIGNED, AT(keep), "N",
	 "prune: keep the newest N", NULL, 1, 1000000, NULL, NULL},
	{"older-than", '\0', OPTION_TEXT, AT(older_than), "AGE",
	 "prune: keep younger ones: 30d, 12h, 2w", NULL, 0, 0, NULL, NULL},
	{"dry-run", 'n', OPTION_FLAG, AT(dry), NULL,
	 "prune: only show what would be deleted", NULL, 0, 0, NULL, NULL},
	{"state-dir", '\0', OPTION_TEXT, AT(state_dir), "FOLDER",
	 "of sync-state.json: the known runs\n"
	 "(default: docs/operations.md)", NULL, 0, 0, NULL, NULL},
	{"json", '\0', OPTION_FLAG, AT(json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	{"help", 'h', OPTION_FLAG, AT(help), NULL, "this text",
	 NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

static void defaults(void *options)
{
	((struct backups *)options)->folder = BACKUP_PLACE;
}

static void show_moment(time_t moment, struct buf *out)
{
	struct tm local;
	char text[32];

	(void)localtime_r(&moment, &local);
	(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &local);
	buf_adds(out, text);
}

static uint64_t rows_of(const struct manifest *manifest)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < manifest->table_count; i++)
		for (size_t k = 0; k < CHANGE_KINDS; k++)
			sum += manifest->tables[i].changes[k];
	return sum;
}

/* ------------------------------------------------------------------------
 * JSON
 * --------------------------------------------------------------------- */

static struct json_object *table_object(const struct manifest_table *table)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "database", report_string(table->database));
	report_add(object, "table", report_string(table->table));
	for (int k = 0; k < CHANGE_KINDS; k++)
		report_add(object, report_change_name((enum change_kind)k),
			   report_count(table->changes[k]));
	report_add(object, "auto_increment",
		   table->counter ? report_count(table->counter) : NULL);
	return object;
}

static struct json_object *entry_object(const struct backup_entry *entry)
{
	struct json_object *object = json_object_new_object();
	const struct manifest *manifest = entry->manifest;

	report_add(object, "file", report_string(entry->path));
	report_add(object, "bytes", report_count(entry->bytes));
	report_add(object, "whole", json_object_new_boolean(manifest != NULL));
	report_add(object, "damage",
		   manifest ? NULL : report_string(entry->damage.text));
	if (!manifest)
		return object;
	struct json_object *tables = json_object_new_array();

	report_add(object, "run", report_string(manifest->run));
	report_add(object, "created", report_string(manifest->created));
	report_add(object, "command", report_string(manifest->command));
	report_add(object, "source", report_string(manifest->source));
	report_add(object, "target", report_string(manifest->target));
	report_add(object, "rows", report_count(rows_of(manifest)));
	for (size_t i = 0; i < manifest->table_count; i++)
		(void)json_object_array_add(tables,
					    table_object(&manifest->tables[i]));
	report_add(object, "tables", tables);
	return object;
}

/* All of them, or of those that have a fate the ones that are gone. */
static struct json_object *list_object(const char *action,
				       const struct backups_result *result)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < result->entries.count; i++)
		if (!result->fates || result->fates[i] == BACKUP_GONE)
			(void)json_object_array_add(
				array,
				entry_object(vec_at(&result->entries, i)));
	report_add(object, "command", report_string("backups"));
	report_add(object, "action", report_string(action));
	report_add(object, "backups", array);
	return object;
}

static void add_whose(struct json_object *object,
		      const struct backups_result *result)
{
	const bool has_key = result->whose == BACKUP_OURS ||
			     result->whose == BACKUP_FOREIGN;

	report_add(object, "signed",
		   report_string(point_trust_word(result->whose)));
	report_add(object, "key",
		   has_key ? report_string(backup_key_id(result->reader))
			   : NULL);
}

static struct json_object *show_object(const char *action,
				       const struct backups_result *result)
{
	struct backup_entry entry = {.path = result->path};

	(void)action;
	entry.manifest = backup_take_manifest(result->reader);
	struct json_object *object = entry_object(&entry);

	add_whose(object, result);
	point_show_json(entry.manifest, object);
	manifest_drop(&entry.manifest);
	return object;
}

static struct json_object *verify_object(const char *action,
					 const struct backups_result *result)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "command", report_string("backups"));
	report_add(object, "action", report_string(action));
	report_add(object, "file", report_string(result->path));
	report_add(object, "whole", json_object_new_boolean(true));
	report_add(object, "rows", report_count(result->rows));
	add_whose(object, result);
	return object;
}

/* ------------------------------------------------------------------------
 * Text
 * --------------------------------------------------------------------- */

/* Elsewhere its name alone would not find it. */
static const char *shown_name(const struct backup_entry *entry)
{
	return *entry->path == '/' ? entry->path : entry->name;
}

static void print_entry(const struct backup_entry *entry)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	text_show(&line, shown_name(entry), strlen(shown_name(entry)), 400);
	buf_adds(&line, "  ");
	show_moment(entry->made, &line);
	buf_adds(&line, "  ");
	text_bytes(&line, (double)entry->bytes);
	if (!entry->manifest) {
		buf_adds(&line, "  DAMAGED: ");
		text_show(&line, entry->damage.text, strlen(entry->damage.text),
			  400);
	} else {
		buf_addf(&line, "  %s, ", entry->manifest->command);
		text_count(&line, rows_of(entry->manifest));
		buf_addf(&line, " rows of %zu tables, ",
			 entry->manifest->table_count);
		text_show(&line, entry->manifest->target,
			  strlen(entry->manifest->target), 100);
	}
	(void)puts(line.data);
}

static void print_member(const char *name, const char *value)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_addf(&line, "%-9s ", name);
	text_show(&line, value, strlen(value), 400);
	(void)puts(line.data);
}

static void print_table(const struct manifest_table *table)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "%s.%s", table->database, table->table);
	text_show(&line, name.data, name.length, 200);
	buf_addf(&line,
		 ": the run inserted %" PRIu64 ", updated %" PRIu64
		 ", deleted %" PRIu64,
		 table->changes[CHANGE_INSERT], table->changes[CHANGE_UPDATE],
		 table->changes[CHANGE_DELETE]);
	if (table->counter)
		buf_addf(&line, "; AUTO_INCREMENT was %" PRIu64,
			 table->counter);
	(void)printf("  %s\n", line.data);
}

static void print_line(void *self, const char *text)
{
	(void)self;
	(void)puts(text);
}

static void print_whose(const struct backup_reader *reader,
			enum backup_trust whose)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (whose == BACKUP_UNSIGNED || whose == BACKUP_LOST)
		buf_adds(&text, "no: rollback accepts it only with "
				"--trust-file");
	else if (whose == BACKUP_OURS)
		buf_addf(&text, "by this installation, key %s",
			 backup_key_id(reader));
	else
		buf_addf(&text,
			 "by another key, %s: rollback accepts it only with "
			 "--trust-file",
			 backup_key_id(reader));
	print_member("signed", text.data);
}

static void print_manifest(const struct manifest *manifest)
{
	print_member("run", manifest->run);
	print_member("created", manifest->created);
	print_member("command", manifest->command);
	print_member("source", manifest->source);
	print_member("target", manifest->target);
	print_member("server", manifest->target_version);
	for (size_t i = 0; i < manifest->table_count; i++)
		print_table(&manifest->tables[i]);
	point_show(manifest, print_line, NULL);
}

static void print_list(const struct backups *options,
		       const struct backups_result *result)
{
	for (size_t i = 0; i < result->entries.count; i++)
		print_entry(vec_at(&result->entries, i));
	if (!result->entries.count)
		(void)printf("no backup points in %s\n", options->folder);
}

static void print_shown(const struct backups *options,
			const struct backups_result *result)
{
	(void)options;
	print_manifest(backup_manifest(result->reader));
	print_whose(result->reader, result->whose);
}

static void print_verified(const struct backups *options,
			   const struct backups_result *result)
{
	(void)options;
	(void)printf("%s: whole, %" PRIu64 " rows\n", result->path,
		     result->rows);
	print_whose(result->reader, result->whose);
}

static void print_fates(const struct backups_result *result,
			enum backup_fate fate, const char *before,
			const char *behind)
{
	for (size_t i = 0; result->fates && i < result->entries.count; i++) {
		const struct backup_entry *entry = vec_at(&result->entries, i);

		if (result->fates[i] == fate)
			(void)printf("%s %s%s\n", before, entry->path, behind);
	}
}

static void print_pruned(const struct backups *options,
			 const struct backups_result *result)
{
	print_fates(result, BACKUP_SPARED, "kept",
		    ": a run that was interrupted needs it (dbsync status)");
	print_fates(result, BACKUP_GONE,
		    options->dry ? "would remove" : "removed", "");
}

/* ------------------------------------------------------------------------
 * Actions
 * --------------------------------------------------------------------- */

static const struct action {
	const char *name;
	bool has_file;
	bool is_piecemeal; /* what was done before an error is said */
	enum dbs_rc (*work)(const struct backups_request *request,
			    struct backups_result *result,
			    struct dbs_error *err);
	void (*print)(const struct backups *options,
		      const struct backups_result *result);
	struct json_object *(*object)(const char *action,
				      const struct backups_result *result);
} actions[] = {
	{"list", false, false, backups_list, print_list, list_object},
	{"show", true, false, backups_show, print_shown, show_object},
	{"verify", true, false, backups_verify, print_verified, verify_object},
	{"prune", false, true, backups_prune, print_pruned, list_object},
};

enum { ACTIONS = sizeof(actions) / sizeof(*actions) };

static enum dbs_rc find_action(const struct vec *operands,
			       const struct action **out, struct dbs_error *err)
{
	const char *const *names = operands->items;
	const char *words[ACTIONS];

	if (!operands->count)
		return dbs_fail(err, DBS_E_USAGE,
				"name an action: list, show FILE, verify FILE "
				"or prune");
	for (size_t i = 0; i < ACTIONS; i++) {
		words[i] = actions[i].name;
		if (strcmp(names[0], actions[i].name) != 0)
			continue;
		*out = &actions[i];
		if (operands->count != (actions[i].has_file ? 2u : 1u))
			return dbs_fail(err, DBS_E_USAGE, "`%s` takes %s",
					names[0],
					actions[i].has_file ? "one file"
							    : "no operand");
		return DBS_OK;
	}
	const char *nearest = text_nearest(names[0], words, ACTIONS);

	return dbs_fail(err, DBS_E_USAGE,
			"`dbsync backups` has no action "
			"`%s`%s%s%s",
			names[0], nearest ? "; did you mean `" : "",
			nearest ? nearest : "", nearest ? "`?" : "");
}

/* "30d" in seconds; 0 is no age. */
static uint64_t parse_age(const char *text)
{
	static const struct {
		const char *unit;
		uint64_t seconds;
	} units[] = {
		{"s", 1},     {"m", 60},     {"h", 3600},
		{"d", 86400}, {"w", 604800}, {"", 86400},
	};
	char *end = NULL;

	errno = 0;
	const unsigned long number = strtoul(text, &end, 10);

	if (errno || end == text || *text == '-' || number > 1000000)
		return 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(units[i].unit, end))
			return number * units[i].seconds;
	return 0;
}

static enum dbs_rc check_prune(const struct backups *options, uint64_t older_s,
			       struct dbs_error *err)
{
	if (options->older_than && !older_s)
		return dbs_fail(err, DBS_E_USAGE,
				"--older-than takes an age like 30d, 12h or "
				"2w, not `%s`",
				options->older_than);
	if (!options->keep && !older_s)
		return dbs_fail(err, DBS_E_USAGE,
				"prune needs --keep N, --older-than AGE or "
				"both (then only what is beyond both goes)");
	return DBS_OK;
}

static enum dbs_rc work(const struct action *action,
			const struct backups *options,
			const struct vec *operands,
			struct backups_result *result, struct dbs_error *err)
{
	const char *const *words = operands->items;
	struct cancel cancel = {false};
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = NULL;
	const struct backups_request request = {
		.folder = options->folder,
		.state_dir = options->state_dir,
		.cancel = &cancel,
		.file = action->has_file ? words[1] : NULL,
		.keep = options->keep,
		.older_s = options->older_than ? parse_age(options->older_than)
					       : 0,
		.is_dry = options->dry,
	};
	enum dbs_rc rc = action->work == backups_prune
				 ? check_prune(options, request.older_s, err)
				 : DBS_OK;

	if (!rc)
		rc = signals_begin(&cancel, group, &signals, err);
	return rc ? rc : action->work(&request, result, err);
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct backups *backups = options;
	OWNED(backups_result_release) struct backups_result result =
		BACKUPS_RESULT_INIT;
	const struct action *action = NULL;
	struct dbs_error err = {0};
	enum dbs_rc rc = find_action(operands, &action, &err);

	if (!rc)
		rc = work(action, backups, operands, &result, &err);
	if (action && !backups->json && (!rc || action->is_piecemeal))
		action->print(backups, &result);
	if (rc)
		return command_fail(invocation, "backups", &err, backups->json);
	if (backups->json)
		outcome_give(&invocation->outcome,
			     action->object(action->name, &result), true);
	return EXIT_EQUAL;
}

static const struct command_verb verbs[] = {
	{"list", OPERAND_PLAIN},
	{"show", OPERAND_POINT},
	{"verify", OPERAND_POINT},
	{"prune", OPERAND_PLAIN},
};

const struct command command_backups = {
	.name = "backups",
	.summary = "list, show, verify and prune backup points",
	.operands = "list | show FILE | verify FILE | prune",
	.text = "list    all backup points, the newest first; damaged ones are "
		"marked\n"
		"show    what a run changed, by table, who signed it, and what "
		"a rollback would run\n"
		"verify  whether a backup point is complete and readable\n"
		"prune   delete old ones (--keep, --older-than; with both, only "
		"those that exceed\n"
		"        both); those that an interrupted run needs are kept\n"
		"\n"
		"FILE is a path, or a name in --backup-dir.\n"
		"\n"
		"Exit status: 0 done, 2 usage, 5 damaged, or files cannot be "
		"read or removed.\n"
		"\n"
		"Examples:\n"
		"  dbsync backups list\n"
		"  dbsync backups prune --keep 10 --older-than 30d\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct backups),
	.endpoints = COMMAND_NO_ENDPOINTS,
	.verbs = verbs,
	.verb_count = sizeof(verbs) / sizeof(*verbs),
	.defaults = defaults,
	.run = run,
};
