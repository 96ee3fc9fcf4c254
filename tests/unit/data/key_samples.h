/*
 * key_samples.h - keys of a table as a server orders them, and whether one
 * fulfils a predicate that range.c has written, for unit tests.
 *
 *	condition = all [`OR` all]…
 *	all       = one [`AND` one]…
 *	one       = `(` condition `)` | `1` | key operator literal
 *
 * Texts are ordered as the collations of these tests do it: by bytes, padded
 * with spaces or not, or (ORDER_WEIGHT) padded and with ASCII letters folded.
 */
#ifndef DBSYNC_TESTS_KEY_SAMPLES_H
#define DBSYNC_TESTS_KEY_SAMPLES_H

#include "dbsync/data/range.h"
#include "dbsync/data/value.h"

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key_value {
	const char *data;
	size_t length;
};

enum { KEY_PARTS = 3 };

struct sample_key_row {
	struct key_value parts[KEY_PARTS];
};

struct key_space {
	const struct pair *pair;
	const struct projection *projection;
	struct arena *arena;
};

/* Cheaper than an assertion, of which there would be millions. */
static inline void key_need(bool is_fine, const char *what, const char *at)
{
	if (!is_fine)
		ck_abort_msg("%s at: %s", what, at);
}

static inline int key_padded(struct key_value a, struct key_value b, bool folds,
			     bool pads)
{
	const size_t most = a.length > b.length ? a.length : b.length;

	for (size_t i = 0; i < most; i++) {
		int x = i < a.length ? (unsigned char)a.data[i] : ' ';
		int y = i < b.length ? (unsigned char)b.data[i] : ' ';

		if (!pads && (i == a.length || i == b.length))
			return i == a.length ? -1 : 1;
		if (folds && x < 128 && y < 128) {
			x = tolower(x);
			y = tolower(y);
		}
		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static inline int key_order_values(enum key_order order, struct key_value a,
				   struct key_value b)
{
	double left = 0;
	double right = 0;

	switch (order) {
	case ORDER_INTEGER:
	case ORDER_DECIMAL:
		return decimal_order(a.data, a.length, b.data, b.length);
	case ORDER_REAL:
		left = strtod(a.data, NULL);
		right = strtod(b.data, NULL);
		return (left > right) - (left < right);
	case ORDER_PADDED:
		return key_padded(a, b, false, true);
	case ORDER_WEIGHT:
		return key_padded(a, b, true, true);
	case ORDER_MOMENT:
	case ORDER_TIME:
	case ORDER_BYTES:
	case ORDER_MEMBER:
	case ORDER_AS_BYTES:
		break;
	}
	return key_padded(a, b, false, false);
}

static inline int key_order_rows(const struct key_space *space,
				 const struct sample_key_row *a,
				 const struct sample_key_row *b)
{
	for (size_t i = 0; i < space->pair->key_count; i++) {
		const int order = key_order_values(space->pair->key[i].order,
						   a->parts[i], b->parts[i]);

		if (order)
			return order;
	}
	return 0;
}

/* A literal as a value, which lies in the struct itself. */
struct key_literal {
	char bytes[256];
	size_t length;
};

static inline struct key_value
key_literal_value(const struct key_literal *literal)
{
	return (struct key_value){literal->bytes, literal->length};
}

static inline void key_keep(struct key_literal *out, const char *text,
			    size_t length)
{
	key_need(length < sizeof(out->bytes), "a long literal", text);
	memcpy(out->bytes, text, length);
	out->bytes[length] = '\0';
	out->length = length;
}

static inline unsigned key_digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Reads a literal; returns where it ends. */
static inline const char *key_literal(const char *text, struct key_literal *out)
{
	const char *quote = strchr(text, '\'');
	const size_t plain = strcspn(text, " )'");
	const size_t charset = *text == '_' ? plain + 1 : 0;

	if (text[plain] != '\'' && !charset) {
		key_keep(out, text, plain);
		return text + plain;
	}
	key_need(quote != NULL, "no quote", text);
	const size_t length = strcspn(quote + 1, "'");

	key_keep(out, quote + 1, length);
	if (quote == text)
		return quote + length + 2;
	key_need(quote == text + charset + 1 && quote[-1] == 'x' &&
			 strspn(quote + 1, "0123456789abcdef") == length,
		 "no literal", text);
	out->length = length / 2;
	for (size_t i = 0; i < out->length; i++)
		out->bytes[i] = (char)(key_digit(quote[1 + 2 * i]) << 4 |
				       key_digit(quote[2 + 2 * i]));
	out->bytes[out->length] = '\0';
	return quote + length + 2;
}

static inline bool key_takes(const char **at, const char *word)
{
	while (**at == ' ')
		(*at)++;
	if (strncmp(*at, word, strlen(word)) != 0)
		return false;
	*at += strlen(word);
	return true;
}

static inline bool key_condition(const struct key_space *space, const char **at,
				 const struct sample_key_row *row);

static inline bool key_comparison(const struct key_space *space,
				  const char **at,
				  const struct sample_key_row *row)
{
	static const char *const operators[] = {">=", "<=", "<", ">", "="};
	const struct pair *pair = space->pair;
	size_t column = 0;
	size_t which = 0;

	while (column < pair->key_count &&
	       !key_takes(at, space->projection->keys[column]))
		column++;
	key_need(column < pair->key_count, "no key", *at);
	while (which < 5 && !key_takes(at, operators[which]))
		which++;
	key_need(which < 5, "no operator", *at);
	(void)key_takes(at, "");
	struct key_literal literal;

	*at = key_literal(*at, &literal);
	const int order = key_order_values(pair->key[column].order,
					   row->parts[column],
					   key_literal_value(&literal));
	const bool answers[] = {order >= 0, order <= 0, order<0, order> 0,
				order == 0};

	return answers[which];
}

static inline bool key_one(const struct key_space *space, const char **at,
			   const struct sample_key_row *row)
{
	if (key_takes(at, "(")) {
		const bool answer = key_condition(space, at, row);

		key_need(key_takes(at, ")"), "no bracket", *at);
		return answer;
	}
	if (key_takes(at, "1"))
		return true;
	return key_comparison(space, at, row);
}

static inline bool key_all(const struct key_space *space, const char **at,
			   const struct sample_key_row *row)
{
	bool answer = key_one(space, at, row);

	while (key_takes(at, "AND"))
		answer = key_one(space, at, row) && answer;
	return answer;
}

static inline bool key_condition(const struct key_space *space, const char **at,
				 const struct sample_key_row *row)
{
	bool answer = key_all(space, at, row);

	while (key_takes(at, "OR"))
		answer = key_all(space, at, row) || answer;
	return answer;
}

static inline bool key_fulfils(const struct key_space *space,
			       const struct sample_key_row *row,
			       const char *condition)
{
	const char *at = condition;
	const bool answer = key_condition(space, &at, row);

	key_need(!*at, "more", at);
	return answer;
}
#endif
