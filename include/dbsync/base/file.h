/*
 * file.h - files that are whole or not there, folders, and lock files.
 *
 * A name is only ever given to a complete file: what is written goes to a file
 * of its own, `NAME.….part`, is fsynced, renamed, and its folder fsynced.  A
 * process that dies in between leaves the old file, and a `.part` that nobody
 * takes for a file; the next draft in the folder removes it.
 *
 * All files are made with mode 0600 and folders with 0700: they hold rows.
 */
#ifndef DBSYNC_BASE_FILE_H
#define DBSYNC_BASE_FILE_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* A file on its way to its name. */
struct file_draft {
	int fd; /* -1: none */
	char *path;
	char *part; /* what it is called until then */
};

#define FILE_DRAFT_INIT        \
	{                      \
		-1, NULL, NULL \
	}

/* Makes an empty file beside path, for reading and writing. */
enum dbs_rc file_draft_open(struct file_draft *draft, const char *path,
			    struct dbs_error *err);
/*
 * Removes the drafts that processes which died have left in a folder: nobody
 * holds the lock of one, and the process in its name is not there.
 */
void file_sweep_drafts(const char *folder);
/* Appends; DBS_E_IO names the file. */
enum dbs_rc file_draft_write(struct file_draft *draft, const void *bytes,
			     size_t count, struct dbs_error *err);
/* The bytes written so far are on the disk. */
enum dbs_rc file_draft_sync(struct file_draft *draft, struct dbs_error *err);
/* Another name than the one that it was opened for, in the same folder. */
void file_draft_rename(struct file_draft *draft, const char *path);
/* Gives it its name; is_new: one that is taken is DBS_E_IO with EEXIST. */
enum dbs_rc file_draft_keep(struct file_draft *draft, bool is_new,
			    struct dbs_error *err);
/* Removes what was not kept; the draft is empty afterwards. */
void file_draft_drop(struct file_draft *draft);

/*
 * The name of the file that path is a link to, or path: what file_replace would
 * otherwise put in the place of the link.  The file need not be there.
 */
enum dbs_rc file_follow_links(const char *path, struct buf *out,
			      struct dbs_error *err);

/* Replaces the file at path by these bytes, or leaves it as it was. */
enum dbs_rc file_replace(const char *path, const void *bytes, size_t count,
			 struct dbs_error *err);

/*
 * Reads a whole file, and nothing but a file (open.h); DBS_E_LIMIT above limit;
 * *found_out false: none.
 */
enum dbs_rc file_read(const char *path, size_t limit, struct buf *out,
		      bool *found_out, struct dbs_error *err);
/* The rest of what open_to_read opened. */
enum dbs_rc file_read_open(int fd, const char *name, size_t limit,
			   struct buf *out, struct dbs_error *err);

/*
 * HOME, or NULL: where no folder is, none is made.  That of an account without
 * one (/nonexistent) would be, by root.
 */
const char *file_home(void);

/* The folder and those above it. */
enum dbs_rc file_make_folders(const char *path, struct dbs_error *err);

/* A temporary file without a name: it vanishes with the process. */
enum dbs_rc file_open_unnamed(int *fd_out, struct dbs_error *err);

/* pread/pwrite of all bytes, or DBS_E_IO (EIO when the file is too short). */
enum dbs_rc file_write_at(int fd, const void *bytes, size_t count,
			  uint64_t offset, struct dbs_error *err);
enum dbs_rc file_read_at(int fd, void *bytes, size_t count, uint64_t offset,
			 struct dbs_error *err);

/*
 * Takes an advisory lock on the file at path (made when there is none) and
 * writes text into it, if there is any.  *fd_out is -1, and *holder has the
 * text that the holder wrote, when somebody else has the lock; it ends with the
 * process or with file_unlock.  A link, or a file whose text does not begin with
 * the same word, is not a lock of ours: DBS_E_IO, and it stays as it was.
 */
enum dbs_rc file_lock(const char *path, const char *text, int *fd_out,
		      struct buf *holder, struct dbs_error *err);
void file_unlock(int *fd);
/* Whether somebody has the lock; takes nothing and writes nothing. */
bool file_is_locked(const char *path);
#endif
