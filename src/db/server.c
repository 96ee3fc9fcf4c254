/* server.c - see server.h. */
#include "dbsync/db/server.h"

#include <stdio.h>
#include <string.h>

static unsigned version_number(const char *text)
{
	unsigned major = 5;
	unsigned minor = 7;
	unsigned patch = 0;

	/* old libraries put 5.5.5- in front of MariaDB 10 and later */
	if (!strncmp(text, "5.5.5-", 6))
		text += 6;
	/* scanf would take a sign */
	if (*text < '0' || *text > '9' ||
	    sscanf(text, "%3u.%3u.%3u", &major, &minor, &patch) < 2)
		return 50700;
	return major * 10000 + minor * 100 + patch;
}

static void mariadb_abilities(struct server *server)
{
	server->has_binlog_snapshot = server->version >= 50300;
	server->has_statement_time = server->version >= 100101;
	server->has_ignored_index = server->version >= 100600;
}

static void mysql_abilities(struct server *server)
{
	server->has_execution_time = server->version >= 50708;
	server->has_stats_expiry = server->version >= 80003;
	server->has_binary_log_status = server->version >= 80200;
	server->has_gtid_executed = server->version >= 50600;
	server->has_json_type = server->version >= 50708;
	server->has_invisible_index = server->version >= 80000;
	server->has_require_primary_key = server->version >= 80013;
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

const char *server_family_name(enum server_family family)
{
	return family == SERVER_MARIADB ? "MariaDB" : "MySQL";
}
