/*
 * object_view.c - the query of a view in one form for all servers.
 *
 * A server prints a view's query again, each in its way: MySQL puts every
 * operation into parentheses, MariaDB only where they are needed; names of
 * functions and of the own database come and go.  Here
 *
 *	- the own database's name is left out before tables and functions,
 *	- words are in lower case, some functions have one name,
 *	- introducers before strings are left out,
 *	- parentheses that change nothing are left out.
 *
 * The last looks only at what stands beside a parenthesis, and at the operator
 * inside that binds least: ( X ) goes when that binds more than its neighbours
 * do.  Whatever is not known keeps its parentheses.  So two queries that come
 * out equal are; two that are the same may come out different.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/schema/token.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	DEEPEST = 200,
	BINDS_NOT_KNOWN = -1,
	BINDS_DELIMITER = 0,
	BINDS_OR = 1,
	BINDS_AND = 3,
	BINDS_NOT = 4,
	BINDS_COMPARE = 5, /* =, IS */
	BINDS_IN = 6,      /* IN, LIKE, BETWEEN: what they take binds more */
	BINDS_UNARY = 13,
	BINDS_ALL = 100,
};

static bool in_list(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (!strcasecmp(word, *list))
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * The own database
 * --------------------------------------------------------------------- */

struct reader {
	const struct token *items; /* of the query */
	size_t count;              /* without the end */
	const char *database;
	struct arena *arena;
	bool *dropped; /* the name of the own database, and its dot */
};

/* Whether a list of tables follows the word, or ends there; -1: neither. */
static int opens_tables(const struct token *token)
{
	static const char *const ends[] = {"SELECT", "ON",     "WHERE", "GROUP",
					   "HAVING", "ORDER",  "LIMIT", "USING",
					   "UNION",  "WINDOW", NULL};

	if (token->kind != TOKEN_WORD)
		return -1;
	if (token_is(token, "FROM") || token_is(token, "JOIN") ||
	    token_is(token, "STRAIGHT_JOIN"))
		return 1;
	for (const char *const *word = ends; *word; word++)
		if (token_is(token, *word))
			return 0;
	return -1;
}

static bool is_own(const struct reader *reader, size_t i)
{
	return i + 2 < reader->count && reader->items[i].kind == TOKEN_NAME &&
	       token_is(&reader->items[i + 1], ".") &&
	       reader->items[i + 2].kind == TOKEN_NAME &&
	       (!i || !token_is(&reader->items[i - 1], ".")) &&
	       !strcmp(token_name(&reader->items[i], reader->arena),
		       reader->database);
}

static bool begins_table(const struct token *before)
{
	return opens_tables(before) == 1 || token_is(before, ",") ||
	       token_is(before, "(");
}

static enum dbs_rc drop_own(struct reader *reader, struct dbs_error *err)
{
	bool is_table[DEEPEST] = {false};
	size_t depth = 0;

	for (size_t i = 0; i < reader->count; i++) {
		const struct token *token = &reader->items[i];
		const int opens = opens_tables(token);

		if (token_is(token, "(")) {
			if (++depth == DEEPEST)
				return dbs_fail(err, DBS_E_UNKNOWN,
						"too many parentheses");
			is_table[depth] = is_table[depth - 1] && i &&
					  begins_table(&reader->items[i - 1]);
		} else if (token_is(token, ")") && depth) {
			depth--;
		} else if (opens >= 0) {
			is_table[depth] = opens;
		}
		if (!is_own(reader, i))
			continue;
		const struct token *next = &reader->items[i + 3];

		if (token_is(next, ".") || token_is(next, "(") ||
		    (is_table[depth] && i &&
		     begins_table(&reader->items[i - 1])))
			reader->dropped[i] = reader->dropped[i + 1] = true;
	}
	return DBS_OK;
}

/* The query as it was printed, without what was dropped. */
static const char *query_of(const struct reader *reader)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	const char *at = reader->items[0].text;

	for (size_t i = 0; i < reader->count; i++) {
		const struct token *token = &reader->items[i];

		if (!reader->dropped[i])
			continue;
		buf_add(&out, at, (size_t)(token->text - at));
		at = token->text + token->length;
	}
	buf_adds(&out, at);
	return arena_strdup(reader->arena, out.data);
}

/* ------------------------------------------------------------------------
 * Words
 * --------------------------------------------------------------------- */

struct word {
	enum token_kind kind;
	const char *text;
	size_t other; /* of a parenthesis: the place of its partner */
	bool is_gone;
};

struct words {
	struct word *items;
	size_t count;
	struct arena *arena;
};

