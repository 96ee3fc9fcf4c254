/*
 * explain_key.c - the key of a row, as people write it, as a condition; see
 * explain_part.h.
 *
 * The condition has to find what the walk would take for that key: texts by the
 * collation of their column where the walk orders by it, and by their bytes
 * where it does not; members of ENUM and SET by number.
 */
#include "explain_part.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ------------------------------------------------------------------------
 * Whether it is one
 * --------------------------------------------------------------------- */

static void add_names(struct buf *out, const struct pair *pair)
{
	for (size_t i = 0; i < pair->key_count; i++)
		buf_addf(out, "%s`%s`", i ? ", " : "",
			 pair->columns[pair->key[i].column].name);
}

/* -12, 1.50 */
static bool is_decimal(const char *text)
{
	const char *at = text + (*text == '-' || *text == '+');
	const size_t whole = strspn(at, "0123456789");
	const char *point = at + whole;
	const size_t rest = *point == '.' ? strspn(point + 1, "0123456789") : 0;

	return (whole || rest) && !point[*point == '.' ? rest + 1 : 0];
}

static bool is_real(const char *text)
{
	char *end = NULL;

	(void)strtod(text, &end);
	return *text && !*end && !strpbrk(text, "xXnNiI");
}

static bool is_moment(const char *text)
{
	return *text && text[strspn(text, "0123456789-:. T")] == '\0';
}

static bool is_hex(const char *text)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	return !strncmp(text, "0x", 2) && text_unhex(&bytes, text + 2);
}

static bool is_value(const struct pair_column *column, const char *text)
{
	/* by name, whatever they are compared by */
	if (column->on[SOURCE]->type == TYPE_ENUM ||
	    column->on[SOURCE]->type == TYPE_SET)
		return text_is_utf8(text, strlen(text));
	switch (column->kind) {
	case KIND_NUMBER:
		return is_decimal(text);
	case KIND_REAL:
		return is_real(text);
	case KIND_MOMENT:
	case KIND_TIME:
		return is_moment(text);
	case KIND_BYTES:
		return strncmp(text, "0x", 2) != 0 || is_hex(text);
	case KIND_TEXT:
	case KIND_NONE:
		break;
	}
	return text_is_utf8(text, strlen(text));
}

enum dbs_rc explain_key_check(const struct pair *pair,
			      const struct explain_request *request,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf names = BUF_INIT;

	if (pair->identity == IDENTITY_ROWS)
		return dbs_fail(err, DBS_E_REFUSED,
				"`%s` has no key that both sides have: none of "
				"its rows can be named",
				pair->table[SOURCE]->name);
	add_names(&names, pair);
	if (request->key_count != pair->key_count)
		return dbs_fail(err, DBS_E_USAGE,
				"the key of `%s` is (%s): %zu value%s, not %zu",
				pair->table[SOURCE]->name, names.data,
				pair->key_count,
				pair->key_count == 1 ? "" : "s",
				request->key_count);
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];

		if (!is_value(column, request->key[i]))
			return dbs_fail(err, DBS_E_USAGE,
					"`%s` is not a value of the key's "
					"column `%s` (%s)",
					request->key[i], column->name,
					column->on[SOURCE]->type_text);
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Members of ENUM and SET
 * --------------------------------------------------------------------- */

/* The next member of enum('a','it''s'); false: there is none. */
static bool next_member(const char **at, struct buf *out)
{
	const char *c = strchr(*at, '\'');

	buf_clear(out);
	if (!c)
		return false;
	for (c++; *c && (*c != '\'' || c[1] == '\''); c++) {
		c += *c == '\'';
		buf_addc(out, *c);
	}
	*at = *c ? c + 1 : c;
	return true;
}

/* Its number, from 1; 0: there is none. */
static uint64_t member_of(const struct column *column, const char *name,
			  size_t length)
{
	OWNED(buf_release) struct buf member = BUF_INIT;
	const char *at = column->type_text;

	for (uint64_t number = 1; next_member(&at, &member); number++)
		if (member.length == length &&
		    !strncasecmp(member.data, name, length))
			return number;
	return 0;
}

static bool set_of(const struct column *column, const char *text, uint64_t *out)
{
	*out = 0;
	while (*text) {
		const size_t length = strcspn(text, ",");
		const uint64_t number = member_of(column, text, length);

		if (!number)
			return false;
		*out |= UINT64_C(1) << (number - 1);
		text += length + (text[length] == ',');
	}
	return true;
}

/* A member by name, or by number where no member has that name. */
static bool number_of(const struct column *column, const char *text,
		      uint64_t *out)
{
	if (column->type == TYPE_SET) {
		if (set_of(column, text, out))
			return true;
	} else {
		*out = member_of(column, text, strlen(text));
		/* '' that is no member is the value of what was invalid */
		if (*out || !*text)
			return true;
	}
	if (!*text || text[strspn(text, "0123456789")])
		return false;
	*out = strtoull(text, NULL, 10);
	return true;
}

static void add_member(struct buf *out, const struct column *column,
		       const char *text)
{
	uint64_t number = 0;

	/* such columns are shown by number, too */
	if (column_is_ambiguous(column) && *text &&
	    strspn(text, "0123456789") == strlen(text)) {
		quote_name(out, column->name);
		buf_addf(out, " = %s", text);
		return;
	}
	if (!number_of(column, text, &number)) {
		buf_adds(out, "FALSE");
		return;
	}
	quote_name(out, column->name);
	buf_addf(out, " = %" PRIu64, number);
}

