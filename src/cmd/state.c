/* state.c - see state.h. */
#include "state.h"

#include "state_place.h"

#include "dbsync/base/cancel.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	FORMAT = 1,
	KEPT = 50, /* runs that have ended */
	MOST_BYTES = 64 * 1024 * 1024,
	LOCK_TRIES = 100,
	LOCK_PAUSE_MS = 50,
};

struct state {
	char *path;
	int lock;
	struct json_object *object;
	struct json_object *runs; /* borrowed from object */
};

static void state_close(struct state *state)
{
	(void)json_object_put(state->object);
	file_unlock(&state->lock);
	mem_drop(&state->path);
}

static char *path_of(const char *folder, const char *name)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%s", folder, name);
	return buf_detach(&path);
}

/* Others hold it for a moment only. */
static enum dbs_rc lock_state(const char *folder, int *fd_out,
			      struct dbs_error *err)
{
	OWNED(mem_drop) char *path = path_of(folder, "sync-state.lock");
	const struct cancel never = {false};

	for (unsigned i = 0; i < LOCK_TRIES; i++) {
		OWNED(buf_release) struct buf holder = BUF_INIT;
		enum dbs_rc rc = file_lock(path, "", fd_out, &holder, err);

		if (rc || *fd_out >= 0)
			return rc;
		(void)cancel_sleep(&never, LOCK_PAUSE_MS, err);
	}
	return dbs_fail_errno(err, EBUSY, "cannot lock `%s`", path);
}

static enum dbs_rc parse(struct state *state, const struct buf *text,
			 struct dbs_error *err)
{
	struct json_object *runs = NULL;

	state->object = json_tokener_parse(text->data);
	if (state->object &&
	    json_object_object_get_ex(state->object, "runs", &runs) &&
	    json_object_is_type(runs, json_type_array)) {
		state->runs = runs;
		return DBS_OK;
	}
	return dbs_fail(err, DBS_E_FORMAT,
			"`%s` is not a state file of dbsync; move it away",
			state->path);
}

static void begin_object(struct state *state)
{
	state->object = json_object_new_object();
	state->runs = json_object_new_array();
	(void)json_object_object_add(state->object, "format",
				     json_object_new_int(FORMAT));
	(void)json_object_object_add(state->object, "runs", state->runs);
}

static enum dbs_rc state_open(struct state *state, const char *folder,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	bool found = false;
	enum dbs_rc rc = file_make_folders(folder, err);

	state->path = path_of(folder, "sync-state.json");
	if (!rc)
		rc = lock_state(folder, &state->lock, err);
	if (!rc)
		rc = file_read(state->path, MOST_BYTES, &text, &found, err);
	if (rc)
		return rc;
	if (found)
		return parse(state, &text, err);
	begin_object(state);
	return DBS_OK;
}

/* Makes neither folder nor file; without one, runs stays NULL. */
static enum dbs_rc state_open_if_there(struct state *state, const char *folder,
				       struct dbs_error *err)
{
	OWNED(mem_drop) char *path = path_of(folder, "sync-state.json");

	if (!access(path, F_OK))
		return state_open(state, folder, err);
	return errno == ENOENT
		       ? DBS_OK
		       : dbs_fail_errno(err, errno, "cannot read `%s`", path);
}

