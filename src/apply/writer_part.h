/*
 * writer_part.h - the pieces of a transaction of a writer.  Internal to apply.
 *
 *	writer.c    a batch in one transaction
 *	exchange.c  many batches, of several tables, in one
 */
#ifndef DBSYNC_APPLY_WRITER_PART_H
#define DBSYNC_APPLY_WRITER_PART_H

#include "writer.h"

#include "dbsync/base/fault.h"

/* The lock is ours, and there is a session that was prepared. */
enum dbs_rc writer_be_ready(struct writer *writer, struct dbs_error *err);
enum dbs_rc writer_set_mode(struct writer *writer, bool is_lax,
			    struct dbs_error *err);
void writer_be_strict(struct writer *writer);
/* Cuts the wire if the fault is wanted. */
void writer_cut_at(struct writer *writer, enum fault_point point);

/* Rows are as large as the servers have them, and as many alike. */
enum dbs_rc writer_make_room(struct writer *writer, const struct batch *batch,
			     struct dbs_error *err);
/* A statement, begun with its comment. */
struct buf *writer_begin_sql(struct writer *writer);
/*
 * Sends what was begun; the server must count as many rows as we do.  No rows:
 * what was begun is no statement (statement.h), and nothing is sent.
 */
enum dbs_rc writer_send(struct writer *writer, const struct batch_table *table,
			const char *what, uint64_t expected,
			struct dbs_error *err);

enum dbs_rc writer_delete(struct writer *writer, const struct batch *batch,
			  struct dbs_error *err);
/* Rows without a key of which some stay. */
enum dbs_rc writer_delete_some(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err);
enum dbs_rc writer_put_updated(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err);
enum dbs_rc writer_insert(struct writer *writer, const struct batch *batch,
			  struct dbs_error *err);
/* Of a row that goes, what only the target has is written as it was read. */
void writer_leave_other_rests(struct batch *batch);

enum dbs_rc writer_commit(struct writer *writer, struct dbs_error *err);
/* What failed is undone at once; a lost connection has been undone. */
enum dbs_rc writer_undo(struct writer *writer, enum dbs_rc rc);

/* Whether a lax mode may write what a strict one has refused. */
bool writer_is_mode_refused(const struct batch_table *table,
			    const struct dbs_error *err, enum dbs_rc rc);
enum dbs_rc writer_bent(struct dbs_error *err);
/* What the strict session said is more than that a value was bent. */
void writer_keep_refusal(const struct writer *writer, enum dbs_rc rc,
			 const struct dbs_error *refusal,
			 struct dbs_error *err);
#endif
