/*
 * sql_value.h - what an SQL expression gives for a row, for unit tests: as
 * much of SQL as projections use, over values that are texts or NULL.
 *
 *	expression = sum [(`=` | `>`) sum | `IS NULL`]
 *	sum        = single [`COLLATE` word] [`+ 0` | `* 1e0`]
 *	single     = `name` | 'text' | x'6869' | -12 | WORD(expression, …)
 *	           | CAST(expression AS …) | CONVERT(expression USING …)
 *	           | (expression)
 *
 * Characters are bytes: CAST, CONVERT and COLLATE change nothing.  CRC32 gives the text
 * that it is given, so that texts can be compared instead of sums; SHA2 gives
 * 64 digits that depend on all bytes.
 */
#ifndef DBSYNC_TESTS_SQL_VALUE_H
#define DBSYNC_TESTS_SQL_VALUE_H

#include "dbsync/base/mem.h"

#include <check.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sql_value {
	const char *data; /* NULL: SQL NULL */
	size_t length;
};

struct sql_row {
	const char *const *names;
	const struct sql_value *values;
	size_t count;
};

struct sql {
	struct arena *arena;
	const struct sql_row *row;
	const char *at;
};

enum { SQL_ARGUMENTS = 100 };

static const struct sql_value sql_null;

static inline struct sql_value sql_text(const char *text)
{
	return (struct sql_value){text, text ? strlen(text) : 0};
}

/* Cheaper than an assertion, of which there would be millions. */
static inline void sql_need(bool is_fine, const char *what, const char *at)
{
	if (!is_fine)
		ck_abort_msg("%s at: %s", what, at);
}

static inline bool sql_takes(struct sql *sql, const char *word)
{
	while (*sql->at == ' ')
		sql->at++;
	if (strncmp(sql->at, word, strlen(word)) != 0)
		return false;
	sql->at += strlen(word);
	return true;
}

static inline void sql_expects(struct sql *sql, const char *word)
{
	sql_need(sql_takes(sql, word), word, sql->at);
}

static inline struct sql_value sql_expression(struct sql *sql);

static inline struct sql_value sql_column(struct sql *sql)
{
	const size_t length = strcspn(sql->at, "`");
	const struct sql_row *row = sql->row;

	for (size_t i = 0; i < row->count; i++)
		if (strlen(row->names[i]) == length &&
		    !strncmp(row->names[i], sql->at, length)) {
			sql->at += length + 1;
			return row->values[i];
		}
	ck_abort_msg("no such column: %s", sql->at);
}

static inline struct sql_value sql_quoted(struct sql *sql)
{
	const size_t length = strcspn(sql->at, "'");
	const char *text = arena_strndup(sql->arena, sql->at, length);

	sql->at += length + 1;
	return (struct sql_value){text, length};
}

static inline struct sql_value sql_unhex(struct sql *sql,
					 struct sql_value digits)
{
	char *bytes = arena_alloc(sql->arena, digits.length / 2 + 1);

	for (size_t i = 0; i < digits.length / 2; i++) {
		unsigned byte = 0;

		(void)sscanf(digits.data + 2 * i, "%2x", &byte);
		bytes[i] = (char)byte;
	}
	return (struct sql_value){bytes, digits.length / 2};
}

static inline struct sql_value sql_sha2(struct sql *sql, struct sql_value value)
{
	uint64_t sum = 14695981039346656037u;

	for (size_t i = 0; i < value.length; i++)
		sum = (sum ^ (unsigned char)value.data[i]) * 1099511628211u;
	return sql_text(
		arena_printf(sql->arena, "%064llx", (unsigned long long)sum));
}

/* CONCAT when there is no separator, else CONCAT_WS, which skips NULLs. */
static inline struct sql_value sql_concat(struct sql *sql,
					  const struct sql_value *separator,
					  const struct sql_value *parts,
					  size_t count)
{
	size_t length = 0;
	size_t used = 0;

	for (size_t i = 0; i < count; i++)
		length += parts[i].length + (separator ? separator->length : 0);
	char *text = arena_alloc(sql->arena, length + 1);
	bool is_first = true;

	for (size_t i = 0; i < count; i++) {
		if (!parts[i].data && !separator)
			return sql_null;
		if (!parts[i].data)
			continue;
		if (separator && !is_first) {
			memcpy(text + used, separator->data, separator->length);
			used += separator->length;
		}
		memcpy(text + used, parts[i].data, parts[i].length);
		used += parts[i].length;
		is_first = false;
	}
	return (struct sql_value){text, used};
}

static inline struct sql_value sql_coalesce(const struct sql_value *values,
					    size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (values[i].data)
			return values[i];
	return sql_null;
}

static inline bool sql_is_true(struct sql_value value)
{
	return value.data && strcmp(value.data, "0") != 0;
}

