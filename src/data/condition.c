/* condition.c - see condition.h. */
#include "dbsync/data/condition.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

struct reader {
	const char *at;
	size_t depth;
	const char *fault;
};

/* Behind a quoted text, or a name in backquotes. */
static void pass_quoted(struct reader *reader)
{
	const char quote = *reader->at++;

	for (; *reader->at; reader->at++) {
		if (*reader->at == '\\' && quote != '`' && reader->at[1])
			reader->at++;
		else if (*reader->at == quote && reader->at[1] == quote)
			reader->at++;
		else if (*reader->at == quote)
			break;
	}
	if (*reader->at)
		reader->at++;
	else
		reader->fault = quote == '`' ? "a name is not terminated"
					     : "a text does not end";
}

/* What a server might read as statement is a comment to other servers. */
static void pass_comment(struct reader *reader)
{
	const char *end = strstr(reader->at + 2, "*/");

	if (reader->at[2] == '!' || !strncmp(reader->at + 2, "M!", 2))
		reader->fault = "it has a comment that servers may execute";
	else if (!end)
		reader->fault = "a comment does not end";
	else
		reader->at = end + 2;
}

static bool begins_line_comment(const char *at)
{
	return *at == '#' || (at[0] == '-' && at[1] == '-' &&
			      (!at[2] || isspace((unsigned char)at[2]) ||
			       iscntrl((unsigned char)at[2])));
}

static void pass_sign(struct reader *reader)
{
	if (begins_line_comment(reader->at))
		reader->fault = "it has a comment to the end of the line";
	else if (*reader->at == ';')
		reader->fault = "it has a semicolon";
	else if (reader->at[0] == '*' && reader->at[1] == '/')
		reader->fault = "it ends a comment that it did not begin";
	else if (*reader->at == ')' && !reader->depth)
		reader->fault = "it closes a parenthesis that it did not open";
	else if (*reader->at == '(')
		reader->depth++;
	else if (*reader->at == ')')
		reader->depth--;
	reader->at++;
}

const char *condition_fault(const char *text)
{
	struct reader reader = {.at = text};

	if (!text[strspn(text, " \t\r\n\f\v")])
		return "it is empty";
	while (*reader.at && !reader.fault) {
		if (strchr("'\"`", *reader.at))
			pass_quoted(&reader);
		else if (reader.at[0] == '/' && reader.at[1] == '*')
			pass_comment(&reader);
		else
			pass_sign(&reader);
	}
	if (!reader.fault && reader.depth)
		return "it opens a parenthesis that it does not close";
	return reader.fault;
}

enum dbs_rc condition_check(const char *text, struct dbs_error *err)
{
	const char *fault = condition_fault(text);

	if (!fault)
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"--where: `%s` is not a condition that can be put in "
			"parentheses: %s",
			text, fault);
}
