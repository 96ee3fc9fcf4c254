/* metrics.c - what is known of the jobs, in the text format of Prometheus. */
#include "board.h"

#include "dbsync/base/own.h"
#include "dbsync/run/report_value.h"
#include "dbsync/version.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One number of a job; false: it has none. */
typedef bool metric_value(const struct job *job, double *out);

struct metric {
	const char *name;
	const char *type;
	const char *help;
	metric_value *value;
};

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

static bool of_follow(const struct job *job, double value, double *out)
{
	*out = value;
	return job->is.follows;
}

static bool lag(const struct job *job, double *out)
{
	return of_follow(job, job_lag(job), out);
}

static bool behind_transactions(const struct job *job, double *out)
{
	return of_follow(job,
			 (double)atomic_load(&job->pulse->behind_transactions),
			 out);
}

static bool behind_bytes(const struct job *job, double *out)
{
	return of_follow(job, (double)atomic_load(&job->pulse->behind_bytes),
			 out);
}

static bool held(const struct job *job, double *out)
{
	return of_follow(job, (double)atomic_load(&job->pulse->held), out);
}

static bool transactions(const struct job *job, double *out)
{
	return of_follow(job, (double)atomic_load(&job->pulse->transactions),
			 out);
}

static bool windows(const struct job *job, double *out)
{
	return of_follow(job, (double)atomic_load(&job->pulse->windows), out);
}

static bool copies(const struct job *job, double *out)
{
	return of_follow(job, (double)job->copies, out);
}

static bool restarts(const struct job *job, double *out)
{
	return of_follow(job, (double)job->restarts, out);
}

static bool errors(const struct job *job, double *out)
{
	*out = (double)job->error_count;
	return true;
}

static bool runs(const struct job *job, double *out)
{
	*out = (double)job->activity[SERVICE_RUN].ends;
	return true;
}

static bool failed(const struct job *job, double *out)
{
	*out = (double)job->activity[SERVICE_RUN].failed;
	return true;
}

static bool last_end(const struct job *job, double *out)
{
	const struct activity *activity = &job->activity[SERVICE_RUN];

	*out = (double)activity->ended;
	return activity->ended;
}

static bool last_status(const struct job *job, double *out)
{
	const struct activity *activity = &job->activity[SERVICE_RUN];

	*out = activity->last.status;
	return activity->ended;
}

static const struct metric metrics[] = {
	{"dbsync_follow_lag_seconds", "gauge",
	 "seconds by which the target is behind", lag},
	{"dbsync_follow_behind_transactions", "gauge",
	 "transactions that were read from the log and are not written yet",
	 behind_transactions},
	{"dbsync_follow_behind_bytes", "gauge", "the same, bytes of the log",
	 behind_bytes},
	{"dbsync_follow_held_rows", "gauge",
	 "rows of the target that others have written, and that are left so",
	 held},
	{"dbsync_follow_transactions_total", "counter",
	 "transactions of the log that were read", transactions},
	{"dbsync_follow_windows_total", "counter",
	 "transactions that were written to the target", windows},
	{"dbsync_follow_incremental_runs_total", "counter",
	 "times when the databases were compared", copies},
	{"dbsync_follow_restarts_total", "counter", "restarts by request",
	 restarts},
	{"dbsync_job_errors_total", "counter",
	 "errors, connections that were lost among them", errors},
	{"dbsync_run_total", "counter", "runs that have ended", runs},
	{"dbsync_run_failed_total", "counter",
	 "runs that ended with another exit status than 0", failed},
	{"dbsync_run_last_timestamp_seconds", "gauge",
	 "when the last run ended", last_end},
	{"dbsync_run_last_exit_status", "gauge", "of the last run",
	 last_status},
};

/* ------------------------------------------------------------------------
 * Lines
 * --------------------------------------------------------------------- */

