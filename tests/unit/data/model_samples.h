/*
 * model_samples.h - tables and pairs in a line or two, for unit tests.
 *
 *	sample_table(arena, "t", "id bigint unsigned; name varchar(9) null",
 *		     "PRIMARY(id); unique u(name,id); index i(name)");
 *
 * A column is its name, its type as a server writes it, and then any of
 * `null`, `period`, and at last `collate X`.  Text without a collation has
 * SAMPLE_COLLATION; its character set is what stands before the first `_`.
 *
 * A key is `PRIMARY(a,b)`, `unique NAME(a,b)` or `index NAME(a,b)`.  A column
 * with a length, `a(3)`, is a prefix; `!` stands for an expression.  Both make
 * a key inexact, as schema_load does.  `hash` behind it makes it one that gives
 * no order.
 */
#ifndef DBSYNC_TESTS_MODEL_SAMPLES_H
#define DBSYNC_TESTS_MODEL_SAMPLES_H

#include "dbsync/base/error.h"
#include "dbsync/data/pair.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLE_COLLATION "utf8mb4_general_ci"

enum { SAMPLE_MOST = 80 }; /* columns of a table, keys of a table */

/* The pieces of text between marks, without spaces around them. */
static inline size_t sample_split(struct arena *arena, const char *text,
				  char mark, char **out)
{
	size_t count = 0;

	while (*text) {
		const char *end = strchr(text, mark);
		size_t length = end ? (size_t)(end - text) : strlen(text);
		const char *next = text + length + (end != NULL);

		while (length && *text == ' ') {
			text++;
			length--;
		}
		while (length && text[length - 1] == ' ')
			length--;
		DBS_BUG(count >= SAMPLE_MOST, "too many in `%s`", text);
		if (length)
			out[count++] = arena_strndup(arena, text, length);
		text = next;
	}
	return count;
}

static inline unsigned sample_character_bytes(const char *charset)
{
	if (!strcmp(charset, "utf8mb4") || !strcmp(charset, "utf32") ||
	    !strncmp(charset, "utf16", 5))
		return 4;
	if (!strcmp(charset, "utf8") || !strcmp(charset, "utf8mb3"))
		return 3;
	return !strcmp(charset, "ucs2") ? 2 : 1;
}

/* What CHARACTER_OCTET_LENGTH says, as far as tests care. */
static inline uint64_t sample_max_bytes(const struct column *column,
					const char *type)
{
	static const struct {
		const char *type;
		uint64_t bytes;
	} fixed[] = {
		{"tinytext", 255},        {"tinyblob", 255},
		{"text", 65535},          {"blob", 65535},
		{"mediumtext", 16777215}, {"mediumblob", 16777215},
		{"longtext", 4294967295}, {"longblob", 4294967295},
	};
	const char *bracket = strchr(column->type_text, '(');
	const uint64_t length = bracket ? strtoull(bracket + 1, NULL, 10) : 1;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		if (!strcmp(type, fixed[i].type))
			return fixed[i].bytes;
	if (column->type == TYPE_BINARY)
		return length;
	if (column->type == TYPE_CHAR)
		return length * sample_character_bytes(column->charset);
	return column->type == TYPE_ENUM || column->type == TYPE_SET ? 80 : 0;
}

/* The number behind the comma, or the only one, in brackets. */
static inline unsigned sample_scale(const struct column *column)
{
	const char *mark = strchr(column->type_text,
				  column->type == TYPE_DECIMAL ? ',' : '(');
	const bool has = column->type == TYPE_DECIMAL ||
			 type_kind(column->type) == KIND_MOMENT ||
			 column->type == TYPE_TIME;

	return has && mark ? (unsigned)strtoul(mark + 1, NULL, 10) : 0;
}

/* Cuts a word like ` null` off the end of text and what follows it. */
static inline bool sample_take(char *text, const char *word)
{
	char *at = strstr(text, word);

	if (!at || (at[strlen(word)] && at[strlen(word)] != ' '))
		return false;
	memmove(at, at + strlen(word), strlen(at + strlen(word)) + 1);
	return true;
}

static inline struct column sample_column(struct arena *arena, char *spec,
					  unsigned ordinal)
{
	const size_t name = strcspn(spec, " ");
	struct column column = {.name = arena_strndup(arena, spec, name),
				.charset = "",
				.collation = "",
				.ordinal = ordinal};
	char *text = arena_strdup(arena, spec + name + (spec[name] == ' '));
	char *collate = strstr(text, " collate ");
	const char *collation = SAMPLE_COLLATION;

	if (collate) {
		*collate = '\0';
		collation = collate + strlen(" collate ");
	}
	column.is_nullable = sample_take(text, " null");
	column.is_row_period = sample_take(text, " period");
	size_t length = 0;

	while (isalnum((unsigned char)text[length]))
		length++;
	const char *type = arena_strndup(arena, text, length);

	column.type_text = text;
	column.type = type_from_name(type);
	column.is_unsigned = strstr(text, "unsigned") != NULL;
	column.is_zerofill = strstr(text, "zerofill") != NULL;
	if (type_has_charset(column.type)) {
		column.collation = collation;
		column.charset = arena_strndup(arena, collation,
					       strcspn(collation, "_"));
	}
	column.scale = sample_scale(&column);
	column.has_fixed_scale = type_kind(column.type) == KIND_REAL &&
				 strchr(text, ',') != NULL;
	column.max_bytes = sample_max_bytes(&column, type);
	return column;
}

