/*
 * server.h - what kind of server answered, and what it can do.
 *
 * Pure: a struct server is made from the text of SELECT VERSION().  Code above
 * asks for abilities, never for versions.
 */
#ifndef DBSYNC_DB_SERVER_H
#define DBSYNC_DB_SERVER_H

#include <stdbool.h>

enum server_family { SERVER_MARIADB, SERVER_MYSQL };

struct server {
	enum server_family family;
	unsigned version;             /* 101119 for 10.11.19 */
	char text[96];                /* as the server says it */
	bool has_binlog_snapshot;     /* binlog_snapshot_position status */
	bool has_backup_stage;        /* BACKUP STAGE (MariaDB) */
	bool has_statement_time;      /* max_statement_time (MariaDB) */
	bool has_execution_time;      /* max_execution_time (MySQL) */
	bool has_enabled_roles;       /* ENABLED_ROLES (MySQL) */
	bool has_many_locks;          /* GET_LOCK keeps those before it */
	bool has_innodb_foreign;      /* INNODB_FOREIGN, not INNODB_SYS_… */
	bool has_explain_partitions;  /* EXPLAIN says partitions by itself */
	bool has_own_parents;         /* a parent is of its child's database */
	bool has_gtid_wait;           /* WAIT_FOR_EXECUTED_GTID_SET */
	bool has_stats_expiry;        /* information_schema_stats_expiry */
	bool has_binary_log_status;   /* SHOW BINARY LOG STATUS, not MASTER */
	bool has_gtid_executed;       /* MySQL's global transaction ids */
	bool has_generated_columns;   /* COLUMNS.GENERATION_EXPRESSION */
	bool has_json_type;           /* JSON is a type, not LONGTEXT */
	bool has_invisible_index;     /* STATISTICS.IS_VISIBLE */
	bool has_ignored_index;       /* STATISTICS.IGNORED */
	bool has_require_primary_key; /* sql_require_primary_key */
	bool has_row_alias;           /* INSERT … AS row ON DUPLICATE KEY */
	bool has_replica_status;      /* SHOW REPLICA STATUS */
	bool has_full_collation_name; /* FULL_COLLATION_NAME (MariaDB) */
	bool cuts_weights;            /* sorts n letters by n weights only */
};

/* Fills in *out from a version text; an odd one is taken as MySQL 5.7. */
void server_identify(const char *version_text, struct server *out);

/* What says where its binary log ends, and which databases are left out. */
const char *server_log_status_sql(const struct server *server);

/* What lists those that it replicates from. */
const char *server_replica_sql(const struct server *server);

/* "MariaDB 10.11.19" */
const char *server_family_name(enum server_family family);
#endif
