/*
 * model.h - what a database consists of, as far as comparing data needs it.
 *
 * A model lives in one arena and dies with it; all pointers into it are const
 * and borrowed.  It is not changed after schema_load, so threads share it.
 */
#ifndef DBSYNC_SCHEMA_MODEL_H
#define DBSYNC_SCHEMA_MODEL_H

#include "dbsync/schema/type.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct column {
	const char *name;
	const char *type_text; /* as the server writes it: int(10) unsigned */
	const char *charset;   /* "" when it has none */
	const char *collation; /* likewise */
	uint64_t max_bytes;    /* of strings and blobs, 0 otherwise */
	unsigned ordinal;      /* from 1 */
	unsigned scale;        /* of decimals; digits of fractional seconds */
	enum type type;
	bool is_unsigned;
	bool is_nullable;
	bool is_zerofill;
	bool has_fixed_scale; /* FLOAT(M,D), DOUBLE(M,D) */
	bool is_generated;
	bool is_row_period; /* ROW START/END of system versioning */
	bool is_row_end;    /* … and which of them */
};

struct key {
	const char *name; /* PRIMARY is the primary key */
	const struct column **columns;
	size_t count;
	bool is_unique;
	bool is_exact; /* whole columns only: no prefix, no expression */
	bool is_not_null;
	bool is_ordered; /* a tree, not a hash */
	bool is_usable;  /* the optimizer may use it (neither invisible …) */
};

struct table {
	const char *name;
	const char *engine;
	uint64_t rows;      /* the server's estimate */
	uint64_t row_bytes; /* likewise, at least 1 */
	const struct column *columns;
	size_t column_count;
	const struct key *keys;
	size_t key_count;
	uint64_t auto_increment; /* the next number, 0: it has none */
	bool has_column_grants;  /* some columns may be hidden from the user */
	size_t lost_column;      /* the first number that no column has, or 0 */
	bool is_versioned;       /* the server keeps its history */
	bool is_sequence;
};

struct database {
	const char *name;
	const struct table *tables; /* base tables, sorted by name (bytes) */
	size_t table_count;
	bool folds_case; /* lower_case_table_names is not 0 */
};

/*
 * Whether it is an ENUM or SET with an empty member: '' is what a server shows
 * of that member, and of the invalid one (or of no member), too.
 */
bool column_is_ambiguous(const struct column *column);

/* Whether its engine can take back what was not committed. */
bool table_is_transactional(const struct table *table);
bool engine_is_transactional(const char *engine);

/*
 * Whether a consistent snapshot of its server is one of this table, too: its rows
 * are the server's own, and its engine has views.
 */
bool table_has_views(const struct table *table);

/* Of its rows, as the server estimates them. */
uint64_t table_bytes(const struct table *table);

/* Whether a row can clash with another one in anything but the key at hand. */
bool table_has_other_unique(const struct table *table, const char *key_name);

/* NULL when there is none.  Column names are compared without case. */
const struct column *table_find_column(const struct table *table,
				       const char *name);
const struct table *database_find_table(const struct database *database,
					const char *name);
#endif
