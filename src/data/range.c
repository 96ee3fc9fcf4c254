/*
 * range.c - see range.h.
 *
 * (a, b, c) >= (x, y, z) is written out, because servers do not use an index
 * for every comparison of rows:
 *
 *	a >= x AND (a > x OR (a = x AND (b > y OR (b = y AND c >= z))))
 *	a <= x AND (a < x OR (a = x AND (b < y OR (b = y AND c <  z))))
 */
#include "dbsync/data/range.h"

#include "point.h"

#include "dbsync/base/own.h"
#include "dbsync/data/value.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Bounds
 * --------------------------------------------------------------------- */

/* Doubles round: a point may come out on, or even below, the one before. */
static bool is_above(enum key_order order, const char *before,
		     const char *literal)
{
	if (!before)
		return true;
	if (order == ORDER_DECIMAL)
		return decimal_order(before, strlen(before), literal,
				     strlen(literal)) < 0;
	if (order == ORDER_REAL)
		return strtod(before, NULL) < strtod(literal, NULL);
	return true; /* exact, or proven by the servers */
}

/* What goes into a statement as it is must be what its type writes. */
static bool is_plain(enum type_kind kind, const char *text, size_t length)
{
	const char *allowed = kind == KIND_MOMENT || kind == KIND_TIME
				      ? "0123456789-:. "
				      : "0123456789+-.eE";

	if (kind == KIND_TEXT || kind == KIND_BYTES)
		return true;
	return length && strspn(text, allowed) == length;
}

/* Whether all texts of a key may be used; a hostile server gives others. */
static bool is_plain_key(const struct pair *pair, struct key_text key)
{
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct column *column =
			pair->columns[pair->key[i].column].on[SOURCE];

		if (pair->key[i].order != ORDER_MEMBER &&
		    !is_plain(type_kind(column->type), key.texts[i],
			      key.lengths[i]))
			return false;
	}
	return true;
}

static bool same_text(struct key_text a, struct key_text b, size_t column)
{
	return a.lengths[column] == b.lengths[column] &&
	       !memcmp(a.texts[column], b.texts[column], a.lengths[column]);
}

/* A text of the text protocol as a literal for its own column. */
static const char *literal_of(const struct column *column, const char *text,
			      size_t length, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	switch (type_kind(column->type)) {
	case KIND_NUMBER:
	case KIND_REAL:
		buf_add(&out, text, length);
		break;
	case KIND_TEXT:
		quote_string(&out, column->charset, text, length);
		break;
	case KIND_MOMENT:
	case KIND_TIME:
		/* digits and marks only, as the server wrote them */
		buf_addc(&out, '\'');
		buf_add(&out, text, length);
		buf_addc(&out, '\'');
		break;
	case KIND_BYTES:
	case KIND_NONE:
		quote_bytes(&out, text, length);
		break;
	}
	return arena_strndup(arena, out.data, out.length);
}

/* (key) sign bound, where sign is `>=`, `>` or `<` */
static void add_comparison(struct buf *out, const char *const *keys,
			   const struct bound *bound, const char *last_sign)
{
	const char *sign = *last_sign == '>' ? ">" : "<";

	for (size_t i = 0; i < bound->column; i++)
		buf_addf(out, "%s %s= %s AND (%s %s %s OR (%s = %s AND (",
			 keys[i], sign, bound->prefix[i], keys[i], sign,
			 bound->prefix[i], keys[i], bound->prefix[i]);
	buf_addf(out, "%s %s %s", keys[bound->column], last_sign,
		 bound->literal);
	for (size_t i = 0; i < bound->column; i++)
		buf_adds(out, ")))");
}

struct bound range_bound(const char *const *literals, size_t count)
{
	return (struct bound){
		.column = count - 1,
		.prefix = literals,
		.literal = literals[count - 1],
	};
}

size_t range_cut(const struct pair *pair, struct key_text first,
		 struct key_text last, size_t wanted, struct arena *arena,
		 const struct bound **out)
{
	const char **literals = arena_alloc(arena, pair->key_count *
							   sizeof(*literals));
	size_t at = 0;

	if (!is_plain_key(pair, first) || !is_plain_key(pair, last))
		return 0;
	for (; at < pair->key_count && same_text(first, last, at); at++) {
		/* by the number of a member no index is used */
		if (pair->key[at].order == ORDER_MEMBER)
			return 0;
		literals[at] = literal_of(
			pair->columns[pair->key[at].column].on[SOURCE],
			first.texts[at], first.lengths[at], arena);
	}
	if (at == pair->key_count)
		return 0;
	const struct pair_column *column = &pair->columns[pair->key[at].column];
	const struct cut cut = {
		.column = column,
		.order = pair->key[at].order,
		.first = first.texts[at],
		.first_length = first.lengths[at],
		.last = last.texts[at],
		.last_length = last.lengths[at],
		.wanted = wanted,
	};
	point_make *make = point_maker(&cut);

	if (!make)
		return 0;
	struct bound *bounds = arena_alloc(arena, wanted * sizeof(*bounds));
	const char *ends[] = {
		literal_of(column->on[SOURCE], cut.first, cut.first_length,
			   arena),
		literal_of(column->on[SOURCE], cut.last, cut.last_length,
			   arena),
	};
	size_t made = 0;

	for (size_t i = 1; i <= wanted; i++) {
		OWNED(buf_release) struct buf literal = BUF_INIT;

		if (!make(&cut, i, &literal) ||
		    !is_above(cut.order, made ? bounds[made - 1].literal : NULL,
			      literal.data))
			continue;
		literals[at] = arena_strdup(arena, literal.data);
		bounds[made] = range_bound(literals, at + 1);
		bounds[made].first = ends[0];
		bounds[made++].last = ends[1];
	}
	*out = bounds;
	return made;
}

struct bound range_at(const struct pair *pair, struct key_text key,
		      size_t count, struct arena *arena)
{
	const char **literals = arena_alloc(arena, count * sizeof(*literals));

	for (size_t i = 0; i < count; i++)
		literals[i] = literal_of(
			pair->columns[pair->key[i].column].on[SOURCE],
			key.texts[i], key.lengths[i], arena);
	return range_bound(literals, count);
}

bool range_is_plain(const struct pair *pair, const struct bound *bound)
{
	for (size_t i = 0; i <= bound->column; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];

		if (column->on[SOURCE]->type != TYPE_INTEGER ||
		    column->on[TARGET]->type != TYPE_INTEGER)
			return false;
	}
	return true;
}

bool range_needs_proof(const struct pair *pair, size_t column)
{
	return pair->columns[pair->key[column].column].kind == KIND_TEXT;
}

/* low_operator: whether the low bound itself belongs to it. */
static void add_between(struct buf *out, const struct projection *projection,
			const struct range *range, const char *low_operator)
{
	const char *const *keys = projection->keys;

	if (!range->low && !range->high)
		buf_adds(out, "1");
	if (range->low) {
		buf_addc(out, '(');
		add_comparison(out, keys, range->low, low_operator);
		buf_addc(out, ')');
	}
	if (range->high) {
		buf_adds(out, range->low ? " AND (" : "(");
		add_comparison(out, keys, range->high, "<");
		buf_addc(out, ')');
	}
}

void range_condition(struct buf *out, const struct projection *projection,
		     const struct range *range)
{
	add_between(out, projection, range, ">=");
}

void range_gap(struct buf *out, const struct projection *projection,
	       const struct range *gap)
{
	add_between(out, projection, gap, ">");
}
