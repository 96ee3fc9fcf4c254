/*
 * expression_tree.c - see expression_tree.h.
 *
 * The precedence, from what acts last to what acts first; it is that of both
 * families' grammars, and of what MariaDB puts parentheses by when it prints:
 *
 *	or   xor   and   not   = <=> >= > <= < <> is   between   in like regexp
 *	|   &   << >>   + - (and interval)   * / div mod   ^   - ~ !   collate
 *
 * `a and (b and c)` and `a and b and c` are one list, as they are to servers.
 * What is not known (||, escape, member of, …) ends the attempt: in doubt
 * expressions differ.
 */
#include "expression_tree.h"

#include "dbsync/base/vec.h"

#include <string.h>

enum { MOST_DEPTH = 100 };

struct reader {
	const struct token *at;
	const struct token *end;
	struct vec *out; /* struct token */
	struct arena *arena;
	size_t depth;
};

static bool read_any(struct reader *reader);
static bool read_bits(struct reader *reader);
static bool read_unary(struct reader *reader);

/* ------------------------------------------------------------------------
 * Words
 * --------------------------------------------------------------------- */

static bool is_next(const struct reader *reader, const char *text)
{
	return reader->at < reader->end && token_is(reader->at, text);
}

static bool take(struct reader *reader, const char *text)
{
	if (!is_next(reader, text))
		return false;
	reader->at++;
	return true;
}

/* Signs that stand side by side: <=, <<, <=>. */
static size_t sign_length(const struct reader *reader)
{
	const struct token *at = reader->at;
	size_t length = 0;

	while (at + length < reader->end && at[length].kind == TOKEN_SIGN &&
	       strchr("<>=!|&:", *at[length].text) &&
	       (!length ||
		at[length].text == at[length - 1].text + at[length - 1].length))
		length++;
	return length;
}

static bool take_sign(struct reader *reader, const char *text)
{
	const size_t length = strlen(text);

	if (sign_length(reader) != length ||
	    strncmp(reader->at->text, text, length) != 0)
		return false;
	reader->at += length;
	return true;
}

static void give(const struct reader *reader, struct token token)
{
	*(struct token *)vec_push(reader->out) = token;
}

/* What is done with the operands before it. */
static void act(const struct reader *reader, const char *name)
{
	give(reader, (struct token){TOKEN_SIGN, name, strlen(name)});
}

/* The same, with so many of them. */
static void act_on(const struct reader *reader, const char *name, size_t count)
{
	act(reader, arena_printf(reader->arena, "%s/%zu", name, count));
}

/* ------------------------------------------------------------------------
 * Operands
 * --------------------------------------------------------------------- */

/* Up to the closing parenthesis, which is taken; their number. */
static bool read_list(struct reader *reader, size_t *count_out)
{
	*count_out = 0;
	if (take(reader, ")"))
		return true;
	do {
		if (!read_any(reader))
			return false;
		(*count_out)++;
	} while (take(reader, ","));
	return take(reader, ")");
}

/* cast(a as char(5) charset utf8mb4): the type is words. */
static bool read_type(struct reader *reader)
{
	size_t depth = 0;

	for (; reader->at < reader->end; reader->at++) {
		if (token_is(reader->at, "("))
			depth++;
		if (token_is(reader->at, ")") && !depth--)
			break;
		give(reader, *reader->at);
	}
	return take(reader, ")");
}

static bool read_function(struct reader *reader)
{
	const struct token name = *reader->at;
	const bool has_type = token_is(&name, "cast") ||
			      token_is(&name, "convert");
	size_t count = 0;

	reader->at += 2;
	if (has_type) {
		if (!read_any(reader))
			return false;
		if (take(reader, "as") || take(reader, "using")) {
			give(reader, reader->at[-1]);
			count = 2;
		} else if (!take(reader, ",")) {
			return false;
		}
		if (!read_type(reader))
			return false;
	} else if (!read_list(reader, &count)) {
		return false;
	}
	act_on(reader, token_lower(name.text, name.length, reader->arena),
	       count);
	return true;
}

static bool read_case(struct reader *reader)
{
	size_t count = 0;

	if (!is_next(reader, "when")) {
		if (!read_any(reader))
			return false;
		act(reader, "case of");
	}
	for (; take(reader, "when"); count++)
		if (!read_any(reader) || !take(reader, "then") ||
		    !read_any(reader))
			return false;
	if (take(reader, "else")) {
		if (!read_any(reader))
			return false;
		act(reader, "else");
	}
	act_on(reader, "case", count);
	return count && take(reader, "end");
}

static bool read_name(struct reader *reader)
{
	give(reader, *reader->at++);
	while (is_next(reader, ".")) {
		reader->at++;
		if (reader->at == reader->end ||
		    (reader->at->kind != TOKEN_NAME &&
		     reader->at->kind != TOKEN_WORD))
			return false;
		give(reader, *reader->at++);
		act(reader, ".");
	}
	return true;
}

