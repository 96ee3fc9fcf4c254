/*
 * log_keys.h - the keys of the rows that a log names, of tables that somebody
 * wants them of.
 *
 * Both keys of a row whose key was changed; also those of rows of transactions
 * that did not come to an end: more rows than were changed, never fewer.  Where
 * a key cannot be known (the image lacks it, the map is of another structure, there
 * are too many), that has a reason, and the table is one of which all rows may
 * have changed.
 *
 *	log_keys_new ─▶ log_keys_map, log_keys_rows … ─▶ log_keys_of
 *
 * One log_keys for each reading of a log; several may fill one key_set.
 */
#ifndef DBSYNC_BINLOG_LOG_KEYS_H
#define DBSYNC_BINLOG_LOG_KEYS_H

#include "dbsync/binlog/event.h"
#include "dbsync/data/key_set.h"
#include "dbsync/schema/model.h"

struct log_keys_wish {
	const char *database;
	const struct table *table; /* of today; the log may not change it */
	const size_t *key;         /* places in its columns */
	size_t key_count;
	struct key_set *keys;
	/* of rows that went, or whose key was changed (both): among keys; or NULL */
	struct key_set *moved;
	uint64_t most; /* different keys; more are all rows */
	/* set here; without what is behind log_keys_end_count */
	uint64_t inserted;
	uint64_t deleted;
	const char *problem; /* NULL: its keys are all that the log names */
};

/* Whether keys over the column can be read out of a log. */
bool log_keys_can_read(const struct column *column);

struct log_keys;

/* The wishes are copied. */
struct log_keys *log_keys_new(const struct log_keys_wish *wishes, size_t count);
void log_keys_drop(struct log_keys **keys);

/* What has become of a wish, by its names in any case; NULL: there is none. */
const struct log_keys_wish *log_keys_of(const struct log_keys *keys,
					const char *database,
					const char *table);

/*
 * What was read is forgotten, and with it what was wrong with it: a reading that
 * goes on begins with the next transaction.
 */
void log_keys_clear(struct log_keys *keys);

/* What was wrong with a reading of the same wishes is wrong with this, too. */
void log_keys_absorb(struct log_keys *keys, const struct log_keys *from);

/* From here on the log has what the view does not: keys, but no count of rows. */
void log_keys_end_count(struct log_keys *keys);
/* A TABLE_MAP. */
void log_keys_map(struct log_keys *keys, const struct log_event *event);
/* Rows; false: of a table that was not mapped before. */
bool log_keys_rows(struct log_keys *keys, const struct log_event *event,
		   const struct log_format *format);
#endif
