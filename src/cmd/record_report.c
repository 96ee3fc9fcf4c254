/*
 * record_report.c - what was compared, as a page for people: `--report`; see
 * record.h.
 *
 * One file that needs no network: the verdict first, then each table, what
 * differs in it, samples of rows side by side, and what was not compared.  All
 * of it comes out of the result (docs/json.md); the pieces are in page.h.
 */
#include "record.h"

#include "filters.h"
#include "page.h"
#include "page_pieces.h"
#include "report_value.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/version.h"

#include <string.h>
#include <time.h>

enum {
	MOST_EQUAL = 500,  /* tables that are equal, and named one by one */
	MOST_STRIPS = 500, /* tables whose key space is drawn */
};

/* ------------------------------------------------------------------------
 * Pieces
 * --------------------------------------------------------------------- */

static const char *text_of(struct json_object *object, const char *name)
{
	return report_get_text(object, name, "");
}

static bool is_text(struct json_object *object, const char *name,
		    const char *text)
{
	return !strcmp(text_of(object, name), text);
}

/* When there is something to say. */
static void add_fact(struct buf *out, const char *name, const char *text)
{
	struct page page = {0};

	if (!*text)
		return;
	buf_adds(page_place(&page, "name"), name);
	buf_adds(page_place(&page, "text"), text);
	page_add(out, html_fact, &page);
}

static void add_count(struct buf *out, const char *name,
		      struct json_object *count)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!count)
		return;
	text_count(&text, json_object_get_uint64(count));
	add_fact(out, name, text.data);
}

/* ------------------------------------------------------------------------
 * The head
 * --------------------------------------------------------------------- */

static void add_server(struct buf *out, struct json_object *result,
		       const char *side, const char *title)
{
	struct json_object *server = report_get(report_get(result, "servers"),
						side);
	OWNED(buf_release) struct buf text = BUF_INIT;
	const char *tls = text_of(server, "tls");

	if (!server)
		return;
	buf_addf(&text, "%s, %s %s, %s; view: %s", text_of(server, "name"),
		 text_of(server, "family"), text_of(server, "version"),
		 *tls ? tls : "no TLS",
		 text_of(report_get(result, "consistency"), side));
	add_fact(out, title, text.data);
}

/* Where views were taken anew: when, and what each was. */
static void add_moments(struct buf *out, struct json_object *result)
{
	struct json_object *moments = report_get(result, "moments");
	OWNED(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < report_length(moments); i++) {
		struct json_object *moment = json_object_array_get_idx(moments,
								       i);

		buf_addf(&text, "%s%s %s (%s)", i ? ", " : "",
			 text_of(moment, "side"), text_of(moment, "at"),
			 text_of(moment, "consistency"));
	}
	if (report_length(moments) > 2)
		add_fact(out, "views", text.data);
}

static void add_end(struct buf *out)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char moment[40];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S UTC", &utc);
	add_fact(out, "ended", moment);
}

static void add_facts(struct buf *out, const struct record *record)
{
	struct json_object *result = record->result;
	OWNED(buf_release) struct buf took = BUF_INIT;

	text_seconds(&took, record->seconds);
	add_fact(out, "error", text_of(report_get(result, "error"), "text"));
	add_end(out);
	add_fact(out, "took", took.data);
	add_fact(out, "run", text_of(result, "run"));
	add_server(out, result, "source", "source");
	add_server(out, result, "target", "target");
	add_moments(out, result);
	add_count(out, "rows compared", report_get(result, "rows_compared"));
	add_count(out, "rows that differed", report_get(result, "differences"));
	add_fact(out, "backup point", text_of(result, "backup"));
}

/* ------------------------------------------------------------------------
 * What was not compared
 * --------------------------------------------------------------------- */

static void add_reason(struct buf *out, struct json_object *of,
		       const char *reason)
{
	struct page page = {.object = of};

	buf_adds(page_place(&page, "reason"), reason);
	page_add(out, html_reason, &page);
}

static void add_ignored(struct buf *out, struct json_object *table)
{
	struct json_object *columns = report_get(table, "ignored_columns");
	OWNED(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < report_length(columns); i++)
		buf_addf(&text, "%s%s", i ? ", " : "columns left out: ",
			 json_object_get_string(
				 json_object_array_get_idx(columns, i)));
	if (text.length)
		add_reason(out, table, text.data);
}

