/* statement_class.c - see statement_class.h. */
#include "dbsync/binlog/statement_class.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_MOST = 32, WORDS = 5 };

struct scan {
	const char *at;
	const char *end;
};

static void skip_comment(struct scan *scan)
{
	while (scan->at < scan->end && scan->end - scan->at >= 2 &&
	       (scan->at[0] != '*' || scan->at[1] != '/'))
		scan->at++;
	scan->at += scan->end - scan->at >= 2 ? 2 : scan->end - scan->at;
}

/* What a comment with a version has in it belongs to the statement. */
static void skip_blanks(struct scan *scan)
{
	while (scan->at < scan->end) {
		const size_t left = (size_t)(scan->end - scan->at);

		if (isspace((unsigned char)*scan->at)) {
			scan->at++;
		} else if (left >= 3 && !memcmp(scan->at, "/*!", 3)) {
			scan->at += 3;
			while (scan->at < scan->end &&
			       isdigit((unsigned char)*scan->at))
				scan->at++;
		} else if (left >= 4 && !memcmp(scan->at, "/*M!", 4)) {
			scan->at += 4;
			while (scan->at < scan->end &&
			       isdigit((unsigned char)*scan->at))
				scan->at++;
		} else if (left >= 2 && !memcmp(scan->at, "/*", 2)) {
			scan->at += 2;
			skip_comment(scan);
		} else if (left >= 2 && !memcmp(scan->at, "*/", 2)) {
			scan->at += 2;
		} else if (*scan->at == '#' ||
			   (left >= 3 && !memcmp(scan->at, "-- ", 3))) {
			while (scan->at < scan->end && *scan->at != '\n')
				scan->at++;
		} else {
			return;
		}
	}
}

/* A word in upper case; "" where something else begins. */
static void take_word(struct scan *scan, char *out)
{
	size_t length = 0;

	skip_blanks(scan);
	while (scan->at < scan->end &&
	       (isalnum((unsigned char)*scan->at) || *scan->at == '_')) {
		if (length < WORD_MOST - 1)
			out[length++] = (char)toupper((unsigned char)*scan->at);
		scan->at++;
	}
	out[length] = '\0';
}

/* ------------------------------------------------------------------------
 * Classes
 * --------------------------------------------------------------------- */

/* Words that a statement begins with; the first row that fits is it. */
static const struct {
	const char *words[3];
	enum statement_class class;
} rows[] = {
	{{"BEGIN"}, CLASS_BEGIN},
	{{"START", "TRANSACTION"}, CLASS_BEGIN},
	{{"COMMIT"}, CLASS_COMMIT},
	{{"ROLLBACK", "TO"}, CLASS_ROLLBACK_TO},
	{{"ROLLBACK"}, CLASS_ROLLBACK},
	{{"SAVEPOINT"}, CLASS_SAVEPOINT},
	{{"RELEASE", "SAVEPOINT"}, CLASS_NOTHING},
	{{"XA", "START"}, CLASS_BEGIN},
	{{"XA", "BEGIN"}, CLASS_BEGIN},
	{{"XA", "END"}, CLASS_NOTHING},
	{{"XA", "PREPARE"}, CLASS_XA_PREPARE},
	{{"XA", "COMMIT"}, CLASS_XA_COMMIT},
	{{"XA", "ROLLBACK"}, CLASS_XA_ROLLBACK},
	{{"CREATE", "USER"}, CLASS_NOTHING},
	{{"CREATE", "ROLE"}, CLASS_NOTHING},
	{{"CREATE", "TEMPORARY"}, CLASS_NOTHING},
	{{"ALTER", "USER"}, CLASS_NOTHING},
	{{"ALTER", "ROLE"}, CLASS_NOTHING},
	{{"ALTER", "INSTANCE"}, CLASS_NOTHING},
	{{"DROP", "USER"}, CLASS_NOTHING},
	{{"DROP", "ROLE"}, CLASS_NOTHING},
	{{"DROP", "TEMPORARY"}, CLASS_NOTHING},
	{{"RENAME", "USER"}, CLASS_NOTHING},
	{{"GRANT"}, CLASS_NOTHING},
	{{"REVOKE"}, CLASS_NOTHING},
	{{"SET", "PASSWORD"}, CLASS_NOTHING},
	{{"SET", "DEFAULT", "ROLE"}, CLASS_NOTHING},
	{{"FLUSH"}, CLASS_NOTHING},
	{{"ANALYZE", "TABLE"}, CLASS_NOTHING},
	{{"ANALYZE", "TABLES"}, CLASS_NOTHING},
	{{"OPTIMIZE", "TABLE"}, CLASS_NOTHING},
	{{"OPTIMIZE", "TABLES"}, CLASS_NOTHING},
	{{"REPAIR", "TABLE"}, CLASS_NOTHING},
	{{"REPAIR", "TABLES"}, CLASS_NOTHING},
	{{"REPAIR", "VIEW"}, CLASS_NOTHING},
	{{"CHECK", "TABLE"}, CLASS_NOTHING},
	{{"CHECK", "TABLES"}, CLASS_NOTHING},
	{{"CHECK", "VIEW"}, CLASS_NOTHING},
	{{"INSTALL"}, CLASS_NOTHING},
	{{"UNINSTALL"}, CLASS_NOTHING},
	{{"CREATE"}, CLASS_STRUCTURE},
	{{"ALTER"}, CLASS_STRUCTURE},
	{{"DROP"}, CLASS_STRUCTURE},
	{{"RENAME"}, CLASS_STRUCTURE},
	{{"TRUNCATE"}, CLASS_STRUCTURE},
};

