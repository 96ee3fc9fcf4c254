/* side.c - see side.h. */
#include "dbsync/base/side.h"

const char *side_name(enum side side)
{
	return side == SOURCE ? "source" : "target";
}
