/*
 * object_text.c - where the parts of a trigger, an event or a routine are in
 * what SHOW CREATE says of it.
 *
 * Bodies are never taken apart: they are as their author wrote them, in any
 * sql_mode.  Only the words before them are looked at, here, with quotes and
 * comments passed over.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"

#include <string.h>
#include <strings.h>

static bool is_word(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

static const char *skip_to(const char *at, const char *end)
{
	const char *found = strstr(at, end);

	return found ? found + strlen(end) : at + strlen(at);
}

static const char *skip_blank(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\r\n");
		if (!strncmp(at, "/*", 2))
			at = skip_to(at + 2, "*/");
		else if (*at == '#' || !strncmp(at, "-- ", 3))
			at = skip_to(at, "\n");
		else
			return at;
	}
}

static const char *skip_quoted(const char *at)
{
	const char quote = *at;

	for (at++; *at; at++) {
		if (*at == '\\' && quote != '`' && at[1])
			at++;
		else if (*at == quote && at[1] == quote)
			at++;
		else if (*at == quote)
			return at + 1;
	}
	return at;
}

/* The end of the word, the quoted text or the sign that is at at. */
static const char *skip_one(const char *at)
{
	if (*at == '`' || *at == '"' || *at == '\'')
		return skip_quoted(at);
	if (!is_word(*at))
		return *at ? at + 1 : at;
	while (is_word(*at))
		at++;
	return at;
}

static bool is(const char *at, const char *end, const char *word)
{
	return (size_t)(end - at) == strlen(word) &&
	       !strncasecmp(at, word, strlen(word));
}

/* The first such word outside of parentheses, or NULL. */
static const char *find_word(const char *text, const char *word,
			     const char *stop)
{
	size_t depth = 0;
	const char *end = NULL;

	for (const char *at = skip_blank(text); *at; at = skip_blank(end)) {
		end = skip_one(at);
		if (*at == '(')
			depth++;
		else if (*at == ')' && depth)
			depth--;
		else if (!depth && is(at, end, word))
			return at;
		else if (!depth && stop && is(at, end, stop))
			return NULL;
	}
	return NULL;
}

/* What stands behind FOR EACH ROW, or NULL. */
static const char *behind_row(const char *create)
{
	const char *at = create;

	while ((at = find_word(at, "FOR", NULL))) {
		const char *each = skip_blank(at + 3);
		const char *row = skip_blank(skip_one(each));

		at += 3;
		if (is(each, skip_one(each), "EACH") &&
		    is(row, skip_one(row), "ROW"))
			return skip_blank(row + 3);
	}
	return NULL;
}

bool object_neighbour(const char *create, struct arena *arena,
		      struct object_neighbour *out)
{
	const char *at = behind_row(create);
	const char *end = at ? skip_one(at) : NULL;

	if (!at || (!is(at, end, "FOLLOWS") && !is(at, end, "PRECEDES")))
		return false;
	const char *name = skip_blank(end);

	end = skip_one(name);
	*out = (struct object_neighbour){
		.at = (size_t)(at - create),
		.length = (size_t)(skip_blank(end) - at),
		.name = arena_strndup(arena, name, (size_t)(end - name)),
		.follows = is(at, skip_one(at), "FOLLOWS"),
	};
	return true;
}

const char *object_trigger_body(const char *create)
{
	const char *at = behind_row(create);

	/* some versions keep it, but ACTION_ORDER says it better */
	if (at && (is(at, skip_one(at), "FOLLOWS") ||
		   is(at, skip_one(at), "PRECEDES")))
		at = skip_blank(skip_one(skip_blank(skip_one(at))));
	return at && *at ? at : NULL;
}

bool object_event_status(const char *create, size_t *at_out, size_t *length_out)
{
	const char *at = find_word(create, "ENABLE", "DO");
	const char *end = NULL;

	if (!at)
		at = find_word(create, "DISABLE", "DO");
	if (!at)
		return false;
	end = skip_one(at);
	const char *on = skip_blank(end);

	if (is(on, skip_one(on), "ON"))
		end = skip_one(skip_blank(skip_one(on))); /* SLAVE, REPLICA */
	*at_out = (size_t)(at - create);
	*length_out = (size_t)(end - at);
	return true;
}

/* ------------------------------------------------------------------------
 * RETURNS
 * --------------------------------------------------------------------- */

