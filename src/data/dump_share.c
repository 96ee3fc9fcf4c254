/*
 * dump_share.c - see dump_share of dump.h.
 *
 * Ranges are taken under the mutex, in their order, by a thread for each
 * connection; each sums up for itself and has a taker of its own, so that rows
 * meet nobody on their way.  The first error is kept, and is_stopped ends the
 * others at their next row.
 */
#include "dump_part.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_count.h"
#include "dbsync/data/tile.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	LARGE_BYTES = 16 * 1024 * 1024, /* smaller tables are for one */
	RANGES_EACH = 4,
	/* rows of 32 MiB wait in the connections' buffers */
	LONG_READERS = 2,
};

bool dump_is_large(const struct table *table)
{
	/* a view is nothing to an engine without transactions */
	return table_bytes(table) > LARGE_BYTES &&
	       table_is_transactional(table);
}

struct sharing {
	const struct dump *dump;
	const struct subject *subject;
	struct vec ranges;
	const struct dump_takers *takers;
	atomic_bool is_stopped;

	pthread_mutex_t mutex; /* guards what follows */
	size_t next;
	struct dump_total total;
	struct dbs_error error;
};

struct reader {
	struct sharing *sharing;
	struct conn *conn;
	void *taker;
};

static void sharing_release(struct sharing *sharing)
{
	vec_release(&sharing->ranges);
	(void)pthread_mutex_destroy(&sharing->mutex);
}

static const struct range *take_range(struct sharing *sharing)
{
	const struct range *range = NULL;

	(void)pthread_mutex_lock(&sharing->mutex);
	if (!atomic_load(&sharing->is_stopped) &&
	    sharing->next < sharing->ranges.count)
		range = vec_at(&sharing->ranges, sharing->next++);
	(void)pthread_mutex_unlock(&sharing->mutex);
	return range;
}

static void add_up(struct sharing *sharing, const struct dump_total *total)
{
	(void)pthread_mutex_lock(&sharing->mutex);
	sharing->total.rows += total->rows;
	sharing->total.sum += total->sum;
	sharing->total.packets += total->packets;
	(void)pthread_mutex_unlock(&sharing->mutex);
}

static void stop(struct sharing *sharing, const struct dbs_error *err)
{
	(void)pthread_mutex_lock(&sharing->mutex);
	if (!sharing->error.code)
		sharing->error = *err;
	atomic_store(&sharing->is_stopped, true);
	(void)pthread_mutex_unlock(&sharing->mutex);
}

static enum dbs_rc take(void *self, struct slice tuple, struct dbs_error *err)
{
	struct reader *reader = self;

	/* somebody else has said why */
	if (atomic_load(&reader->sharing->is_stopped))
		return dbs_fail(err, DBS_E_CANCELLED, "stopped");
	return reader->sharing->takers->take(reader->taker, tuple, err);
}

static enum dbs_rc read_ranges(struct reader *reader, struct dbs_error *err)
{
	struct sharing *sharing = reader->sharing;
	const struct range *range;
	enum dbs_rc rc = DBS_OK;

	while (!rc && (range = take_range(sharing))) {
		const struct dump_part part = {sharing->subject, range};
		struct dump_total total;

		rc = dump_some(sharing->dump, reader->conn, part, take, reader,
			       &total, err);
		if (!rc)
			add_up(sharing, &total);
	}
	return rc;
}

static void run(void *self)
{
	struct reader *reader = self;
	const struct dump_takers *takers = reader->sharing->takers;
	struct dbs_error err = {0};
	struct dbs_error other = {0};

	reader->taker = takers->begin(takers->self);
	const enum dbs_rc rc = read_ranges(reader, &err);
	const enum dbs_rc end = takers->end(reader->taker, rc != DBS_OK,
					    &other);

	if (rc || end)
		stop(reader->sharing, rc ? &err : &other);
}

static enum dbs_rc cut(struct sharing *sharing, struct conn *const *conns,
		       size_t count, struct arena *arena, struct dbs_error *err)
{
	const struct link link = {.conn[SOURCE] = conns[0],
				  .conn[TARGET] = conns[1]};
	const uint64_t rows = dump_table(sharing->dump)->rows;

	return tile_plan(&link, sharing->subject,
			 rows / (count * RANGES_EACH) + 1, arena,
			 &sharing->ranges, err);
}

static size_t readers_for(const struct subject *subject, size_t count)
{
	return pair_has_long_rows(subject->pair) && count > LONG_READERS
		       ? LONG_READERS
		       : count;
}

static enum dbs_rc read_shared(struct sharing *sharing,
			       struct conn *const *conns, size_t count,
			       struct dump_total *total_out,
			       struct dbs_error *err)
{
	OWNED(mem_drop) struct reader *readers = mem_zero(count,
							  sizeof(*readers));

	for (size_t i = 0; i < count; i++)
		readers[i] = (struct reader){.sharing = sharing,
					     .conn = conns[i]};
	workers_run(conn_setup(conns[0])->workers, run, readers, count,
		    sizeof(*readers));
	*total_out = sharing->total;
	if (sharing->error.code)
		*err = sharing->error;
	return sharing->error.code;
}

/* A row that the backup point does not have is lost with its table. */
static enum dbs_rc count_again(const struct sharing *sharing, struct conn *conn,
			       struct dbs_error *err)
{
	if (!sharing->subject)
		return DBS_OK;
	return row_count_check(conn, TARGET, sharing->subject->pair,
			       &sharing->ranges, sharing->total.rows, err);
}

enum dbs_rc dump_share(const struct dump *dump, struct conn *const *conns,
		       size_t count, const struct dump_takers *takers,
		       struct dump_total *total_out, struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(sharing_release) struct sharing sharing = {
		.dump = dump,
		.ranges = VEC_INIT(struct range),
		.takers = takers,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
	};
	enum dbs_rc rc = DBS_OK;

	if (count > 1 && dump_is_large(dump_table(dump)))
		sharing.subject = dump_subject(dump, arena);
	if (sharing.subject)
		rc = cut(&sharing, conns, count, arena, err);
	if (rc)
		return rc;
	/* one range of all rows needs no condition, hence no subject */
	if (!sharing.ranges.count)
		*(struct range *)vec_push(&sharing.ranges) = (struct range){0};
	count = sharing.ranges.count > 1 ? readers_for(sharing.subject, count)
					 : 1;
	rc = read_shared(&sharing, conns, count, total_out, err);
	return rc ? rc : count_again(&sharing, conns[0], err);
}
