/* origins.c - see origins.h. */
#include "origins.h"

#include "dbsync/cmd/config.h"

#include <string.h>

const char *option_origin(const struct option_origins *origins,
			  const char *option)
{
	for (size_t i = 0; i < origins->given->count; i++) {
		const struct option_row *row = *(
			const struct option_row *const *)vec_at(origins->given,
								i);

		if (!strcmp(row->name, option))
			return ORIGIN_COMMAND_LINE;
	}
	for (size_t i = 0; i < origins->from_file->count; i++) {
		const struct config_origin *origin = vec_at(origins->from_file,
							    i);

		if (!strcmp(origin->row->name, option))
			return origins->path;
	}
	return NULL;
}
