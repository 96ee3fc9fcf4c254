/*
 * object_claim.c - see object_claim.h.
 *
 * Only the head of a statement is read, up to the name of what it makes, and
 * as the server reads it: in the character set that the settings before it
 * say, where a byte that looks like a closing quote may be half of a letter;
 * and without comments, since what is in one may count for a server or not.
 * That there is one statement is seen by semicolons: outside of quotes there
 * are none but in bodies, which end with END.  (The server takes one at a time
 * as well: no connection of dbsync allows more.)
 */
#include "dbsync/schema/object_claim.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

/* Bytes of letters: how a character set makes two of one. */
enum letters { LETTERS_PLAIN, LETTERS_DOUBLE, LETTERS_SJIS };

struct reader {
	const char *at; /* "" when what was asked for was not there */
	const struct object_claim *claim;
	/* of the session, by the settings before */
	enum letters letters;
	bool is_ansi;         /* "a" is a name, too */
	bool keeps_backslash; /* it escapes nothing */
	bool is_oracle;       /* no "()" where there are no parameters */
	bool has_client;      /* they are not those of dbsync's session */
	bool has_mode;
	struct buf definer; /* of the last statement that names one */
};

static void reader_release(struct reader *reader)
{
	buf_release(&reader->definer);
}

static enum letters letters_of(const char *charset)
{
	static const char *const doubles[] = {"gbk", "big5", "gb2312",
					      "gb18030", "euckr"};

	if (text_equal_nocase(charset, "sjis") ||
	    text_equal_nocase(charset, "cp932"))
		return LETTERS_SJIS;
	for (size_t i = 0; i < sizeof(doubles) / sizeof(*doubles); i++)
		if (text_equal_nocase(charset, doubles[i]))
			return LETTERS_DOUBLE;
	return LETTERS_PLAIN;
}

/* Bytes that the letter at text takes, as far as quotes are concerned. */
static size_t width(enum letters letters, const char *text)
{
	const unsigned char first = (unsigned char)text[0];
	bool is_lead = false;

	if (letters == LETTERS_DOUBLE)
		is_lead = first >= 0x81 && first != 0xff;
	else if (letters == LETTERS_SJIS)
		is_lead = (first >= 0x81 && first <= 0x9f) ||
			  (first >= 0xe0 && first <= 0xfc);
	return is_lead && text[1] ? 2 : 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

static bool refuse(struct reader *reader)
{
	reader->at = "";
	return false;
}

static void skip_blanks(struct reader *reader)
{
	while (is_blank(*reader->at))
		reader->at++;
}

/* ------------------------------------------------------------------------
 * Pieces; each steps over what it is asked for, or refuses
 * --------------------------------------------------------------------- */

/* Words and signs, apart by blanks: "SQL SECURITY", "=". */
static bool has(struct reader *reader, const char *words)
{
	const char *at = reader->at;

	while (is_blank(*at))
		at++;
	for (; *words; words++) {
		if (*words == ' ') {
			if (!is_blank(*at))
				return false;
			while (is_blank(*at))
				at++;
			continue;
		}
		const char given = *at >= 'a' && *at <= 'z'
					   ? (char)(*at - 'a' + 'A')
					   : *at;

		if (given != *words)
			return false;
		at++;
	}
	if (is_word_byte(words[-1]) && is_word_byte(*at))
		return false;
	reader->at = at;
	return true;
}

static bool expect(struct reader *reader, const char *words)
{
	return has(reader, words) || refuse(reader);
}

/* A name in its quotes; what it says is appended to *out. */
static bool take_name(struct reader *reader, struct buf *out)
{
	skip_blanks(reader);
	const char quote = *reader->at;
	const char *at = reader->at + 1;

	if (quote != '`' && quote != '"')
		return refuse(reader);
	while (*at) {
		const size_t bytes = width(reader->letters, at);

		if (bytes == 1 && *at == quote && at[1] != quote)
			break;
		if (bytes == 1 && *at == quote)
			at++;
		buf_add(out, at, bytes);
		at += bytes;
	}
	if (!*at)
		return refuse(reader);
	reader->at = at + 1;
	return true;
}

/* The bytes of both that are ASCII: of a name in another character set. */
static bool same_skeleton(const char *a, const char *b)
{
	while (*a || *b) {
		const bool is_wide = (unsigned char)*a >= 0x80;

		if (is_wide != ((unsigned char)*b >= 0x80) ||
		    (!is_wide && *a != *b))
			return false;
		while (is_wide && (unsigned char)*a >= 0x80)
			a++;
		while (is_wide && (unsigned char)*b >= 0x80)
			b++;
		a += !is_wide;
		b += !is_wide;
	}
	return true;
}

/*
 * A definition has its own name in the bytes of its client; where these are
 * not UTF-8, letters of ASCII have to do, and where they are two bytes each, of
 * which the second may look like ASCII, that it is no name of ASCII.
 */
static bool is_name(const struct reader *reader, const struct buf *given,
		    const char *wanted)
{
	if (text_equal_nocase(given->data, wanted))
		return true;
	if (text_is_utf8(given->data, given->length) ||
	    !text_is_utf8(wanted, strlen(wanted)))
		return false;
	for (const char *c = wanted; reader->letters != LETTERS_PLAIN; c++) {
		if (!*c)
			return false;
		if ((unsigned char)*c >= 0x80)
			return true;
	}
	return same_skeleton(given->data, wanted);
}

static bool expect_name(struct reader *reader, const char *wanted)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	return take_name(reader, &name) &&
	       (is_name(reader, &name, wanted) || refuse(reader));
}

