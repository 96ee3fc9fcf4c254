/* explain_report.c - see explain_report.h. */
#include "explain_report.h"

#include "paint.h"
#include "report_object.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/version.h"

#include <stdio.h>
#include <string.h>

enum { MOST_STATEMENT = 4000 /* bytes, as text */ };

static const char *verdict_of(const struct explanation *explanation)
{
	return explain_is_equal(explanation) ? "equal" : "different";
}

static const char *state_word(enum explain_state state)
{
	static const char *const words[] = {
		[EXPLAIN_EQUAL] = "equal",
		[EXPLAIN_DIFFERENT] = "different",
		[EXPLAIN_IGNORED] = "ignored",
	};

	return words[state];
}

/* ------------------------------------------------------------------------
 * Text
 * --------------------------------------------------------------------- */

static void add_name(struct buf *out, const char *name)
{
	text_show(out, name, strlen(name), 200);
}

static void print_head(const struct explanation *explanation,
		       const struct walk_summary *summary)
{
	const struct pair *pair = explanation->pair;
	OWNED(buf_release) struct buf out = BUF_INIT;

	buf_adds(&out, "source ");
	add_name(&out, summary->name[SOURCE]);
	buf_adds(&out, ": ");
	add_name(&out, pair->database[SOURCE]);
	buf_addc(&out, '.');
	add_name(&out, pair->table[SOURCE]->name);
	buf_adds(&out, explanation->has_row[SOURCE] ? "" : ": no such row");
	buf_adds(&out, "\ntarget ");
	add_name(&out, summary->name[TARGET]);
	buf_adds(&out, ": ");
	add_name(&out, pair->database[TARGET]);
	buf_addc(&out, '.');
	add_name(&out, pair->table[TARGET]->name);
	buf_adds(&out, explanation->has_row[TARGET] ? "" : ": no such row");
	buf_adds(&out, "\nrow   ");
	for (size_t i = 0; i < pair->key_count; i++) {
		buf_addc(&out, ' ');
		add_name(&out, pair->columns[pair->key[i].column].name);
		buf_addc(&out, '=');
		difference_show_key(&out, explanation->key[i],
				    strlen(explanation->key[i]), 200);
	}
	(void)printf("%s\n\n", out.data);
}

static void add_type(struct buf *out, const struct column *column)
{
	add_name(out, column->type_text);
	if (*column->charset)
		buf_addf(out, ", %s, %s", column->charset, column->collation);
}

static void add_value(struct buf *out, const struct explain_value *value)
{
	if (!value)
		buf_adds(out, "no row");
	else
		buf_addf(out, value->is_quoted ? "'%s'" : "%s", value->text);
}

/* "6162 2020", a blank every eight bytes */
static void add_hex(struct buf *out, const char *hex)
{
	for (size_t i = 0; hex[i]; i++) {
		if (i && i % 16 == 0)
			buf_addc(out, ' ');
		buf_addc(out, hex[i]);
	}
}

static void print_value(const char *side, const struct explain_value *value)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	buf_addf(&out, "    %s  ", side);
	add_value(&out, value);
	if (value) {
		buf_adds(&out, "  (");
		add_type(&out, value->column);
		buf_addc(&out, ')');
	}
	if (value && value->hex) {
		buf_addf(&out, "\n            %llu byte%s",
			 (unsigned long long)value->bytes,
			 value->bytes == 1 ? "" : "s");
		if (value->hex_at)
			buf_addf(&out, ", from %llu on",
				 (unsigned long long)value->hex_at);
		buf_adds(&out, ": ");
		add_hex(&out, value->hex);
		if (value->hex_at + strlen(value->hex) / 2 < value->bytes)
			buf_adds(&out, "…");
	}
	if (value && value->codes)
		buf_addf(&out, "\n            code points: %s", value->codes);
	(void)puts(out.data);
}

static const char *opinion(enum explain_opinion opinion)
{
	static const char *const words[] = {
		[EXPLAIN_UNASKED] = "does not say",
		[EXPLAIN_SAME] = "says equal",
		[EXPLAIN_NOT_SAME] = "says different",
	};

	return words[opinion];
}

