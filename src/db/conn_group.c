/*
 * conn_group.c - see conn_group.h.  The mutex also guards each connection's
 * handle, so that a kill never meets one that is being closed.
 */
#include "conn_group.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/vec.h"

#include <pthread.h>
#include <stdatomic.h>

enum { MOST_VICTIMS = 128, MOST_SERVERS = 16 };

struct conn_group {
	pthread_mutex_t mutex; /* guards conns, and mysql of each of them */
	struct vec conns;      /* struct conn * */
	atomic_bool owes;
};

struct conn_group *conn_group_new(void)
{
	struct conn_group *group = mem_zero(1, sizeof(*group));

	DBS_BUG(pthread_mutex_init(&group->mutex, NULL), "no mutex");
	group->conns = (struct vec)VEC_INIT(struct conn *);
	return group;
}

void conn_group_drop(struct conn_group **group)
{
	if (!*group)
		return;
	DBS_BUG((*group)->conns.count, "a connection outlives its group");
	vec_release(&(*group)->conns);
	(void)pthread_mutex_destroy(&(*group)->mutex);
	mem_drop(group);
}

void conn_group_lock(struct conn_group *group)
{
	if (group)
		(void)pthread_mutex_lock(&group->mutex);
}

void conn_group_unlock(struct conn_group *group)
{
	if (group)
		(void)pthread_mutex_unlock(&group->mutex);
}

void conn_group_enter(struct conn_group *group, struct conn *conn)
{
	if (!group)
		return;
	conn_group_lock(group);
	*(struct conn **)vec_push(&group->conns) = conn;
	conn_group_unlock(group);
}

void conn_group_leave(struct conn_group *group, struct conn *conn)
{
	if (!group)
		return;
	conn_group_lock(group);
	for (size_t i = 0; i < group->conns.count; i++) {
		struct conn **at = vec_at(&group->conns, i);

		if (*at != conn)
			continue;
		*at = *(struct conn **)vec_at(&group->conns,
					      group->conns.count - 1);
		vec_truncate(&group->conns, group->conns.count - 1);
		break;
	}
	conn_group_unlock(group);
}

/* The sessions on one server; they share a dsn. */
struct victims {
	const struct dsn *dsn; /* outlives the group, unlike connections */
	uint64_t ids[MOST_VICTIMS];
	size_t count;
};

static void add_victim(struct victims servers[MOST_SERVERS], struct conn *conn)
{
	const struct dsn *dsn = conn_setup(conn)->dsn;
	const uint64_t id = conn_shut(conn);
	size_t at = 0;

	while (at < MOST_SERVERS && servers[at].dsn && servers[at].dsn != dsn)
		at++;
	if (!id || at == MOST_SERVERS || servers[at].count == MOST_VICTIMS)
		return;
	servers[at].dsn = dsn;
	servers[at].ids[servers[at].count++] = id;
}

void conn_group_kill(struct conn_group *group)
{
	struct victims servers[MOST_SERVERS] = {{NULL, {0}, 0}};

	/* first of all nobody waits any more; then, unlocked, the queries */
	conn_group_lock(group);
	for (size_t i = 0; i < group->conns.count; i++) {
		struct conn *conn = *(struct conn **)vec_at(&group->conns, i);

		if (!conn_setup(conn)->cleans)
			add_victim(servers, conn);
	}
	conn_group_unlock(group);
	for (size_t i = 0; i < MOST_SERVERS && servers[i].dsn; i++)
		conn_kill_queries(servers[i].dsn, servers[i].ids,
				  servers[i].count);
}

void conn_group_cut(struct conn_group *group)
{
	conn_group_lock(group);
	for (size_t i = 0; i < group->conns.count; i++)
		(void)conn_shut(*(struct conn **)vec_at(&group->conns, i));
	conn_group_unlock(group);
}

void conn_group_owes(struct conn_group *group)
{
	if (group)
		atomic_store(&group->owes, true);
}

bool conn_group_is_owing(const struct conn_group *group)
{
	return atomic_load(&group->owes);
}

struct conn_setup conn_setup_cleaning(const struct conn_setup *setup)
{
	static const struct cancel never = {false};
	struct conn_setup cleaning = *setup;

	cleaning.cancel = &never;
	cleaning.attempts = 1;
	cleaning.cleans = true;
	return cleaning;
}
