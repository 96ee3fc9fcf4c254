/* state_file.c - see state_file.h. */
#include "state_file.h"

#include "dbsync/base/cancel.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/run/state.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STATE_NAME "sync-state.json"

enum {
	FORMAT = 1,
	KEPT = 50, /* runs, of those that have ended */
	MOST_BYTES = 64 * 1024 * 1024,
	LOCK_TRIES = 100,
	LOCK_PAUSE_MS = 50,
};

void state_close(struct state *state)
{
	(void)json_object_put(state->object);
	file_unlock(&state->lock);
	mem_drop(&state->path);
}

char *state_path(const char *folder, const char *name)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/%s", folder, name);
	return buf_detach(&path);
}

/* Others hold it for a moment only. */
static enum dbs_rc lock_state(const char *folder, int *fd_out,
			      struct dbs_error *err)
{
	OWNED(mem_drop) char *path = state_path(folder, "sync-state.lock");
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

static enum dbs_rc refuse(const char *path, const char *doubt,
			  struct dbs_error *err)
{
	return doubt ? dbs_fail(err, DBS_E_REFUSED,
				"what `%s` says about past runs is not "
				"trusted: %s (chmod go-w it, or name another "
				"folder with --state-dir)",
				path, doubt)
		     : DBS_OK;
}

enum dbs_rc state_check_owner(const char *folder, struct dbs_error *err)
{
	OWNED(mem_drop) char *path = state_path(folder, STATE_NAME);
	struct stat info;

	if (stat(folder, &info))
		return errno == ENOENT
			       ? DBS_OK
			       : dbs_fail_errno(err, errno, "cannot read `%s`",
						folder);
	const enum dbs_rc rc = refuse(folder, owner_doubt_of_folder(&info),
				      err);

	if (rc || lstat(path, &info))
		return rc; /* what else is wrong with it, who reads it says */
	return refuse(path, owner_doubt(&info), err);
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
			"`%s` is not a state file of dbsync; move it to "
			"another place",
			state->path);
}

void state_begin_object(struct state *state)
{
	state->object = json_object_new_object();
	state->runs = json_object_new_array();
	(void)json_object_object_add(state->object, "format",
				     json_object_new_int(FORMAT));
	(void)json_object_object_add(state->object, "runs", state->runs);
}

const char *state_text(struct json_object *run, const char *name)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(run, name, &found) &&
			       json_object_is_type(found, json_type_string)
		       ? json_object_get_string(found)
		       : NULL;
}

bool state_flag(struct json_object *run, const char *name)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(run, name, &found) &&
	       json_object_get_boolean(found);
}

static bool is_over(struct json_object *run)
{
	return state_text(run, "ended") && !state_flag(run, "triggers_away") &&
	       !state_has_defaults(run);
}

/* Those that are over, the oldest first; there may be others between them. */
void state_forget_oldest(struct state *state)
{
	const size_t count = json_object_array_length(state->runs);
	size_t surplus = count > KEPT ? count - KEPT : 0;

	if (!surplus)
		return;
	struct json_object *kept = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *run = json_object_array_get_idx(state->runs,
								    i);

		if (surplus && is_over(run))
			surplus--;
		else
			(void)json_object_array_add(kept, json_object_get(run));
	}
	(void)json_object_object_add(state->object, "runs", kept);
	state->runs = kept;
}

static enum dbs_rc read_state(struct state *state, struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	OWNED(open_drop) int fd = -1;
	enum dbs_rc rc = open_to_read(state->path, OPEN_NO_LINK, &fd, NULL,
				      err);

	if (!rc && fd < 0) {
		state_begin_object(state);
		return DBS_OK;
	}
	if (!rc)
		rc = file_read_open(fd, state->path, MOST_BYTES, &text, err);
	if (!rc)
		rc = parse(state, &text, err);
	if (!rc)
		state_forget_oldest(state);
	return rc;
}

enum dbs_rc state_open(struct state *state, const char *folder,
		       struct dbs_error *err)
{
	enum dbs_rc rc = file_make_folders(folder, err);

	state->path = state_path(folder, STATE_NAME);
	if (!rc)
		rc = lock_state(folder, &state->lock, err);
	return rc ? rc : read_state(state, err);
}

/* Makes neither folder nor file; without one, runs stays NULL. */
enum dbs_rc state_open_if_there(struct state *state, const char *folder,
				struct dbs_error *err)
{
	OWNED(mem_drop) char *path = state_path(folder, STATE_NAME);

	if (!access(path, F_OK))
		return state_open(state, folder, err);
	return errno == ENOENT
		       ? DBS_OK
		       : dbs_fail_errno(err, errno, "cannot read `%s`", path);
}

enum dbs_rc state_write(const struct state *state, struct dbs_error *err)
{
	const char *text = json_object_to_json_string_ext(
		state->object,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (fault_error(FAULT_STATE_WRITE))
		return dbs_fail_errno(err, ENOSPC, "cannot write `%s`",
				      state->path);
	return file_replace(state->path, text, strlen(text), err);
}

struct json_object *state_now(void)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char text[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_object_new_string(text);
}

struct json_object *state_string(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

bool state_same(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

const char *state_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

bool state_same_lock(const char *a, const char *b)
{
	return state_same(state_name(a), state_name(b));
}

struct json_object *state_find(const struct state *state, const char *id)
{
	const size_t count = json_object_array_length(state->runs);

	for (size_t i = count; i-- > 0;) {
		struct json_object *run = json_object_array_get_idx(state->runs,
								    i);

		if (state_same(state_text(run, "run"), id))
			return run;
	}
	return NULL;
}

/* The array of that name, which is made when there is none. */
struct json_object *state_array(struct json_object *object, const char *name)
{
	struct json_object *array = NULL;

	if (json_object_object_get_ex(object, name, &array) &&
	    json_object_is_type(array, json_type_array))
		return array;
	array = json_object_new_array();
	(void)json_object_object_add(object, name, array);
	return array;
}
