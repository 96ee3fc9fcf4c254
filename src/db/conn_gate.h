/*
 * conn_gate.h - nothing is said to a server before TLS is decided.  Internal to
 * the files of conn.h.
 *
 * The client library decides about TLS for itself, and believes its own wish:
 * where TLS was asked for and the server has none (or somebody on the way has
 * taken the flag out of its greeting) it goes on without, and with
 * caching_sha2_password it sends the password in clear, for it takes what it
 * asked for as what it got.  So the gate reads along: the library shows all
 * bytes that it has read, before it acts on them (ma_pvio_register_callback).
 *
 *	greeting            disabled   preferred           required and above
 *	offers TLS          goes on    goes on             goes on
 *	offers none         goes on    forgets TLS (1)     shut
 *	an error, strange   shut       shut                shut
 *
 *	later, without TLS  goes on    goes on             shut
 *
 * (1) The library then knows that there is none: the password crosses a network
 * as the hash of a nonce, or encrypted by the RSA key that comes from the other
 * end, whoever that is.
 *
 * Shut is the sending half of the socket, by the kernel: whatever the library
 * does next, no byte leaves.  What of the certificate has to be verified, the
 * library does while it makes the TLS session, before it sends a name.
 *
 * Which authentication plugins a server may ask for is the other half of it:
 * those that show the password on the way are for a server that is proven to be
 * the right one, or for people who say so (enable-cleartext-plugin).  Those that
 * show it to the server alone, caching_sha2_password and sha256_password, are
 * for every server, for MySQL's accounts have nothing else; unless
 * enable-cleartext-plugin=no.
 */
#ifndef DBSYNC_DB_CONN_GATE_H
#define DBSYNC_DB_CONN_GATE_H

#include "client.h"

/* To be called once, before the first connection. */
void conn_gate_library(void);

/*
 * Between the other options of a handle and mysql_real_connect; the gate must
 * live as long as the handle.
 */
void conn_gate_set(struct conn_gate *gate, const struct dsn *dsn, MYSQL *mysql);

/* Connected: from now on all may pass. */
void conn_gate_pass(struct conn_gate *gate);

/*
 * After mysql_real_connect has failed: true, and *err, when it did so because of
 * the gate.
 */
bool conn_gate_explain(const struct conn_gate *gate, unsigned number,
		       struct dbs_error *err);
#endif