static enum dbs_rc state_write(const struct state *state, struct dbs_error *err)
{
	const char *text = json_object_to_json_string_ext(
		state->object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (fault_error(FAULT_STATE_WRITE))
		return dbs_fail_errno(err, ENOSPC, "cannot write `%s`",
				      state->path);
	return file_replace(state->path, text, strlen(text), err);
}

static struct json_object *now(void)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char text[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_object_new_string(text);
}

static struct json_object *text_or_null(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

static const char *text_of(struct json_object *run, const char *name)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(run, name, &found) &&
			       json_object_is_type(found, json_type_string)
		       ? json_object_get_string(found)
		       : NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static const char *name_of(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* The name of a lock says of which target it is, whatever its folder. */
static bool same_lock(const char *a, const char *b)
{
	return same_text(name_of(a), name_of(b));
}

static struct json_object *find_run(const struct state *state, const char *id)
{
	const size_t count = json_object_array_length(state->runs);

	for (size_t i = count; i-- > 0;) {
		struct json_object *run = json_object_array_get_idx(state->runs,
								    i);

		if (same_text(text_of(run, "run"), id))
			return run;
	}
	return NULL;
}

/* The array of that name, which is made when there is none. */
static struct json_object *array_of(struct json_object *object,
				    const char *name)
{
	struct json_object *array = NULL;

	if (json_object_object_get_ex(object, name, &array) &&
	    json_object_is_type(array, json_type_array))
		return array;
	array = json_object_new_array();
	(void)json_object_object_add(object, name, array);
	return array;
}

/* ------------------------------------------------------------------------
 * Folders
 *
 * A target may be written to from several folders.  The one place of the user
 * knows those that have a state of their own ("folders").
 * --------------------------------------------------------------------- */

static bool has_text(struct json_object *array, const char *text)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		if (same_text(json_object_get_string(
				      json_object_array_get_idx(array, i)),
			      text))
			return true;
	return false;
}

/* Without it the run is as good, and not known elsewhere. */
static void make_known(const char *folder)
{
	OWNED(state_close) struct state state = {.lock = -1};
	OWNED(mem_drop) char *fixed = state_place_fixed();
	char *absolute = realpath(folder, NULL);
	struct dbs_error err = {0};

	if (fixed && absolute && !same_text(fixed, absolute) &&
	    !state_open(&state, fixed, &err)) {
		struct json_object *folders = array_of(state.object, "folders");

		if (!has_text(folders, absolute)) {
			(void)json_object_array_add(
				folders, json_object_new_string(absolute));
			(void)state_write(&state, &err);
		}
	}
	free(absolute);
}

/* folder, the one place, and those that it knows; mem_drop each. */
static void list_folders(const char *folder, struct vec *out)
{
	OWNED(state_close) struct state state = {.lock = -1};
	OWNED(mem_drop) char *fixed = state_place_fixed();
	char *absolute = realpath(folder, NULL);
	struct dbs_error err = {0};

	*(char **)vec_push(out) = mem_strdup(folder);
	if (fixed && !same_text(fixed, absolute) && !same_text(fixed, folder))
		*(char **)vec_push(out) = mem_strdup(fixed);
	if (fixed && !state_open_if_there(&state, fixed, &err) && state.runs) {
		struct json_object *folders = array_of(state.object, "folders");

		for (size_t i = 0; i < json_object_array_length(folders); i++) {
			const char *other = json_object_get_string(
				json_object_array_get_idx(folders, i));

			if (other && !same_text(other, absolute))
				*(char **)vec_push(out) = mem_strdup(other);
		}
	}
	free(absolute);
}

static void drop_folders(struct vec *folders)
{
	for (size_t i = 0; i < folders->count; i++)
		mem_drop((char **)vec_at(folders, i));
	vec_release(folders);
}

/* ------------------------------------------------------------------------
 * Beginning and ending
 * --------------------------------------------------------------------- */

enum dbs_rc state_begin(const char *folder, const struct state_run *run,
			struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
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
		{"run", text_or_null(run->id)},
		{"command", text_or_null(run->command)},
		{"source", text_or_null(run->source)},
		{"target", text_or_null(run->target)},
		{"databases", text_or_null(run->databases)},
		{"backup", text_or_null(backup)},
		{"lock", text_or_null(absolute)},
		{"structures", json_object_new_boolean(run->has_shapes)},
		{"triggers_away",
		 run->takes_triggers ? json_object_new_boolean(true) : NULL},
		{"pid", json_object_new_int((int)getpid())},
		{"started", now()},
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
	state = (struct state){.lock = -1};
	/* others are by --state-dir: who says it says it again */
	if (!rc && !strcmp(folder, "sync"))
		make_known(folder);
	return rc;
}

enum dbs_rc state_backup(const char *folder, const char *id, const char *backup,
			 struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open(&state, folder, err);

	if (rc)
		return rc;
	struct json_object *run = find_run(&state, id);
	char *absolute = realpath(backup, NULL);

	if (run)
		(void)json_object_object_add(run, "backup",
					     text_or_null(absolute));
	free(absolute);
	return run ? state_write(&state, err) : DBS_OK;
}

static bool is_true(struct json_object *run, const char *name)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(run, name, &found) &&
	       json_object_get_boolean(found);
}

/* Its triggers are back; false: they were not away. */
static bool rearm(struct json_object *run)
{
	const bool was_away = is_true(run, "triggers_away");

	if (was_away)
		(void)json_object_object_add(run, "triggers_away", NULL);
	return was_away;
}

/* What was interrupted on this lock has been made good. */
static bool repair(const struct state *state, const char *lock, bool has_shapes)
{
	const size_t count = json_object_array_length(state->runs);
	bool is_any = false;

	for (size_t i = 0; i < count; i++) {
		struct json_object *run = json_object_array_get_idx(state->runs,
								    i);

		if (!same_lock(text_of(run, "lock"), lock) ||
		    (!has_shapes && is_true(run, "structures")))
			continue;
		is_any = rearm(run) || is_any;
		if (text_of(run, "ended"))
			continue;
		(void)json_object_object_add(run, "ended", now());
		(void)json_object_object_add(
			run, "outcome", json_object_new_string("interrupted"));
		is_any = true;
	}
	return is_any;
}

static bool is_over(struct json_object *run)
{
	return text_of(run, "ended") && !is_true(run, "triggers_away");
}

/* Those that are over, the oldest first; there may be others between them. */
static void forget_oldest(const struct state *state)
{
	size_t count = json_object_array_length(state->runs);

	for (size_t i = 0; i < count && count > KEPT;) {
		if (is_over(json_object_array_get_idx(state->runs, i))) {
			(void)json_object_array_del_idx(state->runs, i, 1);
			count--;
		} else {
			i++;
		}
	}
}

static enum dbs_rc repair_in(const char *folder, const char *lock,
			     bool has_shapes, struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open_if_there(&state, folder, err);

	if (rc || !state.runs)
		return rc;
	return repair(&state, lock, has_shapes) ? state_write(&state, err)
						: DBS_OK;
}

enum dbs_rc state_repaired(const char *folder, const char *lock,
			   bool has_shapes, struct dbs_error *err)
{
	OWNED(drop_folders) struct vec folders = VEC_INIT(char *);
	enum dbs_rc rc = DBS_OK;

	list_folders(folder, &folders);
	for (size_t i = 0; i < folders.count && !rc; i++) {
		struct dbs_error other = {0};
		char *const *at = vec_at(&folders, i);

		rc = repair_in(*at, lock, has_shapes, i ? &other : err);
		rc = i ? DBS_OK : rc; /* of others, what is to be had */
	}
	return rc;
}

enum dbs_rc state_end(const char *folder, const char *id, const char *outcome,
		      uint64_t changes, struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open(&state, folder, err);
	struct json_object *run = rc ? NULL : find_run(&state, id);

	if (!run)
		return rc;
	(void)json_object_object_add(run, "ended", now());
	(void)json_object_object_add(run, "outcome",
				     json_object_new_string(outcome));
	(void)json_object_object_add(run, "changes",
				     json_object_new_uint64(changes));
	forget_oldest(&state);
	return state_write(&state, err);
}

static enum dbs_rc interrupted_in(const char *folder, const char *lock,
				  const char *command, char **backup_out,
				  struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open_if_there(&state, folder, err);

	if (rc || !state.runs)
		return rc;
	const size_t count = json_object_array_length(state.runs);

	for (size_t i = 0; i < count; i++) {
		struct json_object *run = json_object_array_get_idx(state.runs,
								    i);

		if (text_of(run, "ended") || !text_of(run, "backup") ||
		    !same_lock(text_of(run, "lock"), lock) ||
		    !same_text(text_of(run, "command"), command))
			continue;
		mem_drop(backup_out);
		*backup_out = mem_strdup(text_of(run, "backup"));
	}
	return DBS_OK;
}

enum dbs_rc state_interrupted(const char *folder, const char *lock,
			      const char *command, char **backup_out,
			      struct dbs_error *err)
{
	OWNED(drop_folders) struct vec folders = VEC_INIT(char *);
	enum dbs_rc rc = DBS_OK;

