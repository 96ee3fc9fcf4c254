/* ends.c - see ends.h. */
#include "ends.h"

#include "dbsync/base/own.h"

#include <stdlib.h>

static void add_key_list(struct buf *sql, const struct pair *pair,
			 const struct projection *projection,
			 const char *after_each)
{
	for (size_t i = 0; i < pair->key_count; i++)
		buf_addf(sql, "%s%s%s", i ? ", " : "", projection->keys[i],
			 after_each);
}

static bool either_is(const struct pair_column *column, enum type type)
{
	return column->source->type == type || column->target->type == type;
}

/*
 * Values as the text protocol shows them; a BIT would come as bytes, a FLOAT
 * with six digits only.
 */
static void add_key_values(struct buf *sql, const struct pair *pair,
			   const struct projection *projection)
{
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];

		buf_addf(sql, ", %s%s", projection->keys[i],
			 either_is(column, TYPE_BIT)     ? " + 0"
			 : either_is(column, TYPE_FLOAT) ? " * 1e0"
							 : "");
	}
}

void ends_add(struct buf *sql, const struct pair *pair,
	      const struct projection *projection, const struct range *range,
	      size_t number, bool is_last)
{
	OWNED(buf_release) struct buf condition = BUF_INIT;

	range_condition(&condition, projection, range);
	buf_addf(sql, "%s(SELECT %zu, %d", sql->length ? " UNION ALL " : "",
		 number, is_last ? 1 : 0);
	add_key_values(sql, pair, projection);
	buf_adds(sql, projection->from);
	projection_where(sql, projection, condition.data);
	buf_adds(sql, " ORDER BY ");
	add_key_list(sql, pair, projection, is_last ? " DESC" : "");
	buf_adds(sql, " LIMIT 1)");
}

static struct key_text keep_key(const struct pair *pair,
				const struct rows *rows, size_t row,
				struct arena *arena)
{
	const size_t count = pair->key_count;
	const char **texts = arena_alloc(arena, count * sizeof(*texts));
	size_t *lengths = arena_alloc(arena, count * sizeof(*lengths));

	for (size_t i = 0; i < count; i++) {
		const char *text = rows_text(rows, row, i + 2);

		lengths[i] = rows_length(rows, row, i + 2);
		texts[i] = arena_strndup(arena, text ? text : "", lengths[i]);
	}
	return (struct key_text){texts, lengths};
}

void ends_take(const struct pair *pair, const struct rows *rows, size_t count,
	       struct arena *arena, struct ends *out)
{
	for (size_t i = 0; i < count; i++)
		out[i] = (struct ends){{NULL, NULL}, {NULL, NULL}};
	for (size_t row = 0; row < rows_count(rows); row++) {
		const size_t i = strtoull(rows_text(rows, row, 0), NULL, 10);
		const struct key_text key = keep_key(pair, rows, row, arena);

		DBS_BUG(i >= count, "range %zu of %zu", i, count);
		if (*rows_text(rows, row, 1) == '1')
			out[i].last = key;
		else
			out[i].first = key;
	}
}
