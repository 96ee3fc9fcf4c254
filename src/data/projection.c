/* projection.c - see projection.h. */
#include "dbsync/data/projection.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>
#include <string.h>

enum {
	DIGEST_LIMIT = 65535, /* bytes of a value that are digested as such */
	NUMBER_TEXT = 100,    /* no number or date is written longer */
};

struct reading {
	const struct pair *pair;
	enum side side;
	bool casts; /* texts go into the digest as binary strings */
};

static const struct column *column_of(const struct reading *reading,
				      const struct pair_column *column)
{
	return column->on[reading->side];
}

/*
 * A text as utf8mb4.  What the conversion would lose (a byte that stands for
 * no character becomes a question mark) is written as its bytes instead, and
 * as those of this side, so that it equals nothing of the other one.
 */
static void add_converted(struct buf *out, const struct reading *reading,
			  const struct column *own)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	quote_name(&name, own->name);
	if (!strcmp(own->charset, "utf8mb4")) {
		buf_adds(out, name.data);
		return;
	}
	buf_addf(out,
		 "IF(CAST(CONVERT(CONVERT(%s USING utf8mb4) USING %s) AS "
		 "BINARY) = CAST(%s AS BINARY), CONVERT(%s USING utf8mb4), "
		 "CONVERT(CONCAT('dbsync: %s bytes ', HEX(%s)) USING utf8mb4))",
		 name.data, own->charset, name.data, name.data,
		 side_name(reading->side), name.data);
}

/* That of a member, or the bits of several. */
static void add_number(struct buf *out, const struct column *own)
{
	buf_adds(out, "CAST(");
	quote_name(out, own->name);
	buf_adds(out, " AS UNSIGNED)");
}

/* The value by its name or its bytes. */
static void add_plain(struct buf *out, const struct reading *reading,
		      const struct pair_column *column)
{
	const struct column *own = column_of(reading, column);
	const bool is_text = own->type == TYPE_UUID || own->type == TYPE_INET ||
			     (own->type == TYPE_JSON && column->is_long);

	if (column->is_convert) {
		add_converted(out, reading, own);
		return;
	}
	if (is_text)
		buf_adds(out, "CAST(");
	quote_name(out, own->name);
	if (is_text)
		buf_adds(out, " AS CHAR)");
}

/*
 * The value itself, in the form in which both sides can be compared.  No member
 * of an ENUM ends with a blank, as the mark of the invalid one does.
 */
static void add_value(struct buf *out, const struct reading *reading,
		      const struct pair_column *column)
{
	const struct column *own = column_of(reading, column);

	if (column->is_number) {
		add_number(out, own);
		return;
	}
	if (column->is_marked) {
		buf_adds(out, "IF(");
		add_number(out, own);
		buf_adds(out, " = 0, 'dbsync: invalid ', ");
	}
	add_plain(out, reading, column);
	buf_adds(out, column->is_marked ? ")" : "");
}

/*
 * The value, or its hash when it is longer than limit bytes.  Beside a text the
 * hash is a text of the same collation, or the servers would convert one of
 * the two, or cannot.
 */
static void add_limited(struct buf *out, const struct reading *reading,
			const struct pair_column *column, int limit)
{
	const struct column *own = column_of(reading, column);
	const bool is_own = type_has_charset(own->type) && !column->is_convert;
	OWNED(buf_release) struct buf value = BUF_INIT;

	add_value(&value, reading, column);
	buf_addf(out, "IF(LENGTH(%s) > %d, ", value.data, limit);
	if (column->kind == KIND_TEXT)
		buf_addf(out, "CONVERT(SHA2(%s, 256) USING %s) COLLATE %s",
			 value.data, is_own ? own->charset : "utf8mb4",
			 is_own ? own->collation : "utf8mb4_bin");
	else
		buf_addf(out, "UNHEX(SHA2(%s, 256))", value.data);
	buf_addf(out, ", %s)", value.data);
}

/*
 * LENGTH of a value, or otherwise what stands in instead when the server cannot
 * give the value (max_allowed_packet): functions are NULL then, and MySQL's
 * JSON comes as an empty text, which no JSON is.
 */
