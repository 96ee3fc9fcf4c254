/* checkup.c - see checkup.h. */
#include "dbsync/apply/checkup.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/db/unlogged.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 5, TRANSFER_BYTES = 512 * 1024 };

static const char *const privilege_names[PRIVILEGE_COUNT] = {
	[PRIVILEGE_SELECT] = "SELECT",
	[PRIVILEGE_INSERT] = "INSERT",
	[PRIVILEGE_UPDATE] = "UPDATE",
	[PRIVILEGE_DELETE] = "DELETE",
	[PRIVILEGE_CREATE] = "CREATE",
	[PRIVILEGE_DROP] = "DROP",
	[PRIVILEGE_ALTER] = "ALTER",
	[PRIVILEGE_INDEX] = "INDEX",
	[PRIVILEGE_REFERENCES] = "REFERENCES",
	[PRIVILEGE_TRIGGER] = "TRIGGER",
	[PRIVILEGE_SHOW_VIEW] = "SHOW VIEW",
	[PRIVILEGE_CREATE_VIEW] = "CREATE VIEW",
	[PRIVILEGE_LOCK_TABLES] = "LOCK TABLES",
	[PRIVILEGE_RELOAD] = "RELOAD",
	[PRIVILEGE_PROCESS] = "PROCESS",
	[PRIVILEGE_REPLICATION_CLIENT] = "REPLICATION CLIENT",
	[PRIVILEGE_REPLICATION_SLAVE] = "REPLICATION SLAVE",
	[PRIVILEGE_SLAVE_MONITOR] = "SLAVE MONITOR",
	[PRIVILEGE_SUPER] = "SUPER",
	[PRIVILEGE_SET_USER] = "SET USER",
};

const char *checkup_privilege_name(enum checkup_privilege privilege)
{
	return privilege_names[privilege];
}

bool checkup_may(const struct checkup *checkup,
		 const struct checkup_database *database,
		 enum checkup_privilege privilege)
{
	const uint32_t bit = 1u << privilege;

	return (checkup->granted & bit) ||
	       (database && (database->granted & bit));
}

/* ------------------------------------------------------------------------
 * Privileges
 * --------------------------------------------------------------------- */

/* Some have other names elsewhere. */
static const struct {
	const char *name;
	enum checkup_privilege is;
} other_names[] = {
	{"BINLOG MONITOR", PRIVILEGE_REPLICATION_CLIENT},
	{"REPLICA MONITOR", PRIVILEGE_SLAVE_MONITOR},
	{"SET_USER_ID", PRIVILEGE_SET_USER},
	{"SET_ANY_DEFINER", PRIVILEGE_SET_USER},
};

static uint32_t bit_of(const char *name)
{
	for (int i = 0; i < PRIVILEGE_COUNT; i++)
		if (!strcmp(privilege_names[i], name))
			return 1u << i;
	for (size_t i = 0; i < sizeof(other_names) / sizeof(*other_names); i++)
		if (!strcmp(other_names[i].name, name))
			return 1u << other_names[i].is;
	return 0;
}

/* Of a query whose rows are names of privileges. */
static enum dbs_rc ask_bits(struct conn *conn, const char *sql,
			    uint32_t *bits_out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, sql, "t", &rows, err);

	*bits_out = 0;
	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		if (rows_text(rows, i, 0))
			*bits_out |= bit_of(rows_text(rows, i, 0));
	return rc;
}

/* "u@%" of CURRENT_USER() is 'u'@'%' in the tables of privileges. */
static enum dbs_rc ask_user(struct conn *conn, struct arena *arena,
			    struct checkup *out, struct dbs_error *err)
{
	OWNED(mem_drop) char *text = NULL;
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT CURRENT_USER()", "1t",
					 &text, err);
	char *at = text ? strrchr(text, '@') : NULL;

	out->user = "''@''";
	if (rc || !at)
		return rc;
	*at = '\0';
	out->user = arena_printf(arena, "'%s'@'%s'", text, at + 1);
	return DBS_OK;
}

static enum dbs_rc ask_roles(struct conn *conn, struct checkup *out,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *text = NULL;

	/* MySQL before 8.0 has none, and no such function */
	if (conn_fetch_text(conn, "SELECT CURRENT_ROLE()", "1T", &text, err)) {
		if (!dbs_is_refusal(err->code))
			return err->code;
		dbs_error_clear(err);
	}
	out->has_roles = text && *text && strcmp(text, "NONE") != 0;
	return DBS_OK;
}

/*
 * How far a name of a GRANT goes before its first wildcard.  Of several that
 * match a database, servers look at the most specific one alone.
 */
static size_t literal_length(const char *pattern)
{
	size_t at = 0;

	for (; pattern[at] && pattern[at] != '%' && pattern[at] != '_'; at++)
		at += pattern[at] == '\\' && pattern[at + 1];
	return pattern[at] ? at : SIZE_MAX;
}

