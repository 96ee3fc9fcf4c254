/* state_trouble.c - runs that were interrupted, and triggers that are away. */
#include "state_file.h"
#include "state_folders.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/state.h"

#include <stdlib.h>
#include <string.h>

/* Its triggers are back; false: they were not away. */
static bool rearm(struct json_object *run)
{
	const bool was_away = state_flag(run, "triggers_away");

	if (was_away)
		(void)json_object_object_add(run, "triggers_away", NULL);
	return was_away;
}

/* ------------------------------------------------------------------------
 * Resolved
 * --------------------------------------------------------------------- */

struct repair {
	const char *lock;
	bool has_shapes;
};

/* What was interrupted on this lock has been resolved. */
static bool repair(void *context, const char *folder, struct json_object *run)
{
	const struct repair *repair = context;

	(void)folder;
	if (!state_same_lock(state_text(run, "lock"), repair->lock) ||
	    (!repair->has_shapes && state_flag(run, "structures")))
		return false;
	const bool was_away = rearm(run);

	if (state_text(run, "ended"))
		return was_away;
	(void)json_object_object_add(run, "ended", state_now());
	(void)json_object_object_add(run, "outcome",
				     json_object_new_string("interrupted"));
	return true;
}

enum dbs_rc state_repaired(const char *folder, const char *lock,
			   bool has_shapes, struct dbs_error *err)
{
	struct repair wish = {lock, has_shapes};

	return state_each_run(folder, repair, &wish, err);
}

enum dbs_rc state_rearmed(const char *folder, const char *id,
			  struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open_if_there(&state, folder, err);
	struct json_object *run = rc || !state.runs ? NULL
						    : state_find(&state, id);

	return run && rearm(run) ? state_write(&state, err) : rc;
}

/* ------------------------------------------------------------------------
 * What there is
 * --------------------------------------------------------------------- */

void state_trouble_clear(struct state_trouble *trouble)
{
	mem_drop(&trouble->folder);
	mem_drop(&trouble->run);
	mem_drop(&trouble->command);
	mem_drop(&trouble->backup);
	mem_drop(&trouble->undo);
	mem_drop(&trouble->repeat);
}

/* Runs of versions that knew no lines name the file alone. */
static char *undo_of(struct json_object *run)
{
	const char *line = state_text(run, "undo");
	const char *backup = state_text(run, "backup");
	struct buf plain = BUF_INIT;

	if (line || !backup)
		return line ? mem_strdup(line) : NULL;
	buf_addf(&plain, "dbsync rollback %s", backup);
	return buf_detach(&plain);
}

static char *copy_of(const char *text)
{
	return text ? mem_strdup(text) : NULL;
}

static struct state_trouble trouble_of(const char *folder,
				       struct json_object *run)
{
	return (struct state_trouble){
		.folder = mem_strdup(folder),
		.run = copy_of(state_text(run, "run")),
		.command = copy_of(state_text(run, "command")),
		.backup = copy_of(state_text(run, "backup")),
		.undo = undo_of(run),
		.repeat = copy_of(state_text(run, "repeat")),
	};
}

struct interrupted {
	const char *lock;
	const char *command;
	struct state_trouble *out;
};

/* The last one of the first folder that has any. */
static bool look_for_interrupted(void *context, const char *folder,
				 struct json_object *run)
{
	const struct interrupted *wish = context;

	if (state_text(run, "ended") || !state_text(run, "backup") ||
	    !state_same_lock(state_text(run, "lock"), wish->lock) ||
	    !state_same(state_text(run, "command"), wish->command) ||
	    (wish->out->folder && !state_same(wish->out->folder, folder)))
		return false;
	state_trouble_clear(wish->out);
	*wish->out = trouble_of(folder, run);
	return false;
}

enum dbs_rc state_interrupted(const char *folder, const char *lock,
			      const char *command, struct state_trouble *out,
			      struct dbs_error *err)
{
	struct interrupted wish = {lock, command, out};

	*out = (struct state_trouble){0};
	return state_each_run(folder, look_for_interrupted, &wish, err);
}

struct away {
	const char *lock;
	struct vec *out;
};

