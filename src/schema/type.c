/* type.c - see type.h. */
#include "dbsync/schema/type.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	enum type type;
} types[] = {
	{"tinyint", TYPE_INTEGER},
	{"smallint", TYPE_INTEGER},
	{"mediumint", TYPE_INTEGER},
	{"int", TYPE_INTEGER},
	{"bigint", TYPE_INTEGER},
	{"decimal", TYPE_DECIMAL},
	{"float", TYPE_FLOAT},
	{"double", TYPE_DOUBLE},
	{"bit", TYPE_BIT},
	{"year", TYPE_YEAR},
	{"date", TYPE_DATE},
	{"datetime", TYPE_DATETIME},
	{"timestamp", TYPE_TIMESTAMP},
	{"time", TYPE_TIME},
	{"char", TYPE_CHAR},
	{"varchar", TYPE_CHAR},
	{"tinytext", TYPE_TEXT},
	{"text", TYPE_TEXT},
	{"mediumtext", TYPE_TEXT},
	{"longtext", TYPE_TEXT},
	{"binary", TYPE_BINARY},
	{"varbinary", TYPE_BINARY},
	{"tinyblob", TYPE_BLOB},
	{"blob", TYPE_BLOB},
	{"mediumblob", TYPE_BLOB},
	{"longblob", TYPE_BLOB},
	{"enum", TYPE_ENUM},
	{"set", TYPE_SET},
	{"json", TYPE_JSON},
	{"geometry", TYPE_GEOMETRY},
	{"point", TYPE_GEOMETRY},
	{"linestring", TYPE_GEOMETRY},
	{"polygon", TYPE_GEOMETRY},
	{"multipoint", TYPE_GEOMETRY},
	{"multilinestring", TYPE_GEOMETRY},
	{"multipolygon", TYPE_GEOMETRY},
	{"geometrycollection", TYPE_GEOMETRY},
	{"geomcollection", TYPE_GEOMETRY},
	{"vector", TYPE_VECTOR},
	{"uuid", TYPE_UUID},
	{"inet4", TYPE_INET},
	{"inet6", TYPE_INET},
};

enum type type_from_name(const char *data_type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		if (!strcmp(types[i].name, data_type))
			return types[i].type;
	return TYPE_UNKNOWN;
}

enum type_kind type_kind(enum type type)
{
	static const enum type_kind kinds[] = {
		[TYPE_UNKNOWN] = KIND_NONE,    [TYPE_INTEGER] = KIND_NUMBER,
		[TYPE_DECIMAL] = KIND_NUMBER,  [TYPE_FLOAT] = KIND_REAL,
		[TYPE_DOUBLE] = KIND_REAL,     [TYPE_BIT] = KIND_NUMBER,
		[TYPE_YEAR] = KIND_NUMBER,     [TYPE_DATE] = KIND_MOMENT,
		[TYPE_DATETIME] = KIND_MOMENT, [TYPE_TIMESTAMP] = KIND_MOMENT,
		[TYPE_TIME] = KIND_TIME,       [TYPE_CHAR] = KIND_TEXT,
		[TYPE_TEXT] = KIND_TEXT,       [TYPE_BINARY] = KIND_BYTES,
		[TYPE_BLOB] = KIND_BYTES,      [TYPE_ENUM] = KIND_TEXT,
		[TYPE_SET] = KIND_TEXT,        [TYPE_JSON] = KIND_TEXT,
		[TYPE_GEOMETRY] = KIND_BYTES,  [TYPE_VECTOR] = KIND_BYTES,
		[TYPE_UUID] = KIND_TEXT,       [TYPE_INET] = KIND_TEXT,
	};

	return kinds[type];
}

bool type_is_list(enum type type)
{
	return type == TYPE_ENUM || type == TYPE_SET;
}

bool type_has_charset(enum type type)
{
	return type == TYPE_CHAR || type == TYPE_TEXT || type == TYPE_ENUM ||
	       type == TYPE_SET;
}

bool type_has_first_value(enum type type)
{
	return type != TYPE_GEOMETRY && type != TYPE_VECTOR;
}