/* `name`, or `database`.`name` */
static bool expect_full_name(struct reader *reader)
{
	const struct object_claim *claim = reader->claim;
	OWNED(buf_release) struct buf first = BUF_INIT;

	if (!take_name(reader, &first))
		return false;
	if (*reader->at != '.')
		return is_name(reader, &first, claim->name) || refuse(reader);
	reader->at++;
	return (is_name(reader, &first, claim->database) || refuse(reader)) &&
	       expect_name(reader, claim->name);
}

static bool is_at_end(struct reader *reader)
{
	skip_blanks(reader);
	return !*reader->at;
}

/* A word of letters, digits and _; NULL when there is none. */
static const char *take_word(struct reader *reader, size_t *length_out)
{
	skip_blanks(reader);
	const char *word = reader->at;

	while (is_word_byte(*reader->at) && (unsigned char)*reader->at < 0x80)
		reader->at++;
	*length_out = (size_t)(reader->at - word);
	return *length_out ? word : NULL;
}

/* 'what stands in quotes', without any within. */
static bool take_plain_string(struct reader *reader)
{
	skip_blanks(reader);
	if (*reader->at != '\'')
		return refuse(reader);
	reader->at += strcspn(reader->at + 1, "'\\") + 1;
	if (*reader->at != '\'')
		return refuse(reader);
	reader->at++;
	return *reader->at != '\'' || refuse(reader);
}

/* ------------------------------------------------------------------------
 * One statement, or several
 * --------------------------------------------------------------------- */

static const char *behind_quotes(const struct reader *reader, const char *at)
{
	const char quote = *at++;
	const bool escapes = !reader->keeps_backslash && quote != '`' &&
			     !(quote == '"' && reader->is_ansi);

	while (*at && *at != quote) {
		if (*at == '\\' && escapes && at[1])
			at++;
		at += width(reader->letters, at);
	}
	return *at ? at + 1 : at;
}

