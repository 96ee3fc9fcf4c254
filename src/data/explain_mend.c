/* explain_mend.c - the statement that makes the target's row the source's; see
 * explain_part.h. */
#include "explain_part.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/compare.h"
#include "dbsync/data/row_sql.h"
#include "dbsync/db/quote.h"

#include <stdio.h>
#include <string.h>

static bool is_on_update(const struct text_list *names,
			 const struct column *column)
{
	for (size_t i = 0; i < names->count; i++)
		if (text_equal_nocase(names->items[i], column->name))
			return true;
	return false;
}

static bool is_different(const struct explanation *out, size_t column)
{
	return out->columns[column].state == EXPLAIN_DIFFERENT;
}

/* Whether one of the values that would be written is known as a hash only. */
static bool needs_hash(const struct image *image, const struct row *source,
		       const struct explanation *out)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < image->written_count; i++) {
		const size_t at = image->columns[i].pair_column;

		if ((!out->has_row[TARGET] || is_different(out, at)) &&
		    compare_is_hash(image->pair, at, source, &bytes))
			return true;
	}
	return false;
}

static const char *refusal(const struct explain_side *source,
			   const struct explanation *out)
{
	const struct image *image = source->subject->image;

	if (image->refusal)
		return image->refusal;
	if (out->has_row[SOURCE] && image_is_lossy(image, &source->row))
		return "a text of the source has no form in utf8mb4";
	if (out->has_row[SOURCE] && needs_hash(image, &source->row, out))
		return "a value is too long for it: `dbsync incremental` "
		       "writes it";
	return NULL;
}

/* `c` = 'new', … ; how many columns it sets. */
static size_t add_settings(const struct explain_side *target,
			   const struct slice *news,
			   const struct explanation *explained, struct buf *out)
{
	const struct image *image = target->subject->image;
	size_t set = 0;

	for (size_t i = 0; i < image->written_count; i++) {
		const struct image_column *column = &image->columns[i];

		if (!column->is_set ||
		    !is_different(explained, column->pair_column))
			continue;
		buf_adds(out, set++ ? ", " : "");
		quote_name(out, column->column->name);
		buf_adds(out, " = ");
		buf_add(out, news[i].data, news[i].length);
	}
	/* those would move by themselves */
	for (size_t i = 0; i < image->count && set; i++) {
		const struct image_column *column = &image->columns[i];

		if (!is_on_update(&target->on_update, column->column) ||
		    (column->is_set &&
		     is_different(explained, column->pair_column)))
			continue;
		buf_adds(out, ", ");
		quote_name(out, column->column->name);
		buf_adds(out, " = ");
		quote_name(out, column->column->name);
	}
	return set;
}

static void add_where(const struct explain_side *target, struct buf *out)
{
	buf_adds(out, " WHERE ");
	image_key_predicate(target->subject->image, &target->row, TARGET, out);
}

static void make_tuple(const struct explain_side *source, struct buf *out)
{
	const struct image *image = source->subject->image;
	OWNED(buf_release) struct buf values = BUF_INIT;

	image_values(image, SOURCE, &source->row, &values);
	DBS_BUG(!image_tuple(image, SOURCE,
			     (struct values){values.data, values.length}, out),
		"a row that is no tuple");
}

static bool add_update(const struct explain_side *source,
		       const struct explain_side *target,
		       const struct explanation *explained, struct buf *out)
{
	const struct image *image = source->subject->image;
	OWNED(buf_release) struct buf tuple = BUF_INIT;
	OWNED(mem_drop) struct slice *news = mem_alloc(
		(image->written_count + 1) * sizeof(*news));

	make_tuple(source, &tuple);
	DBS_BUG(!literal_split((struct slice){tuple.data, tuple.length}, news,
			       image->written_count),
		"a row that is no tuple");
	buf_adds(out, "UPDATE ");
	quote_table(out, image->pair->database[TARGET],
		    image->pair->table[TARGET]->name);
	buf_adds(out, " SET ");
	if (!add_settings(target, news, explained, out))
		return false;
	add_where(target, out);
	return true;
}

static void add_insert(const struct explain_side *source,
		       const struct explain_side *target, struct buf *out)
{
	const struct image *image = source->subject->image;
	const struct row_sql *sql =
		row_sql_make(image, image->pair->database[TARGET],
			     conn_server(target->conn), source->arena);
	OWNED(buf_release) struct buf tuple = BUF_INIT;

	make_tuple(source, &tuple);
	row_sql_insert_begin(sql, false, out);
	row_sql_insert_row(true, (struct slice){tuple.data, tuple.length}, out);
}

static void add_delete(const struct explain_side *target, struct buf *out)
{
	const struct pair *pair = target->subject->pair;

	buf_adds(out, "DELETE FROM ");
	quote_table(out, pair->database[TARGET], pair->table[TARGET]->name);
	add_where(target, out);
}

/* '2024-02-31 … in quotes: a date that the calendar does not have. */
static bool is_no_date(const char *at)
{
	static const unsigned days[] = {31, 28, 31, 30, 31, 30,
					31, 31, 30, 31, 30, 31};
	unsigned year = 0;
	unsigned month = 0;
	unsigned day = 0;
	int end = 0;

	if (sscanf(at, "'%4u-%2u-%2u%n", &year, &month, &day, &end) != 3 ||
	    end != 11)
		return false;
	const bool is_leap = (year % 4 == 0 && year % 100 != 0) ||
			     year % 400 == 0;

	return month < 1 || month > 12 || day < 1 ||
	       day > days[month - 1] + (month == 2 && is_leap);
}

/* A session as servers give it out refuses to compare with those, and more. */
static bool needs_mode(const char *sql)
{
	for (const char *at = strchr(sql, '\''); at; at = strchr(at + 1, '\''))
		if (is_no_date(at))
			return true;
	return false;
}

/* The same, in a mode of its own: one statement still. */
static const char *with_mode(const struct explain_side *target, const char *sql)
{
	const size_t verb = strcspn(sql, " ");

	if (conn_server(target->conn)->family == SERVER_MARIADB)
		return arena_printf(target->arena,
				    "SET STATEMENT sql_mode = '" CONN_SQL_MODE
				    "' FOR %s",
				    sql);
	return arena_printf(target->arena,
			    "%.*s /*+ SET_VAR(sql_mode = '" CONN_SQL_MODE
			    "') */%s",
			    (int)verb, sql, sql + verb);
}

void explain_mend(const struct explain_side *source,
		  const struct explain_side *target, struct explanation *out)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (explain_is_equal(out))
		return;
	out->no_statement = refusal(source, out);
	if (out->no_statement)
		return;
	if (!out->has_row[TARGET])
		add_insert(source, target, &sql);
	else if (!out->has_row[SOURCE])
		add_delete(target, &sql);
	else if (!add_update(source, target, out, &sql))
		out->no_statement = "only columns differ that the server "
				    "computes";
	if (out->no_statement)
		return;
	buf_addc(&sql, ';');
	out->statement = needs_mode(sql.data)
				 ? with_mode(target, sql.data)
				 : arena_strdup(source->arena, sql.data);
}
