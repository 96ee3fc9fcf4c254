/* journal.c - see journal.h. */
#include "journal.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

const char *const journal_level_words[] = {"error", "warning", "info", "debug",
					   NULL};
const char *const journal_form_words[] = {"text", "json", NULL};

struct journal {
	pthread_mutex_t mutex; /* guards what follows */
	int fd;                /* -1: none is written */
	struct journal_options options;
	char command[32];
	char job[128];
};

struct journal *journal_new(void)
{
	struct journal *journal = mem_zero(1, sizeof(*journal));

	DBS_BUG(pthread_mutex_init(&journal->mutex, NULL), "no mutex");
	journal->fd = -1;
	return journal;
}

void journal_drop(struct journal **journal)
{
	if (!*journal)
		return;
	journal_close(*journal);
	(void)pthread_mutex_destroy(&(*journal)->mutex);
	mem_drop(journal);
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

static void name_old(struct buf *out, const char *file, unsigned number)
{
	buf_adds(out, file);
	if (number)
		buf_addf(out, ".%u", number);
}

static void rotate(const struct journal_options *options)
{
	for (unsigned i = options->keep; i-- > 0;) {
		OWNED(buf_release) struct buf from = BUF_INIT;
		OWNED(buf_release) struct buf to = BUF_INIT;

		name_old(&from, options->file, i);
		name_old(&to, options->file, i + 1);
		(void)rename(from.data, to.data);
	}
	if (!options->keep)
		(void)unlink(options->file);
}

/* Whether path is still the file that fd is, and it is too large. */
static bool is_to_rotate(const struct journal_options *options, int fd)
{
	struct stat ours;
	struct stat now;

	return !options->no_rotation && !fstat(fd, &ours) &&
	       !lstat(options->file, &now) && ours.st_ino == now.st_ino &&
	       ours.st_size >= (off_t)options->max_mib * 1024 * 1024;
}

/* What is ours already, by names that the system has for it. */
static bool is_stream(const char *file)
{
	static const char *const names[] = {"/dev/stdout", "/dev/stderr",
					    "/dev/null", "/dev/tty"};
	bool is_one = !strncmp(file, "/dev/fd/", 8);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		is_one = is_one || !strcmp(file, names[i]);
	return is_one;
}

static enum dbs_rc open_file(const struct journal_options *options, int *fd_out,
			     struct dbs_error *err)
{
	const int flags = O_WRONLY | O_APPEND;

	if (!is_stream(options->file))
		return open_own(options->file, flags, fd_out, err);
	*fd_out = open(options->file, flags | O_CLOEXEC | O_NOCTTY);
	return *fd_out < 0 ? dbs_fail_errno(err, errno, "cannot open it")
			   : DBS_OK;
}

static enum dbs_rc make_folder(const char *file, struct dbs_error *err)
{
	OWNED(mem_drop) char *copy = mem_strdup(file);

	return file_make_folders(dirname(copy), err);
}

enum dbs_rc journal_open(struct journal *journal,
			 const struct journal_options *options,
			 struct dbs_error *err)
{
	journal_close(journal);
	journal->options.is_verbose = options->is_verbose;
	if (!options->file)
		return DBS_OK;
	int fd = -1;
	enum dbs_rc rc = make_folder(options->file, err);

	if (!rc)
		rc = open_file(options, &fd, err);
	/* one of several processes does it */
	if (!rc && is_to_rotate(options, fd) && !flock(fd, LOCK_EX | LOCK_NB)) {
		if (is_to_rotate(options, fd))
			rotate(options);
		(void)close(fd);
		rc = open_file(options, &fd, err);
	}
	if (rc)
		return dbs_error_context(err, "cannot write the log `%s`",
					 options->file);
	journal->options = *options;
	journal->fd = fd;
	return DBS_OK;
}

void journal_close(struct journal *journal)
{
	(void)pthread_mutex_lock(&journal->mutex);
	if (journal->fd >= 0)
		(void)close(journal->fd);
	journal->fd = -1;
	(void)pthread_mutex_unlock(&journal->mutex);
}

bool journal_is_verbose(const struct journal *journal)
{
	return journal->options.is_verbose;
}

void journal_about(struct journal *journal, const char *command,
		   const char *job)
{
	(void)pthread_mutex_lock(&journal->mutex);
	(void)snprintf(journal->command, sizeof(journal->command), "%s",
		       command);
	(void)snprintf(journal->job, sizeof(journal->job), "%s",
		       job ? job : "");
	(void)pthread_mutex_unlock(&journal->mutex);
}

/* ------------------------------------------------------------------------
 * Lines
 * --------------------------------------------------------------------- */

static void add_time(struct buf *out)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char text[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	buf_adds(out, text);
}

static bool is_plain(const char *text)
{
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == '\x7f' ||
		    strchr("\"=\\", *c))
			return false;
	return *text != '\0';
}

