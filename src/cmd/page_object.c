/* page_object.c - views, routines and the like, one in a row; see page.h. */
#include "page.h"

#include "page_pieces.h"

#include "dbsync/run/report_value.h"

#include <string.h>

enum { FEW = 4 }; /* are unfolded without being asked */

static const char *text_of(struct json_object *object, const char *name)
{
	return report_get_text(object, name, "");
}

static void add_note(struct buf *out, const char *text)
{
	struct page page = {0};

	buf_adds(page_place(&page, "text"), text);
	page_add(out, *text ? html_note : "", &page);
}

static void add_notes(struct buf *out, struct json_object *object)
{
	struct json_object *notes = report_get(object, "notes");

	add_note(out, text_of(object, "skipped"));
	add_note(out, text_of(object, "error"));
	for (size_t i = 0; i < report_length(notes); i++)
		add_note(out, json_object_get_string(
				      json_object_array_get_idx(notes, i)));
}

static void add_object(struct buf *out, struct json_object *object,
		       const char *class, const char *word, bool is_open)
{
	const char *text = text_of(object, "diff");
	struct page diff = {0};
	struct page page = {.object = object};

	buf_adds(page_place(&page, "class"), class);
	buf_adds(page_place(&page, "word"), word);
	buf_adds(page_place(&page, "open"), is_open ? " open" : "");
	add_notes(page_place(&page, "notes"), object);
	page_diff(page_place(&diff, "diff"), text);
	page_add(page_place(&page, "diff"), *text ? html_object_diff : "",
		 &diff);
	page_add(out, html_object, &page);
}

/* "missing_on_target" */
static const char *word_of(const char *verdict)
{
	if (!strcmp(verdict, "missing_on_target"))
		return "only on the source";
	if (!strcmp(verdict, "missing_on_source"))
		return "only on the target";
	return verdict;
}

static size_t count_differing(struct json_object *objects)
{
	size_t count = 0;

	for (size_t i = 0; i < report_length(objects); i++)
		count += strcmp(text_of(json_object_array_get_idx(objects, i),
					"verdict"),
				"equal") != 0;
	return count;
}

static void add_compared(struct buf *out, struct json_object *objects)
{
	const size_t count = count_differing(objects);

	for (size_t i = 0; i < report_length(objects); i++) {
		struct json_object *object = json_object_array_get_idx(objects,
								       i);
		const char *verdict = text_of(object, "verdict");

		if (strcmp(verdict, "equal") != 0)
			add_object(out, object, verdict, word_of(verdict),
				   count <= FEW);
	}
}

static void add_planned(struct buf *out, struct json_object *result)
{
	const bool was_written = report_get(result, "written") != NULL;
	const bool is_undo = !strcmp(text_of(result, "command"), "rollback");
	struct json_object *objects = report_get(report_get(result, "plan"),
						 "objects");

	for (size_t i = 0; i < report_length(objects); i++) {
		struct json_object *object = json_object_array_get_idx(objects,
								       i);

		if (json_object_get_boolean(report_get(object, "done")))
			add_object(out, object,
				   is_undo ? "restored" : "written",
				   is_undo ? "restored" : "written", false);
		else
			add_object(out, object, "different",
				   was_written ? "not written"
					       : "to be written",
				   was_written);
	}
}

void page_objects(struct buf *out, struct json_object *result)
{
	struct page page = {0};
	struct buf *rows = page_place(&page, "rows");

	buf_adds(page_place(&page, "heading"), "Objects");
	add_compared(rows, report_get(result, "objects"));
	add_planned(rows, result);
	page_add(out, rows->length ? html_objects : "", &page);
}

uint64_t page_count_objects(struct json_object *result)
{
	return count_differing(report_get(result, "objects"));
}
