/*
 * doctor_job.c - see doctor_job.h.  Facts come from checkup.h; here they become
 * remarks, each with what to do about it.
 */
#include "dbsync/run/doctor_job.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/links.h"
#include "dbsync/db/quote.h"
#include "dbsync/run/privileges.h"
#include "dbsync/run/shape_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	SMALL_PACKET = 16 * 1024 * 1024,
	CLOCK_S = 60,
	LEAST_FREE = 1024 * 1024 * 1024,
	MOST_EXTRA = 5,
};

/* ------------------------------------------------------------------------
 * Remarks
 * --------------------------------------------------------------------- */

struct visit {
	const struct doctor_request *request;
	struct arena *arena;
	struct vec *remarks;
};

static void remark(struct visit *visit, const char *about,
		   enum remark_level level, const char *text, const char *mend)
{
	*(struct remark *)vec_push(
		visit->remarks) = (struct remark){about, level, text, mend};
}

/* ------------------------------------------------------------------------
 * Privileges
 * --------------------------------------------------------------------- */

/* place: as GRANT writes it; of databases of our own, a pattern */
static void check_need(struct visit *visit, const char *about,
		       const struct checkup *checkup,
		       const struct checkup_database *database,
		       const char *place, const struct need *need)
{
	OWNED(buf_release) struct buf own = BUF_INIT;
	const char *shown = place;

	if (database) {
		if (strstr(place, "_%`"))
			buf_adds(&own, "databases of dbsync's own");
		else
			quote_name(&own, database->name);
		shown = own.data;
	}
	struct arena *arena = visit->arena;
	OWNED(buf_release) struct buf lacks = BUF_INIT;
	OWNED(buf_release) struct buf grant = BUF_INIT;

	privileges_missing(checkup, database, need, &lacks);
	privileges_grant(checkup, place, need, &grant);
	const char *missing = lacks.length ? lacks.data : "";
	const bool is_partly = database && database->has_tables;

	if (!*missing) {
		remark(visit, about, REMARK_OK,
		       arena_printf(arena, "%s: privileges on %s",
				    need->purpose, shown),
		       NULL);
		return;
	}
	remark(visit, about,
	       need->is_vital && !checkup->has_roles && !is_partly
		       ? REMARK_FAIL
		       : REMARK_NOTE,
	       arena_printf(arena, "%s: %s on %s %s not granted%s%s",
			    need->purpose, missing, shown,
			    strchr(missing, ',') ? "are" : "is",
			    is_partly ? " (but there are grants on some tables)"
				      : "",
			    checkup->has_roles
				    ? " to the user itself (its roles are not "
				      "checked)"
				    : ""),
	       arena_strdup(arena, grant.data));
}

static const char *place_of(struct visit *visit, const char *database)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	privileges_place(database, &text);
	return arena_strdup(visit->arena, text.data);
}

/* For those who use it; nothing else needs the log. */
static void check_log(struct visit *visit, const char *about,
		      const struct checkup *checkup)
{
	const struct need reads = NEED("reading the binary log (changes, "
				       "--changes-from)",
				       false, PRIVILEGE_REPLICATION_SLAVE);

	if (strcmp(checkup->log_bin, "ON") != 0)
		return;
	check_need(visit, about, checkup, NULL, "*.*", &reads);
	if (checkup->unlogged)
		remark(visit, about, REMARK_NOTE,
		       arena_printf(visit->arena,
				    "--changes-from cannot use its binary log: "
				    "%s",
				    checkup->unlogged),
		       NULL);
}

static void check_source_grants(struct visit *visit,
				const struct checkup *checkup)
{
	const struct checkup_database *database =
		checkup->database_count ? &checkup->databases[0] : NULL;
	const struct need reads = NEED("reading", true, PRIVILEGE_SELECT);
	const struct need views = NEED("comparing views", false,
				       PRIVILEGE_SELECT, PRIVILEGE_SHOW_VIEW);
	struct need moment = NEED("one snapshot of all tables (else one "
				  "of each)",
				  false, PRIVILEGE_RELOAD);

	if (database) {
		const char *place = place_of(visit, database->name);

		check_need(visit, "source", checkup, database, place, &reads);
		check_need(visit, "source", checkup, database, place, &views);
	}
	if (checkup->unlogged)
		moment.purpose = arena_printf(
			visit->arena, "%s; the binary log proves none: %s",
			moment.purpose, checkup->unlogged);
	if (checkup->server.has_binlog_snapshot && !checkup->unlogged)
		remark(visit, "source", REMARK_OK,
		       "one snapshot of all tables: by the binary log's "
		       "position",
		       NULL);
	else
		check_need(visit, "source", checkup, NULL, "*.*", &moment);
}