static void print_difference(const struct explain_column *column)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	if (column->place.is_found) {
		buf_adds(&out, "    first difference: ");
		difference_place(&out, &column->place);
		buf_addf(&out, ": %s on the source, %s on the target\n",
			 column->value[SOURCE]->found,
			 column->value[TARGET]->found);
	}
	if (column->says[SOURCE] || column->says[TARGET])
		buf_addf(&out,
			 "    the servers' own comparison: the source %s, the "
			 "target %s\n",
			 opinion(column->says[SOURCE]),
			 opinion(column->says[TARGET]));
	if (*column->cause_text)
		buf_addf(&out, "    likely cause: %s\n", column->cause_text);
	(void)fputs(out.data, stdout);
}

static bool is_whole(const struct explanation *explanation)
{
	return explanation->has_row[SOURCE] && explanation->has_row[TARGET];
}

static void print_column(const struct explanation *explanation,
			 const struct explain_column *column)
{
	const struct explain_value *only = column->value[SOURCE]
						   ? column->value[SOURCE]
						   : column->value[TARGET];
	const char *only_side = column->value[SOURCE] ? "only on the source"
						      : "only on the target";
	OWNED(buf_release) struct buf out = BUF_INIT;

	buf_adds(&out, "  ");
	add_name(&out, column->name);
	if (is_whole(explanation) && column->state == EXPLAIN_DIFFERENT) {
		buf_adds(&out, ": ");
		paint_add(&out, stdout, PAINT_BAD, "different");
		(void)puts(out.data);
		print_value("source", column->value[SOURCE]);
		print_value("target", column->value[TARGET]);
		print_difference(column);
		return;
	}
	buf_addf(&out, ": %s",
		 is_whole(explanation) ? state_word(column->state) : only_side);
	buf_adds(&out, "  ");
	add_value(&out, only);
	buf_adds(&out, "  (");
	add_type(&out, only->column);
	buf_addc(&out, ')');
	(void)puts(out.data);
}

static void print_mend(const struct explanation *explanation)
{
	if (explanation->no_statement)
		(void)printf("\n"
			     "no statement can correct it: %s\n",
			     explanation->no_statement);
	if (!explanation->statement)
		return;
	if (strlen(explanation->statement) > MOST_STATEMENT)
		(void)printf("\n"
			     "the statement that would correct it has %zu "
			     "bytes: --json shows it\n",
			     strlen(explanation->statement));
	else
		(void)printf("\n"
			     "to correct it on the target:\n"
			     "%s\n",
			     explanation->statement);
}

static void print_verdict_line(const struct explanation *explanation,
			       struct json_object *filters, bool is_quiet)
{
	if (!explanation->has_row[SOURCE])
		(void)puts(
			"\n"
			"the target has a row that the source does not have");
	else if (!explanation->has_row[TARGET])
		(void)puts(
			"\n"
			"the source has a row that the target does not have");
	else if (explanation->different)
		(void)printf("\n%zu of %zu columns differ\n",
			     explanation->different, explanation->column_count);
	else
		(void)putchar('\n');
	print_verdict(verdict_of(explanation), filters, is_quiet);
}

void explain_text(const struct explanation *explanation,
		  const struct walk_summary *summary,
		  struct json_object *filters, bool is_quiet)
{
	const struct pair *pair = explanation->pair;

	if (!is_quiet)
		print_head(explanation, summary);
	for (size_t i = 0; i < explanation->column_count; i++)
		if (!is_quiet ||
		    explanation->columns[i].state == EXPLAIN_DIFFERENT)
			print_column(explanation, &explanation->columns[i]);
	for (size_t i = 0; i < pair->difference_count && !is_quiet; i++) {
		OWNED(buf_release) struct buf out = BUF_INIT;

		add_name(&out, pair->differences[i].column);
		buf_adds(&out, ": not compared: ");
		add_name(&out, pair->differences[i].text);
		(void)printf("  %s\n", out.data);
	}
	print_mend(explanation);
	print_verdict_line(explanation, filters, is_quiet);
}

/* ------------------------------------------------------------------------
 * JSON
 * --------------------------------------------------------------------- */

static struct json_object *value_object(const struct explain_value *value)
{
	struct json_object *object = NULL;

