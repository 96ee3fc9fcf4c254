/*
 * state_defaults.c - defaults of databases that a run changes for a moment.
 *
 *	"defaults": [{"database": …, "was": …, "meanwhile": …, "lock": …}]
 *
 * in the entry of the run, from before the first is changed until all are set
 * back.  The lock is that of the database, by which it is found: the next run
 * that writes there may be one of other databases besides.
 */
#include "state_file.h"
#include "state_folders.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/state.h"
#include "dbsync/schema/object_claim.h"

#define DEFAULTS "defaults"

/* NULL: it has none. */
static struct json_object *defaults_of(struct json_object *run)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(run, DEFAULTS, &found) &&
			       json_object_is_type(found, json_type_array) &&
			       json_object_array_length(found)
		       ? found
		       : NULL;
}

bool state_has_defaults(struct json_object *run)
{
	return defaults_of(run) != NULL;
}

static size_t count_of(struct json_object *run)
{
	struct json_object *defaults = defaults_of(run);

	return defaults ? json_object_array_length(defaults) : 0;
}

static struct json_object *item_of(struct json_object *run, size_t number)
{
	return json_object_array_get_idx(defaults_of(run), number);
}

/* ------------------------------------------------------------------------
 * Noting
 * --------------------------------------------------------------------- */

static bool is_noted(struct json_object *run,
		     const struct default_change *change)
{
	for (size_t i = 0; i < count_of(run); i++) {
		struct json_object *item = item_of(run, i);

		if (state_same(state_text(item, "database"),
			       change->database) &&
		    state_same(state_text(item, "meanwhile"),
			       change->meanwhile))
			return true;
	}
	return false;
}

static void note(struct json_object *run, const char *lock,
		 const struct default_change *change)
{
	struct json_object *item = json_object_new_object();
	const struct {
		const char *name;
		const char *value;
	} members[] = {
		{"database", change->database},
		{"was", change->was},
		{"meanwhile", change->meanwhile},
		{"lock", state_name(lock)},
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++)
		(void)json_object_object_add(item, members[i].name,
					     state_string(members[i].value));
	(void)json_object_array_add(state_array(run, DEFAULTS), item);
}

enum dbs_rc state_default_changes(const char *folder, const char *id,
				  const char *lock,
				  const struct default_change *change,
				  struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open(&state, folder, err);
	struct json_object *run = rc ? NULL : state_find(&state, id);

	if (rc || (run && is_noted(run, change)))
		return rc;
	if (!run)
		return dbs_fail(err, DBS_E_IO, "`%s` no longer has the run %s",
				state.path, id);
	note(run, lock, change);
	return state_write(&state, err);
}

/* lock: NULL: whichever it is of; true: there was such a one. */
static bool forget(struct json_object *run, const char *lock)
{
	bool is_changed = false;

	for (size_t i = count_of(run); i-- > 0;) {
		struct json_object *defaults = defaults_of(run);

		if (lock &&
		    !state_same_lock(state_text(item_of(run, i), "lock"), lock))
			continue;
		(void)json_object_array_del_idx(defaults, i, 1);
		is_changed = true;
	}
	if (is_changed && !count_of(run))
		json_object_object_del(run, DEFAULTS);
	return is_changed;
}

enum dbs_rc state_defaults_are_back(const char *folder, const char *id,
				    const char *lock, struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open_if_there(&state, folder, err);
	struct json_object *run = rc || !state.runs ? NULL
						    : state_find(&state, id);

	return run && forget(run, lock) ? state_write(&state, err) : rc;
}

/* ------------------------------------------------------------------------
 * What there is
 * --------------------------------------------------------------------- */

struct search {
	const char *lock;
	struct vec *out;
};

static bool look(void *context, const char *folder, struct json_object *run)
{
	const struct search *search = context;

	for (size_t i = 0; i < count_of(run); i++) {
		struct json_object *item = item_of(run, i);
		const char *id = state_text(run, "run");
		const char *database = state_text(item, "database");
		const char *was = state_text(item, "was");
		const char *meanwhile = state_text(item, "meanwhile");

		/* they become part of a statement */
		if (!id || !database || !was || !object_is_collation(was) ||
		    !meanwhile || !object_is_collation(meanwhile) ||
		    !state_same_lock(state_text(item, "lock"), search->lock))
			continue;
		*(struct state_default *)vec_push(
			search->out) = (struct state_default){
			.folder = mem_strdup(folder),
			.run = mem_strdup(id),
			.database = mem_strdup(database),
			.was = mem_strdup(was),
			.meanwhile = mem_strdup(meanwhile),
		};
	}
	return false;
}

enum dbs_rc state_defaults(const char *folder, const char *lock,
			   struct vec *out, struct dbs_error *err)
{
	struct search search = {lock, out};

	return state_each_run(folder, look, &search, err);
}

void state_defaults_drop(struct vec *changes)
{
	for (size_t i = 0; i < changes->count; i++) {
		struct state_default *change = vec_at(changes, i);

		mem_drop(&change->folder);
		mem_drop(&change->run);
		mem_drop(&change->database);
		mem_drop(&change->was);
		mem_drop(&change->meanwhile);
	}
	vec_release(changes);
}

void state_tell_defaults(struct json_object *run, struct buf *out)
{
	for (size_t i = 0; i < count_of(run); i++) {
		struct json_object *item = item_of(run, i);
		const char *database = state_text(item, "database");
		const char *was = state_text(item, "was");
		const char *meanwhile = state_text(item, "meanwhile");

		if (database && was && meanwhile)
			buf_addf(out,
				 "; the default of the database `%s` was %s, "
				 "may be %s, and is restored first",
				 database, was, meanwhile);
	}
}
