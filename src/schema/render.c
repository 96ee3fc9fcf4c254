/*
 * render.c - see render.h.
 *
 * Attributes stand in the order in which the family's SHOW CREATE prints them,
 * so that what was read can be compared with what was printed.
 */
#include "dbsync/schema/render.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"

#include <string.h>

void render_string(const char *text, struct buf *out)
{
	buf_addc(out, '\'');
	for (; *text; text++) {
		switch (*text) {
		case '\'':
			buf_adds(out, "''");
			break;
		case '\\':
			buf_adds(out, "\\\\");
			break;
		case '\n':
			buf_adds(out, "\\n");
			break;
		case '\r':
			buf_adds(out, "\\r");
			break;
		default:
			buf_addc(out, *text);
		}
	}
	buf_addc(out, '\'');
}

static void add_word(struct buf *out, const char *before, const char *value)
{
	if (*value)
		buf_addf(out, " %s %s", before, value);
}

/* ------------------------------------------------------------------------
 * Columns
 * --------------------------------------------------------------------- */

static void add_type(const struct def_column *column, struct buf *out)
{
	buf_addf(out, " %s", column->type);
	if (*column->arguments)
		buf_addf(out, "(%s)", column->arguments);
	if (column->is_unsigned)
		buf_adds(out, " unsigned");
	if (column->is_zerofill)
		buf_adds(out, " zerofill");
	if (column->is_compressed)
		buf_adds(out, " COMPRESSED");
	add_word(out, "CHARACTER SET", column->charset);
	add_word(out, "COLLATE", column->collation);
}

static void add_null(const struct def_column *column, struct buf *out)
{
	if (column->null == DEF_NULL_NO)
		buf_adds(out, " NOT NULL");
	else if (column->null == DEF_NULL_YES)
		buf_adds(out, " NULL");
}

static void add_default(const struct def_column *column, struct buf *out)
{
	if (column->default_kind == DEF_DEFAULT_NULL)
		buf_adds(out, " DEFAULT NULL");
	else if (column->default_kind != DEF_DEFAULT_NONE)
		buf_addf(out, " DEFAULT %s", column->default_value);
	add_word(out, "ON UPDATE", column->on_update);
}

/* Whether the table's default gives it the same, so that it need not be said. */
static bool is_given(const struct def_column *column,
		     const struct definition *table)
{
	return !strcmp(column->charset,
		       definition_option(table, "DEFAULT CHARSET")) &&
	       !strcmp(column->collation, definition_option(table, "COLLATE"));
}

/*
 * MySQL remembers of a column whether its character set was said, and shows it
 * forever.
 */
void render_column_as_said(const struct def_column *column,
			   const struct definition *table,
			   enum server_family family, struct buf *out)
{
	struct def_column said = *column;

	if (column->said_arguments)
		said.arguments = column->said_arguments;
	if (family == SERVER_MYSQL && column->is_charset_implied &&
	    is_given(column, table))
		said.charset = said.collation = "";
	render_column(&said, family, out);
}

void render_column(const struct def_column *column, enum server_family family,
		   struct buf *out)
{
	quote_name(out, column->name);
	add_type(column, out);
	if (column->generated)
		buf_addf(out, " GENERATED ALWAYS AS (%s) %s", column->generated,
			 column->is_stored ? "STORED" : "VIRTUAL");
	add_null(column, out);
	if (column->is_invisible && column->says_invisible_early)
		buf_adds(out, " INVISIBLE");
	add_word(out, "SRID", column->srid);
	add_word(out, "STORAGE", column->storage);
	add_word(out, "COLUMN_FORMAT", column->format);
	add_default(column, out);
	if (column->is_auto_increment)
		buf_adds(out, " AUTO_INCREMENT");
	if (column->is_invisible && !column->says_invisible_early)
		buf_adds(out, " INVISIBLE");
	if (*column->comment) {
		buf_adds(out, " COMMENT ");
		render_string(column->comment, out);
	}
	if (column->check && family == SERVER_MARIADB)
		buf_addf(out, " CHECK (%s)", column->check);
}