	*backup_out = NULL;
	list_folders(folder, &folders);
	for (size_t i = 0; i < folders.count && !rc && !*backup_out; i++) {
		struct dbs_error other = {0};
		char *const *at = vec_at(&folders, i);

		rc = interrupted_in(*at, lock, command, backup_out,
				    i ? &other : err);
		rc = i ? DBS_OK : rc; /* of others, what is to be had */
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Triggers that a rollback took away
 * --------------------------------------------------------------------- */

enum dbs_rc state_rearmed(const char *folder, const char *id,
			  struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open_if_there(&state, folder, err);
	struct json_object *run = rc || !state.runs ? NULL
						    : find_run(&state, id);

	return run && rearm(run) ? state_write(&state, err) : rc;
}

void state_away_drop(struct vec *away)
{
	for (size_t i = 0; i < away->count; i++) {
		struct state_away *item = vec_at(away, i);

		mem_drop(&item->folder);
		mem_drop(&item->run);
		mem_drop(&item->backup);
	}
	vec_release(away);
}

static enum dbs_rc away_in(const char *folder, const char *lock,
			   struct vec *out, struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open_if_there(&state, folder, err);
	const size_t count = state.runs ? json_object_array_length(state.runs)
					: 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *run = json_object_array_get_idx(state.runs,
								    i);

		if (is_true(run, "triggers_away") && text_of(run, "backup") &&
		    text_of(run, "run") &&
		    same_lock(text_of(run, "lock"), lock))
			*(struct state_away *)vec_push(
				out) = (struct state_away){
				mem_strdup(folder),
				mem_strdup(text_of(run, "run")),
				mem_strdup(text_of(run, "backup"))};
	}
	return rc;
}

/* Names of runs begin with their time. */
static int by_age(const void *a, const void *b)
{
	const struct state_away *left = a;
	const struct state_away *right = b;

	return strcmp(right->run, left->run);
}

enum dbs_rc state_triggers_away(const char *folder, const char *lock,
				struct vec *out, struct dbs_error *err)
{
	OWNED(drop_folders) struct vec folders = VEC_INIT(char *);
	enum dbs_rc rc = DBS_OK;

