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

static const char style[] =
	":root{color-scheme:light dark;--line:#8884;--good:#1a7f37;--bad:#c62828;"
	"--doubt:#9a6700;--same:#7f8a95}"
	"@media(prefers-color-scheme:dark){:root{--good:#4cc367;--bad:#ff7b72;"
	"--doubt:#e3b341;--same:#6b7681}}"
	"body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:0 auto;"
	"padding:1rem}"
	"h1{font-size:1.4rem;margin:.5rem 0}h2{font-size:1.15rem;margin:2rem 0 "
	".5rem}"
	".equal,.restored{color:var(--good)}"
	".different,.missing_on_target,.missing_on_source,.failed{color:var(--bad)}"
	".incomplete,.unverified{color:var(--doubt)}"
	".verdict{font-size:2rem;font-weight:700;margin:0}"
	"dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}"
	"dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}"
	".wide{overflow-x:auto}"
	"table{border-collapse:collapse;width:100%}"
	"th,td{text-align:left;padding:.3rem .6rem;border-bottom:1px solid "
	"var(--line);vertical-align:baseline}"
	"h2 code{font-size:inherit}"
	"td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}"
	"code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}"
	/* values are wrapped, but not to one letter a line */
	"td>code{display:block;min-width:12ch}"
	"td>small{opacity:.7}"
	"td:first-child{overflow-wrap:anywhere;min-width:11ch}"
	"pre{border:1px solid var(--line);border-radius:6px;padding:.6rem;"
	"overflow-x:auto;white-space:pre}"
	"details{margin:.4rem 0 1rem}summary{cursor:pointer}"
	"@media(max-width:40rem){th,td{padding:.25rem .35rem;font-size:.9rem}}";

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

/* <dt>name</dt><dd>text</dd>, when there is something to say */
static void add_fact(struct buf *out, const char *name, const char *text)
{
	if (!*text)
		return;
	buf_addf(out, "<dt>%s</dt><dd>", name);
	page_escape(out, text);
	buf_adds(out, "</dd>\n");
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

static void add_head(const struct record *record, struct buf *out)
{
	struct json_object *result = record->result;
	const char *verdict = text_of(result, "verdict");
	const time_t seconds = time(NULL);
	struct tm utc;
	char moment[40];
	OWNED(buf_release) struct buf took = BUF_INIT;

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S UTC", &utc);
	text_seconds(&took, record->seconds);
	buf_addf(out, "<h1>dbsync %s", record->command);
	if (record->job) {
		buf_adds(out, " ");
		page_escape(out, record->job);
	}
	buf_addf(out, "</h1>\n<p class=\"verdict %s\">%s</p>\n<dl>\n",
		 *verdict ? verdict : "failed",
		 *verdict ? filters_verdict(verdict,
					    report_get(result, "filters"))
			  : "failed");
	add_fact(out, "error", text_of(report_get(result, "error"), "text"));
	add_fact(out, "ended", moment);
	add_fact(out, "took", took.data);
	add_fact(out, "run", text_of(result, "run"));
	add_server(out, result, "source", "source");
	add_server(out, result, "target", "target");
	add_moments(out, result);
	add_count(out, "rows compared", report_get(result, "rows_compared"));
	add_count(out, "rows that differed", report_get(result, "differences"));
	add_fact(out, "backup point", text_of(result, "backup"));
	buf_addf(out, "<dt>exit status</dt><dd>%d</dd>\n</dl>\n",
		 record->status);
}

/* ------------------------------------------------------------------------
 * What was not compared
 * --------------------------------------------------------------------- */

static void add_reason(struct buf *out, struct json_object *of,
		       const char *reason)
{
	buf_adds(out, "<li><code>");
	page_escape(out, text_of(of, "database"));
	buf_addc(out, '.');
	page_escape(out, text_of(of, "table"));
	buf_adds(out, "</code>: ");
	page_escape(out, reason);
	buf_adds(out, "</li>\n");
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

static void add_filters(struct json_object *result, struct buf *out)
{
	struct json_object *filters = report_get(result, "filters");

	for (size_t i = 0; i < report_length(filters); i++) {
		OWNED(buf_release) struct buf line = BUF_INIT;

		filters_add_line(json_object_array_get_idx(filters, i), &line);
		buf_adds(out, "<li>filtered: <code>");
		page_escape(out, line.data);
		buf_adds(out, "</code></li>\n");
	}
}

static void add_gaps(struct json_object *gaps, struct buf *out)
{
	for (size_t i = 0; i < report_length(gaps); i++) {
		struct json_object *gap = json_object_array_get_idx(gaps, i);

		add_reason(out, gap, text_of(gap, "reason"));
	}
}

static void add_left_out(struct json_object *result, struct buf *out)
{
	struct json_object *tables = report_get(result, "tables");
	struct json_object *plan = report_get(result, "plan");
	OWNED(buf_release) struct buf list = BUF_INIT;

	add_filters(result, &list);
	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);

		if (*text_of(table, "skipped"))
			add_reason(&list, table, text_of(table, "skipped"));
		add_ignored(&list, table);
	}
	add_gaps(report_get(plan, "left_out"), &list);
	add_gaps(report_get(plan, "kept"), &list);
	if (list.length)
		buf_addf(out,
			 "<h2>Not compared, or left as it is</h2>\n<ul>\n%s"
			 "</ul>\n",
			 list.data);
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

static void add_row(struct buf *out, struct json_object *table)
{
	const char *verdict = text_of(table, "verdict");
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "%s.%s", text_of(table, "database"),
		 text_of(table, "table"));
	buf_adds(out, "<tr>");
	page_cell(out, name.data, false);
	buf_addf(out, "<td class=\"%s\">", verdict);
	page_escape(out, verdict);
	buf_adds(out, "</td>");
	page_number(out, table, "rows_source");
	page_number(out, table, "rows_target");
	page_number(out, table, "insert");
	page_number(out, table, "update");
	page_number(out, table, "delete");
	page_cell(out, text_of(table, "key"), false);
	page_cell(out, text_of(table, "digest"), false);
	page_number(out, table, "ranges");
	page_cell(out, text_of(table, "seconds"), true);
	buf_adds(out, "</tr>\n");
}