static void add_safe_length(struct buf *out, const struct reading *reading,
			    const struct pair_column *column,
			    const char *otherwise)
{
	const bool is_json = column_of(reading, column)->type == TYPE_JSON;

	buf_adds(out, is_json ? "COALESCE(NULLIF(LENGTH(" : "COALESCE(LENGTH(");
	add_value(out, reading, column);
	buf_addf(out, "%s, %s)", is_json ? "), 0)" : ")", otherwise);
}

/*
 * The length of a long column, NULL for NULL.  Of a value that cannot be given
 * it is negative, and another one on the other side, so that the client gets to
 * see it (compare_stream.c).
 */
static void add_length(struct buf *out, const struct reading *reading,
		       const struct pair_column *column)
{
	buf_adds(out, "IF(");
	quote_name(out, column_of(reading, column)->name);
	buf_adds(out, " IS NULL, NULL, ");
	add_safe_length(out, reading, column,
			reading->side == SOURCE ? "-1" : "-2");
	buf_addc(out, ')');
}

static void add_key_extra(struct buf *out, const struct reading *reading,
			  const struct key_column *key)
{
	const struct pair_column *column = &reading->pair->columns[key->column];
	const struct column *own = column_of(reading, column);

	if (key->order == ORDER_WEIGHT) {
		buf_adds(out, ", WEIGHT_STRING(");
		quote_name(out, own->name);
		buf_addf(out, "), %s%s%s%s%s",
			 key->is_padded ? "WEIGHT_STRING(CONVERT(' ' USING "
					: "''",
			 key->is_padded ? own->charset : "",
			 key->is_padded ? ") COLLATE " : "",
			 key->is_padded ? own->collation : "",
			 key->is_padded ? ")" : "");
	} else if (key->order == ORDER_MEMBER) {
		buf_adds(out, ", ");
		add_number(out, own);
	}
}

static void add_select_list(struct buf *out, const struct reading *reading)
{
	const struct pair *pair = reading->pair;

	for (size_t i = 0; i < pair->column_count; i++) {
		if (i)
			buf_adds(out, ", ");
		if (pair->columns[i].is_long)
			add_limited(out, reading, &pair->columns[i],
				    PAIR_LONG_BYTES);
		else
			add_value(out, reading, &pair->columns[i]);
	}
	if (!pair->column_count)
		buf_adds(out, "1");
	for (size_t i = 0; i < pair->column_count; i++) {
		if (!pair->columns[i].is_long)
			continue;
		buf_adds(out, ", ");
		add_length(out, reading, &pair->columns[i]);
	}
	for (size_t i = 0; i < pair->key_count; i++)
		add_key_extra(out, reading, &pair->key[i]);
}

static void add_from(struct buf *out, const struct reading *reading)
{
	const struct pair *pair = reading->pair;
	const char *key = pair->index[reading->side];

	buf_adds(out, " FROM ");
	if (reading->side == SOURCE)
		quote_table(out, pair->database[SOURCE],
			    pair->table[SOURCE]->name);
	else
		quote_table(out, pair->database[TARGET],
			    pair->table[TARGET]->name);
	if (!pair->is_native || !key)
		return;
	buf_adds(out, " FORCE INDEX (");
	quote_name(out, key);
	buf_addc(out, ')');
}

/* What a key column is compared by in predicates. */
static void add_key(struct buf *out, const struct reading *reading,
		    const struct key_column *key)
{
	const struct pair_column *column = &reading->pair->columns[key->column];

	if (key->order == ORDER_MEMBER) {
		add_number(out, column_of(reading, column));
		return;
	}
	if (key->order == ORDER_AS_BYTES)
		buf_adds(out, "CAST(");
	add_value(out, reading, column);
	if (key->order == ORDER_AS_BYTES)
		buf_adds(out, " AS BINARY)");
}

/*
 * Where MySQL has to sort (an index that descends in part), it takes the 64th
 * member of a SET for a sign, and those who have it come first.
 */
static bool has_sign(const struct pair_column *column)
{
	enum { MOST_MEMBERS = 64 };
	size_t members = 1;

	for (const char *at = column->on[SOURCE]->type_text; *at; at++)
		members += *at == ',';
	return column->on[SOURCE]->type == TYPE_SET && members == MOST_MEMBERS;
}

/*
 * MySQL 5 sorts a text of n letters by its first n weights; ideographs have two
 * each, and letters of some collations more.  As a longer text it has them all.
 */
