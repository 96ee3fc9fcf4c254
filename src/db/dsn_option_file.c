/*
 * dsn_option_file.c - a dsn out of a MySQL option file; see dsn.h.
 *
 * The lines are read as my_print_defaults of the servers' packages reads them
 * (compared with it), but what it passes over in silence is an error where
 * that could lead to the wrong server: unknown directives, includes that are
 * nested too deeply, zero bytes.  Worth knowing:
 *
 *  - `#` begins a comment anywhere outside quotes, `;` only at the front;
 *  - sections are merged in the order of the file, the last value wins,
 *    whatever its section;
 *  - a value in quotes loses them, and `\` escapes work without quotes, too;
 *  - an included file that is not there or may not be read is left out.
 */
#include "dsn_option.h"
#include "dsn_part.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	DEPTH_MAX = 8,
	FILES_MAX = 256, /* of all includes: they can multiply */
};

/* What all files of one call share. */
struct option_reader {
	struct dsn_options options;
	const char *group; /* NULL: none but the standard ones */
	unsigned files;
};

/* Where we are in one file. */
struct option_file {
	struct option_reader *reader;
	unsigned depth;
	unsigned line;
	bool has_section;  /* one has begun */
	bool is_ours;      /* and we read it */
	bool has_option;   /* something in the file is for us */
	bool has_password; /* a password is */
};

static enum dbs_rc read_file(struct option_reader *reader, const char *path,
			     unsigned depth, struct dbs_error *err);

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static char *skip_spaces(char *at)
{
	while (is_space(*at))
		at++;
	return at;
}

/* Ends a text before the white space at its end. */
static void cut_spaces(char *text)
{
	char *end = text + strlen(text);

	while (end > text && is_space(end[-1]))
		end--;
	*end = '\0';
}

/* Ends a line before its comment: a `#` that is not in quotes. */
static void cut_comment(char *at)
{
	char quote = '\0';
	bool is_escaped = false;

	for (; *at; at++) {
		if ((*at == '\'' || *at == '"') && !is_escaped) {
			if (!quote)
				quote = *at;
			else if (quote == *at)
				quote = '\0';
		}
		if (!quote && *at == '#') {
			*at = '\0';
			return;
		}
		is_escaped = quote && *at == '\\' && !is_escaped;
	}
}

static enum dbs_rc read_option(struct option_file *file, char *line,
			       struct dbs_error *err)
{
	enum dsn_option_use use = DSN_OPTION_FOREIGN;
	char *value = NULL;
	enum dbs_rc rc;

	if (!file->has_section)
		return dbs_fail(
			err, DBS_E_USAGE,
			"there is an option before the first [section]");
	if (!file->is_ours)
		return DBS_OK;
	cut_comment(line);
	char *sign = strchr(line, '=');

	if (sign) {
		*sign = '\0';
		value = skip_spaces(sign + 1);
		cut_spaces(value);
		value = dsn_option_unquote(value);
	}
	cut_spaces(line);
	rc = dsn_options_set(&file->reader->options, line, value, &use, err);
	file->has_option |= use != DSN_OPTION_FOREIGN;
	file->has_password |= use == DSN_OPTION_PASSWORD;
	return rc;
}

static enum dbs_rc read_section(struct option_file *file, char *name,
				struct dbs_error *err)
{
	const char *group = file->reader->group;
	char *end = strchr(name, ']');

	if (!end)
		return dbs_fail(err, DBS_E_USAGE, "a `[` is without a `]`");
	*end = '\0';
	cut_spaces(name);
	file->has_section = true;
	file->is_ours = !strcmp(name, "client") ||
			!strcmp(name, "client-server") ||
			(group && !strcmp(name, group));
	return DBS_OK;
}

/* Names that end in .cnf, without what editors leave behind. */
static int is_option_name(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return entry->d_name[0] != '.' && length > 4 &&
	       !strcmp(entry->d_name + length - 4, ".cnf");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum dbs_rc include_folder(const struct option_file *file,
				  const char *folder, struct dbs_error *err)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_option_name, by_name);
	enum dbs_rc rc = DBS_OK;

	if (count < 0)
		return dbs_fail_errno(err, errno,
				      "cannot read the folder of !includedir");
	for (int i = 0; i < count; i++) {
		struct buf path = BUF_INIT;

		buf_addf(&path, "%s/%s", folder, entries[i]->d_name);
		if (!rc)
			rc = read_file(file->reader, path.data, file->depth + 1,
				       err);
		buf_release(&path);
		free(entries[i]);
	}
	free(entries);
	return rc;
}

