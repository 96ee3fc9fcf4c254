/*
 * report_text.c - see report.h: one aligned line for each table, below it
 * what is odd about it and the rows that were asked for, then a total, then
 * the verdict.
 */
#include "dbsync/cmd/report.h"

#include "filters.h"
#include "paint.h"
#include "report_object.h"
#include "report_objects.h"
#include "report_structure.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/subject.h"

#include <stdio.h>
#include <string.h>

enum { WIDEST_NAME = 48 };

static void table_name(const struct finding *finding, struct buf *out)
{
	OWNED(buf_release) struct buf raw = BUF_INIT;

	buf_addf(&raw, "%s.%s", finding->database[SOURCE], finding->table);
	text_show(out, raw.data, raw.length, 200);
}

static const char *verdict_words(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_MISSING_ON_TARGET:
		return "missing on target";
	case VERDICT_MISSING_ON_SOURCE:
		return "missing on source";
	case VERDICT_UNDECIDED:
	case VERDICT_EQUAL:
	case VERDICT_DIFFERENT:
	case VERDICT_INCOMPLETE:
		break;
	}
	return verdict_name(verdict);
}

static void add_changes(struct buf *out, const uint64_t changes[CHANGE_KINDS])
{
	static const char *const words[] = {
		[CHANGE_INSERT] = "to insert",
		[CHANGE_UPDATE] = "to update",
		[CHANGE_DELETE] = "to delete",
	};
	const char *comma = "";

	for (size_t k = 0; k < CHANGE_KINDS; k++) {
		if (!changes[k])
			continue;
		buf_adds(out, comma);
		text_count(out, changes[k]);
		buf_addf(out, " %s", words[k]);
		comma = ", ";
	}
}

static void add_rows(struct buf *out, uint64_t rows)
{
	text_count(out, rows);
	buf_adds(out, rows == 1 ? " row" : " rows");
}

static void pad(struct buf *out, size_t start, size_t width)
{
	const size_t used = text_width(out->data + start);

	buf_addf(out, "%*s", (int)(used < width ? width - used : 1), "");
}

static size_t name_width(const struct report *report)
{
	size_t widest = 0;

	for (size_t i = 0; i < report->count; i++) {
		OWNED(buf_release) struct buf name = BUF_INIT;

		table_name(&report->findings[i], &name);
		const size_t width = text_width(name.data);

		if (width > widest && width <= WIDEST_NAME)
			widest = width;
	}
	return widest + 2;
}

/* ------------------------------------------------------------------------
 * Details
 * --------------------------------------------------------------------- */

/* Names are the servers' too, and may hold anything. */
static void add_name(struct buf *out, const char *name)
{
	text_show(out, name, strlen(name), 200);
}

static void add_value(struct buf *out, const struct detail_value *value,
		      const char *text)
{
	if (!text)
		buf_adds(out, "NULL");
	else
		buf_addf(out, value->is_text ? "'%s'" : "%s", text);
}

static void add_key(struct buf *out, const struct detail *detail)
{
	for (size_t i = 0; i < detail->key_count; i++) {
		buf_adds(out, i ? " " : "");
		add_name(out, detail->key[i].column);
		buf_addc(out, '=');
		add_value(out, &detail->key[i], detail->key[i].text[SOURCE]);
	}
}

/* "  (first differs at byte 500: 0x63 -> 0x62)" */
static void add_place(struct buf *out, const struct detail_value *value)
{
	if (!value->place.is_found)
		return;
	buf_adds(out, "  (first differs at ");
	difference_place(out, &value->place);
	buf_addf(out, ": %s -> %s)", value->found[TARGET],
		 value->found[SOURCE]);
}

