/*
 * parse_options.c - what follows the last parenthesis of a definition: the
 * table's options, and how it is partitioned.
 */
#include "parser.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * Options
 * --------------------------------------------------------------------- */

/* Options of more than a word, and what each is called here. */
static const char *const two_words[][2] = {
	{"DEFAULT", "CHARSET"},
	{"DATA", "DIRECTORY"},
	{"INDEX", "DIRECTORY"},
	{"WITH", "SYSTEM"},
};

static const char *option_name(struct parser *parser)
{
	for (size_t i = 0; i < sizeof(two_words) / sizeof(*two_words); i++)
		if (parser_take_two(parser, two_words[i][0], two_words[i][1]))
			return arena_printf(parser->arena, "%s %s",
					    two_words[i][0], two_words[i][1]);
	return parser_literal(parser); /* a word, or `name` of an engine */
}

/* ENGINE=InnoDB, COMMENT='a', UNION=(`a`,`b`), TABLESPACE `a` */
static void parse_option(struct parser *parser, struct def_option *out)
{
	out->name = option_name(parser);
	out->value = "";
	if (!strcmp(out->name, "WITH SYSTEM")) {
		parser_fail(parser, "it is system-versioned");
	} else if (text_equal_nocase(out->name, "SEQUENCE")) {
		parser_fail(parser, "it is a sequence");
	} else if (text_equal_nocase(out->name, "TABLESPACE")) {
		parser_fail(parser, "it is in a tablespace of its own name");
	} else {
		parser_expect(parser, "=");
		out->value = token_is(parser->at, "(")
				     ? arena_printf(parser->arena, "(%s)",
						    parser_group(parser))
				     : parser_literal(parser);
	}
}

void parse_options(struct parser *parser, struct vec *options)
{
	while (parser->at->kind != TOKEN_END &&
	       !token_is(parser->at, "PARTITION")) {
		struct def_option option;

		parse_option(parser, &option);
		*(struct def_option *)vec_push(options) = option;
		(void)parser_take(parser, ",");
	}
}

/* ------------------------------------------------------------------------
 * Partitions
 * --------------------------------------------------------------------- */

/* HASH (…), LINEAR KEY ALGORITHM = 2 (…), RANGE  COLUMNS(…) */
static const char *parse_method(struct parser *parser,
				const char **expression_out)
{
	OWNED(buf_release) struct buf method = BUF_INIT;

	while (parser->at->kind == TOKEN_WORD) {
		buf_addf(&method, "%s%s", method.length ? " " : "",
			 parser_word(parser));
		if (parser_take(parser, "="))
			buf_addf(&method, " = %s", parser_literal(parser));
	}
	*expression_out = parser_group(parser);
	return arena_strdup(parser->arena, method.data);
}

/* ENGINE = InnoDB, COMMENT = 'a' … up to "(", "," or ")" */
static void parse_partition_options(struct parser *parser,
				    struct def_partition *out)
{
	struct vec options = VEC_INIT(struct def_option);

	while (parser->at->kind == TOKEN_WORD) {
		struct def_option option;

		parse_option(parser, &option);
		*(struct def_option *)vec_push(&options) = option;
	}
	out->options = parser_settle(parser, &options, &out->option_count);
}

/* LESS THAN (10), LESS THAN MAXVALUE, IN (1,2); "" without VALUES */
static const char *parse_values(struct parser *parser)
{
	const char *words = "IN";

	if (parser_take(parser, "DEFAULT"))
		return "DEFAULT"; /* of lists, on MariaDB */
	if (!parser_take(parser, "VALUES"))
		return "";
	if (parser_take_two(parser, "LESS", "THAN")) {
		words = "LESS THAN";
		if (parser_take(parser, "MAXVALUE"))
			return "LESS THAN MAXVALUE";
	} else {
		parser_expect(parser, "IN");
	}
	return arena_printf(parser->arena, "%s (%s)", words,
			    parser_group(parser));
}

static const char *parse_partition_name(struct parser *parser)
{
	return parser->at->kind == TOKEN_WORD ? parser_word(parser)
					      : parser_name(parser);
}

static void parse_subpartitions(struct parser *parser,
				struct def_partition *out)
{
	struct vec parts = VEC_INIT(struct def_partition);

	if (parser_take(parser, "(")) {
		do {
			struct def_partition part = {.values = ""};

			parser_expect(parser, "SUBPARTITION");
			part.name = parse_partition_name(parser);
			parse_partition_options(parser, &part);
			*(struct def_partition *)vec_push(&parts) = part;
		} while (parser_take(parser, ","));
		parser_expect(parser, ")");
	}
	out->parts = parser_settle(parser, &parts, &out->part_count);
}

static void parse_partitions(struct parser *parser,
			     struct def_partitioning *out)
{
	struct vec parts = VEC_INIT(struct def_partition);

	if (parser_take(parser, "(")) {
		do {
			struct def_partition part = {0};

			parser_expect(parser, "PARTITION");
			part.name = parse_partition_name(parser);
			part.values = parse_values(parser);
			parse_partition_options(parser, &part);
			parse_subpartitions(parser, &part);
			*(struct def_partition *)vec_push(&parts) = part;
		} while (parser_take(parser, ","));
		parser_expect(parser, ")");
	}
	out->parts = parser_settle(parser, &parts, &out->part_count);
}

void parse_partitioning(struct parser *parser, struct def_partitioning *out)
{
	*out = (struct def_partitioning){
		"", "", "", "", "", "", NULL, 0,
	};
	if (!parser_take_two(parser, "PARTITION", "BY"))
		return;
	if (token_is(parser->at, "SYSTEM_TIME")) {
		parser_fail(parser, "it is partitioned by system time");
		return;
	}
	out->method = parse_method(parser, &out->expression);
	if (parser_take(parser, "PARTITIONS"))
		out->count = parser_literal(parser);
	if (parser_take_two(parser, "SUBPARTITION", "BY")) {
		out->sub_method = parse_method(parser, &out->sub_expression);
		if (parser_take(parser, "SUBPARTITIONS"))
			out->sub_count = parser_literal(parser);
	}
	parse_partitions(parser, out);
}
