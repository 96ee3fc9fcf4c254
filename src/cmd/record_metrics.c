/*
 * record_metrics.c - metrics of the last runs in the text format of
 * Prometheus, for the textfile collector of its node exporter; see record.h.
 *
 * A file has the samples of several commands and jobs: those of others are kept
 * when a run replaces its own.  The time of the last success outlives failures.
 */
#include "record.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { MOST_BYTES = 16 * 1024 * 1024 };

struct metric {
	const char *name;
	const char *help;
};

enum {
	METRIC_END,
	METRIC_SUCCESS,
	METRIC_STATUS,
	METRIC_SECONDS,
	METRIC_TABLES,
	METRIC_ROWS,
	METRIC_UNREAD,
	METRIC_DIFFERENCES,
	METRIC_WRITTEN,
	METRIC_BACKUP,
	METRIC_BYTES,
	METRIC_ERRORS,
	METRIC_COUNT
};

static const struct metric metrics[METRIC_COUNT] = {
	[METRIC_END] = {"dbsync_last_run_timestamp_seconds",
			"when the last run ended"},
	[METRIC_SUCCESS] = {"dbsync_last_success_timestamp_seconds",
			    "when the last run that succeeded ended"},
	[METRIC_STATUS] = {"dbsync_exit_status", "of the last run"},
	[METRIC_SECONDS] = {"dbsync_duration_seconds", "of the last run"},
	[METRIC_TABLES] = {"dbsync_tables", "that were compared"},
	[METRIC_ROWS] = {"dbsync_rows_compared", "rows"},
	[METRIC_UNREAD] = {"dbsync_rows_unread",
			   "rows that neither binary log names"},
	[METRIC_DIFFERENCES] = {"dbsync_differences", "rows that differed"},
	[METRIC_WRITTEN] = {"dbsync_rows_written",
			    "rows inserted, updated and deleted"},
	[METRIC_BACKUP] = {"dbsync_backup_bytes", "of the backup point"},
	[METRIC_BYTES] = {"dbsync_bytes_received",
			  "from both servers, while comparing"},
	[METRIC_ERRORS] = {"dbsync_errors",
			   "tables left out, failed or still different"},
};

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

static double number_of(struct json_object *object, const char *name)
{
	struct json_object *value = report_get(object, name);

	return value ? json_object_get_double(value) : 0;
}

static double rows_written(struct json_object *result)
{
	struct json_object *written = report_get(result, "written");
	struct json_object *copies = report_get(report_get(result, "copies"),
						"tables");
	double rows = 0;

	for (size_t i = 0; written && i < json_object_array_length(written);
	     i++) {
		struct json_object *changes = report_get(
			json_object_array_get_idx(written, i), "rows");

		rows += number_of(changes, "insert") +
			number_of(changes, "update") +
			number_of(changes, "delete");
	}
	for (size_t i = 0; copies && i < json_object_array_length(copies); i++)
		rows += number_of(json_object_array_get_idx(copies, i), "rows");
	return rows;
}

static double errors_of(const struct record *record)
{
	struct json_object *result = record->result;
	const size_t known =
		report_length(
			report_get(report_get(result, "plan"), "left_out")) +
		report_length(report_get(result, "still_different"));

	return known || record_is_success(record) ? (double)known : 1;
}

static void fill(const struct record *record, double values[METRIC_COUNT])
{
	struct json_object *result = record->result;

	values[METRIC_END] = (double)time(NULL);
	values[METRIC_SUCCESS] = record_is_success(record) ? values[METRIC_END]
							   : 0;
	values[METRIC_STATUS] = record->status;
	values[METRIC_SECONDS] = record->seconds;
	values[METRIC_TABLES] = (double)report_length(
		report_get(result, "tables"));
	values[METRIC_ROWS] = number_of(result, "rows_compared");
	values[METRIC_UNREAD] = number_of(result, "rows_unread");
	values[METRIC_DIFFERENCES] = number_of(result, "differences");
	values[METRIC_WRITTEN] = rows_written(result);
	values[METRIC_BACKUP] = number_of(result, "backup_bytes");
	values[METRIC_BYTES] =
		number_of(report_get(result, "bytes_received"), "source") +
		number_of(report_get(result, "bytes_received"), "target");
	values[METRIC_ERRORS] = errors_of(record);
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

/* {command="incremental",job="shop"} */
static void add_labels(const struct record *record, struct buf *out)
{
	buf_addc(out, '{');
	report_label(out, "command", record->command);
	buf_addc(out, ',');
	report_label(out, "job", record->job ? record->job : "");
	buf_addc(out, '}');
}

static bool starts_with(const char *line, const char *name, const char *labels)
{
	const size_t length = strlen(name);

	return !strncmp(line, name, length) && line[length] == '{' &&
	       (!labels || !strncmp(line + length, labels, strlen(labels)));
}

/* Samples of others; *own_out: the line of ours, or NULL. */
static void keep_others(const char *old, const char *name, const char *labels,
			struct buf *out, const char **own_out)
{
	*own_out = NULL;
	for (const char *line = old; *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		if (starts_with(line, name, labels))
			*own_out = line;
		else if (starts_with(line, name, NULL))
			buf_addf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	}
}

static void add_metric(const struct metric *metric, double value,
		       const char *labels, const char *old, struct buf *out)
{
	const char *own = NULL;

	buf_addf(out, "# HELP %s %s\n# TYPE %s gauge\n", metric->name,
		 metric->help, metric->name);
	keep_others(old, metric->name, labels, out, &own);
	if (metric == &metrics[METRIC_SUCCESS] && value <= 0) {
		/* a failure leaves it as it was */
		if (own)
			buf_addf(out, "%.*s\n", (int)strcspn(own, "\n"), own);
		return;
	}
	buf_addf(out, "%s%s %.15g\n", metric->name, labels, value);
}

static enum dbs_rc write_metrics(const struct record *record,
				 struct dbs_error *err)
{
	const char *path = record->options->metrics_file;
	OWNED(buf_release) struct buf old = BUF_INIT;
	OWNED(buf_release) struct buf labels = BUF_INIT;
	OWNED(buf_release) struct buf text = BUF_INIT;
	double values[METRIC_COUNT];
	bool is_found = false;
	enum dbs_rc rc = file_read(path, MOST_BYTES, &old, &is_found, err);

	if (rc)
		return rc;
	fill(record, values);
	add_labels(record, &labels);
	for (size_t i = 0; i < METRIC_COUNT; i++)
		add_metric(&metrics[i], values[i], labels.data,
			   is_found && old.data ? old.data : "", &text);
	rc = file_replace(path, text.data, text.length, err);
	/* numbers only, for another user's collector */
	if (!rc)
		(void)chmod(path, 0644);
	return rc;
}

void record_metrics(const struct record *record)
{
	struct dbs_error err = {0};

	if (!record->options->metrics_file || !write_metrics(record, &err))
		return;
	record_note(record, "metrics", &err);
}