/* ------------------------------------------------------------------------
 * Texts
 * --------------------------------------------------------------------- */

static bool is_utf8mb4(const struct column *column)
{
	return !strcmp(column->charset, "utf8mb4");
}

/* Whether the column's character set has all of its characters. */
static enum dbs_rc fits_charset(const struct explain_side *side,
				const struct column *column, const char *text,
				bool *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *answer = NULL;
	const size_t length = strlen(text);

	*out = true;
	if (is_utf8mb4(column))
		return DBS_OK;
	buf_adds(&sql, "SELECT CAST(CONVERT(CONVERT(");
	quote_string(&sql, "utf8mb4", text, length);
	buf_addf(&sql,
		 " USING %s) USING utf8mb4) AS BINARY) = ", column->charset);
	quote_bytes(&sql, text, length);
	enum dbs_rc rc = conn_fetch_text(side->conn, sql.data, "1N", &answer,
					 err);

	*out = answer && *answer == '1';
	return rc;
}

/* The text in the character set of the column. */
static void add_text(struct buf *out, const struct column *column,
		     const char *text, size_t length)
{
	if (!is_utf8mb4(column))
		buf_adds(out, "CONVERT(");
	quote_string(out, "utf8mb4", text, length);
	if (!is_utf8mb4(column))
		buf_addf(out, " USING %s)", column->charset);
}

/* CHAR(N) comes without the blanks at its end. */
static size_t text_length(const struct column *column, const char *text)
{
	size_t length = strlen(text);

	while (!strncmp(column->type_text, "char(", 5) && length &&
	       text[length - 1] == ' ')
		length--;
	return length;
}

static enum dbs_rc add_collated(const struct explain_side *side,
				const struct key_column *key,
				const struct column *column, const char *text,
				struct buf *out, struct dbs_error *err)
{
	const struct pair *pair = side->subject->pair;
	const size_t at = (size_t)(key - pair->key);
	const struct projection *projection =
		side->subject->projection[side->which];
	const size_t length = text_length(column, text);
	bool fits = true;
	enum dbs_rc rc = DBS_OK;

	if (type_has_charset(column->type) &&
	    !pair->columns[key->column].is_convert)
		rc = fits_charset(side, column, text, &fits, err);
	if (rc || !fits) {
		buf_adds(out, "FALSE");
		return rc;
	}
	buf_addf(out, "%s = ", projection->keys[at]);
	if (key->order != ORDER_AS_BYTES) {
		add_text(out, column, text, length);
		buf_addf(out, " COLLATE %s", column->collation);
	} else if (pair->columns[key->column].is_convert ||
		   !type_has_charset(column->type)) {
		quote_bytes(out, text, length);
	} else {
		buf_adds(out, "CAST(");
		add_text(out, column, text, length);
		buf_adds(out, " AS BINARY)");
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The others
 * --------------------------------------------------------------------- */

static void add_real(struct buf *out, const struct column *source,
		     const char *text)
{
	const double number = source->type == TYPE_FLOAT
				      ? (double)strtof(text, NULL)
				      : strtod(text, NULL);

	buf_addf(out, "%.17e", number);
}

static void add_bytes(struct buf *out, const struct column *column,
		      const char *text)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	if (strncmp(text, "0x", 2) != 0)
		buf_adds(&bytes, text);
	else
		(void)text_unhex(&bytes, text + 2);
	/* BINARY(N) is stored with zeros behind it */
	while (!strncmp(column->type_text, "binary(", 7) &&
	       bytes.length < column->max_bytes)
		buf_addc(&bytes, '\0');
	quote_bytes(out, bytes.data, bytes.length);
}

/* A number below 100 would be taken for one of two digits. */
static void add_year(struct buf *out, const struct column *column,
		     const char *text)
{
	enum { FIRST = 1901 };

	quote_name(out, column->name);
	buf_addf(out, "%s = %s", strtoul(text, NULL, 10) < FIRST ? " + 0" : "",
		 text);
}

static enum dbs_rc add_column(const struct explain_side *side, size_t number,
			      const char *text, struct buf *out,
			      struct dbs_error *err)
{
	const struct pair *pair = side->subject->pair;
	const struct key_column *key = &pair->key[number];
	const struct pair_column *column = &pair->columns[key->column];
	const struct column *own = column->on[side->which];

	if (own->type == TYPE_ENUM || own->type == TYPE_SET) {
		add_member(out, own, text);
		return DBS_OK;
	}
	if (column->kind == KIND_TEXT)
		return add_collated(side, key, own, text, out, err);
	if (own->type == TYPE_YEAR) {
		add_year(out, own, text);
		return DBS_OK;
	}
	quote_name(out, own->name);
	buf_adds(out, " = ");
	if (column->kind == KIND_NUMBER)
		buf_adds(out, text);
	else if (column->kind == KIND_REAL)
		add_real(out, column->on[SOURCE], text);
	else if (column->kind == KIND_BYTES)
		add_bytes(out, own, text);
	else
		buf_addf(out, "'%s'", text);
	return DBS_OK;
}

enum dbs_rc explain_key(struct explain_side *side, const char *const *texts,
			struct dbs_error *err)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < side->subject->pair->key_count && !rc; i++) {
		buf_adds(&out, i ? " AND " : "");
		rc = add_column(side, i, texts[i], &out, err);
	}
	side->condition = arena_strdup(side->arena, out.data);
	return rc;
}