	list_folders(folder, &folders);
	for (size_t i = 0; i < folders.count && !rc; i++) {
		struct dbs_error other = {0};
		char *const *at = vec_at(&folders, i);

		rc = away_in(*at, lock, out, i ? &other : err);
		rc = i ? DBS_OK : rc; /* of others, what is to be had */
	}
	if (out->count)
		qsort(out->items, out->count, sizeof(struct state_away),
		      by_age);
	return rc;
}

/* ------------------------------------------------------------------------
 * What became of the last runs
 * --------------------------------------------------------------------- */

static bool is_same(struct json_object *a, struct json_object *b,
		    const char *name)
{
	const char *left = text_of(a, name);
	const char *right = text_of(b, name);

	return !strcmp(left ? left : "", right ? right : "");
}

/* A run that failed early does not know the names of its servers. */
static bool is_same_kind(struct json_object *a, struct json_object *b)
{
	return is_same(a, b, "command") && is_same(a, b, "job") &&
	       (!text_of(a, "target") || !text_of(b, "target") ||
		(is_same(a, b, "source") && is_same(a, b, "target")));
}

static enum dbs_rc put_last(const struct state *state,
			    struct json_object *entry, struct dbs_error *err)
{
	struct json_object *last = array_of(state->object, "last");

	for (size_t i = json_object_array_length(last); i-- > 0;)
		if (is_same_kind(json_object_array_get_idx(last, i), entry))
			(void)json_object_array_del_idx(last, i, 1);
	(void)json_object_array_add(last, json_object_get(entry));
	(void)json_object_object_add(entry, "ended", now());
	return state_write(state, err);
}

enum dbs_rc state_last(const char *folder, bool makes,
		       struct json_object *entry, struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = makes ? state_open(&state, folder, err)
			       : state_open_if_there(&state, folder, err);

	return rc || !state.runs ? rc : put_last(&state, entry, err);
}

/* folder: where its lock would be now; NULL: where it is. */
static void take_run(struct state *to, struct json_object *run,
		     const char *folder)
{
	const char *lock = text_of(run, "lock");
	OWNED(mem_drop)
	char *moved = lock && folder ? path_of(folder, name_of(lock)) : NULL;

	if (find_run(to, text_of(run, "run")))
		return;
	(void)json_object_array_add(to->runs, json_object_get(run));
	if (moved)
		(void)json_object_object_add(run, "lock",
					     json_object_new_string(moved));
}

static void take_last(struct state *to, struct json_object *entry)
{
	struct json_object *last = array_of(to->object, "last");

	for (size_t i = json_object_array_length(last); i-- > 0;)
		if (is_same_kind(json_object_array_get_idx(last, i), entry))
			return;
	(void)json_object_array_add(last, json_object_get(entry));
}

static void take_all(struct state *to, const struct state *from,
		     const char *folder)
{
	struct json_object *last = array_of(from->object, "last");

	for (size_t i = 0; i < json_object_array_length(from->runs); i++)
		take_run(to, json_object_array_get_idx(from->runs, i), folder);
	for (size_t i = 0; i < json_object_array_length(last); i++)
		take_last(to, json_object_array_get_idx(last, i));
}

/* In memory alone: what other folders know. */
static void add_others(const struct vec *folders, struct state *state)
{
	for (size_t i = 1; i < folders->count; i++) {
		OWNED(state_close) struct state other = {.lock = -1};
		char *const *at = vec_at(folders, i);
		struct dbs_error err = {0};

		if (state_open_if_there(&other, *at, &err) || !other.runs)
			continue;
		if (!state->runs)
			begin_object(state);
		take_all(state, &other, NULL);
	}
}

enum dbs_rc state_read(const char *folder, struct json_object **out,
		       struct dbs_error *err)
{
	OWNED(drop_folders) struct vec folders = VEC_INIT(char *);
	OWNED(state_close) struct state state = {.lock = -1};

