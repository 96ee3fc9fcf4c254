/*
 * dsn_option.c - what options mean; see dsn_option.h.
 *
 * TLS is said in three ways (ssl-mode, ssl, ssl-verify-server-cert) by three
 * generations of clients.  They are collected, and settled at the end:
 *
 *	ssl-mode   ssl   verify   becomes
 *	given      any   any      ssl-mode
 *	-          off   any      disabled
 *	-          any   on       verify-identity
 *	-          any   off      verify-ca with a CA, else as without verify
 *	-          on    -        required
 *	-          -     -        unset
 */
#include "dsn_option.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/text.h"
#include "dsn_part.h"

#include <string.h>

char *dsn_option_unquote(char *value)
{
	size_t length = strlen(value);

	if (length > 1 && (*value == '\'' || *value == '"') &&
	    value[length - 1] == *value) {
		value[length - 1] = '\0';
		value++;
	}
	dsn_unescape(value, "ntrbs\"'\\", "\n\t\r\b \"'\\");
	return value;
}

static bool take_prefix(char **name, const char *prefix)
{
	size_t length = strlen(prefix);

	if (strncmp(*name, prefix, length) != 0)
		return false;
	*name += length;
	return true;
}

/* The switch that a name means, turned by the prefix in front of it. */
static enum dsn_answer *find_switch(struct dsn_options *options, char *name,
				    bool *is_off)
{
	*is_off = take_prefix(&name, "skip-") || take_prefix(&name, "disable-");
	if (!*is_off)
		(void)take_prefix(&name, "enable-");
	if (!strcmp(name, "ssl"))
		return &options->ssl;
	if (!strcmp(name, "ssl-verify-server-cert"))
		return &options->verify;
	if (!strcmp(name, "cleartext-plugin"))
		return &options->dsn.cleartext;
	return NULL;
}

/* skip-ssl, ssl, ssl=1, enable-cleartext-plugin: value is NULL when there is none. */
static enum dbs_rc set_switch(enum dsn_answer *field, bool is_off,
			      const char *value, struct dbs_error *err)
{
	enum dsn_answer answer = DSN_ANSWER_ON;

	if (value && !dsn_read_answer(value, &answer))
		return dbs_fail(err, DBS_E_USAGE,
				"a switch is neither on nor off");
	*field = is_off ? DSN_ANSWER_OFF : answer;
	return DBS_OK;
}

enum dbs_rc dsn_options_set(struct dsn_options *options, char *name,
			    const char *value, enum dsn_option_use *use_out,
			    struct dbs_error *err)
{
	const struct dsn_key *key;
	enum dsn_answer *field;
	bool is_off;

	dsn_dash(name);
	(void)take_prefix(&name, "loose-");
	*use_out = DSN_OPTION_USED;
	field = find_switch(options, name, &is_off);
	if (field)
		return set_switch(field, is_off, value, err);
	key = dsn_key_find(name);
	if (!key || !value) { /* not ours, or "ask the person" */
		*use_out = DSN_OPTION_FOREIGN;
		return DBS_OK;
	}
	if (key->kind == DSN_KIND_PASSWORD && *value)
		*use_out = DSN_OPTION_PASSWORD;
	return dsn_set(&options->dsn, key, value, err);
}

/* The table at the top. */
static void settle_tls(struct dsn_options *options)
{
	struct dsn *dsn = &options->dsn;
	bool has_ca = dsn->ssl_ca || dsn->ssl_capath;

	if (dsn->tls != DSN_TLS_UNSET)
		return;
	if (options->ssl == DSN_ANSWER_OFF)
		dsn->tls = DSN_TLS_DISABLED;
	else if (options->verify == DSN_ANSWER_ON)
		dsn->tls = DSN_TLS_VERIFY_IDENTITY;
	else if (options->verify == DSN_ANSWER_OFF && has_ca)
		dsn->tls = DSN_TLS_VERIFY_CA;
	else if (options->ssl == DSN_ANSWER_ON)
		dsn->tls = DSN_TLS_REQUIRED;
}

/* As the clients do: the socket is for localhost, any other host is asked. */
static void settle_place(struct dsn *dsn)
{
	if (!dsn->host || !dsn->socket)
		return;
	if (text_equal_nocase(dsn->host, "localhost"))
		mem_drop(&dsn->host);
	else
		mem_drop(&dsn->socket);
}

void dsn_options_settle(struct dsn_options *options)
{
	settle_tls(options);
	settle_place(&options->dsn);
}

void dsn_options_clear(struct dsn_options *options)
{
	dsn_clear(&options->dsn);
}