enum { ROWS = sizeof(rows) / sizeof(*rows) };

/*
 * CREATE [OR REPLACE] ROLE and the like: rights, not structures, whose text may
 * have secrets in it.
 */
static void skip_or_replace(char words[][WORD_MOST])
{
	if (!strcmp(words[0], "CREATE") && !strcmp(words[1], "OR") &&
	    !strcmp(words[2], "REPLACE"))
		memcpy(words[1], words[3], 2 * (size_t)WORD_MOST);
}

/* Behind a quote: to behind the one that ends it. */
static void skip_quoted(struct scan *scan)
{
	const char quote = *scan->at++;

	while (scan->at < scan->end && *scan->at != quote)
		scan->at += *scan->at == '\\' && quote != '`' &&
					    scan->end - scan->at > 1
				    ? 2
				    : 1;
	scan->at += scan->at < scan->end;
}

/* MariaDB's SET STATEMENT variable = value, … FOR what is run. */
static void skip_settings(struct scan *scan)
{
	struct scan look = *scan;
	char word[WORD_MOST];

	take_word(&look, word);
	if (strcmp(word, "SET") != 0)
		return;
	take_word(&look, word);
	if (strcmp(word, "STATEMENT") != 0)
		return;
	while (look.at < look.end) {
		take_word(&look, word);
		if (!strcmp(word, "FOR")) {
			*scan = look;
			return;
		}
		if (*word || look.at == look.end)
			continue;
		if (strchr("'\"`", *look.at))
			skip_quoted(&look);
		else
			look.at++;
	}
}

/* The words that it begins with; false: there are none. */
static bool take_words(const char *text, size_t length, char words[][WORD_MOST])
{
	struct scan scan = {text, text + length};

	skip_blanks(&scan);
	if (scan.at == scan.end)
		return false;
	skip_settings(&scan);
	for (unsigned i = 0; i < WORDS; i++)
		take_word(&scan, words[i]);
	return true;
}

/* A comment of MariaDB in front: a statement there, and nothing to MySQL. */
static bool begins_with_mariadb(const char *text, size_t length)
{
	size_t at = 0;

	while (at < length && isspace((unsigned char)text[at]))
		at++;
	return length - at >= 4 && !memcmp(text + at, "/*M!", 4);
}

/* Whether the word is in it, outside of quotes and comments; in upper case. */
static bool has_bare_word(const char *text, size_t length, const char *wanted)
{
	struct scan scan = {text, text + length};
	char word[WORD_MOST];

	while (scan.at < scan.end) {
		take_word(&scan, word);
		if (!strcmp(word, wanted))
			return true;
		if (*word || scan.at == scan.end)
			continue;
		if (strchr("'\"`", *scan.at))
			skip_quoted(&scan);
		else
			scan.at++;
	}
	return false;
}

/*
 * CREATE TABLE … SELECT, by a session that logs no rows: the statement alone says
 * which rows it made, and what the functions in it have changed.
 */
static bool makes_rows(const char *text, size_t length, char words[][WORD_MOST])
{
	const unsigned table = !strcmp(words[1], "TEMPORARY") ? 2 : 1;

	return !strcmp(words[0], "CREATE") && !strcmp(words[table], "TABLE") &&
	       has_bare_word(text, length, "SELECT");
}

enum statement_class statement_class(const char *text, size_t length)
{
	char words[WORDS][WORD_MOST];

	if (!take_words(text, length, words))
		return CLASS_NOTHING; /* a comment in place of an event */
	skip_or_replace(words);
	if (begins_with_mariadb(text, length) ||
	    makes_rows(text, length, words))
		return CLASS_ROWS;
	for (size_t i = 0; i < ROWS; i++) {
		size_t k = 0;

		while (k < 3 && rows[i].words[k] &&
		       !strcmp(rows[i].words[k], words[k]))
			k++;
		if (k == 3 || !rows[i].words[k])
			return rows[i].class;
	}
	return CLASS_ROWS;
}

