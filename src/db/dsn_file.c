/*
 * dsn_file.c - loading a text file that may hold a password; see dsn_part.h.
 * It is read into one piece of memory, so that there is no copy left behind
 * which nobody wipes.
 */
#include "dsn_part.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MAX = 1024 * 1024,
	PATH_SHOWN = 160,
};

enum dbs_rc dsn_file_context(struct dbs_error *err, const char *path,
			     unsigned line)
{
	struct buf shown = BUF_INIT;
	enum dbs_rc rc;

	text_show(&shown, path, strlen(path), PATH_SHOWN);
	if (line)
		rc = dbs_error_context(err, "`%s` line %u", shown.data, line);
	else
		rc = dbs_error_context(err, "`%s`", shown.data);
	buf_release(&shown);
	return rc;
}

static enum dbs_rc read_all(int fd, struct dsn_file *file,
			    struct dbs_error *err)
{
	file->text = mem_alloc(FILE_MAX + 1);
	file->text[0] = '\0';
	for (;;) {
		ssize_t count = open_read(fd, file->text + file->length,
					  FILE_MAX + 1 - file->length);

		if (count < 0)
			return dbs_fail_errno(err, errno, "cannot read");
		if (!count)
			break;
		file->length += (size_t)count;
		if (file->length > FILE_MAX)
			return dbs_fail(err, DBS_E_USAGE,
					"the file has more than %d bytes",
					(int)FILE_MAX);
	}
	file->text[file->length] = '\0';
	return DBS_OK;
}

static enum dbs_rc load(struct dsn_file *file, const char *path, unsigned ways,
			struct dbs_error *err)
{
	OWNED(open_drop) int fd = -1;
	struct stat info;
	enum dbs_rc rc = open_to_read(path, ways, &fd, &info, err);

	/* what is no file comes without a number of the system's */
	if (rc)
		return err->sys_errno
			       ? dbs_fail_errno(err, err->sys_errno,
						"cannot open")
			       : dbs_fail(err, DBS_E_USAGE, "is not a file");
	if (fd < 0)
		return dbs_fail_errno(err, ENOENT, "cannot open");
	file->mode = info.st_mode & 07777;
	file->doubt = owner_doubt(&info);
	rc = read_all(fd, file, err);
	if (rc)
		return rc;
	if (strlen(file->text) != file->length)
		return dbs_fail(err, DBS_E_USAGE,
				"the file has a zero byte, it is not text");
	if (!strncmp(file->text, "\xEF\xBB\xBF", 3)) {
		file->length -= 3;
		memmove(file->text, file->text + 3, file->length + 1);
	}
	return DBS_OK;
}

enum dbs_rc dsn_file_load(struct dsn_file *file, const char *path,
			  unsigned ways, struct dbs_error *err)
{
	OWNED(dsn_file_clear) struct dsn_file loaded = DSN_FILE_INIT;
	enum dbs_rc rc = load(&loaded, path, ways, err);

	if (rc)
		return dsn_file_context(err, path, 0);
	*file = loaded;
	loaded.text = NULL;
	return DBS_OK;
}

void dsn_file_clear(struct dsn_file *file)
{
	if (file->text)
		mem_wipe(file->text, file->length);
	mem_drop(&file->text);
	*file = (struct dsn_file)DSN_FILE_INIT;
}
