/*
 * recorded.h - the lines of a file that tests/support/record_binary.py wrote,
 * which says how they look.
 */
#ifndef DBSYNC_TESTS_RECORDED_H
#define DBSYNC_TESTS_RECORDED_H

#include "dbsync/base/buf.h"
#include "dbsync/base/text.h"

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct recorded {
	FILE *file;
	char *line;
	size_t room;
	unsigned number; /* of the line */
	struct buf bytes, text;
};

static inline struct recorded recorded_open(const char *path)
{
	struct recorded recorded = {
		.file = fopen(path, "re"), .bytes = BUF_INIT, .text = BUF_INIT};

	ck_assert_msg(recorded.file, "%s cannot be read", path);
	return recorded;
}

static inline void recorded_release(struct recorded *recorded)
{
	(void)fclose(recorded->file);
	free(recorded->line);
	buf_release(&recorded->bytes);
	buf_release(&recorded->text);
}

/* What `<hex*count>` at text stands for; returns what is behind it. */
static inline char *recorded_repeat(char *text, struct buf *out)
{
	struct buf piece = BUF_INIT;
	char *star = strchr(text, '*');
	char *end;

	ck_assert_ptr_nonnull(star);
	*star = '\0';
	ck_assert(text_unhex(&piece, text + 1));
	for (unsigned long i = strtoul(star + 1, &end, 10); i > 0; i--)
		buf_add(out, piece.data, piece.length);
	buf_release(&piece);
	ck_assert_int_eq(*end, '>');
	return end + 1;
}

static inline void recorded_expand(char *text, bool is_hex, struct buf *out)
{
	buf_clear(out);
	while (*text) {
		const size_t plain = strcspn(text, "<");
		const char kept = text[plain];

		text[plain] = '\0';
		if (is_hex)
			ck_assert(text_unhex(out, text));
		else
			buf_adds(out, text);
		text[plain] = kept;
		text += plain;
		if (*text)
			text = recorded_repeat(text, out);
	}
}

/* The next line; its first words, so many of them, are left to the caller. */
static inline bool recorded_next(struct recorded *recorded, unsigned words)
{
	if (getline(&recorded->line, &recorded->room, recorded->file) < 0)
		return false;
	recorded->number++;
	recorded->line[strcspn(recorded->line, "\n")] = '\0';
	char *bytes = recorded->line;
	char *tab = strchr(bytes, '\t');

	ck_assert_msg(tab, "line %u has no tab", recorded->number);
	*tab = '\0';
	while (words-- > 0)
		bytes += strcspn(bytes, " ") + 1;
	recorded_expand(bytes, true, &recorded->bytes);
	recorded_expand(tab + 1, false, &recorded->text);
	return true;
}
#endif
