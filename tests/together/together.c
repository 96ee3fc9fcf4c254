/*
 * together.c - several runs in one process at the same time, without any command
 * around them: two verify and an incremental of each round.
 *
 * usage: together ROUNDS FOLDER SOURCE FIRST SECOND THIRD
 *
 * FIRST and SECOND are compared with SOURCE, and THIRD is made equal to it.  One
 * line of each run: "verify 1: different, 12 rows".  State and backup points go
 * into FOLDER.
 */
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"
#include "dbsync/run/sync_job.h"
#include "dbsync/run/totals.h"
#include "dbsync/run/verify_job.h"
#include "dbsync/schema/object.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 3 };

struct one {
	const char *name;
	const char *folder;
	bool writes;
	struct dsn source;
	struct dsn target;
	struct run_result result;
	enum dbs_rc rc;
	struct dbs_error error;
	pthread_t thread;
};

static struct run_request request_of(const struct one *one,
				     struct conn_group *group,
				     const struct cancel *cancel,
				     const struct brake_options *brake)
{
	return (struct run_request){
		.command = one->writes ? "incremental" : "verify",
		.brake = brake,
		.walk =
			{
				.dsn[SOURCE] = &one->source,
				.dsn[TARGET] = &one->target,
				.cancel = cancel,
				.group = group,
				.parallel = 2,
				.attempts = 4,
				.net_timeout_s = 60,
				.objects = OBJECTS_TABLES | OBJECTS_VIEWS,
			},
	};
}

static void write_it(struct one *one, const struct run_request *run)
{
	OWNED(buf_release) struct buf points = BUF_INIT;
	struct write_options write;
	struct shape_options shape;
	struct sync_request request = {
		.run = *run,
		.shape = &shape,
		.max_delete_percent = 100,
	};

	buf_addf(&points, "%s/points", one->folder);
	write_options_defaults(&write);
	shape_options_defaults(&shape);
	write.yes = true;
	write.state_dir = one->folder;
	write.backup_dir = points.data;
	request.run.write = &write;
	one->rc = sync_job_run(&request, &one->result, &one->error);
}

static void tell(const struct one *one)
{
	static const char *const verdicts[] = {
		[RUN_EQUAL] = "equal",         [RUN_UNVERIFIED] = "unverified",
		[RUN_DIFFERENT] = "different", [RUN_RESTORED] = "restored",
		[RUN_PARTIAL] = "incomplete",
	};
	const struct totals totals = totals_of(
		one->result.findings, one->result.finding_count, NULL, 0);

	if (one->rc)
		(void)printf("%s: error: %s\n", one->name, one->error.text);
	else
		(void)printf("%s: %s, %" PRIu64 " rows\n", one->name,
			     verdicts[one->result.verdict], totals.differences);
}

static void *run(void *self)
{
	struct one *one = self;
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	const struct cancel cancel = {false};
	struct brake_options brake;

	brake_options_defaults(&brake);
	const struct run_request request = request_of(one, group, &cancel,
						      &brake);

	if (one->writes)
		write_it(one, &request);
	else
		one->rc = verify_job_run(&request, &one->result, &one->error);
	flockfile(stdout);
	tell(one);
	funlockfile(stdout);
	run_result_release(&one->result);
	conn_thread_end();
	return NULL;
}

static enum dbs_rc load(struct dsn *dsn, const char *url, struct dbs_error *err)
{
	*dsn = (struct dsn)DSN_INIT;
	enum dbs_rc rc = dsn_parse(dsn, url, err);

	return rc ? rc : dsn_complete(dsn, err);
}

static void round_of(struct one runs[RUNS])
{
	for (size_t i = 0; i < RUNS; i++)
		if (thread_start(&runs[i].thread, run, &runs[i],
				 &runs[i].error))
			exit(1);
	for (size_t i = 0; i < RUNS; i++)
		(void)pthread_join(runs[i].thread, NULL);
}

int main(int argc, char **argv)
{
	struct one runs[RUNS] = {
		{.name = "verify 1"},
		{.name = "verify 2"},
		{.name = "incremental", .writes = true},
	};

	if (argc != 4 + RUNS)
		return 2;
	for (size_t i = 0; i < RUNS; i++) {
		struct dbs_error err = {0};

		runs[i].folder = argv[2];
		if (load(&runs[i].source, argv[3], &err) ||
		    load(&runs[i].target, argv[4 + i], &err)) {
			(void)fprintf(stderr, "%s\n", err.text);
			return 2;
		}
	}
	for (long round = strtol(argv[1], NULL, 10); round > 0; round--)
		round_of(runs);
	for (size_t i = 0; i < RUNS; i++) {
		dsn_clear(&runs[i].source);
		dsn_clear(&runs[i].target);
	}
	return 0;
}
