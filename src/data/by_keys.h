/*
 * by_keys.h - some rows of a table, known by their keys, compared.
 * Internal to data.
 *
 * What was written is known by key, and so is what a binary log names: then only
 * those rows are read, on both sides, in the same order and by the same merge as
 * all of them would be.
 *
 * Two keys may be one to the servers ('a' and 'A', 1.5 and 1.50): a row that is
 * found by both counts once.
 */
#ifndef DBSYNC_DATA_BY_KEYS_H
#define DBSYNC_DATA_BY_KEYS_H

#include "dbsync/data/change_file.h"
#include "dbsync/data/key_set.h"
#include "dbsync/data/row_sql.h"

/* Whether both sides can be asked by one text for rows with certain keys. */
bool by_keys_can(const struct pair *pair);
/* Whether two different tuples may be one key. */
bool by_keys_has_twins(const struct pair *pair);

/*
 * Whether that is the cheaper way for the changes of a range with so many rows
 * (they are in a segment), when they are compared again.
 */
bool by_keys_pays(const struct pair *pair, const struct segment *segment,
		  uint64_t rows);

/* The rows of a segment. */
enum dbs_rc by_keys_changed(struct compare *compare, const struct row_sql *sql,
			    const struct segment *segment,
			    struct dbs_error *err);

/* Those of a set from a number up to another, which is left out. */
struct key_span {
	const struct key_set *keys;
	size_t from;
	size_t to;
};
enum dbs_rc by_keys_named(struct compare *compare, const struct row_sql *sql,
			  struct key_span span, struct dbs_error *err);
/*
 * Whether the source counts as many rows as it has given (row_count_range), with
 * the same statements.
 */
enum dbs_rc by_keys_count(struct compare *compare, const struct row_sql *sql,
			  struct key_span span, struct dbs_error *err);
#endif
