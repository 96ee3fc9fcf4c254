/*
 * session.c - see session.h.
 *
 * What a server's configuration or an init_connect may have changed is set to
 * what dbsync needs, by one SET, and read back: a pin that did not hold would
 * silently change what is compared (a time zone shifts every TIMESTAMP, a
 * sql_mode turns values into others).  Four round trips:
 *
 *	SET     without which the next answer could be cut short
 *	SHOW    which variables there are, and what they are
 *	SET     those that are not as pinned, in one statement
 *	SELECT  whether they are now
 *
 * A user who may not set one of them is refused the whole SET; then each goes
 * by itself, which shows whether it is one that is needed (PIN_MUST).
 *
 * character_set_results = NULL: text columns arrive as the bytes that are
 * stored, so nothing is lost or made equal by a conversion that nobody asked
 * for.  Where the two sides differ in character set, the SELECT itself converts
 * (data/projection.c).  NAMES comes behind what decides of its collation.
 */
#include "session.h"

#include "pins.h"

#include "dbsync/base/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPENING                                                 \
	"SET SESSION sql_select_limit = 18446744073709551615, " \
	"sql_big_selects = 1, autocommit = 1"
#define RESULTS "character_set_results"
#define NAMES "NAMES utf8mb4, " RESULTS " = NULL"

/* ------------------------------------------------------------------------
 * What there is
 * --------------------------------------------------------------------- */

static enum dbs_rc ask(struct conn *conn, struct rows **out,
		       struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SHOW SESSION VARIABLES WHERE Variable_name IN ("
		       "'version', 'max_allowed_packet', "
		       "'lower_case_table_names', 'server_uuid', 'server_id'");
	for (size_t i = 0; i < pin_count; i++)
		buf_addf(&sql, ", '%s'", pins[i].variable);
	buf_adds(&sql, ")");
	return conn_fetch(conn, sql.data, "tT", out, err);
}

/* NULL: this server has no such variable. */
static const char *value_of(const struct rows *rows, const char *variable)
{
	for (size_t i = 0; i < rows_count(rows); i++)
		if (rows_text(rows, i, 0) &&
		    !strcmp(rows_text(rows, i, 0), variable))
			return rows_text(rows, i, 1) ? rows_text(rows, i, 1)
						     : "";
	return NULL;
}

/*
 * What all servers have, and nothing can be compared without: something on the
 * way that leaves out part of the list must not pass for an old server.
 */
static bool has_least(const struct rows *rows)
{
	static const char *const names[] = {"autocommit", "sql_mode",
					    "time_zone"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!value_of(rows, names[i]))
			return false;
	return true;
}

static enum dbs_rc learn(const struct rows *rows, struct session *out,
			 struct dbs_error *err)
{
	const char *version = value_of(rows, "version");
	const char *packet = value_of(rows, "max_allowed_packet");
	const char *lower = value_of(rows, "lower_case_table_names");
	const char *uuid = value_of(rows, "server_uuid");
	const char *name = uuid ? uuid : value_of(rows, "server_id");

	if (!version || !packet || !lower || !has_least(rows))
		return dbs_fail(err, DBS_E_SERVER,
				"the server does not show its variables");
	server_identify(version, &out->server);
	out->packet_limit = strtoull(packet, NULL, 10);
	out->lowers_names = !strcmp(lower, "1");
	(void)snprintf(out->name, sizeof(out->name), "%s", name ? name : "");
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The pins
 * --------------------------------------------------------------------- */

/* A server's pin that is to be set. */
static bool is_loose(const struct pin *pin, const struct rows *rows,
		     const struct server *server)
{
	const char *is = value_of(rows, pin->variable);

	return is && pin_applies(pin, server) && !pin_holds(pin, is);
}

/* In whatever words: a hosted MySQL answers with 1045. */
static bool is_refused(enum dbs_rc rc, const struct dbs_error *err)
{
	enum { NOT_THIS_USER = 1045 };

	return rc == DBS_E_DENIED || rc == DBS_E_SERVER ||
	       (rc && err->server_errno == NOT_THIS_USER);
}

static enum dbs_rc set_one(struct conn *conn, const struct pin *pin,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "SET SESSION %s = %s", pin->variable, pin->value);
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	if (is_refused(rc, err) && pin->rule == PIN_MAY) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	return rc ? dbs_error_context(err, "session variable `%s`",
				      pin->variable)
		  : DBS_OK;
}

static enum dbs_rc set_each(struct conn *conn, const struct rows *rows,
			    const struct server *server, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < pin_count && !rc; i++)
		if (is_loose(&pins[i], rows, server))
			rc = set_one(conn, &pins[i], err);
	return rc ? rc : conn_run(conn, "SET " NAMES, err);
}

static enum dbs_rc set_all(struct conn *conn, const struct rows *rows,
			   const struct server *server, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SET ");
	for (size_t i = 0; i < pin_count; i++)
		if (is_loose(&pins[i], rows, server))
			buf_addf(&sql, "SESSION %s = %s, ", pins[i].variable,
				 pins[i].value);
	buf_adds(&sql, NAMES);
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	if (!is_refused(rc, err))
		return rc;
	dbs_error_clear(err);
	return set_each(conn, rows, server, err);
}

static enum dbs_rc not_held(const char *variable, const char *is,
			    const char *expected, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_SERVER,
			"the session variable `%s` is `%s` where dbsync set "
			"`%s`",
			variable, is ? is : "NULL", expected);
}

static enum dbs_rc check_one(const struct pin *pin, const char *is,
			     struct dbs_error *err)
{
	if (pin_holds(pin, is) || pin->rule == PIN_MAY)
		return DBS_OK;
	return not_held(pin->variable, is, pin->expected, err);
}

/* Those that were set, and who this is. */
static enum dbs_rc check_all(struct conn *conn, const struct rows *before,
			     struct session *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(buf_release) struct buf form = BUF_INIT;
	OWNED(rows_drop) struct rows *now = NULL;
	size_t column = 2;

	buf_adds(&sql, "SELECT CONNECTION_ID(), @@SESSION." RESULTS);
	buf_adds(&form, "1nT");
	for (size_t i = 0; i < pin_count; i++)
		if (is_loose(&pins[i], before, &out->server)) {
			buf_addf(&sql, ", @@SESSION.%s", pins[i].variable);
			buf_addc(&form, 'T');
		}
	enum dbs_rc rc = conn_fetch(conn, sql.data, form.data, &now, err);

	if (!rc)
		rc = rows_number(now, 0, 0, &out->id, err);
	if (!rc && rows_text(now, 0, 1))
		rc = not_held(RESULTS, rows_text(now, 0, 1), "NULL", err);
	for (size_t i = 0; i < pin_count && !rc; i++)
		if (is_loose(&pins[i], before, &out->server))
			rc = check_one(&pins[i], rows_text(now, 0, column++),
				       err);
	return rc;
}

enum dbs_rc session_pin(struct conn *conn, struct session *out,
			struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_run(conn, OPENING, err);

	if (!rc)
		rc = ask(conn, &rows, err);
	if (!rc)
		rc = learn(rows, out, err);
	if (!rc)
		rc = set_all(conn, rows, &out->server, err);
	return rc ? rc : check_all(conn, rows, out, err);
}