/* A value without blanks as it is, others as JSON writes them. */
static void add_value(struct buf *out, struct json_object *value)
{
	const char *text = json_object_get_string(value);

	if (!value)
		buf_adds(out, "-");
	else if (json_object_is_type(value, json_type_string) &&
		 !is_plain(text))
		buf_adds(out, json_object_to_json_string_ext(
				      value, JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		buf_adds(out, text);
}

static void add_text_line(const struct journal *journal, struct buf *out,
			  enum journal_level level, const char *event,
			  struct json_object *fields)
{
	add_time(out);
	buf_addf(out, " %s %s", journal_level_words[level], journal->command);
	if (*journal->job)
		buf_addf(out, " job=%s", journal->job);
	buf_addf(out, " event=%s", event);
	json_object_object_foreach(fields, name, value)
	{
		buf_addf(out, " %s=", name);
		add_value(out, value);
	}
}

static void add_json_line(const struct journal *journal, struct buf *out,
			  enum journal_level level, const char *event,
			  struct json_object *fields)
{
	OWNED(buf_release) struct buf at = BUF_INIT;
	struct json_object *line = json_object_new_object();

	add_time(&at);
	(void)json_object_object_add(line, "time",
				     json_object_new_string(at.data));
	(void)json_object_object_add(
		line, "level",
		json_object_new_string(journal_level_words[level]));
	(void)json_object_object_add(line, "command",
				     json_object_new_string(journal->command));
	(void)json_object_object_add(
		line, "job",
		*journal->job ? json_object_new_string(journal->job) : NULL);
	(void)json_object_object_add(line, "event",
				     json_object_new_string(event));
	json_object_object_foreach(fields, name, value)(void)
		json_object_object_add(line, name, json_object_get(value));
	buf_adds(out, json_object_to_json_string_ext(
			      line, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(line);
}

/* A log that cannot be written is no reason to stop a run. */
static void write_line(const struct journal *journal, enum journal_level level,
		       const char *event, struct json_object *fields)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	if (journal->options.is_json)
		add_json_line(journal, &line, level, event, fields);
	else
		add_text_line(journal, &line, level, event, fields);
	buf_addc(&line, '\n');
	(void)!write(journal->fd, line.data, line.length);
}

void journal_write(struct journal *journal, enum journal_level level,
		   const char *event, struct json_object *fields)
{
	struct json_object *all = fields ? fields : json_object_new_object();

	(void)pthread_mutex_lock(&journal->mutex);
	if (journal->fd >= 0 && (int)level <= journal->options.level)
		write_line(journal, level, event, all);
	(void)pthread_mutex_unlock(&journal->mutex);
	(void)json_object_put(all);
}

void journal_text(struct journal *journal, enum journal_level level,
		  const char *event, const char *text)
{
	OWNED(buf_release) struct buf safe = BUF_INIT;
	struct json_object *fields = json_object_new_object();

	text_show(&safe, text, strlen(text), 4000);
	(void)json_object_object_add(fields, "text",
				     json_object_new_string(safe.data));
	journal_write(journal, level, event, fields);
}
