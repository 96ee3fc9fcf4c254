/*
 * dsn_part.h - what the readers of a dsn (URL, .env, option file) share.
 * Internal to the db floor.
 *
 * Each reader fills in a struct dsn of its own with dsn_set and gives it to
 * dsn_merge when all of it was good.  Values may be secrets: no error text
 * made here quotes one.
 */
#ifndef DBSYNC_DB_DSN_PART_H
#define DBSYNC_DB_DSN_PART_H

#include "dbsync/db/dsn.h"

#include <stdbool.h>
#include <stddef.h>

enum dsn_kind {
	DSN_KIND_TEXT,
	DSN_KIND_PASSWORD,
	DSN_KIND_HOST, /* a name, an address or the path of a socket */
	DSN_KIND_SOCKET,
	DSN_KIND_PORT,
	DSN_KIND_TLS,
	DSN_KIND_ANSWER,
	DSN_KIND_SECONDS,
};

struct dsn_key {
	const char *name; /* lower case, with `-` */
	enum dsn_kind kind;
	size_t offset;  /* of its field in struct dsn */
	bool is_in_url; /* as a key of the query */
};

enum { DSN_KEY_COUNT = 14 };

extern const struct dsn_key dsn_keys[DSN_KEY_COUNT];

/* The key of that exact name, or NULL. */
const struct dsn_key *dsn_key_find(const char *name);

/*
 * Puts a copy of value in place of what the field holds.  An empty value
 * makes it unset, except for the password.  A host that is a path goes to
 * socket, and one in brackets loses them.
 */
enum dbs_rc dsn_set(struct dsn *dsn, const struct dsn_key *key,
		    const char *value, struct dbs_error *err);

/* on, yes, true, 1 and their opposites, in any case; false: none of them. */
bool dsn_read_answer(const char *text, enum dsn_answer *answer_out);

/*
 * Moves to dsn what is unset there.  Host and socket are one question, which
 * the first of the two answers.  A port that more names beside a host or
 * socket belongs to that, as enable-cleartext-plugin does, and a password beside
 * a user to that user: they are not lent to another host or another user.
 */
void dsn_merge(struct dsn *dsn, struct dsn *more);

/* Writes a `-` for each `_`: names may have either. */
void dsn_dash(char *name);

/*
 * Writes, in place, the byte of to for each `\c` whose c is at its place in from;
 * what another `\` stands before means both.
 */
void dsn_unescape(char *text, const char *from, const char *to);

/* Overwrites and frees: for OWNED on text that may hold a secret. */
void dsn_secret_drop(char **text);

/* A text file in memory, at most 1 MiB; may hold secrets. */
struct dsn_file {
	char *text; /* with a final NUL, and without any other */
	size_t length;
	unsigned mode;     /* permissions, as in st_mode */
	const char *doubt; /* owner_doubt */
};

#define DSN_FILE_INIT \
	{             \
		0     \
	}

/* Reads a file (ways: open.h), without the byte order mark. */
enum dbs_rc dsn_file_load(struct dsn_file *file, const char *path,
			  unsigned ways, struct dbs_error *err);
void dsn_file_clear(struct dsn_file *file);

/* Puts "`path` line N: " in front, with the path made safe to print. */
enum dbs_rc dsn_file_context(struct dbs_error *err, const char *path,
			     unsigned line);
#endif
