/* backup_places.c - see backup_places.h. */
#include "dbsync/run/backup_places.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/state.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *backup_place_of(const char *folder, const char *file)
{
	struct buf path = BUF_INIT;

	if (access(file, F_OK) && !strchr(file, '/'))
		buf_addf(&path, "%s/", folder);
	buf_adds(&path, file);
	return buf_detach(&path);
}

static void drop_paths(struct vec *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		mem_drop((char **)vec_at(paths, i));
	vec_release(paths);
}

static bool has_path(const struct vec *paths, const char *path)
{
	for (size_t i = 0; i < paths->count; i++)
		if (!strcmp(*(char *const *)vec_at(paths, i), path))
			return true;
	return false;
}

/* By its real name, once; one that is gone has nothing. */
static void add_folder(struct vec *paths, const char *folder)
{
	char *real = realpath(folder, NULL);

	if (real && !has_path(paths, real))
		*(char **)vec_push(paths) = mem_strdup(real);
	free(real);
}

static void add_folder_of(struct vec *paths, struct json_object *run)
{
	struct json_object *backup = NULL;

	if (!json_object_object_get_ex(run, "backup", &backup) ||
	    !json_object_is_type(backup, json_type_string))
		return;
	OWNED(mem_drop) char *path = mem_strdup(json_object_get_string(backup));

	add_folder(paths, dirname(path));
}

static enum dbs_rc add_known(struct vec *paths, const char *state_folder,
			     struct dbs_error *err)
{
	struct json_object *state = NULL;
	struct json_object *runs = NULL;
	enum dbs_rc rc = state_read(state_folder, &state, err);

	if (!rc && state && json_object_object_get_ex(state, "runs", &runs))
		for (size_t i = 0; i < json_object_array_length(runs); i++)
			add_folder_of(paths,
				      json_object_array_get_idx(runs, i));
	(void)json_object_put(state);
	return rc;
}

enum dbs_rc backup_places_load(const char *folder, const char *state_folder,
			       const struct cancel *cancel, struct vec *entries,
			       struct dbs_error *err)
{
	OWNED(drop_paths) struct vec others = VEC_INIT(char *);
	enum dbs_rc rc = catalogue_load(folder, cancel, entries, err);

	if (rc || strcmp(folder, BACKUP_PLACE) != 0)
		return rc;
	/* it has been read, under the name that the user knows */
	add_folder(&others, folder);
	const size_t here = others.count;

	rc = add_known(&others, state_folder, err);
	for (size_t i = here; i < others.count && !rc; i++)
		rc = catalogue_load(*(char **)vec_at(&others, i), cancel,
				    entries, err);
	return rc;
}
