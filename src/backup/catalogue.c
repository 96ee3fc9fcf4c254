/* catalogue.c - see catalogue.h. */
#include "dbsync/backup/catalogue.h"

#include "dbsync/base/own.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PREFIX "backup_point_"
#define SUFFIX ".sql.zst"

static bool is_backup_name(const char *name)
{
	const size_t length = strlen(name);

	return !strncmp(name, PREFIX, strlen(PREFIX)) &&
	       length > strlen(SUFFIX) &&
	       !strcmp(name + length - strlen(SUFFIX), SUFFIX);
}

static time_t moment_of(const char *created, time_t otherwise)
{
	struct tm utc = {0};
	const char *end = strptime(created, "%Y-%m-%dT%H:%M:%SZ", &utc);

	return end && !*end ? timegm(&utc) : otherwise;
}

static void add_entry(const char *folder, const char *name, struct vec *entries)
{
	OWNED(backup_close) struct backup_reader *reader = NULL;
	struct backup_entry *entry = vec_push(entries);
	struct buf path = BUF_INIT;
	struct stat info = {0};

	buf_addf(&path, "%s/%s", folder, name);
	entry->path = buf_detach(&path);
	entry->name = entry->path + strlen(folder) + 1;
	(void)stat(entry->path, &info);
	entry->bytes = (uint64_t)info.st_size;
	entry->made = info.st_mtime;
	entry->written = info.st_mtim;
	if (backup_open(entry->path, &reader, &entry->damage))
		return;
	dbs_error_clear(&entry->damage);
	entry->manifest = backup_take_manifest(reader);
	entry->made = moment_of(entry->manifest->created, entry->made);
}

static int order_entries(const void *a, const void *b)
{
	const struct backup_entry *left = a;
	const struct backup_entry *right = b;

	if (left->made != right->made)
		return left->made > right->made ? -1 : 1;
	/* a name may have been free again: _2 is older, perhaps */
	if (left->written.tv_sec != right->written.tv_sec)
		return left->written.tv_sec > right->written.tv_sec ? -1 : 1;
	if (left->written.tv_nsec != right->written.tv_nsec)
		return left->written.tv_nsec > right->written.tv_nsec ? -1 : 1;
	return -strcmp(left->name, right->name);
}

static void close_folder(DIR **folder)
{
	if (*folder)
		(void)closedir(*folder);
}

static int order_names(const void *a, const void *b)
{
	return -strcmp(*(char *const *)a, *(char *const *)b);
}

enum dbs_rc catalogue_names(const char *folder, struct vec *names,
			    struct dbs_error *err)
{
	OWNED(close_folder) DIR *handle = opendir(folder);
	const struct dirent *found;

	if (!handle)
		return errno == ENOENT
			       ? DBS_OK
			       : dbs_fail_errno(err, errno, "cannot read `%s`",
						folder);
	while ((found = readdir(handle)))
		if (is_backup_name(found->d_name))
			*(char **)vec_push(names) = mem_strdup(found->d_name);
	if (names->count)
		qsort(names->items, names->count, names->item_size,
		      order_names);
	return DBS_OK;
}

void catalogue_names_release(struct vec *names)
{
	for (size_t i = 0; i < names->count; i++)
		mem_drop(vec_at(names, i));
	vec_release(names);
}

enum dbs_rc catalogue_load(const char *folder, const struct cancel *cancel,
			   struct vec *entries, struct dbs_error *err)
{
	OWNED(close_folder) DIR *handle = opendir(folder);
	const struct dirent *found;

	if (!handle)
		return errno == ENOENT
			       ? DBS_OK
			       : dbs_fail_errno(err, errno, "cannot read `%s`",
						folder);
	while ((found = readdir(handle))) {
		enum dbs_rc rc = cancel_check(cancel, err);

		if (rc)
			return rc;
		if (is_backup_name(found->d_name))
			add_entry(folder, found->d_name, entries);
	}
	if (entries->count)
		qsort(entries->items, entries->count, entries->item_size,
		      order_entries);
	return DBS_OK;
}

void catalogue_release(struct vec *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct backup_entry *entry = vec_at(entries, i);

		manifest_drop(&entry->manifest);
		mem_drop(&entry->path);
	}
	vec_release(entries);
}

void catalogue_choose(const struct vec *entries, size_t keep, uint64_t older_s,
		      time_t now, bool *doomed)
{
	size_t whole = 0;

	for (size_t i = 0; i < entries->count; i++) {
		const struct backup_entry *entry = vec_at(entries, i);
		const bool is_old = older_s && now > entry->made &&
				    (uint64_t)(now - entry->made) > older_s;

		/* a damaged one takes no place of a whole one */
		if (entry->manifest)
			doomed[i] = whole++ >= keep && (!older_s || is_old);
		else
			doomed[i] = is_old;
	}
}

enum dbs_rc backup_read_through(struct backup_reader *reader,
				uint64_t *rows_out, struct dbs_error *err)
{
	struct backup_row row;
	struct slice tuple;
	size_t shape = 0;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	*rows_out = 0;
	while (!rc && more) {
		rc = backup_next(reader, &row, &more, err);
		*rows_out += !rc && more;
	}
	more = true;
	while (!rc && more) {
		rc = backup_next_kept(reader, &shape, &tuple, &more, err);
		*rows_out += !rc && more;
	}
	return rc;
}