/* ------------------------------------------------------------------------
 * Keys and constraints
 * --------------------------------------------------------------------- */

static void add_names(const char *const *names, size_t count, struct buf *out)
{
	buf_addc(out, '(');
	for (size_t i = 0; i < count; i++) {
		if (i)
			buf_addc(out, ',');
		quote_name(out, names[i]);
	}
	buf_addc(out, ')');
}

static void add_part(const struct def_part *part, struct buf *out)
{
	if (part->column)
		quote_name(out, part->column);
	else
		buf_addf(out, "(%s)", part->expression);
	if (*part->length)
		buf_addf(out, "(%s)", part->length);
	if (part->is_descending)
		buf_adds(out, " DESC");
}

static bool is_parser(const struct def_option *option)
{
	return !strcmp(option->name, "WITH PARSER");
}

static void add_key_option(const struct def_option *option, struct buf *out)
{
	if (!strcmp(option->name, "USING") ||
	    !strcmp(option->name, "COMMENT") || is_parser(option))
		buf_addf(out, " %s %s", option->name, option->value);
	else
		buf_addf(out, " %s=%s", option->name, option->value);
}

void render_key(const struct def_key *key, enum server_family family,
		struct buf *out)
{
	static const char *const words[] = {
		[DEF_KEY_PRIMARY] = "PRIMARY KEY",
		[DEF_KEY_UNIQUE] = "UNIQUE KEY",
		[DEF_KEY_PLAIN] = "KEY",
		[DEF_KEY_FULLTEXT] = "FULLTEXT KEY",
		[DEF_KEY_SPATIAL] = "SPATIAL KEY",
		[DEF_KEY_VECTOR] = "VECTOR KEY",
	};

	buf_addf(out, "%s ", words[key->kind]);
	if (key->kind != DEF_KEY_PRIMARY) {
		quote_name(out, key->name);
		buf_addc(out, ' ');
	}
	buf_addc(out, '(');
	for (size_t i = 0; i < key->part_count; i++) {
		if (i)
			buf_addc(out, ',');
		add_part(&key->parts[i], out);
	}
	buf_addc(out, ')');
	for (size_t i = 0; i < key->option_count; i++)
		if (!is_parser(&key->options[i]))
			add_key_option(&key->options[i], out);
	if (key->is_hidden)
		buf_adds(out,
			 family == SERVER_MARIADB ? " IGNORED" : " INVISIBLE");
	for (size_t i = 0; i < key->option_count; i++)
		if (is_parser(&key->options[i]))
			add_key_option(&key->options[i], out);
}

static void add_foreign_key(const struct def_foreign_key *key, bool is_as_said,
			    struct buf *out)
{
	if (*key->name) {
		buf_adds(out, "CONSTRAINT ");
		quote_name(out, key->name);
		buf_addc(out, ' ');
	}
	buf_adds(out, "FOREIGN KEY ");
	add_names(key->columns, key->column_count, out);
	buf_adds(out, " REFERENCES ");
	if (*key->parent_database)
		quote_table(out, key->parent_database, key->parent);
	else
		quote_name(out, key->parent);
	buf_addc(out, ' ');
	add_names(key->parent_columns, key->parent_column_count, out);
	add_word(out, "MATCH", key->match);
	add_word(out, "ON DELETE",
		 is_as_said && key->said_delete ? key->said_delete
						: key->on_delete);
	add_word(out, "ON UPDATE",
		 is_as_said && key->said_update ? key->said_update
						: key->on_update);
}

void render_foreign_key(const struct def_foreign_key *key, struct buf *out)
{
	add_foreign_key(key, true, out);
}

void render_check(const struct def_check *check, struct buf *out)
{
	if (*check->name) {
		buf_adds(out, "CONSTRAINT ");
		quote_name(out, check->name);
		buf_addc(out, ' ');
	}
	buf_addf(out, "CHECK (%s)%s", check->expression,
		 check->is_unenforced ? " NOT ENFORCED" : "");
}