/* Views, routines, triggers and events belong to somebody. */
static void check_definers(struct visit *visit, const struct checkup *checkup)
{
	const struct server *server = &checkup->server;
	const char *name = server->family == SERVER_MARIADB ? "SET USER"
			   : server->version >= 80200       ? "SET_ANY_DEFINER"
			   : server->version >= 80000       ? "SET_USER_ID"
							    : "SUPER";

	if (checkup_may(checkup, NULL, PRIVILEGE_SUPER) ||
	    checkup_may(checkup, NULL, PRIVILEGE_SET_USER))
		return;
	remark(visit, "target", REMARK_NOTE,
	       arena_printf(visit->arena,
			    "views, routines, triggers and events that somebody "
			    "else defines cannot be made: %s is missing",
			    name),
	       arena_printf(visit->arena, "GRANT %s ON *.* TO %s;", name,
			    checkup->user));
}

static void check_target_grants(struct visit *visit,
				const struct checkup *checkup)
{
	const struct need writes = NEED("incremental", true, PRIVILEGE_SELECT,
					PRIVILEGE_INSERT, PRIVILEGE_UPDATE,
					PRIVILEGE_DELETE, PRIVILEGE_ALTER,
					PRIVILEGE_TRIGGER);
	const struct need shapes =
		NEED("structures", false, PRIVILEGE_SELECT, PRIVILEGE_INSERT,
		     PRIVILEGE_UPDATE, PRIVILEGE_DELETE, PRIVILEGE_ALTER,
		     PRIVILEGE_TRIGGER, PRIVILEGE_CREATE, PRIVILEGE_DROP,
		     PRIVILEGE_INDEX, PRIVILEGE_REFERENCES, PRIVILEGE_SHOW_VIEW,
		     PRIVILEGE_CREATE_VIEW, PRIVILEGE_LOCK_TABLES);
	const struct need trials =
		NEED("trying ALTERs on empty tables (else --allow-unproven)",
		     false, PRIVILEGE_SELECT, PRIVILEGE_INSERT,
		     PRIVILEGE_CREATE, PRIVILEGE_DROP, PRIVILEGE_ALTER,
		     PRIVILEGE_INDEX, PRIVILEGE_REFERENCES);
	const struct need copies = NEED(
		"full-sync's copies (else --no-swap)", false, PRIVILEGE_SELECT,
		PRIVILEGE_INSERT, PRIVILEGE_UPDATE, PRIVILEGE_DELETE,
		PRIVILEGE_CREATE, PRIVILEGE_DROP, PRIVILEGE_ALTER,
		PRIVILEGE_INDEX, PRIVILEGE_REFERENCES, PRIVILEGE_TRIGGER);
	const bool is_mariadb = checkup->server.family == SERVER_MARIADB;
	const struct need replica =
		is_mariadb ? NEED("seeing whether it is a replica", false,
				  PRIVILEGE_SLAVE_MONITOR)
			   : NEED("seeing whether it is a replica", false,
				  PRIVILEGE_REPLICATION_CLIENT);
	const struct checkup_database *of = checkup->databases;

	if (checkup->database_count > 2) {
		const char *place = place_of(visit, of[0].name);

		check_need(visit, "target", checkup, &of[0], place, &writes);
		check_need(visit, "target", checkup, &of[0], place, &shapes);
	}
	if (checkup->database_count > 1) {
		const size_t last = checkup->database_count - 1;

		check_need(visit, "target", checkup, &of[last - 1],
			   "`dbsync\\_scratch\\_%`.*", &trials);
		check_need(visit, "target", checkup, &of[last],
			   "`dbsync\\_%`.*", &copies);
	}
	check_need(visit, "target", checkup, NULL, "*.*", &replica);
	check_definers(visit, checkup);
}

/* ------------------------------------------------------------------------
 * One server
 * --------------------------------------------------------------------- */

