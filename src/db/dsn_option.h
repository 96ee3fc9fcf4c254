/*
 * dsn_option.h - what the options of option files mean for a dsn, without the
 * files.  Internal to the db floor.
 *
 * DSN_OPTIONS_INIT, dsn_options_set for each option in the order in which the
 * files have them, dsn_options_settle, and then dsn is complete; at the end
 * dsn_options_clear.
 */
#ifndef DBSYNC_DB_DSN_OPTION_H
#define DBSYNC_DB_DSN_OPTION_H

#include "dbsync/db/dsn.h"

#include <stdbool.h>

struct dsn_options {
	struct dsn dsn;
	enum dsn_answer ssl;
	enum dsn_answer verify; /* ssl-verify-server-cert */
};

#define DSN_OPTIONS_INIT        \
	{                       \
		.dsn = DSN_INIT \
	}

/* What an option was good for, to judge the file that it is in. */
enum dsn_option_use {
	DSN_OPTION_FOREIGN, /* it is not for us */
	DSN_OPTION_USED,
	DSN_OPTION_PASSWORD, /* used, and must be kept secret */
};

/*
 * Takes one option: name with `-` or `_`, which is written over; value NULL
 * when there is no `=`.
 */
enum dbs_rc dsn_options_set(struct dsn_options *options, char *name,
			    const char *value, enum dsn_option_use *use_out,
			    struct dbs_error *err);

/* Takes the quotes and escapes out of a value, in place; says where it is. */
char *dsn_option_unquote(char *value);

void dsn_options_settle(struct dsn_options *options);
void dsn_options_clear(struct dsn_options *options);
#endif