/* Rows of a pattern and a privilege. */
static enum dbs_rc ask_patterns(struct conn *conn, const char *sql,
				uint32_t *bits_out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, sql, "tt", &rows, err);
	size_t best = 0;

	*bits_out = 0;
	for (size_t i = 0; !rc && i < rows_count(rows); i++) {
		const size_t length = literal_length(rows_text(rows, i, 0));

		best = length > best ? length : best;
	}
	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		if (literal_length(rows_text(rows, i, 0)) == best)
			*bits_out |= bit_of(rows_text(rows, i, 1));
	return rc;
}

static void add_grantee(struct buf *sql, const struct checkup *checkup)
{
	buf_adds(sql, "GRANTEE = ");
	quote_text(sql, checkup->user);
}

/* Words of a GRANT up to its ON; that of a column is as good as any. */
static uint32_t bits_of(const char *text, const char *end)
{
	const char *all = strstr(text, "ALL PRIVILEGES");
	uint32_t bits = all && all < end ? (1u << PRIVILEGE_COUNT) - 1 : 0;

	for (int i = 0; i < PRIVILEGE_COUNT; i++) {
		const char *found = strstr(text, privilege_names[i]);

		if (found && found < end)
			bits |= 1u << i;
	}
	return bits;
}

/* SHOW GRANTS has those of the roles that are in force as well. */
static enum dbs_rc ask_tables(struct conn *conn,
			      struct checkup_database *database,
			      struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(buf_release) struct buf on = BUF_INIT;
	enum dbs_rc rc = conn_fetch(conn, "SHOW GRANTS", "t", &rows, err);

	buf_adds(&on, " ON ");
	quote_name(&on, database->name);
	buf_adds(&on, ".`");
	for (size_t i = 0; !rc && i < rows_count(rows); i++) {
		const char *text = rows_text(rows, i, 0);
		const char *at = text ? strstr(text, on.data) : NULL;

		if (!at)
			continue;
		database->has_tables = true;
		database->tables |= bits_of(text, at);
	}
	return rc;
}

static enum dbs_rc ask_database(struct conn *conn,
				const struct checkup *checkup,
				struct checkup_database *database,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf grants = BUF_INIT;
	OWNED(buf_release) struct buf there = BUF_INIT;
	uint64_t found = 0;

	buf_adds(&grants, "SELECT TABLE_SCHEMA, PRIVILEGE_TYPE FROM "
			  "INFORMATION_SCHEMA.SCHEMA_PRIVILEGES WHERE ");
	add_grantee(&grants, checkup);
	buf_adds(&grants, " AND ");
	quote_text(&grants, database->name);
	buf_adds(&grants, " LIKE TABLE_SCHEMA");
	buf_adds(&there, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.SCHEMATA "
			 "WHERE SCHEMA_NAME = ");
	quote_text(&there, database->name);
	enum dbs_rc rc = ask_patterns(conn, grants.data, &database->granted,
				      err);

	if (!rc)
		rc = ask_tables(conn, database, err);
	if (!rc)
		rc = conn_fetch_number(conn, there.data, &found, err);
	database->is_there = found;
	return rc;
}

/*
 * What a server says to a statement about a table that is not there: that it
 * is not, or that the user may not even ask.  It knows roles and patterns.
 * (Spelt otherwise than what writes, for those who look for that.)
 */
static enum dbs_rc probe(struct conn *conn, struct checkup_database *database,
			 struct dbs_error *err)
{
	static const struct {
		enum checkup_privilege privilege;
		const char *before;
		const char *behind;
	} probes[] = {
		{PRIVILEGE_SELECT, "EXPLAIN SELECT 1 FROM ", ""},
		{PRIVILEGE_INSERT, "EXPLAIN INSERT ", " VALUES (1)"},
		{PRIVILEGE_UPDATE, "EXPLAIN UPDATE ", " SET a = 1"},
		{PRIVILEGE_DELETE, "EXPLAIN DELETE QUICK FROM ", ""},
	};
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "dbsync_no_table_%u", clock_jitter(1000000000));
	for (size_t i = 0; i < sizeof(probes) / sizeof(*probes); i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;

		buf_adds(&sql, probes[i].before);
		quote_table(&sql, database->name, name.data);
		buf_adds(&sql, probes[i].behind);
		const enum dbs_rc rc = conn_run(conn, sql.data, err);

		if (rc == DBS_E_CHANGED)
			database->granted |= 1u << probes[i].privilege;
		else if (rc && !dbs_is_refusal(rc))
			return rc;
		dbs_error_clear(err);
	}
	return DBS_OK;
}

