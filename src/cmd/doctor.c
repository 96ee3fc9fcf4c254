/*
 * doctor.c - `dbsync doctor`: what works and what will not, said line by line
 * before a run has to find out.
 *
 * Facts come from checkup.h; here they become remarks, each with what to do
 * about it.  A remark that begins with FAIL keeps some command from working.
 */

#include "dbsync/cmd/command.h"

#include "outcome.h"
#include "paint.h"
#include "report_value.h"
#include "walk_options.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/signals.h"
#include "dbsync/data/links.h"
#include "dbsync/db/quote.h"
#include "dbsync/run/privileges.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	SMALL_PACKET = 16 * 1024 * 1024,
	CLOCK_S = 60,
	LEAST_FREE = 1024 * 1024 * 1024,
};

struct doctor {
	struct walk_options walk;
	struct write_options write;
};

#define WALK offsetof(struct doctor, walk)
#define WRITE offsetof(struct doctor, write)

/* clang-format off */
static const struct option_row rows[] = {
	{"backup-dir", '\0', OPTION_TEXT, WRITE_AT(WRITE, backup_dir),
	 "FOLDER", "where backup points go (default backups/database)",
	 "What is looked at", 0, 0, NULL, NULL},
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct doctor *doctor = options;

	walk_options_defaults(&doctor->walk);
	write_options_defaults(&doctor->write);
}

/* ------------------------------------------------------------------------
 * Remarks
 * --------------------------------------------------------------------- */

enum level { LEVEL_OK, LEVEL_NOTE, LEVEL_FAIL };

static const char *const level_words[] = {"ok", "note", "FAIL"};

struct remark {
	const char *about; /* source, target, both, here */
	enum level level;
	const char *text;
	const char *mend; /* a statement or an option, or NULL */
};

struct visit {
	const struct doctor *options;
	struct arena *arena;
	struct vec remarks; /* struct remark */
};

static void remark(struct visit *visit, const char *about, enum level level,
		   const char *text, const char *mend)
{
	*(struct remark *)vec_push(
		&visit->remarks) = (struct remark){about, level, text, mend};
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
		remark(visit, about, LEVEL_OK,
		       arena_printf(arena, "%s: privileges on %s",
				    need->purpose, shown),
		       NULL);
		return;
	}
	remark(visit, about,
	       need->is_vital && !checkup->has_roles && !is_partly ? LEVEL_FAIL
								   : LEVEL_NOTE,
	       arena_printf(arena, "%s: %s on %s %s not granted%s%s",
			    need->purpose, missing, shown,
			    strchr(missing, ',') ? "are" : "is",
			    is_partly ? " (but there are grants on some tables)"
				      : "",
			    checkup->has_roles ? " to the user itself (its "
						 "roles are not looked at)"
					       : ""),
	       arena_strdup(arena, grant.data));
}