/* "include PATH" or "includedir PATH", up to the end of the line. */
static enum dbs_rc read_directive(struct option_file *file, char *line,
				  struct dbs_error *err)
{
	char *word = skip_spaces(line);
	size_t length = strcspn(word, " \t\v\f\r");
	char *path = skip_spaces(word + length);
	bool is_folder = length == 10 && !strncmp(word, "includedir", 10);

	cut_spaces(path);
	if (!is_folder && !(length == 7 && !strncmp(word, "include", 7)))
		return dbs_fail(err, DBS_E_USAGE,
				"a `!` is followed by neither include nor "
				"includedir");
	if (!*path)
		return dbs_fail(err, DBS_E_USAGE, "an include has no path");
	file->has_option = true;
	if (is_folder)
		return include_folder(file, path, err);
	return read_file(file->reader, path, file->depth + 1, err);
}

static enum dbs_rc read_line(struct option_file *file, char *line,
			     struct dbs_error *err)
{
	line = skip_spaces(line);
	switch (*line) {
	case '\0':
	case '#':
	case ';':
		return DBS_OK;
	case '!':
		return read_directive(file, line + 1, err);
	case '[':
		return read_section(file, line + 1, err);
	default:
		return read_option(file, line, err);
	}
}

static enum dbs_rc read_lines(struct option_file *file, char *text,
			      struct dbs_error *err)
{
	while (*text) {
		char *end = text + strcspn(text, "\n");
		bool is_last = !*end;
		enum dbs_rc rc;

		*end = '\0';
		file->line++;
		rc = read_line(file, text, err);
		if (rc)
			return rc;
		text = is_last ? end : end + 1;
	}
	return DBS_OK;
}

/* Others must neither read a password nor choose our server. */
static enum dbs_rc check_mode(const struct option_file *file,
			      const struct dsn_file *loaded,
			      struct dbs_error *err)
{
	const char *reason = NULL;

	if (file->has_option && loaded->doubt)
		reason = loaded->doubt;
	else if (file->has_password && (loaded->mode & S_IROTH))
		reason = "it holds a password and others may read it";
	if (!reason)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED, "%s; chmod 600 helps", reason);
}

static enum dbs_rc check_bounds(struct option_reader *reader, unsigned depth,
				struct dbs_error *err)
{
	if (depth > DEPTH_MAX)
		return dbs_fail(err, DBS_E_USAGE,
				"includes are nested more than %d deep",
				(int)DEPTH_MAX);
	if (++reader->files > FILES_MAX)
		return dbs_fail(err, DBS_E_USAGE,
				"more than %d files are included",
				(int)FILES_MAX);
	return DBS_OK;
}

/* Whether a file could not be loaded in a way that an include forgives. */
static bool is_forgiven(unsigned depth, enum dbs_rc rc, struct dbs_error *err)
{
	if (!depth || rc != DBS_E_IO ||
	    (err->sys_errno != ENOENT && err->sys_errno != EACCES))
		return false;
	dbs_error_clear(err);
	return true;
}

/* An error of an included file comes with the lines that include it. */
static enum dbs_rc read_file(struct option_reader *reader, const char *path,
			     unsigned depth, struct dbs_error *err)
{
	OWNED(dsn_file_clear) struct dsn_file loaded = DSN_FILE_INIT;
	struct option_file file = {.reader = reader, .depth = depth};
	enum dbs_rc rc = check_bounds(reader, depth, err);

	if (rc)
		return rc;
	/* nobody names those that a folder happens to have */
	rc = dsn_file_load(&loaded, path, depth ? OPEN_FILE : OPEN_PIPE, err);
	if (rc)
		return is_forgiven(depth, rc, err) ? DBS_OK : rc;
	rc = read_lines(&file, loaded.text, err);
	if (rc)
		return dsn_file_context(err, path, file.line);
	rc = check_mode(&file, &loaded, err);
	return rc ? dsn_file_context(err, path, 0) : DBS_OK;
}

static void reader_clear(struct option_reader *reader)
{
	dsn_options_clear(&reader->options);
}

enum dbs_rc dsn_from_option_file(struct dsn *dsn, const char *path,
				 const char *group, struct dbs_error *err)
{
	OWNED(reader_clear)
	struct option_reader reader = {.options = DSN_OPTIONS_INIT,
				       .group = group};
	enum dbs_rc rc = read_file(&reader, path, 0, err);

	if (rc)
		return rc;
	dsn_options_settle(&reader.options);
	dsn_merge(dsn, &reader.options.dsn);
	return DBS_OK;
}
