/*
 * dsn_part.c - the keys of a dsn, their values and what wins; see dsn_part.h.
 */
#include "dsn_part.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/un.h>

enum {
	PORT_MAX = 65535,
	SECONDS_MAX = 86400,
	HOST_MAX = 255,
	SOCKET_MAX = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1,
};

#define FIELD(name) offsetof(struct dsn, name)

const struct dsn_key dsn_keys[DSN_KEY_COUNT] = {
	{"user", DSN_KIND_TEXT, FIELD(user), false},
	{"password", DSN_KIND_PASSWORD, FIELD(password), false},
	{"host", DSN_KIND_HOST, FIELD(host), false},
	{"port", DSN_KIND_PORT, FIELD(port), false},
	{"socket", DSN_KIND_SOCKET, FIELD(socket), true},
	{"database", DSN_KIND_TEXT, FIELD(database), false},
	{"ssl-mode", DSN_KIND_TLS, FIELD(tls), true},
	{"ssl-ca", DSN_KIND_TEXT, FIELD(ssl_ca), true},
	{"ssl-capath", DSN_KIND_TEXT, FIELD(ssl_capath), true},
	{"ssl-cert", DSN_KIND_TEXT, FIELD(ssl_cert), true},
	{"ssl-key", DSN_KIND_TEXT, FIELD(ssl_key), true},
	{"ssl-cipher", DSN_KIND_TEXT, FIELD(ssl_cipher), true},
	{"enable-cleartext-plugin", DSN_KIND_ANSWER, FIELD(cleartext), true},
	{"connect-timeout", DSN_KIND_SECONDS, FIELD(connect_timeout_s), true},
};

const struct dsn_key *dsn_key_find(const char *name)
{
	for (size_t i = 0; i < DSN_KEY_COUNT; i++)
		if (!strcmp(dsn_keys[i].name, name))
			return &dsn_keys[i];
	return NULL;
}

void dsn_secret_drop(char **text)
{
	if (*text)
		mem_wipe(*text, strlen(*text));
	mem_drop(text);
}

void dsn_dash(char *name)
{
	while ((name = strchr(name, '_')))
		*name = '-';
}

void dsn_unescape(char *text, const char *from, const char *to)
{
	char *out = text;

	while (*text) {
		const char *found = *text == '\\' && text[1]
					    ? strchr(from, text[1])
					    : NULL;

		*out++ = found ? to[found - from] : *text;
		text += found ? 2 : 1;
	}
	/* nothing of a secret is left behind its end */
	memset(out, 0, (size_t)(text - out));
}

/* Every text is dropped as if it were the password: which is which is a
 * question that a hostile or careless source may have answered wrongly. */
static void replace(char **field, const char *value)
{
	dsn_secret_drop(field);
	if (value)
		*field = mem_strdup(value);
}

static enum dbs_rc set_number(unsigned *field, const char *value, unsigned most,
			      const char *what, struct dbs_error *err)
{
	unsigned number = 0;

	for (const char *digit = value; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return dbs_fail(err, DBS_E_USAGE,
					"the %s is not a number", what);
		number = number * 10 + (unsigned)(*digit - '0');
		if (number > most)
			return dbs_fail(err, DBS_E_USAGE, "the %s is above %u",
					what, most);
	}
	*field = number;
	return DBS_OK;
}

/* Letters, digits and .-_ of a host name, and bytes of international ones. */
static bool is_host_name(const char *text)
{
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		bool is_letter = (c >= 'a' && c <= 'z') ||
				 (c >= 'A' && c <= 'Z');
		bool is_digit = c >= '0' && c <= '9';

		if (!is_letter && !is_digit && c < 0x80 && !strchr("-._", c))
			return false;
	}
	return true;
}

/* An IPv6 address, also with a zone as in fe80::1%eth0. */
static bool is_ipv6(const char *text)
{
	char address[INET6_ADDRSTRLEN];
	struct in6_addr binary;
	size_t length = strcspn(text, "%");

	if (length >= sizeof(address))
		return false;
	memcpy(address, text, length);
	address[length] = '\0';
	if (inet_pton(AF_INET6, address, &binary) != 1)
		return false;
	return !text[length] ||
	       (text[length + 1] && is_host_name(text + length + 1));
}