/* Words that are no operand of their own, wherever they stand. */
static bool is_reserved(const struct token *word)
{
	static const char *const words[] = {
		"and",    "or",       "xor",     "not",      "is",
		"in",     "like",     "between", "regexp",   "rlike",
		"div",    "mod",      "when",    "then",     "else",
		"end",    "as",       "using",   "from",     "escape",
		"sounds", "member",   "select",  "distinct", "collate",
		"binary", "interval", "exists",  "any",      "all",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (token_is(word, words[i]))
			return true;
	return *word->text == '_'; /* an introducer that counts */
}

static bool read_word(struct reader *reader)
{
	const bool is_call = reader->at + 1 < reader->end &&
			     token_is(&reader->at[1], "(");

	if (take(reader, "case"))
		return read_case(reader);
	if (is_reserved(reader->at))
		return false;
	return is_call ? read_function(reader) : read_name(reader);
}

static bool read_operand(struct reader *reader)
{
	if (reader->at == reader->end)
		return false;
	switch (reader->at->kind) {
	case TOKEN_WORD:
		return read_word(reader);
	case TOKEN_NAME:
		return read_name(reader);
	case TOKEN_STRING:
	case TOKEN_NUMBER:
		give(reader, *reader->at++);
		/* 'a' 'b' is one text */
		return reader->at == reader->end ||
		       reader->at->kind != TOKEN_STRING;
	case TOKEN_SIGN:
		return take(reader, "(") && read_any(reader) &&
		       take(reader, ")");
	case TOKEN_END:
		break;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Operators of bits and numbers
 * --------------------------------------------------------------------- */

static bool read_collated(struct reader *reader)
{
	if (!read_operand(reader))
		return false;
	while (take(reader, "collate")) {
		if (reader->at == reader->end)
			return false;
		give(reader, *reader->at++);
		act(reader, "collate");
	}
	return true;
}

/* The stack is bounded, whatever a file says. */
static bool read_deeper(struct reader *reader, bool (*read)(struct reader *))
{
	if (reader->depth >= MOST_DEPTH)
		return false;
	reader->depth++;
	const bool is_read = read(reader);

	reader->depth--;
	return is_read;
}

static bool read_unary(struct reader *reader)
{
	static const char *const signs[] = {"-", "~", "!"};
	static const char *const acts[] = {"minus", "~", "not"};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++) {
		if (sign_length(reader) > 1 || !take(reader, signs[i]))
			continue;
		if (!read_deeper(reader, read_unary))
			return false;
		act(reader, acts[i]);
		return true;
	}
	return read_collated(reader);
}

static bool read_powers(struct reader *reader)
{
	if (!read_unary(reader))
		return false;
	while (take(reader, "^")) {
		if (!read_unary(reader))
			return false;
		act(reader, "^");
	}
	return true;
}

static const char *take_product(struct reader *reader)
{
	if (take(reader, "*"))
		return "*";
	if (take(reader, "/"))
		return "/";
	if (take(reader, "div"))
		return "div";
	return take(reader, "%") || take(reader, "mod") ? "%" : NULL;
}

static bool read_products(struct reader *reader)
{
	const char *name = NULL;

	if (!read_powers(reader))
		return false;
	while ((name = take_product(reader))) {
		if (!read_powers(reader))
			return false;
		act(reader, name);
	}
	return true;
}

/* `interval 1 + 2 day`, behind + or -. */
static bool read_interval(struct reader *reader)
{
	if (!read_any(reader) || reader->at == reader->end ||
	    reader->at->kind != TOKEN_WORD || is_reserved(reader->at))
		return false;
	give(reader, *reader->at++);
	act(reader, "interval");
	return true;
}

static bool read_sums(struct reader *reader)
{
	if (!read_products(reader))
		return false;
	while (is_next(reader, "+") || is_next(reader, "-")) {
		const char *name = take(reader, "+") ? "+" : "-";

		if (*name == '-')
			reader->at++;
		if (take(reader, "interval") ? !read_interval(reader)
					     : !read_products(reader))
			return false;
		act(reader, name);
	}
	return true;
}

static bool read_shifts(struct reader *reader)
{
	if (!read_sums(reader))
		return false;
	for (;;) {
		const char *name = take_sign(reader, "<<")   ? "<<"
				   : take_sign(reader, ">>") ? ">>"
							     : NULL;

		if (!name)
			return true;
		if (!read_sums(reader))
			return false;
		act(reader, name);
	}
}

static bool read_bit_ands(struct reader *reader)
{
	if (!read_shifts(reader))
		return false;
	while (take_sign(reader, "&")) {
		if (!read_shifts(reader))
			return false;
		act(reader, "&");
	}
	return true;
}

static bool read_bits(struct reader *reader)
{
	if (!read_bit_ands(reader))
		return false;
	while (take_sign(reader, "|")) {
		if (!read_bit_ands(reader))
			return false;
		act(reader, "|");
	}
	return true;
}

/* ------------------------------------------------------------------------
 * What is true or not
 * --------------------------------------------------------------------- */

static bool read_between(struct reader *reader)
{
	if (!read_bits(reader) || !take(reader, "and") || !read_bits(reader))
		return false;
	act(reader, "between");
	return true;
}

static bool read_in(struct reader *reader)
{
	size_t count = 0;

	if (!take(reader, "(") || !read_list(reader, &count) || !count)
		return false;
	act_on(reader, "in", count);
	return true;
}

static bool read_like(struct reader *reader, const char *name)
{
	if (!read_bits(reader))
		return false;
	act(reader, name);
	return true;
}

/* What one value is asked for; more than one such question needs parentheses. */
static bool read_question(struct reader *reader)
{
	bool is_read = true;

	if (!read_bits(reader))
		return false;
	const bool is_not = take(reader, "not");

	if (take(reader, "between"))
		is_read = read_between(reader);
	else if (take(reader, "in"))
		is_read = read_in(reader);
	else if (take(reader, "like"))
		is_read = read_like(reader, "like");
	else if (take(reader, "regexp"))
		is_read = read_like(reader, "regexp");
	else
		return !is_not;
	if (is_not)
		act(reader, "not");
	return is_read;
}

static const char *take_comparison(struct reader *reader)
{
	static const char *const signs[] = {"=",  "<=>", ">=", ">",
					    "<=", "<",   "<>", "!="};

	for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
		if (take_sign(reader, signs[i]))
			return strcmp(signs[i], "!=") != 0 ? signs[i] : "<>";
	return NULL;
}

static bool read_is(struct reader *reader)
{
	static const char *const words[] = {"null", "true", "false", "unknown"};
	const bool is_not = take(reader, "not");

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!take(reader, words[i]))
			continue;
		act(reader, arena_printf(reader->arena, "is %s", words[i]));
		if (is_not)
			act(reader, "not");
		return true;
	}
	return false;
}

