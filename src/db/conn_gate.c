/* conn_gate.c - see conn_gate.h. */
#include "conn_gate.h"

#include "dbsync/base/mem.h"

#include "sock.h"

#include <errmsg.h>
#include <string.h>
#include <sys/types.h>

/* Of the library, in a header that cannot be included alone (ma_pvio.h). */
extern int ma_pvio_register_callback(my_bool is_new,
				     void (*look)(int mode, MYSQL *mysql,
						  const unsigned char *bytes,
						  size_t length));

enum { MODE_READ = 0 };

#define KEY "dbsync gate"

/*
 * They show the password to nobody: a hash of a nonce (by which a bad one can be
 * guessed), a signature, a ticket.
 */
#define PROOF_PLUGINS \
	"mysql_native_password,client_ed25519,parsec,auth_gssapi_client"
/*
 * They show it to the server: through TLS, or encrypted by the RSA key that the
 * server hands out.  Who only listens learns nothing; who answers in the
 * server's place, with any certificate or a key of his own, has the password,
 * unless the server is verified.  MySQL makes its accounts with them, so they
 * are taken all the same, unless enable-cleartext-plugin=no.  That a greeting is
 * of a MariaDB, of which none up to 11.8 has them, decides nothing: an attacker
 * writes another one.
 */
#define SHA2_PLUGINS "caching_sha2_password,sha256_password"
#define USUAL_PLUGINS PROOF_PLUGINS "," SHA2_PLUGINS
/* The password, or (mysql_old_password) a hash that is as good as it. */
#define OLD_PLUGIN "mysql_old_password"
#define CLEAR_PLUGINS "mysql_clear_password,dialog," OLD_PLUGIN

/* ------------------------------------------------------------------------
 * Reading along
 * --------------------------------------------------------------------- */

static void shut(struct conn_gate *gate, MYSQL *mysql, enum conn_gate_state why)
{
	sock_mute(mysql_get_socket(mysql));
	gate->state = why;
}

static bool is_of_names(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* For a message alone; most is what there is, with or without a NUL. */
static void note_name(struct conn_gate *gate, const char *name, size_t most)
{
	const size_t length = strnlen(name, most);

	if (length >= sizeof(gate->plugin))
		return;
	for (size_t i = 0; i < length; i++)
		if (!is_of_names(name[i]))
			return;
	memcpy(gate->plugin, name, length);
	gate->plugin[length] = '\0';
}

/* The plugin that the server wants to change to, in a packet of its own. */
static void note_change(struct conn_gate *gate, const uint8_t *bytes,
			size_t length)
{
	enum { HEADER = 4, CHANGE = 0xfe };

	if (length <= HEADER || bytes[HEADER] != CHANGE)
		return;
	if (bytes[0] == 1 && !bytes[1] && !bytes[2])
		note_name(gate, OLD_PLUGIN, sizeof(OLD_PLUGIN));
	else
		note_name(gate, (const char *)bytes + HEADER + 1,
			  length - HEADER - 1);
}

/* The last text of a greeting. */
static void note_first(struct conn_gate *gate)
{
	size_t at = gate->count - 1;

	while (at > 1 && gate->bytes[at - 1])
		at--;
	note_name(gate, (const char *)gate->bytes + at, gate->count - at);
}

/* Were only the wish dropped, each of these would bring it back. */
static void forget_tls(MYSQL *mysql)
{
	static const enum mysql_option files[] = {
		MYSQL_OPT_SSL_KEY, MYSQL_OPT_SSL_CERT, MYSQL_OPT_SSL_CA,
		MYSQL_OPT_SSL_CAPATH, MYSQL_OPT_SSL_CIPHER};
	const my_bool no = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		(void)mysql_options(mysql, files[i], NULL);
	(void)mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &no);
}

/*
 * An error of the number 65535 is a report of progress to the library, which
 * reads on behind it; and before a server has said its version it dies of looking
 * for "MariaDB" in that.  So the number is made another one, in the library's own
 * buffer (const is only said of it): bytes are the last
 * that came.
 */
static void make_plain_error(const struct conn_gate *gate, const uint8_t *bytes,
			     size_t length)
{
	enum { HIGH_BYTE = 6 };
	const size_t at = HIGH_BYTE - (gate->count - length);

	if (gate->count > HIGH_BYTE && gate->bytes[HIGH_BYTE] == 0xff &&
	    at < length)
		*(uint8_t *)(uintptr_t)&bytes[at] = 0xfe;
}

