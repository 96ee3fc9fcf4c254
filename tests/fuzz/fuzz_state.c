/*
 * fuzz_state.c - any bytes as sync-state.json: shown by `dbsync status`, asked
 * for what was interrupted, and gone on with by a run, or refused with a reason.
 *
 * Whatever was in a file that can be read, a run can enter itself, and is found
 * as long as it has not ended.
 */
#include "dbsync/run/state.h"

#include "dbsync/base/own.h"
#include "dbsync/cmd/command.h"

#include "config_part.h"
#include "invocation.h"
#include "one_file.h"

#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char id[] = "20990101-000000-fuzz";
static char folder[256]; /* the one place of this user, for this process */
static char other[256];

static void make(char *path, size_t room, const char *name)
{
	(void)snprintf(path, room, "%s/%s", one_folder(), name);
	if (mkdir(path, 0700))
		abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	make(folder, sizeof(folder), "dbsync");
	make(other, sizeof(other), "other");
	if (setenv("XDG_STATE_HOME", one_folder(), 1) ||
	    !freopen("/dev/null", "w", stdout))
		abort();
	return 0;
}

static void check(enum dbs_rc rc, const struct dbs_error *err)
{
	if (rc != err->code || (rc && !*err->text))
		abort();
}

static void set(void *options, const char *name, const char *value)
{
	struct dbs_error err = {0};
	const struct option_row *row = config_row_of(&command_status, name);

	if (!row || options_set(row, value, options, &err))
		abort();
}

static void show(bool is_json)
{
	struct invocation invocation = {0};
	OWNED(vec_release) struct vec operands = VEC_INIT(const char *);
	OWNED(mem_drop)
	void *options = mem_zero(1, command_status.options_size);

	command_status.defaults(options);
	set(options, "state-dir", folder);
	if (is_json)
		set(options, "json", NULL);
	(void)command_status.run(&invocation, options, &operands);
	outcome_release(&invocation.outcome);
}

static bool is_readable(void)
{
	struct json_object *state = NULL;
	struct dbs_error err = {0};
	const enum dbs_rc rc = state_read(folder, &state, &err);

	check(rc, &err);
	(void)json_object_put(state);
	return !rc;
}

static void ask(const char *lock)
{
	OWNED(state_trouble_clear) struct state_trouble trouble = {0};
	OWNED(state_away_drop)
	struct vec away = VEC_INIT(struct state_trouble);
	OWNED(state_needed_drop) struct vec needed = VEC_INIT(char *);
	OWNED(state_defaults_drop)
	struct vec changes = VEC_INIT(struct state_default);
	struct dbs_error err = {0};

	check(state_interrupted(folder, lock, "full-sync", &trouble, &err),
	      &err);
	err = (struct dbs_error){0};
	check(state_triggers_away(folder, NULL, &away, &err), &err);
	err = (struct dbs_error){0};
	check(state_needed(folder, &needed, &err), &err);
	(void)state_is_needed(&needed, lock);
	err = (struct dbs_error){0};
	check(state_defaults(folder, lock, &changes, &err), &err);
}

static void must_be_found(const char *lock)
{
	OWNED(state_trouble_clear) struct state_trouble found = {0};
	struct dbs_error err = {0};

	if (state_interrupted(folder, lock, "full-sync", &found, &err) ||
	    !found.run || strcmp(found.run, id) != 0)
		abort();
}

static struct json_object *outcome(void)
{
	struct json_object *entry = json_object_new_object();

	(void)json_object_object_add(entry, "command",
				     json_object_new_string("full-sync"));
	(void)json_object_object_add(entry, "target",
				     json_object_new_string("db2"));
	return entry;
}

static void change_default(const char *lock)
{
	const struct default_change change = {"shop", "a_ci", "b_ci"};
	OWNED(state_defaults_drop)
	struct vec changes = VEC_INIT(struct state_default);
	struct dbs_error err = {0};

	if (state_default_changes(folder, id, lock, &change, &err) ||
	    state_defaults(folder, lock, &changes, &err) || !changes.count ||
	    state_defaults_are_back(folder, id, lock, &err))
		abort();
}

static void go_on(const char *lock)
{
	struct json_object *entry = outcome();
	struct dbs_error err = {0};

	if (state_end(folder, id, "partly", 1, &err) ||
	    state_rearmed(folder, id, &err) ||
	    state_repaired(folder, lock, true, &err) ||
	    state_last(folder, true, entry, &err) ||
	    state_take_over(folder, other, &err))
		abort();
	(void)json_object_put(entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWNED(mem_drop)
	char *lock = mem_strdup(one_file("target.lock", data, 0));
	const struct state_run run = {.id = id,
				      .command = "full-sync",
				      .source = "db1",
				      .target = "db2",
				      .databases = "shop",
				      .backup = lock,
				      .undo = "dbsync rollback",
				      .lock = lock,
				      .takes_triggers = true};
	struct dbs_error err = {0};

	(void)one_file("other/sync-state.json", data, size);
	(void)one_file("dbsync/sync-state.json", data, size);
	if (!is_readable())
		return 0;
	show(false);
	show(true);
	ask(lock);
	if (state_begin(folder, &run, &err))
		abort();
	must_be_found(lock);
	change_default(lock);
	go_on(lock);
	return 0;
}
