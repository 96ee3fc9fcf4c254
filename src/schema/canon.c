/*
 * canon.c - see canon.h.
 *
 * Columns first, since what JSON becomes on the other family adds a check or
 * takes one away; then keys, constraints, options, partitions.
 */
#include "dbsync/schema/canon.h"

#include "charset.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/vec.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/token.h"
#include "dbsync/schema/type.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

struct maker {
	const struct canon_request *request;
	struct arena *arena;
	struct vec losses;   /* const char * */
	struct vec checks;   /* struct def_check */
	const char *charset; /* of the table */
	const char *collation;
};

static bool crosses(const struct maker *maker)
{
	return maker->request->from != maker->request->to;
}

static void lose(struct maker *maker, const char *what)
{
	*(const char **)vec_push(&maker->losses) = what;
}

static const void *settle(struct maker *maker, struct vec *vec)
{
	const size_t bytes = vec->count * vec->item_size;
	void *items = arena_alloc(maker->arena, bytes + 1);

	if (bytes)
		memcpy(items, vec->items, bytes);
	vec_release(vec);
	return items;
}

/* ------------------------------------------------------------------------
 * Character sets
 * --------------------------------------------------------------------- */

/* Both names as the target knows them; either may be "" before. */
static void settle_charset(struct maker *maker, const char *what,
			   const char **charset, const char **collation)
{
	const struct canon_request *request = maker->request;
	const char *wanted = NULL;

	*charset = charset_modern(*charset, maker->arena);
	*collation = charset_modern(*collation, maker->arena);
	if (!**charset && **collation)
		*charset = charset_of_collation(*collation, maker->arena);
	if (!**charset) {
		*charset = maker->charset;
		*collation = maker->collation;
	} else if (!**collation) {
		*collation = charset_default_collation(request->here, *charset);
	}
	if (charset_has_collation(request->there, *collation))
		return;
	wanted = *collation;
	*collation = charset_nearest(request->there, *charset, wanted,
				     maker->arena);
	if (!*collation) {
		lose(maker, arena_printf(maker->arena, "%s: the collation %s",
					 what, wanted));
		*collation = wanted;
	}
}

/* ------------------------------------------------------------------------
 * Columns
 * --------------------------------------------------------------------- */

static bool is_number(const char *type)
{
	const enum type_kind kind = type_kind(type_from_name(type));

	return (kind == KIND_NUMBER && strcmp(type, "bit") != 0) ||
	       kind == KIND_REAL;
}

/* The width that a server gives to a type without one. */
static bool is_usual_width(const struct def_column *column)
{
	static const struct {
		const char *type;
		const char *width;
		const char *unsigned_width;
	} usual[] = {
		{"tinyint", "4", "3"},   {"smallint", "6", "5"},
		{"mediumint", "9", "8"}, {"int", "11", "10"},
		{"bigint", "20", "20"},
	};

	for (size_t i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		if (!strcmp(column->type, usual[i].type))
			return !strcmp(column->arguments,
				       column->is_unsigned
					       ? usual[i].unsigned_width
					       : usual[i].width);
	return false;
}

/*
 * Widths only say how numbers are shown, but for what programs read into them:
 * tinyint(1) is a boolean, and zerofill fills up to the width.  Where they are no
 * difference they are nonetheless said to MariaDB; MySQL 8 has given them up.
 */
static void settle_width(const struct maker *maker, struct def_column *column)
{
	const enum type type = type_from_name(column->type);

	if (type == TYPE_YEAR)
		column->arguments = "";
	if (type != TYPE_INTEGER || column->is_zerofill ||
	    (!strcmp(column->type, "tinyint") &&
	     !strcmp(column->arguments, "1") && !column->is_unsigned))
		return;
	if (maker->request->to == SERVER_MARIADB && *column->arguments &&
	    !is_usual_width(column))
		column->said_arguments = column->arguments;
	column->arguments = "";
}

static const char *json_check(struct maker *maker,
			      const struct def_column *column)
{
	OWNED(buf_release) struct buf check = BUF_INIT;

	buf_adds(&check, "json_valid(");
	quote_name(&check, column->name);
	buf_addc(&check, ')');
	return arena_strdup(maker->arena, check.data);
}

static void settle_json(struct maker *maker, struct def_column *column)
{
	const bool is_json = !strcmp(column->type, "json");

	if (!crosses(maker))
		return;
	if (is_json) {
		column->type = "longtext";
		column->charset = "utf8mb4";
		column->collation = "utf8mb4_bin";
		column->check = json_check(maker, column);
		return;
	}
	if (maker->request->to != SERVER_MYSQL || !column->check ||
	    strcmp(column->type, "longtext") != 0 ||
	    !expression_equal(column->check, json_check(maker, column),
			      maker->arena))
		return;
	column->type = "json";
	column->charset = column->collation = "";
	column->check = NULL;
}

static bool is_moment_now(const char *text)
{
	static const char *const words[] = {"current_timestamp", "now",
					    "localtime", "localtimestamp"};
	const size_t length = strcspn(text, "(");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strlen(words[i]) == length &&
		    !strncasecmp(words[i], text, length))
			return strspn(text + length, "()0123456789") ==
			       strlen(text + length);
	return false;
}

