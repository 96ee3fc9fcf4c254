/*
 * page_table.c - the tables of a result, one in a row; see page.h.
 *
 * What is said of a table is what it is now, so what a run has done comes before
 * what it had found.  The first line that fits is taken:
 *
 *	not equal when compared again	still different, incomplete
 *	not all of it was written	not all written
 *	copied as a whole		copied
 *	rows or structure written	written, restored
 *	only on the target, on purpose	kept
 *	nothing of these		what was found
 *
 * Tables stand in three parts: those that a person should look at, those that
 * are as they should be now because the run changed them, and those that were
 * equal.  The latter two are folded up when there are many, or always.
 */
#include "page.h"

#include "page_pieces.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <string.h>

enum {
	MOST_EQUAL = 10000, /* tables that are equal, and named one by one */
	MOST_STRIPS = 500,  /* tables whose key space is drawn */
	FEW = 4,            /* tables that are unfolded without being asked */
	FEW_CHANGED = 24,   /* tables of a run that are shown with their bars */
	MANY = 200 /* tables that a browser need not draw all at once */
};

enum part { PART_LOOK, PART_CHANGED, PART_EQUAL, PARTS };

struct state {
	const char *class;
	const char *word;
	enum part part;
};

struct list {
	struct json_object *result;
	bool was_written;
	struct json_object *written; /* by name of the table; see index_of */
	struct json_object *left;
	struct json_object *copied;
	struct json_object *reshaped;
	struct json_object *kept;
	size_t counts[PARTS];
	size_t strips; /* how many were drawn */
	struct buf rows[PARTS];
};

static const char *text_of(struct json_object *object, const char *name)
{
	return report_get_text(object, name, "");
}

static bool is_text(struct json_object *object, const char *name,
		    const char *text)
{
	return !strcmp(text_of(object, name), text);
}

/* ------------------------------------------------------------------------
 * Looking up by name
 * --------------------------------------------------------------------- */

static void add_name(struct buf *out, const char *database, const char *table)
{
	buf_addf(out, "%zu.%s.%s", strlen(database), database, table);
}

/* Items by their names, on the target: there may be thousands of each. */
static struct json_object *index_of(struct json_object *array)
{
	struct json_object *index = json_object_new_object();

	for (size_t i = 0; i < report_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		OWNED(buf_release) struct buf name = BUF_INIT;

		add_name(&name, text_of(item, "database"),
			 text_of(item, "table"));
		report_add(index, name.data, json_object_get(item));
	}
	return index;
}

static struct json_object *found(struct json_object *index,
				 struct json_object *table)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	add_name(&name, text_of(table, "target_database"),
		 text_of(table, "table"));
	return report_get(index, name.data);
}

static void list_open(struct list *list, struct json_object *result)
{
	struct json_object *plan = report_get(result, "plan");

	*list = (struct list){.result = result,
			      .rows = {BUF_INIT, BUF_INIT, BUF_INIT}};
	list->was_written = report_get(result, "written") != NULL;
	list->written = index_of(report_get(result, "written"));
	list->left = index_of(report_get(result, "still_different"));
	list->copied = index_of(
		report_get(report_get(result, "copies"), "tables"));
	list->reshaped = index_of(report_get(plan, "structures"));
	list->kept = index_of(report_get(plan, "kept"));
}

static void list_close(struct list *list)
{
	(void)json_object_put(list->written);
	(void)json_object_put(list->left);
	(void)json_object_put(list->copied);
	(void)json_object_put(list->reshaped);
	(void)json_object_put(list->kept);
	for (int i = 0; i < PARTS; i++)
		buf_release(&list->rows[i]);
}

/* A rollback compares nothing; its tables are those that it wrote to. */
static void add_planned(struct json_object *tables, struct json_object *named,
			struct json_object *from)
{
	for (size_t i = 0; i < report_length(from); i++) {
		struct json_object *item = json_object_array_get_idx(from, i);
		struct json_object *table = json_object_new_object();
		OWNED(buf_release) struct buf name = BUF_INIT;

		for (int k = 0; k < 2; k++)
			report_add(table, k ? "target_database" : "database",
				   report_string(text_of(item, "database")));
		report_add(table, "table",
			   report_string(text_of(item, "table")));
		add_name(&name, text_of(item, "database"),
			 text_of(item, "table"));
		if (report_get(named, name.data)) {
			(void)json_object_put(table);
			continue;
		}
		report_add(named, name.data, report_string(""));
		(void)json_object_array_add(tables, table);
	}
}

