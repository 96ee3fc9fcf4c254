/* mark.c - see mark.h. */
#include "dbsync/db/mark.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

struct database_mark database_mark(const char *database)
{
	OWNED(mem_drop) char *name = mem_strdup(database);
	struct database_mark mark;

	for (char *at = name; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	(void)snprintf(mark.text, sizeof(mark.text), "%016" PRIx64,
		       (uint64_t)XXH3_64bits(name, strlen(name)));
	return mark;
}
