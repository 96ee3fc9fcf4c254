/*
 * changes_words.h - places of a log as words, one after the other: what all of a
 * file have is written once (log_place_write would be a tenth of all the work).
 */
#ifndef DBSYNC_RUN_CHANGES_WORDS_H
#define DBSYNC_RUN_CHANGES_WORDS_H

#include "dbsync/binlog/place.h"

struct place_words {
	struct buf before, behind; /* the position: FILE: and @BIRTH.SERVER */
	struct buf last;
	char file[LOG_FILE_MOST + 1];
	uint32_t birth;
};

#define PLACE_WORDS_INIT                            \
	{                                           \
		BUF_INIT, BUF_INIT, BUF_INIT, "", 0 \
	}

/*
 * What log_place_write would write of a place with this point, these rows and this
 * held; all else is as in like, whose server is always the same.  Valid until the
 * next call.
 */
const char *place_words_write(struct place_words *words,
			      const struct log_place *like,
			      const struct log_point *at, uint64_t rows,
			      const struct log_point *held);
void place_words_release(struct place_words *words);
#endif