/* The caller's. */
static struct json_object *tables_of(struct json_object *result)
{
	struct json_object *compared = report_get(result, "tables");
	struct json_object *plan = report_get(result, "plan");

	if (compared || !plan)
		return json_object_get(compared);
	struct json_object *tables = json_object_new_array();
	struct json_object *named = json_object_new_object();

	add_planned(tables, named, report_get(plan, "tables"));
	add_planned(tables, named, report_get(plan, "structures"));
	(void)json_object_put(named);
	return tables;
}

/* ------------------------------------------------------------------------
 * What is said of a table
 * --------------------------------------------------------------------- */

static struct state state_found(struct json_object *table)
{
	static const struct {
		const char *verdict;
		struct state state;
	} states[] = {
		{"equal", {"equal", "equal", PART_EQUAL}},
		{"different", {"different", "different", PART_LOOK}},
		{"incomplete", {"incomplete", "incomplete", PART_LOOK}},
		{"missing_on_target",
		 {"missing_on_target", "only on the source", PART_LOOK}},
		{"missing_on_source",
		 {"missing_on_source", "only on the target", PART_LOOK}},
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (is_text(table, "verdict", states[i].verdict))
			return states[i].state;
	return (struct state){"unverified", "planned", PART_LOOK};
}

static bool is_partly(struct json_object *written)
{
	return page_count(written, "drifted") ||
	       page_count(written, "refused") || report_get(written, "error");
}

static bool is_done(struct json_object *structure)
{
	return page_count(structure, "statements_done") &&
	       !report_get(structure, "error");
}

/* What a run has done with a table; false: nothing. */
static bool state_done(const struct list *list, struct json_object *table,
		       struct state *out)
{
	static const struct state copied = {"written", "copied", PART_CHANGED};
	static const struct state written = {"written", "written",
					     PART_CHANGED};
	static const struct state restored = {"restored", "restored",
					      PART_CHANGED};
	struct json_object *structure = found(list->reshaped, table);

	if (found(list->copied, table) &&
	    json_object_get_boolean(
		    report_get(report_get(list->result, "copies"), "swapped")))
		*out = copied;
	else if (!found(list->written, table) &&
		 !(list->was_written && is_done(structure)))
		return false;
	else
		*out = is_text(list->result, "command", "rollback") ? restored
								    : written;
	return true;
}

static struct state state_of(const struct list *list, struct json_object *table)
{
	struct json_object *left = found(list->left, table);
	struct state state;

	if (left)
		return is_text(left, "verdict", "incomplete")
			       ? (struct state){"incomplete", "incomplete",
						PART_LOOK}
			       : (struct state){"different", "still different",
						PART_LOOK};
	if (is_partly(found(list->written, table)) ||
	    (list->was_written &&
	     report_get(found(list->reshaped, table), "error")))
		return (struct state){"different", "not all written",
				      PART_LOOK};
	if (state_done(list, table, &state))
		return state;
	if (found(list->kept, table))
		return (struct state){"unverified", "kept", PART_LOOK};
	/* its structure alone was compared, to be copied */
	if (report_get(list->result, "copies") &&
	    !page_count(table, "ranges") && is_text(table, "verdict", "equal"))
		return (struct state){"unverified", "not copied", PART_LOOK};
	return state_found(table);
}

/* ------------------------------------------------------------------------
 * Its row
 * --------------------------------------------------------------------- */

static uint64_t undone_rows(struct json_object *table)
{
	struct json_object *strip = report_get(table, "strip");
	uint64_t rows = 0;

	for (size_t i = 0; i < report_length(strip); i++)
		rows += page_count(json_object_array_get_idx(strip, i),
				   "undone_rows");
	return rows;
}

static uint64_t changes_of(struct json_object *table)
{
	return page_count(table, "insert") + page_count(table, "update") +
	       page_count(table, "delete");
}

static void bar_compared(struct buf *out, struct json_object *table)
{
	const uint64_t rows = page_count(table, "rows_source") +
			      page_count(table, "delete");
	const uint64_t changes = changes_of(table);
	const struct page_part parts[] = {
		{"same", rows > changes ? rows - changes : 0, "row equal",
		 "rows equal"},
		{"diff", changes, "row differs", "rows differ"},
		{"undone", undone_rows(table), "row not compared",
		 "rows not compared"},
		{"plain", page_count(table, "rows_unread"), "row not read",
		 "rows not read"},
	};

	page_bar(out, parts, sizeof(parts) / sizeof(*parts));
}

/* Of a table that was not compared before, but written. */
static void bar_written(struct buf *out, struct json_object *written,
			struct json_object *copied)
{
	const uint64_t rows = page_count(copied, "rows");
	const bool is_checked = json_object_get_boolean(
		report_get(copied, "checked"));
	const struct page_part parts[] = {
		{"same", changes_of(report_get(written, "rows")),
		 "row restored", "rows restored"},
		{"plain", page_count(written, "already"),
		 "row already restored", "rows already restored"},
		{"diff",
		 page_count(written, "drifted") +
			 page_count(written, "refused"),
		 "row left as it is", "rows left as they are"},
		{is_checked ? "same" : "undone", rows, "row copied",
		 "rows copied"},
	};

