/*
 * table_map.h - how the rows of a table lie in the events behind a TABLE_MAP.
 *
 * Pure.  The map owns its bytes, and lives in the arena that it was read into.
 *
 *	table id (6)  flags (2)
 *	length (1) database 0   length (1) table 0
 *	columns (packed)  type (1) each
 *	length (packed)   metadata
 *	which may be NULL (a bit each)
 *	optional: type (1)  length (packed)  value, …
 */
#ifndef DBSYNC_BINLOG_TABLE_MAP_H
#define DBSYNC_BINLOG_TABLE_MAP_H

#include "dbsync/base/mem.h"
#include "dbsync/binlog/event.h"

/* The types that need telling apart; others are numbers of a fixed size. */
enum log_type {
	LOG_DECIMAL = 0,
	LOG_TINY = 1,
	LOG_SHORT = 2,
	LOG_LONG = 3,
	LOG_FLOAT = 4,
	LOG_DOUBLE = 5,
	LOG_NULL = 6,
	LOG_TIMESTAMP = 7,
	LOG_LONGLONG = 8,
	LOG_INT24 = 9,
	LOG_DATE = 10,
	LOG_TIME = 11,
	LOG_DATETIME = 12,
	LOG_YEAR = 13,
	LOG_NEWDATE = 14,
	LOG_VARCHAR = 15,
	LOG_BIT = 16,
	LOG_TIMESTAMP2 = 17,
	LOG_DATETIME2 = 18,
	LOG_TIME2 = 19,
	LOG_BLOB_COMPRESSED = 140,
	LOG_VARCHAR_COMPRESSED = 141,
	LOG_VECTOR = 242,
	LOG_JSON = 245,
	LOG_NEWDECIMAL = 246,
	LOG_ENUM = 247,
	LOG_SET = 248,
	LOG_BLOB = 252,
	LOG_VAR_STRING = 253,
	LOG_STRING = 254,
	LOG_GEOMETRY = 255,
};

struct map_column {
	uint8_t type;   /* ENUM and SET, too, which the log calls STRING */
	uint32_t size;  /* of strings: the most bytes; of others see below */
	uint8_t digits; /* fraction of times, precision of DECIMAL, bits */
	uint8_t scale;  /* of DECIMAL */
	bool is_nullable;
	bool is_unsigned; /* if the map says signs */
	const char *name; /* NULL: the map does not say names */
};

/* size: bytes of the length of blobs, of ENUM, SET, FLOAT; of BIT its bytes. */

struct table_map {
	uint64_t id;
	const char *database;
	const char *table;
	const struct map_column *columns;
	size_t count;
	bool has_signs;
	bool has_names;
	/* what else it says (FULL), or 0: places in the body */
	const uint8_t *body;
	size_t length;
};

/* False: it is no such event, or has a type that is not known. */
bool table_map_read(const struct log_event *event, struct arena *arena,
		    struct table_map *out);

/* A value of the optional part by its type; false: the map has none. */
enum map_field {
	MAP_SIGNS = 1,
	MAP_CHARSET_DEFAULT = 2,
	MAP_CHARSETS = 3,
	MAP_NAMES = 4,
	MAP_SET_MEMBERS = 5,
	MAP_ENUM_MEMBERS = 6,
	MAP_GEOMETRY = 7,
	MAP_PRIMARY_KEY = 8,
	MAP_PRIMARY_KEY_PREFIXES = 9,
};
bool table_map_field(const struct table_map *map, enum map_field field,
		     const uint8_t **data_out, size_t *length_out);
#endif
