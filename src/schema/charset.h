/*
 * charset.h - names of character sets and collations across servers.
 */
#ifndef DBSYNC_SCHEMA_CHARSET_H
#define DBSYNC_SCHEMA_CHARSET_H

#include "dbsync/db/conn.h"
#include "dbsync/schema/canon.h"

/* What a server takes when only a character set is named, in arena. */
enum dbs_rc collations_load_defaults(struct conn *conn, struct arena *arena,
				     struct collations *out,
				     struct dbs_error *err);

/*
 * That, and all collations that the server knows: a thousand names, which only
 * a server that definitions are translated for is asked for.
 */
enum dbs_rc collations_load(struct conn *conn, struct arena *arena,
			    struct collations *out, struct dbs_error *err);

/* utf8 and utf8_… as utf8mb3 and utf8mb3_…, all else as it is. */
const char *charset_modern(const char *name, struct arena *arena);

/* latin1 of latin1_swedish_ci */
const char *charset_of_collation(const char *collation, struct arena *arena);

/* "" when the server has not said. */
const char *charset_default_collation(const struct collations *server,
				      const char *charset);

bool charset_has_collation(const struct collations *server,
			   const char *collation);

/*
 * The collation of that server which orders and equates most nearly as the
 * wanted one, which it does not have; NULL when there is none.
 */
const char *charset_nearest(const struct collations *server,
			    const char *charset, const char *wanted,
			    struct arena *arena);
#endif