static const char *one_name(const char *word, bool is_call)
{
	static const char *const names[][2] = {
		{"ucase", "upper"},
		{"lcase", "lower"},
		{"localtime", "now"},
		{"current_timestamp", "now"},
		{"localtimestamp", "now"},
		{"current_date", "curdate"},
		{"current_time", "curtime"},
		{"character_length", "char_length"},
		{"substring", "substr"},
		{"std", "stddev"},
		{"stddev_pop", "stddev"},
		{"variance", "var_pop"},
		{"schema", "database"},
	};

	for (size_t i = 0; is_call && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(word, names[i][0]))
			return names[i][1];
	return word;
}

static struct word word_of(const struct reader *reader, size_t i)
{
	const struct token *token = &reader->items[i];
	struct word word = {.kind = token->kind};

	/* MySQL spells its tables in capitals, and takes them in any case */
	if (i > 1 && token->kind == TOKEN_NAME && token_is(token - 1, ".") &&
	    token[-2].kind == TOKEN_NAME &&
	    !strncasecmp(token[-2].text, "`information_schema`",
			 token[-2].length)) {
		word.text = token_lower(token->text, token->length,
					reader->arena);
		return word;
	}
	if (token->kind != TOKEN_WORD) {
		word.text = arena_strndup(reader->arena, token->text,
					  token->length);
		return word;
	}
	/* the name of a query in WITH, which MariaDB does not quote */
	if (token_is(&token[1], "AS") && token_is(&token[2], "(")) {
		word.kind = TOKEN_NAME;
		word.text = arena_printf(reader->arena, "`%.*s`",
					 (int)token->length, token->text);
		return word;
	}
	word.text = charset_modern(
		one_name(token_lower(token->text, token->length, reader->arena),
			 token_is(&token[1], "(")),
		reader->arena);
	return word;
}

static void pair_up(struct words *words)
{
	size_t open[DEEPEST];
	size_t depth = 0;

	for (size_t i = 0; i < words->count; i++) {
		if (words->items[i].kind != TOKEN_SIGN)
			continue;
		if (*words->items[i].text == '(' && depth < DEEPEST)
			open[depth++] = i;
		if (*words->items[i].text == ')' && depth) {
			words->items[i].other = open[--depth];
			words->items[open[depth]].other = i;
		}
	}
}

static bool word_is(const struct word *word, const char *text)
{
	return (word->kind == TOKEN_WORD || word->kind == TOKEN_SIGN) &&
	       !strcmp(word->text, text);
}

/* MariaDB adds LIMIT 1 to what stands in EXISTS, where it changes nothing. */
static void drop_limit(struct words *words)
{
	for (size_t i = 0; i + 1 < words->count; i++) {
		struct word *last = NULL;

		if (!word_is(&words->items[i], "exists") ||
		    !word_is(&words->items[i + 1], "("))
			continue;
		last = &words->items[words->items[i + 1].other];
		if (last - words->items < 4 || !word_is(last - 2, "limit") ||
		    strcmp(last[-1].text, "1") != 0)
			continue;
		last[-1].is_gone = last[-2].is_gone = true;
	}
}

static void take_words(const struct reader *reader, struct words *words)
{
	words->arena = reader->arena;
	words->items = arena_alloc(reader->arena,
				   (reader->count + 1) * sizeof(struct word));
	for (size_t i = 0; i < reader->count; i++) {
		const struct token *token = &reader->items[i];
		const bool is_introducer = token->kind == TOKEN_WORD &&
					   *token->text == '_' &&
					   token[1].kind == TOKEN_STRING;

		if (!reader->dropped[i] && !is_introducer)
			words->items[words->count++] = word_of(reader, i);
	}
	words->items[words->count] = (struct word){.kind = TOKEN_END,
						   .text = ""};
	pair_up(words);
	drop_limit(words);
}

/* ------------------------------------------------------------------------
 * Parentheses
 * --------------------------------------------------------------------- */

static const struct word *before(const struct words *words, size_t i)
{
	while (i--)
		if (!words->items[i].is_gone)
			return &words->items[i];
	return NULL;
}

static const struct word *after(const struct words *words, size_t i)
{
	while (words->items[++i].is_gone)
		;
	return &words->items[i];
}

static bool ends_operand(const struct word *word)
{
	return word &&
	       (word->kind == TOKEN_NAME || word->kind == TOKEN_STRING ||
		word->kind == TOKEN_NUMBER || word_is(word, ")") ||
		word_is(word, "null") || word_is(word, "end"));
}

/* How much a sign binds. */
static int sign_binds(const struct words *words, size_t i)
{
	const char sign = *words->items[i].text;
	const struct word *was = before(words, i);
	const bool is_doubled = (was && was->kind == TOKEN_SIGN &&
				 *was->text == sign) ||
				word_is(after(words, i), words->items[i].text);

	if (strchr(",()", sign))
		return BINDS_DELIMITER;
	if (sign == '-' && !ends_operand(was))
		return BINDS_UNARY;
	if (is_doubled) /* <<, >>, || */
		return BINDS_NOT_KNOWN;
	switch (sign) {
	case '=':
	case '<':
	case '>':
		return BINDS_COMPARE;
	case '|':
		return 7;
	case '&':
		return 8;
	case '+':
	case '-':
		return 10;
	case '*':
	case '/':
	case '%':
		return 11;
	case '^':
		return 12;
	default:
		return BINDS_NOT_KNOWN;
	}
}