/* ------------------------------------------------------------------------
 * Options and partitions
 * --------------------------------------------------------------------- */

void render_option(const struct def_option *option, struct buf *out)
{
	buf_addf(out, "%s=%s", option->name, option->value);
}

static void add_partition(const struct def_partition *partition,
			  const char *word, struct buf *out)
{
	buf_addf(out, "%s ", word);
	quote_name(out, partition->name);
	if (!strcmp(partition->values, "DEFAULT"))
		buf_adds(out, " DEFAULT");
	else
		add_word(out, "VALUES", partition->values);
	for (size_t i = 0; i < partition->option_count; i++)
		buf_addf(out, " %s = %s", partition->options[i].name,
			 partition->options[i].value);
	for (size_t i = 0; i < partition->part_count; i++) {
		buf_adds(out, i ? ",\n  " : "\n (");
		add_partition(&partition->parts[i], "SUBPARTITION", out);
	}
	if (partition->part_count)
		buf_addc(out, ')');
}

void render_partition(const struct def_partition *partition, struct buf *out)
{
	add_partition(partition, "PARTITION", out);
}

void render_partitioning(const struct def_partitioning *partitioning,
			 struct buf *out)
{
	if (!*partitioning->method)
		return;
	buf_addf(out, "PARTITION BY %s (%s)", partitioning->method,
		 partitioning->expression);
	add_word(out, "\nPARTITIONS", partitioning->count);
	if (*partitioning->sub_method)
		buf_addf(out, "\nSUBPARTITION BY %s (%s)",
			 partitioning->sub_method,
			 partitioning->sub_expression);
	add_word(out, "\nSUBPARTITIONS", partitioning->sub_count);
	for (size_t i = 0; i < partitioning->part_count; i++) {
		buf_adds(out, i ? ",\n " : "\n(");
		render_partition(&partitioning->parts[i], out);
	}
	if (partitioning->part_count)
		buf_addc(out, ')');
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

static void begin_item(struct buf *out, bool *is_first)
{
	buf_adds(out, *is_first ? " (\n  " : ",\n  ");
	*is_first = false;
}

static void add_items(const struct definition *definition,
		      enum server_family family, int what, struct buf *out)
{
	bool is_first = true;

	for (size_t i = 0; i < definition->column_count; i++) {
		begin_item(out, &is_first);
		if (what & RENDER_AS_SAID)
			render_column_as_said(&definition->columns[i],
					      definition, family, out);
		else
			render_column(&definition->columns[i], family, out);
	}
	for (size_t i = 0; i < definition->key_count; i++) {
		begin_item(out, &is_first);
		render_key(&definition->keys[i], family, out);
	}
	for (size_t i = 0;
	     i < definition->foreign_key_count && what & RENDER_FOREIGN_KEYS;
	     i++) {
		begin_item(out, &is_first);
		add_foreign_key(&definition->foreign_keys[i],
				what & RENDER_AS_SAID, out);
	}
	for (size_t i = 0; i < definition->check_count; i++) {
		begin_item(out, &is_first);
		render_check(&definition->checks[i], out);
	}
	buf_adds(out, "\n)");
}

void render_table(const struct definition *definition, const char *name,
		  enum server_family family, int what, struct buf *out)
{
	buf_addf(out, "CREATE TABLE %s", name);
	add_items(definition, family, what, out);
	for (size_t i = 0; i < definition->option_count; i++) {
		if (text_equal_nocase(definition->options[i].name,
				      "AUTO_INCREMENT") &&
		    !(what & RENDER_COUNTER))
			continue;
		buf_addc(out, ' ');
		render_option(&definition->options[i], out);
	}
	if (*definition->partitioning.method)
		buf_addc(out, '\n');
	render_partitioning(&definition->partitioning, out);
}