/* Those that are not equal come first. */
static void add_tables(struct json_object *result, struct buf *out)
{
	struct json_object *tables = report_get(result, "tables");
	size_t equal = 0;

	if (!report_length(tables))
		return;
	buf_adds(out,
		 "<h2>Tables</h2>\n<div class=\"wide\"><table>\n<tr><th>table"
		 "</th><th>verdict</th><th class=\"n\">rows of the source</th>"
		 "<th class=\"n\">of the target</th><th class=\"n\">insert</th>"
		 "<th class=\"n\">update</th><th class=\"n\">delete</th>"
		 "<th>key</th><th>digest</th><th class=\"n\">ranges</th>"
		 "<th class=\"n\">seconds</th></tr>\n");
	for (int is_equal = 0; is_equal < 2; is_equal++)
		for (size_t i = 0; i < report_length(tables); i++) {
			struct json_object *table =
				json_object_array_get_idx(tables, i);

			if (is_text(table, "verdict", "equal") != is_equal)
				continue;
			equal += (size_t)is_equal;
			if (equal <= MOST_EQUAL)
				add_row(out, table);
		}
	buf_adds(out, "</table></div>\n");
	if (equal > MOST_EQUAL)
		buf_addf(out, "<p>… and %zu more that are equal</p>\n",
			 equal - MOST_EQUAL);
}

/* ------------------------------------------------------------------------
 * What differs in a table
 * --------------------------------------------------------------------- */

/* "from character 3, byte 4 on: U+0430" */
static void add_place(struct buf *out, struct json_object *place,
		      const char *side)
{
	struct json_object *character = report_get(place, "character");

	if (!place)
		return;
	buf_adds(out, "<small>from ");
	if (character)
		buf_addf(out, "character %s, ",
			 json_object_get_string(character));
	buf_addf(out, "byte %s on: ", text_of(place, "byte"));
	page_escape(out, text_of(place, side));
	buf_adds(out, "</small>");
}

static void add_value(struct buf *out, struct json_object *detail,
		      struct json_object *column, const char *side)
{
	struct json_object *value = report_get(column, side);

	if (!value) {
		buf_adds(out, is_text(detail, "no_row_on", side)
				      ? "<td><em>no row</em></td>"
				      : "<td><em>NULL</em></td>");
		return;
	}
	buf_adds(out, "<td><code>");
	page_escape(out, json_object_get_string(value));
	buf_adds(out, "</code>");
	add_place(out, report_get(column, "difference"), side);
	buf_adds(out, "</td>");
}

static void add_key(struct buf *out, struct json_object *key)
{
	bool is_first = true;

	if (!json_object_is_type(key, json_type_object))
		return;
	json_object_object_foreach(key, name, value)
	{
		buf_adds(out, is_first ? "" : ", ");
		page_escape(out, name);
		buf_adds(out, "=");
		page_escape(out,
			    value ? json_object_get_string(value) : "NULL");
		is_first = false;
	}
}