/* current_timestamp(), NOW(6) … as CURRENT_TIMESTAMP and CURRENT_TIMESTAMP(6) */
static const char *settle_moment(struct maker *maker, const char *text)
{
	const char *digits = strpbrk(text, "0123456789");

	return digits && *digits != '0'
		       ? arena_printf(maker->arena, "CURRENT_TIMESTAMP(%c)",
				      *digits)
		       : "CURRENT_TIMESTAMP";
}

/* Without quotes: '12' of a number. */
static const char *unquoted(struct maker *maker, const char *text)
{
	const size_t length = strlen(text);

	return length > 2 && *text == '\''
		       ? arena_strndup(maker->arena, text + 1, length - 2)
		       : text;
}

/* Such columns have expressions for defaults on MySQL, even if literals. */
static bool is_long(const struct def_column *column)
{
	const enum type type = type_from_name(column->type);

	return type == TYPE_TEXT || type == TYPE_BLOB || type == TYPE_JSON ||
	       type == TYPE_GEOMETRY;
}

/* Of a literal: ('a') as 'a'. */
static const char *without_parentheses(struct maker *maker, const char *text)
{
	const size_t before = strspn(text, "( ");
	size_t length = strlen(text);

	while (length > before && strchr(") ", text[length - 1]))
		length--;
	return arena_strndup(maker->arena, text + before, length - before);
}

/* Texts of the other family, in the words of this one. */
static const char *settle_expression(struct maker *maker, const char *text)
{
	return text && crosses(maker) ? expression_plain(text, maker->arena)
				      : text;
}

/* Of other columns MySQL says DEFAULT NULL, unless their default was dropped. */
static bool is_null_implied(const struct maker *maker,
			    const struct def_column *column)
{
	const enum type type = type_from_name(column->type);

	return maker->request->from != SERVER_MYSQL ||
	       maker->request->to != SERVER_MYSQL || type == TYPE_TEXT ||
	       type == TYPE_BLOB;
}

/* To MariaDB a moment that is set by every update has a default, too. */
static bool is_zero_implied(const struct maker *maker,
			    const struct def_column *column)
{
	return crosses(maker) && maker->request->to == SERVER_MARIADB &&
	       column->default_kind == DEF_DEFAULT_NONE &&
	       column->null == DEF_NULL_NO && *column->on_update &&
	       (!strcmp(column->type, "timestamp") ||
		!strcmp(column->type, "datetime"));
}