static const char *place_of(struct visit *visit, const char *database)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	privileges_place(database, &text);
	return arena_strdup(visit->arena, text.data);
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
		remark(visit, "source", LEVEL_OK,
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
	remark(visit, "target", LEVEL_NOTE,
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
	remark(visit, about, LEVEL_OK,
	       arena_printf(visit->arena, "link: %.1f ms there and back, %s/s",
			    checkup->round_trip_s * 1000, speed.data),
	       NULL);
	remark(visit, about, ahead > CLOCK_S ? LEVEL_NOTE : LEVEL_OK,
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

	remark(visit, about, LEVEL_OK,
	       arena_printf(visit->arena, "connects as %s to %s %s, %s",
			    checkup->user, server_family_name(server->family),
			    server->text,
			    checkup->cipher ? checkup->cipher : "without TLS"),
	       NULL);
	if (server->version < oldest)
		remark(visit, about, LEVEL_NOTE,
		       "dbsync is not tested with so old a version", NULL);
}

static void check_database(struct visit *visit, const char *about,
			   const struct checkup *checkup, const char *name)
{
	OWNED(buf_release) struct buf quoted = BUF_INIT;

	if (!name) {
		remark(visit, about, LEVEL_NOTE,
		       "no database is named: its privileges are not looked at",
		       NULL);
		return;
	}
	quote_name(&quoted, name);
	if (checkup->databases[0].is_there)
		return;
	remark(visit, about, LEVEL_FAIL,
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
	remark(visit, about, bytes < SMALL_PACKET ? LEVEL_NOTE : LEVEL_OK,
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
		remark(visit, "target", LEVEL_OK,
		       "full-sync loads by arrays of rows", NULL);
	else if (!strcmp(checkup->local_infile, "ON"))
		remark(visit, "target", LEVEL_OK,
		       "local_infile is on: full-sync loads by LOAD DATA",
		       NULL);
	else
		remark(visit, "target", LEVEL_NOTE,
		       "local_infile is off: full-sync loads by INSERT "
		       "statements, which is slower",
		       "SET GLOBAL local_infile = 1;");
}

static void check_target_settings(struct visit *visit,
				  const struct checkup *checkup)
{
	const bool is_read_only = strcmp(checkup->read_only, "OFF") != 0 &&
				  strcmp(checkup->read_only, "0") != 0;

	if (is_read_only)
		remark(visit, "target", LEVEL_FAIL, "it is read-only",
		       "--allow read-only");
	check_way(visit, checkup);
	if (strcmp(checkup->log_bin, "ON") != 0) {
		remark(visit, "target", LEVEL_OK, "it writes no binary log",
		       NULL);
		return;
	}
	remark(visit, "target",
	       strcmp(checkup->binlog_format, "ROW") != 0 &&
			       *checkup->binlog_format
		       ? LEVEL_NOTE
		       : LEVEL_OK,
	       arena_printf(visit->arena,
			    "binary log: %s, row image %s (--binlog off spares "
			    "it, where the user may)",
			    checkup->binlog_format, checkup->binlog_row_image),
	       NULL);
}

/* ------------------------------------------------------------------------
 * Both, and here
 * --------------------------------------------------------------------- */

static void check_pair(struct visit *visit, const struct checkup *source,
		       const struct checkup *target)
{
	const double slower = source->bytes_per_s < target->bytes_per_s
				      ? source->bytes_per_s
				      : target->bytes_per_s;
	const bool is_slow = slower < LINKS_FAST;

	if (strcmp(source->lower_case_table_names,
		   target->lower_case_table_names) != 0)
		remark(visit, "both", LEVEL_NOTE,
		       arena_printf(visit->arena,
				    "lower_case_table_names: %s on the source, "
				    "%s on the target: names of tables with "
				    "capitals may clash",
				    source->lower_case_table_names,
				    target->lower_case_table_names),
		       NULL);
	remark(visit, "both", LEVEL_OK,
	       is_slow ? "--digest auto begins with digests of the servers: "
			 "the link is slow"
		       : "--digest auto begins with streams of rows: the link "
			 "is fast",
	       NULL);
}

/* The folder, or the one above it that is there. */
static void check_disk(struct visit *visit)
{
	const char *folder = visit->options->write.backup_dir;
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
	remark(visit, "here", bytes < LEAST_FREE ? LEVEL_NOTE : LEVEL_OK,
	       arena_printf(visit->arena, "%s free for backup points in `%s`",
			    free_bytes.data, folder),
	       NULL);
	if (access(path, W_OK))
		remark(visit, "here", LEVEL_FAIL,
		       arena_printf(visit->arena, "`%s` cannot be written",
				    path),
		       "--backup-dir FOLDER");
}

/* ------------------------------------------------------------------------
 * The visit
 * --------------------------------------------------------------------- */

static enum dbs_rc examine(struct visit *visit, const struct conn_setup *setup,
			   struct checkup *out, struct dbs_error *err)
{
	const bool is_target = setup->side == DBS_SIDE_TARGET;
	const char *about = dbs_side_name(setup->side);
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
	check_packet(visit, about, out);
	if (is_target)
		check_target_settings(visit, out);
	check_link(visit, about, out);
	return DBS_OK;
}

/* A server that is not to be had is a remark, and the other is looked at. */
static bool examine_side(struct visit *visit, const struct dsn *dsn,
			 enum dbs_side side, const struct cancel *cancel,
			 struct conn_group *group, struct checkup *out)
{
	const struct conn_setup setup = {
		.dsn = dsn,
		.side = side,
		.cancel = cancel,
		.group = group,
		.attempts = 1,
		.net_timeout_s = visit->options->walk.net_timeout_s,
	};
	struct dbs_error err = {0};

	if (!examine(visit, &setup, out, &err))
		return true;
	remark(visit, dbs_side_name(side), LEVEL_FAIL,
	       arena_strdup(visit->arena, err.text), NULL);
	return false;
}

static void print_remark(const struct remark *remark)
{
	static const enum paint paints[] = {
		[LEVEL_OK] = PAINT_GOOD,
		[LEVEL_NOTE] = PAINT_DOUBT,
		[LEVEL_FAIL] = PAINT_BAD,
	};
	OWNED(buf_release) struct buf text = BUF_INIT;
	OWNED(buf_release) struct buf mend = BUF_INIT;

	text_show(&text, remark->text, strlen(remark->text), 1000);
	(void)printf("%-6s %s%-4s%s  %s\n", remark->about,
		     paint_begin(stdout, paints[remark->level]),
		     level_words[remark->level],
		     paint_end(stdout, paints[remark->level]), text.data);
	if (!remark->mend)
		return;
	text_show_sql(&mend, remark->mend, strlen(remark->mend), 4000);
	(void)printf("               %s\n", mend.data);
}

static void print_text(const struct visit *visit)
{
	for (size_t i = 0; i < visit->remarks.count; i++)
		print_remark(vec_at(&visit->remarks, i));
}

static void give_object(const struct visit *visit, int status)
{
	struct json_object *object = json_object_new_object();
	struct json_object *remarks = json_object_new_array();

	for (size_t i = 0; i < visit->remarks.count; i++) {
		const struct remark *at = vec_at(&visit->remarks, i);
		struct json_object *entry = json_object_new_object();

		report_add(entry, "about", report_string(at->about));
		report_add(entry, "level",
			   report_string(at->level == LEVEL_FAIL
						 ? "fail"
						 : level_words[at->level]));
		report_add(entry, "text", report_string(at->text));
		report_add(entry, "mend", report_string(at->mend));
		(void)json_object_array_add(remarks, entry);
	}
	report_add(object, "command", report_string("doctor"));
	report_add(object, "exit_status", json_object_new_int(status));
	report_add(object, "remarks", remarks);
	outcome_give(object, visit->options->walk.json);
}

static bool has_failure(const struct visit *visit)
{
	for (size_t i = 0; i < visit->remarks.count; i++)
		if (((const struct remark *)vec_at(&visit->remarks, i))->level ==
		    LEVEL_FAIL)
			return true;
	return false;
}

static int look(struct visit *visit, const struct endpoints *endpoints,
		const struct cancel *cancel, struct conn_group *group)
{
	struct checkup source;
	struct checkup target;
	const bool has_source = examine_side(visit, &endpoints->source,
					     DBS_SIDE_SOURCE, cancel, group,
					     &source);
	const bool has_target = examine_side(visit, &endpoints->target,
					     DBS_SIDE_TARGET, cancel, group,
					     &target);

	if (has_source && has_target)
		check_pair(visit, &source, &target);
	check_disk(visit);
	if (cancel_requested(cancel))
		return EXIT_CANCELLED;
	if (!has_source || !has_target)
		return EXIT_SERVER;
	return has_failure(visit) ? EXIT_INCOMPLETE : EXIT_EQUAL;
}

static int run(void *options, const struct vec *operands)
{
	const struct doctor *doctor = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {DSN_INIT,
							     DSN_INIT};
	struct dbs_error err = {0};

	if (endpoints_load(&doctor->walk.endpoints, operands, &endpoints, &err))
		return walk_options_fail(&doctor->walk, "doctor", &err);

	struct cancel cancel = {false};
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = NULL;

	if (signals_begin(&cancel, group, &signals, &err))
		return walk_options_fail(&doctor->walk, "doctor", &err);
	OWNED(arena_drop) struct arena *arena = arena_new();
	struct visit visit = {doctor, arena, VEC_INIT(struct remark)};
	const int status = look(&visit, &endpoints, &cancel, group);

	if (!doctor->walk.json)
		print_text(&visit);
	give_object(&visit, status);
	vec_release(&visit.remarks);
	return status;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "what works, what will not, and what to grant",
	.operands = "[SOURCE TARGET]",
	.text = "Connects to both servers and says line by line: versions, "
		"TLS, privileges with the\n"
		"GRANTs that are missing, settings that matter, clocks, the "
		"links, the digest that\n"
		"would be chosen, and the space for backup points.  Nothing is "
		"written.\n"
		"\n"
		"A line is ok, a note (something is slower, or not to be had), "
		"or FAIL (a command will\n"
		"be refused).\n"
		"\n"
		"Exit status: 0 nothing failed, 2 usage, 4 a server is not to "
		"be had, 6 something\n"
		"will not work.\n"
		"\n"
		"Examples:\n"
		"  dbsync doctor\n"
		"  dbsync doctor shop\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct doctor),
	.endpoints = offsetof(struct doctor, walk.endpoints),
	.takes_jobs = true,
	.defaults = defaults,
	.run = run,
};
