/*
 * session.c - see session.h.
 *
 * What a server's configuration or an init_connect may have changed is set to
 * what dbsync needs, by one SET, and read back by one SELECT: a pin that did
 * not hold would silently change what is compared (a time zone shifts every
 * TIMESTAMP, a sql_mode turns values into others).
 *
 * Three pins carry an idea:
 *  - character_set_results = NULL: text columns arrive as the bytes that are
 *    stored, so nothing is lost or made equal by a conversion that nobody
 *    asked for.  Where the two sides differ in character set, the SELECT
 *    itself converts (data/projection.c).
 *  - max_sort_length: a key that is sorted as bytes is sorted by all of them.
 *  - sql_mode has ALLOW_INVALID_DATES, so that 2024-02-31, once stored, can be
 *    compared with and written again.
 */
#include "session.h"

#include "dbsync/base/own.h"

#include <stdbool.h>
#include <string.h>

enum pin_scope { PIN_ALL, PIN_MARIADB, PIN_MYSQL, PIN_STATS, PIN_GIPK };

struct pin {
	const char *variable;
	const char *value;    /* as in SET */
	const char *expected; /* as in SELECT; NULL: SQL NULL */
	enum pin_scope scope;
};

static const struct pin pins[] = {
	{"character_set_results", "NULL", NULL, PIN_ALL},
	{"time_zone", "'+00:00'", "+00:00", PIN_ALL},
	{"sql_mode", "'" CONN_SQL_MODE "'", CONN_SQL_MODE, PIN_ALL},
	{"autocommit", "1", "1", PIN_ALL},
	{"tx_isolation", "'REPEATABLE-READ'", "REPEATABLE-READ", PIN_MARIADB},
	{"transaction_isolation", "'REPEATABLE-READ'", "REPEATABLE-READ",
	 PIN_MYSQL},
	{"net_read_timeout", "3600", "3600", PIN_ALL},
	{"net_write_timeout", "3600", "3600", PIN_ALL},
	{"wait_timeout", "86400", "86400", PIN_ALL},
	{"group_concat_max_len", "1048576", "1048576", PIN_ALL},
	{"max_sort_length", "16384", "16384", PIN_ALL},
	{"innodb_lock_wait_timeout", "20", "20", PIN_ALL},
	{"lock_wait_timeout", "60", "60", PIN_ALL},
	{"sql_select_limit", "18446744073709551615", "18446744073709551615",
	 PIN_ALL},
	{"sql_big_selects", "1", "1", PIN_ALL},
	{"sql_auto_is_null", "0", "0", PIN_ALL},
	{"max_statement_time", "0", "0.000000", PIN_MARIADB},
	{"max_execution_time", "0", "0", PIN_MYSQL},
	{"information_schema_stats_expiry", "0", "0", PIN_STATS},
	{"show_gipk_in_create_table_and_information_schema", "1", "1",
	 PIN_GIPK},
};

enum { PIN_COUNT = sizeof(pins) / sizeof(*pins), GIPK_SINCE = 80030 };

static bool applies(const struct pin *pin, const struct server *server)
{
	switch (pin->scope) {
	case PIN_MARIADB:
		return server->family == SERVER_MARIADB;
	case PIN_MYSQL:
		return server->has_execution_time;
	case PIN_STATS:
		return server->has_stats_expiry;
	case PIN_GIPK:
		return server->family == SERVER_MYSQL &&
		       server->version >= GIPK_SINCE;
	case PIN_ALL:
		break;
	}
	return true;
}

static void pin_texts(const struct server *server, struct buf *set,
		      struct buf *get)
{
	buf_adds(set, "SET ");
	buf_adds(get, "SELECT ");
	for (size_t i = 0; i < PIN_COUNT; i++) {
		if (!applies(&pins[i], server))
			continue;
		const char *comma = set->length > 4 ? ", " : "";

		buf_addf(set, "%s%s = %s", comma, pins[i].variable,
			 pins[i].value);
		buf_addf(get, "%s@@%s", comma, pins[i].variable);
	}
}

static enum dbs_rc check_pins(const struct server *server,
			      const struct rows *rows, struct dbs_error *err)
{
	size_t column = 0;

	for (size_t i = 0; i < PIN_COUNT; i++) {
		if (!applies(&pins[i], server))
			continue;
		const char *is = rows_text(rows, 0, column++);
		const char *want = pins[i].expected;

		if (is && want ? !strcmp(is, want) : is == want)
			continue;
		return dbs_fail(err, DBS_E_SERVER,
				"the session variable `%s` is `%s` where "
				"dbsync set `%s`",
				pins[i].variable, is ? is : "NULL",
				want ? want : "NULL");
	}
	return DBS_OK;
}

enum dbs_rc session_pin(struct conn *conn, struct dbs_error *err)
{
	const struct server *server = conn_server(conn);
	OWNED(buf_release) struct buf set = BUF_INIT;
	OWNED(buf_release) struct buf get = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc;

	rc = conn_run(conn, "SET NAMES utf8mb4", err);
	if (rc)
		return rc;
	pin_texts(server, &set, &get);
	rc = conn_run(conn, set.data, err);
	if (rc)
		return rc;
	rc = conn_fetch(conn, get.data, &rows, err);
	if (rc)
		return rc;
	return check_pins(server, rows, err);
}
