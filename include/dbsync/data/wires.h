/*
 * wires.h - whether the columns of a stream are those that were asked for.
 *
 * What a value means is known from the definition of its column; how it came,
 * from what the server says of the stream.  They must fit, or bytes of one kind
 * would be read, and written, as another.  DBS_E_STRANGE otherwise, and the
 * stream is over.
 */
#ifndef DBSYNC_DATA_WIRES_H
#define DBSYNC_DATA_WIRES_H

#include "dbsync/data/image.h"

/* Of a projection: the columns of the pair come first. */
enum dbs_rc wires_check_pair(struct stream *stream, const struct pair *pair,
			     enum side side, struct dbs_error *err);
/* Of image_select. */
enum dbs_rc wires_check_image(struct stream *stream, const struct image *image,
			      enum side side, struct dbs_error *err);
/* Of the written columns, as the pair has them on that side. */
enum dbs_rc wires_check_copy(struct stream *stream, const struct image *image,
			     enum side side, struct dbs_error *err);

/* Whether a value of the column may come so; by its number: an ENUM, a SET. */
bool wires_fit(const struct wire_column *wire, const struct column *column,
	       bool by_number);
#endif