static enum dbs_rc set_socket(struct dsn *dsn, const char *value,
			      struct dbs_error *err)
{
	if (strlen(value) > SOCKET_MAX)
		return dbs_fail(err, DBS_E_USAGE,
				"the path of the socket has %zu bytes, the "
				"system allows %d",
				strlen(value), (int)SOCKET_MAX);
	replace(&dsn->socket, *value ? value : NULL);
	return DBS_OK;
}

static enum dbs_rc set_ipv6(struct dsn *dsn, const char *value,
			    struct dbs_error *err)
{
	OWNED(dsn_secret_drop) char *bare = mem_strdup(value);
	size_t length = strlen(bare);

	if (bare[0] == '[') {
		if (bare[length - 1] != ']')
			return dbs_fail(err, DBS_E_USAGE,
					"the host has a `[` without a `]`");
		memmove(bare, bare + 1, length - 2);
		bare[length - 2] = '\0';
	}
	if (!is_ipv6(bare))
		return dbs_fail(err, DBS_E_USAGE,
				"the host is not an IPv6 address, and nothing "
				"else may have a `:` or brackets");
	replace(&dsn->host, bare);
	return DBS_OK;
}

static enum dbs_rc set_host(struct dsn *dsn, const char *value,
			    struct dbs_error *err)
{
	if (value[0] == '/')
		return set_socket(dsn, value, err);
	if (strlen(value) > HOST_MAX)
		return dbs_fail(err, DBS_E_USAGE,
				"the host has %zu bytes, %d are allowed",
				strlen(value), (int)HOST_MAX);
	if (value[0] == '[' || strchr(value, ':'))
		return set_ipv6(dsn, value, err);
	if (!is_host_name(value))
		return dbs_fail(err, DBS_E_USAGE,
				"the host has a character that no host name "
				"has");
	replace(&dsn->host, *value ? value : NULL);
	return DBS_OK;
}

static enum dbs_rc set_tls(enum dsn_tls *field, const char *value,
			   struct dbs_error *err)
{
	OWNED(mem_drop) char *word = mem_strdup(value);

	dsn_dash(word);
	for (enum dsn_tls tls = DSN_TLS_UNSET; tls <= DSN_TLS_VERIFY_IDENTITY;
	     tls++) {
		const char *name = tls ? dsn_tls_name(tls) : "";

		if (text_equal_nocase(word, name)) {
			*field = tls;
			return DBS_OK;
		}
	}
	return dbs_fail(err, DBS_E_USAGE,
			"ssl-mode is none of disabled, preferred, required, "
			"verify-ca, verify-identity");
}

bool dsn_read_answer(const char *text, enum dsn_answer *answer_out)
{
	static const char *const off[] = {"0", "off", "false", "no"};
	static const char *const on[] = {"1", "on", "true", "yes"};

	for (size_t i = 0; i < sizeof(on) / sizeof(*on); i++) {
		if (text_equal_nocase(text, off[i]))
			*answer_out = DSN_ANSWER_OFF;
		else if (text_equal_nocase(text, on[i]))
			*answer_out = DSN_ANSWER_ON;
		else
			continue;
		return true;
	}
	return false;
}

static enum dbs_rc set_answer(enum dsn_answer *field, const char *name,
			      const char *value, struct dbs_error *err)
{
	if (!*value)
		*field = DSN_ANSWER_NONE;
	else if (!dsn_read_answer(value, field))
		return dbs_fail(err, DBS_E_USAGE, "%s is neither yes nor no",
				name);
	return DBS_OK;
}

/* The field of a key; its type is given by the kind. */
static void *field_of(struct dsn *dsn, const struct dsn_key *key)
{
	return (char *)dsn + key->offset;
}

