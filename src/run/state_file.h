/*
 * state_file.h - sync-state.json as an object, under its lock.  Internal to
 * the files state*.c.
 *
 *	state_open ─▶ look at runs, change them ─▶ state_write ─▶ state_close
 *
 * Texts and objects that are found in it are borrowed until it is closed.
 */
#ifndef DBSYNC_RUN_STATE_FILE_H
#define DBSYNC_RUN_STATE_FILE_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <json-c/json.h>
#include <stdbool.h>

struct state {
	char *path;
	int lock;
	struct json_object *object;
	struct json_object *runs; /* borrowed from object */
};

#define STATE_INIT         \
	{                  \
		.lock = -1 \
	}

/* Makes the folder, and an empty state where there is none. */
enum dbs_rc state_open(struct state *state, const char *folder,
		       struct dbs_error *err);
/* Makes neither folder nor file; without one, runs stays NULL. */
enum dbs_rc state_open_if_there(struct state *state, const char *folder,
				struct dbs_error *err);
/* The file is replaced by what the object has become. */
enum dbs_rc state_write(const struct state *state, struct dbs_error *err);
void state_close(struct state *state);

/* In memory alone. */
void state_begin_object(struct state *state);
/* What is opened has forgotten them already. */
void state_forget_oldest(struct state *state);
/* FOLDER/NAME; mem_drop it. */
char *state_path(const char *folder, const char *name);

/* NULL: there is none. */
struct json_object *state_find(const struct state *state, const char *id);
const char *state_text(struct json_object *run, const char *name);
bool state_flag(struct json_object *run, const char *name);
/* A default of a database is another one, or may be. */
bool state_has_defaults(struct json_object *run);
/* Names them. */
void state_tell_defaults(struct json_object *run, struct buf *out);
/* The array of that name, which is made when there is none. */
struct json_object *state_array(struct json_object *object, const char *name);

struct json_object *state_now(void);
struct json_object *state_string(const char *text); /* NULL of NULL */
/* Nothing is the same as NULL. */
bool state_same(const char *a, const char *b);
/* The last part of a path. */
const char *state_name(const char *path);
/* The name of a lock says of which target it is, whatever its folder. */
bool state_same_lock(const char *a, const char *b);
#endif