static bool read_comparisons(struct reader *reader)
{
	if (!read_question(reader))
		return false;
	for (;;) {
		const char *name = NULL;

		if (take(reader, "is")) {
			if (!read_is(reader))
				return false;
			continue;
		}
		name = take_comparison(reader);
		if (!name)
			return true;
		if (!read_question(reader))
			return false;
		act(reader, name);
	}
}

static bool read_not(struct reader *reader)
{
	if (!take(reader, "not"))
		return read_comparisons(reader);
	if (!read_deeper(reader, read_not))
		return false;
	act(reader, "not");
	return true;
}

/* How many operands the list has that was just read; 1: it is no such list. */
static size_t unwrap(const struct reader *reader, const char *name)
{
	const struct token *last = vec_at(reader->out, reader->out->count - 1);
	const size_t length = strlen(name);
	size_t count = 0;

	if (last->kind != TOKEN_SIGN || last->length <= length + 1 ||
	    strncmp(last->text, name, length) != 0 || last->text[length] != '/')
		return 1;
	for (size_t i = length + 1; i < last->length; i++)
		count = count * 10 + (size_t)(last->text[i] - '0');
	vec_truncate(reader->out, reader->out->count - 1);
	return count;
}

static bool read_chain(struct reader *reader, const char *name,
		       bool (*read)(struct reader *))
{
	size_t count = 0;
	size_t reads = 0;

	do {
		if (!read(reader))
			return false;
		count += unwrap(reader, name);
		reads++;
	} while (take(reader, name));
	if (count > 1)
		act_on(reader, name, count);
	return reads > 0;
}

static bool read_ands(struct reader *reader)
{
	return read_chain(reader, "and", read_not);
}

static bool read_xors(struct reader *reader)
{
	if (!read_ands(reader))
		return false;
	while (take(reader, "xor")) {
		if (!read_ands(reader))
			return false;
		act(reader, "xor");
	}
	return true;
}

static bool read_ors(struct reader *reader)
{
	return read_chain(reader, "or", read_xors);
}

static bool read_any(struct reader *reader)
{
	return read_deeper(reader, read_ors);
}

bool expression_tree(const struct tokens *words, struct arena *arena,
		     struct tokens *out)
{
	struct vec acts = VEC_INIT(struct token);
	struct reader reader = {
		.at = words->items,
		.end = words->items + words->count,
		.out = &acts,
		.arena = arena,
	};
	const bool is_read = read_any(&reader) && reader.at == reader.end;

	if (is_read) {
		struct token *items = arena_alloc(arena,
						  acts.count * sizeof(*items));

		memcpy(items, acts.items, acts.count * sizeof(*items));
		*out = (struct tokens){items, acts.count};
	}
	vec_release(&acts);
	return is_read;
}
