/*
 * log_table_part.h - what the files of log_table.h share.  Internal to binlog.
 *
 *	log_table.c      by the schema
 *	log_table_map.c  by the map alone
 */
#ifndef DBSYNC_BINLOG_LOG_TABLE_PART_H
#define DBSYNC_BINLOG_LOG_TABLE_PART_H

#include "dbsync/binlog/log_table.h"

/* Empty, with the names of the map. */
struct log_table *log_table_new(struct arena *arena,
				const struct table_map *map);
/* Zeroed; one more than are asked for. */
struct log_column *log_columns_new(struct arena *arena, size_t count);

/* Of a column as it is logged. */
bool log_type_is_integer(uint8_t type);
bool log_type_is_blob(uint8_t type);
bool log_type_is_string(uint8_t type);
/* Times in the format of old servers, whose size the schema alone knows … */
bool log_type_is_old_time(uint8_t type);
/* … and what is said of one with a fraction. */
const char *log_old_time(struct arena *arena, const char *column);

/* In what the table of today is not that of the map; NULL: in nothing. */
const char *log_table_disagreement(struct arena *arena,
				   const struct table_map *map,
				   const struct table *table);
void log_table_set_key(struct arena *arena, const struct table *from,
		       struct log_table *to);
#endif
