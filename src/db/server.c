/* server.c - see server.h. */
#include "dbsync/db/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned version_number(const char *text)
{
	char major[4];
	char minor[4];
	char patch[4] = "0";

	/* old libraries put 5.5.5- in front of MariaDB 10 and later */
	if (!strncmp(text, "5.5.5-", 6))
		text += 6;
	/* digits only: %u would take a sign */
	if (sscanf(text, "%3[0-9].%3[0-9].%3[0-9]", major, minor, patch) < 2)
		return 50700;
	return (unsigned)(strtoul(major, NULL, 10) * 10000 +
			  strtoul(minor, NULL, 10) * 100 +
			  strtoul(patch, NULL, 10));
}

static void mariadb_abilities(struct server *server)
{
	server->has_many_locks = server->version >= 100002;
	server->has_own_parents = true;
	server->has_binlog_snapshot = server->version >= 50300;
	server->has_backup_stage = server->version >= 100401;
	server->has_statement_time = server->version >= 100101;
	server->has_generated_columns = server->version >= 100205;
	server->has_ignored_index = server->version >= 100600;
	server->has_replica_status = server->version >= 100501;
	server->has_full_collation_name = server->version >= 101001;
}

static void mysql_abilities(struct server *server)
{
	server->has_enabled_roles = server->version >= 80019;
	server->has_many_locks = server->version >= 50705;
	server->has_innodb_foreign = server->version >= 80003;
	server->has_explain_partitions = server->version >= 50703;
	server->has_gtid_wait = server->version >= 50705;
	server->has_own_parents = server->version >= 50700;
	server->has_execution_time = server->version >= 50708;
	server->has_stats_expiry = server->version >= 80003;
	server->has_binary_log_status = server->version >= 80200;
	server->has_gtid_executed = server->version >= 50600;
	server->has_generated_columns = server->version >= 50706;
	server->has_json_type = server->version >= 50708;
	server->has_invisible_index = server->version >= 80000;
	server->has_require_primary_key = server->version >= 80013;
	server->has_row_alias = server->version >= 80019;
	server->has_replica_status = server->version >= 80022;
	server->cuts_weights = server->version < 80000;
}

void server_identify(const char *version_text, struct server *out)
{
	*out = (struct server){.version = version_number(version_text)};
	(void)snprintf(out->text, sizeof(out->text), "%s", version_text);
	if (strstr(version_text, "MariaDB")) {
		out->family = SERVER_MARIADB;
		mariadb_abilities(out);
	} else {
		out->family = SERVER_MYSQL;
		mysql_abilities(out);
	}
}

const char *server_log_status_sql(const struct server *server)
{
	return server->has_binary_log_status ? "SHOW BINARY LOG STATUS"
					     : "SHOW MASTER STATUS";
}

const char *server_replica_sql(const struct server *server)
{
	if (server->family == SERVER_MARIADB)
		return "SHOW ALL SLAVES STATUS";
	return server->has_replica_status ? "SHOW REPLICA STATUS"
					  : "SHOW SLAVE STATUS";
}

const char *server_family_name(enum server_family family)
{
	return family == SERVER_MARIADB ? "MariaDB" : "MySQL";
}
