/*
 * dsn_url_parts.c - where the parts of a URL begin and end; see dsn.h.
 *
 *	mysql://user:password@host:port/database?key=value&key=value
 *	        └──── up to the last @ ┘└ up to / or ? ┘
 *
 * Passwords are pasted into URLs without a thought for their `@`, `:`, `/`,
 * `?` and `%`.  `@` and `:` have one reading and work.  The others would make
 * another URL out of it, which may well be valid: u:1/2@h is also a host `u`
 * and a port.  No reading is guessed then, and above all none that sends half
 * a password to a name server or to the screen: an `@` that is not encoded is
 * refused behind the first `/`, and a `?` before it.
 */
#include "dsn_url_parts.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dsn_part.h"

#include <string.h>

/* The place of the last c in a span, or NULL. */
static const char *last_in(struct span span, char c)
{
	for (size_t i = span.length; i > 0; i--)
		if (span.at[i - 1] == c)
			return span.at + i - 1;
	return NULL;
}

const char *span_find(struct span span, char c)
{
	return span.length ? memchr(span.at, c, span.length) : NULL;
}

struct span span_before(struct span span, const char *at)
{
	return (struct span){span.at, (size_t)(at - span.at)};
}

struct span span_behind(struct span span, const char *at)
{
	return (struct span){at + 1,
			     span.length - span_before(span, at).length - 1};
}

static struct span whole(const char *text)
{
	return (struct span){text, strlen(text)};
}

static enum dbs_rc skip_scheme(const char *url, struct span *rest,
			       struct dbs_error *err)
{
	const char *mark = strstr(url, "://");

	if (!mark)
		return dbs_fail(err, DBS_E_USAGE,
				"the URL does not begin with mysql://");
	OWNED(dsn_secret_drop)
	char *scheme = mem_strndup(url, (size_t)(mark - url));

	if (!text_equal_nocase(scheme, "mysql") &&
	    !text_equal_nocase(scheme, "mariadb"))
		return dbs_fail(err, DBS_E_USAGE,
				"the URL begins with neither mysql nor "
				"mariadb: write mysql://");
	*rest = whole(mark + 3);
	return DBS_OK;
}

/* Cuts user and password off the front of rest. */
static enum dbs_rc split_credentials(struct span *rest, struct url_parts *parts,
				     struct dbs_error *err)
{
	struct span front = {rest->at, strcspn(rest->at, "/")};
	const char *at = last_in(front, '@');

	if (strchr(rest->at + front.length, '@'))
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has an `@` after a `/`: in a user or "
				"password write %%2F for `/`, elsewhere %%40 "
				"for `@`");
	if (!at)
		return DBS_OK;
	parts->user = span_before(front, at);
	if (span_find(parts->user, '?'))
		return dbs_fail(err, DBS_E_USAGE,
				"the URL has a `?` before an `@`: in a user or "
				"password write %%3F for `?`, elsewhere %%40 "
				"for `@`");
	const char *colon = span_find(parts->user, ':');

	if (colon) {
		parts->password = span_behind(parts->user, colon);
		parts->user = span_before(parts->user, colon);
	}
	*rest = span_behind(*rest, at);
	return DBS_OK;
}

/* Cuts host and port off the front of rest. */
static enum dbs_rc split_place(struct span *rest, struct url_parts *parts,
			       struct dbs_error *err)
{
	struct span place = {rest->at, strcspn(rest->at, "/?")};
	struct span tail = place;
	const char *colon;

	*rest = whole(rest->at + place.length);
	if (place.length && place.at[0] == '[') {
		const char *close = span_find(place, ']');

		if (!close)
			return dbs_fail(err, DBS_E_USAGE,
					"the host has a `[` without a `]`");
		tail = span_behind(place, close);
		if (tail.length && tail.at[0] != ':')
			return dbs_fail(err, DBS_E_USAGE,
					"there is something other than a `:` "
					"after the `]` of the host");
	}
	parts->host = place;
	colon = span_find(tail, ':');
	if (!colon)
		return DBS_OK;
	parts->host = span_before(place, colon);
	parts->port = span_behind(place, colon);
	if (span_find(parts->port, ':'))
		return dbs_fail(err, DBS_E_USAGE,
				"the host has more than one `:`; an IPv6 "
				"address is written in brackets");
	return DBS_OK;
}

/* What is left is /database?query, both optional. */
static enum dbs_rc split_tail(struct span rest, struct url_parts *parts,
			      struct dbs_error *err)
{
	const char *question = span_find(rest, '?');

	if (question) {
		parts->query = span_behind(rest, question);
		rest = span_before(rest, question);
	}
	if (!rest.length)
		return DBS_OK;
	parts->database = span_behind(rest, rest.at); /* the `/` */
	if (span_find(parts->database, '/'))
		return dbs_fail(err, DBS_E_USAGE,
				"the database of the URL has a `/`: write %%2F "
				"for it, and a socket as ?socket=/path");
	return DBS_OK;
}

enum dbs_rc url_parts_split(struct url_parts *parts, const char *url,
			    struct dbs_error *err)
{
	struct span rest;
	enum dbs_rc rc = skip_scheme(url, &rest, err);

	if (!rc)
		rc = split_credentials(&rest, parts, err);
	if (!rc)
		rc = split_place(&rest, parts, err);
	if (!rc)
		rc = split_tail(rest, parts, err);
	return rc;
}