static void settle_default(struct maker *maker, struct def_column *column)
{
	if (*column->on_update)
		column->on_update = settle_moment(maker, column->on_update);
	if (is_zero_implied(maker, column)) {
		column->default_kind = DEF_DEFAULT_LITERAL;
		column->default_value = arena_printf(
			maker->arena, "'0000-00-00 00:00:00%.*s'",
			*column->arguments ? *column->arguments - '0' + 1 : 0,
			".000000");
	}
	switch (column->default_kind) {
	case DEF_DEFAULT_NONE:
		if (column->null == DEF_NULL_YES && !column->generated &&
		    !column->is_auto_increment &&
		    is_null_implied(maker, column))
			column->default_kind = DEF_DEFAULT_NULL;
		return;
	case DEF_DEFAULT_NULL:
		return;
	case DEF_DEFAULT_LITERAL:
		if (is_number(column->type))
			column->default_value = unquoted(maker,
							 column->default_value);
		if (type_kind(type_from_name(column->type)) == KIND_BYTES)
			column->default_value = expression_bytes(
				column->default_value, maker->arena);
		if (maker->request->to == SERVER_MYSQL && is_long(column)) {
			column->default_kind = DEF_DEFAULT_EXPRESSION;
			settle_default(maker, column);
		}
		return;
	case DEF_DEFAULT_EXPRESSION:
		if (maker->request->to == SERVER_MARIADB &&
		    expression_is_literal(column->default_value,
					  maker->arena)) {
			column->default_kind = DEF_DEFAULT_LITERAL;
			column->default_value = without_parentheses(
				maker, column->default_value);
			settle_default(maker, column);
			return;
		}
		if (type_kind(type_from_name(column->type)) == KIND_BYTES &&
		    expression_is_literal(column->default_value, maker->arena))
			column->default_value = expression_bytes(
				without_parentheses(maker,
						    column->default_value),
				maker->arena);
		if (is_moment_now(column->default_value))
			column->default_value =
				settle_moment(maker, column->default_value);
		else if (*column->default_value != '(')
			column->default_value = arena_printf(
				maker->arena, "(%s)", column->default_value);
		return;
	}
}

/* Types of MariaDB, and what holds their values on MySQL. */
static void settle_type_of_mariadb(struct maker *maker,
				   struct def_column *column)
{
	static const struct {
		const char *type;
		const char *nearest;
		const char *arguments;
	} types[] = {
		{"uuid", "char", "36"},
		{"inet4", "varchar", "15"},
		{"inet6", "varchar", "39"},
		{"xmltype", "longtext", ""},
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strcmp(column->type, types[i].type) != 0)
			continue;
		lose(maker,
		     arena_printf(maker->arena,
				  "`%s`: the type %s; nearest is %s%s%s",
				  column->name, types[i].type, types[i].nearest,
				  *types[i].arguments ? " of " : "",
				  types[i].arguments));
		column->type = types[i].nearest;
		column->arguments = types[i].arguments;
		return;
	}
}

/* What the other family has no words for is said to be lost, and left out. */
static void settle_losses(struct maker *maker, struct def_column *column)
{
	const bool to_mysql = maker->request->to == SERVER_MYSQL;
	const char *name = column->name;

	if (!crosses(maker))
		return;
	if (to_mysql)
		settle_type_of_mariadb(maker, column);
	if (to_mysql && column->is_compressed)
		lose(maker,
		     arena_printf(maker->arena, "`%s`: COMPRESSED", name));
	if (!to_mysql && *column->srid)
		lose(maker, arena_printf(maker->arena, "`%s`: SRID %s", name,
					 column->srid));
	if (!to_mysql && column->generated && column->null == DEF_NULL_NO)
		lose(maker, arena_printf(maker->arena,
					 "`%s`: NOT NULL of a generated column",
					 name));
	if (!to_mysql && column->generated)
		column->null = DEF_NULL_UNSAID;
	if (!to_mysql && column->is_invisible && column->null == DEF_NULL_NO &&
	    !column->default_kind && !column->generated &&
	    !column->is_auto_increment) {
		lose(maker,
		     arena_printf(maker->arena,
				  "`%s`: INVISIBLE without a default", name));
		column->is_invisible = false;
	}
	column->is_compressed = false;
	column->srid = column->format = column->storage = "";
}

/* The check of a column of MariaDB is one of the table on MySQL. */
static void move_check(struct maker *maker, struct def_column *column)
{
	if (maker->request->to == SERVER_MARIADB || !column->check)
		return;
	*(struct def_check *)vec_push(&maker->checks) =
		(struct def_check){.name = "", .expression = column->check};
	column->check = NULL;
}