static void check_link(struct visit *visit, const char *about,
		       const struct checkup *checkup)
{
	OWNED(buf_release) struct buf speed = BUF_INIT;
	const double ahead = checkup->ahead_s < 0 ? -checkup->ahead_s
						  : checkup->ahead_s;

	text_bytes(&speed, checkup->bytes_per_s);
	remark(visit, about, REMARK_OK,
	       arena_printf(visit->arena, "link: %.1f ms round trip, %s/s",
			    checkup->round_trip_s * 1000, speed.data),
	       NULL);
	remark(visit, about, ahead > CLOCK_S ? REMARK_NOTE : REMARK_OK,
	       arena_printf(visit->arena, "clock: %.1f s %s this machine's",
			    ahead,
			    checkup->ahead_s < 0 ? "behind" : "ahead of"),
	       NULL);
}

static void check_version(struct visit *visit, const char *about,
			  const struct checkup *checkup)
{
	const struct server *server = &checkup->server;
	const unsigned oldest = server->family == SERVER_MARIADB ? 100500
								 : 50600;

	remark(visit, about, REMARK_OK,
	       arena_printf(visit->arena, "connects as %s to %s %s, %s",
			    checkup->user, server_family_name(server->family),
			    server->text,
			    checkup->cipher ? checkup->cipher : "without TLS"),
	       NULL);
	if (server->version < oldest)
		remark(visit, about, REMARK_NOTE,
		       "dbsync is not tested with so old a version", NULL);
}

static void check_database(struct visit *visit, const char *about,
			   const struct checkup *checkup, const char *name)
{
	OWNED(buf_release) struct buf quoted = BUF_INIT;

	if (!name) {
		remark(visit, about, REMARK_NOTE,
		       "no database is named: its privileges are not checked",
		       NULL);
		return;
	}
	quote_name(&quoted, name);
	if (checkup->databases[0].is_there)
		return;
	remark(visit, about, REMARK_FAIL,
	       arena_printf(visit->arena,
			    "there is no database %s, or this user may not "
			    "see it",
			    quoted.data),
	       !strcmp(about, "target")
		       ? arena_printf(visit->arena, "CREATE DATABASE %s;",
				      quoted.data)
		       : NULL);
}

static void check_packet(struct visit *visit, const char *about,
			 const struct checkup *checkup)
{
	const uint64_t bytes = strtoull(checkup->max_allowed_packet, NULL, 10);
	OWNED(buf_release) struct buf size = BUF_INIT;

	text_bytes(&size, (double)bytes);
	remark(visit, about, bytes < SMALL_PACKET ? REMARK_NOTE : REMARK_OK,
	       arena_printf(visit->arena,
			    "max_allowed_packet: %s; no row may be larger",
			    size.data),
	       bytes < SMALL_PACKET
		       ? "SET GLOBAL max_allowed_packet = 67108864;"
		       : NULL);
}

/* Which way the rows of full-sync would take, as load.c chooses it. */
static void check_way(struct visit *visit, const struct checkup *checkup)
{
	const bool logs_statements = !strcmp(checkup->log_bin, "ON") &&
				     !strcmp(checkup->binlog_format,
					     "STATEMENT");

	if (checkup->takes_bulk && !logs_statements)
		remark(visit, "target", REMARK_OK,
		       "full-sync loads with arrays of rows", NULL);
	else if (!strcmp(checkup->local_infile, "ON"))
		remark(visit, "target", REMARK_OK,
		       "local_infile is on: full-sync loads with LOAD DATA",
		       NULL);
	else
		remark(visit, "target", REMARK_NOTE,
		       "local_infile is off: full-sync loads with INSERT "
		       "statements, which is slower",
		       "SET GLOBAL local_infile = 1;");
}

static void check_target_settings(struct visit *visit,
				  const struct checkup *checkup)
{
	const bool is_read_only = strcmp(checkup->read_only, "OFF") != 0 &&
				  strcmp(checkup->read_only, "0") != 0;

	if (is_read_only)
		remark(visit, "target", REMARK_FAIL, "it is read-only",
		       "--allow read-only");
	check_way(visit, checkup);
	if (strcmp(checkup->log_bin, "ON") != 0) {
		remark(visit, "target", REMARK_OK, "it writes no binary log",
		       NULL);
		return;
	}
	remark(visit, "target",
	       strcmp(checkup->binlog_format, "ROW") != 0 &&
			       *checkup->binlog_format
		       ? REMARK_NOTE
		       : REMARK_OK,
	       arena_printf(visit->arena,
			    "binary log: %s, row image %s (--binlog off "
			    "disables it, if the user may)",
			    checkup->binlog_format, checkup->binlog_row_image),
	       NULL);
}

