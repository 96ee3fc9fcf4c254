/* target_lock.c - see target_lock.h. */
#include "dbsync/apply/target_lock.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"
#include "dbsync/db/mark.h"
#include "dbsync/db/quote.h"
#include "dbsync/db/unlogged.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

/* A server needs a moment to see that a run that was killed is gone. */
enum { PATIENCE_S = 3, LOOK_EVERY_S = 3 };

struct target_lock {
	struct conn **conns; /* one, or one for each where none can have more */
	size_t conn_count;
	int *files; /* -1: none */
	char **names;
	const char **databases; /* borrowed; one that has the name */
	size_t count;
	const char *run; /* borrowed */
	bool is_unlogged;
	bool is_shown; /* so that others know it: unlogged.h */
	pthread_t keeper;
	bool has_keeper;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t changed;
	bool is_ending;
	bool is_doubtful;       /* lost, and perhaps recoverable */
	struct dbs_error error; /* code DBS_OK: the lock is held */
};

static char *lock_name(const char *database)
{
	struct buf name = BUF_INIT;

	buf_addf(&name, TARGET_LOCK_PREFIX "%s", database_mark(database).text);
	return buf_detach(&name);
}

char *target_lock_path(const char *folder, const char *identity,
		       const char *database)
{
	OWNED(buf_release) struct buf both = BUF_INIT;
	struct buf path = BUF_INIT;

	buf_addf(&both, "%s\n%s", identity, database_mark(database).text);
	buf_addf(&path, "%s/target-%016" PRIx64 ".lock", folder,
		 (uint64_t)XXH3_64bits(both.data, both.length));
	return buf_detach(&path);
}

/* ------------------------------------------------------------------------
 * Files
 * --------------------------------------------------------------------- */

static enum dbs_rc lock_file(const struct target_lock_wish *wish,
			     const char *database, int *fd_out,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *path = target_lock_path(wish->folder,
						      wish->identity, database);
	OWNED(buf_release) struct buf text = BUF_INIT;
	OWNED(buf_release) struct buf holder = BUF_INIT;
	const time_t now = time(NULL);
	struct tm local;
	char stamp[32];

	(void)localtime_r(&now, &local);
	(void)strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &local);
	buf_addf(&text, "`dbsync %s`, run %s, process %ld, since %s",
		 wish->command, wish->run, (long)getpid(), stamp);
	enum dbs_rc rc = file_lock(path, text.data, fd_out, &holder, err);

	if (!rc && *fd_out < 0)
		return dbs_fail(err, DBS_E_REFUSED,
				"another run writes to the target's database "
				"`%s`: %s; wait for it or stop it",
				database,
				holder.length ? holder.data : "(unnamed)");
	return rc;
}

static enum dbs_rc lock_files(const struct target_lock_wish *wish,
			      struct target_lock *lock, struct dbs_error *err)
{
	enum dbs_rc rc = file_make_folders(wish->folder, err);

	for (size_t i = 0; i < lock->count && !rc; i++)
		rc = lock_file(wish, lock->databases[i], &lock->files[i], err);
	return rc;
}

/* ------------------------------------------------------------------------
 * The server's locks
 * --------------------------------------------------------------------- */

static enum dbs_rc name_holder(struct conn *conn, const char *name,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_addf(&sql,
		 "SELECT ID, USER, HOST FROM INFORMATION_SCHEMA.PROCESSLIST "
		 "WHERE ID = IS_USED_LOCK('%s')",
		 name);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "?ttT", &rows, err);

	if (rc && conn_cannot_list(err))
		dbs_error_clear(err);
	else if (rc)
		return rc;
	if (!rows || !rows_count(rows))
		return dbs_fail(err, DBS_E_REFUSED,
				"another run writes to the target (lock %s): "
				"wait for it or stop it",
				name);
	return dbs_fail(err, DBS_E_REFUSED,
			"another run writes to the target: connection %s of "
			"%s from %s has the lock %s; wait for it or stop it",
			rows_text(rows, 0, 0), rows_text(rows, 0, 1),
			rows_text(rows, 0, 2) ? rows_text(rows, 0, 2) : "?",
			name);
}

static enum dbs_rc get_lock(struct conn *conn, const char *name,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *got = NULL;

	buf_addf(&sql, "SELECT GET_LOCK('%s', %d)", name, PATIENCE_S);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1N", &got, err);

	if (rc || (got && !strcmp(got, "1")))
		return rc;
	return name_holder(conn, name, err);
}

