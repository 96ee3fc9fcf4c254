/*
 * record_report.c - what was compared, as a page for people: `--report`; see
 * record.h.
 *
 * One file that needs no network.  First what it was about and what it came to,
 * with what it does not speak of beside that; then each table, and last how the
 * run went.  All of it comes out of the result (docs/json.md); the pieces are in
 * page.h.
 */
#include "record.h"

#include "filters.h"
#include "page.h"
#include "page_pieces.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/run/report_value.h"
#include "dbsync/version.h"

#include <string.h>
#include <time.h>

enum { MOST_PAIRS = 3 }; /* of databases, in the heading */

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
 * What it is about
 * --------------------------------------------------------------------- */

static void add_pair(struct buf *out, struct json_object *of)
{
	struct page target = {.object = of};
	struct page page = {.object = of};

	if (*text_of(of, "target_database"))
		page_add(page_place(&page, "target"), html_pair_target,
			 &target);
	page_add(out, html_pair, &page);
}

static bool is_of_pair(struct json_object *of, struct json_object *first)
{
	return first && is_text(first, "database", text_of(of, "database"));
}

/* Items are sorted by database. */
static size_t add_pairs(struct buf *out, struct json_object *array)
{
	struct json_object *last = NULL;
	size_t count = 0;

	for (size_t i = 0; i < report_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);

		if (is_of_pair(item, last))
			continue;
		last = item;
		if (++count <= MOST_PAIRS)
			add_pair(out, item);
	}
	return count;
}

static size_t add_databases(struct buf *out, struct json_object *result)
{
	struct json_object *plan = report_get(result, "plan");
	struct json_object *const arrays[] = {
		report_get(result, "tables"),
		report_get(result, "objects"),
		report_get(plan, "tables"),
		report_get(plan, "structures"),
	};
	size_t count = 0;

	for (size_t i = 0; i < 4 && !count; i++)
		count = add_pairs(out, arrays[i]);
	return count;
}

/* Of what was asked for: where a side is, as far as somebody said so. */
static struct json_object *place_of(const struct record *record, enum side side)
{
	OWNED(dsn_clear) struct dsn dsn = DSN_INIT;
	OWNED(buf_release) struct buf name = BUF_INIT;
	const char *place = NULL;
	struct dbs_error err = {0};

	/* the first operand of a rollback is a file */
	if (!record->endpoints ||
	    (side == SOURCE && !strcmp(record->command, "rollback")) ||
	    endpoints_look(record->endpoints, record->operands, side, &dsn,
			   &place, &err) ||
	    !place)
		return NULL;
	struct json_object *object = json_object_new_object();

	dsn_show(&dsn, &name);
	report_add(object, "name", report_string(name.data));
	report_add(object, "database", report_string(dsn.database));
	return object;
}

static const char *title_of(struct json_object *place)
{
	return report_get_text(place, "database", text_of(place, "name"));
}

static void add_pair_of(struct buf *out, const char *source, const char *target)
{
	struct page pair = {0};
	struct page page = {0};

	buf_adds(page_place(&page, "database"), *source ? source : target);
	buf_adds(page_place(&pair, "target_database"), target);
	page_add(page_place(&page, "target"),
		 *source && *target ? html_pair_target : "", &pair);
	page_add(out, html_pair, &page);
}

static void add_servers_of(struct buf *out, const char *source,
			   const char *target)
{
	struct page pair = {0};
	struct page page = {0};

	buf_adds(page_place(&page, "source"), *source ? source : target);
	buf_adds(page_place(&pair, "target"), target);
	page_add(page_place(&page, "target"),
		 *source && *target ? html_servers_target : "", &pair);
	page_add(out, *source || *target ? html_servers : "", &page);
}

