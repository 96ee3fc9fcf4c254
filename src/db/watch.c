/* watch.c - see watch.h. */
#include "dbsync/db/watch.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/thread.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	EVERY_MS = 1000,
	PATIENCE_S = 5,
	WORTH_A_NOTE_S = 5, /* a limit that is just about reached flutters */
};

/* A server that is asked; conn is the thread's once that runs. */
struct place {
	struct conn_setup setup;
	struct conn *conn;
};

struct watch {
	const struct watch_wish *wish;
	struct place *sides;
	struct place *replicas;
	pthread_t thread;
	bool has_thread;
	struct cancel is_over;
	struct conn_group *group; /* of its connections */
	uint64_t held_since_ns;   /* 0: it is not held */
	bool is_noted;
};

/* ------------------------------------------------------------------------
 * Asking
 * --------------------------------------------------------------------- */

static void add_name(struct buf *out, const struct place *place)
{
	dsn_show(place->setup.dsn, out);
}

/* The connection, made again where it was lost. */
static enum dbs_rc be_connected(struct place *place, struct dbs_error *err)
{
	if (!place->conn)
		return conn_open(&place->setup, &place->conn, err);
	return conn_is_broken(place->conn) ? conn_reopen(place->conn, err)
					   : DBS_OK;
}

/* Of all it replicates from, the one furthest behind; *stands_out: stopped. */
static enum dbs_rc ask_lag(struct place *place, uint64_t *lag_out,
			   bool *stands_out, struct dbs_error *err)
{
	static const char *const names[] = {"Seconds_Behind_Source",
					    "Seconds_Behind_Master", NULL};
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = be_connected(place, err);

	if (!rc)
		rc = conn_fetch_column(
			place->conn,
			server_replica_sql(conn_server(place->conn)), names,
			&rows, err);
	if (rc)
		return rc;
	*lag_out = 0;
	*stands_out = false;
	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *text = rows_text(rows, i, 0);
		const uint64_t lag = text ? strtoull(text, NULL, 10) : 0;

		*stands_out = *stands_out || !text;
		*lag_out = lag > *lag_out ? lag : *lag_out;
	}
	if (rows_count(rows))
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"--replicas names a server that is not a replica");
}