static int word_binds(const struct words *words, size_t i)
{
	static const char *const delimiters[] = {
		"select", "distinct",      "where", "having", "on",   "by",
		"when",   "then",          "else",  "case",   "as",   "from",
		"group",  "order",         "limit", "end",    "asc",  "desc",
		"union",  "separator",     "with",  "all",    "join", "left",
		"right",  "straight_join", "over",  NULL};
	static const char *const predicates[] = {"like",  "in",     "regexp",
						 "rlike", "escape", NULL};
	const char *word = words->items[i].text;
	const struct word *was = before(words, i);

	if (!strcmp(word, "or"))
		return BINDS_OR;
	if (!strcmp(word, "xor"))
		return 2;
	if (!strcmp(word, "and"))
		return BINDS_AND;
	if (!strcmp(word, "between"))
		return BINDS_IN;
	if (!strcmp(word, "is"))
		return BINDS_COMPARE;
	if (!strcmp(word, "not") && was && word_is(was, "is"))
		return BINDS_COMPARE;
	if (!strcmp(word, "not"))
		return ends_operand(was) ? BINDS_IN : BINDS_NOT;
	if (in_list(word, predicates))
		return BINDS_IN;
	if (!strcmp(word, "div") || !strcmp(word, "mod"))
		return 11;
	return in_list(word, delimiters) ? BINDS_DELIMITER : BINDS_NOT_KNOWN;
}

static int binds(const struct words *words, const struct word *word)
{
	if (!word || word->kind == TOKEN_END)
		return BINDS_DELIMITER;
	if (word->kind == TOKEN_SIGN)
		return sign_binds(words, (size_t)(word - words->items));
	if (word->kind == TOKEN_WORD)
		return word_binds(words, (size_t)(word - words->items));
	return BINDS_NOT_KNOWN;
}

/* Behind CASE … END, which is one operand. */
static size_t skip_case(const struct words *words, size_t i, size_t end)
{
	size_t depth = 0;

	for (; i < end; i++) {
		if (word_is(&words->items[i], "case"))
			depth++;
		else if (word_is(&words->items[i], "end") && !--depth)
			return i;
	}
	return end;
}

/* A word that is an operand, or part of one. */
static bool is_operand(const struct words *words, size_t i)
{
	static const char *const operands[] = {
		"null",    "true",   "false",       "interval", "year",
		"quarter", "month",  "week",        "day",      "hour",
		"minute",  "second", "microsecond", NULL};

	return in_list(words->items[i].text, operands) ||
	       word_is(after(words, i), "(");
}

/* What binds least between two parentheses; BINDS_NOT_KNOWN keeps them. */
static int least_binding(const struct words *words, size_t from, size_t to)
{
	int least = BINDS_ALL;
	bool is_between = false;

	for (size_t i = from + 1; i < to; i++) {
		const struct word *word = &words->items[i];
		int here = BINDS_ALL;

		if (word->is_gone)
			continue;
		if (word_is(word, "("))
			i = word->other;
		else if (word_is(word, "case"))
			i = skip_case(words, i, to);
		else if (word->kind == TOKEN_WORD || word->kind == TOKEN_SIGN)
			here = word_is(word, ".") ? BINDS_ALL
						  : binds(words, word);
		if (here == BINDS_AND && is_between) {
			here = BINDS_IN;
			is_between = false;
		} else if (word_is(word, "between")) {
			is_between = true;
		}
		if (here <= BINDS_DELIMITER && !is_operand(words, i))
			return BINDS_NOT_KNOWN;
		if (here > BINDS_DELIMITER && here < least)
			least = here;
	}
	return least;
}

/* What an expression may stand behind, besides operators. */
static bool may_begin(const struct word *word)
{
	static const char *const words[] = {
		"select", "distinct", "where", "having", "on", "by", "when",
		"then",   "else",     "case",  ",",      "(",  NULL};

	return !word ||
	       (word->kind != TOKEN_NAME && in_list(word->text, words));
}