static void add_filters(struct buf *out, struct json_object *result)
{
	struct json_object *filters = report_get(result, "filters");

	for (size_t i = 0; i < report_length(filters); i++) {
		struct page page = {0};

		filters_add_line(json_object_array_get_idx(filters, i),
				 page_place(&page, "line"));
		page_add(out, html_filtered, &page);
	}
}

static void add_gaps(struct buf *out, struct json_object *gaps)
{
	for (size_t i = 0; i < report_length(gaps); i++) {
		struct json_object *gap = json_object_array_get_idx(gaps, i);

		add_reason(out, gap, text_of(gap, "reason"));
	}
}

static void add_left_out(struct buf *out, struct json_object *result)
{
	struct json_object *tables = report_get(result, "tables");
	struct json_object *plan = report_get(result, "plan");
	struct page page = {0};
	struct buf *list = page_place(&page, "list");

	add_filters(list, result);
	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);

		if (*text_of(table, "skipped"))
			add_reason(list, table, text_of(table, "skipped"));
		add_ignored(list, table);
	}
	add_gaps(list, report_get(plan, "left_out"));
	add_gaps(list, report_get(plan, "kept"));
	page_add(out, list->length ? html_left_out : "", &page);
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

/* Those that are not equal come first. */
static size_t add_rows(struct buf *out, struct json_object *tables)
{
	size_t equal = 0;

	for (int is_equal = 0; is_equal < 2; is_equal++)
		for (size_t i = 0; i < report_length(tables); i++) {
			struct page page = {
				.object = json_object_array_get_idx(tables, i),
			};

			if (is_text(page.object, "verdict", "equal") !=
			    is_equal)
				continue;
			equal += (size_t)is_equal;
			if (equal <= MOST_EQUAL)
				page_add(out, html_table, &page);
		}
	return equal;
}

static void add_tables(struct buf *out, struct json_object *result)
{
	struct json_object *tables = report_get(result, "tables");
	struct page page = {0};
	struct page more = {0};

	if (!report_length(tables))
		return;
	const size_t equal = add_rows(page_place(&page, "rows"), tables);

	page_add(out, html_tables, &page);
	if (equal <= MOST_EQUAL)
		return;
	buf_addf(page_place(&more, "count"), "%zu", equal - MOST_EQUAL);
	page_add(out, html_more_equal, &more);
}

/* ------------------------------------------------------------------------
 * What differs in a table
 * --------------------------------------------------------------------- */

/* "from character 3, byte 4 on: U+0430" */
static void add_place(struct buf *out, struct json_object *place,
		      const char *side)
{
	struct json_object *character = report_get(place, "character");
	struct page page = {.object = place};

	if (!place)
		return;
	if (character)
		buf_addf(page_place(&page, "character"), "character %s, ",
			 json_object_get_string(character));
	buf_adds(page_place(&page, "there"), text_of(place, side));
	page_add(out, html_place, &page);
}

static void add_value(struct buf *out, struct json_object *detail,
		      struct json_object *column, const char *side)
{
	struct json_object *value = report_get(column, side);
	struct page page = {0};

	if (!value) {
		buf_adds(page_place(&page, "word"),
			 is_text(detail, "no_row_on", side) ? "no row"
							    : "NULL");
		page_add(out, html_no_value, &page);
		return;
	}
	buf_adds(page_place(&page, "value"), json_object_get_string(value));
	add_place(page_place(&page, "place"), report_get(column, "difference"),
		  side);
	page_add(out, html_value, &page);
}

static void add_key(struct buf *out, struct json_object *key)
{
	const char *comma = "";

	if (!json_object_is_type(key, json_type_object))
		return;
	json_object_object_foreach(key, name, value)
	{
		buf_addf(out, "%s%s=%s", comma, name,
			 value ? json_object_get_string(value) : "NULL");
		comma = ", ";
	}
}

static void add_sample_head(struct buf *out, struct json_object *detail,
			    size_t count)
{
	struct page page = {.object = detail};

	buf_addf(page_place(&page, "count"), "%zu", count);
	add_key(page_place(&page, "key"), report_get(detail, "key"));
	page_add(out, count ? html_sample_head : html_sample, &page);
}