static void print_detail(const struct detail *detail)
{
	static const char *const signs[] = {
		[CHANGE_INSERT] = "+",
		[CHANGE_UPDATE] = "~",
		[CHANGE_DELETE] = "-",
	};
	OWNED(buf_release) struct buf out = BUF_INIT;

	buf_addf(&out, "    %s ", signs[detail->kind]);
	add_key(&out, detail);
	for (size_t i = 0; i < detail->column_count; i++) {
		const struct detail_value *value = &detail->columns[i];

		if (detail->kind == CHANGE_UPDATE)
			buf_adds(&out, "\n        ");
		else
			buf_adds(&out, i ? " " : "");
		add_name(&out, value->column);
		buf_adds(&out, detail->kind == CHANGE_UPDATE ? ": " : "=");
		if (detail->kind != CHANGE_INSERT)
			add_value(&out, value, value->text[TARGET]);
		if (detail->kind == CHANGE_UPDATE)
			buf_adds(&out, " -> ");
		if (detail->kind != CHANGE_DELETE)
			add_value(&out, value, value->text[SOURCE]);
		add_place(&out, value);
	}
	(void)puts(out.data);
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

static void print_column(const char *column, const char *text)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_adds(&line, "    column ");
	add_name(&line, column);
	buf_adds(&line, ": ");
	text_show(&line, text, strlen(text), 400);
	(void)puts(line.data);
}

/* Its rows were read as they are, whatever the views of other tables. */
static void print_without_view(const struct finding *finding)
{
	const struct pair *pair = finding->subject ? finding->subject->pair
						   : NULL;
	OWNED(buf_release) struct buf line = BUF_INIT;

	if (!pair)
		return;
	if (!table_has_views(pair->table[SOURCE]))
		buf_addf(&line, "%s on the source",
			 pair->table[SOURCE]->engine);
	if (!table_has_views(pair->table[TARGET]))
		buf_addf(&line, "%s%s on the target", line.length ? ", " : "",
			 pair->table[TARGET]->engine);
	if (line.length)
		(void)printf("    no view: %s\n", line.data);
}

static void print_below(const struct finding *finding)
{
	OWNED(buf_release) struct buf reason = BUF_INIT;

	print_without_view(finding);
	if (finding->skipped) {
		text_show(&reason, finding->skipped, strlen(finding->skipped),
			  1000);
		(void)printf("    not compared: %s\n", reason.data);
	}
	/* the structure's diff says it better */
	for (size_t i = 0; i < finding->difference_count && !finding->structure;
	     i++)
		print_column(finding->differences[i].column,
			     finding->differences[i].text);
	report_structure_text(finding->structure);
	for (size_t i = 0; i < finding->ignored_count; i++)
		print_column(finding->ignored[i], "ignored");
	for (size_t i = 0; i < finding->detail_count; i++)
		print_detail(&finding->details[i]);
}

static void trim(struct buf *line)
{
	while (line->length && line->data[line->length - 1] == ' ')
		buf_truncate(line, line->length - 1);
}

static void add_rows_of(struct buf *line, const struct finding *finding)
{
	size_t start = line->length;

	if (finding->read == READ_NONE) {
		add_rows(line, finding->rows_unread);
		pad(line, start, 17);
		buf_adds(line, "not read");
		return;
	}
	add_rows(line, finding->rows.seen[SOURCE] > finding->rows.seen[TARGET]
			       ? finding->rows.seen[SOURCE]
			       : finding->rows.seen[TARGET]);
	pad(line, start, 17);
	start = line->length;
	buf_addf(line, "%s, %s", finding->key,
		 finding->read == READ_KEYS ? "by keys"
					    : digest_name(finding->digest));
	pad(line, start, 18);
	add_changes(line, finding->changes);
}

/* Paints a word that stands at start: colours would count as columns. */
static void paint_in(struct buf *line, size_t start, const char *word)
{
	OWNED(buf_release) struct buf rest = BUF_INIT;

	buf_adds(&rest, line->data + start + strlen(word));
	buf_truncate(line, start);
	paint_add(line, stdout, paint_of(word), word);
	buf_adds(line, rest.data ? rest.data : "");
}

