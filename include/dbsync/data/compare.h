/*
 * compare.h - the rows of one range on both sides: where do they differ?
 *
 * Three ways, one answer (design D3): what differs goes to a sink, as changes
 * that would make the target equal; the rows seen are counted.
 *
 *	compare_stream	reads both sides in key order and merges
 *	compare_server	asks both servers for digests, and streams only what
 *			is left after narrowing ranges whose digests differ
 *	compare_rows	rows without identity, as a multiset of hashes
 *
 * Errors: DBS_E_LOST leaves the sink and the tally half filled; the caller
 * throws both away and repeats the range.  Threads: one call, one worker.
 */
#ifndef DBSYNC_DATA_COMPARE_H
#define DBSYNC_DATA_COMPARE_H

#include "dbsync/data/range.h"
#include "dbsync/data/row.h"
#include "dbsync/data/subject.h"

#include <stdatomic.h>

enum change_kind { CHANGE_INSERT, CHANGE_UPDATE, CHANGE_DELETE };

#define CHANGE_KINDS 3

struct change {
	enum change_kind kind;
	uint64_t identity;    /* a hash of the row's key, or of the whole row */
	uint64_t count;       /* equal rows; 0: only shows one counted before */
	uint64_t rows[SIDES]; /* how many there are; both 0: it is a copy of a
				 row that was shown before */
	const struct row *row[SIDES]; /* NULL: none, or it was not read */
};

/* Rows are valid during the call only. */
struct sink {
	enum dbs_rc (*take)(void *self, const struct subject *subject,
			    const struct change *change, struct dbs_error *err);
	void *self;
	size_t rows_wanted; /* of rows without identity: how many to read */
};

struct tally {
	uint64_t seen[SIDES]; /* rows */
};

/* Rows and bytes that went by, for the progress line; any thread. */
struct meter {
	atomic_ullong rows;
	atomic_ullong bytes;
};

struct compare {
	const struct link *link;
	const struct subject *subject;
	const struct sink *sink;
	struct meter *meter;
	const struct cancel *cancel;
	uint64_t leaf_bytes; /* so little is streamed rather than narrowed */
	unsigned depth;      /* server: pieces of pieces, at the moment */
	const char *keys;    /* stream: only rows for which it holds, or NULL */
	struct tally tally;
};

enum dbs_rc compare_stream(struct compare *compare, const struct range *range,
			   struct dbs_error *err);
enum dbs_rc compare_server(struct compare *compare, const struct range *range,
			   struct dbs_error *err);
/* The whole table; is_digest: its sum of digests is asked for first. */
enum dbs_rc compare_rows(struct compare *compare, bool is_digest,
			 struct dbs_error *err);

/*
 * Whether the row has a hash in place of a column's value, and the length in
 * bytes of that value.
 */
bool compare_is_hash(const struct pair *pair, size_t column,
		     const struct row *row, uint64_t *bytes_out);

/*
 * DBS_E_LIMIT when the server could not give a long value of the row, which
 * must not be taken for NULL (projection.h).
 */
enum dbs_rc compare_check_long(const struct pair *pair, const struct row *row,
			       enum side side, struct dbs_error *err);

/* Whether a column of the pair differs between two rows. */
bool compare_column_differs(const struct pair *pair, size_t column,
			    const struct row *source, const struct row *target);
#endif
