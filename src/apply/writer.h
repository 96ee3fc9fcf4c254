/*
 * writer.h - one connection that writes to the target, one batch at a time.
 * Internal to the apply floor; the only place that changes rows of a target.
 */
#ifndef DBSYNC_APPLY_WRITER_H
#define DBSYNC_APPLY_WRITER_H

#include "batch.h"

#include "dbsync/apply/apply.h"

struct writer {
	const struct apply_request *request;
	struct conn *conn; /* NULL: not opened yet */
	struct buf sql;
	bool is_ready; /* the session is prepared */
	bool is_lax;   /* and has a lax sql_mode, at the moment */
	bool is_short; /* the last statement changed fewer rows than expected */
};

void writer_init(struct writer *writer, const struct apply_request *request);
void writer_release(struct writer *writer);

/* max_allowed_packet of the target; connects if that was not done yet. */
enum dbs_rc writer_packet_limit(struct writer *writer, uint64_t *out,
				struct dbs_error *err);

/*
 * Writes the batch in one transaction; afterwards each row says what became
 * of it.  Deadlocks, lock waits and lost connections are met by repeating.
 * DBS_E_SERVER with 1062 means that rows clash with others in a unique key:
 * then nothing of the batch is there.
 */
enum dbs_rc writer_apply(struct writer *writer, struct batch *batch,
			 struct dbs_error *err);

/* Adds to the result what became of the rows of a batch. */
void table_result_count(struct table_result *result, const struct batch *batch);

/* ALTER TABLE … AUTO_INCREMENT. */
enum dbs_rc writer_set_counter(struct writer *writer,
			       const struct batch_table *table,
			       uint64_t counter, struct dbs_error *err);
#endif
