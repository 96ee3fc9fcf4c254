/* survey.c - see survey.h. */
#include "dbsync/apply/survey.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <string.h>

static bool is_on(const char *text)
{
	return text && (!strcmp(text, "1") || !strcmp(text, "ON"));
}

/* The value of a variable that some servers do not have; NULL then. */
static enum dbs_rc variable(struct conn *conn, const char *name,
			    struct arena *arena, const char **out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_addf(&sql, "SHOW GLOBAL VARIABLES LIKE '%s'", name);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "?tT", &rows, err);

	*out = NULL;
	if (!rc && rows_count(rows) && rows_text(rows, 0, 1))
		*out = arena_strdup(arena, rows_text(rows, 0, 1));
	return rc;
}

static enum dbs_rc ask_variables(struct conn *conn, struct arena *arena,
				 struct target_facts *out,
				 struct dbs_error *err)
{
	OWNED(mem_drop) char *user = NULL;
	static const char *const names[] = {
		"read_only",     "super_read_only", "log_bin",
		"binlog_format", "hostname",        "port",
		"datadir",       "server_uuid",
	};
	enum { READ_ONLY, SUPER, LOG_BIN, FORMAT, HOST, PORT, FOLDER, UUID };
	const char *values[sizeof(names) / sizeof(*names)];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		enum dbs_rc rc = variable(conn, names[i], arena, &values[i],
					  err);

		if (rc)
			return rc;
	}
	/* MariaDB 11.8 has NO_LOCK and its kin beside ON */
	out->is_read_only = (values[READ_ONLY] &&
			     strcmp(values[READ_ONLY], "OFF") != 0 &&
			     strcmp(values[READ_ONLY], "0") != 0) ||
			    is_on(values[SUPER]);
	out->binlog_format = is_on(values[LOG_BIN]) && values[FORMAT]
				     ? values[FORMAT]
				     : "";
	out->identity = values[UUID]
				? values[UUID]
				: arena_printf(arena, "%s:%s %s",
					       values[HOST] ? values[HOST] : "",
					       values[PORT] ? values[PORT] : "",
					       values[FOLDER] ? values[FOLDER]
							      : "");
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT CURRENT_USER()", "1t",
					 &user, err);

	out->user = arena_strdup(arena, user ? user : "");
	return rc;
}

/* The columns of SHOW … STATUS differ; host and port are found by order. */
struct replica {
	struct arena *arena;
	const char *text;
	size_t host; /* column */
	size_t port;
};

static enum dbs_rc take_replica(void *self, size_t width,
				const char *const *texts, const size_t *lengths,
				struct dbs_error *err)
{
	struct replica *replica = self;

	(void)lengths;
	(void)err;
	if (replica->text || replica->port >= width)
		return DBS_OK;
	const char *host = texts[replica->host];
	const char *port = texts[replica->port];

	replica->text = arena_printf(replica->arena, "%s:%s", host ? host : "?",
				     port ? port : "?");
	return DBS_OK;
}

static enum dbs_rc ask_replica(struct conn *conn, struct arena *arena,
			       struct target_facts *out, struct dbs_error *err)
{
	const struct server *server = conn_server(conn);
	const bool is_mariadb = server->family == SERVER_MARIADB;
	/* MariaDB: Connection_name and Slave_SQL_State come first */
	struct replica replica = {
		.arena = arena,
		.host = is_mariadb ? 3 : 1,
		.port = is_mariadb ? 5 : 3,
	};
	enum dbs_rc rc = conn_each(conn, server_replica_sql(server), "*",
				   take_replica, &replica, err);

	if (rc == DBS_E_DENIED || rc == DBS_E_SERVER) {
		out->replica_doubt = arena_strdup(arena, err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	out->replicates = replica.text;
	return rc;
}

/*
 * MySQL hides triggers from those who have no TRIGGER privilege; MariaDB shows
 * them to whoever may see the table.  What counts is a grant to this account or
 * to a role that is enabled, on everything or on the database.
 */
#define MINE                                                      \
	"PRIVILEGE_TYPE = 'TRIGGER' AND GRANTEE IN (SELECT "      \
	"CONCAT('\\'', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), " \
	"'\\'@\\'', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '\\'')"
#define MY_ROLES                                                        \
	" UNION SELECT CONCAT('\\'', ROLE_NAME, '\\'@\\'', ROLE_HOST, " \
	"'\\'') FROM INFORMATION_SCHEMA.ENABLED_ROLES"

static enum dbs_rc sees_triggers_of(struct conn *conn, const char *database,
				    bool *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t count = 0;
	const char *roles = conn_server(conn)->has_enabled_roles ? MY_ROLES
								 : "";

	buf_addf(&sql,
		 "SELECT (SELECT COUNT(*) FROM "
		 "INFORMATION_SCHEMA.USER_PRIVILEGES WHERE " MINE "%s)"
		 ") + (SELECT COUNT(*) FROM "
		 "INFORMATION_SCHEMA.SCHEMA_PRIVILEGES WHERE " MINE "%s) AND ",
		 roles, roles);
	quote_text(&sql, database);
	buf_adds(&sql, " LIKE TABLE_SCHEMA)");
	enum dbs_rc rc = conn_fetch_number(conn, sql.data, &count, err);

	*out = !rc && count;
	if (!dbs_is_refusal(rc))
		return rc;
	dbs_error_clear(err); /* nobody knows */
	return DBS_OK;
}

static enum dbs_rc ask_triggers(struct conn *conn, struct target_facts *out,
				struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	out->sees_triggers = true;
	if (conn_server(conn)->family == SERVER_MARIADB)
		return DBS_OK;
	for (size_t i = 0; i < out->database_count && !rc; i++) {
		bool sees = false;

		rc = sees_triggers_of(conn, out->databases[i], &sees, err);
		out->sees_triggers = out->sees_triggers && sees;
	}
	return rc;
}

/* Whoever wrote there might lock everybody out: no option allows it. */
static enum dbs_rc refuse_system(const char *const *databases, size_t count,
				 struct dbs_error *err)
{
	for (size_t i = 0; i < count; i++)
		if (schema_is_system(databases[i]))
			return dbs_fail(err, DBS_E_REFUSED,
					"`%s` is a database of the server "
					"itself: it may be a source, but never "
					"a target",
					databases[i]);
	return DBS_OK;
}

enum dbs_rc survey_target(struct conn *conn, const char *const *databases,
			  size_t count, struct arena *arena,
			  struct target_facts *out, struct dbs_error *err)
{
	const struct relations **relations =
		arena_alloc(arena, (count + 1) * sizeof(*relations));

	*out = (struct target_facts){.databases = databases,
				     .database_count = count,
				     .relations = relations};
	enum dbs_rc rc = refuse_system(databases, count, err);

	if (!rc)
		rc = ask_variables(conn, arena, out, err);
	if (!rc)
		rc = ask_replica(conn, arena, out, err);
	if (!rc)
		rc = ask_triggers(conn, out, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = relations_load(conn, databases[i], arena, &relations[i],
				    err);
	return rc;
}