static void add_sample(struct buf *out, struct json_object *detail)
{
	struct json_object *columns = report_get(detail, "columns");
	const size_t count = report_length(columns);

	if (!count)
		add_sample_head(out, detail, 0);
	for (size_t i = 0; i < count; i++) {
		struct json_object *column = json_object_array_get_idx(columns,
								       i);
		struct page page = {.object = column};

		if (!i)
			add_sample_head(page_place(&page, "head"), detail,
					count);
		add_value(page_place(&page, "source"), detail, column,
			  "source");
		add_value(page_place(&page, "target"), detail, column,
			  "target");
		page_add(out, html_sample_column, &page);
	}
}

static void add_samples(struct buf *out, struct json_object *table)
{
	struct json_object *details = report_get(table, "details");
	struct page page = {0};

	if (!report_length(details))
		return;
	struct buf *rows = page_place(&page, "rows");

	for (size_t i = 0; i < report_length(details); i++)
		add_sample(rows, json_object_array_get_idx(details, i));
	page_add(out, html_samples, &page);
}

/* strips: how many were drawn. */
static void add_difference(struct buf *out, struct json_object *table,
			   size_t *strips)
{
	struct page structure = {.object = report_get(table, "structure")};
	struct page page = {.object = table};
	struct buf *strip = page_place(&page, "strip");
	struct buf *diff = page_place(&page, "structure");
	struct buf *samples = page_place(&page, "samples");

	if (page_has_strip(table) && *strips < MOST_STRIPS)
		page_strip(strip, table, !(*strips)++);
	if (*text_of(structure.object, "diff"))
		page_add(diff, html_structure, &structure);
	add_samples(samples, table);
	page_add(out,
		 strip->length || diff->length || samples->length
			 ? html_difference
			 : "",
		 &page);
}

static void add_differences(struct buf *out, struct json_object *result)
{
	struct json_object *tables = report_get(result, "tables");
	size_t strips = 0;

	for (size_t i = 0; i < report_length(tables); i++)
		add_difference(out, json_object_array_get_idx(tables, i),
			       &strips);
}

static void add_objects(struct buf *out, struct json_object *result)
{
	struct json_object *objects = report_get(result, "objects");

	for (size_t i = 0; i < report_length(objects); i++) {
		struct page page = {
			.object = json_object_array_get_idx(objects, i),
		};

		if (!is_text(page.object, "verdict", "equal"))
			page_add(out, html_object, &page);
	}
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

static void add_page(struct buf *out, const struct record *record)
{
	struct json_object *result = record->result;
	const char *verdict = text_of(result, "verdict");
	struct page page = {0};

	buf_adds(page_place(&page, "command"), record->command);
	buf_addf(page_place(&page, "title"), "%s%s%s", record->command,
		 record->job ? " " : "", record->job ? record->job : "");
	buf_adds(page_place(&page, "verdict"), *verdict ? verdict : "failed");
	buf_adds(page_place(&page, "words"),
		 *verdict ? filters_verdict(verdict,
					    report_get(result, "filters"))
			  : "failed");
	buf_adds(page_place(&page, "style"), css_style);
	add_facts(page_place(&page, "facts"), record);
	buf_addf(page_place(&page, "status"), "%d", record->status);
	add_left_out(page_place(&page, "left_out"), result);
	add_tables(page_place(&page, "tables"), result);
	add_objects(page_place(&page, "objects"), result);
	add_differences(page_place(&page, "differences"), result);
	buf_adds(page_place(&page, "version"), DBSYNC_VERSION);
	page_add(out, html_page, &page);
}

/* nightly.html of the job shop is nightly-shop.html. */
static void add_path(const struct record *record, struct buf *out)
{
	const char *path = record->options->report_file;
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');
	const size_t stem = dot ? (size_t)(dot - path) : strlen(path);

	buf_add(out, path, stem);
	if (record->job) {
		buf_addc(out, '-');
		for (const char *c = record->job; *c; c++)
			buf_addc(out, *c == '/' ? '_' : *c);
	}
	buf_adds(out, path + stem);
}

void record_report(const struct record *record)
{
	OWNED(buf_release) struct buf page = BUF_INIT;
	OWNED(buf_release) struct buf path = BUF_INIT;
	struct dbs_error err = {0};

	if (!record->options->report_file)
		return;
	add_page(&page, record);
	add_path(record, &path);
	if (!file_replace(path.data, page.data, page.length, &err))
		return;
	record_note(record, "report", &err);
}
