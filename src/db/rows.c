/* rows.c - see rows.h. */
#include "dbsync/db/rows.h"

#include "dbsync/base/error.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/vec.h"

#include <stdlib.h>
#include <string.h>

struct rows {
	size_t width;
	size_t count;
	size_t capacity; /* in rows */
	size_t bytes;    /* of all texts */
	char **texts;    /* width per row; NULL is NULL */
	size_t *lengths;
	struct arena *arena;
	struct vec large; /* char *: texts that are no small pieces */
	const char *origin;
};

enum { LARGE = 1024 * 1024 };

struct rows *rows_new(const char *origin)
{
	struct rows *rows = mem_zero(1, sizeof(*rows));

	rows->arena = arena_new();
	rows->large = (struct vec)VEC_INIT(char *);
	rows->origin = arena_strdup(rows->arena, origin);
	return rows;
}

void rows_drop(struct rows **rows)
{
	if (!*rows)
		return;
	for (size_t i = 0; i < (*rows)->large.count; i++)
		mem_drop(vec_at(&(*rows)->large, i));
	vec_release(&(*rows)->large);
	mem_drop(&(*rows)->texts);
	mem_drop(&(*rows)->lengths);
	arena_drop(&(*rows)->arena);
	mem_drop(rows);
}

static enum dbs_rc fail(const struct rows *rows, enum dbs_rc code,
			const char *text, struct dbs_error *err)
{
	return dbs_fail(err, code, "%s%s%s", rows->origin,
			*rows->origin ? ": " : "", text);
}

static void make_room(struct rows *rows)
{
	rows->capacity = rows->capacity ? rows->capacity * 2 : 16;
	const size_t cells = rows->capacity * rows->width;

	rows->texts = mem_grow(rows->texts, cells * sizeof(char *));
	rows->lengths = mem_grow(rows->lengths, cells * sizeof(size_t));
}

/* The server says how long it is, so this may fail. */
static enum dbs_rc copy_text(struct rows *rows, const char *text, size_t length,
			     char **out, struct dbs_error *err)
{
	void *copy = NULL;

	rows->bytes += length + 1;
	if (rows->bytes > ROWS_MOST)
		return fail(rows, DBS_E_LIMIT,
			    "the answer is larger than any that is kept in "
			    "memory (512 MiB)",
			    err);
	if (length < LARGE) {
		*out = arena_strndup(rows->arena, text, length);
		return DBS_OK;
	}
	enum dbs_rc rc = mem_try(&copy, length + 1, ROWS_MOST, "an answer",
				 err);

	if (rc)
		return rc;
	*(char **)vec_push(&rows->large) = copy;
	memcpy(copy, text, length);
	*out = copy;
	(*out)[length] = '\0';
	return DBS_OK;
}

enum dbs_rc rows_add(struct rows *rows, size_t width, const char *const *texts,
		     const size_t *lengths, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	rows->width = width;
	if (rows->count == rows->capacity)
		make_room(rows);
	size_t cell = rows->count * width;

	for (size_t i = 0; i < width && !rc; i++, cell++) {
		rows->texts[cell] = NULL;
		rows->lengths[cell] = lengths[i];
		if (texts[i])
			rc = copy_text(rows, texts[i], lengths[i],
				       &rows->texts[cell], err);
	}
	rows->count += !rc;
	return rc;
}

size_t rows_count(const struct rows *rows)
{
	return rows->count;
}

static size_t cell_at(const struct rows *rows, size_t row, size_t column)
{
	DBS_BUG(row >= rows->count || column >= rows->width,
		"cell (%zu, %zu) of a result of %zu by %zu", row, column,
		rows->count, rows->width);
	return row * rows->width + column;
}

const char *rows_text(const struct rows *rows, size_t row, size_t column)
{
	return rows->texts[cell_at(rows, row, column)];
}

size_t rows_length(const struct rows *rows, size_t row, size_t column)
{
	return rows->lengths[cell_at(rows, row, column)];
}

enum dbs_rc rows_number(const struct rows *rows, size_t row, size_t column,
			uint64_t *out, struct dbs_error *err)
{
	const bool is_there = row < rows->count && column < rows->width;
	const char *text = is_there ? rows_text(rows, row, column) : NULL;

	if (!text || !*text || text[strspn(text, "0123456789")])
		return dbs_fail(err, DBS_E_STRANGE,
				"%s%sthe server's answer lacks a number in row "
				"%zu",
				rows->origin, *rows->origin ? ": " : "",
				row + 1);
	*out = strtoull(text, NULL, 10);
	return DBS_OK;
}

enum dbs_rc rows_place(const struct rows *rows, size_t row, size_t count,
		       size_t *out, struct dbs_error *err)
{
	uint64_t number = 0;
	enum dbs_rc rc = rows_number(rows, row, 0, &number, err);

	if (rc)
		return rc;
	if (number >= count)
		return fail(rows, DBS_E_STRANGE,
			    "the server's answer is about something that was "
			    "not requested",
			    err);
	*out = (size_t)number;
	return DBS_OK;
}