static void add_all_weights(struct buf *out, const struct column *own)
{
	enum { MOST_WEIGHTS = 8 /* of one letter */ };
	const char *letters = strchr(own->type_text, '(');

	buf_adds(out, "CAST(");
	quote_name(out, own->name);
	buf_addf(out, " AS CHAR(%lu) CHARACTER SET %s) COLLATE %s",
		 (letters ? strtoul(letters + 1, NULL, 10) : 1) * MOST_WEIGHTS,
		 own->charset, own->collation);
}

static void add_order(struct buf *out, const struct reading *reading)
{
	const struct pair *pair = reading->pair;

	for (size_t i = 0; i < pair->key_count; i++) {
		const struct key_column *key = &pair->key[i];
		const struct pair_column *column = &pair->columns[key->column];
		const struct column *own = column_of(reading, column);

		buf_adds(out, i ? ", " : " ORDER BY ");
		/* an index of members is in the order of their numbers */
		if (key->order == ORDER_MEMBER && !has_sign(column))
			quote_name(out, own->name);
		else if (key->order == ORDER_WEIGHT &&
			 pair->cuts_weights[reading->side])
			add_all_weights(out, own);
		else
			add_key(out, reading, key);
	}
}

/* ------------------------------------------------------------------------
 * The digest
 * --------------------------------------------------------------------- */

static bool is_string(const struct pair_column *column)
{
	return column->kind == KIND_TEXT || column->kind == KIND_BYTES;
}

/* The longest value of either side, in the form in which it is compared. */
static uint64_t most_bytes(const struct pair_column *column)
{
	const uint64_t source = column->on[SOURCE]->max_bytes;
	const uint64_t target = column->on[TARGET]->max_bytes;
	const uint64_t most = source > target ? source : target;

	/* utf8mb4 needs at most four bytes for one */
	return column->is_convert ? most * 4 : most;
}

static bool is_digest_limited(const struct pair_column *column)
{
	return column->is_long || most_bytes(column) > DIGEST_LIMIT;
}

/* length, string | N */
static void add_digest_string(struct buf *out, const struct reading *reading,
			      const struct pair_column *column)
{
	const struct column *own = column_of(reading, column);

	if (own->is_nullable) {
		buf_adds(out, "IF(");
		quote_name(out, own->name);
		buf_adds(out, " IS NULL, 'N', ");
	}
	/* a length that no other row has: equal to nothing */
	add_safe_length(out, reading, column, "UUID_SHORT()");
	buf_adds(out, own->is_nullable ? "), " : ", ");
	buf_adds(out, reading->casts ? "CAST(" : "");
	if (is_digest_limited(column))
		add_limited(out, reading, column, DIGEST_LIMIT);
	else
		add_value(out, reading, column);
	buf_adds(out, reading->casts ? " AS BINARY)" : "");
}

static void add_digest_number(struct buf *out, const struct reading *reading,
			      const struct pair_column *column)
{
	const struct column *own = column_of(reading, column);

	if (own->is_nullable)
		buf_adds(out, "COALESCE(");
	add_value(out, reading, column);
	if (column->kind == KIND_REAL)
		buf_adds(out, " * 1e0"); /* all digits; -0 stays -0 */
	else if (own->type == TYPE_BIT || own->type == TYPE_YEAR ||
		 column->on[SOURCE]->is_zerofill ||
		 column->on[TARGET]->is_zerofill)
		buf_adds(out, " + 0");
	if (own->is_nullable)
		buf_adds(out, ", 'N')");
}

static void add_digest_column(struct buf *out, const struct reading *reading,
			      const struct pair_column *column)
{
	buf_adds(out, ", ");
	if (is_string(column))
		add_digest_string(out, reading, column);
	else
		add_digest_number(out, reading, column);
}

static void add_row_digest(struct buf *out, const struct reading *reading)
{
	const struct pair *pair = reading->pair;

	/* a binary separator makes all of it binary: nothing is converted */
	buf_adds(out, "COALESCE(CRC32(CONCAT_WS(x'2C', x'64'");
	for (size_t i = 0; i < pair->column_count; i++)
		add_digest_column(out, reading, &pair->columns[i]);
	buf_adds(out, ")) * CRC32(CONCAT_WS(x'2C', x'72'");
	for (size_t i = pair->column_count; i-- > 0;)
		add_digest_column(out, reading, &pair->columns[i]);
	/* what cannot be digested (max_allowed_packet) is equal to nothing */
	buf_adds(out, ")), UUID_SHORT())");
}