/* The connection that has the lock, or is to have it. */
static struct conn *conn_of(const struct target_lock *lock, size_t i)
{
	return lock->conns[lock->conn_count > 1 ? i : 0];
}

static enum dbs_rc get_locks(struct target_lock *lock, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < lock->count && !rc; i++)
		rc = get_lock(conn_of(lock, i), lock->names[i], err);
	return rc;
}

static enum dbs_rc still_ours(struct target_lock *lock, struct dbs_error *err)
{
	for (size_t i = 0; i < lock->count; i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;
		OWNED(mem_drop) char *ours = NULL;

		buf_addf(&sql, "SELECT IS_USED_LOCK('%s') = CONNECTION_ID()",
			 lock->names[i]);
		enum dbs_rc rc = conn_fetch_text(conn_of(lock, i), sql.data,
						 "1N", &ours, err);

		if (rc)
			return rc;
		if (!ours || strcmp(ours, "1") != 0)
			return dbs_fail(err, DBS_E_LOST,
					"the lock on the target was lost");
	}
	return DBS_OK;
}

static bool try_lock(struct conn *conn, const char *name)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *got = NULL;
	struct dbs_error ignored = {0};

	buf_addf(&sql, "SELECT GET_LOCK('%s', 0)", name);
	return !conn_fetch_text(conn, sql.data, "1N", &got, &ignored) && got &&
	       !strcmp(got, "1");
}

/*
 * So that nobody takes a position in the binary log for a moment (unlogged.h).
 * Any of the numbers does.  What others say of their views is all that depends
 * on it, so a run that finds none goes on, and tries again with each look; and
 * that the connection is lost is for the look to find out.
 */
static void show_unlogged(struct target_lock *lock)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	struct conn *conn = lock->conns[0];

	if (!lock->is_unlogged || lock->is_shown ||
	    !conn_server(conn)->has_many_locks)
		return;
	/* first: what is shown is known as ours from the beginning */
	unlogged_run_lock_name(&name, lock->run);
	(void)try_lock(conn, name.data);
	for (unsigned i = 0; i < UNLOGGED_RUNS && !lock->is_shown; i++) {
		buf_truncate(&name, 0);
		unlogged_lock_name(&name, i);
		lock->is_shown = try_lock(conn, name.data);
	}
}

/* Those who want to write wait until it is known. */
static void set_doubt(struct target_lock *lock, bool is_doubtful)
{
	(void)pthread_mutex_lock(&lock->mutex);
	lock->is_doubtful = is_doubtful;
	(void)pthread_cond_broadcast(&lock->changed);
	(void)pthread_mutex_unlock(&lock->mutex);
}

static enum dbs_rc have_back(struct target_lock *lock, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	lock->is_shown = false;
	for (size_t i = 0; i < lock->conn_count && !rc; i++)
		rc = conn_reopen(lock->conns[i], err);
	return rc ? rc : get_locks(lock, err);
}

/* One look: ours, or taken again on a new connection, or gone. */
static enum dbs_rc look(struct target_lock *lock, struct dbs_error *err)
{
	if (fault_error(FAULT_LOCK_CHECK))
		conn_cut(lock->conns[0]);
	enum dbs_rc rc = still_ours(lock, err);

	if (rc && rc != DBS_E_CANCELLED) {
		dbs_error_clear(err);
		set_doubt(lock, true);
		rc = have_back(lock, err);
	}
	if (!rc)
		show_unlogged(lock);
	return rc;
}

/* False when it is time to end. */
static bool wait_a_while(struct target_lock *lock)
{
	const struct timespec until = clock_in_ms(LOOK_EVERY_S * 1000);

	(void)pthread_mutex_lock(&lock->mutex);
	while (!lock->is_ending &&
	       !pthread_cond_clockwait(&lock->changed, &lock->mutex,
				       CLOCK_MONOTONIC, &until))
		;
	const bool is_ending = lock->is_ending;

	(void)pthread_mutex_unlock(&lock->mutex);
	return !is_ending;
}

static void *keep(void *self)
{
	struct target_lock *lock = self;

	while (wait_a_while(lock)) {
		struct dbs_error err = {0};

		const enum dbs_rc rc = look(lock, &err);

		(void)pthread_mutex_lock(&lock->mutex);
		if (rc)
			lock->error = err;
		(void)pthread_mutex_unlock(&lock->mutex);
		set_doubt(lock, false);
		if (rc)
			break;
	}
	conn_thread_end();
	return NULL;
}

