/*
 * reader.c - read a backup point row by row; see point.h.
 *
 * The file was checked as a whole before its first row is handed out, so what
 * is refused here is a file that somebody made up, and is refused with its
 * line: nothing of it reaches a server but literals (literal.h) and the words
 * that row_sql creates again.
 */
#include "dbsync/backup/point.h"

#include "check.h"
#include "seal.h"
#include "writer.h"

#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/base/zip.h"
#include "dbsync/data/dump.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BLOCK = 256 * 1024,
	HEAD_BYTES = 4 * 1024 * 1024, /* whatever the size of the file */
	HEAD_RATIO = 64, /* a manifest is not packed better than that */
};

/* No server takes a longer statement, nor gives a larger row. */
static const size_t MOST_LINE = (size_t)1 << 30;

#define MANIFEST "-- manifest "

enum section { SECTION_NONE, SECTION_DELETE, SECTION_INSERT };

struct backup_reader {
	int fd;
	char *path;
	struct zip_reader *zip;
	struct manifest *manifest;
	struct seal seal;
	bool is_sealed;
	enum section section;
	size_t table;    /* SIZE_MAX: none yet */
	uint64_t copies; /* of the last row, that are still to come */
	uint64_t line_number;
	size_t most; /* bytes of a line */
	void *text;  /* what was read and not yet handed out */
	size_t room;
	size_t held;
	size_t at;
	bool at_end;
	bool has_shapes;        /* their mark was passed */
	size_t shape;           /* whose rows are read, SIZE_MAX: none */
	bool *shapes_seen;      /* whose rows were there already */
	struct dump_total kept; /* of it */
};

void backup_close(struct backup_reader **reader)
{
	if (!*reader)
		return;
	zip_reader_drop(&(*reader)->zip);
	manifest_drop(&(*reader)->manifest);
	if ((*reader)->fd >= 0)
		(void)close((*reader)->fd);
	mem_drop(&(*reader)->text);
	mem_drop(&(*reader)->path);
	mem_drop(&(*reader)->shapes_seen);
	mem_drop(reader);
}

const struct manifest *backup_manifest(const struct backup_reader *reader)
{
	return reader->manifest;
}

struct manifest *backup_take_manifest(struct backup_reader *reader)
{
	return own_take(&reader->manifest);
}

static enum dbs_rc refuse(const struct backup_reader *reader, const char *what,
			  struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_FORMAT,
			"`%s` is not a backup point of dbsync: line %" PRIu64
			" %s",
			reader->path, reader->line_number, what);
}

/* ------------------------------------------------------------------------
 * Lines
 * --------------------------------------------------------------------- */

static enum dbs_rc read_more(struct backup_reader *reader,
			     struct dbs_error *err)
{
	char *text = reader->text;
	size_t count = 0;
	enum dbs_rc rc = DBS_OK;

	if (reader->at) {
		memmove(text, text + reader->at, reader->held - reader->at);
		reader->held -= reader->at;
		reader->at = 0;
	}
	if (reader->held + BLOCK > reader->room) {
		size_t room = 2 * reader->room + BLOCK;

		if (reader->held >= reader->most) {
			reader->line_number++;
			return refuse(reader, "is longer than one can be", err);
		}
		if (room > reader->most + BLOCK)
			room = reader->most + BLOCK;
		rc = mem_try(&reader->text, room, room, "a line", err);
		if (rc)
			return rc;
		reader->room = room;
		text = reader->text;
	}
	rc = zip_read(reader->zip, text + reader->held, BLOCK, &count, err);
	reader->held += count;
	reader->at_end = !count;
	return rc;
}

/* The next line without its end; *more_out false when there is none. */
static enum dbs_rc next_line(struct backup_reader *reader, struct slice *out,
			     bool *more_out, struct dbs_error *err)
{
	size_t seen = 0; /* bytes from at on that have no line break */

	for (;;) {
		const char *line = (const char *)reader->text + reader->at;
		const size_t left = reader->held - reader->at;
		const char *end = left > seen ? memchr(line + seen, '\n',
						       left - seen)
					      : NULL;

		if (end || (reader->at_end && left)) {
			const size_t length = end ? (size_t)(end - line) : left;

			*out = (struct slice){line, length};
			reader->at += end ? length + 1 : length;
			reader->line_number++;
			*more_out = true;
			return DBS_OK;
		}
		*more_out = false;
		if (reader->at_end)
			return DBS_OK;
		seen = left;
		enum dbs_rc rc = read_more(reader, err);

		if (rc)
			return rc;
	}
}

