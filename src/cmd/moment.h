/*
 * moment.h - when something is to end, as words of a command line: a time, or a
 * place of a log.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_MOMENT_H
#define DBSYNC_CMD_MOMENT_H

#include "dbsync/binlog/place.h"

/*
 * "2026-12-31T23:59:59Z", also with a blank, without seconds, without the time of
 * day: seconds since 1970, and *is_time_out.  Else FILE:POSITION.
 */
enum dbs_rc moment_read(const char *word, bool *is_time_out, uint64_t *time_out,
			struct log_place *place_out, struct dbs_error *err);
#endif
