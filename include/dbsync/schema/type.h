/*
 * type.h - the column types of MySQL and MariaDB, by what their values are.
 *
 * Pure.  A type that is not in the table is TYPE_UNKNOWN, which makes its
 * table incomplete: what cannot be interpreted is not called equal.
 */
#ifndef DBSYNC_SCHEMA_TYPE_H
#define DBSYNC_SCHEMA_TYPE_H

#include <stdbool.h>

enum type {
	TYPE_UNKNOWN,
	TYPE_INTEGER, /* tinyint … bigint, bool */
	TYPE_DECIMAL,
	TYPE_FLOAT,
	TYPE_DOUBLE,
	TYPE_BIT,
	TYPE_YEAR,
	TYPE_DATE,
	TYPE_DATETIME,
	TYPE_TIMESTAMP,
	TYPE_TIME,
	TYPE_CHAR,   /* char, varchar */
	TYPE_TEXT,   /* tinytext … longtext */
	TYPE_BINARY, /* binary, varbinary */
	TYPE_BLOB,   /* tinyblob … longblob */
	TYPE_ENUM,
	TYPE_SET,
	TYPE_JSON,     /* MySQL's; MariaDB's is a longtext */
	TYPE_GEOMETRY, /* and all its kinds */
	TYPE_VECTOR,
	TYPE_UUID,
	TYPE_INET, /* inet4, inet6 */
};

/* From INFORMATION_SCHEMA.COLUMNS.DATA_TYPE, in lower case. */
enum type type_from_name(const char *data_type);

/*
 * Values of two types of one kind can be compared by what they mean; those of
 * two kinds cannot.
 */
enum type_kind {
	KIND_NONE,
	KIND_NUMBER, /* integer, decimal, bit, year */
	KIND_REAL,   /* float, double */
	KIND_MOMENT, /* date, datetime, timestamp */
	KIND_TIME,
	KIND_TEXT, /* characters: char, text, enum, set, json, uuid, inet */
	KIND_BYTES /* binary, blob, geometry, vector */
};

enum type_kind type_kind(enum type type);

/* Whether a value is a number that stands for names. */
bool type_is_list(enum type type);

/* Whether values are characters of some character set. */
bool type_has_charset(enum type type);

/* Whether rows that are there get '' or 0 when a NOT NULL column of it comes. */
bool type_has_first_value(enum type type);
#endif
