/*
 * pump.h - changes out of segments, into batches of a good size, and on.
 * Internal to the apply floor.
 *
 * A batch ends when it has enough rows or bytes; how many are enough follows
 * from how long the last ones took.
 */
#ifndef DBSYNC_APPLY_PUMP_H
#define DBSYNC_APPLY_PUMP_H

#include "batch.h"

enum phase { PHASE_DELETE, PHASE_PUT, PHASE_ALL };

struct pump {
	struct batch batch;
	enum phase phase;
	uint64_t most_bytes;
	size_t most_rows;
	bool is_fixed; /* most_rows stays as it is */
	/* gets each full batch, which is emptied afterwards */
	enum dbs_rc (*take)(void *self, struct batch *batch,
			    struct dbs_error *err);
	void *self;
};

/* packet_limit: max_allowed_packet of the target. */
void pump_init(struct pump *pump, const struct batch_table *table,
	       enum phase phase, uint64_t packet_limit);
void pump_release(struct pump *pump);

/* All changes of the phase in these segments. */
enum dbs_rc pump_run(struct pump *pump, const struct segment *segments,
		     size_t count, struct dbs_error *err);

/* Whether a segment has changes of the phase. */
bool phase_has(enum phase phase, const struct segment *segment);
#endif
