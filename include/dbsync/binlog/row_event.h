/*
 * row_event.h - the rows of an event, cut into the bytes of their values.
 *
 * Pure.  An event has images of rows: one before, one after, or both.  An image
 * lacks columns (binlog_row_image), which is not NULL: their cells are absent.
 *
 *	row_event_open ─▶ row_event_next … ─▶ (false, at_end)
 */
#ifndef DBSYNC_BINLOG_ROW_EVENT_H
#define DBSYNC_BINLOG_ROW_EVENT_H

#include "dbsync/binlog/table_map.h"

enum row_change { ROW_INSERT, ROW_UPDATE, ROW_DELETE };

enum log_presence {
	CELL_ABSENT,  /* the image does not say what is there */
	CELL_NULL,    /* SQL NULL */
	CELL_PRESENT, /* data and length */
};

struct log_cell {
	enum log_presence presence;
	const uint8_t *data;
	size_t length;
};

enum { IMAGE_BEFORE, IMAGE_AFTER, IMAGES };

struct row_event {
	uint64_t table_id;
	enum row_change change;
	size_t count; /* columns */
	bool has[IMAGES];
	/* Of the row that was read last; count of each that it has. */
	struct log_cell *cells[IMAGES];
	bool at_end;
	/* internal */
	const struct table_map *map;
	const uint8_t *present[IMAGES];
	const uint8_t *at;
	const uint8_t *end;
	bool is_partial;
	struct buf unpacked;
};

#define ROW_EVENT_INIT               \
	{                            \
		.unpacked = BUF_INIT \
	}

/* Whether events of this type have rows. */
bool row_event_is(uint8_t type);
/* Whose they are; false: it is no such event. */
bool row_event_table(const struct log_event *event,
		     const struct log_format *format, uint64_t *id_out);

/*
 * Reuses what row has.  False: it does not fit its table's map, or what is
 * compressed is damaged.
 */
bool row_event_open(struct row_event *row, const struct log_event *event,
		    const struct log_format *format,
		    const struct table_map *map);
/* False and at_end: there are no more; false else: the rest is no row. */
bool row_event_next(struct row_event *row);
void row_event_release(struct row_event *row);
#endif
