/*
 * checkup.h - ask a server what matters to those who run dbsync against it.
 * Only reads, and judges nothing.
 */
#ifndef DBSYNC_APPLY_CHECKUP_H
#define DBSYNC_APPLY_CHECKUP_H

#include "dbsync/base/mem.h"
#include "dbsync/db/conn.h"

#include <stdbool.h>
#include <stdint.h>

/* Privileges that dbsync has a use for; the order is that of GRANT statements. */
enum checkup_privilege {
	PRIVILEGE_SELECT,
	PRIVILEGE_INSERT,
	PRIVILEGE_UPDATE,
	PRIVILEGE_DELETE,
	PRIVILEGE_CREATE,
	PRIVILEGE_DROP,
	PRIVILEGE_ALTER,
	PRIVILEGE_INDEX,
	PRIVILEGE_REFERENCES,
	PRIVILEGE_TRIGGER,
	PRIVILEGE_SHOW_VIEW,
	PRIVILEGE_CREATE_VIEW,
	PRIVILEGE_LOCK_TABLES,
	/* of the whole server: */
	PRIVILEGE_RELOAD,
	PRIVILEGE_PROCESS,
	PRIVILEGE_REPLICATION_CLIENT,
	PRIVILEGE_REPLICATION_SLAVE,
	PRIVILEGE_SLAVE_MONITOR,
	PRIVILEGE_SUPER,
	PRIVILEGE_SET_USER, /* to make what others define */
	PRIVILEGE_COUNT
};

const char *checkup_privilege_name(enum checkup_privilege privilege);

/* What the user may do in one database. */
struct checkup_database {
	const char *name;
	bool is_there;    /* or may be seen */
	uint32_t granted; /* bits of enum checkup_privilege */
	uint32_t tables;  /* in some of its tables, at least */
	bool has_tables;  /* there is such a grant */
};

/* A table or view of the first database. */
struct checkup_table {
	const char *name;
	bool is_view;
};

struct checkup {
	struct server server;
	const char *user;   /* 'u'@'host', as the server knows it */
	const char *cipher; /* NULL: no TLS */
	bool has_roles;     /* that grant more than is seen here */
	uint32_t granted;   /* on *.* */
	struct checkup_database *databases;
	size_t database_count;
	const struct checkup_table *tables;
	size_t table_count;
	double round_trip_s; /* the best of some */
	double bytes_per_s;  /* of one transfer */
	double ahead_s;      /* its clock, of ours */
	const char *max_allowed_packet;
	const char *local_infile;
	bool takes_bulk; /* conn_takes_bulk */
	const char *lower_case_table_names;
	const char *log_bin;
	const char *unlogged; /* why its position proves no moment; or NULL */
	const char *binlog_format;
	const char *binlog_row_image;
	const char *read_only;
	const char *wait_timeout;
	const char *time_zone;
};

/* databases: names; those that are not there are asked for as well. */
enum dbs_rc checkup_run(struct conn *conn, const char *const *databases,
			size_t count, struct arena *arena, struct checkup *out,
			struct dbs_error *err);

/* Privileges alone: all but user, roles and databases stays empty. */
enum dbs_rc checkup_privileges(struct conn *conn, const char *const *databases,
			       size_t count, struct arena *arena,
			       struct checkup *out, struct dbs_error *err);

/* Whether it is granted in a database, there or on *.*. */
bool checkup_may(const struct checkup *checkup,
		 const struct checkup_database *database,
		 enum checkup_privilege privilege);
#endif
