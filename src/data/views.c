/* views.c - see views.h. */
#include "views.h"

#include "dbsync/base/own.h"

void views_init(struct views *views, const struct walk_request *request,
		const struct links *links)
{
	*views = (struct views){
		.request = request,
		.links = links,
		.moments = VEC_INIT(struct moment),
	};
}

void views_release(struct views *views)
{
	vec_release(&views->moments);
}

/* ------------------------------------------------------------------------
 * What may be claimed
 * --------------------------------------------------------------------- */

void views_forget(struct views *views)
{
	for (enum side side = SOURCE; side < SIDES; side++)
		views->read[side] = CONSISTENCY_SNAPSHOT;
}

void views_lower(struct views *views, enum side side, enum consistency most)
{
	if (views->read[side] > most)
		views->read[side] = most;
}

void views_expect_renewed(struct views *views)
{
	for (enum side side = SOURCE; side < SIDES; side++)
		views_lower(views, side, CONSISTENCY_RENEWED);
}

bool views_are_one(const struct views *views)
{
	return views->read[SOURCE] >= CONSISTENCY_PER_TABLE &&
	       views->read[TARGET] >= CONSISTENCY_PER_TABLE;
}

/* ------------------------------------------------------------------------
 * Opening and closing
 * --------------------------------------------------------------------- */

static enum dbs_rc open_side(struct views *views, enum side side,
			     struct dbs_error *err)
{
	OWNED(mem_drop) struct conn **conns = links_side(views->links, side);
	const struct walk_hint *hint = views->request->hint;
	struct snapshot *snapshot = &views->snapshot[side];

	return hint ? snapshot_open_placed(conns, views->links->count,
					   hint->may_hold, snapshot, err)
		    : snapshot_open(conns, views->links->count, snapshot, err);
}

void views_close(const struct views *views, enum side side)
{
	OWNED(mem_drop) struct conn **conns = links_side(views->links, side);

	snapshot_close(conns, views->links->count);
}

void views_close_all(const struct views *views)
{
	for (enum side side = SOURCE; side < SIDES; side++)
		views_close(views, side);
}

static void add_moment(struct views *views, enum side side)
{
	const struct snapshot *snapshot = &views->snapshot[side];

	*(struct moment *)vec_push(&views->moments) =
		(struct moment){side, snapshot->opened, snapshot->consistency};
}

static enum dbs_rc open_target(struct views *views, struct dbs_error *err)
{
	enum dbs_rc rc = open_side(views, TARGET, err);

	if (!rc)
		add_moment(views, TARGET);
	return rc;
}

static enum dbs_rc wait_for_replica(struct views *views, struct dbs_error *err)
{
	const struct link *link = &views->links->items[0];
	OWNED(mem_drop) char *gtid = NULL;
	enum dbs_rc rc = snapshot_gtid(link->conn[SOURCE],
				       &views->snapshot[SOURCE], &gtid, err);

	return rc ? rc
		  : snapshot_wait(link->conn[TARGET], gtid,
				  views->request->wait_replica_s, err);
}

enum dbs_rc views_open(struct views *views, struct dbs_error *err)
{
	const bool is_wanted = !views->request->no_snapshot;
	enum dbs_rc rc = DBS_OK;

	for (enum side side = SOURCE; side < SIDES; side++)
		views->snapshot[side].consistency = CONSISTENCY_NONE;
	if (is_wanted || views->request->wait_replica_s)
		rc = open_side(views, SOURCE, err);
	if (!rc && views->request->wait_replica_s)
		rc = wait_for_replica(views, err);
	if (!rc && is_wanted) {
		add_moment(views, SOURCE);
		return open_target(views, err);
	}
	/* one that was only needed for its position */
	views_close(views, SOURCE);
	views->snapshot[SOURCE].consistency = CONSISTENCY_NONE;
	return rc;
}

/* A loss shows when something is asked. */
static enum dbs_rc reopen_if_lost(struct conn *conn, struct dbs_error *err)
{
	struct dbs_error ignored = {0};

	if (!conn_is_broken(conn))
		(void)conn_run(conn, "DO 0", &ignored);
	return conn_is_broken(conn) ? conn_reopen(conn, err) : DBS_OK;
}

/* Those that were lost while nothing was asked of them. */
static enum dbs_rc reopen_broken(const struct views *views, enum side side,
				 struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (unsigned i = 0; i < views->links->count && !rc; i++)
		rc = reopen_if_lost(views->links->items[i].conn[side], err);
	return rc;
}

enum dbs_rc views_renew(struct views *views, struct dbs_error *err)
{
	enum dbs_rc rc = reopen_broken(views, SOURCE, err);

	if (!rc)
		rc = reopen_broken(views, TARGET, err);
	return rc ? rc : views_open(views, err);
}

enum dbs_rc views_again(struct views *views, struct dbs_error *err)
{
	if (views->request->no_snapshot)
		return DBS_OK;
	enum dbs_rc rc = reopen_broken(views, TARGET, err);

	return rc ? rc : open_target(views, err);
}