static uint64_t digest_bytes(const struct pair *pair)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];
		uint64_t most = most_bytes(column);

		if (is_string(column) && is_digest_limited(column))
			most = DIGEST_LIMIT;
		sum += most + NUMBER_TEXT;
	}
	return sum;
}

/* ------------------------------------------------------------------------
 * Putting it together
 * --------------------------------------------------------------------- */

typedef void add_part(struct buf *out, const struct reading *reading);

static const char *text_of(const struct reading *reading, const char *before,
			   add_part *add, const char *after)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	buf_adds(&text, before);
	add(&text, reading);
	buf_adds(&text, after);
	return arena_strdup(reading->pair->arena, text.data);
}

static const char **key_texts(const struct reading *reading)
{
	const struct pair *pair = reading->pair;
	const char **keys = arena_alloc(pair->arena,
					(pair->key_count + 1) * sizeof(*keys));

	for (size_t i = 0; i < pair->key_count; i++) {
		OWNED(buf_release) struct buf text = BUF_INIT;

		add_key(&text, reading, &pair->key[i]);
		keys[i] = arena_strdup(pair->arena, text.data);
	}
	return keys;
}

/*
 * Texts of several collations in one CONCAT_WS are an illegal mix for some
 * pairs of them, and beside a text MySQL takes binary strings for text too.  A
 * cast costs time, so it is left out where there is one collation only.
 */
static bool needs_casts(const struct pair *pair, enum side side)
{
	const char *only = NULL;
	bool has_bytes = false;

	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];
		const struct column *own = column->on[side];

		has_bytes = has_bytes || column->kind == KIND_BYTES;
		if (column->kind != KIND_TEXT)
			continue;
		if (column->is_convert || !type_has_charset(own->type) ||
		    (only && strcmp(only, own->collation) != 0))
			return true;
		only = own->collation;
	}
	return only && has_bytes;
}

void projection_value(struct buf *out, const struct pair_column *column,
		      enum side side)
{
	const struct reading reading = {.side = side};

	add_value(out, &reading, column);
}

void projection_stored(struct buf *out, const struct column *column)
{
	const struct pair_column alone = {
		.on[SOURCE] = column,
		.on[TARGET] = column,
		.is_number = column_is_ambiguous(column),
	};
	const struct reading reading = {.side = TARGET};

	add_value(out, &reading, &alone);
}

struct projection *projection_make(const struct pair *pair, enum side side,
				   const char *extra_select, size_t extra_count)
{
	const struct reading reading = {pair, side, needs_casts(pair, side)};
	struct projection *made = arena_alloc(pair->arena, sizeof(*made));
	const char *list = text_of(&reading, "SELECT ", add_select_list, "");

	made->from = text_of(&reading, "", add_from, "");
	made->select = arena_printf(pair->arena, "%s%s%s", list, extra_select,
				    made->from);
	made->width = (pair->column_count ? pair->column_count : 1) +
		      pair->extra_count + extra_count;
	made->order = text_of(&reading, "", add_order, "");
	made->where = pair->where;
	made->keys = key_texts(&reading);
	made->digest_bytes = digest_bytes(pair);
	if (pair->can_digest) {
		made->digest = text_of(&reading, "COUNT(*), BIT_XOR(",
				       add_row_digest, ")");
		made->sum = text_of(&reading, "COUNT(*), SUM(", add_row_digest,
				    ")");
	}
	return made;
}

bool projection_is_lossy(const struct cell *cell)
{
	static const char mark[] = PROJECTION_LOSSY;

	return cell->data && cell->length >= sizeof(mark) - 1 &&
	       !memcmp(cell->data, mark, sizeof(mark) - 1);
}

void projection_where(struct buf *out, const struct projection *projection,
		      const char *condition)
{
	if (projection->where)
		buf_addf(out, " WHERE (%s)", projection->where);
	if (condition)
		buf_addf(out, "%s(%s)", projection->where ? " AND " : " WHERE ",
			 condition);
}
