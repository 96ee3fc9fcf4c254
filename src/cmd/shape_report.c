/* shape_report.c - see shape_report.h; the JSON is specified in docs/json.md. */
#include "shape_report.h"

#include "report_lines.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <inttypes.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Text
 * --------------------------------------------------------------------- */

static void add_name(struct buf *out, const struct reshape_table *table)
{
	OWNED(buf_release) struct buf raw = BUF_INIT;

	buf_addf(&raw, "%s.%s", table->database, table->table);
	text_show(out, raw.data, raw.length, 200);
}

/* Each line of a statement, safe for a terminal. */
static void print_kept(const struct reshape *reshape, FILE *to)
{
	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];
		OWNED(buf_release) struct buf name = BUF_INIT;

		if (table->left_out || table->is_replaced ||
		    !reshape_restores_rows(table))
			continue;
		add_name(&name, table);
		(void)fprintf(to, "  all rows of %s go into the backup point\n",
			      name.data);
	}
}

static void add_object_name(struct buf *out,
			    const struct reshape_object *object)
{
	OWNED(buf_release) struct buf raw = BUF_INIT;

	buf_adds(&raw, object->database);
	if (object->kind != OBJECT_DATABASE)
		buf_addf(&raw, ".%s", object->name);
	buf_addf(out, "%s ", object_kind_name(object->kind));
	text_show(out, raw.data, raw.length, 200);
}

static void print_objects(const struct reshape *reshape, FILE *to)
{
	for (size_t i = 0; i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];
		OWNED(buf_release) struct buf line = BUF_INIT;

		add_object_name(&line, object);
		for (size_t k = 0; k < object->note_count; k++) {
			buf_adds(&line, k ? "; " : " (");
			text_show(&line, object->notes[k],
				  strlen(object->notes[k]), 300);
		}
		(void)fprintf(to, "  %s%s\n", line.data,
			      object->note_count ? ")" : "");
	}
}

/* The first of what rows would be in the way of. */
static bool is_first_late(const struct reshape *reshape, size_t number)
{
	const struct reshape_step *step = &reshape->steps[number];

	return step->phase == RESHAPE_LATE_KEYS &&
	       (!number || step[-1].phase != RESHAPE_LATE_KEYS);
}

void shape_report_plan(const struct shape_run *shapes, FILE *to)
{
	const struct reshape *reshape = shapes->reshape;

	if (!reshape->step_count && !reshape->object_count &&
	    reshape_leaves_tables(reshape))
		return;
	(void)fprintf(to, "structures%s:\n",
		      reshape->can_prove ? " (tried on empty tables)" : "");
	for (size_t i = 0; i < reshape->step_count; i++) {
		if (is_first_late(reshape, i))
			(void)fprintf(to, "  after the rows:\n");
		report_lines(to, "  > ", reshape->steps[i].sql, ";");
	}
	print_kept(reshape, to);
	print_objects(reshape, to);
}

static const char *done_word(enum reshape_kind kind)
{
	switch (kind) {
	case RESHAPE_CREATE:
		return "created";
	case RESHAPE_DROP:
		return "dropped";
	case RESHAPE_ALTER:
	case RESHAPE_NONE:
		break;
	}
	return "altered";
}

static void print_error(const struct reform_result *result)
{
	OWNED(buf_release) struct buf error = BUF_INIT;

	if (!result->error.code)
		return;
	text_show(&error, result->error.text, strlen(result->error.text), 1000);
	(void)printf("      FAILED: %s\n", error.data);
}

static bool is_drop(const char *sql)
{
	return !strncmp(sql, "DROP ", strlen("DROP "));
}

/* Whether it is gone now, and not created again. */
static bool is_dropped(const struct reshape_object *object)
{
	for (size_t i = 0; i < object->statement_count; i++)
		if (!is_drop(object->statements[i]))
			return false;
	return object->is_unmade || object->statement_count;
}

static const char *made_word(const struct reshape_object *object, bool is_done)
{
	if (is_dropped(object))
		return is_done ? "dropped" : "not dropped";
	return is_done ? "applied" : "not applied";
}

/* A rollback ends before it reports when it cannot bring rows back. */
static const char *outcome_word(const struct reshape_table *table,
				const struct reform_result *result)
{
	if (result->steps_done)
		return done_word(table->kind);
	return table->is_restored && !result->error.code ? "restored as a whole"
							 : "not altered";
}

static bool is_silent(const struct reshape_table *table,
		      const struct reform_result *result)
{
	return !result->error.code && !table->is_restored &&
	       (table->is_replaced || !result->steps_done);
}

void shape_report_done(const struct shape_run *shapes)
{
	const struct reshape *reshape = shapes->reshape;

	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];
		const struct reform_result *result = &shapes->results[i];
		OWNED(buf_release) struct buf name = BUF_INIT;

		if (is_silent(table, result))
			continue;
		add_name(&name, table);
		(void)printf("  %s: %s\n", name.data,
			     outcome_word(table, result));
		print_error(result);
	}
	for (size_t i = 0; i < reshape->object_count; i++) {
		const struct reform_result *result = &shapes->made[i];
		OWNED(buf_release) struct buf name = BUF_INIT;

		add_object_name(&name, &reshape->objects[i]);
		(void)printf("  %s: %s\n", name.data,
			     made_word(&reshape->objects[i],
				       result->steps_done != 0));
		print_error(result);
	}
}

