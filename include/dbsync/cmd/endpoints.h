/*
 * endpoints.h - where source and target are, from all the places that people
 * keep such things; the first that names a thing wins:
 *
 *	1 the URLs on the command line
 *	2 the job of the configuration that the command line names
 *	3 the URLs in DBSYNC_SOURCE and DBSYNC_TARGET
 *	4 the ten names of an .env file (only for a side without a URL)
 *	5 the configuration file
 *	6 the option file
 *	7 defaults; a password that is still missing is asked for on a terminal
 */
#ifndef DBSYNC_CMD_ENDPOINTS_H
#define DBSYNC_CMD_ENDPOINTS_H

#include "dbsync/base/side.h"
#include "dbsync/base/vec.h"
#include "dbsync/db/dsn.h"

#define ENDPOINTS_ENV_FILE ".env"

struct config;         /* config.h */
struct option_origins; /* of all options of the command */

struct endpoint_options {
	const struct config *config;          /* set by cmd_main */
	const char *job;                      /* likewise; NULL: none */
	const struct option_origins *origins; /* likewise */
	const char *env_file;      /* NULL: ./.env when there is one */
	const char *defaults_file; /* NULL: none, or ~/.my.cnf with a group */
	const char *defaults_group;
};

struct endpoints {
	struct dsn dsn[SIDES];
};

enum dbs_rc endpoints_load(const struct endpoint_options *options,
			   const struct vec *operands, struct endpoints *out,
			   struct dbs_error *err);
/* One side only; url: NULL for none. */
enum dbs_rc endpoints_load_one(const struct endpoint_options *options,
			       enum side side, const char *url, struct dsn *out,
			       struct dbs_error *err);
/*
 * Where one side is, and who says so ("DBSYNC_SOURCE", "`FILE`" …; *place_out
 * NULL: nobody does).  Nothing is asked, completed or checked.
 */
enum dbs_rc endpoints_look(const struct endpoint_options *options,
			   const struct vec *operands, enum side side,
			   struct dsn *out, const char **place_out,
			   struct dbs_error *err);
/* The option file that is asked for, NULL: none is; mem_drop it. */
char *endpoints_option_file(const struct endpoint_options *options);
void endpoints_clear(struct endpoints *endpoints);
#endif