static bool begins(struct slice line, const char *text)
{
	const size_t length = strlen(text);

	return line.length >= length && !memcmp(line.data, text, length);
}

static bool is_line(struct slice line, const char *text)
{
	return line.length == strlen(text) && begins(line, text);
}

/* Of the first lines, by the size of the file: all of it may be made up. */
static size_t most_of_head(int fd)
{
	struct stat info;

	if (fstat(fd, &info) ||
	    (uint64_t)info.st_size > (MOST_LINE - HEAD_BYTES) / HEAD_RATIO)
		return MOST_LINE;
	return HEAD_BYTES + (size_t)info.st_size * HEAD_RATIO;
}

/* The lines before the rows; the last of them, the manifest, is in *out. */
static enum dbs_rc read_head(struct backup_reader *reader, struct slice *out,
			     struct dbs_error *err)
{
	bool more = false;

	reader->most = most_of_head(reader->fd);
	enum dbs_rc rc = next_line(reader, out, &more, err);

	if (!rc && (!more || !begins(*out, "-- dbsync backup point, format ")))
		rc = refuse(reader, "does not say so", err);
	if (!rc)
		rc = next_line(reader, out, &more, err);
	if (!rc && (!more || !begins(*out, MANIFEST)))
		rc = refuse(reader, "is not its manifest", err);
	reader->most = MOST_LINE;
	return rc;
}

static enum dbs_rc read_manifest(struct backup_reader *reader,
				 struct slice line, struct dbs_error *err)
{
	OWNED(mem_drop) char *json =
		mem_strndup(line.data + sizeof(MANIFEST) - 1,
			    line.length - (sizeof(MANIFEST) - 1));

	if (manifest_parse(json, &reader->manifest, err))
		return dbs_error_context(err, "`%s`", reader->path);
	reader->shapes_seen = mem_zero(reader->manifest->shape_count + 1,
				       sizeof(*reader->shapes_seen));
	return DBS_OK;
}

/* At the first byte of the file, with nothing read. */
static void begin(struct backup_reader *reader)
{
	zip_reader_drop(&reader->zip);
	reader->zip = zip_reader_new(reader->fd, reader->path);
	reader->section = SECTION_NONE;
	reader->table = SIZE_MAX;
	reader->shape = SIZE_MAX;
	reader->copies = 0;
	reader->line_number = 0;
	reader->held = reader->at = 0;
	reader->at_end = false;
	reader->has_shapes = false;
}

enum dbs_rc backup_open(const char *path, struct backup_reader **out,
			struct dbs_error *err)
{
	OWNED(backup_close) struct backup_reader *reader =
		mem_zero(1, sizeof(*reader));

	struct slice line;

	reader->text = mem_alloc(BLOCK);
	reader->room = BLOCK;
	reader->path = mem_strdup(path);
	enum dbs_rc rc = open_to_read(path, OPEN_FILE, &reader->fd, NULL, err);

	if (!rc && reader->fd < 0)
		rc = dbs_fail_errno(err, ENOENT, "cannot read `%s`", path);
	if (!rc)
		rc = backup_check(reader->fd, path, err);
	if (rc)
		return rc;
	begin(reader);
	rc = read_head(reader, &line, err);
	if (!rc)
		rc = read_manifest(reader, line, err);
	if (!rc)
		rc = seal_read(reader->fd, path, &reader->seal,
			       &reader->is_sealed, err);
	if (!rc)
		*out = own_take(&reader);
	return rc;
}

enum dbs_rc backup_rewind(struct backup_reader *reader, struct dbs_error *err)
{
	struct slice line;

	begin(reader);
	memset(reader->shapes_seen, 0,
	       reader->manifest->shape_count * sizeof(*reader->shapes_seen));
	return read_head(reader, &line, err);
}

/* ------------------------------------------------------------------------
 * Whose it is
 * --------------------------------------------------------------------- */

const char *backup_path(const struct backup_reader *reader)
{
	return reader->path;
}

const char *backup_key_id(const struct backup_reader *reader)
{
	return reader->is_sealed ? reader->seal.key : "";
}

/* The manifest says by which key it is. */
static enum backup_trust first_sight(const struct backup_reader *reader)
{
	const char *said = reader->manifest->key;

	if (said && *said && strcmp(said, backup_key_id(reader)) != 0)
		return BACKUP_LOST;
	return reader->is_sealed ? BACKUP_FOREIGN : BACKUP_UNSIGNED;
}

enum dbs_rc backup_judge(const struct backup_reader *reader,
			 const struct keys *keys, enum backup_trust *out,
			 struct dbs_error *err)
{
	bool fits = false;

