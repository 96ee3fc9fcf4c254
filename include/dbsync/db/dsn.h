/*
 * dsn.h - where a server is and how to speak to it, from every place that
 * people keep such things.
 *
 *	mysql://user:password@host:port/database?ssl-mode=verify-identity&...
 *
 * A dsn is filled in by several sources; each fills in only what is still
 * unset, so the first one asked wins: dsn_parse (URL), dsn_from_env_file
 * (.env), dsn_from_option_file (my.cnf), then dsn_complete (defaults, checks).
 * Nothing is lent to strangers: host and socket are one question with one
 * answer; a port or a leave to show passwords beside another host or socket, and
 * a password beside another user, are not taken.  A source that fails leaves the dsn as it was.
 *
 * Secrets: password is the only one.  It is never part of an error, of
 * dsn_show or of anything else that comes out of here, and dsn_clear
 * overwrites it.
 *
 * Ownership: a dsn owns its strings.  Threads: none is safe for writers; a
 * completed dsn may be read by all.
 */
#ifndef DBSYNC_DB_DSN_H
#define DBSYNC_DB_DSN_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <stdbool.h>

enum dsn_tls {
	DSN_TLS_UNSET,
	DSN_TLS_DISABLED,        /* never */
	DSN_TLS_PREFERRED,       /* when the server offers it; said when not */
	DSN_TLS_REQUIRED,        /* or no connection */
	DSN_TLS_VERIFY_CA,       /* and the certificate is signed by the CA */
	DSN_TLS_VERIFY_IDENTITY, /* and it is that host's */
};

enum dsn_answer { DSN_ANSWER_NONE, DSN_ANSWER_OFF, DSN_ANSWER_ON };

struct dsn {
	char *user;     /* NULL: unset, as with all strings here */
	char *password; /* "" is an empty password, NULL is unset */
	char *host;     /* name, IPv4, or IPv6 without brackets */
	unsigned port;  /* 0: unset */
	char *socket;   /* path of a unix socket */
	char *database; /* NULL: none named */
	enum dsn_tls tls;
	char *ssl_ca;
	char *ssl_capath;
	char *ssl_cert;
	char *ssl_key;
	char *ssl_cipher;
	/*
	 * Whether plugins may show the password to a server that is not
	 * verified; none: caching_sha2_password and sha256_password may.
	 */
	enum dsn_answer cleartext;
	unsigned connect_timeout_s; /* 0: unset */
	bool is_operand;            /* a URL of the command line said it */
};

#define DSN_INIT  \
	{         \
		0 \
	}

void dsn_clear(struct dsn *dsn);

/*
 * Reads a URL.  Schemes: mysql, mariadb.  All parts may be percent-encoded;
 * a `+` is a plus.  Host may be [IPv6] or a percent-encoded path (a socket).
 * Only the last `@` before the first `/` separates the credentials, and the
 * first `:` in them the password, so that an unencoded `@` or `:` in a
 * password does no harm.  An unencoded `@` anywhere after that, or a `?`
 * before it, has two readings and is refused.  Query keys: ssl-mode (disabled,
 * preferred, required, verify-ca, verify-identity), ssl-ca, ssl-capath,
 * ssl-cert, ssl-key, ssl-cipher, enable-cleartext-plugin (yes, no), socket
 * (with no host but localhost), connect-timeout; an unknown key is an error that names the nearest one.
 * Errors quote nothing but such a key, and never what could be a password.
 */
enum dbs_rc dsn_parse(struct dsn *dsn, const char *url, struct dbs_error *err);

/*
 * Sets one key by its name (user, password, host, port, socket, database, those
 * of a query; `-` or `_`); an unknown one is DBS_E_USAGE with the nearest of
 * them and of others.  dsn_take moves to dsn what is unset there.
 */
enum dbs_rc dsn_set_named(struct dsn *dsn, const char *name, const char *value,
			  const char *const *others, size_t other_count,
			  struct dbs_error *err);
void dsn_take(struct dsn *dsn, struct dsn *more);

/*
 * Overwrites the password inside a URL in place (argv) with `x`es; in a URL
 * that dsn_parse refuses, everything that could be one.
 */
void dsn_wipe_url(char *url);

/*
 * Reads HOST, PORT, NAME, USER, PASSWORD with the given prefix (`DB_` or
 * `BACKUP_DB_`) from a .env file: KEY=value, `export KEY=value`, '…' literal,
 * "…" with \n \t \" \\ \$, # comments after white space, CRLF, UTF-8 BOM;
 * nothing is expanded, the last of equal keys wins, an empty value is unset
 * (an empty password is one).  Other keys are left alone, with all the lines
 * of their quotes.  *found_out says whether any of the five was there.  At
 * most 1 MiB, as for option files (DBS_E_USAGE).
 */
enum dbs_rc dsn_from_env_file(struct dsn *dsn, const char *path,
			      const char *prefix, int *found_out,
			      struct dbs_error *err);

/*
 * Reads a MySQL option file: the sections `client`, `client-server` and, when
 * it is not NULL, `group`; what comes later in the file wins, as with the
 * servers' own clients, whose quotes, escapes and comments these are, too.
 * !include and !includedir (*.cnf by name) go 8 deep and to 256 files at most
 * (DBS_E_USAGE); an included file that is missing or not ours to read is left
 * out.  In names `-` and `_` are the same, `loose-` is accepted.
 * Keys used: user, password, host, port, socket, database, ssl-mode, ssl,
 * skip-ssl, ssl-ca, ssl-capath, ssl-cert, ssl-key, ssl-cipher,
 * ssl-verify-server-cert, enable-cleartext-plugin, connect-timeout; others are left alone, and so is a
 * `password` without a value.  A socket counts for localhost only.  A file
 * that holds a password and is readable by others, or that holds anything for
 * us and is writable by others, is refused (DBS_E_REFUSED), naming chmod 600.
 */
enum dbs_rc dsn_from_option_file(struct dsn *dsn, const char *path,
				 const char *group, struct dbs_error *err);

/*
 * Fills in defaults: host 127.0.0.1 unless a socket is named, port 3306, user
 * from the login name, tls verify-identity when a CA is given, else preferred,
 * connect timeout 10 s.  Contradictions are DBS_E_USAGE: a certificate without
 * a key or the reverse, a port above 65535, host and socket at once, TLS
 * options with ssl-mode=disabled.  (verify-* without a CA is none: the
 * system's CAs are asked.)
 */
enum dbs_rc dsn_complete(struct dsn *dsn, struct dbs_error *err);

/*
 * User, password and TLS of another server, where this one names no user; for
 * servers that stand together.
 */
void dsn_lend(struct dsn *dsn, const struct dsn *from);

/*
 * "user@host:3306", "user@[::1]:3306" or "user@/path/sock": for people, and
 * safe on a terminal.
 */
void dsn_show(const struct dsn *dsn, struct buf *out);

/* As a URL that dsn_parse takes; without the password. */
void dsn_url(const struct dsn *dsn, struct buf *out);

/*
 * Whether the TLS files that are named can be read: DBS_E_IO names the
 * one that cannot, which the client library does not.
 */
enum dbs_rc dsn_check_files(const struct dsn *dsn, struct dbs_error *err);

/* The word for an ssl-mode, as in a URL; "unset". */
const char *dsn_tls_name(enum dsn_tls tls);
#endif