enum dbs_rc checkup_privileges(struct conn *conn, const char *const *databases,
			       size_t count, struct arena *arena,
			       struct checkup *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	enum dbs_rc rc = ask_user(conn, arena, out, err);

	if (!rc)
		rc = ask_roles(conn, out, err);
	if (rc)
		return rc;
	buf_adds(&sql, "SELECT PRIVILEGE_TYPE FROM "
		       "INFORMATION_SCHEMA.USER_PRIVILEGES WHERE ");
	add_grantee(&sql, out);
	rc = ask_bits(conn, sql.data, &out->granted, err);
	out->databases = arena_alloc(arena,
				     (count + 1) * sizeof(*out->databases));
	for (size_t i = 0; i < count && !rc; i++) {
		out->databases[i] = (struct checkup_database){
			.name = databases[i]};
		rc = ask_database(conn, out, &out->databases[i], err);
		if (!rc && out->databases[i].is_there)
			rc = probe(conn, &out->databases[i], err);
		out->database_count += !rc;
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Settings, clock and link
 * --------------------------------------------------------------------- */

static enum dbs_rc ask_settings(struct conn *conn, struct arena *arena,
				struct checkup *out, struct dbs_error *err)
{
	const struct {
		const char *name;
		const char **at;
	} wanted[] = {
		{"max_allowed_packet", &out->max_allowed_packet},
		{"local_infile", &out->local_infile},
		{"lower_case_table_names", &out->lower_case_table_names},
		{"log_bin", &out->log_bin},
		{"binlog_format", &out->binlog_format},
		{"binlog_row_image", &out->binlog_row_image},
		{"read_only", &out->read_only},
		{"wait_timeout", &out->wait_timeout},
		{"time_zone", &out->time_zone},
	};
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, "SHOW GLOBAL VARIABLES", "tT", &rows,
				    err);
	const size_t count = sizeof(wanted) / sizeof(*wanted);

	for (size_t i = 0; i < count; i++)
		*wanted[i].at = "";
	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		for (size_t k = 0; k < count; k++)
			if (!strcmp(rows_text(rows, i, 0), wanted[k].name))
				*wanted[k].at = arena_strdup(
					arena, rows_text(rows, i, 1)
						       ? rows_text(rows, i, 1)
						       : "");
	return rc;
}

static enum dbs_rc measure(struct conn *conn, struct checkup *out,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *bulk = NULL;
	enum dbs_rc rc = DBS_OK;

	for (int i = 0; i < TRIES && !rc; i++) {
		OWNED(mem_drop) char *text = NULL;
		const uint64_t start = clock_ns();

		rc = conn_fetch_text(conn, "SELECT 1", "1n", &text, err);
		const double seconds = clock_since(start);

		if (!i || seconds < out->round_trip_s)
			out->round_trip_s = seconds;
	}
	if (rc)
		return rc;
	buf_addf(&sql, "SELECT REPEAT('x', %d)", (int)TRANSFER_BYTES);
	const uint64_t start = clock_ns();

	rc = conn_fetch_text(conn, sql.data, "1T", &bulk, err);
	const double seconds = clock_since(start) - out->round_trip_s;

	out->bytes_per_s = TRANSFER_BYTES / (seconds > 1e-6 ? seconds : 1e-6);
	return rc;
}

static enum dbs_rc ask_clock(struct conn *conn, struct checkup *out,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *text = NULL;
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT UNIX_TIMESTAMP(NOW(6))",
					 "1t", &text, err);

	if (!rc && text)
		out->ahead_s = strtod(text, NULL) - clock_wall_s();
	return rc;
}

static enum dbs_rc ask_table_names(struct conn *conn, const char *database,
				   struct arena *arena, struct checkup *out,
				   struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct checkup_table *tables = NULL;

	buf_adds(&sql, "SELECT TABLE_NAME, TABLE_TYPE FROM "
		       "INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ");
	quote_text(&sql, database);
	buf_adds(&sql, " ORDER BY TABLE_NAME");
	enum dbs_rc rc = conn_fetch(conn, sql.data, "tt", &rows, err);

	if (rc)
		return rc;
	tables = arena_alloc(arena, (rows_count(rows) + 1) * sizeof(*tables));
	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *type = rows_text(rows, i, 1);

		tables[i].name = arena_strdup(arena, rows_text(rows, i, 0));
		tables[i].is_view = strcmp(type, "BASE TABLE") != 0 &&
				    strcmp(type, "SYSTEM VERSIONED") != 0;
	}
	out->tables = tables;
	out->table_count = rows_count(rows);
	return DBS_OK;
}

enum dbs_rc checkup_run(struct conn *conn, const char *const *databases,
			size_t count, struct arena *arena, struct checkup *out,
			struct dbs_error *err)
{
	*out = (struct checkup){.server = *conn_server(conn),
				.takes_bulk = conn_takes_bulk(conn)};
	const char *cipher = conn_tls_cipher(conn);

	out->cipher = cipher ? arena_strdup(arena, cipher) : NULL;
	enum dbs_rc rc = checkup_privileges(conn, databases, count, arena, out,
					    err);

	if (!rc && count)
		rc = ask_table_names(conn, databases[0], arena, out, err);
	if (!rc)
		rc = ask_settings(conn, arena, out, err);
	if (!rc && out->server.has_binlog_snapshot)
		rc = unlogged_find(conn, &out->unlogged, err);
	if (!rc)
		rc = measure(conn, out, err);
	return rc ? rc : ask_clock(conn, out, err);
}
