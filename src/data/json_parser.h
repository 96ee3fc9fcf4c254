/*
 * json_parser.h - where the reading of a JSON text is, and what the readers of
 * values share.  Internal to json_value.c and json_scalar.c.
 */
#ifndef DBSYNC_DATA_JSON_PARSER_H
#define DBSYNC_DATA_JSON_PARSER_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"
#include "dbsync/base/vec.h"

#include <stdbool.h>

struct json_parser {
	const char *start, *at, *end;
	struct buf *out;
	struct vec members; /* struct member, of all open objects */
	unsigned depth;
	struct dbs_error *err;
};

/* Says what is wrong and at which byte, and nothing of the text. */
enum dbs_rc json_refuse(struct json_parser *parser, const char *what);

/* The next byte, 0 at the end of the text. */
char json_peek(const struct json_parser *parser);

/* Steps over the next byte if it is the wanted one. */
bool json_take(struct json_parser *parser, char wanted);

/* Each reads one value, if it begins here, and appends its form. */
enum dbs_rc json_read_string(struct json_parser *parser);
enum dbs_rc json_read_number(struct json_parser *parser);
#endif