	page_bar(out, parts, sizeof(parts) / sizeof(*parts));
}

static void add_bar(struct buf *out, const struct list *list,
		    struct json_object *table)
{
	const bool is_compared = page_count(table, "rows_source") ||
				 page_count(table, "rows_target") ||
				 page_count(table, "rows_unread") ||
				 page_count(table, "ranges");

	if (is_compared)
		bar_compared(out, table);
	else
		bar_written(out, found(list->written, table),
			    found(list->copied, table));
}

static void add_count(struct buf *out, const char *class, uint64_t count,
		      const char *word)
{
	struct page page = {0};

	buf_adds(page_place(&page, "class"), class);
	text_count(page_place(&page, "count"), count);
	buf_adds(page_place(&page, "word"), word);
	page_add(out, html_count, &page);
}

static void add_words(struct buf *out, const char *class, const char *word)
{
	struct page page = {0};

	buf_adds(page_place(&page, "class"), class);
	buf_adds(page_place(&page, "word"), word);
	page_add(out, html_count, &page);
}

/* Rows of both sides, where they were read. */
static void add_rows(struct buf *out, struct json_object *table)
{
	const uint64_t source = page_count(table, "rows_source");
	const uint64_t target = page_count(table, "rows_target");
	OWNED(buf_release) struct buf text = BUF_INIT;

	const uint64_t unread = page_count(table, "rows_unread");

	if (!source && !target && !unread)
		return;
	buf_adds(&text, "of ");
	page_number(&text, source, "row", "rows");
	if (source != target) {
		buf_adds(&text, ", target ");
		text_count(&text, target);
	}
	if (unread) {
		buf_adds(&text, ", ");
		text_count(&text, unread);
		buf_adds(&text, " not read");
	}
	add_words(out, "all", text.data);
}

/* What became of its structure, or is to be. */
static void add_shape(struct buf *out, const struct list *list,
		      struct json_object *table)
{
	const char *kind = text_of(found(list->reshaped, table), "kind");

	if (*text_of(report_get(table, "structure"), "diff") ||
	    !strcmp(kind, "alter"))
		add_words(out, "shape", "structure");
	else if (!strcmp(kind, "create"))
		add_words(out, "shape", "new");
	else if (!strcmp(kind, "drop"))
		add_words(out, "shape",
			  list->was_written ? "dropped" : "to be dropped");
}

static void add_counts(struct buf *out, const struct list *list,
		       struct json_object *table)
{
	static const char *const past[] = {"inserted", "updated", "deleted"};
	struct json_object *written = found(list->written, table);
	struct json_object *copied = found(list->copied, table);