static struct def_column settle_column(struct maker *maker,
				       struct def_column column)
{
	settle_width(maker, &column);
	settle_losses(maker, &column);
	settle_json(maker, &column);
	column.generated = settle_expression(maker, column.generated);
	column.check = settle_expression(maker, column.check);
	column.default_value = settle_expression(maker, column.default_value);
	column.says_invisible_early = false;
	if (type_has_charset(type_from_name(column.type)) &&
	    strcmp(column.type, "json") != 0) {
		/* of an implied one MySQL shows the collation alone */
		column.is_charset_implied = !*column.charset;
		settle_charset(maker,
			       arena_printf(maker->arena, "`%s`", column.name),
			       &column.charset, &column.collation);
	}
	if (column.null == DEF_NULL_UNSAID && !column.generated)
		column.null = DEF_NULL_YES;
	settle_default(maker, &column);
	move_check(maker, &column);
	if (!strcmp(column.format, "DEFAULT"))
		column.format = "";
	return column;
}

/*
 * Texts in one spelling: MySQL prints line breaks of partitions as they are, and
 * MariaDB an engine's own option as it was written, 11.8.9 with quotes always.
 */
static void add_option(const struct maker *maker, struct vec *options,
		       struct def_option option)
{
	option.value = *option.name == '`' && *option.value != '\''
			       ? arena_printf(maker->arena, "'%s'",
					      option.value)
			       : expression_string(option.value, maker->arena);
	*(struct def_option *)vec_push(options) = option;
}

/* ------------------------------------------------------------------------
 * Keys and constraints
 * --------------------------------------------------------------------- */

/*
 * InnoDB has no other trees, and makes a tree of a HASH; it knows the size of
 * blocks of tables only, and servers print the table's former one with a key
 * that is older than the present one.
 */
static bool is_key_option_kept(const struct maker *maker,
			       const struct def_option *option)
{
	const char *engine = definition_option(maker->request->definition,
					       "ENGINE");

	/* MariaDB prints the word that was said; MySQL, what the engine has */
	if (crosses(maker) && maker->request->to == SERVER_MYSQL &&
	    text_equal_nocase(engine, "MyISAM") &&
	    !strcmp(option->name, "USING") &&
	    text_equal_nocase(option->value, "HASH"))
		return false;
	return !text_equal_nocase(engine, "InnoDB") ||
	       (strcmp(option->name, "USING") != 0 &&
		!text_equal_nocase(option->name, "KEY_BLOCK_SIZE"));
}

static const char *loss_of_key(const struct maker *maker,
			       const struct def_key *key)
{
	if (!crosses(maker))
		return NULL;
	if (maker->request->to == SERVER_MYSQL)
		return key->kind == DEF_KEY_VECTOR ? "a key over vectors"
						   : NULL;
	for (size_t i = 0; i < key->part_count; i++)
		if (!key->parts[i].column)
			return "an expression";
	return *definition_key_option(key, "WITH PARSER") ? "WITH PARSER"
							  : NULL;
}

/* False when the target's family has no such keys. */
static bool settle_key(struct maker *maker, struct def_key *key)
{
	struct vec options = VEC_INIT(struct def_option);
	const char *loss = loss_of_key(maker, key);

	if (loss) {
		lose(maker, arena_printf(maker->arena, "key `%s`: %s",
					 key->name, loss));
		return false;
	}
	for (size_t i = 0; i < key->option_count; i++)
		if (is_key_option_kept(maker, &key->options[i]))
			add_option(maker, &options, key->options[i]);
	key->option_count = options.count;
	key->options = settle(maker, &options);
	return true;
}

/* RESTRICT, NO ACTION and nothing are one and the same to InnoDB. */
static const char *settle_rule(const char *rule)
{
	return text_equal_nocase(rule, "RESTRICT") ||
			       text_equal_nocase(rule, "NO ACTION")
		       ? ""
		       : rule;
}

static struct def_foreign_key settle_foreign_key(const struct maker *maker,
						 struct def_foreign_key key)
{
	const struct canon_request *request = maker->request;

	key.said_delete = key.on_delete;
	key.said_update = key.on_update;
	key.on_delete = settle_rule(key.on_delete);
	key.on_update = settle_rule(key.on_update);
	key.match = "";
	if (!strcmp(key.parent_database, request->database) ||
	    !strcmp(key.parent_database, request->target_database))
		key.parent_database = "";
	if (request->lowers_names) {
		key.parent = token_lower(key.parent, strlen(key.parent),
					 maker->arena);
		key.parent_database = token_lower(key.parent_database,
						  strlen(key.parent_database),
						  maker->arena);
	}
	return key;
}

