/*
 * page_lead.c - what a run came to, in a few sentences and one bar; see page.h.
 *
 * They come first on the page, for a reader who has three seconds.
 */
#include "page.h"

#include "page_pieces.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <string.h>

static bool is_text(struct json_object *object, const char *name,
		    const char *text)
{
	return !strcmp(report_get_text(object, name, ""), text);
}

static struct json_object *copies_of(struct json_object *result)
{
	return report_get(report_get(result, "copies"), "tables");
}

static void add_lead(struct buf *out, const struct buf *text)
{
	struct page page = {0};

	buf_add(page_place(&page, "text"), text->data, text->length);
	page_add(out, text->length ? html_lead : "", &page);
}

/* ------------------------------------------------------------------------
 * Sums
 * --------------------------------------------------------------------- */

static uint64_t changes_of(struct json_object *rows)
{
	return page_count(rows, "insert") + page_count(rows, "update") +
	       page_count(rows, "delete");
}

/* Of all items of an array; how many have some, too. */
static uint64_t sum_of(struct json_object *array, const char *name,
		       size_t *items_out)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < report_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		const uint64_t count =
			strcmp(name, "changes") != 0
				? page_count(item, name)
				: changes_of(report_get(item, "rows")
						     ? report_get(item, "rows")
						     : item);

		sum += count;
		if (items_out)
			*items_out += count != 0;
	}
	return sum;
}

static size_t count_verdicts(struct json_object *array, const char *verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < report_length(array); i++)
		count += is_text(json_object_array_get_idx(array, i), "verdict",
				 verdict);
	return count;
}

/* Rows that a server says are in what was not compared to the end. */
static uint64_t undone_rows(struct json_object *tables)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < report_length(tables); i++)
		rows += sum_of(report_get(json_object_array_get_idx(tables, i),
					  "strip"),
			       "undone_rows", NULL);
	return rows;
}

/* ------------------------------------------------------------------------
 * Sentences
 * --------------------------------------------------------------------- */

static bool is_past(struct json_object *result)
{
	return report_get(result, "written") != NULL;
}

static void lead_rows(struct buf *text, struct json_object *result)
{
	struct json_object *tables = report_get(result, "tables");
	const uint64_t rows = page_count(result, "rows_compared");
	size_t differing = 0;
	const uint64_t changes = sum_of(tables, "changes", &differing);

	if (!rows)
		return;
	if (changes) {
		text_count(text, changes);
		buf_adds(text, " of ");
	}
	page_number(text, rows, "row", "rows");
	if (!changes) {
		buf_adds(text, rows == 1 ? " is equal" : " are equal");
		buf_addf(text, ", in %zu %s.", report_length(tables),
			 report_length(tables) == 1 ? "table" : "tables");
		return;
	}
	buf_adds(text, is_past(result) ? " differed"
		       : changes == 1  ? " differs"
				       : " differ");
	buf_addf(text, ", in %zu of %zu tables.", differing,
		 report_length(tables));
}

static void add_sentence(struct buf *text, uint64_t count, const char *one,
			 const char *many, const char *end)
{
	if (!count)
		return;
	if (text->length)
		buf_addc(text, ' ');
	page_number(text, count, one, many);
	buf_adds(text, end);
}

static void lead_others(struct buf *text, struct json_object *result)
{
	const bool past = is_past(result);

	add_sentence(text, page_count(result, "structures_differing"),
		     past ? "structure differed" : "structure differs",
		     past ? "structures differed" : "structures differ", ".");
	add_sentence(text, page_count_objects(result), "object differs",
		     "objects differ", ".");
	add_sentence(text, page_count(result, "rows_unread"), "row", "rows",
		     " not read, which neither binary log names since both "
		     "sides were equal.");
	add_sentence(text,
		     count_verdicts(report_get(result, "tables"), "incomplete"),
		     "table was not compared to the end",
		     "tables were not compared to the end", ".");
}

static void lead_written(struct buf *text, struct json_object *result)
{
	struct json_object *written = report_get(result, "written");
	const bool is_undo = is_text(result, "command", "rollback");
	size_t tables = 0;
	const uint64_t rows = sum_of(written, "changes", &tables);
	OWNED(buf_release) struct buf end = BUF_INIT;

	buf_addf(&end, " in %zu %s.", tables, tables == 1 ? "table" : "tables");
	add_sentence(text, rows,
		     is_undo ? "row was restored" : "row was written",
		     is_undo ? "rows were restored" : "rows were written",
		     end.data);
	add_sentence(text, sum_of(written, "drifted", NULL), "row", "rows",
		     " changed by someone else and left as they are.");
	add_sentence(text, sum_of(written, "refused", NULL), "row", "rows",
		     " that the target refused.");
}

