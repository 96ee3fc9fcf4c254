/* changes_words.c - see changes_words.h. */
#include "changes_words.h"

#include "dbsync/base/own.h"

#include <stdio.h>
#include <string.h>

static void know_file(struct place_words *words, const struct log_place *like,
		      const char *file)
{
	OWNED(buf_release) struct buf word = BUF_INIT;

	if (words->before.length && words->birth == like->birth &&
	    !strcmp(words->file, file))
		return;
	struct log_place place = *like;

	(void)snprintf(words->file, sizeof(words->file), "%s", file);
	memcpy(place.at.file, words->file, sizeof(words->file));
	words->birth = place.birth;
	place.at.position = 4; /* a digit */
	place.rows = 0;
	*place.held.file = '\0';
	log_place_write(&place, &word);
	/* the first of its kind: names have no colon */
	const char *position = strchr(word.data, ':') + 1;

	buf_clear(&words->before);
	buf_add(&words->before, word.data, (size_t)(position - word.data));
	buf_clear(&words->behind);
	buf_adds(&words->behind, position + 1);
}

const char *place_words_write(struct place_words *words,
			      const struct log_place *like,
			      const struct log_point *at, uint64_t rows,
			      const struct log_point *held)
{
	struct log_place oldest = LOG_PLACE_INIT;
	struct buf *out = &words->last;

	know_file(words, like, at->file);
	buf_clear(out);
	buf_add(out, words->before.data, words->before.length);
	buf_addu(out, at->position);
	if (rows) {
		buf_addc(out, '+');
		buf_addu(out, rows);
	}
	buf_add(out, words->behind.data, words->behind.length);
	if (*held->file) {
		oldest.at = *held;
		buf_addc(out, '~');
		log_place_write(&oldest, out);
	}
	return out->data;
}

void place_words_release(struct place_words *words)
{
	buf_release(&words->before);
	buf_release(&words->behind);
	buf_release(&words->last);
}
