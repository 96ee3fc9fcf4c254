/* state.c - see state.h. */
#include "dbsync/run/state.h"

#include "state_file.h"
#include "state_folders.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * Beginning and ending
 * --------------------------------------------------------------------- */

static struct json_object *paths_of(const struct text_list *paths)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < paths->count; i++) {
		char *absolute = realpath(paths->items[i], NULL);

		(void)json_object_array_add(
			array,
			state_string(absolute ? absolute : paths->items[i]));
		free(absolute);
	}
	return array;
}

enum dbs_rc state_begin(const char *folder, const struct state_run *run,
			struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open(&state, folder, err);

	if (rc)
		return rc;
	struct json_object *entry = json_object_new_object();
	char *absolute = run->lock ? realpath(run->lock, NULL) : NULL;
	char *backup = run->backup ? realpath(run->backup, NULL) : NULL;
	const struct {
		const char *name;
		struct json_object *value;
	} members[] = {
		{"run", state_string(run->id)},
		{"command", state_string(run->command)},
		{"source", state_string(run->source)},
		{"target", state_string(run->target)},
		{"databases", state_string(run->databases)},
		{"backup", state_string(backup)},
		{"undo", state_string(run->undo)},
		{"repeat", state_string(run->repeat)},
		{"lock", state_string(absolute)},
		{"locks", paths_of(&run->locks)},
		{"structures", json_object_new_boolean(run->has_shapes)},
		{"triggers_away",
		 run->takes_triggers ? json_object_new_boolean(true) : NULL},
		{"pid", json_object_new_int((int)getpid())},
		{"started", state_now()},
		{"ended", NULL},
		{"outcome", NULL},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		(void)json_object_object_add(entry, members[i].name,
					     members[i].value);
	free(absolute);
	free(backup);
	(void)json_object_array_add(state.runs, entry);
	rc = state_write(&state, err);
	/* readers may hold the one place's lock and want this one */
	state_close(&state);
	state = (struct state)STATE_INIT;
	/*
	 * Others are by --state-dir: who says it says it again.  But triggers
	 * that are away are everybody's matter.
	 */
	if (!rc && (!strcmp(folder, "sync") || run->takes_triggers))
		state_folders_know(folder);
	return rc;
}

enum dbs_rc state_backup(const char *folder, const char *id, const char *backup,
			 const char *undo, struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open(&state, folder, err);

	if (rc)
		return rc;
	struct json_object *run = state_find(&state, id);
	char *absolute = realpath(backup, NULL);

	if (run) {
		(void)json_object_object_add(run, "backup",
					     state_string(absolute));
		(void)json_object_object_add(run, "undo", state_string(undo));
	}
	free(absolute);
	return run ? state_write(&state, err) : DBS_OK;
}

enum dbs_rc state_end(const char *folder, const char *id, const char *outcome,
		      uint64_t changes, struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open(&state, folder, err);
	struct json_object *run = rc ? NULL : state_find(&state, id);

	if (!run)
		return rc;
	(void)json_object_object_add(run, "ended", state_now());
	(void)json_object_object_add(run, "outcome",
				     json_object_new_string(outcome));
	(void)json_object_object_add(run, "changes",
				     json_object_new_uint64(changes));
	state_forget_oldest(&state);
	return state_write(&state, err);
}

/* ------------------------------------------------------------------------
 * What became of the last runs
 * --------------------------------------------------------------------- */

static bool is_same(struct json_object *a, struct json_object *b,
		    const char *name)
{
	const char *left = state_text(a, name);
	const char *right = state_text(b, name);

	return !strcmp(left ? left : "", right ? right : "");
}

/* A run that failed early does not know the names of its servers. */
static bool is_same_kind(struct json_object *a, struct json_object *b)
{
	return is_same(a, b, "command") && is_same(a, b, "job") &&
	       (!state_text(a, "target") || !state_text(b, "target") ||
		(is_same(a, b, "source") && is_same(a, b, "target")));
}

static enum dbs_rc put_last(const struct state *state,
			    struct json_object *entry, struct dbs_error *err)
{
	struct json_object *last = state_array(state->object, "last");

	for (size_t i = json_object_array_length(last); i-- > 0;)
		if (is_same_kind(json_object_array_get_idx(last, i), entry))
			(void)json_object_array_del_idx(last, i, 1);
	(void)json_object_array_add(last, json_object_get(entry));
	(void)json_object_object_add(entry, "ended", state_now());
	return state_write(state, err);
}

enum dbs_rc state_last(const char *folder, bool makes,
		       struct json_object *entry, struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	/* written by us, it would pass for ours */
	enum dbs_rc rc = state_check_owner(folder, err);

	if (!rc)
		rc = makes ? state_open(&state, folder, err)
			   : state_open_if_there(&state, folder, err);
	return rc || !state.runs ? rc : put_last(&state, entry, err);
}

static void json_drop(struct json_object **object)
{
	(void)json_object_put(*object);
}

/* The ids of all runs, as keys. */
static struct json_object *ids_of(const struct state *state)
{
	struct json_object *ids = json_object_new_object();

	for (size_t i = 0; i < json_object_array_length(state->runs); i++) {
		const char *id = state_text(
			json_object_array_get_idx(state->runs, i), "run");

		if (id)
			(void)json_object_object_add(ids, id, NULL);
	}
	return ids;
}

/* folder: where its lock would be now; NULL: where it is. */
static void take_run(struct state *to, struct json_object *ids,
		     struct json_object *run, const char *folder)
{
	const char *lock = state_text(run, "lock");
	const char *id = state_text(run, "run");
	OWNED(mem_drop)
	char *moved = lock && folder ? state_path(folder, state_name(lock))
				     : NULL;

	if (id && json_object_object_get_ex(ids, id, NULL))
		return;
	if (id)
		(void)json_object_object_add(ids, id, NULL);
	(void)json_object_array_add(to->runs, json_object_get(run));
	if (moved)
		(void)json_object_object_add(run, "lock",
					     json_object_new_string(moved));
}

static void take_last(struct state *to, struct json_object *entry)
{
	struct json_object *last = state_array(to->object, "last");

	for (size_t i = json_object_array_length(last); i-- > 0;)
		if (is_same_kind(json_object_array_get_idx(last, i), entry))
			return;
	(void)json_object_array_add(last, json_object_get(entry));
}

static void take_all(struct state *to, const struct state *from,
		     const char *folder)
{
	struct json_object *last = state_array(from->object, "last");
	OWNED(json_drop) struct json_object *ids = ids_of(to);

	for (size_t i = 0; i < json_object_array_length(from->runs); i++)
		take_run(to, ids, json_object_array_get_idx(from->runs, i),
			 folder);
	for (size_t i = 0; i < json_object_array_length(last); i++)
		take_last(to, json_object_array_get_idx(last, i));
}

/* In memory alone: what other folders know. */
static void add_others(const struct vec *folders, struct state *state)
{
	for (size_t i = 1; i < folders->count; i++) {
		OWNED(state_close) struct state other = STATE_INIT;
		char *const *at = vec_at(folders, i);
		struct dbs_error err = {0};

		if (state_open_if_there(&other, *at, &err) || !other.runs)
			continue;
		if (!state->runs)
			state_begin_object(state);
		take_all(state, &other, NULL);
	}
}

enum dbs_rc state_read(const char *folder, struct json_object **out,
		       struct dbs_error *err)
{
	OWNED(state_folders_drop) struct vec folders = VEC_INIT(char *);
	OWNED(state_close) struct state state = STATE_INIT;

	/* first, for the lock that is taken next may be the one place's */
	state_folders_list(folder, &folders);
	enum dbs_rc rc = state_open_if_there(&state, folder, err);

	*out = NULL;
	if (rc)
		return rc;
	add_others(&folders, &state);
	*out = state.runs ? json_object_get(state.object) : NULL;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * What an older version left in sync/
 * --------------------------------------------------------------------- */

static bool goes_on(const struct state *state)
{
	for (size_t i = 0; i < json_object_array_length(state->runs); i++) {
		struct json_object *run = json_object_array_get_idx(state->runs,
								    i);

		if (!state_text(run, "ended") && !state_is_interrupted(run))
			return true;
	}
	return false;
}

enum dbs_rc state_take_over(const char *old, const char *folder,
			    struct dbs_error *err)
{
	OWNED(state_close) struct state from = STATE_INIT;
	OWNED(state_close) struct state to = STATE_INIT;
	OWNED(buf_release) struct buf done = BUF_INIT;
	enum dbs_rc rc = state_open_if_there(&from, old, err);

	/* one that still writes ends its entry where it began it */
	if (rc || !from.runs || goes_on(&from))
		return rc;
	rc = state_open(&to, folder, err);
	if (rc)
		return rc;
	take_all(&to, &from, folder);
	rc = state_write(&to, err);
	if (rc)
		return rc;
	/* a death before this repeats it, and finds every run there */
	buf_addf(&done, "%s.taken-over", from.path);
	return rename(from.path, done.data)
		       ? dbs_fail_errno(err, errno, "cannot rename `%s`",
					from.path)
		       : DBS_OK;
}
