/* mask.c - see failure.h. */
#include "dbsync/cmd/failure.h"

#include <string.h>

/*
 * Behind a URL of a line to be pasted, as dsn_url writes it: user@host:port/…,
 * without a password.  NULL: it is none, or there is an `@` that may end one.
 */
static char *skip_own_url(char *at)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789%._~-";
	char *next = strstr(at, "://");

	at += strspn(at, name);
	if (*at++ != '@')
		return NULL;
	at += strspn(at, name);
	if (*at == ':')
		at += 1 + strspn(at + 1, "0123456789");
	if (*at == '/')
		at += 1 + strcspn(at + 1, " \t\n`'\"():@");
	if (*at && !strchr(" \t\n`'\"),;", *at))
		return NULL;
	char *other = strchr(at, '@');

	/* the user of the next one is its own matter */
	return !other || (next && next < other) ? at : NULL;
}

/*
 * A URL in the wrong place ends up in a message.  What may be a password in it
 * is everything from the colon behind the user to the last `@`, or to the end
 * of the message when there is none.
 */
static bool mask_url(char *text)
{
	char *scheme = strstr(text, "://");
	const bool is_first = scheme &&
			      !memchr(text, '@', (size_t)(scheme - text));
	char *own = scheme ? skip_own_url(scheme + 3) : NULL;

	for (; own; own = scheme ? skip_own_url(scheme + 3) : NULL)
		scheme = strstr(own, "://");
	char *colon = scheme ? strchr(scheme + 3, ':') : NULL;
	char *end = colon ? strrchr(colon, '@') : NULL;

	if (!scheme)
		return is_first;
	if (!colon)
		return false;
	memset(colon + 1, '*',
	       end ? (size_t)(end - colon - 1) : strlen(colon + 1));
	return true;
}

/* One without its scheme, as a quoted word: `user:password@host`. */
static void mask_words(char *text)
{
	for (char *open = strchr(text, '`'); open; open = strchr(open, '`')) {
		char *close = strchr(open + 1, '`');
		char *colon = strchr(open, ':');
		char *at = NULL;

		if (!close)
			return;
		for (char *c = colon; c && c < close; c++)
			at = *c == '@' ? c : at;
		if (at)
			memset(colon + 1, '*', (size_t)(at - colon - 1));
		open = close + 1;
	}
}

void mask_text(char *text)
{
	if (!mask_url(text))
		mask_words(text);
}

void mask_secrets(struct dbs_error *err)
{
	mask_text(err->text);
}
