/*
 * report_objects.c - how views, routines, triggers, events and the defaults of
 * databases differ, for people and as JSON.
 */
#include "report_objects.h"

#include "paint.h"
#include "report_lines.h"
#include "report_object.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/schema/object.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Text
 * --------------------------------------------------------------------- */

static const char *verdict_words(enum verdict verdict)
{
	if (verdict == VERDICT_MISSING_ON_TARGET)
		return "missing on target";
	if (verdict == VERDICT_MISSING_ON_SOURCE)
		return "missing on source";
	return verdict_name(verdict);
}

static void print_object(const struct object_finding *finding)
{
	const struct object_pair *pair = finding->pair;
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_adds(&name, finding->database[SOURCE]);
	if (pair->kind != OBJECT_DATABASE)
		buf_addf(&name, ".%s", pair->name);
	buf_addf(&line, "%s ", object_kind_name(pair->kind));
	text_show(&line, name.data, name.length, 300);
	if (*pair->table) {
		buf_adds(&line, " on ");
		text_show(&line, pair->table, strlen(pair->table), 200);
	}
	buf_adds(&line, "  ");
	paint_add(&line, stdout, paint_of(verdict_words(finding->verdict)),
		  verdict_words(finding->verdict));
	(void)puts(line.data);
	if (pair->unknown)
		report_lines(stdout, "    not compared: ", pair->unknown, "");
	for (size_t i = 0; i < pair->note_count; i++)
		report_lines(stdout, "    note: ", pair->notes[i], "");
	report_diff(stdout, "    ", pair->diff);
	for (size_t i = 0; i < pair->statement_count; i++)
		report_lines(stdout, "    > ", pair->statements[i], ";");
}

void report_objects_text(const struct report *report)
{
	for (size_t i = 0; i < report->object_count; i++) {
		const struct object_finding *finding = &report->objects[i];

		if (finding->verdict != VERDICT_EQUAL ||
		    (finding->pair->note_count && !report->is_quiet))
			print_object(finding);
	}
}

void report_objects_total(const struct report *report)
{
	const struct totals totals = report_totals(report);
	OWNED(buf_release) struct buf kinds = BUF_INIT;

	if (!report->object_count)
		return;
	for (int kind = 0; kind < OBJECT_KINDS; kind++) {
		size_t count = 0;

		for (size_t i = 0; i < report->object_count; i++)
			count += (int)report->objects[i].pair->kind == kind &&
				 strcmp(report->objects[i].pair->name, "*") !=
					 0;
		if (count)
			buf_addf(&kinds, "%s%zu %s%s", kinds.length ? ", " : "",
				 count,
				 object_kind_name((enum object_kind)kind),
				 count == 1 ? "" : "s");
	}
	(void)printf("%s: %zu equal, %zu different, %zu incomplete\n",
		     kinds.length ? kinds.data : "other objects",
		     totals.objects_equal, totals.objects_different,
		     totals.objects_incomplete);
}

/* ------------------------------------------------------------------------
 * JSON
 * --------------------------------------------------------------------- */

static void append(struct json_object *to, struct json_object *value)
{
	(void)json_object_array_add(to, value);
}

/* A definition may be in any character set; JSON is UTF-8. */
static struct json_object *any_string(const char *text)
{
	OWNED(buf_release) struct buf shown = BUF_INIT;

	if (!text || text_is_utf8(text, strlen(text)))
		return report_string(text);
	while (*text) {
		const size_t length = strcspn(text, "\n");

		/* a byte becomes four at most: nothing is cut */
		text_show(&shown, text, length, 4 * length + 1);
		text += length;
		if (*text) {
			buf_addc(&shown, '\n');
			text++;
		}
	}
	return report_string(shown.data);
}

static struct json_object *texts_array(const char *const *texts, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		append(array, any_string(texts[i]));
	return array;
}

static struct json_object *object_of(const struct object_finding *finding)
{
	const struct object_pair *pair = finding->pair;
	struct json_object *object = json_object_new_object();

	report_add(object, "kind", report_string(object_kind_name(pair->kind)));
	report_add(object, "database",
		   report_string(finding->database[SOURCE]));
	report_add(object, "target_database",
		   report_string(finding->database[TARGET]));
	report_add(object, "name", report_string(pair->name));
	report_add(object, "table",
		   *pair->table ? report_string(pair->table) : NULL);
	report_add(object, "verdict",
		   report_string(verdict_name(finding->verdict)));
	report_add(object, "skipped", any_string(pair->unknown));
	report_add(object, "diff", any_string(pair->diff));
	report_add(object, "statements",
		   texts_array(pair->statements, pair->statement_count));
	report_add(object, "notes", texts_array(pair->notes, pair->note_count));
	return object;
}

struct json_object *report_objects_array(const struct report *report)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < report->object_count; i++)
		append(array, object_of(&report->objects[i]));
	return array;
}