/* Of a run that did not come so far as to say it. */
static void add_places(struct buf *out, const struct record *record,
		       bool has_title)
{
	struct json_object *source = place_of(record, SOURCE);
	struct json_object *target = place_of(record, TARGET);
	const char *source_title = title_of(source);
	const char *target_title = title_of(target);

	if (!has_title && (*source_title || *target_title))
		add_pair_of(out, source_title, target_title);
	else if (!has_title)
		add_pair_of(out, record->job ? record->job : record->command,
			    "");
	add_servers_of(out, text_of(source, "name"), text_of(target, "name"));
	(void)json_object_put(source);
	(void)json_object_put(target);
}

/* "dbsync@db1:3306, MariaDB 10.11.6" */
static void add_server_name(struct buf *out, struct json_object *server)
{
	const char *version = text_of(server, "version");

	buf_addf(out, "%s, %s ", text_of(server, "name"),
		 text_of(server, "family"));
	buf_add(out, version, strcspn(version, "-"));
}

static void add_servers(struct buf *out, struct json_object *servers)
{
	OWNED(buf_release) struct buf source = BUF_INIT;
	OWNED(buf_release) struct buf target = BUF_INIT;

	add_server_name(&source, report_get(servers, "source"));
	add_server_name(&target, report_get(servers, "target"));
	add_servers_of(out, source.data, target.data);
}

static void add_title(struct buf *out, const struct record *record)
{
	struct json_object *servers = report_get(record->result, "servers");
	const size_t count = add_databases(out, record->result);
	OWNED(buf_release) struct buf more = BUF_INIT;

	if (count > MOST_PAIRS) {
		buf_addf(&more, "and %zu databases more", count - MOST_PAIRS);
		add_pair_of(out, more.data, "");
	}
	if (!servers || !count)
		add_places(out, record, count != 0);
	else
		add_servers(out, servers);
}

static void add_end(struct buf *out)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char moment[40];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(moment, sizeof(moment), "%Y-%m-%d %H:%M:%S UTC", &utc);
	buf_adds(out, moment);
}

static void add_when(struct buf *out, const struct record *record)
{
	add_end(out);
	buf_adds(out, " · took ");
	text_seconds(out, record->seconds);
}

/* ------------------------------------------------------------------------
 * What it came to
 * --------------------------------------------------------------------- */

/* Why there is no verdict: refused, cancelled, or it failed. */
static const char *failure_of(struct json_object *result)
{
	struct json_object *error = report_get(result, "error");

	return is_text(error, "code", "refused")     ? "refused"
	       : is_text(error, "code", "cancelled") ? "cancelled"
						     : "failed";
}

static void add_error(struct buf *out, struct json_object *result)
{
	struct json_object *error = report_get(result, "error");
	struct page page = {.object = error};
	struct page lead = {0};

	if (!error)
		return;
	page_add(out, html_error, &page);
	if (!is_text(error, "code", "refused") &&
	    !is_text(error, "code", "usage"))
		return;
	buf_adds(page_place(&lead, "text"), "Nothing was written.");
	page_add(out, html_lead, &lead);
}

/* ------------------------------------------------------------------------
 * Guards
 * --------------------------------------------------------------------- */

static void add_guard(struct buf *out, struct json_object *guard)
{
	const bool is_allowed = json_object_get_boolean(
		report_get(guard, "allowed"));
	const char *table = text_of(guard, "table");
	struct page about = {0};
	struct page way = {.object = guard};
	struct page page = {.object = guard};

	buf_adds(page_place(&page, "class"),
		 is_allowed ? "unverified" : "refused");
	buf_adds(page_place(&page, "word"), is_allowed ? "allowed" : "refused");
	buf_addf(page_place(&about, "about"), "%s%s%s",
		 text_of(guard, "database"), *table ? "." : "", table);
	page_add(page_place(&page, "about"),
		 *text_of(guard, "database") ? html_guard_about : "", &about);
	page_add(page_place(&page, "way"),
		 *text_of(guard, "allowed_by") ? html_guard_way : "", &way);
	page_add(out, html_guard, &page);
}