static inline struct sql_value sql_call(struct sql *sql, const char *name,
					const struct sql_value *a, size_t count)
{
	if (!strcmp(name, "COALESCE"))
		return sql_coalesce(a, count);
	if (!strcmp(name, "CONCAT_WS")) {
		/* a server refuses one that has nothing but a separator */
		sql_need(count >= 2, "nothing to concatenate", sql->at);
		return sql_concat(sql, a, a + 1, count - 1);
	}
	if (!strcmp(name, "CONCAT"))
		return sql_concat(sql, NULL, a, count);
	if (!strcmp(name, "UUID_SHORT"))
		return sql_text("a number that never comes again");
	sql_need(count > 0, name, sql->at);
	if (!strcmp(name, "IF")) {
		sql_need(count == 3, "three arguments", sql->at);
		return sql_is_true(a[0]) ? a[1] : a[2];
	}
	if (!a[0].data || !strcmp(name, "CRC32"))
		return a[0];
	if (!strcmp(name, "NULLIF")) {
		sql_need(count == 2 && a[1].data, "two arguments", sql->at);
		return !strcmp(a[0].data, a[1].data) ? sql_null : a[0];
	}
	if (!strcmp(name, "LENGTH"))
		return sql_text(arena_printf(sql->arena, "%zu", a[0].length));
	if (!strcmp(name, "SHA2"))
		return sql_sha2(sql, a[0]);
	if (!strcmp(name, "UNHEX"))
		return sql_unhex(sql, a[0]);
	sql_need(!strcmp(name, "HEX"), name, sql->at);
	char *digits = arena_alloc(sql->arena, a[0].length * 2 + 1);

	for (size_t i = 0; i < a[0].length; i++)
		(void)snprintf(digits + 2 * i, 3, "%02X",
			       (unsigned char)a[0].data[i]);
	return (struct sql_value){digits, a[0].length * 2};
}

/* Behind the opening bracket; ` AS …` and ` USING …` are passed over. */
static inline struct sql_value sql_function(struct sql *sql, const char *name)
{
	struct sql_value arguments[SQL_ARGUMENTS] = {{NULL, 0}};
	size_t count = 0;

	if (sql_takes(sql, ")"))
		return sql_call(sql, name, arguments, 0);
	do {
		sql_need(count < SQL_ARGUMENTS, "too many", sql->at);
		arguments[count++] = sql_expression(sql);
	} while (sql_takes(sql, ","));
	const bool is_cast = !strcmp(name, "CAST") || !strcmp(name, "CONVERT");

	if (is_cast)
		sql->at += strcspn(sql->at, ")");
	sql_expects(sql, ")");
	return is_cast ? arguments[0] : sql_call(sql, name, arguments, count);
}

static inline struct sql_value sql_single(struct sql *sql)
{
	size_t length = 0;

	if (sql_takes(sql, "`"))
		return sql_column(sql);
	if (sql_takes(sql, "x'"))
		return sql_unhex(sql, sql_quoted(sql));
	if (sql_takes(sql, "'"))
		return sql_quoted(sql);
	if (strncmp(sql->at + strspn(sql->at, " "), "NULLIF", 6) != 0 &&
	    sql_takes(sql, "NULL"))
		return sql_null;
	if (sql_takes(sql, "(")) {
		const struct sql_value value = sql_expression(sql);

		sql_expects(sql, ")");
		return value;
	}
	while (isalnum((unsigned char)sql->at[length]) ||
	       sql->at[length] == '_' || sql->at[length] == '-')
		length++;
	sql_need(length, "nothing known", sql->at);
	const char *word = arena_strndup(sql->arena, sql->at, length);

	sql->at += length;
	return sql_takes(sql, "(") ? sql_function(sql, word) : sql_text(word);
}

/* Numbers only: what zerofill puts in front goes away. */
static inline struct sql_value sql_sum(struct sql *sql)
{
	struct sql_value value = sql_single(sql);

	if (sql_takes(sql, "COLLATE "))
		sql->at += strspn(sql->at,
				  "abcdefghijklmnopqrstuvwxyz0123456789_");
	if (!sql_takes(sql, "+ 0") && !sql_takes(sql, "* 1e0"))
		return value;
	while (value.length > 1 && *value.data == '0' &&
	       isdigit((unsigned char)value.data[1])) {
		value.data++;
		value.length--;
	}
	return value;
}

static inline struct sql_value sql_expression(struct sql *sql)
{
	const struct sql_value left = sql_sum(sql);

	if (sql_takes(sql, "IS NULL"))
		return sql_text(left.data ? "0" : "1");
	const bool is_equal = sql_takes(sql, "=");

	if (!is_equal && !sql_takes(sql, ">"))
		return left;
	const struct sql_value right = sql_sum(sql);

	if (!left.data || !right.data)
		return sql_null;
	if (is_equal)
		return sql_text(left.length == right.length &&
						!memcmp(left.data, right.data,
							left.length)
					? "1"
					: "0");
	return sql_text(strtoull(left.data, NULL, 10) >
					strtoull(right.data, NULL, 10)
				? "1"
				: "0");
}

/* The value of the expression that text begins with. */
static inline struct sql_value
sql_value_of(struct arena *arena, const char *text, const struct sql_row *row)
{
	struct sql sql = {arena, row, text};

	return sql_expression(&sql);
}
#endif