static void lead_copied(struct buf *text, struct json_object *result)
{
	struct json_object *copies = report_get(result, "copies");
	struct json_object *tables = copies_of(result);
	const bool swapped = json_object_get_boolean(
		report_get(copies, "swapped"));
	OWNED(buf_release) struct buf end = BUF_INIT;

	buf_addf(&end, " in %zu %s%s", report_length(tables),
		 report_length(tables) == 1 ? "table" : "tables",
		 swapped ? "; swapped in." : "; not swapped in.");
	add_sentence(text, sum_of(tables, "rows", NULL), "row was copied",
		     "rows were copied", end.data);
}

static void lead_again(struct buf *text, struct json_object *result)
{
	struct json_object *left = report_get(result, "still_different");
	const char *command = report_get_text(result, "command", "");

	if (!is_past(result) || !strcmp(command, "rollback"))
		return;
	add_sentence(text, report_length(left), "table is", "tables are",
		     " still not equal.");
	if (is_text(result, "verdict", "unverified"))
		buf_adds(text, " The result was not compared again.");
}

static void lead_plan(struct buf *text, struct json_object *result)
{
	struct json_object *plan = report_get(result, "plan");
	struct json_object *guards = report_get(plan, "guards");
	bool is_refused = false;

	if (!plan || is_past(result))
		return;
	for (size_t i = 0; i < report_length(guards); i++)
		is_refused |= !json_object_get_boolean(report_get(
			json_object_array_get_idx(guards, i), "allowed"));
	buf_adds(text, "Nothing was written.");
	if (is_refused)
		buf_adds(text, " As it is, the run would be refused: see "
			       "the guards.");
}

void page_leads(struct buf *out, struct json_object *result)
{
	static void (*const sentences[][3])(struct buf *,
					    struct json_object *) = {
		{lead_rows, lead_others, NULL},
		{lead_written, lead_copied, lead_again},
		{lead_plan, NULL, NULL},
	};

	for (size_t i = 0; i < 3; i++) {
		OWNED(buf_release) struct buf text = BUF_INIT;

		for (size_t k = 0; k < 3 && sentences[i][k]; k++)
			sentences[i][k](&text, result);
		add_lead(out, &text);
	}
}

/* ------------------------------------------------------------------------
 * The bar
 * --------------------------------------------------------------------- */

enum { MOST_PARTS = 4 };

static void parts_compared(struct page_part *parts, struct json_object *result)
{
	const uint64_t rows = page_count(result, "rows_compared");
	const uint64_t changes = page_count(result, "differences");
	const bool past = is_past(result);

	parts[0] = (struct page_part){"same",
				      rows > changes ? rows - changes : 0,
				      past ? "row was equal" : "row equal",
				      past ? "rows were equal" : "rows equal"};
	parts[1] = (struct page_part){"diff", changes,
				      past ? "row differed" : "row differs",
				      past ? "rows differed" : "rows differ"};
	parts[2] = (struct page_part){"undone",
				      undone_rows(report_get(result, "tables")),
				      "row not compared (an estimate)",
				      "rows not compared (an estimate)"};
	parts[3] = (struct page_part){"plain",
				      page_count(result, "rows_unread"),
				      "row not read", "rows not read"};
}

static void parts_copied(struct page_part *parts, struct json_object *result)
{
	struct json_object *tables = copies_of(result);
	uint64_t checked = 0;
	uint64_t unchecked = 0;

	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);
		const bool is_checked = json_object_get_boolean(
			report_get(table, "checked"));

		*(is_checked ? &checked : &unchecked) += page_count(table,
								    "rows");
	}
	parts[0] = (struct page_part){"same", checked,
				      "row copied and read back",
				      "rows copied and read back"};
	parts[1] = (struct page_part){"undone", unchecked,
				      "row copied, not read back",
				      "rows copied, not read back"};
}

static void parts_written(struct page_part *parts, struct json_object *result)
{
	struct json_object *written = report_get(result, "written");

	parts[0] = (struct page_part){"same", sum_of(written, "changes", NULL),
				      "row restored", "rows restored"};
	parts[1] = (struct page_part){"plain", sum_of(written, "already", NULL),
				      "row already restored",
				      "rows already restored"};
	parts[2] = (struct page_part){"diff",
				      sum_of(written, "drifted", NULL) +
					      sum_of(written, "refused", NULL),
				      "row left as it is",
				      "rows left as they are"};
}

void page_sum(struct buf *out, struct json_object *result)
{
	struct page_part parts[MOST_PARTS] = {{"", 0, "", ""}};

	if (is_text(result, "command", "rollback"))
		parts_written(parts, result);
	else if (copies_of(result) && !page_count(result, "rows_compared"))
		parts_copied(parts, result);
	else
		parts_compared(parts, result);
	page_whole(out, parts, MOST_PARTS);
}