	/* first, for the lock that is taken next may be the one place's */
	list_folders(folder, &folders);
	enum dbs_rc rc = state_open_if_there(&state, folder, err);

	*out = NULL;
	if (rc)
		return rc;
	add_others(&folders, &state);
	*out = state.runs ? json_object_get(state.object) : NULL;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Telling
 * --------------------------------------------------------------------- */

bool state_is_interrupted(struct json_object *run)
{
	const char *lock = text_of(run, "lock");

	return !text_of(run, "ended") && !(lock && file_is_locked(lock));
}

static void tell_run(struct json_object *run, const struct talk *talk)
{
	const char *backup = text_of(run, "backup");

	if (!state_is_interrupted(run))
		return;
	talk_note(talk,
		  "run %s (`dbsync %s` on %s, begun %s) was interrupted while "
		  "it wrote; repeat it, or undo it%s%s",
		  text_of(run, "run"), text_of(run, "command"),
		  text_of(run, "target"), text_of(run, "started"),
		  backup ? ": dbsync rollback "
			 : " by hand: it had no backup point",
		  backup ? backup : "");
}

static enum dbs_rc tell_in(const char *folder, const struct talk *talk,
			   struct dbs_error *err)
{
	OWNED(state_close) struct state state = {.lock = -1};
	enum dbs_rc rc = state_open_if_there(&state, folder, err);

	if (rc || !state.runs)
		return rc;
	const size_t count = json_object_array_length(state.runs);

	for (size_t i = 0; i < count; i++)
		tell_run(json_object_array_get_idx(state.runs, i), talk);
	return DBS_OK;
}

enum dbs_rc state_tell(const char *folder, const struct talk *talk,
		       struct dbs_error *err)
{
	OWNED(drop_folders) struct vec folders = VEC_INIT(char *);
	enum dbs_rc rc = DBS_OK;

	list_folders(folder, &folders);
	for (size_t i = 0; i < folders.count && !rc; i++) {
		struct dbs_error other = {0};
		char *const *at = vec_at(&folders, i);

		rc = tell_in(*at, talk, i ? &other : err);
		rc = i ? DBS_OK : rc; /* of others, what is to be had */
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * What an older version left in sync/
 * --------------------------------------------------------------------- */

static bool goes_on(const struct state *state)
{
	for (size_t i = 0; i < json_object_array_length(state->runs); i++) {
		struct json_object *run = json_object_array_get_idx(state->runs,
								    i);

		if (!text_of(run, "ended") && !state_is_interrupted(run))
			return true;
	}
	return false;
}

enum dbs_rc state_take_over(const char *old, const char *folder,
			    struct dbs_error *err)
{
	OWNED(state_close) struct state from = {.lock = -1};
	OWNED(state_close) struct state to = {.lock = -1};
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