	*out = first_sight(reader);
	const struct signing_key *key =
		*out == BACKUP_FOREIGN ? keys_find(keys, backup_key_id(reader))
				       : NULL;

	if (!key)
		return DBS_OK;
	enum dbs_rc rc = seal_fits(reader->fd, reader->path, &reader->seal, key,
				   &fits, err);

	if (!rc && !fits)
		return dbs_fail(err, DBS_E_FORMAT,
				"`%s` was altered since it was signed: its MAC "
				"at byte %" PRIu64 " is not that of the bytes "
				"before it by the key %s",
				reader->path, reader->seal.end, key->id);
	*out = BACKUP_OURS;
	return rc;
}

enum dbs_rc backup_lost(const struct backup_reader *reader,
			struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_FORMAT,
			"`%s` is damaged at byte %" PRIu64
			": its MAC was removed (if you know why, rollback "
			"--trust-file accepts it without)",
			reader->path, reader->seal.end);
}

static enum dbs_rc refuse_owner(const char *path, const char *doubt,
				struct dbs_error *err)
{
	return doubt ? dbs_fail(err, DBS_E_REFUSED,
				"`%s` is not trusted: %s (a copy in a folder "
				"of your own is yours)",
				path, doubt)
		     : DBS_OK;
}

static bool is_of_another(const struct stat *info)
{
	return info->st_uid && info->st_uid != geteuid();
}

/* As those of the service's user are to root. */
static enum dbs_rc refuse_another(const char *path, const struct stat *info,
				  struct dbs_error *err)
{
	OWNED(buf_release) struct buf user = BUF_INIT;

	owner_name(info->st_uid, &user);
	return dbs_fail(err, DBS_E_REFUSED,
			"`%s` is not trusted: it belongs to another user, who "
			"may write to it: sudo -u '%s' dbsync rollback FILE "
			"TARGET undoes it (a copy in a folder of your own is "
			"yours)",
			path, user.data);
}

enum dbs_rc backup_check_owner(const struct backup_reader *reader,
			       struct dbs_error *err)
{
	OWNED(mem_drop) char *copy = mem_strdup(reader->path);
	const char *folder = dirname(copy);
	struct stat info;

	if (fstat(reader->fd, &info))
		return dbs_fail_errno(err, errno, "cannot read `%s`",
				      reader->path);
	enum dbs_rc rc = is_of_another(&info)
				 ? refuse_another(reader->path, &info, err)
				 : refuse_owner(reader->path,
						owner_doubt(&info), err);

	if (!rc && stat(folder, &info))
		rc = dbs_fail_errno(err, errno, "cannot read `%s`", folder);
	return rc ? rc
		  : refuse_owner(folder, owner_doubt_of_folder(&info), err);
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

static bool is_separator(struct slice text)
{
	static const char *const all[] = {"", ",", " OR", ";"};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (text.length == strlen(all[i]) &&
		    !memcmp(text.data, all[i], text.length))
			return true;
	return false;
}

/*
 * The comment at the end of a row's line; false when it has none.  Only names
 * of columns can hold something that looks like one, and they stand before it.
 */
static bool split_comment(struct slice *line, char comment[128])
{
	static const char mark[] = " /* ";
	const char *end = line->data + line->length;
	const char *at = NULL;

	for (const char *next = line->data;
	     (next = memmem(next, (size_t)(end - next), mark, 4)); next++)
		at = next;
	if (!at)
		return false;
	const char *text = at + 4;
	const char *stop = memmem(text, (size_t)(end - text), " */", 3);

	if (!stop || stop - text > 120 ||
	    !is_separator((struct slice){stop + 3, (size_t)(end - stop) - 3}))
		return false;
	memcpy(comment, text, (size_t)(stop - text));
	comment[stop - text] = '\0';
	line->length = (size_t)(at - line->data);
	return true;
}

/* One number behind a blank, in its base and with nothing before its digits. */
static bool take_number(const char **at, int base, uint64_t *out)
{
	char *end = NULL;

	if ((*at)[0] != ' ' || !isxdigit((unsigned char)(*at)[1]))
		return false;
	errno = 0;
	*out = strtoull(*at + 1, &end, base);
	*at = end;
	return errno == 0;
}

/*
 * A comment of the form "LETTER hash ..." with as many hashes and counts as
 * asked for, and nothing else.
 */
static bool parse_comment(const char *comment, char letter, uint64_t **hashes,
			  uint64_t **counts)
{
	const char *at = comment + 1;

	if (*comment != letter)
		return false;
	for (; *hashes; hashes++)
		if (!take_number(&at, 16, *hashes))
			return false;
	for (; *counts; counts++)
		if (!take_number(&at, 10, *counts))
			return false;
	return !*at;
}

static enum dbs_rc parse_delete(struct backup_reader *reader, struct slice line,
				struct backup_row *out, bool *found_out,
				struct dbs_error *err)
{
	const struct manifest_table *table =
		&reader->manifest->tables[reader->table];
	uint64_t *hashes[] = {&out->after, NULL};
	uint64_t *counts[] = {table->key_count ? NULL : &out->after_count,
			      NULL};
	char comment[128];