static const char *behind_comment(const char *at)
{
	const char *end = NULL;

	if (at[0] == '/' && at[1] == '*') {
		end = strstr(at + 2, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	if (at[0] == '#' ||
	    (at[0] == '-' && at[1] == '-' && (is_blank(at[2]) || !at[2])))
		return at + strcspn(at, "\n");
	return at;
}

/* $$ a body in another language $$, or $tag$ … $tag$ */
static const char *behind_dollars(const char *at)
{
	const char *stop = at + 1;
	OWNED(buf_release) struct buf mark = BUF_INIT;

	while (is_word_byte(*stop) && *stop != '$')
		stop++;
	if (*stop != '$')
		return at + 1;
	buf_add(&mark, at, (size_t)(stop + 1 - at));
	const char *end = strstr(stop + 1, mark.data);

	return end ? end + mark.length : at + 1;
}

/* Behind a word, something in quotes, or a letter. */
static const char *behind_piece(const struct reader *reader, const char *at)
{
	if (*at == '\'' || *at == '"' || *at == '`')
		return behind_quotes(reader, at);
	if (*at == '$')
		return behind_dollars(at);
	if (!is_word_byte(*at))
		return at + width(reader->letters, at);
	while (is_word_byte(*at))
		at += width(reader->letters, at);
	return at;
}

/* What stands behind the last semicolon that something stands behind. */
static const char *last_part(const struct reader *reader, const char *sql)
{
	const char *part = NULL;
	bool is_first = false;

	for (const char *at = sql; *at;) {
		const char *behind = is_blank(*at) ? at + 1
						   : behind_comment(at);

		if (behind != at) {
			at = behind;
			continue;
		}
		if (*at == ';') {
			is_first = true;
			at++;
			continue;
		}
		part = is_first ? at : part;
		is_first = false;
		at = behind_piece(reader, at);
	}
	return part;
}

/* Semicolons are within a body, which ends. */
static bool is_one(const struct reader *reader, const char *sql)
{
	struct reader last = *reader;

	last.at = last_part(reader, sql);
	if (!last.at)
		return true;
	return reader->claim->kind != OBJECT_VIEW &&
	       (has(&last, "END") || has(&last, "UNTIL"));
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static const char *word_of(enum object_kind kind)
{
	static const char *const words[] = {
		[OBJECT_DATABASE] = "DATABASE",
		[OBJECT_FUNCTION] = "FUNCTION",
		[OBJECT_PROCEDURE] = "PROCEDURE",
		[OBJECT_VIEW] = "VIEW",
		[OBJECT_TRIGGER] = "TRIGGER",
		[OBJECT_EVENT] = "EVENT",
		[OBJECT_KINDS] = "",
	};

	return words[kind];
}

/* ALTER or CREATE … `db` CHARACTER SET x COLLATE y */
static bool is_default(struct reader *reader)
{
	size_t length = 0;

	return expect_name(reader, reader->claim->database) &&
	       expect(reader, "CHARACTER SET") && take_word(reader, &length) &&
	       expect(reader, "COLLATE") && take_word(reader, &length) &&
	       is_at_end(reader);
}

static bool is_use(struct reader *reader)
{
	return expect_name(reader, reader->claim->database) &&
	       is_at_end(reader);
}

static bool is_drop(struct reader *reader)
{
	return expect(reader, word_of(reader->claim->kind)) &&
	       expect(reader, "IF EXISTS") && expect_full_name(reader) &&
	       is_at_end(reader);
}

/* @dbsync_… = @@…: the session's own, so that taking it back is known. */
static bool is_kept(struct reader *reader)
{
	static const char *const kept[][2] = {
		{"DBSYNC_MODE", "SQL_MODE"},
		{"DBSYNC_CLIENT", "CHARACTER_SET_CLIENT"},
		{"DBSYNC_COLLATION", "COLLATION_CONNECTION"},
		{"DBSYNC_ZONE", "TIME_ZONE"},
	};

	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
		if (!reader->has_client && !reader->has_mode &&
		    has(reader, kept[i][0]))
			return expect(reader, "=") && expect(reader, "@@") &&
			       expect(reader, kept[i][1]);
	return refuse(reader);
}

static bool is_value(struct reader *reader)
{
	size_t length = 0;

	skip_blanks(reader);
	if (*reader->at == '\'')
		return take_plain_string(reader);
	if (*reader->at == '@' && strncmp(reader->at, "@dbsync_", 8) != 0)
		return refuse(reader);
	reader->at += *reader->at == '@';
	return take_word(reader, &length) || refuse(reader);
}

/* Some modes are several, ANSI_QUOTES among them. */
static bool is_with_ansi(const char *mode)
{
	static const char *const words[] = {"ANSI",  "DB2",    "MAXDB",
					    "MSSQL", "ORACLE", "POSTGRESQL"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strstr(mode, words[i]))
			return true;
	return false;
}

static bool is_mode(struct reader *reader)
{
	OWNED(buf_release) struct buf mode = BUF_INIT;

	reader->has_mode = !has(reader, "@DBSYNC_MODE");
	if (!reader->has_mode) {
		reader->is_ansi = false;
		reader->keeps_backslash = false;
		reader->is_oracle = false;
		return true;
	}
	skip_blanks(reader);
	const char *from = reader->at;

	/* by words alone: a number would do for the server as well */
	if (*from != '\'' || !take_plain_string(reader))
		return refuse(reader);
	for (; from < reader->at; from++)
		buf_addc(&mode, *from >= 'a' && *from <= 'z'
					? (char)(*from - 'a' + 'A')
					: *from);
	reader->is_ansi = is_with_ansi(mode.data);
	reader->is_oracle = strstr(mode.data, "ORACLE") != NULL;
	reader->keeps_backslash = strstr(mode.data, "NO_BACKSLASH_ESCAPES") !=
				  NULL;
	return true;
}

static bool is_charset(struct reader *reader)
{
	char charset[32] = "";
	size_t length = 0;

	reader->has_client = !has(reader, "@DBSYNC_CLIENT");
	if (!reader->has_client) {
		reader->letters = LETTERS_PLAIN;
		return true;
	}
	skip_blanks(reader);
	const char *from = reader->at;

	/* by its name, and not in quotes: as dbsync writes it */
	if ((*from >= '0' && *from <= '9') || !take_word(reader, &length) ||
	    length >= sizeof(charset))
		return refuse(reader);
	memcpy(charset, from, length);
	reader->letters = letters_of(charset);
	return true;
}

/* Of the session alone: no SET GLOBAL, PERSIST, PASSWORD … */
static bool is_setting(struct reader *reader)
{
	if (has(reader, "@"))
		return is_kept(reader);
	if (has(reader, "CHARACTER_SET_CLIENT"))
		return expect(reader, "=") && is_charset(reader);
	if (has(reader, "SQL_MODE"))
		return expect(reader, "=") && is_mode(reader);
	return (has(reader, "COLLATION_CONNECTION") ||
		expect(reader, "TIME_ZONE")) &&
	       expect(reader, "=") && is_value(reader);
}

static bool is_set(struct reader *reader)
{
	do
		if (!is_setting(reader))
			return false;
	while (has(reader, ","));
	return is_at_end(reader);
}

/* DEFINER=`user`@`host`, or a role, which has no host. */
static bool take_definer(struct reader *reader)
{
	struct buf *name = &reader->definer;

	if (!has(reader, "DEFINER"))
		return true;
	buf_clear(name);
	if (!expect(reader, "=") || !take_name(reader, name))
		return false;
	if (!has(reader, "@"))
		return true;
	buf_addc(name, '@');
	return take_name(reader, name);
}

static bool take_view_options(struct reader *reader)
{
	size_t length = 0;

	if (has(reader, "ALGORITHM") &&
	    !(expect(reader, "=") && take_word(reader, &length)))
		return false;
	if (!take_definer(reader))
		return false;
	if (has(reader, "SQL SECURITY INVOKER")) {
		buf_clear(&reader->definer);
		return true;
	}
	return !has(reader, "SQL SECURITY") || take_word(reader, &length);
}

static bool is_trigger_on(struct reader *reader)
{
	size_t length = 0;

	return take_word(reader, &length) && take_word(reader, &length) &&
	       expect(reader, "ON") &&
	       expect_name(reader, reader->claim->table) &&
	       expect(reader, "FOR EACH ROW");
}

/*
 * Of routines: without them a FUNCTION is code of a library that the server is to
 * load.
 */
static bool has_parameters(struct reader *reader)
{
	return has(reader, "(") ||
	       (reader->is_oracle && !has(reader, "RETURNS") &&
		(has(reader, "RETURN") || has(reader, "AS") ||
		 has(reader, "IS"))) ||
	       refuse(reader);
}

static bool is_create(struct reader *reader, const char *sql)
{
	const enum object_kind kind = reader->claim->kind;

	if (has(reader, "OR") && !expect(reader, "REPLACE"))
		return false;
	if (!(kind == OBJECT_VIEW ? take_view_options(reader)
				  : take_definer(reader)))
		return false;
	if (kind == OBJECT_FUNCTION)
		(void)has(reader, "AGGREGATE");
	if (!expect(reader, word_of(kind)) || !expect_full_name(reader))
		return false;
	if (kind == OBJECT_VIEW && !expect(reader, "AS"))
		return false;
	if ((kind == OBJECT_FUNCTION || kind == OBJECT_PROCEDURE) &&
	    !has_parameters(reader))
		return false;
	if (kind == OBJECT_TRIGGER && !is_trigger_on(reader))
		return false;
	return is_one(reader, sql);
}

static bool is_of_database(struct reader *reader)
{
	if (has(reader, "DO"))
		return expect(reader, "0") && is_at_end(reader);
	return (has(reader, "CREATE DATABASE") ||
		expect(reader, "ALTER DATABASE")) &&
	       is_default(reader);
}

static bool is_of_object(struct reader *reader, const char *sql)
{
	if (has(reader, "USE"))
		return is_use(reader);
	if (has(reader, "SET"))
		return is_set(reader);
	if (has(reader, "ALTER DATABASE"))
		return is_default(reader);
	if (has(reader, "DROP"))
		return is_drop(reader);
	return expect(reader, "CREATE") && is_create(reader, sql);
}

static const char *read_all(struct reader *reader)
{
	const struct object_claim *claim = reader->claim;

	for (size_t i = 0; i < claim->statement_count; i++) {
		reader->at = claim->statements[i];
		if (!(claim->kind == OBJECT_DATABASE
			      ? is_of_database(reader)
			      : is_of_object(reader, claim->statements[i])))
			return claim->statements[i];
	}
	/* the next object is read as if nothing was set */
	if (reader->has_client || reader->has_mode)
		return claim->statements[claim->statement_count - 1];
	return NULL;
}

const char *object_claim_doubt(const struct object_claim *claim)
{
	OWNED(reader_release) struct reader reader = {.claim = claim,
						      .definer = BUF_INIT};

	return read_all(&reader);
}

void object_claim_definer(const struct object_claim *claim, struct buf *out)
{
	OWNED(reader_release) struct reader reader = {.claim = claim,
						      .definer = BUF_INIT};

	(void)read_all(&reader);
	if (reader.definer.length)
		buf_adds(out, reader.definer.data);
}

bool object_is_collation(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!is_word_byte(*c) || (unsigned char)*c >= 0x80)
			return false;
	return true;
}
