/*
 * log_moment.h - dates and times of the log, in the form of the binary protocol.
 * Pure; internal to binlog.
 *
 * A protocol's value has 0, 4, 7 or 11 bytes (year 2, month, day, hour, minute,
 * second, microseconds 4), that of TIME 0, 8 or 12 (sign, days 4, hour, minute,
 * second, microseconds 4): what is zero at its end is left out.
 */
#ifndef DBSYNC_BINLOG_LOG_MOMENT_H
#define DBSYNC_BINLOG_LOG_MOMENT_H

#include "dbsync/binlog/row_event.h"

enum { MOMENT_MOST = 12 };

/* The bytes written to out; SIZE_MAX: such a type is not known here. */
size_t log_moment(const struct map_column *column, const struct log_cell *cell,
		  uint8_t out[MOMENT_MOST]);
/* Of a TIME. */
size_t log_span(const struct map_column *column, const struct log_cell *cell,
		uint8_t out[MOMENT_MOST]);
#endif