	*found_out = split_comment(&line, comment);
	if (!*found_out)
		return DBS_OK;
	*out = (struct backup_row){.table = reader->table,
				   .kind = CHANGE_DELETE,
				   .after_count = 1,
				   .key = line};
	if (!parse_comment(comment, 'i', hashes, counts) || !out->after_count)
		return refuse(reader, "has an unknown comment", err);
	return DBS_OK;
}

/* A row of a table without a key, or one more copy of the row before it. */
static enum dbs_rc parse_keyless(struct backup_reader *reader,
				 const char *comment, struct backup_row *out,
				 bool *found_out, struct dbs_error *err)
{
	uint64_t *hashes[] = {&out->before, NULL};
	uint64_t *counts[] = {&out->before_count, &out->after_count, NULL};

	if (reader->copies) {
		if (strcmp(comment, "+") != 0)
			return refuse(reader, "stands for copies of a row",
				      err);
		reader->copies--;
		*found_out = false;
		return DBS_OK;
	}
	if (!parse_comment(comment, 'r', hashes, counts) ||
	    !out->before_count || out->before_count == out->after_count)
		return refuse(reader, "has an unknown comment", err);
	reader->copies = out->before_count - 1;
	out->after = out->before;
	out->kind = out->before_count > out->after_count ? CHANGE_INSERT
							 : CHANGE_DELETE;
	return DBS_OK;
}

static enum dbs_rc parse_insert(struct backup_reader *reader, struct slice line,
				struct backup_row *out, bool *found_out,
				struct dbs_error *err)
{
	const struct manifest_table *table =
		&reader->manifest->tables[reader->table];
	uint64_t *both[] = {&out->before, &out->after, NULL};
	uint64_t *before[] = {&out->before, NULL};
	uint64_t *none[] = {NULL};
	char comment[128];

	*found_out = true;
	if (!split_comment(&line, comment))
		return refuse(reader, "is no row", err);
	*out = (struct backup_row){
		.table = reader->table, .before_count = 1, .tuple = line};
	if (!table->key_count)
		return parse_keyless(reader, comment, out, found_out, err);
	if (parse_comment(comment, 'u', both, none)) {
		out->kind = CHANGE_UPDATE;
		out->after_count = 1;
		return DBS_OK;
	}
	out->kind = CHANGE_INSERT;
	if (!parse_comment(comment, 'd', before, none))
		return refuse(reader, "has an unknown comment", err);
	return DBS_OK;
}

static enum dbs_rc begin_table(struct backup_reader *reader, struct slice line,
			       struct dbs_error *err)
{
	OWNED(mem_drop) char *text = mem_strndup(line.data, line.length);
	size_t table = 0;

	if (reader->copies)
		return refuse(reader, "stands for copies of a row", err);
	if (sscanf(text, "-- table %zu ", &table) != 1 ||
	    table >= reader->manifest->table_count)
		return refuse(reader, "names an unknown table", err);
	/* whoever reads rows takes those of a table as one piece */
	if (reader->table != SIZE_MAX && table <= reader->table)
		return refuse(reader,
			      "comes back to a table that was passed already",
			      err);
	reader->table = table;
	reader->section = SECTION_NONE;
	return DBS_OK;
}

/* Whether a line is the frame around rows; sets the section. */
static enum dbs_rc take_frame(struct backup_reader *reader, struct slice line,
			      bool *taken_out, struct dbs_error *err)
{
	static const char *const frames[] = {"SET ",    "START ",
					     "COMMIT;", "ALTER TABLE ",
					     "-- end ", ");",
					     "/*M!"};

	*taken_out = true;
	if (begins(line, "-- table "))
		return begin_table(reader, line, err);
	if (begins(line, "DELETE FROM ") || begins(line, "INSERT INTO ")) {
		reader->section = *line.data == 'D' ? SECTION_DELETE
						    : SECTION_INSERT;
		return reader->table == SIZE_MAX
			       ? refuse(reader, "belongs to no table", err)
			       : DBS_OK;
	}
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		if (!begins(line, frames[i]))
			continue;
		reader->section = SECTION_NONE;
		return DBS_OK;
	}
	*taken_out = false;
	return DBS_OK;
}