/* ------------------------------------------------------------------------
 * Options and partitions
 * --------------------------------------------------------------------- */

/* Options of engines in quotes are MariaDB's, and each family has some words. */
static bool is_foreign(const struct maker *maker,
		       const struct def_option *option)
{
	static const char *const words[] = {
		"TRANSACTIONAL", "PAGE_CHECKSUM",   "ENCRYPTION",
		"COMPRESSION",   "AUTOEXTEND_SIZE", "SECONDARY_ENGINE",
	};

	if (!crosses(maker))
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_equal_nocase(option->name, words[i]))
			return true;
	return *option->name == '`';
}

static bool is_option_kept(const struct maker *maker,
			   const struct def_option *option)
{
	static const char *const dropped[] = {
		"AUTO_INCREMENT", "DEFAULT CHARSET", "COLLATE",
		"DATA DIRECTORY", "INDEX DIRECTORY", NULL};
	const bool is_innodb = text_equal_nocase(
		definition_option(maker->request->definition, "ENGINE"),
		"InnoDB");

	for (size_t i = 0; dropped[i]; i++)
		if (text_equal_nocase(option->name, dropped[i]))
			return false;
	/* others keep what Aria has once said, and have no use for it */
	if (text_equal_nocase(option->name, "PAGE_CHECKSUM") &&
	    !text_equal_nocase(definition_option(maker->request->definition,
						 "ENGINE"),
			       "Aria"))
		return false;
	return !text_equal_nocase(option->name, "ROW_FORMAT") ||
	       !(text_equal_nocase(option->value, "DEFAULT") ||
		 (is_innodb && text_equal_nocase(option->value, "DYNAMIC")));
}

/* Of MariaDB's, MySQL takes InnoDB for those that it does not have. */
static struct def_option settle_engine(struct maker *maker,
				       struct def_option option)
{
	static const char *const of_mariadb[] = {
		"Aria",    "S3",      "ROCKSDB", "ColumnStore", "SPIDER",
		"CONNECT", "MROONGA", "OQGRAPH", "SPHINX"};

	if (!crosses(maker) || maker->request->to != SERVER_MYSQL ||
	    strcmp(option.name, "ENGINE") != 0)
		return option;
	for (size_t i = 0; i < sizeof(of_mariadb) / sizeof(*of_mariadb); i++) {
		if (!text_equal_nocase(option.value, of_mariadb[i]))
			continue;
		lose(maker,
		     arena_printf(maker->arena, "ENGINE=%s", option.value));
		option.value = "InnoDB";
	}
	return option;
}

static void settle_options(struct maker *maker, struct definition *definition)
{
	struct vec options = VEC_INIT(struct def_option);

	for (size_t i = 0; i < definition->option_count; i++) {
		const struct def_option *option = &definition->options[i];

		if (is_foreign(maker, option))
			lose(maker, arena_printf(maker->arena, "%s=%s",
						 option->name, option->value));
		else if (is_option_kept(maker, option))
			add_option(maker, &options,
				   settle_engine(maker, *option));
	}
	if (*maker->charset)
		*(struct def_option *)vec_push(&options) =
			(struct def_option){"DEFAULT CHARSET", maker->charset};
	if (*maker->collation)
		*(struct def_option *)vec_push(&options) =
			(struct def_option){"COLLATE", maker->collation};
	definition->option_count = options.count;
	definition->options = settle(maker, &options);
}

static bool is_partition_option_kept(const struct def_option *option)
{
	return !text_equal_nocase(option->name, "ENGINE") &&
	       !text_equal_nocase(option->name, "DATA DIRECTORY") &&
	       !text_equal_nocase(option->name, "INDEX DIRECTORY");
}

/* The engine is that of the table; nothing else can be said. */
static const struct def_partition *
settle_partitions(struct maker *maker, const struct def_partition *parts,
		  size_t count)
{
	struct def_partition *all = arena_alloc(maker->arena,
						(count + 1) * sizeof(*all));

	for (size_t i = 0; i < count; i++) {
		struct vec options = VEC_INIT(struct def_option);

		all[i] = parts[i];
		for (size_t k = 0; k < parts[i].option_count; k++)
			if (is_partition_option_kept(&parts[i].options[k]))
				add_option(maker, &options,
					   parts[i].options[k]);
		all[i].option_count = options.count;
		all[i].options = settle(maker, &options);
		all[i].parts = settle_partitions(maker, parts[i].parts,
						 parts[i].part_count);
	}
	return all;
}

