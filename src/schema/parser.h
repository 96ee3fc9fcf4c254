/*
 * parser.h - a cursor over tokens, for the parts of a definition.
 *
 * The first failure is kept and moves the cursor to the end, where nothing
 * can be taken any more: so a reader may go on without asking after each step,
 * and every loop ends.
 */
#ifndef DBSYNC_SCHEMA_PARSER_H
#define DBSYNC_SCHEMA_PARSER_H

#include "dbsync/base/vec.h"
#include "dbsync/schema/definition.h"
#include "dbsync/schema/token.h"

struct parser {
	const struct token *at;
	const struct token *end; /* TOKEN_END */
	struct arena *arena;
	struct dbs_error *err;
	enum dbs_rc rc;
};

/* Fails with the words that the cursor stands at. */
void parser_stop(struct parser *parser);
void parser_fail(struct parser *parser, const char *reason);

/* Step over a word or sign, or two words, when they are what comes next. */
bool parser_take(struct parser *parser, const char *text);
bool parser_take_two(struct parser *parser, const char *first,
		     const char *second);

/* The same, and it is a failure when they are not. */
void parser_expect(struct parser *parser, const char *text);

const char *parser_name(struct parser *parser);    /* `a` */
const char *parser_word(struct parser *parser);    /* a word as written */
const char *parser_string(struct parser *parser);  /* what a string says */
const char *parser_literal(struct parser *parser); /* any one token, as it is */

/* What stands between "(" and its ")", as it is written. */
const char *parser_group(struct parser *parser);

/* A word and the group that may follow it: current_timestamp(6). */
const char *parser_call(struct parser *parser);

/* Moves what a vec holds into the arena; *count_out items. */
const void *parser_settle(struct parser *parser, struct vec *vec,
			  size_t *count_out);

/* Parts of a definition, each from its first word on. */
void parse_column(struct parser *parser, struct def_column *out);
bool parse_key(struct parser *parser, struct def_key *out);
void parse_foreign_key(struct parser *parser, struct def_foreign_key *out);
void parse_check(struct parser *parser, struct def_check *out);
void parse_options(struct parser *parser, struct vec *options);
void parse_partitioning(struct parser *parser, struct def_partitioning *out);
#endif
