/*
 * row.h - a row packet of the binary protocol, cut into cells.
 *
 * Nothing is copied: cells point into the packet and live as long as it.
 */
#ifndef DBSYNC_DATA_ROW_H
#define DBSYNC_DATA_ROW_H

#include "dbsync/db/conn.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cell {
	const uint8_t *data; /* NULL: SQL NULL */
	size_t length;
};

/* The cells of one row, and how to read them; one per stream. */
struct row {
	const struct wire_column *wires;
	struct cell *cells;
	size_t count;
};

void row_init(struct row *row, const struct wire_column *wires, size_t count);
void row_release(struct row *row);

/* row_init of a stream's columns. */
void row_begin(struct row *row, const struct stream *stream);

/*
 * Sets the cells; DBS_E_STRANGE when the packet is not a row of these wires, or
 * has a value that no server stores (a number that is none, a date of a length
 * that none has); DBS_E_LIMIT when it has no value where the server could not
 * give one.
 */
enum dbs_rc row_split(struct row *row, const struct packet *packet,
		      struct dbs_error *err);

/* row_split of the stream's last packet; what is no row ends the stream. */
enum dbs_rc row_read(struct row *row, struct stream *stream,
		     const struct packet *packet, struct dbs_error *err);

/* Appends the row as bulk_send takes it: bytes as they came. */
void row_bulk(const struct row *row, struct buf *out);
#endif
