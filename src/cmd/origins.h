/*
 * origins.h - where the options of a run came from: the command line, or the
 * configuration.  The runner fills it in; commands find it in their struct
 * endpoint_options.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_ORIGINS_H
#define DBSYNC_CMD_ORIGINS_H

#include "dbsync/base/vec.h"

#define ORIGIN_COMMAND_LINE "command line"

struct option_origins {
	const struct vec *given;     /* const struct option_row * */
	const struct vec *from_file; /* struct config_origin */
	const char *path;            /* of the configuration */
};

/* As above, the path of the configuration, or NULL: nobody gave the option. */
const char *option_origin(const struct option_origins *origins,
			  const char *option);
#endif
