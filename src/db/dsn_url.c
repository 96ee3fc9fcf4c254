/*
 * dsn_url.c - a dsn out of a URL; see dsn.h.  Where its parts end, and which
 * URLs are refused because they have two readings, is in dsn_url_parts.c.
 *
 * What looks like a host here may be half a password that was not encoded.  So
 * no error quotes from the URL, apart from the name of an unknown key that
 * looks like one.
 */
#include "dsn_url_parts.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dsn_part.h"

#include <string.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that a `%` at the front of left stands for; 0: none. */
static unsigned char escaped_byte(struct span left)
{
	if (left.length < 3)
		return 0;
	int high = hex_value(left.at[1]);
	int low = hex_value(left.at[2]);

	if (high < 0 || low < 0)
		return 0;
	return (unsigned char)(high * 16 + low);
}

/* Gives the text of a part away, percent-decoded. */
static enum dbs_rc decode(struct span part, const char *what, char **text_out,
			  struct dbs_error *err)
{
	OWNED(dsn_secret_drop) char *text = mem_zero(part.length + 1, 1);
	size_t length = 0;

	for (size_t i = 0; i < part.length; i++) {
		char c = part.at[i];

		if (c == '%') {
			struct span left = {part.at + i, part.length - i};

			c = (char)escaped_byte(left);
			if (!c)
				return dbs_fail(err, DBS_E_USAGE,
						"the %s has a `%%` that two "
						"hexadecimal digits other than "
						"00 do not follow; write %%25 "
						"for a `%%`",
						what);
			i += 2;
		}
		text[length++] = c;
	}
	*text_out = own_take(&text);
	return DBS_OK;
}

/* Decodes a part and sets it, when it is there. */
static enum dbs_rc set_part(struct dsn *dsn, const char *name, struct span part,
			    struct dbs_error *err)
{
	OWNED(dsn_secret_drop) char *text = NULL;
	enum dbs_rc rc;

	if (!part.at)
		return DBS_OK;
	rc = decode(part, name, &text, err);
	if (rc)
		return rc;
	return dsn_set(dsn, dsn_key_find(name), text, err);
}

/* Keys are written in any case here, and with `-` or `_`. */
static void fold_key(char *key)
{
	dsn_dash(key);
	for (; *key; key++)
		if (*key >= 'A' && *key <= 'Z')
			*key = (char)(*key - 'A' + 'a');
}

static enum dbs_rc unknown_key(const char *key, struct dbs_error *err)
{
	const char *names[DSN_KEY_COUNT];
	size_t count = 0;
	const char *nearest;

	for (size_t i = 0; i < DSN_KEY_COUNT; i++)
		if (dsn_keys[i].is_in_url)
			names[count++] = dsn_keys[i].name;
	nearest = text_nearest(key, names, count);
	if (strspn(key, "abcdefghijklmnopqrstuvwxyz-") != strlen(key) ||
	    strlen(key) > 32)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has an unknown key after its `?`");
	if (nearest)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has an unknown key `%s`; is `%s` "
				"meant?",
				key, nearest);
	return dbs_fail(err, DBS_E_USAGE, "the URL has an unknown key `%s`",
			key);
}

/* Finds the key of one key=value, and remembers it in *seen, a bit each. */
static enum dbs_rc find_key(struct span name, unsigned *seen,
			    const struct dsn_key **key_out,
			    struct dbs_error *err)
{
	OWNED(dsn_secret_drop) char *text = NULL;
	enum dbs_rc rc = decode(name, "key", &text, err);

	if (rc)
		return rc;
	fold_key(text);
	const struct dsn_key *key = dsn_key_find(text);

	if (!key || !key->is_in_url)
		return unknown_key(text, err);
	unsigned bit = 1u << (key - dsn_keys);

	if (*seen & bit)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has the key `%s` twice", key->name);
	*seen |= bit;
	*key_out = key;
	return DBS_OK;
}

static enum dbs_rc read_pair(struct dsn *dsn, struct span pair, unsigned *seen,
			     struct dbs_error *err)
{
	const char *sign = span_find(pair, '=');
	const struct dsn_key *key = NULL;
	enum dbs_rc rc;

	if (!pair.length)
		return DBS_OK;
	if (!sign)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has a key without `=` after its `?`");
	rc = find_key(span_before(pair, sign), seen, &key, err);
	if (rc)
		return rc;
	if (!span_behind(pair, sign).length)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has no value for the key `%s`",
				key->name);
	return set_part(dsn, key->name, span_behind(pair, sign), err);
}

static enum dbs_rc read_query(struct dsn *dsn, struct span query,
			      struct dbs_error *err)
{
	unsigned seen = 0;
	enum dbs_rc rc = DBS_OK;

	while (!rc && query.length) {
		const char *mark = span_find(query, '&');
		struct span pair = mark ? span_before(query, mark) : query;

		rc = read_pair(dsn, pair, &seen, err);
		query = mark ? span_behind(query, mark) : (struct span){0};
	}
	return rc;
}

/* mysql://localhost/db?socket=/path is how most people name a socket. */
static enum dbs_rc settle_place(struct dsn *dsn, struct dbs_error *err)
{
	if (!dsn->host || !dsn->socket)
		return DBS_OK;
	if (!text_equal_nocase(dsn->host, "localhost"))
		return dbs_fail(err, DBS_E_USAGE,
				"the URL names both a host and a socket");
	mem_drop(&dsn->host);
	return DBS_OK;
}

static enum dbs_rc read_parts(struct dsn *dsn, const struct url_parts *parts,
			      struct dbs_error *err)
{
	enum dbs_rc rc = set_part(dsn, "user", parts->user, err);

	if (!rc)
		rc = set_part(dsn, "password", parts->password, err);
	if (!rc)
		rc = set_part(dsn, "host", parts->host, err);
	if (!rc)
		rc = set_part(dsn, "port", parts->port, err);
	if (!rc && parts->port.at && !dsn->port)
		rc = dbs_fail(
			err, DBS_E_USAGE,
			"the URL has a `:` without a port after its host");
	if (!rc)
		rc = set_part(dsn, "database", parts->database, err);
	if (!rc)
		rc = read_query(dsn, parts->query, err);
	return rc ? rc : settle_place(dsn, err);
}

enum dbs_rc dsn_parse(struct dsn *dsn, const char *url, struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn read = DSN_INIT;
	struct url_parts parts = {0};
	enum dbs_rc rc = url_parts_split(&parts, url, err);

	if (!rc)
		rc = read_parts(&read, &parts, err);
	if (!rc)
		dsn_merge(dsn, &read);
	return rc;
}

static size_t scheme_length(const char *url)
{
	size_t letters = strspn(url, "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return letters && !strncmp(url + letters, "://", 3) ? letters + 3 : 0;
}

static bool is_port(const char *text)
{
	return strchr("/?", text[strspn(text, "0123456789")]) != NULL;
}

/* Wipes also where dsn_parse refuses: everything that could be a password. */
void dsn_wipe_url(char *url)
{
	char *rest = url + scheme_length(url);
	char *end = strrchr(rest, '@');

	if (!end && rest[0] == '[' && strchr(rest, ']'))
		rest = strchr(rest, ']');
	char *colon = strchr(rest, ':');

	if (!colon || (end && colon > end) || (!end && is_port(colon + 1)))
		return;
	if (!end)
		end = rest + strlen(rest);
	for (char *c = colon + 1; c < end; c++)
		*c = 'x';
}