/* ------------------------------------------------------------------------
 * Both, and here
 * --------------------------------------------------------------------- */

/* A row that the source can hold and the target cannot take. */
static void check_packets(struct visit *visit, const struct checkup *source,
			  const struct checkup *target)
{
	const uint64_t here = strtoull(source->max_allowed_packet, NULL, 10);
	const uint64_t there = strtoull(target->max_allowed_packet, NULL, 10);
	OWNED(buf_release) struct buf more = BUF_INIT;
	OWNED(buf_release) struct buf less = BUF_INIT;

	if (there >= here)
		return;
	text_bytes(&more, (double)here);
	text_bytes(&less, (double)there);
	remark(visit, "both", REMARK_NOTE,
	       arena_printf(visit->arena,
			    "max_allowed_packet: %s on the source, %s on the "
			    "target: larger rows of the source cannot be "
			    "written",
			    more.data, less.data),
	       arena_printf(visit->arena,
			    "SET GLOBAL max_allowed_packet = %" PRIu64
			    "; -- on the target",
			    here));
}

static void check_pair(struct visit *visit, const struct checkup *source,
		       const struct checkup *target)
{
	const double slower = source->bytes_per_s < target->bytes_per_s
				      ? source->bytes_per_s
				      : target->bytes_per_s;
	const bool is_slow = slower < LINKS_FAST;

	if (strcmp(source->lower_case_table_names,
		   target->lower_case_table_names) != 0)
		remark(visit, "both", REMARK_NOTE,
		       arena_printf(visit->arena,
				    "lower_case_table_names: %s on the source, "
				    "%s on the target: names of tables with "
				    "capitals may clash",
				    source->lower_case_table_names,
				    target->lower_case_table_names),
		       NULL);
	check_packets(visit, source, target);
	remark(visit, "both", REMARK_OK,
	       is_slow ? "--digest auto begins with digests of the servers: "
			 "the link is slow"
		       : "--digest auto begins with streams of rows: the link "
			 "is fast",
	       NULL);
}

/* The folder, or the one above it that is there. */
static void check_disk(struct visit *visit)
{
	const char *folder = visit->request->backup_dir;
	OWNED(mem_drop) char *path = mem_strdup(folder);
	OWNED(buf_release) struct buf free_bytes = BUF_INIT;
	struct statvfs status;

	while (statvfs(path, &status)) {
		char *slash = strrchr(path, '/');

		if (!slash || slash == path) {
			mem_drop(&path);
			path = mem_strdup(slash ? "/" : ".");
			if (statvfs(path, &status))
				return;
			break;
		}
		*slash = '\0';
	}
	const double bytes = (double)status.f_bavail * (double)status.f_frsize;

	text_bytes(&free_bytes, bytes);
	remark(visit, "here", bytes < LEAST_FREE ? REMARK_NOTE : REMARK_OK,
	       arena_printf(visit->arena, "%s free for backup points in `%s`",
			    free_bytes.data, folder),
	       NULL);
	if (access(path, W_OK))
		remark(visit, "here", REMARK_FAIL,
		       arena_printf(visit->arena, "`%s` cannot be written",
				    path),
		       "--backup-dir FOLDER");
}

/* ------------------------------------------------------------------------
 * Tables that only the target has
 * --------------------------------------------------------------------- */

static bool fits_any(const struct text_list *globs, const char *database,
		     const char *table)
{
	for (size_t i = 0; i < globs->count; i++)
		if (choice_fits(globs->items[i], database, table))
			return true;
	return false;
}

static bool is_chosen(const struct visit *visit, const char *table)
{
	const struct doctor_request *request = visit->request;
	const char *database = request->source->database;

	return (!request->tables.count ||
		fits_any(&request->tables, database, table)) &&
	       !fits_any(&request->exclude, database, table);
}

static bool has_name(const struct checkup *checkup, const char *name,
		     bool is_exact)
{
	for (size_t i = 0; i < checkup->table_count; i++)
		if (is_exact ? !strcmp(checkup->tables[i].name, name)
			     : text_equal_nocase(checkup->tables[i].name, name))
			return true;
	return false;
}

