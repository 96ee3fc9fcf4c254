/*
 * config_show.h - what is in force for a command line, and where each value
 * came from; passwords as ***.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_CONFIG_SHOW_H
#define DBSYNC_CMD_CONFIG_SHOW_H

#include "config_part.h"

#include "dbsync/cmd/endpoints.h"

struct config_view {
	const struct command *command;
	const struct config *config;
	const char *job; /* NULL: none */
	const void *options;
	const struct vec *given;   /* const struct option_row * */
	const struct vec *origins; /* struct config_origin */
	const struct vec *operands;
	const struct endpoint_options *endpoints; /* NULL: it has none */
};

/* Exit status. */
int config_show(const struct config_view *view);
#endif
