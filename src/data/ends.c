/* ends.c - see ends.h. */
#include "ends.h"

#include "dbsync/base/own.h"

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
	return column->on[SOURCE]->type == type ||
	       column->on[TARGET]->type == type;
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

void ends_form(struct buf *out, const struct pair *pair)
{
	buf_adds(out, "nn");
	for (size_t i = 0; i < pair->key_count; i++)
		buf_addc(out, 'T');
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

enum dbs_rc ends_take(const struct ends_answer *answer, struct arena *arena,
		      struct ends *out, struct dbs_error *err)
{
	const struct rows *rows = answer->rows;

	for (size_t i = 0; i < answer->count; i++)
		out[i] = (struct ends){{NULL, NULL}, {NULL, NULL}};
	for (size_t row = 0; row < rows_count(rows); row++) {
		size_t i = 0;
		uint64_t is_last = 0;
		enum dbs_rc rc = rows_place(rows, row, answer->count, &i, err);

		if (!rc)
			rc = rows_number(rows, row, 1, &is_last, err);
		if (rc)
			return rc;
		*(is_last ? &out[i].last : &out[i].first) =
			keep_key(answer->pair, rows, row, arena);
	}
	return DBS_OK;
}