static void add_detail(struct buf *out, struct json_object *detail)
{
	struct json_object *columns = report_get(detail, "columns");
	const size_t count = report_length(columns);

	if (!count) {
		buf_adds(out, "<tr>");
		page_cell(out, text_of(detail, "change"), false);
		buf_adds(out, "<td colspan=\"4\"><code>");
		add_key(out, report_get(detail, "key"));
		buf_adds(out, "</code></td></tr>\n");
	}
	for (size_t i = 0; i < count; i++) {
		struct json_object *column = json_object_array_get_idx(columns,
								       i);

		buf_adds(out, "<tr>");
		if (!i) {
			buf_addf(out, "<td rowspan=\"%zu\">", count);
			page_escape(out, text_of(detail, "change"));
			buf_addf(out, "</td><td rowspan=\"%zu\"><code>", count);
			add_key(out, report_get(detail, "key"));
			buf_adds(out, "</code></td>");
		}
		page_cell(out, text_of(column, "name"), false);
		add_value(out, detail, column, "source");
		add_value(out, detail, column, "target");
		buf_adds(out, "</tr>\n");
	}
}

static void add_samples(struct json_object *table, struct buf *out)
{
	struct json_object *details = report_get(table, "details");

	if (!report_length(details))
		return;
	buf_adds(out, "<div class=\"wide\"><table>\n<tr><th>change</th><th>key"
		      "</th><th>column</th><th>source</th><th>target</th>"
		      "</tr>\n");
	for (size_t i = 0; i < report_length(details); i++)
		add_detail(out, json_object_array_get_idx(details, i));
	buf_adds(out, "</table></div>\n");
}

static void add_differences(struct json_object *result, struct buf *out)
{
	struct json_object *tables = report_get(result, "tables");
	size_t strips = 0;

	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);
		const char *diff = text_of(report_get(table, "structure"),
					   "diff");
		const bool has_strip = page_has_strip(table) &&
				       strips++ < MOST_STRIPS;

		if (!*diff && !has_strip &&
		    !report_length(report_get(table, "details")))
			continue;
		buf_adds(out, "<h2><code>");
		page_escape(out, text_of(table, "database"));
		buf_addc(out, '.');
		page_escape(out, text_of(table, "table"));
		buf_adds(out, "</code></h2>\n");
		if (has_strip)
			page_strip(out, table, strips == 1);
		if (*diff) {
			buf_adds(out, "<details open><summary>structure: what "
				      "the target has (-) and the source (+)"
				      "</summary><pre>");
			page_escape(out, diff);
			buf_adds(out, "</pre></details>\n");
		}
		add_samples(table, out);
	}
}

static void add_objects(struct json_object *result, struct buf *out)
{
	struct json_object *objects = report_get(result, "objects");

	for (size_t i = 0; i < report_length(objects); i++) {
		struct json_object *object = json_object_array_get_idx(objects,
								       i);

		if (is_text(object, "verdict", "equal"))
			continue;
		buf_adds(out, "<details><summary>");
		page_escape(out, text_of(object, "kind"));
		buf_adds(out, " <code>");
		page_escape(out, text_of(object, "name"));
		buf_adds(out, "</code>: ");
		page_escape(out, text_of(object, "verdict"));
		buf_adds(out, "</summary><pre>");
		page_escape(out, text_of(object, "diff"));
		buf_adds(out, "</pre></details>\n");
	}
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

static void add_page(const struct record *record, struct buf *out)
{
	buf_adds(out, "<!doctype html>\n<html lang=\"en\"><head><meta "
		      "charset=\"utf-8\">\n<meta name=\"viewport\" "
		      "content=\"width=device-width,initial-scale=1\">\n"
		      "<meta http-equiv=\"Content-Security-Policy\" "
		      "content=\"default-src 'none';style-src "
		      "'unsafe-inline'\">\n<title>dbsync ");
	page_escape(out, record->command);
	buf_adds(out, ": ");
	page_escape(
		out,
		*text_of(record->result, "verdict")
			? filters_verdict(text_of(record->result, "verdict"),
					  report_get(record->result, "filters"))
			: "failed");
	buf_addf(out, "</title>\n<style>%s%s</style></head><body>\n", style,
		 page_strip_style);
	add_head(record, out);
	add_left_out(record->result, out);
	add_tables(record->result, out);
	add_objects(record->result, out);
	add_differences(record->result, out);
	buf_addf(out, "<p><small>dbsync %s</small></p>\n</body></html>\n",
		 DBSYNC_VERSION);
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
	add_page(record, &page);
	add_path(record, &path);
	if (!file_replace(path.data, page.data, page.length, &err))
		return;
	record_note("report", &err);
}
