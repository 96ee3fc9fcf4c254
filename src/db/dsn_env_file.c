/*
 * dsn_env_file.c - a dsn out of a .env file; see dsn.h.
 *
 * Shells, containers and a dozen libraries read .env files, each a little
 * differently.  Read here is what they have in common, and nothing is
 * expanded: a `$` in a password is a `$`.  The other keys of the file belong
 * to other programs, so that nothing in them is an error; but their values
 * may have several lines in quotes, in which a DB_HOST= must not be found.
 */
#include "dsn_part.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"

#include <string.h>

/* One KEY=value of the file; its parts point into the file. */
struct assignment {
	const char *key;
	size_t key_length;
	const char *value;
	size_t value_length;
	char quote;       /* `'`, `"`, or 0 */
	bool is_broken;   /* a quote that does not end, or not there */
	const char *next; /* the end of its last line */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static const char *skip_blanks(const char *at)
{
	while (is_blank(*at))
		at++;
	return at;
}

/* The end of the line that at is in: its \n or the end of the file. */
static const char *line_end(const char *at)
{
	return at + strcspn(at, "\n");
}

/* The quote that ends a value whose first byte is at, or NULL. */
static const char *closing_quote(const char *at, char quote)
{
	for (; *at; at++) {
		if (*at == quote)
			return at;
		if (*at == '\\' && quote == '"' && at[1])
			at++;
	}
	return NULL;
}

/* Whether at most a comment is behind a closing quote. */
static bool is_rest_empty(const char *at)
{
	const char *rest = skip_blanks(at);

	return !*rest || *rest == '\n' || (*rest == '#' && rest > at);
}

/* Sets value and next from an opening quote. */
static void take_quoted(struct assignment *one, const char *at)
{
	const char *close = closing_quote(at + 1, *at);

	one->quote = *at;
	one->value = at + 1;
	one->is_broken = !close || !is_rest_empty(close + 1);
	if (one->is_broken) {
		one->next = line_end(at);
		return;
	}
	one->value_length = (size_t)(close - one->value);
	one->next = line_end(close);
}

/* Sets value and next from a value without quotes: up to a comment. */
static void take_plain(struct assignment *one, const char *equals)
{
	const char *end = equals + 1;

	one->next = line_end(end);
	while (end < one->next && !(*end == '#' && is_blank(end[-1])))
		end++;
	one->value = skip_blanks(equals + 1);
	while (end > one->value && is_blank(end[-1]))
		end--;
	one->value_length = end > one->value ? (size_t)(end - one->value) : 0;
}

static const char *skip_export(const char *at)
{
	if (!strncmp(at, "export", 6) && (at[6] == ' ' || at[6] == '\t'))
		return skip_blanks(at + 6);
	return at;
}

/* Reads the line at *at and what belongs to it; false: no assignment. */
static bool read_assignment(const char *at, struct assignment *one)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_.-";

	one->key = skip_export(skip_blanks(at));
	one->key_length = strspn(one->key, name);
	one->next = line_end(at);

	const char *equals = skip_blanks(one->key + one->key_length);
	const char *value = skip_blanks(equals + (*equals == '='));

	if (!one->key_length || *equals != '=')
		return false;
	if (*value == '\'' || *value == '"')
		take_quoted(one, value);
	else
		take_plain(one, equals);
	return true;
}

static char *value_text(const struct assignment *one)
{
	char *text = mem_strndup(one->value, one->value_length);

	if (one->quote == '"')
		dsn_unescape(text, "nt\"\\$", "\n\t\"\\$");
	return text;
}

/* The key of a dsn that prefix and the key of the file mean, or NULL. */
static const struct dsn_key *wanted_key(const struct assignment *one,
					const char *prefix)
{
	static const char *const names[][2] = {
		{"HOST", "host"},         {"PORT", "port"},
		{"NAME", "database"},     {"USER", "user"},
		{"PASSWORD", "password"},
	};
	size_t skip = strlen(prefix);

	if (one->key_length < skip || memcmp(one->key, prefix, skip) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i][0]) == one->key_length - skip &&
		    !memcmp(names[i][0], one->key + skip,
			    one->key_length - skip))
			return dsn_key_find(names[i][1]);
	return NULL;
}

static enum dbs_rc set_assigned(struct dsn *dsn, const struct dsn_key *key,
				const struct assignment *one,
				struct dbs_error *err)
{
	OWNED(dsn_secret_drop) char *value = NULL;

	if (one->is_broken || memchr(one->value, '\n', one->value_length))
		return dbs_fail(err, DBS_E_USAGE,
				"the quote of the %s does not end at the end "
				"of the line",
				key->name);
	value = value_text(one);
	/* the last one wins: a path must not leave an older host behind */
	if (key->kind == DSN_KIND_HOST) {
		mem_drop(&dsn->host);
		mem_drop(&dsn->socket);
	}
	return dsn_set(dsn, key, value, err);
}

static unsigned lines_between(const char *from, const char *to)
{
	unsigned count = 0;

	for (; from < to; from++)
		count += *from == '\n';
	return count;
}

struct env_reader {
	struct dsn dsn;
	const char *prefix;
	unsigned line; /* the one that an error is about */
	bool has_found;
};

static enum dbs_rc read_env(struct env_reader *reader, const char *text,
			    struct dbs_error *err)
{
	reader->line = 1;
	while (*text) {
		struct assignment one = {0};
		const struct dsn_key *key = NULL;
		enum dbs_rc rc = DBS_OK;

		if (read_assignment(text, &one))
			key = wanted_key(&one, reader->prefix);
		if (key) {
			reader->has_found = true;
			rc = set_assigned(&reader->dsn, key, &one, err);
		}
		if (rc)
			return rc;
		text = one.next + (*one.next == '\n');
		reader->line += lines_between(one.key, text);
	}
	return DBS_OK;
}

static void reader_clear(struct env_reader *reader)
{
	dsn_clear(&reader->dsn);
}

enum dbs_rc dsn_from_env_file(struct dsn *dsn, const char *path,
			      const char *prefix, int *found_out,
			      struct dbs_error *err)
{
	OWNED(dsn_file_clear) struct dsn_file file = DSN_FILE_INIT;
	OWNED(reader_clear) struct env_reader reader = {.prefix = prefix};
	enum dbs_rc rc = dsn_file_load(&file, path, OPEN_PIPE, err);

	if (rc)
		return rc;
	rc = read_env(&reader, file.text, err);
	if (rc)
		return dsn_file_context(err, path, reader.line);
	if (reader.has_found && file.doubt) {
		(void)dbs_fail(err, DBS_E_REFUSED, "%s; chmod 600 helps",
			       file.doubt);
		return dsn_file_context(err, path, 0);
	}
	dsn_merge(dsn, &reader.dsn);
	*found_out = reader.has_found;
	return DBS_OK;
}
