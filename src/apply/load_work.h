/*
 * load_work.h - tables on their way, and the workers that fill them.  Internal
 * to apply: load.c plans, load_work.c does it.
 */
#ifndef DBSYNC_APPLY_LOAD_WORK_H
#define DBSYNC_APPLY_LOAD_WORK_H

#include "load_keys.h"
#include "load_table.h"

#include "dbsync/base/vec.h"
#include "dbsync/data/links.h"

#include <pthread.h>
#include <stdatomic.h>

/* What becomes of a table: filling ─▶ its keys come ─▶ read back ─▶ done. */
enum phase { PHASE_FILL, PHASE_KEYS, PHASE_CHECK, PHASE_DONE };

/* The ranges of a phase; each is taken by one worker. */
struct share {
	size_t count;
	size_t taken;
	size_t ended;
	uint64_t started_ns;
};

/* A table on its way. */
struct filling {
	const struct stage_table *table;
	const struct copy *copy;
	struct subject subject;
	struct vec ranges; /* struct range; at least one */
	bool is_cut;       /* filled by ranges, too; else by one session … */
	bool is_sole;      /* … which may have the server's fast path */
	const struct load_keys *keys; /* that come at the end; or NULL */

	/* guarded by the loader's mutex */
	enum phase phase;
	struct share fill;
	struct share check;
	struct copy_total found; /* read back */
	struct load_result *result;
};

struct loader {
	const struct load_request *request;
	struct arena *arena;
	struct links links; /* one of them for each worker */
	bool has_infile;
	struct filling *fillings;
	size_t count;
	enum consistency consistency;

	pthread_mutex_t mutex;  /* guards what follows, and fillings */
	pthread_cond_t turn;    /* a phase has ended, or all has */
	atomic_bool is_stopped; /* written under the mutex */
	bool may_pass;          /* if all is begun again */
	enum load_way way;      /* the best that the target takes */
	struct dbs_error error;
};

/* Whether the same may come to a good end when it is done again. */
bool load_may_pass(enum dbs_rc rc);

/* As no_binlog asks. */
enum dbs_rc load_prepare_target(const struct load_request *request,
				struct conn *target, struct dbs_error *err);

/* All fillings, by a thread for each link. */
enum dbs_rc load_work(struct loader *loader, struct dbs_error *err);
#endif
