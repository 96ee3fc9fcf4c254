/*
 * place.h - a place in the binary log of a server, as one printable word.
 *
 *	FILE:POSITION[+ROWS][@BIRTH.SERVER][~FILE:POSITION]
 *	gtid:SET
 *
 * A place is between two transactions; ROWS of the one behind it are before the
 * place, too.  BIRTH is when the file was begun, and SERVER whose it is: after
 * RESET MASTER, or on another server, the same name and position mean another
 * thing.  Behind ~ is the oldest transaction that was prepared (XA) and neither
 * committed nor rolled back by then: reading begins there.
 *
 * The first form is that of SHOW MASTER STATUS with more behind it, and both are
 * taken.  The second is what MySQL says of a moment without stopping it.
 */
#ifndef DBSYNC_BINLOG_PLACE_H
#define DBSYNC_BINLOG_PLACE_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum { LOG_FILE_MOST = 512, LOG_SERVER_MOST = 64 };

struct log_point {
	char file[LOG_FILE_MOST + 1]; /* "": nowhere */
	uint64_t position;
};

struct log_place {
	struct log_point at; /* no file: gtids */
	uint64_t rows;
	uint32_t birth;                   /* 0: unknown */
	char server[LOG_SERVER_MOST + 1]; /* "": unknown */
	struct log_point held;            /* no file: nothing is prepared */
	struct buf gtids;
};

#define LOG_PLACE_INIT            \
	{                         \
		.gtids = BUF_INIT \
	}

void log_place_release(struct log_place *place);
void log_place_write(const struct log_place *place, struct buf *out);
/* DBS_E_USAGE names what is wrong with it. */
enum dbs_rc log_place_read(const char *word, struct log_place *out,
			   struct dbs_error *err);
void log_place_copy(const struct log_place *from, struct log_place *to);

/* FILE:POSITION as servers say it; the file may have any name.  False: none. */
bool log_point_read(const char *text, struct log_point *out);

/* Whether a is before b (< 0), there, or behind it: by the files' numbers. */
int log_point_order(const struct log_point *a, const struct log_point *b);

/*
 * A set of MySQL's transactions (UUID:1-5:9:tag:1, …) as COM_BINLOG_DUMP_GTID has
 * it.  DBS_E_UNKNOWN: it is none.
 */
enum dbs_rc gtid_set_encode(const char *text, struct buf *out,
			    struct dbs_error *err);
#endif