static void add_guards(struct buf *out, struct json_object *result)
{
	struct json_object *guards = report_get(report_get(result, "plan"),
						"guards");
	struct page page = {0};
	struct buf *list = page_place(&page, "list");

	for (size_t i = 0; i < report_length(guards); i++)
		add_guard(list, json_object_array_get_idx(guards, i));
	page_add(out, list->length ? html_guards : "", &page);
}

/* ------------------------------------------------------------------------
 * How it went
 * --------------------------------------------------------------------- */

/* When there is something to say. */
static void add_fact(struct buf *out, const char *piece, const char *name,
		     const char *text)
{
	struct page page = {0};

	if (!*text)
		return;
	buf_adds(page_place(&page, "name"), name);
	buf_adds(page_place(&page, "text"), text);
	page_add(out, piece, &page);
}

static void add_count(struct buf *out, const char *name,
		      struct json_object *count)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!json_object_get_uint64(count))
		return;
	text_count(&text, json_object_get_uint64(count));
	add_fact(out, html_fact, name, text.data);
}

static void add_server(struct buf *out, struct json_object *result,
		       const char *side)
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
	add_fact(out, html_fact, side, text.data);
}

/* Where views were opened again: when, and what each was. */
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
		add_fact(out, html_fact, "views", text.data);
}

static void add_facts(struct buf *out, struct json_object *result)
{
	add_fact(out, html_fact, "run", text_of(result, "run"));
	add_server(out, result, "source");
	add_server(out, result, "target");
	add_moments(out, result);
	add_count(out, "rows compared", report_get(result, "rows_compared"));
	if (page_count(result, "rows_unread"))
		add_count(out, "rows not read",
			  report_get(result, "rows_unread"));
	add_fact(out, html_fact, "all rows were compared",
		 text_of(result, "agreed_since"));
	add_count(out, "rows that differed", report_get(result, "differences"));
	add_fact(out, html_fact_code, "backup point",
		 text_of(result, "backup"));
	add_fact(out, html_fact_code, "to undo it", text_of(result, "undo"));
	add_fact(out, html_fact_code, "SQL", text_of(result, "sql_file"));
}

static void add_run(struct buf *out, const struct record *record)
{
	struct page page = {0};

	add_facts(page_place(&page, "facts"), record->result);
	buf_addf(page_place(&page, "status"), "%d", record->status);
	buf_adds(page_place(&page, "version"), DBSYNC_VERSION);
	page_add(out, html_run, &page);
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

static void add_head(struct page *page, const struct record *record)
{
	struct json_object *result = record->result;
	/* what ended a run early counts more than what it had compared */
	const char *verdict = report_get(result, "error")
				      ? ""
				      : text_of(result, "verdict");
	struct buf *leads = page_place(page, "leads");

	buf_adds(page_place(page, "command"), record->command);
	buf_addf(page_place(page, "title"), "%s%s%s", record->command,
		 record->job ? " · job " : "", record->job ? record->job : "");
	buf_adds(page_place(page, "class"),
		 *verdict ? verdict : failure_of(result));
	buf_adds(page_place(page, "words"),
		 *verdict ? filters_verdict(verdict,
					    report_get(result, "filters"))
			  : failure_of(result));
	add_when(page_place(page, "when"), record);
	add_title(page_place(page, "pairs"), record);
	add_error(leads, result);
	page_leads(leads, result);
	page_limits(page_place(page, "limits"), result);
	page_sum(page_place(page, "whole"), result);
}

static void add_page(struct buf *out, const struct record *record)
{
	struct json_object *result = record->result;
	struct page page = {0};

	buf_adds(page_place(&page, "style"), css_style);
	add_head(&page, record);
	add_guards(page_place(&page, "guards"), result);
	page_tables(page_place(&page, "tables"), result);
	page_objects(page_place(&page, "objects"), result);
	add_run(page_place(&page, "run"), record);
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
