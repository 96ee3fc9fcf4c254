/*
 * dsn.c - the life of a dsn after its sources were read: defaults, checks and
 * showing it; see dsn.h.  It is read in dsn_url.c, dsn_env_file.c and
 * dsn_option_file.c, which share dsn_part.c and dsn_file.c.
 */
#include "dbsync/db/dsn.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	DEFAULT_PORT = 3306,
	DEFAULT_CONNECT_TIMEOUT_S = 10,
	SHOW_LIMIT = 255,
	PASSWD_ENTRY_SIZE = 16384,
};

static enum dbs_rc check_file(const char *name, const char *path,
			      struct dbs_error *err)
{
	if (!path || !access(path, R_OK))
		return DBS_OK;
	return dbs_fail_errno(err, errno, "cannot read %s `%s`", name, path);
}

enum dbs_rc dsn_check_files(const struct dsn *dsn, struct dbs_error *err)
{
	enum dbs_rc rc = check_file("ssl-ca", dsn->ssl_ca, err);

	if (!rc)
		rc = check_file("ssl-capath", dsn->ssl_capath, err);
	if (!rc)
		rc = check_file("ssl-cert", dsn->ssl_cert, err);
	if (!rc)
		rc = check_file("ssl-key", dsn->ssl_key, err);
	return rc;
}

const char *dsn_tls_name(enum dsn_tls tls)
{
	static const char *const names[] = {
		[DSN_TLS_UNSET] = "unset",
		[DSN_TLS_DISABLED] = "disabled",
		[DSN_TLS_PREFERRED] = "preferred",
		[DSN_TLS_REQUIRED] = "required",
		[DSN_TLS_VERIFY_CA] = "verify-ca",
		[DSN_TLS_VERIFY_IDENTITY] = "verify-identity",
	};

	return names[tls];
}

static enum dbs_rc check_tls(const struct dsn *dsn, struct dbs_error *err)
{
	bool has_option = dsn->ssl_ca || dsn->ssl_capath || dsn->ssl_cert ||
			  dsn->ssl_key || dsn->ssl_cipher;

	if (dsn->tls == DSN_TLS_DISABLED && has_option)
		return dbs_fail(err, DBS_E_USAGE,
				"ssl-mode is disabled, but other TLS options "
				"are given");
	if (dsn->ssl_cert && !dsn->ssl_key)
		return dbs_fail(err, DBS_E_USAGE, "ssl-cert needs ssl-key");
	if (dsn->ssl_key && !dsn->ssl_cert)
		return dbs_fail(err, DBS_E_USAGE, "ssl-key needs ssl-cert");
	return DBS_OK;
}

/* The name that the person has on this machine; NULL: none to be found. */
static char *login_name(void)
{
	OWNED(mem_drop) char *room = mem_alloc(PASSWD_ENTRY_SIZE);
	struct passwd entry, *found = NULL;

	if (!getpwuid_r(geteuid(), &entry, room, PASSWD_ENTRY_SIZE, &found) &&
	    found && *found->pw_name)
		return mem_strdup(found->pw_name);
	const char *name = getenv("USER");

	return name && *name ? mem_strdup(name) : NULL;
}

static enum dbs_rc complete_user(struct dsn *dsn, struct dbs_error *err)
{
	if (!dsn->user)
		dsn->user = login_name();
	if (!dsn->user)
		return dbs_fail(err, DBS_E_USAGE,
				"no user is named, and this process has no "
				"login name");
	return DBS_OK;
}

static char *copy(const char *text)
{
	return text ? mem_strdup(text) : NULL;
}

void dsn_lend(struct dsn *dsn, const struct dsn *from)
{
	if (dsn->user)
		return;
	dsn->user = copy(from->user);
	dsn->password = copy(from->password);
	dsn->tls = from->tls;
	dsn->ssl_ca = copy(from->ssl_ca);
	dsn->ssl_capath = copy(from->ssl_capath);
	dsn->ssl_cert = copy(from->ssl_cert);
	dsn->ssl_key = copy(from->ssl_key);
	dsn->ssl_cipher = copy(from->ssl_cipher);
	dsn->cleartext = from->cleartext;
	dsn->connect_timeout_s = from->connect_timeout_s;
}

enum dbs_rc dsn_complete(struct dsn *dsn, struct dbs_error *err)
{
	bool has_ca = dsn->ssl_ca || dsn->ssl_capath;
	enum dbs_rc rc;