/* Older versions name the lock of the first database alone. */
static bool has_lock(struct json_object *run, const char *lock)
{
	struct json_object *locks = NULL;

	if (state_same_lock(state_text(run, "lock"), lock))
		return true;
	if (!json_object_object_get_ex(run, "locks", &locks) ||
	    !json_object_is_type(locks, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(locks); i++)
		if (state_same_lock(json_object_get_string(
					    json_object_array_get_idx(locks, i)),
				    lock))
			return true;
	return false;
}

static bool look_for_triggers(void *context, const char *folder,
			      struct json_object *run)
{
	const struct away *wish = context;

	if (state_flag(run, "triggers_away") && state_text(run, "backup") &&
	    state_text(run, "run") &&
	    (!wish->lock || has_lock(run, wish->lock)))
		*(struct state_trouble *)vec_push(
			wish->out) = trouble_of(folder, run);
	return false;
}

void state_away_drop(struct vec *away)
{
	for (size_t i = 0; i < away->count; i++)
		state_trouble_clear(vec_at(away, i));
	vec_release(away);
}

/* Names of runs begin with their time. */
static int by_age(const void *a, const void *b)
{
	const struct state_trouble *left = a;
	const struct state_trouble *right = b;

	return strcmp(right->run, left->run);
}

enum dbs_rc state_triggers_away(const char *folder, const char *lock,
				struct vec *out, struct dbs_error *err)
{
	struct away wish = {lock, out};
	enum dbs_rc rc = state_each_run(folder, look_for_triggers, &wish, err);

	if (out->count)
		qsort(out->items, out->count, sizeof(struct state_trouble),
		      by_age);
	return rc;
}

/* ------------------------------------------------------------------------
 * Backup points that are needed still
 * --------------------------------------------------------------------- */

static void add_path(struct vec *paths, const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;

	if (real)
		*(char **)vec_push(paths) = mem_strdup(real);
	free(real);
}

static bool look_for_points(void *context, const char *folder,
			    struct json_object *run)
{
	struct vec *paths = context;

	(void)folder;
	if (state_text(run, "ended") && !state_flag(run, "triggers_away"))
		return false;
	add_path(paths, state_text(run, "backup"));
	/* a rollback is repeated with the one that it was begun with */
	if (state_same(state_text(run, "command"), "rollback"))
		add_path(paths, state_text(run, "source"));
	return false;
}

enum dbs_rc state_needed(const char *folder, struct vec *paths,
			 struct dbs_error *err)
{
	return state_each_run(folder, look_for_points, paths, err);
}

void state_needed_drop(struct vec *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		mem_drop((char **)vec_at(paths, i));
	vec_release(paths);
}

bool state_is_needed(const struct vec *paths, const char *path)
{
	char *real = realpath(path, NULL);
	bool is_needed = false;

	for (size_t i = 0; i < paths->count && real; i++)
		is_needed = is_needed ||
			    !strcmp(*(char *const *)vec_at(paths, i), real);
	free(real);
	return is_needed;
}

/* ------------------------------------------------------------------------
 * Telling
 * --------------------------------------------------------------------- */

bool state_is_interrupted(struct json_object *run)
{
	const char *lock = state_text(run, "lock");

	return (!state_text(run, "ended") || state_has_defaults(run) ||
		state_flag(run, "triggers_away")) &&
	       !(lock && file_is_locked(lock));
}

void state_ways_out(struct json_object *run, struct buf *out)
{
	OWNED(mem_drop) char *undo = undo_of(run);
	const char *repeat = state_text(run, "repeat");

	buf_adds(out, "repeat it");
	if (repeat)
		buf_addf(out, " (%s)", repeat);
	if (undo)
		buf_addf(out, ", or undo it: %s", undo);
	else
		buf_adds(out, ": it had no backup point");
	if (state_flag(run, "triggers_away") && !repeat)
		buf_adds(out, "; triggers of the target may be missing: the "
			      "next run that writes restores them");
	state_tell_defaults(run, out);
}

static bool tell_run(void *context, const char *folder, struct json_object *run)
{
	OWNED(buf_release) struct buf ways = BUF_INIT;
	const struct talk *const *talk = context;

	(void)folder;
	if (!state_is_interrupted(run))
		return false;
	state_ways_out(run, &ways);
	talk_note(*talk,
		  "run %s (`dbsync %s` on %s, begun %s) was interrupted while "
		  "it wrote; %s",
		  state_text(run, "run"), state_text(run, "command"),
		  state_text(run, "target"), state_text(run, "started"),
		  ways.data);
	return false;
}

enum dbs_rc state_tell(const char *folder, const struct talk *talk,
		       struct dbs_error *err)
{
	return state_each_run(folder, tell_run, &talk, err);
}
