/*
 * journal.h - the log file: what happened, for whoever looks once a month.
 * Internal to cmd.
 *
 *	2026-11-21T04:00:12Z info incremental job=shop event=backup file=… bytes=…
 *
 * or, as `json`, the same as one object a line.  A line is one write, so that
 * several processes may share a file.  It is rotated when it is opened: FILE
 * becomes FILE.1 and so on.
 *
 * Of one command line: its jobs open and close it one after the other.
 *
 * Threads: any may write.
 */
#ifndef DBSYNC_CMD_JOURNAL_H
#define DBSYNC_CMD_JOURNAL_H

#include "dbsync/base/error.h"

#include <json-c/json.h>

#include <stdbool.h>

enum journal_level {
	JOURNAL_ERROR,
	JOURNAL_WARNING,
	JOURNAL_INFO,
	JOURNAL_DEBUG,
};

struct journal_options {
	const char *file; /* NULL: none is written */
	int level;        /* enum journal_level: the least important */
	int is_json;
	bool no_rotation;
	bool is_verbose;  /* steps are shown on stderr, too */
	unsigned max_mib; /* size from which on it is rotated */
	unsigned keep;    /* old files */
};

extern const char *const journal_level_words[];
extern const char *const journal_form_words[];

struct journal;

/* One that writes nothing until it is opened. */
struct journal *journal_new(void);
void journal_drop(struct journal **journal);

enum dbs_rc journal_open(struct journal *journal,
			 const struct journal_options *options,
			 struct dbs_error *err);
void journal_close(struct journal *journal);
/* Of what was opened last. */
bool journal_is_verbose(const struct journal *journal);

/* What follows is about this; job NULL: none.  Texts are copied. */
void journal_about(struct journal *journal, const char *command,
		   const char *job);

/* fields: an object, which is taken; NULL: none. */
void journal_write(struct journal *journal, enum journal_level level,
		   const char *event, struct json_object *fields);
/* One field, `text`. */
void journal_text(struct journal *journal, enum journal_level level,
		  const char *event, const char *text);
#endif