static enum dbs_rc ask_load(struct place *place, const char *variable,
			    uint64_t *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = be_connected(place, err);

	buf_adds(&sql, "SHOW GLOBAL STATUS WHERE Variable_name = ");
	quote_text(&sql, variable);
	if (!rc)
		rc = conn_fetch(place->conn, sql.data, "?tT", &rows, err);
	if (rc)
		return rc;
	const char *text = rows_count(rows) ? rows_text(rows, 0, 1) : NULL;

	if (!text || !*text || text[strspn(text, "0123456789")])
		return dbs_fail(err, DBS_E_USAGE,
				"--max-load: the %s has no status variable "
				"`%s` that is a number",
				conn_role(place->conn), variable);
	*out = strtoull(text, NULL, 10);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Reasons; each returns an error when it cannot be told
 * --------------------------------------------------------------------- */

static enum dbs_rc see_lag(const struct watch *watch, struct place *place,
			   struct buf *reason, struct dbs_error *err)
{
	const unsigned limit = watch->wish->max_lag_s;
	uint64_t lag = 0;
	bool stands = false;
	enum dbs_rc rc = ask_lag(place, &lag, &stands, err);

	if (rc || (!stands && lag <= limit))
		return rc;
	buf_adds(reason, "the replica ");
	add_name(reason, place);
	if (stands)
		buf_adds(reason, " does not replicate");
	else
		buf_addf(reason, " lags by %" PRIu64 " s (--max-lag %u)", lag,
			 limit);
	return DBS_OK;
}

static enum dbs_rc see_load(struct place *place, const struct watch_load *load,
			    struct buf *reason, struct dbs_error *err)
{
	uint64_t value = 0;
	enum dbs_rc rc = ask_load(place, load->variable, &value, err);

	if (!rc && value > load->limit)
		buf_addf(reason,
			 "%s of the %s is %" PRIu64 " (--max-load %" PRIu64 ")",
			 load->variable, conn_role(place->conn), value,
			 load->limit);
	return rc;
}

/* One that cannot be asked may be worse off than one that can. */
static void take_trouble(enum dbs_rc rc, const struct place *place,
			 const struct dbs_error *err, struct buf *reason)
{
	if (!rc)
		return;
	buf_clear(reason);
	add_name(reason, place);
	buf_addf(reason, " cannot be asked: %s", err->text);
}

/* The first reason to wait; nothing: there is none. */
static enum dbs_rc look(const struct watch *watch, bool is_first,
			struct buf *reason, struct dbs_error *err)
{
	const struct watch_wish *wish = watch->wish;
	enum dbs_rc rc = DBS_OK;

	if (wish->pause_file && !access(wish->pause_file, F_OK))
		buf_addf(reason, "the file %s exists (--pause-file)",
			 wish->pause_file);
	for (size_t i = 0; i < wish->replica_count && !reason->length; i++) {
		struct place *place = &watch->replicas[i];

		rc = see_lag(watch, place, reason, err);
		if (rc && is_first)
			return dbs_error_context(err, "the replica");
		take_trouble(rc, place, err, reason);
	}
	for (size_t i = 0;
	     i < wish->side_count * wish->load_count && !reason->length; i++) {
		struct place *place = &watch->sides[i / wish->load_count];

		rc = see_load(place, &wish->loads[i % wish->load_count], reason,
			      err);
		if (rc && is_first)
			return rc;
		dbs_error_clear(err);
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Holding, and saying so
 * --------------------------------------------------------------------- */

static void note_end(struct watch *watch)
{
	OWNED(buf_release) struct buf took = BUF_INIT;

	if (!watch->is_noted)
		return;
	text_seconds(&took, clock_since(watch->held_since_ns));
	talk_note(watch->wish->talk, "going on, after %s", took.data);
}

static void apply(struct watch *watch, const struct buf *reason)
{
	throttle_hold(watch->wish->throttle,
		      reason->length ? reason->data : NULL);
	if (!reason->length) {
		note_end(watch);
		watch->held_since_ns = 0;
		watch->is_noted = false;
		return;
	}
	if (!watch->held_since_ns)
		watch->held_since_ns = clock_ns();
	if (watch->is_noted ||
	    clock_since(watch->held_since_ns) < WORTH_A_NOTE_S)
		return;
	talk_note(watch->wish->talk, "waiting: %s", reason->data);
	watch->is_noted = true;
}

static bool rest(const struct watch *watch)
{
	struct dbs_error ignored;

	return !cancel_sleep(&watch->is_over, EVERY_MS, &ignored);
}

static void *run(void *self)
{
	struct watch *watch = self;

	while (rest(watch)) {
		OWNED(buf_release) struct buf reason = BUF_INIT;
		struct dbs_error err = {0};

		(void)look(watch, false, &reason, &err);
		apply(watch, &reason);
	}
	conn_thread_end();
	return NULL;
}

static struct place *places_of(const struct watch *watch,
			       const struct conn_setup *setups, size_t count)
{
	struct place *places = mem_zero(count + 1, sizeof(*places));

	for (size_t i = 0; i < count; i++) {
		struct conn_setup *setup = &places[i].setup;

		*setup = setups[i];
		setup->cancel = &watch->is_over;
		setup->group = watch->group;
		setup->talk = NULL;
		setup->throttle = NULL;
		setup->can_load = false;
		setup->attempts = 1;
		setup->net_timeout_s = PATIENCE_S;
	}
	return places;
}

static void close_places(struct place **places, size_t count)
{
	for (size_t i = 0; i < count; i++)
		conn_close(&(*places)[i].conn);
	mem_drop(places);
}

enum dbs_rc watch_begin(const struct watch_wish *wish, struct watch **out,
			struct dbs_error *err)
{
	OWNED(watch_end) struct watch *watch = mem_zero(1, sizeof(*watch));
	OWNED(buf_release) struct buf reason = BUF_INIT;

	watch->wish = wish;
	watch->group = conn_group_new();
	watch->sides = places_of(watch, wish->sides, wish->side_count);
	watch->replicas = places_of(watch, wish->replicas, wish->replica_count);
	enum dbs_rc rc = look(watch, true, &reason, err);

	if (rc)
		return rc;
	apply(watch, &reason);
	rc = thread_start(&watch->thread, run, watch, err);
	if (rc)
		return rc;
	watch->has_thread = true;
	*out = own_take(&watch);
	return DBS_OK;
}

void watch_end(struct watch **watch)
{
	struct watch *w = *watch;

	if (!w)
		return;
	cancel_request(&w->is_over);
	conn_group_cut(w->group);
	if (w->has_thread)
		(void)pthread_join(w->thread, NULL);
	throttle_hold(w->wish->throttle, NULL);
	close_places(&w->sides, w->wish->side_count);
	close_places(&w->replicas, w->wish->replica_count);
	conn_group_drop(&w->group);
	mem_drop(watch);
}