enum dbs_rc target_lock_check(struct target_lock *lock, struct dbs_error *err)
{
	(void)pthread_mutex_lock(&lock->mutex);
	while (lock->is_doubtful && !lock->is_ending)
		(void)pthread_cond_wait(&lock->changed, &lock->mutex);
	const struct dbs_error error = lock->error;

	(void)pthread_mutex_unlock(&lock->mutex);
	if (!error.code)
		return DBS_OK;
	*err = error;
	/* a stop ends the looks as well, and says so itself */
	if (error.code == DBS_E_CANCELLED)
		return error.code;
	err->code = DBS_E_CONNECT;
	return dbs_error_context(err, "the lock on the target cannot be kept");
}

/* ------------------------------------------------------------------------
 * Taking and releasing
 * --------------------------------------------------------------------- */

/* One for each name, however many databases have it (Shop, shop). */
static void list_locks(const struct target_lock_wish *wish,
		       struct target_lock *lock)
{
	const size_t most = wish->database_count;

	lock->files = mem_alloc(most * sizeof(*lock->files));
	lock->names = mem_zero(most, sizeof(*lock->names));
	lock->databases = mem_zero(most, sizeof(*lock->databases));
	for (size_t i = 0; i < wish->database_count; i++) {
		OWNED(mem_drop) char *name = lock_name(wish->databases[i]);
		bool is_known = false;

		for (size_t k = 0; k < lock->count; k++)
			is_known = is_known || !strcmp(lock->names[k], name);
		if (is_known)
			continue;
		lock->databases[lock->count] = wish->databases[i];
		lock->files[lock->count] = -1;
		lock->names[lock->count++] = own_take(&name);
	}
}

/*
 * Before MySQL 5.7 a session has one lock: the next GET_LOCK lets go of it, and
 * of several databases all but the last would be anybody's.
 */
static enum dbs_rc open_conns(const struct target_lock_wish *wish,
			      struct target_lock *lock, struct dbs_error *err)
{
	lock->conns = mem_zero(lock->count + 1, sizeof(struct conn *));
	enum dbs_rc rc = conn_open(wish->setup, &lock->conns[0], err);

	if (rc)
		return rc;
	lock->conn_count = 1;
	if (conn_server(lock->conns[0])->has_many_locks)
		return DBS_OK;
	for (; lock->conn_count < lock->count; lock->conn_count++) {
		rc = conn_open(wish->setup, &lock->conns[lock->conn_count],
			       err);
		if (rc)
			return rc;
	}
	return DBS_OK;
}

enum dbs_rc target_lock_take(const struct target_lock_wish *wish,
			     struct target_lock **out, struct dbs_error *err)
{
	OWNED(target_lock_release) struct target_lock *lock =
		mem_zero(1, sizeof(*lock));

	DBS_BUG(pthread_mutex_init(&lock->mutex, NULL) ||
			pthread_cond_init(&lock->changed, NULL),
		"no mutex");
	list_locks(wish, lock);
	enum dbs_rc rc = lock_files(wish, lock, err);

	if (!rc)
		rc = open_conns(wish, lock, err);
	if (!rc)
		rc = get_locks(lock, err);
	if (rc)
		return rc;
	lock->run = wish->run;
	lock->is_unlogged = wish->is_unlogged;
	show_unlogged(lock);
	rc = thread_start(&lock->keeper, keep, lock, err);
	if (rc)
		return rc;
	lock->has_keeper = true;
	*out = own_take(&lock);
	return DBS_OK;
}

void target_lock_release(struct target_lock **lock)
{
	struct target_lock *l = *lock;

	if (!l)
		return;
	(void)pthread_mutex_lock(&l->mutex);
	l->is_ending = true;
	(void)pthread_cond_broadcast(&l->changed);
	(void)pthread_mutex_unlock(&l->mutex);
	if (l->has_keeper)
		(void)pthread_join(l->keeper, NULL);
	for (size_t i = 0; i < l->conn_count; i++)
		conn_close(&l->conns[i]);
	mem_drop(&l->conns);
	for (size_t i = 0; i < l->count; i++) {
		file_unlock(&l->files[i]);
		mem_drop(&l->names[i]);
	}
	mem_drop(&l->files);
	mem_drop(&l->names);
	mem_drop(&l->databases);
	(void)pthread_cond_destroy(&l->changed);
	(void)pthread_mutex_destroy(&l->mutex);
	mem_drop(lock);
}