static void print_table(const struct report *report,
			const struct finding *finding, size_t width)
{
	const char *verdict = verdict_words(finding->verdict);
	OWNED(buf_release) struct buf line = BUF_INIT;
	size_t start = 0;

	table_name(finding, &line);
	pad(&line, start, width);
	start = line.length;
	buf_adds(&line, verdict);
	pad(&line, start, 19);
	paint_in(&line, start, verdict);
	if (!report->is_schema)
		add_rows_of(&line, finding);
	trim(&line);
	(void)puts(line.data);
	print_below(finding);
}

/* One of several views of a side: "  source renewed at 21:10:03 (snapshot)". */
static void print_moments(const struct walk_summary *summary, enum side side)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < summary->moment_count; i++) {
		const struct moment *moment = &summary->moments[i];
		char at[REPORT_TIME];

		if (moment->side != side)
			continue;
		report_time(moment->at, at);
		buf_addf(&line, "%s%s (%s)", count++ ? ", " : "", at,
			 consistency_name(moment->consistency));
	}
	if (count > 1)
		(void)printf("  views of the %s: %s\n", side_name(side),
			     line.data);
}

void report_text_views(const struct report *report)
{
	const struct walk_summary *summary = report_views(report);
	OWNED(buf_release) struct buf out = BUF_INIT;

	if (report->is_schema || !report->count)
		return;
	buf_addf(&out, "consistency: source %s, target %s",
		 consistency_name(summary->consistency[SOURCE]),
		 consistency_name(summary->consistency[TARGET]));
	(void)puts(out.data);
	print_moments(summary, SOURCE);
	print_moments(summary, TARGET);
}

static void print_totals(const struct report *report)
{
	const struct totals totals = report_totals(report);
	OWNED(buf_release) struct buf out = BUF_INIT;

	if (!report->count && report->object_count) {
		report_objects_total(report);
		return;
	}
	buf_addf(&out, "%zu %s: %zu equal, %zu different, %zu incomplete; ",
		 report->count, report->count == 1 ? "table" : "tables",
		 totals.equal, totals.different, totals.incomplete);
	if (report->is_schema)
		buf_adds(&out, "structures only");
	else
		add_rows(&out, totals.rows);
	buf_adds(&out, " in ");
	text_seconds(&out, report->seconds);
	if (totals.differences) {
		buf_adds(&out, "; ");
		add_changes(&out, totals.changes);
	}
	if (totals.structures)
		buf_addf(&out, "; %zu %s in structure", totals.structures,
			 totals.structures == 1 ? "differs" : "differ");
	(void)printf("\n%s\n", out.data);
	report_objects_total(report);
	report_text_views(report);
}

void report_text_tables(const struct report *report)
{
	const size_t width = name_width(report);

	for (size_t i = 0; i < report->count; i++)
		if (!report->is_quiet ||
		    report->findings[i].verdict != VERDICT_EQUAL)
			print_table(report, &report->findings[i], width);
}

void print_verdict(const char *verdict, struct json_object *filters,
		   bool is_quiet)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	for (size_t i = 0; i < report_length(filters) && !is_quiet; i++) {
		OWNED(buf_release) struct buf filter = BUF_INIT;

		filters_add_line(json_object_array_get_idx(filters, i),
				 &filter);
		(void)printf("filtered: %s\n", filter.data);
	}
	paint_add(&line, stdout, paint_of(verdict),
		  filters_verdict(verdict, filters));
	(void)printf("verdict: %s\n", line.data);
}

void print_unread(const struct by_log_result *by_log)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	char at[REPORT_TIME];

	if (!by_log->is_used)
		return;
	report_time((time_t)by_log->agreed_since, at);
	add_rows(&line, by_log->rows_unread);
	buf_addf(&line, " of %zu %s", by_log->unread,
		 by_log->unread == 1 ? "table" : "tables");
	(void)printf("not read: %s, which neither binary log names since the "
		     "comparison of %s\n",
		     line.data, at);
}

void report_text(const struct report *report)
{
	report_text_tables(report);
	report_objects_text(report);
	if (!report->is_quiet)
		print_totals(report);
	print_unread(&report->by_log);
	if (report->stop)
		(void)puts(report->stop->text);
	print_verdict(verdict_name(report_verdict(report)), report->filters,
		      report->is_quiet);
}