	if (dsn->host && dsn->socket)
		return dbs_fail(err, DBS_E_USAGE,
				"both a host and a socket are named");
	if (dsn->port > 65535)
		return dbs_fail(err, DBS_E_USAGE, "the port is above 65535");
	rc = check_tls(dsn, err);
	if (rc)
		return rc;
	rc = complete_user(dsn, err);
	if (rc)
		return rc;

	if (!dsn->host && !dsn->socket)
		dsn->host = mem_strdup("127.0.0.1");
	if (!dsn->port)
		dsn->port = DEFAULT_PORT;
	if (!dsn->connect_timeout_s)
		dsn->connect_timeout_s = DEFAULT_CONNECT_TIMEOUT_S;
	if (dsn->tls == DSN_TLS_UNSET)
		dsn->tls = has_ca ? DSN_TLS_VERIFY_IDENTITY : DSN_TLS_PREFERRED;
	return DBS_OK;
}

static void show_text(struct buf *out, const char *text)
{
	text_show(out, text, strlen(text), SHOW_LIMIT);
}

static void show_host(struct buf *out, const char *host)
{
	bool is_ipv6 = strchr(host, ':') != NULL;

	if (is_ipv6)
		buf_addc(out, '[');
	show_text(out, host);
	if (is_ipv6)
		buf_addc(out, ']');
}

void dsn_show(const struct dsn *dsn, struct buf *out)
{
	if (dsn->user) {
		show_text(out, dsn->user);
		buf_addc(out, '@');
	}
	if (dsn->socket && !dsn->host) {
		show_text(out, dsn->socket);
		return;
	}
	show_host(out, dsn->host ? dsn->host : "127.0.0.1");
	buf_addf(out, ":%u", dsn->port ? dsn->port : DEFAULT_PORT);
}

static void add_encoded(struct buf *out, const char *text)
{
	for (; *text; text++) {
		const unsigned char c = (unsigned char)*text;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr("-._~/", c))
			buf_addc(out, *text);
		else
			buf_addf(out, "%%%02X", c);
	}
}

static void add_query(struct buf *out, const char *name, const char *value,
		      bool *is_first)
{
	if (!value)
		return;
	buf_addf(out, "%s%s=", *is_first ? "?" : "&", name);
	add_encoded(out, value);
	*is_first = false;
}

static void add_place(struct buf *out, const struct dsn *dsn)
{
	const bool is_ipv6 = dsn->host && strchr(dsn->host, ':');

	if (!dsn->host) {
		buf_adds(out, dsn->socket ? "localhost" : "127.0.0.1");
	} else {
		buf_adds(out, is_ipv6 ? "[" : "");
		if (is_ipv6)
			buf_adds(out, dsn->host);
		else
			add_encoded(out, dsn->host);
		buf_adds(out, is_ipv6 ? "]" : "");
	}
	if (dsn->port && !dsn->socket)
		buf_addf(out, ":%u", dsn->port);
}

static const char *answer_word(enum dsn_answer answer)
{
	switch (answer) {
	case DSN_ANSWER_NONE:
		break;
	case DSN_ANSWER_OFF:
		return "no";
	case DSN_ANSWER_ON:
		return "yes";
	}
	return NULL;
}

void dsn_url(const struct dsn *dsn, struct buf *out)
{
	const bool says_tls = dsn->tls != DSN_TLS_UNSET &&
			      dsn->tls != DSN_TLS_PREFERRED;
	bool is_first = true;

	buf_adds(out, "mysql://");
	if (dsn->user) {
		add_encoded(out, dsn->user);
		buf_addc(out, '@');
	}
	add_place(out, dsn);
	buf_addc(out, '/');
	if (dsn->database)
		add_encoded(out, dsn->database);
	add_query(out, "socket", dsn->host ? NULL : dsn->socket, &is_first);
	add_query(out, "ssl-mode", says_tls ? dsn_tls_name(dsn->tls) : NULL,
		  &is_first);
	add_query(out, "ssl-ca", dsn->ssl_ca, &is_first);
	add_query(out, "ssl-capath", dsn->ssl_capath, &is_first);
	add_query(out, "ssl-cert", dsn->ssl_cert, &is_first);
	add_query(out, "ssl-key", dsn->ssl_key, &is_first);
	add_query(out, "ssl-cipher", dsn->ssl_cipher, &is_first);
	add_query(out, "enable-cleartext-plugin", answer_word(dsn->cleartext),
		  &is_first);
}