/* The type, up to the end of its line. */
static const char *returns_of(const char *create, size_t *length_out)
{
	const char *at = find_word(create, "FUNCTION", "PROCEDURE");

	at = at ? find_word(at, "RETURNS", NULL) : NULL;
	if (!at)
		return NULL;
	*length_out = strcspn(at, "\n");
	return at;
}

bool object_returns_collation(const char *create)
{
	size_t length = 0;
	const char *returns = returns_of(create, &length);
	const char *found = returns ? find_word(returns, "COLLATE", NULL)
				    : NULL;

	return found && found < returns + length;
}

/* int(11): how wide numbers are shown, which only some servers say. */
static bool is_width(const char *returns, const char *at)
{
	return *at == '(' && at - returns > 3 &&
	       !strncasecmp(at - 3, "int", 3) && strncasecmp(at, "(1)", 3) != 0;
}

const char *object_routine_text(const char *create, bool keeps_collation,
				struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	size_t length = 0;
	const char *returns = returns_of(create, &length);
	const char *end = NULL;
	const char *was = "";

	if (!returns)
		return create;
	buf_add(&out, create, (size_t)(returns - create));
	for (const char *at = returns; at < returns + length; at = end) {
		end = skip_one(at);
		const char *word = arena_strndup(arena, at, (size_t)(end - at));

		if (is_width(returns, at)) {
			end = skip_to(at, ")");
			continue;
		}
		if (!keeps_collation && !strcasecmp(word, "COLLATE")) {
			end = skip_one(skip_blank(end));
			buf_truncate(&out, out.length - 1);
			continue;
		}
		if (!strcasecmp(was, "CHARSET") || !strcasecmp(was, "COLLATE"))
			word = charset_modern(word, arena);
		buf_adds(&out, word);
		if (*at != ' ')
			was = word;
	}
	buf_adds(&out, returns + length);
	return arena_strdup(arena, out.data);
}

/* ------------------------------------------------------------------------
 * For a plain client
 * --------------------------------------------------------------------- */

static const char *delimiter_for(const char *const *statements, size_t count)
{
	static const char *const all[] = {";;", "$$", "//dbsync//",
					  "@@dbsync@@"};
	const size_t last = sizeof(all) / sizeof(*all) - 1;

	for (size_t k = 0; k < last; k++) {
		bool is_free = true;

		for (size_t i = 0; i < count; i++)
			is_free = is_free && !strstr(statements[i], all[k]);
		if (is_free)
			return all[k];
	}
	return all[last];
}

/*
 * Those in which a backslash or a backquote may be the second half of a
 * character: where a text or name ends is another place in UTF-8.
 */
static bool is_read_apart(const char *charset, const char *const *statements,
			  size_t count)
{
	static const char *const all[] = {"gbk", "gb18030", "big5", "sjis",
					  "cp932"};
	bool is_one = false;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		is_one = is_one || !strcmp(charset, all[i]);
	for (size_t i = 0; is_one && i < count; i++)
		for (const char *at = statements[i]; *at; at++)
			if ((unsigned char)*at >= 0x80 &&
			    (at[1] == '\\' || at[1] == '`'))
				return true;
	return false;
}

/* The character set that a statement gives to those behind it, or NULL. */
static const char *charset_of(const char *statement, struct buf *scratch)
{
	static const char word[] = " character_set_client = ";
	const char *at = strncmp(statement, "SET sql_mode = ", 15)
				 ? NULL
				 : strstr(statement, word);

	if (!at)
		return NULL;
	at += strlen(word);
	buf_clear(scratch);
	buf_add(scratch, at, strcspn(at, ", "));
	return scratch->data;
}

/*
 * A client looks for ends of statements in a character set of its own, which
 * its command \C sets, also within a comment that no server reads (pins.c).
 */
void object_script(const char *const *statements, size_t count, struct buf *out)
{
	const char *delimiter = delimiter_for(statements, count);
	OWNED(buf_release) struct buf scratch = BUF_INIT;
	bool is_apart = false;

	buf_addf(out, "DELIMITER %s\n", delimiter);
	for (size_t i = 0; i < count; i++) {
		const char *charset = charset_of(statements[i], &scratch);

		if (is_apart && charset)
			charset = "utf8mb4"; /* as it was */
		else if (charset && !is_read_apart(charset, &statements[i + 1],
						   count - i - 1))
			charset = NULL;
		buf_adds(out, statements[i]);
		if (charset)
			buf_addf(out, " /*!999999\\C %s */", charset);
		is_apart ^= charset != NULL;
		buf_addf(out, "\n%s\n", delimiter);
	}
	buf_adds(out, "DELIMITER ;\n");
}