	if (copied)
		add_count(out, "insert", page_count(copied, "rows"),
			  "rows copied");
	else if (written)
		page_changes(out, report_get(written, "rows"), past);
	else if (!found(list->kept, table))
		page_changes(out, table, NULL);
	add_shape(out, list, table);
	if (!copied)
		add_rows(out, table);
}

/* ------------------------------------------------------------------------
 * What is folded up in it
 * --------------------------------------------------------------------- */

static void add_note(struct buf *out, const char *title, const char *text)
{
	struct page page = {0};

	if (!text || !*text)
		return;
	buf_addf(page_place(&page, "text"), "%s%s", title, text);
	page_add(out, html_note, &page);
}

static void add_columns(struct buf *out, struct json_object *table)
{
	struct json_object *columns = report_get(table, "differing_columns");
	struct json_object *hazards = report_get(report_get(table, "structure"),
						 "hazards");
	OWNED(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < report_length(columns); i++) {
		struct json_object *column = json_object_array_get_idx(columns,
								       i);

		buf_addf(&text, "%s%s: %s", i ? "; " : "not compared: column ",
			 text_of(column, "name"),
			 text_of(column, "difference"));
	}
	add_note(out, "", text.data);
	for (size_t i = 0; i < report_length(hazards); i++) {
		struct json_object *hazard = json_object_array_get_idx(hazards,
								       i);

		buf_clear(&text);
		buf_addf(&text, "%s: %s", text_of(hazard, "what"),
			 text_of(hazard, "meaning"));
		add_note(out, "hazard: ", text.data);
	}
}

static void add_drift(struct buf *out, struct json_object *written)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const uint64_t drifted = page_count(written, "drifted");
	const uint64_t refused = page_count(written, "refused");

	if (drifted) {
		page_number(&text, drifted, "row", "rows");
		add_note(out, "changed by someone else, left as they are: ",
			 text.data);
	}
	buf_clear(&text);
	if (refused) {
		page_number(&text, refused, "row", "rows");
		buf_addf(&text, ": %s", text_of(written, "refusal"));
		add_note(out, "refused by the target: ", text.data);
	}
	add_note(out, "given up: ", text_of(written, "error"));
}

static void add_notes(struct buf *out, const struct list *list,
		      struct json_object *table)
{
	if (is_text(table, "verdict", "missing_on_target"))
		add_note(out, "", "the target had no such table");
	if (is_text(table, "verdict", "missing_on_source"))
		add_note(out, "", "the source has no such table");
	add_note(out, "", text_of(table, "skipped"));
	add_note(out, "compared again: ",
		 text_of(found(list->left, table), "skipped"));
	add_note(out, "structure: ",
		 text_of(report_get(table, "structure"), "skipped"));
	add_note(out, "structure, given up: ",
		 text_of(found(list->reshaped, table), "error"));
	add_columns(out, table);
	add_drift(out, found(list->written, table));
}

static void add_piece(struct buf *out, const char *title, const char *text)
{
	struct page page = {0};

	if (!*text)
		return;
	buf_addf(page_place(&page, "text"), "%s%s", title, text);
	page_add(out, html_piece, &page);
}

/* How it was compared. */
static void facts_compared(struct buf *out, struct json_object *table)
{
	const uint64_t ranges = page_count(table, "ranges");
	const uint64_t unread = page_count(table, "rows_unread");
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (unread) {
		page_number(&text, unread, "row", "rows");
		add_piece(out, "not read: ", text.data);
		buf_clear(&text);
	}
	if (!ranges && !unread && is_text(table, "verdict", "equal"))
		add_piece(out, "", "structure alone");
	if (!ranges)
		return;
	add_piece(out, "key: ", text_of(table, "key"));
	add_piece(out, "digest: ", text_of(table, "digest"));
	page_number(&text, ranges, "range", "ranges");
	add_piece(out, "", text.data);
	buf_clear(&text);
	buf_addf(&text, "%s s", text_of(table, "seconds"));
	add_piece(out, "", text.data);
}

/* How it was copied, and why. */
static void facts_copied(struct buf *out, struct json_object *copied)
{
	const bool is_checked = json_object_get_boolean(
		report_get(copied, "checked"));
	OWNED(buf_release) struct buf text = BUF_INIT;

	add_piece(out, "", text_of(copied, "reason"));
	add_piece(out, "load: ", text_of(copied, "way"));
	buf_addf(&text, "%s s", text_of(copied, "load_seconds"));
	add_piece(out, "", text.data);
	add_piece(out, "", is_checked ? "read back" : "");
}

static void add_facts(struct buf *out, const struct list *list,
		      struct json_object *table)
{
	struct json_object *copied = found(list->copied, table);

	if (copied)
		facts_copied(out, copied);
	else
		facts_compared(out, table);
}

static void add_structure(struct buf *out, struct json_object *table)
{
	const char *text = text_of(report_get(table, "structure"), "diff");
	struct page page = {0};

	page_diff(page_place(&page, "diff"), text);
	page_add(out, *text ? html_structure : "", &page);
}

