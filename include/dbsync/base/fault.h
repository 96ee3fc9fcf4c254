/*
 * fault.h - named places where a test can make the program stumble.
 *
 *	DBSYNC_FAULT=name:nth:action
 *
 * At the nth passage (1 is the first) of the point, the process is killed
 * (`kill`), ends as if it had met a bug (`bug`), waits (`stall`), or fault_error
 * says true once (`error`); `error+` says true from then on.  Only builds with DBSYNC_FAULTS have them; elsewhere
 * they are nothing.  The points and a sentence for each stand in fault_list.h;
 * a test fails when one of them is never reached.
 */
#ifndef DBSYNC_BASE_FAULT_H
#define DBSYNC_BASE_FAULT_H

#include <stdbool.h>

enum fault_point {
#define FAULT(point, name, sentence) point,
#include "dbsync/base/fault_list.h"
#undef FAULT
	FAULT_POINT_COUNT
};

const char *fault_name(enum fault_point point);

/*
 *	DBSYNC_FAULT_SQL=nth:error:text
 *
 * The nth statement that contains text fails with this error of a server (one
 * of a lost connection cuts it); `nth+` from then on.  0: no such wish.
 */
#ifdef DBSYNC_FAULTS
bool fault_error(enum fault_point point);
unsigned fault_sql(const char *sql);
#else
static inline unsigned fault_sql(const char *sql)
{
	(void)sql;
	return 0;
}

static inline bool fault_error(enum fault_point point)
{
	(void)point;
	return false;
}
#endif

/* Where only kill and stall make sense. */
static inline void fault_here(enum fault_point point)
{
	(void)fault_error(point);
}
#endif