static inline void sample_key_part(struct arena *arena,
				   const struct table *table, struct key *key,
				   const char *part)
{
	const char *name = arena_strndup(arena, part, strcspn(part, "("));
	const struct column *column = table_find_column(table, name);

	DBS_BUG(!column && strcmp(name, "!") != 0, "no column `%s`", name);
	key->columns[key->count++] = column;
	if (!column || strchr(part, '('))
		key->is_exact = false;
	if (!column || column->is_nullable)
		key->is_not_null = false;
}

static inline struct key sample_key(struct arena *arena,
				    const struct table *table, const char *spec)
{
	const bool is_index = !strncmp(spec, "index ", 6);
	const char *name = spec + (is_index ? 6 : 0) +
			   (!strncmp(spec, "unique ", 7) ? 7 : 0);
	const size_t length = strcspn(name, "(");
	char *parts[SAMPLE_MOST];
	const char *last = strrchr(spec, ')');

	DBS_BUG(!last, "no columns in key `%s`", spec);
	const size_t count =
		sample_split(arena,
			     arena_strndup(arena, name + length + 1,
					   (size_t)(last - name) - length - 1),
			     ',', parts);
	struct key key = {
		.name = arena_strndup(arena, name, length),
		.columns = arena_alloc(arena, count * sizeof(*key.columns)),
		.is_unique = !is_index,
		.is_exact = true,
		.is_not_null = true,
		.is_ordered = !strstr(last, " hash"),
		.is_usable = true,
	};

	for (size_t i = 0; i < count; i++)
		sample_key_part(arena, table, &key, parts[i]);
	return key;
}

static inline const struct table *sample_table(struct arena *arena,
					       const char *name,
					       const char *columns,
					       const char *keys)
{
	struct table *table = arena_alloc(arena, sizeof(*table));
	char *specs[SAMPLE_MOST];
	struct column *made;
	struct key *made_keys;

	*table = (struct table){.name = name,
				.engine = "InnoDB",
				.rows = 1000,
				.row_bytes = 100};
	table->column_count = sample_split(arena, columns, ';', specs);
	made = arena_alloc(arena, table->column_count * sizeof(*made));
	for (size_t i = 0; i < table->column_count; i++)
		made[i] = sample_column(arena, specs[i], (unsigned)i + 1);
	table->columns = made;
	table->key_count = sample_split(arena, keys, ';', specs);
	made_keys = arena_alloc(arena, table->key_count * sizeof(*made_keys));
	for (size_t i = 0; i < table->key_count; i++)
		made_keys[i] = sample_key(arena, table, specs[i]);
	table->keys = made_keys;
	return table;
}

/* Two tables `t` of databases `src` and `dst`, and the servers they are on. */
struct sample_pair {
	const char *source_columns;
	const char *source_keys;
	const char *target_columns; /* NULL: as the source's */
	const char *target_keys;    /* likewise */
	enum server_family source_family;
	enum server_family target_family;
	bool source_cuts_weights;
	const char *ignored; /* names between commas, or NULL */
	const char *where;
};

static inline struct pair *sample_pair(struct arena *arena,
				       struct sample_pair wanted)
{
	const struct server source = {
		.family = wanted.source_family,
		.cuts_weights = wanted.source_cuts_weights,
	};
	const struct server target = {.family = wanted.target_family};
	char **ignored = arena_alloc(arena, SAMPLE_MOST * sizeof(*ignored));
	struct pair_wish wish = {
		.server[SOURCE] = &source,
		.server[TARGET] = &target,
		.database[SOURCE] = "src",
		.database[TARGET] = "dst",
		.where = wanted.where,
		.ignored = (const char *const *)ignored,
	};

	if (wanted.ignored)
		wish.ignored_count = sample_split(arena, wanted.ignored, ',',
						  ignored);
	return pair_make(
		arena,
		sample_table(arena, "t", wanted.source_columns,
			     wanted.source_keys ? wanted.source_keys : ""),
		sample_table(arena, "t",
			     wanted.target_columns ? wanted.target_columns
						   : wanted.source_columns,
			     wanted.target_keys   ? wanted.target_keys
			     : wanted.source_keys ? wanted.source_keys
						  : ""),
		&wish);
}
#endif