static void add_table(struct list *list, struct json_object *table,
		      const struct state *state, bool is_open)
{
	struct page page = {.object = table};
	struct buf *strip = page_place(&page, "strip");
	struct buf *places = page_place(&page, "places");

	buf_adds(page_place(&page, "class"), state->class);
	buf_adds(page_place(&page, "word"), state->word);
	buf_adds(page_place(&page, "open"), is_open ? " open" : "");
	add_bar(page_place(&page, "bar"), list, table);
	if (page_has_strip(table) && list->strips++ < MOST_STRIPS) {
		page_strip(strip, table);
		page_places(places, table);
	}
	add_counts(page_place(&page, "counts"), list, table);
	add_notes(page_place(&page, "notes"), list, table);
	add_structure(page_place(&page, "structure"), table);
	page_samples(page_place(&page, "samples"), table);
	add_facts(page_place(&page, "facts"), list, table);
	page_add(&list->rows[state->part], html_table, &page);
}

static void add_equal(struct list *list, struct json_object *table)
{
	struct page page = {.object = table};

	add_facts(page_place(&page, "facts"), list, table);
	page_add(&list->rows[PART_EQUAL], html_equal, &page);
}

/* ------------------------------------------------------------------------
 * All of them
 * --------------------------------------------------------------------- */

/* How many tables somebody should look at. */
static size_t count_looks(const struct list *list, struct json_object *tables)
{
	size_t count = 0;

	for (size_t i = 0; i < report_length(tables); i++)
		count += state_of(list, json_object_array_get_idx(tables, i))
				 .part == PART_LOOK;
	return count;
}

static void sort_in(struct list *list, struct json_object *tables)
{
	const bool is_open = count_looks(list, tables) <= FEW;

	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);
		const struct state state = state_of(list, table);

		list->counts[state.part]++;
		if (state.part != PART_EQUAL)
			add_table(list, table, &state,
				  is_open && state.part == PART_LOOK);
		else if (list->counts[PART_EQUAL] <= MOST_EQUAL)
			add_equal(list, table);
	}
}

static void add_heading(struct page *page, size_t count, const char *one,
			const char *many)
{
	page_number(page_place(page, "heading"), count, one, many);
	buf_adds(page_place(page, "many"), count > MANY ? "many" : "");
}

static void add_looks(struct buf *out, struct list *list)
{
	struct page page = {0};

	add_heading(&page, list->counts[PART_LOOK], "table needs attention",
		    "tables need attention");
	buf_adds(page_place(&page, "rows"), list->rows[PART_LOOK].data);
	page_add(out, html_differing, &page);
}

static void add_changed(struct buf *out, struct list *list)
{
	const size_t count = list->counts[PART_CHANGED];
	struct page rows = {0};
	struct page page = {0};

	buf_adds(page_place(&rows, "rows"), list->rows[PART_CHANGED].data);
	add_heading(&page, count, "table changed by this run",
		    "tables changed by this run");
	buf_adds(page_place(&page, "open"),
		 count <= FEW_CHANGED ? " open" : "");
	page_add(page_place(&page, "rows"), html_folded_rows, &rows);
	page_add(out, html_folded, &page);
}

static void add_equals(struct buf *out, struct list *list)
{
	const size_t count = list->counts[PART_EQUAL];
	struct page more = {0};
	struct page rows = {0};
	struct page page = {0};

	buf_adds(page_place(&rows, "rows"), list->rows[PART_EQUAL].data);
	if (count > MOST_EQUAL) {
		text_count(page_place(&more, "count"), count - MOST_EQUAL);
		page_add(page_place(&rows, "more"), html_more_equal, &more);
	}
	add_heading(&page, count, "table is equal", "tables are equal");
	page_add(page_place(&page, "rows"), html_folded_equal, &rows);
	page_add(out, html_folded, &page);
}

void page_tables(struct buf *out, struct json_object *result)
{
	struct list list;

	struct json_object *tables = tables_of(result);

	list_open(&list, result);
	sort_in(&list, tables);
	if (list.counts[PART_LOOK])
		add_looks(out, &list);
	if (list.counts[PART_CHANGED])
		add_changed(out, &list);
	if (list.counts[PART_EQUAL])
		add_equals(out, &list);
	list_close(&list);
	(void)json_object_put(tables);
}