enum dbs_rc dsn_set(struct dsn *dsn, const struct dsn_key *key,
		    const char *value, struct dbs_error *err)
{
	void *field = field_of(dsn, key);

	switch (key->kind) {
	case DSN_KIND_TEXT:
		replace(field, *value ? value : NULL);
		return DBS_OK;
	case DSN_KIND_PASSWORD:
		replace(field, value);
		return DBS_OK;
	case DSN_KIND_HOST:
		return set_host(dsn, value, err);
	case DSN_KIND_SOCKET:
		return set_socket(dsn, value, err);
	case DSN_KIND_PORT:
		return set_number(field, value, PORT_MAX, "port", err);
	case DSN_KIND_TLS:
		return set_tls(field, value, err);
	case DSN_KIND_ANSWER:
		return set_answer(field, key->name, value, err);
	case DSN_KIND_SECONDS:
		return set_number(field, value, SECONDS_MAX,
				  "connect-timeout in seconds", err);
	}
	DBS_BUG(true, "key `%s` has kind %d", key->name, (int)key->kind);
	return DBS_OK;
}

static void merge_text(char **field, char **more)
{
	if (!*field)
		*field = own_take(more);
}

static void merge_number(unsigned *field, unsigned more)
{
	if (!*field)
		*field = more;
}

static bool is_text(const struct dsn_key *key)
{
	return key->kind == DSN_KIND_TEXT || key->kind == DSN_KIND_PASSWORD ||
	       key->kind == DSN_KIND_HOST || key->kind == DSN_KIND_SOCKET;
}

/* Takes out of more what belongs to a host or user that loses. */
static void drop_strangers(const struct dsn *dsn, struct dsn *more)
{
	bool has_place = dsn->host || dsn->socket;

	if (has_place && (more->host || more->socket)) {
		more->port = 0;
		more->cleartext = DSN_ANSWER_NONE;
		replace(&more->host, NULL);
		replace(&more->socket, NULL);
	}
	if (dsn->user && more->user && strcmp(dsn->user, more->user) != 0)
		replace(&more->password, NULL);
}

void dsn_merge(struct dsn *dsn, struct dsn *more)
{
	drop_strangers(dsn, more);
	for (size_t i = 0; i < DSN_KEY_COUNT; i++)
		if (is_text(&dsn_keys[i]))
			merge_text(field_of(dsn, &dsn_keys[i]),
				   field_of(more, &dsn_keys[i]));
	merge_number(&dsn->port, more->port);
	merge_number(&dsn->connect_timeout_s, more->connect_timeout_s);
	if (dsn->tls == DSN_TLS_UNSET)
		dsn->tls = more->tls;
	if (dsn->cleartext == DSN_ANSWER_NONE)
		dsn->cleartext = more->cleartext;
}

void dsn_clear(struct dsn *dsn)
{
	for (size_t i = 0; i < DSN_KEY_COUNT; i++)
		if (is_text(&dsn_keys[i]))
			dsn_secret_drop(field_of(dsn, &dsn_keys[i]));
	*dsn = (struct dsn)DSN_INIT;
}

void dsn_take(struct dsn *dsn, struct dsn *more)
{
	dsn_merge(dsn, more);
}

static enum dbs_rc unknown_name(const char *name, const char *const *others,
				size_t other_count, struct dbs_error *err)
{
	OWNED(mem_drop) const char **words =
		mem_zero(DSN_KEY_COUNT + other_count + 1, sizeof(*words));

	for (size_t i = 0; i < DSN_KEY_COUNT; i++)
		words[i] = dsn_keys[i].name;
	for (size_t i = 0; i < other_count; i++)
		words[DSN_KEY_COUNT + i] = others[i];
	const char *nearest = text_nearest(name, words,
					   DSN_KEY_COUNT + other_count);

	return dbs_fail(err, DBS_E_USAGE, "there is no such key%s%s%s",
			nearest ? "; did you mean `" : "",
			nearest ? nearest : "", nearest ? "`?" : "");
}

enum dbs_rc dsn_set_named(struct dsn *dsn, const char *name, const char *value,
			  const char *const *others, size_t other_count,
			  struct dbs_error *err)
{
	OWNED(mem_drop) char *dashed = mem_strdup(name);

	dsn_dash(dashed);
	const struct dsn_key *key = dsn_key_find(dashed);

	return key ? dsn_set(dsn, key, value, err)
		   : unknown_name(name, others, other_count, err);
}
