/* copy_text.c - see copy_text.h. */
#include "copy_text.h"

#include "dbsync/base/own.h"
#include "dbsync/data/value.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
	ENOUGH = 64 * 1024,
	PIECE = 64 * 1024, /* of a cell, before it is escaped */
};

/* ------------------------------------------------------------------------
 * The statement
 * --------------------------------------------------------------------- */

/* The character set of the bytes that a text column's cell consists of. */
static const char *charset_of(const struct pair_column *column)
{
	return column->is_convert || !*column->on[SOURCE]->charset
		       ? "utf8mb4"
		       : column->on[SOURCE]->charset;
}

bool copy_text_convert(struct buf *sql, const struct pair_column *column,
		       const char *bytes)
{
	const struct column *target = column->on[TARGET];

	if (column->kind != KIND_TEXT)
		return false;
	if (*target->charset && target->type != TYPE_JSON &&
	    !strcmp(charset_of(column), target->charset))
		return false;
	buf_addf(sql, "CONVERT(%s USING %s)", bytes, charset_of(column));
	return true;
}

/* What makes a column's value of a variable; false: it takes the bytes. */
static bool add_expression(struct buf *sql, const struct pair_column *column,
			   size_t number)
{
	char variable[24];

	(void)snprintf(variable, sizeof(variable), "@v%zu", number);
	if (column->on[TARGET]->type != TYPE_BIT && !column->is_number)
		return copy_text_convert(sql, column, variable);
	buf_addf(sql, "CAST(%s AS UNSIGNED)", variable);
	return true;
}

static bool has_expressions(const struct image *image)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	for (size_t i = 0; i < image->written_count; i++)
		if (add_expression(&sql, image_pair_column(image, i), i))
			return true;
	return false;
}

/*
 * Behind a SET, MariaDB takes a 0 that came straight into an AUTO_INCREMENT
 * column for the wish for a number, whatever the sql_mode; not one that came by
 * SET itself.
 */
static bool may_count(const struct pair *pair, const struct column *column)
{
	return (pair->table[SOURCE]->auto_increment ||
		pair->table[TARGET]->auto_increment) &&
	       !column->is_nullable &&
	       (column->type == TYPE_INTEGER || column->type == TYPE_FLOAT ||
		column->type == TYPE_DOUBLE);
}

const char *copy_text_statement(const struct image *image)
{
	const struct pair *pair = image->pair;
	const bool has_set = has_expressions(image);
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(buf_release) struct buf sets = BUF_INIT;

	buf_adds(&sql, "LOAD DATA LOCAL INFILE 'dbsync' INTO TABLE ");
	quote_table(&sql, pair->database[TARGET], pair->table[TARGET]->name);
	buf_adds(&sql, " CHARACTER SET binary FIELDS TERMINATED BY '\\t' "
		       "ENCLOSED BY '' ESCAPED BY '\\\\' "
		       "LINES TERMINATED BY '\\n' STARTING BY ''");
	for (size_t i = 0; i < image->written_count; i++) {
		OWNED(buf_release) struct buf value = BUF_INIT;

		buf_adds(&sql, i ? ", " : " (");
		if (!add_expression(&value, image_pair_column(image, i), i)) {
			if (!has_set ||
			    !may_count(pair, image->columns[i].column)) {
				quote_name(&sql,
					   image->columns[i].column->name);
				continue;
			}
			buf_addf(&value, "@v%zu", i);
		}
		buf_addf(&sql, "@v%zu", i);
		buf_adds(&sets, sets.length ? ", " : " SET ");
		quote_name(&sets, image->columns[i].column->name);
		buf_addf(&sets, " = %s", value.data);
	}
	buf_addf(&sql, ")%s", sets.length ? sets.data : "");
	return arena_strdup(pair->arena, sql.data);
}

/* ------------------------------------------------------------------------
 * Cells
 * --------------------------------------------------------------------- */

void copy_text_begin(struct copy_text *text, const struct image *image,
		     const struct row *row)
{
	*text = (struct copy_text){.image = image, .row = row};
}

void copy_text_end(struct copy_text *text)
{
	buf_release(&text->text);
	buf_release(&text->scratch);
}

/* What was begun is taken to its end, so that it does not move. */
bool copy_text_wants_more(const struct copy_text *text)
{
	return !text->taken && text->text.length < ENOUGH;
}

bool copy_text_needs_row(const struct copy_text *text)
{
	return !text->has_row;
}

void copy_text_row(struct copy_text *text)
{
	text->has_row = true;
	text->cell = 0;
	text->at = 0;
}

static bool is_special(uint8_t byte)
{
	return byte == '\t' || byte == '\n' || byte == '\\' || byte == '\0';
}

static void add_escaped(struct buf *out, const uint8_t *data, size_t length)
{
	size_t done = 0;

	for (size_t i = 0; i < length; i++) {
		if (!is_special(data[i]))
			continue;
		buf_add(out, data + done, i - done);
		buf_addc(out, '\\');
		buf_addc(out, data[i] == '\t'   ? 't'
			      : data[i] == '\n' ? 'n'
			      : data[i] == '\0' ? '0'
						: '\\');
		done = i + 1;
	}
	buf_add(out, data + done, length - done);
}

/* A number, a date, a time: as its literal, without quotes. */
static void add_short(struct copy_text *text, struct value value,
		      enum type target)
{
	struct buf *scratch = &text->scratch;

	/* a text '0' would be the year 2000 */
	if (target == TYPE_YEAR) {
		buf_addf(&text->text, "%04" PRIu64,
			 value_integer(value).magnitude);
		return;
	}
	buf_clear(scratch);
	literal_write(scratch, "", value);
	if (scratch->data[0] == '\'')
		buf_add(&text->text, scratch->data + 1, scratch->length - 2);
	else
		buf_add(&text->text, scratch->data, scratch->length);
}

/* Whether the cell is done. */
static bool add_piece(struct copy_text *text)
{
	const struct pair_column *column = image_pair_column(text->image,
							     text->cell);
	const struct cell *cell = &text->row->cells[text->cell];
	const size_t left = cell->length - text->at;
	const size_t piece = left < PIECE ? left : PIECE;

	if (!cell->data) {
		buf_adds(&text->text, "\\N");
		return true;
	}
	if (column->kind != KIND_TEXT && column->kind != KIND_BYTES) {
		add_short(text, value_of(column, text->row, text->cell, SOURCE),
			  column->on[TARGET]->type);
		return true;
	}
	add_escaped(&text->text, cell->data + text->at, piece);
	text->at += piece;
	return text->at == cell->length;
}

void copy_text_more(struct copy_text *text)
{
	while (text->has_row && text->text.length < ENOUGH) {
		if (!add_piece(text))
			continue;
		text->at = 0;
		text->cell++;
		text->has_row = text->cell < text->image->written_count;
		buf_addc(&text->text, text->has_row ? '\t' : '\n');
	}
}

size_t copy_text_take(struct copy_text *text, char *into, size_t room)
{
	const size_t left = text->text.length - text->taken;
	const size_t count = left < room ? left : room;

	if (count)
		memcpy(into, text->text.data + text->taken, count);
	text->taken += count;
	if (text->taken == text->text.length) {
		buf_clear(&text->text);
		text->taken = 0;
	}
	return count;
}
