/*
 * page_limits.c - what the verdict of a run is not about; see page.h.
 *
 * It stands beside the verdict: `equal` of half of the tables is not `equal`.
 * Some lines are shown, and more are folded up with their number.
 */
#include "page.h"

#include "filters.h"
#include "page_pieces.h"

#include "dbsync/base/own.h"
#include "dbsync/run/report_value.h"

#include <string.h>

enum { FEW = 4 };

struct limits {
	struct buf first;
	struct buf more;
	size_t count;
};

static const char *text_of(struct json_object *object, const char *name)
{
	return report_get_text(object, name, "");
}

/* Where the next line goes. */
static struct buf *next(struct limits *limits)
{
	return limits->count++ < FEW ? &limits->first : &limits->more;
}

static void add_reason(struct limits *limits, struct json_object *of,
		       const char *reason)
{
	struct page page = {.object = of};

	if (!*reason)
		return;
	buf_adds(page_place(&page, "reason"), reason);
	page_add(next(limits), html_reason, &page);
}

static void add_filters(struct limits *limits, struct json_object *filters)
{
	for (size_t i = 0; i < report_length(filters); i++) {
		struct page page = {0};

		filters_add_line(json_object_array_get_idx(filters, i),
				 page_place(&page, "line"));
		page_add(next(limits), html_filtered, &page);
	}
}

static void add_ignored(struct limits *limits, struct json_object *table)
{
	struct json_object *columns = report_get(table, "ignored_columns");
	OWNED(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < report_length(columns); i++)
		buf_addf(&text, "%s%s", i ? ", " : "columns left out: ",
			 json_object_get_string(
				 json_object_array_get_idx(columns, i)));
	if (text.length)
		add_reason(limits, table, text.data);
}

static void add_gaps(struct limits *limits, struct json_object *gaps)
{
	for (size_t i = 0; i < report_length(gaps); i++) {
		struct json_object *gap = json_object_array_get_idx(gaps, i);

		add_reason(limits, gap, text_of(gap, "reason"));
	}
}

static bool has_no_view(struct json_object *table)
{
	struct json_object *views = report_get(table, "consistency");

	return !strcmp(text_of(views, "source"), "none") ||
	       !strcmp(text_of(views, "target"), "none");
}

/* All of them, with --no-snapshot: one line is enough. */
static void add_moving(struct limits *limits, struct json_object *tables)
{
	struct json_object *first = NULL;
	OWNED(buf_release) struct buf text = BUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);

		if (has_no_view(table) && !count++)
			first = table;
	}
	if (!first)
		return;
	buf_adds(&text, "read without a snapshot; writes during the run "
			"may be partly visible");
	if (count > 1)
		buf_addf(&text, " (and %zu tables more)", count - 1);
	add_reason(limits, first, text.data);
}

static void add_tables(struct limits *limits, struct json_object *tables)
{
	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);

		add_reason(limits, table, text_of(table, "skipped"));
		add_ignored(limits, table);
	}
	add_moving(limits, tables);
}

static void add_objects(struct limits *limits, struct json_object *objects)
{
	for (size_t i = 0; i < report_length(objects); i++) {
		struct json_object *object = json_object_array_get_idx(objects,
								       i);
		struct page page = {0};

		if (!*text_of(object, "skipped"))
			continue;
		buf_addf(page_place(&page, "text"), "%s %s: %s",
			 text_of(object, "kind"), text_of(object, "name"),
			 text_of(object, "skipped"));
		page_add(next(limits), html_limit, &page);
	}
}

void page_limits(struct buf *out, struct json_object *result)
{
	struct json_object *tables = report_get(result, "tables");
	struct json_object *plan = report_get(result, "plan");
	struct limits limits = {BUF_INIT, BUF_INIT, 0};
	struct page more = {0};
	struct page page = {0};

	add_filters(&limits, report_get(result, "filters"));
	add_tables(&limits, tables);
	add_objects(&limits, report_get(result, "objects"));
	add_gaps(&limits, report_get(plan, "left_out"));
	add_gaps(&limits, report_get(plan, "kept"));
	if (limits.count > FEW) {
		buf_addf(page_place(&more, "count"), "%zu", limits.count - FEW);
		buf_adds(page_place(&more, "list"), limits.more.data);
		page_add(page_place(&page, "more"), html_more_limits, &more);
	}
	if (limits.count)
		buf_adds(page_place(&page, "list"), limits.first.data);
	page_add(out,
		 limits.count ? html_limits
		 : tables     ? html_no_limits
			      : "",
		 &page);
	buf_release(&limits.first);
	buf_release(&limits.more);
}