static void add_head(struct buf *out, const char *name, const char *type,
		     const char *help)
{
	buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Those that are served. */
static const struct job *served(const struct board *board, size_t number)
{
	const struct job *job = board_at(board, number);

	return job->is_gone ? NULL : job;
}

static void add_metric(const struct board *board, const struct metric *metric,
		       struct buf *out)
{
	add_head(out, metric->name, metric->type, metric->help);
	for (size_t i = 0; i < board->jobs.count; i++) {
		const struct job *job = served(board, i);
		double value = 0;

		if (!job || !metric->value(job, &value))
			continue;
		buf_addf(out, "%s{", metric->name);
		report_label(out, "job", job->is.name);
		buf_addf(out, "} %.15g\n", value);
	}
}

static void add_states(const struct board *board, struct buf *out)
{
	static const char name[] = "dbsync_job_state";

	add_head(out, name, "gauge", "1 for the state that the job is in");
	for (size_t i = 0; i < board->jobs.count; i++) {
		const struct job *job = served(board, i);
		const char *ignored = NULL;

		if (!job)
			continue;
		const enum job_state is =
			job_state(job, board->request->max_lag_s, &ignored);

		for (int s = JOB_OK; s <= JOB_BROKEN; s++) {
			buf_addf(out, "%s{", name);
			report_label(out, "job", job->is.name);
			buf_addf(out, ",state=\"%s\"} %d\n", job_state_names[s],
				 (int)is == s);
		}
	}
}

/* Of all tables of a job. */
struct lines {
	const char *name;
	const struct job *job;
	struct buf *out;
	time_t now;
};

/* NAME{job=…,database=…,table=… */
static void begin_line(const struct lines *lines,
		       const struct follow_pulse_table *table)
{
	buf_addf(lines->out, "%s{", lines->name);
	report_label(lines->out, "job", lines->job->is.name);
	buf_addc(lines->out, ',');
	report_label(lines->out, "database", table->database);
	buf_addc(lines->out, ',');
	report_label(lines->out, "table", table->table);
}

static void add_rows(void *self, const struct follow_pulse_table *table)
{
	const struct lines *lines = self;

	/* of others it may be known that they were proven */
	for (int k = 0; k < CHANGE_KINDS && lines->job->is.follows; k++) {
		begin_line(lines, table);
		buf_addf(lines->out, ",change=\"%s\"} %llu\n",
			 report_change_name((enum change_kind)k),
			 (unsigned long long)table->written[k]);
	}
}

static void add_proof(void *self, const struct follow_pulse_table *table)
{
	const struct lines *lines = self;

	if (!table->proven)
		return;
	begin_line(lines, table);
	buf_addf(lines->out, "} %lld\n",
		 (long long)(lines->now - table->proven));
}

static void add_of_tables(const struct board *board, const char *name,
			  void (*add)(void *self,
				      const struct follow_pulse_table *table),
			  struct buf *out)
{
	struct lines lines = {name, NULL, out, time(NULL)};

	for (size_t i = 0; i < board->jobs.count; i++) {
		lines.job = served(board, i);
		if (lines.job)
			follow_pulse_tables(lines.job->pulse, add, &lines);
	}
}

static void add_tables(const struct board *board, struct buf *out)
{
	static const char rows[] = "dbsync_follow_rows_written_total";
	static const char proofs[] = "dbsync_table_proof_age_seconds";

	add_head(out, rows, "counter", "rows that were written to the target");
	add_of_tables(board, rows, add_rows, out);
	add_head(out, proofs, "gauge",
		 "seconds since all rows of the table were found equal");
	add_of_tables(board, proofs, add_proof, out);
}

/* ------------------------------------------------------------------------
 * The process
 * --------------------------------------------------------------------- */

static long resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	char line[128] = "";
	long whole = 0;
	long pages = 0;

	if (!file)
		return 0;
	if (!fgets(line, sizeof(line), file) ||
	    sscanf(line, "%ld %ld", &whole, &pages) != 2)
		pages = 0;
	(void)fclose(file);
	return pages * sysconf(_SC_PAGESIZE);
}

static long open_files(void)
{
	DIR *folder = opendir("/proc/self/fd");
	long count = 0;

	while (folder && readdir(folder))
		count++;
	if (folder)
		(void)closedir(folder);
	/* ".", ".." and the folder itself */
	return count > 3 ? count - 3 : 0;
}

static void add_process(const struct board *board, struct buf *out)
{
	add_head(out, "dbsync_build_info", "gauge", "1, and the version");
	buf_adds(out, "dbsync_build_info{version=\"" DBSYNC_VERSION "\"} 1\n");
	add_head(out, "process_start_time_seconds", "gauge",
		 "when the service began");
	buf_addf(out, "process_start_time_seconds %lld\n",
		 (long long)board->begun);
	add_head(out, "process_resident_memory_bytes", "gauge", "memory");
	buf_addf(out, "process_resident_memory_bytes %ld\n", resident_bytes());
	add_head(out, "process_open_fds", "gauge", "open files and sockets");
	buf_addf(out, "process_open_fds %ld\n", open_files());
}

void board_metrics(struct board *board, struct buf *out)
{
	(void)pthread_mutex_lock(&board->mutex);
	for (size_t i = 0; i < sizeof(metrics) / sizeof(*metrics); i++)
		add_metric(board, &metrics[i], out);
	add_states(board, out);
	add_tables(board, out);
	add_process(board, out);
	(void)pthread_mutex_unlock(&board->mutex);
}