static void check_extra(struct visit *visit, const struct checkup *source,
			const struct checkup *target)
{
	const bool is_exact = !strcmp(source->lower_case_table_names, "0") &&
			      !strcmp(target->lower_case_table_names, "0");
	const int way = visit->request->extra_tables;
	OWNED(buf_release) struct buf names = BUF_INIT;
	size_t count = 0;

	for (size_t i = 0; i < target->table_count; i++) {
		const char *name = target->tables[i].name;

		if (target->tables[i].is_view || !is_chosen(visit, name) ||
		    has_name(source, name, is_exact))
			continue;
		if (count++ < MOST_EXTRA)
			buf_addf(&names, "%s`%s`", names.length ? ", " : "",
				 name);
	}
	if (!count)
		return;
	if (count > MOST_EXTRA)
		buf_adds(&names, ", …");
	remark(visit, "both", way == EXTRA_ERROR ? REMARK_NOTE : REMARK_OK,
	       arena_printf(visit->arena,
			    "%zu table%s that only the target has (%s): %s",
			    count, count == 1 ? "" : "s", names.data,
			    way == EXTRA_ERROR
				    ? "runs that write end with exit status 6"
			    : way == EXTRA_KEEP ? "they are kept"
						: "they are dropped"),
	       way == EXTRA_ERROR ? "--extra-tables keep, or drop" : NULL);
}

/* ------------------------------------------------------------------------
 * The visit
 * --------------------------------------------------------------------- */

static enum dbs_rc examine(struct visit *visit, enum side side,
			   const struct conn_setup *setup, struct checkup *out,
			   struct dbs_error *err)
{
	const bool is_target = side == TARGET;
	const char *about = side_name(side);
	const char *names[3];
	size_t count = 0;
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(setup, &conn, err);

	if (setup->dsn->database)
		names[count++] = setup->dsn->database;
	if (is_target) {
		names[count++] = "dbsync_scratch_x";
		names[count++] = "dbsync_stage_x";
	}
	if (!rc)
		rc = checkup_run(conn, names, count, visit->arena, out, err);
	if (rc)
		return rc;
	check_version(visit, about, out);
	check_database(visit, about, out, setup->dsn->database);
	if (is_target)
		check_target_grants(visit, out);
	else
		check_source_grants(visit, out);
	check_log(visit, about, out);
	check_packet(visit, about, out);
	if (is_target)
		check_target_settings(visit, out);
	check_link(visit, about, out);
	return DBS_OK;
}

/* A server that is not available is a remark, and the other is looked at. */
static bool examine_side(struct visit *visit, const struct dsn *dsn,
			 enum side side, struct checkup *out)
{
	const struct conn_setup setup = {
		.dsn = dsn,
		.role = side_name(side),
		.cancel = visit->request->cancel,
		.group = visit->request->group,
		.attempts = 1,
		.net_timeout_s = visit->request->net_timeout_s,
	};
	struct dbs_error err = {0};

	if (!examine(visit, side, &setup, out, &err))
		return true;
	remark(visit, side_name(side), REMARK_FAIL,
	       arena_strdup(visit->arena, err.text), NULL);
	return false;
}

static bool has_failure(const struct vec *remarks)
{
	for (size_t i = 0; i < remarks->count; i++)
		if (((const struct remark *)vec_at(remarks, i))->level ==
		    REMARK_FAIL)
			return true;
	return false;
}

void doctor_job_run(const struct doctor_request *request,
		    struct doctor_result *result)
{
	struct checkup source;
	struct checkup target;

	*result = (struct doctor_result){
		.arena = arena_new(),
		.remarks = VEC_INIT(struct remark),
	};
	struct visit visit = {request, result->arena, &result->remarks};
	const bool has_source = examine_side(&visit, request->source, SOURCE,
					     &source);
	const bool has_target = examine_side(&visit, request->target, TARGET,
					     &target);

	if (has_source && has_target) {
		check_pair(&visit, &source, &target);
		if (request->source->database && request->target->database)
			check_extra(&visit, &source, &target);
	}
	check_disk(&visit);
	result->lacks_server = !has_source || !has_target;
	result->has_failure = has_failure(&result->remarks);
}

void doctor_result_release(struct doctor_result *result)
{
	arena_drop(&result->arena);
	vec_release(&result->remarks);
}