/* The table of conn_gate.h. */
static void judge(struct conn_gate *gate, MYSQL *mysql, enum greeting greeting)
{
	switch (greeting) {
	case GREETING_UNFINISHED:
		return;
	case GREETING_ERROR:
		shut(gate, mysql, GATE_ERROR);
		return;
	case GREETING_STRANGE:
		shut(gate, mysql, GATE_STRANGE);
		return;
	case GREETING_TLS:
		break;
	case GREETING_PLAIN:
		if (gate->tls >= DSN_TLS_REQUIRED) {
			shut(gate, mysql, GATE_NO_TLS);
			return;
		}
		forget_tls(mysql);
	}
	note_first(gate);
	gate->state = GATE_TALK;
}

static void take_greeting(struct conn_gate *gate, MYSQL *mysql,
			  const uint8_t *bytes, size_t length)
{
	const size_t room = sizeof(gate->bytes) - gate->count;
	const size_t taken = length < room ? length : room;

	memcpy(gate->bytes + gate->count, bytes, taken);
	gate->count += taken;
	const enum greeting greeting = greeting_read(gate->bytes, gate->count);

	if (greeting == GREETING_ERROR)
		make_plain_error(gate, bytes, taken);
	judge(gate, mysql, greeting);
}

static void look(int mode, MYSQL *mysql, const unsigned char *bytes,
		 size_t length)
{
	struct conn_gate *gate = NULL;
	char key[] = KEY;

	/* a failed read is a length of -1 */
	if (mode != MODE_READ || !mysql || !length || (ssize_t)length < 0)
		return;
	(void)mysql_get_optionv(mysql, MARIADB_OPT_USERDATA, key,
				(void *)&gate);
	if (!gate)
		return;
	if (gate->state == GATE_GREETING) {
		take_greeting(gate, mysql, bytes, length);
	} else if (gate->state == GATE_TALK) {
		note_change(gate, bytes, length);
		if (gate->tls >= DSN_TLS_REQUIRED &&
		    !mysql_get_ssl_cipher(mysql))
			shut(gate, mysql, GATE_NO_TLS);
	}
}

void conn_gate_library(void)
{
	DBS_BUG(ma_pvio_register_callback(1, look),
		"libmariadb shows nothing of what it reads");
}

/* ------------------------------------------------------------------------
 * Around a connection
 * --------------------------------------------------------------------- */

static const char *plugins_for(const struct dsn *dsn)
{
	if (dsn->tls >= DSN_TLS_VERIFY_CA || dsn->cleartext == DSN_ANSWER_ON)
		return USUAL_PLUGINS "," CLEAR_PLUGINS;
	return dsn->cleartext == DSN_ANSWER_OFF ? PROOF_PLUGINS : USUAL_PLUGINS;
}

void conn_gate_set(struct conn_gate *gate, const struct dsn *dsn, MYSQL *mysql)
{
	*gate = (struct conn_gate){.tls = dsn->tls};
	DBS_BUG(mysql_optionsv(mysql, MARIADB_OPT_USERDATA, KEY, gate) ||
			mysql_options(mysql, MARIADB_OPT_RESTRICTED_AUTH,
				      plugins_for(dsn)),
		"libmariadb lacks options that passwords depend on");
}

void conn_gate_pass(struct conn_gate *gate)
{
	DBS_BUG(gate->state != GATE_TALK, "connected, and the gate is at %d",
		(int)gate->state);
	gate->state = GATE_PASSED;
}

static void explain_plugin(const char *plugin, struct dbs_error *err)
{
	if (*plugin && strstr(CLEAR_PLUGINS, plugin))
		(void)dbs_fail(err, DBS_E_CONNECT,
			       "the authentication plugin `%s` reveals the "
			       "password: it requires a verified server "
			       "(ssl-mode=verify-ca or verify-identity), or "
			       "enable-cleartext-plugin=yes",
			       plugin);
	else if (*plugin && strstr(SHA2_PLUGINS, plugin))
		(void)dbs_fail(err, DBS_E_CONNECT,
			       "the authentication plugin `%s` reveals the "
			       "password to the other end, and "
			       "enable-cleartext-plugin=no is set: it requires "
			       "a verified server (ssl-mode=verify-ca or "
			       "verify-identity)",
			       plugin);
	else
		(void)dbs_fail(err, DBS_E_CONNECT,
			       "the server requests the authentication plugin "
			       "`%s`, which is not one of " USUAL_PLUGINS,
			       plugin);
}

bool conn_gate_explain(const struct conn_gate *gate, unsigned number,
		       struct dbs_error *err)
{
	if (gate->state == GATE_NO_TLS)
		(void)dbs_fail(err, DBS_E_CONNECT,
			       "ssl-mode=%s requires TLS, which the server "
			       "does not support",
			       dsn_tls_name(gate->tls));
	else if (gate->state == GATE_STRANGE)
		(void)dbs_fail(err, DBS_E_CONNECT,
			       "its greeting is not that of MySQL or MariaDB; "
			       "nothing was sent to it");
	else if (number == CR_PLUGIN_NOT_ALLOWED)
		explain_plugin(gate->plugin, err);
	else
		return false;
	return true;
}
