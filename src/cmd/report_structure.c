/*
 * report_structure.c - how the structure of a table differs, for people and as
 * JSON: as diff -u shows it, and as the statements that would make it equal.
 */
#include "report_lines.h"
#include "report_structure.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"
#include "dbsync/schema/structure.h"

#include <stdio.h>
#include <string.h>

enum { WIDEST = 2000 };

/* ------------------------------------------------------------------------
 * Text
 * --------------------------------------------------------------------- */

static void print_hazards(const struct structure *structure)
{
	for (size_t i = 0; i < structure->delta.count; i++) {
		OWNED(buf_release) struct buf what = BUF_INIT;
		const struct delta_clause *clause =
			&structure->delta.clauses[i];

		if (!clause->hazard)
			continue;
		text_show(&what, clause->what, strlen(clause->what), 200);
		(void)printf("    hazard %s: %s: %s\n",
			     hazard_word(clause->hazard), what.data,
			     hazard_meaning(clause->hazard));
	}
}

void report_structure_text(const struct structure *structure)
{
	if (!structure)
		return;
	if (structure->unknown) {
		OWNED(buf_release) struct buf line = BUF_INIT;

		text_show(&line, structure->unknown, strlen(structure->unknown),
			  WIDEST);
		(void)printf("    structure not compared: %s\n", line.data);
		return;
	}
	for (size_t i = 0; i < structure->loss_count; i++)
		report_lines(stdout, "    the target cannot have: ",
			     structure->losses[i], "");
	report_diff(stdout, "    ", structure->diff);
	for (size_t i = 0; i < structure->statements.count; i++)
		report_lines(stdout, "    > ", structure->statements.items[i],
			     ";");
	print_hazards(structure);
}

/* ------------------------------------------------------------------------
 * JSON
 * --------------------------------------------------------------------- */

static void append(struct json_object *to, struct json_object *value)
{
	(void)json_object_array_add(to, value);
}

static struct json_object *texts_array(const char *const *texts, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++)
		append(array, report_string(texts[i]));
	return array;
}

static struct json_object *hazards_array(const struct structure *structure)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < structure->delta.count; i++) {
		const struct delta_clause *clause =
			&structure->delta.clauses[i];
		struct json_object *object = NULL;

		if (!clause->hazard)
			continue;
		object = json_object_new_object();
		report_add(object, "kind",
			   report_string(hazard_word(clause->hazard)));
		report_add(object, "what", report_string(clause->what));
		report_add(object, "meaning",
			   report_string(hazard_meaning(clause->hazard)));
		report_add(object, "clause", report_string(clause->sql));
		report_add(object, "endangered",
			   report_string(clause->endangered));
		append(array, object);
	}
	return array;
}

static const char *verdict_of(const struct structure *structure)
{
	if (structure->unknown)
		return "incomplete";
	return structure_differs(structure) ? "different" : "equal";
}

struct json_object *report_structure_object(const struct structure *structure)
{
	struct json_object *object = NULL;

	if (!structure)
		return NULL;
	object = json_object_new_object();
	report_add(object, "verdict", report_string(verdict_of(structure)));
	report_add(object, "skipped", report_string(structure->unknown));
	report_add(object, "diff", report_string(structure->diff));
	report_add(object, "statements",
		   texts_array(structure->statements.items,
			       structure->statements.count));
	report_add(object, "hazards", hazards_array(structure));
	report_add(object, "losses",
		   texts_array(structure->losses, structure->loss_count));
	return object;
}
