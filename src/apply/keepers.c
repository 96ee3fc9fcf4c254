/* keepers.c - see keepers.h. */
#include "dbsync/apply/keepers.h"

#include "dbsync/base/mem.h"
#include "dbsync/db/snapshot.h"

void keepers_close(struct keepers *keepers)
{
	if (keepers->count > 1)
		snapshot_close(keepers->conns, keepers->count);
	for (size_t i = 0; i < keepers->count; i++)
		conn_close(&keepers->conns[i]);
	mem_drop(&keepers->conns);
	keepers->count = 0;
}

enum dbs_rc keepers_open(const struct conn_setup *setup,
			 struct keepers *keepers, struct dbs_error *err)
{
	keepers->conns = mem_zero(1, sizeof(struct conn *));
	enum dbs_rc rc = conn_open(setup, &keepers->conns[0], err);

	keepers->count = !rc;
	return rc;
}

/* A server that has no more to give has given enough. */
static void open_more(struct keepers *keepers, size_t wanted)
{
	const struct conn_setup *setup = conn_setup(keepers->conns[0]);
	struct conn **conns = mem_zero(wanted, sizeof(struct conn *));
	struct dbs_error err = {0};

	conns[0] = keepers->conns[0];
	mem_drop(&keepers->conns);
	keepers->conns = conns;
	while (keepers->count < wanted &&
	       !conn_open(setup, &conns[keepers->count], &err))
		keepers->count++;
}

static enum dbs_rc see_one_moment(struct keepers *keepers, bool *does_out,
				  struct dbs_error *err)
{
	struct snapshot snapshot = {0};
	enum dbs_rc rc = snapshot_open(keepers->conns, keepers->count,
				       &snapshot, err);

	if (!rc)
		rc = snapshot_mark(keepers->conns, keepers->count, err);
	*does_out = !rc && snapshot.consistency == CONSISTENCY_SNAPSHOT;
	return rc;
}

/* The first, without a view, as it was. */
static enum dbs_rc leave_one(struct keepers *keepers, struct dbs_error *err)
{
	struct conn *first = keepers->conns[0];

	while (keepers->count > 1)
		conn_close(&keepers->conns[--keepers->count]);
	return conn_is_broken(first) ? conn_reopen(first, err)
				     : conn_run(first, "COMMIT", err);
}

enum dbs_rc keepers_share(struct keepers *keepers, size_t wanted,
			  struct dbs_error *err)
{
	const struct talk *talk = conn_setup(keepers->conns[0])->talk;
	bool is_one = false;
	enum dbs_rc rc = DBS_OK;

	open_more(keepers, wanted);
	if (keepers->count > 1)
		rc = see_one_moment(keepers, &is_one, err);
	if (rc == DBS_E_CANCELLED)
		return rc;
	if (rc)
		talk_note(talk, "%s; one connection reads", err->text);
	dbs_error_clear(err);
	/* views of moments of their own: a table would be torn */
	rc = is_one || keepers->count < 2 ? DBS_OK : leave_one(keepers, err);
	if (!rc)
		talk_step(talk,
			  "rows of whole tables go into the backup point over "
			  "%zu connections",
			  keepers->count);
	return rc;
}