	if (!value)
		return NULL;
	object = json_object_new_object();
	report_add(object, "is_null", json_object_new_boolean(value->is_null));
	report_add(object, "text",
		   report_string(value->is_null ? NULL : value->text));
	report_add(object, "type", report_string(value->column->type_text));
	report_add(object, "charset",
		   report_string(*value->column->charset
					 ? value->column->charset
					 : NULL));
	report_add(object, "collation",
		   report_string(*value->column->collation
					 ? value->column->collation
					 : NULL));
	if (!value->hex)
		return object;
	report_add(object, "bytes", report_count(value->bytes));
	report_add(object, "hex", report_string(value->hex));
	report_add(object, "hex_offset", report_count(value->hex_at));
	report_add(object, "code_points", report_string(value->codes));
	return object;
}

static struct json_object *place_object(const struct explain_column *column)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "byte", report_count(column->place.byte));
	report_add(object, "character",
		   column->place.is_text ? report_count(column->place.character)
					 : NULL);
	report_add(object, "source",
		   report_string(column->value[SOURCE]->found));
	report_add(object, "target",
		   report_string(column->value[TARGET]->found));
	return object;
}

static struct json_object *opinion_object(enum explain_opinion opinion)
{
	return opinion ? json_object_new_boolean(opinion == EXPLAIN_SAME)
		       : NULL;
}

static struct json_object *column_object(const struct explanation *explanation,
					 const struct explain_column *column)
{
	struct json_object *object = json_object_new_object();
	const bool is_different = column->state == EXPLAIN_DIFFERENT;
	struct json_object *says = NULL;

	report_add(object, "name", report_string(column->name));
	report_add(object, "verdict",
		   report_string(is_whole(explanation)
					 ? state_word(column->state)
					 : "no row"));
	report_add(object, "source", value_object(column->value[SOURCE]));
	report_add(object, "target", value_object(column->value[TARGET]));
	if (!is_different)
		return object;
	says = json_object_new_object();
	report_add(says, "source", opinion_object(column->says[SOURCE]));
	report_add(says, "target", opinion_object(column->says[TARGET]));
	report_add(object, "difference",
		   column->place.is_found ? place_object(column) : NULL);
	report_add(object, "servers_say_equal", says);
	report_add(object, "cause", report_string(cause_word(column->cause)));
	report_add(object, "cause_text",
		   report_string(*column->cause_text ? column->cause_text
						     : NULL));
	return object;
}

static struct json_object *key_object(const struct explanation *explanation)
{
	const struct pair *pair = explanation->pair;
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < pair->key_count; i++)
		report_add(object, pair->columns[pair->key[i].column].name,
			   report_string(explanation->key[i]));
	return object;
}

static struct json_object *sides_object(struct json_object *source,
					struct json_object *target)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "source", source);
	report_add(object, "target", target);
	return object;
}

struct json_object *explain_object(const struct explanation *explanation,
				   const struct walk_summary *summary,
				   struct json_object *filters)
{
	const struct pair *pair = explanation->pair;
	struct json_object *object = json_object_new_object();
	struct json_object *columns = json_object_new_array();

	for (size_t i = 0; i < explanation->column_count; i++)
		(void)json_object_array_add(
			columns,
			column_object(explanation, &explanation->columns[i]));
	report_add(object, "command", report_string("explain"));
	report_add(object, "dbsync", report_string(DBSYNC_VERSION));
	report_add(object, "verdict", report_string(verdict_of(explanation)));
	report_add(object, "database", report_string(pair->database[SOURCE]));
	report_add(object, "target_database",
		   report_string(pair->database[TARGET]));
	report_add(object, "table", report_string(pair->table[SOURCE]->name));
	report_add(object, "key", key_object(explanation));
	report_add(
		object, "rows",
		sides_object(
			json_object_new_boolean(explanation->has_row[SOURCE]),
			json_object_new_boolean(explanation->has_row[TARGET])));
	report_add(object, "columns", columns);
	report_add(object, "statement", report_string(explanation->statement));
	report_add(object, "no_statement",
		   report_string(explanation->no_statement));
	report_add(object, "filters", json_object_get(filters));
	report_add(object, "servers",
		   sides_object(report_string(summary->name[SOURCE]),
				report_string(summary->name[TARGET])));
	return object;
}
