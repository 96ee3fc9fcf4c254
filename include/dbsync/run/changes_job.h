/*
 * changes_job.h - the changes of a server, one by one, out of its binary log: for
 * programs that want to know of each.
 *
 * From a place on, in the order in which they were committed, whole transactions
 * only, none left out and none twice.  --from snapshot begins with all rows as
 * they are, and goes on with the log from that moment on.
 */
#ifndef DBSYNC_RUN_CHANGES_JOB_H
#define DBSYNC_RUN_CHANGES_JOB_H

#include "dbsync/binlog/log_pending.h"
#include "dbsync/binlog/place.h"
#include "dbsync/data/walk_request.h"

enum change_item_kind {
	ITEM_ROW,
	ITEM_SNAPSHOT, /* a row that was there; it is in after */
	ITEM_STATEMENT,
	ITEM_BEGIN, /* of a transaction that has changes */
	ITEM_COMMIT,
};

struct change_item {
	enum change_item_kind kind;
	struct logged change;    /* kind is of rows alone */
	const char *transaction; /* "": it has no id */
	const char *place;       /* behind it: where to go on */
	uint32_t time;
};

/* Who takes them. */
struct change_sink {
	void *self;
	enum dbs_rc (*put)(void *self, const struct change_item *item,
			   struct dbs_error *err);
	/* What was put is to be out of our hands; then place is kept. */
	enum dbs_rc (*flush)(void *self, const char *place,
			     struct dbs_error *err);
};

enum changes_from { FROM_NOW, FROM_SNAPSHOT, FROM_PLACE };
enum changes_until { UNTIL_END, UNTIL_PLACE, UNTIL_TIME, UNTIL_STOPPED };

struct changes_request {
	const struct dsn *source;
	const struct cancel *cancel;
	struct conn_group *group;
	const struct talk *talk;
	unsigned attempts;
	unsigned net_timeout_s;
	struct text_list databases; /* globs; none: all but the system's */
	struct text_list tables;    /* globs; none: all */
	struct text_list exclude;
	enum changes_from from;
	const struct log_place *place; /* of FROM_PLACE */
	enum changes_until until;
	const struct log_place *end; /* of UNTIL_PLACE */
	uint64_t end_time;           /* of UNTIL_TIME, seconds since 1970 */
	uint32_t server_id;          /* 0: one by chance */
	bool with_statements;
	bool with_transactions; /* ITEM_BEGIN and ITEM_COMMIT */
	const struct change_sink *sink;
};

struct changes_result {
	uint64_t rows;
	uint64_t snapshot_rows;
	uint64_t statements;
	uint64_t transactions; /* with changes */
	uint64_t bytes;        /* of the log */
	double seconds;
	char *place; /* where it ended; NULL: it did not come so far */
};

enum dbs_rc changes_job_run(const struct changes_request *request,
			    struct changes_result *result,
			    struct dbs_error *err);
void changes_result_release(struct changes_result *result);
#endif
