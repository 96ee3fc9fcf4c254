/* state_folders.c - see state_folders.h. */
#include "state_folders.h"

#include "state_file.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/state.h"
#include "dbsync/run/state_place.h"

#include <stdlib.h>

static bool has_text(struct json_object *array, const char *text)
{
	for (size_t i = 0; i < json_object_array_length(array); i++)
		if (state_same(json_object_get_string(
				       json_object_array_get_idx(array, i)),
			       text))
			return true;
	return false;
}

void state_folders_know(const char *folder)
{
	OWNED(state_close) struct state state = STATE_INIT;
	OWNED(mem_drop) char *fixed = state_place_fixed();
	char *absolute = realpath(folder, NULL);
	struct dbs_error err = {0};

	if (fixed && absolute && !state_same(fixed, absolute) &&
	    !state_open(&state, fixed, &err)) {
		struct json_object *folders = state_array(state.object,
							  "folders");

		if (!has_text(folders, absolute)) {
			(void)json_object_array_add(
				folders, json_object_new_string(absolute));
			(void)state_write(&state, &err);
		}
	}
	free(absolute);
}

void state_folders_list(const char *folder, struct vec *out)
{
	OWNED(state_close) struct state state = STATE_INIT;
	OWNED(mem_drop) char *fixed = state_place_fixed();
	char *absolute = realpath(folder, NULL);
	struct dbs_error err = {0};

	*(char **)vec_push(out) = mem_strdup(folder);
	if (fixed && !state_same(fixed, absolute) && !state_same(fixed, folder))
		*(char **)vec_push(out) = mem_strdup(fixed);
	if (fixed && !state_open_if_there(&state, fixed, &err) && state.runs) {
		struct json_object *folders = state_array(state.object,
							  "folders");

		for (size_t i = 0; i < json_object_array_length(folders); i++) {
			const char *other = json_object_get_string(
				json_object_array_get_idx(folders, i));

			if (other && !state_same(other, absolute))
				*(char **)vec_push(out) = mem_strdup(other);
		}
	}
	free(absolute);
}

void state_folders_drop(struct vec *folders)
{
	for (size_t i = 0; i < folders->count; i++)
		mem_drop((char **)vec_at(folders, i));
	vec_release(folders);
}

static enum dbs_rc visit_in(const char *folder, state_visit visit,
			    void *context, struct dbs_error *err)
{
	OWNED(state_close) struct state state = STATE_INIT;
	enum dbs_rc rc = state_open_if_there(&state, folder, err);
	const size_t count = state.runs ? json_object_array_length(state.runs)
					: 0;
	bool is_changed = false;

	for (size_t i = 0; i < count; i++)
		if (visit(context, folder,
			  json_object_array_get_idx(state.runs, i)))
			is_changed = true;
	return is_changed ? state_write(&state, err) : rc;
}

enum dbs_rc state_each_run(const char *folder, state_visit visit, void *context,
			   struct dbs_error *err)
{
	OWNED(state_folders_drop) struct vec folders = VEC_INIT(char *);
	enum dbs_rc rc = DBS_OK;

	state_folders_list(folder, &folders);
	for (size_t i = 0; i < folders.count && !rc; i++) {
		struct dbs_error other = {0};
		char *const *at = vec_at(&folders, i);

		/* of others, what only its user may have written */
		if (i && state_check_owner(*at, &other))
			continue;
		rc = visit_in(*at, visit, context, i ? &other : err);
		rc = i ? DBS_OK : rc; /* of others, what is available */
	}
	return rc;
}