/* ------------------------------------------------------------------------
 * The whole
 * --------------------------------------------------------------------- */

static void begin_charset(struct maker *maker)
{
	const struct definition *definition = maker->request->definition;

	maker->charset = definition_option(definition, "DEFAULT CHARSET");
	maker->collation = definition_option(definition, "COLLATE");
	settle_charset(maker, "the table", &maker->charset, &maker->collation);
}

static void settle_columns(struct maker *maker, struct definition *definition)
{
	struct def_column *columns =
		arena_alloc(maker->arena,
			    (definition->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < definition->column_count; i++)
		columns[i] = settle_column(maker, definition->columns[i]);
	definition->columns = columns;
}

/*
 * "CONSTRAINT_1" is what MariaDB calls the first one of a table that has no name;
 * names of MySQL are of the whole database.
 */
static bool is_numbered(const char *name)
{
	static const char prefix[] = "CONSTRAINT_";
	const size_t length = sizeof(prefix) - 1;

	return !strncmp(name, prefix, length) && name[length] &&
	       !name[length + strspn(name + length, "0123456789")];
}

static void settle_check(struct maker *maker, struct def_check check)
{
	if (crosses(maker) && maker->request->to == SERVER_MYSQL &&
	    is_numbered(check.name))
		check.name = "";
	if (crosses(maker) && check.is_unenforced) {
		lose(maker,
		     arena_printf(maker->arena, "check `%s`: NOT ENFORCED",
				  check.name));
		return;
	}
	check.expression = settle_expression(maker, check.expression);
	*(struct def_check *)vec_push(&maker->checks) = check;
}

static void settle_keys(struct maker *maker, struct definition *definition)
{
	size_t key_count = 0;
	struct def_key *keys = arena_alloc(
		maker->arena, (definition->key_count + 1) * sizeof(*keys));
	struct def_foreign_key *foreign_keys = arena_alloc(
		maker->arena,
		(definition->foreign_key_count + 1) * sizeof(*foreign_keys));

	for (size_t i = 0; i < definition->key_count; i++) {
		keys[key_count] = definition->keys[i];
		key_count += settle_key(maker, &keys[key_count]);
	}
	for (size_t i = 0; i < definition->foreign_key_count; i++)
		foreign_keys[i] =
			settle_foreign_key(maker, definition->foreign_keys[i]);
	for (size_t i = 0; i < definition->check_count; i++)
		settle_check(maker, definition->checks[i]);
	definition->keys = keys;
	definition->key_count = key_count;
	definition->foreign_keys = foreign_keys;
	definition->check_count = maker->checks.count;
	definition->checks = settle(maker, &maker->checks);
}

void definition_canon(const struct canon_request *request, struct arena *arena,
		      struct canon *out)
{
	struct definition *definition = arena_alloc(arena, sizeof(*definition));
	struct maker maker = {
		.request = request,
		.arena = arena,
		.losses = VEC_INIT(const char *),
		.checks = VEC_INIT(struct def_check),
	};
	struct def_partitioning *partitioning = &definition->partitioning;

	*definition = *request->definition;
	begin_charset(&maker);
	settle_columns(&maker, definition);
	settle_keys(&maker, definition);
	settle_options(&maker, definition);
	if (strstr(partitioning->method, "KEY") ||
	    strstr(partitioning->method, "COLUMNS"))
		partitioning->expression = expression_quoted_names(
			partitioning->expression, arena);
	else
		partitioning->expression = expression_quoted_columns(
			partitioning->expression, definition, arena);
	if (strstr(partitioning->sub_method, "KEY"))
		partitioning->sub_expression = expression_quoted_names(
			partitioning->sub_expression, arena);
	else
		partitioning->sub_expression = expression_quoted_columns(
			partitioning->sub_expression, definition, arena);
	partitioning->parts = settle_partitions(&maker, partitioning->parts,
						partitioning->part_count);
	out->definition = definition;
	out->loss_count = maker.losses.count;
	out->losses = (const char **)(uintptr_t)settle(&maker, &maker.losses);
}