enum dbs_rc backup_next(struct backup_reader *reader, struct backup_row *out,
			bool *more_out, struct dbs_error *err)
{
	struct slice line;
	bool found = false;

	*more_out = false;
	while (!found && !reader->has_shapes) {
		enum dbs_rc rc = next_line(reader, &line, more_out, err);

		if (!rc && !*more_out && reader->copies)
			rc = refuse(reader, "is the last: copies of a row lack",
				    err);
		if (rc || !*more_out)
			return rc;
		if (is_line(line, SHAPES_MARK)) {
			reader->has_shapes = true;
			*more_out = false;
			return DBS_OK;
		}
		bool is_frame = false;

		rc = take_frame(reader, line, &is_frame, err);
		if (rc)
			return rc;
		if (is_frame)
			continue;
		if (reader->section == SECTION_NONE)
			return refuse(reader, "stands outside of a statement",
				      err);
		rc = reader->section == SECTION_DELETE
			     ? parse_delete(reader, line, out, &found, err)
			     : parse_insert(reader, line, out, &found, err);
		if (rc)
			return rc;
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Rows of tables that are kept as a whole
 * --------------------------------------------------------------------- */

static enum dbs_rc skip_rows(struct backup_reader *reader,
			     struct dbs_error *err)
{
	struct backup_row row;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && more && !reader->has_shapes)
		rc = backup_next(reader, &row, &more, err);
	return rc;
}

static enum dbs_rc begin_shape(struct backup_reader *reader, struct slice line,
			       struct dbs_error *err)
{
	OWNED(mem_drop) char *text = mem_strndup(line.data, line.length);

	if (reader->shape != SIZE_MAX ||
	    sscanf(text, SHAPES_ROWS "%zu ", &reader->shape) != 1 ||
	    reader->shape >= reader->manifest->shape_count ||
	    !reader->manifest->shapes[reader->shape].is_saved)
		return refuse(reader, "names an unknown structure", err);
	/* its table is emptied before its rows are written */
	if (reader->shapes_seen[reader->shape])
		return refuse(reader,
			      "comes back to a table that was passed already",
			      err);
	reader->shapes_seen[reader->shape] = true;
	reader->kept = (struct dump_total){0};
	return DBS_OK;
}

static enum dbs_rc end_shape(struct backup_reader *reader, struct slice line,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *text = mem_strndup(line.data, line.length);
	struct dump_total total = {0};
	size_t shape = 0;

	if (sscanf(text,
		   SHAPES_TOTAL "%zu {\"rows\":%" SCNu64 ",\"sum\":\"%" SCNx64
				"\"}",
		   &shape, &total.rows, &total.sum) != 3 ||
	    shape != reader->shape || total.rows != reader->kept.rows ||
	    total.sum != reader->kept.sum)
		return refuse(reader, "does not sum up the rows before it",
			      err);
	reader->shape = SIZE_MAX;
	return DBS_OK;
}

/* A row, with the comma or semicolon behind it. */
static bool is_tuple(struct slice *line)
{
	if (line->length < 3 || line->data[0] != '(')
		return false;
	const char last = line->data[line->length - 1];

	if (last == ',' || last == ';')
		line->length--;
	return line->data[line->length - 1] == ')';
}

enum dbs_rc backup_next_kept(struct backup_reader *reader, size_t *shape_out,
			     struct slice *tuple_out, bool *more_out,
			     struct dbs_error *err)
{
	struct slice line;
	enum dbs_rc rc = skip_rows(reader, err);

	while (!rc) {
		rc = next_line(reader, &line, more_out, err);
		if (!rc && !*more_out && reader->shape != SIZE_MAX)
			rc = refuse(reader, "is the last: rows are missing",
				    err);
		if (!rc && *more_out && reader->shape == SIZE_MAX &&
		    is_line(line, SHAPES_OBJECTS))
			*more_out = false;
		if (rc || !*more_out)
			return rc;
		if (reader->shape == SIZE_MAX && begins(line, SHAPES_ROWS)) {
			rc = begin_shape(reader, line, err);
		} else if (reader->shape == SIZE_MAX) {
			continue; /* statements, for plain clients */
		} else if (begins(line, SHAPES_TOTAL)) {
			rc = end_shape(reader, line, err);
		} else if (is_tuple(&line)) {
			dump_count(&reader->kept, line);
			*shape_out = reader->shape;
			*tuple_out = line;
			return DBS_OK;
		}
	}
	return rc;
}