static bool is_needless(const struct words *words, size_t open)
{
	const size_t close = words->items[open].other;
	const struct word *left = before(words, open);
	const struct word *right = after(words, close);
	const int left_binds = binds(words, left);
	const int right_binds = binds(words, right);
	const int inside = least_binding(words, open, close);
	const struct word *first = after(words, open);

	if (!close || first == &words->items[close] || inside < 0 ||
	    left_binds < 0 || right_binds < 0 || word_is(first, "select") ||
	    word_is(first, "with"))
		return false;
	if (left_binds == BINDS_DELIMITER && !may_begin(left))
		return false;
	if (left && word_is(left, "in"))
		return false;
	if (word_is(right, "("))
		return false;
	if (inside > left_binds)
		return inside > right_binds ||
		       (inside == right_binds && inside != BINDS_IN);
	/* a and (b and c): the same in any order */
	return inside == left_binds && inside >= right_binds &&
	       (inside == BINDS_AND || inside == BINDS_OR);
}

static void drop_parentheses(struct words *words)
{
	for (bool goes_on = true; goes_on;) {
		goes_on = false;
		for (size_t i = 0; i < words->count; i++) {
			struct word *word = &words->items[i];

			if (word->is_gone || !word_is(word, "(") ||
			    !is_needless(words, i))
				continue;
			word->is_gone = true;
			words->items[word->other].is_gone = true;
			goes_on = true;
		}
	}
}

/* ------------------------------------------------------------------------
 * Texts
 * --------------------------------------------------------------------- */

/* What stands between two words: lines begin where a diff should show it. */
static const char *gap(const struct words *words, const struct word *was,
		       const struct word *word, size_t depth)
{
	static const char *const lines[] = {"from",   "where", "group",
					    "having", "order", "limit",
					    "union",  "join",  NULL};
	const bool is_call = word_is(word, "(") && was &&
			     (was->kind == TOKEN_WORD ||
			      was->kind == TOKEN_NAME) &&
			     binds(words, was) == BINDS_NOT_KNOWN;

	if (!was || is_call || strchr("(.", *was->text))
		return "";
	if (word->kind == TOKEN_WORD && in_list(word->text, lines))
		return "\n";
	if (word->kind != TOKEN_SIGN)
		return word_is(was, ",") && !depth ? "\n" : " ";
	if (strchr("),.", *word->text))
		return "";
	/* <>, >=, << */
	return was->kind == TOKEN_SIGN && strchr("<>=!|&", *was->text) &&
			       strchr("<>=|&", *word->text)
		       ? ""
		       : " ";
}

static const char *text_of(const struct words *words)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	const struct word *was = NULL;
	size_t depth = 0;

	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->items[i];

		if (word->is_gone)
			continue;
		buf_adds(&out, gap(words, was, word, depth));
		buf_adds(&out, word->text);
		if (word_is(word, "("))
			depth++;
		else if (word_is(word, ")") && depth)
			depth--;
		was = word;
	}
	buf_addc(&out, '\n');
	return arena_strdup(words->arena, out.data);
}

static int order_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names and values, in the order of the alphabet; zeros come and go. */
static const char *bag_of(const struct words *words)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	const char **texts = arena_alloc(words->arena,
					 (words->count + 1) * sizeof(*texts));
	size_t count = 0;

	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->items[i];

		if (!word->is_gone && word->kind != TOKEN_WORD &&
		    word->kind != TOKEN_SIGN && strcmp(word->text, "0") != 0)
			texts[count++] = word->text;
	}
	qsort(texts, count, sizeof(*texts), order_texts);
	for (size_t i = 0; i < count; i++)
		buf_addf(&out, "%s\n", texts[i]);
	return arena_strdup(words->arena, out.data);
}

/* Behind VIEW, the name and AS; 0: it is no view. */
static size_t find_query(const struct tokens *tokens, size_t *view_out)
{
	size_t i = 1;

	while (i < tokens->count && !token_is(&tokens->items[i], "VIEW"))
		i++;
	*view_out = i;
	while (i < tokens->count && !token_is(&tokens->items[i], "AS"))
		i++;
	return i + 2 < tokens->count ? i + 1 : 0;
}

enum dbs_rc object_view_text(const char *create, const char *database,
			     struct arena *arena, struct view_text *out,
			     struct dbs_error *err)
{
	struct tokens tokens;
	struct words words = {0};
	size_t view = 0;
	enum dbs_rc rc = tokens_read(create, strlen(create), arena, &tokens,
				     err);

	if (rc)
		return rc;
	const size_t from = find_query(&tokens, &view);

	if (!from)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"its definition is not understood");
	struct reader reader = {
		.items = tokens.items + from,
		.count = tokens.count - from - 1,
		.database = database,
		.arena = arena,
		.dropped = arena_alloc(arena, tokens.count),
	};

	memset(reader.dropped, 0, tokens.count);
	rc = drop_own(&reader, err);
	if (rc)
		return rc;
	take_words(&reader, &words);
	out->words = bag_of(&words);
	drop_parentheses(&words);
	out->canon = text_of(&words);
	out->query = query_of(&reader);
	out->head = arena_strndup(
		arena, tokens.items[1].text,
		(size_t)(tokens.items[view].text - tokens.items[1].text));
	return DBS_OK;
}