/* ------------------------------------------------------------------------
 * JSON
 * --------------------------------------------------------------------- */

static void append(struct json_object *to, struct json_object *value)
{
	(void)json_object_array_add(to, value);
}

static struct json_object *texts(const char *const *items, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		OWNED(buf_release) struct buf shown = BUF_INIT;
		const size_t length = strlen(items[i]);

		/* bytes of another character set are no JSON */
		if (!text_is_utf8(items[i], length))
			text_show(&shown, items[i], length, length);
		append(array,
		       report_string(shown.length ? shown.data : items[i]));
	}
	return array;
}

static struct json_object *hazard_object(const struct reshape_hazard *hazard)
{
	struct json_object *object = json_object_new_object();
	const struct delta_clause *clause = hazard->clause;

	report_add(object, "kind", report_string(hazard_word(hazard->kind)));
	report_add(object, "what", report_string(clause->what));
	report_add(object, "meaning",
		   report_string(hazard_meaning(hazard->kind)));
	report_add(object, "rows",
		   hazard->is_asked ? report_count(hazard->rows) : NULL);
	report_add(object, "allowed",
		   json_object_new_boolean(hazard->is_allowed ||
					   hazard->is_late ||
					   !hazard_is_real(hazard)));
	report_add(object, "after_rows",
		   json_object_new_boolean(hazard->is_late));
	return object;
}

static struct json_object *hazards_of(const struct reshape_table *table)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < table->hazard_count; i++)
		append(array, hazard_object(&table->hazards[i]));
	return array;
}

static struct json_object *step_object(const struct reshape_step *step)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "sql", report_string(step->sql));
	report_add(object, "after_rows",
		   json_object_new_boolean(reshape_is_late(step)));
	return object;
}

static struct json_object *steps_of(const struct reshape *reshape,
				    size_t number)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < reshape->step_count; i++)
		if (reshape->steps[i].table == number)
			append(array, step_object(&reshape->steps[i]));
	return array;
}

/* Of the text that the server showed when the plan was made. */
static struct json_object *fingerprint(const char *text)
{
	OWNED(buf_release) struct buf hex = BUF_INIT;

	if (!text)
		return NULL;
	text_fingerprint(&hex, text, strlen(text));
	return report_string(hex.data);
}

static struct json_object *table_object(const struct shape_run *shapes,
					size_t number)
{
	const struct reshape_table *table = &shapes->reshape->tables[number];
	const struct reform_result *result = &shapes->results[number];
	struct json_object *object = json_object_new_object();

	report_add(object, "database", report_string(table->database));
	report_add(object, "table", report_string(table->table));
	report_add(object, "kind", report_string(reshape_word(table->kind)));
	report_add(object, "proof", report_string(proof_word(table->proof)));
	report_add(object, "proof_text", report_string(table->proof_text));
	report_add(object, "left_out", report_string(table->left_out));
	report_add(object, "rows_kept",
		   json_object_new_boolean(reshape_restores_rows(table)));
	report_add(object, "source_fingerprint",
		   fingerprint(table->structure->text[SOURCE]));
	report_add(object, "target_fingerprint",
		   fingerprint(table->structure->text[TARGET]));
	report_add(object, "hazards", hazards_of(table));
	report_add(object, "statements", steps_of(shapes->reshape, number));
	report_add(object, "statements_done", report_count(result->steps_done));
	report_add(object, "error",
		   result->error.code ? report_string(result->error.text)
				      : NULL);
	return object;
}

struct json_object *shape_report_array(const struct shape_run *shapes)
{
	struct json_object *array = json_object_new_array();
	const struct reshape *reshape = shapes->reshape;

	for (size_t i = 0; i < reshape->table_count; i++)
		if (reshape_has_steps(reshape, &reshape->tables[i]) ||
		    reshape->tables[i].left_out)
			append(array, table_object(shapes, i));
	return array;
}

static struct json_object *object_object(const struct shape_run *shapes,
					 size_t number)
{
	const struct reshape_object *made = &shapes->reshape->objects[number];
	const struct reform_result *result = &shapes->made[number];
	struct json_object *object = json_object_new_object();

	report_add(object, "database", report_string(made->database));
	report_add(object, "kind", report_string(object_kind_name(made->kind)));
	report_add(object, "name", report_string(made->name));
	report_add(object, "table",
		   report_string(*made->table ? made->table : NULL));
	report_add(object, "notes", texts(made->notes, made->note_count));
	report_add(object, "statements",
		   texts(made->statements, made->statement_count));
	report_add(object, "done",
		   json_object_new_boolean(result->steps_done != 0));
	report_add(object, "error",
		   result->error.code ? report_string(result->error.text)
				      : NULL);
	return object;
}

struct json_object *shape_report_objects(const struct shape_run *shapes)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < shapes->reshape->object_count; i++)
		append(array, object_object(shapes, i));
	return array;
}