bool statement_keeps_tables(const char *text, size_t length)
{
	char words[WORDS][WORD_MOST];

	if (!take_words(text, length, words))
		return true;
	if (!strcmp(words[0], "TRUNCATE"))
		return true;
	/* a key of a table is one of its columns' properties */
	return !strcmp(words[0], "CREATE") && strcmp(words[1], "OR") != 0 &&
	       strcmp(words[1], "UNIQUE") != 0;
}

/* ------------------------------------------------------------------------
 * What they name
 * --------------------------------------------------------------------- */

/* 'a', X'61' or 0x61, as hexadecimal digits. */
static bool take_part(struct scan *scan, struct buf *out)
{
	skip_blanks(scan);
	bool is_hex = false;

	if (scan->end - scan->at > 2 && (*scan->at | 0x20) == 'x') {
		is_hex = true;
		scan->at++;
	}
	if (scan->at >= scan->end || *scan->at != '\'')
		return false;
	for (scan->at++; scan->at < scan->end && *scan->at != '\''; scan->at++)
		if (is_hex)
			buf_addc(out, (char)tolower((unsigned char)*scan->at));
		else
			buf_addf(out, "%02x",
				 (unsigned)(unsigned char)*scan->at);
	return scan->at < scan->end && *scan->at++ == '\'';
}

static bool take_comma(struct scan *scan)
{
	skip_blanks(scan);
	if (scan->at >= scan->end || *scan->at != ',')
		return false;
	scan->at++;
	return true;
}

bool statement_xid(const char *text, size_t length, struct buf *xid)
{
	struct scan scan = {text, text + length};
	char word[WORD_MOST];
	unsigned format = 1;

	take_word(&scan, word);
	take_word(&scan, word);
	buf_adds(xid, "X'");
	if (!take_part(&scan, xid))
		return false;
	buf_adds(xid, "',X'");
	if (take_comma(&scan) && !take_part(&scan, xid))
		return false;
	buf_adds(xid, "'");
	if (take_comma(&scan)) {
		take_word(&scan, word);
		if (sscanf(word, "%u", &format) != 1)
			return false;
	}
	buf_addf(xid, ",%u", format);
	return true;
}

/*
 * Servers write the name in backquotes, whatever the session wrote, and one that
 * is in it twice.
 */
bool statement_savepoint(const char *text, size_t length, struct buf *name)
{
	const char *from = memchr(text, '`', length);
	const char *end = text + length;

	buf_clear(name);
	if (!from)
		return false;
	for (from++; from < end; from++) {
		if (*from == '`' && (++from == end || *from != '`'))
			return name->length;
		buf_addc(name, (char)tolower((unsigned char)*from));
	}
	return false;
}

static bool has_high(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return true;
	return false;
}

static bool is_part_of_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

static bool is_quote(char c)
{
	return c == '`' || c == '"';
}

/*
 * How long the word is at the beginning of the text, 0: it is not there.  Quotes in
 * a name may be doubled, so they are left out on both sides.
 */
static size_t word_length(const char *text, size_t length, const char *word)
{
	size_t at = 0;

	for (; *word; word++) {
		if (is_quote(*word))
			continue;
		while (at && at < length && is_quote(text[at]))
			at++;
		if (at == length || tolower((unsigned char)text[at]) !=
					    tolower((unsigned char)*word))
			return 0;
		at++;
	}
	return at;
}

/* The digits of a version before it, as of a comment: they are no part of it. */
static bool is_begin_of_name(const char *text, size_t at)
{
	size_t digits = at;

	while (digits && isdigit((unsigned char)text[digits - 1]))
		digits--;
	if (digits < at && digits >= 3 &&
	    (!memcmp(text + digits - 3, "/*!", 3) ||
	     !memcmp(text + digits - 3, "*M!", 3)))
		return true;
	return !at || !is_part_of_name(text[at - 1]);
}

/*
 * A name of plain characters is written in one way, whatever the character set of
 * the session; any other one may be anywhere in a text that is not ASCII.
 */
bool statement_names(const char *text, size_t length, const char *word)
{
	const bool is_plain = !has_high(word, strlen(word)) &&
			      !strpbrk(word, "`\"'\\");

	if (!is_plain && has_high(text, length))
		return true;
	if (*word && strspn(word, "`\"") == strlen(word))
		return true;
	for (size_t i = 0; i < length; i++) {
		const size_t size = word_length(text + i, length - i, word);

		if (size && is_begin_of_name(text, i) &&
		    (i + size == length || !is_part_of_name(text[i + size])))
			return true;
	}
	return false;
}

bool statement_is_about(const char *text, size_t length, const char *database,
			const char *table)
{
	if (statement_names(text, length, table))
		return true;
	return (statement_names(text, length, "DATABASE") ||
		statement_names(text, length, "SCHEMA")) &&
	       statement_names(text, length, database);
}
